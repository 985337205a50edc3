"""The queue's artifacts: every storage type, links between them, and what is refused."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from tests.sandbox.running import NOBODY, ROOT, Running, text
from tests.sandbox.storing import path_of, put_target
from tests.sandbox.tasking import API, at, call, create, running_task, signer_of, slug, status

LATER = at(hours=2)


def artifact(kind: str, **changes: Any) -> dict[str, Any]:
    """Return the body of createArtifact."""
    more: dict[str, dict[str, Any]] = {
        "s3": {"contentType": "text/plain"},
        "object": {"contentType": "text/plain"},
        "reference": {"contentType": "text/plain", "url": "https://x.test/a"},
        "link": {"artifact": "public/target"},
        "error": {"reason": "file-missing-on-worker", "message": "gone"},
    }
    return {"storageType": kind, "expires": LATER, **more[kind], **changes}


def add(sandbox: Running, task_id: str, name: str, kind: str, **changes: Any) -> dict[str, Any]:
    """Create an artifact of the first run."""
    answer = call(
        sandbox, "POST", f"/task/{task_id}/runs/0/artifacts/{name}", artifact(kind, **changes)
    )
    assert answer.status == 200, answer
    return dict(answer.json())


def read(sandbox: Running, path: str) -> Any:
    """Return what everybody can read."""
    answer = sandbox.request("GET", API + path)
    assert answer.status == 200, answer
    return answer.json()


def test_s3(sandbox: Running) -> None:
    task_id, signer = running_task(sandbox)
    path = f"/task/{task_id}/runs/0/artifacts/public/a%20b.txt"
    created = call(sandbox, "POST", path, artifact("s3"), signer).json()
    assert list(created) == ["storageType", "contentType", "expires", "putUrl"]
    where = f"{sandbox.url}/storage/public-artifacts/{task_id}/0/public/a%20b.txt"
    assert created["putUrl"].startswith(where + "?X-Amz-")
    assert "X-Amz-Expires=2710&X-Amz-SignedHeaders=host&x-id=PutObject" in created["putUrl"]
    assert at(minutes=44) < created["expires"] < at(minutes=46)
    for get in (path, f"/task/{task_id}/artifacts/public/a%20b.txt"):
        answer = sandbox.request("GET", API + get)
        assert (answer.status, answer.json()) == (303, {"storageType": "s3", "url": where})
        assert answer.header("location") == where
        assert answer.header("x-taskcluster-artifact-storage-type") == "s3"
    assert sandbox.request("GET", path_of(sandbox, where)).status == 404
    fields = [("Content-Type", "text/x-put"), ("Content-Encoding", "gzip")]
    assert sandbox.request("PUT", path_of(sandbox, created["putUrl"]), fields, b"z").status == 200
    got = sandbox.request("GET", path_of(sandbox, where))
    assert (got.header("Content-Type"), got.header("Content-Encoding")) == ("text/x-put", "gzip")
    content = f"/task/{task_id}/runs/0/artifact-content/public/a%20b.txt"
    assert read(sandbox, content) == {"storageType": "s3", "url": where}
    assert "x-taskcluster-artifact-storage-type" not in str(sandbox.request("GET", content).headers)


def test_data_of_an_s3_artifact_may_come_in_chunks(sandbox: Running) -> None:
    """Its URL signs no length, so that whoever does not know it can stream."""
    task_id, _ = running_task(sandbox)
    put_to = path_of(sandbox, add(sandbox, task_id, "public/x", "s3")["putUrl"])
    where = f"/storage/public-artifacts/{task_id}/0/public/x"
    pieces = [b"a" * 70_000, b"b", b"c" * 100_000]
    fields = [("Content-Type", "a/b"), ("Transfer-Encoding", "chunked")]
    with sandbox.connect() as caller:
        caller.send("PUT", put_to, fields)
        for piece in pieces:
            caller.wire.send(b"%x\r\n%s\r\n" % (len(piece), piece))
        assert sandbox.request("GET", where).status == 404, "it is there before it is whole"
        caller.wire.send(b"0\r\n\r\n")
        assert caller.read_response("PUT").status == 200
    got = sandbox.request("GET", where)
    assert (got.body, got.header("Content-Length")) == (b"".join(pieces), "170001")
    with sandbox.connect() as caller:
        caller.send("PUT", put_to, fields)
        caller.wire.send(b"5\r\nhel")
        caller.wire.reset()
    assert sandbox.request("GET", where).body == b"".join(pieces)


def test_data_of_an_object_must_be_as_long_as_was_said(sandbox: Running) -> None:
    """Its URL signs the length, which chunks do not tell."""
    put_to = put_target(sandbox, slug(), "a/b", 5)
    with sandbox.connect() as caller:
        caller.send("PUT", put_to, [("Content-Type", "a/b"), ("Transfer-Encoding", "chunked")])
        caller.wire.send(b"5\r\nhello\r\n0\r\n\r\n")
        refused = caller.read_response("PUT")
    assert refused.status == 403
    assert b"<Code>SignatureDoesNotMatch</Code>" in refused.body


@pytest.mark.parametrize("name", ["Content-Type", "Content-Encoding"])
def test_what_could_not_be_sent_again_is_not_stored(sandbox: Running, name: str) -> None:
    task_id, _ = running_task(sandbox)
    put_to = path_of(sandbox, add(sandbox, task_id, "public/x", "s3")["putUrl"])
    refused = sandbox.request("PUT", put_to, [(name, b"\xff")], b"x")
    assert refused.status == 400
    assert b"<Code>InvalidArgument</Code>" in refused.body
    assert b"must be printable ASCII" in refused.body


def test_a_private_artifact(sandbox: Running) -> None:
    task_id, _ = running_task(sandbox, scopes=["queue:get-artifact:private/*"])
    created = add(sandbox, task_id, "private/p", "s3")
    assert "/storage/private-artifacts/" in created["putUrl"]
    assert sandbox.request("PUT", path_of(sandbox, created["putUrl"]), (), b"p").status == 200
    path = f"/task/{task_id}/artifacts/private/p"
    refused = sandbox.request("GET", API + path)
    assert refused.status == 403
    assert '{\n  "AllOf": [\n    "queue:get-artifact:private/p"\n  ]\n}' in text(refused)
    url = call(sandbox, "GET", path).json()["url"]
    assert "X-Amz-Expires=1800&" in url
    assert sandbox.request("GET", path_of(sandbox, url)).body == b"p"
    bare = sandbox.request("GET", path_of(sandbox, url).partition("?")[0])
    assert bare.status == 403


def test_object(sandbox: Running) -> None:
    task_id, signer = running_task(sandbox, projectId="proj")
    path = f"/task/{task_id}/runs/0/artifacts/public/o"
    created = call(sandbox, "POST", path, artifact("object", contentLength=4), signer).json()
    name = f"t/{task_id}/0/public/o"
    assert list(created) == [
        *("storageType", "name", "projectId", "uploadId", "expires", "credentials"),
    ]
    assert (created["name"], created["projectId"], created["expires"]) == (name, "proj", LATER)
    uploader = signer_of(created["credentials"])
    assert uploader.client_id == f"artifact-upload/{task_id}/0/on/g/w"
    assert uploader.certificate["scopes"] == [f"object:upload:proj:{name}"]
    for kind in ("artifacts", "artifact-content", "artifact-info"):
        missing = sandbox.request("GET", f"{API}/task/{task_id}/{kind}/public/o")
        assert (missing.status, text(missing)) == (404, "Artifact not found")
    assert [each["name"] for each in read(sandbox, f"/task/{task_id}/artifacts")["artifacts"]] == [
        "public/o"
    ]
    finish = {"uploadId": created["uploadId"]}
    refused = call(sandbox, "PUT", path, finish, signer)
    assert (refused.status, text(refused)) == (400, "Object storing artifact data does not exist")
    refused = call(sandbox, "PUT", path, {"uploadId": slug()}, signer)
    assert text(refused) == "given uploadId does not match that for the artifact"
    upload = {key: created[key] for key in ("projectId", "uploadId", "expires")}
    inline = {"dataInline": {"contentType": "text/plain", "objectData": "ZGF0YQ=="}}
    quoted = name.replace("/", "%2F")
    for method, target, body in (
        ("PUT", "upload", upload | {"proposedUploadMethods": inline}),
        ("POST", "finish-upload", {key: upload[key] for key in ("projectId", "uploadId")}),
    ):
        data = json.dumps(body).encode()
        done = sandbox.signed(uploader, method, f"/api/object/v1/{target}/{quoted}", data)
        assert done.status == 200, done
    for body in (finish, {"uploadId": slug()}):
        done = call(sandbox, "PUT", path, body, signer)
        assert (done.status, done.body) == (204, b"")
    answer = sandbox.request("GET", API + path)
    assert answer.header("x-taskcluster-artifact-storage-type") == "object"
    got = sandbox.request("GET", path_of(sandbox, answer.json()["url"]))
    assert got.body == b"data"
    content = read(sandbox, f"/task/{task_id}/artifact-content/public/o")
    assert (content["storageType"], content["name"]) == ("object", name)
    reader = signer_of(content["credentials"])
    assert reader.client_id == f"artifact-download/{task_id}/0/public/o"
    assert sandbox.signed(reader, "GET", f"/api/object/v1/metadata/{name}").status == 200
    assert read(sandbox, f"/task/{task_id}/artifact-info/public/o") == {
        "storageType": "object",
        "name": "public/o",
        "expires": LATER,
        "contentType": "text/plain",
        "contentLength": 4,
    }
    refused = call(sandbox, "POST", path, artifact("object", contentLength=4), signer)
    assert (refused.status, refused.json()["code"]) == (409, "RequestConflict")


def test_reference_and_error(sandbox: Running) -> None:
    task_id, _ = running_task(sandbox)
    assert add(sandbox, task_id, "public/r", "reference") == {"storageType": "reference"}
    answer = sandbox.request("GET", f"{API}/task/{task_id}/artifacts/public/r")
    assert (answer.status, answer.header("location")) == (303, "https://x.test/a")
    assert answer.header("x-taskcluster-artifact-storage-type") == "reference"
    assert add(sandbox, task_id, "public/e", "error") == {"storageType": "error"}
    answer = sandbox.request("GET", f"{API}/task/{task_id}/artifacts/public/e")
    assert answer.status == 424
    assert answer.header("x-taskcluster-artifact-storage-type") == "error"
    assert answer.json() == {"reason": "file-missing-on-worker", "message": "gone"}
    assert read(sandbox, f"/task/{task_id}/artifact-content/public/e") == {
        "storageType": "error",
        "reason": "file-missing-on-worker",
        "message": "gone",
    }
    info = read(sandbox, f"/task/{task_id}/runs/0/artifact-info/public/e")
    assert info["contentType"] == "application/binary"


def test_links_are_followed(sandbox: Running) -> None:
    task_id, _ = running_task(sandbox)
    add(sandbox, task_id, "public/target", "reference")
    assert add(sandbox, task_id, "public/link", "link") == {"storageType": "link"}
    add(sandbox, task_id, "public/link2", "link", artifact="public/link")
    answer = sandbox.request("GET", f"{API}/task/{task_id}/artifacts/public/link2")
    assert answer.header("x-taskcluster-artifact-storage-type") == "reference"
    assert answer.json() == {"storageType": "reference", "url": "https://x.test/a"}
    info = read(sandbox, f"/task/{task_id}/artifact-info/public/link2")
    assert info["storageType"] == "link"
    add(sandbox, task_id, "public/secret", "link", artifact="private/p")
    for _ in range(2):  # before there is anything, and after
        refused = sandbox.request("GET", f"{API}/task/{task_id}/artifacts/public/secret")
        assert refused.status == 403
        expected = '"queue:get-artifact:public/secret",\n    "queue:get-artifact:private/p"'
        assert expected in text(refused)
        add(sandbox, task_id, "private/p", "s3")
    add(sandbox, task_id, "public/dangling", "link", artifact="public/nothing")
    answer = sandbox.request("GET", f"{API}/task/{task_id}/artifacts/public/dangling")
    assert (answer.status, text(answer)) == (404, "Artifact not found")
    for name, target in (("public/a", "public/b"), ("public/b", "public/a"), ("public/c",) * 2):
        add(sandbox, task_id, name, "link", artifact=target)
    for name in ("public/a", "public/c"):
        answer = sandbox.request("GET", f"{API}/task/{task_id}/artifacts/{name}")
        assert (answer.status, text(answer)) == (400, "Artifact leads to a link cycle")


def test_expired_artifacts_are_listed_but_not_given(sandbox: Running) -> None:
    task_id, _ = running_task(sandbox)
    add(sandbox, task_id, "public/x", "reference", expires=at(minutes=-1))
    for kind in ("artifacts", "artifact-content"):
        gone = sandbox.request("GET", f"{API}/task/{task_id}/{kind}/public/x")
        assert (gone.status, gone.json()["code"]) == (410, "ResourceExpired")
        assert text(gone) == "Artifact expired"
    assert read(sandbox, f"/task/{task_id}/artifact-info/public/x")["name"] == "public/x"
    assert len(read(sandbox, f"/task/{task_id}/runs/0/artifacts")["artifacts"]) == 1


def test_creating_again(sandbox: Running) -> None:
    task_id, _ = running_task(sandbox)
    path = f"/task/{task_id}/runs/0/artifacts/public"
    first = add(sandbox, task_id, "public/s", "s3")
    again = add(sandbox, task_id, "public/s", "s3", expires=at(hours=3))
    assert first["storageType"] == again["storageType"]
    for body in (artifact("s3", contentType="a/b"), artifact("s3"), artifact("error")):
        refused = call(sandbox, "POST", f"{path}/s", body)
        assert refused.status == 409
        assert text(refused).startswith(
            "Artifact already exists with different properties, and none of the allowed "
            f'exceptions apply: {{\n  "storageType": "{body["storageType"]}",\n  "contentType": '
        )
    add(sandbox, task_id, "public/r", "reference")
    add(sandbox, task_id, "public/r", "reference", url="https://x.test/b")
    add(sandbox, task_id, "public/r", "link")
    assert call(sandbox, "POST", f"{path}/r", artifact("reference")).status == 409


def test_where_no_artifact_can_be(sandbox: Running) -> None:
    pending = create(sandbox, taskQueueId=f"prov/{slug()}")
    running, signer = running_task(sandbox)
    for task_id, run_id, changes, problem in (
        (slug(), "0", {}, "Task not found"),
        (running, "1", {}, "Run not found"),
        (
            pending,
            "0",
            {},
            "Run was not claimed by a worker and so no artifacts can exist",
        ),
        (running, "0", {"expires": at(minutes=-16)}, "Expires must be in the future"),
        (running, "0", {"expires": at(days=999)}, "Artifact expires ("),
    ):
        body = artifact("reference", **changes)
        refused = call(sandbox, "POST", f"/task/{task_id}/runs/{run_id}/artifacts/public/x", body)
        assert (refused.status, refused.json()["code"]) == (400, "InputError")
        assert text(refused).startswith(problem)
    path = f"/task/{running}/runs/0/artifacts/public/x"
    assert call(sandbox, "POST", f"{path}{'x' * 1024}", artifact("error")).status == 400
    assert (
        call(
            sandbox, "POST", f"/task/{running}/runs/0/artifacts/{'x' * 1024}", artifact("error")
        ).status
        == 200
    )
    refused = call(sandbox, "POST", path, artifact("error"), NOBODY)
    assert f"```\nqueue:create-artifact:{running}/0\n```" in text(refused)
    call(sandbox, "POST", f"/task/{running}/runs/0/failed", signer=signer)
    refused = call(sandbox, "POST", path, artifact("error"), signer)
    assert refused.status == 409
    assert text(refused).startswith("Artifacts cannot be created for a task after it is resolved")
    cancelled, signer = running_task(sandbox)
    assert call(sandbox, "POST", f"/task/{cancelled}/cancel").status == 200
    path = f"/task/{cancelled}/runs/0/artifacts/public/x"
    assert call(sandbox, "POST", path, artifact("error"), signer).status == 200
    assert status(sandbox, cancelled)["state"] == "exception"


@pytest.mark.parametrize(
    "body",
    [
        artifact("s3", storageType="redirect"),
        artifact("s3", url="x"),
        artifact("reference", url="https://x.test/a\nX: y"),
        artifact("reference", url="https://x.test/é"),
        artifact("reference", url="nothing"),
        artifact("error", contentType="a/b"),
        artifact("error", reason="other"),
        artifact("link", artifact=""),
        {"storageType": "s3"},
        [],
    ],
)
def test_artifacts_of_another_form(sandbox: Running, body: Any) -> None:
    path = "/task/dSlITZ4yQgmvxxAi4A8fHQ/runs/0/artifacts/public/x"
    refused = call(sandbox, "POST", path, body)
    assert (refused.status, refused.json()["code"]) == (400, "InputValidationError")
    assert text(refused).endswith("\n  * data must match exactly one schema in oneOf")
    assert text(refused).count("\n") > 6


def test_what_is_not_there(sandbox: Running) -> None:
    unknown, (known, _) = slug(), running_task(sandbox)
    waiting = create(sandbox, dependencies=[known])
    add(sandbox, known, "public/r", "reference")
    for path, problem in (
        (f"/task/{unknown}/artifacts/public/x", "Task not found"),
        (f"/task/{unknown}/artifact-content/public/x", "Task not found"),
        (f"/task/{unknown}/artifact-info/public/x", "Task not found"),
        (f"/task/{unknown}/artifacts", "Task not found"),
        (f"/task/{unknown}/runs/0/artifacts", "Task not found"),
        (f"/task/{unknown}/runs/0/artifacts/public/x", "Artifact not found"),
        (f"/task/{known}/runs/9/artifact-info/public/r", "Artifact not found"),
        (f"/task/{known}/runs/9/artifacts/public/r", "Artifact not found"),
        (f"/task/{known}/artifacts/public/nothing", "Artifact not found"),
        (f"/task/{waiting}/artifacts/public/x", "Task doesn't have any runs"),
        (f"/task/{waiting}/artifacts", "Task doesn't have any runs"),
        (
            f"/task/{known}/runs/9/artifacts",
            f"Task with taskId: `{known}` has no run with runId: 9",
        ),
    ):
        missing = sandbox.request("GET", API + path)
        assert (missing.status, missing.json()["code"], text(missing)) == (
            404,
            "ResourceNotFound",
            problem,
        )
    finish = {"uploadId": slug()}
    path = f"/task/{known}/runs/0/artifacts/public"
    missing = call(sandbox, "PUT", f"{path}/x", finish)
    assert text(missing) == (f"Artifact with taskId `{known}`, runId 0, name `public/x` not found")
    refused = call(sandbox, "PUT", f"{path}/r", finish)
    assert (refused.status, text(refused)) == (400, "Only object artifacts can be finished")
    # the latest forms look for the task first, but for one of them
    forged = replace(ROOT, access_token="wrong")
    for kind, expected in (("artifacts", 401), ("artifact-content", 404)):
        path = f"/task/{unknown}/{kind}/public/x"
        assert call(sandbox, "GET", path, signer=forged).status == expected


def test_lists_in_pages(sandbox: Running) -> None:
    task_id, _ = running_task(sandbox)
    names = ["a", "a-b", "a.b", "a/b", "a_b", "b", "B", "c?d"]
    for name in reversed(names):
        add(sandbox, task_id, name.replace("?", "%3F"), "reference")
    found, query = [], ""
    while True:
        page = read(sandbox, f"/task/{task_id}/artifacts?limit=3{query}")
        found += [each["name"] for each in page["artifacts"]]
        if "continuationToken" not in page:
            break
        token = page["continuationToken"]
        assert json.loads(base64.b64decode(token)) == [task_id, 0, found[-1]]
        query = f"&continuationToken={token.replace('+', '%2B')}"
    assert found == names
    for token in ("x", "*", "e30=", "W10=", "%C3%A9"):
        page = read(sandbox, f"/task/{task_id}/artifacts?continuationToken={token}")
        assert len(page["artifacts"]) == len(names)
    assert sandbox.request("GET", f"{API}/task/{task_id}/artifacts?limit=0").status == 400
