"""Errors: classes, attributes, texts, pickling; the same from both faces for the same failure."""

from __future__ import annotations

import copy
import json
import pickle
import re
from typing import TYPE_CHECKING, Any

import pytest
import taskcluster
import tcproxy_client
from hypothesis import given
from hypothesis import strategies as st
from tcproxy_client import exceptions
from tcproxy_client._failures import rest_failure
from tcproxy_client._reply import Reply

from tests.client.faces import Face
from tests.harness.upstream import raw_then_close, reply

if TYPE_CHECKING:
    from tests.conftest import StartUpstream
    from tests.harness.upstream import Script, Upstream

JSON = [("Content-Type", "application/json")]
NOT_FOUND = {"code": "ResourceNotFound", "message": "Secret not found", "requestInfo": {"a": 1}}
CLASSES = [getattr(exceptions, name) for name in exceptions.__all__]


def test_an_error_says_what_and_where(face: Face, queue: Any, upstream: Upstream) -> None:
    upstream.script(reply(404, JSON, json.dumps(NOT_FOUND).encode()))
    error = face.failure(queue.createTask, "T", {})
    assert type(error) is exceptions.TaskclusterRestFailure
    assert error.args == ("Secret not found",)
    assert (error.status, error.status_code) == (404, 404)
    assert (error.body, error.superExc) == (NOT_FOUND, None)
    assert (error.method, error.service, error.attempts) == ("PUT", "queue", 1)
    assert error.url == f"{upstream.url}/api/queue/v1/task/T"
    assert error.code == "ResourceNotFound"
    assert str(error) == (f"Secret not found\n(PUT {error.url}: status 404 ResourceNotFound)")


def test_a_401_is_an_auth_failure(face: Face, queue: Any, upstream: Upstream) -> None:
    body = {"code": "AuthenticationFailed", "message": "Unauthorized: Bad mac"}
    upstream.script(reply(401, JSON, json.dumps(body).encode()), reply(401))
    error = face.failure(queue.ping)
    assert type(error) is exceptions.TaskclusterAuthFailure
    assert not isinstance(error, exceptions.TaskclusterRestFailure)
    assert (error.status_code, error.body, error.code) == (401, body, "AuthenticationFailed")
    bare = face.failure(queue.ping)
    assert str(bare).startswith("Authentication Error\n")
    assert bare.body == {}  # type: ignore[attr-defined]  # it is an auth failure again


@pytest.mark.parametrize(
    ("status", "body", "text", "decoded"),
    [
        (502, b"", "Unknown Server Error 502", {}),
        (502, b"<h1>Bad\n Gateway</h1>", "Unknown Server Error 502\n<h1>Bad Gateway</h1>", {}),
        (502, b"x" * 999, "Unknown Server Error 502\n" + "x" * 200, {}),
        (404, b'{"error": "Not found"}', 'Unknown Server Error 404\n{"error": "Not found"}', None),
        (400, b'{"message": null}', 'Unknown Server Error 400\n{"message": null}', None),
        (400, b'{"message": ""}', 'Unknown Server Error 400\n{"message": ""}', None),
        (400, b'["a"]', 'Unknown Server Error 400\n["a"]', None),
        (400, b"null", "Unknown Server Error 400\nnull", {}),
        (424, b'{"reason": "r", "message": "gone"}', "gone", None),
    ],
)
def test_the_text_is_never_none(
    face: Face, queue: Any, upstream: Upstream, status: int, body: bytes, text: str, decoded: Any
) -> None:
    upstream.script(reply(status, [], body))
    error = face.failure(queue.ping)
    assert error.args == (text,)
    assert str(error).startswith(f"{text}\n(GET ")
    expected = json.loads(body) if decoded is None else decoded
    assert vars(error)["body"] == expected


