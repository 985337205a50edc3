"""Messages go through as they came: methods, header fields, bodies and statuses, both ways."""

from __future__ import annotations

import gzip
import os
import random
import threading
import time
from typing import TYPE_CHECKING

import pytest

from tests.harness import hawk
from tests.harness.daemon import Daemon
from tests.harness.upstream import (
    OK,
    Exchange,
    Upstream,
    raw,
    raw_then_close,
    reply,
)

if TYPE_CHECKING:
    from tests.conftest import StartDaemon

TARGET = "/queue/v1/thing"

# The registry of HTTP methods, without CONNECT (no request for a resource), PRI and * (never sent)
_REGISTRY = """
    ACL BASELINE-CONTROL BIND CHECKIN CHECKOUT COPY DELETE GET HEAD LABEL LINK LOCK MERGE
    MKACTIVITY MKCALENDAR MKCOL MKREDIRECTREF MKWORKSPACE MOVE OPTIONS ORDERPATCH PATCH POST
    PROPFIND PROPPATCH PUT QUERY REBIND REPORT SEARCH TRACE UNBIND UNCHECKOUT UNLINK UNLOCK UPDATE
    UPDATEREDIRECTREF VERSION-CONTROL
"""
REGISTERED_METHODS = _REGISTRY.split()


class TestMethods:
    @pytest.mark.parametrize("method", [*REGISTERED_METHODS, "FROB", "M-SEARCH", "PURGE", "X!#$~|"])
    def test_any_method_passes(self, daemon: Daemon, upstream: Upstream, method: str) -> None:
        response = daemon.request(method, TARGET)
        assert response.status == 200
        assert upstream.only_request().method == method
        hawk.verify(upstream.only_request())

    @pytest.mark.parametrize("method", ["FROB", "DELETE", "GET", "QUERY", "TRACE"])
    def test_any_method_may_have_a_body(
        self, daemon: Daemon, upstream: Upstream, method: str
    ) -> None:
        assert daemon.request(method, TARGET, body=b"some body").status == 200
        assert upstream.only_request().body == b"some body"
        assert upstream.only_request().end_to_end() == [(b"Content-Length", b"9")]


class TestRequestHeaders:
    def test_nothing_is_added_to_a_bare_request(self, daemon: Daemon, upstream: Upstream) -> None:
        assert daemon.request("GET", TARGET).status == 200
        names = [name.lower() for name, _ in upstream.only_request().headers]
        assert sorted(names) == [b"authorization", b"host"]

    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
    def test_a_body_that_is_not_there_has_length_zero(
        self, daemon: Daemon, upstream: Upstream, method: str
    ) -> None:
        assert daemon.request(method, TARGET).status == 200
        assert upstream.only_request().end_to_end() == [(b"Content-Length", b"0")]

    def test_host_is_the_deployments(self, daemon: Daemon, upstream: Upstream) -> None:
        assert daemon.request("GET", TARGET, [("Host", "taskcluster")]).status == 200
        assert upstream.only_request().value("Host") == upstream.authority.encode()

    def test_order_case_repeats_and_bytes_are_kept(
        self, daemon: Daemon, upstream: Upstream
    ) -> None:
        fields: list[tuple[str | bytes, str | bytes]] = [
            ("x-lower-CASE", "1"),
            ("Cookie", "a=b"),
            ("X-Bytes", b"caf\xe9 \xff\x80 \xc3\xa9"),
            ("Accept", "text/html"),
            ("Link", "<a>"),
            ("X-Empty", ""),
            ("accept", "application/json"),
            ("Link", "<b>"),
            ("X-Forwarded-For", "10.0.0.1"),
            ("X-Tab", "a\tb"),
            ("User-Agent", "curl/8"),
            ("X-Quotes", '"a, b";c=\\"'),
            ("If-None-Match", 'W/"1"'),
            ("Accept-Encoding", "br, gzip"),
        ]
        assert daemon.request("GET", TARGET, fields).status == 200
        assert upstream.only_request().end_to_end() == [
            (_bytes(name), _bytes(value)) for name, value in fields
        ]

    def test_hop_by_hop_fields_stop_here(self, daemon: Daemon, upstream: Upstream) -> None:
        fields = [
            ("X-Named", "1"),
            ("X-Kept", "1"),
            ("Connection", "x-NAMED , , keep-alive"),
            ("Keep-Alive", "timeout=5"),
            ("Proxy-Connection", "keep-alive"),
            ("TE", "trailers"),
            ("x-also-named", "1"),
            ("connection", "X-Also-Named"),
            ("Upgrade", "websocket"),
            ("x-named", "2"),
            ("X-Last", "1"),
        ]
        assert daemon.request("GET", TARGET, fields).status == 200
        assert upstream.only_request().end_to_end() == [(b"X-Kept", b"1"), (b"X-Last", b"1")]

    @pytest.mark.parametrize("name", ["Content-Length", "Host", "Authorization"])
    def test_connection_cannot_name_what_the_message_needs(
        self, daemon: Daemon, upstream: Upstream, name: str
    ) -> None:
        response = daemon.request("POST", TARGET, [("Connection", name)], b"some body")
        if response.status == 200:
            request = upstream.only_request()
            assert request.body == b"some body"
            assert request.value("Host") == upstream.authority.encode()
            hawk.verify(request)
        else:
            assert response.status == 400
            assert not upstream.requests


