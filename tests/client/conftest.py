"""Fixtures of the client's tests: both faces, and an environment that says nothing."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from tests.client.faces import Face

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.harness.upstream import Upstream


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what the outer environment says about Taskcluster."""
    for name in os.environ:
        if name.startswith("TASKCLUSTER_") or name in ("TASK_ID", "RUN_ID"):
            monkeypatch.delenv(name)


@pytest.fixture(params=["sync", "async"])
def face(request: pytest.FixtureRequest) -> Iterator[Face]:
    """Each face in turn."""
    made = Face(request.param)
    yield made
    made.end()


@pytest.fixture
def async_face() -> Iterator[Face]:
    """The async face, for what only it has."""
    made = Face("async")
    yield made
    made.end()


@pytest.fixture
def queue(face: Face, upstream: Upstream) -> Any:
    """A client of the queue that talks to the scripted upstream and does not try again."""
    return face.client("Queue", {"rootUrl": upstream.url, "maxRetries": 0})
