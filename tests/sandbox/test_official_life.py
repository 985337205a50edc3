"""A task's whole life with the official client, directly against the sandbox: sync and async."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
import requests
import taskcluster
import taskcluster.aio
import taskcluster.aio.download
import taskcluster.aio.upload
import taskcluster.download
import taskcluster.exceptions
import taskcluster.upload

from tests.sandbox.running import ROOT, Running
from tests.sandbox.tasking import at, definition, slug

BIG = bytes(range(256)) * 1024
PERMANENT = {"clientId": ROOT.client_id, "accessToken": ROOT.access_token}


def options(sandbox: Running, credentials: Any) -> dict[str, Any]:
    return {"rootUrl": sandbox.url, "maxRetries": 0, "credentials": credentials}


class Sync:
    """The official client's sync face. Its helpers run an event loop, so they get a thread."""

    def __init__(self, sandbox: Running) -> None:
        self._sandbox = sandbox

    async def call(
        self, service: str, method: str, *args: Any, credentials: Any = PERMANENT
    ) -> Any:
        client = getattr(taskcluster, service)(options(self._sandbox, credentials))
        try:
            return await asyncio.to_thread(getattr(client, method), *args)
        finally:
            client.session.close()

    async def upload(self, credentials: Any, **given: Any) -> None:
        client = taskcluster.Object(options(self._sandbox, credentials))
        await self._in_thread(
            client, taskcluster.upload.uploadFromBuf, objectService=client, **given
        )

    async def download(self, name: str) -> tuple[bytes, str]:
        client = taskcluster.Object(options(self._sandbox, PERMANENT))
        got = await self._in_thread(
            client, taskcluster.download.downloadToBuf, name=name, objectService=client
        )
        return bytes(got[0]), got[1]

    async def download_artifact(self, task_id: str, run_id: int | None, name: str) -> Any:
        client = taskcluster.Queue(options(self._sandbox, PERMANENT))
        got = await self._in_thread(
            client,
            taskcluster.download.downloadArtifactToBuf,
            taskId=task_id,
            runId=run_id,
            name=name,
            queueService=client,
        )
        return bytes(got[0]), got[1]

    async def _in_thread(self, client: Any, function: Callable[..., Any], **given: Any) -> Any:
        def run() -> Any:
            try:
                return function(**given)
            finally:
                client.session.close()
                # it sets a loop of its own, and does not close it when something is raised
                asyncio.get_event_loop_policy().get_event_loop().close()
                asyncio.set_event_loop(None)

        return await asyncio.to_thread(run)


class Async:
    """The official client's async face."""

    def __init__(self, sandbox: Running) -> None:
        self._sandbox = sandbox

    async def call(
        self, service: str, method: str, *args: Any, credentials: Any = PERMANENT
    ) -> Any:
        made = getattr(taskcluster.aio, service)(options(self._sandbox, credentials))
        async with made as client:
            return await getattr(client, method)(*args)

    async def upload(self, credentials: Any, **given: Any) -> None:
        async with taskcluster.aio.Object(options(self._sandbox, credentials)) as client:
            await taskcluster.aio.upload.uploadFromBuf(objectService=client, **given)

    async def download(self, name: str) -> tuple[bytes, str]:
        async with taskcluster.aio.Object(options(self._sandbox, PERMANENT)) as client:
            got = await taskcluster.aio.download.downloadToBuf(name=name, objectService=client)
            return bytes(got[0]), got[1]

    async def download_artifact(self, task_id: str, run_id: int | None, name: str) -> Any:
        async with taskcluster.aio.Queue(options(self._sandbox, PERMANENT)) as client:
            got = await taskcluster.aio.download.downloadArtifactToBuf(
                taskId=task_id, runId=run_id, name=name, queueService=client
            )
            return bytes(got[0]), got[1]


Face = Sync | Async


@pytest.fixture(params=[Sync, Async], ids=["sync", "async"])
def face(request: pytest.FixtureRequest, sandbox: Running) -> Face:
    made: Face = request.param(sandbox)
    return made


async def claimed_task(face: Face) -> tuple[str, dict[str, str]]:
    """Create and claim a task; return its id and credentials."""
    task_id, worker_type = slug(), slug()
    await face.call("Queue", "createTask", task_id, definition(taskQueueId=f"prov/{worker_type}"))
    claim = await face.call(
        "Queue", "claimWork", f"prov/{worker_type}", {"workerGroup": "g", "workerId": "w"}
    )
    (task,) = claim["tasks"]
    assert task["status"]["taskId"] == task_id
    return task_id, task["credentials"]


