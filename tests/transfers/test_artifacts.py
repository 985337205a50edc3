"""Downloads of artifacts through the proxy: every storage type, and links between them."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from tcproxy_client.exceptions import (
    TaskclusterArtifactError,
    TaskclusterConnectionError,
    TaskclusterFailure,
    TaskclusterRestFailure,
)

from tests.harness.upstream import reply
from tests.transfers.moving import TASK
from tests.transfers.sizes import AROUND, pattern
from tests.transfers.storage import Stored

if TYPE_CHECKING:
    from pathlib import Path

    from tests.transfers.deployment import Deployment
    from tests.transfers.moving import Moving
    from tests.transfers.storage import Storage

DATA = pattern(300_000)
NAME = "public/a b%2F.txt"


@pytest.mark.parametrize("kind", ["s3", "reference"])
@pytest.mark.parametrize("size", AROUND)
def test_data_in_a_storage(
    moving: Moving, deployment: Deployment, storage: Storage, kind: str, size: int
) -> None:
    deployment.keep_artifact(NAME, pattern(size), kind)
    assert moving.download_artifact(NAME) == pattern(size)
    (got,) = storage.requests
    assert not got.values("Authorization")


@pytest.mark.parametrize(
    ("run", "path"),
    [
        ({}, f"{TASK}/artifact-content/x"),
        ({"runId": None}, f"{TASK}/artifact-content/x"),
        ({"runId": 0}, f"{TASK}/runs/0/artifact-content/x"),
        ({"runId": "1"}, f"{TASK}/runs/1/artifact-content/x"),
    ],
)
def test_the_run_that_is_asked_for(
    moving: Moving, deployment: Deployment, run: dict[str, Any], path: str
) -> None:
    deployment.keep_artifact("x", DATA)
    assert moving.download_artifact("x", **run) == DATA
    assert [each.name for each in deployment.asked] == [path]


def test_every_way_to_take_it(moving: Moving, deployment: Deployment, tmp_path: Path) -> None:
    deployment.keep_artifact("x", DATA)
    arguments = moving.artifact_arguments("x")
    assert moving.call("downloadArtifactToBuf", **arguments) == (DATA, "application/x-test")
    file = io.BytesIO(b"before")
    got = moving.call("downloadArtifactToFile", file=file, **arguments)
    assert (file.getvalue(), got) == (DATA, "application/x-test")
    target = tmp_path / "target"
    moving.call("downloadArtifactToFile", file=target, **arguments)
    assert target.read_bytes() == DATA
    moving.call("downloadArtifactToFile", file=str(target), **arguments)
    sink = moving.sink()
    factory = moving.factory(lambda: sink)
    moving.call("downloadArtifact", writerFactory=factory, **arguments)
    assert sink.data == DATA


def test_an_object(moving: Moving, deployment: Deployment) -> None:
    """Its credentials are not used: the proxy signs."""
    deployment.keep(f"t/{TASK}/0/x", DATA)
    credentials = {"clientId": "artifact-download/x", "accessToken": "-", "certificate": "{}"}
    answer = {"storageType": "object", "name": f"t/{TASK}/0/x", "credentials": credentials}
    deployment.artifacts["x"] = answer
    assert moving.download_artifact("x") == DATA
    assert deployment.names() == ["artifact", "startDownload"]
    for request in deployment.upstream.requests:
        assert b'id="tester"' in (request.value("Authorization") or b"")


def test_an_error(moving: Moving, deployment: Deployment, tmp_path: Path) -> None:
    deployment.artifacts["x"] = {
        "storageType": "error",
        "reason": "file-missing-on-worker",
        "message": "it is gone",
    }
    target = tmp_path / "target"
    arguments = moving.artifact_arguments("x")
    error = moving.failure("downloadArtifactToFile", file=target, **arguments)
    assert isinstance(error, TaskclusterArtifactError)
    assert error.reason == "file-missing-on-worker"
    assert "it is gone" in str(error)
    assert not target.exists()


@pytest.mark.parametrize("run", [None, 0])
def test_links_are_followed(moving: Moving, deployment: Deployment, run: int | None) -> None:
    for number in range(3):
        link = {"storageType": "link", "artifact": f"link/{number + 1}"}
        deployment.artifacts[f"link/{number}"] = link
    deployment.keep_artifact("link/3", DATA)
    assert moving.download_artifact("link/0", runId=run) == DATA
    assert [each.name.rpartition("content/")[2] for each in deployment.asked] == [
        *("link/0", "link/1", "link/2", "link/3"),
    ]
    assert len({each.name.partition("/artifact-content/")[0] for each in deployment.asked}) == 1


def test_links_in_a_circle(moving: Moving, deployment: Deployment) -> None:
    deployment.artifacts["a"] = {"storageType": "link", "artifact": "b"}
    deployment.artifacts["b"] = {"storageType": "link", "artifact": "a"}
    arguments = moving.artifact_arguments("a")
    error = moving.failure("downloadArtifactToBuf", **arguments)
    assert "link" in str(error).lower()
    assert len(deployment.asked) < 50


def test_links_without_end(moving: Moving, deployment: Deployment) -> None:
    class Endless(dict[str, Any]):
        def __contains__(self, _name: object) -> bool:
            return True

        def __getitem__(self, name: str) -> Any:
            return {"storageType": "link", "artifact": f"{name}x"}

    deployment.artifacts = Endless()
    arguments = moving.artifact_arguments("a")
    error = moving.failure("downloadArtifactToBuf", **arguments)
    assert "link" in str(error).lower()
    assert len(deployment.asked) < 100


@pytest.mark.parametrize(
    "answer",
    [
        {"storageType": "azure", "url": "http://x.test/"},
        {"storageType": None},
        {},
        {"storageType": "s3"},
        {"storageType": "s3", "url": "ftp://x.test/"},
        {"storageType": "link"},
        {"storageType": "object"},
    ],
    ids=str,
)
def test_answers_that_nobody_understands(
    moving: Moving, deployment: Deployment, answer: dict[str, Any]
) -> None:
    deployment.artifacts["x"] = answer
    error = moving.failure("downloadArtifactToBuf", **moving.artifact_arguments("x", maxRetries=0))
    assert str(error)


@pytest.mark.parametrize("missing", ["reason", "message"])
def test_an_error_that_says_little(moving: Moving, deployment: Deployment, missing: str) -> None:
    answer = {"storageType": "error", "reason": "gone", "message": "it is gone"}
    del answer[missing]
    deployment.artifacts["x"] = answer
    error = moving.failure("downloadArtifactToBuf", **moving.artifact_arguments("x"))
    assert isinstance(error, TaskclusterFailure)


def test_an_unknown_artifact(moving: Moving) -> None:
    error = moving.failure("downloadArtifactToBuf", **moving.artifact_arguments("x"))
    assert isinstance(error, TaskclusterRestFailure)
    assert error.status == 404


def test_a_queue_that_redirects_says_the_same(moving: Moving, deployment: Deployment) -> None:
    """Some versions answer 303 with the JSON of the 200."""
    deployment.keep_artifact("x", DATA)
    answer = deployment.artifacts["x"]
    assert callable(answer)
    made = answer()
    body = f'{{"storageType": "s3", "url": "{made["url"]}"}}'.encode()
    fields = [("Location", made["url"]), ("Content-Type", "application/json")]
    deployment.upstream.script(reply(303, fields, body))
    assert moving.download_artifact("x") == DATA


@pytest.mark.parametrize("kind", ["s3", "reference"])
def test_what_was_cut_goes_on(
    moving: Moving, deployment: Deployment, storage: Storage, kind: str
) -> None:
    deployment.keep_artifact("x", pattern(1_000_000), kind)
    storage.script(storage.cut(500_000), reply(503))
    assert moving.download_artifact("x") == pattern(1_000_000)
    assert storage.served < 1_600_000


def test_an_expired_url_is_asked_for_again(
    moving: Moving, deployment: Deployment, storage: Storage
) -> None:
    deployment.keep_artifact("x", DATA)
    storage.script(reply(403))
    assert moving.download_artifact("x") == DATA
    assert len(deployment.asked) == 2
    storage.default = reply(403)
    arguments = moving.artifact_arguments("x")
    error = moving.failure("downloadArtifactToBuf", **arguments)
    assert error.status == 403
    assert len(storage.requests) == 4


def test_stored_gzip_is_decoded(moving: Moving, deployment: Deployment) -> None:
    """As workers upload logs."""
    deployment.keep_artifact("public/live.log", Stored.zipped(DATA))
    assert moving.download_artifact("public/live.log") == DATA


def test_what_is_cut_to_the_end_is_no_artifact(
    moving: Moving, deployment: Deployment, storage: Storage, tmp_path: Path
) -> None:
    deployment.keep_artifact("x", DATA)
    storage.default = storage.cut(0)
    target = tmp_path / "target"
    arguments = moving.artifact_arguments("x", maxRetries=1)
    error = moving.failure("downloadArtifactToFile", file=target, **arguments)
    assert isinstance(error, TaskclusterConnectionError)
    assert list(tmp_path.iterdir()) == []
