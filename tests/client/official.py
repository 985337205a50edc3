"""The official client in both versions, run by their own interpreters, for comparison."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.harness.daemon import ROOT, environment

SCRIPTS = Path(__file__).parent / "official_scripts"

INTERPRETERS = {
    "44.2.2": ROOT / ".venv-taskcluster-44" / "bin" / "python",
    "113.2.0": Path(sys.executable),
}


def run(version: str, script: str, *args: str) -> Any:
    """Run a script with a version of the official client; gives the JSON that it prints.

    Args:
        version: which one.
        script: the name of a file in `official_scripts`.
        args: its arguments.
    """
    python = INTERPRETERS[version]
    if not python.exists():
        pytest.skip(f"the official client {version} is not installed; `make test` installs it")
    done = subprocess.run(
        [python, str(SCRIPTS / script), *args],
        env=environment({"PYTHONWARNINGS": "ignore"}),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
