"""The harness alone, caller against upstream: it must itself be exact before it judges others."""

from __future__ import annotations

import socket
import ssl
import threading
from typing import TYPE_CHECKING

import pytest

from tests.harness.caller import BrokenResponseError, Caller
from tests.harness.connect_proxy import ConnectProxy
from tests.harness.upstream import (
    Exchange,
    Script,
    Upstream,
    raw,
    raw_then_close,
    raw_then_reset,
    reply,
)
from tests.harness.wire import Head, Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.harness.certificates import Authority


@pytest.fixture
def origin() -> Iterator[Upstream]:
    with Upstream() as origin:
        yield origin
        origin.check()


def caller_of(origin: Upstream) -> Caller:
    return Caller((origin.host, origin.port))


def test_requests_are_recorded_byte_for_byte(origin: Upstream) -> None:
    with caller_of(origin) as caller:
        fields: list[tuple[str, str | bytes]] = [
            ("Host", "h"),
            ("x-ODD", b"\xe9"),
            ("x-odd", " 2 "),
        ]
        response = caller.request("FROB", "//a%zz?#x", fields, b"body")
        assert (response.status, response.json()) == (200, {"alive": True})
        assert caller.request("GET", "/next").status == 200
    first, second = origin.requests
    assert (first.method, first.target, first.body) == ("FROB", b"//a%zz?#x", b"body")
    assert first.headers == (
        (b"Host", b"h"),
        (b"x-ODD", b"\xe9"),
        (b"x-odd", b"2"),
        (b"Content-Length", b"4"),
    )
    assert first.connection == second.connection
    assert origin.connections == 1


def test_chunked_bodies_and_trailers_are_read(origin: Upstream) -> None:
    with caller_of(origin) as caller:
        caller.send("POST", "/", [("Transfer-Encoding", "chunked")])
        caller.wire.send(b"3;x=y\r\nabc\r\n1\r\nd\r\n0\r\nX-Sum: 1\r\n\r\n")
        assert caller.read_response("POST").status == 200
    assert origin.only_request().body == b"abcd"
    assert origin.only_request().trailers == ((b"X-Sum", b"1"),)


@pytest.mark.parametrize("end", [raw_then_close, raw_then_reset])
def test_a_truncated_answer_is_noticed(origin: Upstream, end: Callable[[bytes], Script]) -> None:
    origin.script(end(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"))
    with caller_of(origin) as caller:
        caller.send()
        assert caller.read_head().status == 200
        with pytest.raises(BrokenResponseError):
            caller.read_body()


def test_informational_and_empty_answers_are_read(origin: Upstream) -> None:
    origin.script(
        raw(b"HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"),
        reply(200, [("X", "1")], b"not sent"),
    )
    with caller_of(origin) as caller:
        response = caller.request()
        assert response.informational == ((103, ((b"Link", b"a"),)),)
        assert (response.status, response.body) == (204, b"")
        response = caller.request("HEAD")
        assert (response.header("Content-Length"), response.body) == ("8", b"")


def test_a_script_sees_its_caller_leave(origin: Upstream) -> None:
    left = threading.Event()

    def script(exchange: Exchange) -> None:
        exchange.request.complete = True
        if exchange.wire.wait_closed():
            left.set()

    origin.script(script)
    with caller_of(origin) as caller:
        caller.send()
        origin.wait_for_requests(1)
        assert not left.is_set()
    assert left.wait(5)


def test_a_failing_script_fails_the_test(origin: Upstream) -> None:
    def script(exchange: Exchange) -> None:
        raise AssertionError(exchange.request.method)

    origin.script(script)
    with caller_of(origin) as caller, pytest.raises(BrokenResponseError):
        caller.request()
    with pytest.raises(AssertionError, match="GET"):
        origin.check()
    origin.reset()


def test_connect_proxy_tunnels_to_its_routes_only(origin: Upstream) -> None:
    with ConnectProxy({"far.test:80": origin.port}) as proxy:
        with Caller(("127.0.0.1", proxy.port)) as caller:
            caller.wire.send(b"CONNECT far.test:80 HTTP/1.1\r\nHost: far.test:80\r\n\r\n")
            assert Head.parse(caller.wire.read_until(b"\r\n\r\n")).start_line.startswith(
                b"HTTP/1.1 200"
            )
            assert caller.request().status == 200
        with Caller(("127.0.0.1", proxy.port)) as caller:
            caller.wire.send(b"CONNECT other.test:80 HTTP/1.1\r\nHost: other.test:80\r\n\r\n")
            assert caller.wire.read_until(b"\r\n").startswith(b"HTTP/1.1 403")
        assert proxy.targets == [
            "CONNECT far.test:80 HTTP/1.1",
            "CONNECT other.test:80 HTTP/1.1",
        ]


def test_tls_upstream_answers(authority: Authority) -> None:
    context = ssl.create_default_context(cafile=str(authority.file))
    with Upstream(authority.server("localhost")) as origin:
        sock = socket.create_connection(("127.0.0.1", origin.port))
        wire = Wire(context.wrap_socket(sock, server_hostname="localhost"))
        wire.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert wire.read_until(b"\r\n") == b"HTTP/1.1 200 OK\r\n"
        wire.close()
