"""Connections to the deployment: pooled, never stale, bounded in time, strict about answers."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.harness import hawk
from tests.harness.caller import BrokenResponseError
from tests.harness.upstream import (
    OK,
    Exchange,
    raw,
    raw_then_close,
    raw_then_reset,
    reply,
    silent,
)
from tests.harness.wire import TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import StartDaemon, StartUpstream
    from tests.harness.daemon import Daemon
    from tests.harness.upstream import Script, Upstream

TARGET = "/queue/v1/thing"


class TestPool:
    def test_16_callers_with_320_requests_need_few_connections(
        self, start_upstream: StartUpstream, start_daemon: StartDaemon
    ) -> None:
        upstream = start_upstream()
        daemon = start_daemon(root_url=upstream.url)

        def call(number: int) -> None:
            with daemon.connect() as caller:
                for turn in range(20):
                    body = f"{number}.{turn}".encode()
                    assert caller.request("POST", TARGET, body=body).status == 200

        with ThreadPoolExecutor(16) as callers:
            list(callers.map(call, range(16)))
        assert len({request.body for request in upstream.requests}) == 320
        assert len(upstream.requests) == 320
        assert upstream.connections <= 20

    def test_one_connection_serves_requests_in_turn(
        self, start_upstream: StartUpstream, start_daemon: StartDaemon
    ) -> None:
        upstream = start_upstream()
        daemon = start_daemon(root_url=upstream.url)
        answers = [
            OK,
            raw(b"HTTP/1.1 204 No Content\r\n\r\n"),
            raw(b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"),
            raw(
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: y\r\n\r\n"
            ),
            reply(404, body=b"no"),
        ]
        upstream.script(*answers)
        for _ in range(len(answers) + 1):
            daemon.request("GET", TARGET)
        assert upstream.connections == 1

    def test_a_connection_of_a_late_attempt_is_kept_for_the_next_request(
        self, start_upstream: StartUpstream, start_daemon: StartDaemon
    ) -> None:
        upstream = start_upstream()
        # Ten ticks pass before the second attempt, and the empty pool is forgotten.
        daemon = start_daemon("--keep-alive-timeout", "0.4", root_url=upstream.url)
        busy = b"HTTP/1.1 503 Busy\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"
        upstream.script(raw_then_close(busy))
        for _ in range(3):
            assert daemon.request("GET", TARGET).status == 200
        assert len(upstream.requests) == 4
        assert upstream.connections == 2

    def test_a_connection_that_upstream_wants_closed_is_not_used_again(
        self, start_upstream: StartUpstream, start_daemon: StartDaemon
    ) -> None:
        upstream = start_upstream()
        daemon = start_daemon(root_url=upstream.url)
        upstream.script(
            raw(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"),
            raw(b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"),
        )
        attempts = [daemon.request("POST", TARGET).attempts for _ in range(3)]
        assert attempts == [1, 1, 1]
        assert upstream.connections == 3
        upstream.wait_for_open_connections(1)

    def test_an_answer_that_broke_off_does_not_spoil_the_next(
        self, daemon: Daemon, upstream: Upstream
    ) -> None:
        upstream.script(raw(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf"))
        with daemon.connect() as caller:
            caller.send("GET", TARGET)
            caller.read_head()
        for _ in range(3):
            assert daemon.request("GET", TARGET).json() == {"alive": True}

    @pytest.mark.parametrize(
        "surplus",
        [
            b"surplus",
            b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil",
            b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        ],
    )
    @pytest.mark.parametrize("later", [False, True])
    def test_bytes_that_nobody_asked_for_are_no_answer(
        self, daemon: Daemon, upstream: Upstream, surplus: bytes, later: bool
    ) -> None:
        sent = threading.Event()
        received = threading.Event()

        def script(exchange: Exchange) -> None:
            message = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
            exchange.read_body()
            exchange.send(message if later else message + surplus)
            assert received.wait(TIMEOUT)
            if later:
                exchange.send(surplus)
            sent.set()

        upstream.script(script)
        assert daemon.request("GET", TARGET).body == b"ok"
        received.set()
        assert sent.wait(TIMEOUT)
        for _ in range(3):
            response = daemon.request("POST", TARGET, body=b"x")
            assert (response.status, response.body) == (200, b'{"alive": true}')


class TestNames:
    @pytest.mark.parametrize("name", ["localhost", "LocalHost"])
    def test_every_address_of_a_name_is_tried(
        self, upstream: Upstream, start_daemon: StartDaemon, name: str
    ) -> None:
        """`localhost` is often ::1 first, where nobody listens."""
        daemon = start_daemon(root_url=f"http://{name}:{upstream.port}")
        response = daemon.request("GET", TARGET)
        assert (response.status, response.attempts) == (200, 1)
        request = upstream.only_request()
        assert (request.value("Host") or b"").lower() == f"localhost:{upstream.port}".encode()
        hawk.verify(request)

    def test_a_name_that_does_not_exist_is_named(self, start_daemon: StartDaemon) -> None:
        daemon = start_daemon("--retries", "0", root_url="http://no-such-host.invalid")
        response = daemon.request("GET", TARGET)
        assert response.status in (502, 504)
        body = response.json()
        assert set(body) == {"code", "message", "requestInfo"}
        assert "no-such-host.invalid" in body["message"]


class TestStaleConnections:
    """A kept-alive connection that the deployment closed is never seen by the caller."""

    @pytest.mark.parametrize("method", ["GET", "POST"])
    def test_closed_while_idle(self, daemon: Daemon, upstream: Upstream, method: str) -> None:
        assert daemon.request("GET", TARGET).status == 200
        upstream.hang_up()
        response = daemon.request(method, TARGET, body=b"body")
        assert response.status == 200
        assert upstream.requests[-1].body == b"body"

    @pytest.mark.parametrize("method", ["GET", "POST", "PATCH"])
    @pytest.mark.parametrize("end", [raw_then_close(b""), raw_then_reset(b"")])
    def test_closed_as_the_request_arrives(
        self, daemon: Daemon, upstream: Upstream, method: str, end: Script
    ) -> None:
        assert daemon.request("GET", TARGET).status == 200
        upstream.script(end)
        began = time.monotonic()
        response = daemon.request(method, TARGET, body=b"body")
        assert response.status == 200
        _, dropped, answered = upstream.requests
        assert time.monotonic() - began < 5
        assert dropped.connection != answered.connection
        assert dropped.body == answered.body == b"body"
        assert hawk.verify(dropped).nonce != hawk.verify(answered).nonce
        assert dropped.end_to_end() == answered.end_to_end()

    def test_closed_at_the_first_byte(self, daemon: Daemon, upstream: Upstream) -> None:
        """The deployment closes without even reading the request."""
        assert daemon.request("GET", TARGET).status == 200
        upstream.script(lambda exchange: exchange.wire.reset())
        response = daemon.request("POST", TARGET, body=b"b" * 100_000)
        assert response.status == 200
        assert upstream.requests[-1].body == b"b" * 100_000

    def test_all_of_a_full_pool_at_once(
        self, start_upstream: StartUpstream, start_daemon: StartDaemon
    ) -> None:
        """More dead connections than there are retries are no trouble either."""
        upstream = start_upstream()
        daemon = start_daemon("--retries", "2", root_url=upstream.url)
        together = threading.Barrier(12)

        def script(exchange: Exchange) -> None:
            together.wait(TIMEOUT)
            OK(exchange)

        upstream.default = script
        with ThreadPoolExecutor(12) as callers:
            list(callers.map(lambda _: daemon.request("GET", TARGET), range(12)))
        old = upstream.connections
        assert old == 12

        def drop_the_old(exchange: Exchange) -> None:
            if exchange.request.connection <= old:
                exchange.wire.reset()
            else:
                OK(exchange)

        upstream.default = drop_the_old
        for method in ("POST", "GET"):
            response = daemon.request(method, TARGET, body=b"x")
            assert response.status == 200
            assert response.attempts <= 3


class TestBrokenUploads:
    @pytest.mark.parametrize("end", ["close", "reset"])
    def test_a_large_upload_that_upstream_drops(
        self, daemon: Daemon, upstream: Upstream, end: str
    ) -> None:
        """Too large to be sent again: the caller is told, and nothing hangs."""

        def script(exchange: Exchange) -> None:
            exchange.wire.read_exactly(1000)
            getattr(exchange.wire, end)()

        upstream.script(script)
        size = 64 * 1024 * 1024
        with daemon.connect() as caller:
            caller.send("PUT", TARGET, [("Content-Length", str(size))])
            with contextlib.suppress(OSError):
                for _ in range(64):
                    caller.wire.send(b"x" * (size // 64))
            with contextlib.suppress(BrokenResponseError):
                response = caller.read_response("PUT")
                assert response.status == 502
                assert set(response.json()) == {"code", "message", "requestInfo"}
        assert len(upstream.requests) == 1
        assert daemon.request("GET", TARGET).status == 200


class TestTimeouts:
    def test_no_first_byte(self, hasty_daemon: Daemon, upstream: Upstream) -> None:
        upstream.script(silent)
        response = hasty_daemon.request("GET", TARGET)
        assert response.status == 504
        body = response.json()
        assert set(body) == {"code", "message", "requestInfo"}

    def test_no_further_byte(self, hasty_daemon: Daemon, upstream: Upstream) -> None:
        def script(exchange: Exchange) -> None:
            exchange.read_body()
            exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf")
            exchange.wire.wait_closed()

        upstream.script(script)
        since = hasty_daemon.mark()
        with hasty_daemon.connect() as caller:
            caller.send("GET", TARGET)
            assert caller.read_head().status == 200
            with pytest.raises(BrokenResponseError):
                caller.read_body()
        assert hasty_daemon.request_event(TARGET, since=since)["error"]

    def test_a_body_that_drips_is_not_idle(self, hasty_daemon: Daemon, upstream: Upstream) -> None:
        def script(exchange: Exchange) -> None:
            exchange.read_body()
            exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n")
            for letter in (b"a", b"b", b"c", b"d"):
                time.sleep(0.2)  # less than the idle time-out each, more in all
                exchange.send(letter)

        upstream.script(script)
        assert hasty_daemon.request("GET", TARGET).body == b"abcd"

    def test_a_caller_that_stops_sending(self, hasty_daemon: Daemon, upstream: Upstream) -> None:
        left = threading.Event()

        def script(exchange: Exchange) -> None:
            exchange.wire.read_exactly(4)
            if exchange.wire.wait_closed():
                left.set()

        upstream.script(script)
        with hasty_daemon.connect() as caller:
            caller.send("POST", TARGET, [("Content-Length", "1000")])
            caller.wire.send(b"half")
            assert left.wait(5)

    def test_a_slow_upload_is_not_a_slow_answer(
        self, hasty_daemon: Daemon, upstream: Upstream
    ) -> None:
        """The first-byte time-out counts from when the request was sent whole."""
        with hasty_daemon.connect() as caller:
            caller.send("POST", TARGET, [("Content-Length", "4")])
            for letter in (b"a", b"b", b"c", b"d"):
                time.sleep(0.2)
                caller.wire.send(letter)
            assert caller.read_response("POST").status == 200
        assert upstream.only_request().body == b"abcd"

    @pytest.fixture
    def deaf_port(self) -> Iterator[int]:
        """A port whose queue of connections is full: further ones get no answer at all."""
        with contextlib.ExitStack() as stack:
            listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
            port = listener.getsockname()[1]
            for _ in range(4):
                waiting = stack.enter_context(socket.socket())
                waiting.setblocking(False)
                waiting.connect_ex(("127.0.0.1", port))
            yield port

    def test_no_connection(self, start_daemon: StartDaemon, deaf_port: int) -> None:
        daemon = start_daemon(
            *("--connect-timeout", "0.3", "--retries", "0"),
            root_url=f"http://127.0.0.1:{deaf_port}",
        )
        response = daemon.request("GET", TARGET)
        assert response.status == 504
        assert set(response.json()) == {"code", "message", "requestInfo"}


class TestBadAnswers:
    @pytest.mark.parametrize(
        "message",
        [
            b"nonsense\r\n\r\n",
            b"HTTP/1.1 abc OK\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: abc\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nX-A",
        ],
    )
    def test_what_is_no_http_is_a_bad_gateway(
        self, hasty_daemon: Daemon, upstream: Upstream, message: bytes
    ) -> None:
        upstream.script(raw_then_close(message))
        response = hasty_daemon.request("GET", TARGET)
        assert response.status == 502
        assert set(response.json()) == {"code", "message", "requestInfo"}
        assert hasty_daemon.request("GET", TARGET).status == 200

    def test_an_endless_head_is_not_read_for_ever(
        self, hasty_daemon: Daemon, upstream: Upstream
    ) -> None:
        def script(exchange: Exchange) -> None:
            exchange.read_body()
            exchange.send(b"HTTP/1.1 200 OK\r\n")
            line = b"X-Endless: " + b"x" * 8000 + b"\r\n"
            for _ in range(10_000):
                exchange.send(line)

        upstream.script(script)
        before = hasty_daemon.reset_peak_memory()
        assert hasty_daemon.request("GET", TARGET).status == 502
        assert hasty_daemon.memory("VmHWM") - before < 32 * 1024 * 1024


def test_no_descriptor_is_lost(start_upstream: StartUpstream, start_daemon: StartDaemon) -> None:
    upstream = start_upstream()
    daemon = start_daemon("--retries", "0", root_url=upstream.url)

    def everything() -> None:
        daemon.request("GET", TARGET)
        for end in (raw_then_close(b""), raw_then_reset(b"HTTP/1.1"), raw_then_close(b"x\r\n\r\n")):
            upstream.script(end)
            daemon.request("POST", TARGET, body=b"x")
        upstream.script(silent)
        with daemon.connect() as caller:
            count = len(upstream.requests)
            caller.send("GET", TARGET)
            upstream.wait_for_requests(count + 1)

    everything()
    upstream.wait_for_open_connections(0)
    before = daemon.open_files()
    for _ in range(20):
        everything()
    upstream.wait_for_open_connections(0)
    # the last caller's connection may be on its way out
    assert daemon.open_files() <= before + 2
