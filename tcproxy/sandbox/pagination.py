"""Lists in pages: their order, the size of a page, and the token that asks for the next one."""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING, Any

from tcproxy.sandbox import errors

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

QUERY: Mapping[str, str] = {"continuationToken": ".", "limit": "^[0-9]+$"}
"""The query parameters of a list, with the pattern that each must match."""

MAX_LIMIT = 1000
"""The number of entries of a page, unless fewer are asked for."""

_TOKEN = re.compile(r"[A-Za-z0-9]+")
_OFFSET = re.compile(r"([0-9a-f]{8})([0-9]{1,12})")


def collation_key(name: str) -> tuple[str, str]:
    """Return what names are sorted by: like a database's, punctuation and case weigh little."""
    letters = "".join(character for character in name if character.isalnum())
    return letters.casefold(), name.swapcase()


def page(key: str, entries: Sequence[Any], query: Mapping[str, str]) -> dict[str, Any]:
    """Return one page of a list, with a ``continuationToken`` if there is more.

    Args:
        key: What the list is called in the answer.
        entries: The whole list, in order.
        query: The query parameters, which fit ``QUERY``.

    Raises:
        ApiError: The limit is 0, or the token has characters that no token has.
    """
    start = _offset(query.get("continuationToken"))
    end = start + _limit(query.get("limit"))
    more = {"continuationToken": _token(end)} if end < len(entries) else {}
    return {key: list(entries[start:end]), **more}


def _limit(text: str | None) -> int:
    if text is None:
        return MAX_LIMIT
    digits = text.lstrip("0")
    if not digits:
        raise errors.invalid_arguments(f'Query-string parameter: limit="{text}" must be at least 1')
    return MAX_LIMIT if len(digits) > len(str(MAX_LIMIT)) else min(MAX_LIMIT, int(digits))


def _offset(token: str | None) -> int:
    """Return where a token points; an unknown one points to the beginning."""
    if token is None:
        return 0
    if not _TOKEN.fullmatch(token):
        raise errors.input_error("Invalid continuation token")
    match = _OFFSET.fullmatch(token)
    if match is None or token != _token(int(match[2])):
        return 0
    return int(match[2])


def _token(offset: int) -> str:
    return f"{zlib.crc32(str(offset).encode()):08x}{offset}"
