"""The queue's tasks: what is created, who may claim it, how it ends, and what is refused."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.running import NOBODY, ONE, ROOT, Running, text
from tests.sandbox.tasking import (
    API,
    at,
    call,
    claim,
    create,
    definition,
    running_task,
    signer_of,
    slug,
    status,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


FORGED = replace(ROOT, access_token="wrong")


@pytest.fixture(scope="module")
def impatient() -> Iterator[Running]:
    """A sandbox whose claimWork does not wait."""
    with Running(claim_wait=0.0) as running:
        yield running


def test_a_task_is_shown_with_all_defaults(sandbox: Running) -> None:
    task_id = slug()
    given = definition(created=at(minutes=-14)[:-5] + "Z", scopes=["a:b", "a:b"])
    answer = call(sandbox, "PUT", f"/task/{task_id}", given)
    shown = answer.json()["status"]
    deadline = given["deadline"]
    expires = f"{int(deadline[:4]) + 1}{deadline[4:]}"
    (run,) = shown.pop("runs")
    assert shown == {
        "taskId": task_id,
        "provisionerId": "prov",
        "workerType": "wt",
        "taskQueueId": "prov/wt",
        "schedulerId": "-",
        "projectId": "none",
        "taskGroupId": task_id,
        "priority": "lowest",
        "deadline": deadline,
        "expires": shown["expires"],
        "retriesLeft": 5,
        "state": "pending",
    }
    assert shown["expires"][:4] == expires[:4]
    assert run.pop("scheduled")
    assert run == {"runId": 0, "state": "pending", "reasonCreated": "scheduled"}
    task = sandbox.request("GET", f"{API}/task/{task_id}").json()
    assert list(task) == [
        *("provisionerId", "workerType", "taskQueueId", "schedulerId", "projectId"),
        *("taskGroupId", "dependencies", "requires", "routes", "priority", "retries", "created"),
        *("deadline", "expires", "scopes", "payload", "metadata", "tags", "extra"),
    ]
    assert task["created"] == given["created"][:-1] + ".000Z"
    assert task["scopes"] == ["a:b", "a:b"]
    again = call(sandbox, "PUT", f"/task/{task_id}", given)
    assert again.json() == answer.json()
    other = call(sandbox, "PUT", f"/task/{task_id}", {**given, "priority": "low"})
    assert (other.status, text(other)) == (
        409,
        (
            f"taskId `{task_id}` already used by another task.\n"
            "This could be the result of faulty idempotency!"
        ),
    )


BAD: list[tuple[dict[str, Any], str]] = [
    ({"created": at(minutes=-16)}, "`created` cannot be in the past (max 15min drift)"),
    ({"created": at(minutes=45)}, "`created` cannot be in the future (max 15min drift)"),
    ({"deadline": at(minutes=-1)}, "`deadline` cannot be later than `created`"),
    (
        {"created": at(minutes=-2), "deadline": at(minutes=-1)},
        "`deadline` cannot be in the past",
    ),
    ({"deadline": at(days=5, hours=1)}, "`deadline` cannot be more than 5 days into the future"),
    ({"expires": at(minutes=30)}, "`expires` cannot be before `deadline`"),
    ({"deadline": "9999-12-31T23:59:59Z"}, "`deadline` cannot be more than 5 days into the future"),
    ({"scopes": ["a**"]}, "scopes must not end with `**`"),
    ({"provisionerId": "other"}, 'taskQueueId must match "provisionerId/workerType"'),
    (
        {"taskQueueId": None, "workerType": "w"},
        'at least a provisionerId and a workerType or a taskQueueId must be provided"',
    ),
    (
        {"dependencies": ["dSlITZ4yQgmvxxAi4A8fHQ"]},
        (
            "`task.dependencies` references non-existing tasks: \n * dSlITZ4yQgmvxxAi4A8fHQ\n"
            "All taskIds in `dependencies` must exist before the task is created."
        ),
    ),
]


@pytest.mark.parametrize(("changes", "problem"), BAD, ids=range(len(BAD)))
def test_definitions_without_sense(sandbox: Running, changes: Any, problem: str) -> None:
    refused = call(sandbox, "PUT", f"/task/{slug()}", definition(**changes))
    assert (refused.status, refused.json()["code"], text(refused)) == (400, "InputError", problem)


INVALID: list[tuple[dict[str, Any], str]] = [
    ({"bogus": 1}, 'data must NOT have additional properties: "bogus"'),
    ({"metadata": None}, "data must have required property 'metadata'"),
    ({"metadata": {"name": "n"}}, "data/metadata must have required property 'source'"),
    ({"priority": "normal"}, "data/priority must be equal to one of the allowed values"),
    ({"retries": 50}, "data/retries must be <= 49"),
    ({"retries": -1}, "data/retries must be >= 0"),
    ({"retries": True}, "data/retries must be integer"),
    ({"routes": ["a", "a"]}, "data/routes must NOT have duplicate items (items ## 0 and 1"),
    ({"routes": ["a" * 250]}, "data/routes/0 must NOT have more than 249 characters"),
    ({"routes": [""]}, "data/routes/0 must NOT have fewer than 1 characters"),
    ({"tags": {"a": 1}}, "data/tags/a must be string"),
    ({"payload": []}, "data/payload must be object"),
    ({"extra": 1}, "data/extra must be object"),
    ({"schedulerId": "a.b"}, "data/schedulerId must match pattern"),
    ({"taskQueueId": "a"}, "data/taskQueueId must match pattern"),
    ({"scopes": ["é"]}, "data/scopes/0 must match pattern"),
    ({"dependencies": ["x"]}, "data/dependencies/0 must match pattern"),
    ({"created": "now"}, 'data/created must match format "date-time"'),
]


@pytest.mark.parametrize(("changes", "problem"), INVALID, ids=range(len(INVALID)))
def test_definitions_of_another_form(sandbox: Running, changes: Any, problem: str) -> None:
    for signer in (ROOT, FORGED):  # who it is that asks comes later
        refused = call(sandbox, "PUT", f"/task/{slug()}", definition(**changes), signer)
        assert (refused.status, refused.json()["code"]) == (400, "InputValidationError")
        assert problem in text(refused)


@pytest.mark.parametrize(
    ("source", "accepted"),
    [("git@x:y", True), ("ssh://x", True), ("http://x", True), ("ftp://x", False), ("x", False)],
)
def test_the_source_is_a_url(sandbox: Running, source: str, accepted: bool) -> None:
    metadata = {"name": "n", "description": "", "owner": "nobody", "source": source}
    answer = call(sandbox, "PUT", f"/task/{slug()}", definition(metadata=metadata))
    assert (answer.status == 200) is accepted


def test_the_scopes_of_creating_and_cancelling(sandbox: Running) -> None:
    task_id = slug()
    given = definition(scopes=["a:x", "z:z"], routes=["r"], priority="very-high")
    refused = call(sandbox, "PUT", f"/task/{task_id}", given, ONE)
    assert refused.status == 403
    assert text(refused).endswith(
        "scope expression:\n\n```\n"
        '{\n  "AllOf": [\n    "a:x",\n    "z:z",\n    "queue:route:r",\n'
        '    "queue:create-task:project:none",\n    "queue:scheduler-id:-",\n'
        '    {\n      "AnyOf": [\n        "queue:create-task:very-high:prov/wt",\n'
        '        "queue:create-task:highest:prov/wt"\n      ]\n    }\n  ]\n}\n```'
    )
    assert '"a:x"' not in text(refused).partition("This request requires")[0]
    enough = ROOT.lend(
        [
            *("a:x", "z:z", "queue:route:r", "queue:create-task:project:none"),
            *("queue:scheduler-id:-", "queue:create-task:highest:prov/*"),
        ]
    )
    assert call(sandbox, "PUT", f"/task/{task_id}", given, enough).status == 200
    refused = call(sandbox, "POST", f"/task/{task_id}/cancel", signer=enough)
    assert refused.status == 403
    assert f'"queue:cancel-task:-/{task_id}/{task_id}"' in text(refused)
    for scopes in (
        [f"queue:cancel-task:-/{task_id}/*"],
        ["queue:cancel-task-in-project:none"],
        ["queue:cancel-task", f"assume:scheduler-id:-/{task_id}"],
    ):
        answer = call(sandbox, "POST", f"/task/{task_id}/cancel", signer=ROOT.lend(scopes))
        assert answer.json()["status"]["runs"][0]["reasonResolved"] == "canceled"


def test_unknown_tasks_and_runs(sandbox: Running) -> None:
    unknown, known = slug(), running_task(sandbox)[0]
    body = {"reason": "internal-error"}
    for method, path, payload, expected in (
        ("GET", f"/task/{unknown}", None, "already been submitted?"),
        ("GET", f"/task/{unknown}/status", None, "Are you sure this task exists?"),
        ("POST", f"/task/{unknown}/cancel", None, "not found. Are you sure it was created?"),
        ("POST", f"/task/{unknown}/runs/0/reclaim", None, "not found. Are you sure it was"),
        ("POST", f"/task/{known}/runs/1/completed", None, "Run 1 not found on task"),
        ("POST", f"/task/{known}/runs/{'9' * 5000}/failed", None, "not found on task"),
        ("POST", f"/task/{known}/runs/7/exception", body, "Run 7 not found on task"),
        (
            "GET",
            f"/task-group/{unknown}/list",
            None,
            f"No task-group with taskGroupId: `{unknown}`",
        ),
    ):
        refused = call(sandbox, method, path, payload)
        assert (refused.status, refused.json()["code"]) == (404, "ResourceNotFound")
        assert expected in text(refused)
    # who it is that asks comes later here, and before that there
    assert call(sandbox, "POST", f"/task/{unknown}/cancel", signer=FORGED).status == 404
    assert call(sandbox, "GET", f"/task/{unknown}", signer=FORGED).status == 401


@pytest.mark.parametrize(
    ("method", "path", "parameter"),
    [
        ("GET", "/task/abc", "taskId"),
        ("GET", "/task-group/abc/list", "taskGroupId"),
        ("POST", "/claim-work/a/b/c", "taskQueueId"),
        ("POST", "/task/dSlITZ4yQgmvxxAi4A8fHQ/runs/x/completed", "runId"),
        ("GET", "/task/dSlITZ4yQgmvxxAi4A8fHQ/artifacts/", "name"),
        ("GET", "/task/dSlITZ4yQgmvxxAi4A8fHQ/artifacts/%C3%A9", "name"),
    ],
)
def test_parameters_of_another_form(
    sandbox: Running, method: str, path: str, parameter: str
) -> None:
    refused = call(sandbox, method, path)
    assert (refused.status, refused.json()["code"]) == (400, "InvalidRequestArguments")
    assert text(refused).startswith(f"Invalid URL patterns:\nURL parameter '{parameter}' given as ")
    assert "must match regular expression: '/^" in text(refused)


# -- claiming -------------------------------------------------------------------------------------


def test_claiming_gives_the_urgent_ones_first(impatient: Running) -> None:
    queue_id = f"prov/{slug()}"
    made = {
        priority: create(impatient, taskQueueId=queue_id, priority=priority)
        for priority in ("low", "highest", "lowest", "medium")
    }
    first, second = claim(impatient, queue_id, 2)
    assert [first["status"]["taskId"], second["status"]["taskId"]] == [
        made["highest"],
        made["medium"],
    ]
    assert [each["status"]["taskId"] for each in claim(impatient, queue_id, 32)] == [
        made["low"],
        made["lowest"],
    ]
    assert claim(impatient, queue_id) == []


def test_a_claim_has_what_a_worker_needs(sandbox: Running) -> None:
    queue_id = f"prov/{slug()}"
    task_id = create(sandbox, taskQueueId=queue_id, scopes=["secrets:get:run/*"])
    (claimed,) = claim(sandbox, queue_id)
    assert list(claimed) == [
        *("status", "runId", "workerGroup", "workerId", "takenUntil", "task", "credentials"),
    ]
    (run,) = claimed["status"]["runs"]
    assert list(run) == [
        *("runId", "state", "reasonCreated", "workerGroup", "workerId", "takenUntil"),
        *("scheduled", "started"),
    ]
    assert claimed["takenUntil"] == run["takenUntil"][:-1] + "+00:00"
    assert at(minutes=19) < run["takenUntil"] < at(minutes=21)
    assert claimed["task"]["scopes"] == ["secrets:get:run/*"]
    signer = signer_of(claimed["credentials"])
    assert signer.client_id.startswith(f"task-client/{task_id}/0/on/g/w/until/")
    assert list(signer.certificate) == [
        *("version", "scopes", "start", "expiry", "seed", "signature", "issuer"),
    ]
    scopes = sandbox.signed(signer, "GET", "/api/auth/v1/scopes/current").json()["scopes"]
    assert {
        "secrets:get:run/*",
        f"queue:create-artifact:{task_id}/0",
        f"queue:reclaim-task:{task_id}/0",
        f"queue:resolve-task:{task_id}/0",
    } <= set(scopes)
    assert call(sandbox, "POST", f"/task/{task_id}/runs/1/completed", signer=signer).status == 403
    reclaimed = call(sandbox, "POST", f"/task/{task_id}/runs/0/reclaim", signer=signer).json()
    assert list(reclaimed) == [
        *("status", "runId", "workerGroup", "workerId", "takenUntil", "credentials"),
    ]
    assert reclaimed["takenUntil"] >= run["takenUntil"]
    again = signer_of(reclaimed["credentials"])
    done = call(sandbox, "POST", f"/task/{task_id}/runs/0/completed", signer=again)
    assert done.json()["status"]["state"] == "completed"


def test_claiming_waits_for_a_task(sandbox: Running) -> None:
    queue_id = f"prov/{slug()}"
    found: list[Any] = []
    waiter = threading.Thread(target=lambda: found.extend(claim(sandbox, queue_id)))
    waiter.start()
    other = create(sandbox, taskQueueId=f"prov/{slug()}")
    task_id = create(sandbox, taskQueueId=queue_id)
    waiter.join(20)
    assert not waiter.is_alive()
    assert [each["status"]["taskId"] for each in found] == [task_id]
    assert status(sandbox, other)["state"] == "pending"


def test_who_left_while_waiting_gets_no_task(sandbox: Running) -> None:
    queue_id = f"prov/{slug()}"
    target = f"{API}/claim-work/{queue_id}"
    with sandbox.connect() as caller:
        fields = [
            ("Authorization", ROOT.header("POST", target, sandbox.host)),
            ("Content-Type", "application/json"),
        ]
        caller.send("POST", target, fields, b'{"workerGroup": "g", "workerId": "gone"}')
        assert sandbox.request("GET", f"{API}/ping").status == 200
        caller.wire.reset()
    assert sandbox.request("GET", f"{API}/ping").status == 200
    create(sandbox, taskQueueId=queue_id)
    (claimed,) = claim(sandbox, queue_id)
    assert claimed["workerId"] == "w"


def test_who_waits_for_a_task_does_not_hold_up_the_end() -> None:
    target = f"{API}/claim-work/p/w"
    with ExitStack() as stack:
        with Running(claim_wait=3600.0) as running:
            caller = stack.enter_context(running.connect())
            fields = [
                ("Authorization", ROOT.header("POST", target, running.host)),
                ("Content-Type", "application/json"),
            ]
            caller.send("POST", target, fields, b'{"workerGroup": "g", "workerId": "w"}')
            assert running.request("GET", f"{API}/ping").status == 200
        assert caller.wire.wait_closed()


def test_the_scopes_of_claiming(sandbox: Running) -> None:
    body = {"workerGroup": "g", "workerId": "w"}
    refused = call(sandbox, "POST", "/claim-work/p/w", body, NOBODY)
    assert refused.status == 403
    assert '"queue:claim-work:p/w",\n    "queue:worker-id:g/w"' in text(refused)


@pytest.mark.parametrize(
    "changes", [{"tasks": 0}, {"tasks": 33}, {"workerId": "a b"}, {"workerGroup": "g" * 39}]
)
def test_claims_of_another_form(sandbox: Running, changes: Any) -> None:
    body = {"workerGroup": "g", "workerId": "w", **changes}
    refused = call(sandbox, "POST", "/claim-work/p/w", body)
    assert (refused.status, refused.json()["code"]) == (400, "InputValidationError")


# -- ends -----------------------------------------------------------------------------------------


def test_a_resolved_run_stays_resolved(sandbox: Running) -> None:
    task_id, signer = running_task(sandbox)
    run = f"/task/{task_id}/runs/0"
    bodies: tuple[Any, ...] = (None, {})
    for body in bodies:
        done = call(sandbox, "POST", f"{run}/completed", body, signer)
        assert done.json()["status"]["state"] == "completed"
    refused = call(sandbox, "POST", f"{run}/failed", signer=signer)
    assert (refused.status, text(refused)) == (
        409,
        f"Run 0 of task `{task_id}` is not running or failed.",
    )
    refused = call(sandbox, "POST", f"{run}/reclaim", signer=signer)
    assert (refused.status, text(refused)) == (
        409,
        f"Run 0 on task `{task_id}` is resolved or not running.",
    )
    cancelled = call(sandbox, "POST", f"/task/{task_id}/cancel")
    assert cancelled.json()["status"] == status(sandbox, task_id)
    assert status(sandbox, task_id)["runs"][0]["reasonResolved"] == "completed"


@pytest.mark.parametrize(
    ("reason", "reason_created"),
    [("worker-shutdown", "retry"), ("intermittent-task", "task-retry"), ("internal-error", None)],
)
def test_some_exceptions_are_tried_again(
    sandbox: Running, reason: str, reason_created: str | None
) -> None:
    task_id, signer = running_task(sandbox, retries=1)
    done = call(sandbox, "POST", f"/task/{task_id}/runs/0/exception", {"reason": reason}, signer)
    shown = done.json()["status"]
    assert shown["runs"][0]["reasonResolved"] == reason
    if reason_created is None:
        assert (shown["state"], len(shown["runs"]), shown["retriesLeft"]) == ("exception", 1, 1)
    else:
        assert (shown["state"], shown["retriesLeft"]) == ("pending", 0)
        assert shown["runs"][1]["reasonCreated"] == reason_created
        (claimed,) = claim(sandbox, shown["taskQueueId"])
        assert claimed["runId"] == 1
        done = call(sandbox, "POST", f"/task/{task_id}/runs/1/exception", {"reason": reason})
        assert (done.json()["status"]["state"], len(done.json()["status"]["runs"])) == (
            "exception",
            2,
        )


def test_rerun(sandbox: Running) -> None:
    task_id, signer = running_task(sandbox)
    assert call(sandbox, "POST", f"/task/{task_id}/runs/0/failed", signer=signer).status == 200
    shown = call(sandbox, "POST", f"/task/{task_id}/rerun").json()["status"]
    assert (shown["state"], shown["runs"][1]["reasonCreated"]) == ("pending", "rerun")


def test_dependencies(sandbox: Running) -> None:
    (first, signer), (second, other) = running_task(sandbox), running_task(sandbox)
    both = create(sandbox, dependencies=[first, second])
    resolved = create(sandbox, dependencies=[first, second], requires="all-resolved")
    itself = slug()
    create(sandbox, itself, dependencies=[itself])
    for task_id in (both, resolved, itself):
        shown = status(sandbox, task_id)
        assert (shown["state"], shown["runs"]) == ("unscheduled", [])
    call(sandbox, "POST", f"/task/{first}/runs/0/completed", signer=signer)
    assert status(sandbox, both)["state"] == "unscheduled"
    call(sandbox, "POST", f"/task/{second}/runs/0/failed", signer=other)
    assert status(sandbox, both)["state"] == "unscheduled"
    assert status(sandbox, resolved)["state"] == "pending"
    assert status(sandbox, create(sandbox, dependencies=[first]))["state"] == "pending"
    assert call(sandbox, "POST", f"/task/{itself}/schedule").json()["status"]["state"] == "pending"
    (run,) = call(sandbox, "POST", f"/task/{both}/cancel").json()["status"]["runs"]
    assert {key: run[key] for key in ("state", "reasonCreated", "reasonResolved")} == {
        "state": "exception",
        "reasonCreated": "exception",
        "reasonResolved": "canceled",
    }
    assert (
        call(sandbox, "POST", f"/task/{create(sandbox, dependencies=[both])}/rerun").status == 409
    )


def test_task_groups(sandbox: Running) -> None:
    group = slug()
    ids = [create(sandbox, taskGroupId=group, schedulerId="s") for _ in range(5)]
    first = sandbox.request("GET", f"{API}/task-group/{group}/list?limit=2").json()
    assert list(first) == [
        *("taskGroupId", "schedulerId", "expires", "tasks", "continuationToken"),
    ]
    assert (first["taskGroupId"], first["schedulerId"]) == (group, "s")
    assert first["expires"] > first["tasks"][0]["task"]["expires"]
    token = first["continuationToken"]
    rest = sandbox.request("GET", f"{API}/task-group/{group}/list?continuationToken={token}").json()
    assert "continuationToken" not in rest
    found = [each["status"]["taskId"] for each in [*first["tasks"], *rest["tasks"]]]
    assert sorted(found) == sorted(ids)
    given = definition(taskGroupId=group, schedulerId="s2")
    refused = call(sandbox, "PUT", f"/task/{slug()}", given)
    assert refused.status == 409
    assert text(refused).startswith(
        f"Task group `{group}` contains tasks with a schedulerId other\nthan `s2`. "
    )
