"""When to try again, and after how long. Pure: time and chance are arguments."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

IDEMPOTENT_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})
"""RFC 9110, section 9.2.2."""

_DELAY_SECONDS = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often a request is tried again, and how long that may take.

    Attributes:
        retries: further attempts after the first.
        budget: seconds from the request's arrival after which no further attempt starts.
        idempotent_only: whether a POST or PATCH, once sent, is never sent again.
        first_delay: seconds before the second attempt, on average; they double from then on.
        greatest_delay: seconds that a delay does not exceed, unless the deployment asks for more.
    """

    retries: int = 5
    budget: float = 30.0
    idempotent_only: bool = False
    first_delay: float = 0.5
    greatest_delay: float = 10.0

    def allows(self, method: str) -> bool:
        """Tell whether requests with this method may be sent more than once."""
        return not self.idempotent_only or method in IDEMPOTENT_METHODS

    def delay(
        self, attempts: int, elapsed: float, chance: float, retry_after: float | None = None
    ) -> float | None:
        """Return the seconds to wait before the next attempt, or None to give up.

        Args:
            attempts: how many were made.
            elapsed: seconds since the request arrived.
            chance: a random number in [0, 1), which spreads callers that failed together.
            retry_after: seconds that the deployment asked to wait.
        """
        if attempts > self.retries:
            return None
        mean = min(self.first_delay * 2.0 ** (attempts - 1), self.greatest_delay)
        delay = mean * (0.5 + chance)
        if retry_after is not None:
            # A little past what was asked: everyone who was told the same comes at the same time.
            delay = retry_after + min(retry_after, self.first_delay) * chance
        return delay if elapsed + delay <= self.budget else None


def is_retryable(status: int) -> bool:
    """Tell whether a response asks for another attempt: 429, and every 5xx."""
    return 500 <= status < 600 or status == 429


def parse_retry_after(value: bytes, now: float) -> float | None:
    """Read a `Retry-After` field (RFC 9110, section 10.2.3).

    Args:
        value: the field's value: seconds or an HTTP date.
        now: the current time, in seconds since the epoch.

    Returns:
        Seconds from now, or None where the field is neither.
    """
    text = value.decode("latin-1").strip()
    if _DELAY_SECONDS.fullmatch(text):
        return float(text)
    try:
        date = parsedate_to_datetime(text)
        return max(0.0, date.timestamp() - now)
    except (TypeError, ValueError, OverflowError):
        return None
