"""Messages whose framing can be read in two ways: none is passed on, either way.

What a front and a back end understand differently lets one request hide in another. Each attack
here carries such a hidden message; wherever it is read as a message of its own, a test fails.
The cases of aiohttp's published vulnerabilities are among them, by their numbers.
"""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

import pytest
from aiohttp import http_parser

from tests.harness.caller import BrokenResponseError
from tests.harness.daemon import Daemon
from tests.harness.upstream import Exchange, Script, reply
from tests.harness.wire import Wire
from tests.security.callers import TARGET, status_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.harness.upstream import Upstream

HIDDEN = b"GET /queue/v1/hidden HTTP/1.1\r\nHost: localhost\r\n\r\n"
HIDDEN_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhidden"
LINE = b"POST /queue/v1/thing HTTP/1.1\r\n"
HOST = b"Host: localhost\r\n"
_STATUS_LINE = re.compile(rb"HTTP/1\.[01] [0-9]{3} ")


def post(fields: bytes, body: bytes = b"hello") -> bytes:
    return LINE + HOST + fields + b"\r\n" + body


def chunks(body: bytes) -> bytes:
    return post(b"Transfer-Encoding: chunked\r\n", body)


LENGTHS = {
    "twice, different": b"Content-Length: 5\r\nContent-Length: 6\r\n",
    "twice, equal": b"Content-Length: 5\r\nContent-Length: 5\r\n",
    "twice, in another case": b"Content-Length: 5\r\ncontent-length: 50\r\n",
    "a list": b"Content-Length: 5, 5\r\n",
    "a list of different ones": b"Content-Length: 5, 6\r\n",
    "with a comma": b"Content-Length: 5,\r\n",
    "with a plus (CVE-2023-47627)": b"Content-Length: +5\r\n",
    "negative": b"Content-Length: -5\r\n",
    "hexadecimal": b"Content-Length: 0x5\r\n",
    "with an underscore (CVE-2023-47627)": b"Content-Length: 0_5\r\n",
    "a fraction": b"Content-Length: 5.0\r\n",
    "in another script (CVE-2023-47627)": b"Content-Length: \xd9\xa5\r\n",
    "two numbers": b"Content-Length: 5 5\r\n",
    "quoted": b'Content-Length: "5"\r\n',
    "empty": b"Content-Length: \r\n",
    "more than 64 bits": b"Content-Length: 18446744073709551621\r\n",
    "with NUL": b"Content-Length: 5\x00\r\n",
    "with a vertical tab": b"Content-Length: \x0b5\r\n",
}
CODINGS = {
    "after a length (CVE-2023-47641)": b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
    "before a length": b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
    "beside a length, unknown": b"Content-Length: 5\r\nTransfer-Encoding: chunked123\r\n",
    "unknown": b"Transfer-Encoding: xchunked\r\n",
    "unknown at the end": b"Transfer-Encoding: chunkedx\r\n",
    "identity": b"Transfer-Encoding: identity\r\n",
    "then identity": b"Transfer-Encoding: chunked, identity\r\n",
    "twice in a list": b"Transfer-Encoding: chunked, chunked\r\n",
    "twice": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
    "then identity in a second field": (
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n"
    ),
    "before another, in a second field": (
        b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n"
    ),
    "gzip": b"Transfer-Encoding: gzip, chunked\r\n",
    "empty": b"Transfer-Encoding: \r\n",
    "empty elements": b"Transfer-Encoding: ,chunked\r\n",
    "with a parameter": b"Transfer-Encoding: chunked;q=1\r\n",
    "quoted": b'Transfer-Encoding: "chunked"\r\n',
    "with a vertical tab": b"Transfer-Encoding: \x0bchunked\r\n",
    "with NUL": b"Transfer-Encoding: chunked\x00\r\n",
    "with a Kelvin sign (CVE-2025-69224)": b"Transfer-Encoding: chun\xe2\x84\xaaed\r\n",
    "with a space": b"Transfer-Encoding: chu nked\r\n",
}
FIELDS = {
    "space before the colon": b"Content-Length : 5\r\n",
    "space before the colon of a coding": b"Transfer-Encoding : chunked\r\n",
    "tab before the colon": b"Content-Length\t: 5\r\n",
    "space in the name": b"Content Length: 5\r\n",
    "space before the name": b" Content-Length: 5\r\n",
    "a folded line (obs-fold)": b"X-A: b\r\n Content-Length: 5\r\n",
    "a folded line with a tab": b"X-A: b\r\n\tc\r\nContent-Length: 5\r\n",
    "a folded coding": b"Transfer-Encoding:\r\n chunked\r\n",
    "a bare CR": b"X-A: b\rContent-Length: 5\r\n",
    "a bare CR after the name (CVE-2023-37276)": b"X-A\rContent-Length: 5\r\n",
    "a bare CR before the value (CVE-2023-37276)": b"X-A:\rContent-Length: 5\r\n",
    "a bare LF": b"X-A: b\nContent-Length: 5\r\n",
    "CR CR LF": b"X-A: b\r\r\nContent-Length: 5\r\n",
    "NUL in a value": b"X-A: b\x00c\r\n",
    "NUL in a name": b"X-\x00A: b\r\n",
    "a control character in a value": b"X-A: b\x01c\r\n",
    "DEL in a value": b"X-A: b\x7fc\r\n",
    "no name": b": b\r\n",
    "no colon": b"X-A\r\n",
    "brackets in a name (CVE-2024-23829)": b"X(A): b\r\n",
    "a quote in a name (CVE-2024-23829)": b'X"A: b\r\n',
    "a letter outside of ASCII in a name (CVE-2023-47627)": b"X-\xc3\xa9: b\r\n",
    "a soft hyphen in a coding's name": b"Transfer\xc2\xadEncoding: chunked\r\n",
}
CHUNK_SIZES = {
    "with 0x": b"0x5\r\nhello\r\n0\r\n\r\n",
    "with a plus": b"+5\r\nhello\r\n0\r\n\r\n",
    "negative": b"-5\r\nhello\r\n0\r\n\r\n",
    "with an underscore": b"0_5\r\nhello\r\n0\r\n\r\n",
    "in another script": b"\xd9\xa5\r\nhello\r\n0\r\n\r\n",
    "with a space before": b" 5\r\nhello\r\n0\r\n\r\n",
    "with NUL": b"5\x00\r\nhello\r\n0\r\n\r\n",
    "empty": b"\r\nhello\r\n0\r\n\r\n",
    "no digit": b"g\r\nhello\r\n0\r\n\r\n",
    "more than 64 bits": b"10000000000000005\r\nhello\r\n0\r\n\r\n",
    "before a bare LF": b"5\nhello\r\n0\r\n\r\n",
    "before a bare CR": b"5\rhello\r\n0\r\n\r\n",
    "of the end before a bare LF": b"5\r\nhello\r\n0\n\r\n",
    "before an extension with LF (CVE-2024-52304)": b"5;ext\nX\r\nhello\r\n0\r\n\r\n",
    "before an extension that ends with LF": b"5;ext\nhello\r\n0\r\n\r\n",
    "before an extension with CR": b"5;ext\rX\r\nhello\r\n0\r\n\r\n",
    "before an extension with NUL": b"5;ext=\x00\r\nhello\r\n0\r\n\r\n",
    "smaller than its chunk": b"4\r\nhello\r\n0\r\n\r\n",
    "greater than its chunk": b"6\r\nhello\r\n0\r\n\r\n",
    "without the end of a chunk": b"5\r\nhello0\r\n\r\n",
    "with LF at the end of a chunk": b"5\r\nhello\n0\r\n\r\n",
    "with CR at the end of a chunk": b"5\r\nhello\r0\r\n\r\n",
    "with two bytes at the end of a chunk": b"5\r\nhelloXX0\r\n\r\n",
}
TRAILERS = {
    "without a colon (CVE-2025-53643)": b"5\r\nhello\r\n0\r\nno colon\r\n\r\n",
    "with a bare LF": b"5\r\nhello\r\n0\r\nX: y\n\r\n",
    "folded": b"5\r\nhello\r\n0\r\nX: y\r\n z\r\n\r\n",
    "with a space before the colon": b"5\r\nhello\r\n0\r\nX : y\r\n\r\n",
    "with NUL": b"5\r\nhello\r\n0\r\nX: \x00\r\n\r\n",
    "that is a request line (CVE-2025-53643)": b"5\r\nhello\r\n0\r\nGET / HTTP/1.1\r\n\r\n",
}
REQUEST_LINES = {
    "a tab": b"GET\t/queue/v1/x HTTP/1.1\r\n",
    "a fourth word": b"GET /queue/v1/x HTTP/1.1 x\r\n",
    "a space in the target": b"GET /queue/v1/x y HTTP/1.1\r\n",
    "a space at the start": b" GET /queue/v1/x HTTP/1.1\r\n",
    "no target": b"GET HTTP/1.1\r\n",
    "NUL in the target": b"GET /queue/v1/\x00 HTTP/1.1\r\n",
    "a control character in the target": b"GET /queue/v1/\x01 HTTP/1.1\r\n",
    "a bare CR in the target": b"GET /queue/v1/\rx HTTP/1.1\r\n",
    "a bare LF at the end": b"GET /queue/v1/x HTTP/1.1\n",
    "a method that is no token": b"G(T /queue/v1/x HTTP/1.1\r\n",
    "the version in lower case": b"GET /queue/v1/x http/1.1\r\n",
    "a version with more digits": b"GET /queue/v1/x HTTP/1.10\r\n",
    "a version with leading zero": b"GET /queue/v1/x HTTP/01.1\r\n",
    "a version without minor": b"GET /queue/v1/x HTTP/1\r\n",
    "a version that is unknown": b"GET /queue/v1/x HTTP/1.2\r\n",
    "version 0.9 by name": b"GET /queue/v1/x HTTP/0.9\r\n",
    "version 2 by name": b"GET /queue/v1/x HTTP/2.0\r\n",
    "another protocol": b"GET /queue/v1/x HTTPS/1.1\r\n",
    "no version": b"GET /queue/v1/x\r\n",
}
WHOLE = {
    "no Host": LINE + b"\r\n",
    "two Hosts (CVE-2026-34525)": LINE + HOST + b"Host: other\r\n\r\n",
    "two equal Hosts (CVE-2026-34525)": LINE + HOST + b"host: localhost\r\n\r\n",
    "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/0.9": b"GET /queue/v1/x\r\n\r\n",
    "chunks in HTTP/1.0": (
        b"POST /queue/v1/thing HTTP/1.0\r\nHost: localhost\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
    ),
    "a head that ends with two LF": LINE + HOST.rstrip() + b"\n\n",
    "LF everywhere": LINE.replace(b"\r", b"") + HOST.replace(b"\r", b"") + b"\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "nothing but NUL": b"\x00" * 100,
}
REQUESTS = (
    {f"length {name}": post(fields) for name, fields in LENGTHS.items()}
    | {
        f"coding {name}": post(fields, b"5\r\nhello\r\n0\r\n\r\n")
        for name, fields in CODINGS.items()
    }
    | {f"field: {name}": post(fields) for name, fields in FIELDS.items()}
    | {f"chunk size {name}": chunks(body) for name, body in CHUNK_SIZES.items()}
    | {f"trailer {name}": chunks(body) for name, body in TRAILERS.items()}
    | {f"request line: {name}": line + HOST + b"\r\n" for name, line in REQUEST_LINES.items()}
    | WHOLE
)


