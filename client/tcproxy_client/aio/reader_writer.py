"""Readers and writers for async uploads and downloads, as the official client has them.

A reader's ``read(max_size)`` gives 1 to ``max_size`` bytes, or none at the end; a writer's
``write(data)`` takes all it is given. Both are coroutines. Files are read and written in threads,
so that a slow disk does not hold up the event loop.
"""

import asyncio
import io
from collections.abc import Callable
from typing import IO, Any

from tcproxy_client._ends import FileEnd

__all__ = ["BufferReader", "BufferWriter", "FileReader", "FileWriter", "streamingCopy"]

_BLOCK = 64 * 1024


class BufferReader:
    """Reads what is in memory."""

    def __init__(self, data: bytes | bytearray | memoryview) -> None:
        self.buf = io.BytesIO(data)

    async def read(self, max_size: int) -> bytes:
        """Give the next bytes, at most so many."""
        return self.buf.read(max_size)


class BufferWriter:
    """Writes into memory."""

    def __init__(self) -> None:
        self.buf = io.BytesIO()

    async def write(self, chunk: bytes) -> None:
        """Take the next bytes."""
        self.buf.write(chunk)

    def getbuffer(self) -> memoryview:
        """Give what was written."""
        return self.buf.getbuffer()


class FileReader:
    """Reads a file that is open in binary mode, from where it is."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file

    async def read(self, max_size: int) -> bytes:
        """Give the next bytes, at most so many."""
        data: bytes = await _in_thread(self.file.read, max_size)
        return data


class FileWriter:
    """Writes a file that is open in binary mode, from where it is."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file

    async def write(self, chunk: bytes) -> None:
        """Write all of the bytes."""
        await _in_thread(FileEnd(self.file).write, chunk)


async def _in_thread(function: Callable[..., Any], *args: Any) -> Any:
    """Call a function in a thread, and do not leave before it has ended, even if cancelled.

    Else a file could be closed, and its descriptor be another file's, while it is written to.
    """
    call = asyncio.ensure_future(asyncio.to_thread(function, *args))
    try:
        return await asyncio.shield(call)
    except asyncio.CancelledError:
        await asyncio.wait([call])
        raise


async def streamingCopy(reader: Any, writer: Any) -> None:
    """Copy all that a reader gives to a writer; it is read ahead by one piece.

    Args:
        reader: what to read from.
        writer: what to write to.
    """
    ahead = asyncio.ensure_future(reader.read(_BLOCK))
    try:
        while piece := await ahead:
            ahead = asyncio.ensure_future(reader.read(_BLOCK))
            await writer.write(piece)
    finally:
        ahead.cancel()
