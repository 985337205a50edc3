"""Signals that come while the daemon starts: it imports for some tenths of a second."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import StartDaemon
    from tests.harness.daemon import Daemon

STAND_IN = """
import os, sys

with open(os.environ["TEST_PIPE"]) as pipe:
    pipe.read()
sys.path.remove(os.path.dirname(__file__))
del sys.modules[__name__]
import {module}
"""


@pytest.fixture
def start_held(start_daemon: StartDaemon, tmp_path: Path) -> Callable[[str], tuple[Daemon, int]]:
    """Start a daemon that waits when it imports a module, until the descriptor is closed."""

    def start(module: str) -> tuple[Daemon, int]:
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        (tmp_path / f"{module}.py").write_text(STAND_IN.format(module=module))
        daemon = start_daemon(
            "--sandbox",
            env={"PYTHONPATH": str(tmp_path), "TEST_PIPE": str(pipe)},
            serve=False,
            forked=False,
        )
        return daemon, os.open(pipe, os.O_WRONLY)  # which waits for who reads

    return start


# The daemon's own process imports one; the one that reads settings for it imports the other.
@pytest.mark.parametrize("module", ["httptools", "pydantic_settings"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_daemon_that_is_ended_while_it_starts_says_nothing(
    start_held: Callable[[str], tuple[Daemon, int]], module: str, number: signal.Signals
) -> None:
    daemon, hold = start_held(module)
    daemon.signal(number)
    assert daemon.process.wait(15) == -number
    os.close(hold)
    assert daemon.wait() == -number
    assert not daemon.output


def test_a_hang_up_does_not_end_a_daemon_that_starts(
    start_held: Callable[[str], tuple[Daemon, int]],
) -> None:
    daemon, hold = start_held("httptools")
    daemon.signal(signal.SIGHUP)
    os.close(hold)
    daemon.wait_until_serving()
    assert daemon.request("GET", "/auth/v1/ping").status == 200
