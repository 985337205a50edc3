"""What several services' payloads and URL parameters look like: patterns and pieces of schemas."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tcproxy.sandbox import errors

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

SLUG = "^[A-Za-z0-9_-]{8}[Q-T][A-Za-z0-9_-][CGKOSWaeimquy26-][A-Za-z0-9_-]{10}[AQgw]$"
"""A slugid: a UUID of version 4 in 22 characters."""

PROJECT_ID = "^([a-zA-Z0-9._/-]*)$"
"""A project."""

NAME = "^[a-zA-Z0-9-_]{1,38}$"
"""A worker, a group of workers, or half of a task queue."""

TASK_QUEUE_ID = "^[a-zA-Z0-9-_]{1,38}/[a-zA-Z0-9-_]{1,38}$"
"""A task queue."""

RUN_ID = "^[1-9]*[0-9]+$"
"""The number of a run."""

PRINTABLE = r"^[\x20-\x7e]+$"
"""The name of an artifact or object."""

DATE_TIME: Mapping[str, Any] = {"type": "string", "format": "date-time"}

URI: Mapping[str, Any] = {"type": "string", "format": "uri"}

_NO_HEADER = re.compile(r"[^\t\x20-\x7e]")
_MEDIA_TYPE = re.compile(r"\s*[!#$%&'*+.^_`|~\w-]+/[!#$%&'*+.^_`|~\w-]+\s*(;.*)?", re.ASCII)


def closed(properties: Mapping[str, Any], optional: Collection[str] = ()) -> dict[str, Any]:
    """Return the rules of an object with these properties and no others.

    Args:
        properties: The rules of each; those with a default may be absent.
        optional: Others that may be absent.
    """
    required = [
        name
        for name, rules in properties.items()
        if name not in optional and "default" not in rules
    ]
    return {
        "type": "object",
        "required": required,
        "additionalProperties": False,
        "properties": dict(properties),
    }


def is_like(pattern: str, text: str) -> bool:
    """Tell whether a text is as a pattern wants it."""
    # `$` is only the very end in JavaScript, where the patterns come from
    return re.search(pattern.replace("$", r"\Z"), text) is not None


def header_value(text: str, name: str) -> str:
    """Return a text that is going to be the value of a header field.

    Raises:
        ApiError: No field can have it.
    """
    if _NO_HEADER.search(text):
        raise errors.input_error(f"`{name}` must be printable ASCII")
    return text.strip()


def media_type(text: str, name: str) -> str:
    """Return a text that is going to be a Content-Type.

    Raises:
        ApiError: It is no media type.
    """
    value = header_value(text, name)
    if not _MEDIA_TYPE.fullmatch(value):
        raise errors.input_error(f"`{name}` must be a media type, such as text/plain")
    return value
