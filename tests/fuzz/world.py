"""The daemon's real parts from socket to socket, with memory in place of the sockets.

So a fuzzer can run thousands of connections a second, each with parts of its own.
"""

from __future__ import annotations

import asyncio
import atexit
import re
from collections.abc import Callable, Coroutine
from typing import Any

from tcproxy.batching import WriteBatch
from tcproxy.clock import DeploymentClock
from tcproxy.credentials import Credentials, CredentialStore
from tcproxy.endpoints import Endpoints
from tcproxy.forward import Exchange, Forwarder, Outcome, Timeouts
from tcproxy.guard import Guard
from tcproxy.health import Health
from tcproxy.own_paths import OwnPaths
from tcproxy.replay import ReplayMemory
from tcproxy.retries import RetryPolicy
from tcproxy.server import ProxyServer, ServerLimits
from tcproxy.targets import Deployment, Origin, Router
from tcproxy.upstream.connection import PlainConnection, UpstreamConnection
from tcproxy.upstream.opening import Opener
from tcproxy.upstream.pool import PoolLimits, Upstream

ROOT = Deployment.parse("https://tc.example.com")
ALLOWED = "other.example.com"
CREDENTIALS = Credentials.make("fuzzer", "token-of-the-fuzzer", None)

_EMPTY_LINE = b"\r\n\r\n"
_REQUEST_LINE = re.compile(rb"(?=(?<![A-Z])[A-Z]{3,7} /)")
_IDENTITY = (b"X-Taskcluster-Proxy-Version: 0",)
_TURNS = 12
"""Turns of the event loop in which everything that follows from a read has happened."""


class Link(asyncio.Transport):
    """The memory that stands for one connection.

    Attributes:
        written: what the daemon wrote.
        is_ended: whether the daemon ended it, in order or not.
        was_aborted: whether the daemon ended it so that the other side notices.
        on_write: called with each piece that the daemon writes.
    """

    def __init__(self, protocol: asyncio.Protocol) -> None:
        super().__init__()
        self.written = bytearray()
        self.is_ended = False
        self.was_aborted = False
        self.on_write: Callable[[bytes], None] | None = None
        self._protocol = protocol
        self._inbox = bytearray()
        self._is_paused = False
        self._is_lost = False
        protocol.connection_made(self)

    # The other side.

    def feed(self, data: bytes) -> None:
        """Let these bytes come, as soon as the daemon reads."""
        self._inbox += data
        self._pump()

    def end(self) -> None:
        """End the stream in order."""
        if not self._is_lost and not self.is_ended:
            self._protocol.eof_received()
        self.lose()

    def lose(self) -> None:
        """End the connection."""
        self.is_ended = True
        if not self._is_lost:
            self._is_lost = True
            self._protocol.connection_lost(None)

    def _pump(self) -> None:
        if self._inbox and not self._is_paused and not self.is_ended:
            data, self._inbox = bytes(self._inbox), bytearray()
            self._protocol.data_received(data)

    # The daemon's side.

    def write(self, data: bytes | bytearray | memoryview[Any]) -> None:
        """Take what the daemon writes."""
        assert not self._is_lost
        if self.is_ended:
            return
        self.written += data
        if self.on_write is not None:
            self.on_write(bytes(data))

    def writelines(self, pieces: Any) -> None:
        """Take what the daemon writes."""
        self.write(b"".join(pieces))

    def write_eof(self) -> None:
        """Nothing more will be written."""
        assert not self._is_lost

    def can_write_eof(self) -> bool:
        """As TCP does."""
        return True

    def is_closing(self) -> bool:
        """Whether it is ended."""
        return self.is_ended

    def close(self) -> None:
        """End it in order."""
        if not self.is_ended:
            self.is_ended = True
            asyncio.get_running_loop().call_soon(self.lose)

    def abort(self) -> None:
        """End it so that the other side notices."""
        self.was_aborted = self.was_aborted or not self.is_ended
        self.close()

    def pause_reading(self) -> None:
        """Let nothing come."""
        self._is_paused = True

    def resume_reading(self) -> None:
        """Let come what waits."""
        self._is_paused = False
        asyncio.get_running_loop().call_soon(self._pump)

    def is_reading(self) -> bool:
        """Whether something may come."""
        return not self._is_paused and not self.is_ended

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Take everything."""

    def get_write_buffer_size(self) -> int:
        """Nothing is kept back."""
        return 0

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Tell the address, as of TCP."""
        return ("127.0.0.1", 1) if name in {"peername", "sockname"} else default


