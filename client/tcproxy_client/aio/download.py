"""Downloads of objects and artifacts, as coroutines; see `tcproxy_client.download`.

Here the writer factory and its writers' ``write`` are coroutine functions; plain ones do as well.
"""

from collections.abc import Callable, Mapping
from typing import IO, Any, Unpack

from tcproxy_client import _ends
from tcproxy_client._ends import PathLike
from tcproxy_client._retry import MAX_RETRIES
from tcproxy_client._transfers import downloading
from tcproxy_client._transfers.hashing import ACCEPTABLE_HASHES, Hashes, verifyHashes
from tcproxy_client._transfers.keywords import ArtifactKeywords, DownloadKeywords
from tcproxy_client._transfers.meter import Progress
from tcproxy_client.aio._hands import carry_out
from tcproxy_client.aio.asyncutils import ensureCoro
from tcproxy_client.aio.object import Object
from tcproxy_client.aio.reader_writer import BufferWriter, FileWriter, streamingCopy
from tcproxy_client.aio.retry import retry
from tcproxy_client.exceptions import (
    ObjectHashVerificationError,
    TaskclusterArtifactError,
    TaskclusterFailure,
)

__all__ = [
    "ACCEPTABLE_HASHES",
    "BufferWriter",
    "FileWriter",
    "HashingWriter",
    "Object",
    "ObjectHashVerificationError",
    "TaskclusterArtifactError",
    "TaskclusterFailure",
    "download",
    "downloadArtifact",
    "downloadArtifactToBuf",
    "downloadArtifactToFile",
    "downloadToBuf",
    "downloadToFile",
    "ensureCoro",
    "retry",
    "streamingCopy",
    "verifyHashes",
]


async def downloadToBuf(**kwargs: Unpack[DownloadKeywords]) -> tuple[memoryview, str]:
    """Download an object into memory.

    Args:
        kwargs: the keywords of every download of an object, as `tcproxy_client.download` tells.

    Returns:
        The data, and its media type.
    """
    buffer = _ends.BufferEnd()
    content_type = await download(writerFactory=buffer.anew, **kwargs)
    return buffer.view(), content_type


async def downloadToFile(file: IO[bytes] | PathLike, **kwargs: Unpack[DownloadKeywords]) -> str:
    """Download an object into a file.

    Args:
        file: as in `tcproxy_client.download.downloadToFile`.
        kwargs: the keywords of every download of an object, as `tcproxy_client.download` tells.

    Returns:
        The media type of the data.
    """
    with _ends.destination(file) as opened:
        return await download(writerFactory=lambda: _emptied(opened), **kwargs)


async def download(
    *,
    name: str,
    maxRetries: int = MAX_RETRIES,
    objectService: Any,
    writerFactory: Callable[[], Any],
    progress: Progress | None = None,
    parallel: int = 1,
) -> str:
    """Download an object into a writer; see `tcproxy_client.download`.

    Args:
        name: the object's name.
        maxRetries: how often to try again.
        objectService: a client of the object service, async or sync.
        writerFactory: gives a fresh writer.
        progress: called with the bytes that came and those there are in all.
        parallel: how many parts of large data to fetch at once.

    Returns:
        The media type of the data.
    """
    conversation = downloading.download(
        name=name,
        objectService=objectService,
        maxRetries=maxRetries,
        progress=progress,
        parallel=parallel,
    )
    content_type: str = await carry_out(conversation, writerFactory)
    return content_type


async def downloadArtifactToBuf(**kwargs: Unpack[ArtifactKeywords]) -> tuple[memoryview, str]:
    """Download an artifact into memory.

    Args:
        kwargs: the keywords of every download of an artifact, as `tcproxy_client.download` tells.

    Returns:
        The data, and its media type.
    """
    buffer = _ends.BufferEnd()
    content_type = await downloadArtifact(writerFactory=buffer.anew, **kwargs)
    return buffer.view(), content_type


async def downloadArtifactToFile(
    file: IO[bytes] | PathLike, **kwargs: Unpack[ArtifactKeywords]
) -> str:
    """Download an artifact into a file.

    Args:
        file: as in `tcproxy_client.download.downloadToFile`.
        kwargs: the keywords of every download of an artifact, as `tcproxy_client.download` tells.

    Returns:
        The media type of the data.
    """
    with _ends.destination(file) as opened:
        return await downloadArtifact(writerFactory=lambda: _emptied(opened), **kwargs)


async def downloadArtifact(
    *,
    taskId: str,
    name: str,
    runId: int | str | None = None,
    maxRetries: int = MAX_RETRIES,
    queueService: Any,
    writerFactory: Callable[[], Any],
    progress: Progress | None = None,
    parallel: int = 1,
) -> str:
    """Download an artifact into a writer; links to other artifacts are followed.

    Args:
        taskId: the task.
        name: the artifact's name.
        runId: the run; None for the latest one.
        maxRetries: how often to try again.
        queueService: a client of the queue, async or sync.
        writerFactory: gives a fresh writer.
        progress: called with the bytes that came and those there are in all.
        parallel: how many parts of large data to fetch at once.

    Returns:
        The media type of the data.
    """
    conversation = downloading.downloadArtifact(
        _objects,
        taskId=taskId,
        name=name,
        queueService=queueService,
        runId=runId,
        maxRetries=maxRetries,
        progress=progress,
        parallel=parallel,
    )
    content_type: str = await carry_out(conversation, writerFactory)
    return content_type


def _objects(options: Mapping[str, Any]) -> Any:
    return Object(options)


def _emptied(file: Any) -> FileWriter:
    _ends.writing(file)
    return FileWriter(file)


class HashingWriter:
    """A writer that hashes what it hands to another one.

    Args:
        inner: the other one.
    """

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self._hashes = Hashes()

    async def write(self, chunk: bytes) -> None:
        """Write and hash bytes."""
        await self.inner.write(chunk)
        self.update(chunk)

    def update(self, chunk: bytes) -> None:
        """Hash bytes."""
        self._hashes.update(bytes(chunk))

    def hashes(self) -> dict[str, str]:
        """Give sha256 and sha512 in hex."""
        return self._hashes.digests()
