"""The storage: objects under keys in buckets, and the signed URLs that lead to them.

It stands in for S3 beside a deployment, at ``/storage/<bucket>/<key>``. How it speaks HTTP is in
`storage_http`.
"""

from __future__ import annotations

import email.utils
import enum
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from tcproxy.sandbox import presigning, times
from tcproxy.sandbox.blobs import Arena, Blob, Writer
from tcproxy.sandbox.presigning import Key, Requested

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

PREFIX = "/storage/"
"""Where the storage stands on the sandbox's server."""


class Bucket(enum.Enum):
    """A place for objects, by its name in URLs."""

    OBJECTS = "objects"
    PUBLIC_ARTIFACTS = "public-artifacts"
    PRIVATE_ARTIFACTS = "private-artifacts"

    @property
    def is_public(self) -> bool:
        """Tell whether anybody may read it."""
        return self is Bucket.PUBLIC_ARTIFACTS


@dataclass(frozen=True, slots=True)
class Stored:
    """An object as it was put.

    Attributes:
        blob: Its bytes.
        modified: When it was put.
        content_type: The field that it was put with; None if there was none.
        content_encoding: As above.
    """

    blob: Blob
    modified: datetime
    content_type: str | None = None
    content_encoding: str | None = None

    @property
    def etag(self) -> str:
        """Return the ETag field."""
        return f'"{self.blob.md5}"'

    @property
    def last_modified(self) -> str:
        """Return the Last-Modified field."""
        return email.utils.format_datetime(self.modified, usegmt=True)


class Storage:
    """All buckets.

    Args:
        url_life: How long signed URLs are valid; None leaves it to those who sign them.
    """

    def __init__(self, url_life: timedelta | None = None) -> None:
        self._arena = Arena()
        self._stored: dict[tuple[Bucket, str], Stored] = {}
        self._url_life = url_life
        self.key = Key.make()

    def writer(self) -> Writer:
        """Return what takes the bytes of a new object."""
        return Writer(self._arena)

    def put(
        self,
        bucket: Bucket,
        key: str,
        blob: Blob,
        content_type: str | None = None,
        content_encoding: str | None = None,
    ) -> Stored:
        """Keep an object, in place of what was under its key."""
        stored = Stored(blob, times.now(), content_type, content_encoding)
        self._stored[bucket, key] = stored
        return stored

    def put_bytes(self, bucket: Bucket, key: str, data: bytes, content_type: str | None) -> None:
        """Keep an object whose bytes are at hand."""
        writer = self.writer()
        writer.write(data)
        self.put(bucket, key, writer.finish(), content_type)

    def get(self, bucket: Bucket, key: str) -> Stored | None:
        """Return an object, or None."""
        return self._stored.get((bucket, key))

    def life(self, usual: timedelta) -> timedelta:
        """Return how long a URL is valid that would usually be so for some time."""
        return usual if self._url_life is None else self._url_life

    def url(self, root_url: str, bucket: Bucket, key: str) -> str:
        """Return the URL of an object, unsigned."""
        return root_url + _path(bucket, key)

    def signed_url(
        self,
        root_url: str,
        bucket: Bucket,
        key: str,
        *,
        life: timedelta,
        put: Mapping[str, str] | None = None,
    ) -> str:
        """Return a URL that lets anybody read or write an object.

        Args:
            root_url: Where the sandbox is.
            bucket: The bucket.
            key: The key.
            life: For how long; whole seconds count.
            put: To write: the header fields that must be sent so, by name in lower case. None means
                to read.
        """
        headers = {"host": root_url.partition("://")[2], **(put or {})}
        requested = Requested("GET" if put is None else "PUT", _path(bucket, key), headers)
        query = presigning.presign(self.key, requested, int(life.total_seconds()), times.now())
        return f"{self.url(root_url, bucket, key)}?{query}"


def _path(bucket: Bucket, key: str) -> str:
    return f"{PREFIX}{bucket.value}/{presigning.encode(key)}"
