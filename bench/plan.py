"""What is to be measured, how often and in which order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

_Item = TypeVar("_Item")

KINDS = ("get", "post", "new", "download", "start")
TRANSPORTS = ("plain", "tls")
CASES = tuple(f"{kind}-{transport}" for kind in KINDS for transport in TRANSPORTS)


@dataclass(frozen=True, slots=True)
class Plan:
    """How to measure.

    Attributes:
        rounds: how often everything is measured.
        seconds: that each load lasts.
        callers: numbers of connections at once.
        warm_up: whether each load is preceded by one that does not count.
        peer: program, and arguments that come first, of a binary that takes taskcluster-proxy's
            flags.
    """

    rounds: int
    seconds: int
    callers: Sequence[int]
    warm_up: bool
    peer: Sequence[str] | None


def turns(items: Sequence[_Item], number: int) -> list[_Item]:
    """Return the items in the order of a round.

    Of two rounds the second goes backwards, and the next two begin with the next item: each comes
    first and last as often, so that what one leaves behind (heat, waiting sockets) burdens all.
    """
    start = number // 2 % len(items)
    order = [*items[start:], *items[:start]]
    return order[::-1] if number % 2 else order
