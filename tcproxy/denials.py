"""Which scopes a deployment says were missing, from the body of its 403. Pure.

Source: `InsufficientScopes` of Taskcluster's lib-api; its message, made for people, is all there
is.
"""

from __future__ import annotations

import json
import re
import zlib
from typing import Any

LIMIT = 64 * 1024
"""Bytes of a body that are kept; a deployment's message is far shorter."""

_LONGEST = 4000
"""Characters of the scopes that are shown."""

_EXPRESSION = re.compile(
    r"(?:missing the following scopes|satisfy the following scope expression):"
    r"\s*```\s*(.*?)\s*```",
    re.DOTALL,
)
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


class Denial:
    """The beginning of a 403's body, kept while it passes, until somebody asks what it says."""

    __slots__ = ("_coding", "_data", "_missing")

    def __init__(self, coding: bytes | None) -> None:
        """Start with nothing.

        Args:
            coding: the response's `Content-Encoding`, or None.
        """
        self._coding = b"" if coding is None else coding.strip().lower()
        self._data = bytearray()
        self._missing: str | None = None

    def add(self, data: bytes) -> None:
        """Keep a further piece, as far as there is room."""
        room = LIMIT - len(self._data)
        if room > 0:
            self._data += data[:room]

    def missing(self) -> str:
        """Return the scopes that were missing, such as `a and (b or c)`; empty if unknown."""
        if self._missing is None:
            self._missing = missing_scopes(_decoded(bytes(self._data), self._coding))
            self._data = bytearray()
        return self._missing


def missing_scopes(body: bytes) -> str:
    """Read which scopes were missing.

    Args:
        body: a deployment's error, as JSON.

    Returns:
        A scope, or several with `and`, `or` and brackets; empty where the body does not say.
    """
    try:
        message = json.loads(body)["message"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return ""
    match = _EXPRESSION.search(message) if isinstance(message, str) else None
    if match is None:
        return ""
    text = match[1]
    try:
        if text.startswith("{"):
            text = _in_words(json.loads(text))
    except (ValueError, RecursionError):
        return ""
    # No scope has such characters, and half of a surrogate pair could not even be shown.
    text = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + " …"


def _in_words(expression: Any, *, is_inner: bool = False) -> str:
    """Write a scope expression as people say it."""
    if isinstance(expression, str):
        return expression
    for key, word in (("AllOf", " and "), ("AnyOf", " or ")):
        if isinstance(expression, dict) and isinstance(expression.get(key), list):
            members = expression[key]
            parts = [_in_words(each, is_inner=len(members) > 1) for each in members]
            text = word.join(parts)
            return f"({text})" if is_inner and len(parts) > 1 else text
    raise ValueError("this is no scope expression")


def _decoded(data: bytes, coding: bytes) -> bytes:
    if not coding or coding == b"identity":
        return data
    if coding not in {b"gzip", b"x-gzip", b"deflate"}:
        return b""
    try:
        return zlib.decompressobj(_GZIP_OR_ZLIB).decompress(data, LIMIT)
    except zlib.error:
        return b""
