"""Uploads to the object service: of any size, in flat memory, hashed while they are sent.

Data comes from a reader: its ``read(max_size)`` gives 1 to ``max_size`` bytes, or none at the end.
A reader factory gives a fresh reader, at the first byte, each time the data has to be sent. The
data goes straight to the storage that the deployment names, not through the proxy.

Every function takes these keywords:

- ``projectId``, ``name``: the object's project and name.
- ``contentType``: its media type. ``contentLength``: its length in bytes; data of another length
  is an error, and never counts as uploaded.
- ``expires``: when the object expires, a datetime or ISO 8601 text.
- ``objectService``: a client of the object service, sync or async.
- ``maxRetries``: how often sending is tried again after the first time; 5 by default.
- ``uploadId``: a slug for the upload, for one that is taken up again; a new one by default.
- ``progress``: called with the bytes sent and those there are in all, at most ten times a second,
  and once more when all is done; what it raises ends the upload.

They do ``PUT /upload/<name>``, send the data, and do ``POST /finish-upload/<name>`` with its sha256
and sha512. All raise:

- `TaskclusterRestFailure` if the storage or the object service answered with an error,
- `TaskclusterConnectionError` if there was no complete answer,
- `TaskclusterFailure` if an argument is of no use, or the data is not as long as was said.
"""

from collections.abc import Callable
from typing import IO, Any, Unpack

from tcproxy_client import _ends
from tcproxy_client._ends import PathLike
from tcproxy_client._hands import carry_out
from tcproxy_client._transfers import mistakes, uploading
from tcproxy_client._transfers.keywords import UploadKeywords
from tcproxy_client._transfers.uploading import DATA_INLINE_MAX_SIZE

__all__ = ["DATA_INLINE_MAX_SIZE", "upload", "uploadFromBuf", "uploadFromFile"]


def uploadFromBuf(
    *, data: bytes | bytearray | memoryview, **kwargs: Unpack[UploadKeywords]
) -> None:
    """Upload what is in memory.

    Args:
        data: what to upload.
        kwargs: the keywords of every upload, as the module tells.
    """
    view = mistakes.check_buffer(data)
    mistakes.check_same_length(kwargs.get("contentLength", view.nbytes), view.nbytes, "data")
    upload(readerFactory=lambda: _ends.BufferReader(view), **kwargs)


def uploadFromFile(*, file: IO[bytes] | PathLike, **kwargs: Unpack[UploadKeywords]) -> None:
    """Upload a file.

    Args:
        file: its path, or a file that is open for reading in binary mode and can be rewound; it is
            read from its beginning.
        kwargs: the keywords of every upload, as the module tells.
    """
    with _ends.source(file) as opened:
        _ends.check_length(opened, kwargs.get("contentLength"))
        upload(readerFactory=lambda: _ends.reading(opened), **kwargs)


def upload(*, readerFactory: Callable[[], Any], **kwargs: Unpack[UploadKeywords]) -> None:
    """Upload what a reader gives.

    Args:
        readerFactory: gives a fresh reader.
        kwargs: the keywords of every upload, as the module tells.
    """
    carry_out(uploading.upload(**kwargs), readerFactory)
