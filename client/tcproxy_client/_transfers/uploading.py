"""An upload from its proposal to the last word: negotiation, sending, trying again, hashes."""

import base64
import datetime as dt
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Any

from tcproxy_client._reply import Lost, Reply
from tcproxy_client._retry import MAX_RETRIES
from tcproxy_client._slugs import slugId
from tcproxy_client._transfers import requests
from tcproxy_client._transfers.hashing import Hashes
from tcproxy_client._transfers.intake import Intake
from tcproxy_client._transfers.meter import Meter, Progress
from tcproxy_client._transfers.mistakes import check_length, check_progress, check_text
from tcproxy_client._transfers.origins import moment, require_object
from tcproxy_client._transfers.steps import Call, Put, Rewind, Step, Take, Wait
from tcproxy_client._transfers.world import World
from tcproxy_client.exceptions import TaskclusterFailure

# Data of fewer bytes is proposed to travel within the request.
DATA_INLINE_MAX_SIZE = 8192

_MAX_REDIRECTS = 5


@dataclass(frozen=True, slots=True)
class Order:
    """What to upload, apart from the data.

    Attributes:
        service: a client of the object service.
        project_id: the object's project.
        name: the object's name.
        content_type: its media type.
        length: its length in bytes.
        expires: when the object expires, as JSON takes it.
        upload_id: a slug for this upload.
    """

    service: Any
    project_id: str
    name: str
    content_type: str
    length: int
    expires: dt.datetime | str
    upload_id: str

    @property
    def ids(self) -> dict[str, str]:
        """What both requests to the object service begin with."""
        return {"projectId": self.project_id, "uploadId": self.upload_id}


def upload(
    *,
    projectId: str,
    name: str,
    contentType: str,
    contentLength: int,
    expires: dt.datetime | str,
    objectService: Any,
    maxRetries: int = MAX_RETRIES,
    uploadId: str | None = None,
    progress: Progress | None = None,
) -> Generator[Step, Any, None]:
    """Upload what the user's reader gives.

    The arguments are those of `tcproxy_client.upload.upload`.

    Raises:
        TaskclusterRestFailure: if the storage answered with an error to the last attempt.
        TaskclusterConnectionError: if there was no complete answer to the last attempt.
        TaskclusterFailure: if an argument is of no use, the data is not as long as was said, or no
            way was agreed on.
    """
    check_text(projectId=projectId, name=name, contentType=contentType)
    check_progress(progress)
    world = World.of(objectService, maxRetries)
    length = check_length(contentLength)
    ids = (projectId, name, contentType, length, expires, uploadId or slugId())
    wanted = Order(objectService, *ids)
    meter = Meter(progress, world.clock, length)
    hashes = yield from _Upload(wanted, world, meter).run()
    yield Call(objectService.finishUpload, (name, wanted.ids | {"hashes": hashes}))
    meter.end(length)


class _Upload:
    """One upload, and how often it was tried."""

    def __init__(self, wanted: Order, world: World, meter: Meter) -> None:
        self._wanted = wanted
        self._world = world
        self._meter = meter
        self._inline: bytes | None = None
        self._requests = 0

    def run(self) -> Generator[Step, Any, Mapping[str, str]]:
        """Have the data stored; gives its hashes."""
        inline_hashes: Mapping[str, str] = {}
        if self._wanted.length < DATA_INLINE_MAX_SIZE:
            inline_hashes = yield from self._read_all()
        method = yield from self._agree()
        asked = False
        failures, paused = 0, 0.0
        while method is not None:
            outcome, hashes = yield from self._put(method)
            if isinstance(outcome, Reply) and 200 <= outcome.status < 300:
                return hashes
            if requests.is_refused(outcome) and not asked:
                asked = True
                method = yield from self._agree()
                continue
            failures += 1
            world = self._world
            left = world.timeouts.total - paused
            pause = world.retries.pause(outcome, failures, left=left, luck=world.luck())
            if pause is None:
                requests.fail(outcome, "PUT", method.url, self._requests)
            paused += pause
            yield Wait(pause, f"PUT {requests.shown(method.url)}: {requests.reason(outcome)}")
            if method.is_over(world.now()):
                method = yield from self._agree()
        return inline_hashes

    def _read_all(self) -> Generator[Step, Any, Mapping[str, str]]:
        yield Rewind()
        intake = Intake(self._wanted.length, Hashes())
        data = bytearray()
        while count := intake.wanted:
            data += intake.take((yield Take(count)))
        self._inline = bytes(data)
        return intake.hashes.digests()

    def _agree(self) -> Generator[Step, Any, "_PutUrl | None"]:
        """Agree on how to upload (``PUT /upload/<name>``); None if it is done with that."""
        wanted = self._wanted
        proposed: dict[str, Any] = {}
        if self._inline is not None:
            proposed["dataInline"] = {
                "contentType": wanted.content_type,
                "objectData": base64.b64encode(self._inline).decode(),
            }
        proposed["putUrl"] = {
            "contentType": wanted.content_type,
            "contentLength": wanted.length,
        }
        proposal = {"expires": wanted.expires, "proposedUploadMethods": proposed}
        answer = yield Call(wanted.service.createUpload, (wanted.name, wanted.ids | proposal))
        method = require_object(answer, "createUpload").get("uploadMethod") or {}
        if "dataInline" in method and self._inline is not None:
            return None
        if "putUrl" not in method:
            raise TaskclusterFailure(
                "Could not negotiate an upload method: "
                f"{' and '.join(proposed)} proposed, {' and '.join(method) or 'none'} chosen"
            )
        return _PutUrl.of(method["putUrl"])

    def _put(
        self, method: "_PutUrl"
    ) -> Generator[Step, Any, tuple[Reply | Lost, Mapping[str, str]]]:
        """Send the data once, wherever its URL leads."""
        url = method.url
        for _ in range(_MAX_REDIRECTS + 1):
            request = requests.put_request(url, method.headers, self._wanted.length)
            hashes = Hashes()
            try:
                yield Rewind()
                intake = Intake(self._wanted.length, hashes, self._meter)
                self._requests += 1
                outcome: Reply | Lost = yield Put(request, intake, self._world.timeouts)
                digests = hashes.digests() if intake.ended else {}
            finally:
                hashes.close()
            # Others than these two ask for a GET: what they lead to has stored nothing.
            if isinstance(outcome, Lost) or outcome.status not in (307, 308):
                break
            onward = requests.redirect(url, outcome.status, outcome.headers)
            if onward is None:
                break
            url = onward
        return outcome, digests


@dataclass(frozen=True, slots=True)
class _PutUrl:
    """A URL to send data to.

    Attributes:
        url: where to.
        headers: what to send along, no more and no less.
        expires: until when, in seconds since the epoch, if that is told.
    """

    url: str
    headers: Mapping[str, str]
    expires: float | None

    @classmethod
    def of(cls, answer: Any) -> "_PutUrl":
        """Read what the object service says.

        Raises:
            TaskclusterFailure: if it cannot be read.
        """
        found = require_object(answer, "createUpload")
        url, headers = found.get("url"), found.get("headers", {})
        if not isinstance(url, str) or not isinstance(headers, Mapping):
            raise TaskclusterFailure("The upload was agreed on, but without a URL and headers")
        return cls(url, headers, moment(found.get("expires")))

    def is_over(self, now: float) -> bool:
        """Tell whether the URL has expired."""
        return self.expires is not None and self.expires <= now
