"""What every answer has in common: header fields, conditions, codings, bodies, bad requests."""

from __future__ import annotations

import base64
import gzip
import hashlib
import itertools
import json
import re
import socket
import uuid
import zlib
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
import uvloop

from tests.harness.caller import Caller, Response
from tests.sandbox.running import NOBODY, ROOT, Running, text
from tests.sandbox.signing import Signer, payload_hash

if TYPE_CHECKING:
    from collections.abc import Iterable

PING = "/api/auth/v1/ping"
CURRENT = "/api/auth/v1/scopes/current"
EXPAND = "/api/auth/v1/scopes/expand"
SECRET = "/api/secrets/v1/secret/"
LIST = "/api/secrets/v1/secrets"
LATER = "2126-11-22T14:14:03.830Z"
JSON = ("Content-Type", "application/json")
MIB = 1024 * 1024
NUMBERED = map("case {}".format, itertools.count())
"""Names for cases whose bytes make none."""

CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Max-Age": "900",
    "Access-Control-Allow-Methods": "OPTIONS,GET,HEAD,POST,PUT,DELETE,TRACE,CONNECT",
    "Access-Control-Request-Method": "*",
    "Access-Control-Allow-Headers": (
        "X-Requested-With,Content-Type,Authorization,Accept,Origin,Cache-Control"
    ),
    "Cache-Control": "no-store no-cache must-revalidate",
}
ALWAYS = {
    "Content-Security-Policy": (
        "report-uri /__cspreport__;default-src 'none';frame-ancestors 'none';"
    ),
    "x-content-type-options": "nosniff",
    **CORS,
}
ADDED = {"server", "date", "x-for-trace-id", "x-for-request-id"}
JSON_BODY = {"Content-Type", "Content-Length", "ETag", "Vary"}


def fields(response: Response) -> dict[str, str]:
    """Return the header fields, of which each must be there once."""
    found = {name.decode().lower(): value.decode() for name, value in response.headers}
    assert len(found) == len(response.headers), response
    return found


def check_fields(response: Response, more: Iterable[str]) -> None:
    """Check that exactly the fields of every answer are there, and these."""
    found = fields(response)
    assert found.items() >= {name.lower(): value for name, value in ALWAYS.items()}.items()
    expected = ADDED | {name.lower() for name in (*ALWAYS, *more)}
    assert set(found) == expected
    uuid.UUID(found["x-for-request-id"])
    uuid.UUID(found["x-for-trace-id"])


def store(sandbox: Running, name: str, size: int) -> None:
    body = json.dumps({"secret": {"x": "y" * size}, "expires": LATER}).encode()
    assert sandbox.signed(ROOT, "PUT", SECRET + name, body).status == 200


# -- header fields --------------------------------------------------------------------------------


def test_every_answer_has_the_same_header_fields(sandbox: Running) -> None:
    for response in (
        sandbox.request("GET", PING),
        sandbox.request("GET", LIST),
        sandbox.request("GET", "/api/auth/v1/nothing"),
        sandbox.request("GET", SECRET + "x"),
        sandbox.request("GET", PING + "?x=1"),
        sandbox.signed(ROOT, "GET", SECRET + "not-there"),
    ):
        check_fields(response, JSON_BODY)
        assert response.header("Content-Type") == "application/json; charset=utf-8"
        assert response.header("Content-Length") == str(len(response.body))
        assert response.header("Vary") == "Accept-Encoding"
        assert response.header("Cache-Control") == "no-store no-cache must-revalidate"
        digest = base64.b64encode(hashlib.sha1(response.body).digest()).decode()[:27]  # noqa: S324 - an ETag
        assert response.header("ETag") == f'W/"{len(response.body):x}-{digest}"'
    unauthorized = sandbox.request("GET", CURRENT, [("Authorization", "Bearer x")])
    check_fields(unauthorized, {*JSON_BODY, "WWW-Authenticate"})
    assert unauthorized.header("WWW-Authenticate") == "hawk"


