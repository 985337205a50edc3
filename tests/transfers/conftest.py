"""Fixtures of the tests of transfers: both faces, a storage that can fail, and a deployment."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.client.faces import Face
from tests.transfers.deployment import Deployment
from tests.transfers.leftovers import Leftovers
from tests.transfers.moving import Moving
from tests.transfers.storage import Storage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.harness.daemon import Daemon
    from tests.harness.upstream import Upstream


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what the outer environment says about Taskcluster."""
    for name in os.environ:
        if name.startswith("TASKCLUSTER_") or name in ("TASK_ID", "RUN_ID"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def shared_storage() -> Iterator[Storage]:
    """One storage for all tests of a worker; take `storage` instead."""
    with Storage() as storage:
        yield storage


@pytest.fixture
def storage(shared_storage: Storage) -> Iterator[Storage]:
    """A storage with nothing in it."""
    shared_storage.reset()
    yield shared_storage
    shared_storage.check()


@pytest.fixture
def deployment(upstream: Upstream, storage: Storage) -> Deployment:
    """The object service and the queue, behind `daemon`."""
    return Deployment(upstream, storage)


@pytest.fixture(params=["sync", "async"])
def face(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Face]:
    """Each face in turn; a test that leaves something behind fails."""
    made = Face(request.param)
    leftovers = Leftovers(tmp_path)
    yield made
    leftovers.check(made)
    made.end()


@pytest.fixture
def moving(face: Face, daemon: Daemon, deployment: Deployment) -> Moving:
    """The transfers of each face, through the proxy."""
    del deployment  # it answers
    return Moving(face, daemon.url)


@pytest.fixture
def impatient(face: Face, daemon: Daemon, deployment: Deployment) -> Moving:
    """The same, with little patience for a silent storage."""
    del deployment
    return Moving(face, daemon.url, readTimeout=1, maxRetries=3)


@pytest.fixture
def sync_face() -> Iterator[Face]:
    """The sync face, for what only it has."""
    made = Face("sync")
    yield made
    made.end()


@pytest.fixture
def async_face() -> Iterator[Face]:
    """The async face, for what only it has."""
    made = Face("async")
    yield made
    made.end()
