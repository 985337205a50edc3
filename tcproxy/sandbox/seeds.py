"""What a sandbox holds from the start: secrets and tasks, read from JSON and put in place.

``docs/sandbox.md`` describes the format. A seed says what is, not how it came about: a task that is
completed has been so already, and its artifacts are there.
"""

from __future__ import annotations

import json
import mimetypes
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tcproxy.sandbox import bodies, times
from tcproxy.sandbox.errors import ApiError
from tcproxy.sandbox.schemas import Schema
from tcproxy.sandbox.services import shapes
from tcproxy.sandbox.services.index import PATH, Entry
from tcproxy.sandbox.services.queue import definitions, schemas
from tcproxy.sandbox.services.queue.artifacts import Artifact, Place
from tcproxy.sandbox.services.queue.states import Claim, Run, Task, Worker

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from tcproxy.sandbox.services.index import Index
    from tcproxy.sandbox.services.queue import Queue
    from tcproxy.sandbox.services.secrets import Secrets

_LIFE = timedelta(days=365)
_DEADLINE = timedelta(days=1)
_WORKER = Worker("sandbox", "sandbox")
_QUEUE = "sandbox/sandbox"
_UNFINISHED = frozenset({"unscheduled", "pending", "running"})
_REASONS = {"completed": "completed", "failed": "failed", "exception": "internal-error"}
_FORMS = ("text", "json", "file", "url", "link")

_ARTIFACT = shapes.closed(
    {
        "contentType": {"type": "string", "maxLength": 255},
        "text": {"type": "string"},
        "json": {},
        "file": {"type": "string"},
        "url": shapes.URI,
        "link": {"type": "string", "pattern": shapes.PRINTABLE},
    },
    optional=("contentType", *_FORMS),
)

_SEED = Schema(
    "seed",
    shapes.closed(
        {
            "secrets": {
                "type": "object",
                "additionalProperties": {"type": "object"},
                "default": {},
            },
            "tasks": {
                "type": "object",
                "additionalProperties": shapes.closed(
                    {
                        "state": {"enum": [*sorted(_UNFINISHED), *_REASONS]},
                        "task": {"type": "object"},
                        "artifacts": {"type": "object", "additionalProperties": _ARTIFACT},
                        "index": {"type": "array", "items": {"type": "string", "pattern": PATH}},
                    },
                    optional=("state", "task", "artifacts", "index"),
                ),
                "default": {},
            },
        }
    ),
)


@dataclass(frozen=True, slots=True)
class SeedArtifact:
    """An artifact of a task in a seed.

    Attributes:
        name: Its name.
        storage_type: s3, reference or link.
        content_type: What it says it is.
        target: The URL or name that it leads to; empty for s3.
        data: Its bytes; empty but for s3.
    """

    name: str
    storage_type: str
    content_type: str
    target: str = ""
    data: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class SeedTask:
    """A task in a seed.

    Attributes:
        task_id: Its id.
        state: The state it is in.
        definition: What the seed says of its definition; the rest has defaults.
        artifacts: The artifacts of its run.
        index: The paths in the index that lead to it.
    """

    task_id: str
    state: str
    definition: Mapping[str, Any]
    artifacts: tuple[SeedArtifact, ...]
    index: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Seed:
    """What a sandbox is to hold from the start.

    Attributes:
        secrets: The secrets by their names.
        tasks: The tasks.
    """

    secrets: Mapping[str, dict[str, Any]] = field(default_factory=dict, repr=False)
    tasks: tuple[SeedTask, ...] = ()


