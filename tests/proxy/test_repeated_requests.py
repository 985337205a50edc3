"""Requests whose header fields repeat are not parsed again; nobody may see a difference."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.harness.caller import Caller
from tests.harness.daemon import Daemon
from tests.harness.upstream import reply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.harness.upstream import Upstream

LIMIT = 1000
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
FIELDS = b"Host: localhost\r\nAccept: */*\r\nX-A: one\r\n\r\n"


@pytest.fixture(scope="module")
def shared_narrow_daemon(shared_upstream: Upstream) -> Iterator[Daemon]:
    with Daemon("--max-line-size", str(LIMIT), root_url=shared_upstream.url) as daemon:
        yield daemon


@pytest.fixture
def narrow_daemon(shared_narrow_daemon: Daemon, upstream: Upstream) -> Daemon:
    """A daemon that takes short lines only."""
    del upstream  # it must be clean before the daemon is used
    return shared_narrow_daemon


def ask(caller: Caller, line: bytes, fields: bytes = FIELDS) -> tuple[int, bytes]:
    """Send a request as these bytes; return the status and the body."""
    caller.wire.send(line + b"\r\n" + fields)
    method = line.partition(b" ")[0].decode("latin-1")
    response = caller.read_response(method if method.isalpha() else "GET")
    return response.status, response.body


LINES = [
    b"GET /queue/v1/other?a=%2F&b HTTP/1.1",
    b"HEAD /queue/v1/ping HTTP/1.1",
    b"DELETE /queue/v1/ping HTTP/1.1",
    b"PUT /queue/v1/ping HTTP/1.1",
    b"get /queue/v1/ping HTTP/1.1",
    b"FROB /queue/v1/ping HTTP/1.1",
    b"CONNECT localhost:443 HTTP/1.1",
    b"GET /queue/v1/a#b HTTP/1.1",
    b"GET /queue/v1/\xe9|^ HTTP/1.1",
    b"GET http://localhost/queue/v1/ping HTTP/1.1",
    b"GET  /queue/v1/ping HTTP/1.1",
    b"GET /queue/v1/ping  HTTP/1.1",
    b"GET /queue/v1/a b HTTP/1.1",
    b"GET /queue/v1/ping HTTP/1.0",
    b"GET /queue/v1/ping HTTP/2.0",
    b"GET /queue/v1/ping",
    b"GET /queue/v1/" + b"a" * (LIMIT + 1) + b" HTTP/1.1",
    b"GET /queue/v1/ping HTTP/1.1\r\nX-More: a",
    b"GET /queue/v1/ping HTTP/1.1\r\nX-More: a\r\nConnection: close",
    b"GET /queue/v1/ping HTTP/1.1\r\nX More: a",
    b"GET /__version__ HTTP/1.1",
    b"GET /__lbheartbeat__?a=b HTTP/1.1",
    b"GET /nothing HTTP/1.1",
    b"GET /example.com/x HTTP/1.1",
]


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[:40].decode("latin-1"))
def test_a_request_is_taken_the_same_way_after_one_with_its_header_fields(
    narrow_daemon: Daemon, upstream: Upstream, line: bytes
) -> None:
    with Caller(narrow_daemon.address) as caller:
        before = len(upstream.requests)
        first = ask(caller, line)
        sent = upstream.requests[before:]
    with Caller(narrow_daemon.address) as caller:
        for _ in range(2):
            assert ask(caller, b"GET /queue/v1/ping HTTP/1.1")[0] == 200
        before = len(upstream.requests)
        again = ask(caller, line)
        sent_again = upstream.requests[before:]
    assert again[0] == first[0]
    assert [(r.method, r.target) for r in sent_again] == [(r.method, r.target) for r in sent]


def test_other_header_fields_are_not_taken_for_those_before(
    narrow_daemon: Daemon, upstream: Upstream
) -> None:
    with Caller(narrow_daemon.address) as caller:
        for value in (b"one", b"two", b"one"):
            fields = b"Host: localhost\r\nX-A: %s\r\n\r\n" % value
            assert ask(caller, b"GET /queue/v1/ping HTTP/1.1", fields)[0] == 200
            assert upstream.requests[-1].value("X-A") == value


def test_the_same_header_fields_are_sent_on_each_time(
    narrow_daemon: Daemon, upstream: Upstream
) -> None:
    with Caller(narrow_daemon.address) as caller:
        for number in range(3):
            assert ask(caller, b"GET /queue/v1/%d HTTP/1.1" % number)[0] == 200
            request = upstream.requests[-1]
            assert request.target == b"/api/queue/v1/%d" % number
            assert request.end_to_end() == [(b"Accept", b"*/*"), (b"X-A", b"one")]


def test_a_body_that_looks_like_the_request_before_is_a_body(
    narrow_daemon: Daemon, upstream: Upstream
) -> None:
    body = b"GET /queue/v1/evil HTTP/1.1\r\n" + FIELDS
    with Caller(narrow_daemon.address) as caller:
        for _ in range(2):
            assert ask(caller, b"GET /queue/v1/ping HTTP/1.1")[0] == 200
            upstream.script(reply(body=b"stored"))
            size = str(len(body))
            fields = [("Host", "localhost"), ("Content-Length", size), ("Expect", "100-continue")]
            caller.send("POST", "/queue/v1/x", fields)
            assert caller.wire.read_exactly(len(CONTINUE)) == CONTINUE
            caller.wire.send(body)
            assert caller.read_response().body == b"stored"
            assert upstream.requests[-1].body == body


BODY = b"hello"
BODY_FIELDS = b"Host: localhost\r\nContent-Length: %d\r\nX-A: one\r\n\r\n" % len(BODY)


def post(caller: Caller) -> None:
    """Send a request with a body, so that the next one repeats its header fields."""
    assert ask(caller, b"POST /queue/v1/ping HTTP/1.1", BODY_FIELDS + BODY)[0] == 200


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[:40].decode("latin-1"))
def test_a_request_with_a_body_is_taken_the_same_way_after_one_with_its_header_fields(
    narrow_daemon: Daemon, upstream: Upstream, line: bytes
) -> None:
    seen = []
    for repeats in (0, 2):
        with Caller(narrow_daemon.address) as caller:
            for _ in range(repeats):
                post(caller)
            before = len(upstream.requests)
            status = ask(caller, line, BODY_FIELDS + b"world")[0]
            sent = upstream.requests[before:]
            seen.append((status, [(r.method, r.target, r.headers[1:-1], r.body) for r in sent]))
    assert seen[0] == seen[1]


@pytest.mark.parametrize(
    "body",
    [b"a", b"", b"\r\n\r\n", BODY + BODY_FIELDS, b"x" * 60_000, b"x" * 70_000, b"x" * 200_000],
)
def test_bodies_of_other_lengths(narrow_daemon: Daemon, upstream: Upstream, body: bytes) -> None:
    """Each arrives whole, whatever was the length of the one before."""
    fields = BODY_FIELDS.replace(b"%d" % len(BODY), b"%d" % len(body))
    with Caller(narrow_daemon.address) as caller:
        post(caller)
        for number in range(3):
            line = b"PUT /queue/v1/%d HTTP/1.1" % number
            assert ask(caller, line, fields + body)[0] == 200
            request = upstream.requests[-1]
            assert (request.target, request.body) == (b"/api/queue/v1/%d" % number, body)
        post(caller)
        assert upstream.requests[-1].body == BODY


def test_many_bodies_in_one_write(narrow_daemon: Daemon, upstream: Upstream) -> None:
    """More of them than are read ahead."""
    with Caller(narrow_daemon.address) as caller:
        post(caller)
        before = len(upstream.requests)
        parts = [
            b"POST /queue/v1/%d HTTP/1.1\r\n" % number + BODY_FIELDS + b"%05d" % number
            for number in range(100)
        ]
        caller.wire.send(b"".join(parts))
        assert {caller.read_response().status for _ in parts} == {200}
        sent = upstream.requests[before:]
    assert [r.body for r in sent] == [b"%05d" % number for number in range(100)]
    assert [r.target for r in sent] == [b"/api/queue/v1/%d" % number for number in range(100)]


def test_the_proxys_own_paths_get_the_body(narrow_daemon: Daemon) -> None:
    with Caller(narrow_daemon.address) as caller:
        for body in (b"[1,2]", b"{{{{{"):
            post(caller)
            status, answer = ask(caller, b"PUT /credentials HTTP/1.1", BODY_FIELDS + body)
            assert status == 400, answer
        post(caller)


request_lines = st.sampled_from(LINES[:3]) | st.binary(max_size=30).map(
    lambda rest: b"GET /queue/v1/" + rest + b" HTTP/1.1"
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@example(line=b"GET /queue/v1/\r\n\r\n HTTP/1.1", cut=3)
@given(line=request_lines, cut=st.integers(min_value=0, max_value=200))
def test_where_the_bytes_are_cut_makes_no_difference(
    narrow_daemon: Daemon, upstream: Upstream, line: bytes, cut: int
) -> None:
    for fields, body in ((FIELDS, b""), (BODY_FIELDS, b"\r\n\r\nx")):
        seen = []
        for first in (b"", b"PUT /queue/v1/ping HTTP/1.1\r\n" + fields + body):
            with Caller(narrow_daemon.address) as caller:
                if first:
                    caller.wire.send(first)
                    assert caller.read_response().status == 200
                before = len(upstream.requests)
                data = line + b"\r\n" + fields + body
                caller.wire.send(data[:cut])
                caller.wire.send(data[cut:])
                status = caller.read_response(line.partition(b" ")[0].decode()).status
                sent = upstream.requests[before:]
                seen.append((status, [(r.method, r.target, r.body) for r in sent]))
        assert seen[0] == seen[1]
