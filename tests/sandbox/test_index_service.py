"""The index service: entries, lists of them, and the way to an artifact."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.sandbox.running import NOBODY, ROOT, Running, text
from tests.sandbox.storing import path_of
from tests.sandbox.tasking import at, running_task, slug
from tests.sandbox.tasking import call as call_queue

if TYPE_CHECKING:
    from tests.harness.caller import Response
    from tests.sandbox.signing import Signer

API = "/api/index/v1"
LATER = "2126-11-22T14:14:03.830Z"
PAST = "2020-01-01T00:00:00.000Z"


def call(
    sandbox: Running, method: str, path: str, body: Any = None, signer: Signer = ROOT
) -> Response:
    data = None if body is None else json.dumps(body).encode()
    return sandbox.signed(signer, method, API + path, data)


def insert(sandbox: Running, path: str, **changes: Any) -> dict[str, Any]:
    body = {"taskId": slug(), "rank": 1, "data": {"a": [1]}, "expires": LATER, **changes}
    answer = call(sandbox, "PUT", f"/task/{path}", body)
    assert answer.status == 200, answer
    return dict(answer.json())


def test_an_entry_lives(sandbox: Running) -> None:
    entry = insert(sandbox, "life.one")
    assert list(entry) == ["namespace", "taskId", "rank", "data", "expires"]
    assert (entry["namespace"], entry["rank"], entry["data"]) == ("life.one", 1, {"a": [1]})
    assert sandbox.request("GET", f"{API}/task/life.one").json() == entry
    assert insert(sandbox, "life.one", rank=0) == entry
    higher = insert(sandbox, "life.one", rank=1.5)
    assert sandbox.request("GET", f"{API}/task/life.one").json() == higher
    for _ in range(2):
        gone = call(sandbox, "DELETE", "/task/life.one")
        assert (gone.status, gone.json()) == (200, {})
    missing = sandbox.request("GET", f"{API}/task/life.one")
    assert (missing.status, text(missing)) == (404, "Indexed task not found")


def test_lists(sandbox: Running) -> None:
    for path in ("lists.b", "lists.a", "lists.c", "lists.sub.x", "lists.sub.y.z"):
        insert(sandbox, path)
    insert(sandbox, "lists.gone", expires=PAST)
    insert(sandbox, "lists.old.gone", expires=PAST)
    assert sandbox.request("GET", f"{API}/task/lists.gone").status == 404
    first = sandbox.request("GET", f"{API}/tasks/lists?limit=2").json()
    assert [each["namespace"] for each in first["tasks"]] == ["lists.a", "lists.b"]
    token = first["continuationToken"]
    rest = sandbox.request("GET", f"{API}/tasks/lists?continuationToken={token}").json()
    assert [each["namespace"] for each in rest["tasks"]] == ["lists.c"]
    assert sandbox.request("GET", f"{API}/tasks/nothing").json() == {"tasks": []}
    assert call(sandbox, "GET", "/namespaces/lists").json() == {
        "namespaces": [{"namespace": "lists.sub", "name": "sub", "expires": LATER}]
    }
    found = call(sandbox, "POST", "/tasks/indexes", {"indexes": ["lists.a", "lists.x"]}).json()
    assert [each["namespace"] for each in found["tasks"]] == ["lists.a"]


@pytest.mark.parametrize("path", ["/task/a..b", "/task/a%20b", "/tasks/.a", "/namespaces/a."])
def test_paths_of_another_form(sandbox: Running, path: str) -> None:
    refused = call(sandbox, "GET", path)
    assert (refused.status, refused.json()["code"]) == (400, "InvalidRequestArguments")
    name = "indexPath" if path.startswith("/task/") else "namespace"
    assert f"URL parameter '{name}' given as" in text(refused)


@pytest.mark.parametrize(
    "changes",
    [{"rank": "1"}, {"rank": True}, {"taskId": "x"}, {"data": []}, {"expires": 1}, {"bogus": 1}],
)
def test_entries_of_another_form(sandbox: Running, changes: Any) -> None:
    body = {"taskId": slug(), "rank": 1, "data": {}, "expires": LATER, **changes}
    refused = call(sandbox, "PUT", "/task/bad", body)
    assert (refused.status, refused.json()["code"]) == (400, "InputValidationError")


def test_scopes(sandbox: Running) -> None:
    body = {"taskId": slug(), "rank": 1, "data": {}, "expires": LATER}
    insert(sandbox, "scopes.x")
    for method, path, sent, scope in (
        ("PUT", "/task/scopes.x", body, "index:insert-task:scopes.x"),
        ("DELETE", "/task/scopes.x", None, "index:delete-task:scopes.x"),
        ("GET", "/namespaces/scopes", None, "index:list-namespaces:scopes"),
        ("GET", "/task/scopes.x/artifacts/private/x", None, "queue:get-artifact:private/x"),
    ):
        refused = call(sandbox, method, path, sent, NOBODY)
        assert refused.status == 403
        assert f"```\n{scope}\n```" in text(refused)
    assert call(sandbox, "GET", "/task/scopes.x", signer=NOBODY).status == 200


# -- artifacts ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def indexed(sandbox: Running) -> str:
    """The path of a task with an artifact of each kind."""
    task_id, _ = running_task(sandbox)
    insert(sandbox, "artifacts.latest", taskId=task_id)
    for name, body in (
        ("public/r", {"storageType": "reference", "contentType": "a/b", "url": "https://x.test/"}),
        ("public/s", {"storageType": "s3", "contentType": "a/b"}),
        ("public/link", {"storageType": "link", "artifact": "public/r"}),
        ("public/hidden", {"storageType": "link", "artifact": "private/r"}),
        ("public/e", {"storageType": "error", "reason": "file-missing-on-worker", "message": "m"}),
        ("private/r", {"storageType": "reference", "contentType": "a/b", "url": "https://y.test/"}),
    ):
        path = f"/task/{task_id}/runs/0/artifacts/{name}"
        made = call_queue(sandbox, "POST", path, {**body, "expires": at(hours=2)})
        assert made.status == 200, made
    return "artifacts.latest"


def location(response: Response) -> str:
    assert response.status == 303, response
    url = response.header("Location") or ""
    assert response.body.decode() == f"See Other. Redirecting to {url}"
    assert response.header("ETag") is None
    return url


def test_public_artifacts_are_where_they_are(sandbox: Running, indexed: str) -> None:
    base = f"{API}/task/{indexed}/artifacts/public"
    assert location(sandbox.request("GET", f"{base}/r")) == "https://x.test/"
    assert location(sandbox.request("GET", f"{base}/link")) == "https://x.test/"
    url = location(sandbox.request("GET", f"{base}/s"))
    assert "/storage/public-artifacts/" in url
    assert "?" not in url


@pytest.mark.parametrize(("name", "status"), [("public/e", 424), ("public/nothing%3F", 404)])
def test_what_is_no_file_is_the_business_of_the_queue(
    sandbox: Running, indexed: str, name: str, status: int
) -> None:
    url = location(sandbox.request("GET", f"{API}/task/{indexed}/artifacts/{name}"))
    assert url.endswith("/artifacts/" + name.replace("/", "%2F"))
    assert sandbox.request("GET", path_of(sandbox, url)).status == status


def test_other_artifacts_are_opened_with_a_bewit(sandbox: Running, indexed: str) -> None:
    base = f"/task/{indexed}/artifacts"
    allowed = ROOT.lend(["queue:get-artifact:private/r"])
    for path, signer in ((f"{base}/private/r", allowed), (f"{base}/public/hidden", allowed)):
        url = location(call(sandbox, "GET", path, signer=signer))
        target, _, bewit = path_of(sandbox, url).partition("?bewit=")
        assert sandbox.request("GET", target).status == 403
        opened = sandbox.request("GET", f"{target}?bewit={bewit}")
        assert (opened.status, opened.header("location")) == (303, "https://y.test/")
    refused = call(sandbox, "GET", f"{base}/public/hidden", signer=NOBODY)
    assert refused.status == 403
    assert "queue:get-artifact:private/r" in text(refused)


def test_an_entry_may_name_a_task_that_is_not_there(sandbox: Running) -> None:
    entry = insert(sandbox, "artifacts.nowhere")
    url = location(sandbox.request("GET", f"{API}/task/artifacts.nowhere/artifacts/public/x"))
    assert url == f"{sandbox.url}/api/queue/v1/task/{entry['taskId']}/artifacts/public%2Fx"
    assert sandbox.request("GET", path_of(sandbox, url)).status == 404
