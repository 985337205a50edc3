"""The inputs that were worth keeping, on any system; and a moment of looking for others.

Continuous integration looks for ten seconds at each target, by itself: `.ci/run`.
"""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from tests.fuzz.targets import CORPUS, TARGETS
from tests.harness.daemon import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SECONDS = 1
CASES = [(each.parent.name, each.name) for each in sorted(CORPUS.glob("*/*"))]


@pytest.mark.parametrize(("target", "name"), CASES)
def test_the_corpus(target: str, name: str) -> None:
    import_module(f"tests.fuzz.{target}").check((CORPUS / target / name).read_bytes())


def test_every_target_has_a_corpus() -> None:
    assert {target for target, _ in CASES} == set(TARGETS)


@pytest.mark.skipif(
    find_spec("atheris") is None, reason="atheris runs on Linux, with Python 3.11 to 3.13"
)
@pytest.mark.parametrize("target", TARGETS)
def test_a_moment(target: str, tmp_path: Path) -> None:
    line = [sys.executable, "-m", "tests.fuzz", "--target", target, "--seconds", str(SECONDS)]
    line += ["--seed", "1"]  # so that a run fails for what was changed, and not by chance
    done = subprocess.run(
        [*line, "--found", str(tmp_path)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="backslashreplace",
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr[-5000:]
    assert "stat::number_of_executed_units" in done.stderr, done.stderr
