"""The index service: names for tasks, in namespaces, and what their artifacts are at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from mohawk.base import Resource
from mohawk.bewit import get_bewit

from tcproxy.sandbox import errors, pagination, times
from tcproxy.sandbox import scopes as scope_algebra
from tcproxy.sandbox.api import Access, Method, Service, require
from tcproxy.sandbox.responses import json_answer, redirect_answer
from tcproxy.sandbox.schemas import Schema
from tcproxy.sandbox.scopes import AllOf
from tcproxy.sandbox.services import common, shapes

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from tcproxy.sandbox.api import Call
    from tcproxy.sandbox.clients import Client
    from tcproxy.sandbox.responses import Answer
    from tcproxy.sandbox.roles import Roles
    from tcproxy.sandbox.services.queue import Queue
    from tcproxy.sandbox.services.queue.artifacts import Artifact, Found

PATH = "^([a-zA-Z0-9_!~*'()%-]+\\.)*[a-zA-Z0-9_!~*'()%-]+$"
_BEWIT_LIFE = timedelta(minutes=15)

_INSERT = Schema(
    "index/v1/insert-task-request.json",
    shapes.closed(
        {
            "taskId": {"type": "string", "pattern": shapes.SLUG},
            "rank": {"type": "number"},
            "data": {"type": "object"},
            "expires": shapes.DATE_TIME,
        }
    ),
)

_FIND_MANY = Schema(
    "index/v1/find-tasks-at-index-request.json",
    shapes.closed(
        {"indexes": {"type": "array", "items": {"type": "string", "pattern": PATH}}},
    ),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """What stands in the index under a path."""

    path: str
    task_id: str
    rank: float
    data: dict[str, Any]
    expires: datetime

    def show(self) -> dict[str, Any]:
        """Return it as the API writes it."""
        return {
            "namespace": self.path,
            "taskId": self.task_id,
            "rank": self.rank,
            "data": self.data,
            "expires": times.show(self.expires),
        }


class Index:
    """The index service.

    Args:
        queue: Where tasks and artifacts are.
        roles: What everybody may do.
        issuer: The client whose signature opens artifacts to those who may read them.
    """

    def __init__(self, queue: Queue, roles: Roles, issuer: Client) -> None:
        self._queue = queue
        self._everybody = roles.expand(["assume:anonymous"])
        self._issuer = issuer
        self._entries: dict[str, Entry] = {}

    def insert(self, entry: Entry) -> Entry:
        """Put an entry in place of one that does not rank higher, and return what is there now."""
        known = self._entries.get(entry.path)
        if known is None or known.rank <= entry.rank:
            self._entries[entry.path] = entry
        return self._entries[entry.path]

    def service(self) -> Service:
        """Return the table of its methods."""
        pages = pagination.QUERY
        return Service(
            "index",
            "v1",
            (
                *common.methods(),
                Method(
                    "findArtifactFromTask",
                    "GET",
                    "/task/<indexPath>/artifacts/<name*>",
                    self._find_artifact,
                    "queue:get-artifact:<name>",
                ),
                Method(
                    "findTask",
                    "GET",
                    "/task/<indexPath>",
                    self._find_task,
                    "index:find-task:<indexPath>",
                ),
                Method(
                    "insertTask",
                    "PUT",
                    "/task/<namespace>",
                    self._insert_task,
                    "index:insert-task:<namespace>",
                    schema=_INSERT,
                ),
                Method(
                    "deleteTask",
                    "DELETE",
                    "/task/<namespace>",
                    self._delete_task,
                    "index:delete-task:<namespace>",
                ),
                Method(
                    "findTasksAtIndex",
                    "POST",
                    "/tasks/indexes",
                    self._find_tasks,
                    Access.BY_HANDLER,
                    query=pages,
                    schema=_FIND_MANY,
                ),
                Method(
                    "listTasks",
                    "GET",
                    "/tasks/<namespace>",
                    self._list_tasks,
                    Access.BY_HANDLER,
                    query=pages,
                ),
                Method(
                    "listNamespaces",
                    "GET",
                    "/namespaces/<namespace>",
                    self._list_namespaces,
                    "index:list-namespaces:<namespace>",
                    query=pages,
                ),
            ),
            {"indexPath": PATH, "namespace": PATH, "name": shapes.PRINTABLE},
        )

    async def _insert_task(self, call: Call) -> Answer:
        payload = call.payload
        wanted = Entry(
            call.params["namespace"],
            payload["taskId"],
            payload["rank"],
            payload["data"],
            times.parse(payload["expires"]),
        )
        return json_answer(self.insert(wanted).show())

    async def _delete_task(self, call: Call) -> Answer:
        self._entries.pop(call.params["namespace"], None)
        return json_answer({})

    async def _find_task(self, call: Call) -> Answer:
        return json_answer(self._find(call.params["indexPath"]).show())

    async def _find_tasks(self, call: Call) -> Answer:
        paths = call.payload["indexes"]
        require(call.identity(), AllOf(tuple(f"index:find-task:{path}" for path in paths)))
        entries = [entry.show() for entry in self._valid() if entry.path in paths]
        return json_answer(pagination.page("tasks", entries, call.query))

    async def _list_tasks(self, call: Call) -> Answer:
        namespace = call.params["namespace"]
        require(call.identity(), f"index:list-tasks:{namespace}")
        children = [each for each in self._valid() if each.path.rpartition(".")[0] == namespace]
        children.sort(key=lambda each: pagination.collation_key(each.path))
        entries = [each.show() for each in children]
        return json_answer(pagination.page("tasks", entries, call.query))

    async def _list_namespaces(self, call: Call) -> Answer:
        beginning = call.params["namespace"] + "."
        expires: dict[str, datetime] = {}
        for entry in self._valid():
            if not entry.path.startswith(beginning):
                continue
            name, dot, _ = entry.path.removeprefix(beginning).partition(".")
            if dot:
                expires[name] = max(entry.expires, expires.get(name, entry.expires))
        entries = [
            {"namespace": beginning + name, "name": name, "expires": times.show(expires[name])}
            for name in sorted(expires, key=pagination.collation_key)
        ]
        return json_answer(pagination.page("namespaces", entries, call.query))

    async def _find_artifact(self, call: Call) -> Answer:
        entry, name = self._find(call.params["indexPath"]), call.params["name"]
        found = self._follow(entry.task_id, name)
        names = (name,) if found is None else found.names
        wanted = AllOf(tuple(f"queue:get-artifact:{each}" for each in names))
        require(call.identity(), wanted)
        url = f"{call.root_url}/api/queue/v1/task/{entry.task_id}/artifacts/{quote(name, safe='')}"
        if not scope_algebra.satisfies(self._everybody, wanted):
            url += f"?bewit={self._bewit(url)}"
        elif found is not None and found.artifact is not None and _is_direct(found.artifact):
            url = self._queue.artifacts.url(found.place, found.artifact, call.root_url)
        return redirect_answer(url, call.accept)

    def _follow(self, task_id: str, name: str) -> Found | None:
        task = self._queue.tasks.find(task_id, times.now())
        if task is None or not task.runs:
            return None
        return self._queue.artifacts.find(task, len(task.runs) - 1, name)

    def _bewit(self, url: str) -> str:
        resource = Resource(
            credentials={
                "id": self._issuer.client_id,
                "key": self._issuer.access_token,
                "algorithm": "sha256",
            },
            url=url,
            method="GET",
            nonce="",
            timestamp=int((times.now() + _BEWIT_LIFE).timestamp()),
        )
        return str(get_bewit(resource)).rstrip("=")

    def _find(self, path: str) -> Entry:
        entry = self._entries.get(path)
        if entry is None or entry.expires <= times.now():
            raise errors.not_found("Indexed task not found")
        return entry

    def _valid(self) -> Iterable[Entry]:
        now = times.now()
        return [entry for entry in self._entries.values() if entry.expires > now]


def _is_direct(artifact: Artifact) -> bool:
    """Tell whether an artifact is somewhere that needs no help of the queue."""
    return artifact.storage_type in {"s3", "reference"} and artifact.expires > times.now()
