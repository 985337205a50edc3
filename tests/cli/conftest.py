"""Fixtures of the command line's tests: a sandbox behind a proxy, and directories to work in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.running import CommandLine
from tests.harness.daemon import Daemon

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.harness.upstream import Upstream

TASK_ID = "fN1SbArXTPSVFUUvaOlinQ"
SECRET = {"password": "correct horse"}
SEED = {
    "secrets": {"project/demo/deploy": SECRET},
    "tasks": {
        TASK_ID: {
            "state": "completed",
            "task": {"metadata": {"name": "build"}},
            "artifacts": {
                "public/target.json": {"json": {"version": "1.2.3"}},
                "public/log.txt": {"text": "all is well\n"},
            },
            "index": ["project.demo.latest.build"],
        }
    },
}


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A proxy in front of a sandbox that holds `SEED`."""
    seed = tmp_path_factory.mktemp("seed") / "seed.json"
    seed.write_text(json.dumps(SEED))
    with Daemon("--sandbox", "--seed", str(seed)) as daemon:
        yield daemon


@pytest.fixture
def client(sandbox: Daemon, tmp_path: Path) -> Iterator[CommandLine]:
    """The command line, in an empty directory, with the sandbox's proxy in its environment."""
    yield CommandLine(tmp_path, sandbox.url)
    sandbox.check()


@pytest.fixture
def scripted(upstream: Upstream, tmp_path: Path) -> CommandLine:
    """The command line, with the scripted deployment in the proxy's place."""
    return CommandLine(tmp_path, upstream.url)
