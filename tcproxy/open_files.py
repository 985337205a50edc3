"""How many files the system lets the daemon have open, and how many connections that allows."""

from __future__ import annotations

import resource
from dataclasses import dataclass

from tcproxy.errors import SettingError

_OTHER_FILES = 64
"""Standard streams, listeners, the event loop, and what libraries open for a moment."""

_LEAST = 32
_LINGERING = 256
_PLENTY = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Share:
    """How many open files are for whom.

    Attributes:
        connections: callers at once, so that each can have a connection to a deployment.
        lingering: refused callers whose connections stay open until they have read why.
    """

    connections: int
    lingering: int


def raise_limit() -> None:
    """Allow as many open files as the system lets us have.

    Raises:
        SettingError: these are too few to start with.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if most_open_files() < _LEAST:
        raise SettingError(
            f"the system allows {hard} open files, and {_LEAST} are needed at least: raise that "
            "(ulimit -n, LimitNOFILE=)"
        )


def most_open_files() -> int:
    """Return how many files may be open."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _PLENTY if files == resource.RLIM_INFINITY else files


def share_files(files: int, connections: int, upstream: int) -> Share:
    """Share the open files out, with fewer connections than wanted where there are not enough.

    Args:
        files: that may be open.
        connections: of callers that are wanted.
        upstream: requests at once to one host.
    """
    left = files - min(_OTHER_FILES, files // 2)
    for_callers = left - min(_LINGERING, left // 4)
    most = max(for_callers - upstream, for_callers // 2, 1)
    connections = min(connections, most)
    return Share(connections, max(1, left - connections - min(connections, upstream)))
