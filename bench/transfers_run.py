"""One upload or download in a process of its own: how long it took, and what memory it added.

Usage: python -m bench.transfers_run JOB, which is JSON; prints JSON. Everything is imported, and a
small transfer made, before measuring begins: what a library takes by itself is no transfer's.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
import re
import resource
import sys
import time
from pathlib import Path
from typing import Any

# small enough to be no load, large enough to be no inline upload
_WARM_UP = 100_000


class Nowhere:
    """A writer that counts."""

    def __init__(self) -> None:
        self.size = 0

    def write(self, piece: bytes) -> None:
        """Take a piece."""
        self.size += len(piece)


class AsyncNowhere:
    """The same for async faces."""

    def __init__(self) -> None:
        self.size = 0

    async def write(self, piece: bytes) -> None:
        """Take a piece."""
        self.size += len(piece)


class Client:
    """The client that a job names.

    Args:
        job: what to do.
    """

    def __init__(self, job: dict[str, Any]) -> None:
        self._job = job
        self._is_async = job["face"] == "async"
        package = "taskcluster" if job["client"] == "official" else "tcproxy_client"
        face = f"{package}.aio" if self._is_async else package
        self._uploading = importlib.import_module(f"{face}.upload")
        self._downloading = importlib.import_module(f"{face}.download")
        self._module = importlib.import_module(face)
        # tcproxy-client imports these at its first request
        for library in ("aiohttp", "urllib3"):
            importlib.import_module(library)

    async def move_async(self, size: int) -> None:
        """Carry out the job in an async face."""
        result = self._move(size)
        if inspect.isawaitable(result):
            await result

    def move(self, size: int) -> None:
        """Carry out the job."""
        if self._is_async:
            asyncio.run(self.move_async(size))
        else:
            self._move(size)

    def _move(self, size: int) -> Any:
        service = self._module.Object({"rootUrl": self._job["service"], "maxRetries": 0})
        if self._job["direction"] == "up":
            return self._upload(service, size)
        return self._download(service)

    def _upload(self, service: Any, size: int) -> Any:
        given = {
            "projectId": "bench",
            "name": self._job["name"],
            "contentType": "application/octet-stream",
            "contentLength": size,
            "expires": "2126-01-01T00:00:00.000Z",
            "objectService": service,
        }
        if size == _WARM_UP:
            return self._uploading.uploadFromBuf(data=bytes(size), **given)
        file = Path(self._job["source"]).open("rb")  # noqa: SIM115 - it ends with the process
        return self._uploading.uploadFromFile(file=file, **given)

    def _download(self, service: Any) -> Any:
        given = {"name": self._job["name"], "objectService": service}
        if self._job["parallel"] > 1:
            given["parallel"] = self._job["parallel"]
        if self._job["target"] is not None:
            file = Path(self._job["target"]).open("w+b")  # noqa: SIM115 - as above
            return self._downloading.downloadToFile(file=file, **given)
        self.writer = AsyncNowhere() if self._is_async else Nowhere()

        async def make() -> Any:
            return self.writer

        factory = make if self._is_async else (lambda: self.writer)
        return self._downloading.download(writerFactory=factory, **given)


def peak_mib() -> float:
    """Return the greatest resident memory so far, in MiB."""
    status = Path("/proc/self/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+)", status)
    return int(found[1]) / 1024 if found else 0.0


def cpu_seconds() -> float:
    """Return user and system time so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main(job: dict[str, Any]) -> None:
    """Carry out a job."""
    client = Client(job)
    if job["direction"] == "up":
        client.move(_WARM_UP)
    Path("/proc/self/clear_refs").write_text("5")
    before, cpu = peak_mib(), cpu_seconds()
    begin = time.perf_counter()
    client.move(job["size"])
    seconds = time.perf_counter() - begin
    if job["direction"] == "down" and job["target"] is None:
        moved = client.writer.size
        if moved != job["size"]:
            sys.exit(f"{moved} bytes came instead of {job['size']}")
    made = {
        "seconds": seconds,
        "cpu_seconds": cpu_seconds() - cpu,
        "added_mib": peak_mib() - before,
    }
    print(json.dumps(made))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