class _MemoryOpener(Opener):
    """Opens links."""

    def __init__(self, batch: WriteBatch, on_link: Callable[[Link, Origin], None]) -> None:
        self._to = batch
        self._on_link = on_link

    async def open(
        self, origin: Origin, on_free: Callable[[UpstreamConnection], None]
    ) -> UpstreamConnection:
        connection = PlainConnection(on_free, self._to)
        self._on_link(Link(connection), origin)
        return connection


class World:
    """All parts, made anew; to be used in a running event loop.

    Attributes:
        links: to deployments, in the order of their opening.
        outcomes: of the requests that ended.
        on_link: called with each link to a deployment that is opened.

    Args:
        retries: further attempts of a request; they start at once.
    """

    def __init__(self, *, retries: int = 0) -> None:
        loop = asyncio.get_running_loop()
        self._failures: list[BaseException] = []
        loop.set_exception_handler(self._on_failure)
        self.links: list[Link] = []
        self.outcomes: list[Outcome] = []
        self.on_link: Callable[[Link, Origin], None] | None = None
        self._callers: list[Link] = []
        self._running: set[Exchange] = set()
        batch = WriteBatch(loop, self._running)
        store = CredentialStore(CREDENTIALS, None)
        clock = DeploymentClock(ROOT.origin, lambda _offset: None)
        self._upstream = Upstream(_MemoryOpener(batch, self._take_link), PoolLimits())
        self._memory = ReplayMemory(10_000, 100_000)
        forwarder = Forwarder(
            credentials=store,
            clock=clock,
            upstream=self._upstream,
            policy=RetryPolicy(retries=retries, first_delay=0.0),
            memory=self._memory,
            timeouts=Timeouts(),
            identity=_IDENTITY,
            on_outcome=self.outcomes.append,
            on_trouble=lambda _cause, _follows: None,
            running=self._running,
        )
        endpoints = Endpoints(
            credentials=store,
            clock=clock,
            health=Health(credentials=store, clock=clock, probe=_probe),
            revision="0",
            body_limit=10_000,
            body_timeout=10.0,
            may_replace=_may_not,
        )
        self._server = ProxyServer(
            router=Router(ROOT, frozenset({ALLOWED})),
            guard=Guard(frozenset(), frozenset()),
            admission=None,
            forwarder=forwarder,
            endpoints=OwnPaths(
                {**endpoints.handlers, "/__metrics__": endpoints.handlers["/__version__"]},
                lambda: _IDENTITY,
            ),
            limits=ServerLimits(line_size=4096, fields=64),
            batch=batch,
            on_outcome=self.outcomes.append,
            on_turned_away=lambda _reason: None,
            own_lines=lambda: _IDENTITY,
        )

    def connect(self) -> Link:
        """Open a caller's connection."""
        link = Link(self._server())
        self._callers.append(link)
        return link

    async def settle(self, turns: int = _TURNS) -> None:
        """Wait until everything that follows has happened; fail if something went wrong."""
        for _ in range(turns):
            await asyncio.sleep(0)
        if self._failures:
            raise self._failures[0]

    async def close(self) -> None:
        """End everything, and make sure that nothing is left."""
        for link in self._callers:
            link.lose()
        await self.settle()
        self._upstream.close()
        await self.settle()
        self._upstream.retire_idle()
        assert not self._running
        assert not self._server.callers
        assert self._memory.used == 0, self._memory
        assert repr(self._upstream) == "<Upstream []>", self._upstream
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert not left, left

    def _take_link(self, link: Link, origin: Origin) -> None:
        self.links.append(link)
        if self.on_link is not None:
            self.on_link(link, origin)

    def _on_failure(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self._failures.append(context.get("exception") or AssertionError(context["message"]))


def pieces(data: bytes, size: int) -> list[bytes]:
    """Cut bytes up, into no more than 16 pieces.

    Args:
        data: to be cut.
        size: of each piece; 0 for one piece, 128 and more to cut behind each empty line, 192 and
            more to cut before each thing that looks like a request line.
    """
    if size >= 192:
        return [part for part in _REQUEST_LINE.split(data, 15) if part]
    if size >= 128:
        parts = data.split(_EMPTY_LINE, 15)
        return [part + _EMPTY_LINE for part in parts[:-1]] + [part for part in parts[-1:] if part]
    size = max(size, len(data) // 16 + 1) if size else max(1, len(data))
    return [data[start : start + size] for start in range(0, len(data), size)]


async def _probe() -> str:
    return "ok"


async def _may_not(_transport: asyncio.Transport) -> bool:
    return False


_runner = asyncio.Runner()
atexit.register(_runner.close)


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine; one event loop serves all of them."""
    _runner.run(work)
