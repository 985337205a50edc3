"""The requests that ended last, for the status page. Remembering one costs next to nothing."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import NamedTuple

from tcproxy.forward import Outcome

KEPT = 100
"""Requests that are remembered."""

_LONGEST = 1000
"""Characters of a target that are remembered."""

_TOGETHER = 0.2
"""Seconds for which news is held back, so that much of it goes out together."""


class Remembered(NamedTuple):
    """A request that has ended.

    Attributes:
        ended: when, in seconds since the epoch.
        number: counts from 1.
        outcome: how.
    """

    ended: float
    number: int
    outcome: Outcome


class RecentRequests:
    """Remembers the last requests, and wakes those who watch.

    Attributes:
        count: how many there were.
    """

    __slots__ = ("_kept", "_news", "_timer", "_watchers", "count")

    def __init__(self) -> None:
        """Start with none."""
        self.count = 0
        self._kept: deque[tuple[float, int, Outcome]] = deque(maxlen=KEPT)
        self._watchers = 0
        self._news = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None

    def add(self, outcome: Outcome) -> None:
        """Remember a request; those that only look after the proxy are left out."""
        target = outcome.target
        if not outcome.attempts and outcome.status < 400 and target.startswith("/__"):
            return
        if len(target) > _LONGEST or len(outcome.method) > _LONGEST:
            outcome = outcome._replace(target=target[:_LONGEST], method=outcome.method[:_LONGEST])
        self.count += 1
        self._kept.append((time.time(), self.count, outcome))
        if outcome.denial is not None:
            # After the answer is out.
            asyncio.get_running_loop().call_soon(outcome.denial.missing)
        if self._watchers and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_TOGETHER, self.wake)

    def since(self, number: int) -> list[Remembered]:
        """Return those after a number, the oldest first."""
        return [Remembered(*each) for each in self._kept if each[1] > number]

    def wake(self) -> None:
        """Let everyone who watches look again."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        news, self._news = self._news, asyncio.Event()
        news.set()

    async def watch(self, seen: int, seconds: float) -> bool:
        """Wait for news, or for so many seconds; tell whether there is some.

        Args:
            seen: the number of the last request that is no news.
            seconds: how long to wait.
        """
        if self.count > seen:
            await asyncio.sleep(_TOGETHER)
            return True
        self._watchers += 1
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return False
        finally:
            self._watchers -= 1
        return True
