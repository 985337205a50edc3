"""Bytes that were stored: small ones in memory, large ones in pieces of one nameless file.

The file has no name from the start, so that it is gone with the process, however that ends. What
the bytes are called, and who may have them, is the business of others.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import weakref
from pathlib import Path

_IN_MEMORY = 64 * 1024
_EXTENT = 1024 * 1024


class Arena:
    """The file, as a set of equal extents; those of blobs that nobody has any more are reused."""

    def __init__(self) -> None:
        self._opened: int | None = None
        self._free: list[int] = []
        self._end = 0

    def write(self, extents: list[int], position: int, piece: bytes | memoryview) -> None:
        """Write at a position of a blob, and add the extents that it takes.

        Raises:
            OSError: The disk is full.
        """
        left = memoryview(piece)
        while left:
            if position == len(extents) * _EXTENT:
                extents.append(self._take())
            start = position % _EXTENT
            part = left[: _EXTENT - start]
            written = os.pwrite(self._file, part, extents[position // _EXTENT] + start)
            position += written
            left = left[written:]

    def read(self, extents: tuple[int, ...], position: int, length: int) -> bytes:
        """Read at a position of a blob, but not across the end of an extent."""
        start = position % _EXTENT
        length = min(length, _EXTENT - start)
        return os.pread(self._file, length, extents[position // _EXTENT] + start)

    @property
    def _file(self) -> int:
        """Return the file, which is there when it is first needed."""
        if self._opened is None:
            self._opened, path = tempfile.mkstemp(prefix="tcproxy-sandbox-")
            Path(path).unlink()
            weakref.finalize(self, os.close, self._opened)
        return self._opened

    def free(self, extents: list[int]) -> None:
        """Take back the extents of a blob."""
        self._free += extents

    def _take(self) -> int:
        if self._free:
            return self._free.pop()
        self._end += _EXTENT
        return self._end - _EXTENT


class Blob:
    """Stored bytes. They never change; what is stored anew is another blob.

    Attributes:
        size: How many they are.
        md5: Their MD5, in hex, which storages use as a name for the content.
    """

    def __init__(self, content: bytes | tuple[int, ...], arena: Arena, size: int, md5: str) -> None:
        self._content = content
        self._arena = arena
        self.size = size
        self.md5 = md5

    def read(self, start: int, length: int) -> bytes:
        """Return bytes from a start within the blob: at least one, at most ``length``."""
        length = min(length, self.size - start)
        if isinstance(self._content, bytes):
            return self._content[start : start + length]
        return self._arena.read(self._content, start, length)


class Writer:
    """Takes the bytes of one blob, piece by piece. One that is dropped leaves nothing behind."""

    def __init__(self, arena: Arena) -> None:
        self._arena = arena
        self._memory = bytearray()
        self._extents: list[int] = []
        self._give_back = weakref.finalize(self, arena.free, self._extents)
        self._md5 = hashlib.md5(usedforsecurity=False)
        self.size = 0

    def write(self, piece: bytes) -> None:
        """Add bytes at the end.

        Raises:
            OSError: The disk is full.
        """
        self._md5.update(piece)
        if not self._extents and self.size + len(piece) <= _IN_MEMORY:
            self._memory += piece
        else:
            if self._memory:
                self._arena.write(self._extents, 0, bytes(self._memory))
                self._memory = bytearray()
            self._arena.write(self._extents, self.size, piece)
        self.size += len(piece)

    def finish(self) -> Blob:
        """Return what was written; nothing can be added afterwards."""
        digest = self._md5.hexdigest()
        if not self._extents:
            return Blob(bytes(self._memory), self._arena, self.size, digest)
        blob = Blob(tuple(self._extents), self._arena, self.size, digest)
        self._give_back.detach()
        weakref.finalize(blob, self._arena.free, self._extents)
        return blob