@pytest.fixture(scope="module")
def shared_strict_daemon(shared_upstream: Upstream) -> Iterator[Daemon]:
    patience = ("--first-byte-timeout", "3", "--idle-timeout", "3", "--head-timeout", "3")
    with Daemon("--retries", "0", *patience, root_url=shared_upstream.url) as daemon:
        yield daemon


@pytest.fixture
def daemon(shared_strict_daemon: Daemon, upstream: Upstream) -> Iterator[Daemon]:
    """A daemon that never retries, and that must serve the next request whatever came."""
    del upstream  # it must be clean before the daemon is used
    yield shared_strict_daemon
    shared_strict_daemon.check()


def send(wire: Wire, data: bytes, piece: int) -> None:
    """Send data in pieces of that size; an end of the connection is no error here."""
    try:
        for start in range(0, len(data), piece):
            wire.send(data[start : start + piece])
    except ConnectionError:
        pass  # refused before all was sent


def answer_of(wire: Wire) -> bytes:
    """Read until the daemon closes the connection, which it must."""
    answer = bytearray()
    try:
        while data := wire.read_some():
            answer += data
    except ConnectionResetError:
        pass  # also an end; what came before it counts
    return bytes(answer)


@pytest.mark.parametrize("piece", [1_000_000, 1], ids=["whole", "bytes"])
@pytest.mark.parametrize("attack", REQUESTS.values(), ids=REQUESTS.keys())
def test_a_request_with_doubtful_framing_is_refused(
    daemon: Daemon, upstream: Upstream, attack: bytes, piece: int
) -> None:
    with daemon.connect() as caller:
        caller.wire.sock.settimeout(10)
        send(caller.wire, attack + HIDDEN, piece)
        answer = answer_of(caller.wire)
    status = status_of(answer)
    assert 400 <= status < 600, answer
    assert len(_STATUS_LINE.findall(answer)) == 1, "something was read as a second request"
    assert b"\r\nconnection: close\r\n" in answer.partition(b"\r\n\r\n")[0].lower() + b"\r\n"
    assert daemon.request("GET", "/queue/v1/after").status == 200
    targets = [request.target for request in upstream.requests]
    assert targets[-1] == b"/api/queue/v1/after"
    assert all(b"hidden" not in target for target in targets)
    assert not any(request.complete for request in upstream.requests[:-1])


