"""The queue's methods about tasks and their runs: creating, claiming, resolving, showing them."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tcproxy.sandbox import certificates, errors, pagination, times
from tcproxy.sandbox.api import Access, Method, require
from tcproxy.sandbox.responses import json_answer
from tcproxy.sandbox.scopes import AllOf
from tcproxy.sandbox.services.queue import definitions, schemas
from tcproxy.sandbox.services.queue.states import CLAIM_LIFE, Claim, Run, Task, Tasks, Worker

if TYPE_CHECKING:
    from datetime import datetime

    from tcproxy.sandbox.api import Call
    from tcproxy.sandbox.clients import Client
    from tcproxy.sandbox.responses import Answer

_GROUP_OUTLIVES_TASKS = timedelta(hours=1)


class TaskMethods:
    """The methods.

    Args:
        tasks: All tasks.
        issuer: The client that lends credentials to runs.
        claim_wait: How long claimWork waits for a task, in seconds.
    """

    def __init__(self, tasks: Tasks, issuer: Client, claim_wait: float) -> None:
        self._tasks = tasks
        self._issuer = issuer
        self._claim_wait = claim_wait

    def methods(self) -> tuple[Method, ...]:
        """Return the table."""
        task, run = "/task/<taskId>", "/task/<taskId>/runs/<runId>"
        resolve = "queue:resolve-task:<taskId>/<runId>"
        late = Access.BY_HANDLER
        return (
            Method("task", "GET", task, self._task, "queue:get-task:<taskId>"),
            Method("status", "GET", f"{task}/status", self._status, "queue:status:<taskId>"),
            Method(
                "listTaskGroup",
                "GET",
                "/task-group/<taskGroupId>/list",
                self._list_task_group,
                "queue:list-task-group:<taskGroupId>",
                query=pagination.QUERY,
            ),
            Method("createTask", "PUT", task, self._create, late, schema=schemas.TASK),
            Method("scheduleTask", "POST", f"{task}/schedule", self._schedule, late),
            Method("rerunTask", "POST", f"{task}/rerun", self._rerun, late),
            Method("cancelTask", "POST", f"{task}/cancel", self._cancel, late),
            Method(
                "claimWork",
                "POST",
                "/claim-work/<taskQueueId*>",
                self._claim,
                late,
                schema=schemas.CLAIM,
            ),
            Method(
                "reclaimTask",
                "POST",
                f"{run}/reclaim",
                self._reclaim,
                "queue:reclaim-task:<taskId>/<runId>",
            ),
            Method("reportCompleted", "POST", f"{run}/completed", self._completed, resolve),
            Method("reportFailed", "POST", f"{run}/failed", self._failed, resolve),
            Method(
                "reportException",
                "POST",
                f"{run}/exception",
                self._exception,
                resolve,
                schema=schemas.EXCEPTION,
            ),
        )

    async def _task(self, call: Call) -> Answer:
        task_id = call.params["taskId"]
        task = self._tasks.find(task_id, times.now())
        if task is None:
            raise errors.not_found(
                f"`{task_id}` does not correspond to a task that exists.\n"
                "Are you sure this task has already been submitted?"
            )
        return json_answer(dict(task.definition))

    async def _status(self, call: Call) -> Answer:
        task_id = call.params["taskId"]
        task = self._tasks.find(task_id, times.now())
        if task is None:
            raise errors.not_found(
                f"`{task_id}` does not correspond to a task that exists.\n"
                "Are you sure this task exists?"
            )
        return _show(task)

    async def _list_task_group(self, call: Call) -> Answer:
        group_id = call.params["taskGroupId"]
        tasks = self._tasks.of_group(group_id, times.now())
        if not tasks:
            raise errors.not_found(f"No task-group with taskGroupId: `{group_id}`")
        tasks.sort(key=lambda task: pagination.collation_key(task.task_id))
        entries = [{"status": task.show(), "task": dict(task.definition)} for task in tasks]
        expires = max(task.expires for task in tasks)
        return json_answer(
            {
                "taskGroupId": group_id,
                "schedulerId": tasks[0].definition["schedulerId"],
                "expires": times.show(times.after(expires, _GROUP_OUTLIVES_TASKS)),
                **pagination.page("tasks", entries, call.query),
            }
        )

    async def _create(self, call: Call) -> Answer:
        task_id, now = call.params["taskId"], times.now()
        definition = definitions.complete(task_id, call.payload)
        definitions.check(task_id, definition, self._tasks, now)
        require(call.identity(), definitions.required_scopes(definition))
        known = self._tasks.find(task_id, now)
        if known is None:
            self._check_group(definition, now)
            return _show(self._tasks.create(task_id, definition, now))
        if known.definition != definition:
            raise errors.conflict(
                f"taskId `{task_id}` already used by another task.\n"
                "This could be the result of faulty idempotency!"
            )
        return _show(known)

    def _check_group(self, definition: dict[str, Any], now: datetime) -> None:
        group_id, scheduler = definition["taskGroupId"], definition["schedulerId"]
        group = self._tasks.of_group(group_id, now)
        if group and group[0].definition["schedulerId"] != scheduler:
            raise errors.conflict(
                f"Task group `{group_id}` contains tasks with a schedulerId other\n"
                f"than `{scheduler}`. All tasks of a group must have the same schedulerId."
            )

    async def _cancel(self, call: Call) -> Answer:
        task = self._find_to("cancel", call)
        self._tasks.cancel(task, times.now())
        return _show(task)

    async def _schedule(self, call: Call) -> Answer:
        task = self._find_to("schedule", call)
        self._tasks.schedule(task, times.now())
        return _show(task)

    async def _rerun(self, call: Call) -> Answer:
        task = self._find_to("rerun", call)
        if not task.runs:
            raise errors.conflict(f"Task `{task.task_id}` has never run; schedule it instead")
        if task.is_resolved:
            self._tasks.rerun(task, times.now())
        return _show(task)

    def _find_to(self, verb: str, call: Call) -> Task:
        """Return the task of a call that wants to do something to it, and may."""
        task = self._find(call)
        require(call.identity(), definitions.scopes_to(verb, task.task_id, task.definition))
        return task

    def _find(self, call: Call) -> Task:
        task = self._tasks.find(call.params["taskId"], times.now())
        if task is None:
            raise errors.not_found(
                f"Task `{call.params['taskId']}` not found. Are you sure it was created?"
            )
        return task

    def _find_run(self, call: Call) -> tuple[Task, int, Run]:
        task = self._find(call)
        found = task.run(call.params["runId"])
        if found is None:
            raise errors.not_found(
                f"Run {call.params['runId']} not found on task `{task.task_id}`."
            )
        return task, *found

    async def _claim(self, call: Call) -> Answer:
        queue_id, payload = call.params["taskQueueId"], call.payload
        worker = Worker(payload["workerGroup"], payload["workerId"])
        require(
            call.identity(),
            AllOf(
                (
                    f"queue:claim-work:{queue_id}",
                    f"queue:worker-id:{worker}",
                )
            ),
        )
        claimed: list[tuple[Task, int, Claim]] = []
        try:
            async with asyncio.timeout(self._claim_wait):
                while not (
                    claimed := self._tasks.claim(
                        queue_id, worker, int(payload["tasks"]), times.now()
                    )
                ):
                    await self._tasks.wait_for_pending()
        except TimeoutError:
            pass  # there is nothing to do, which is an answer too
        return json_answer({"tasks": [self._show_claim(*each) for each in claimed]})

    def _show_claim(self, task: Task, run_id: int, claim: Claim) -> dict[str, Any]:
        shown = self._show_reclaim(task, run_id, claim)
        # the deployment writes this one field in another form than all others
        shown["takenUntil"] = shown["takenUntil"].removesuffix("Z") + "+00:00"
        credentials = shown.pop("credentials")
        return {**shown, "task": dict(task.definition), "credentials": credentials}

    async def _reclaim(self, call: Call) -> Answer:
        task, run_id, run = self._find_run(call)
        if run.state != "running" or run.claim is None:
            raise errors.conflict(
                f"Run {run_id} on task `{task.task_id}` is resolved or not running."
            )
        claim = self._tasks.reclaim(task, run_id, run.claim, times.now())
        return json_answer(self._show_reclaim(task, run_id, claim))

    def _show_reclaim(self, task: Task, run_id: int, claim: Claim) -> dict[str, Any]:
        return {
            "status": task.show(),
            "runId": run_id,
            "workerGroup": claim.worker.group,
            "workerId": claim.worker.worker_id,
            "takenUntil": times.show(claim.taken_until),
            "credentials": self._lend(task, run_id, claim),
        }

    def _lend(self, task: Task, run_id: int, claim: Claim) -> dict[str, str]:
        """Return the credentials that a run works with."""
        where, until = f"{task.task_id}/{run_id}", claim.taken_until
        return certificates.issue(
            self._issuer,
            f"task-client/{where}/on/{claim.worker}/until/{until.timestamp():.3f}",
            (
                f"queue:reclaim-task:{where}",
                f"queue:resolve-task:{where}",
                f"queue:create-artifact:{where}",
                *task.definition["scopes"],
            ),
            until - CLAIM_LIFE,
            until,
        )

    async def _completed(self, call: Call) -> Answer:
        return self._resolve(call, "completed", "completed")

    async def _failed(self, call: Call) -> Answer:
        return self._resolve(call, "failed", "failed")

    async def _exception(self, call: Call) -> Answer:
        return self._resolve(call, "exception", call.payload["reason"])

    def _resolve(self, call: Call, state: str, reason: str) -> Answer:
        task, run_id, run = self._find_run(call)
        if run.state == "running":
            self._tasks.resolve(task, run_id, state, reason, times.now())
        elif (run.state, run.reason_resolved) != (state, reason):
            raise errors.conflict(
                f"Run {run_id} of task `{task.task_id}` is not running or {state}."
            )
        return _show(task)


def _show(task: Task) -> Answer:
    return json_answer({"status": task.show()})
