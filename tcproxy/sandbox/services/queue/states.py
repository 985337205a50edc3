"""Tasks and their runs: which states they pass through, and what makes them do so.

Nothing here knows payloads, scopes or HTTP; time comes in from outside.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tcproxy.sandbox import times

if TYPE_CHECKING:
    from collections.abc import Mapping

PRIORITIES = ("lowest", "very-low", "low", "medium", "high", "very-high", "highest")
"""All priorities, the least one first."""

CLAIM_LIFE = timedelta(minutes=20)
"""How long a worker has a run before it must reclaim it."""

_RESOLVED = frozenset({"completed", "failed", "exception"})
_RETRIES = {"worker-shutdown": "retry", "intermittent-task": "task-retry", "claim-expired": "retry"}


@dataclass(frozen=True, slots=True)
class Worker:
    """Who runs a task."""

    group: str
    worker_id: str

    def __str__(self) -> str:
        return f"{self.group}/{self.worker_id}"


@dataclass(frozen=True, slots=True)
class Claim:
    """That a run is, or was, a worker's.

    Attributes:
        worker: Who has it.
        started: Since when.
        taken_until: Until when, unless it is reclaimed.
    """

    worker: Worker
    started: datetime
    taken_until: datetime


@dataclass(frozen=True, slots=True)
class Run:
    """One attempt to run a task."""

    state: str
    reason_created: str
    scheduled: datetime
    reason_resolved: str | None = None
    claim: Claim | None = None
    resolved: datetime | None = None

    def show(self, run_id: int) -> dict[str, Any]:
        """Return the run as the API writes it."""
        claim = self.claim
        shown = {
            "runId": run_id,
            "state": self.state,
            "reasonCreated": self.reason_created,
            "reasonResolved": self.reason_resolved,
            "workerGroup": claim and claim.worker.group,
            "workerId": claim and claim.worker.worker_id,
            "takenUntil": claim and times.show(claim.taken_until),
            "scheduled": times.show(self.scheduled),
            "started": claim and times.show(claim.started),
            "resolved": self.resolved and times.show(self.resolved),
        }
        return {name: value for name, value in shown.items() if value is not None}


@dataclass(slots=True)
class Task:
    """A task: its definition, which never changes, and its runs.

    Attributes:
        task_id: Its id.
        definition: What it was created with, with all defaults.
        retries_left: How often it may still be tried again after a worker's trouble.
        runs: Its runs, the latest one last.
    """

    task_id: str
    definition: Mapping[str, Any]
    retries_left: int
    runs: list[Run] = field(default_factory=list)

    @property
    def state(self) -> str:
        """Return the state of the latest run."""
        return self.runs[-1].state if self.runs else "unscheduled"

    @property
    def is_resolved(self) -> bool:
        """Tell whether nothing will happen to it any more."""
        return self.state in _RESOLVED

    @property
    def expires(self) -> datetime:
        """Return when it may be forgotten."""
        return times.parse(self.definition["expires"])

    def run(self, run_id: str) -> tuple[int, Run] | None:
        """Return a run by the digits of its number, if there is one."""
        digits = run_id.lstrip("0") or "0"
        if len(digits) > len(str(len(self.runs))) or int(digits) >= len(self.runs):
            return None
        return int(digits), self.runs[int(digits)]

    def show(self) -> dict[str, Any]:
        """Return its status as the API writes it."""
        copied = (
            *("provisionerId", "workerType", "taskQueueId", "schedulerId", "projectId"),
            *("taskGroupId", "priority", "deadline", "expires"),
        )
        return {
            "taskId": self.task_id,
            **{name: self.definition[name] for name in copied},
            "retriesLeft": self.retries_left,
            "state": self.state,
            "runs": [run.show(run_id) for run_id, run in enumerate(self.runs)],
        }


class Tasks:
    """All tasks."""

    def __init__(self) -> None:
        self._tasks: dict[str, Task] = {}
        self._unresolved: dict[str, Task] = {}
        self._waiting: set[asyncio.Event] = set()

    def __contains__(self, task_id: object) -> bool:
        return task_id in self._tasks

    def find(self, task_id: str, now: datetime) -> Task | None:
        """Return a task in the state that it has by now."""
        self.settle(now)
        return self._tasks.get(task_id)

    def of_group(self, group_id: str, now: datetime) -> list[Task]:
        """Return the tasks of a group, in the order of their creation."""
        self.settle(now)
        return [task for task in self._tasks.values() if task.definition["taskGroupId"] == group_id]

    def create(self, task_id: str, definition: Mapping[str, Any], now: datetime) -> Task:
        """Make a task, which is pending unless it must wait for others."""
        task = Task(task_id, definition, definition["retries"])
        self._tasks[task_id] = self._unresolved[task_id] = task
        self._schedule_if_ready(task, now)
        return task

    def restore(self, task: Task) -> None:
        """Take in a task as it is, with the runs that it has."""
        self._tasks[task.task_id] = task
        if not task.is_resolved:
            self._unresolved[task.task_id] = task

    def schedule(self, task: Task, now: datetime) -> None:
        """Make a task pending that has not been so yet, whatever it waits for."""
        if not task.runs:
            self._add_run(task, "scheduled", now)

    def rerun(self, task: Task, now: datetime) -> None:
        """Give a resolved task another run."""
        task.retries_left = task.definition["retries"]
        self._unresolved[task.task_id] = task
        self._add_run(task, "rerun", now)

    def cancel(self, task: Task, now: datetime) -> None:
        """Resolve a task, unless it is so already."""
        if not task.is_resolved:
            self._end(task, "canceled", now)

    def claim(
        self, queue_id: str, worker: Worker, count: int, now: datetime
    ) -> list[tuple[Task, int, Claim]]:
        """Give pending tasks of a queue to a worker: more urgent ones first, then older ones.

        Returns:
            The tasks, with the number of the run that each of them is in.
        """
        self.settle(now)
        waiting = [
            task
            for task in self._unresolved.values()
            if task.state == "pending" and task.definition["taskQueueId"] == queue_id
        ]
        waiting.sort(key=lambda task: task.runs[-1].scheduled)
        waiting.sort(key=lambda task: -PRIORITIES.index(task.definition["priority"]))
        claimed = []
        for task in waiting[:count]:
            claim = Claim(worker, now, now + CLAIM_LIFE)
            task.runs[-1] = replace(task.runs[-1], state="running", claim=claim)
            claimed.append((task, len(task.runs) - 1, claim))
        return claimed

    def reclaim(self, task: Task, run_id: int, claim: Claim, now: datetime) -> Claim:
        """Let a worker keep a running run for longer."""
        longer = replace(claim, taken_until=now + CLAIM_LIFE)
        task.runs[run_id] = replace(task.runs[run_id], claim=longer)
        return longer

    def resolve(self, task: Task, run_id: int, state: str, reason: str, now: datetime) -> None:
        """End a running run; some reasons let the task be tried again."""
        task.runs[run_id] = replace(
            task.runs[run_id], state=state, reason_resolved=reason, resolved=now
        )
        if reason in _RETRIES and task.retries_left > 0:
            task.retries_left -= 1
            self._add_run(task, _RETRIES[reason], now)
        else:
            self._after_resolution(task, now)

    async def wait_for_pending(self) -> None:
        """Wait until some task becomes pending."""
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            await event.wait()
        finally:
            self._waiting.discard(event)

    def settle(self, now: datetime) -> None:
        """Do what time does: claims expire, and deadlines pass."""
        for task in list(self._unresolved.values()):
            claim = task.runs[-1].claim if task.state == "running" else None
            if times.parse(task.definition["deadline"]) <= now:
                self._end(task, "deadline-exceeded", now)
            elif claim is not None and claim.taken_until <= now:
                self.resolve(task, len(task.runs) - 1, "exception", "claim-expired", now)

    def _end(self, task: Task, reason: str, now: datetime) -> None:
        if not task.runs:
            task.runs.append(Run("exception", "exception", now))
        task.runs[-1] = replace(
            task.runs[-1], state="exception", reason_resolved=reason, resolved=now
        )
        self._after_resolution(task, now)

    def _after_resolution(self, task: Task, now: datetime) -> None:
        self._unresolved.pop(task.task_id, None)
        for other in list(self._unresolved.values()):
            if task.task_id in other.definition["dependencies"]:
                self._schedule_if_ready(other, now)

    def _schedule_if_ready(self, task: Task, now: datetime) -> None:
        wanted = (
            _RESOLVED if task.definition["requires"] == "all-resolved" else frozenset({"completed"})
        )
        needed = (self._tasks[each] for each in task.definition["dependencies"])
        if all(each.state in wanted for each in needed):
            self.schedule(task, now)

    def _add_run(self, task: Task, reason: str, now: datetime) -> None:
        task.runs.append(Run("pending", reason, now))
        for event in self._waiting:
            event.set()