def test_json_is_indented_and_not_escaped(sandbox: Running) -> None:
    body = json.dumps({"secret": {"a": ["é", []], "b": {}}, "expires": LATER}).encode()
    assert sandbox.signed(ROOT, "PUT", SECRET + "indented", body).status == 200
    assert sandbox.signed(ROOT, "GET", SECRET + "indented").body.decode() == (
        '{\n  "secret": {\n    "a": [\n      "é",\n      []\n    ],\n    "b": {}\n  },\n'
        f'  "expires": "{LATER}"\n}}'
    )


def test_text_without_a_utf8_form_comes_back(sandbox: Running) -> None:
    body = b'{"secret": {"a": "\\ud800", "\\udfff": 1}, "expires": "' + LATER.encode() + b'"}'
    assert sandbox.signed(ROOT, "PUT", SECRET + "surrogate", body).status == 200
    assert sandbox.signed(ROOT, "GET", SECRET + "surrogate").json()["secret"] == {
        "a": "\ud800",
        "\udfff": 1,
    }


def test_a_trace_id_is_repeated_and_a_request_id_is_not(sandbox: Running) -> None:
    given = [("x-taskcluster-trace-id", "my-trace"), ("x-taskcluster-request-id", "my-request")]
    found = fields(sandbox.request("GET", PING, given))
    assert found["x-for-trace-id"] == "my-trace"
    uuid.UUID(found["x-for-request-id"])
    other = fields(sandbox.request("GET", PING, given))
    assert other["x-for-request-id"] != found["x-for-request-id"]


# -- paths ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "target",
    [
        "/api/auth/v1/",
        "/api/auth/v1/nothing",
        "/api/auth/v1//ping",
        "/api/auth/v1/ping//",
        "/api/auth/v1/Ping",
        "/api/auth/v1/%70ing",
        "/api/auth/v1/../v1/ping",
        "/api/auth/v1/scopes//current",
        "/api/secrets/v1/secret",
        "/api/secrets/v1/secretx/a",
        "/api/auth/v1/ping;a",
    ],
)
def test_an_unknown_path_is_404_whoever_asks(sandbox: Running, target: str) -> None:
    for response in (
        sandbox.request("GET", target),
        sandbox.request("GET", target, [("Authorization", "Hawk nonsense")]),
        sandbox.request("OPTIONS", target),
    ):
        assert (response.status, response.body) == (404, b'{\n  "error": "Not found"\n}')
        check_fields(response, JSON_BODY)


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE", "TRACE", "REPORT"])
def test_a_wrong_method_is_404_too(sandbox: Running, method: str) -> None:
    response = sandbox.request(method, PING)
    assert (response.status, response.json()) == (404, {"error": "Not found"})


@pytest.mark.parametrize(
    "target",
    ["/api/auth/v1/ping", "/api/auth/V1/ping", "/api/auth/v1/ping/", "/api/auth/v1/ping?#x"],
)
def test_these_paths_mean_ping(sandbox: Running, target: str) -> None:
    assert sandbox.request("GET", target).json()["alive"] is True


def test_another_version_is_404_without_cors(sandbox: Running) -> None:
    response = sandbox.request("GET", "/api/auth/v2/ping")
    assert (response.status, response.json()) == (404, {"error": "Not found"})
    assert not {name.lower() for name in CORS} & set(fields(response))


@pytest.mark.parametrize(
    "target", ["/", "/api", "/api/", "/api/auth", "/api/hooks/v1/ping", "/Api/auth/v1/ping", "//"]
)
def test_what_the_sandbox_does_not_have_is_told(sandbox: Running, target: str) -> None:
    response = sandbox.request("GET", target)
    assert response.status == 404
    assert response.json() == {
        "error": "Not found",
        "message": "The sandbox has nothing under this path. It has /api/auth/v1/, "
        "/api/secrets/v1/, /api/queue/v1/, /api/index/v1/, /api/object/v1/",
    }
    assert not {name.lower() for name in CORS} & set(fields(response))


