"""Build the daemon as one file that needs Python and nothing else: python scripts/pyz.py TARGET.

It holds compiled parts, so it runs on the version of Python and the kind of machine that built it.
"""

from __future__ import annotations

import importlib.machinery
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ENTRY_POINT = "tcproxy.__main__:main"
PYTHON = "python{}.{}".format(*sys.version_info[:2])
PIP = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]


def build(target: Path) -> None:
    """Build the file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        site, packed = Path(scratch, "site"), Path(scratch, target.name)
        install(site)
        shiv = [str(Path(sys.executable).with_name("shiv")), "--entry-point", ENTRY_POINT]
        options = ["--reproducible", "--site-packages", str(site), "--output-file", str(packed)]
        subprocess.run([*shiv, *options], check=True)
        write(target, packed)


def install(site: Path) -> None:
    """Install the daemon and its pinned dependencies into a folder."""
    into: list[str | Path] = ["--no-deps", "--no-compile", "--target", site]
    pinned: list[str | Path] = ["--require-hashes", "-r", ROOT / "requirements" / "run.txt"]
    subprocess.run([*PIP, *into, *pinned], check=True)
    with tempfile.TemporaryDirectory() as wheels:
        wheel = [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", wheels]
        subprocess.run([*wheel, ROOT], check=True, stdout=subprocess.DEVNULL)
        # By name: pip notes down where a wheel that is given as a path came from.
        by_name = ["--upgrade", "--no-index", "--find-links", wheels, "tcproxy"]
        subprocess.run([*PIP, *into, *by_name], check=True)
    # The pinned requirements have the builder of the package, too. Scripts name this Python.
    for folder in (*site.glob("flit_core*"), site / "bin"):
        shutil.rmtree(folder)


def write(target: Path, packed: Path) -> None:
    """Write what shiv packed, with a start of our own."""
    with zipfile.ZipFile(packed) as old, target.open("wb") as file:
        file.write(f"#!/usr/bin/env {PYTHON}\n".encode())
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
            for member in old.infolist():
                data = start() if member.filename == "__main__.py" else old.read(member)
                new.writestr(member, data)
    target.chmod(0o755)


def start() -> bytes:
    """Return the code that runs first, which must know what it was built for."""
    text = Path(__file__).with_name("pyz_start.py").read_text()
    facts = {"@suffix": importlib.machinery.EXTENSION_SUFFIXES[0], "@revision": revision()}
    for mark, fact in facts.items():
        text = text.replace(mark, fact)
    return text.encode()


def revision() -> str:
    """Return the revision of the source, where git knows it."""
    command = ["git", "-C", str(ROOT), "rev-parse", "HEAD"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


if __name__ == "__main__":
    build(Path(sys.argv[1]))
