"""Request bodies: read within bounds, decompressed, decoded and parsed, as the API does it."""

from __future__ import annotations

import json
import math
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from tcproxy.sandbox import errors

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_SIZE = 10 * 1024 * 1024
"""The greatest body that is accepted, in bytes, compressed or not."""

_MAX_DEPTH = 200
_WINDOW_BITS: Mapping[str, int] = {"gzip": 31, "deflate": 15}


@dataclass(frozen=True, slots=True)
class Body:
    """What a request carried.

    Attributes:
        content_type: The header field's value; None if it is missing.
        framed: Whether the request said that it has a body, if only an empty one.
        text: The decoded body if it is JSON by its content type, else empty: the API never looks
            at other bodies.
    """

    content_type: str | None
    framed: bool
    text: str

    @property
    def is_json(self) -> bool:
        """Tell whether this is a body, and JSON by its content type."""
        return self.framed and _media_type(self.content_type) == "application/json"

    def parse(self) -> Any:
        """Return the JSON; an empty object if there is no body.

        Raises:
            ApiError: It is not JSON, neither object nor array, or nested too deep.
        """
        return parse(self.text) if self.text else {}


def parse(text: str) -> Any:
    """Return the JSON object or array that a text is.

    Raises:
        ApiError: It is not JSON, neither object nor array, or nested too deep.
    """
    try:
        value = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
    except RecursionError:
        raise errors.malformed_payload("Failed to parse JSON: nested too deep") from None
    except ValueError as error:
        raise errors.malformed_payload(f"Failed to parse JSON: {error}") from None
    if not isinstance(value, (dict, list)):
        raise errors.malformed_payload("Failed to parse JSON: Must be an object or array")
    if _is_deep(text, value):
        raise errors.malformed_payload("Failed to parse JSON: nested too deep")
    return value


async def read(request: web.BaseRequest) -> Body:
    """Read the whole body of a request, and ask for it first if the caller waits to be asked.

    Raises:
        ApiError: It is too large, broken, or in a coding or charset that the API does not know.
        ConnectionError: The caller left.
    """
    content_type = request.headers.get("Content-Type")
    framed = "Content-Length" in request.headers or "Transfer-Encoding" in request.headers
    raw = _decompress(await _read(request), request.headers.get("Content-Encoding", ""))
    is_json = framed and _media_type(content_type) == "application/json"
    return Body(content_type, framed, _decode(raw, request.charset) if is_json else "")


async def _read(request: web.BaseRequest) -> bytes:
    if (request.content_length or 0) > MAX_SIZE:
        raise errors.too_large(MAX_SIZE)
    if request.headers.get("Expect", "").lower() == "100-continue":
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # aiohttp would take the answer for half sent
    raw = bytearray()
    try:
        while piece := await request.content.readany():
            raw += piece
            if len(raw) > MAX_SIZE:
                raise errors.too_large(MAX_SIZE)
    except (web.RequestPayloadError, HttpProcessingError) as error:
        kind = type(error.__cause__ or error).__name__
        raise errors.malformed_payload(f"The request body is broken ({kind})") from None
    return bytes(raw)


def _decompress(raw: bytes, coding: str) -> bytes:
    coding = coding.strip().lower()
    if coding in {"", "identity"} or not raw:
        return raw
    if coding not in _WINDOW_BITS:
        raise errors.malformed_payload(f'unsupported content encoding "{coding}"')
    decompressor = zlib.decompressobj(_WINDOW_BITS[coding])
    try:
        data = decompressor.decompress(raw, MAX_SIZE + 1)
    except zlib.error:
        raise errors.malformed_payload(f"The request body is not {coding}") from None
    if len(data) > MAX_SIZE:
        raise errors.too_large(MAX_SIZE)
    if not decompressor.eof:
        raise errors.malformed_payload(f"The request body ends before its {coding} data does")
    return data


def _decode(raw: bytes, charset: str | None) -> str:
    if (charset or "utf-8").lower() != "utf-8":
        raise errors.malformed_payload(f'unsupported charset "{charset}"')
    return raw.decode("utf-8-sig", "replace")


def _media_type(content_type: str | None) -> str:
    return (content_type or "").partition(";")[0].strip().lower()


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _finite(digits: str) -> float:
    """Return a number; one out of range could not be written as JSON again."""
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("a number is out of range")
    return number


def _is_deep(text: str, value: Any) -> bool:
    """Tell whether a value has more levels than can safely be walked by recursion."""
    if text.count("{") + text.count("[") <= _MAX_DEPTH:
        return False
    level = [value]
    for _ in range(_MAX_DEPTH):
        children = (one.values() if isinstance(one, dict) else one for one in level)
        level = [child for some in children for child in some if isinstance(child, (dict, list))]
        if not level:
            return False
    return True
