"""When to try again and when to give up: immutable values that decide, without I/O or a clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from tcproxy_client._reply import Lost, Reply
from tcproxy_client.exceptions import TaskclusterFailure

MAX_RETRIES = 5
DELAY_FACTOR = 0.1
RANDOMIZATION_FACTOR = 0.25
MAX_DELAY = 30

# The proxy answers every forwarded request with this header: how often it tried the deployment.
ATTEMPTS_HEADER = "X-Taskcluster-Proxy-Attempts"

_TOO_MANY_REQUESTS = 429

# What the longest of timeouts counts as, in seconds: more than a month.
_LONGEST = 4_000_000


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long to wait, in seconds.

    Attributes:
        connect: for a connection, each time one is opened.
        read: for the next byte of an answer. It is longer than the proxy takes to give up on a
            silent deployment, so that the proxy's own answer arrives.
        total: for a call as a whole, with all its attempts and the pauses between them.
    """

    connect: float = 10
    read: float = 180
    total: float = 600

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Self:
        """Read ``connectTimeout``, ``readTimeout`` and ``totalTimeout``; absent means default.

        Infinity is as good as any number that is too large for sockets and event loops.

        Raises:
            TaskclusterFailure: if one is not a number above 0.
        """
        given = {}
        for name in ("connect", "read", "total"):
            value = options.get(f"{name}Timeout")
            if value is None:
                continue
            if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
                raise TaskclusterFailure(
                    f"{name}Timeout must be a number of seconds above 0, not {value!r}"
                )
            given[name] = min(value, _LONGEST)
        return cls(**given)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Whether to try again, and when.

    Connection failures, 5xx and 429 are tried again, whatever the method: the API is idempotent by
    design. Not so an answer that the proxy sent on: it has tried often enough.

    Attributes:
        retries: how often to try again after the first time.
        delay_factor: the mean of the first pause, in seconds; the next ones double.
        randomization_factor: how far a pause may lie from its mean, as a fraction of it.
        max_delay: the longest pause, in seconds; ``Retry-After`` may ask for more.
    """

    retries: int = MAX_RETRIES
    delay_factor: float = DELAY_FACTOR
    randomization_factor: float = RANDOMIZATION_FACTOR
    max_delay: float = MAX_DELAY

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Self:
        """Read ``maxRetries``.

        Raises:
            TaskclusterFailure: if it is not a whole number, 0 or more.
        """
        retries = options.get("maxRetries", MAX_RETRIES)
        if isinstance(retries, bool) or not isinstance(retries, int) or retries < 0:
            raise TaskclusterFailure(
                f"maxRetries must be a whole number, 0 or more, not {retries!r}"
            )
        return cls(retries)

    def delay(self, attempt: int, luck: float) -> float:
        """Give the pause before a retry.

        Args:
            attempt: which retry it is, from 1; below that there is no pause.
            luck: a random number in [0, 1).

        Returns:
            Seconds.
        """
        if attempt <= 0:
            return 0
        mean = self.delay_factor * 2.0 ** min(attempt - 1, 64)
        return min(mean * (1 + self.randomization_factor * (2 * luck - 1)), self.max_delay)

    def pause(
        self, outcome: Reply | Lost, attempt: int, *, left: float, luck: float
    ) -> float | None:
        """Decide after an attempt.

        Args:
            outcome: what came of it.
            attempt: which one it was, from 1.
            left: seconds that the call may still take.
            luck: a random number in [0, 1).

        Returns:
            Seconds to wait before the next attempt, or None to take the outcome as it is.
        """
        if attempt > self.retries or not _worth_retrying(outcome):
            return None
        seconds = self.delay(attempt, luck)
        if isinstance(outcome, Reply):
            seconds = max(seconds, retry_after(outcome.headers))
        return seconds if seconds < left else None


@dataclass(frozen=True, slots=True)
class SquareRetries(RetryPolicy):
    """The pauses of the official client's low-level functions: 0.1, 0.4, 0.9 ... seconds."""

    def delay(self, attempt: int, luck: float) -> float:  # noqa: ARG002  # the policy's signature
        """Give the pause before a retry, in seconds."""
        return attempt * attempt / 10


def _worth_retrying(outcome: Reply | Lost) -> bool:
    if isinstance(outcome, Lost):
        return not outcome.final
    transient = 500 <= outcome.status < 600 or outcome.status == _TOO_MANY_REQUESTS
    return transient and ATTEMPTS_HEADER not in outcome.headers


def attempts(outcome: Reply | Lost) -> int:
    """Tell how often the deployment was tried for this outcome, as far as is known."""
    said = "" if isinstance(outcome, Lost) else outcome.headers.get(ATTEMPTS_HEADER, "")
    return max(_count(said), 1)


def retry_after(headers: Mapping[str, str]) -> float:
    """Read ``Retry-After`` (RFC 9110 section 10.2.3), in seconds; 0 if absent or unreadable.

    A date is taken relative to the answer's own ``Date``, so that clocks need not agree.
    """
    said = headers.get("Retry-After", "").strip()
    if not said or said.isdigit():
        return _count(said)
    when, now = http_date(said), http_date(headers.get("Date", ""))
    return 0 if when is None or now is None else max(when - now, 0)


def http_date(text: str) -> float | None:
    """Read an HTTP date (RFC 9110 section 5.6.7) as seconds since the epoch, or give None."""
    from email.utils import mktime_tz, parsedate_tz  # here: few calls need it, and it loads slowly

    parts = parsedate_tz(text)
    try:
        return None if parts is None else mktime_tz(parts)
    except (OverflowError, ValueError):
        return None


def _count(digits: str) -> int:
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else 0
