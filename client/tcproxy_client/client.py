"""The sync client: its base class, how its calls are carried out, and how classes are made.

What a call sends and what its answer means is decided in `tcproxy_client._brain`; this module
carries it out with urllib3, which is imported at the first request.
"""

import atexit
import inspect
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Self
from weakref import WeakSet

from tcproxy_client import _brain
from tcproxy_client._arguments import Call, understand
from tcproxy_client._brain import Chance, Conversation, Place, Rules, Send, Span
from tcproxy_client._credentials import createTemporaryCredentials
from tcproxy_client._environment import proxy_url, refuse_credentials
from tcproxy_client._log import log as _root_log
from tcproxy_client._methods import Bound, Method, events_class, service_class
from tcproxy_client._response import Response
from tcproxy_client._retry import RetryPolicy, Timeouts
from tcproxy_client._table import Endpoint, Events, Service, from_reference
from tcproxy_client._target import Target, target
from tcproxy_client.exceptions import TaskclusterFailure

if TYPE_CHECKING:
    from tcproxy_client._pool import Session

__all__ = [
    "BaseClient",
    "config",
    "createApiClient",
    "createSession",
    "createTemporaryCredentials",
]

log = _root_log.getChild("client")

_CHANCE = Chance(time.monotonic, random.random)

# The defaults of every client made later, sync and async.
config: dict[str, Any] = {
    "credentials": {"clientId": None, "accessToken": None, "certificate": None},
    "rootUrl": None,
    "maxRetries": 5,
    "signedUrlExpiration": 15 * 60,
}
_defaultConfig = config


