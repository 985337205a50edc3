"""Many callers at once, fast enough to keep a daemon busy, and a deployment that keeps up.

Every answer is checked to be the one for its request. For faults there is `lab`.
"""

from __future__ import annotations

import asyncio
import resource
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import cast

import uvloop

_END = b"\r\n\r\n"


def run(work: Coroutine[None, None, None]) -> None:
    """Run a coroutine in a fast event loop."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work)


def allow_files(count: int) -> bool:
    """Allow this process so many open files; tell whether the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < count:
        return False
    if soft < count:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))
    return True


class EchoPeer(asyncio.Protocol):
    """A connection to the deployment: each answer's body is its request's target.

    Args:
        on_head: Given each request head.
    """

    def __init__(self, on_head: Callable[[bytes], None]) -> None:
        self._on_head = on_head
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass

    def data_received(self, data: bytes) -> None:
        *heads, self._buffer = (self._buffer + data).split(_END)
        for head in heads:
            self._on_head(head)
            target = head.split(b" ", 2)[1]
            self._transport.write(
                b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(target), target)
            )


async def serve(on_head: Callable[[bytes], None]) -> asyncio.Server:
    """Start such a deployment on a loopback port."""
    loop = asyncio.get_running_loop()
    return await loop.create_server(lambda: EchoPeer(on_head), "127.0.0.1", 0, backlog=4096)


@dataclass(slots=True)
class Tally:
    """What a crowd got.

    Attributes:
        right: answers that were right.
        statuses: of the others.
        wrong: bodies that were another request's.
        broken: connections that ended before their answers.
    """

    right: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    wrong: list[bytes] = field(default_factory=list)
    broken: int = 0


class CrowdCaller(asyncio.Protocol):
    """A caller that makes request after request on its connection.

    Args:
        name: Tells it from the others.
        requests: How many; or None for as many as come before `stop` is set.
        tally: Where its answers are counted.
    """

    def __init__(self, name: int, requests: int | None, tally: Tally) -> None:
        self._name = name
        self._left = requests
        self._tally = tally
        self._number = 0
        self._buffer = b""
        self._is_right = False
        self.stop = False
        self.ended = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass
        self._next()

    def connection_lost(self, exc: BaseException | None) -> None:
        del exc  # however it ended
        if not self.ended.done():
            self._tally.broken += 1
            self.ended.set_result(None)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, end, body = self._buffer.partition(_END)
        if not end:
            return
        at = head.lower().index(b"content-length: ") + 16
        length = int(head[at:].partition(b"\r\n")[0])
        if len(body) < length:
            return
        self._buffer = b""
        self._take(int(head[9:12]), body)
        if self._left == 0 or self.stop:
            self.ended.set_result(None)
            self._transport.close()
        elif b"\r\nConnection: close" not in head:
            self._next()

    def _take(self, status: int, body: bytes) -> None:
        if status != 200:
            self._tally.statuses[status] += 1
        elif body == self._target():
            self._tally.right += 1
        else:
            self._tally.wrong.append(body)

    def _target(self) -> bytes:
        return b"/api/queue/v1/%d/%d" % (self._name, self._number)

    def _next(self) -> None:
        self._number += 1
        if self._left is not None:
            self._left -= 1
        self._transport.write(
            b"GET /queue/v1/%d/%d HTTP/1.1\r\nHost: localhost\r\n\r\n" % (self._name, self._number)
        )


async def gather(
    address: tuple[str, int], callers: int, requests: int | None, tally: Tally
) -> list[CrowdCaller]:
    """Let callers connect, all at once, and start to ask."""
    loop = asyncio.get_running_loop()

    async def connect(name: int) -> CrowdCaller:
        make = lambda: CrowdCaller(name, requests, tally)  # noqa: E731  a protocol factory
        _, caller = await loop.create_connection(make, *address)
        return caller

    return list(await asyncio.gather(*map(connect, range(callers))))
