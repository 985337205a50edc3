"""Write the client's type stubs from its tables.

    python scripts/client_stubs.py            write them into the package
    python scripts/client_stubs.py FOLDER     write them into a folder instead

A stub says per method which calls are right: by position, by name, or with ``params``; which query
keys it knows; what it gives. It says the same for both faces, but that the async one is awaited.
"""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from tcproxy_client._names import EVENTS, SERVICES, async_homes, sync_homes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tcproxy_client._table import Endpoint, Events, Exchange, Service

PACKAGE = Path(__file__).resolve().parents[1] / "client" / "tcproxy_client"

HEADER = "# Written by scripts/client_stubs.py from the tables of the service modules.\n"
MODULE_NAMES = (
    "_defaultConfig",
    "config",
    "createApiClient",
    "createSession",
    "createTemporaryCredentials",
)
GIVES = {"{}": "JsonObject", "[]": "JsonList", "": "Any"}
SYNC_MODULES = ("aio", "client", "download", "exceptions", "helper", "retry", "upload", "utils")
ASYNC_MODULES = ("asyncclient", "asyncutils", "download", "reader_writer", "retry", "upload")


def stubs() -> Iterator[tuple[str, str]]:
    """Make all stubs: paths within the package, and texts."""
    yield "__init__.pyi", package_stub("tcproxy_client", sync_homes(), SYNC_MODULES)
    yield "aio/__init__.pyi", package_stub("tcproxy_client.aio", async_homes(), ASYNC_MODULES)
    for name in SERVICES:
        service: Service = import_module(f"tcproxy_client.{name.lower()}").SERVICE
        yield f"{name.lower()}.pyi", service_stub(service, is_async=False)
        yield f"aio/{name.lower()}.pyi", service_stub(service, is_async=True)
    for name in EVENTS:
        events: Events = import_module(f"tcproxy_client.{name.lower()}").EVENTS
        yield f"{name.lower()}.pyi", events_stub(events, is_async=False)
        yield f"aio/{name.lower()}.pyi", events_stub(events, is_async=True)


def package_stub(package: str, homes: dict[str, str], modules: Iterable[str]) -> str:
    """Make the stub of a package whose names are imported lazily."""
    submodules = sorted([*modules, *(name.lower() for name in SERVICES + EVENTS)])
    lines = [HEADER, *(f"from {package} import {name} as {name}" for name in submodules)]
    lines += [f"from {home} import {name} as {name}" for name, home in homes.items()]
    lines += [f"__all__ = [{', '.join(map(repr, sorted(homes)))}]"]
    return "\n".join(lines) + "\n"


def module_head(name: str, base: str, *, is_async: bool) -> list[str]:
    """Make the beginning of a service's stub."""
    home = "tcproxy_client.aio.asyncclient" if is_async else "tcproxy_client.client"
    return [
        HEADER,
        "from collections.abc import AsyncIterator, Iterator, Mapping",
        "from typing import Any, Protocol, TypedDict, Unpack, overload",
        "from tcproxy_client._types import (",
        "    Arg, Binding, Handler, JsonList, JsonObject, Params, Payload, Query, QueryValue",
        ")",
        f"from {home} import {base}",
        *(f"from {home} import {each} as {each}" for each in MODULE_NAMES),
        f"__all__ = [{', '.join(map(repr, sorted([name, *MODULE_NAMES])))}]",
    ]


def service_stub(service: Service, *, is_async: bool) -> str:
    """Make the stub of a service's module."""
    base = "AsyncBaseClient" if is_async else "SyncClient"
    lines = module_head(service.name, base, is_async=is_async)
    for query, paged in sorted({(each.query, each.paged) for each in service.endpoints}):
        lines += options_class(query, paged=paged)
    for endpoint in service.endpoints:
        lines += paged_class(endpoint, is_async=is_async) if endpoint.paged else []
    lines += [f"class {service.name}({base}):"]
    for endpoint in service.endpoints:
        if endpoint.paged:
            gives = paged_name(endpoint)
            lines += ["    @property", f"    def {endpoint.name}(self) -> {gives}: ..."]
        else:
            lines += overloads(endpoint.name, forms(endpoint), GIVES[endpoint.gives], is_async)
    return "\n".join(lines) + "\n"


def options_name(query: tuple[str, ...]) -> str:
    """Name the class of a set of query keys."""
    return "_" + "".join(key[0].upper() + key[1:] for key in query)