class BaseClient:
    """What all clients have, sync and async: options, and the URLs that follow from them.

    Args:
        options: ``rootUrl``, where the proxy (or an open deployment) is; without it,
            ``TASKCLUSTER_PROXY_URL`` or ``http://taskcluster``. ``proxy``, if requests go to
            another place than the built URLs name, also ``unix:///path``. ``publicRootUrl``, the
            deployment's own root URL for signed URLs; without it, the proxy is asked.
            ``maxRetries``; ``connectTimeout``, ``readTimeout`` and ``totalTimeout`` in seconds;
            ``signedUrlExpiration`` in seconds.
        session: connections to use; they stay open and are yours to close.
        proxy: the same as in the options.

    Raises:
        TaskclusterAuthFailure: if there are credentials: this client does not sign.
        TaskclusterFailure: if an option cannot be used.
    """

    classOptions: Mapping[str, Any] = {}
    funcinfo: Mapping[str, Any] = {}
    _endpoints: Mapping[str, Endpoint] = {}
    serviceName = ""
    apiVersion = "v1"

    def __init__(
        self,
        options: Mapping[str, Any] | None = None,
        session: Any = None,
        *,
        proxy: str | None = None,
    ) -> None:
        if options is not None and not isinstance(options, Mapping):
            raise TaskclusterFailure(f"options must be a dict, not {type(options).__name__}")
        given = dict(options or {})
        if proxy is not None:
            given["proxy"] = proxy
        if given.get("baseUrl"):
            raise TaskclusterFailure("baseUrl option is no longer allowed")
        self.options: dict[str, Any] = {**config, **self.classOptions, **given}
        refuse_credentials(self.options)
        _settle_places(self.options)
        Timeouts.of(self.options)
        RetryPolicy.of(self.options)
        self._session = session
        shown = {name: value for name, value in self.options.items() if name != "credentials"}
        log.debug("%s with %s", type(self).__name__, shown)

    def buildUrl(self, methodName: str, *args: Any, **kwargs: Any) -> str:
        """Build the URL of a method, with the arguments of the call; nothing is sent.

        Raises:
            TaskclusterFailure: if there is no such method, or the arguments are wrong.
        """
        call = self._understand(methodName, args, kwargs)
        return self._place().url(call)

    def buildSignedUrl(self, methodName: str, *args: Any, **kwargs: Any) -> Any:
        """Have the proxy sign a URL for a GET of the method, which then works for anyone.

        Args:
            methodName: the method.
            args: the arguments of the call.
            kwargs: the arguments by name; and ``expiration``, how long it works, in seconds.

        Returns:
            The URL; from an async client, to be awaited.

        Raises:
            TaskclusterFailure: if the call is wrong, nothing there signs URLs, or the proxy signs
                for another span than was asked for.
        """
        raise NotImplementedError

    def makeHawkExt(self) -> dict[str, Any]:
        """Give what a signature would carry: nothing, since this client does not sign."""
        return {}

    def _understand(self, name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Call:
        endpoint = self._endpoints.get(name)
        if endpoint is None:
            raise TaskclusterFailure(f'Requested method "{name}" not found in API Reference')
        return understand(endpoint, args, kwargs)

    def _place(self) -> Place:
        where, root = _where(self.options["rootUrl"], self.options.get("proxy"))
        return Place(where, root, self.serviceName, self.apiVersion)

    def _rules(self) -> Rules:
        return Rules(Timeouts.of(self.options), RetryPolicy.of(self.options))

    def _signing(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Conversation:
        options = self.options
        standard = options["signedUrlExpiration"]
        strict = "expiration" in kwargs or standard != config["signedUrlExpiration"]
        span = Span.of(kwargs.pop("expiration", standard), time.time(), strict=strict)
        call = self._understand(name, args, kwargs)
        root = options.get("publicRootUrl")
        known = target(root, "publicRootUrl").base if root else None
        return _brain.signed_url(self._place(), call, span, known, self._rules(), _CHANCE)


def _settle_places(options: dict[str, Any]) -> None:
    """Settle where requests go, and refuse what is of no use."""
    proxy = options.get("proxy")
    if options["rootUrl"] is None and proxy is None:
        options["rootUrl"] = proxy_url()
        target(options["rootUrl"], "TASKCLUSTER_PROXY_URL")
    elif options["rootUrl"] is None:
        options["rootUrl"] = proxy
    elif proxy is not None:
        options.setdefault("publicRootUrl", options["rootUrl"])
    if not options["rootUrl"]:
        raise TaskclusterFailure("rootUrl option is required")
    for name in ("proxy", "rootUrl", "publicRootUrl"):
        value = options.get(name)
        if value is not None and not isinstance(value, str):
            raise TaskclusterFailure(f"{name} must be a URL, not {value!r}")
        if value is not None:
            target(value, name)
    if options["rootUrl"].startswith("unix:"):
        options["proxy"] = proxy or options["rootUrl"]
        options["rootUrl"] = target(options["rootUrl"]).base


@lru_cache(maxsize=256)
def _where(root_url: str, proxy: str | None) -> tuple[Target, str]:
    """Give where requests go, and what built URLs begin with."""
    root = target(root_url)
    return (target(proxy, "proxy") if proxy else root), root.base


class SyncClient(BaseClient):
    """The base of the sync service classes. As a context manager it has connections of its own."""

    @property
    def session(self) -> Any:
        """What was given to the constructor, or the connections that clients share."""
        return self._session or _shared.session(self)

    def buildSignedUrl(self, methodName: str, *args: Any, **kwargs: Any) -> str:
        """Have the proxy sign a URL; see `BaseClient.buildSignedUrl`."""
        url: str = self._drive(self._signing(methodName, args, kwargs))
        return url

    def close(self) -> None:
        """Give back the connections; those that no other client uses are closed.

        The client stays usable: the next call opens new ones.
        """
        _shared.give_back(self)

    def __enter__(self) -> Self:
        if self._session is None:
            self._session = self._own = createSession()
        return self

    def __exit__(self, *_error: object) -> None:
        own, self._own = self._own, None
        if own is not None:
            self._session = None
            own.close()

    _own: "Session | None" = None

    def _bind(self, method: Method) -> "SyncMethod":
        return SyncMethod(_invoke, self, method)

    def _drive(self, conversation: Conversation) -> Any:
        """Carry out a conversation, step by step."""
        return drive(conversation, self._given() or _shared.session(self))

    def _given(self) -> "Session | None":
        """Give the session that the constructor was given, if it is one of this package.

        Those of other libraries are left alone: the official client does not use them either.
        """
        if self._session is None:
            return None
        from tcproxy_client._pool import Session  # here: urllib3 loads slowly

        return self._session if isinstance(self._session, Session) else None

    def _once(self, call: Call) -> Any:
        place, rules = self._place(), self._rules()
        return self._drive(_brain.api_call(place, call, rules, _CHANCE, Response))

    def _pages(self, call: Call) -> Iterator[Any]:
        following: Call | None = call
        while following is not None:
            page = self._once(following)
            yield page
            following = _brain.next_page(following, page)


def drive(conversation: Conversation, session: "Session") -> Any:
    """Carry out a conversation on connections; gives its result."""
    outcome = None
    while True:
        try:
            step = conversation.send(outcome)
        except StopIteration as end:
            return end.value
        if isinstance(step, Send):
            log.debug("%s %s", step.request.method, _brain.shown(step.request))
            outcome = session.send(step)
        else:
            log.warning("Retrying in %.1f s because of: %s", step.seconds, step.why)
            time.sleep(step.seconds)
            outcome = None


def _invoke(client: SyncClient, method: Method, /, *args: Any, **kwargs: Any) -> Any:
    call = understand(method.endpoint, args, kwargs)
    if call.handler is None:
        return client._once(call)  # noqa: SLF001  # a method of its own class, made of a table
    for page in client._pages(call):  # noqa: SLF001  # as above
        result = call.handler(page)
        if inspect.iscoroutine(result):
            result.close()
            raise TaskclusterFailure(
                "paginationHandler is a coroutine function: use a client of tcproxy_client.aio"
            )
    return None


class SyncMethod(Bound):
    """A method of one sync client."""

    def pages(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
        """Call the method and give its pages one by one, each fetched when it is asked for.

        Raises:
            TaskclusterFailure: if the call is wrong, or the method does not answer in pages.
        """
        client, method = self.args
        call = understand(method.endpoint, args, kwargs)
        _brain.require_pages(call)
        pages: Iterator[Any] = client._pages(call)  # noqa: SLF001  # a method of that class
        return pages

    def items(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
        """Call the method and give what is in its pages, one by one.

        Raises:
            TaskclusterFailure: as `pages` does, and if a page does not hold exactly one list.
        """
        client, method = self.args
        call = understand(method.endpoint, args, kwargs)
        _brain.require_pages(call)
        return (
            item
            for page in client._pages(call)  # noqa: SLF001  # a method of that class
            for item in _brain.items(call, page)
        )


class _Shared:
    """The connections that clients without a session share: made when needed, counted by use."""

    def __init__(self) -> None:
        self._users: WeakSet[object] = WeakSet()
        self._session: Session | None = None
        self._making = threading.Lock()

    def session(self, user: object) -> "Session":
        session = self._session or self._make()
        self._users.add(user)
        return session

    def _make(self) -> "Session":
        with self._making:
            self._session = self._session or createSession()
            return self._session

    def give_back(self, user: object) -> None:
        self._users.discard(user)
        if not self._users:
            self.close()

    def close(self) -> None:
        if self._session is not None:
            self._session.close()


_shared = _Shared()
# For calls of functions that are registered later, and so run earlier.
atexit.register(_shared.close)


def shared_session(user: object) -> "Session":
    """Give the connections that all clients share, to something that will give them back."""
    return _shared.session(user)


def give_back(user: object) -> None:
    """Give back the shared connections; those that nothing else uses are closed."""
    _shared.give_back(user)


def createSession(*args: Any, **kwargs: Any) -> "Session":
    """Make connections that clients can share, to be closed by whoever made them.

    Args:
        args: passed to the session: at most the number of connections to one place.
        kwargs: the same by name, ``pool_size``.
    """
    from tcproxy_client._pool import Session  # here: urllib3 loads slowly, and not all need it

    return Session(*args, **kwargs)


def serviceClient(service: Service, module: str) -> Any:
    """Make the sync class of a service from its table."""
    return service_class(service, SyncClient, module, _invoke)


def eventsClient(events: Events, module: str) -> Any:
    """Make the sync class of a service's events from its table."""
    return events_class(events, SyncClient, module)


def createApiClient(name: str, api: Mapping[str, Any]) -> Any:
    """Make a sync class from an API reference.

    Args:
        name: the name of the class.
        api: a dict with the reference, as the deployment publishes it, under ``reference``.
    """
    return class_of(name, api, SyncClient, serviceClient, __name__)


def class_of(
    name: str,
    api: Mapping[str, Any],
    base: type,
    make_service: Callable[[Service, str], Any],
    module: str,
) -> Any:
    """Make a class from an API reference: of methods, of topic exchanges, or of both.

    Args:
        name: the name of the class.
        api: a dict with the reference under ``reference``.
        base: the client class of the face.
        make_service: the face's maker of classes that have methods.
        module: where the class is.
    """
    service, events = from_reference(name, api["reference"])
    made = base if service is None else make_service(service, module)
    return made if events is None else events_class(events, made, module)
