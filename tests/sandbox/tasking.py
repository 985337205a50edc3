"""Tasks as tests of the queue and the index make them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import slugid

from tests.sandbox.running import ROOT, Running
from tests.sandbox.signing import Signer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.harness.caller import Response

API = "/api/queue/v1"


def slug() -> str:
    return str(slugid.v4())


def at(**delta: float) -> str:
    """Return a time relative to now, as the API writes it."""
    moment = datetime.now(UTC) + timedelta(**delta)
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def definition(**changes: Any) -> dict[str, Any]:
    """Return the smallest definition of a task, changed; None leaves a key out."""
    made = {
        "taskQueueId": "prov/wt",
        "created": at(),
        "deadline": at(hours=1),
        "payload": {},
        "metadata": {"name": "n", "description": "d", "owner": "o", "source": "https://x.test/"},
        **changes,
    }
    return {key: value for key, value in made.items() if value is not None}


def call(
    sandbox: Running, method: str, path: str, body: Any = None, signer: Signer = ROOT
) -> Response:
    data = None if body is None else json.dumps(body).encode()
    return sandbox.signed(signer, method, API + path, data)


def create(sandbox: Running, task_id: str | None = None, **changes: Any) -> str:
    """Create a task, and return its id."""
    task_id = task_id or slug()
    answer = call(sandbox, "PUT", f"/task/{task_id}", definition(**changes))
    assert answer.status == 200, answer
    return task_id


def claim(sandbox: Running, queue_id: str, count: int = 1) -> list[dict[str, Any]]:
    body = {"workerGroup": "g", "workerId": "w", "tasks": count}
    answer = call(sandbox, "POST", f"/claim-work/{queue_id}", body)
    assert answer.status == 200, answer
    return list(answer.json()["tasks"])


def running_task(sandbox: Running, **changes: Any) -> tuple[str, Signer]:
    """Create a task in a queue of its own and claim it; return its id and its credentials."""
    queue_id = f"prov/{slug()}"
    task_id = create(sandbox, taskQueueId=queue_id, **changes)
    (claimed,) = claim(sandbox, queue_id)
    return task_id, signer_of(claimed["credentials"])


def signer_of(credentials: Mapping[str, str]) -> Signer:
    return Signer(
        credentials["clientId"],
        credentials["accessToken"],
        json.loads(credentials["certificate"]),
    )


def status(sandbox: Running, task_id: str) -> dict[str, Any]:
    """Return a task's status, which everybody may read."""
    return dict(sandbox.request("GET", f"{API}/task/{task_id}/status").json()["status"])