@pytest.mark.parametrize(
    "request_bytes",
    [
        post(b"Content-Length: 5\r\n"),
        post(b"content-length:5   \r\n"),
        post(b"Content-Length: 005\r\n"),
        post(b"Transfer-Encoding: Chunked\r\n", b"5\r\nhello\r\n0\r\n\r\n"),
        chunks(b"00005;ext=1;x\r\nhello\r\n000\r\n\r\n"),
        chunks(b"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"),
        b"\r\n" + post(b"Content-Length: 5\r\n"),
    ],
    ids=["length", "spaces", "zeros", "chunks", "extension", "two-chunks", "empty-line"],
)
def test_what_looks_alike_and_is_right_is_served(
    daemon: Daemon, upstream: Upstream, request_bytes: bytes
) -> None:
    """And so is the next request on its connection: the tests above would see a hidden one."""
    with daemon.connect() as caller:
        caller.wire.send(request_bytes)
        assert caller.read_response("POST").status == 200
        caller.wire.send(HIDDEN)
        assert caller.read_response().status == 200
    assert [request.target for request in upstream.requests] == [
        b"/api" + TARGET.encode(),
        b"/api/queue/v1/hidden",
    ]
    assert upstream.requests[0].body == b"hello"


@pytest.mark.parametrize(
    "trailers",
    [
        b"X-Extra: evil\r\nExpect: 100-continue\r\nAuthorization: evil\r\n",
        b"Host: evil\r\n",
        b"Content-Length: 100\r\n",
        b"Transfer-Encoding: chunked\r\n",
    ],
    ids=["others", "host", "length", "coding"],
)
def test_trailers_are_no_header_fields(daemon: Daemon, upstream: Upstream, trailers: bytes) -> None:
    """Neither of this request nor of the next one (CVE-2025-53643); some may be refused."""
    with daemon.connect() as caller:
        caller.wire.send(chunks(b"5\r\nhello\r\n0\r\n" + trailers + b"\r\n") + HIDDEN)
        status = caller.read_response("POST").status
        assert status == 200 or (status == 400 and b"X-Extra" not in trailers)
        with contextlib.suppress(BrokenResponseError):  # it may close the connection instead
            caller.read_response()
    for request in upstream.requests:
        assert request.complete == (status == 200)
        assert not request.values("X-Extra")
        assert not request.values("Expect")
        assert len(request.values("Content-Length") + request.values("Transfer-Encoding")) < 2
        assert b"evil" not in request.head.raw
        assert not request.trailers


