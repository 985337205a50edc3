"""What time does to tasks, with a clock that is told the time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tcproxy.sandbox.services.queue import definitions
from tcproxy.sandbox.services.queue.schemas import TASK
from tcproxy.sandbox.services.queue.states import Task, Tasks, Worker
from tests.sandbox.tasking import definition, slug

NOW = datetime.now(UTC)
WORKER = Worker("g", "w")


def make(tasks: Tasks, **changes: Any) -> Task:
    task_id = slug()
    payload = TASK.with_defaults(definition(**changes))
    return tasks.create(task_id, definitions.complete(task_id, payload), NOW)


def test_a_claim_that_is_not_renewed_expires() -> None:
    tasks = Tasks()
    task = make(tasks, retries=1)
    for minute, run_id in ((0, 0), (21, 1)):
        moment = NOW + timedelta(minutes=minute)
        assert [each[1] for each in tasks.claim("prov/wt", WORKER, 1, moment)] == [run_id]
    assert [run.reason_resolved for run in task.runs] == ["claim-expired", None]
    assert task.runs[1].claim is not None
    tasks.reclaim(task, 1, task.runs[1].claim, NOW + timedelta(minutes=35))
    tasks.settle(NOW + timedelta(minutes=54))
    assert task.state == "running"
    tasks.settle(NOW + timedelta(minutes=55))
    assert (task.state, task.retries_left) == ("exception", 0)


def test_deadlines_pass() -> None:
    tasks = Tasks()
    pending = make(tasks)
    waiting = make(tasks, dependencies=[pending.task_id])
    after = make(tasks, dependencies=[pending.task_id], requires="all-resolved")
    tasks.settle(NOW + timedelta(minutes=90))
    for task in (pending, waiting, after):
        assert task.is_resolved
        assert task.runs[-1].reason_resolved == "deadline-exceeded"
    assert tasks.claim("prov/wt", WORKER, 32, NOW + timedelta(minutes=90)) == []
