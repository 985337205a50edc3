"""Request bodies kept for another attempt, within bounds: for one body, and for all together."""

from __future__ import annotations

_SMALL = 1024
"""Bytes of a piece below which what it is kept in would take as much as itself."""

_GATHERED = 64 * 1024
"""Bytes up to which small pieces are kept together."""


class ReplayMemory:
    """Counts the bytes that all kept bodies take together."""

    __slots__ = ("body_limit", "limit", "used")

    def __init__(self, body_limit: int, limit: int) -> None:
        """Set the bounds.

        Args:
            body_limit: bytes kept of one body.
            limit: bytes kept of all bodies.
        """
        self.body_limit = body_limit
        self.limit = limit
        self.used = 0

    def __repr__(self) -> str:
        """Show the state."""
        return f"<ReplayMemory {self.used} of {self.limit} bytes>"


class ReplayBody:
    """What was read of one body so far, for as long as all of it is kept."""

    __slots__ = ("_chunks", "_memory", "_size", "is_whole")

    def __init__(self, memory: ReplayMemory, expected: int = 0) -> None:
        """Start with nothing read.

        Args:
            memory: counts for all bodies.
            expected: bytes that the body will have, 0 where that is not known.
        """
        self._memory = memory
        self._chunks: list[bytes | bytearray] = []
        self._size = 0
        self.is_whole = expected <= memory.body_limit

    def add(self, data: bytes) -> None:
        """Keep a further piece, or nothing at all once a bound is passed."""
        if not self.is_whole:
            return
        memory = self._memory
        size = len(data)
        if self._size + size > memory.body_limit or memory.used + size > memory.limit:
            self.drop()
            return
        if size < _SMALL and self._chunks:
            self._gather(data)
        else:
            self._chunks.append(data)
        self._size += size
        memory.used += size

    def _gather(self, data: bytes) -> None:
        last = self._chunks[-1]
        if isinstance(last, bytearray) and len(last) < _GATHERED:
            last += data
        else:
            self._chunks.append(bytearray(data))

    def drop(self) -> None:
        """Forget the body; it cannot be sent again."""
        self._memory.used -= self._size
        self._size = 0
        self._chunks = []
        self.is_whole = False

    def pieces(self) -> list[bytes]:
        """Return what was read so far, in order."""
        pieces = [bytes(chunk) for chunk in self._chunks]  # which copies only what was gathered
        self._chunks = [*pieces]
        return pieces
