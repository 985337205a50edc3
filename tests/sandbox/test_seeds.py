"""Seeds: what a sandbox has from the start, and what is wrong with those that are none."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tcproxy.sandbox import load_seed, read_seed
from tests.sandbox.running import ROOT, Running
from tests.sandbox.storing import path_of
from tests.sandbox.tasking import API, at, call, claim, signer_of, status

DONE, PENDING, RUNNING, WAITING = (
    "fN1SbArXTPSVFUUvaOlinQ",
    "dSlITZ4yQgmvxxAi4A8fHQ",
    "AjGWYlZrSyOqfE3VhDkCFA",
    "ci0AQ2Y3Rh2uVrN5dYvP6g",
)


def write(folder: Path, value: Any) -> Path:
    path = folder / "seed.json"
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def test_what_a_seed_says_is_there(tmp_path: Path) -> None:
    (tmp_path / "data.bin").write_bytes(b"\0\1")
    (tmp_path / "page.html").write_bytes(b"<p>")
    seed = {
        "secrets": {"a/b": {"c": 1}, "demo": {"other": True}},
        "tasks": {
            DONE: {
                "artifacts": {
                    "public/text": {"text": "é"},
                    "public/json": {"json": None},
                    "public/bin": {"file": "data.bin"},
                    "public/page": {"file": "page.html", "contentType": "text/x-page"},
                    "public/url": {"url": "https://x.test/"},
                    "public/link": {"link": "public/text"},
                    "private/x": {"text": "p"},
                },
                "index": ["one.two", "one.three"],
            },
            PENDING: {"state": "pending", "task": {"taskQueueId": "a/b", "scopes": ["s:x"]}},
            RUNNING: {"state": "running", "task": {"provisionerId": "p", "workerType": "w"}},
            WAITING: {"state": "unscheduled", "task": {"dependencies": [RUNNING]}},
        },
    }
    with Running(seed=load_seed(write(tmp_path, seed))) as running:
        for name, value in (("a/b", {"c": 1}), ("demo", {"other": True})):
            answer = running.signed(ROOT, "GET", f"/api/secrets/v1/secret/{name}")
            assert answer.json()["secret"] == value
        assert [status(running, each)["state"] for each in (DONE, PENDING, RUNNING, WAITING)] == [
            *("completed", "pending", "running", "unscheduled"),
        ]
        for name, content_type, data in (
            ("public/text", "text/plain; charset=utf-8", "é".encode()),
            ("public/link", "text/plain; charset=utf-8", "é".encode()),
            ("public/json", "application/json", b"null"),
            ("public/bin", "application/octet-stream", b"\0\1"),
            ("public/page", "text/x-page", b"<p>"),
            ("private/x", "text/plain; charset=utf-8", b"p"),
        ):
            found = call(running, "GET", f"/task/{DONE}/artifacts/{name}")
            got = running.request("GET", path_of(running, found.json()["url"]))
            assert (got.header("Content-Type"), got.body) == (content_type, data)
        found = running.request("GET", f"{API}/task/{DONE}/artifacts/public/url")
        assert found.header("location") == "https://x.test/"
        for path in ("one.two", "one.three"):
            entry = running.request("GET", f"/api/index/v1/task/{path}").json()
            assert entry["taskId"] == DONE
        (claimed,) = claim(running, "a/b")
        assert claimed["status"]["taskId"] == PENDING
        assert "s:x" in signer_of(claimed["credentials"]).certificate["scopes"]
        assert call(running, "POST", f"/task/{RUNNING}/runs/0/completed").status == 200
        assert status(running, WAITING)["state"] == "pending"


def test_an_empty_seed_is_one() -> None:
    assert read_seed({}).tasks == ()
    assert "hunter2" not in repr(read_seed({"secrets": {"x": {"password": "hunter2"}}}))


def with_task(**task: Any) -> dict[str, Any]:
    return {"tasks": {DONE: task}}


def with_artifact(**artifact: Any) -> dict[str, Any]:
    return with_task(artifacts={"public/x": artifact})


WHERE = f"tasks/{DONE}"


@pytest.mark.parametrize(
    ("seed", "problem"),
    [
        ([], "the seed must be object"),
        ({"secret": {}}, 'the seed must NOT have additional properties: "secret"'),
        ({"secrets": {"x": 1}}, "secrets/x must be object"),
        ({"tasks": {"x": {}}}, "tasks/x is not named by a taskId, such as"),
        (with_task(state="done"), f"{WHERE}/state must be equal to one of the allowed values"),
        (with_task(index=["a..b"]), f"{WHERE}/index/0 must match pattern"),
        (with_task(task={"bogus": 1}), f"{WHERE}/task: data must NOT have additional properties"),
        (with_task(task={"metadata": 1}), f"{WHERE}/task: metadata must be object"),
        (with_task(task={"workerType": "w"}), f"{WHERE}/task: at least a provisionerId and"),
        (with_task(task={"dependencies": [PENDING]}), f"{WHERE} depends on {PENDING}, which is"),
        (
            with_task(state="running", task={"deadline": at(days=-1)}),
            f"{WHERE}/task/deadline has passed, and so it cannot be running",
        ),
        (
            with_task(state="pending", artifacts={"a": {"text": "x"}}),
            f"{WHERE} is pending, and so cannot have artifacts",
        ),
        (with_artifact(), f"{WHERE}/artifacts/public/x must have exactly one of text, json,"),
        (with_artifact(text="x", json=1), "must have exactly one of text, json, file, url, link"),
        (with_artifact(url="x"), '/artifacts/public/x/url must match format "uri"'),
        (with_artifact(text=1), f"{WHERE}/artifacts/public/x/text must be string"),
        (with_artifact(file="nothing.bin"), "/artifacts/public/x: cannot read"),
        (with_artifact(file="a\0b"), "/artifacts/public/x: no file can have such a name"),
        (with_artifact(text="x", contentType="a\nb"), "`contentType` must be printable ASCII"),
        (with_task(artifacts={"é": {"text": ""}}), "has a name that is not printable ASCII"),
        ({"secrets": {"x": 1, "y": 1}}, "secrets/x must be object (and 1 more)"),
    ],
)
def test_what_is_no_seed(tmp_path: Path, seed: Any, problem: str) -> None:
    path = write(tmp_path, seed)
    with pytest.raises(ValueError, match=re.escape(problem)) as refused:
        load_seed(path)
    assert str(refused.value).startswith(f"{path}: ")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"{", "Failed to parse JSON: "),
        (b"\xff", "is not UTF-8"),
        (b"1", "Failed to parse JSON: Must be an object or array"),
        (b'{"secrets": {"a": {"b": NaN}}}', "Failed to parse JSON: NaN is not JSON"),
        (b"[" * 100_000, "Failed to parse JSON: nested too deep"),
        (None, "No such file or directory"),
    ],
    ids=["cut", "bytes", "number", "nan", "deep", "missing"],
)
def test_files_that_cannot_be_read(tmp_path: Path, content: bytes | None, problem: str) -> None:
    path = tmp_path / "seed.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ValueError, match=re.escape(problem)) as refused:
        load_seed(path)
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)
