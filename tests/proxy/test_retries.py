"""Retries: what is tried again, how often, how long, and what comes when they run out."""

from __future__ import annotations

import email.utils
import random
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.harness import hawk
from tests.harness.daemon import Daemon
from tests.harness.upstream import (
    OK,
    Exchange,
    Script,
    Upstream,
    raw_then_close,
    raw_then_reset,
    reply,
    silent,
)
from tests.harness.wire import TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import StartDaemon

TARGET = "/queue/v1/thing"
AT_ONCE = [("Retry-After", "0")]


BUSY = reply(503, AT_ONCE, b"busy")


@pytest.fixture(scope="module")
def idempotent_daemon(shared_upstream: Upstream) -> Iterator[Daemon]:
    with Daemon("--retry-methods", "idempotent", root_url=shared_upstream.url) as daemon:
        yield daemon


@pytest.fixture(scope="module")
def brisk_daemon(shared_upstream: Upstream) -> Iterator[Daemon]:
    with Daemon("--retry-budget", "2", root_url=shared_upstream.url) as daemon:
        yield daemon


@pytest.mark.parametrize("status", [429, 500, 501, 502, 503, 504, 599])
def test_these_statuses_are_tried_again(daemon: Daemon, upstream: Upstream, status: int) -> None:
    upstream.script(*[reply(status, AT_ONCE, b"x", reason="No")] * 2)
    response = daemon.request("GET", TARGET)
    assert response.status == 200
    assert response.attempts == len(upstream.requests) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 409, 410, 423, 424, 451])
def test_these_are_not(daemon: Daemon, upstream: Upstream, status: int) -> None:
    upstream.script(reply(status, AT_ONCE, b"x"))
    response = daemon.request("GET", TARGET)
    assert (response.status, response.body, response.attempts) == (status, b"x", 1)
    assert len(upstream.requests) == 1


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "FROB"])
def test_every_method_is_tried_again(daemon: Daemon, upstream: Upstream, method: str) -> None:
    upstream.script(BUSY)
    response = daemon.request(method, TARGET)
    assert (response.status, response.attempts) == (200, 2)
    assert {request.method for request in upstream.requests} == {method}


@pytest.mark.parametrize(
    "end",
    [
        raw_then_close(b""),
        raw_then_reset(b""),
        raw_then_close(b"HTTP/1.1 200 OK\r\nContent-"),
    ],
)
def test_a_dropped_connection_is_tried_again(
    daemon: Daemon, upstream: Upstream, end: Script
) -> None:
    # twice, so that it is not only the look-over of a stale connection
    upstream.script(end, end)
    response = daemon.request("POST", TARGET, body=b"body")
    assert response.status == 200
    assert [request.body for request in upstream.requests] == [b"body"] * 3


def test_a_refused_connection_is_tried_again(start_daemon: StartDaemon) -> None:
    with Upstream() as gone:
        port = gone.port
    daemon = start_daemon("--retries", "1", root_url=f"http://127.0.0.1:{port}")
    response = daemon.request("POST", TARGET, [("X-A", "1")], b"body")
    assert response.status == 502
    body = response.json()
    assert set(body) == {"code", "message", "requestInfo"}
    assert isinstance(body["code"], str)
    assert "refused" in body["message"].lower()
    assert re.search(r"\b2\b", body["message"])
    assert body["requestInfo"]["method"]
    assert response.attempts == 2


