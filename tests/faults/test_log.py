"""Trouble with the log: requests go on, and what can be written is written whole.

The daemon logs to standard error, always, and whoever started it rotates that: by truncating the
file, which is opened for appending, or with a supervisor's own means.
"""

from __future__ import annotations

import contextlib
import json
import os
import pty
import shutil
import signal
import socket
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.harness.daemon import ACCESS_TOKEN, CLIENT_ID, ROOT, command, environment, wait_until
from tests.harness.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.harness.upstream import Upstream

REQUEST = b"GET /queue/v1/thing HTTP/1.1\r\nHost: localhost\r\n\r\n"
MANY = 3000


@contextlib.contextmanager
def daemon_that_logs_to(
    stderr: int, upstream: Upstream, folder: Path, launcher: Sequence[str] = ()
) -> Iterator[tuple[psutil.Popen, Wire]]:
    """Start a daemon, which cannot say its port, and give a connection by its Unix socket."""
    path = folder / "socket"
    line = [*launcher, *command("--port=0", f"--socket={path}", f"--root-url={upstream.url}")]
    env = environment(
        {"TASKCLUSTER_CLIENT_ID": CLIENT_ID, "TASKCLUSTER_ACCESS_TOKEN": ACCESS_TOKEN}
    )
    with psutil.Popen(line, env=env, cwd=ROOT, stderr=stderr, stdout=subprocess.DEVNULL) as process:
        try:
            wait_until(path.exists, 30)
            with socket.socket(socket.AF_UNIX) as sock:
                wait_until(lambda: sock.connect_ex(str(path)) == 0)
                yield process, Wire(sock)
            process.send_signal(signal.SIGTERM)
            assert process.wait(15) == 0
        finally:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()


def ask(wire: Wire, times: int) -> None:
    """Make requests, each of which must be answered."""
    for _ in range(times):
        wire.send(REQUEST)
        head = wire.read_until(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 "), head
        wire.read_exactly(int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]))


def requests_in(log: Path) -> int:
    """Return how many requests the log tells of; each line must be whole."""
    lines = log.read_text().splitlines()
    return sum(json.loads(line)["event"] == "request" for line in lines)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the log and the socket are; its name is short enough for a socket's path."""
    return tmp_path


