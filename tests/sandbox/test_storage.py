"""The storage: signed URLs, bytes in and out, ranges and conditions."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest
import slugid
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.harness.caller import Caller
from tests.sandbox.running import ROOT, Running
from tests.sandbox.storing import get_target, path_of, put, put_target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.harness.caller import Response

DATA = b"0123456789abcd"


@pytest.fixture(scope="module")
def target(sandbox: Running) -> str:
    """What gives DATA."""
    return put(sandbox, "storage-test", DATA, "text/x-test")


def code(response: Response) -> str:
    """Return the code of an error in S3's manner."""
    assert response.header("Content-Type") == "application/xml", response
    found = re.search(rb"<Error><Code>(\w+)</Code><Message>[^<]+</Message>", response.body)
    assert found, response
    return found[1].decode()


def test_what_was_put_comes_back(sandbox: Running, target: str) -> None:
    md5 = hashlib.md5(DATA, usedforsecurity=False).hexdigest()
    got = sandbox.request("GET", target, [("Accept-Encoding", "gzip")])
    assert (got.status, got.body) == (200, DATA)
    assert got.header("ETag") == f'"{md5}"'
    assert got.header("Content-Type") == "text/x-test"
    assert got.header("Content-Length") == "14"
    assert got.header("Accept-Ranges") == "bytes"
    assert got.header("Access-Control-Allow-Origin") == "*"
    assert (got.header("Last-Modified") or "").endswith(" GMT")
    head = sandbox.request("HEAD", target)
    assert (head.status, head.body) == (200, b"")
    for name in ("ETag", "Content-Length", "Last-Modified", "Content-Type"):
        assert head.header(name) == got.header(name)


def test_the_last_put_counts_and_what_is_read_meanwhile_stays_whole(sandbox: Running) -> None:
    size = 3_000_000
    put_to = put_target(sandbox, "put-twice", "a/b", size)
    fields = [("Content-Type", "a/b")]
    first = sandbox.request("PUT", put_to, fields, b"1" * size)
    assert (first.status, first.body) == (200, b"")
    get = get_target(sandbox, "put-twice")
    with Caller(sandbox.address, receive_buffer=4096) as caller:
        caller.send("GET", get)
        head = caller.read_head()
        second = sandbox.request("PUT", put_to, fields, b"2" * size)
        assert second.header("ETag") != first.header("ETag") == head.header("ETag")
        assert caller.read_body() == b"1" * size
    assert sandbox.request("GET", get).body == b"2" * size


def test_encodings_are_kept_and_nothing_is_decoded(sandbox: Running) -> None:
    put_to = put_target(sandbox, "encoded", "text/plain", 4)
    fields = [("Content-Type", "text/plain"), ("Content-Encoding", "gzip")]
    assert sandbox.request("PUT", put_to, fields, b"zip!").status == 200
    got = sandbox.request("GET", get_target(sandbox, "encoded"))
    assert (got.header("Content-Encoding"), got.body) == ("gzip", b"zip!")


