"""Trying something again, as the official client offers it for one's own coroutines."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from tcproxy_client.aio._log import log as _aio_log
from tcproxy_client.utils import calculateSleepTime

__all__ = ["log", "retry"]

log = _aio_log.getChild("retry")

T = TypeVar("T")


async def retry(
    maxRetries: int, tryFn: Callable[[Callable[[BaseException | None], None]], Awaitable[T]]
) -> T:
    """Await a function until it has not asked for another try.

    Args:
        maxRetries: how often to try again after the first time.
        tryFn: what to try. It is given a function to call with an exception if the try has failed
            and should be repeated (None means that it has not failed); what it raises itself ends
            everything at once.

    Returns:
        What the last try returned.

    Raises:
        BaseException: what the last try asked to be repeated for.
    """
    attempt = 0
    while True:
        told: list[BaseException | None] = []
        result = await tryFn(told.append)
        failures = [failure for failure in told if failure is not None]
        if not failures:
            return result
        if attempt >= maxRetries:
            raise failures[-1]
        attempt += 1
        pause = calculateSleepTime(attempt)
        log.warning("Retrying in %.1f s because of: %s", pause, failures[-1])
        await asyncio.sleep(pause)
