"""How values on the command line are read: texts, spans of time, times, payloads, queries."""

import datetime as dt
import json
import sys
from pathlib import Path
from typing import Any, NoReturn

import click

from tcproxy_client._times import fromNow

NO_OFFSET = "is no offset; write it as '2 days 3 hours 30 minutes'"
TOO_FAR = "is too far away: times are of the years 1 to 9999"


def text(value: str) -> str:
    """Take text that can be sent.

    Raises:
        click.BadParameter: if it is no UTF-8.
    """
    try:
        value.encode()
    except UnicodeEncodeError:
        raise click.BadParameter(f"{value!r} is not UTF-8") from None
    return value


def filled(value: str) -> str:
    """Take text that names something, so that a variable that is not set is told of.

    Raises:
        click.BadParameter: if it is empty, or no UTF-8.
    """
    if not value:
        raise click.BadParameter("it is empty")
    return text(value)


class WholeNumber(click.IntRange):
    """A number; messages call its type so."""

    name = "whole number"


class FilePath(click.Path):
    """The path of a file; ``-`` may stand for stdin or stdout."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Take a path, but no empty one, which would stand for the directory."""
        if value == "":
            self.fail("it is empty", param, ctx)
        return super().convert(value, param, ctx)


def span(value: str) -> int:
    """Read a span of time: seconds, or words like ``1 hour 30 minutes``; gives seconds.

    Raises:
        click.BadParameter: if it cannot be read, or is nothing that lies ahead.
    """
    if value.isascii() and value.isdigit() and len(value) < 10:
        seconds = int(value)
    else:
        start = dt.datetime.now(dt.UTC)
        seconds = int((_offset(value, start) - start).total_seconds())
    if seconds <= 0:
        raise click.BadParameter(f"{value!r} does not lie ahead")
    return seconds


def time(value: str) -> dt.datetime:
    """Read a time ahead: an offset from now like ``1 day``, or ISO 8601 with its zone.

    Raises:
        click.BadParameter: if it cannot be read, has no zone, or lies in the past.
    """
    now = dt.datetime.now(dt.UTC)
    try:
        found = dt.datetime.fromisoformat(value)
    except ValueError:
        found = _offset(value, now)
    if found.tzinfo is None:
        raise click.BadParameter(f"{value!r} has no zone; write Z at its end for UTC")
    if found <= now:
        raise click.BadParameter(f"{value!r} does not lie ahead")
    return found


def pair(value: str) -> tuple[str, str]:
    """Read a key of a query with its value, as ``limit=5``.

    Raises:
        click.BadParameter: if it is something else.
    """
    key, equals, found = text(value).partition("=")
    if not key or not equals:
        raise click.BadParameter(f"{value!r} is not of the form KEY=VALUE")
    return key, found


def read_payload(data: str | None) -> Any:
    """Read a payload.

    Args:
        data: JSON; ``@FILE`` for that of a file; ``-``, ``@-`` or None for that of stdin.

    Raises:
        click.UsageError: if it is not JSON, or no file is named.
        OSError: if the file cannot be read.
    """
    if data in (None, "-", "@-"):  # the last as curl has it
        source, read = "stdin", _stdin()
    elif data == "@":
        raise click.UsageError("-d @ names no file; give JSON with -d JSON, -d @FILE or on stdin")
    elif data.startswith("@"):
        source, read = data[1:], Path(data[1:]).read_bytes()
    else:
        source, read = "--data", data.encode(errors="surrogateescape")
    if not read.strip():
        raise click.UsageError(
            f"the payload, from {source}, is empty; give JSON with -d JSON, -d @FILE or on stdin"
        )
    try:
        return json.loads(read.decode("utf-8-sig"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise click.UsageError(f"the payload, from {source}, is not JSON: {error}") from None


def _stdin() -> bytes:
    if sys.stdin is None:
        return b""
    if sys.stdin.isatty():
        click.echo("tcproxy-client: reading the payload from stdin, up to Ctrl-D", err=True)
    return sys.stdin.buffer.read()


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")


def _offset(value: str, start: dt.datetime) -> dt.datetime:
    try:
        if value.strip():
            return fromNow(value, start)
    except OverflowError:
        raise click.BadParameter(f"{value!r} {TOO_FAR}") from None
    except ValueError:
        pass  # what is wrong is said below, in the words of the command line
    raise click.BadParameter(f"{value!r} {NO_OFFSET}")