def options_class(query: tuple[str, ...], *, paged: bool) -> list[str]:
    """Make the class of a set of query keys, as plain keywords."""
    if not query:
        return []
    lines = [f"class {options_name(query)}(TypedDict, total=False):", "    query: Query | None"]
    lines += [f"    {key}: QueryValue" for key in query]
    return lines + (["    paginationLimit: int | None"] if paged else [])


def paged_name(endpoint: Endpoint) -> str:
    """Name the class of a method that answers in pages."""
    return f"_{endpoint.name[0].upper()}{endpoint.name[1:]}Method"


def paged_class(endpoint: Endpoint, *, is_async: bool) -> list[str]:
    """Make the class of a method that answers in pages: callable, with pages() and items()."""
    gives = GIVES[endpoint.gives]
    iterator = "AsyncIterator" if is_async else "Iterator"
    with_handler = forms(endpoint, "paginationHandler: Handler")
    return [
        f"class {paged_name(endpoint)}(Protocol):",
        *overload_lines("__call__", with_handler, "None", is_async),
        *overload_lines("__call__", forms(endpoint), gives, is_async),
        *overloads("pages", forms(endpoint), f"{iterator}[{gives}]", is_async=False),
        *overloads("items", forms(endpoint), f"{iterator}[Any]", is_async=False),
    ]


def forms(endpoint: Endpoint, keyword: str = "") -> list[str]:
    """Make the parameter lists with which a method may be called.

    Args:
        endpoint: the method.
        keyword: a keyword that every list must have.
    """
    args = [f"{name}: Arg" for name in endpoint.args]
    payload = ["payload: Payload"] if endpoint.takes else []
    found = [parameters([*args, *payload], [keyword])]
    if payload:
        found += [parameters(args, [*payload, keyword])]
    if args:
        found += [parameters([], [*args, *payload, keyword])]
        found += [parameters([], ["params: Params", *payload, keyword])]
    if args and payload:
        found += [parameters(payload, [*args, keyword])]
    options = f", **options: Unpack[{options_name(endpoint.query)}]" if endpoint.query else ""
    return [form + options for form in found]


def parameters(positional: list[str], keywords: list[str]) -> str:
    """Write a parameter list: self, positional ones, keyword ones."""
    keywords = [each for each in keywords if each]
    parts = ["self", *positional, *(["/"] if positional else [])]
    return ", ".join(parts + (["*", *keywords] if keywords else []))


def overloads(name: str, found: list[str], gives: str, is_async: bool) -> list[str]:
    """Write a method with its parameter lists; as overloads if there are several."""
    if len(found) > 1:
        return overload_lines(name, found, gives, is_async)
    return [f"    {'async ' if is_async else ''}def {name}({found[0]}) -> {gives}: ..."]


def overload_lines(name: str, found: list[str], gives: str, is_async: bool) -> list[str]:
    """Write overloads of a method."""
    define = "async def" if is_async else "def"
    return [
        line
        for form in found
        for line in ("    @overload", f"    {define} {name}({form}) -> {gives}: ...")
    ]


def events_stub(events: Events, *, is_async: bool) -> str:
    """Make the stub of an events module."""
    base = "AsyncBaseClient" if is_async else "SyncClient"
    lines = module_head(events.name, base, is_async=is_async)
    lines += [f"class {events.name}({base}):"]
    for exchange in events.exchanges:
        lines += exchange_lines(exchange)
    return "\n".join(lines) + "\n"


def exchange_lines(exchange: Exchange) -> list[str]:
    """Write the method of an exchange."""
    keys = [f"{key.name}: object = None" for key in exchange.keys if key.constant is None]
    pattern = "routingKeyPattern: str | Mapping[str, object] = ..."
    return overload_lines(
        exchange.name, [f"self, {pattern}, /", parameters([], keys)], "Binding", is_async=False
    )


def write(folder: Path) -> None:
    """Write all stubs into a folder, formatted as the project is."""
    paths = []
    for name, text in stubs():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        paths.append(str(path))
    settings = ["--config", str(PACKAGE.parent / "pyproject.toml"), "--quiet"]
    # Unused imports go; the rest is put in order.
    subprocess.run(
        [tool("ruff"), "check", "--select", "F401,I,RUF022", "--fix", *settings, *paths], check=True
    )
    subprocess.run([tool("ruff"), "format", *settings, *paths], check=True)


def tool(name: str) -> str:
    """Find a tool of the environment that runs this."""
    return str(Path(sys.executable).with_name(name))


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else PACKAGE)
