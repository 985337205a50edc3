"""Reading small files that an operator mounts, whatever lies in their place."""

from __future__ import annotations

import os
import stat
from pathlib import Path

_LIMIT = 1024 * 1024


def read_mounted(path: Path) -> bytes:
    """Read a file.

    Args:
        path: of the file, which may be a link, as Kubernetes makes them.

    Raises:
        OSError: it cannot be read, is no regular file, or is longer than 1 MiB.
    """
    # A pipe that nobody writes to would otherwise stop the daemon here.
    with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:  # noqa: PTH123  Path.open takes no flags
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError("it is no regular file")
        body = file.read(_LIMIT + 1)
    if len(body) > _LIMIT:
        raise OSError(f"it is longer than {_LIMIT} bytes")
    return body