@pytest.mark.parametrize("size", [0, 1, 65_536, 65_537, 2**20, 2**20 + 1, 3 * 2**20 + 17])
def test_every_size_comes_back(sandbox: Running, size: int) -> None:
    data = (bytes(range(251)) * (size // 251 + 1))[:size]
    got = sandbox.request("GET", put(sandbox, f"size-{size}", data))
    assert hashlib.sha256(got.body).digest() == hashlib.sha256(data).digest()
    assert got.header("Content-Length") == str(size)


def test_a_chunked_body_and_one_that_waits_to_be_asked_are_taken(sandbox: Running) -> None:
    put_to = put_target(sandbox, "waits", "a/b", 5)
    with sandbox.connect() as caller:
        fields = [("Content-Type", "a/b"), ("Content-Length", "5"), ("Expect", "100-continue")]
        caller.send("PUT", put_to, fields)
        assert caller.wire.read_some() == b"HTTP/1.1 100 Continue\r\n\r\n"
        caller.wire.send(b"hello")
        assert caller.read_response("PUT").status == 200
    assert sandbox.request("GET", get_target(sandbox, "waits")).body == b"hello"


def test_half_a_body_stores_nothing(sandbox: Running) -> None:
    put_to = put_target(sandbox, "half", "a/b", 100_000)
    with sandbox.connect() as caller:
        caller.send("PUT", put_to, [("Content-Type", "a/b"), ("Content-Length", "100000")])
        caller.wire.send(b"x" * 70_000)
        caller.wire.reset()
    got = sandbox.request("GET", get_target(sandbox, "half"))
    assert (got.status, code(got)) == (404, "NoSuchKey")


# -- signatures -----------------------------------------------------------------------------------


def test_a_changed_url_is_refused(sandbox: Running, target: str) -> None:
    path, _, query = target.partition("?")
    for changed in (
        f"{path}x?{query}",
        f"{path}?{query}&a=b",
        f"{path}?{query.replace('X-Amz-Expires=1800', 'X-Amz-Expires=1801')}",
        f"{path}?{query[:-1]}{'0' if query[-1] != '0' else '1'}",
        f"{path}?{query.replace('GetObject', 'PutObject')}",
    ):
        assert changed != target
        refused = sandbox.request("GET", changed)
        assert (refused.status, code(refused)) == (403, "SignatureDoesNotMatch")
    refused = sandbox.request("PUT", target, body=b"x")
    assert (refused.status, code(refused)) == (403, "SignatureDoesNotMatch")
    refused = sandbox.request("GET", target, [("Host", "other")])
    assert (refused.status, code(refused)) == (403, "SignatureDoesNotMatch")
    # the same path, spelt otherwise
    spelt = target.replace("/storage-test?", "/%73torage%2Dtest?")
    assert spelt != target
    assert sandbox.request("GET", spelt).body == DATA


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        ([("Content-Type", "a/b")], b"four"),
        ([("Content-Type", "a/c")], b"hello"),
        ([], b"hello"),
        ([("Content-Type", "a/b"), ("Content-Length", "6")], None),
    ],
)
def test_signed_headers_must_be_sent_as_signed(
    sandbox: Running, fields: list[tuple[str, str]], body: bytes | None
) -> None:
    put_to = put_target(sandbox, slugid.v4(), "a/b", 5)
    refused = sandbox.request("PUT", put_to, fields, body)
    assert (refused.status, code(refused)) == (403, "SignatureDoesNotMatch")
    assert b"content-length, content-type, host" in refused.body


@pytest.mark.parametrize(
    ("change", "status", "expected"),
    [
        ((r"X-Amz-Date=[^&]+&", ""), 400, "AuthorizationQueryParametersError"),
        ((r"X-Amz-Date=[^&]+", "X-Amz-Date=now"), 403, "SignatureDoesNotMatch"),
        ((r"(X-Amz-Date=[^&]+)", r"\1&\1"), 400, "AuthorizationQueryParametersError"),
        ((r"HMAC-SHA256", "HMAC-SHA1"), 400, "AuthorizationQueryParametersError"),
        ((r"Expires=\d+", "Expires=-1"), 400, "AuthorizationQueryParametersError"),
        ((r"Expires=\d+", "Expires=604801"), 400, "AuthorizationQueryParametersError"),
        ((r"SignedHeaders=host", "SignedHeaders="), 400, "AuthorizationQueryParametersError"),
        ((r"Credential=[^%]+", "Credential=other"), 403, "InvalidAccessKeyId"),
        ((r"Signature=.*", "Signature=%ff"), 403, "SignatureDoesNotMatch"),
        ((r"\?.*", ""), 403, "AccessDenied"),
    ],
)
def test_queries_that_are_no_signature(
    sandbox: Running, target: str, change: tuple[str, str], status: int, expected: str
) -> None:
    changed = re.sub(*change, target)
    assert changed != target
    refused = sandbox.request("GET", changed)
    assert (refused.status, code(refused)) == (status, expected)


