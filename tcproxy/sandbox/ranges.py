"""Which bytes of a stored object a request asks for, and whether any (RFC 9110, 13 and 14).

Only one range is ever served: a list of them, or one that makes no sense, gets everything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_RANGE = re.compile(r"bytes=([0-9]{0,4000})-([0-9]{0,4000})", re.IGNORECASE)


class UnsatisfiableError(Exception):
    """The range lies outside of the object."""


@dataclass(frozen=True, slots=True)
class Range:
    """Bytes from ``start``, ``end`` not included."""

    start: int
    end: int


def parse(value: str, size: int) -> Range | None:
    """Return the range that a Range field asks for, cut to the object's end; None means all.

    Raises:
        UnsatisfiableError: It begins at or after the end, or asks for the last 0 bytes.
    """
    match = _RANGE.fullmatch(value.strip())
    if match is None or match[0].endswith("=-"):
        return None
    first, last = match.groups()
    if not first:
        if int(last) == 0 or size == 0:
            raise UnsatisfiableError
        return Range(max(0, size - int(last)), size)
    if last and int(last) < int(first):
        return None
    if int(first) >= size:
        raise UnsatisfiableError
    return Range(int(first), min(size, int(last) + 1 if last else size))


def applies(headers: Mapping[str, str], etag: str, modified: str) -> bool:
    """Tell whether If-Range lets a range be served: the object is still the one the caller knows.

    Args:
        headers: The request's header fields.
        etag: The object's ETag, which is a strong one.
        modified: The object's Last-Modified, as it is sent.
    """
    known = headers.get("If-Range")
    return known is None or known.strip() in {etag, modified}


def is_excluded(headers: Mapping[str, str], etag: str) -> bool:
    """Tell whether If-Match names only other objects."""
    value = headers.get("If-Match")
    return value is not None and not _names(value, etag)


def is_known(headers: Mapping[str, str], etag: str) -> bool:
    """Tell whether If-None-Match names this object, so that the caller has it already."""
    value = headers.get("If-None-Match")
    return value is not None and _names(value.replace("W/", ""), etag)


def _names(value: str, etag: str) -> bool:
    return value.strip() == "*" or etag in {tag.strip() for tag in value.split(",")}
