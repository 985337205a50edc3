"""The programs in the docs that move data: they run against a sandbox, through a proxy."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.client.test_docs import PAGE, README, programs
from tests.harness.daemon import Daemon, environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TASK_ID = "fN1SbArXTPSVFUUvaOlinQ"


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[str]:
    """The URL of a daemon in front of a sandbox that has the artifact of the page."""
    seed = tmp_path / "seed.json"
    artifacts = {"public/target.json": {"json": {"version": "1.2.3"}}}
    seed.write_text(json.dumps({"tasks": {TASK_ID: {"artifacts": artifacts}}}), encoding="utf-8")
    with Daemon("--sandbox", "--seed", str(seed)) as daemon:
        yield daemon.url


def run(program: str, where: Path, proxy: str) -> str:
    """Run a program in a directory; gives what it prints."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env=environment({"TASKCLUSTER_PROXY_URL": proxy}),
        cwd=where,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_the_program_of_the_page_moves_data(sandbox: str, tmp_path: Path) -> None:
    printed = run(programs(PAGE)[2], tmp_path, sandbox)
    assert printed.startswith("b'hello' text/plain\n")
    target = (tmp_path / "target.json").read_bytes()
    assert json.loads(target) == {"version": "1.2.3"}
    assert printed.endswith(f"{len(target)} of {len(target)} bytes\n")


def test_the_function_of_the_readme_moves_data(sandbox: str, tmp_path: Path) -> None:
    (function,) = (each for each in programs(README) if "def mirror" in each)
    data = hashlib.shake_256(b"data").digest(300_000)
    (tmp_path / "data").write_bytes(data)
    call = "mirror('data', 'public/data', 300_000, taskcluster.Object())"
    printed = run(f"import tcproxy_client as taskcluster\n{function}\n{call}", tmp_path, sandbox)
    assert (tmp_path / "data.copy").read_bytes() == data
    assert printed.endswith("300000 300000\n")
