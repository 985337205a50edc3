"""What a transfer tells about itself while it runs."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.harness.upstream import reply
from tests.transfers.sizes import pattern
from tests.transfers.storage import Stored

if TYPE_CHECKING:
    from pathlib import Path

    from tests.transfers.deployment import Deployment
    from tests.transfers.moving import Moving
    from tests.transfers.storage import Storage

SIZE = 3_000_000
DATA = pattern(SIZE)


class Told:
    """Takes what is told, and knows since when."""

    def __init__(self) -> None:
        self.calls: list[tuple[int, int | None]] = []
        self._begin = time.monotonic()
        self.threads: set[int] = set()

    def __call__(self, done: int, total: int | None) -> None:
        """Be told."""
        self.calls.append((done, total))
        self.threads.add(threading.get_ident())

    def check(self, done: int, total: int | None) -> None:
        """Fail if the rules were broken, or the last numbers are others."""
        assert self.calls, "nothing was told"
        assert self.calls[-1] == (done, total)
        assert {each[1] for each in self.calls} <= {total, None}
        for number, _ in self.calls:
            assert 0 <= number <= done
        # one at the beginning, one at the end, and at most ten in each second between
        assert len(self.calls) <= 2 + 10 * (time.monotonic() - self._begin), self.calls


@pytest.mark.parametrize("size", [0, 1, 8191, 8192, SIZE])
@pytest.mark.parametrize("inline", [False, True])
def test_of_uploads(
    moving: Moving, deployment: Deployment, tmp_path: Path, size: int, inline: bool
) -> None:
    deployment.takes_inline = inline
    told = Told()
    moving.upload("x", pattern(size), progress=told)
    told.check(size, size)
    told = Told()
    path = tmp_path / "data"
    path.write_bytes(pattern(size))
    arguments = moving.upload_arguments("x", size, progress=told)
    moving.call("uploadFromFile", file=path, **arguments)
    told.check(size, size)
    told = Told()
    factory = moving.factory(lambda: moving.source(pattern(size)))
    arguments = moving.upload_arguments("x", size, progress=told)
    moving.call("upload", readerFactory=factory, **arguments)
    told.check(size, size)


@pytest.mark.parametrize("size", [0, 1, 8191, SIZE])
@pytest.mark.parametrize("parallel", [1, 3])
def test_of_downloads(
    moving: Moving, deployment: Deployment, tmp_path: Path, size: int, parallel: int
) -> None:
    data = pattern(size)
    deployment.keep("x", data)
    deployment.keep_artifact("y", data)
    for name, arguments in (
        ("download", moving.object_arguments("x", parallel=parallel)),
        ("downloadArtifact", moving.artifact_arguments("y", parallel=parallel)),
    ):
        for ending, more in (
            ("ToBuf", {}),
            ("ToFile", {"file": tmp_path / "target"}),
            ("", {"writerFactory": moving.factory(moving.sink)}),
        ):
            told = Told()
            moving.call(f"{name}{ending}", **more, **arguments, progress=told)
            told.check(size, size)


def test_of_a_body_whose_length_is_not_known(
    moving: Moving, deployment: Deployment, storage: Storage
) -> None:
    deployment.keep("x", DATA)

    def until_the_end(exchange: Any) -> None:
        exchange.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", DATA)
        exchange.wire.close()

    storage.default = until_the_end
    told = Told()
    assert moving.download("x", progress=told) == DATA
    assert told.calls[-1][0] == SIZE
    assert told.calls[-1][1] in (SIZE, None)


def test_of_decoded_data_ends_with_what_was_said_to_come(
    moving: Moving, deployment: Deployment
) -> None:
    stored = Stored.zipped(b"0123456789" * 100_000)
    deployment.keep("x", stored)
    told = Told()
    moving.download("x", progress=told)
    done, total = told.calls[-1]
    assert total in (done, None)
    assert done in (len(stored.data), 1_000_000)


def test_is_told_while_data_comes_and_not_only_then(
    moving: Moving, deployment: Deployment, storage: Storage
) -> None:
    deployment.keep("x", DATA)
    gate = threading.Event()
    storage.script(storage.slow(SIZE // 2, gate))
    told: list[int] = []

    def progress(done: int, _total: int | None) -> None:
        told.append(done)
        if done > 0:
            gate.set()

    assert moving.download("x", progress=progress) == DATA
    assert 0 < next(each for each in told if each) <= SIZE // 2
    assert told[-1] == SIZE


def test_after_a_drop_it_tells_what_is_there(
    moving: Moving, deployment: Deployment, storage: Storage
) -> None:
    deployment.keep("x", DATA)
    storage.script(storage.cut(SIZE // 2), reply(503))
    told = Told()
    moving.download("x", progress=told)
    told.check(SIZE, SIZE)
    storage.script(storage.hang_up_on_body(SIZE // 2), reply(503))
    told = Told()
    moving.upload("x", DATA, progress=told)
    told.check(SIZE, SIZE)


def test_of_a_failure_does_not_claim_the_end(
    moving: Moving, deployment: Deployment, storage: Storage
) -> None:
    deployment.keep("x", DATA)
    storage.default = storage.cut(SIZE // 2)
    told = Told()
    moving.download_fails("x", progress=told, maxRetries=0)
    assert all(done < SIZE for done, _ in told.calls)


@pytest.mark.parametrize("kind", [ArithmeticError, BrokenPipeError])
@pytest.mark.parametrize("direction", ["up", "down"])
def test_what_it_raises_comes_out_and_ends_the_transfer(
    moving: Moving, deployment: Deployment, tmp_path: Path, direction: str, kind: type[Exception]
) -> None:
    """Also if it looks like a failure of the connection, as a closed terminal does."""

    def progress(_done: int, _total: int | None) -> None:
        raise kind("no more")

    deployment.keep("x", DATA)
    if direction == "up":
        name, arguments = "uploadFromBuf", moving.upload_arguments("y", SIZE, data=DATA)
    else:
        file = tmp_path / "target"
        name, arguments = "downloadToFile", moving.object_arguments("x", file=file)
    with pytest.raises(kind, match="no more"):
        moving.call(name, progress=progress, **arguments)
    assert list(tmp_path.iterdir()) == []
    if direction == "up":
        assert "finishUpload" not in deployment.names()


def test_is_told_in_the_thread_of_the_caller(moving: Moving, deployment: Deployment) -> None:
    deployment.keep("x", DATA)
    for parallel in (1, 3):
        told = Told()
        moving.download("x", progress=told, parallel=parallel)
        assert told.threads == {threading.get_ident()}
    told = Told()
    moving.upload("x", DATA, progress=told)
    assert told.threads == {threading.get_ident()}
