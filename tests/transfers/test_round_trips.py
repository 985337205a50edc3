"""What the official client uploads comes down here, and the other way round."""

from __future__ import annotations

import gzip
import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import slugid
import tcproxy_client
from tcproxy_client.exceptions import TaskclusterArtifactError

from tests.client.faces import Face
from tests.client.official import INTERPRETERS
from tests.harness.daemon import Daemon, environment
from tests.transfers.deployment import hashes_of
from tests.transfers.moving import Moving
from tests.transfers.sizes import AROUND, BIG, pattern
from tests.transfers.tasks import Run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SCRIPT = Path(__file__).parent / "official_scripts" / "transfers.py"
SIZES = [*AROUND, BIG]
KINDS = ("s3", "object", "reference", "link")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Daemon]:
    """A sandbox with a daemon in front that may do everything."""
    with Daemon("--sandbox") as daemon:
        yield daemon


@pytest.fixture
def moving(face: Face, sandbox: Daemon) -> Moving:
    """The transfers of each face, against the sandbox."""
    return Moving(face, sandbox.url)


@pytest.fixture(params=[(version, face) for version in INTERPRETERS for face in ("sync", "async")])
def official(request: pytest.FixtureRequest, sandbox: Daemon) -> Official:
    """Each version and face of the official client in turn."""
    version, face = request.param
    if not INTERPRETERS[version].exists():
        pytest.skip(f"the official client {version} is not installed; `make test` installs it")
    return Official(version, face, sandbox.url)


class Official:
    """The official client in a process of its own."""

    def __init__(self, version: str, face: str, url: str) -> None:
        self._command = [str(INTERPRETERS[version]), str(SCRIPT), face, url]
        self.name = f"{version}/{face}"

    def run(self, **plan: Sequence[Sequence[str]]) -> list[str]:
        """Carry out a plan, and return the content types."""
        full = {"uploads": [], "downloads": [], "artifacts": [], **plan}
        done = subprocess.run(
            self._command,
            input=json.dumps(full),
            env=environment({"PYTHONWARNINGS": "ignore"}),
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        types: list[str] = json.loads(done.stdout)
        return types


def fill(run: Run, size: int, sandbox: Daemon) -> dict[str, str]:
    """Make artifacts of every storage type with the same data, and return their names by type."""
    data = pattern(size)
    run.make_s3(f"public/s3-{size}", data)
    run.make_object(f"public/object-{size}", data)
    where = f"{sandbox.url}/queue/v1/task/{run.task_id}/artifacts/public%2Fs3-{size}"
    run.create(f"public/reference-{size}", "reference", contentType="a/b", url=where)
    run.create(f"public/link-{size}", "link", artifact=f"public/object-{size}")
    return {kind: f"public/{kind}-{size}" for kind in KINDS}


def test_objects(official: Official, sandbox: Daemon, tmp_path: Path) -> None:
    """Each size in each direction, one process of the official client for all."""
    prefix = f"round/{slugid.nice()}"
    faces = [Face("sync"), Face("async")]
    ours = [Moving(face, sandbox.url) for face in faces]
    uploads, downloads = [], []
    for size in SIZES:
        path = tmp_path / f"data-{size}"
        path.write_bytes(pattern(size))
        uploads.append((f"{prefix}/theirs/{size}", str(path)))
        for moving in ours:
            name = f"{prefix}/ours/{moving.face.name}/{size}"
            moving.upload(name, pattern(size))
            target = tmp_path / f"target-{moving.face.name}-{size}"
            downloads.append((name, str(target)))
    types = official.run(uploads=uploads, downloads=downloads)
    assert set(types) == {"application/x-test"}
    for _, text in downloads:
        target = Path(text)
        assert target.read_bytes() == pattern(int(target.name.rpartition("-")[2])), target.name
    for moving in ours:
        for size in SIZES:
            arguments = moving.object_arguments(f"{prefix}/theirs/{size}")
            got, content_type = moving.call("downloadToBuf", **arguments)
            assert bytes(got) == pattern(size), size
            assert content_type == "application/x-official"
    for face in faces:
        face.end()


def test_artifacts(official: Official, sandbox: Daemon, tmp_path: Path) -> None:
    """Of every storage type that the official client knows."""
    run = Run(sandbox.url)
    wanted = []
    for size in SIZES:
        for kind, name in fill(run, size, sandbox).items():
            if kind not in ("link", "reference") or size == SIZES[-1]:
                wanted.append((run.task_id, name, str(tmp_path / f"target-{kind}-{size}")))
    types = official.run(artifacts=wanted)
    assert len(types) == len(wanted)
    for _, name, text in wanted:
        assert Path(text).read_bytes() == pattern(int(text.rpartition("-")[2])), name


@pytest.mark.parametrize("size", SIZES)
def test_artifacts_of_every_kind(moving: Moving, sandbox: Daemon, size: int) -> None:
    run = Run(sandbox.url)
    for name in fill(run, size, sandbox).values():
        for where in ({}, {"runId": 0}):
            arguments = moving.artifact_arguments(name, taskId=run.task_id, **where)
            data, _ = moving.call("downloadArtifactToBuf", **arguments)
            assert bytes(data) == pattern(size), name


def test_an_artifact_that_stands_for_an_error(moving: Moving, sandbox: Daemon) -> None:
    run = Run(sandbox.url)
    run.create("public/error", "error", reason="file-missing-on-worker", message="it is gone")
    run.create("public/link", "link", artifact="public/error")
    for name in ("public/error", "public/link"):
        arguments = moving.artifact_arguments(name, taskId=run.task_id)
        error = moving.failure("downloadArtifactToBuf", **arguments)
        assert isinstance(error, TaskclusterArtifactError)
        assert error.reason == "file-missing-on-worker"


def test_a_private_artifact(moving: Moving, sandbox: Daemon) -> None:
    run = Run(sandbox.url)
    run.make_s3("private/x", b"data")
    arguments = moving.artifact_arguments("private/x", taskId=run.task_id)
    data, content_type = moving.call("downloadArtifactToBuf", **arguments)
    assert (bytes(data), content_type) == (b"data", "application/x-run")


def test_stored_gzip(moving: Moving, sandbox: Daemon) -> None:
    run = Run(sandbox.url)
    log = pattern(200_000)
    run.make_s3("public/live.log", gzip.compress(log), {"Content-Encoding": "gzip"})
    arguments = moving.artifact_arguments("public/live.log", taskId=run.task_id)
    data, _ = moving.call("downloadArtifactToBuf", **arguments)
    assert bytes(data) == log


@pytest.mark.parametrize("parallel", [1, 4])
def test_a_large_object_both_ways(moving: Moving, tmp_path: Path, parallel: int) -> None:
    source, target = tmp_path / "data", tmp_path / "target"
    size = 30_000_001
    source.write_bytes(pattern(size))
    name = f"large/{slugid.nice()}"
    arguments = moving.upload_arguments(name, size)
    moving.call("uploadFromFile", file=source, **arguments)
    again = moving.object_arguments(name, parallel=parallel)
    moving.call("downloadToFile", file=target, **again)
    assert target.read_bytes() == pattern(size)


def test_what_is_taken_is_what_the_service_knows(moving: Moving, sandbox: Daemon) -> None:
    name = f"known/{slugid.nice()}"
    moving.upload(name, b"data")
    with tcproxy_client.Object({"rootUrl": sandbox.url}) as service:
        assert service.object(name)["hashes"] == hashes_of(b"data")
