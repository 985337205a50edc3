"""`tcproxy_client.helper`: configuration, secrets and artifacts of programs in tasks."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
import tcproxy_client
from tcproxy_client import aio, helper
from tcproxy_client._names import EVENTS, SERVICES
from tcproxy_client.exceptions import TaskclusterAuthFailure, TaskclusterFailure

from tests.harness.upstream import Exchange, reply

if TYPE_CHECKING:
    from tests.harness.upstream import Upstream

ROOT = "https://tc.example.com"
HOUR = dt.timedelta(hours=1)


def test_the_deployments_url_comes_from_the_argument_or_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(AssertionError, match="You must specify a Taskcluster deployment url"):
        helper.TaskclusterConfig()
    monkeypatch.setenv("TASKCLUSTER_ROOT_URL", ROOT)
    assert helper.TaskclusterConfig().default_url == ROOT
    config = helper.TaskclusterConfig("https://other.example.com")
    assert config.default_url == "https://other.example.com"
    assert (config.options, config.secrets) == (None, None)


@pytest.mark.parametrize(
    ("environment", "options"),
    [
        ({}, {"maxRetries": 12, "rootUrl": ROOT}),
        (
            {"TASK_ID": "T"},
            {"maxRetries": 12, "rootUrl": "http://taskcluster", "publicRootUrl": ROOT},
        ),
        (
            {"TASK_ID": "T", "TASKCLUSTER_PROXY_URL": "http://p/"},
            {"maxRetries": 12, "rootUrl": "http://p/", "publicRootUrl": ROOT},
        ),
        # the proxy's own credentials may stand in the same environment
        (
            {"TASKCLUSTER_PROXY_URL": "unix:///run/p", "TASKCLUSTER_CLIENT_ID": "me"},
            {"maxRetries": 12, "rootUrl": "unix:///run/p", "publicRootUrl": ROOT},
        ),
    ],
)
def test_requests_go_to_the_proxy_if_there_is_one(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], options: dict[str, Any]
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    config = helper.TaskclusterConfig(ROOT)
    assert config.auth() is None  # type: ignore[func-returns-value]  # as there
    assert config.options == options
    assert config.get_service("queue").buildUrl("ping").startswith("http")


@pytest.mark.parametrize(
    ("args", "environment"),
    [
        (("me", "hush-hush"), {}),
        (("me", None), {"TASK_ID": "T"}),
        ((None, "hush-hush"), {"TASKCLUSTER_PROXY_URL": "http://p"}),
        ((), {"TASKCLUSTER_CLIENT_ID": "me", "TASKCLUSTER_ACCESS_TOKEN": "hush-hush"}),
    ],
)
def test_credentials_are_refused(
    monkeypatch: pytest.MonkeyPatch, args: Any, environment: dict[str, str]
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(TaskclusterAuthFailure, match="Give them to tcproxy") as caught:
        helper.TaskclusterConfig(ROOT).auth(*args)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("name", SERVICES + EVENTS)
def test_every_service_is_reached_by_name(name: str) -> None:
    config = helper.TaskclusterConfig(ROOT)
    dashed = "".join(f"-{char.lower()}" if char.isupper() else char for char in name).strip("-")
    for spelling in (name, name.lower(), name.upper(), name.capitalize(), dashed):
        assert type(config.get_service(spelling)) is getattr(tcproxy_client, name)
        assert type(config.get_service(spelling, use_async=True)) is getattr(aio, name)
    assert config.get_service(name) is not config.get_service(name)


def test_an_unknown_service_is_named_with_the_nearest() -> None:
    with pytest.raises(AssertionError) as caught:
        helper.TaskclusterConfig(ROOT).get_service("purgecash")
    assert str(caught.value) == "Invalid Taskcluster service purgecash; did you mean 'purgecache'?"


def test_links_for_task_definitions_begin_with_the_public_root_url(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TASKCLUSTER_PROXY_URL", "http://taskcluster")
    config = helper.TaskclusterConfig(f"{ROOT}/")
    args = ("getLatestArtifact", "T", "public/a b.txt")
    path = "/api/queue/v1/task/T/artifacts/public%2Fa%20b.txt"
    assert config.get_service("queue").buildUrl(*args) == f"http://taskcluster{path}"
    assert config.build_url("queue", *args) == f"{ROOT}{path}"
    assert config.get_service("queue").options["publicRootUrl"] == f"{ROOT}/"


SECRET = {"a": {"x": 1, "y": 2}, "b": {"y": 3, "z": None}, "c": 5}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, SECRET),
        ({"prefixes": ["a"]}, {"x": 1, "y": 2}),
        ({"prefixes": ["a", "b"]}, {"x": 1, "y": 3, "z": None}),
        ({"prefixes": ["b", "a", "none"]}, {"x": 1, "y": 2, "z": None}),
        ({"prefixes": ["a"], "existing": {"x": 0, "w": 0}}, {"w": 0, "x": 1, "y": 2}),
        ({"prefixes": ["b"], "required": ["z"]}, {"y": 3, "z": None}),
        ({"existing": {"w": 0}, "required": ["w", "c"]}, {"w": 0, **SECRET}),
    ],
)
def test_secrets_are_read(
    upstream: Upstream, arguments: dict[str, Any], expected: dict[str, Any]
) -> None:
    upstream.default = reply(200, [], json.dumps({"secret": SECRET}).encode())
    service = tcproxy_client.Secrets({"rootUrl": upstream.url})
    existing = dict(arguments.get("existing", {}))
    assert helper.load_secrets(service, "project/a b", **arguments) == expected
    assert upstream.only_request().target == b"/api/secrets/v1/secret/project%2Fa%20b"
    assert arguments.get("existing", {}) == existing
    assert helper.load_secrets(service, None, **arguments, local_secrets=SECRET) == expected
    assert len(upstream.requests) == 1


def test_secrets_that_are_missing(upstream: Upstream) -> None:
    service = tcproxy_client.Secrets({"rootUrl": upstream.url})
    with pytest.raises(TaskclusterFailure, match=r"^Missing value k in secrets\.$"):
        helper.load_secrets(service, None, required=["k"], local_secrets={})
    with pytest.raises(AssertionError, match="Missing Taskcluster secret secret_name"):
        helper.load_secrets(service, None)
    with pytest.raises((ValueError, TypeError)):
        helper.load_secrets(service, None, prefixes=["c"], local_secrets={"c": 5})
    assert upstream.requests == []
    assert helper.load_secrets(service, "s") == {}  # an answer without a secret


def test_a_config_keeps_the_secrets(upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TASKCLUSTER_PROXY_URL", upstream.url)
    upstream.default = reply(200, [], b'{"secret": {"k": "v"}}')
    config = helper.TaskclusterConfig(ROOT)
    assert config.load_secrets("s", required=["k"]) == {"k": "v"} == config.secrets


@pytest.fixture
def task(upstream: Upstream, monkeypatch: pytest.MonkeyPatch) -> Upstream:
    """The environment of a task, its proxy the scripted upstream."""
    for name, value in [
        ("TASK_ID", "T"),
        ("RUN_ID", "0"),
        ("TASKCLUSTER_PROXY_URL", upstream.url),
    ]:
        monkeypatch.setenv(name, value)
    return upstream


def answers(upstream: Upstream, table: dict[str, Any]) -> None:
    """Answer by verb and path: a JSON value each, or a list of statuses to give before it."""

    def script(exchange: Exchange) -> None:
        request = exchange.request
        exchange.read_body()
        value = table[f"{request.method} {request.target.decode()}"]
        if isinstance(value, list):
            return reply(value.pop(0) if value else 200)(exchange)
        return reply(200, [], json.dumps(value).encode())(exchange)

    upstream.default = script


CREATE = "POST /api/queue/v1/task/T/runs/0/artifacts/public%2Fa%20b.txt"
FINISH = "PUT /api/queue/v1/task/T/runs/0/artifacts/public%2Fa%20b.txt"
PATH = "/api/queue/v1/task/T/runs/0/artifacts/public/a b.txt"


def upload(content: Any = "café", ttl: Any = HOUR) -> str:
    """Upload an artifact as a task does."""
    config = helper.TaskclusterConfig(ROOT)
    return config.upload_artifact("public/a b.txt", content, "text/plain", ttl)


def test_an_artifact_in_s3(task: Upstream) -> None:
    put_url = f"{task.url}/bucket/a%20b.txt?X-Amz-Signature=a%2fB"
    table = {
        CREATE: {"storageType": "s3", "putUrl": put_url, "contentType": "text/plain; x=y"},
        # the storage fails twice
        "PUT /bucket/a%20b.txt?X-Amz-Signature=a%2fB": [500, 429],
    }
    answers(task, table)
    assert upload() == f"{ROOT}{PATH}"
    create, *puts = task.requests
    wanted = json.loads(create.body)
    expires = dt.datetime.fromisoformat(wanted.pop("expires"))
    assert wanted == {"storageType": "s3", "contentType": "text/plain"}
    assert abs(expires - dt.datetime.now(dt.UTC) - HOUR) < dt.timedelta(minutes=1)
    assert len(puts) == 3
    for put in puts:
        assert put.body == "café".encode()
        assert put.value("Content-Type") == b"text/plain; x=y"
        assert put.value("Content-Length") == b"5"


@pytest.mark.parametrize("size", [10, 100_000])
def test_an_artifact_in_the_object_service(task: Upstream, size: int) -> None:
    data = b"x" * size
    put = {"url": f"{task.url}/store/n", "headers": {"Content-Type": "a/b", "X-Other": "1"}}
    answers(
        task,
        {
            CREATE: {
                "storageType": "object",
                "name": "t/T/0/n",
                "projectId": "p",
                "uploadId": "U",
                "expires": "2030-01-01T00:00:00.000Z",
                "credentials": {"clientId": "c", "accessToken": "hush", "certificate": "{}"},
            },
            "PUT /api/object/v1/upload/t%2FT%2F0%2Fn": {
                "uploadMethod": {"dataInline": True} if size < 8192 else {"putUrl": put}
            },
            "PUT /store/n": [503],
            "POST /api/object/v1/finish-upload/t%2FT%2F0%2Fn": {},
            FINISH: {},
        },
    )
    assert upload(data) == f"{ROOT}{PATH}"
    by_target = {f"{each.method} {each.target.decode()}": each for each in task.requests}
    proposal = json.loads(by_target["PUT /api/object/v1/upload/t%2FT%2F0%2Fn"].body)
    methods = proposal.pop("proposedUploadMethods")
    assert proposal == {
        "projectId": "p",
        "uploadId": "U",
        "expires": "2030-01-01T00:00:00.000Z",
    }
    assert methods.pop("putUrl") == {"contentType": "text/plain", "contentLength": size}
    if size < 8192:
        inline = base64.b64encode(data).decode()
        expected = {"dataInline": {"contentType": "text/plain", "objectData": inline}}
        assert methods == expected
    else:
        assert methods == {}
        stored = by_target["PUT /store/n"]
        assert (stored.body, stored.value("X-Other")) == (data, b"1")
    finished = json.loads(by_target["POST /api/object/v1/finish-upload/t%2FT%2F0%2Fn"].body)
    assert finished == {
        "projectId": "p",
        "uploadId": "U",
        "hashes": {
            "sha256": hashlib.sha256(data).hexdigest(),
            "sha512": hashlib.sha512(data).hexdigest(),
        },
    }
    assert json.loads(task.requests[-1].body) == {"uploadId": "U"}
    assert f"{task.requests[-1].method} {task.requests[-1].target.decode()}" == FINISH


@pytest.mark.parametrize(
    ("answer", "status", "text"),
    [
        ({"storageType": "reference"}, 200, "storage type 'reference', which takes no content"),
        ({}, 200, "storage type None, which takes no content"),
        ({"storageType": "s3", "putUrl": "/store"}, 403, "Unknown Server Error 403"),
        ({"storageType": "s3", "putUrl": "/store"}, 303, "Unknown Server Error 303"),
    ],
)
def test_an_artifact_that_is_not_taken(
    task: Upstream, answer: dict[str, Any], status: int, text: str
) -> None:
    if "putUrl" in answer:
        answer = answer | {"putUrl": f"{task.url}/store"}
    answers(task, {CREATE: answer, "PUT /store": [status]})
    with pytest.raises(TaskclusterFailure, match=text):
        upload()


@pytest.mark.parametrize(
    ("answer", "missing"),
    [
        ({"storageType": "s3", "contentType": "text/plain"}, "putUrl"),
        ({"storageType": "object", "name": "n", "projectId": "p", "expires": "x"}, "uploadId"),
    ],
)
def test_an_answer_of_the_queue_that_lacks_something(
    task: Upstream, answer: dict[str, Any], missing: str
) -> None:
    answers(task, {CREATE: answer})
    with pytest.raises(AssertionError, match=f"^Missing {missing}$"):
        upload()


def test_an_upload_that_cannot_be_negotiated(task: Upstream) -> None:
    made = {"storageType": "object", "name": "n", "projectId": "p", "expires": "2030-01-01"}
    made["uploadId"] = "U"
    answers(task, {CREATE: made, "PUT /api/object/v1/upload/n": {"uploadMethod": {}}})
    with pytest.raises(TaskclusterFailure, match="Could not negotiate an upload method"):
        upload()


@pytest.mark.parametrize("missing", ["TASK_ID", "RUN_ID", "TASKCLUSTER_PROXY_URL"])
def test_artifacts_are_made_in_tasks_only(
    task: Upstream, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    monkeypatch.setenv(missing, "")
    queue = tcproxy_client.Queue({"rootUrl": task.url})
    with pytest.raises(AssertionError, match="Can only run in Taskcluster tasks with proxy"):
        helper.upload_artifact(queue, "n", "x", "a/b", HOUR)


@pytest.mark.usefixtures("task")
@pytest.mark.parametrize(("content", "ttl"), [(5, HOUR), ("x", 3600)])
def test_artifacts_of_wrong_types(content: Any, ttl: Any) -> None:
    with pytest.raises(AssertionError, match="must be"):
        upload(content, ttl)
