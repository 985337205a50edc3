"""Move objects and artifacts with the installed official client, through a proxy.

Usage: transfers.py sync|async PROXY_URL, with a plan as JSON on stdin: `uploads` (object's name,
file), `downloads` (object's name, file), and `artifacts` (task, artifact's name, file), lists of
lists. Prints the content type of each download, as JSON. Runs with the official client alone.
"""
# ruff: noqa: T201, ASYNC230, ASYNC240 - it prints its result; nothing else is in its loop

from __future__ import annotations

import asyncio
import datetime as dt
import json
import sys
from pathlib import Path
from typing import Any

import taskcluster
import taskcluster.aio
import taskcluster.aio.download
import taskcluster.aio.upload
import taskcluster.download
import taskcluster.upload


def upload_arguments(name: str, data: bytes) -> dict[str, Any]:
    """Return what an upload is told."""
    return {
        "projectId": "proj",
        "name": name,
        "contentType": "application/x-official",
        "contentLength": len(data),
        "expires": taskcluster.stringDate(
            taskcluster.fromNow("1 hour", dt.datetime.now(dt.timezone.utc))  # noqa: UP017 - 3.9 too
        ),
        "data": data,
    }


def sync(options: dict[str, Any], plan: dict[str, Any]) -> list[str]:
    """Use the sync face."""
    objects, queue = taskcluster.Object(options), taskcluster.Queue(options)
    for name, path in plan["uploads"]:
        arguments = upload_arguments(name, Path(path).read_bytes())
        taskcluster.upload.uploadFromBuf(objectService=objects, **arguments)
    types = []
    for name, path in plan["downloads"]:
        with Path(path).open("w+b") as file:
            types.append(
                taskcluster.download.downloadToFile(file=file, name=name, objectService=objects)
            )
    for task, name, path in plan["artifacts"]:
        with Path(path).open("w+b") as file:
            types.append(
                taskcluster.download.downloadArtifactToFile(
                    file=file, taskId=task, name=name, queueService=queue
                )
            )
    return types


async def later(options: dict[str, Any], plan: dict[str, Any]) -> list[str]:
    """Use the async face."""
    async with taskcluster.aio.createSession() as session:
        objects = taskcluster.aio.Object(options, session=session)
        queue = taskcluster.aio.Queue(options, session=session)
        for name, path in plan["uploads"]:
            arguments = upload_arguments(name, Path(path).read_bytes())
            await taskcluster.aio.upload.uploadFromBuf(objectService=objects, **arguments)
        types = []
        for name, path in plan["downloads"]:
            with Path(path).open("w+b") as file:
                types.append(
                    await taskcluster.aio.download.downloadToFile(
                        file=file, name=name, objectService=objects
                    )
                )
        for task, name, path in plan["artifacts"]:
            with Path(path).open("w+b") as file:
                types.append(
                    await taskcluster.aio.download.downloadArtifactToFile(
                        file=file, taskId=task, name=name, queueService=queue
                    )
                )
        return types


face, proxy_url = sys.argv[1:]
settings = {"rootUrl": proxy_url, "maxRetries": 0}
given = json.load(sys.stdin)
print(json.dumps(sync(settings, given) if face == "sync" else asyncio.run(later(settings, given))))