def test_the_parser_in_c_is_in_use() -> None:
    """The one in Python differs, and has had vulnerabilities of its own."""
    assert http_parser.HttpRequestParser.__module__ == "aiohttp._http_parser"


# -- on the way back -------------------------------------------------------------------------------


def ok(fields: bytes, body: bytes = b"hello") -> bytes:
    return b"HTTP/1.1 200 OK\r\n" + fields + b"\r\n" + body


def ok_chunks(body: bytes) -> bytes:
    return ok(b"Transfer-Encoding: chunked\r\n", body)


STATUS_LINES = {
    "no version": b"200 OK\r\n",
    "another protocol": b"ICY 200 OK\r\n",
    "the version in lower case": b"http/1.1 200 OK\r\n",
    "version 2": b"HTTP/2.0 200 OK\r\n",
    "version 0.9": b"HTTP/0.9 200 OK\r\n",
    "two digits": b"HTTP/1.1 20 OK\r\n",
    "four digits": b"HTTP/1.1 2000 OK\r\n",
    "letters": b"HTTP/1.1 2x0 OK\r\n",
    "a sign": b"HTTP/1.1 +20 OK\r\n",
    "two spaces": b"HTTP/1.1  200 OK\r\n",
    "a bare LF": b"HTTP/1.1 200 OK\n",
    "a bare CR in the reason": b"HTTP/1.1 200 O\rK\r\n",
    "NUL in the reason": b"HTTP/1.1 200 O\x00K\r\n",
    "status 099": b"HTTP/1.1 099 OK\r\n",
    "a protocol that nobody asked for": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n",
}
RESPONSES = (
    {f"length {name}": ok(fields) for name, fields in LENGTHS.items()}
    | {f"coding {name}": ok(fields, b"5\r\nhello\r\n0\r\n\r\n") for name, fields in CODINGS.items()}
    | {f"field: {name} (CVE-2026-34520)": ok(fields) for name, fields in FIELDS.items()}
    | {f"chunk size {name}": ok_chunks(body) for name, body in CHUNK_SIZES.items()}
    | {f"trailer {name}": ok_chunks(body) for name, body in TRAILERS.items()}
    | {
        f"status line: {name}": line + b"Content-Length: 5\r\n\r\nhello"
        for name, line in STATUS_LINES.items()
    }
    | {
        "TLS": b"\x15\x03\x03\x00\x02\x02\x28",
        "nothing but NUL": b"\x00" * 100,
    }
)


