"""What a call means: turns the arguments of a method call into route values, payload and query.

The four conventions of the official client are read here, and its errors given for wrong calls.
No I/O.

==============================================  ==============================================
``m(v1, v2)``, ``m(v1, v2, payload)``           by position
``m(k1=v1, k2=v2)``, ``m(payload, k1=v1, ...)``  by name
``m(params={...}, payload=..., query={...})``   apart
``m(v1, v2, payload=..., query={...}, ...)``    by position, the rest by name
==============================================  ==============================================

With each, the method's query keys may be given as plain keywords too (``limit=5``).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tcproxy_client._table import Endpoint
from tcproxy_client.exceptions import TaskclusterFailure

_GENERAL = ("params", "payload", "query", "paginationHandler", "paginationLimit")


@dataclass(slots=True)
class Call:
    """A method call, understood.

    Attributes:
        endpoint: the method.
        values: the route's arguments, in their order.
        payload: what to send as JSON, or None.
        query: the query, a dict of its own, its values still as the caller gave them.
        handler: what is called with each page, or None.
    """

    endpoint: Endpoint
    values: tuple[str | int, ...]
    payload: Any
    query: dict[str, Any]
    handler: Callable[[Any], Any] | None = None


def understand(endpoint: Endpoint, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Call:
    """Read the arguments of a call.

    Raises:
        TaskclusterFailure: if the call is wrong.
    """
    if kwargs:
        _refuse_unknown(endpoint, kwargs)
    named = {name: kwargs[name] for name in endpoint.args if name in kwargs}
    positional, payload = _split_payload(endpoint, args, kwargs, named)
    if endpoint.takes and payload is None:
        raise TaskclusterFailure("Payload is required")
    query = _query(endpoint, kwargs)
    handler = kwargs.get("paginationHandler")
    if handler is not None and not callable(handler):
        raise TaskclusterFailure(f"paginationHandler must be callable, not {handler!r}")
    values = _values(endpoint, positional, named, kwargs.get("params"))
    return Call(endpoint, values, payload, query, handler)


def nearest(name: str, known: tuple[str, ...]) -> str:
    """Give a hint at the known name that looks most like this one; empty if none does."""
    from difflib import get_close_matches  # here: only mistakes need it

    matches = get_close_matches(name, known, n=1, cutoff=0.5)
    return f"; did you mean {matches[0]!r}?" if matches else ""


def _refuse_unknown(endpoint: Endpoint, kwargs: Mapping[str, Any]) -> None:
    known = (*endpoint.args, *endpoint.query, *_GENERAL)
    for name in kwargs:
        if name not in known:
            raise TaskclusterFailure(
                f"{endpoint.name} got an unknown keyword {name!r}{nearest(name, known)}"
            )


def _split_payload(
    endpoint: Endpoint, args: tuple[Any, ...], kwargs: Mapping[str, Any], named: dict[str, Any]
) -> tuple[tuple[Any, ...], Any]:
    """Take the payload, wherever it was given, from the positional arguments."""
    expected = 0 if named or kwargs.get("params") else len(endpoint.args)
    if endpoint.takes and "payload" not in kwargs and len(args) == expected + 1:
        return args[:-1], args[-1]
    if not kwargs and len(args) != expected:
        raise TaskclusterFailure("Incorrect number of positional arguments")
    return args, kwargs.get("payload")


def _values(
    endpoint: Endpoint, positional: tuple[Any, ...], named: dict[str, Any], params: Any
) -> tuple[str | int, ...]:
    if params is not None and not isinstance(params, Mapping):
        raise TaskclusterFailure(f"params must be a dict, not {params!r}")
    if named and params:
        raise TaskclusterFailure("Specify arguments either by name or in params")
    by_name = named or params or {}
    _refuse_types(endpoint, positional, by_name)
    if params and positional:
        raise TaskclusterFailure("Specify either positional or key word arguments")
    count = len(endpoint.args)
    if named and positional:
        if len(positional) < count:
            _refuse_few(endpoint, len(positional))
        raise TaskclusterFailure("Specify either positional or key word arguments")
    if len(positional) + len(by_name) < count:
        _refuse_few(endpoint, len(positional) + len(by_name))
    if len(positional) > count:
        raise TaskclusterFailure(f"{endpoint.name} called with too many positional args")
    return tuple(_in_order(endpoint, by_name)) if by_name else positional


def _in_order(endpoint: Endpoint, by_name: Mapping[str, Any]) -> list[str | int]:
    if len(by_name) != len(endpoint.args):
        wanted = ",".join(endpoint.args)
        raise TaskclusterFailure(f"{endpoint.name} takes {wanted} args, {by_name.keys()} given")
    for name in endpoint.args:
        if name not in by_name:
            raise TaskclusterFailure(
                f'{endpoint.name} requires a "{name}" argument which was not provided'
            )
    return [by_name[name] for name in endpoint.args]


def _refuse_few(endpoint: Endpoint, given: int) -> None:
    raise TaskclusterFailure(
        f"{endpoint.name} takes {len(endpoint.args)} args, only {given} were given"
    )


def _refuse_types(
    endpoint: Endpoint, positional: tuple[Any, ...], by_name: Mapping[str, Any]
) -> None:
    for value in positional:
        if not isinstance(value, str | int):
            raise TaskclusterFailure(
                f'Positional arg "{value}" to {endpoint.name} is not a string or int'
            )
    for name, value in by_name.items():
        if not isinstance(value, str | int):
            raise TaskclusterFailure(
                f'KW arg "{name}: {value}" to {endpoint.name} is not a string or int'
            )


def _query(endpoint: Endpoint, kwargs: Mapping[str, Any]) -> dict[str, Any]:
    given = kwargs.get("query")
    if given is not None and not isinstance(given, Mapping):
        raise TaskclusterFailure(f"query must be a dict, not {given!r}")
    query = dict(given or {})
    for name in query:
        if name not in endpoint.query:
            raise TaskclusterFailure(_unknown_query(endpoint, name))
    for name in endpoint.query:
        if name in kwargs:
            if name in query:
                raise TaskclusterFailure(
                    f"{endpoint.name} got {name!r} twice: in query and as a keyword"
                )
            query[name] = kwargs[name]
    if kwargs.get("paginationLimit") and "limit" in endpoint.query:
        query["limit"] = kwargs["paginationLimit"]
    return query


def _unknown_query(endpoint: Endpoint, name: str) -> str:
    if not endpoint.query:
        return f"{endpoint.name} takes no query, so not {name!r}"
    hint = nearest(name, endpoint.query) or f"; it knows {', '.join(endpoint.query)}"
    return f"{endpoint.name} knows no query {name!r}{hint}"
