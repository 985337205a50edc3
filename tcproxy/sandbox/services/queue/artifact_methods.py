"""The queue's methods about artifacts: making them, finishing them, finding out where they are."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import slugid

from tcproxy.sandbox import certificates, errors, pagination, times
from tcproxy.sandbox.api import Access, Method, require
from tcproxy.sandbox.responses import Answer, json_answer
from tcproxy.sandbox.scopes import AllOf
from tcproxy.sandbox.services.objects import UPLOAD_LIFE
from tcproxy.sandbox.services.queue import schemas
from tcproxy.sandbox.services.queue.artifacts import Artifact, Place

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tcproxy.sandbox.api import Call
    from tcproxy.sandbox.clients import Client
    from tcproxy.sandbox.services.queue.artifacts import Artifacts
    from tcproxy.sandbox.services.queue.states import Claim, Task, Tasks
    from tcproxy.sandbox.storage import Storage

_TOLERANCE = timedelta(minutes=15)
_WRITE_URL_LIFE = UPLOAD_LIFE + timedelta(seconds=10)
_UPLOAD_CREDENTIALS_LIFE = timedelta(days=1)
_DOWNLOAD_CREDENTIALS_LIFE = timedelta(hours=1)
_MAX_NAME = 1024
_DEFAULT_TYPE = "application/binary"


class ArtifactMethods:
    """The methods.

    Args:
        tasks: All tasks.
        artifacts: All artifacts.
        issuer: The client that lends credentials for objects.
        storage: Where the data of s3 artifacts goes.
    """

    def __init__(
        self, tasks: Tasks, artifacts: Artifacts, issuer: Client, storage: Storage
    ) -> None:
        self._tasks = tasks
        self._artifacts = artifacts
        self._issuer = issuer
        self._storage = storage

    def methods(self) -> tuple[Method, ...]:
        """Return the table; what ends with a name of any shape goes first."""
        task, run = "/task/<taskId>", "/task/<taskId>/runs/<runId>"
        change = "queue:create-artifact:<taskId>/<runId>"
        listed, listed_latest = (
            "queue:list-artifacts:<taskId>:<runId>",
            "queue:list-artifacts:<taskId>",
        )
        pages = pagination.QUERY
        late = Access.BY_HANDLER
        named = f"{run}/artifacts/<name*>"
        return (
            Method("createArtifact", "POST", named, self._create, change, schema=schemas.ARTIFACT),
            Method("finishArtifact", "PUT", named, self._finish, change, schema=schemas.FINISH),
            Method("getArtifact", "GET", named, self._get, late),
            Method("listArtifacts", "GET", f"{run}/artifacts", self._list, listed, query=pages),
            Method("getLatestArtifact", "GET", f"{task}/artifacts/<name*>", self._get_latest, late),
            Method(
                "listLatestArtifacts",
                "GET",
                f"{task}/artifacts",
                self._list_latest,
                listed_latest,
                query=pages,
            ),
            Method("artifact", "GET", f"{run}/artifact-content/<name*>", self._content, late),
            Method(
                "latestArtifact", "GET", f"{task}/artifact-content/<name*>", self._content, late
            ),
            Method("artifactInfo", "GET", f"{run}/artifact-info/<name*>", self._info, listed),
            Method(
                "latestArtifactInfo",
                "GET",
                f"{task}/artifact-info/<name*>",
                self._info,
                listed_latest,
            ),
        )

    # -- making -----------------------------------------------------------------------------------

    async def _create(self, call: Call) -> Answer:
        name = call.params["name"]
        if len(name) > _MAX_NAME:
            raise errors.input_error(f"The name must have at most {_MAX_NAME} characters")
        task, run_id, claim = self._find_run_to_write(call)
        place = Place(task.task_id, run_id, name)
        wanted = _read(name, call.payload)
        _check_expiry(task, wanted)
        known = self._artifacts.get(place)
        if known is not None and not known.may_become(wanted):
            shown = {key: wanted.show()[key] for key in ("storageType", "contentType", "expires")}
            raise errors.conflict(
                "Artifact already exists with different properties, and none of the allowed "
                f"exceptions apply: {json.dumps(shown, indent=2)}"
            )
        self._artifacts.put(place, wanted)
        answer = {"storageType": wanted.storage_type}
        if wanted.storage_type == "s3":
            return json_answer({**answer, **self._show_put(place, wanted, call.root_url)})
        if wanted.storage_type == "object":
            return json_answer({**answer, **self._show_upload(task, place, wanted, claim)})
        return json_answer(answer)

    def _show_put(self, place: Place, artifact: Artifact, root_url: str) -> dict[str, Any]:
        """Return where the data of an s3 artifact is to be put."""
        life = self._storage.life(_WRITE_URL_LIFE)
        expires = times.show(times.now() + self._storage.life(UPLOAD_LIFE))
        url = self._storage.signed_url(root_url, place.bucket, place.key, life=life, put={})
        return {"contentType": artifact.content_type, "expires": expires, "putUrl": url}

    def _show_upload(
        self, task: Task, place: Place, artifact: Artifact, claim: Claim
    ) -> dict[str, Any]:
        """Return how the data of an object artifact is to be uploaded."""
        now, project = times.now(), task.definition["projectId"]
        return {
            "name": place.object_name,
            "projectId": project,
            "uploadId": artifact.details["uploadId"],
            "expires": times.show(artifact.expires),
            "credentials": certificates.issue(
                self._issuer,
                f"artifact-upload/{task.task_id}/{place.run_id}/on/{claim.worker}",
                [f"object:upload:{project}:{place.object_name}"],
                now,
                min(artifact.expires, now + _UPLOAD_CREDENTIALS_LIFE),
            ),
        }

    def _find_run_to_write(self, call: Call) -> tuple[Task, int, Claim]:
        task = self._tasks.find(call.params["taskId"], times.now())
        if task is None:
            raise errors.input_error("Task not found")
        found = task.run(call.params["runId"])
        if found is None:
            raise errors.input_error("Run not found")
        run_id, run = found
        if run.claim is None:
            raise errors.input_error(
                "Run was not claimed by a worker and so no artifacts can exist"
            )
        if run.state in {"completed", "failed"}:
            raise errors.conflict(
                "Artifacts cannot be created for a task after it is resolved, unless it is "
                "resolved 'exception', where a worker may still have something to upload.\n\n"
                f"Task status: {json.dumps(task.show(), indent=2)}"
            )
        return task, run_id, run.claim

    async def _finish(self, call: Call) -> Answer:
        name, run_id = call.params["name"], call.params["runId"]
        run = self._find_run(call)
        place = None if run is None else Place(run[0].task_id, run[1], name)
        artifact = None if place is None else self._artifacts.get(place)
        if place is None or artifact is None:
            raise errors.not_found(
                f"Artifact with taskId `{call.params['taskId']}`, runId {run_id}, name `{name}` "
                "not found"
            )
        if artifact.storage_type != "object":
            raise errors.input_error("Only object artifacts can be finished")
        if not artifact.is_present:
            if artifact.details["uploadId"] != call.payload["uploadId"]:
                raise errors.input_error("given uploadId does not match that for the artifact")
            if not self._artifacts.is_uploaded(place):
                raise errors.input_error("Object storing artifact data does not exist")
            self._artifacts.put(place, replace(artifact, is_present=True))
        return Answer(204, has_etag=False)

    # -- reading ----------------------------------------------------------------------------------

    async def _get_latest(self, call: Call) -> Answer:
        call.identity()
        return await self._get(call)

    async def _get(self, call: Call) -> Answer:
        place, artifact = self._readable(call)
        kind = {"x-taskcluster-artifact-storage-type": artifact.storage_type}
        if artifact.storage_type == "error":
            return json_answer(dict(artifact.details), 424, headers=kind)
        url = self._artifacts.url(place, artifact, call.root_url)
        body = {"storageType": artifact.storage_type, "url": url}
        return json_answer(body, 303, headers={"location": url, **kind})

    async def _content(self, call: Call) -> Answer:
        place, artifact = self._readable(call)
        shown: dict[str, Any] = {"storageType": artifact.storage_type}
        if artifact.storage_type == "error":
            return json_answer({**shown, **artifact.details})
        if artifact.storage_type != "object":
            return json_answer(
                {**shown, "url": self._artifacts.url(place, artifact, call.root_url)}
            )
        now = times.now()
        credentials = certificates.issue(
            self._issuer,
            f"artifact-download/{place.key}",
            [f"object:download:{place.object_name}"],
            now,
            now + _DOWNLOAD_CREDENTIALS_LIFE,
        )
        return json_answer({**shown, "name": place.object_name, "credentials": credentials})

    def _readable(self, call: Call) -> tuple[Place, Artifact]:
        """Return the artifact of a call that may read it, where links lead to."""
        name = call.params["name"]
        run = self._find_any_run(call)
        found = None if run is None else self._artifacts.find(*run, name)
        names = (name,) if found is None else found.names
        require(call.identity(), AllOf(tuple(f"queue:get-artifact:{each}" for each in names)))
        if found is None or found.artifact is None:
            raise errors.not_found("Artifact not found")
        if found.artifact.expires <= times.now():
            raise errors.expired("Artifact expired")
        return found.place, found.artifact

    async def _info(self, call: Call) -> Answer:
        run = self._find_any_run(call)
        place = None if run is None else Place(run[0].task_id, run[1], call.params["name"])
        artifact = None if place is None else self._artifacts.get(place)
        if artifact is None or not artifact.is_present:
            raise errors.not_found("Artifact not found")
        return json_answer(artifact.show())

    async def _list(self, call: Call) -> Answer:
        task = self._tasks.find(call.params["taskId"], times.now())
        if task is None:
            raise errors.not_found("Task not found")
        found = task.run(call.params["runId"])
        if found is None:
            raise errors.not_found(
                f"Task with taskId: `{task.task_id}` has no run with runId: {call.params['runId']}"
            )
        return self._page(task, found[0], call)

    async def _list_latest(self, call: Call) -> Answer:
        task = self._tasks.find(call.params["taskId"], times.now())
        return self._page(*_latest_run(task), call)

    def _page(self, task: Task, run_id: int, call: Call) -> Answer:
        artifacts = self._artifacts.of_run(task.task_id, run_id)
        names = sorted(artifacts, key=pagination.collation_key)
        start = _start_after(call.query.get("continuationToken"), names)
        query = {key: value for key, value in call.query.items() if key == "limit"}
        page = pagination.page(
            "artifacts", [artifacts[name].show() for name in names[start:]], query
        )
        if "continuationToken" in page:
            last = [task.task_id, run_id, page["artifacts"][-1]["name"]]
            text = json.dumps(last, separators=(",", ":"))
            page["continuationToken"] = base64.b64encode(text.encode()).decode()
        return json_answer(page)

    def _find_any_run(self, call: Call) -> tuple[Task, int] | None:
        """Return the run that a call's URL names, or the latest one if it names none."""
        if "runId" in call.params:
            return self._find_run(call)
        return _latest_run(self._tasks.find(call.params["taskId"], times.now()))

    def _find_run(self, call: Call) -> tuple[Task, int] | None:
        """Return the run that a call's URL names, if it exists."""
        task = self._tasks.find(call.params["taskId"], times.now())
        found = None if task is None else task.run(call.params["runId"])
        return None if task is None or found is None else (task, found[0])