class TestBodies:
    @pytest.mark.parametrize("size", [0, 1, 65536, 10 * 1024 * 1024])
    def test_the_body_is_sent_again_byte_for_byte(
        self, daemon: Daemon, upstream: Upstream, size: int
    ) -> None:
        body = random.Random(size).randbytes(size)
        fields = [("Content-Type", "x/y"), ("X-A", "1"), ("x-a", "2")]
        upstream.script(BUSY, BUSY)
        assert daemon.request("POST", TARGET, fields, body).status == 200
        assert len(upstream.requests) == 3
        for request in upstream.requests:
            assert request.body == body
            assert request.end_to_end() == upstream.requests[0].end_to_end()
            hawk.verify(request)

    def test_a_chunked_body_is_sent_again(self, daemon: Daemon, upstream: Upstream) -> None:
        upstream.script(BUSY)
        with daemon.connect() as caller:
            caller.send("POST", TARGET, [("Transfer-Encoding", "chunked")])
            caller.wire.send(b"3\r\nabc\r\n")
            caller.wire.send(b"4\r\ndefg\r\n0\r\n\r\n")
            response = caller.read_response("POST")
        assert (response.status, response.attempts) == (200, 2)
        assert [request.body for request in upstream.requests] == [b"abcdefg"] * 2

    def test_a_body_that_upstream_did_not_read_to_its_end(
        self, daemon: Daemon, upstream: Upstream
    ) -> None:
        body = random.Random(1).randbytes(5 * 1024 * 1024)

        def early(exchange: Exchange) -> None:
            exchange.wire.read_exactly(1000)
            exchange.send(b"HTTP/1.1 503 Busy\r\nRetry-After: 0\r\nContent-Length: 0\r\n")
            exchange.send(b"Connection: close\r\n\r\n")

        upstream.script(early)
        response = daemon.request("PUT", TARGET, body=body)
        assert (response.status, response.attempts) == (200, 2)
        assert upstream.requests[-1].body == body

    def test_a_connection_dropped_in_the_middle_of_the_body(
        self, daemon: Daemon, upstream: Upstream
    ) -> None:
        body = random.Random(2).randbytes(5 * 1024 * 1024)

        def drop(exchange: Exchange) -> None:
            exchange.wire.read_exactly(1000)
            exchange.wire.reset()

        upstream.script(drop)
        response = daemon.request("PUT", TARGET, body=body)
        assert (response.status, response.attempts) == (200, 2)
        assert upstream.requests[-1].body == body

    @pytest.mark.parametrize("chunked", [False, True])
    @pytest.mark.parametrize("trouble", ["busy", "stale"])
    def test_the_caller_is_still_sending_when_the_first_attempt_fails(
        self, daemon: Daemon, upstream: Upstream, trouble: str, chunked: bool
    ) -> None:
        failed = threading.Event()

        def fail(exchange: Exchange) -> None:
            size = len(b"4\r\nhalf\r\n") if chunked else len(b"half")
            exchange.wire.read_exactly(size)
            if trouble == "busy":
                exchange.send(b"HTTP/1.1 503 Busy\r\nRetry-After: 0\r\nContent-Length: 0\r\n")
                exchange.send(b"Connection: close\r\n\r\n")
            exchange.wire.close()
            failed.set()

        assert daemon.request("GET", TARGET).status == 200  # leaves a connection to be stale
        upstream.script(fail)
        with daemon.connect() as caller:
            if chunked:
                caller.send("POST", TARGET, [("Transfer-Encoding", "chunked")])
                caller.wire.send(b"4\r\nhalf\r\n")
            else:
                caller.send("POST", TARGET, [("Content-Length", "8")])
                caller.wire.send(b"half")
            assert failed.wait(TIMEOUT)
            upstream.wait_for_requests(3)
            caller.wire.send(b"4\r\nhalf\r\n0\r\n\r\n" if chunked else b"half")
            assert caller.read_response("POST").status == 200
        assert upstream.requests[-1].body == b"halfhalf"
        assert len(upstream.requests) == 3

    def test_what_comes_during_the_wait_is_neither_lost_nor_too_much(
        self, upstream: Upstream, start_daemon: StartDaemon
    ) -> None:
        """The body outgrows the limit while the second attempt is still to come."""
        daemon = start_daemon("--replay-limit", "1000", root_url=upstream.url)
        failed = threading.Event()

        def fail(exchange: Exchange) -> None:
            exchange.wire.read_until(b"first")
            exchange.send(b"HTTP/1.1 503 Busy\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n")
            failed.set()
            exchange.wire.wait_closed()

        upstream.script(fail)
        with daemon.connect() as caller:
            caller.send("POST", TARGET, [("Transfer-Encoding", "chunked")])
            caller.wire.send(b"5\r\nfirst\r\n")
            assert failed.wait(TIMEOUT)
            for _ in range(20):
                caller.wire.send(b"C8\r\n" + b"x" * 200 + b"\r\n")
            caller.wire.send(b"0\r\n\r\n")
            response = caller.read_response("POST")
        assert (response.status, response.attempts) == (200, 2)
        assert upstream.requests[-1].body == b"first" + b"x" * 4000

    def test_an_endless_error_body_holds_nobody_up(
        self, daemon: Daemon, upstream: Upstream
    ) -> None:
        def endless(exchange: Exchange) -> None:
            exchange.read_body()
            exchange.send(b"HTTP/1.1 503 Busy\r\nRetry-After: 0\r\n")
            exchange.send(b"Content-Length: 1000000\r\n\r\nonly this")
            exchange.wire.wait_closed()

        upstream.script(endless)
        began = time.monotonic()
        assert daemon.request("GET", TARGET).status == 200
        assert time.monotonic() - began < 10


