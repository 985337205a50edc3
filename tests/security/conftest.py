"""Fixtures of the security tests."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.security.callers import ALLOWED, FOREIGN, Stranger, require_other_users

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def foreigner() -> Iterator[Stranger]:
    """A process of a user whom no test allows."""
    require_other_users()
    with Stranger(FOREIGN) as stranger:
        yield stranger


@pytest.fixture(scope="session")
def right_user() -> Iterator[Stranger]:
    """A process of the user whom tests allow by name."""
    require_other_users()
    with Stranger(ALLOWED) as stranger:
        yield stranger


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter; pytest's own are for one user only."""
    folder = Path(tempfile.mkdtemp(prefix="tcproxy-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
