"""What a transfer must not leave behind: temporary files, descriptors, threads, tasks."""

from __future__ import annotations

import asyncio
import contextlib
import stat
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from tests.harness.daemon import wait_until

if TYPE_CHECKING:
    from tests.client.faces import Face

# the threads of the harness: its servers and the readers of a daemon's output
_HARNESS = ("(_serve)", "(_accept)", "(_read)")


class Leftovers:
    """What there is when it is made, to compare with later.

    Args:
        folder: Where the test's files are.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files = _open_files()
        self._threads = _threads()

    def check(self, face: Face) -> None:
        """Fail if there is more now."""
        hidden = [each.name for each in self._folder.rglob("*") if _is_temporary(each)]
        assert not hidden, f"temporary files: {hidden}"
        assert _open_files() <= self._files, "open files"
        if face.is_async:
            left = face.run(_other_tasks)
            assert left == [], left
        wait_until(lambda: _threads() <= self._threads)


def _is_temporary(path: Path) -> bool:
    return path.is_file() and not path.name.startswith(("data", "target"))


def _open_files() -> set[str]:
    """Return the files that this process has open; sockets and pipes are the harness's, too."""
    found = set()
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):  # it was listed, and is closed
            if stat.S_ISREG(entry.stat().st_mode):
                found.add(f"{entry.name} {entry.readlink()}")
    return found


def _threads() -> set[int]:
    return {
        each.ident or 0
        for each in threading.enumerate()
        if not each.name.endswith(_HARNESS) and not each.name.startswith("asyncio_")
    }


async def _other_tasks() -> list[str]:
    """Return the tasks that do not end."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if not others:
        return []
    _, left = await asyncio.wait(others, timeout=5)
    return [repr(each) for each in left]
