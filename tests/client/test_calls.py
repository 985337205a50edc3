"""How methods are called: the four conventions, what was mended, and the errors of wrong calls."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from tcproxy_client.exceptions import TaskclusterFailure

if TYPE_CHECKING:
    from tests.client.faces import Face
    from tests.harness.upstream import Upstream

ARTIFACT = b"/api/queue/v1/task/T/runs/0/artifact-content/n"
CREATE = b"/api/queue/v1/task/T"
GROUP = b"/api/queue/v1/task-group/G/list"


@pytest.mark.parametrize(
    ("method", "args", "kwargs", "target", "body"),
    [
        # by position
        ("artifact", ("T", 0, "n"), {}, ARTIFACT, b""),
        ("createTask", ("T", {"a": 1}), {}, CREATE, b'{"a":1}'),
        # by name
        ("artifact", (), {"taskId": "T", "runId": 0, "name": "n"}, ARTIFACT, b""),
        ("createTask", ({"a": 1},), {"taskId": "T"}, CREATE, b'{"a":1}'),
        ("createTask", (), {"taskId": "T", "payload": {"a": 1}}, CREATE, b'{"a":1}'),
        # apart
        ("artifact", (), {"params": {"taskId": "T", "runId": 0, "name": "n"}}, ARTIFACT, b""),
        ("createTask", (), {"params": {"taskId": "T"}, "payload": {}}, CREATE, b"{}"),
        ("createTask", (), {"params": {"taskId": "T"}, "payload": []}, CREATE, b"[]"),
        # by position, the rest by name
        ("createTask", ("T",), {"payload": {"a": 1}}, CREATE, b'{"a":1}'),
        ("createTask", ("T",), {"payload": 0}, CREATE, b"0"),
        ("createTask", ("T", {"a": 1}), {"params": {}, "query": {}}, CREATE, b'{"a":1}'),
        ("listTaskGroup", ("G",), {"query": {"limit": 2}}, GROUP + b"?limit=2", b""),
        ("listTaskGroup", ("G",), {"query": None}, GROUP, b""),
        ("listTaskGroup", ("G",), {"paginationLimit": 3}, GROUP + b"?limit=3", b""),
        ("listTaskGroup", ("G",), {"paginationLimit": 0}, GROUP, b""),
        ("status", ("T",), {"paginationLimit": 3}, b"/api/queue/v1/task/T/status", b""),
        # query keys as plain keywords
        ("listTaskGroup", ("G",), {"limit": 5}, GROUP + b"?limit=5", b""),
        ("listTaskGroup", ("G",), {"limit": None}, GROUP, b""),
        ("listTaskGroup", (), {"taskGroupId": "G", "limit": 5}, GROUP + b"?limit=5", b""),
        (
            "listTaskGroup",
            (),
            {"params": {"taskGroupId": "G"}, "limit": 5, "query": {"continuationToken": "a/b"}},
            GROUP + b"?continuationToken=a%2Fb&limit=5",
            b"",
        ),
        (
            "tasks",
            ({"taskIds": []},),
            {"limit": 5},
            b"/api/queue/v1/tasks?limit=5",
            b'{"taskIds":[]}',
        ),
        # a payload for a method that the table gives none is sent, as ever
        ("cancelTask", ("T",), {"payload": {}}, b"/api/queue/v1/task/T/cancel", b"{}"),
        # awkward arguments
        ("status", (True,), {}, b"/api/queue/v1/task/True/status", b""),
        ("status", ("",), {}, b"/api/queue/v1/task//status", b""),
        ("status", (), {"taskId": ""}, b"/api/queue/v1/task//status", b""),
        ("status", ("..",), {}, b"/api/queue/v1/task/../status", b""),
        ("status", ("a/%2F é",), {}, b"/api/queue/v1/task/a%2F%252F%20%C3%A9/status", b""),
    ],
)
def test_right_calls(
    face: Face,
    queue: Any,
    upstream: Upstream,
    method: str,
    args: Any,
    kwargs: Any,
    target: bytes,
    body: bytes,
) -> None:
    assert face.run(getattr(queue, method), *args, **kwargs) == {"alive": True}
    request = upstream.only_request()
    assert (request.target, request.body) == (target, body)
    has_payload = "payload" in kwargs or body != b""
    assert request.value("Content-Type") == (b"application/json" if has_payload else None)


@pytest.mark.parametrize(
    ("method", "args", "kwargs", "text"),
    [
        ("artifact", ("T",), {}, "Incorrect number of positional arguments"),
        ("status", (), {}, "Incorrect number of positional arguments"),
        ("status", ("T", {}), {}, "Incorrect number of positional arguments"),
        ("createTask", ("T", {}, 1), {}, "Incorrect number of positional arguments"),
        ("createTask", ("T",), {}, "Payload is required"),
        ("createTask", ("T", None), {}, "Payload is required"),
        ("createTask", (), {"params": {"taskId": "T"}}, "Payload is required"),
        ("artifact", ("T",), {"query": {}}, "artifact takes 3 args, only 1 were given"),
        ("artifact", ("T",), {"runId": 0, "name": "n"}, "artifact takes 3 args, only 1 were given"),
        ("artifact", (), {"taskId": "T"}, "artifact takes 3 args, only 1 were given"),
        ("status", ("T", "U"), {"query": {}}, "status called with too many positional args"),
        ("ping", ("T",), {"query": {}}, "ping called with too many positional args"),
        (
            "status",
            ("T",),
            {"params": {"taskId": "T"}},
            "Specify either positional or key word arguments",
        ),
        ("status", ("T",), {"taskId": "T"}, "Specify either positional or key word arguments"),
        (
            "status",
            (),
            {"taskId": "T", "params": {"taskId": "T"}},
            "Specify arguments either by name or in params",
        ),
        (
            "status",
            (),
            {"params": {"taskId": "T", "x": "y"}},
            "status takes taskId args, dict_keys(['taskId', 'x']) given",
        ),
        (
            "status",
            (),
            {"params": {"taskid": "T"}},
            'status requires a "taskId" argument which was not provided',
        ),
        ("status", (None,), {}, 'Positional arg "None" to status is not a string or int'),
        ("status", (1.5,), {}, 'Positional arg "1.5" to status is not a string or int'),
        ("status", (b"T",), {}, "Positional arg \"b'T'\" to status is not a string or int"),
        ("status", (), {"taskId": []}, 'KW arg "taskId: []" to status is not a string or int'),
        ("status", (), {"params": []}, "params must be a dict, not []"),
        # mended: dropped there
        (
            "listTaskGroup",
            ("G",),
            {"limt": 5},
            "listTaskGroup got an unknown keyword 'limt'; did you mean 'limit'?",
        ),
        (
            "status",
            (),
            {"task_id": "T"},
            "status got an unknown keyword 'task_id'; did you mean 'taskId'?",
        ),
        ("ping", (), {"zzz": 1}, "ping got an unknown keyword 'zzz'"),
        ("ping", (), {"limit": 1}, "ping got an unknown keyword 'limit'"),
        ("ping", (), {"query": {"limit": 1}}, "ping takes no query, so not 'limit'"),
        (
            "listTaskGroup",
            ("G",),
            {"query": {"Limit": 1}},
            "listTaskGroup knows no query 'Limit'; did you mean 'limit'?",
        ),
        (
            "listTaskGroup",
            ("G",),
            {"query": {"zzz": 1}},
            "listTaskGroup knows no query 'zzz'; it knows continuationToken, limit",
        ),
        ("listTaskGroup", ("G",), {"query": "limit=1"}, "query must be a dict, not 'limit=1'"),
        (
            "listTaskGroup",
            ("G",),
            {"query": {"limit": 1}, "limit": 2},
            "listTaskGroup got 'limit' twice: in query and as a keyword",
        ),
        (
            "listTaskGroup",
            ("G",),
            {"limit": [1]},
            "query 'limit' must be text, a number, a truth value or a date, not [1]",
        ),
        (
            "listTaskGroup",
            ("G",),
            {"paginationHandler": "print"},
            "paginationHandler must be callable, not 'print'",
        ),
    ],
)
def test_wrong_calls(
    face: Face, queue: Any, upstream: Upstream, method: str, args: Any, kwargs: Any, text: str
) -> None:
    error = face.failure(getattr(queue, method), *args, **kwargs)
    assert type(error) is TaskclusterFailure
    assert str(error) == text
    assert upstream.requests == []


def test_an_unknown_method_is_an_attribute_error(queue: Any) -> None:
    with pytest.raises(AttributeError):
        queue.nope()
    for name in ("nope", "options", "buildUrl"):
        with pytest.raises(TaskclusterFailure, match=f'"{name}" not found in API Reference'):
            queue.buildUrl(name)


def test_a_payload_that_is_no_json_is_a_value_error(face: Face, queue: Any) -> None:
    circle: list[Any] = []
    circle.append(circle)
    for payload in ({"a": object()}, {"a": {1}}, circle, {"a": b"\xff"}):
        with pytest.raises(ValueError, match=r"JSON|Circular|utf-8"):
            face.run(queue.createTask, "T", payload)


def test_dates_and_bytes_in_a_payload_are_written_as_text(
    face: Face, queue: Any, upstream: Upstream
) -> None:
    when = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
    face.run(queue.createTask, "T", {"a": when, "b": b"\xc3\xa9", "c": when.date()})
    body = b'{"a":"2026-01-02T03:04:05Z","b":"\\u00e9","c":"2026-01-02"}'
    assert upstream.only_request().body == body


def test_query_values_are_written_as_the_api_expects(face: Face, upstream: Upstream) -> None:
    options = {"rootUrl": upstream.url}
    when = dt.datetime(2026, 1, 2, tzinfo=dt.UTC)
    face.run(face.client("PurgeCache", options).purgeRequests, "p/w", since=when)
    manager = face.client("WorkerManager", options)
    face.run(manager.listWorkers, "p", "w", quarantined=True, launchConfigId=None)
    targets = [each.target.partition(b"?")[2] for each in upstream.requests]
    assert targets == [b"since=2026-01-02T00%3A00%3A00Z", b"quarantined=true"]


def test_the_callers_own_values_are_not_changed(face: Face, queue: Any) -> None:
    query, params, payload = {"limit": 1}, {"taskGroupId": "G"}, {"a": [1]}
    face.run(queue.listTaskGroup, params=params, query=query, paginationLimit=7)
    face.run(queue.createTask, params={"taskId": "T"}, payload=payload)
    assert (query, params, payload) == ({"limit": 1}, {"taskGroupId": "G"}, {"a": [1]})


def test_urls_are_built_with_the_same_arguments_and_errors(face: Face) -> None:
    client = face.client("Queue", {"rootUrl": "https://tc.example.com/p//"})
    build = client.buildUrl
    group = "https://tc.example.com/p/api/queue/v1/task-group/G/list"
    assert build("listTaskGroup", "G") == group
    assert build("listTaskGroup", "G", query={"limit": 2}) == f"{group}?limit=2"
    assert build("listTaskGroup", taskGroupId="G", limit=2) == f"{group}?limit=2"
    auth = face.client("Auth", {"rootUrl": "https://tc.example.com"})
    assert auth.buildUrl("listClients") == "https://tc.example.com/api/auth/v1/clients/"
    for args, text in [
        (("createTask", "T"), "Payload is required"),
        (("status",), "Incorrect number of positional arguments"),
    ]:
        with pytest.raises(TaskclusterFailure) as caught:
            build(*args)
        assert str(caught.value) == text
