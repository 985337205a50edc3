"""The low-level HTTP functions, for any URL, sync and async."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests
import tcproxy_client
from tcproxy_client import utils
from tcproxy_client.aio import asyncutils, retry
from tcproxy_client.exceptions import TaskclusterConnectionError, TaskclusterFailure

from tests.harness.upstream import raw_then_close, reply

if TYPE_CHECKING:
    from tests.client.faces import Face
    from tests.harness.upstream import Upstream


@pytest.fixture
def plain(face: Face) -> Any:
    """The module of a face that has these functions."""
    return asyncutils if face.is_async else utils


@pytest.mark.parametrize(
    "path", ["/", "/a%2fb/../c?x=%20&y=+", "?x=1", "", "//a", "/a#fragment", "/a%zz"]
)
@pytest.mark.parametrize("body", [None, b"bytes", "café", io.BytesIO(b"file")])
def test_a_request_is_sent_as_given(
    face: Face, plain: Any, upstream: Upstream, path: str, body: Any
) -> None:
    headers = {"X-Mine": "1", "Content-Length": "4"} if hasattr(body, "read") else {"X-Mine": "1"}
    upstream.script(reply(404, [], b'{"a": 1}'))
    url = upstream.url + path
    answer = face.run(plain.makeSingleHttpRequest, "put", url, body, headers)
    request = upstream.only_request()
    target = path.partition("#")[0]
    assert request.method == "PUT"
    assert request.target.decode() == (target if target.startswith("/") else f"/{target}")
    expected = {None: b"", b"bytes": b"bytes", "café": "café".encode()}
    assert request.body == (b"file" if hasattr(body, "read") else expected[body])
    assert request.value("X-Mine") == b"1"
    assert face.status(answer) == 404
    assert face.run(answer.json) == {"a": 1}
    with pytest.raises(TaskclusterFailure, match=r"\n\(http://.*: status 404\)$"):
        answer.raise_for_status()


@pytest.mark.parametrize("size", [0, 5, 3_000_000])
def test_the_length_of_a_file_is_told(
    face: Face, plain: Any, upstream: Upstream, tmp_path: Path, size: int
) -> None:
    """A storage that was signed for takes nothing else."""
    (tmp_path / "file").write_bytes(bytes(size))
    for make in (lambda: (tmp_path / "file").open("rb"), lambda: io.BytesIO(bytes(size))):
        with make() as file:
            face.run(plain.makeHttpRequest, "PUT", f"{upstream.url}/", file, {"X-Mine": "1"})
        request = upstream.requests[-1]
        assert request.value("Content-Length") == str(size).encode()
        assert request.value("Transfer-Encoding") is None
        assert request.body_size == size


def test_the_bytes_of_text_are_sent(
    face: Face, plain: Any, upstream: Upstream, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("žluťoučký\n", encoding="utf-8")
    for make in (
        lambda: (tmp_path / "file").open(encoding="utf-8"),
        lambda: io.StringIO("žluťoučký\n"),
    ):
        with make() as file:
            face.run(plain.makeHttpRequest, "PUT", f"{upstream.url}/", file, {})
        assert upstream.requests[-1].body == (tmp_path / "file").read_bytes()
        assert upstream.requests[-1].value("Transfer-Encoding") is None


def test_a_payload_that_cannot_be_sent(face: Face, plain: Any, upstream: Upstream) -> None:
    error = face.failure(plain.makeHttpRequest, "PUT", f"{upstream.url}/", 5, {})
    assert str(error).endswith("or the fields of a form as a dict, not int")
    assert not upstream.requests


def test_a_form_is_sent_as_requests_sends_it(face: Face, plain: Any, upstream: Upstream) -> None:
    fields = {"a": "é &", "b": [1, 2], "c": None, "d": b"x"}
    for headers in ({}, {"content-type": "text/plain"}):
        requests.post(upstream.url, data=fields, headers=headers, timeout=60)
        face.run(plain.makeSingleHttpRequest, "post", upstream.url, fields, headers)
        theirs, ours = upstream.requests[-2:]
        assert ours.body == theirs.body == b"a=%C3%A9+%26&b=1&b=2&d=x"
        assert ours.value("Content-Type") == theirs.value("Content-Type")


def test_an_empty_dict_is_no_payload(face: Face, plain: Any, upstream: Upstream) -> None:
    assert face.status(face.run(plain.makeSingleHttpRequest, "GET", upstream.url, {}, {})) == 200
    request = upstream.only_request()
    assert request.body == b""
    assert request.value("Content-Type") is None
    assert request.value("Content-Length") is None


def test_redirects_are_not_followed(face: Face, plain: Any, upstream: Upstream) -> None:
    upstream.script(reply(302, [("Location", "/other")]))
    answer = face.run(plain.makeHttpRequest, "GET", f"{upstream.url}/", None, {})
    assert face.status(answer) == 302
    assert len(upstream.requests) == 1


def test_failures_are_tried_again_and_the_last_answer_is_given(
    face: Face, plain: Any, upstream: Upstream
) -> None:
    upstream.script(raw_then_close(b""), reply(500), reply(503))
    answer = face.run(plain.makeHttpRequest, "GET", f"{upstream.url}/", None, None, retries=2)
    assert face.status(answer) == 503
    times = [each.at for each in upstream.requests]
    assert times[1] - times[0] >= 0.1
    assert times[2] - times[1] >= 0.4
    upstream.script(raw_then_close(b""))
    with pytest.raises(TaskclusterConnectionError, match="closed before an answer"):
        face.run(plain.makeSingleHttpRequest, "GET", f"{upstream.url}/", None, None)


def test_a_file_is_put_again_from_its_start(
    face: Face, plain: Any, upstream: Upstream, tmp_path: Path
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"0123456789" * 20_000)
    upstream.script(reply(500))
    answer = face.run(plain.putFile, path, f"{upstream.url}/x", "a/b")
    assert face.status(answer) == 200
    for request in upstream.requests:
        assert request.body == path.read_bytes()
        assert request.value("Content-Type") == b"a/b"
        assert request.value("Content-Length") == b"200000"
        assert request.value("Transfer-Encoding") is None
    assert len(upstream.requests) == 2


def test_a_session_is_used(face: Face, plain: Any, upstream: Upstream) -> None:
    async def with_async_session() -> None:
        async with asyncutils.createSession(headers={"X-Mine": "1"}) as session:
            for _ in range(2):
                await plain.makeHttpRequest("GET", upstream.url, None, None, session=session)

    if face.is_async:
        face.run(with_async_session)
        assert upstream.requests[0].value("X-Mine") == b"1"
    else:
        from tcproxy_client import createSession

        with createSession() as session:
            for _ in range(2):
                plain.makeHttpRequest("GET", upstream.url, None, None, session=session)
    assert len({each.connection for each in upstream.requests}) == 1


def test_a_request_that_cannot_be_made_leaves_nothing_for_the_next(upstream: Upstream) -> None:
    """So does one that was interrupted at that point, as by Ctrl-C."""
    with tcproxy_client.createSession(1) as session:
        with pytest.raises(ValueError, match="Invalid header value"):
            utils.makeSingleHttpRequest("get", f"{upstream.url}/1", None, {"X": "a\nb"}, session)
        utils.makeSingleHttpRequest("get", f"{upstream.url}/2", None, None, session)
    request = upstream.only_request()
    assert request.target == b"/2"
    assert request.value("X") is None


def test_a_session_of_requests_is_used_as_there(upstream: Upstream) -> None:
    upstream.script(reply(303, [("Location", "/x")]))
    with requests.Session() as session:
        answer = utils.makeSingleHttpRequest("get", upstream.url, None, {}, session)
    assert isinstance(answer, requests.Response)
    assert answer.status_code == 303


@pytest.mark.parametrize("url", ["ftp://x/", "x", "http://", "http://a b/", "http://h/é", ""])
def test_urls_that_cannot_be_used(face: Face, plain: Any, url: str) -> None:
    error = face.failure(plain.makeSingleHttpRequest, "GET", url, None, None)
    assert "cannot be used" in str(error)


def test_coroutine_helpers() -> None:
    async def coroutine() -> int:
        return 5

    assert asyncutils.runAsync(coroutine()) == 5
    assert asyncutils.ensureCoro(coroutine) is coroutine
    made = asyncutils.ensureCoro(len)
    assert asyncio.run(made([1, 2])) == 2


def test_retry_awaits_until_it_works() -> None:
    tries = []

    async def trying(retry_for: Any) -> str:
        tries.append(1)
        if len(tries) < 3:
            retry_for(KeyError(len(tries)))
        return "done"

    assert asyncio.run(retry.retry(2, trying)) == "done"
    assert len(tries) == 3
    tries.clear()
    with pytest.raises(KeyError, match="1"):
        asyncio.run(retry.retry(0, trying))
