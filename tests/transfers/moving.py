"""Uploads and downloads in either face under one handle, with readers and writers of each kind."""

from __future__ import annotations

import asyncio
import io
from importlib import import_module
from typing import TYPE_CHECKING, Any

import tcproxy_client
from tcproxy_client.exceptions import TaskclusterFailure

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.client.faces import Face

TASK = "fN1SbArXTPSVFUUvaOlinQ"


class Source:
    """A reader of one's own: gives data in pieces as a plan says.

    It has slots, so that nobody can hang anything on it.

    Args:
        data: All of it.
        plan: The greatest size of each piece in turn; the last one counts for all others.
    """

    __slots__ = ("_left", "_plan", "_reads", "read_sizes")

    def __init__(self, data: bytes, plan: tuple[int, ...] = (65536,)) -> None:
        self._left = memoryview(data)
        self._plan = plan
        self._reads = 0
        self.read_sizes: list[int] = []

    def read(self, size: int) -> bytes:
        """Return the next piece."""
        most = self._plan[min(self._reads, len(self._plan) - 1)]
        self._reads += 1
        self.read_sizes.append(size)
        count = min(size, most)
        piece, self._left = bytes(self._left[:count]), self._left[count:]
        return piece


class AsyncSource:
    """The same for the async face."""

    __slots__ = ("_source",)

    def __init__(self, data: bytes, plan: tuple[int, ...] = (65536,)) -> None:
        self._source = Source(data, plan)

    async def read(self, size: int) -> bytes:
        """Return the next piece."""
        await asyncio.sleep(0)
        return self._source.read(size)


class Sink:
    """A writer of one's own."""

    __slots__ = ("data", "fail_at")

    def __init__(self, fail_at: int | None = None) -> None:
        self.data = bytearray()
        self.fail_at = fail_at

    def write(self, piece: bytes) -> None:
        """Take a piece."""
        self.data += piece
        if self.fail_at is not None and len(self.data) >= self.fail_at:
            raise ArithmeticError("the writer is tired")


class AsyncSink(Sink):
    """The same for the async face."""

    __slots__ = ()

    async def write(self, piece: bytes) -> None:  # type: ignore[override] # the other kind
        """Take a piece."""
        await asyncio.sleep(0)
        super().write(piece)


class Moving:
    """The transfers of a face.

    Args:
        face: Which one.
        root_url: Where the proxy is.
        **options: For the service clients.
    """

    def __init__(self, face: Face, root_url: str, **options: Any) -> None:
        self.face = face
        self._options = {"rootUrl": root_url, **options}
        package = face.module.__name__
        self.uploading = import_module(f"{package}.upload")
        self.downloading = import_module(f"{package}.download")

    def service(self, name: str) -> Any:
        """Return a client of a service, of the face's own kind."""
        return self.face.client(name, self._options)

    def call(self, name: str, /, *args: Any, **given: Any) -> Any:
        """Call one of the functions by name, and wait for its result."""
        return self.face.run(self.function(name), *args, **given)

    def failure(self, name: str, /, *args: Any, **given: Any) -> TaskclusterFailure:
        """Call one of the functions, which must fail, and give the error."""
        return self.face.failure(self.function(name), *args, **given)

    def outcome(self, name: str, /, *args: Any, **given: Any) -> TaskclusterFailure | None:
        """Call one of the functions, and give the error, if it fails."""
        try:
            self.call(name, *args, **given)
        except TaskclusterFailure as error:
            return error
        return None

    def function(self, name: str) -> Callable[..., Any]:
        """Return one of the functions by name."""
        module = self.uploading if name.startswith("upload") else self.downloading
        function: Callable[..., Any] = getattr(module, name)
        return function

    # -- arguments --------------------------------------------------------------------------------

    def upload_arguments(self, name: str, length: int, **changes: Any) -> dict[str, Any]:
        """Return what an upload needs beside the data."""
        return {
            "projectId": "proj",
            "name": name,
            "contentType": "application/x-test",
            "contentLength": length,
            "expires": tcproxy_client.fromNowJSON("1 hour"),
            "objectService": self.service("Object"),
            **changes,
        }

    def object_arguments(self, name: str, **changes: Any) -> dict[str, Any]:
        """Return what a download of an object needs."""
        return {"name": name, "objectService": self.service("Object"), **changes}

    def artifact_arguments(self, name: str, **changes: Any) -> dict[str, Any]:
        """Return what a download of an artifact needs."""
        return {"taskId": TASK, "name": name, "queueService": self.service("Queue"), **changes}

    # -- the usual calls --------------------------------------------------------------------------

    def upload(self, name: str, data: bytes, **changes: Any) -> None:
        """Upload data."""
        arguments = self.upload_arguments(name, len(data), **changes)
        assert self.call("uploadFromBuf", data=data, **arguments) is None

    def upload_fails(self, name: str, data: bytes, **changes: Any) -> TaskclusterFailure:
        """Upload data, which must fail, and give the error."""
        arguments = self.upload_arguments(name, len(data), **changes)
        return self.failure("uploadFromBuf", data=data, **arguments)

    def download(self, name: str, **changes: Any) -> bytes:
        """Download an object."""
        data, content_type = self.call("downloadToBuf", **self.object_arguments(name, **changes))
        assert isinstance(data, memoryview)
        assert isinstance(content_type, str)
        return bytes(data)

    def download_fails(self, name: str, **changes: Any) -> TaskclusterFailure:
        """Download an object, which must fail, and give the error."""
        return self.failure("downloadToBuf", **self.object_arguments(name, **changes))

    def download_artifact(self, name: str, **changes: Any) -> bytes:
        """Download an artifact."""
        arguments = self.artifact_arguments(name, **changes)
        data, _ = self.call("downloadArtifactToBuf", **arguments)
        return bytes(data)

    # -- readers and writers ----------------------------------------------------------------------

    def source(self, data: bytes, plan: tuple[int, ...] = (65536,)) -> Source | AsyncSource:
        """Return a reader of the face's kind."""
        return AsyncSource(data, plan) if self.face.is_async else Source(data, plan)

    def sink(self, fail_at: int | None = None) -> Sink:
        """Return a writer of the face's kind."""
        return AsyncSink(fail_at) if self.face.is_async else Sink(fail_at)

    def factory(self, make: Callable[[], Any]) -> Callable[[], Any]:
        """Return a reader or writer factory of the face's kind."""

        async def later() -> Any:
            return make()

        return later if self.face.is_async else make


def opened(data: bytes = b"") -> io.BytesIO:
    """Return an open file."""
    return io.BytesIO(data)


Later = "Awaitable[Any]"
