"""Building what is shipped, as its builder does, and finding the Pythons to try it with."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

ROOT = Path(__file__).resolve().parents[2]

_ABOUT = "import sys; print('%d.%d' % sys.version_info[:2], sys._base_executable)"
_HASHES = re.compile(r" \\\n( +--hash=\S+( \\)?\n)+")


def run(
    command: Sequence[str | Path], *, env: Mapping[str, str] | None = None, cwd: Path = ROOT
) -> str:
    """Run a command that must succeed, and return what it prints."""
    done = subprocess.run(
        command,
        env=None if env is None else dict(env),
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def make(target: str, dist: Path) -> None:
    """Run `make` in this environment, with another place for what it builds."""
    venv = os.path.relpath(sys.prefix, ROOT)
    run(["make", target, f"DIST={dist}", f"VENV={venv}"])


def once(
    factory: pytest.TempPathFactory, name: str, build: Callable[[Path], None], worker_id: str
) -> Path:
    """Build a folder once for all of pytest's processes, and return it.

    Args:
        factory: of this process.
        name: of the folder.
        build: fills the folder.
        worker_id: of pytest-xdist.
    """
    base = factory.getbasetemp() if worker_id == "master" else factory.getbasetemp().parent
    folder = base / name
    with (base / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            # Where building fails in one process, the others try and tell so, too.
            unfinished = base / f"{name}.unfinished"
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir()
            build(unfinished)
            unfinished.rename(folder)
    return folder


def python(version: str) -> Path:
    """Find the Python of a version such as 3.12; skip the test where there is none."""
    for candidate in _candidates(version):
        about = subprocess.run(
            [candidate, "-c", _ABOUT], capture_output=True, text=True, timeout=60, check=False
        )
        found, _, path = about.stdout.strip().partition(" ")
        if found == version:
            return Path(path)
    pytest.skip(f"there is no python{version}: neither on PATH nor among pyenv's versions")


def _candidates(version: str) -> list[str]:
    name = f"python{version}"
    found = [sys.executable, *filter(None, [shutil.which(name)])]
    if shutil.which("pyenv"):
        versions = Path(run(["pyenv", "root"]).strip()) / "versions"
        found += sorted(map(str, versions.glob(f"{version}.*/bin/{name}")), reverse=True)
    return found


def empty_environment(python: Path, folder: Path) -> Path:
    """Make a virtual environment with nothing in it, not even pip; return its Python."""
    run([python, "-m", "venv", "--without-pip", folder])
    return folder / "bin" / "python"


def install(python: Path, wheel: Path, constraints: Path) -> None:
    """Install a wheel with what it needs, as `pip install WHEEL` does, in the pinned versions."""
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    run([*pip, "--python", python, "install", "--no-compile", "-c", constraints, wheel])


def write_constraints(path: Path) -> Path:
    """Write the versions that the project is developed with, for pip."""
    path.write_text(_HASHES.sub("\n", (ROOT / "requirements" / "dev.txt").read_text()))
    return path