def load_seed(path: str | Path) -> Seed:
    """Read a seed from a file.

    Args:
        path: The file; the files that artifacts name are looked for beside it.

    Raises:
        ValueError: It cannot be read, or is no seed; one line says what is wrong.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
        return read_seed(bodies.parse(text), path.parent)
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not UTF-8") from None
    except ApiError as error:
        raise ValueError(f"{path}: {error.text}") from None
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def read_seed(value: Any, folder: Path | None = None) -> Seed:
    """Return the seed that a JSON value describes.

    Args:
        value: The value.
        folder: Where the files are that artifacts name; None means the working directory.

    Raises:
        ValueError: It is no seed; one line says what is wrong.
    """
    value = _SEED.with_defaults(value)
    problems = _SEED.problems(value)
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise ValueError(problems[0].removeprefix("data/").replace("data ", "the seed ", 1) + more)
    tasks = tuple(
        _read_task(task_id, task, folder or Path()) for task_id, task in value["tasks"].items()
    )
    now, task_ids = times.now(), {task.task_id for task in tasks}
    for task in tasks:
        missing = set(_definition(task, now)["dependencies"]) - task_ids
        if missing:
            raise ValueError(f"tasks/{task.task_id} depends on {min(missing)}, which is not there")
    return Seed(value["secrets"], tasks)


def plant(seed: Seed, secrets: Secrets, queue: Queue, index: Index) -> None:
    """Put what a seed describes in place."""
    now = times.now()
    for name, value in seed.secrets.items():
        secrets.store(name, value, now + _LIFE)
    for each in seed.tasks:
        task = Task(each.task_id, _definition(each, now), 0)
        task.retries_left = task.definition["retries"]
        task.runs += _runs(each.state, times.parse(task.definition["deadline"]), now)
        queue.tasks.restore(task)
        for one in each.artifacts:
            _put(queue, Place(each.task_id, 0, one.name), one, now + _LIFE)
        for path in each.index:
            index.insert(Entry(path, each.task_id, 0, {}, now + _LIFE))


def _read_task(task_id: str, value: Mapping[str, Any], folder: Path) -> SeedTask:
    where = f"tasks/{task_id}"
    if not shapes.is_like(shapes.SLUG, task_id):
        raise ValueError(f"{where} is not named by a taskId, such as fN1SbArXTPSVFUUvaOlinQ")
    task = SeedTask(
        task_id,
        value.get("state", "completed"),
        value.get("task", {}),
        tuple(
            _read_artifact(f"{where}/artifacts/{name}", name, artifact, folder)
            for name, artifact in value.get("artifacts", {}).items()
        ),
        tuple(value.get("index", ())),
    )
    if task.artifacts and task.state in {"unscheduled", "pending"}:
        raise ValueError(f"{where} is {task.state}, and so cannot have artifacts")
    now = times.now()
    deadline = _definition(task, now)["deadline"]
    if task.state in _UNFINISHED and times.parse(deadline) <= now:
        raise ValueError(f"{where}/task/deadline has passed, and so it cannot be {task.state}")
    return task


def _read_artifact(where: str, name: str, value: Mapping[str, Any], folder: Path) -> SeedArtifact:
    if not shapes.is_like(shapes.PRINTABLE, name):
        raise ValueError(f"{where} has a name that is not printable ASCII")
    forms = [form for form in _FORMS if form in value]
    if len(forms) != 1:
        raise ValueError(f"{where} must have exactly one of {', '.join(_FORMS)}")
    content = value[forms[0]]
    given = value.get("contentType")
    if forms[0] == "url":
        return SeedArtifact(name, "reference", given or "application/binary", content)
    if forms[0] == "link":
        return SeedArtifact(name, "link", given or "application/binary", content)
    if forms[0] == "text":
        data, usual = content.encode("utf-8", "backslashreplace"), "text/plain; charset=utf-8"
    elif forms[0] == "json":
        data, usual = json.dumps(content, indent=2).encode(), "application/json"
    else:
        data = _read_file(where, folder / content)
        usual = mimetypes.guess_type(content)[0] or "application/octet-stream"
    try:
        return SeedArtifact(
            name, "s3", shapes.header_value(given or usual, "contentType"), data=data
        )
    except ApiError as error:
        raise ValueError(f"{where}: {error.text}") from None


def _read_file(where: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ValueError(f"{where}: cannot read {path}: {error.strerror}") from None
    except ValueError:
        raise ValueError(f"{where}: no file can have such a name") from None


def _definition(task: SeedTask, now: datetime) -> dict[str, Any]:
    """Return a task's definition with all that the seed leaves out.

    Raises:
        ValueError: It is no definition.
    """
    metadata = {
        "name": task.task_id,
        "description": "",
        "owner": "sandbox",
        "source": "https://sandbox.invalid/",
    }
    given = task.definition
    queue = {} if {"provisionerId", "workerType"} & given.keys() else {"taskQueueId": _QUEUE}
    more = given.get("metadata", {})
    payload = schemas.TASK.with_defaults(
        {
            **queue,
            "created": times.show(now),
            "deadline": times.show(times.after(now, _DEADLINE)),
            "payload": {},
            **given,
            "metadata": {**metadata, **more} if isinstance(more, dict) else more,
        }
    )
    problems = schemas.TASK.problems(payload)
    if problems:
        raise ValueError(f"tasks/{task.task_id}/task: {problems[0].removeprefix('data/')}")
    try:
        return definitions.complete(task.task_id, payload)
    except ApiError as error:
        raise ValueError(f"tasks/{task.task_id}/task: {error.text}") from None


def _runs(state: str, deadline: datetime, now: datetime) -> list[Run]:
    if state == "unscheduled":
        return []
    if state == "pending":
        return [Run("pending", "scheduled", now)]
    claim = Claim(_WORKER, now, deadline)
    if state == "running":
        return [Run("running", "scheduled", now, claim=claim)]
    return [Run(state, "scheduled", now, _REASONS[state], claim, resolved=now)]


def _put(queue: Queue, place: Place, given: SeedArtifact, expires: datetime) -> None:
    details = {"reference": {"url": given.target}, "link": {"artifact": given.target}}
    artifact = Artifact(
        given.name,
        given.storage_type,
        expires,
        given.content_type,
        details=details.get(given.storage_type, {}),
    )
    if given.storage_type == "s3":
        queue.artifacts.put_data(place, artifact, given.data)
    else:
        queue.artifacts.put(place, artifact)
