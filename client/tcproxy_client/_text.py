"""Values as text: JSON, query strings, base64. Pure functions."""

import base64
import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from tcproxy_client._times import stringDate
from tcproxy_client.exceptions import TaskclusterFailure


def dumpJson(obj: Any, **kwargs: Any) -> str:
    """Write compact JSON; dates become ISO 8601 text, bytes are read as UTF-8.

    Args:
        obj: what to write.
        kwargs: passed to `json.dumps`.

    Raises:
        ValueError: if something in it is not JSON.
    """
    options: dict[str, Any] = {"separators": (",", ":"), "default": _jsonable}
    return json.dumps(obj, **(options | kwargs))


def _jsonable(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, date):
        return stringDate(value)
    # What it holds may be a secret: errors end up in logs.
    raise ValueError(f"a value of type {type(value).__name__} cannot be written as JSON")


def query_string(query: Mapping[str, Any]) -> str:
    """Write a query; None leaves a key out, truth values and dates are written as in JSON.

    Raises:
        TaskclusterFailure: if a value is no text, number, truth value or date.
    """
    return urlencode(
        [(name, _query_value(name, query[name])) for name in query if query[name] is not None]
    )


def _query_value(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    if isinstance(value, datetime):
        return stringDate(value)
    raise TaskclusterFailure(
        f"query {name!r} must be text, a number, a truth value or a date, not {value!r}"
    )


def toStr(obj: object, encoding: str = "utf-8") -> str:
    """Give bytes decoded, and anything else as `str` gives it."""
    return obj.decode(encoding) if isinstance(obj, bytes) else str(obj)


def _to_bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


def makeB64UrlSafe(b64str: str | bytes) -> bytes:
    """Turn standard base64 into its URL-safe form; padding stays."""
    return _to_bytes(b64str).translate(bytes.maketrans(b"+/", b"-_"))


def makeB64UrlUnsafe(b64str: str | bytes) -> bytes:
    """Turn URL-safe base64 into its standard form; padding stays."""
    return _to_bytes(b64str).translate(bytes.maketrans(b"-_", b"+/"))


def encodeStringForB64Header(s: str | bytes) -> bytes:
    """Write standard base64, padded, without newlines; text is taken as UTF-8."""
    return base64.b64encode(_to_bytes(s))
