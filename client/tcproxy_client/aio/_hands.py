"""The async face of transfers: carries out their steps with aiohttp, on the caller's event loop.

What a transfer consists of is decided in `tcproxy_client._transfers`.
"""

import asyncio
import inspect
from collections.abc import Callable
from typing import Any, Self

import aiohttp

from tcproxy_client import _brain
from tcproxy_client._log import log as _root_log
from tcproxy_client._reply import Lost, Reply
from tcproxy_client._transfers.mistakes import WrongTypeError
from tcproxy_client._transfers.steps import (
    Abandon,
    Begin,
    Call,
    Conversation,
    Drop,
    Fetch,
    Join,
    Opened,
    Put,
    Read,
    Rewind,
    Start,
    Step,
    Store,
    Take,
    Wait,
)
from tcproxy_client.aio import _sessions
from tcproxy_client.aio._sessions import Stream

log = _root_log.getChild("aio.transfers")


class Hands:
    """Carries out one transfer; ``async with`` lets go of what is open at the end.

    The connections to storages are those that clients on this event loop share.

    Args:
        ends: makes what the user reads from or writes to, each time a transfer begins anew.
    """

    def __init__(self, ends: Callable[[], Any]) -> None:
        self._ends = ends
        self._end: Any = None
        self._streams: set[Stream] = set()
        self._tasks: set[asyncio.Task[Any]] = set()

    async def __aenter__(self) -> Self:
        self._session = await _sessions.shared(self, None)
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._abandon(tuple(self._tasks))
        for stream in self._streams:
            stream.close()
        await _sessions.give_back(self)

    _session: aiohttp.ClientSession

    async def drive(self, conversation: Conversation) -> Any:
        """Carry out a conversation, step by step; gives its result."""
        outcome: Any = None
        error: Exception | None = None
        try:
            while True:
                try:
                    step = (
                        conversation.send(outcome) if error is None else conversation.throw(error)
                    )
                except StopIteration as end:
                    return end.value
                outcome = error = None
                try:
                    outcome = await self._carry_out(step)
                except Exception as raised:  # noqa: BLE001  # for the conversation to handle
                    error = raised
        finally:
            conversation.close()

    async def _carry_out(self, step: Step) -> Any:  # noqa: C901  # one line for each step
        match step:
            case Read():
                return await self._read(step.stream)
            case Store():
                return await _awaited(self._end.write(step.data))
            case Take():
                return await _awaited(self._end.read(step.count))
            case Rewind() | Begin():
                self._end = await _awaited(self._ends())
                return None
            case Fetch():
                return await self._fetch(step)
            case Put():
                return await self._put(step)
            case Drop():
                return self._drop(step.stream)
            case Call():
                return await _called(step)
            case Start():
                return self._start(step.conversation)
            case Join():
                return await self._join(step.handle)
            case Abandon():
                return await self._abandon(step.handles)
            case Wait():
                log.warning("Retrying in %.1f s because of: %s", step.seconds, step.why)
                return await asyncio.sleep(step.seconds)

    async def _fetch(self, step: Fetch) -> Opened | Lost:
        log.debug("GET %s", _brain.shown(step.request))
        opened = await _sessions.open_stream(self._session, step)
        if isinstance(opened, Opened):
            self._streams.add(opened.stream)
        return opened

    async def _read(self, stream: Stream) -> bytes | Lost:
        data = await stream.read()
        if not data or isinstance(data, Lost):
            self._drop(stream)
        return data

    def _drop(self, stream: Stream) -> None:
        stream.close()
        self._streams.discard(stream)

    async def _put(self, step: Put) -> Reply | Lost:
        log.debug("PUT %s", _brain.shown(step.request))
        end = self._end

        async def read(count: int) -> Any:
            return await _awaited(end.read(count))

        return await _sessions.put(step, read)

    def _start(self, conversation: Conversation) -> asyncio.Task[Any]:
        task = asyncio.create_task(self.drive(conversation))
        self._tasks.add(task)
        return task

    async def _join(self, task: asyncio.Task[Any]) -> Any:
        try:
            return await task
        finally:
            self._tasks.discard(task)

    async def _abandon(self, tasks: tuple[asyncio.Task[Any], ...]) -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._tasks.difference_update(tasks)


async def carry_out(conversation: Conversation, ends: Callable[[], Any]) -> Any:
    """Carry out a transfer; gives its result.

    Args:
        conversation: its steps.
        ends: makes what the user reads from or writes to, each time the transfer begins anew; it
            may be a coroutine function, and so may be what it gives.
    """
    if not callable(ends):
        raise WrongTypeError(f"the factory must be callable, not {ends!r}")
    async with Hands(ends) as hands:
        return await hands.drive(conversation)


async def _awaited(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value


async def _called(step: Call) -> Any:
    """Call a method of a service; that of a sync one runs in a thread."""
    if inspect.iscoroutinefunction(step.method):
        return await step.method(*step.args)
    return await _awaited(await asyncio.to_thread(step.method, *step.args))
