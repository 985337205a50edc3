"""Downloads that are interrupted go on where they were; what comes is the whole, and right."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from tcproxy_client.exceptions import (
    ObjectHashVerificationError,
    TaskclusterConnectionError,
    TaskclusterFailure,
)

from tests.harness.upstream import reply
from tests.transfers.sizes import pattern
from tests.transfers.storage import Answer, Stored

if TYPE_CHECKING:
    from pathlib import Path

    from tests.transfers.deployment import Deployment
    from tests.transfers.moving import Moving
    from tests.transfers.storage import Storage

SIZE = 1_000_000
DATA = pattern(SIZE)
OTHER = DATA[::-1]
HALF = SIZE // 2

KINDS = ["buffer", "file", "path", "writer"]


def fetched(moving: Moving, kind: str, tmp_path: Path, **changes: Any) -> bytes:
    """Download the object x into a place of some kind, and return what is there."""
    arguments = moving.object_arguments("x", **changes)
    if kind == "buffer":
        return bytes(moving.call("downloadToBuf", **arguments)[0])
    if kind == "file":
        file = io.BytesIO()
        moving.call("downloadToFile", file=file, **arguments)
        return file.getvalue()
    if kind == "path":
        moving.call("downloadToFile", file=tmp_path / "target", **arguments)
        return (tmp_path / "target").read_bytes()
    sinks: list[Any] = []

    def make() -> Any:
        sinks.append(moving.sink())
        return sinks[-1]

    moving.call("download", writerFactory=moving.factory(make), **arguments)
    return bytes(sinks[-1].data)


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
@pytest.mark.parametrize("at", [0, HALF, SIZE - 1])
@pytest.mark.parametrize("kind", KINDS)
def test_drops(
    moving: Moving,
    deployment: Deployment,
    storage: Storage,
    tmp_path: Path,
    kind: str,
    at: int,
    reset: bool,
) -> None:
    deployment.keep("x", DATA)
    storage.script(storage.cut(at, reset=reset))
    assert fetched(moving, kind, tmp_path) == DATA
    assert len(storage.requests) == 2
    assert len(deployment.asked) == 1


@pytest.mark.parametrize("at", [0, 1, 8, 12, 17, 60, -3, -2, -1])
def test_drops_in_the_head(
    moving: Moving, deployment: Deployment, storage: Storage, at: int
) -> None:
    deployment.keep("x", DATA)
    storage.script(storage.cut(at, in_head=True))
    assert moving.download("x") == DATA
    assert len(storage.requests) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_it_goes_on_where_it_was(
    moving: Moving, deployment: Deployment, storage: Storage, tmp_path: Path, kind: str
) -> None:
    deployment.keep("x", DATA)
    storage.script(storage.cut(HALF))
    assert fetched(moving, kind, tmp_path) == DATA
    assert storage.served < 1.6 * SIZE
    again = storage.requests[1]
    start = int((again.value("Range") or b"").removeprefix(b"bytes=").partition(b"-")[0])
    assert 0 < start <= HALF
    assert again.value("If-Range") == b'"first"'


def test_it_goes_on_again_and_again(
    moving: Moving, deployment: Deployment, storage: Storage
) -> None:
    deployment.keep("x", DATA)
    storage.script(*[storage.cut(200_000)] * 4)
    assert moving.download("x") == DATA
    assert len(storage.requests) == 5
    assert storage.served <= SIZE + 4 * 70_000


def test_a_stall_counts_as_a_drop(
    impatient: Moving, deployment: Deployment, storage: Storage
) -> None:
    deployment.keep("x", DATA)
    storage.script(storage.stall(HALF))
    assert impatient.download("x", maxRetries=3) == DATA
    assert storage.served < 1.6 * SIZE
    storage.script(storage.stall(HALF))
    error = impatient.download_fails("x", maxRetries=0)
    assert isinstance(error, TaskclusterConnectionError)


def test_a_new_url_goes_on_too(moving: Moving, deployment: Deployment, storage: Storage) -> None:
    deployment.keep("x", DATA)

    storage.script(storage.cut(HALF, then=storage.expire))
    assert moving.download("x") == DATA
    assert storage.served < 1.6 * SIZE
    assert deployment.names() == ["startDownload"] * 2


def test_a_storage_without_ranges_begins_anew(
    moving: Moving, deployment: Deployment, storage: Storage, tmp_path: Path
) -> None:
    deployment.keep("x", DATA)
    storage.default = storage.whole
    for kind in KINDS:
        storage.script(storage.cut(HALF))
        assert fetched(moving, kind, tmp_path) == DATA


@pytest.mark.parametrize("kind", KINDS)
def test_data_that_has_changed_is_never_mixed(
    moving: Moving, deployment: Deployment, storage: Storage, tmp_path: Path, kind: str
) -> None:
    deployment.keep("x", DATA, hashed=OTHER)

    def change() -> None:
        storage.keep("x", Stored(OTHER, etag='"second"'))

    storage.script(storage.cut(HALF, then=change))
    assert fetched(moving, kind, tmp_path) == OTHER
    assert len(storage.requests) == 2


def test_changed_data_without_hashes_is_never_mixed(
    moving: Moving, deployment: Deployment, storage: Storage
) -> None:
    deployment.keep("x", DATA)
    deployment.download_method = "simple"

    def change() -> None:
        storage.keep("x", Stored(OTHER, etag='"second"'))

    storage.script(storage.cut(HALF, then=change))
    assert moving.download("x") == OTHER


def test_a_server_that_ignores_if_range_is_found_out(
    moving: Moving, deployment: Deployment, storage: Storage
) -> None:
    """It answers 206 with the end of other data, and tells so only with another ETag."""
    deployment.keep("x", DATA)
    deployment.download_method = "simple"

    def change() -> None:
        storage.keep("x", Stored(OTHER))

    storage.script(
        storage.cut(HALF, then=change),
        storage.changed(lambda answer: answer.field("ETag", '"second"')),
    )
    try:
        got = moving.download("x")
    except TaskclusterFailure:
        return
    assert got == OTHER


@pytest.mark.parametrize("etag", [None, 'W/"weak"'])
def test_without_a_strong_name_for_the_data_nothing_is_mixed(
    moving: Moving, deployment: Deployment, storage: Storage, etag: str | None
) -> None:
    """Only a strong validator may stand in If-Range (RFC 9110, 13.1.5); hashes are better still."""
    deployment.keep("x", Stored(DATA, etag=etag))
    deployment.download_method = "simple"
    storage.script(storage.cut(HALF))
    assert moving.download("x") == DATA
    assert storage.requests[1].value("Range") is None


@pytest.mark.parametrize("method", ["getUrl", "simple"])
def test_a_part_that_nobody_asked_for_is_not_the_beginning(
    moving: Moving, deployment: Deployment, storage: Storage, method: str
) -> None:
    deployment.keep("x", DATA)
    deployment.download_method = method

    def part(exchange: Any) -> None:
        answer = storage.answer(exchange.request)
        rest = Answer(206, answer.fields, DATA[HALF:])
        rest = rest.field("Content-Range", f"bytes {HALF}-{SIZE - 1}/{SIZE}")
        rest = rest.field("Content-Length", str(SIZE - HALF))
        exchange.request.complete = True
        exchange.send(rest.head(), rest.body)

    storage.script(part)
    file = io.BytesIO()
    error = moving.outcome("downloadToFile", file=file, **moving.object_arguments("x"))
    assert error is not None or file.getvalue() == DATA


@pytest.mark.parametrize(
    "field",
    [
        "bytes 0-499999/1000000",
        "bytes 500001-999999/1000000",
        "bytes 500000-999999/999999",
        "bytes */1000000",
        "items 1-2/3",
        "bytes 99999999999999999999999999-99999999999999999999999999/1",
        None,
    ],
    ids=str,
)
def test_a_content_range_that_lies_does_no_harm(
    moving: Moving, deployment: Deployment, storage: Storage, field: str | None
) -> None:
    """What is not the range that was asked for is not put at its place."""
    deployment.keep("x", DATA)
    deployment.download_method = "simple"

    def wrong(answer: Answer) -> Answer:
        return answer.field("Content-Range", field)

    storage.script(storage.cut(HALF), storage.changed(wrong))
    file = io.BytesIO()
    error = moving.outcome("downloadToFile", file=file, **moving.object_arguments("x"))
    assert file.getvalue() == DATA if error is None else "range" in str(error).lower()


def test_a_range_that_is_out_of_the_data_begins_anew(
    moving: Moving, deployment: Deployment, storage: Storage
) -> None:
    deployment.keep("x", DATA)
    storage.script(storage.cut(HALF), reply(416, [("Content-Range", f"bytes */{HALF}")]))
    assert moving.download("x") == DATA


def test_a_drop_after_the_last_byte_is_no_failure(
    moving: Moving, deployment: Deployment, storage: Storage
) -> None:
    deployment.keep("x", DATA)
    storage.script(storage.cut(SIZE))
    assert moving.download("x") == DATA
    assert len(storage.requests) == 1


@pytest.mark.parametrize("at", [0, 1, 1000, -1])
def test_gzip_that_is_dropped_arrives_whole(
    moving: Moving, deployment: Deployment, storage: Storage, at: int
) -> None:
    stored = Stored.zipped(b"0123456789" * 20_000)
    deployment.keep("x", stored, hashed=b"0123456789" * 20_000)
    storage.script(storage.cut(at % len(stored.data)))
    assert moving.download("x") == b"0123456789" * 20_000


@pytest.mark.parametrize("where", [10, HALF - 1, HALF, SIZE - 1])
def test_the_hash_covers_the_whole(
    moving: Moving, deployment: Deployment, storage: Storage, tmp_path: Path, where: int
) -> None:
    """A single byte that differs is found, in what came before and after a drop."""
    wrong = bytearray(DATA)
    wrong[where] ^= 1
    deployment.keep("x", bytes(wrong), hashed=DATA)
    for kind in ("buffer", "path"):
        storage.script(storage.cut(HALF))
        with pytest.raises(ObjectHashVerificationError):
            fetched(moving, kind, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_progress_that_is_made_does_not_help_a_storage_that_always_drops(
    moving: Moving, deployment: Deployment, storage: Storage, tmp_path: Path
) -> None:
    deployment.keep("x", DATA)
    storage.default = storage.cut(0)
    error = moving.download_fails("x", maxRetries=2)
    assert isinstance(error, TaskclusterConnectionError)
    assert len(storage.requests) == 3
    with pytest.raises(TaskclusterConnectionError):
        fetched(moving, "path", tmp_path, maxRetries=1)
    assert list(tmp_path.iterdir()) == []
