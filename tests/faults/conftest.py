"""Fixtures of the fault lab: a laboratory with plain HTTP and one with TLS."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.lab import Lab

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.harness.certificates import Authority


BRIEFLY = 3.0
"""Seconds of time limits that are reached on purpose, but by nothing else."""


@pytest.fixture(scope="session")
def shared_plain() -> Iterator[Lab]:
    with Lab() as lab:
        yield lab


@pytest.fixture(scope="session")
def shared_secure(authority: Authority) -> Iterator[Lab]:
    with Lab(authority) as lab:
        yield lab


@pytest.fixture
def plain(shared_plain: Lab) -> Iterator[Lab]:
    """A laboratory with plain HTTP, whose daemon must be left as it was."""
    yield shared_plain
    shared_plain.assert_as_at_start()


@pytest.fixture
def secure(shared_secure: Lab) -> Iterator[Lab]:
    """A laboratory with TLS, whose daemon must be left as it was."""
    yield shared_secure
    shared_secure.assert_as_at_start()


@pytest.fixture(scope="session")
def shared_brief() -> Iterator[Lab]:
    with Lab(patience=BRIEFLY) as lab:
        yield lab


@pytest.fixture(scope="session")
def shared_brief_secure(authority: Authority) -> Iterator[Lab]:
    with Lab(authority, patience=BRIEFLY) as lab:
        yield lab


@pytest.fixture
def brief(shared_brief: Lab) -> Iterator[Lab]:
    """A laboratory for what ends by the daemon's time limits; nothing in it may take that long."""
    yield shared_brief
    shared_brief.assert_as_at_start()


@pytest.fixture
def brief_secure(shared_brief_secure: Lab) -> Iterator[Lab]:
    """The same with TLS."""
    yield shared_brief_secure
    shared_brief_secure.assert_as_at_start()


@pytest.fixture(scope="session")
def hasty() -> Iterator[Lab]:
    """A laboratory whose daemon soon loses patience, for what asserts no particular outcome."""
    with Lab(patience=0.7) as lab:
        yield lab


@pytest.fixture(scope="session")
def hasty_secure(authority: Authority) -> Iterator[Lab]:
    """The same with TLS."""
    with Lab(authority, patience=0.7) as lab:
        yield lab


@pytest.fixture(params=["plain", "secure"])
def lab(request: pytest.FixtureRequest) -> Lab:
    """Each laboratory in turn."""
    chosen: Lab = request.getfixturevalue(request.param)
    return chosen


@pytest.fixture(params=["brief", "brief_secure"])
def brief_lab(request: pytest.FixtureRequest) -> Lab:
    """Each with short time limits in turn."""
    chosen: Lab = request.getfixturevalue(request.param)
    return chosen
