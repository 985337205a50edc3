"""For any target and any header fields: upstream receives what was sent, and its MAC verifies."""

from __future__ import annotations

import json
import string
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.harness import hawk
from tests.harness.daemon import Daemon
from tests.harness.upstream import reply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.harness.upstream import Upstream

PRINTABLE = bytes(range(0x21, 0x7F))
TOKEN = "!#$%&'*+-.^_`|~" + string.digits + string.ascii_letters
VALUE = bytes([*range(0x20, 0x7F), *range(0x80, 0x100), 0x09])

# What the proxy replaces, gives a meaning of its own, or reads as framing
SPECIAL = {
    "host",
    "authorization",
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "content-length",
    "content-type",  # may not be repeated
    "user-agent",
    "server",
    "etag",
    "expect",
}

quick = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def text(alphabet: bytes, max_size: int) -> st.SearchStrategy[bytes]:
    """Byte strings over an alphabet."""
    return st.lists(st.sampled_from(alphabet), max_size=max_size).map(bytes)


paths = text(PRINTABLE, max_size=200)
eager_paths = st.lists(
    st.sampled_from(
        [b"/", b"//", b"..", b".", b"?", b"%2F", b"%", b"#", b";", b"&", b"=", b"a", b"~"]
    )
).map(b"".join)
values = text(VALUE, max_size=60).map(lambda value: value.strip(b" \t"))
names = st.text(TOKEN, min_size=1, max_size=20).filter(
    lambda name: name.lower() not in SPECIAL and not name.lower().startswith("x-taskcluster-")
)
fields = st.lists(st.tuples(names.map(str.encode), values), max_size=12)


@pytest.fixture(scope="module")
def property_daemon(shared_upstream: Upstream) -> Iterator[Daemon]:
    with Daemon(root_url=shared_upstream.url) as daemon:
        yield daemon


@pytest.mark.parametrize("prefix", [b"/api/queue/v1/", b"/queue/v1/"])
@quick
@given(path=paths | eager_paths, method=st.sampled_from(["GET", "POST", "FROB", "frob"]))
def test_any_target_is_kept_and_signed(
    property_daemon: Daemon, upstream: Upstream, prefix: bytes, path: bytes, method: str
) -> None:
    upstream.reset()
    assert property_daemon.request(method, prefix + path).status == 200
    request = upstream.only_request()
    assert request.target == b"/api/queue/v1/" + path
    assert request.method == method
    if b"bewit=" not in path:
        hawk.verify(request)


@quick
@given(target=text(bytes([*PRINTABLE, *range(0x80, 0x100)]), max_size=60))
def test_any_bytes_are_kept_or_refused_in_json(
    property_daemon: Daemon, upstream: Upstream, target: bytes
) -> None:
    upstream.reset()
    response = property_daemon.request("GET", b"/" + target)
    if upstream.requests:
        assert response.status == 200
        assert upstream.only_request().target.endswith(target)
        if b"bewit=" not in target:
            hawk.verify(upstream.only_request())
    else:
        assert response.status in (400, 403, 404)
        assert set(response.json()) >= {"code", "message"}


@quick
@given(up=fields, down=fields, body=st.binary(max_size=2000))
def test_any_headers_and_bodies_are_kept_both_ways(
    property_daemon: Daemon,
    upstream: Upstream,
    up: list[tuple[bytes, bytes]],
    down: list[tuple[bytes, bytes]],
    body: bytes,
) -> None:
    upstream.reset()
    answer = [(name.decode(), value.decode("latin-1")) for name, value in down]
    upstream.script(reply(200, answer, body))
    response = property_daemon.request("PUT", "/queue/v1/x", up, body)
    assert (response.status, response.body) == (200, body)
    length = (b"Content-Length", str(len(body)).encode())
    assert response.forwarded() == [*down, length]
    request = upstream.only_request()
    assert request.end_to_end() == [*up, length]
    assert request.body == body
    hawk.verify(request)


@quick
@given(data=st.data(), body=st.binary(max_size=5000))
def test_any_chunking_is_the_same_body(
    property_daemon: Daemon, upstream: Upstream, data: st.DataObject, body: bytes
) -> None:
    upstream.reset()
    upstream.script(lambda exchange: reply(200, body=exchange.read_body())(exchange))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=8)))
    pieces = [body[a:b] for a, b in zip([0, *cuts], [*cuts, len(body)], strict=True) if b > a]
    with property_daemon.connect() as caller:
        caller.send("POST", "/queue/v1/x", [("Transfer-Encoding", "chunked")])
        for piece in pieces:
            caller.wire.send(b"%X\r\n%b\r\n" % (len(piece), piece))
        caller.wire.send(b"0\r\n\r\n")
        assert caller.read_response("POST").body == body
    assert upstream.only_request().body == body