def test_urls_expire() -> None:
    with Running(url_life=0) as running:
        body = {
            "projectId": "p",
            "uploadId": "dSlITZ4yQgmvxxAi4A8fHQ",
            "expires": "2126-11-22T14:14:03.830Z",
            "proposedUploadMethods": {"putUrl": {"contentType": "a/b", "contentLength": 1}},
        }
        answer = running.signed(
            ROOT, "PUT", "/api/object/v1/upload/x", json.dumps(body).encode()
        ).json()
        url = answer["uploadMethod"]["putUrl"]["url"]
        assert "X-Amz-Expires=0&" in url
        refused = running.request("PUT", path_of(running, url), [("Content-Type", "a/b")], b"x")
        assert (refused.status, code(refused)) == (403, "AccessDenied")
        assert b"Request has expired" in refused.body


def test_urls_of_an_ipv6_address() -> None:
    with Running(host="::1") as running:
        get = put(running, "six", b"data")
        assert running.request("GET", get).body == b"data"


@pytest.mark.parametrize(
    ("method", "target", "status", "expected"),
    [
        ("GET", "/storage/nowhere/x", 404, "NoSuchBucket"),
        ("GET", "/storage/objects", 404, "NoSuchKey"),
        ("GET", "/storage/objects/%zz", 400, "InvalidURI"),
        ("GET", "/storage/objects/%ff", 400, "InvalidURI"),
        ("GET", "/storage/objects/x", 403, "AccessDenied"),
        ("PUT", "/storage/public-artifacts/x", 403, "AccessDenied"),
        ("GET", "/storage/public-artifacts/%01<x", 404, "NoSuchKey"),
        ("DELETE", "/storage/public-artifacts/x", 405, "MethodNotAllowed"),
    ],
)
def test_bad_requests(
    sandbox: Running, method: str, target: str, status: int, expected: str
) -> None:
    refused = sandbox.request(method, target)
    assert (refused.status, code(refused)) == (status, expected), refused
    assert (refused.header("Allow") is not None) == (status == 405)


def test_options(sandbox: Running) -> None:
    answer = sandbox.request("OPTIONS", "/storage/objects/x", [("Origin", "http://x.test")])
    assert (answer.status, answer.body) == (200, b"")
    assert answer.header("Access-Control-Allow-Methods") == "GET, HEAD, PUT"


def test_too_much_is_refused_before_it_is_sent(sandbox: Running) -> None:
    put_to = put_target(sandbox, "too-much", "a/b", 5 * 2**30 + 1)
    fields = [("Content-Type", "a/b"), ("Content-Length", str(5 * 2**30 + 1))]
    refused = sandbox.request("PUT", put_to, fields)
    assert (refused.status, code(refused)) == (400, "EntityTooLarge")
    assert refused.header("Connection") == "close"


# -- ranges and conditions ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("bytes=6-", "6-13"),
        ("bytes=0-0", "0-0"),
        ("bytes=-3", "11-13"),
        ("bytes=-99999999999999999999", "0-13"),
        ("bytes=3-100", "3-13"),
        ("Bytes=13-13", "13-13"),
    ],
)
def test_ranges(sandbox: Running, target: str, asked: str, shown: str) -> None:
    got = sandbox.request("GET", target, [("Range", asked)])
    start, end = map(int, shown.split("-"))
    assert (got.status, got.body) == (206, DATA[start : end + 1])
    assert got.header("Content-Range") == f"bytes {shown}/14"
    assert got.header("Content-Length") == str(end + 1 - start)
    head = sandbox.request("HEAD", target, [("Range", asked)])
    assert (head.status, head.header("Content-Range")) == (206, f"bytes {shown}/14")


@pytest.mark.parametrize(
    "asked", ["bytes=5-3", "bytes=0-1,3-4", "bytes=-", "items=1-2", "bytes=a-"]
)
def test_ranges_without_sense_get_everything(sandbox: Running, target: str, asked: str) -> None:
    got = sandbox.request("GET", target, [("Range", asked)])
    assert (got.status, got.body, got.header("Content-Range")) == (200, DATA, None)


@pytest.mark.parametrize("asked", ["bytes=14-", "bytes=999999999999999999999-", "bytes=-0"])
def test_ranges_outside_are_refused(sandbox: Running, target: str, asked: str) -> None:
    refused = sandbox.request("GET", target, [("Range", asked)])
    assert (refused.status, code(refused)) == (416, "InvalidRange")


