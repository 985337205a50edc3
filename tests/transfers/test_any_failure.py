"""Any size, any chunks, any failures: what was sent arrives, or an error is all there is."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.client.faces import Face
from tests.harness.upstream import reply
from tests.transfers.deployment import Deployment, hashes_of
from tests.transfers.leftovers import Leftovers
from tests.transfers.moving import Moving
from tests.transfers.sizes import pattern
from tests.transfers.storage import Stored, refusal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.harness.daemon import Daemon
    from tests.harness.upstream import Script, Upstream
    from tests.transfers.storage import Storage

RETRIES = 2

SIZES = st.one_of(
    st.sampled_from([0, 1, 2, 8191, 8192, 65535, 65536, 65537, 262_144, 262_145]),
    st.integers(0, 10_000),
    st.integers(0, 600_000),
)
PLANS = st.lists(st.integers(1, 100_000), min_size=1, max_size=4).map(tuple)


@dataclass(frozen=True, slots=True)
class Failure:
    """One way to fail: `how`, and `where` in the transfer, from 0 to 1."""

    how: str
    where: float

    def at(self, size: int) -> int:
        """Return where in so many bytes."""
        return min(size, int(size * self.where))


def failures(*ways: str) -> st.SearchStrategy[list[Failure]]:
    """Return lists of failures of these kinds."""
    where = st.floats(0, 1) | st.sampled_from([0.0, 0.5, 1.0])
    return st.lists(st.builds(Failure, st.sampled_from(ways), where), max_size=RETRIES + 1)


ANYTHING = settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@dataclass(frozen=True, slots=True)
class Scene:
    """What an example plays in."""

    moving: Moving
    storage: Storage
    upstream: Upstream
    folder: Path

    def begin(self) -> Deployment:
        """Begin anew."""
        self.storage.check()
        self.storage.reset()
        self.upstream.reset()
        for path in self.folder.iterdir():
            path.unlink()
        return Deployment(self.upstream, self.storage)


@pytest.fixture(params=["sync", "async"])
def scene(
    request: pytest.FixtureRequest,
    shared_daemon: Daemon,
    shared_upstream: Upstream,
    shared_storage: Storage,
    tmp_path: Path,
) -> Iterator[Scene]:
    """Each face in turn."""
    face = Face(request.param)
    moving = Moving(face, shared_daemon.url, maxRetries=0)
    yield Scene(moving, shared_storage, shared_upstream, tmp_path)
    face.end()
    shared_storage.check()
    shared_storage.reset()
    shared_upstream.reset()


@ANYTHING
@given(
    size=SIZES,
    found=failures("close", "reset", "head", "503", "403", "whole", "changed"),
    verified=st.booleans(),
    zipped=st.booleans(),
    wrong=st.floats(0, 0.99) | st.none(),
    parallel=st.sampled_from([1, 1, 3]),
)
def test_downloads(
    scene: Scene,
    size: int,
    found: list[Failure],
    verified: bool,
    zipped: bool,
    wrong: float | None,
    parallel: int,
) -> None:
    deployment = scene.begin()
    data = pattern(size)
    sent = bytearray(data)
    if wrong is not None and size:
        sent[int(size * wrong)] ^= 1
    stored = Stored.zipped(bytes(sent)) if zipped else Stored(bytes(sent))
    deployment.keep("x", stored, hashed=data)
    if not verified:
        deployment.download_method = "simple"
    scene.storage.script(*(_down(scene.storage, each, stored) for each in found))
    target = scene.folder / "target"
    target.write_bytes(b"before")
    leftovers = Leftovers(scene.folder)
    arguments = scene.moving.object_arguments("x", maxRetries=RETRIES, parallel=parallel)
    error = scene.moving.outcome("downloadToFile", file=target, **arguments)
    if error is None:
        assert target.read_bytes() == (data if verified else bytes(sent))
    else:
        assert target.read_bytes() == b"before"
        is_wrong = verified and wrong is not None and size > 0
        assert is_wrong or found, f"nothing failed: {error!r}"
        gives_up = any(each.how in ("403", "changed") for each in found)
        assert is_wrong or gives_up or parallel > 1 or len(found) > RETRIES, repr(error)
    assert [each.name for each in scene.folder.iterdir()] == ["target"]
    leftovers.check(scene.moving.face)


def _down(storage: Storage, failure: Failure, stored: Stored) -> Script:
    at = failure.at(len(stored.data))
    scripts: dict[str, Script] = {
        "close": storage.cut(at),
        "reset": storage.cut(at, reset=True),
        "head": storage.cut(int(100 * failure.where), in_head=True),
        "503": reply(503),
        "403": reply(403),
        "whole": storage.whole,
        "changed": storage.cut(
            at,
            then=lambda: storage.keep(
                "x", Stored(stored.data, '"again"', encoding=stored.encoding)
            ),
        ),
    }
    return scripts[failure.how]


@ANYTHING
@given(
    size=SIZES,
    plan=PLANS,
    found=failures("close", "reset", "early", "503", "429", "413"),
    inline=st.booleans(),
    off_by=st.sampled_from([0, 0, 0, 1, -1, 1000]),
    kind=st.sampled_from(["reader", "buffer", "file", "path"]),
)
def test_uploads(
    scene: Scene,
    size: int,
    plan: tuple[int, ...],
    found: list[Failure],
    inline: bool,
    off_by: int,
    kind: str,
) -> None:
    deployment = scene.begin()
    data, claimed = pattern(size), max(0, size + off_by)
    deployment.takes_inline = inline
    scene.storage.script(*(_up(scene.storage, each, claimed) for each in found))
    path = scene.folder / "data"
    path.write_bytes(data)
    leftovers = Leftovers(scene.folder)
    moving = scene.moving
    arguments: dict[str, Any] = moving.upload_arguments("x", claimed, maxRetries=RETRIES)
    ways: dict[str, tuple[str, dict[str, Any]]] = {
        "reader": ("upload", {"readerFactory": moving.factory(lambda: moving.source(data, plan))}),
        "buffer": ("uploadFromBuf", {"data": data}),
        "file": ("uploadFromFile", {"file": io.BytesIO(data)}),
        "path": ("uploadFromFile", {"file": path}),
    }
    name, data_arguments = ways[kind]
    error = moving.outcome(name, **data_arguments, **arguments)
    if error is not None:
        assert "finishUpload" not in deployment.names()
        is_refused = len(found) > RETRIES or any(each.how == "413" for each in found)
        assert claimed != size or is_refused, repr(error)
    else:
        assert claimed == size
        assert deployment.finished()["hashes"] == hashes_of(data)
        if not (inline and size < 8192):
            assert scene.storage.puts[-1].body == data
    assert path.read_bytes() == data
    assert [each.name for each in scene.folder.iterdir()] == ["data"]
    leftovers.check(moving.face)


def _up(storage: Storage, failure: Failure, size: int) -> Script:
    at = failure.at(size)
    scripts: dict[str, Script] = {
        "close": storage.hang_up_on_body(at),
        "reset": storage.hang_up_on_body(at, reset=True),
        "early": storage.answer_early(at, refusal(500)),
        "503": reply(503),
        "429": reply(429),
        "413": reply(413),
    }
    return scripts[failure.how]