class TestReplayLimits:
    def test_a_body_over_the_limit_is_sent_once(
        self, upstream: Upstream, start_daemon: StartDaemon
    ) -> None:
        daemon = start_daemon("--replay-limit", "1000", root_url=upstream.url)
        upstream.script(BUSY)
        response = daemon.request("POST", TARGET, body=b"x" * 1001)
        assert (response.status, response.body, response.attempts) == (503, b"busy", 1)
        assert upstream.only_request().body == b"x" * 1001

        upstream.script(BUSY)
        response = daemon.request("POST", TARGET, body=b"x" * 1000)
        assert (response.status, response.attempts) == (200, 2)

    @pytest.mark.parametrize("size", [900, 1100, 500_000])
    def test_the_limit_holds_for_chunked_bodies_too(
        self, upstream: Upstream, start_daemon: StartDaemon, size: int
    ) -> None:
        daemon = start_daemon("--replay-limit", "1000", root_url=upstream.url)
        upstream.script(BUSY)
        with daemon.connect() as caller:
            caller.send("POST", TARGET, [("Transfer-Encoding", "chunked")])
            caller.wire.send(b"%x\r\n%b\r\n0\r\n\r\n" % (size, b"x" * size))
            response = caller.read_response("POST")
        expected = (200, 2) if size < 1000 else (503, 1)
        assert (response.status, response.attempts) == expected
        assert {request.body for request in upstream.requests} == {b"x" * size}

    def test_a_body_over_the_default_limit_is_sent_once(
        self, daemon: Daemon, upstream: Upstream
    ) -> None:
        upstream.script(BUSY)
        body = b"x" * (10 * 1024 * 1024 + 1)
        response = daemon.request("POST", TARGET, body=body)
        assert (response.status, response.attempts) == (503, 1)
        assert upstream.only_request().body == body

    def test_a_dropped_connection_with_a_large_body_is_a_bad_gateway(
        self, upstream: Upstream, start_daemon: StartDaemon
    ) -> None:
        daemon = start_daemon("--replay-limit", "1000", root_url=upstream.url)
        upstream.script(raw_then_close(b""))
        response = daemon.request("POST", TARGET, body=b"x" * 2000)
        assert (response.status, response.attempts) == (502, 1)
        assert set(response.json()) == {"code", "message", "requestInfo"}
        assert len(upstream.requests) == 1

    def test_all_bodies_together_have_a_limit(
        self, upstream: Upstream, start_daemon: StartDaemon
    ) -> None:
        daemon = start_daemon(
            *("--replay-limit", "2000", "--replay-memory", "3000"), root_url=upstream.url
        )
        release = threading.Event()

        def hold(exchange: Exchange) -> None:
            exchange.read_body()
            assert release.wait(TIMEOUT)
            BUSY(exchange)

        body = b"x" * 2000
        with ThreadPoolExecutor() as others:
            upstream.script(hold)
            first = others.submit(daemon.request, "POST", TARGET, [], body)
            upstream.wait_for_requests(1)

            upstream.script(BUSY)
            second = daemon.request("POST", TARGET, body=body)
            assert (second.status, second.attempts) == (503, 1)
            assert upstream.requests[1].body == body

            release.set()
            assert (first.result().status, first.result().attempts) == (200, 2)
        upstream.script(BUSY)
        third = daemon.request("POST", TARGET, body=body)
        assert (third.status, third.attempts) == (200, 2)

    def test_callers_that_left_take_no_memory_with_them(
        self, upstream: Upstream, start_daemon: StartDaemon
    ) -> None:
        daemon = start_daemon(
            *("--replay-limit", "2000", "--replay-memory", "3000"), root_url=upstream.url
        )
        upstream.default = silent
        for number in range(6):
            with daemon.connect() as caller:
                caller.send("POST", f"{TARGET}/{number}", [("Content-Length", "2000")])
                caller.wire.send(b"x" * (2000 if number % 2 else 1000))
                upstream.wait_for_requests(number + 1)
            daemon.request_event(f"{TARGET}/{number}")
        upstream.default = OK
        upstream.script(BUSY)
        response = daemon.request("POST", TARGET, body=b"x" * 2000)
        assert (response.status, response.attempts) == (200, 2)