class TestRequestBodies:
    @pytest.mark.parametrize("size", [1, 65536, 1024 * 1024 + 1, 12 * 1024 * 1024])
    def test_bodies_are_kept(self, daemon: Daemon, upstream: Upstream, size: int) -> None:
        body = random.Random(size).randbytes(size)
        assert daemon.request("PUT", TARGET, body=body).status == 200
        assert upstream.only_request().body == body
        assert upstream.only_request().end_to_end() == [(b"Content-Length", str(size).encode())]

    def test_no_content_type_is_added(self, daemon: Daemon, upstream: Upstream) -> None:
        assert daemon.request("POST", TARGET, body=b"{}").status == 200
        assert upstream.only_request().values("Content-Type") == []

    def test_compressed_bodies_are_not_touched(self, daemon: Daemon, upstream: Upstream) -> None:
        body = gzip.compress(b"text" * 1000)
        assert daemon.request("POST", TARGET, [("Content-Encoding", "gzip")], body).status == 200
        assert upstream.only_request().body == body
        assert upstream.only_request().value("Content-Encoding") == b"gzip"

    @pytest.mark.parametrize(
        ("chunks", "body"),
        [
            (b"0\r\n\r\n", b""),
            (b"3\r\nabc\r\n0\r\n\r\n", b"abc"),
            (b"3;ext=1\r\nabc\r\n0A\r\n0123456789\r\n0\r\n\r\n", b"abc0123456789"),
        ],
    )
    def test_chunked_bodies_stay_chunked(
        self, daemon: Daemon, upstream: Upstream, chunks: bytes, body: bytes
    ) -> None:
        with daemon.connect() as caller:
            caller.send("POST", TARGET, [("X-A", "1"), ("Transfer-Encoding", "chunked")])
            caller.wire.send(chunks)
            assert caller.read_response("POST").status == 200
        request = upstream.only_request()
        assert request.body == body
        assert [value.lower() for value in request.values("Transfer-Encoding")] == [b"chunked"]
        assert request.values("Content-Length") == []
        names = [name.lower() for name, _ in request.end_to_end()]
        assert sorted(names) == [b"transfer-encoding", b"x-a"]

    def test_large_chunked_body_is_kept(self, daemon: Daemon, upstream: Upstream) -> None:
        body = random.Random(7).randbytes(3 * 1024 * 1024)
        with daemon.connect() as caller:
            caller.send("POST", TARGET, [("Transfer-Encoding", "chunked")])
            for start in range(0, len(body), 100_000):
                piece = body[start : start + 100_000]
                caller.wire.send(b"%x\r\n%b\r\n" % (len(piece), piece))
            caller.wire.send(b"0\r\n\r\n")
            assert caller.read_response("POST").status == 200
        assert upstream.only_request().body == body

    def test_a_trailer_never_becomes_a_header_of_the_next_request(
        self, daemon: Daemon, upstream: Upstream
    ) -> None:
        with daemon.connect() as caller:
            caller.send("POST", TARGET, [("Transfer-Encoding", "chunked")])
            caller.wire.send(b"1\r\na\r\n0\r\nX-Leak: 1\r\nAuthorization: x\r\nHost: evil\r\n\r\n")
            assert caller.read_response("POST").status == 200
            assert caller.request("GET", TARGET).status == 200
        first, second = upstream.requests
        assert first.body == b"a"
        assert first.values("X-Leak") == []
        assert second.end_to_end() == []
        assert second.value("Host") == upstream.authority.encode()
        for request in (first, second):
            hawk.verify(request)

    def test_pipelined_requests_are_answered_in_order(
        self, daemon: Daemon, upstream: Upstream
    ) -> None:
        def script(exchange: Exchange) -> None:
            exchange.read_body()
            number = exchange.request.target.rpartition(b"/")[2]
            reply(200, body=number + exchange.request.body)(exchange)

        upstream.default = script
        with daemon.connect() as caller:
            head = b" HTTP/1.1\r\nHost: x\r\n"
            caller.wire.send(
                b"POST /queue/v1/1"
                + head
                + b"Content-Length: 3\r\n\r\nabc"
                + b"GET /queue/v1/2"
                + head
                + b"\r\n"
                + b"POST /queue/v1/3"
                + head
                + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"
            )
            assert caller.read_response("POST").body == b"1abc"
            assert caller.read_response("GET").body == b"2"
            assert caller.read_response("POST").body == b"3x"

    def test_a_thousand_requests_at_once_that_are_refused(self, daemon: Daemon) -> None:
        """They are answered one after the other, none within another."""
        since = daemon.mark()
        request = b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n"
        with daemon.connect() as caller:
            # Those that do not wait in the daemon wait in the sockets: none is stuck.
            sender = threading.Thread(target=caller.wire.send, args=(request * 1000,))
            sender.start()
            for _ in range(1000):
                assert caller.read_response("GET").status == 404
            sender.join()
        daemon.request_event("/nothing", since=since + 999)

    def test_requests_follow_each_other_on_one_connection(
        self, daemon: Daemon, upstream: Upstream
    ) -> None:
        with daemon.connect() as caller:
            for number in range(5):
                body = bytes([number]) * 1000 * number
                assert caller.request("PUT", TARGET, body=body).status == 200
                assert upstream.requests[-1].body == body


