"""The object service and the queue, played behind a real proxy, with their data in a `Storage`.

They answer as a deployment does, unless a test says otherwise; what they were asked is recorded.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from tests.harness.upstream import reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.harness.upstream import Exchange, Upstream
    from tests.transfers.storage import Storage, Stored

_OBJECT, _QUEUE = "/api/object/v1/", "/api/queue/v1/"

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request of the API."""

    method: str
    name: str
    payload: dict[str, Any]


def at(life: timedelta = HOUR) -> str:
    """Return a moment from now, as the API writes it."""
    moment = datetime.now(UTC) + life
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def hashes_of(data: bytes) -> dict[str, str]:
    """Return what the API calls the hashes of data."""
    return {
        "sha256": hashlib.sha256(data).hexdigest(),
        "sha512": hashlib.sha512(data).hexdigest(),
    }


class Deployment:
    """The services.

    Args:
        upstream: What the proxy forwards to.
        storage: Where data is.

    Attributes:
        asked: What came.
        takes_inline: Whether it takes data in createUpload.
        download_method: What startDownload answers.
        life: For how long URLs are valid, as far as the answers tell.
        artifacts: The answer for each artifact, or what makes it.
        hashes: The hashes of each object.
        upload_method: What makes the upload method instead of the usual one.
    """

    def __init__(self, upstream: Upstream, storage: Storage) -> None:
        self.upstream = upstream
        self._storage = storage
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self.upstream.default = self._answer
        self.asked: list[Asked] = []
        self.takes_inline = False
        self.download_method = "getUrl"
        self.life = HOUR
        self.artifacts: dict[str, dict[str, Any] | Callable[[], dict[str, Any]]] = {}
        self.hashes: dict[str, dict[str, str]] = {}
        self.upload_method: Callable[[Asked], dict[str, Any]] = self._put_url

    def keep(self, name: str, data: bytes | Stored, hashed: bytes | None = None) -> None:
        """Have an object.

        Args:
            name: Its name.
            data: What the storage has.
            hashed: What it was hashed over, if not that.
        """
        stored = self._storage.keep(name, data)
        self.hashes[name] = hashes_of(stored.data if hashed is None else hashed)

    def keep_artifact(self, name: str, data: bytes | Stored, kind: str = "s3") -> None:
        """Have an artifact whose data is in the storage, s3 or reference."""
        self._storage.keep(name, data)
        self.artifacts[name] = lambda: {"storageType": kind, "url": self._storage.sign(name)}

    def names(self) -> list[str]:
        """Return the methods that were called, in order."""
        return [each.method for each in self.asked]

    def asked_of(self, method: str) -> list[Asked]:
        """Return the calls of a method."""
        return [each for each in self.asked if each.method == method]

    def finished(self) -> dict[str, Any]:
        """Return the payload of the one finishUpload."""
        (asked,) = self.asked_of("finishUpload")
        return asked.payload

    # -- answers ----------------------------------------------------------------------------------

    def _answer(self, exchange: Exchange) -> None:
        body = exchange.read_body()
        path = unquote(exchange.request.target.decode())
        payload = json.loads(body) if body else {}
        status, answer = self._result(path, payload)
        data = json.dumps(answer).encode()
        reply(status, [("Content-Type", "application/json; charset=utf-8")], data)(exchange)

    def _result(self, path: str, payload: dict[str, Any]) -> tuple[int, Any]:
        for beginning, method, answer in (
            (f"{_OBJECT}upload/", "createUpload", self._create),
            (f"{_OBJECT}finish-upload/", "finishUpload", self._finish),
            (f"{_OBJECT}start-download/", "startDownload", self._start),
            (f"{_QUEUE}task/", "artifact", self._artifact),
        ):
            if path.startswith(beginning):
                asked = Asked(method, path.removeprefix(beginning), payload)
                self.asked.append(asked)
                return answer(asked)
        raise AssertionError(f"nothing answers {path}")

    def _create(self, asked: Asked) -> tuple[int, Any]:
        answer = {key: asked.payload[key] for key in ("projectId", "uploadId", "expires")}
        proposed = asked.payload["proposedUploadMethods"]
        if self.takes_inline and "dataInline" in proposed:
            return 200, {**answer, "uploadMethod": {"dataInline": True}}
        return 200, {**answer, "uploadMethod": self.upload_method(asked)}

    def _put_url(self, asked: Asked) -> dict[str, Any]:
        wanted = asked.payload["proposedUploadMethods"]["putUrl"]
        headers = {
            "Content-Type": wanted["contentType"],
            "Content-Length": str(wanted["contentLength"]),
            "Content-Encoding": "identity",
        }
        url = self._storage.sign(asked.name)
        return {"putUrl": {"url": url, "expires": at(self.life), "headers": headers}}

    def _finish(self, asked: Asked) -> tuple[int, Any]:
        self.hashes[asked.name] = asked.payload.get("hashes", {})
        return 200, {}

    def _start(self, asked: Asked) -> tuple[int, Any]:
        if asked.name not in self.hashes:
            return 404, {"code": "ResourceNotFound", "message": f'Object "{asked.name}" not found'}
        answer = {"method": self.download_method, "url": self._storage.sign(asked.name)}
        if self.download_method == "getUrl":
            answer |= {"expires": at(self.life), "hashes": self.hashes[asked.name]}  # type: ignore[dict-item] # JSON
        return 200, answer

    def _artifact(self, asked: Asked) -> tuple[int, Any]:
        name = asked.name.partition("/artifact-content/")[2]
        if name not in self.artifacts:
            return 404, {"code": "ResourceNotFound", "message": "Artifact not found"}
        answer = self.artifacts[name]
        return 200, answer() if callable(answer) else answer
