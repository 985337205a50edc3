"""Transfers in the programs that people write: loops, threads, cancellation, memory, clean ends."""

from __future__ import annotations

import asyncio
import io
import subprocess
import sys
import textwrap
import threading
from typing import TYPE_CHECKING, Any

import pytest

from tests.harness.daemon import ROOT, environment, wait_until
from tests.transfers.leftovers import Leftovers
from tests.transfers.moving import Moving
from tests.transfers.sizes import pattern

if TYPE_CHECKING:
    from pathlib import Path

    from tests.client.faces import Face
    from tests.harness.daemon import Daemon
    from tests.transfers.deployment import Deployment
    from tests.transfers.storage import Storage

SIZE = 3_000_000
DATA = pattern(SIZE)


def run(
    program: str, *, seconds: float, warnings: str = "error"
) -> subprocess.CompletedProcess[str]:
    """Run a program, which is indented, in an interpreter of its own, for so long at most."""
    return subprocess.run(
        [sys.executable, "-W", warnings, "-c", textwrap.dedent(program)],
        env=environment(),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


@pytest.fixture
def sync_moving(sync_face: Face, daemon: Daemon, deployment: Deployment) -> Moving:
    """The transfers of the sync face."""
    del deployment
    return Moving(sync_face, daemon.url)


@pytest.fixture
def async_moving(async_face: Face, daemon: Daemon, deployment: Deployment) -> Moving:
    """The transfers of the async face."""
    del deployment
    return Moving(async_face, daemon.url)


async def test_the_sync_face_works_inside_a_running_loop(
    sync_moving: Moving, storage: Storage
) -> None:
    loop = asyncio.get_running_loop()
    sync_moving.upload("x", DATA)
    assert sync_moving.download("x") == DATA
    assert sync_moving.download("x", parallel=3) == DATA
    assert asyncio.get_running_loop() is loop
    assert storage.only_put().body == DATA


def test_the_sync_face_leaves_the_loop_of_its_thread_alone(sync_moving: Moving) -> None:
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        sync_moving.upload("x", DATA)
        assert sync_moving.download("x") == DATA
        assert asyncio.get_event_loop_policy().get_event_loop() is loop
        assert not loop.is_closed()
    finally:
        asyncio.set_event_loop(None)
        loop.close()


def test_the_sync_face_works_in_threads(sync_moving: Moving, storage: Storage) -> None:
    results: dict[int, bytes] = {}

    def move(number: int) -> None:
        data = pattern(100_000 + number)
        sync_moving.upload(f"x{number}", data)
        results[number] = sync_moving.download(f"x{number}")

    threads = [threading.Thread(target=move, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert results == {number: pattern(100_000 + number) for number in range(6)}
    assert len(storage.puts) == 6


def test_readers_and_writers_are_left_as_they_were(moving: Moving, deployment: Deployment) -> None:
    """The official client hangs a new method on them; these have slots, and would refuse."""
    deployment.keep("down", DATA)
    source, sink = moving.source(DATA), moving.sink()
    before = [dir(source), dir(sink)]
    arguments = moving.upload_arguments("up", SIZE)
    moving.call("upload", readerFactory=moving.factory(lambda: source), **arguments)
    down = moving.object_arguments("down")
    moving.call("download", writerFactory=moving.factory(lambda: sink), **down)
    assert sink.data == DATA
    assert [dir(source), dir(sink)] == before


def test_a_files_own_methods_do(moving: Moving, deployment: Deployment, storage: Storage) -> None:
    """A BytesIO as reader and writer: nothing can be hung on it either."""
    if moving.face.is_async:
        pytest.skip("its read and write are not coroutines")
    deployment.keep("down", DATA)
    arguments = moving.upload_arguments("up", SIZE)
    moving.call("upload", readerFactory=lambda: io.BytesIO(DATA), **arguments)
    assert storage.only_put().body == DATA
    file = io.BytesIO()
    down = moving.object_arguments("down")
    moving.call("download", writerFactory=lambda: file, **down)
    assert file.getvalue() == DATA


@pytest.mark.parametrize("parallel", [1, 3])
def test_a_cancelled_download_leaves_nothing(
    async_moving: Moving,
    deployment: Deployment,
    storage: Storage,
    tmp_path: Path,
    parallel: int,
) -> None:
    size = 40_000_000 if parallel > 1 else SIZE
    deployment.keep("x", pattern(size))
    storage.hang_up()  # on what others have kept open
    storage.script(*[storage.stall(100_000)] * parallel)
    leftovers = Leftovers(tmp_path)
    target = tmp_path / "target"

    async def cancel() -> None:
        some = asyncio.Event()

        def progress(done: int, _total: int | None) -> None:
            if done:
                some.set()

        arguments = async_moving.object_arguments("x", parallel=parallel, progress=progress)
        function = async_moving.function("downloadToFile")
        task = asyncio.create_task(function(file=target, **arguments))
        await some.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        # the socket is closed by the loop, which must run for it
        await asyncio.to_thread(storage.wait_for_open_connections, 0)

    async_moving.face.run(cancel)
    assert list(tmp_path.iterdir()) == []
    leftovers.check(async_moving.face)


def test_a_cancelled_upload_leaves_nothing(
    async_moving: Moving, deployment: Deployment, storage: Storage, tmp_path: Path
) -> None:
    storage.default = storage.deaf
    leftovers = Leftovers(tmp_path)

    async def cancel() -> None:
        arguments = async_moving.upload_arguments("x", 32_000_000)
        function = async_moving.function("uploadFromBuf")
        task = asyncio.create_task(function(data=bytes(32_000_000), **arguments))
        await asyncio.to_thread(storage.wait_for_requests, 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    async_moving.face.run(cancel)
    storage.reset()
    assert "finishUpload" not in deployment.names()
    leftovers.check(async_moving.face)


def test_an_interrupted_program_leaves_nothing(
    daemon: Daemon, deployment: Deployment, storage: Storage, tmp_path: Path
) -> None:
    """Ctrl-C in the middle of a sync download to a path."""
    deployment.keep("x", DATA)
    storage.default = storage.stall(SIZE // 2)
    program = f"""
    import os, signal, tcproxy_client.download

    def progress(done, total):
        if done:
            os.kill(os.getpid(), signal.SIGINT)

    service = tcproxy_client.Object({{"rootUrl": {daemon.url!r}}})
    try:
        tcproxy_client.download.downloadToFile(
            {str(tmp_path / "target")!r}, name="x", objectService=service, progress=progress
        )
    except KeyboardInterrupt:
        print("interrupted")
    """
    done = run(program, seconds=60)
    assert (done.stdout, done.stderr, done.returncode) == ("interrupted\n", "", 0)
    assert list(tmp_path.iterdir()) == []


def test_a_program_that_is_interrupted_at_a_lock_ends(
    daemon: Daemon, deployment: Deployment
) -> None:
    """Just there an interruption leaves the lock locked, for whichever thread would want it."""
    deployment.keep("x", DATA * 4)
    program = f"""
    import sys, tcproxy_client.download

    service = tcproxy_client.Object({{"rootUrl": {daemon.url!r}, "maxRetries": 0}})

    def is_interrupted(number):
        left = number

        def count(frame, event, argument):
            nonlocal left
            code = frame.f_code
            left -= code.co_name == "__enter__" and code.co_filename.endswith("threading.py")
            if left == 0:
                sys.setprofile(None)
                raise KeyboardInterrupt

        try:
            sys.setprofile(count)
            tcproxy_client.download.downloadToBuf(name="x", objectService=service, parallel=16)
            sys.setprofile(None)
        except KeyboardInterrupt:
            pass
        return left == 0

    number = 1
    while is_interrupted(number):
        number += 1
    data, _ = tcproxy_client.download.downloadToBuf(name="x", objectService=service, parallel=16)
    print(number > 5, len(data))
    """
    # Connections may be lost: the garbage collector closes them.
    done = run(program, seconds=100, warnings="ignore")
    assert (done.stdout, done.returncode) == (f"True {SIZE * 4}\n", 0), done.stderr


def test_connections_end_with_the_transfer(
    moving: Moving, deployment: Deployment, storage: Storage
) -> None:
    """Or they are kept for the next one, which then uses them."""
    deployment.keep("x", DATA)
    storage.hang_up()  # on what others have kept open
    for _ in range(5):
        moving.download("x")
        moving.upload("y", DATA)
    wait_until(lambda: storage.open_connections <= 2)


def test_no_signature_is_logged(
    moving: Moving, deployment: Deployment, storage: Storage, caplog: pytest.LogCaptureFixture
) -> None:
    from tests.harness.upstream import reply

    caplog.set_level("DEBUG")
    deployment.keep("x", DATA)
    storage.script(reply(503), storage.cut(1000))
    moving.download("x")
    storage.script(reply(503), storage.hang_up_on_body(1000))
    moving.upload("y", DATA)
    own = [each.getMessage() for each in caplog.records if each.name.startswith("tcproxy_client")]
    assert own
    assert not [each for each in own if "signature=1" in each or "signature=2" in each]


@pytest.mark.parametrize("direction", ["up", "down"])
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_memory_stays_flat(
    daemon: Daemon, deployment: Deployment, storage: Storage, direction: str, kind: str
) -> None:
    """100 MB add far less than that to a process that moves them from or to a file."""
    size = 100_000_000
    if direction == "down":
        deployment.keep("x", pattern(size))

    def discard(exchange: Any) -> None:
        assert exchange.drain_body() == size
        exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    if direction == "up":
        storage.default = discard
    program = f"""
    import asyncio, os, re, tcproxy_client, tcproxy_client.aio
    import tcproxy_client.aio.download, tcproxy_client.aio.upload
    import tcproxy_client.download, tcproxy_client.upload
    import aiohttp, urllib3
    from pathlib import Path

    def peak():
        return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])

    class Zeros:
        left = {size}
        def read(self, size):
            count = min(size, self.left)
            self.left -= count
            return bytes(count)

    class AsyncZeros(Zeros):
        async def read(self, size):
            return super().read(size)

    class Void:
        size = 0
        def write(self, data):
            self.size += len(data)

    class AsyncVoid(Void):
        async def write(self, data):
            super().write(data)

    async def later(made):
        return made

    SYNC = {kind == "sync"}
    face = tcproxy_client if SYNC else tcproxy_client.aio
    service = face.Object({{"rootUrl": {daemon.url!r}}})

    def up(length, make):
        return face.upload.upload(
            projectId="p", name="x", contentType="a/b", contentLength=length, expires="2126-01-01",
            readerFactory=make if SYNC else lambda: later(make()), objectService=service)

    def down(make):
        return face.download.download(
            name="x", writerFactory=make if SYNC else lambda: later(make()), objectService=service)

    def transfer():
        if {direction == "up"}:
            return up({size}, Zeros if SYNC else AsyncZeros)
        return down(Void if SYNC else AsyncVoid)

    before = peak()
    if SYNC:
        transfer()
    else:
        asyncio.run(transfer())
    print((peak() - before) // 1024)
    """
    done = run(program, seconds=100)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 48, f"{done.stdout} MiB"
