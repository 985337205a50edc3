"""Downloads of objects through the proxy: what comes, and what is verified before it counts."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import zlib
from typing import TYPE_CHECKING, Any

import pytest
from tcproxy_client.exceptions import (
    ObjectHashVerificationError,
    TaskclusterConnectionError,
    TaskclusterFailure,
    TaskclusterRestFailure,
)

from tests.harness.upstream import raw, reply, silent
from tests.transfers.deployment import hashes_of
from tests.transfers.sizes import AROUND, BIG, pattern
from tests.transfers.storage import Stored

if TYPE_CHECKING:
    from pathlib import Path

    from tests.transfers.deployment import Deployment
    from tests.transfers.moving import Moving
    from tests.transfers.storage import Storage

DATA = pattern(300_000)


# -- what is asked for, and what comes ------------------------------------------------------------


@pytest.mark.parametrize("size", [*AROUND, BIG])
def test_every_size_arrives(
    moving: Moving, deployment: Deployment, storage: Storage, size: int
) -> None:
    data = pattern(size)
    deployment.keep("a/b c%2F", data)
    assert moving.download("a/b c%2F") == data
    (asked,) = deployment.asked
    assert (asked.method, asked.name) == ("startDownload", "a/b c%2F")
    assert asked.payload["acceptDownloadMethods"]["getUrl"] is True
    (got,) = storage.requests
    assert not got.values("Authorization")
    assert not got.values("Range")
    assert storage.served == size


def test_simple_downloads_have_no_hashes(moving: Moving, deployment: Deployment) -> None:
    deployment.keep("x", DATA, hashed=b"other")
    deployment.download_method = "simple"
    assert moving.download("x") == DATA
    assert deployment.asked[0].payload["acceptDownloadMethods"]["simple"] is True


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("text/plain; charset=utf-8", "text/plain"),
        ("application/x-test", "application/x-test"),
        (None, "application/octet-stream"),
    ],
)
def test_the_content_type_is_returned(
    moving: Moving, deployment: Deployment, tmp_path: Path, field: str | None, told: str
) -> None:
    deployment.keep("x", Stored(DATA, content_type=field))
    arguments = moving.object_arguments("x")
    assert moving.call("downloadToBuf", **arguments)[1] == told
    assert moving.call("downloadToFile", file=io.BytesIO(), **arguments) == told
    assert moving.call("downloadToFile", file=tmp_path / "target", **arguments) == told
    factory = moving.factory(moving.sink)
    assert moving.call("download", writerFactory=factory, **arguments) == told


def test_a_writer_of_ones_own(moving: Moving, deployment: Deployment) -> None:
    deployment.keep("x", pattern(BIG))
    made = []

    def make() -> Any:
        made.append(moving.sink())
        return made[-1]

    moving.call("download", writerFactory=moving.factory(make), **moving.object_arguments("x"))
    (sink,) = made
    assert sink.data == pattern(BIG)


@pytest.mark.parametrize("before", [0, 10, 400_000])
def test_an_open_file_is_written_from_its_beginning(
    moving: Moving, deployment: Deployment, before: int
) -> None:
    deployment.keep("x", DATA)
    file = io.BytesIO(b"z" * before)
    file.seek(before // 2)
    moving.call("downloadToFile", file=file, **moving.object_arguments("x"))
    assert file.getvalue() == DATA


def test_redirects_are_followed(moving: Moving, deployment: Deployment, storage: Storage) -> None:
    deployment.keep("x", DATA)
    storage.keep("y", DATA)
    for status in (301, 302, 303, 307, 308):
        storage.script(reply(status, [("Location", f"{storage.url}/y?signature=z")]))
        assert moving.download("x") == DATA
        storage.script(reply(status, [("Location", "/y")]))
        assert moving.download("x") == DATA


def test_redirects_in_a_circle_end(
    moving: Moving, deployment: Deployment, storage: Storage
) -> None:
    deployment.keep("x", DATA)
    storage.default = reply(302, [("Location", f"{storage.url}/x")])
    error = moving.download_fails("x", maxRetries=0)
    assert "redirect" in str(error).lower()
    assert len(storage.requests) < 50


@pytest.mark.parametrize("where", [None, "", "ftp://127.0.0.1/x", "http://[::1", "//"])
def test_redirects_to_nowhere(
    moving: Moving, deployment: Deployment, storage: Storage, where: str | None
) -> None:
    deployment.keep("x", DATA)
    fields = [] if where is None else [("Location", where)]
    storage.default = reply(302, fields)
    moving.download_fails("x", maxRetries=0)


def test_gzip_is_decoded_and_the_stored_bytes_were_hashed(
    moving: Moving, deployment: Deployment
) -> None:
    """Some hash what they upload, others what that stands for."""
    stored = Stored.zipped(DATA)
    deployment.keep("as-stored", stored)
    deployment.keep("as-decoded", stored, hashed=DATA)
    assert moving.download("as-decoded") == DATA
    assert moving.download("as-stored") == DATA


def test_gzip_in_several_members(moving: Moving, deployment: Deployment) -> None:
    zipped = gzip.compress(DATA[:1000]) + gzip.compress(DATA[1000:])
    deployment.keep("x", Stored(zipped, encoding="gzip"), hashed=DATA)
    assert moving.download("x") == DATA


@pytest.mark.parametrize("size", [0, 1, 65536])
def test_small_gzip(moving: Moving, deployment: Deployment, size: int) -> None:
    data = pattern(size)
    deployment.keep("x", Stored.zipped(data), hashed=data)
    assert moving.download("x") == data


@pytest.mark.parametrize("encoding", ["identity", "IDENTITY"])
def test_identity_is_no_encoding(moving: Moving, deployment: Deployment, encoding: str) -> None:
    deployment.keep("x", Stored(DATA, encoding=encoding))
    assert moving.download("x") == DATA


def test_deflate(moving: Moving, deployment: Deployment) -> None:
    deployment.keep("x", Stored(zlib.compress(DATA), encoding="deflate"), hashed=DATA)
    assert moving.download("x") == DATA


def test_an_encoding_nobody_knows_is_an_error(moving: Moving, deployment: Deployment) -> None:
    deployment.keep("x", Stored(DATA, encoding="x-strange"), hashed=DATA[1:])
    moving.download_fails("x", maxRetries=0)


@pytest.mark.parametrize("broken", [b"no gzip at all", gzip.compress(DATA)[:-9], b""])
def test_broken_gzip_is_an_error(
    moving: Moving, deployment: Deployment, tmp_path: Path, broken: bytes
) -> None:
    deployment.keep("x", Stored(broken, encoding="gzip"), hashed=DATA)
    moving.download_fails("x", maxRetries=1)
    target = tmp_path / "target"
    moving.failure("downloadToFile", file=target, **moving.object_arguments("x", maxRetries=0))
    assert not target.exists()


def test_a_body_without_a_length(moving: Moving, deployment: Deployment, storage: Storage) -> None:
    deployment.keep("x", DATA)

    def until_the_end(exchange: Any) -> None:
        exchange.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", DATA)
        exchange.wire.close()

    def chunked(exchange: Any) -> None:
        exchange.request.complete = True
        exchange.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for start in range(0, len(DATA), 50_000):
            piece = DATA[start : start + 50_000]
            exchange.send(b"%x\r\n" % len(piece), piece, b"\r\n")
        exchange.send(b"0\r\n\r\n")

    for script in (until_the_end, chunked):
        storage.script(script)
        assert moving.download("x") == DATA


# -- what is verified -----------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_other_data_is_an_error(
    moving: Moving, deployment: Deployment, storage: Storage, tmp_path: Path, algorithm: str
) -> None:
    deployment.keep("x", DATA)
    deployment.hashes["x"][algorithm] = hashes_of(b"other")[algorithm]
    error = moving.download_fails("x")
    assert isinstance(error, ObjectHashVerificationError)
    assert algorithm in str(error)
    target = tmp_path / "target"
    target.write_bytes(b"what was there before")
    error = moving.failure("downloadToFile", file=target, **moving.object_arguments("x"))
    assert isinstance(error, ObjectHashVerificationError)
    assert target.read_bytes() == b"what was there before"
    assert [each.name for each in tmp_path.iterdir()] == ["target"]
    assert len(storage.requests) == 2, "a wrong hash was tried again"


@pytest.mark.parametrize("hashes", [{}, {"md5": "0" * 32}], ids=str)
def test_no_hash_that_is_known_is_an_error(
    moving: Moving, deployment: Deployment, hashes: dict[str, str]
) -> None:
    deployment.keep("x", DATA)
    deployment.hashes["x"] = hashes
    assert isinstance(moving.download_fails("x"), ObjectHashVerificationError)


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_one_hash_is_enough_and_unknown_ones_do_not_matter(
    moving: Moving, deployment: Deployment, algorithm: str
) -> None:
    deployment.keep("x", DATA)
    deployment.hashes["x"] = {algorithm: hashes_of(DATA)[algorithm], "md5": "?"}
    assert moving.download("x") == DATA


@pytest.mark.parametrize("change", [-1, 1, -150_000])
def test_a_wrong_length_of_the_storage(
    moving: Moving, deployment: Deployment, storage: Storage, change: int
) -> None:
    """A body that is not as long as it says is not taken, simple or not."""
    deployment.keep("x", DATA)
    deployment.download_method = "simple"
    said = str(len(DATA) + 1)

    def short(exchange: Any) -> None:
        answer = storage.answer(exchange.request).field("Content-Length", said)
        exchange.send(answer.head(), answer.body[: len(DATA) + min(change, 0)])
        exchange.wire.close()

    storage.default = short
    error = moving.download_fails("x", maxRetries=1)
    assert isinstance(error, TaskclusterConnectionError)


# -- what goes wrong ------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_a_refused_get_is_tried_again(
    moving: Moving, deployment: Deployment, storage: Storage, status: int
) -> None:
    deployment.keep("x", DATA)
    storage.script(reply(status), reply(status))
    assert moving.download("x") == DATA
    assert len(deployment.asked) == 1


def test_retry_after_is_waited_for(
    moving: Moving, deployment: Deployment, storage: Storage
) -> None:
    deployment.keep("x", DATA)
    storage.script(reply(503, [("Retry-After", "1")]))
    assert moving.download("x") == DATA
    first, second = (each.at for each in storage.requests)
    assert second - first >= 0.95


@pytest.mark.parametrize("status", [401, 403, 410])
def test_a_new_url_is_asked_for_once(
    moving: Moving, deployment: Deployment, storage: Storage, status: int
) -> None:
    deployment.keep("x", DATA)
    storage.script(reply(status))
    assert moving.download("x") == DATA
    assert deployment.names() == ["startDownload"] * 2
    first, second = (each.target for each in storage.requests)
    assert first != second


def test_an_expired_token_is_a_400_in_some_storages(
    moving: Moving, deployment: Deployment, storage: Storage
) -> None:
    deployment.keep("x", DATA)
    storage.script(reply(400, [], b"<Error><Code>ExpiredToken</Code></Error>"))
    assert moving.download("x") == DATA
    assert deployment.names() == ["startDownload"] * 2


@pytest.mark.parametrize("status", [400, 403, 404])
def test_what_is_refused_for_good(
    moving: Moving, deployment: Deployment, storage: Storage, tmp_path: Path, status: int
) -> None:
    deployment.keep("x", DATA)
    storage.default = reply(status, [], b"<Error><Code>AccessDenied</Code></Error>")
    error = moving.download_fails("x")
    assert isinstance(error, TaskclusterRestFailure)
    assert error.status == error.status_code == status
    assert len(storage.requests) <= 2
    assert "signature=" not in str(error) or "signature=1" not in str(error)
    moving.failure("downloadToFile", file=tmp_path / "target", **moving.object_arguments("x"))
    assert list(tmp_path.iterdir()) == []


def test_an_expired_url_is_asked_for_again_before_a_retry(
    moving: Moving, deployment: Deployment, storage: Storage
) -> None:
    """It says when it expires, so that nobody needs to run into it."""
    deployment.keep("x", DATA)
    deployment.life = dt.timedelta(seconds=-1)
    storage.script(reply(500))
    assert moving.download("x") == DATA
    assert [each.value("Range") for each in storage.requests] == [None, None]
    first, second = (each.target for each in storage.requests)
    assert first != second


@pytest.mark.parametrize(
    ("script", "kind"),
    [(reply(503), TaskclusterRestFailure), (None, TaskclusterConnectionError)],
    ids=["503", "dropped"],
)
def test_retries_end(
    moving: Moving, deployment: Deployment, storage: Storage, script: Any, kind: Any
) -> None:
    deployment.keep("x", DATA)
    storage.default = script or storage.cut(10, in_head=True)
    error = moving.download_fails("x", maxRetries=2)
    assert isinstance(error, kind)
    assert len(storage.requests) == 3


def test_no_retries_if_none_are_wanted(
    moving: Moving, deployment: Deployment, storage: Storage
) -> None:
    deployment.keep("x", DATA)
    storage.default = reply(503)
    assert moving.download_fails("x", maxRetries=0).status == 503
    assert len(storage.requests) == 1


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_without_content_is_no_content(
    moving: Moving, deployment: Deployment, storage: Storage, status: int
) -> None:
    deployment.keep("x", DATA)
    deployment.download_method = "simple"
    storage.default = reply(status)
    moving.download_fails("x", maxRetries=0)


def test_garbage_is_an_error(moving: Moving, deployment: Deployment, storage: Storage) -> None:
    deployment.keep("x", DATA)
    storage.default = raw(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")
    error = moving.download_fails("x", maxRetries=0)
    assert isinstance(error, TaskclusterConnectionError)


def test_a_silent_storage_is_given_up(
    impatient: Moving, deployment: Deployment, storage: Storage
) -> None:
    deployment.keep("x", DATA)
    storage.default = silent
    assert isinstance(impatient.download_fails("x", maxRetries=0), TaskclusterConnectionError)


def test_an_unknown_object(moving: Moving) -> None:
    error = moving.download_fails("nothing")
    assert isinstance(error, TaskclusterRestFailure)
    assert (error.status, error.code) == (404, "ResourceNotFound")


@pytest.mark.parametrize("method", ["HTTP:GET", "", None])
def test_a_method_nobody_knows(
    moving: Moving, deployment: Deployment, storage: Storage, method: Any
) -> None:
    deployment.keep("x", DATA)
    deployment.download_method = method
    error = moving.download_fails("x")
    assert "download method" in str(error)
    assert not storage.requests


def test_a_method_without_a_url(moving: Moving, deployment: Deployment, storage: Storage) -> None:
    deployment.keep("x", DATA)
    deployment.upstream.default = reply(200, [], b'{"method": "getUrl", "url": null}')
    error = moving.download_fails("x")
    assert error.args == ("The download was agreed on, by getUrl, but without a URL",)
    assert not storage.requests


@pytest.mark.parametrize("parallel", [1, 3])
def test_a_part_that_was_not_asked_for(
    moving: Moving, deployment: Deployment, storage: Storage, parallel: int
) -> None:
    deployment.keep("x", DATA)
    storage.default = reply(206, [], DATA)
    error = moving.download_fails("x", maxRetries=0, parallel=parallel)
    assert error.args == ("the answer, status 206, is not the part of the data that was asked for",)

    storage.default = reply(206, [("Content-Range", "bytes 1-2/3")], b"bc")
    assert "is not the part" in str(moving.download_fails("x", maxRetries=0))


@pytest.mark.parametrize("size", [1000, 300_000])
def test_what_a_writer_raises_comes_out_and_is_not_tried_again(
    moving: Moving, deployment: Deployment, storage: Storage, size: int
) -> None:
    deployment.keep("x", pattern(size))
    factory = moving.factory(lambda: moving.sink(fail_at=size // 2))
    with pytest.raises(ArithmeticError, match="the writer is tired"):
        moving.call("download", writerFactory=factory, **moving.object_arguments("x"))
    assert len(storage.requests) == 1


def test_a_file_that_cannot_be_written(
    moving: Moving, deployment: Deployment, tmp_path: Path
) -> None:
    deployment.keep("x", DATA)
    arguments = moving.object_arguments("x")
    nowhere = tmp_path / "nowhere" / "target"
    with pytest.raises(FileNotFoundError, match="nowhere") as caught:
        moving.call("downloadToFile", file=nowhere, **arguments)
    assert caught.value.filename == str(nowhere)
    with pytest.raises(IsADirectoryError, match="names a directory"):
        moving.call("downloadToFile", file=f"{tmp_path}/new/", **arguments)
    (tmp_path / "target").mkdir()
    with pytest.raises((OSError, TaskclusterFailure), match="target"):
        moving.call("downloadToFile", file=tmp_path / "target", **arguments)
    assert [each.name for each in tmp_path.iterdir()] == ["target"]


@pytest.mark.parametrize("as_text", [False, True])
def test_a_path_is_written_at_once(
    moving: Moving, deployment: Deployment, tmp_path: Path, as_text: bool
) -> None:
    deployment.keep("x", DATA)
    target = tmp_path / "target é"
    target.write_bytes(b"before")
    target.chmod(0o640)
    given = str(target) if as_text else target
    with target.open("rb") as who_reads_the_old_one:
        moving.call("downloadToFile", file=given, **moving.object_arguments("x"))
        assert who_reads_the_old_one.read() == b"before"
    assert target.read_bytes() == DATA
    assert [each.name for each in tmp_path.iterdir()] == ["target é"]


def test_a_new_file_has_the_usual_mode(
    moving: Moving, deployment: Deployment, tmp_path: Path
) -> None:
    deployment.keep("x", DATA)
    usual = tmp_path / "data"
    usual.touch()
    target = tmp_path / "target"
    moving.call("downloadToFile", file=target, **moving.object_arguments("x"))
    assert target.stat().st_mode == usual.stat().st_mode


def test_a_name_in_the_current_folder(
    moving: Moving, deployment: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployment.keep("x", DATA)
    monkeypatch.chdir(tmp_path)
    moving.call("downloadToFile", file="target", **moving.object_arguments("x"))
    assert (tmp_path / "target").read_bytes() == DATA