def test_no_answer_is_a_connection_error(face: Face, start_upstream: StartUpstream) -> None:
    upstream = start_upstream()
    upstream.stop_listening()
    error = face.failure(face.client("Queue", {"rootUrl": upstream.url, "maxRetries": 1}).ping)
    assert type(error) is exceptions.TaskclusterConnectionError
    assert error.args == ("connection refused",)
    assert isinstance(error.superExc, Exception)
    assert error.__cause__ is error.superExc
    assert (error.status, error.code, error.attempts) == (None, None, 2)
    url = f"{upstream.url}/api/queue/v1/ping"
    assert str(error) == f"connection refused\n(GET {url}: no answer, 2 attempts)"


def test_a_name_that_nobody_knows(face: Face) -> None:
    error = face.failure(
        face.client("Queue", {"rootUrl": "http://no.invalid", "maxRetries": 0}).ping
    )
    assert str(error).startswith("the name 'no.invalid' cannot be resolved\n")


def test_a_wrong_call_has_no_place(face: Face, queue: Any) -> None:
    error = face.failure(queue.status)
    context = (error.method, error.url, error.status, error.service, error.code, error.attempts)
    assert context == (None, None, None, None, None, 0)


@pytest.mark.parametrize(
    "script",
    [
        reply(404, JSON, json.dumps(NOT_FOUND).encode()),
        reply(401),
        reply(500, [("X-Taskcluster-Proxy-Attempts", "3")], b"{"),
        raw_then_close(b""),
        raw_then_close(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"),
        raw_then_close(b"nonsense\r\n\r\n"),
        raw_then_close(b"HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\n{}"),
        raw_then_close(b"HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n{}"),
    ],
)
def test_both_faces_raise_the_same(upstream: Upstream, script: Script) -> None:
    raised = []
    for name in ("sync", "async"):
        face = Face(name)
        upstream.script(script)
        client = face.client("Queue", {"rootUrl": upstream.url, "maxRetries": 0})
        error = face.failure(client.ping)
        context = {key: value for key, value in vars(error).items() if key != "superExc"}
        raised.append((type(error), error.args, str(error), context))
        face.close(client)
        face.end()
    assert raised[0] == raised[1]


def made() -> list[exceptions.TaskclusterFailure]:
    """An error of each class, as they come up."""
    cause = ConnectionRefusedError(111, "refused")
    context = {"url": "http://h/", "status": 404, "method": "GET", "attempts": 2}
    return [
        exceptions.TaskclusterFailure("text"),
        exceptions.TaskclusterFailure("two", "args"),
        exceptions.TaskclusterRestFailure("text", None, 404, {"a": [1]}).at(**context),
        exceptions.TaskclusterAuthFailure("text", status_code=401, body=None).at(**context),
        exceptions.TaskclusterConnectionError("text", cause),
        exceptions.TaskclusterConnectionError("text", superExc=None),
        exceptions.TaskclusterTopicExchangeFailure("text"),
        exceptions.TaskclusterArtifactError("text", "file-missing-on-worker"),
        exceptions.ObjectHashVerificationError("text"),
    ]


@pytest.mark.parametrize("error", made(), ids=lambda error: type(error).__name__)
def test_errors_can_be_pickled_and_copied(error: exceptions.TaskclusterFailure) -> None:
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        for twin in (pickle.loads(pickle.dumps(error, protocol)), copy.deepcopy(error)):  # noqa: S301
            assert type(twin) is type(error)
            assert (twin.args, str(twin)) == (error.args, str(error))
            mine, its = dict(vars(error)), dict(vars(twin))
            assert repr(mine.pop("superExc", None)) == repr(its.pop("superExc", None))
            assert mine == its


def test_every_class_is_pickled_above() -> None:
    assert {type(error) for error in made()} == set(CLASSES)


@pytest.mark.parametrize("script", [raw_then_close(b""), reply(500), raw_then_close(b"x\r\n\r\n")])
def test_raised_errors_can_be_pickled(
    face: Face, queue: Any, upstream: Upstream, script: Script
) -> None:
    upstream.script(script)
    error = face.failure(queue.ping)
    error.add_note("a note")
    twin = pickle.loads(pickle.dumps(error))  # noqa: S301 - made above
    assert str(twin) == str(error)
    assert twin.attempts == 1
    assert twin.__notes__ == ["a note"]


def test_a_cause_that_cannot_be_pickled_is_told_in_words() -> None:
    class Local(Exception):  # noqa: N818 - a class that pickle cannot find
        pass

    error = exceptions.TaskclusterConnectionError("text", Local("inner"))
    twin = pickle.loads(pickle.dumps(error))  # noqa: S301 - made above
    assert repr(twin.superExc) == "RuntimeError(\"Local('inner')\")"


@pytest.mark.parametrize(
    "key",
    ["bewit", "X-Amz-Signature", "X-Amz-Credential", "X-Amz-Security-Token", "Signature", "sig"],
)
@pytest.mark.parametrize("before", ["?", "?continuationToken=kept&"])
def test_a_signature_in_a_url_is_hidden(key: str, before: str) -> None:
    url = f"http://h/p{before}{key}=c2VjcmV0LXNlY3JldA&limit=2#f"
    error = rest_failure(Reply(403, "", {}, b"", url))
    assert error.url == f"http://h/p{before}{key}=***&limit=2#f"
    assert "c2VjcmV0" not in str(error)


def test_default_bodies_are_not_shared() -> None:
    first = exceptions.TaskclusterRestFailure("a", None)
    first.body["x"] = 1
    assert exceptions.TaskclusterRestFailure("b", None).body == {}


@pytest.mark.parametrize("name", exceptions.__all__)
def test_constructors_are_those_of_the_official_client(name: str) -> None:
    ours, theirs = getattr(exceptions, name), getattr(taskcluster.exceptions, name)
    assert [base.__name__ for base in ours.__mro__] == [base.__name__ for base in theirs.__mro__]
    cases: dict[str, tuple[Any, ...]] = {
        "TaskclusterRestFailure": ("m", None, 404, {"a": 1}),
        "TaskclusterAuthFailure": ("m", None, 401, {"a": 1}),
        "TaskclusterConnectionError": ("m", None),
        "TaskclusterArtifactError": ("m", "r"),
    }
    args = cases.get(name, ("m",))
    mine, its = ours(*args), theirs(*args)
    assert vars(mine) == vars(its)
    assert (mine.args, str(mine)) == (its.args, str(its))


def test_the_tree_is_in_the_docstring() -> None:
    doc = exceptions.__doc__ or ""
    tree = [
        (len(match[1]) // 4, match[2])
        for match in re.finditer(
            r"^((?:    |│   |├── |└── )+)(\w+(?:Failure|Error))\b", doc, re.MULTILINE
        )
    ]
    assert {name for _, name in tree} == {cls.__name__ for cls in CLASSES}
    for depth, name in tree:
        assert len(getattr(exceptions, name).__mro__) - len(Exception.__mro__) == depth - 1


def test_every_class_is_public_and_has_a_text() -> None:
    for name in exceptions.__all__:
        assert getattr(tcproxy_client, name) is getattr(exceptions, name)
    assert str(exceptions.TaskclusterFailure()) == "Unknown failure"
    assert str(exceptions.TaskclusterRestFailure(None, None).at(status=502)) == (
        "Unknown Server Error 502"
    )


@given(status=st.integers(400, 999), body=st.binary(max_size=50) | st.just(b'{"message": 1}'))
def test_any_error_answer_makes_an_error_with_a_text(status: int, body: bytes) -> None:
    error = rest_failure(Reply(status, "", {}, body, "http://h/"))
    assert isinstance(error.args[0], str)
    assert error.args[0]
    assert str(pickle.loads(pickle.dumps(error))) == str(error)  # noqa: S301 - made above