def test_a_range_of_nothing(sandbox: Running) -> None:
    empty = put(sandbox, "empty", b"")
    for asked in ("bytes=0-", "bytes=-1"):
        assert sandbox.request("GET", empty, [("Range", asked)]).status == 416
    assert sandbox.request("GET", empty).body == b""


def test_if_range(sandbox: Running, target: str) -> None:
    got = sandbox.request("GET", target)
    for known in ("ETag", "Last-Modified"):
        fields = [("Range", "bytes=1-2"), ("If-Range", got.header(known) or "")]
        part = sandbox.request("GET", target, fields)
        assert (part.status, part.body) == (206, b"12")
    for other in ('"x"', f"W/{got.header('ETag')}", "Mon, 01 Jan 2001 00:00:00 GMT", "nonsense"):
        whole = sandbox.request("GET", target, [("Range", "bytes=1-2"), ("If-Range", other)])
        assert (whole.status, whole.body) == (200, DATA)


def test_conditions(sandbox: Running, target: str) -> None:
    etag = sandbox.request("GET", target).header("ETag") or ""
    for value in (etag, f"W/{etag}", f'"x", {etag}', "*"):
        for method in ("GET", "HEAD"):
            fresh = sandbox.request(method, target, [("If-None-Match", value)])
            assert (fresh.status, fresh.body, fresh.header("ETag")) == (304, b"", etag)
    assert sandbox.request("GET", target, [("If-None-Match", '"x"')]).body == DATA
    assert sandbox.request("GET", target, [("If-Match", etag)]).body == DATA
    refused = sandbox.request("GET", target, [("If-Match", '"x"')])
    assert (refused.status, code(refused)) == (412, "PreconditionFailed")


@pytest.fixture(scope="module")
def large(sandbox: Running) -> str:
    return put(sandbox, "large", bytes(range(256)) * 10_000)


@given(start=st.integers(0, 2_559_999), length=st.integers(1, 1_200_000))
@settings(max_examples=30, deadline=None)
def test_any_part_is_the_part(sandbox: Running, large: str, start: int, length: int) -> None:
    got = sandbox.request("GET", large, [("Range", f"bytes={start}-{start + length - 1}")])
    end = min(start + length, 2_560_000)
    whole = bytes(range(256)) * (length // 256 + 2)
    assert got.status == 206
    assert got.body == whole[start % 256 : start % 256 + end - start]


# -- memory ---------------------------------------------------------------------------------------


@pytest.fixture
def alone() -> Iterator[Running]:
    with Running() as running:
        yield running


def test_large_objects_do_not_stay_in_memory(alone: Running) -> None:
    """Both ends are in this process, so what is sent must not be held here either."""
    size, piece = 128 * 2**20, b"p" * 2**20
    process = psutil.Process()
    put_to = put_target(alone, "flat", "a/b", size)
    before = process.memory_info().rss
    with alone.connect() as caller:
        caller.send("PUT", put_to, [("Content-Type", "a/b"), ("Content-Length", str(size))])
        for _ in range(size // len(piece)):
            caller.wire.send(piece)
        assert caller.read_response("PUT").status == 200
        caller.send("GET", get_target(alone, "flat"))
        caller.read_head()
        caller.skip_parsed(size)
    assert process.memory_info().rss - before < 32 * 2**20


def files() -> dict[int, int]:
    """Return the sizes of the files that sandboxes of this process have, by inode."""
    sizes = {}
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # it was listed, and is closed
            if "tcproxy-sandbox-" in str(entry.readlink()):
                sizes[entry.stat().st_ino] = entry.stat().st_size
    return sizes


def test_what_is_replaced_gives_its_room_back(alone: Running) -> None:
    others = files()
    put_to = put_target(alone, "again", "a/b", 4 * 2**20)
    for number in range(20):
        fields = [("Content-Type", "a/b")]
        assert alone.request("PUT", put_to, fields, bytes([number]) * 4 * 2**20).status == 200
    (size,) = (size for inode, size in files().items() if inode not in others)
    assert 4 * 2**20 <= size <= 32 * 2**20
