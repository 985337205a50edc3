"""On what was measured: the machine's size, the date, and every version that matters."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import os
import platform
import re
import ssl
import subprocess
from collections.abc import Sequence
from pathlib import Path

from bench.plan import Plan
from bench.tools import Tools

_BUSY = 0.5
_SECONDS = 10
_GIT = ("git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty", "--exclude=*")


def describe(tools: Tools, plan: Plan) -> dict[str, str]:
    """Return what there is to know, by name; for the heads of tables and for JSON."""
    told = {
        "date": dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "machine": f"{len(os.sched_getaffinity(0))} cores, {_processor()}, {_memory()}",
        "load at the start": _load(),
        "plan": f"{plan.rounds} rounds, {plan.seconds} s per load, "
        f"{'' if plan.warm_up else 'not '}warmed up",
        "kernel": f"{platform.system()} {platform.release()}",
        "tcproxy": f"{importlib.metadata.version('tcproxy')}, revision {_first_line(_GIT, '(.+)')}",
        "Python": f"{platform.python_version()}, {ssl.OPENSSL_VERSION}",
        "libraries": ", ".join(_library(name) for name in ("aiohttp", "httptools", "uvloop")),
        "nginx": _first_line([tools.nginx, "-v"], r"nginx/(\S+)"),
        "wrk": _first_line([tools.wrk, "-v"], r"wrk (\S+)"),
    }
    if plan.peer is not None:
        told["peer"] = _first_line([*plan.peer, "--version"], r"(.+)")
    return told


def _load() -> str:
    load = os.getloadavg()[0]
    return f"{load:.1f}{', so the machine was BUSY with other things' if load > _BUSY else ''}"


def _processor() -> str:
    found = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return found[1] if found else platform.machine()


def _memory() -> str:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return f"{total / 2**30:.0f} GiB"


def _library(name: str) -> str:
    try:
        return f"{name} {importlib.metadata.version(name)}"
    except importlib.metadata.PackageNotFoundError:
        return f"no {name}"


def _first_line(command: Sequence[str], pattern: str) -> str:
    """Return what the first line of a command's output says, or `unknown`."""
    try:
        done = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    found = re.match(rf".*?{pattern}", done.stdout)
    return found[1].strip() if found else "unknown"
