"""The storage's HTTP: PUT, GET and HEAD of one object, streamed both ways, in the manner of S3."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from tcproxy.sandbox import presigning, ranges, times
from tcproxy.sandbox.presigning import Requested
from tcproxy.sandbox.ranges import Range
from tcproxy.sandbox.storage import PREFIX, Bucket
from tcproxy.sandbox.storage_errors import StorageError

if TYPE_CHECKING:
    from tcproxy.sandbox.blobs import Blob
    from tcproxy.sandbox.routing import Target
    from tcproxy.sandbox.storage import Storage, Stored

MAX_SIZE = 5 * 1024**3
"""The greatest object that one PUT may store, in bytes: S3's own bound."""

_PIECE = 256 * 1024
_VERBS = "GET, HEAD, PUT, OPTIONS"
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_EVERY_ANSWER = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Content-Range",
    "Server": "tcproxy-sandbox",
}
_PREFLIGHT = {
    "Allow": _VERBS,
    "Access-Control-Allow-Methods": "GET, HEAD, PUT",
    "Access-Control-Allow-Headers": "*",
}


class StorageFace:
    """Answers requests below `PREFIX`.

    Args:
        storage: Where objects are.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    async def answer(self, request: web.BaseRequest, target: Target) -> web.StreamResponse:
        """Answer a request; what has a body may be sent already when this returns.

        Raises:
            ConnectionError: The caller left.
        """
        try:
            return await self._answer(request, target)
        except StorageError as error:
            response = web.Response(
                status=error.status,
                body=error.body(),
                headers={**_EVERY_ANSWER, "Content-Type": "application/xml", "Allow": _VERBS},
            )
            if error.status != 405:
                del response.headers["Allow"]
            if not request.content.is_eof():
                response.force_close()
            return response

    async def _answer(self, request: web.BaseRequest, target: Target) -> web.StreamResponse:
        bucket, key = _place(target.path)
        if request.method == "OPTIONS":
            return web.Response(headers={**_EVERY_ANSWER, **_PREFLIGHT})
        if request.method not in {"GET", "HEAD", "PUT"}:
            raise StorageError("MethodNotAllowed", f"An object knows only {_VERBS}", key)
        if presigning.is_signed(target.query):
            headers = {name.lower(): value for name, value in request.headers.items()}
            requested = Requested(request.method, target.path, headers)
            presigning.check(self._storage.key, requested, target.query, times.now())
        elif request.method == "PUT" or not bucket.is_public:
            raise StorageError("AccessDenied", "Access Denied: the URL is not signed", key)
        if request.method == "PUT":
            return await self._put(request, bucket, key)
        stored = self._storage.get(bucket, key)
        if stored is None:
            raise StorageError("NoSuchKey", "The specified key does not exist.", key)
        return await _get(request, stored, key)

    async def _put(self, request: web.BaseRequest, bucket: Bucket, key: str) -> web.Response:
        if (request.content_length or 0) > MAX_SIZE:
            raise StorageError("EntityTooLarge", f"An object has at most {MAX_SIZE} bytes", key)
        if request.headers.get("Expect", "").lower() == "100-continue":
            await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            request.writer.output_size = 0  # aiohttp would take the answer for half sent
        kept = [_kept(request, name, key) for name in ("Content-Type", "Content-Encoding")]
        stored = self._storage.put(bucket, key, await self._read(request, key), *kept)
        return web.Response(headers={**_EVERY_ANSWER, "ETag": stored.etag, **_modified(stored)})

    async def _read(self, request: web.BaseRequest, key: str) -> Blob:
        writer = self._storage.writer()
        try:
            while piece := await request.content.readany():
                writer.write(piece)
                if writer.size > MAX_SIZE:
                    raise StorageError(
                        "EntityTooLarge", f"An object has at most {MAX_SIZE} bytes", key
                    )
        except ConnectionError:
            raise
        except (web.RequestPayloadError, HttpProcessingError):
            raise StorageError("IncompleteBody", "The request body is broken", key) from None
        except OSError as error:
            text = f"The object cannot be stored: {error.strerror}"
            raise StorageError("InternalError", text, key) from None
        return writer.finish()


def _place(path: str) -> tuple[Bucket, str]:
    name, _, raw = path.removeprefix(PREFIX).partition("/")
    try:
        bucket = Bucket(name)
    except ValueError:
        known = ", ".join(each.value for each in Bucket)
        raise StorageError("NoSuchBucket", f"There are only the buckets {known}") from None
    if _BAD_ESCAPE.search(raw):
        raise StorageError("InvalidURI", "The path is not percent-encoded")
    try:
        key = unquote_to_bytes(raw).decode()
    except UnicodeDecodeError:
        raise StorageError("InvalidURI", "The path is not percent-encoded UTF-8") from None
    if not key:
        raise StorageError("NoSuchKey", "The specified key does not exist.", key)
    return bucket, key


def _kept(request: web.BaseRequest, name: str, key: str) -> str | None:
    """Return a field that is stored, and so must be one that can be sent again."""
    value = request.headers.get(name)
    if value is not None and not (value.isascii() and value.isprintable()):
        raise StorageError("InvalidArgument", f"{name} must be printable ASCII", key)
    return value


async def _get(request: web.BaseRequest, stored: Stored, key: str) -> web.StreamResponse:
    headers = {
        **_EVERY_ANSWER,
        **_modified(stored),
        "ETag": stored.etag,
        "Accept-Ranges": "bytes",
        "Content-Type": stored.content_type or "application/octet-stream",
    }
    if stored.content_encoding is not None:
        headers["Content-Encoding"] = stored.content_encoding
    if ranges.is_excluded(request.headers, stored.etag):
        raise StorageError("PreconditionFailed", "If-Match does not name this object", key)
    if ranges.is_known(request.headers, stored.etag):
        del headers["Content-Type"]
        return web.Response(status=304, headers=headers)
    chosen = _range(request, stored, key)
    wanted = chosen or Range(0, stored.blob.size)
    headers["Content-Length"] = str(wanted.end - wanted.start)
    if chosen is not None:
        headers["Content-Range"] = f"bytes {chosen.start}-{chosen.end - 1}/{stored.blob.size}"
    response = web.StreamResponse(status=200 if chosen is None else 206, headers=headers)
    await response.prepare(request)
    position = wanted.end if request.method == "HEAD" else wanted.start
    while position < wanted.end:
        piece = stored.blob.read(position, min(_PIECE, wanted.end - position))
        await response.write(piece)
        position += len(piece)
    return response


def _range(request: web.BaseRequest, stored: Stored, key: str) -> Range | None:
    value = request.headers.get("Range")
    if value is None or not ranges.applies(request.headers, stored.etag, stored.last_modified):
        return None
    try:
        return ranges.parse(value, stored.blob.size)
    except ranges.UnsatisfiableError:
        raise StorageError("InvalidRange", "The requested range is not satisfiable", key) from None


def _modified(stored: Stored) -> dict[str, str]:
    return {"Last-Modified": stored.last_modified}
