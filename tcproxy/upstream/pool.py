"""Pools of connections, one for each origin: the newest idle one is used again first.

State changes in one place, `_assign`; opening happens in tasks that end there.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from tcproxy.targets import Origin
from tcproxy.upstream.connection import UpstreamConnection
from tcproxy.upstream.failures import Failure, OpenError
from tcproxy.upstream.opening import Opener
from tcproxy.vigil import Vigil


class Waiter:
    """Someone who waits for a connection."""

    __slots__ = ("needs_new", "on_connection", "on_failure")

    def __init__(
        self,
        on_connection: Callable[[UpstreamConnection], None],
        on_failure: Callable[[Failure], None],
        *,
        needs_new: bool,
    ) -> None:
        """Wait.

        Args:
            on_connection: called with the connection.
            on_failure: called when none can be had.
            needs_new: whether a connection that was used before will not do.
        """
        self.on_connection = on_connection
        self.on_failure = on_failure
        self.needs_new = needs_new


@dataclass(frozen=True, slots=True)
class PoolLimits:
    """Bounds of each pool.

    Attributes:
        requests: at once to one origin; further ones fail.
        idle: seconds that an unused connection is kept.
    """

    requests: int = 1024
    idle: float = 30.0


class Counts(NamedTuple):
    """How many connections there are in each state, and who waits for one.

    Attributes:
        idle: kept for the next request.
        busy: carrying a request.
        opening: not ready yet.
        waiting: requests without a connection.
    """

    idle: int = 0
    busy: int = 0
    opening: int = 0
    waiting: int = 0


class Pool:
    """The connections to one origin."""

    def __init__(self, origin: Origin, opener: Opener, limits: PoolLimits) -> None:
        self.origin = origin
        self.url = str(origin)
        self.vigil = Vigil()
        self.host_line = f"Host: {origin.authority}".encode()
        self._opener = opener
        self._limits = limits
        self._idle: list[UpstreamConnection] = []
        self._busy: set[UpstreamConnection] = set()
        self._opening: set[asyncio.Task[UpstreamConnection]] = set()
        self._waiting: deque[Waiter] = deque()

    def __repr__(self) -> str:
        """Show counts."""
        return (
            f"<Pool {self.origin}: {len(self._busy)} busy, {len(self._idle)} idle, "
            f"{len(self._opening)} opening, {len(self._waiting)} waiting>"
        )

    @property
    def counts(self) -> Counts:
        """How many connections it has."""
        return Counts(len(self._idle), len(self._busy), len(self._opening), len(self._waiting))

    @property
    def is_empty(self) -> bool:
        """Whether it holds nothing."""
        return not (self._idle or self._busy or self._opening or self._waiting)

    def take(self) -> UpstreamConnection | None:
        """Return the newest idle connection, or None."""
        while self._idle:
            connection = self._idle.pop()
            if connection.is_open:
                self._busy.add(connection)
                return connection
        return None

    def wait(self, waiter: Waiter) -> None:
        """Get a connection for someone: a new one, or one that becomes free before that."""
        if len(self._busy) + len(self._waiting) >= self._limits.requests:
            message = f"more than {self._limits.requests} requests at once"
            waiter.on_failure(Failure("busy", message))
            return
        self._waiting.append(waiter)
        self._open_for_waiting()

    def leave(self, waiter: Waiter) -> None:
        """Stop waiting."""
        if waiter in self._waiting:
            self._waiting.remove(waiter)
        if len(self._opening) > len(self._waiting):
            self._opening.pop().cancel()

    def retire_idle(self, now: float) -> None:
        """Close what was idle for too long.

        Args:
            now: the monotonic time in seconds.
        """
        oldest = now - self._limits.idle
        old = [connection for connection in self._idle if connection.idle_since < oldest]
        self._idle = [connection for connection in self._idle if connection.idle_since >= oldest]
        for connection in old:
            connection.abort()

    def close(self) -> None:
        """Close every connection."""
        for task in self._opening:
            task.cancel()
        for connection in (*self._idle, *self._busy):
            connection.abort()
        self._idle.clear()

    def _open_for_waiting(self) -> None:
        while len(self._opening) < len(self._waiting):
            task = asyncio.get_running_loop().create_task(
                self._opener.open(self.origin, self._on_free)
            )
            self._opening.add(task)
            task.add_done_callback(self._on_opened)

    def _on_opened(self, task: asyncio.Task[UpstreamConnection]) -> None:
        self._opening.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if isinstance(error, OpenError):
            self._fail_first(error.failure)
        elif error is not None:
            message = f"the connection to {self.origin} failed; the log of tcproxy says why"
            self._fail_first(Failure("connect", message))
            raise error
        elif task.result().is_open:
            self._busy.add(task.result())
            self._on_free(task.result())
        else:
            message = f"the connection to {self.origin} closed as soon as it was open"
            self._fail_first(Failure("closed", message))

    def _fail_first(self, failure: Failure) -> None:
        if self._waiting:
            self._waiting.popleft().on_failure(failure)
        self._open_for_waiting()

    def _on_free(self, connection: UpstreamConnection) -> None:
        if connection.is_open:
            self._assign(connection)
            return
        self._busy.discard(connection)
        if connection in self._idle:
            self._idle.remove(connection)
        self._open_for_waiting()

    def _assign(self, connection: UpstreamConnection) -> None:
        waiter = self._next_waiter(is_new=connection.exchanges == 0)
        if waiter is not None:
            waiter.on_connection(connection)
            return
        self._busy.discard(connection)
        connection.idle_since = time.monotonic()
        self._idle.append(connection)

    def _next_waiter(self, *, is_new: bool) -> Waiter | None:
        for waiter in self._waiting:
            if is_new or not waiter.needs_new:
                self._waiting.remove(waiter)
                return waiter
        return None


class Upstream:
    """All pools."""

    def __init__(self, opener: Opener, limits: PoolLimits) -> None:
        """Start with no connections.

        Args:
            opener: opens them.
            limits: bounds of each pool.
        """
        self._opener = opener
        self.limits = limits
        self._pools: dict[Origin, Pool] = {}

    def __repr__(self) -> str:
        """Show the pools."""
        return f"<Upstream {list(self._pools.values())}>"

    @property
    def counts(self) -> Counts:
        """How many connections all pools have together."""
        return Counts(*map(sum, zip(*(pool.counts for pool in self._pools.values()), strict=True)))

    def pool(self, origin: Origin) -> Pool:
        """Return the pool for an origin."""
        pool = self._pools.get(origin)
        if pool is None:
            pool = self._pools[origin] = Pool(origin, self._opener, self.limits)
        return pool

    def retire_idle(self) -> None:
        """Close connections that were idle for too long, and forget pools that hold nothing."""
        now = time.monotonic()
        for origin, pool in list(self._pools.items()):
            pool.retire_idle(now)
            if pool.is_empty:
                del self._pools[origin]

    def close(self) -> None:
        """Close everything."""
        for pool in self._pools.values():
            pool.close()