def _latest_run(task: Task | None) -> tuple[Task, int]:
    """Return a task with the number of its latest run.

    Raises:
        ApiError: There is none.
    """
    if task is None:
        raise errors.not_found("Task not found")
    if not task.runs:
        raise errors.not_found("Task doesn't have any runs")
    return task, len(task.runs) - 1


def _read(name: str, payload: Mapping[str, Any]) -> Artifact:
    """Return the artifact that createArtifact describes."""
    kind = payload["storageType"]
    details = {
        key: payload[key] for key in ("url", "artifact", "reason", "message") if key in payload
    }
    if kind == "object":
        details["uploadId"] = slugid.v4()
    length = payload.get("contentLength")
    return Artifact(
        name,
        kind,
        times.parse(payload["expires"]),
        payload.get("contentType", _DEFAULT_TYPE),
        None if length is None else int(length),
        details,
        is_present=kind != "object",
    )


def _check_expiry(task: Task, artifact: Artifact) -> None:
    if artifact.expires < times.now() - _TOLERANCE:
        raise errors.input_error("Expires must be in the future")
    if artifact.expires > task.expires:
        raise errors.input_error(
            f"Artifact expires ({times.show(artifact.expires)}) after the task expiration "
            f"{times.show(task.expires)} - this is not allowed, artifacts cannot outlive their "
            "task"
        )


def _start_after(token: str | None, names: Sequence[str]) -> int:
    """Return where a page begins; a token without sense points to the beginning."""
    if token is None:
        return 0
    try:
        last = json.loads(base64.b64decode(token, validate=True))
    except (binascii.Error, ValueError, RecursionError):
        return 0
    if not (isinstance(last, list) and len(last) == 3 and isinstance(last[2], str)):
        return 0
    key = pagination.collation_key(last[2])
    return sum(pagination.collation_key(name) <= key for name in names)
