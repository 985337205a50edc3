"""Fixtures of the fault lab: laboratories with plain HTTP and with TLS, more and less patient."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from tests.faults.lab import Lab

if TYPE_CHECKING:
    from tests.harness.certificates import Authority

BRIEFLY = 3.0
"""Seconds of time limits that are reached on purpose, but by nothing else."""

PATIENTLY = 15.0
"""Seconds of time limits that no busy machine reaches."""

HASTILY = 0.7
"""Seconds of time limits that anything may reach."""

LabWith = Callable[[str, float], Lab]
"""What returns a laboratory with plain HTTP or TLS, and with these seconds of time limits."""


@pytest.fixture(scope="session")
def lab_with(authority: Authority) -> Iterator[LabWith]:
    """Each laboratory is made once."""
    with contextlib.ExitStack() as stack:

        @functools.cache
        def make(scheme: str, patience: float) -> Lab:
            own = authority if scheme == "secure" else None
            return stack.enter_context(Lab(own, patience=patience))

        yield make


def left_as_it_was(lab: Lab) -> Iterator[Lab]:
    yield lab
    lab.assert_as_at_start()


@pytest.fixture
def plain(lab_with: LabWith) -> Iterator[Lab]:
    """A laboratory with plain HTTP, whose daemon must be left as it was."""
    yield from left_as_it_was(lab_with("plain", PATIENTLY))


@pytest.fixture
def secure(lab_with: LabWith) -> Iterator[Lab]:
    """A laboratory with TLS, whose daemon must be left as it was."""
    yield from left_as_it_was(lab_with("secure", PATIENTLY))


@pytest.fixture(params=["plain", "secure"])
def lab(request: pytest.FixtureRequest, lab_with: LabWith) -> Iterator[Lab]:
    """Each of these in turn."""
    yield from left_as_it_was(lab_with(request.param, PATIENTLY))


@pytest.fixture
def brief(lab_with: LabWith) -> Iterator[Lab]:
    """A laboratory with plain HTTP for what ends by the daemon's time limits."""
    yield from left_as_it_was(lab_with("plain", BRIEFLY))


@pytest.fixture(params=["plain", "secure"])
def brief_lab(request: pytest.FixtureRequest, lab_with: LabWith) -> Iterator[Lab]:
    """This, and the same with TLS, in turn."""
    yield from left_as_it_was(lab_with(request.param, BRIEFLY))


@pytest.fixture
def hasty(lab_with: LabWith) -> Lab:
    """A laboratory whose daemon soon loses patience, for what asserts no particular outcome."""
    return lab_with("plain", HASTILY)


@pytest.fixture
def hasty_secure(lab_with: LabWith) -> Lab:
    """The same with TLS."""
    return lab_with("secure", HASTILY)
