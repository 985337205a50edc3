"""Makes classes of tables: methods, topic exchanges, their signatures and docstrings. No I/O."""

import inspect
from collections.abc import Callable, Mapping
from functools import cached_property, partial
from types import FunctionType, MethodType
from typing import Any

from tcproxy_client._arguments import nearest
from tcproxy_client._table import Endpoint, Events, Exchange, Service
from tcproxy_client.exceptions import TaskclusterTopicExchangeFailure

_WORDS = {"{}": "a JSON object", "[]": "a list"}


class Method:
    """A service method as a class attribute; on a client it becomes what the face makes of it.

    To `inspect` and `unittest.mock` it is the function that it is in the official client: a
    coroutine function in the async face, so that mocks made of its classes can be awaited.

    Args:
        owner: the service.
        endpoint: the method.
        module: where the class of the service is.
        invoke: what calls it.
    """

    def __init__(
        self, owner: Service, endpoint: Endpoint, module: str, invoke: Callable[..., Any]
    ) -> None:
        self.endpoint = endpoint
        self.__code__ = invoke.__code__
        self.__defaults__ = None
        self.__kwdefaults__: dict[str, Any] = {}
        self.__annotations__: dict[str, Any] = {}
        self.__name__ = endpoint.name
        self.__qualname__ = f"{owner.name}.{endpoint.name}"
        self.__module__ = module
        self.__doc__ = _docstring(owner, endpoint)

    @property  # type: ignore[misc]  # an object has it as an attribute that can be set
    def __class__(self) -> type:
        """The class that it passes for."""
        return FunctionType

    def __reduce__(self) -> str:
        return self.__qualname__

    @cached_property
    def __signature__(self) -> inspect.Signature:
        parameters = [_parameter("self"), *_parameters(self.endpoint)]
        return inspect.Signature(parameters)

    def __get__(self, client: Any, owner: type | None = None) -> Any:
        # The client is of the class that this attribute was made for.
        return self if client is None else client._bind(self)  # noqa: SLF001  # see above

    def __call__(self, client: Any, /, *args: Any, **kwargs: Any) -> Any:
        return self.__get__(client)(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<method {self.__qualname__}: {self.endpoint.verb} {self.endpoint.route}>"


class Bound(partial[Any]):
    """A method of one client. The faces derive from it and add ``pages`` and ``items``."""

    def __init_subclass__(cls) -> None:
        # For help() on a method: the method's text, not that of the class.
        cls.__doc__ = Bound.__dict__["__doc__"]  # type: ignore[method-assign]  # it is a property

    @property  # type: ignore[misc]  # an object has it as an attribute that can be set
    def __class__(self) -> type:
        """The class that it passes for."""
        return MethodType

    @property
    def __self__(self) -> Any:
        """The client."""
        return self.args[0]

    @property
    def __func__(self) -> Method:
        """What it is on the class of the client."""
        method: Method = self.args[1]
        return method

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self.args == other.args

    def __hash__(self) -> int:
        return hash(self.args)

    def __getattr__(self, name: str) -> Any:
        """Give the method's own attributes, as ``__name__``."""
        return getattr(self.__func__, name)

    @property
    def __doc__(self) -> str | None:  # type: ignore[override]  # a class has a str, we compute one
        text: str | None = self.__func__.__doc__
        return text

    @property
    def __signature__(self) -> inspect.Signature:
        return inspect.Signature(_parameters(self.__func__.endpoint))

    def __repr__(self) -> str:
        return f"<bound {repr(self.__func__).strip('<>')}>"


def service_class(service: Service, base: type, module: str, invoke: Callable[..., Any]) -> Any:
    """Make the class of a service, derived from a face's client class; `invoke` does the calls."""
    namespace: dict[str, Any] = {
        "__doc__": service.doc,
        "__module__": module,
        "classOptions": {},
        "serviceName": service.service,
        "apiVersion": service.version,
        "funcinfo": {endpoint.name: endpoint.reference() for endpoint in service.endpoints},
        "_endpoints": {endpoint.name: endpoint for endpoint in service.endpoints},
    }
    for endpoint in service.endpoints:
        namespace[endpoint.name] = Method(service, endpoint, module, invoke)
    return type(service.name, (base,), namespace)


def events_class(events: Events, base: type, module: str) -> Any:
    """Make the class of a service's events, derived from a face's client class or a service's."""
    namespace: dict[str, Any] = {
        "__doc__": events.doc,
        "__module__": module,
        "classOptions": {"exchangePrefix": events.prefix},
        "serviceName": events.service,
        "apiVersion": events.version,
    }
    for exchange in events.exchanges:
        function = _topic(exchange)
        function.__module__ = module
        function.__name__ = exchange.name
        function.__qualname__ = f"{events.name}.{exchange.name}"
        namespace[exchange.name] = function
    return type(events.name, (base,), namespace)


def _topic(exchange: Exchange) -> Callable[..., dict[str, str]]:
    def topic(self: Any, *args: Any, **kwargs: Any) -> dict[str, str]:
        prefix = self.options["exchangePrefix"].rstrip("/")
        return {
            "exchange": f"{prefix}/{exchange.exchange.lstrip('/')}",
            "routingKeyPattern": routing_key_pattern(exchange, args, kwargs),
        }

    keys = ", ".join(key.name for key in exchange.keys if key.constant is None)
    topic.__doc__ = (
        f"{exchange.summary}\n\n"
        f"Gives the exchange and the routing key pattern to listen with. Takes the pattern as "
        f"text, or values for its keys in a dict or by name: {keys}. A key that is left out "
        f"matches anything.\n"
    )
    return topic


def routing_key_pattern(
    exchange: Exchange, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> str:
    """Build the pattern with which to listen to an exchange.

    Raises:
        TaskclusterTopicExchangeFailure: if the arguments are wrong.
    """
    if args and (kwargs or len(args) != 1):
        raise TaskclusterTopicExchangeFailure(
            "Pass either a string, single dictionary or only kwargs"
        )
    given = args[0] if args else kwargs
    if isinstance(given, str):
        return given
    if not isinstance(given, Mapping):
        raise TaskclusterTopicExchangeFailure("routingKeyPattern must eventually be a dict")
    known = tuple(key.name for key in exchange.keys)
    for name in kwargs:  # in a dict they are ignored: one may serve several exchanges
        if name not in known:
            raise TaskclusterTopicExchangeFailure(
                f"{exchange.name} has no routing key {name!r}{nearest(name, known)}"
            )
    return ".".join(
        key.constant or _word(given.get(key.name), multiple=key.multiple) for key in exchange.keys
    )


def _word(value: object, *, multiple: bool) -> str:
    if value is None:
        return "#" if multiple else "*"
    if not multiple and "." in str(value):
        raise TaskclusterTopicExchangeFailure("Cannot have periods in single word keys")
    return str(value)


def _parameters(endpoint: Endpoint) -> list[inspect.Parameter]:
    names = [*endpoint.args, *(["payload"] if endpoint.takes else [])]
    keywords = [*endpoint.query, "params", "query"]
    keywords += ["paginationHandler", "paginationLimit"] if endpoint.paged else []
    return [
        *map(_parameter, names),
        *(
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None)
            for name in keywords
        ),
    ]


def _parameter(name: str) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def _docstring(owner: Service, endpoint: Endpoint) -> str:
    path = f"/api/{owner.service}/{owner.version}{endpoint.route}"
    lines = [endpoint.summary, "", f"{endpoint.verb} {path} ({endpoint.stability})", ""]
    lines += [f"- {name}: part of the path" for name in endpoint.args]
    lines += ["- payload: sent as JSON"] if endpoint.takes else []
    lines += [f"- {name}: query" for name in endpoint.query]
    lines += [f"Gives {_WORDS[endpoint.gives]}."] if endpoint.gives else []
    lines += ["Answers in pages: see .pages() and .items()."] if endpoint.paged else []
    return "\n".join(lines) + "\n"
