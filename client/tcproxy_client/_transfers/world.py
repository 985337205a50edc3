"""What a transfer needs of the world around it, as values."""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from tcproxy_client._retry import RetryPolicy, Timeouts


@dataclass(frozen=True, slots=True)
class World:
    """The rules of a transfer, its clocks and its luck.

    Attributes:
        timeouts: how long to wait for a storage; `total` bounds the pauses between attempts.
        retries: when to try again.
        clock: a monotonic clock, in seconds.
        now: the time, in seconds since the epoch.
        luck: random numbers in [0, 1).
    """

    timeouts: Timeouts
    retries: RetryPolicy
    clock: Callable[[], float] = field(default=time.monotonic)
    now: Callable[[], float] = field(default=time.time)
    luck: Callable[[], float] = field(default=random.random)

    @classmethod
    def of(cls, service: Any, max_retries: object) -> Self:
        """Take the timeouts of a client and a number of retries.

        Raises:
            TaskclusterFailure: if one of them is of no use.
        """
        options = getattr(service, "options", None)
        timeouts = Timeouts.of(options if isinstance(options, Mapping) else {})
        return cls(timeouts, RetryPolicy.of({"maxRetries": max_retries}))
