"""Answers: their status and body, and the header fields that every answer of the API has."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import uuid
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Mapping

_COMPRESS_FROM = 1024

_EVERY_ANSWER: Mapping[str, str] = {
    "Content-Security-Policy": (
        "report-uri /__cspreport__;default-src 'none';frame-ancestors 'none';"
    ),
    "x-content-type-options": "nosniff",
    "Server": "tcproxy-sandbox",
}

_EVERY_API_ANSWER: Mapping[str, str] = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Max-Age": "900",
    "Access-Control-Allow-Methods": "OPTIONS,GET,HEAD,POST,PUT,DELETE,TRACE,CONNECT",
    "Access-Control-Request-Method": "*",
    "Access-Control-Allow-Headers": (
        "X-Requested-With,Content-Type,Authorization,Accept,Origin,Cache-Control"
    ),
    "Cache-Control": "no-store no-cache must-revalidate",
}

_JSON = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """What one request is answered with.

    Attributes:
        status: The HTTP status.
        body: The bytes of the body.
        headers: Header fields of this answer alone.
        in_api: Whether it stands below a service's version, where more fields are usual.
        has_etag: Whether it can be asked for conditionally.
        closes: Whether the connection ends with it.
    """

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    in_api: bool = True
    has_etag: bool = True
    closes: bool = False


def json_answer(
    value: Any, status: int = 200, *, headers: Mapping[str, str] | None = None, in_api: bool = True
) -> Answer:
    """Answer with a JSON value, written as the API does: indented, non-ASCII as it is."""
    text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
    # a lone surrogate has no UTF-8 form; backslashreplace writes it as the escape that JSON has
    body = text.encode("utf-8", "backslashreplace")
    return Answer(status, body, {"Content-Type": _JSON, **(headers or {})}, in_api=in_api)


def redirect_answer(url: str, accept: str) -> Answer:
    """Send the caller elsewhere, with a text for people in the form that they accept."""
    headers = {"Location": url, "Vary": "Accept, Accept-Encoding"}
    text = f"See Other. Redirecting to {url}"
    if "text/html" in accept:
        text = f"<p>{html.escape(text)}</p>"
        headers["Content-Type"] = "text/html; charset=utf-8"
    elif accept in {"", "*/*"} or "text/" in accept:
        headers["Content-Type"] = "text/plain; charset=utf-8"
    else:
        text = ""
    return Answer(303, text.encode(), headers, has_etag=False)


def allow_answer(verbs: frozenset[str]) -> Answer:
    """Answer an OPTIONS request for a path that knows these verbs."""
    allow = ", ".join(sorted(verbs))
    return Answer(
        200, allow.encode(), {"Content-Type": "text/plain", "Allow": allow}, has_etag=False
    )


def render(answer: Answer, request: web.BaseRequest) -> web.Response:
    """Return an answer as aiohttp sends it: conditional, compressed or whole."""
    response = _render(answer, request)
    if answer.closes:
        response.force_close()
    return response


def _render(answer: Answer, request: web.BaseRequest) -> web.Response:
    headers = {
        **_EVERY_ANSWER,
        **(_EVERY_API_ANSWER if answer.in_api else {}),
        "x-for-trace-id": request.headers.get("x-taskcluster-trace-id") or str(uuid.uuid4()),
        "x-for-request-id": str(uuid.uuid4()),
        "Vary": "Accept-Encoding",
        **answer.headers,
    }
    if answer.has_etag:
        headers["ETag"] = _etag(answer.body)
    if answer.status == 200 and _is_fresh(request, headers):
        for name in ("Content-Type", "Vary"):
            headers.pop(name, None)
        return web.Response(status=304, headers=headers)
    coding = _coding(answer, request)
    if coding is None:
        return web.Response(status=answer.status, body=answer.body, headers=headers)
    headers["Content-Encoding"] = coding
    compressed = _compress(answer.body, coding)
    response = web.Response(status=answer.status, body=compressed, headers=headers)
    if request.version >= (1, 1):
        response.enable_chunked_encoding()
    return response


def _etag(body: bytes) -> str:
    digest = base64.b64encode(hashlib.sha1(body, usedforsecurity=False).digest()).decode()
    return f'W/"{len(body):x}-{digest[:27]}"'


def _is_fresh(request: web.BaseRequest, headers: Mapping[str, str]) -> bool:
    """Tell whether the caller already has this body (RFC 9110, section 13.1.2)."""
    asked = request.headers.get("If-None-Match")
    if asked is None or request.method not in {"GET", "HEAD"} or "ETag" not in headers:
        return False
    if "no-cache" in request.headers.get("Cache-Control", "").lower():
        return False
    known = {tag.strip().removeprefix("W/") for tag in asked.split(",")}
    return "*" in known or headers["ETag"].removeprefix("W/") in known


def _coding(answer: Answer, request: web.BaseRequest) -> str | None:
    """Choose a content coding, or None for short bodies and callers that know none."""
    if len(answer.body) < _COMPRESS_FROM or request.method == "HEAD":
        return None
    accepted = {
        coding.strip().lower()
        for part in request.headers.get("Accept-Encoding", "").split(",")
        for coding, _, weight in [part.partition(";")]
        if weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    }
    return next((coding for coding in ("gzip", "deflate") if coding in accepted), None)


def _compress(body: bytes, coding: str) -> bytes:
    compressor = zlib.compressobj(level=1, wbits=31 if coding == "gzip" else zlib.MAX_WBITS)
    return compressor.compress(body) + compressor.flush()
