"""A sandbox for the tests of this folder, on a real socket, in a thread of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.running import Running


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Running]:
    """One sandbox for all tests of a worker; a test uses names of its own for what it stores."""
    with Running() as running:
        yield running
