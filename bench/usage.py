"""What a server costs: CPU time and memory of a process and its descendants, read from /proc."""

from __future__ import annotations

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def family(pid: int) -> list[int]:
    """Return the process and all its descendants, as nginx and others have workers."""
    found = [pid]
    for each in found:
        for children in Path(f"/proc/{each}/task").glob("*/children"):
            found += map(int, children.read_text().split())
    return found


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of the whole family so far, user and system, in seconds."""
    return sum(map(_ticks, family(pid))) / _TICKS


def memory(pid: int, field: str = "VmRSS") -> float:
    """Return the resident memory of the whole family, in MiB; `VmHWM` for the peak."""
    return sum(_kibibytes(each, field) for each in family(pid)) / 1024


def _ticks(pid: int) -> int:
    # The name of the program, in parentheses, may itself contain blanks and parentheses.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    user, system = fields[11:13]
    return int(user) + int(system)


def _kibibytes(pid: int, field: str) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith(field)))
