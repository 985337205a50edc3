"""What is shipped, built once for all tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy import building
from tests.harness.daemon import Daemon


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """What `make dist` makes."""
    return building.once(
        tmp_path_factory, "dist", lambda folder: building.make("dist", folder), worker_id
    )


@pytest.fixture(scope="session")
def wheel(dist: Path) -> Path:
    """The wheel of the daemon."""
    return next(dist.glob("tcproxy-*.whl"))


@pytest.fixture(scope="session")
def client_wheel(dist: Path) -> Path:
    """The wheel of the client."""
    return next(dist.glob("tcproxy_client-*.whl"))


@pytest.fixture(scope="session")
def pyz(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The file that `make pyz` makes."""
    folder = building.once(
        tmp_path_factory, "pyz", lambda folder: building.make("pyz", folder), worker_id
    )
    return folder / "tcproxy.pyz"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Daemon]:
    """A daemon of the tree in front of a sandbox."""
    with Daemon("--sandbox") as daemon:
        yield daemon