class TestIdempotentOnly:
    @pytest.mark.parametrize(
        ("method", "attempts"),
        [
            ("GET", 2),
            ("HEAD", 2),
            ("PUT", 2),
            ("DELETE", 2),
            ("OPTIONS", 2),
            ("POST", 1),
            ("PATCH", 1),
            ("FROB", 1),
        ],
    )
    def test_the_setting_limits_retries(
        self, upstream: Upstream, idempotent_daemon: Daemon, method: str, attempts: int
    ) -> None:
        upstream.script(BUSY)
        response = idempotent_daemon.request(method, TARGET)
        assert response.attempts == len(upstream.requests) == attempts
        assert response.status == (200 if attempts == 2 else 503)


class TestRetryAfter:
    def gap(self, daemon: Daemon, upstream: Upstream, value: str) -> float:
        """Return the seconds between two attempts when the first says `Retry-After: value`."""
        upstream.script(reply(503, [("Retry-After", value)]))
        assert daemon.request("GET", TARGET).status == 200
        first, second = upstream.requests
        return second.at - first.at

    def test_seconds_are_waited(self, daemon: Daemon, upstream: Upstream) -> None:
        # the first wait of the daemon's own schedule is under 0.75 s
        assert self.gap(daemon, upstream, "1") >= 0.95

    def test_a_date_is_waited_for(self, daemon: Daemon, upstream: Upstream) -> None:
        date = email.utils.formatdate(time.time() + 2, usegmt=True)
        assert self.gap(daemon, upstream, date) >= 0.9

    def test_a_past_date_is_now(self, daemon: Daemon, upstream: Upstream) -> None:
        self.gap(daemon, upstream, "Thu, 01 Jan 1970 00:00:00 GMT")

    @pytest.mark.parametrize("value", ["soon", "-1", "", "1e9", "9" * 400])
    def test_nonsense_is_survived(
        self, upstream: Upstream, brisk_daemon: Daemon, value: str
    ) -> None:
        upstream.script(reply(503, [("Retry-After", value)]))
        assert brisk_daemon.request("GET", TARGET).status in (200, 503)

    def test_what_lies_beyond_the_budget_is_not_waited_for(
        self, upstream: Upstream, brisk_daemon: Daemon
    ) -> None:
        upstream.default = reply(503, [("Retry-After", "60")], b"later")
        began = time.monotonic()
        response = brisk_daemon.request("GET", TARGET)
        assert (response.status, response.body, response.attempts) == (503, b"later", 1)
        assert response.header("Retry-After") == "60"
        assert time.monotonic() - began < 30