def then_hidden(message: bytes, *, close: bool = False) -> Script:
    """Answer with these bytes and another, hidden answer behind them."""

    def script(exchange: Exchange) -> None:
        exchange.read_body()
        exchange.send(message + HIDDEN_ANSWER)
        if close:
            exchange.wire.close()

    return script


@pytest.mark.parametrize("attack", RESPONSES.values(), ids=RESPONSES.keys())
def test_a_response_with_doubtful_framing_is_a_failure_of_the_deployment(
    daemon: Daemon, upstream: Upstream, attack: bytes
) -> None:
    upstream.script(then_hidden(attack, close=True))
    with daemon.connect() as caller:
        caller.send("GET", TARGET)
        try:
            response = caller.read_response()
        except BrokenResponseError:
            pass  # visibly broken
        else:
            assert response.status == 502, response
            assert set(response.json()) == {"code", "message", "requestInfo"}
            assert b"hidden" not in response.body
    for _ in range(2):
        response = daemon.request("GET", "/queue/v1/after")
        assert (response.status, response.json()) == (200, {"alive": True})


SURPLUS = {
    "behind a length": ok(b"Content-Length: 5\r\n"),
    "behind chunks": ok_chunks(b"5\r\nhello\r\n0\r\n\r\n"),
    "behind no body": b"HTTP/1.1 204 No Content\r\n\r\n",
    "behind a body that must not be": b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello",
    "behind 304": b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
    "behind an empty body": ok(b"Content-Length: 0\r\n", b""),
    "behind chunks in HTTP/1.0": (
        b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\n\r\n"
        b"5\r\nhello\r\n0\r\n\r\n"
    ),
}


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("response", SURPLUS.values(), ids=SURPLUS.keys())
def test_an_answer_that_nobody_asked_for_is_nobodys(
    daemon: Daemon, upstream: Upstream, response: bytes, method: str
) -> None:
    upstream.script(then_hidden(response))
    with daemon.connect() as caller:
        try:
            first = caller.request(method, TARGET)
        except BrokenResponseError:
            pass  # it may notice before it has passed the answer on
        else:
            assert first.status in (200, 204, 304, 502)
            assert b"hidden" not in first.body
    for _ in range(3):
        after = daemon.request("GET", "/queue/v1/after")
        assert (after.status, after.json()) == (200, {"alive": True})


def test_an_answer_before_its_request_is_nobodys(daemon: Daemon, upstream: Upstream) -> None:
    """Sent on an idle connection, where the next request would find it."""
    upstream.script(then_hidden(ok(b"Content-Length: 5\r\n")))
    for _ in range(5):
        response = daemon.request("GET", TARGET)
        assert response.body in (b"hello", b'{"alive": true}')


def test_header_injection_by_a_response_is_not_passed_on(
    daemon: Daemon, upstream: Upstream
) -> None:
    """Obs-text is data (RFC 9110, section 5.5) and stays one field."""
    upstream.script(reply(200, [("X-A", "b\xe5\x98\x8aX-B: c")], b"x"))
    response = daemon.request("GET", TARGET)
    assert response.values("X-A") == [b"b\xe5\x98\x8aX-B: c"]
    assert not response.values("X-B")