class TestExpectation:
    HEADERS = (("Expect", "100-continue"), ("Content-Length", "4"))

    def test_the_caller_is_told_to_go_on(self, daemon: Daemon, upstream: Upstream) -> None:
        with daemon.connect() as caller:
            caller.send("POST", TARGET, self.HEADERS)
            # a caller that waits for this for ever is served too
            assert caller.wire.read_until(b"\r\n\r\n").startswith(b"HTTP/1.1 100 ")
            caller.wire.send(b"body")
            assert caller.read_response("POST").status == 200
        assert upstream.only_request().body == b"body"

    @pytest.mark.parametrize(
        ("method", "path", "body", "status"),
        [
            ("POST", "/bewit", b"https://tc.test/x", 303),
            ("PUT", "/credentials", b'{"clientId": "a", "accessToken": "b"}', 200),
            ("PUT", "/credentials", b"{}", 400),
        ],
    )
    def test_so_is_one_who_asks_the_proxy_itself(
        self,
        start_daemon: StartDaemon,
        upstream: Upstream,
        method: str,
        path: str,
        body: bytes,
        status: int,
    ) -> None:
        fields = [("Expect", "100-continue"), ("Content-Length", str(len(body)))]
        with start_daemon(root_url=upstream.url).connect() as caller:
            caller.send(method, path, fields)
            assert caller.wire.read_until(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
            caller.wire.send(body)
            assert caller.read_response(method).status == status
            assert caller.request("GET", "/__lbheartbeat__").status == 200

    def test_who_will_be_refused_is_not_told_to_go_on(self, daemon: Daemon) -> None:
        fields = [("Expect", "100-continue"), ("Content-Length", "2000000")]
        with daemon.connect() as caller:
            caller.send("POST", "/bewit", fields)
            answer = caller.read_response("POST")
        assert (answer.status, answer.informational) == (413, ())

    def test_it_costs_no_delay_when_the_deployment_does_not_answer_it(
        self, daemon: Daemon, upstream: Upstream
    ) -> None:
        times = []
        for _ in range(3):
            began = time.monotonic()
            with daemon.connect() as caller:
                caller.send("POST", TARGET, self.HEADERS)
                caller.wire.read_until(b"\r\n\r\n")
                caller.wire.send(b"body")
                assert caller.read_response("POST").status == 200
            times.append(time.monotonic() - began)
        # a proxy that waits for upstream's 100 takes a second each time; a busy machine only once
        assert min(times) < 0.5
        assert {request.body for request in upstream.requests} == {b"body"}

    def test_the_deployments_own_100_is_understood(
        self, daemon: Daemon, upstream: Upstream
    ) -> None:
        def script(exchange: Exchange) -> None:
            exchange.send(b"HTTP/1.1 100 Continue\r\n\r\n")
            OK(exchange)

        upstream.script(script)
        with daemon.connect() as caller:
            caller.send("POST", TARGET, self.HEADERS)
            caller.wire.read_until(b"\r\n\r\n")
            caller.wire.send(b"body")
            response = caller.read_response("POST")
        assert response.status == 200
        assert response.json() == {"alive": True}
        assert upstream.only_request().body == b"body"

    def test_body_sent_without_waiting(self, daemon: Daemon, upstream: Upstream) -> None:
        with daemon.connect() as caller:
            caller.send("POST", TARGET, [("Expect", "100-continue")], b"body")
            assert caller.read_response("POST").status == 200
            assert caller.request("GET", TARGET).status == 200
        assert [request.body for request in upstream.requests] == [b"body", b""]


class TestStatuses:
    @pytest.mark.parametrize("status", [200, 201, 202, 203, 206, 299, 400, 404, 409, 418, 424, 451])
    def test_status_reason_and_body_are_passed_on(
        self, daemon: Daemon, upstream: Upstream, status: int
    ) -> None:
        upstream.script(reply(status, [("X-A", "1")], b"body", reason="Its Own Words"))
        response = daemon.request("GET", TARGET)
        assert (response.status, response.reason) == (status, b"Its Own Words")
        assert response.forwarded() == [(b"X-A", b"1"), (b"Content-Length", b"4")]
        assert response.body == b"body"
        assert response.attempts == 1

    @pytest.mark.parametrize(
        ("line", "status", "reason"),
        [
            (b"HTTP/1.1 200 ", 200, b""),
            (b"HTTP/1.1 200", 200, b""),
            (b"HTTP/1.1 200 caf\xe9 \xc3\xa9", 200, b"caf\xe9 \xc3\xa9"),
            (b"HTTP/1.1 600 Beyond", 600, b"Beyond"),
            (b"HTTP/1.1 999 Far Beyond", 999, b"Far Beyond"),
        ],
    )
    def test_odd_status_lines_are_passed_on(
        self, daemon: Daemon, upstream: Upstream, line: bytes, status: int, reason: bytes
    ) -> None:
        upstream.script(raw(line + b"\r\nContent-Length: 2\r\n\r\nok"))
        response = daemon.request("GET", TARGET)
        assert (response.status, response.reason, response.body) == (status, reason, b"ok")

    @pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
    @pytest.mark.parametrize("location", ["https://elsewhere.test/x?y#z", "../relative", "/queue"])
    def test_redirects_are_returned_never_followed(
        self, daemon: Daemon, upstream: Upstream, status: int, location: str
    ) -> None:
        upstream.script(reply(status, [("Location", location)], b'{"url": "x"}'))
        response = daemon.request("GET", TARGET)
        assert response.status == status
        assert response.header("Location") == location
        assert response.body == b'{"url": "x"}'
        assert len(upstream.requests) == 1

    @pytest.mark.parametrize("status", [200, 404])
    def test_head_keeps_the_length_and_has_no_body(
        self, daemon: Daemon, upstream: Upstream, status: int
    ) -> None:
        upstream.script(reply(status, [("ETag", '"x"')], b"x" * 1234))
        with daemon.connect() as caller:
            response = caller.request("HEAD", TARGET)
            assert response.status == status
            assert response.forwarded() == [(b"ETag", b'"x"'), (b"Content-Length", b"1234")]
            assert response.body == b""
            assert caller.request("GET", TARGET).status == 200
        hawk.verify(upstream.requests[0])

    @pytest.mark.parametrize("framing", [b"", b"Transfer-Encoding: chunked\r\n"])
    def test_head_without_a_length(
        self, daemon: Daemon, upstream: Upstream, framing: bytes
    ) -> None:
        upstream.script(raw(b"HTTP/1.1 200 OK\r\nX-A: 1\r\n" + framing + b"\r\n"))
        with daemon.connect() as caller:
            response = caller.request("HEAD", TARGET)
            assert response.status == 200
            assert response.header("Content-Length") is None
            assert response.header("X-A") == "1"
            assert caller.request("GET", TARGET).json() == {"alive": True}

    @pytest.mark.parametrize(
        ("message", "headers"),
        [
            (b"HTTP/1.1 204 No Content\r\nX-A: 1\r\n\r\n", [(b"X-A", b"1")]),
            (b"HTTP/1.1 304 Not Modified\r\nX-A: 1\r\n\r\n", [(b"X-A", b"1")]),
            (
                b"HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\nETag: x\r\n\r\n",
                [(b"Content-Length", b"99"), (b"ETag", b"x")],
            ),
            (
                b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
                [(b"Content-Length", b"0")],
            ),
        ],
    )
    def test_answers_without_body(
        self,
        daemon: Daemon,
        upstream: Upstream,
        message: bytes,
        headers: list[tuple[bytes, bytes]],
    ) -> None:
        upstream.script(raw(message))
        with daemon.connect() as caller:
            response = caller.request("GET", TARGET)
            assert response.status == int(message.split()[1])
            assert response.forwarded() == headers
            assert response.body == b""
            assert caller.request("GET", TARGET).json() == {"alive": True}

    @pytest.mark.parametrize(
        "before",
        [
            b"HTTP/1.1 100 Continue\r\n\r\n",
            b"HTTP/1.1 102 Processing\r\n\r\n" * 3,
            b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n",
            b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n",
        ],
    )
    def test_informational_answers_are_not_the_answer(
        self, daemon: Daemon, upstream: Upstream, before: bytes
    ) -> None:
        upstream.script(raw(before + b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok"))
        response = daemon.request("POST", TARGET, body=b"x")
        assert (response.status, response.body) == (201, b"ok")
        assert response.values("Link") == []

    def test_early_hints_are_passed_on(self, daemon: Daemon, upstream: Upstream) -> None:
        hints = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nLink: </b>\r\n\r\n"
        upstream.script(raw(hints + b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))
        response = daemon.request("GET", TARGET)
        assert response.informational == ((103, ((b"Link", b"</a>"), (b"Link", b"</b>"))),)
        assert (response.status, response.body) == (200, b"ok")

    def test_http_1_0_callers_get_no_informational_answers(
        self, daemon: Daemon, upstream: Upstream
    ) -> None:
        upstream.script(
            raw(b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        )
        with daemon.connect() as caller:
            caller.send("GET", TARGET, version="HTTP/1.0")
            response = caller.read_response()
        assert (response.status, response.informational) == (200, ())

    def test_unasked_upgrade_is_an_error(self, hasty_daemon: Daemon, upstream: Upstream) -> None:
        upstream.script(raw(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"))
        response = hasty_daemon.request(
            "GET", TARGET, [("Upgrade", "x"), ("Connection", "upgrade")]
        )
        assert response.status == 502
        assert set(response.json()) >= {"code", "message"}


class TestResponseHeaders:
    def test_nothing_is_added_but_the_proxys_own(self, daemon: Daemon, upstream: Upstream) -> None:
        upstream.script(raw(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody"))
        response = daemon.request("GET", TARGET)
        assert response.forwarded() == [(b"Content-Length", b"4")]

    def test_order_case_repeats_and_bytes_are_kept(
        self, daemon: Daemon, upstream: Upstream
    ) -> None:
        fields = [
            (b"set-Cookie", b"a=1; Path=/"),
            (b"Vary", b"Origin"),
            (b"X-Bytes", b"caf\xe9 \xff\x80 \xc3\xa9"),
            (b"Server", b"Theirs"),
            (b"Link", b"<a>"),
            (b"Set-Cookie", b"b=2"),
            (b"vary", b"Accept-Encoding"),
            (b"Date", b"Thu, 01 Jan 1970 00:00:00 GMT"),
            (b"X-Empty", b""),
            (b"LINK", b"<b>"),
            (b"content-type", b"text/x-odd"),
            (b"Content-Length", b"2"),
            (b"Access-Control-Allow-Origin", b"*"),
            (b"X-Tab", b"a\tb"),
        ]
        lines = b"".join(name + b": " + value + b"\r\n" for name, value in fields)
        upstream.script(raw(b"HTTP/1.1 200 OK\r\n" + lines + b"\r\nok"))
        response = daemon.request("GET", TARGET)
        assert response.forwarded() == fields
        assert response.body == b"ok"

    def test_hop_by_hop_fields_stop_here(self, daemon: Daemon, upstream: Upstream) -> None:
        upstream.script(
            raw(
                b"HTTP/1.1 200 OK\r\nX-Named: 1\r\nX-Kept: 1\r\nConnection: x-NAMED, keep-alive\r\n"
                b"Keep-Alive: timeout=5\r\nProxy-Connection: x\r\nUpgrade: h2c\r\n"
                b"Content-Length: 2\r\n\r\nok"
            )
        )
        response = daemon.request("GET", TARGET)
        assert response.forwarded() == [(b"X-Kept", b"1"), (b"Content-Length", b"2")]

    @pytest.mark.parametrize(("count", "size"), [(1, 64 * 1024), (200, 320), (1000, 40)])
    def test_64_kib_of_headers_pass(
        self, daemon: Daemon, upstream: Upstream, count: int, size: int
    ) -> None:
        fields = [(f"X-{number}", "v" * size) for number in range(count)]
        upstream.script(reply(200, fields, b"ok"))
        response = daemon.request("GET", TARGET)
        assert response.status == 200
        assert response.forwarded()[:-1] == [(_bytes(name), _bytes(v)) for name, v in fields]

    def test_cookies_are_nobodys_but_the_callers(self, daemon: Daemon, upstream: Upstream) -> None:
        upstream.script(reply(200, [("Set-Cookie", "a=1; Path=/")]))
        with daemon.connect() as caller:
            caller.request("GET", TARGET)
            caller.request("GET", TARGET)
        assert upstream.requests[1].values("Cookie") == []


class TestResponseBodies:
    @pytest.mark.parametrize("size", [1, 65536, 1024 * 1024 + 1, 5 * 1024 * 1024])
    def test_bodies_are_kept(self, daemon: Daemon, upstream: Upstream, size: int) -> None:
        body = os.urandom(size)
        upstream.script(reply(200, body=body))
        response = daemon.request("GET", TARGET)
        assert response.body == body
        assert response.header("Content-Length") == str(size)

    @pytest.mark.parametrize("accept", [[], [("Accept-Encoding", "gzip")]])
    def test_compressed_bodies_are_not_touched(
        self, daemon: Daemon, upstream: Upstream, accept: list[tuple[str, str]]
    ) -> None:
        body = gzip.compress(b"text" * 1000)
        upstream.script(reply(200, [("Content-Encoding", "gzip")], body))
        response = daemon.request("GET", TARGET, accept)
        assert response.body == body
        assert response.forwarded() == [
            (b"Content-Encoding", b"gzip"),
            (b"Content-Length", str(len(body)).encode()),
        ]

    @pytest.mark.parametrize("version", [b"HTTP/1.1", b"HTTP/1.0"])
    def test_body_that_ends_with_the_connection(
        self, daemon: Daemon, upstream: Upstream, version: bytes
    ) -> None:
        upstream.script(raw_then_close(version + b" 200 OK\r\nX-A: 1\r\n\r\nthe body"))
        with daemon.connect() as caller:
            response = caller.request("GET", TARGET)
            assert response.status == 200
            assert response.body == b"the body"
            assert (b"X-A", b"1") in response.headers
            assert response.http_version == b"1.1"

    @pytest.mark.parametrize("tail", [b"", b"X-Trailer: 1\r\nX-Other: 2\r\n"])
    def test_chunked_body(self, daemon: Daemon, upstream: Upstream, tail: bytes) -> None:
        upstream.script(
            raw(
                b"HTTP/1.1 200 OK\r\nX-A: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
                b"3;ext=1\r\nabc\r\nA\r\n0123456789\r\n0\r\n" + tail + b"\r\n"
            )
        )
        with daemon.connect() as caller:
            response = caller.request("GET", TARGET)
            assert response.body == b"abc0123456789"
            assert response.header("Content-Length") is None
            assert response.header("X-A") == "1"
            assert response.values("X-Trailer") == []
            assert caller.request("GET", TARGET).json() == {"alive": True}

    @pytest.mark.parametrize(
        "message",
        [
            b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
            b"Content-Length: 3\r\n\r\nabc",
        ],
    )
    def test_http_1_0_callers_get_no_chunks(
        self, daemon: Daemon, upstream: Upstream, message: bytes
    ) -> None:
        upstream.script(raw(b"HTTP/1.1 200 OK\r\n" + message))
        with daemon.connect() as caller:
            caller.wire.send(f"GET {TARGET} HTTP/1.0\r\n\r\n".encode())
            head, _, body = caller.wire.read_to_end().partition(b"\r\n\r\n")
        assert b" 200 " in head.split(b"\r\n")[0]
        assert b"transfer-encoding" not in head.lower()
        assert body == b"abc"

    def test_close_is_what_the_caller_asked_for(self, daemon: Daemon, upstream: Upstream) -> None:
        with daemon.connect() as caller:
            assert caller.request("GET", TARGET, [("Connection", "close")]).status == 200
            assert caller.wire.read_to_end() == b""
        assert upstream.only_request().end_to_end() == []


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


@pytest.mark.parametrize("version", [b"0.9", b"1.2", b"2.0", b"3.0"])
def test_another_version_of_http(daemon: Daemon, upstream: Upstream, version: bytes) -> None:
    with daemon.connect() as caller:
        caller.wire.send(b"GET %s HTTP/%s\r\nHost: localhost\r\n\r\n" % (TARGET.encode(), version))
        response = caller.read_response()
        assert (response.status, response.json()["code"]) == (505, "HttpVersionNotSupported")
        assert caller.wire.wait_closed()
    assert not upstream.requests
