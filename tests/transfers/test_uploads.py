"""Uploads through the proxy to a storage that is right, and to one that fails on purpose."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
import os
import threading
from typing import TYPE_CHECKING, Any

import pytest
import slugid
from tcproxy_client.exceptions import (
    TaskclusterAuthFailure,
    TaskclusterConnectionError,
    TaskclusterFailure,
    TaskclusterRestFailure,
)

from tests.harness.upstream import reply, silent
from tests.transfers.deployment import hashes_of
from tests.transfers.sizes import AROUND, BIG, pattern
from tests.transfers.storage import refusal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.transfers.deployment import Deployment
    from tests.transfers.moving import Moving
    from tests.transfers.storage import Storage

DATA = pattern(300_000)


# -- what is asked for and sent -------------------------------------------------------------------


@pytest.mark.parametrize("size", AROUND)
@pytest.mark.parametrize("inline", [True, False], ids=["inline", "put"])
def test_every_size_arrives(
    moving: Moving, deployment: Deployment, storage: Storage, size: int, inline: bool
) -> None:
    deployment.takes_inline = inline
    data = pattern(size)
    moving.upload("a/b c%2F", data, uploadId="SEgsa5LPTVWqV-5UmQWWsA")
    assert deployment.names() == ["createUpload", "finishUpload"]
    assert [each.name for each in deployment.asked] == ["a/b c%2F"] * 2
    proposed = deployment.asked[0].payload["proposedUploadMethods"]
    assert ("dataInline" in proposed) == (size < 8192)
    put = {"contentType": "application/x-test", "contentLength": size}
    assert proposed["putUrl"] == put
    assert deployment.finished() == {
        "projectId": "proj",
        "uploadId": "SEgsa5LPTVWqV-5UmQWWsA",
        "hashes": hashes_of(data),
    }
    if inline and size < 8192:
        assert not storage.requests
        return
    sent = storage.only_put()
    assert sent.body == data
    assert sent.values("Content-Length") == [str(size).encode()]
    assert sent.values("Content-Type") == [b"application/x-test"]
    assert sent.values("Content-Encoding") == [b"identity"]
    assert not sent.values("Transfer-Encoding")
    assert not sent.values("Authorization")


def test_inline_data_is_what_the_api_takes(moving: Moving, deployment: Deployment) -> None:
    deployment.takes_inline = True
    moving.upload("x", b"\x00\xff>?", contentType="text/plain; charset=utf-8")
    assert deployment.asked[0].payload["proposedUploadMethods"]["dataInline"] == {
        "contentType": "text/plain; charset=utf-8",
        "objectData": "AP8+Pw==",
    }


def test_an_upload_id_is_made_if_none_is_given(moving: Moving, deployment: Deployment) -> None:
    moving.upload("x", b"1")
    moving.upload("x", b"1", uploadId=None)
    made = [each.payload["uploadId"] for each in deployment.asked_of("createUpload")]
    assert len(set(made)) == 2
    for each in made:
        assert slugid.decode(each).version == 4


def test_expires_is_a_time_or_a_text(moving: Moving, deployment: Deployment) -> None:
    when = dt.datetime(2126, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
    moving.upload("x", b"1", expires=when)
    moving.upload("x", b"1", expires="2126-01-02T03:04:05.678Z")
    first, second = (each.payload["expires"] for each in deployment.asked_of("createUpload"))
    assert (first, second) == ("2126-01-02T03:04:05Z", "2126-01-02T03:04:05.678Z")


def test_headers_of_the_answer_are_sent_once_each(
    moving: Moving, deployment: Deployment, storage: Storage
) -> None:
    headers = {"x-amz-meta-a": "1", "content-TYPE": "odd/type", "CONTENT-length": "300000"}
    url = storage.sign("x")
    deployment.upload_method = lambda _: {"putUrl": {"url": url, "headers": headers}}
    moving.upload("x", DATA)
    sent = storage.only_put()
    assert sent.body == DATA
    for name, value in headers.items():
        assert sent.values(name) == [value.encode()]


def test_without_a_length_in_the_headers_the_body_still_arrives(
    moving: Moving, deployment: Deployment, storage: Storage
) -> None:
    url = storage.sign("x")
    deployment.upload_method = lambda _: {"putUrl": {"url": url, "headers": {"A": "b"}}}
    moving.upload("x", DATA)
    assert storage.only_put().body == DATA


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_every_kind_of_buffer(moving: Moving, storage: Storage, kind: Any) -> None:
    moving.call("uploadFromBuf", data=kind(DATA), **moving.upload_arguments("x", len(DATA)))
    assert storage.only_put().body == DATA


@pytest.mark.parametrize("size", [0, 1, 8191, 8192, 300_000])
@pytest.mark.parametrize("as_path", [False, True, str], ids=["file", "path", "text"])
def test_files(
    moving: Moving,
    deployment: Deployment,
    storage: Storage,
    tmp_path: Path,
    size: int,
    as_path: Any,
) -> None:
    path = tmp_path / "data é"
    data = pattern(size)
    path.write_bytes(data)
    arguments = moving.upload_arguments("x", size)
    if as_path:
        given = str(path) if as_path is str else path
        moving.call("uploadFromFile", file=given, **arguments)
    else:
        with path.open("rb") as file:
            file.seek(size // 2)  # where it stands does not matter
            moving.call("uploadFromFile", file=file, **arguments)
            assert not file.closed
    assert storage.only_put().body == data
    assert deployment.finished()["hashes"] == hashes_of(data)


@pytest.mark.parametrize("size", [100, 300_000])
@pytest.mark.parametrize("plan", [(1, 65536), (100_000,), (7, 8192, 100_000)], ids=str)
def test_a_reader_of_ones_own(
    moving: Moving, deployment: Deployment, storage: Storage, size: int, plan: tuple[int, ...]
) -> None:
    data = pattern(size)
    factory = moving.factory(lambda: moving.source(data, plan))
    moving.call("upload", readerFactory=factory, **moving.upload_arguments("x", size))
    assert storage.only_put().body == data
    assert deployment.finished()["hashes"] == hashes_of(data)


def test_a_large_file_is_not_read_whole(
    moving: Moving, storage: Storage, deployment: Deployment
) -> None:
    sizes: list[int] = []

    class Watched(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            sizes.append(-1 if size is None else size)
            return super().read(size)

        def readinto(self, buffer: Any, /) -> int:
            sizes.append(len(buffer))
            return super().readinto(buffer)

    data = pattern(BIG)
    moving.call("uploadFromFile", file=Watched(data), **moving.upload_arguments("x", BIG))
    assert storage.only_put().body == data
    assert min(sizes) >= 0, "it was read whole"
    assert max(sizes) <= 1024 * 1024
    assert deployment.finished()["hashes"] == hashes_of(data)


# -- what is wrong with the caller's data ---------------------------------------------------------


@pytest.mark.parametrize("size", [100, 8192, 300_000])
@pytest.mark.parametrize("claimed", [-1, 1, 1000])
def test_a_wrong_length_is_an_error_and_nothing_is_finished(
    moving: Moving, deployment: Deployment, storage: Storage, size: int, claimed: int
) -> None:
    arguments = moving.upload_arguments("x", size + claimed)
    error = moving.failure("uploadFromBuf", data=pattern(size), **arguments)
    assert not isinstance(error, TaskclusterRestFailure | TaskclusterConnectionError), error
    assert str(size + claimed) in str(error)
    assert "finishUpload" not in deployment.names()
    assert not storage.puts


@pytest.mark.parametrize("claimed", [-1, 1, 1000, 1_000_000])
@pytest.mark.parametrize("size", [100, 300_000])
def test_a_reader_that_gives_too_little_or_too_much(
    moving: Moving, deployment: Deployment, storage: Storage, size: int, claimed: int
) -> None:
    factory = moving.factory(lambda: moving.source(pattern(size)))
    arguments = moving.upload_arguments("x", size + claimed)
    error = moving.failure("upload", readerFactory=factory, **arguments)
    assert not isinstance(error, TaskclusterRestFailure | TaskclusterConnectionError), error
    assert str(size + claimed) in str(error)
    assert "finishUpload" not in deployment.names()
    assert not storage.puts


@pytest.mark.parametrize("claimed", [-1, 1, 1000])
def test_a_file_that_is_longer_or_shorter(
    moving: Moving, deployment: Deployment, storage: Storage, tmp_path: Path, claimed: int
) -> None:
    path = tmp_path / "data"
    path.write_bytes(DATA)
    arguments = moving.upload_arguments("x", len(DATA) + claimed)
    moving.failure("uploadFromFile", file=path, **arguments)
    with path.open("rb") as file:
        moving.failure("uploadFromFile", file=file, **arguments)
    assert "finishUpload" not in deployment.names()
    assert not storage.puts


@pytest.mark.parametrize("size", [10, 300_000])
def test_a_file_in_text_mode_is_a_clear_error(
    moving: Moving, deployment: Deployment, tmp_path: Path, size: int
) -> None:
    path = tmp_path / "data"
    path.write_text("x" * size)
    for file in (path.open(encoding="utf-8"), io.StringIO("x" * size)):
        with file:
            arguments = moving.upload_arguments("x", size)
            error = moving.failure("uploadFromFile", file=file, **arguments)
        assert "text" in str(error) or "binary" in str(error)
    assert "finishUpload" not in deployment.names()


def test_a_reader_that_gives_text_is_a_clear_error(moving: Moving, deployment: Deployment) -> None:
    class Wrong:
        def read(self, _size: int) -> Any:
            return "text"

    class WrongToo:
        async def read(self, _size: int) -> Any:
            return "text"

    make = WrongToo if moving.face.is_async else Wrong
    for size in (4, 10_000):
        arguments = moving.upload_arguments("x", size)
        error = moving.failure("upload", readerFactory=moving.factory(make), **arguments)
        assert "str" in str(error) or "bytes" in str(error)
    assert "finishUpload" not in deployment.names()


def test_a_file_that_is_not_there(moving: Moving, deployment: Deployment, tmp_path: Path) -> None:
    arguments = moving.upload_arguments("x", 10)
    with pytest.raises((TaskclusterFailure, FileNotFoundError), match="nowhere"):
        moving.call("uploadFromFile", file=tmp_path / "nowhere", **arguments)
    assert not deployment.asked


@pytest.mark.parametrize("length", [-1, None, "10", 1.5, True])
def test_a_length_that_is_none(moving: Moving, deployment: Deployment, length: Any) -> None:
    error = moving.upload_fails("x", b"0123456789", contentLength=length)
    assert "contentLength" in str(error)
    assert not deployment.asked


@pytest.mark.parametrize("kind", [ArithmeticError, OSError, BrokenPipeError, TimeoutError])
@pytest.mark.parametrize("fails_at", [1, 3])
def test_what_a_reader_raises_comes_out_and_is_not_tried_again(
    moving: Moving, deployment: Deployment, fails_at: int, kind: type[Exception]
) -> None:
    """Also if it looks like a failure of the connection, as a failing disk does."""
    made = []
    cause = KeyError("why")

    class Failing:
        def __init__(self) -> None:
            made.append(self)
            self.reads = 0

        def next(self, size: int) -> bytes:
            self.reads += 1
            if self.reads >= fails_at:
                raise kind("the reader is tired") from cause
            return b"x" * min(size, 1000)

    class Plain(Failing):
        def read(self, size: int) -> bytes:
            return self.next(size)

    class Async(Failing):
        async def read(self, size: int) -> bytes:
            return self.next(size)

    make = Async if moving.face.is_async else Plain
    with pytest.raises(kind, match="the reader is tired") as caught:
        moving.call(
            "upload",
            readerFactory=moving.factory(make),
            **moving.upload_arguments("x", 300_000),
        )
    assert type(caught.value) is kind
    assert caught.value.__cause__ is cause
    assert len(made) == 1
    assert "finishUpload" not in deployment.names()


# -- what goes wrong at the storage ---------------------------------------------------------------


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
@pytest.mark.parametrize("after", [0, 1, 150_000, 299_999, 300_000])
def test_a_dropped_put_is_sent_again(
    moving: Moving, deployment: Deployment, storage: Storage, after: int, reset: bool
) -> None:
    storage.script(storage.hang_up_on_body(after, reset=reset))
    moving.upload("x", DATA)
    assert storage.only_put().body == DATA
    assert deployment.finished()["hashes"] == hashes_of(DATA)
    assert deployment.names() == ["createUpload", "finishUpload"]


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_a_refused_put_is_sent_again(
    moving: Moving, deployment: Deployment, storage: Storage, status: int
) -> None:
    storage.script(reply(status), reply(status))
    moving.upload("x", DATA)
    assert storage.only_put().body == DATA
    assert deployment.finished()["hashes"] == hashes_of(DATA)


def test_a_reader_is_made_for_each_attempt_and_each_is_read_once(
    moving: Moving, storage: Storage
) -> None:
    storage.script(reply(500), storage.hang_up_on_body(1000))
    made: list[Any] = []

    def make() -> Any:
        made.append(moving.source(DATA))
        return made[-1]

    factory = moving.factory(make)
    moving.call("upload", readerFactory=factory, **moving.upload_arguments("x", len(DATA)))
    assert storage.only_put().body == DATA
    assert len(made) == 3


def test_a_file_is_rewound_for_each_attempt(moving: Moving, storage: Storage) -> None:
    storage.script(reply(500), storage.hang_up_on_body(100_000))
    moving.call("uploadFromFile", file=io.BytesIO(DATA), **moving.upload_arguments("x", len(DATA)))
    assert storage.only_put().body == DATA


def test_retry_after_is_waited_for(moving: Moving, storage: Storage) -> None:
    storage.script(reply(429, [("Retry-After", "1")]))
    moving.upload("x", DATA)
    first, second = (each.at for each in storage.requests)
    assert second - first >= 0.95


@pytest.mark.parametrize("status", [400, 404, 409, 411, 413])
def test_what_is_refused_for_good_is_not_sent_again(
    moving: Moving, deployment: Deployment, storage: Storage, status: int
) -> None:
    storage.script(reply(status, [], b"<Error><Code>BadDigest</Code></Error>"))
    error = moving.upload_fails("x", DATA)
    assert isinstance(error, TaskclusterRestFailure)
    assert error.status == error.status_code == status
    assert "signature=1" not in str(error)
    assert len(storage.requests) == 1
    assert "finishUpload" not in deployment.names()


@pytest.mark.parametrize(
    ("script", "kind"),
    [(reply(503), TaskclusterRestFailure), (None, TaskclusterConnectionError)],
    ids=["503", "dropped"],
)
def test_retries_end(
    moving: Moving, deployment: Deployment, storage: Storage, script: Any, kind: Any
) -> None:
    storage.default = script or storage.hang_up_on_body(1000)
    error = moving.upload_fails("x", DATA, maxRetries=2)
    assert isinstance(error, kind)
    assert len(storage.requests) == 3
    assert "finishUpload" not in deployment.names()


def test_no_retries_if_none_are_wanted(moving: Moving, storage: Storage) -> None:
    storage.default = reply(503)
    error = moving.upload_fails("x", DATA, maxRetries=0)
    assert error.status == 503
    assert len(storage.requests) == 1


@pytest.mark.parametrize("status", [301, 302, 303])
def test_a_redirect_is_no_success(
    moving: Moving, deployment: Deployment, storage: Storage, status: int
) -> None:
    storage.keep("elsewhere", b"a page that says nothing")
    where = [("Location", f"{storage.url}/elsewhere")]
    storage.script(*[reply(status, where)] * 3)
    error = moving.upload_fails("x", DATA, maxRetries=1)
    assert not isinstance(error, TaskclusterConnectionError), error
    assert str(status) in str(error)
    assert not storage.gets()
    assert "finishUpload" not in deployment.names()


@pytest.mark.parametrize("status", [307, 308])
def test_data_is_sent_where_a_redirect_that_keeps_the_method_leads(
    moving: Moving, deployment: Deployment, storage: Storage, status: int
) -> None:
    storage.script(reply(status, [("Location", f"{storage.url}/elsewhere?signature=x")]))
    moving.upload("x", DATA)
    sent = storage.only_put()
    assert (sent.path, sent.body) == ("elsewhere", DATA)
    assert sent.values("Content-Type") == [b"application/x-test"]
    assert deployment.finished()["hashes"] == hashes_of(DATA)


def test_such_redirects_end(moving: Moving, deployment: Deployment, storage: Storage) -> None:
    storage.default = reply(307, [("Location", f"{storage.url}/x")])
    error = moving.upload_fails("x", DATA, maxRetries=0)
    assert "307" in str(error) or "redirect" in str(error)
    assert len(storage.requests) < 50
    assert "finishUpload" not in deployment.names()


@pytest.mark.parametrize("status", [500, 503])
@pytest.mark.parametrize("after", [0, 1, 100_000])
def test_an_answer_while_sending_counts(
    moving: Moving, deployment: Deployment, storage: Storage, status: int, after: int
) -> None:
    data = pattern(3_000_000)
    storage.script(storage.answer_early(after, refusal(status)))
    moving.upload("x", data)
    assert storage.only_put().body == data
    assert deployment.finished()["hashes"] == hashes_of(data)


def test_a_refusal_while_sending_is_told(
    moving: Moving, deployment: Deployment, storage: Storage
) -> None:
    storage.default = storage.answer_early(1000, refusal(413))
    error = moving.upload_fails("x", pattern(8_000_000), maxRetries=1)
    # a sender who is reset before it looks for an answer may have lost it
    assert error.status == 413 or isinstance(error, TaskclusterConnectionError), error
    assert "finishUpload" not in deployment.names()


def test_success_before_the_whole_body_was_read_is_no_success(
    moving: Moving, deployment: Deployment, storage: Storage
) -> None:
    storage.default = storage.answer_early(1000, refusal(200))
    moving.upload_fails("x", pattern(8_000_000), maxRetries=0)
    assert "finishUpload" not in deployment.names()


def test_an_expired_url_is_asked_for_again(
    moving: Moving, deployment: Deployment, storage: Storage
) -> None:
    deployment.life = dt.timedelta(seconds=-1)

    def expire(exchange: Any) -> None:
        storage.expire()
        reply(500)(exchange)

    storage.script(expire)
    moving.upload("x", DATA)
    assert storage.only_put().body == DATA
    assert len(storage.requests) == 2, "it was tried although it had expired"
    first, second = deployment.asked_of("createUpload")
    assert first.payload == second.payload
    assert deployment.names() == ["createUpload", "createUpload", "finishUpload"]


def test_a_url_that_is_refused_is_asked_for_again_once(
    moving: Moving, deployment: Deployment, storage: Storage
) -> None:
    storage.script(reply(403))
    moving.upload("x", DATA)
    assert storage.only_put().body == DATA
    assert deployment.names() == ["createUpload", "createUpload", "finishUpload"]
    storage.default = reply(403)
    assert moving.upload_fails("x", DATA).status == 403
    assert len(storage.requests) == 4


def test_a_url_that_has_not_expired_is_used_again(
    moving: Moving, deployment: Deployment, storage: Storage
) -> None:
    storage.script(reply(500), storage.hang_up_on_body(5))
    moving.upload("x", DATA)
    assert len(deployment.asked_of("createUpload")) == 1
    assert len({each.target for each in storage.requests}) == 1


def test_a_silent_storage_is_given_up(impatient: Moving, storage: Storage) -> None:
    storage.default = silent
    error = impatient.upload_fails("x", DATA, maxRetries=0)
    assert isinstance(error, TaskclusterConnectionError)
    assert len(storage.requests) == 1


@pytest.mark.timeout(15)
def test_a_storage_that_does_not_read_is_given_up(impatient: Moving, storage: Storage) -> None:
    storage.default = storage.deaf
    error = impatient.upload_fails("x", bytes(32_000_000), maxRetries=0)
    assert isinstance(error, TaskclusterConnectionError)


def test_a_storage_that_is_not_there(moving: Moving, deployment: Deployment) -> None:
    deployment.upload_method = lambda _: {
        "putUrl": {"url": "http://127.0.0.1:1/x?signature=secret", "headers": {}}
    }
    error = moving.upload_fails("x", DATA, maxRetries=1)
    assert isinstance(error, TaskclusterConnectionError)
    assert "secret" not in str(error)
    assert "finishUpload" not in deployment.names()


# -- what goes wrong with the services ------------------------------------------------------------


@pytest.mark.parametrize("method", [{}, {"other": {}}], ids=str)
def test_no_method_to_agree_on(
    moving: Moving, deployment: Deployment, storage: Storage, method: dict[str, Any]
) -> None:
    deployment.upload_method = lambda _: method
    error = moving.upload_fails("x", DATA)
    assert "upload method" in str(error)
    assert deployment.names() == ["createUpload"]
    assert not storage.requests


def test_errors_of_the_service_come_through(moving: Moving, deployment: Deployment) -> None:
    body = b'{"code": "InsufficientScopes", "message": "no"}'
    upstream = deployment.upstream
    kinds = {401: TaskclusterAuthFailure, 403: TaskclusterRestFailure, 409: TaskclusterRestFailure}
    for status, kind in kinds.items():
        upstream.script(reply(status, [("Content-Type", "application/json")], body))
        error = moving.upload_fails("x", DATA)
        assert type(error) is kind
        assert (error.status, error.code) == (status, "InsufficientScopes")


def test_a_failed_end_is_a_failed_upload(
    moving: Moving, deployment: Deployment, storage: Storage
) -> None:
    storage.script(refuse_the_end(deployment, storage))
    error = moving.upload_fails("x", DATA)
    assert isinstance(error, TaskclusterRestFailure)
    assert error.status == 409


def refuse_the_end(deployment: Deployment, storage: Storage) -> Any:
    """Take the data, and have the next call of the service be refused."""

    def script(exchange: Any) -> None:
        body = b'{"code": "RequestConflict", "message": "no"}'
        answer = reply(409, [("Content-Type", "application/json")], body)
        deployment.upstream.script(answer)
        storage.serve(exchange)

    return script


# -- in programs ----------------------------------------------------------------------------------


def test_many_at_once(moving: Moving, storage: Storage) -> None:
    datas = {f"many/{number}": pattern(100_000 + number) for number in range(8)}
    if moving.face.is_async:

        async def everything() -> None:
            upload = moving.function("uploadFromBuf")
            await asyncio.gather(
                *(
                    upload(data=data, **moving.upload_arguments(name, len(data)))
                    for name, data in datas.items()
                )
            )

        moving.face.run(everything)
    else:
        threads = [
            threading.Thread(target=moving.upload, args=(name, data))
            for name, data in datas.items()
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert {each.path: each.body for each in storage.puts} == datas


def test_from_a_pipe_with_a_reader(moving: Moving, storage: Storage) -> None:
    """A reader need not be able to go back, as long as it is not asked to."""
    reading, writing = os.pipe()

    def fill() -> None:
        with os.fdopen(writing, "wb") as end:
            end.write(DATA)

    filler = threading.Thread(target=fill)
    filler.start()
    with os.fdopen(reading, "rb", buffering=0) as end:

        class Piped:
            async def read(self, size: int) -> bytes:
                return end.read(size)

        make = Piped if moving.face.is_async else (lambda: end)
        factory = moving.factory(make)
        moving.call("upload", readerFactory=factory, **moving.upload_arguments("x", len(DATA)))
    filler.join(20)
    assert storage.only_put().body == DATA
