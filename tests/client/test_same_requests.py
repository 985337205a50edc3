"""Each method of the tables sends what the official client sends: verb, target and body."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pytest
import tcproxy_client
from tcproxy_client._names import SERVICES

from tests.client import official
from tests.harness.upstream import Upstream

if TYPE_CHECKING:
    from tests.client.faces import Face

Sent = tuple[str, bytes, bytes, bytes | None]

# The official client 44.2.2 knew other routes or fewer query keys; the newer ones are taken.
CHANGED = {
    ("Github", "builds"),
    ("WorkerManager", "createWorker"),
    ("WorkerManager", "listWorkerPoolErrors"),
    ("WorkerManager", "listWorkersForWorkerGroup"),
    ("WorkerManager", "listWorkersForWorkerPool"),
    ("WorkerManager", "updateWorker"),
    ("WorkerManager", "worker"),
    ("Hooks", "listLastFires"),
}


@lru_cache
def recorded(version: str) -> list[tuple[dict[str, Any], Sent]]:
    """The calls that a version of the official client made, and what each one sent."""
    with Upstream() as upstream:
        calls = official.run(version, "requests_made.py", upstream.url + "//")
        assert len(calls) == len(upstream.requests)
        return list(zip(calls, sent(upstream), strict=True))


def sent(upstream: Upstream) -> list[Sent]:
    """What arrived: verb, target, body and its type."""
    return [
        (each.method, each.target, each.body, each.value("Content-Type"))
        for each in upstream.requests
    ]


def calls(version: str) -> list[tuple[dict[str, Any], Sent]]:
    """The calls of a version that must be the same here."""
    return [
        (call, was)
        for call, was in recorded(version)
        if version == "113.2.0" or (call["class"], call["method"]) not in CHANGED
    ]


@pytest.mark.parametrize("version", official.INTERPRETERS)
def test_each_method_sends_what_the_official_client_sends(
    face: Face, upstream: Upstream, version: str
) -> None:
    expected = calls(version)
    assert len({(call["class"], call["method"]) for call, _ in expected}) > 120
    clients = {
        name: face.client(name, {"rootUrl": upstream.url, "maxRetries": 0}) for name in SERVICES
    }
    for call, _ in expected:
        method = getattr(clients[call["class"]], call["method"])
        payload = [] if call["payload"] is None else [call["payload"]]
        # by position, the query as plain keywords: a call that the official client cannot make
        face.run(method, *call["args"], *payload, **call["query"])
    different = [
        (call["class"], call["method"], was, now)
        for (call, was), now in zip(expected, sent(upstream), strict=True)
        if was != now
    ]
    assert different == []


@pytest.mark.parametrize("version", official.INTERPRETERS)
def test_each_method_builds_the_url_that_is_sent(version: str) -> None:
    for call, (_, target, _, _) in calls(version):
        client = getattr(tcproxy_client, call["class"])({"rootUrl": "http://h/"})
        payload = {} if call["payload"] is None else {"payload": call["payload"]}
        url = client.buildUrl(call["method"], *call["args"], query=call["query"], **payload)
        assert url.rstrip("/") == f"http://h{target.decode()}"


def test_every_method_was_compared() -> None:
    compared = {
        (call["class"], call["method"])
        for version in official.INTERPRETERS
        for call, _ in calls(version)
    }
    ours = {
        (name, method) for name in SERVICES for method in getattr(tcproxy_client, name).funcinfo
    }
    assert compared == ours
    assert len(ours) == 196