@pytest.mark.parametrize(
    ("method", "target"),
    [("GET", "http://127.0.0.1/api/auth/v1/ping"), ("CONNECT", "a:1"), ("OPTIONS", "*")],
)
def test_other_forms_of_targets_are_4xx(sandbox: Running, method: str, target: str) -> None:
    with sandbox.connect() as caller:
        caller.send(method, target)
        assert caller.read_head().status == 404


# -- OPTIONS, HEAD, conditions, codings -----------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "allow"),
    [
        (PING, "GET, HEAD"),
        (EXPAND, "POST"),
        (SECRET + "x", "DELETE, GET, HEAD, PUT"),
        (SECRET + "%ff", "DELETE, GET, HEAD, PUT"),
        (LIST + "?limit=x", "GET, HEAD"),
    ],
)
def test_options_lists_the_verbs_to_anybody(sandbox: Running, target: str, allow: str) -> None:
    response = sandbox.request(
        "OPTIONS", target, [("Origin", "https://x.example"), ("Authorization", "Hawk nonsense")]
    )
    assert (response.status, response.body.decode()) == (200, allow)
    assert response.header("Allow") == allow
    assert response.header("Content-Type") == "text/plain"
    check_fields(response, {"Content-Type", "Content-Length", "Allow", "Vary"})


@pytest.mark.parametrize("target", [CURRENT, "/api/auth/v1/nothing", SECRET + "x", PING + "?x=1"])
def test_head_has_the_header_of_get_and_no_body(sandbox: Running, target: str) -> None:
    with sandbox.connect() as caller:
        body = caller.request("GET", target)
        head = caller.request("HEAD", target)
        assert caller.request("GET", PING).status == 200  # nothing of a body was left over
    assert (head.status, head.body) == (body.status, b"")
    varying = {"x-for-trace-id", "x-for-request-id", "date"}
    # an error tells the time, so its ETag is its own
    varying |= {"etag"} if body.status in {400, 403} else set()
    assert {k: v for k, v in fields(head).items() if k not in varying} == {
        k: v for k, v in fields(body).items() if k not in varying
    }


def test_an_etag_can_be_asked_for_again(sandbox: Running) -> None:
    etag = sandbox.request("GET", CURRENT).header("ETag")
    assert etag
    strong = etag.removeprefix("W/")
    for method in ("GET", "HEAD"):
        for asked in (etag, strong, "*", f'"x", {etag} ,"y"'):
            with sandbox.connect() as caller:
                response = caller.request(method, CURRENT, [("If-None-Match", asked)])
                assert caller.request("GET", PING).status == 200
            assert (response.status, response.body) == (304, b"")
            assert response.header("ETag") == etag
            check_fields(response, {"ETag"})


def test_other_answers_are_sent_whole(sandbox: Running) -> None:
    etag = sandbox.request("GET", CURRENT).header("ETag")
    assert etag
    for asked in (
        [("If-None-Match", '"x"')],
        [("If-None-Match", etag), ("Cache-Control", "no-cache")],
    ):
        assert sandbox.request("GET", CURRENT, asked).status == 200
    missing = sandbox.request("GET", "/api/auth/v1/nothing")
    asked = [("If-None-Match", missing.header("ETag") or "")]
    assert sandbox.request("GET", "/api/auth/v1/nothing", asked).status == 404
    body = b'{"scopes": []}'
    posted = sandbox.request("POST", EXPAND, [JSON], body)
    asked = [JSON, ("If-None-Match", posted.header("ETag") or "")]
    assert sandbox.request("POST", EXPAND, asked, body).status == 200


