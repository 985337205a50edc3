"""What an answer says of the data behind it, and whether a later answer speaks of the same data.

The rules are those of RFC 9110: validators (8.8), Range and Content-Range (14), If-Range (13.1.5).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from tcproxy_client._retry import http_date
from tcproxy_client._transfers import encodings

_CONTENT_RANGE = re.compile(r"bytes +(\d{1,19})-(\d{1,19})/(\d{1,19}|\*)", re.ASCII)
_LENGTH = re.compile(r"\d{1,19}", re.ASCII)

# What is said of data whose type is not told.
NO_TYPE = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Representation:
    """The data behind a URL, as it was when it was first asked for.

    Attributes:
        total: its length as it is stored, in bytes, if known.
        etag: its entity tag, if it is strong.
        modified: when it was last modified, if that is told.
        validator: what `If-Range` can hold, or None.
        encoding: its content encodings, as the header names them.
        content_type: its media type, without parameters.
        ranges: False if the server says that it serves no ranges.
    """

    total: int | None
    etag: str | None
    modified: str | None
    validator: str | None
    encoding: str
    content_type: str
    ranges: bool

    @classmethod
    def of(cls, headers: Mapping[str, str], total: int | None) -> Self:
        """Read what an answer says.

        Args:
            headers: those of a 200 or 206.
            total: the length of all the data, if known.
        """
        etag = headers.get("ETag", "").strip()
        strong = etag if len(etag) > 1 and etag[0] == etag[-1] == '"' else None
        modified = headers.get("Last-Modified", "").strip() or None
        return cls(
            total,
            strong,
            modified,
            strong or _strong_date(modified, headers.get("Date", "")),
            headers.get("Content-Encoding", ""),
            headers.get("Content-Type", "").partition(";")[0].strip() or NO_TYPE,
            headers.get("Accept-Ranges", "").strip().lower() != "none",
        )

    @property
    def is_encoded(self) -> bool:
        """Whether the data is not stored as it is."""
        return bool(encodings.names(self.encoding))

    def agrees_with(self, headers: Mapping[str, str], span: "Span") -> bool:
        """Tell whether a 206 speaks of the same data.

        Servers may ignore ``If-Range``, and answer with a part of something else.
        """
        other = type(self).of(headers, span.total)
        if None not in (self.total, other.total) and self.total != other.total:
            return False
        if self.etag and other.etag:
            same = self.etag == other.etag
        else:
            same = None in (self.modified, other.modified) or self.modified == other.modified
        return same and encodings.names(self.encoding) == encodings.names(other.encoding)


def _strong_date(modified: str | None, date: str) -> str | None:
    """Give a date of modification if nothing can have changed within its second."""
    then, now = http_date(modified or ""), http_date(date)
    return modified if then is not None and now is not None and now - then >= 1 else None


@dataclass(frozen=True, slots=True)
class Span:
    """A part of the data: from `start`, up to but without `end`; and the length of all of it."""

    start: int
    end: int
    total: int | None

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> Self | None:
        """Read ``Content-Range``; None if it is absent or wrong."""
        match = _CONTENT_RANGE.fullmatch(headers.get("Content-Range", "").strip())
        if match is None:
            return None
        start, end = int(match[1]), int(match[2]) + 1
        total = None if match[3] == "*" else int(match[3])
        if start >= end or (total is not None and end > total):
            return None
        return cls(start, end, total)


def content_length(headers: Mapping[str, str]) -> int | None:
    """Read ``Content-Length``; None if it is absent, wrong, or not the length of the data."""
    said = headers.get("Content-Length", "").strip()
    if "Transfer-Encoding" in headers or not _LENGTH.fullmatch(said):
        return None
    return int(said)


def range_headers(start: int, end: int | None, validator: str | None) -> dict[str, str]:
    """Ask for a part of the data, if it is still the same.

    Args:
        start: the first byte.
        end: the byte after the last one; None for all the rest.
        validator: what the same data has, if known.
    """
    last = "" if end is None else end - 1
    asked = {"Range": f"bytes={start}-{last}"}
    return asked | ({"If-Range": validator} if validator else {})
