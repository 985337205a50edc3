"""Several ranges of one object at a time."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from tcproxy_client.exceptions import (
    ObjectHashVerificationError,
    TaskclusterFailure,
)

from tests.harness.upstream import reply
from tests.transfers.deployment import hashes_of
from tests.transfers.sizes import AROUND, pattern
from tests.transfers.storage import Stored

if TYPE_CHECKING:
    from pathlib import Path

    from tests.transfers.deployment import Deployment
    from tests.transfers.moving import Moving
    from tests.transfers.storage import Storage

SIZE = 40_000_000
DATA = pattern(SIZE)


def test_ranges_come_at_the_same_time(
    moving: Moving, deployment: Deployment, storage: Storage, tmp_path: Path
) -> None:
    """The first pieces wait for each other: without several at a time none would end."""
    deployment.keep("x", DATA)
    both = threading.Barrier(2)

    def meet(exchange: Any) -> None:
        both.wait(20)
        storage.serve(exchange)

    storage.script(storage.serve, meet, meet)
    target = tmp_path / "target"
    arguments = moving.object_arguments("x", parallel=3)
    moving.call("downloadToFile", file=target, **arguments)
    assert target.read_bytes() == DATA
    assert len(storage.gets()) >= 3
    assert storage.served < 1.2 * SIZE


@pytest.mark.parametrize("size", [*AROUND, 20_000_001])
@pytest.mark.parametrize("parallel", [2, 7])
def test_every_size_arrives(
    moving: Moving, deployment: Deployment, storage: Storage, size: int, parallel: int
) -> None:
    data = pattern(size)
    deployment.keep("x", data)
    assert moving.download("x", parallel=parallel) == data
    assert storage.served < 1.2 * size + 1


def test_a_writer_gets_it_in_order(moving: Moving, deployment: Deployment) -> None:
    deployment.keep("x", DATA)
    sink = moving.sink()
    arguments = moving.object_arguments("x", parallel=4)
    moving.call("download", writerFactory=moving.factory(lambda: sink), **arguments)
    assert sink.data == DATA


def test_a_storage_without_ranges_is_read_at_once(
    moving: Moving, deployment: Deployment, storage: Storage
) -> None:
    deployment.keep("x", DATA)
    storage.default = storage.whole
    assert moving.download("x", parallel=4) == DATA
    assert storage.served < 1.6 * SIZE


def test_one_that_fails_is_tried_again_alone(
    moving: Moving, deployment: Deployment, storage: Storage
) -> None:
    deployment.keep("x", DATA)
    storage.script(storage.serve, storage.cut(1_000_000), reply(503), storage.cut(0))
    assert moving.download("x", parallel=3) == DATA
    assert storage.served < 1.6 * SIZE


def test_a_single_wrong_byte_is_found(
    moving: Moving, deployment: Deployment, tmp_path: Path
) -> None:
    wrong = bytearray(DATA)
    wrong[SIZE // 2] ^= 1
    deployment.keep("x", bytes(wrong), hashed=DATA)
    arguments = moving.object_arguments("x", parallel=3)
    error = moving.failure("downloadToFile", file=tmp_path / "target", **arguments)
    assert isinstance(error, ObjectHashVerificationError)
    assert list(tmp_path.iterdir()) == []


def test_data_that_changes_between_ranges_is_never_mixed(
    moving: Moving, deployment: Deployment, storage: Storage
) -> None:
    deployment.keep("x", DATA)
    deployment.download_method = "simple"
    other = DATA[::-1]

    def change(exchange: Any) -> None:
        storage.keep("x", Stored(other, etag='"second"'))
        storage.serve(exchange)

    storage.script(storage.serve, change)
    try:
        got = moving.download("x", parallel=3)
    except TaskclusterFailure:
        return
    assert hashes_of(got) in (hashes_of(DATA), hashes_of(other))


def test_when_one_fails_for_good_all_end(
    moving: Moving, deployment: Deployment, storage: Storage, tmp_path: Path
) -> None:
    deployment.keep("x", DATA)
    storage.script(storage.serve, reply(503))
    storage.default = reply(503)
    arguments = moving.object_arguments("x", parallel=3, maxRetries=0)
    error = moving.failure("downloadToFile", file=tmp_path / "target", **arguments)
    assert error.status == 503
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("parallel", [0, -1, 1.5, "2", None, True])
def test_a_number_that_is_none(
    moving: Moving, deployment: Deployment, storage: Storage, parallel: Any
) -> None:
    deployment.keep("x", DATA)
    error = moving.download_fails("x", parallel=parallel)
    assert "parallel" in str(error)
    assert not storage.requests


def test_gzip_is_decoded(moving: Moving, deployment: Deployment) -> None:
    data = pattern(9_000_000)
    deployment.keep("x", Stored.zipped(data), hashed=data)
    assert moving.download("x", parallel=3) == data


def test_an_artifact(moving: Moving, deployment: Deployment, storage: Storage) -> None:
    deployment.keep_artifact("x", DATA)
    assert moving.download_artifact("x", parallel=3) == DATA
    assert len(storage.gets()) > 1
