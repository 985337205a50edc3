"""Transfers that are broken off anywhere leave nothing behind, and the next ones work."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.transfers.leftovers import Leftovers
from tests.transfers.sizes import pattern
from tests.transfers.test_any_failure import ANYTHING, Scene, scene

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["scene"]  # a fixture of this module, too

SIZE = 300_000
LARGE = 20_000_000
DATA = pattern(SIZE)
LARGE_DATA = pattern(LARGE)


def works(scene: Scene) -> None:
    """Fail if a connection was left in a state in which the next transfer finds it."""
    scene.moving.upload("next", DATA)
    assert scene.moving.download("next") == DATA


@ANYTHING
@given(
    steps=st.integers(0, 60) | st.integers(0, 1500),
    way=st.sampled_from(["up", "down", "parallel"]),
    at=st.sampled_from([None, 0, 100_000]),
)
@example(steps=0, way="up", at=None)
@example(steps=1, way="down", at=None)
def test_cancelled_after_any_number_of_steps(
    scene: Scene, steps: int, way: str, at: int | None
) -> None:
    """Steps of the event loop; the storage answers, or stalls."""
    if not scene.moving.face.is_async:
        pytest.skip("only the async face can be cancelled")
    deployment = scene.begin()
    moving, storage, target = scene.moving, scene.storage, scene.folder / "target"
    data = LARGE_DATA if way == "parallel" else DATA
    deployment.keep("x", data)
    if at is not None:
        storage.script(*[storage.stall(at) if way != "up" else storage.deaf] * 3)
    leftovers = Leftovers(scene.folder)

    async def move() -> Any:
        if way == "up":
            arguments = moving.upload_arguments("y", len(DATA))
            return await moving.function("uploadFromBuf")(data=DATA, **arguments)
        arguments = moving.object_arguments("x", parallel=3 if way == "parallel" else 1)
        return await moving.function("downloadToFile")(file=target, **arguments)

    async def cancel() -> bool:
        task = asyncio.create_task(move())
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            return False
        return True

    done = moving.face.run(cancel)
    there = sorted(each.name for each in scene.folder.iterdir())
    if way == "up":
        assert done == (deployment.names()[-1:] == ["finishUpload"]) or not done
        assert there == []
    else:
        assert there == (["target"] if done else [])
        assert not done or target.read_bytes() == data
    leftovers.check(moving.face)
    storage.reset()
    works(scene)
    leftovers.check(moving.face)


class _Breaks:
    """Counts reads or writes, and raises at one of them."""

    def __init__(self, at: int, kind: type[BaseException], data: bytes = b"") -> None:
        self._left = at
        self._kind = kind
        self._data = data
        self._position = 0

    def step(self) -> None:
        if self._left == 0:
            raise self._kind("enough")
        self._left -= 1

    def next(self, size: int) -> bytes:
        self.step()
        piece = self._data[self._position : self._position + min(size, 10_000)]
        self._position += len(piece)
        return piece


class _Plain(_Breaks):
    def read(self, size: int) -> bytes:
        return self.next(size)

    def write(self, _data: bytes) -> None:
        self.step()


class _Async(_Breaks):
    async def read(self, size: int) -> bytes:
        return self.next(size)

    async def write(self, _data: bytes) -> None:
        self.step()


class EnoughError(Exception):
    """Of no library."""


@ANYTHING
@given(
    at=st.integers(0, 40),
    way=st.sampled_from(["up", "down", "parallel"]),
    kind=st.sampled_from([EnoughError, KeyboardInterrupt, SystemExit, GeneratorExit]),
)
def test_what_readers_and_writers_raise_anywhere(
    scene: Scene, at: int, way: str, kind: type[BaseException]
) -> None:
    deployment = scene.begin()
    moving = scene.moving
    if moving.face.is_async and kind is not EnoughError:
        kind = asyncio.CancelledError  # others are for the loop, which ends
    data = LARGE_DATA if way == "parallel" else DATA
    deployment.keep("x", data)
    leftovers = Leftovers(scene.folder)
    made: Callable[..., _Breaks] = _Async if moving.face.is_async else _Plain
    if way == "up":
        factory = moving.factory(lambda: made(at, kind, DATA))
        arguments = moving.upload_arguments("y", SIZE, readerFactory=factory)
        name = "upload"
    else:
        factory = moving.factory(lambda: made(at, kind))
        parallel = 3 if way == "parallel" else 1
        arguments = moving.object_arguments("x", writerFactory=factory, parallel=parallel)
        name = "download"
    try:
        moving.call(name, **arguments)
    except kind:
        assert "finishUpload" not in deployment.names()
    leftovers.check(moving.face)
    works(scene)
    leftovers.check(moving.face)
