"""A deployment that is away for a while, and comes back to everyone at once."""

from __future__ import annotations

import contextlib
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Self

import pytest

from tests.harness.upstream import OK, Exchange, Upstream, reply
from tests.harness.wire import TIMEOUT, Wire

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import StartDaemon
    from tests.harness.caller import Response
    from tests.harness.daemon import Daemon

TARGET = "/queue/v1/thing"
CALLERS = 50


class Flaky:
    """A deployment that, while it is away, resets each connection as soon as that is open.

    Attributes:
        is_away: whether it does so now.
        tries: how often someone tried to connect while it was away.
        requests: the start lines of those that were answered.
    """

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.is_away = True
        self.tries = 0
        self.requests: list[bytes] = []
        self._wires: list[Wire] = []
        self._changed = threading.Condition()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def wait_for_tries(self, count: int) -> None:
        """Wait until so many connections were tried."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.tries >= count, TIMEOUT), self.tries

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for wire in self._wires:
            wire.close()
        for thread in self._threads:
            thread.join(TIMEOUT)

    def _accept(self) -> None:
        while True:
            try:
                wire = Wire(self._listener.accept()[0])
            except OSError:
                return
            if self.is_away:
                wire.reset()
                with self._changed:
                    self.tries += 1
                    self._changed.notify_all()
                continue
            self._wires.append(wire)
            self._threads.append(threading.Thread(target=self._answer, args=(wire,), daemon=True))
            self._threads[-1].start()

    def _answer(self, wire: Wire) -> None:
        wire.sock.settimeout(None)
        with contextlib.suppress(OSError):
            while head := wire.read_until(b"\r\n\r\n"):
                self.requests.append(head.partition(b"\r\n")[0])
                wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


@pytest.fixture
def flaky() -> Iterator[Flaky]:
    with Flaky() as flaky:
        yield flaky


def ask_all(daemon: Daemon, method: str = "GET") -> list[Response]:
    """Have all callers ask at the same time."""
    with ThreadPoolExecutor(CALLERS) as callers:
        return list(callers.map(lambda n: daemon.request(method, f"{TARGET}/{n}"), range(CALLERS)))


def test_once_it_is_back_everyone_comes_once(flaky: Flaky, start_daemon: StartDaemon) -> None:
    daemon = start_daemon(root_url=flaky.url)
    with ThreadPoolExecutor(1) as background:
        asking = background.submit(ask_all, daemon)
        flaky.wait_for_tries(2 * CALLERS)
        flaky.is_away = False
        responses = asking.result()
    assert {response.status for response in responses} == {200}
    assert len(flaky.requests) == len(set(flaky.requests)) == CALLERS
    # Each try while it was away was an attempt that the answers tell of.
    assert flaky.tries + len(flaky.requests) == sum(response.attempts for response in responses)


def test_while_it_is_away_everyone_tries_as_often_as_is_told(
    flaky: Flaky, start_daemon: StartDaemon
) -> None:
    daemon = start_daemon("--retries", "1", root_url=flaky.url)
    for response in ask_all(daemon):
        assert (response.status, response.attempts) == (502, 2)
        assert response.json()["code"] == "UpstreamUnreachable"
        assert "(tried 2 times)" in response.json()["message"]
    assert flaky.tries == 2 * CALLERS


class TestDeadConnections:
    """The deployment has restarted, and each connection that is kept is dead."""

    def test_they_use_up_no_retries(self, upstream: Upstream, start_daemon: StartDaemon) -> None:
        daemon = start_daemon("--retries", "1", root_url=upstream.url)
        dead = fill_pool(daemon, upstream)
        busy = reply(503, [("Retry-After", "0")])
        seen: set[bytes] = set()

        def restarted(exchange: Exchange) -> None:
            if exchange.request.connection <= dead:
                exchange.wire.reset()
            elif exchange.request.target in seen:
                OK(exchange)
            else:
                seen.add(exchange.request.target)
                busy(exchange)

        upstream.default = restarted
        responses = ask_all(daemon, "POST")
        # One attempt may find its connection dead, and again the one after the 503.
        assert {response.status for response in responses} == {200}
        assert sum(each.attempts for each in responses) == len(upstream.requests) - CALLERS
        assert len(upstream.requests) <= CALLERS + 2 * CALLERS + dead

    def test_no_request_dies_twice_in_a_row(
        self, upstream: Upstream, start_daemon: StartDaemon
    ) -> None:
        daemon = start_daemon("--retries", "0", root_url=upstream.url)
        dead = fill_pool(daemon, upstream)

        def restarted(exchange: Exchange) -> None:
            if exchange.request.connection <= dead:
                exchange.wire.reset()
            else:
                OK(exchange)

        upstream.default = restarted
        responses = ask_all(daemon, "POST")
        assert {response.status for response in responses} == {200}
        assert max(response.attempts for response in responses) == 2

    def test_what_must_not_be_sent_twice_is_not_sent_on_one(
        self, upstream: Upstream, start_daemon: StartDaemon
    ) -> None:
        daemon = start_daemon("--retry-methods", "idempotent", root_url=upstream.url)
        dead = fill_pool(daemon, upstream)
        upstream.default = OK
        responses = ask_all(daemon, "POST")
        assert {(response.status, response.attempts) for response in responses} == {(200, 1)}
        used = [each.connection for each in upstream.requests[CALLERS:]]
        assert min(used) > dead


def fill_pool(daemon: Daemon, upstream: Upstream) -> int:
    """Have a connection kept for each caller; return the number of the last one."""
    everyone = threading.Barrier(CALLERS)

    def together(exchange: Exchange) -> None:
        exchange.read_body()
        everyone.wait(TIMEOUT)
        OK(exchange)

    upstream.default = together
    ask_all(daemon)
    return max(request.connection for request in upstream.requests)
