"""The programs of the system that the benchmark runs, and how to get them."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass

from bench.errors import BenchError

# Debian keeps servers where only root's PATH leads.
_PATH = f"{os.environ.get('PATH', os.defpath)}{os.pathsep}/usr/sbin{os.pathsep}/usr/local/sbin"


@dataclass(frozen=True, slots=True)
class Tools:
    """Paths of the programs."""

    nginx: str
    wrk: str


def find() -> Tools:
    """Find the programs.

    Raises:
        BenchError: one is missing, or this is no Linux.
    """
    if not sys.platform.startswith("linux"):
        raise BenchError("the benchmark reads CPU time and memory from Linux's /proc")
    found = {name: shutil.which(name, path=_PATH) for name in ("nginx", "wrk")}
    missing = [name for name, path in found.items() if path is None]
    if missing:
        names = " and ".join(missing)
        raise BenchError(f"needs {names}; on Debian: sudo apt-get install {' '.join(missing)}")
    return Tools(str(found["nginx"]), str(found["wrk"]))
