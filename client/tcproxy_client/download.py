"""Downloads of objects and artifacts: of any size, in flat memory, verified before they return.

Data goes to a writer: its ``write(data)`` takes all it is given. A writer factory gives a fresh
writer, at the first byte, each time a download has to begin again; one that was interrupted goes on
where it was, if the storage can do that. The data comes straight from the storage that the
deployment names, not through the proxy.

Every function takes these keywords:

- ``name``: the name of the object or artifact.
- ``objectService``, or ``taskId``, ``runId`` (by default the latest) and ``queueService``: where it
  is; a client of the service, sync or async.
- ``maxRetries``: how often to try again after a failure; 5 by default. After every 16 MiB it counts
  anew.
- ``progress``: called with the bytes that came and those there are in all, as they are stored, at
  most ten times a second, and once more when all is done; what it raises ends the download.
- ``parallel``: how many parts of large data to fetch at once, where the storage can do that; 1 by
  default. Up to 24 MiB of them are held in memory.

An object is located with ``PUT /start-download/<name>``, an artifact with
``GET /task/<taskId>/artifact-content/<name>``. All raise:

- `ObjectHashVerificationError` if the data is not what was stored,
- `TaskclusterArtifactError` if the artifact stands for an error,
- `TaskclusterRestFailure` if the storage or the service answered with an error,
- `TaskclusterConnectionError` if there was no complete answer,
- `TaskclusterFailure` if an argument is of no use, or what came cannot be understood.
"""

from collections.abc import Callable, Mapping
from typing import IO, Any, Unpack

from tcproxy_client import _ends
from tcproxy_client._ends import PathLike
from tcproxy_client._hands import carry_out
from tcproxy_client._transfers import downloading
from tcproxy_client._transfers.keywords import ArtifactKeywords, DownloadKeywords
from tcproxy_client.object import Object

__all__ = [
    "download",
    "downloadArtifact",
    "downloadArtifactToBuf",
    "downloadArtifactToFile",
    "downloadToBuf",
    "downloadToFile",
]


def downloadToBuf(**kwargs: Unpack[DownloadKeywords]) -> tuple[memoryview, str]:
    """Download an object into memory.

    Args:
        kwargs: the keywords of every download of an object, as the module tells.

    Returns:
        The data, and its media type.
    """
    buffer = _ends.BufferEnd()
    content_type = download(writerFactory=buffer.anew, **kwargs)
    return buffer.view(), content_type


def downloadToFile(file: IO[bytes] | PathLike, **kwargs: Unpack[DownloadKeywords]) -> str:
    """Download an object into a file.

    Args:
        file: its path; it is written beside it, and takes its place when it is complete and right.
            Or a file that is open for writing in binary mode and can be emptied, which is done
            first, and if the download fails.
        kwargs: the keywords of every download of an object, as the module tells.

    Returns:
        The media type of the data.
    """
    with _ends.destination(file) as opened:
        return download(writerFactory=lambda: _ends.writing(opened), **kwargs)


def download(*, writerFactory: Callable[[], Any], **kwargs: Unpack[DownloadKeywords]) -> str:
    """Download an object into a writer.

    Args:
        writerFactory: gives a fresh writer.
        kwargs: the keywords of every download of an object, as the module tells.

    Returns:
        The media type of the data.
    """
    content_type: str = carry_out(downloading.download(**kwargs), writerFactory)
    return content_type


def downloadArtifactToBuf(**kwargs: Unpack[ArtifactKeywords]) -> tuple[memoryview, str]:
    """Download an artifact into memory.

    Args:
        kwargs: the keywords of every download of an artifact, as the module tells.

    Returns:
        The data, and its media type.
    """
    buffer = _ends.BufferEnd()
    content_type = downloadArtifact(writerFactory=buffer.anew, **kwargs)
    return buffer.view(), content_type


def downloadArtifactToFile(file: IO[bytes] | PathLike, **kwargs: Unpack[ArtifactKeywords]) -> str:
    """Download an artifact into a file.

    Args:
        file: as in `downloadToFile`.
        kwargs: the keywords of every download of an artifact, as the module tells.

    Returns:
        The media type of the data.
    """
    with _ends.destination(file) as opened:
        return downloadArtifact(writerFactory=lambda: _ends.writing(opened), **kwargs)


def downloadArtifact(
    *, writerFactory: Callable[[], Any], **kwargs: Unpack[ArtifactKeywords]
) -> str:
    """Download an artifact into a writer; links to other artifacts are followed.

    Args:
        writerFactory: gives a fresh writer.
        kwargs: the keywords of every download of an artifact, as the module tells.

    Returns:
        The media type of the data.
    """
    conversation = downloading.downloadArtifact(_objects, **kwargs)
    content_type: str = carry_out(conversation, writerFactory)
    return content_type


def _objects(options: Mapping[str, Any]) -> Any:
    return Object(options)
