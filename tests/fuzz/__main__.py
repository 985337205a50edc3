"""Fuzzes one target, or all in turn: `python -m tests.fuzz --target requests --seconds 60`.

What is found stays in a folder, from which the next run goes on. It ends with code 1 where a
property does not hold, and says which input to add to the corpus.
"""

from __future__ import annotations

import argparse
import logging
import subprocess
import sys
import tempfile
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import structlog

from tests.fuzz.targets import CORPUS, TARGETS

_ROOT = CORPUS.parents[2]
_LONGEST = 1024
"""Bytes of an input."""


def main() -> int:
    """Read the command line and fuzz; return the exit code."""
    parser = argparse.ArgumentParser(prog="make fuzz", description="Look for input that breaks it.")
    parser.add_argument("--target", choices=TARGETS, help="one of them; all in turn by default")
    parser.add_argument("--seconds", type=int, default=3600, help="for each target (default 3600)")
    parser.add_argument("--found", type=Path, default=_ROOT / ".fuzz", help="where inputs are kept")
    parser.add_argument("--seed", type=int, default=0, help="chance; 0, the default, draws one")
    parser.add_argument("--in-this-process", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if find_spec("atheris") is None:
        print("atheris is not installed: it runs on Linux, with Python 3.11 to 3.13")  # noqa: T201
        return 2
    if options.in_this_process:
        _fuzz(options)
    targets = [options.target] if options.target else TARGETS
    return max(_run(target, options) for target in targets)


def _run(target: str, options: argparse.Namespace) -> int:
    """Fuzz in a process of its own, which atheris ends."""
    print(f"{target}: {options.seconds} s", flush=True)  # noqa: T201
    line = [sys.executable, "-m", "tests.fuzz", "--in-this-process", "--target", target]
    line += ["--seconds", str(options.seconds), "--seed", str(options.seed)]
    line += ["--found", str(options.found)]
    code = subprocess.run(line, cwd=_ROOT, check=False).returncode
    if code != 0:
        folder = CORPUS.relative_to(_ROOT) / target
        print(f"{target}: the input is kept; add it to {folder} once it is mended", flush=True)  # noqa: T201
    return min(1, abs(code))


def _fuzz(options: argparse.Namespace) -> None:
    """Fuzz until the time is over, or a property does not hold; this does not return."""
    import atheris

    target, found = options.target, options.found

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with atheris.instrument_imports(include=["tcproxy"]):
        module = import_module(f"tests.fuzz.{target}")
    inputs = found / target
    inputs.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", prefix="words-", suffix=".txt") as words:
        words.writelines(f'"{_escaped(word)}"\n' for word in module.WORDS)
        words.flush()
        arguments = [
            *("make fuzz", str(inputs), str(CORPUS / target)),
            *(f"-dict={words.name}", f"-artifact_prefix={found}/{target}-"),
            *(
                f"-max_total_time={options.seconds}",
                f"-seed={options.seed}",
                f"-max_len={_LONGEST}",
                "-timeout=20",
            ),
            *("-rss_limit_mb=1024", "-print_final_stats=1"),
        ]
        atheris.Setup(arguments, _keeping(module.check, found / f"{target}-failed"))
        atheris.Fuzz()


def _keeping(check: Callable[[bytes], None], path: Path) -> Callable[[bytes], None]:
    """Have the input that fails be written to a file, whatever becomes of the process."""

    def keeping(data: bytes) -> None:
        try:
            check(data)
        except BaseException:
            path.write_bytes(data)
            raise

    return keeping


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)


if __name__ == "__main__":
    sys.exit(main())
