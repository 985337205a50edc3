"""A run of a task in a sandbox, made and claimed through a proxy, to which artifacts are added."""

from __future__ import annotations

import datetime as dt
import urllib.request
from typing import TYPE_CHECKING, Any

import slugid
import tcproxy_client
from tcproxy_client.upload import uploadFromBuf

if TYPE_CHECKING:
    from collections.abc import Mapping


def at(**delta: float) -> str:
    """Return a time relative to now, as the API writes it."""
    moment = dt.datetime.now(dt.UTC) + dt.timedelta(**delta)
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


class Run:
    """The first run of a new task.

    Args:
        proxy_url: Where the proxy is; it may do everything.
    """

    def __init__(self, proxy_url: str) -> None:
        self._options = {"rootUrl": proxy_url}
        self.task_id = slugid.nice()
        queue_id = f"prov/{slugid.nice()}"
        definition = {
            "taskQueueId": queue_id,
            "created": at(),
            "deadline": at(hours=1),
            "payload": {},
            "metadata": {"name": "n", "description": "", "owner": "o", "source": "https://x.test/"},
        }
        with tcproxy_client.Queue(self._options) as queue:
            queue.createTask(self.task_id, definition)
            claimed = queue.claimWork(queue_id, {"workerGroup": "g", "workerId": "w"})
        assert [each["status"]["taskId"] for each in claimed["tasks"]] == [self.task_id]

    def create(self, name: str, kind: str, **more: Any) -> dict[str, Any]:
        """Create an artifact, and return what the queue answers."""
        body = {"storageType": kind, "expires": at(minutes=50), **more}
        with tcproxy_client.Queue(self._options) as queue:
            made: dict[str, Any] = queue.createArtifact(self.task_id, 0, name, body)
        return made

    def make_s3(self, name: str, data: bytes, fields: Mapping[str, str] | None = None) -> None:
        """Create an s3 artifact with its data."""
        made = self.create(name, "s3", contentType="application/x-run")
        headers = {"Content-Type": made["contentType"], **(fields or {})}
        request = urllib.request.Request(  # noqa: S310 - a test's own server
            made["putUrl"], data=data, headers=headers, method="PUT"
        )
        with urllib.request.urlopen(request) as answer:  # noqa: S310 - as above
            assert answer.status == 200

    def make_object(self, name: str, data: bytes) -> None:
        """Create an object artifact with its data, which the proxy's own scopes allow."""
        made = self.create(name, "object", contentType="application/x-run")
        with tcproxy_client.Object(self._options) as service:
            uploadFromBuf(
                data=data,
                projectId=made["projectId"],
                name=made["name"],
                contentType="application/x-run",
                contentLength=len(data),
                expires=made["expires"],
                uploadId=made["uploadId"],
                objectService=service,
            )
        with tcproxy_client.Queue(self._options) as queue:
            queue.finishArtifact(self.task_id, 0, name, {"uploadId": made["uploadId"]})
