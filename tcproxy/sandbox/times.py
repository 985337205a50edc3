"""Points in time as the API writes and reads them: ISO 8601 in UTC with milliseconds."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_DATE_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt\s](\d\d:\d\d:\d\d)(?:\.(\d+))?(?:([Zz])|([+-]\d\d):?(\d\d)?)?", re.ASCII
)


def now() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)


def after(moment: datetime, delay: timedelta) -> datetime:
    """Return a later moment, but none after the last one there is."""
    last = datetime.max.replace(tzinfo=UTC)
    return moment + delay if last - moment > delay else last


def show(moment: datetime) -> str:
    """Return a moment as the API writes it, such as ``2026-11-22T14:14:03.830Z``."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def parse(text: str) -> datetime:
    """Return the moment that a date-time names, in UTC.

    Digits beyond milliseconds are cut and a missing zone means UTC, as deployments do.

    Raises:
        ValueError: If it is no date-time (a bare date is none), or lies outside the years 1..9999.
    """
    match = _DATE_TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a date-time")
    date, time, fraction, _, hours, minutes = match.groups()
    milliseconds = ((fraction or "") + "000")[:3]
    zone = f"{hours}:{minutes or '00'}" if hours else "+00:00"
    try:
        return datetime.fromisoformat(f"{date}T{time}.{milliseconds}{zone}").astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"{text!r} is not a date-time") from None
