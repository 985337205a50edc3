"""Times as Taskcluster writes them: offsets from now, and dates in JSON. Pure but for the clock."""

import datetime as dt
import re
from datetime import UTC, timedelta

_PARTS = (
    ("years", "y|years?"),
    ("months", "mo|months?"),
    ("weeks", "w|weeks?"),
    ("days", "d|days?"),
    ("hours", "h|hours?"),
    ("minutes", "m|min|minutes?"),
    ("seconds", "s|sec|seconds?"),
)

# What fromNow reads, each part at most once and in this order; the official client calls it r.
r = re.compile(
    "".join(rf"(?:\s*(?P<{name}>\d+)\s*(?:{words}))?" for name, words in _PARTS) + r"\s*"
)


def fromNow(offset: str, dateObj: dt.datetime | None = None) -> dt.datetime:
    """Give the time that lies an offset from now.

    Args:
        offset: as ``1 day 2 hours`` or ``-5 min``: years (365 days), months (30 days), weeks,
            days, hours, minutes and seconds in this order; ``y mo w d h m s`` for short.
        dateObj: another time to start from.

    Returns:
        An aware time in UTC, or one like ``dateObj``.

    Raises:
        ValueError: if the offset cannot be read.
    """
    text = offset.lstrip()
    past = text.startswith("-")
    text = text.removeprefix("-").lstrip().removeprefix("+").lstrip()
    match = r.fullmatch(text)
    if match is None:
        raise ValueError(f"offset string: '{text}' does not parse")
    counts = {name: int(digits) for name, digits in match.groupdict(default="0").items()}
    days = counts.pop("years") * 365 + counts.pop("months") * 30 + counts.pop("days")
    distance = timedelta(days=days, **counts)
    start = dateObj or dt.datetime.now(UTC)
    return start - distance if past else start + distance


def fromNowJSON(offset: str) -> str:
    """Give `fromNow` as text for JSON."""
    return stringDate(fromNow(offset))


def stringDate(date: dt.date) -> str:
    """Write a time as ISO 8601: UTC and times without a zone end in ``Z``, others keep theirs."""
    if not isinstance(date, dt.datetime):
        return date.isoformat()
    text = date.isoformat()
    if text.endswith("+00:00"):
        return text.removesuffix("+00:00") + "Z"
    return text if date.tzinfo else text + "Z"
