"""Typed: stubs that fit the tables, and a contract that type checkers confirm."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness.daemon import ROOT

CONTRACT = Path(__file__).with_name("typing_contract.py")
PACKAGE = ROOT / "client" / "tcproxy_client"
BIN = Path(sys.executable).parent


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a tool of the environment in the project's folder."""
    return subprocess.run(
        list(map(str, command)),
        cwd=ROOT,
        env=os.environ | {"NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )


def test_the_stubs_fit_the_tables(tmp_path: Path) -> None:
    done = run(sys.executable, ROOT / "scripts" / "client_stubs.py", tmp_path)
    assert done.returncode == 0, done.stderr
    made = {path.relative_to(tmp_path): path.read_text() for path in tmp_path.rglob("*.pyi")}
    have = {path.relative_to(PACKAGE): path.read_text() for path in PACKAGE.rglob("*.pyi")}
    stale = [str(path) for path in made.keys() | have.keys() if made.get(path) != have.get(path)]
    assert stale == [], "run `python scripts/client_stubs.py`"
    assert len(made) == 36


def test_the_package_says_that_it_is_typed() -> None:
    assert (PACKAGE / "py.typed").exists()


def test_mypy_confirms_the_contract() -> None:
    done = run(BIN / "mypy", "--strict", "--warn-unused-ignores", CONTRACT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_pyright_confirms_the_contract(tmp_path: Path) -> None:
    if not (BIN / "pyright").exists() or importlib.util.find_spec("pyright") is None:
        pytest.skip("pyright is not installed")
    if shutil.which("node") is None:
        pytest.skip("pyright needs node, which is not installed here")
    settings = {
        "include": ["contract.py"],  # absolute paths are passed over
        "typeCheckingMode": "strict",
        "enableTypeIgnoreComments": True,
        "reportUnnecessaryTypeIgnoreComment": "error",
    }
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings))
    shutil.copy(CONTRACT, tmp_path / "contract.py")
    options = ("--pythonpath", sys.executable, "--outputjson", "--project", tmp_path)
    found = json.loads(run(BIN / "pyright", *options).stdout)
    assert found["generalDiagnostics"] == []
    assert found["summary"]["filesAnalyzed"] == 1
