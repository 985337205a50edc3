"""What programs that were tested with mocks of the official client rely on."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any
from unittest import mock

import pytest
import taskcluster
import taskcluster.aio

if TYPE_CHECKING:
    from tests.client.faces import Face

OPTIONS = {"rootUrl": "http://127.0.0.1:1", "maxRetries": 0}


def official(face: Face) -> Any:
    """The same class of the official client."""
    return taskcluster.aio.Queue if face.is_async else taskcluster.Queue


@pytest.mark.parametrize("instance", [True, False], ids=["instance", "class"])
def test_a_mock_of_a_class_answers_as_its_methods_do(face: Face, instance: bool) -> None:
    made = mock.create_autospec(face.module.Queue, instance=instance)
    queue = made if instance else made(OPTIONS)
    queue.task.return_value = {"a": 1}
    queue.ping.return_value = {"alive": True}
    assert face.run(queue.task, "T") == {"a": 1}
    assert face.run(queue.ping) == {"alive": True}
    queue.task.assert_called_once_with("T")
    with pytest.raises(TypeError, match="taskId"):
        queue.task()


def test_kinds_of_mocks_are_those_of_the_official_client(face: Face) -> None:
    ours, theirs = face.module.Queue, official(face)
    makers: tuple[Any, ...] = (
        lambda queue: mock.MagicMock(spec=queue).task,
        lambda queue: mock.AsyncMock(spec=queue).task,
        lambda queue: mock.MagicMock(spec=queue(OPTIONS)).task,
        lambda queue: mock.create_autospec(queue(OPTIONS)).task,
        lambda queue: mock.create_autospec(queue).task,
    )
    for make in makers:
        assert type(make(ours)).__name__ == type(make(theirs)).__name__


def test_a_patched_method_answers_as_it_did(face: Face) -> None:
    client = face.client("Queue", OPTIONS)
    with mock.patch.object(face.module.Queue, "task", autospec=True, return_value=1) as patched:
        assert face.run(client.task, "T") == 1
        patched.assert_called_once_with(client, "T")
        assert client.buildUrl("task", "T").endswith("/task/T")
    with mock.patch.object(face.module.Queue, "task", return_value=2):
        assert face.run(client.task, "T") == 2
    with mock.patch.object(client, "task", return_value=3):
        assert face.run(client.task, "T") == 3
    assert face.failure(client.task, "T").method == "GET"
    face.close(client)


def test_methods_look_as_those_of_the_official_client(face: Face) -> None:
    for ours, theirs in (
        (face.module.Queue.task, official(face).task),
        (face.client("Queue", OPTIONS).task, official(face)(OPTIONS).task),
    ):
        for tells in (
            inspect.isfunction,
            inspect.ismethod,
            inspect.isroutine,
            inspect.iscoroutinefunction,
            callable,
        ):
            assert tells(ours) is tells(theirs), tells
        assert (ours.__name__, ours.__qualname__) == (theirs.__name__, theirs.__qualname__)
    client = face.client("Queue", OPTIONS)
    assert client.task.__self__ is client
    assert client.task.__func__ is face.module.Queue.task
    assert client.task == client.task != client.tasks
    assert len({client.task, client.task, face.client("Queue", OPTIONS).task}) == 2


def test_a_method_can_be_overridden_and_its_url_built(face: Face) -> None:
    official_task = face.module.Queue.task

    def task(self: Any, task_id: str) -> Any:
        return official_task(self, task_id)

    queue = type("Queue", (face.module.Queue,), {"task": task})(OPTIONS)
    assert queue.buildUrl("task", "T") == "http://127.0.0.1:1/api/queue/v1/task/T"
    assert face.failure(queue.task, "T").method == "GET"