def test_a_full_disk(upstream: Upstream, folder: Path) -> None:
    """Nothing is kept in memory for a better day."""
    full = os.open("/dev/full", os.O_WRONLY)
    with daemon_that_logs_to(full, upstream, folder) as (process, wire):
        os.close(full)
        ask(wire, MANY // 3)
        before = process.memory_info().rss
        ask(wire, MANY)
        assert process.memory_info().rss - before < 3 * 1024 * 1024


@contextlib.contextmanager
def daemon_with_little_room(
    size: str, upstream: Upstream, folder: Path
) -> Iterator[tuple[psutil.Popen, Wire, Path]]:
    """Start a daemon whose log grows to that size, soft and hard as prlimit takes it."""
    if (prlimit := shutil.which("prlimit")) is None:
        pytest.skip("prlimit is needed for a file that does not grow")
    log = folder / "log"
    limit = [prlimit, f"--fsize={size}"]
    with log.open("ab") as file:
        daemon = daemon_that_logs_to(file.fileno(), upstream, folder, limit)
        with daemon as (process, wire):
            yield process, wire, log


def test_a_disk_that_is_full_for_a_while(upstream: Upstream, folder: Path) -> None:
    with daemon_with_little_room("20000", upstream, folder) as (_, wire, log):
        # Enough to fill it once; what is still to be written must not fill it again.
        ask(wire, 130)
        wait_until(lambda: log.stat().st_size > 19_500)
        os.truncate(log, 0)
        ask(wire, 10)
        wait_until(lambda: requests_in_part(log) >= 10)
    lines = log.read_text().splitlines()
    whole = [line for line in lines if line.startswith("{") and line.endswith("}")]
    assert len(whole) >= len(lines) - 1, "more than the line at which the disk was full is broken"
    for line in whole:
        json.loads(line)


def test_a_disk_that_has_room_again(upstream: Upstream, folder: Path) -> None:
    """The line at which it was full is finished, so that every line is whole."""
    with daemon_with_little_room("20000:", upstream, folder) as (process, wire, log):
        ask(wire, 300)
        wait_until(lambda: log.stat().st_size == 20_000)
        assert not log.read_bytes().endswith(b"\n"), "no line was written in part"
        process.rlimit(psutil.RLIMIT_FSIZE, (psutil.RLIM_INFINITY, psutil.RLIM_INFINITY))
        before = requests_in_part(log)
        ask(wire, 10)
        wait_until(lambda: requests_in_part(log) >= before + 10)
    assert 10 < requests_in(log) < 310


def requests_in_part(log: Path) -> int:
    """Return how many requests the log tells of, where the last line may not be whole."""
    return log.read_text().count('"event": "request"')


@pytest.mark.parametrize("closed", ["2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_streams_that_were_closed_before_the_start(
    upstream: Upstream, folder: Path, closed: str
) -> None:
    """The log is lost; above all it does not go to a connection that has the stream's number."""
    launcher = ["sh", "-c", f'exec "$@" {closed}', "sh"]
    with daemon_that_logs_to(subprocess.DEVNULL, upstream, folder, launcher) as (process, wire):
        ask(wire, 100)
        files = [Path(f"/proc/{process.pid}/fd/{number}") for number in range(3)]
        assert {str(path.readlink()) for path in files} == {os.devnull}


def test_nobody_reads_any_more(upstream: Upstream, folder: Path) -> None:
    reader, writer = os.pipe()
    with daemon_that_logs_to(writer, upstream, folder) as (process, wire):
        os.close(writer)
        ask(wire, 10)
        os.close(reader)
        ask(wire, MANY // 3)
        before = process.memory_info().rss
        ask(wire, MANY)
        assert process.memory_info().rss - before < 3 * 1024 * 1024


def test_nobody_reads_for_a_while(upstream: Upstream, folder: Path) -> None:
    """The pipe fills, requests go on; what comes out of it then is whole lines, in order."""
    reader, writer = os.pipe()
    said = bytearray()
    with daemon_that_logs_to(writer, upstream, folder) as (process, wire):
        os.close(writer)
        ask(wire, MANY // 3)  # more than a pipe holds
        ask(wire, 2 * MANY)  # more than is kept
        assert process.memory_info().rss < 60 * 1024 * 1024
        os.set_blocking(reader, False)
        wait_until(lambda: read_into(said, reader) == 0 and len(said) > 1024 * 1024)
        ask(wire, 1)
        wait_until(lambda: read_into(said, reader) > 0)
    read_into(said, reader)
    os.close(reader)
    events = [json.loads(line) for line in said.decode().splitlines()]
    times = [event["timestamp"] for event in events if event["event"] == "request"]
    assert times == sorted(times)
    assert len(times) < 2 * MANY, "it kept more than it should"


def read_into(said: bytearray, pipe: int) -> int:
    """Read what is in a pipe, and return how much that was."""
    before = len(said)
    with contextlib.suppress(BlockingIOError):
        while data := os.read(pipe, 65536):
            said += data
    return len(said) - before


def test_nobody_reads_till_the_end(upstream: Upstream, folder: Path) -> None:
    """The daemon ends all the same."""
    reader, writer = os.pipe()
    with daemon_that_logs_to(writer, upstream, folder) as (_, wire):
        os.close(writer)
        ask(wire, MANY // 3)
    os.close(reader)


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_terminal_that_nobody_reads(upstream: Upstream, folder: Path, log_format: str) -> None:
    """As after Ctrl-S: requests go on, and what can be read then is whole lines."""
    screen, terminal = pty.openpty()
    said = bytearray()
    launcher = ["env", f"TCPROXY_LOG_FORMAT={log_format}"]
    with daemon_that_logs_to(terminal, upstream, folder, launcher) as (_, wire):
        assert os.get_blocking(terminal), "what others share with the daemon was changed"
        os.close(terminal)
        ask(wire, MANY // 6)  # more than a terminal holds
        os.set_blocking(screen, False)
        wait_until(lambda: read_terminal(said, screen).count(b"/queue/v1/thing") == MANY // 6)
    os.close(screen)
    lines = said.decode().splitlines()
    assert all(line.count("/queue/v1/thing") == 1 for line in lines if "request" in line)


def read_terminal(said: bytearray, screen: int) -> bytearray:
    """Read what is on a terminal, and return all that was said so far."""
    with contextlib.suppress(OSError):  # there is nothing, or the other side is closed
        while data := os.read(screen, 65536):
            said += data
    return said


def test_a_terminal_that_is_gone(upstream: Upstream, folder: Path) -> None:
    screen, terminal = pty.openpty()
    with daemon_that_logs_to(terminal, upstream, folder) as (_, wire):
        os.close(terminal)
        ask(wire, 10)
        os.close(screen)
        ask(wire, MANY // 6)


def test_rotation_by_truncating(upstream: Upstream, folder: Path) -> None:
    """Also with the SIGHUP that programs for rotation send: no line is lost, none is broken."""
    log = folder / "log"
    with log.open("ab") as file, daemon_that_logs_to(file.fileno(), upstream, folder) as running:
        process, wire = running
        ask(wire, 50)
        wait_until(lambda: requests_in(log) == 50)
        os.truncate(log, 0)
        process.send_signal(signal.SIGHUP)
        ask(wire, 20)
        wait_until(lambda: requests_in(log) == 20)
        assert not log.read_bytes().startswith(b"\0"), "the file was not opened for appending"


def test_rotation_by_renaming(upstream: Upstream, folder: Path) -> None:
    """The daemon did not open the file: it goes on writing to the renamed one."""
    log, old = folder / "log", folder / "log.1"
    with log.open("ab") as file, daemon_that_logs_to(file.fileno(), upstream, folder) as running:
        process, wire = running
        ask(wire, 50)
        log.rename(old)
        process.send_signal(signal.SIGHUP)
        ask(wire, 20)
        wait_until(lambda: requests_in(old) == 70)
        assert not log.exists()
