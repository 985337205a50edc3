"""Answers that the proxy makes itself, as bytes on the wire. No I/O."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus

from tcproxy import headers
from tcproxy.errors import Refusal

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


def refusal_response(
    refusal: Refusal,
    body: bytes,
    lines: Iterable[bytes],
    *,
    keep_alive: bool,
    is_head_request: bool = False,
) -> bytes:
    """Return a whole response.

    Args:
        refusal: status and header fields.
        body: JSON.
        lines: further header lines.
        keep_alive: whether the connection goes on.
        is_head_request: whether the body must be left out.
    """
    fields = [
        b"Content-Type: application/json",
        b"Content-Length: %d" % len(body),
        *(f"{name}: {value}".encode() for name, value in refusal.headers),
        *lines,
    ]
    if not keep_alive:
        fields.append(b"Connection: close")
    head = headers.response_head(refusal.status, reason(refusal.status), fields)
    return head if is_head_request else head + body


def reason(status: int) -> bytes:
    """Return the usual reason phrase of a status code."""
    return HTTPStatus(status).phrase.encode()
