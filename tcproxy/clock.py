"""How far this machine's clock is from the deployment's, as the `Date` of its answers tells.

A deployment refuses signatures whose time is more than 15 minutes from its own, and says neither
why nor which time it has. Pure: what time it is here is an argument.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

from tcproxy.targets import Origin

THRESHOLD = 60.0
"""Seconds of difference that are no matter: the least that a Hawk server allows by default.

It is far beyond what a slow answer or the whole seconds of `Date` can make up, and far below the 15
minutes of a deployment, so that a clock which drifts is noticed long before it does any harm.
"""

_AGREEMENT = 2.0
"""Seconds within which two answers tell the same."""

_OLDEST = datetime(2020, 1, 1, tzinfo=UTC).timestamp()
"""A deployment that says it is earlier than this has a clock that was never set."""

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DATE = re.compile(
    rb"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\d\d) (%b) (\d{4}) (\d\d):(\d\d):(\d\d) GMT"
    % "|".join(_MONTHS).encode()
)


class _Witness(NamedTuple):
    """What one answer told.

    Attributes:
        date: its `Date`, in seconds since the epoch.
        offset: how far the deployment's clock is ahead, by it.
    """

    date: float
    offset: float


class DeploymentClock:
    """What time it is at the deployment.

    Attributes:
        origin: whose answers are believed; no other host's are.
        offset: seconds to add to this machine's time; 0 while that is good.
        is_due: whether the next answer should be looked at, whatever its status is: now and then
            is enough, as an answer of 401 is looked at in any case.
    """

    __slots__ = ("_on_change", "_witness", "is_due", "offset", "origin")

    def __init__(self, origin: Origin, on_change: Callable[[float], None]) -> None:
        """Start by taking this machine's clock to be right.

        Args:
            origin: of the deployment.
            on_change: told of each new offset.
        """
        self.origin = origin
        self.offset = 0.0
        self.is_due = True
        self._on_change = on_change
        self._witness: _Witness | None = None

    def __repr__(self) -> str:
        """Show the offset."""
        return f"<DeploymentClock {self.offset:+g} s>"

    def observe(
        self, date: bytes | None, received: float, waited: float, *, is_refused: bool
    ) -> None:
        """Look at an answer of the deployment.

        The deployment wrote the date at some time between request and answer: only what is beyond
        both is a difference of the clocks. An answer that refuses our signature is believed at
        once; any other only where a second one with another date tells the same, as one alone may
        come from a cache, or from one machine of many whose clock is wrong.

        Args:
            date: the answer's `Date`; None where it has none, or comes from a cache.
            received: when it came by this machine's clock, in seconds since the epoch.
            waited: seconds since its request was sent, or longer.
            is_refused: whether it is a 401 to a request that was signed with this clock.
        """
        self.is_due = False
        seconds = None if date is None else parse_date(date)
        if seconds is None:
            return
        least = seconds - received
        if least - THRESHOLD <= self.offset <= least + 1 + waited + THRESHOLD:
            self._witness = None
            return
        witness, told = self._witness, _Witness(seconds, float(round(least + 0.5)))
        if is_refused or (witness is not None and _agree(witness, told)):
            self._witness = None
            self._set(0.0 if abs(told.offset) <= THRESHOLD else told.offset)
        else:
            self._witness = told

    def _set(self, offset: float) -> None:
        if offset != self.offset:
            self.offset = offset
            self._on_change(offset)


def parse_date(value: bytes) -> float | None:
    """Read a `Date` field (RFC 9110, section 5.6.7), in the one form that is still written.

    Returns:
        Seconds since the epoch, or None where it is anything else or cannot be right.
    """
    match = _DATE.fullmatch(value)
    if match is None:
        return None
    day, month, year, hour, minute, second = (text.decode() for text in match.groups())
    numbers = (int(year), _MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second))
    try:
        seconds = datetime(*numbers, tzinfo=UTC).timestamp()
    except ValueError:
        return None
    return seconds if seconds >= _OLDEST else None


def _agree(one: _Witness, other: _Witness) -> bool:
    return one.date != other.date and abs(one.offset - other.offset) <= _AGREEMENT
