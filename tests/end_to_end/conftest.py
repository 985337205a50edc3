"""A sandbox as a deployment of its own, and daemons in front of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.harness.daemon import Daemon

if TYPE_CHECKING:
    from collections.abc import Iterator

EXPORT = re.compile(r"TASKCLUSTER_(ROOT_URL|CLIENT_ID|ACCESS_TOKEN)=(\S+)")


@pytest.fixture(scope="session")
def deployment() -> Iterator[dict[str, Any]]:
    """`python -m tcproxy.sandbox`, as arguments of `Daemon` made from the line that it prints."""
    sandbox = Daemon(module="tcproxy.sandbox", serve=False)
    with sandbox:
        sandbox.wait_until(lambda: bool(sandbox.stdout_lines), 30, "print its address")
        yield {name.lower(): value for name, value in EXPORT.findall(sandbox.stdout_lines[0])}


@pytest.fixture(scope="session")
def root_proxy(deployment: dict[str, Any]) -> Iterator[Daemon]:
    """A daemon that signs as a client that may do everything."""
    with Daemon(**deployment) as daemon:
        yield daemon


@pytest.fixture(scope="session")
def tester_proxy(deployment: dict[str, Any]) -> Iterator[Daemon]:
    """A daemon that signs as the client that testAuthenticate knows."""
    tester = {"client_id": "tester", "access_token": "no-secret"}
    with Daemon(**(deployment | tester)) as daemon:
        yield daemon
