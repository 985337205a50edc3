"""Where log lines go: whole, in order, and without ever holding up a request.

What the lines say is not known here.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import stat
from collections.abc import Callable
from typing import TextIO

_PIECE = 4096
"""Bytes for which there is room in a pipe that has any (PIPE_BUF)."""

_KEPT_LIMIT = 1024 * 1024
_AGAIN_SECONDS = 0.05
_LAST_PATIENCE_MS = 500


class LineSink:
    """Writes lines for as long as that is possible.

    A full disk refuses lines: they are lost, but for the rest of one that was begun. A pipe that
    nobody empties would hold up whoever writes to it, so lines for it are kept for a while, within
    bounds.

    Attributes:
        lost: how many lines could not be written.
    """

    def __init__(self, stream: TextIO, before_write: Callable[[], None]) -> None:
        """Write to a stream, past its own buffer.

        Args:
            stream: which has a file descriptor.
            before_write: has lines written that come before those of `write`.
        """
        self._descriptor = _opened_to_never_wait(stream.fileno())
        self._room = _room_in(self._descriptor)
        self._before_write = before_write
        self._kept = b""
        self._is_torn = False
        self._timer: asyncio.TimerHandle | None = None
        self.lost = 0

    def write(self, text: str) -> None:
        """Write lines after those that wait to be written."""
        self._before_write()
        self.write_now(text)

    def write_now(self, text: str) -> None:
        """Write lines."""
        data = text.encode(errors="backslashreplace")
        if self._kept and len(self._kept) + len(data) > _KEPT_LIMIT:
            self.lost += text.count("\n")
        else:
            self._kept += data
        self._pass_on()

    def flush(self) -> None:
        """Nothing is kept back that could be written."""

    def close(self) -> None:
        """Give whoever reads a last chance to take what is kept."""
        if self._kept:
            self._pass_on(patience_ms=_LAST_PATIENCE_MS)
            self.lost += self._kept.count(b"\n")
            self._kept = b""

    def _pass_on(self, patience_ms: int = 0) -> None:
        kept, written = memoryview(self._kept), 0
        try:
            while written < len(kept) and self._has_room(patience_ms):
                written += os.write(self._descriptor, kept[written : written + self._piece])
        except BlockingIOError:
            pass  # there is less room than the system said, or somebody else was faster
        except OSError:
            self._drop(written)
            self._lose_lines()
            return
        self._drop(written)
        if self._kept and self._timer is None:
            with contextlib.suppress(RuntimeError):  # there is no event loop before the start
                loop = asyncio.get_running_loop()
                self._timer = loop.call_later(_AGAIN_SECONDS, self._try_again)

    def _drop(self, written: int) -> None:
        """Keep no longer what has been written."""
        if written:
            self._is_torn = not self._kept.endswith(b"\n", 0, written)
            self._kept = self._kept[written:]

    def _lose_lines(self) -> None:
        """Lose all lines but one that is written in part: a reader would take it for garbage."""
        end = self._kept.index(b"\n") + 1 if self._is_torn else 0
        self.lost += self._kept.count(b"\n", end)
        self._kept = self._kept[:end]

    def _try_again(self) -> None:
        self._timer = None
        self._pass_on()

    def _has_room(self, patience_ms: int) -> bool:
        return self._room is None or bool(self._room.poll(patience_ms))

    @property
    def _piece(self) -> int:
        return _PIECE if self._room is not None else len(self._kept)


def _opened_to_never_wait(descriptor: int) -> int:
    """Return a descriptor of our own for the same terminal or pipe, writes to which never wait.

    A terminal says that it has room where it has some, and holds up whoever writes more: for good
    where nobody reads it, or somebody has stopped it (Ctrl-S). The descriptor that we were given
    must stay as it is: with whom it is shared, the shell for one, expects writes to wait.
    """
    with contextlib.suppress(OSError):
        kind = os.fstat(descriptor).st_mode
        if stat.S_ISCHR(kind) or stat.S_ISFIFO(kind):
            path = f"/proc/self/fd/{descriptor}"
            if not os.path.exists(path):  # noqa: PTH110  this asks about a descriptor
                path = os.ttyname(descriptor)
            return os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
    return descriptor


def _room_in(descriptor: int) -> select.poll | None:
    """Return what tells whether a write would be held up; None for files, where none is."""
    try:
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
    except OSError:
        return None
    room = select.poll()
    room.register(descriptor, select.POLLOUT)
    return room