@pytest.mark.parametrize(
    ("accept", "coding"),
    [
        ("gzip", "gzip"),
        ("deflate", "deflate"),
        ("deflate, gzip;q=0.5", "gzip"),
        ("GZIP", "gzip"),
        ("gzip;q=0, deflate", "deflate"),
        ("br", None),
        ("identity", None),
        ("", None),
    ],
)
def test_long_bodies_are_compressed(sandbox: Running, accept: str, coding: str | None) -> None:
    store(sandbox, "long", 100_000)
    plain = sandbox.signed(ROOT, "GET", SECRET + "long")
    header = ROOT.header("GET", SECRET + "long", sandbox.host)
    given = [("Authorization", header), ("Accept-Encoding", accept)]
    response = sandbox.request("GET", SECRET + "long", given)
    assert response.header("Content-Encoding") == coding
    assert response.header("ETag") == plain.header("ETag")
    if coding is None:
        assert response.body == plain.body
        return
    assert response.header("Transfer-Encoding") == "chunked"
    assert response.header("Content-Length") is None
    unpacked = (
        gzip.decompress(response.body) if coding == "gzip" else zlib.decompress(response.body)
    )
    assert unpacked == plain.body
    assert len(response.body) < len(plain.body) / 10


def test_the_shortest_body_that_is_compressed_has_1024_bytes(sandbox: Running) -> None:
    for size, coding in ((1023, None), (1024, "gzip")):
        store(sandbox, "edge", 0)
        empty = len(sandbox.signed(ROOT, "GET", SECRET + "edge").body)
        store(sandbox, "edge", size - empty)
        header = ROOT.header("GET", SECRET + "edge", sandbox.host)
        given = [("Authorization", header), ("Accept-Encoding", "gzip")]
        assert sandbox.request("GET", SECRET + "edge", given).header("Content-Encoding") == coding
        head = [("Authorization", ROOT.header("HEAD", SECRET + "edge", sandbox.host)), *given[1:]]
        assert sandbox.request("HEAD", SECRET + "edge", head).header("Content-Length") == str(size)


# -- request bodies -------------------------------------------------------------------------------


def expand(sandbox: Running, body: bytes | None, *more: tuple[str, str]) -> Response:
    return sandbox.request("POST", EXPAND, more or [JSON], body)


GOOD = b'{"scopes": ["a"]}'


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=UTF-8",
    ],
)
def test_json_is_known_by_its_content_type(sandbox: Running, content_type: str) -> None:
    assert expand(sandbox, GOOD, ("Content-Type", content_type)).json() == {"scopes": ["a"]}


@pytest.mark.parametrize(
    ("body", "content_type", "shown"),
    [
        (GOOD, "text/plain", "text/plain"),
        (GOOD, "application/vnd.x+json", "application/vnd.x+json"),
        (GOOD, None, "null"),
        (None, "application/json", "null"),
        (None, None, "null"),
        (b"", None, "null"),
        (b"not JSON", "text/plain", "text/plain"),
    ],
)
def test_other_content_is_refused(
    sandbox: Running, body: bytes | None, content_type: str | None, shown: str
) -> None:
    with sandbox.connect() as caller:
        given = [] if content_type is None else [("Content-Type", content_type)]
        response = caller.request("POST", EXPAND, given, body)
        assert caller.request("GET", PING).status == 200
    assert (response.status, response.json()["code"]) == (400, "MalformedPayload")
    assert text(response) == (
        f"Payload must be JSON with content-type: application/json got content-type: {shown}"
    )
    assert response.json()["requestInfo"]["payload"] == {}


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"{", "Failed to parse JSON: "),
        (b"{]", "Failed to parse JSON: "),
        (b'{"a": NaN}', "Failed to parse JSON: NaN is not JSON"),
        (b'{"a": 1e999}', "Failed to parse JSON: a number is out of range"),
        (b'{"a": ' + b"9" * 5000 + b"}", "Failed to parse JSON: "),
        (b"1", "Failed to parse JSON: Must be an object or array"),
        (b'"a"', "Failed to parse JSON: Must be an object or array"),
        (b"null", "Failed to parse JSON: Must be an object or array"),
        (b"[" * 100_000, "Failed to parse JSON: nested too deep"),
        (b"[" * 201 + b"]" * 201, "Failed to parse JSON: nested too deep"),
        (b'{"a":' * 900 + b"1" + b"}" * 900, "Failed to parse JSON: nested too deep"),
    ],
    ids=NUMBERED,
)
def test_what_is_no_json_is_refused(sandbox: Running, body: bytes, problem: str) -> None:
    for signature in ([], [("Authorization", "Hawk nonsense")]):  # before any authentication
        response = expand(sandbox, body, JSON, *signature)
        assert (response.status, response.json()["code"]) == (400, "MalformedPayload")
        assert text(response).startswith(problem)
        assert response.json()["requestInfo"]["payload"] == body.decode()


