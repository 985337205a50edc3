"""What calls give for each kind of answer; the same in both faces."""

from __future__ import annotations

import gzip
import zlib
from typing import TYPE_CHECKING, Any

import pytest
import requests
from tcproxy_client import utils

from tests.harness.upstream import raw, raw_then_close, reply

if TYPE_CHECKING:
    from tests.client.faces import Face
    from tests.harness.upstream import Upstream

JSON = [("Content-Type", "application/json; charset=utf-8")]
ANSWER = b'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{"a": 1}'
TEXT = [("Content-Type", "text/plain; charset=latin-1")]


@pytest.mark.parametrize(
    ("status", "headers", "body", "expected"),
    [
        (200, JSON, b'{"a": 1}', {"a": 1}),
        (200, JSON, b"[1, null]", [1, None]),
        (200, JSON, b'"\xc3\xa9"', "é"),
        (200, JSON, b"null", None),
        (201, TEXT, b'{"a": 1}', {"a": 1}),
        (200, [], b'{"a": 1}', {"a": 1}),
        (204, [], b"", None),
        # redirects are not followed, and are no errors
        (303, [*JSON, ("Location", "http://127.0.0.1:1/")], b'{"url": "u"}', {"url": "u"}),
        (300, JSON, b"{}", {}),
    ],
)
def test_json_is_decoded(
    face: Face,
    queue: Any,
    upstream: Upstream,
    status: int,
    headers: Any,
    body: bytes,
    expected: Any,
) -> None:
    upstream.script(reply(status, headers, body))
    assert face.run(queue.ping) == expected


@pytest.mark.parametrize(
    ("status", "headers", "body", "text"),
    [
        (200, TEXT, b"caf\xe9", "café"),
        (200, JSON, b"{", "{"),
        (200, JSON, b"[" * 100_000, "[" * 100_000),
        (200, JSON, b"", ""),
        (200, JSON, b'\xef\xbb\xbf{"a": 1}', '\ufeff{"a": 1}'),
        (200, [("Content-Type", "text/plain; charset=nonsense")], b"\xff\xc3\xa9", "\ufffdé"),
        (303, [("Location", "/x")], b"", ""),
        (304, [], b"", ""),
    ],
)
def test_anything_else_is_a_response(
    face: Face,
    queue: Any,
    upstream: Upstream,
    status: int,
    headers: Any,
    body: bytes,
    text: str,
) -> None:
    upstream.script(reply(status, headers, body))
    answer = face.run(queue.ping)
    assert set(answer) == {"response"}
    response = answer["response"]
    assert face.text(response) == text
    assert face.status(response) == status
    assert response.ok
    assert response.url == f"{upstream.url}/api/queue/v1/ping"
    assert (face.run(response.read) if face.is_async else response.content) == body
    for name, value in headers:
        assert response.headers[name.lower()] == value
    assert f"[{status}]" in repr(response)
    response.raise_for_status()
    assert response.reason


@pytest.mark.parametrize("body", [b"", b"x", b"a\nb\r\n\nc", b"\xff\x00" * 5000])
def test_a_sync_response_is_read_as_that_of_requests(upstream: Upstream, body: bytes) -> None:
    upstream.default = reply(200, TEXT, body)
    ours = utils.makeHttpRequest("get", upstream.url, None, None)
    theirs = requests.get(upstream.url, timeout=30)
    for size in (1, 3, 4096, None):
        assert list(ours.iter_content(size)) == list(theirs.iter_content(size))
    assert list(ours.iter_content(chunk_size=100)) == list(theirs.iter_content(chunk_size=100))
    assert list(ours.iter_lines()) == list(theirs.iter_lines())


@pytest.mark.parametrize("status", [200, 204, 303, 400, 404, 500])
def test_a_sync_response_is_true_if_it_is_no_error(upstream: Upstream, status: int) -> None:
    upstream.default = reply(status, [], b"")
    ours = utils.makeHttpRequest("get", upstream.url, None, None, retries=0)
    theirs = requests.get(upstream.url, timeout=30, allow_redirects=False)
    assert bool(ours) == bool(theirs) == (status < 400)


def test_a_response_is_read_as_json_on_demand(face: Face, queue: Any, upstream: Upstream) -> None:
    upstream.script(reply(200, JSON, b'\xef\xbb\xbf{"a": 1}'), reply(200, TEXT, b"no"))
    assert face.run(face.run(queue.ping)["response"].json) == {"a": 1}
    with pytest.raises(ValueError, match="Expecting"):
        face.run(face.run(queue.ping)["response"].json)


@pytest.mark.parametrize(
    ("coding", "body"),
    [("gzip", gzip.compress(b'{"a": 1}', mtime=0)), ("deflate", zlib.compress(b'{"a": 1}'))],
)
def test_content_codings_are_undone(
    face: Face, queue: Any, upstream: Upstream, coding: str, body: bytes
) -> None:
    upstream.script(reply(200, [*JSON, ("Content-Encoding", coding)], body))
    assert face.run(queue.ping) == {"a": 1}
    assert upstream.only_request().value("Accept-Encoding") == b"gzip, deflate"


@pytest.mark.parametrize(
    "message",
    [
        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n{"a"\r\n4\r\n: 1}\r\n0\r\n\r\n',
        b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" + ANSWER,
        b"HTTP/1.1 100 Continue\r\n\r\n" + ANSWER,
    ],
)
def test_every_framing_is_read(face: Face, queue: Any, upstream: Upstream, message: bytes) -> None:
    upstream.script(raw(message), raw(message))
    assert face.run(queue.ping) == {"a": 1}
    assert face.run(queue.ping) == {"a": 1}
    assert len({each.connection for each in upstream.requests}) == 1


def test_an_answer_that_ends_with_the_connection_is_read(
    face: Face, queue: Any, upstream: Upstream
) -> None:
    upstream.script(raw_then_close(b"HTTP/1.1 200 OK\r\n\r\n" + b'{"a": 1}'))
    assert face.run(queue.ping) == {"a": 1}
    assert face.run(queue.ping) == {"alive": True}


def test_a_long_answer_is_read_whole(face: Face, queue: Any, upstream: Upstream) -> None:
    upstream.script(reply(200, TEXT, b"x" * 3_000_000))
    assert len(face.text(face.run(queue.ping)["response"])) == 3_000_000
