"""What the daemon tells people and programs: structlog, as text on a terminal, else JSON lines."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import time
from typing import Any, TextIO, cast

import structlog

from tcproxy.forward import Outcome
from tcproxy.log_sink import LineSink
from tcproxy.names import LogFormat, LogLevel
from tcproxy.targets import hide_query

_LEVELS = {"info": logging.INFO, "warning": logging.WARNING}

_request_log = structlog.get_logger("tcproxy.request")
_clock_log = structlog.get_logger("tcproxy.clock")


def configure(log_format: LogFormat, level: LogLevel, stream: TextIO | None = None) -> None:
    """Set up logging for the process.

    Args:
        log_format: `auto` is text on a terminal and JSON elsewhere.
        level: the least that is logged.
        stream: where to; standard error by default.
    """
    stream = stream or sys.stderr
    sink = _requests.all_lines = LineSink(stream, before_write=_requests.flush)
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
        logger_factory=structlog.WriteLoggerFactory(file=cast("TextIO", sink)),
        cache_logger_on_first_use=True,
    )
    _requests.sink = None if is_text else sink
    _requests.threshold = getattr(logging, level.upper())
    # Libraries speak through the standard library; only what goes wrong is of interest.
    logging.basicConfig(stream=stream, level=logging.ERROR, format="%(name)s: %(message)s")


class _RequestLines:
    """The lines of requests in JSON: made and written a little later, many at once.

    They are the only ones that are logged often. structlog would take longer for one than all of
    signing; this gives the same line, which a test compares. A caller does not wait for its line.
    """

    def __init__(self) -> None:
        self.sink: LineSink | None = None
        self.all_lines: LineSink | None = None
        self.threshold = logging.INFO
        self._outcomes: list[tuple[float, Outcome]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._second = 0
        self._second_text = ""

    def add(self, outcome: Outcome) -> None:
        """Keep an outcome until the next flush."""
        self._outcomes.append((time.time(), outcome))
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_FLUSH_SECONDS, self.flush)

    def flush(self) -> None:
        """Write what was kept."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        outcomes, self._outcomes = self._outcomes, []
        if outcomes and self.sink is not None:
            self.sink.write_now("".join([self._line(*each) for each in outcomes]))

    def _line(self, now: float, outcome: Outcome) -> str:
        method, target, status, attempts, duration, bytes_in, bytes_out, problem, *_ = outcome
        error = f', "error": {_quote(problem)}' if problem else ""
        return (
            f'{{"method": {_quote(method)}, '
            f'"target": {_quote(hide_query(target))}, "status": {status}, '
            f'"attempts": {attempts}, '
            f'"duration_ms": {duration * 1000:.1f}, "bytes_in": {bytes_in}, '
            f'"bytes_out": {bytes_out}{error}, "event": "request", '
            f'"level": "{_level(outcome)}", "timestamp": "{self._time(now)}"}}\n'
        )

    def _time(self, now: float) -> str:
        second = int(now)
        if second != self._second:
            self._second = second
            self._second_text = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        return f"{self._second_text}.{int((now - second) * 1e6):06}Z"


_FLUSH_SECONDS = 0.02
_quote = json.encoder.encode_basestring_ascii
_requests = _RequestLines()


def lines_lost() -> int:
    """Return how many lines could not be written, as the disk was full or nobody read."""
    return 0 if _requests.all_lines is None else _requests.all_lines.lost


def close() -> None:
    """Write what is left, and be silent where nobody reads any more."""
    _requests.flush()
    if _requests.all_lines is not None:
        _requests.all_lines.close()
    try:
        sys.stderr.flush()
    except OSError:
        # Python would try again at its end, fail, and change the exit code.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


def log_clock(offset: float) -> None:
    """Log that the deployment's clock and this machine's were found to differ, or no longer do.

    Args:
        offset: seconds that the deployment's is ahead.
    """
    if offset == 0:
        _clock_log.info("clock correction ended")
        return
    _clock_log.warning(
        "clock corrected",
        offset_seconds=offset,
        advice="requests are signed with the deployment's time; set this machine's clock",
    )


def log_loop_error(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Take an error that the event loop tells of; one of them says nothing that is of use.

    uvloop's TLS writes to a transport that the peer has closed meanwhile, and reports what it got
    for it, with a traceback. Whoever used that connection is told in the ordinary way.
    """
    error = context.get("exception")
    is_of_tls = context.get("message") == "Fatal error on SSL protocol"
    if is_of_tls and isinstance(error, RuntimeError) and "handler is closed" in str(error):
        return
    loop.default_exception_handler(context)


def log_outcome(outcome: Outcome) -> None:
    """Log how a request ended, with every value of its query hidden."""
    level = _LEVELS[_level(outcome)]
    if _requests.sink is not None:
        if level >= _requests.threshold:
            _requests.add(outcome)
        return
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
    _request_log.log(level, "request", **fields)


def _level(outcome: Outcome) -> str:
    return "warning" if outcome.status >= 500 else "info"