def test_nesting_up_to_200_levels_is_accepted(sandbox: Running) -> None:
    inner: Any = {}
    for _ in range(197):
        inner = [inner]
    body = json.dumps({"secret": {"a": inner}, "expires": LATER}).encode()
    assert sandbox.signed(ROOT, "PUT", SECRET + "deep", body).status == 200
    assert sandbox.signed(ROOT, "GET", SECRET + "deep").json()["secret"] == {"a": inner}


def test_a_byte_order_mark_is_no_json_but_harmless(sandbox: Running) -> None:
    assert expand(sandbox, b"\xef\xbb\xbf" + GOOD).json() == {"scopes": ["a"]}


@pytest.mark.parametrize("charset", ["utf-16", "iso-8859-1", "bogus"])
def test_other_charsets_are_refused(sandbox: Running, charset: str) -> None:
    response = expand(sandbox, GOOD, ("Content-Type", f"application/json; charset={charset}"))
    assert (response.status, response.json()["code"]) == (400, "MalformedPayload")
    assert text(response) == f'unsupported charset "{charset}"'
    assert "payload" not in response.json()["requestInfo"]


def test_a_compressed_body_is_hashed_uncompressed(sandbox: Running) -> None:
    for coding, packed in (
        ("gzip", gzip.compress(GOOD)),
        ("GZip", gzip.compress(GOOD)),
        ("deflate", zlib.compress(GOOD)),
        ("identity", GOOD),
    ):
        header = ROOT.header(
            "POST", EXPAND, sandbox.host, hash=payload_hash(GOOD, "application/json")
        )
        given = [JSON, ("Authorization", header), ("Content-Encoding", coding)]
        assert sandbox.request("POST", EXPAND, given, packed).json() == {"scopes": ["a"]}


@pytest.mark.parametrize(
    ("coding", "body", "status", "problem"),
    [
        ("bogus", GOOD, 400, 'unsupported content encoding "bogus"'),
        ("gzip", GOOD, 400, "The request body is not gzip"),
        (
            "gzip",
            gzip.compress(GOOD)[:-9],
            400,
            "The request body ends before its gzip data does",
        ),
        (
            "gzip",
            gzip.compress(b" " * (10 * MIB + 1)),
            413,
            "The request body is larger than 10485760 bytes",
        ),
    ],
    ids=NUMBERED,
)
def test_a_badly_compressed_body_is_refused(
    sandbox: Running, coding: str, body: bytes, status: int, problem: str
) -> None:
    response = expand(sandbox, body, JSON, ("Content-Encoding", coding))
    assert (response.status, text(response)) == (status, problem)
    assert "payload" not in response.json()["requestInfo"]


def chunked(body: bytes, size: int) -> bytes:
    pieces = (body[at : at + size] for at in range(0, len(body), size))
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def test_a_body_may_be_chunked(sandbox: Running) -> None:
    with sandbox.connect() as caller:
        caller.send("POST", EXPAND, [JSON, ("Transfer-Encoding", "chunked")])
        caller.wire.send(chunked(GOOD, 3))
        assert caller.read_response().json() == {"scopes": ["a"]}
        assert caller.request("GET", PING).status == 200


def test_ten_mebibytes_are_accepted_and_hashed(sandbox: Running) -> None:
    frame = json.dumps({"secret": {"x": ""}, "expires": LATER}).encode()
    body = frame.replace(b'""', b'"%b"' % (b"y" * (10 * MIB - len(frame))))
    assert len(body) == 10 * MIB
    hashed = payload_hash(body, "application/json")
    response = sandbox.signed(ROOT, "PUT", SECRET + "large", body, hash=hashed)
    assert response.status == 200
    stored = sandbox.signed(ROOT, "GET", SECRET + "large")
    assert len(stored.json()["secret"]["x"]) == 10 * MIB - len(frame)
    assert sandbox.signed(ROOT, "DELETE", SECRET + "large").status == 200


