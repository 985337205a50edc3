"""Typical calls, as a type checker sees them: the contract of the public API.

Nothing runs this file. mypy --strict and pyright check it: a call that is right must pass, and a
line that is wrong on purpose must be an error, which its comment expects; a comment that expects
nothing is an error itself.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, assert_type

import tcproxy_client as taskcluster
from tcproxy_client import aio, download, exceptions, helper, upload, utils
from tcproxy_client.aio import download as aio_download
from tcproxy_client.aio.asyncclient import AsyncBaseClient
from tcproxy_client.client import BaseClient
from tcproxy_client.queue import Queue

Json = dict[str, Any]


def sync_calls() -> None:
    """Call the sync client in each way that it knows."""
    queue = taskcluster.Queue()
    taskcluster.Queue({"rootUrl": "https://tc.example.com", "maxRetries": 3})
    taskcluster.Queue(proxy="unix:///run/tcproxy.sock")
    assert_type(queue, Queue)

    assert_type(queue.status("T"), Json)
    assert_type(queue.artifact("T", 0, "public/log"), Json)
    assert_type(queue.artifact(taskId="T", runId=0, name="public/log"), Json)
    assert_type(queue.artifact(params={"taskId": "T", "runId": 0, "name": "n"}), Json)
    assert_type(queue.createTask("T", {"payload": {}}), Json)
    assert_type(queue.createTask("T", payload={"payload": {}}), Json)
    assert_type(queue.createTask({"payload": {}}, taskId="T"), Json)
    assert_type(queue.createTask(taskId="T", payload={}), Json)
    assert_type(queue.createTask(params={"taskId": "T"}, payload={}), Json)
    assert_type(queue.tasks({"taskIds": ["T"]}, limit=5), Json)
    assert_type(taskcluster.Auth().listRoles(), list[Any])
    assert_type(taskcluster.Secrets().get("name"), Json)
    taskcluster.Secrets().set("name", {"secret": {}, "expires": dt.datetime.now(dt.UTC)})
    taskcluster.PurgeCache().purgeRequests("p/w", since=dt.datetime.now(dt.UTC))

    assert_type(queue.listTaskGroup("G"), Json)
    assert_type(queue.listTaskGroup("G", limit=5, continuationToken=None), Json)
    assert_type(queue.listTaskGroup("G", query={"limit": 5}, paginationLimit=3), Json)
    queue.listTaskGroup("G", paginationHandler=print)
    for page in queue.listTaskGroup.pages("G", limit=5):
        assert_type(page, Json)
    for task in queue.listTaskGroup.items(taskGroupId="G"):
        assert_type(task, Any)

    assert_type(queue.buildUrl("status", "T"), str)
    assert_type(queue.buildSignedUrl("status", "T", expiration=60), str)
    with taskcluster.Queue() as entered:
        assert_type(entered, Queue)
    queue.close()
    client: BaseClient = queue
    del client


def wrong_sync_calls() -> None:
    """Call the sync client in ways that fail."""
    queue = taskcluster.Queue()
    queue.status()  # type: ignore[call-overload]
    queue.status(None)  # type: ignore[call-overload]
    queue.status("T", "U")  # type: ignore[call-overload]
    queue.status(task_id="T")  # type: ignore[call-overload]
    queue.status("T", limit=5)  # type: ignore[call-overload]
    queue.artifact("T", runId=0, name="n")  # type: ignore[call-overload]
    queue.createTask("T")  # type: ignore[call-overload]
    queue.createTask("T", None)  # type: ignore[call-overload]
    queue.listTaskGroup("G", limt=5)  # type: ignore[call-overload]
    queue.listTaskGroup("G", limit=[5])  # type: ignore[call-overload]
    queue.listTaskGroup.pages("G", paginationHandler=print)  # type: ignore[call-overload]
    queue.status.pages("T")  # type: ignore[attr-defined]
    queue.noSuchMethod()  # type: ignore[attr-defined]
    queue.ping("T")  # type: ignore[call-arg]
    taskcluster.Login()  # type: ignore[attr-defined]
    taskcluster.Queue("https://tc.example.com")  # type: ignore[arg-type]


async def async_calls() -> None:
    """Call the async client."""
    async with aio.Queue() as queue:
        assert_type(await queue.status("T"), Json)
        assert_type(await queue.createTask(taskId="T", payload={}), Json)
        assert_type(await queue.listTaskGroup("G", limit=5), Json)
        await queue.listTaskGroup("G", paginationHandler=print)
        async for page in queue.listTaskGroup.pages("G"):
            assert_type(page, Json)
        async for task in queue.listTaskGroup.items("G"):
            assert_type(task, Any)
        assert_type(await queue.buildSignedUrl("ping"), str)
        client: AsyncBaseClient = queue
        await client.aclose()
    (await queue.status())  # type: ignore[call-overload]
    queue.status("T")["status"]  # type: ignore[index]
    for _ in queue.listTaskGroup.pages("G"):  # type: ignore[attr-defined]
        pass


def events() -> None:
    """Make bindings."""
    listener = taskcluster.QueueEvents()
    assert_type(listener.taskPending(), dict[str, str])
    assert_type(listener.taskPending("primary.#"), dict[str, str])
    assert_type(listener.taskPending({"taskId": "T"}), dict[str, str])
    assert_type(aio.QueueEvents().taskPending(taskId="T", runId=0), dict[str, str])
    listener.taskPending(taskID="T")  # type: ignore[call-overload]


def errors() -> None:
    """Look at errors."""
    try:
        taskcluster.Queue().ping()
    except exceptions.TaskclusterRestFailure as error:
        assert_type(error.status_code, int)
        assert_type(error.code, str | None)
        assert_type(error.attempts, int)
    except taskcluster.TaskclusterConnectionError as error:
        assert_type(error.url, str | None)


def helpers() -> None:
    """Use the helpers."""
    assert_type(taskcluster.fromNow("1 day"), dt.datetime)
    assert_type(utils.slugId(), str)
    assert_type(taskcluster.dumpJson({}), str)
    config = helper.TaskclusterConfig("https://tc.example.com")
    assert_type(config.load_secrets("name"), Json)
    assert_type(taskcluster.helper.load_secrets(None, None, local_secrets={}), Json)
    assert_type(taskcluster.optionsFromEnvironment(), Json)
    taskcluster.fromNow(5)  # type: ignore[arg-type]


def transfers(path: str) -> None:
    """Move data."""
    objects, queue = taskcluster.Object(), taskcluster.Queue()
    assert_type(download.downloadToBuf(name="n", objectService=objects), tuple[memoryview, str])
    assert_type(download.downloadToFile(path, name="n", objectService=objects, parallel=4), str)
    with open(path, "wb") as file:  # noqa: PTH123 - how users write it
        download.downloadArtifactToFile(file, taskId="T", name="n", queueService=queue, runId=0)
    upload.uploadFromFile(
        file=path,
        projectId="p",
        name="n",
        contentType="text/plain",
        contentLength=5,
        expires=taskcluster.fromNow("1 day"),
        objectService=objects,
        progress=lambda done, total: print(done, total),  # noqa: T201 - as above
    )
    download.downloadToBuf(name="n")  # type: ignore[call-arg]
    download.downloadToBuf(name="n", objectService=objects, paralel=4)  # type: ignore[call-arg]
    upload.uploadFromFile(file=path, contentLength="5")  # type: ignore[call-arg, arg-type]


async def async_transfers(path: str) -> None:
    """Move data."""
    objects = aio.Object()
    assert_type(await aio_download.downloadToFile(path, name="n", objectService=objects), str)
    await aio_download.downloadToBuf(objectService=objects)  # type: ignore[call-arg]
