"""The async client: its base class, how its calls are carried out, and how classes are made.

What a call sends and what its answer means is decided in `tcproxy_client._brain`; this module
carries it out with aiohttp.
"""

import asyncio
import inspect
import random
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any, Self

import aiohttp

from tcproxy_client import _brain
from tcproxy_client._arguments import Call, understand
from tcproxy_client._brain import Chance, Conversation, Send
from tcproxy_client._credentials import createTemporaryCredentials
from tcproxy_client._log import log as _root_log
from tcproxy_client._methods import Bound, Method, events_class, service_class
from tcproxy_client._response import AsyncResponse
from tcproxy_client._table import Events, Service
from tcproxy_client.aio import _sessions
from tcproxy_client.client import BaseClient, _defaultConfig, class_of, config

__all__ = [
    "AsyncBaseClient",
    "BaseClient",
    "_defaultConfig",
    "config",
    "createApiClient",
    "createSession",
    "createTemporaryCredentials",
]

log = _root_log.getChild("aio.asyncclient")

_CHANCE = Chance(time.monotonic, random.random)


class AsyncBaseClient(BaseClient):
    """The base of the async service classes.

    Clients without a session share one per event loop. ``async with`` gives a client a session of
    its own for the block; `aclose` gives the shared one back.
    """

    @property
    def session(self) -> aiohttp.ClientSession | None:
        """The session that was given to the constructor or opened by ``async with``."""
        given: aiohttp.ClientSession | None = self._session
        return given

    async def buildSignedUrl(self, methodName: str, *args: Any, **kwargs: Any) -> str:
        """Have the proxy sign a URL; see `BaseClient.buildSignedUrl`."""
        url: str = await self._drive(self._signing(methodName, args, kwargs))
        return url

    async def aclose(self) -> None:
        """Give back the session; if no other client on this event loop uses it, it is closed.

        The client stays usable: the next call opens a new one.
        """
        await _sessions.give_back(self)

    async def __aenter__(self) -> Self:
        if self._session is None:
            self._session = self._own = _sessions.new_session(self._place().target.socket)
        return self

    async def __aexit__(self, *_error: object) -> None:
        own, self._own = self._own, None
        if own is not None:
            self._session = None
            await own.close()

    _own: aiohttp.ClientSession | None = None

    def _bind(self, method: Method) -> "AsyncMethod":
        return AsyncMethod(_invoke, self, method)

    async def _drive(self, conversation: Conversation) -> Any:
        """Carry out a conversation, step by step."""
        session = self._session
        if session is None:
            session = await _sessions.shared(self, self._place().target.socket)
        return await drive(conversation, session)

    async def _once(self, call: Call) -> Any:
        place, rules = self._place(), self._rules()
        return await self._drive(_brain.api_call(place, call, rules, _CHANCE, AsyncResponse))

    async def _pages(self, call: Call) -> AsyncIterator[Any]:
        following: Call | None = call
        while following is not None:
            page = await self._once(following)
            yield page
            following = _brain.next_page(following, page)


async def drive(conversation: Conversation, session: aiohttp.ClientSession) -> Any:
    """Carry out a conversation with a session; gives its result."""
    outcome = None
    while True:
        try:
            step = conversation.send(outcome)
        except StopIteration as end:
            return end.value
        if isinstance(step, Send):
            log.debug("%s %s", step.request.method, _brain.shown(step.request))
            outcome = await _sessions.send(session, step)
        else:
            log.warning("Retrying in %.1f s because of: %s", step.seconds, step.why)
            await asyncio.sleep(step.seconds)
            outcome = None


async def _invoke(client: AsyncBaseClient, method: Method, /, *args: Any, **kwargs: Any) -> Any:
    call = understand(method.endpoint, args, kwargs)
    if call.handler is None:
        return await client._once(call)  # noqa: SLF001  # a method of its own class, of a table
    async for page in client._pages(call):  # noqa: SLF001  # as above
        result = call.handler(page)
        if inspect.isawaitable(result):
            await result
    return None


class AsyncMethod(Bound):
    """A method of one async client."""

    def pages(self, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        """Call the method and give its pages one by one, each fetched when it is asked for.

        Raises:
            TaskclusterFailure: if the call is wrong, or the method does not answer in pages.
        """
        client, method = self.args
        call = understand(method.endpoint, args, kwargs)
        _brain.require_pages(call)
        pages: AsyncIterator[Any] = client._pages(call)  # noqa: SLF001  # a method of that class
        return pages

    def items(self, *args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        """Call the method and give what is in its pages, one by one.

        Raises:
            TaskclusterFailure: as `pages` does, and if a page does not hold exactly one list.
        """
        client, method = self.args
        call = understand(method.endpoint, args, kwargs)
        _brain.require_pages(call)
        return (
            item
            async for page in client._pages(call)  # noqa: SLF001  # a method of that class
            for item in _brain.items(call, page)
        )


def createSession(*args: Any, **kwargs: Any) -> aiohttp.ClientSession:
    """Make an `aiohttp.ClientSession` with these arguments, to be closed by whoever made it."""
    return aiohttp.ClientSession(*args, **kwargs)


def serviceClient(service: Service, module: str) -> Any:
    """Make the async class of a service from its table."""
    return service_class(service, AsyncBaseClient, module, _invoke)


def eventsClient(events: Events, module: str) -> Any:
    """Make the class of a service's events from its table; its methods are no coroutines."""
    return events_class(events, AsyncBaseClient, module)


def createApiClient(name: str, api: Mapping[str, Any]) -> Any:
    """Make an async class from an API reference.

    Args:
        name: the name of the class.
        api: a dict with the reference, as the deployment publishes it, under ``reference``.
    """
    return class_of(name, api, AsyncBaseClient, serviceClient, __name__)