class TestTheEnd:
    def test_the_last_answer_is_passed_on_as_it_came(
        self, upstream: Upstream, start_daemon: StartDaemon
    ) -> None:
        daemon = start_daemon("--retries", "2", root_url=upstream.url)
        upstream.script(
            reply(500, AT_ONCE, b"first"),
            reply(502, AT_ONCE, b"second"),
            reply(503, [("Retry-After", "7"), ("X-A", "1"), ("x-a", "2")], b"last", reason="Out"),
        )
        response = daemon.request("POST", TARGET, body=b"x")
        assert (response.status, response.reason, response.body) == (503, b"Out", b"last")
        assert response.forwarded() == [
            (b"Retry-After", b"7"),
            (b"X-A", b"1"),
            (b"x-a", b"2"),
            (b"Content-Length", b"4"),
        ]
        assert response.attempts == len(upstream.requests) == 3

    @pytest.mark.parametrize("end", [raw_then_close(b""), raw_then_reset(b"HTTP/1.1 ")])
    def test_an_answer_is_better_than_none(
        self, upstream: Upstream, start_daemon: StartDaemon, end: Script
    ) -> None:
        """The last attempt got no answer, but there was one before."""
        daemon = start_daemon("--retries", "1", root_url=upstream.url)
        # not kept alive, so that the next failure is not that of a stale connection
        upstream.script(reply(503, [*AT_ONCE, ("X-A", "1"), ("Connection", "close")], b"busy"))
        upstream.default = end
        response = daemon.request("POST", TARGET, body=b"x")
        assert (response.status, response.body) == (503, b"busy")
        assert response.header("X-A") == "1"
        assert response.attempts == 2

    def test_five_retries_are_the_default(self, daemon: Daemon, upstream: Upstream) -> None:
        upstream.default = reply(429, AT_ONCE, b"busy")
        response = daemon.request("GET", TARGET)
        assert (response.status, response.body) == (429, b"busy")
        assert response.attempts == len(upstream.requests) == 6

    def test_no_retries(self, hasty_daemon: Daemon, upstream: Upstream) -> None:
        upstream.default = BUSY
        response = hasty_daemon.request("GET", TARGET)
        assert (response.status, response.attempts) == (503, 1)
        assert len(upstream.requests) == 1

    def test_the_budget_ends_them(self, upstream: Upstream, start_daemon: StartDaemon) -> None:
        daemon = start_daemon(*("--retries", "1000", "--retry-budget", "1"), root_url=upstream.url)
        upstream.default = reply(503, body=b"busy")
        began = time.monotonic()
        response = daemon.request("GET", TARGET)
        assert (response.status, response.body) == (503, b"busy")
        assert time.monotonic() - began < 5
        assert 1 <= response.attempts == len(upstream.requests) <= 4

    def test_without_any_answer_it_says_what_failed_and_how_often(
        self, upstream: Upstream, start_daemon: StartDaemon
    ) -> None:
        daemon = start_daemon("--retries", "1", root_url=upstream.url)
        upstream.default = raw_then_close(b"")
        response = daemon.request("PUT", TARGET + "?secret=1&bewitched=2", body=b"x")
        assert response.status == 502
        body = response.json()
        assert set(body) == {"code", "message", "requestInfo"}
        assert "closed" in body["message"]
        assert re.search(r"\b2\b", body["message"])
        assert set(body["requestInfo"]) == {"method", "params", "payload", "time"}
        assert response.attempts == 2

    def test_time_outs_are_counted_too(self, upstream: Upstream, start_daemon: StartDaemon) -> None:
        daemon = start_daemon(
            *("--retries", "1", "--first-byte-timeout", "1"), root_url=upstream.url
        )
        upstream.default = silent
        response = daemon.request("GET", TARGET)
        assert response.status == 504
        assert set(response.json()) == {"code", "message", "requestInfo"}
        upstream.wait_for_requests(response.attempts)
        assert response.attempts == len(upstream.requests) == 2


def test_own_waits_grow_and_are_jittered(upstream: Upstream, start_daemon: StartDaemon) -> None:
    daemon = start_daemon("--retries", "2", root_url=upstream.url)
    upstream.default = reply(503)
    with ThreadPoolExecutor() as callers:
        list(callers.map(lambda n: daemon.request("GET", f"{TARGET}/{n}"), range(8)))
    gaps = []
    for number in range(8):
        times = [each.at for each in upstream.requests if each.target.endswith(b"/%d" % number)]
        assert len(times) == 3
        first, second = times[1] - times[0], times[2] - times[1]
        assert first >= 0.24
        assert second >= 0.49
        gaps.append(first)
    assert max(gaps) - min(gaps) > 0.02, "no jitter"


def test_a_success_after_a_drop_is_fine_with_any_mixture(
    daemon: Daemon, upstream: Upstream
) -> None:
    upstream.script(BUSY, raw_then_reset(b""), reply(429, AT_ONCE), OK)
    response = daemon.request("POST", TARGET, body=b"x")
    assert response.status == 200
    assert response.attempts == len(upstream.requests) == 4
