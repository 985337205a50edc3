"""Uploads to the object service, as coroutines; see `tcproxy_client.upload`.

Here the reader factory and its readers' ``read`` are coroutine functions; plain ones do as well.
"""

import datetime as dt
from collections.abc import Callable
from typing import IO, Any, Unpack

from tcproxy_client import _ends
from tcproxy_client._ends import PathLike
from tcproxy_client._retry import MAX_RETRIES
from tcproxy_client._transfers import mistakes, uploading
from tcproxy_client._transfers.hashing import Hashes
from tcproxy_client._transfers.keywords import UploadKeywords
from tcproxy_client._transfers.meter import Progress
from tcproxy_client._transfers.uploading import DATA_INLINE_MAX_SIZE
from tcproxy_client.aio._hands import carry_out
from tcproxy_client.aio.asyncutils import ensureCoro
from tcproxy_client.aio.reader_writer import BufferReader, BufferWriter, FileReader, streamingCopy
from tcproxy_client.aio.retry import retry

__all__ = [
    "DATA_INLINE_MAX_SIZE",
    "BufferReader",
    "BufferWriter",
    "FileReader",
    "HashingReader",
    "ensureCoro",
    "retry",
    "streamingCopy",
    "upload",
    "uploadFromBuf",
    "uploadFromFile",
]


async def uploadFromBuf(
    *, data: bytes | bytearray | memoryview, **kwargs: Unpack[UploadKeywords]
) -> None:
    """Upload what is in memory.

    Args:
        data: what to upload.
        kwargs: the keywords of every upload, as `tcproxy_client.upload` tells.
    """
    view = mistakes.check_buffer(data)
    mistakes.check_same_length(kwargs.get("contentLength", view.nbytes), view.nbytes, "data")
    await upload(readerFactory=lambda: _ends.BufferReader(view), **kwargs)


async def uploadFromFile(*, file: IO[bytes] | PathLike, **kwargs: Unpack[UploadKeywords]) -> None:
    """Upload a file.

    Args:
        file: its path, or a file that is open for reading in binary mode and can be rewound; it is
            read from its beginning.
        kwargs: the keywords of every upload, as `tcproxy_client.upload` tells.
    """
    with _ends.source(file) as opened:
        _ends.check_length(opened, kwargs.get("contentLength"))

        def from_start() -> FileReader:
            opened.seek(0)
            return FileReader(opened)

        await upload(readerFactory=from_start, **kwargs)


async def upload(
    *,
    projectId: str,
    name: str,
    contentType: str,
    contentLength: int,
    expires: dt.datetime | str,
    readerFactory: Callable[[], Any],
    maxRetries: int = MAX_RETRIES,
    uploadId: str | None = None,
    objectService: Any,
    progress: Progress | None = None,
) -> None:
    """Upload what a reader gives; see `tcproxy_client.upload`.

    Args:
        projectId: the object's project.
        name: its name.
        contentType: its media type.
        contentLength: its length in bytes.
        expires: when it expires.
        readerFactory: gives a fresh reader.
        maxRetries: how often sending is tried again.
        uploadId: a slug for the upload.
        objectService: a client of the object service, async or sync.
        progress: called with the bytes sent and those there are in all.
    """
    conversation = uploading.upload(
        projectId=projectId,
        name=name,
        contentType=contentType,
        contentLength=contentLength,
        expires=expires,
        objectService=objectService,
        maxRetries=maxRetries,
        uploadId=uploadId,
        progress=progress,
    )
    await carry_out(conversation, readerFactory)


class HashingReader:
    """A reader that hashes what another one gives.

    Args:
        inner: the other one.
    """

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.bytes = 0
        self._hashes = Hashes()

    async def read(self, max_size: int) -> bytes:
        """Give the next bytes, at most so many."""
        chunk: bytes = await self.inner.read(max_size)
        self.update(chunk)
        return chunk

    def update(self, chunk: bytes) -> None:
        """Count and hash bytes."""
        self._hashes.update(bytes(chunk))
        self.bytes += len(chunk)

    def hashes(self, contentLength: int) -> dict[str, str]:
        """Give sha256 and sha512 in hex.

        Args:
            contentLength: how many bytes there must have been.

        Raises:
            TaskclusterFailure: if there were more or fewer.
        """
        mistakes.check_same_length(contentLength, self.bytes, "what was hashed")
        return self._hashes.digests()