def test_a_longer_body_is_refused(sandbox: Running) -> None:
    given = [JSON, ("Content-Length", str(10 * MIB + 1)), ("Expect", "100-continue")]
    with sandbox.connect() as caller:
        caller.send("POST", EXPAND, given)
        response = caller.read_response()
        assert response.informational == ()
    assert (response.status, response.json()["code"]) == (413, "InputTooLarge")
    assert text(response) == "The request body is larger than 10485760 bytes"
    assert "payload" not in response.json()["requestInfo"]
    with sandbox.connect() as caller:
        caller.send("POST", EXPAND, [JSON, ("Transfer-Encoding", "chunked")])
        caller.wire.send(chunked(b" " * (10 * MIB + 1), MIB))
        assert caller.read_response().status == 413


def test_who_expects_to_be_asked_for_the_body_is_asked(sandbox: Running) -> None:
    with sandbox.connect() as caller:
        given = [JSON, ("Content-Length", str(len(GOOD))), ("Expect", "100-continue")]
        caller.send("POST", EXPAND, given)
        assert caller.wire.read_until(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        caller.wire.send(GOOD)
        response = caller.read_response()
        assert (response.status, response.json()) == (200, {"scopes": ["a"]})
        # an error that comes before the body is read asks for nothing
        caller.send("POST", "/api/auth/v1/nothing", given)
        assert caller.read_response().informational == ()


def test_the_payload_of_an_error_is_the_body(sandbox: Running) -> None:
    header = ROOT.header("GET", SECRET + "x", sandbox.host, ts="1")
    given = [JSON, ("Authorization", header)]
    response = sandbox.request("GET", SECRET + "x", given, b'{"a": [1]}')
    assert response.status == 401
    info = response.json()["requestInfo"]
    assert list(response.json()) == ["code", "message", "requestInfo"]
    assert info == {
        "method": "get",
        "params": {"name": "x"},
        "payload": {"a": [1]},
        "time": info["time"],
    }
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", info["time"])


# -- connections ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw",
    [
        b"nonsense\r\n\r\n",
        b"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"secret-bytes" * 20_000 + b"\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
    ids=NUMBERED,
)
def test_what_is_no_http_is_a_clean_400(sandbox: Running, raw: bytes) -> None:
    with sandbox.connect() as caller:
        caller.wire.send(raw)
        response = caller.read_response()
        assert caller.wire.wait_closed()
    assert (response.status, response.json()["code"]) == (400, "MalformedRequest")
    assert re.fullmatch(r"The request is not valid HTTP/1.1 \(\w+\)", text(response))
    assert b"secret-bytes" not in response.body


def test_broken_chunks_are_a_clean_400(sandbox: Running) -> None:
    for before in ([], [PING], [PING, LIST]):
        with sandbox.connect() as caller:
            for target in before:
                caller.send("GET", target)
            given = [JSON, ("Transfer-Encoding", "chunked"), ("Expect", "100-continue")]
            caller.send("POST", EXPAND, given)
            for _ in before:
                assert caller.read_response().status == 200
            # the body is waited for before it breaks
            assert caller.wire.read_until(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
            caller.wire.send(b"5\r\n{}")
            caller.wire.send(b"   zz\r\n")
            response = caller.read_response()
            assert caller.wire.read_to_end() == b""
        assert (response.status, response.json()["code"]) == (400, "MalformedPayload")
        assert re.fullmatch(r"The request body is broken \(\w+\)", text(response))


def test_pipelined_requests_are_answered_in_order(sandbox: Running) -> None:
    with sandbox.connect() as caller:
        for target in (PING, CURRENT, LIST):
            caller.send("GET", target)
        found = [list(caller.read_response().json()) for _ in range(3)]
    assert found == [["alive", "uptime"], ["scopes"], ["secrets"]]


def test_http_1_0_is_answered_without_chunks(sandbox: Running) -> None:
    store(sandbox, "old", 5000)
    header = ROOT.header("GET", SECRET + "old", sandbox.host)
    with sandbox.connect() as caller:
        given = [("Authorization", header), ("Accept-Encoding", "gzip")]
        caller.send("GET", SECRET + "old", given, version="HTTP/1.0")
        response = caller.read_response()
        assert caller.wire.wait_closed()
    assert json.loads(gzip.decompress(response.body))["secret"] == {"x": "y" * 5000}


def test_header_fields_of_100_kib_are_read(sandbox: Running) -> None:
    given = [("X-Long", "x" * 100_000), *((f"X-{number}", "x") for number in range(500))]
    assert sandbox.request("GET", PING + "?" + "#" * 100_000, given).status == 200
    given = [("Authorization", "Hawk " + "x" * 100_000)]
    response = sandbox.request("GET", CURRENT, given)
    assert text(response) == "Bad Request: Header length too long"


def test_an_ipv6_address_works() -> None:
    with Running(host="::1") as sandbox:
        assert sandbox.url.startswith("http://[::1]:")
        assert sandbox.signed(ROOT, "GET", CURRENT).json() == {"scopes": ["*"]}
        assert sandbox.signed(NOBODY, "GET", SECRET + "demo").status == 403


LOOPS = pytest.mark.parametrize("loop_factory", [None, uvloop.new_event_loop])


@LOOPS
def test_it_runs_on_every_event_loop(loop_factory: Any) -> None:
    with Running(loop_factory=loop_factory) as sandbox:
        store(sandbox, "x", 100_000)
        assert sandbox.signed(ROOT, "GET", SECRET + "x").json()["secret"] == {"x": "y" * 100_000}
        assert sandbox.request("GET", SECRET + "\xff").status == 400


@LOOPS
def test_who_does_not_read_does_not_hold_up_the_end(loop_factory: Any) -> None:
    with ExitStack() as stack, Running(loop_factory=loop_factory) as sandbox:
        store(sandbox, "x", 9 * MIB)
        header = ROOT.header("GET", SECRET + "x", sandbox.host)
        stack.enter_context(caller := Caller(sandbox.address, receive_buffer=4096))
        caller.send("GET", SECRET + "x", [("Authorization", header)])
        caller.read_head()


@LOOPS
def test_idle_connections_do_not_hold_up_the_end(loop_factory: Any) -> None:
    with Running(loop_factory=loop_factory) as sandbox:
        idle = [sandbox.connect() for _ in range(3)]
        assert idle[0].request("GET", PING).status == 200
        idle[1].wire.send(b"GET /api/auth")
        address = sandbox.address
    for caller in idle:
        assert caller.wire.wait_closed()
        caller.wire.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address).close()


def test_a_caller_may_leave_in_the_middle(sandbox: Running) -> None:
    for _ in range(3):
        with Caller(sandbox.address) as caller:
            caller.send("POST", EXPAND, [JSON, ("Content-Length", "10")])
            caller.wire.send(b"{")
            caller.wire.reset()
    assert sandbox.request("GET", PING).status == 200


def test_a_mistake_of_its_own_is_a_500_and_the_connection_ends() -> None:
    with Running() as running:
        broken: Any = object()
        running.sandbox.clients["team/broken"] = broken
        header = Signer("team/broken", "token").header("POST", EXPAND, running.host)
        given = [JSON, ("Authorization", header), ("Content-Length", str(len(GOOD)))]
        for expect in ([], [("Expect", "100-continue")]):
            with running.connect() as caller:
                caller.send("POST", EXPAND, [*given, *expect])
                caller.wire.send(GOOD)
                response = caller.read_response()
                assert caller.wire.wait_closed()
            assert (response.status, response.json()["code"]) == (500, "InternalServerError")
            assert re.fullmatch(
                r"Internal Server Error, incidentId [0-9a-f-]{36}\.", text(response)
            )
        assert running.request("GET", PING).status == 200
