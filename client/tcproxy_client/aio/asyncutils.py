"""Plain HTTP for any URL, and the official client's helpers for coroutines."""

import asyncio
import functools
import inspect
import os
import random
import time
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, TypeVar

import aiohttp

from tcproxy_client import _brain
from tcproxy_client._brain import Chance, Rules
from tcproxy_client._http import Payload, ready
from tcproxy_client._response import AsyncResponse
from tcproxy_client._retry import MAX_RETRIES, SquareRetries, Timeouts
from tcproxy_client.aio._log import log as _aio_log
from tcproxy_client.aio._sessions import new_session
from tcproxy_client.aio.asyncclient import createSession, drive

__all__ = [
    "createSession",
    "ensureCoro",
    "log",
    "makeHttpRequest",
    "makeSingleHttpRequest",
    "putFile",
    "runAsync",
]

log = _aio_log.getChild("asyncutils")

_CHANCE = Chance(time.monotonic, random.random)

T = TypeVar("T")


async def makeSingleHttpRequest(
    method: str,
    url: str,
    payload: Payload,
    headers: Mapping[str, str] | None,
    session: aiohttp.ClientSession | None = None,
) -> AsyncResponse:
    """Send one request; redirects are not followed, and any status is an answer.

    Args:
        method: the verb.
        url: where to.
        payload: the body: text, bytes, an open binary file, or the fields of a form as a dict.
        headers: what to send along.
        session: the session to use; without one, one is opened for the request.

    Raises:
        TaskclusterConnectionError: if no complete answer came.
    """
    return await makeHttpRequest(method, url, payload, headers, retries=0, session=session)


async def makeHttpRequest(
    method: str,
    url: str,
    payload: Payload,
    headers: Mapping[str, str] | None,
    retries: int = MAX_RETRIES,
    session: aiohttp.ClientSession | None = None,
) -> AsyncResponse:
    """Send a request, again after a connection failure, 5xx or 429; a file is rewound each time.

    Args:
        method: the verb.
        url: where to.
        payload: the body: text, bytes, an open binary file, or the fields of a form as a dict.
        headers: what to send along.
        retries: how often to try again.
        session: as in `makeSingleHttpRequest`.

    Returns:
        The last answer, whatever its status.

    Raises:
        TaskclusterConnectionError: if no complete answer came.
    """
    body, headers = await asyncio.to_thread(ready, payload, headers)
    request = _brain.plain_request(method, url, headers, body)
    conversation = _brain.complete(request, Rules(Timeouts(), SquareRetries(retries)), _CHANCE)
    if session is not None:
        return AsyncResponse((await drive(conversation, session))[0])
    async with new_session(None) as own:
        return AsyncResponse((await drive(conversation, own))[0])


async def putFile(
    filename: str | os.PathLike[str],
    url: str,
    contentType: str,
    session: aiohttp.ClientSession | None = None,
) -> AsyncResponse:
    """PUT a file to a URL, with retries; gives what `makeHttpRequest` gives.

    Args:
        filename: the file.
        url: where to.
        contentType: its media type.
        session: as in `makeSingleHttpRequest`.
    """
    with await asyncio.to_thread(Path(filename).open, "rb") as file:
        length = os.fstat(file.fileno()).st_size
        headers = {"Content-Length": str(length), "Content-Type": contentType}
        return await makeHttpRequest("PUT", url, file, headers, session=session)


def runAsync(coro: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end in a new event loop.

    Raises:
        RuntimeError: if an event loop runs in this thread.
    """
    return asyncio.run(coro)


def ensureCoro(func: Callable[..., Any]) -> Callable[..., Coroutine[Any, Any, Any]]:
    """Give a coroutine function as it is; make one of a plain function, which runs in a thread."""
    if inspect.iscoroutinefunction(func):
        return func

    @functools.wraps(func)
    async def coro(*args: Any, **kwargs: Any) -> Any:
        return await asyncio.to_thread(func, *args, **kwargs)

    return coro
