"""What the API is, as data: reads the tables of the service modules, one line per method.

Only the reading of lines and the values that come of it live here: no calls, no I/O.

A line of a service's table::

    createTask  PUT  /task/<taskId>                                {} -> {}        | Create a task.
    listTasks   GET  /tasks/<namespace>?continuationToken&limit    -> {}           | List the tasks.

name, verb, route with the names of its arguments and of its query keys; ``{}`` before the arrow:
the method takes a payload; ``{}`` or ``[]`` after it: it gives an object or a list; a stability
other than stable; and after ``|`` what the method does.

A line of an events table::

    taskPending  task-pending  routingKeyKind=primary taskId runId reserved#  | A task is pending.

name, exchange, and the keys of the routing key in their order; ``=`` gives a constant, and ``#``
marks a key that may be several words.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

_ARGUMENT = re.compile(r"<(\w+)>")


@dataclass(frozen=True)
class Endpoint:
    """One method of a service.

    Attributes:
        name: the method's name in the API reference.
        verb: the HTTP method.
        route: the path below the service's version, with arguments as ``<name>``.
        query: the query keys that it knows.
        takes: whether it takes a payload.
        gives: what its answer is: ``{}`` an object, ``[]`` a list, empty if the API does not say.
        stability: stable, experimental or deprecated.
        summary: what it does, in a sentence.
    """

    name: str
    verb: str
    route: str
    query: tuple[str, ...] = ()
    takes: bool = False
    gives: str = ""
    stability: str = "stable"
    summary: str = ""

    @cached_property
    def args(self) -> tuple[str, ...]:
        """The names of the route's arguments, in their order."""
        return tuple(_ARGUMENT.findall(self.route))

    @cached_property
    def pieces(self) -> tuple[str, ...]:
        """The route cut at its arguments: one piece more than there are arguments."""
        return tuple(_ARGUMENT.sub("\0", self.route.lstrip("/")).split("\0"))

    @cached_property
    def paged(self) -> bool:
        """Whether its answers come in pages."""
        return "continuationToken" in self.query

    def reference(self) -> dict[str, object]:
        """Give the method as an entry of ``funcinfo``, in the official client's form."""
        entry: dict[str, object] = {
            "args": list(self.args),
            "method": self.verb.lower(),
            "name": self.name,
            "route": self.route,
            "stability": self.stability,
        }
        if self.takes:
            entry["input"] = True
        if self.gives:
            entry["output"] = True
        if self.query:
            entry["query"] = list(self.query)
        return entry


@dataclass(frozen=True, slots=True)
class Key:
    """One word of a routing key, or several words if ``multiple``."""

    name: str
    constant: str | None = None
    multiple: bool = False


@dataclass(frozen=True, slots=True)
class Exchange:
    """One topic exchange: its method name, its name on Pulse, its routing key, what it tells."""

    name: str
    exchange: str
    keys: tuple[Key, ...]
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """A service class: its name, where the service is below the root URL, and its methods."""

    name: str
    service: str
    endpoints: tuple[Endpoint, ...]
    version: str = "v1"
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Events:
    """An events class: its name, the service it tells of, its exchange prefix and exchanges."""

    name: str
    service: str
    prefix: str
    exchanges: tuple[Exchange, ...]
    version: str = "v1"
    doc: str = ""


def service(name: str, service: str, table: str, *, doc: str | None = None) -> Service:
    """Read the table of a service, one method per line; the first line of ``doc`` is its own."""
    return Service(name, service, tuple(map(_endpoint, _lines(table))), doc=_first_line(doc))


def events(name: str, service: str, prefix: str, table: str, *, doc: str | None = None) -> Events:
    """Read the table of an events class, one exchange per line; as `service` does."""
    exchanges = tuple(map(_exchange, _lines(table)))
    return Events(name, service, prefix, exchanges, doc=_first_line(doc))


def from_reference(
    name: str, reference: Mapping[str, object]
) -> tuple[Service | None, Events | None]:
    """Read an API reference as the deployment publishes it (``references/<service>/v1/api.json``).

    Args:
        name: the name of the class to be.
        reference: the reference; ``apiVersion`` is taken as v1 if absent.

    Returns:
        The methods, None if it has only exchanges; and the exchanges, None without their prefix.
    """
    entries = [entry for entry in _sequence(reference["entries"]) if isinstance(entry, Mapping)]
    service = str(reference.get("serviceName", name))
    version = str(reference.get("apiVersion", "v1"))
    doc = str(reference.get("description") or f"The {service} service.")
    endpoints = tuple(
        _referenced_endpoint(entry) for entry in entries if entry["type"] == "function"
    )
    methods = Service(name, service, endpoints, version=version, doc=doc)
    if "exchangePrefix" not in reference:
        return methods, None
    exchanges = tuple(
        _referenced_exchange(entry) for entry in entries if entry["type"] == "topic-exchange"
    )
    prefix = str(reference["exchangePrefix"])
    topics = Events(name, service, prefix, exchanges, version=version, doc=doc)
    return (methods if endpoints else None), topics


def _first_line(doc: str | None) -> str:
    return (doc or "").partition("\n")[0]


def _lines(table: str) -> Iterator[str]:
    return (line for line in table.splitlines() if line.strip())


def _endpoint(line: str) -> Endpoint:
    facts, _, summary = line.partition("|")
    before, _, after = facts.partition("->")
    name, verb, path, *marks = before.split()
    route, _, keys = path.partition("?")
    results = after.split()
    gives = next((mark for mark in results if mark in ("{}", "[]")), "")
    words = [mark for mark in (*marks, *results) if mark not in ("{}", "[]")]
    return Endpoint(
        name=name,
        verb=verb,
        route=route,
        query=tuple(keys.split("&")) if keys else (),
        takes="{}" in marks,
        gives=gives,
        stability=words[0] if words else "stable",
        summary=summary.strip(),
    )


def _exchange(line: str) -> Exchange:
    facts, _, summary = line.partition("|")
    name, exchange, *words = facts.split()
    return Exchange(name, exchange, tuple(map(_key, words)), summary.strip())


def _key(word: str) -> Key:
    name, _, constant = word.rstrip("#").partition("=")
    return Key(name, constant or None, multiple=word.endswith("#"))


def _referenced_endpoint(entry: Mapping[str, object]) -> Endpoint:
    return Endpoint(
        name=str(entry["name"]),
        verb=str(entry["method"]).upper(),
        route=str(entry["route"]),
        query=tuple(map(str, _sequence(entry.get("query", ())))),
        takes="input" in entry,
        gives="{}" if "output" in entry else "",
        stability=str(entry.get("stability", "stable")),
        summary=str(entry.get("title") or ""),
    )


def _referenced_exchange(entry: Mapping[str, object]) -> Exchange:
    keys = tuple(
        Key(
            str(key["name"]),
            None if key.get("constant") is None else str(key["constant"]),
            multiple=bool(key.get("multipleWords")),
        )
        for key in _sequence(entry.get("routingKey", ()))
        if isinstance(key, Mapping)
    )
    title = str(entry.get("title") or "")
    return Exchange(str(entry["name"]), str(entry["exchange"]), keys, title)


def _sequence(value: object) -> Sequence[object]:
    return value if isinstance(value, Sequence) and not isinstance(value, str) else ()