@st.composite
def conversations(draw: st.DrawFn) -> tuple[list[tuple[str, bytes]], bytes]:
    """Requests with their method and body, and the bytes that say them one after the other."""
    said, stream = [], b""
    for number in range(draw(st.integers(1, 4))):
        method = draw(st.sampled_from(["GET", "POST", "FROB", "DELETE"]))
        body = draw(st.none() | st.binary(max_size=40) | st.sampled_from([b"\r\n\r\n", b"GET / "]))
        head = f"{method} /queue/v1/{number} HTTP/1.1\r\nHost: x\r\n".encode()
        if body is not None:
            head += b"Content-Length: %d\r\n" % len(body)
        said.append((method, body or b""))
        stream += head + b"\r\n" + (body or b"")
    return said, stream


@quick
@given(conversation=conversations(), data=st.data())
def test_any_segmentation_says_the_same(
    property_daemon: Daemon,
    upstream: Upstream,
    conversation: tuple[list[tuple[str, bytes]], bytes],
    data: st.DataObject,
) -> None:
    said, stream = conversation
    upstream.reset()
    upstream.default = lambda exchange: reply(200, body=exchange.read_body())(exchange)
    cuts = sorted(data.draw(st.sets(st.integers(1, len(stream) - 1), max_size=8)))
    with property_daemon.connect() as caller:
        for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
            caller.wire.send(stream[start:end])
            time.sleep(0.002)  # so that most pieces arrive on their own; none must
        answers = [caller.read_response(method).body for method, _ in said]
    assert answers == [body for _, body in said]
    assert [(each.method, each.body) for each in upstream.requests] == said


def test_byte_by_byte(daemon: Daemon, upstream: Upstream) -> None:
    with daemon.connect() as caller:
        for method in ("FROB", "GET", "POST"):
            head = f"{method} /queue/v1/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
            for byte in head.encode() + b"\r\n2;x=y\r\nab\r\n0\r\nX-T: 1\r\n\r\n":
                caller.wire.send(bytes([byte]))
                time.sleep(0.001)
            assert caller.read_response(method).status == 200
    assert [(each.method, each.body) for each in upstream.requests] == [
        ("FROB", b"ab"),
        ("GET", b"ab"),
        ("POST", b"ab"),
    ]


hosts = st.sampled_from(["tc.test", "TC.test:8443", "127.0.0.1", "[::1]:80", "a-b.c_d.test:443"])
url_text = text(bytes(set(PRINTABLE) - set(b"#\\")), max_size=80).map(bytes.decode)


@quick
@given(scheme=st.sampled_from(["http", "https"]), host=hosts, rest=url_text)
def test_any_signed_url_verifies(
    property_daemon: Daemon, scheme: str, host: str, rest: str
) -> None:
    url = f"{scheme}://{host}/{rest}"
    response = property_daemon.request("POST", "/bewit", body=url.encode())
    if "bewit=" in url and response.status == 400:
        return
    assert response.status == 303, response
    hawk.verify_bewit(response.body.decode())


identifiers = st.text(string.ascii_letters + string.digits + "!@/:.+|_-", min_size=1, max_size=40)
tokens = st.text(string.ascii_letters + string.digits + "_-", min_size=1, max_size=60)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=6,
)


@quick
@given(client_id=identifiers, access_token=tokens)
def test_any_credentials_sign(
    property_daemon: Daemon, upstream: Upstream, client_id: str, access_token: str
) -> None:
    upstream.reset()
    credentials = hawk.Credentials(client_id, access_token)
    try:
        assert property_daemon.request("PUT", "/credentials", body=credentials.body()).status == 200
        assert property_daemon.request("GET", "/queue/v1/x").status == 200
        hawk.verify(upstream.only_request(), credentials=credentials)
    finally:
        property_daemon.request("PUT", "/credentials", body=hawk.DEFAULT.body())


@quick
@given(
    changes=st.dictionaries(
        st.sampled_from(["clientId", "accessToken", "certificate", "extra"]), anything, min_size=1
    )
)
def test_any_json_is_taken_or_refused_and_never_half(
    property_daemon: Daemon, upstream: Upstream, changes: dict[str, object]
) -> None:
    upstream.reset()
    body = {"clientId": "other", "accessToken": "other-token", **changes}
    put = property_daemon.request("PUT", "/credentials", body=json.dumps(body).encode())
    try:
        assert property_daemon.request("GET", "/queue/v1/x").status == 200
        if put.status == 200:
            credentials = hawk.Credentials(str(body["clientId"]), str(body["accessToken"]))
        else:
            assert put.status == 400
            assert set(put.json()) >= {"code", "message"}
            credentials = hawk.DEFAULT
        hawk.verify(upstream.only_request(), credentials=credentials)
    finally:
        property_daemon.request("PUT", "/credentials", body=hawk.DEFAULT.body())
