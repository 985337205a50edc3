"""Several parts of the data at once: how large they are, and how one of them is fetched.

Parts are taken in order. Those that are ahead wait in memory, which is bounded.
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

from tcproxy_client import _losses
from tcproxy_client._reply import Lost, Reply
from tcproxy_client._retry import Timeouts
from tcproxy_client._transfers import requests
from tcproxy_client._transfers.representation import Representation, Span, range_headers
from tcproxy_client._transfers.steps import Drop, Opened, Read, Step

# In bytes: what may wait in memory, and the largest part.
_MEMORY = 24 * 1024 * 1024
_LARGEST = 8 * 1024 * 1024


def size(parallel: int) -> int:
    """Give the length of a part, in bytes, for a number of connections."""
    return min(_LARGEST, _MEMORY // (parallel + 1))


@dataclass(frozen=True, slots=True)
class Part:
    """What came of fetching a part: its first bytes, or all of them, and what went wrong."""

    pieces: tuple[bytes, ...]
    problem: "Reply | Lost | None"


def fetch(
    url: str, start: int, end: int, data: Representation, timeouts: Timeouts
) -> Generator[Step, Any, Part]:
    """Fetch a part once.

    Args:
        url: where the data is.
        start: the part's first byte.
        end: the byte after its last one.
        data: what is known of the data.
        timeouts: how long to wait.
    """
    opened = yield from requests.get(url, range_headers(start, end, data.validator), timeouts)
    if not isinstance(opened, Opened):
        return Part((), opened)
    span = Span.of(opened.headers)
    if (
        opened.status != 206
        or span is None
        or (span.start, span.end) != (start, end)
        or not data.agrees_with(opened.headers, span)
    ):
        yield Drop(opened.stream)
        return Part((), _losses.changed())
    pieces: list[bytes] = []
    left = end - start
    while left:
        piece: bytes | Lost = yield Read(opened.stream)
        if isinstance(piece, Lost):
            return Part(tuple(pieces), piece)
        if not piece or len(piece) > left:
            yield Drop(opened.stream)
            return Part(tuple(pieces), _losses.short())
        pieces.append(piece)
        left -= len(piece)
    yield Drop(opened.stream)
    return Part(tuple(pieces), None)
