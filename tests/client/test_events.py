"""Topic exchanges: the bindings that the official client gives, and clear errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tcproxy_client.exceptions import TaskclusterFailure, TaskclusterTopicExchangeFailure

from tests.client import official

if TYPE_CHECKING:
    from tests.client.faces import Face

# These routing keys have become longer since 44.2.2.
CHANGED = {"notify", "workerPoolCreated", "workerPoolUpdated"}


@pytest.mark.parametrize("version", official.INTERPRETERS)
def test_bindings_are_those_of_the_official_client(face: Face, version: str) -> None:
    printed = official.run(version, "topics.py")
    words = printed["words"]
    compared = 0
    for name, methods in printed["topics"].items():
        client = face.client(name)
        for method, topics in methods.items():
            call = getattr(client, method)
            made = [call(), call("some.#"), call({}), call({"reserved": "x.y"}), call(words)]
            if version == "113.2.0" or method not in CHANGED:
                assert made == topics, (name, method)
                compared += 1
    assert compared == {"44.2.2": 21, "113.2.0": 37}[version]


def test_keys_are_given_by_name_or_in_a_dict(face: Face) -> None:
    client = face.client("QueueEvents")
    binding = {
        "exchange": "exchange/taskcluster-queue/v1/task-pending",
        "routingKeyPattern": "primary.T.0.*.*.*.*.*.*.#",
    }
    assert client.taskPending(taskId="T", runId=0) == binding
    assert client.taskPending({"taskId": "T", "runId": 0, "workerId": None}) == binding


def test_the_prefix_can_be_overridden(face: Face) -> None:
    client = face.client("HooksEvents", {"exchangePrefix": "exchange/mine/v1"})
    assert client.hookCreated()["exchange"] == "exchange/mine/v1/hook-created"


@pytest.mark.parametrize(
    ("args", "kwargs", "text"),
    [
        (("a", "b"), {}, "Pass either a string, single dictionary or only kwargs"),
        (("a",), {"taskId": "T"}, "Pass either a string, single dictionary or only kwargs"),
        ((None,), {}, "routingKeyPattern must eventually be a dict"),
        (([],), {}, "routingKeyPattern must eventually be a dict"),
        ((), {"taskId": "a.b"}, "Cannot have periods in single word keys"),
        ((), {"taskID": "T"}, "taskPending has no routing key 'taskID'; did you mean 'taskId'?"),
    ],
)
def test_wrong_calls(face: Face, args: Any, kwargs: Any, text: str) -> None:
    with pytest.raises(TaskclusterTopicExchangeFailure) as caught:
        face.client("QueueEvents").taskPending(*args, **kwargs)
    assert str(caught.value) == text


def test_an_events_client_builds_no_urls(face: Face) -> None:
    with pytest.raises(TaskclusterFailure, match="not found in API Reference"):
        face.client("QueueEvents").buildUrl("taskPending")
