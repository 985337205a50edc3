"""Which header fields pass through the proxy, and message heads as bytes. No I/O.

A field is a pair of bytes, name and value, as it was received: names keep their case, values their
bytes, repeated fields their order. Only what belongs to one connection stays behind (RFC 9110,
section 7.6.1), and what the proxy must set itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

Field = tuple[bytes, bytes]

HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authentication-info",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
_OF_REQUESTS = HOP_BY_HOP | {b"host", b"authorization"}
_NEVER_NAMED = frozenset({b"content-length"})
"""Fields that `Connection` cannot remove: they frame the message."""
_NO_FIELDS = frozenset({b"close"})
"""Options of `Connection` that name no field."""

BODY_METHODS = frozenset({"POST", "PUT", "PATCH"})
"""Methods whose requests need a `Content-Length` even without a body (RFC 9110, section 8.6)."""


def find(fields: Iterable[Field], name: bytes) -> bytes | None:
    """Return the value of the first field with this name, which is given in lower case."""
    for field, value in fields:
        if field.lower() == name:
            return value
    return None


def origination_date(fields: Sequence[Field]) -> bytes | None:
    """Return the `Date` of a response, unless it comes from a cache (RFC 9111, section 5.1)."""
    return find(fields, b"date") if find(fields, b"age") is None else None


def connection_options(fields: Iterable[Field]) -> frozenset[bytes]:
    """Return the options of all `Connection` fields, in lower case (RFC 9110, section 7.6.1)."""
    options = (
        option.strip().lower()
        for name, value in fields
        if name.lower() == b"connection"
        for option in value.split(b",")
    )
    return frozenset(option for option in options if option)


def request_fields(fields: Sequence[Field]) -> Sequence[Field]:
    """Return the fields of a request that are forwarded.

    `Host` and `Authorization` are the proxy's to set.
    """
    return _forwarded(fields, _request_names)


def response_fields(fields: Sequence[Field]) -> Sequence[Field]:
    """Return the fields of a response that are forwarded."""
    return _forwarded(fields, _response_names)


def request_head(method: str, target: str, fields: Iterable[bytes]) -> bytes:
    """Return a request head (RFC 9112, section 3).

    Args:
        method: as the caller sent it.
        target: in origin form.
        fields: complete field lines, without their line ends.
    """
    return b"\r\n".join((f"{method} {target} HTTP/1.1".encode("latin-1"), *fields, b"\r\n"))


def response_head(status: int, reason: bytes, fields: Iterable[bytes]) -> bytes:
    """Return a response head (RFC 9112, section 4).

    Args:
        status: the status code.
        reason: the reason phrase, as received.
        fields: complete field lines, without their line ends.
    """
    return b"\r\n".join((b"HTTP/1.1 %d %s" % (status, reason), *fields, b"\r\n"))


def chunk(data: bytes) -> bytes:
    """Return data, which is not empty, as a chunk (RFC 9112, section 7.1)."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def lines(fields: Iterable[Field]) -> list[bytes]:
    """Return the fields as lines, without their line ends."""
    return [name + b": " + value for name, value in fields]


def taskcluster_names(fields: Iterable[Field]) -> set[bytes]:
    """Return the names, in lower case, that start with `X-Taskcluster-`."""
    own = _taskcluster_names
    return {name.lower() for name, _ in fields if own[name]}


class _Names(dict[bytes, bool]):
    """Remembers for each name, as it is written, whether something is true of it."""

    def __init__(self, is_true: Callable[[bytes], bool]) -> None:
        super().__init__()
        self._is_true = is_true

    def __missing__(self, name: bytes) -> bool:
        if len(self) >= _REMEMBERED:
            self.clear()
        result = self[name] = self._is_true(name.lower())
        return result


_REMEMBERED = 1024
"""Names that are remembered; bounded, as callers choose them."""

_request_names = _Names(_OF_REQUESTS.__contains__)
_response_names = _Names(HOP_BY_HOP.__contains__)
_connection_names = _Names(b"connection".__eq__)
_taskcluster_names = _Names(lambda name: name.startswith(b"x-taskcluster-"))


@lru_cache(maxsize=64)
def _named(value: bytes) -> frozenset[bytes]:
    """Return the fields that a `Connection` field removes beside those that go in any case."""
    options = connection_options([(b"connection", value)])
    return options - _NEVER_NAMED - HOP_BY_HOP - _NO_FIELDS


def _forwarded(fields: Sequence[Field], dropped: _Names) -> Sequence[Field]:
    kept = [field for field in fields if not dropped[field[0]]]
    if len(kept) == len(fields):
        return fields
    is_connection = _connection_names
    for name, value in fields:
        if is_connection[name] and (named := _named(value)):
            kept = [field for field in kept if field[0].lower() not in named]
    return kept