async def test_a_task_from_creation_to_its_end(face: Face) -> None:
    task_id, credentials = await claimed_task(face)
    group = await face.call("Queue", "listTaskGroup", task_id)
    assert [each["status"]["state"] for each in group["tasks"]] == ["running"]
    again = await face.call("Queue", "reclaimTask", task_id, "0", credentials=credentials)
    done = await face.call(
        "Queue", "reportCompleted", task_id, "0", credentials=again["credentials"]
    )
    assert done["status"]["state"] == "completed"
    assert (await face.call("Queue", "status", task_id))["status"] == done["status"]
    assert (await face.call("Queue", "task", task_id))["metadata"]["name"] == "n"
    entry = {"taskId": task_id, "rank": 0, "data": {}, "expires": at(hours=1)}
    await face.call("Index", "insertTask", f"life.{task_id}", entry)
    assert (await face.call("Index", "findTask", f"life.{task_id}"))["taskId"] == task_id
    listed = await face.call("Index", "listTasks", "life")
    assert task_id in [each["taskId"] for each in listed["tasks"]]


async def test_a_task_that_is_cancelled(face: Face) -> None:
    task_id, credentials = await claimed_task(face)
    cancelled = await face.call("Queue", "cancelTask", task_id)
    assert cancelled["status"]["state"] == "exception"
    with pytest.raises(taskcluster.exceptions.TaskclusterRestFailure, match="not running"):
        await face.call("Queue", "reportCompleted", task_id, "0", credentials=credentials)


async def test_artifacts_of_every_kind(face: Face, sandbox: Running) -> None:
    task_id, credentials = await claimed_task(face)

    async def make(name: str, kind: str, **more: Any) -> Any:
        body = {"storageType": kind, "expires": at(minutes=50), **more}
        return await face.call(
            "Queue", "createArtifact", task_id, "0", name, body, credentials=credentials
        )

    made = await make("public/s3.txt", "s3", contentType="text/plain")
    url = made["putUrl"]
    fields = {"Content-Type": "text/plain"}
    put = await asyncio.to_thread(requests.put, url, data=b"s3 data", headers=fields, timeout=20)
    assert put.status_code == 200
    for name, data in (("public/small", b"object data"), ("public/big", BIG)):
        made = await make(name, "object", contentType="application/x-o", contentLength=len(data))
        await face.upload(
            made["credentials"],
            data=data,
            projectId=made["projectId"],
            name=made["name"],
            contentType="application/x-o",
            contentLength=len(data),
            expires=made["expires"],
            uploadId=made["uploadId"],
            maxRetries=0,
        )
        finish = {"uploadId": made["uploadId"]}
        await face.call(
            "Queue", "finishArtifact", task_id, "0", name, finish, credentials=credentials
        )
        assert await face.download_artifact(task_id, 0, name) == (data, "application/x-o")
    where = f"{sandbox.url}/storage/public-artifacts/{task_id}/0/public/s3.txt"
    await make("public/reference", "reference", contentType="text/plain", url=where)
    await make("public/link", "link", artifact="public/s3.txt")
    for name in ("public/s3.txt", "public/reference", "public/link"):
        assert await face.download_artifact(task_id, None, name) == (b"s3 data", "text/plain")
    await make("public/error", "error", reason="file-missing-on-worker", message="it is gone")
    with pytest.raises(taskcluster.exceptions.TaskclusterArtifactError, match="it is gone"):
        await face.download_artifact(task_id, None, "public/error")
    listed = await face.call("Queue", "listLatestArtifacts", task_id)
    assert [each["storageType"] for each in listed["artifacts"]] == [
        *("object", "error", "link", "reference", "s3", "object"),
    ]


@pytest.mark.parametrize("data", [b"", b"x", b"y" * 8191, b"z" * 8192, BIG], ids=len)
async def test_objects(face: Face, data: bytes) -> None:
    name = f"official/{slug()}"
    await face.upload(
        PERMANENT,
        data=data,
        projectId="proj",
        name=name,
        contentType="text/x-test",
        contentLength=len(data),
        expires=at(hours=1),
        uploadId=slug(),
        maxRetries=0,
    )
    assert await face.download(name) == (data, "text/x-test")
    shown = await face.call("Object", "object", name)
    assert shown["hashes"] == {
        "sha256": hashlib.sha256(data).hexdigest(),
        "sha512": hashlib.sha512(data).hexdigest(),
    }


def test_signed_urls_open_what_credentials_open(sandbox: Running) -> None:
    """The certificate of a run also works in a bewit, as a browser would use it."""
    queue = taskcluster.Queue(options(sandbox, PERMANENT))
    task_id, worker_type = slug(), slug()
    given = definition(taskQueueId=f"prov/{worker_type}", scopes=["queue:get-artifact:private/*"])
    queue.createTask(task_id, given)
    claim = queue.claimWork(f"prov/{worker_type}", {"workerGroup": "g", "workerId": "w"})
    run = taskcluster.Queue(options(sandbox, claim["tasks"][0]["credentials"]))
    body = {"storageType": "s3", "contentType": "application/json", "expires": at(minutes=50)}
    url = run.createArtifact(task_id, "0", "private/x.json", body)["putUrl"]
    assert requests.put(url, data=io.BytesIO(b'{"x": 1}'), timeout=20).status_code == 200
    signed = run.buildSignedUrl("getLatestArtifact", task_id, "private/x.json")
    got = requests.get(signed, timeout=20)
    assert (got.status_code, json.loads(got.content)) == (200, {"x": 1})
