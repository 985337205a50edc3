"""Definitions of tasks: from the payload of createTask to what is kept, and what is wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tcproxy.sandbox import errors, times
from tcproxy.sandbox.scopes import AllOf, AnyOf, Expression
from tcproxy.sandbox.services.queue.states import PRIORITIES

if TYPE_CHECKING:
    from collections.abc import Container, Mapping
    from datetime import datetime

_DRIFT = timedelta(minutes=15)
_GREATEST_DEADLINE = timedelta(days=5)
_YEAR = timedelta(days=365)


def complete(task_id: str, payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return the definition that a payload stands for, with all that it leaves out.

    Args:
        task_id: The task's id.
        payload: What fits the schema, with its defaults.

    Raises:
        ApiError: The task queue is missing or contradicts itself, or a time is out of range.
    """
    queue_id = _task_queue(payload)
    provisioner, worker_type = queue_id.split("/")
    deadline = times.parse(payload["deadline"])
    expires = (
        times.parse(payload["expires"]) if "expires" in payload else times.after(deadline, _YEAR)
    )
    copied = ("dependencies", "requires", "routes", "priority")
    return {
        "provisionerId": provisioner,
        "workerType": worker_type,
        "taskQueueId": queue_id,
        "schedulerId": payload["schedulerId"],
        "projectId": payload["projectId"],
        "taskGroupId": payload.get("taskGroupId", task_id),
        **{name: payload[name] for name in copied},
        "retries": int(payload["retries"]),
        "created": times.show(times.parse(payload["created"])),
        "deadline": times.show(deadline),
        "expires": times.show(expires),
        **{name: payload[name] for name in ("scopes", "payload", "metadata", "tags", "extra")},
    }


def check(
    task_id: str, definition: Mapping[str, Any], existing: Container[str], now: datetime
) -> None:
    """Check a definition for what its schema cannot say.

    Args:
        task_id: The task's id; a task may depend on itself.
        definition: What `complete` returns.
        existing: The ids of tasks.
        now: The present moment.

    Raises:
        ApiError: It makes no sense.
    """
    created, deadline, expires = (
        times.parse(definition[name]) for name in ("created", "deadline", "expires")
    )
    for is_wrong, text in (
        (created < now - _DRIFT, "`created` cannot be in the past (max 15min drift)"),
        (created > now + _DRIFT, "`created` cannot be in the future (max 15min drift)"),
        (created > deadline, "`deadline` cannot be later than `created`"),
        (deadline < now, "`deadline` cannot be in the past"),
        (
            deadline > now + _GREATEST_DEADLINE + _DRIFT,
            "`deadline` cannot be more than 5 days into the future",
        ),
        (expires < deadline, "`expires` cannot be before `deadline`"),
        (
            any(scope.endswith("**") for scope in definition["scopes"]),
            "scopes must not end with `**`",
        ),
    ):
        if is_wrong:
            raise errors.input_error(text)
    absent = [
        each for each in definition["dependencies"] if each != task_id and each not in existing
    ]
    if absent:
        raise errors.input_error(
            "`task.dependencies` references non-existing tasks: \n"
            + "".join(f" * {each}\n" for each in absent)
            + "All taskIds in `dependencies` must exist before the task is created."
        )


def required_scopes(definition: Mapping[str, Any]) -> Expression:
    """Return what somebody needs to create a task."""
    queue_id = definition["taskQueueId"]
    enough = PRIORITIES[PRIORITIES.index(definition["priority"]) :]
    return AllOf(
        (
            *definition["scopes"],
            *(f"queue:route:{route}" for route in definition["routes"]),
            f"queue:create-task:project:{definition['projectId']}",
            f"queue:scheduler-id:{definition['schedulerId']}",
            AnyOf(tuple(f"queue:create-task:{priority}:{queue_id}" for priority in enough)),
        )
    )


def scopes_to(verb: str, task_id: str, definition: Mapping[str, Any]) -> Expression:
    """Return what somebody needs to do something to a task: cancel, schedule or rerun it."""
    group = f"{definition['schedulerId']}/{definition['taskGroupId']}"
    return AnyOf(
        (
            f"queue:{verb}-task:{group}/{task_id}",
            f"queue:{verb}-task-in-project:{definition['projectId']}",
            AllOf((f"queue:{verb}-task", f"assume:scheduler-id:{group}")),
        )
    )


def _task_queue(payload: Mapping[str, Any]) -> str:
    halves = payload.get("provisionerId"), payload.get("workerType")
    queue_id = payload.get("taskQueueId")
    if queue_id is None:
        if None in halves:
            raise errors.input_error(
                'at least a provisionerId and a workerType or a taskQueueId must be provided"'
            )
        return f"{halves[0]}/{halves[1]}"
    if any(
        given is not None and given != half
        for given, half in zip(halves, queue_id.split("/"), strict=True)
    ):
        raise errors.input_error('taskQueueId must match "provisionerId/workerType"')
    return str(queue_id)
