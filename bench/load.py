"""Runs `wrk`: one thread that makes the same request on many connections for some seconds."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench.errors import BenchError
from bench.processes import end_with_parent

_SCRIPT = Path(__file__).with_name("load.lua")
_GRACE_SECONDS = 30
_ANSWER_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for again and again.

    Attributes:
        method: of HTTP.
        path: of the target.
        body_size: bytes of the body.
        new_connection: whether each request opens a connection and asks to close it.
    """

    method: str
    path: str
    body_size: int = 0
    new_connection: bool = False


@dataclass(frozen=True, slots=True)
class Load:
    """What a run showed.

    Attributes:
        requests: answered ones.
        seconds: that the run took.
        median: seconds from a request to the end of its answer, without opening connections.
        p99: the same for the slowest hundredth.
        errors: how many of each kind: connect, read, write, timeout, and status (above 399).
    """

    requests: int
    seconds: float
    median: float
    p99: float
    errors: dict[str, int]


def run(wrk: str, url: str, request: Request, callers: int, seconds: int) -> Load:
    """Load a server.

    Args:
        wrk: the program.
        url: scheme, host and port.
        request: what to ask for.
        callers: connections at once, each with one request at a time.
        seconds: for how long.

    Raises:
        BenchError: wrk failed, or not one request was answered.
    """
    command = [wrk, "-t1", f"-c{callers}", f"-d{seconds}s", f"--timeout={_ANSWER_SECONDS}s"]
    command += ["-s", str(_SCRIPT), url + request.path, "--", request.method]
    command += [str(request.body_size), "close" if request.new_connection else "keep"]
    try:
        done = subprocess.run(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            timeout=seconds + _GRACE_SECONDS,
            check=False,
            preexec_fn=end_with_parent,
        )
    except subprocess.TimeoutExpired:
        raise BenchError(f"wrk did not end in time with {url}") from None
    lines = done.stderr.splitlines() or [""]
    if done.returncode != 0 or not lines[-1].startswith("{"):
        raise BenchError(f"wrk failed with {url}: {lines[-1]}")
    told = json.loads(lines[-1])
    if not told["requests"]:
        raise BenchError(f"{url} answered nothing to {callers} callers: {told['errors']}")
    return Load(
        told["requests"],
        told["microseconds"] / 1e6,
        told["median"] / 1e6,
        told["p99"] / 1e6,
        told["errors"],
    )
