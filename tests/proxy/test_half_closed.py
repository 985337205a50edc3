"""Callers who end their sending side once they have asked: they wait, unless they have left."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from tests.harness.daemon import wait_until
from tests.harness.upstream import Exchange
from tests.harness.wire import TIMEOUT, Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import StartDaemon
    from tests.harness.daemon import Daemon
    from tests.harness.upstream import Upstream

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux tells them from those who have left"
)

GET = b"GET /queue/v1/%b HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = b"POST /queue/v1/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nanswer"


@pytest.fixture(params=["TCP", "IPv6", "Unix"])
def connect(
    request: pytest.FixtureRequest, daemon: Daemon, start_daemon: StartDaemon, tmp_path: Path
) -> Iterator[Callable[[], Wire]]:
    """What connects to a daemon, in each of the ways that there are on this system."""
    with contextlib.ExitStack() as stack:

        def connect() -> Wire:
            sock = stack.enter_context(socket.socket(family))
            sock.settimeout(TIMEOUT)
            sock.connect(address)
            return Wire(sock)

        address: tuple[str, int] | str = daemon.address
        family = socket.AF_INET
        if request.param == "IPv6":
            family, address = socket.AF_INET6, ("::1", start_on_ipv6(request, start_daemon))
        elif request.param == "Unix":
            upstream: Upstream = request.getfixturevalue("upstream")
            path = tmp_path / "s"
            start_daemon("--socket", str(path), root_url=upstream.url)
            family, address = socket.AF_UNIX, str(path)
        yield connect


def start_on_ipv6(request: pytest.FixtureRequest, start_daemon: StartDaemon) -> int:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    upstream: Upstream = request.getfixturevalue("upstream")
    return start_daemon("--ip-address", "::1", root_url=upstream.url).address[1]


@pytest.fixture
def released(upstream: Upstream) -> threading.Event:
    """When it is set, the deployment answers."""
    event = threading.Event()

    def script(exchange: Exchange) -> None:
        exchange.read_body()
        assert event.wait(TIMEOUT)
        exchange.send(ANSWER)

    upstream.default = script
    return event


def settle(connect: Callable[[], Wire]) -> None:
    """Let the daemon take note of what others have done before."""
    with contextlib.closing(connect()) as wire:
        for _ in range(3):
            wire.send(b"GET /__lbheartbeat__ HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert b" 200 " in wire.read_line()
            wire.read_until(b"\r\n\r\n")


def test_it_gets_its_answer(
    connect: Callable[[], Wire], upstream: Upstream, released: threading.Event
) -> None:
    for request in (GET % b"x", POST + b"12345"):
        released.clear()
        count = len(upstream.requests)
        wire = connect()
        wire.send(request)
        wire.half_close()
        upstream.wait_for_requests(count + 1)
        settle(connect)
        released.set()
        assert wire.read_to_end().endswith(b"\r\n\r\nanswer")


def test_it_gets_all_its_answers(
    connect: Callable[[], Wire], upstream: Upstream, released: threading.Event
) -> None:
    wire = connect()
    wire.send(GET % b"1" + POST + b"12345" + GET % b"2")
    wire.half_close()
    upstream.wait_for_requests(1)
    settle(connect)
    released.set()
    answer = wire.read_to_end()
    assert answer.count(b"HTTP/1.1 200 OK") == 3
    assert answer.endswith(b"\r\n\r\nanswer")
    assert [each.target[-1:] for each in upstream.requests] == [b"1", b"x", b"2"]


def test_the_proxys_own_paths_answer(connect: Callable[[], Wire]) -> None:
    wire = connect()
    wire.send(b"GET /__version__ HTTP/1.0\r\nHost: localhost\r\n\r\n")
    wire.half_close()
    assert b"200 OK" in wire.read_to_end()


@pytest.fixture
def left(upstream: Upstream) -> threading.Event:
    """It is set when the daemon has ended its connection to the deployment, which never answers."""
    event = threading.Event()

    def script(exchange: Exchange) -> None:
        if exchange.wire.wait_closed():
            event.set()

    upstream.default = script
    return event


def test_it_leaves_after_that(
    connect: Callable[[], Wire], upstream: Upstream, left: threading.Event
) -> None:
    """Nothing tells of it: it is looked for."""
    wire = connect()
    wire.send(GET % b"x")
    wire.half_close()
    upstream.wait_for_requests(1)
    settle(connect)
    assert not left.is_set()
    wire.close()
    assert left.wait(TIMEOUT)


def test_it_leaves_at_once(
    connect: Callable[[], Wire], upstream: Upstream, left: threading.Event
) -> None:
    wire = connect()
    wire.send(GET % b"x")
    upstream.wait_for_requests(1)
    wire.close()
    assert left.wait(TIMEOUT)


def test_half_a_body_is_no_request(connect: Callable[[], Wire], upstream: Upstream) -> None:
    ended = threading.Event()

    def script(exchange: Exchange) -> None:
        exchange.wire.read_exactly(3)
        assert exchange.wire.read_some() == b""
        ended.set()

    upstream.script(script)
    wire = connect()
    wire.send(POST + b"123")
    upstream.wait_for_requests(1)
    wire.half_close()
    assert wire.read_to_end() == b""
    assert ended.wait(TIMEOUT)


def test_a_stream_that_never_ends_ends_with_the_caller(daemon: Daemon) -> None:
    before = daemon.open_files()
    with daemon.connect() as caller:
        caller.send("GET", "/__status__/events")
        caller.wire.half_close()
        caller.wire.read_until(b"\r\n\r\n")
        assert daemon.open_files() > before
    wait_until(lambda: daemon.open_files() <= before)
