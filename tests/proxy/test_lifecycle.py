"""From start to end: signals, draining, ports in use."""

from __future__ import annotations

import contextlib
import re
import signal
import socket
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.harness import daemon as process
from tests.harness.caller import Caller
from tests.harness.daemon import wait_until
from tests.harness.upstream import Exchange, reply, silent
from tests.harness.wire import TIMEOUT

if TYPE_CHECKING:
    from tests.conftest import StartDaemon
    from tests.harness.daemon import Daemon
    from tests.harness.upstream import Upstream

TARGET = "/queue/v1/thing"


def refuses(daemon: Daemon) -> bool:
    """Tell whether it takes no new connections."""
    try:
        with socket.create_connection(daemon.address, timeout=1):
            return False
    except OSError:
        return True


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_daemon_ends_at_once(
    upstream: Upstream, start_daemon: StartDaemon, number: signal.Signals
) -> None:
    daemon = start_daemon(root_url=upstream.url, forked=False)
    with daemon.connect() as idle, daemon.connect():
        assert idle.request("GET", TARGET).status == 200
        began = time.monotonic()
        daemon.signal(number)
        assert daemon.wait() == 0
        assert time.monotonic() - began < 5


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_runs_is_finished(
    upstream: Upstream, start_daemon: StartDaemon, number: signal.Signals
) -> None:
    daemon = start_daemon(root_url=upstream.url, forked=False)
    release = threading.Event()

    def script(exchange: Exchange) -> None:
        exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n", b"half")
        assert release.wait(TIMEOUT)
        exchange.read_body()
        exchange.send(b"half")

    upstream.script(script)
    with daemon.connect() as caller:
        caller.send("POST", TARGET, [("Content-Length", "4")])
        caller.wire.send(b"bo")
        assert caller.read_head("POST").status == 200
        assert caller.read_piece() == b"half"
        daemon.signal(number)
        wait_until(lambda: refuses(daemon))
        assert daemon.process.poll() is None
        caller.wire.send(b"dy")
        release.set()
        assert caller.read_body() == b"half"
        assert daemon.wait() == 0
    assert upstream.only_request().body == b"body"


def test_what_waits_for_its_answer_is_finished(
    upstream: Upstream, start_daemon: StartDaemon
) -> None:
    daemon = start_daemon(root_url=upstream.url, forked=False)
    release = threading.Event()

    def script(exchange: Exchange) -> None:
        exchange.read_body()
        assert release.wait(TIMEOUT)
        exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    upstream.default = script
    with ThreadPoolExecutor() as callers:
        running = [callers.submit(daemon.request, "GET", TARGET) for _ in range(4)]
        upstream.wait_for_requests(4)
        daemon.signal(signal.SIGTERM)
        wait_until(lambda: refuses(daemon))
        release.set()
        assert [each.result().body for each in running] == [b"ok"] * 4
    assert daemon.wait() == 0


def test_a_drained_connection_takes_no_further_request(
    upstream: Upstream, start_daemon: StartDaemon
) -> None:
    daemon = start_daemon(root_url=upstream.url, forked=False)
    release = threading.Event()

    def script(exchange: Exchange) -> None:
        exchange.read_body()
        assert release.wait(TIMEOUT)
        exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    upstream.script(script)
    with daemon.connect() as caller:
        caller.send("GET", TARGET)
        upstream.wait_for_requests(1)
        daemon.signal(signal.SIGTERM)
        wait_until(lambda: refuses(daemon))
        release.set()
        assert caller.read_response().body == b"ok"
        assert caller.wire.wait_closed()
    assert daemon.wait() == 0


def test_draining_has_an_end(upstream: Upstream, start_daemon: StartDaemon) -> None:
    daemon = start_daemon("--drain-timeout", "0.3", root_url=upstream.url, forked=False)
    upstream.script(silent)
    with daemon.connect() as caller:
        caller.send("GET", TARGET)
        upstream.wait_for_requests(1)
        began = time.monotonic()
        daemon.signal(signal.SIGTERM)
        assert daemon.wait() == 0
        assert time.monotonic() - began < 5
    assert cut_off(daemon) == 499


def cut_off(daemon: Daemon) -> object:
    """Return the status in the line about the one request, which the daemon's end cut off."""
    (event,) = [each for each in daemon.events if each["event"] == "request"]
    assert event["error"] == "tcproxy ended before the answer was complete"
    return event["status"]


