"""Fixtures that several rooms of the test suite share, and the suite's own words for pytest."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

pytest.register_assert_rewrite("tests.harness")

from tests.harness.certificates import Authority  # noqa: E402 - after its asserts are readable
from tests.harness.daemon import Daemon  # noqa: E402
from tests.harness.upstream import Upstream  # noqa: E402

# How long an example takes depends on the machine's load, and says nothing.
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")

StartDaemon = Callable[..., Daemon]
StartUpstream = Callable[..., Upstream]


def pytest_xdist_auto_num_workers() -> int:
    """Run more tests at once than there are processors: most of them wait for sockets."""
    return 2 * (os.cpu_count() or 1)


def pytest_configure(config: pytest.Config) -> None:
    """Name the suite's markers."""
    config.addinivalue_line("markers", "slow: moves a gigabyte or waits for real time to pass")


@pytest.fixture(scope="session")
def shared_upstream() -> Iterator[Upstream]:
    """One scripted deployment for all tests of a worker; take `upstream` instead."""
    with Upstream() as upstream:
        yield upstream


@pytest.fixture(scope="session")
def shared_daemon(shared_upstream: Upstream) -> Iterator[Daemon]:
    """One daemon with default settings for all tests of a worker; take `daemon` instead."""
    with Daemon(root_url=shared_upstream.url) as daemon:
        yield daemon


@pytest.fixture
def upstream(shared_upstream: Upstream) -> Iterator[Upstream]:
    """The scripted deployment behind `daemon`, with nothing recorded yet."""
    shared_upstream.reset()
    yield shared_upstream
    shared_upstream.check()
    shared_upstream.reset()  # also for tests that know only of their daemon


@pytest.fixture
def daemon(shared_daemon: Daemon, upstream: Upstream) -> Iterator[Daemon]:
    """A daemon with default settings in front of `upstream`."""
    del upstream  # it must be clean before the daemon is used
    yield shared_daemon
    shared_daemon.check()


@pytest.fixture
def start_daemon() -> Iterator[StartDaemon]:
    """Start daemons with settings of one's own; they are stopped and checked at the end.

    They are forked, which is fast; what is about the start itself says `forked=False`.
    """
    with contextlib.ExitStack() as stack:

        def start(*args: str, **options: Any) -> Daemon:
            return stack.enter_context(Daemon(*args, **({"forked": True} | options)))

        yield start


@pytest.fixture
def start_upstream() -> Iterator[StartUpstream]:
    """Start further scripted deployments."""
    with contextlib.ExitStack() as stack:

        def start(*args: Any, **options: Any) -> Upstream:
            upstream = stack.enter_context(Upstream(*args, **options))
            stack.callback(upstream.check)
            return upstream

        yield start


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """A certificate authority that only tests trust."""
    return Authority(tmp_path_factory.mktemp("authority"))
