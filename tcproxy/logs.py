"""What the daemon tells people and programs: structlog, as text on a terminal, else JSON lines."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from typing import Literal, TextIO, cast

import structlog

from tcproxy.forward import Outcome
from tcproxy.targets import hide_query

LogFormat = Literal["auto", "text", "json"]
LogLevel = Literal["debug", "info", "warning", "error"]

_request_log = structlog.get_logger("tcproxy.request")


def configure(log_format: LogFormat, level: LogLevel, stream: TextIO | None = None) -> None:
    """Set up logging for the process.

    Args:
        log_format: `auto` is text on a terminal and JSON elsewhere.
        level: the least that is logged.
        stream: where to; standard error by default.
    """
    stream = stream or sys.stderr
    is_text = log_format == "text" or (log_format == "auto" and stream.isatty())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer(colors=stream.isatty())
            if is_text
            else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=cast("TextIO", _Sink(stream))),
        cache_logger_on_first_use=True,
    )
    # Libraries speak through the standard library; only what goes wrong is of interest.
    logging.basicConfig(stream=stream, level=logging.ERROR, format="%(name)s: %(message)s")


class _Sink:
    """Writes lines for as long as that is possible: a full disk must not stop requests."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        with contextlib.suppress(OSError):
            self._stream.write(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            self._stream.flush()


def close() -> None:
    """Write what is left, and be silent where nobody reads any more."""
    try:
        sys.stderr.flush()
    except OSError:
        # Python would try again at its end, fail, and change the exit code.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


def log_outcome(outcome: Outcome) -> None:
    """Log how a request ended, with every value of its query hidden."""
    fields: dict[str, object] = {
        "method": outcome.method,
        "target": hide_query(outcome.target),
        "status": outcome.status,
        "attempts": outcome.attempts,
        "duration_ms": round(outcome.duration * 1000, 1),
        "bytes_in": outcome.bytes_in,
        "bytes_out": outcome.bytes_out,
    }
    if outcome.error:
        fields["error"] = outcome.error
    if outcome.status >= 500:
        _request_log.warning("request", **fields)
    else:
        _request_log.info("request", **fields)