def test_an_answer_that_is_cut_off_keeps_its_status_in_the_log(
    upstream: Upstream, start_daemon: StartDaemon
) -> None:
    daemon = start_daemon("--drain-timeout", "0.3", root_url=upstream.url, forked=False)

    def script(exchange: Exchange) -> None:
        exchange.read_body()
        exchange.send(b"HTTP/1.1 201 Created\r\nContent-Length: 8\r\n\r\nhalf")
        exchange.wire.wait_closed()

    upstream.script(script)
    with daemon.connect() as caller:
        caller.send("GET", TARGET)
        assert caller.read_head().status == 201
        daemon.signal(signal.SIGTERM)
        assert daemon.wait() == 0
    assert cut_off(daemon) == 201


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_it_at_once(
    upstream: Upstream, start_daemon: StartDaemon, second: signal.Signals
) -> None:
    daemon = start_daemon(root_url=upstream.url, forked=False)
    upstream.script(silent)
    with daemon.connect() as caller:
        caller.send("GET", TARGET)
        upstream.wait_for_requests(1)
        daemon.signal(signal.SIGTERM)
        wait_until(lambda: refuses(daemon))
        assert daemon.process.poll() is None
        began = time.monotonic()
        daemon.signal(second)
        daemon.wait()
        assert time.monotonic() - began < 2
    assert cut_off(daemon) == 499


def test_a_signal_in_the_middle_of_a_retry(upstream: Upstream, start_daemon: StartDaemon) -> None:
    """Draining ends a wait of many seconds one way or the other, without noise."""
    daemon = start_daemon("--drain-timeout", "0.3", root_url=upstream.url, forked=False)
    upstream.default = reply(503, [("Retry-After", "20")])
    with daemon.connect() as caller:
        caller.send("GET", TARGET)
        upstream.wait_for_requests(1)
        daemon.signal(signal.SIGTERM)
        assert daemon.wait() == 0
    assert cut_off(daemon) == 499


def test_a_signal_while_the_task_is_fetched(upstream: Upstream, start_daemon: StartDaemon) -> None:
    upstream.default = silent
    task = "AjGWnmqUQ1ysJn0WBwOA7A"
    daemon = start_daemon("--task-id", task, root_url=upstream.url, serve=False, forked=False)
    upstream.wait_for_requests(1)
    began = time.monotonic()
    daemon.signal(signal.SIGTERM)
    daemon.wait()
    assert time.monotonic() - began < 5
    assert daemon.address == ("", 0)


def test_requests_go_on_when_nobody_reads_the_log(upstream: Upstream) -> None:
    line = ["--port", "0", "--root-url", upstream.url, "--client-id", "c"]
    daemon = subprocess.Popen(
        process.command(*line),
        env=process.environment({"TASKCLUSTER_ACCESS_TOKEN": "t"}),
        cwd=process.ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert daemon.stderr is not None
        with daemon.stderr as log:
            serving = re.search(r"Serving on 127\.0\.0\.1:(\d+)", log.readline())
        assert serving
        for _ in range(3):
            with Caller(("127.0.0.1", int(serving[1]))) as caller:
                assert caller.request("GET", TARGET).status == 200
        daemon.terminate()
        assert daemon.wait(process.STOP_TIMEOUT) == 0
    finally:
        daemon.kill()
        daemon.wait()


def test_uvloop_is_used_where_it_exists(daemon: Daemon) -> None:
    pytest.importorskip("uvloop")
    assert "uvloop" in Path(f"/proc/{daemon.process.pid}/maps").read_text()


def test_a_port_in_use_is_one_line(upstream: Upstream) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = process.run(
            *("--root-url", upstream.url, "--client-id", "c", "--access-token", "t"),
            *("--port", str(port)),
            forked=False,
        )
    assert refused.code not in (0, None)
    assert str(port) in refused.error_line
    assert "in use" in refused.error_line


def test_the_port_can_be_used_again_at_once(upstream: Upstream, start_daemon: StartDaemon) -> None:
    first = start_daemon(root_url=upstream.url, forked=False)
    port = first.address[1]
    with first.connect() as caller:
        assert caller.request("GET", TARGET).status == 200
        first.stop()  # its side of the connection lingers in TIME_WAIT
    with contextlib.suppress(AssertionError):
        second = start_daemon(root_url=upstream.url, port=port, forked=False)
        assert second.address[1] == port
        return
    pytest.fail("the port of a daemon that ended cannot be used")


def test_many_connections_that_come_and_go(daemon: Daemon) -> None:
    before = daemon.open_files()
    for _ in range(200):
        with daemon.connect() as caller:
            caller.wire.send(b"GET /queue")
    assert daemon.request("GET", TARGET).status == 200
    wait_until(lambda: daemon.open_files() <= before + 2)
