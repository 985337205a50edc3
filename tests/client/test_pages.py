"""Answers in pages: handlers, pages() and items()."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
import tcproxy_client
from tcproxy_client.exceptions import TaskclusterFailure

from tests.harness.upstream import reply

if TYPE_CHECKING:
    from tests.client.faces import Face
    from tests.harness.upstream import Upstream

PAGES = [
    {"taskGroupId": "G", "tasks": [1, 2], "continuationToken": "a/b c"},
    {"taskGroupId": "G", "tasks": [], "continuationToken": "x"},
    {"taskGroupId": "G", "tasks": [3]},
]
TARGETS = [
    b"/api/queue/v1/task-group/G/list?limit=2",
    b"/api/queue/v1/task-group/G/list?limit=2&continuationToken=a%2Fb+c",
    b"/api/queue/v1/task-group/G/list?limit=2&continuationToken=x",
]


@pytest.fixture
def paged(upstream: Upstream) -> Upstream:
    """The upstream, about to answer in three pages."""
    upstream.script(*(reply(200, [], json.dumps(page).encode()) for page in PAGES))
    return upstream


def targets(upstream: Upstream) -> list[bytes]:
    """What was asked for."""
    return [each.target for each in upstream.requests]


def test_a_handler_gets_every_page(face: Face, queue: Any, paged: Upstream) -> None:
    pages: list[Any] = []
    query = {"limit": 2}
    assert face.run(queue.listTaskGroup, "G", query=query, paginationHandler=pages.append) is None
    assert pages == PAGES
    assert targets(paged) == TARGETS
    assert query == {"limit": 2}


def test_a_handlers_object_is_not_copied(face: Face, queue: Any, paged: Upstream) -> None:
    class Collector:
        def __init__(self) -> None:
            self.pages: list[Any] = []

        def take(self, page: Any) -> None:
            self.pages.append(page)

    collector = Collector()
    face.run(queue.listTaskGroup, "G", paginationLimit=2, paginationHandler=collector.take)
    assert collector.pages == PAGES
    assert targets(paged) == TARGETS


def test_a_handler_that_nobody_would_await_is_an_error(upstream: Upstream, paged: Upstream) -> None:
    async def handle(page: Any) -> None:
        """Do nothing."""

    queue = tcproxy_client.Queue({"rootUrl": upstream.url})
    with pytest.raises(TaskclusterFailure, match=r"coroutine function: use .*tcproxy_client\.aio"):
        queue.listTaskGroup("G", paginationHandler=handle)
    assert len(paged.requests) == 1
    queue.close()


def test_a_handler_may_be_a_coroutine_function(async_face: Face, paged: Upstream) -> None:
    pages: list[Any] = []

    async def take(page: Any) -> None:
        await asyncio.sleep(0)
        pages.append(page)

    queue = async_face.client("Queue", {"rootUrl": paged.url})
    async_face.run(queue.listTaskGroup, "G", limit=2, paginationHandler=take)
    assert pages == PAGES
    assert targets(paged) == TARGETS


def test_what_a_handler_raises_ends_the_call(face: Face, queue: Any, paged: Upstream) -> None:
    def fail(_page: Any) -> None:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        face.run(queue.listTaskGroup, "G", limit=2, paginationHandler=fail)
    assert targets(paged) == TARGETS[:1]


def test_a_starting_token_is_kept(face: Face, queue: Any, paged: Upstream) -> None:
    pages = face.listed(queue.listTaskGroup.pages("G", continuationToken="s", limit=2))
    assert pages == PAGES
    assert targets(paged)[0].endswith(b"?continuationToken=s&limit=2")
    assert targets(paged)[1].endswith(b"?continuationToken=a%2Fb+c&limit=2")


def test_pages_are_fetched_one_by_one(face: Face, queue: Any, paged: Upstream) -> None:
    iterator = queue.listTaskGroup.pages(taskGroupId="G", query={"limit": 2})
    assert paged.requests == []
    first = face.run(anext, iterator) if face.is_async else next(iterator)
    assert first == PAGES[0]
    assert targets(paged) == TARGETS[:1]
    assert face.listed(iterator) == PAGES[1:]
    assert targets(paged) == TARGETS


def test_items_are_those_of_the_single_list(face: Face, queue: Any, paged: Upstream) -> None:
    assert face.listed(queue.listTaskGroup.items("G", limit=2)) == [1, 2, 3]
    assert targets(paged) == TARGETS


def test_items_of_a_page_that_is_a_list(face: Face, queue: Any, upstream: Upstream) -> None:
    upstream.script(reply(200, [], b"[1, 2]"))
    assert face.listed(queue.listTaskGroup.items("G")) == [1, 2]


@pytest.mark.parametrize(
    ("page", "found"), [(b'{"a": [], "b": []}', "a, b"), (b"{}", "none"), (b"", "none")]
)
def test_items_need_a_single_list(
    face: Face, queue: Any, upstream: Upstream, page: bytes, found: str
) -> None:
    upstream.script(reply(200, [], page))
    with pytest.raises(TaskclusterFailure) as caught:
        face.listed(queue.listTaskGroup.items("G"))
    text = f"listTaskGroup: a page should hold one list, found {found}; use pages()"
    assert str(caught.value) == text


@pytest.mark.parametrize("way", ["pages", "items"])
@pytest.mark.parametrize(
    ("method", "args", "kwargs", "text"),
    [
        ("listTaskGroup", [], {}, "Incorrect number of positional arguments"),
        ("listTaskGroup", ["G"], {"limt": 1}, "did you mean 'limit'"),
        ("status", ["T"], {}, "status does not answer in pages"),
        ("listTaskGroup", ["G"], {"paginationHandler": print}, "Give a paginationHandler to the"),
    ],
)
def test_wrong_calls_fail_at_once(
    queue: Any, upstream: Upstream, way: str, method: str, args: Any, kwargs: Any, text: str
) -> None:
    with pytest.raises(TaskclusterFailure, match=text):
        getattr(getattr(queue, method), way)(*args, **kwargs)
    assert upstream.requests == []


def test_retries_apply_per_page_and_an_error_ends_it(face: Face, upstream: Upstream) -> None:
    client = face.client("Queue", {"rootUrl": upstream.url, "maxRetries": 1})
    error = reply(404, [], b'{"code": "ResourceNotFound", "message": "gone"}')
    first = reply(200, [], json.dumps(PAGES[0]).encode())
    upstream.script(reply(500), first, reply(500), error)
    pages: list[Any] = []
    failure = face.failure(client.listTaskGroup, "G", paginationHandler=pages.append)
    assert pages == PAGES[:1]
    assert failure.status == 404
    assert len(upstream.requests) == 4


def test_an_answer_without_content_is_the_last_page(
    face: Face, queue: Any, upstream: Upstream
) -> None:
    upstream.script(reply(204))
    assert face.listed(queue.listTaskGroup.pages("G")) == [None]
