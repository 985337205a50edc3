"""Fixtures of the daemon's black-box tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.harness.daemon import Daemon

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.harness.upstream import Upstream


@pytest.fixture(scope="session")
def shared_hasty_daemon(shared_upstream: Upstream) -> Iterator[Daemon]:
    """One daemon that never retries and soon loses patience; take `hasty_daemon` instead."""
    patience = ("--connect-timeout", "5", "--first-byte-timeout", "2", "--idle-timeout", "2")
    with Daemon("--retries", "0", *patience, root_url=shared_upstream.url) as daemon:
        yield daemon


@pytest.fixture
def hasty_daemon(shared_hasty_daemon: Daemon, upstream: Upstream) -> Iterator[Daemon]:
    """A daemon in front of `upstream` that never retries and waits for two seconds at most."""
    del upstream  # it must be clean before the daemon is used
    yield shared_hasty_daemon
    shared_hasty_daemon.check()
