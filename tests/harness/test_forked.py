"""A forked daemon is the process that a started one is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.harness import daemon as process
from tests.harness import forked
from tests.harness.daemon import Daemon, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.harness.daemon import Finished
    from tests.harness.upstream import Upstream

pytestmark = pytest.mark.skipif(
    not forked.POSSIBLE, reason="there are forks on Linux 5.3 and newer only"
)


@pytest.fixture
def pair(upstream: Upstream) -> Iterator[list[Daemon]]:
    """A daemon that was forked, and one that was started."""
    with (
        Daemon(root_url=upstream.url, forked=True) as one,
        Daemon(root_url=upstream.url, forked=False) as other,
    ):
        assert isinstance(one.process, forked.Forked)
        assert isinstance(other.process, subprocess.Popen)
        yield [one, other]


def status(daemon: Daemon) -> dict[str, str]:
    """Return what the system says about a process."""
    text = Path(f"/proc/{daemon.process.pid}/status").read_text()
    fields = dict(line.split(":\t", 1) for line in text.splitlines())
    names = ("SigBlk", "SigIgn", "SigCgt", "CapEff", "Groups", "Threads", "Uid", "Umask")
    return {name: fields[name] for name in names}


def files(daemon: Daemon) -> dict[int, str]:
    """Return the kind of each file that it has open."""
    folder = Path(f"/proc/{daemon.process.pid}/fd")
    return {int(each.name): str(each.readlink()).partition("[")[0] for each in folder.iterdir()}


def test_both_are_alike(pair: list[Daemon]) -> None:
    for daemon in pair:
        assert daemon.request("GET", "/queue/v1/ping").status == 200
    one, other = pair
    wait_until(lambda: files(one) == files(other))  # each sees the end of its connection
    assert status(one) == status(other)
    for of in (lambda pid: os.getpgid(pid), lambda pid: os.getsid(pid), os.sched_getaffinity):
        assert of(one.process.pid) == of(other.process.pid)


def test_both_end_alike(pair: list[Daemon]) -> None:
    for daemon in pair:
        assert daemon.process.poll() is None
        with pytest.raises(subprocess.TimeoutExpired):
            daemon.process.wait(0.01)
        daemon.stop()
        assert daemon.process.poll() == daemon.process.returncode == 0
        daemon.process.send_signal(signal.SIGTERM)  # there is nobody any more


def test_both_can_be_killed(pair: list[Daemon]) -> None:
    for daemon in pair:
        daemon.kill()
        assert daemon.process.returncode == -signal.SIGKILL


def run_both(*args: str, **env: str) -> list[Finished]:
    return [process.run(*args, env=env, forked=forked) for forked in (True, False)]


@pytest.mark.parametrize("args", [["--help"], ["--version"], ["--port", "http"], [], ["\udcff\n"]])
def test_both_say_the_same(args: list[str]) -> None:
    one, other = run_both(*args)
    assert one == other


def test_both_have_the_environment() -> None:
    one, other = run_both("--print-config", "--sandbox", TCPROXY_RETRIES="3", SSL_CERT_FILE="/x")
    assert one == other
    assert "3" in one.stdout


def test_what_a_fork_cannot_take_on_is_started(upstream: Upstream) -> None:
    with Daemon(root_url=upstream.url, env={"PYTHONUTF8": "1"}, forked=True) as daemon:
        line = Path(f"/proc/{daemon.process.pid}/cmdline").read_text().split("\0")
        assert line[:3] == [sys.executable, "-m", "tcproxy"]
