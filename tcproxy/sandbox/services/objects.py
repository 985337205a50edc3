"""The object service: named objects of a project, whose bytes are in the storage."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tcproxy.sandbox import errors, times
from tcproxy.sandbox.api import Access, Method, Service, require
from tcproxy.sandbox.responses import json_answer, redirect_answer
from tcproxy.sandbox.schemas import Schema
from tcproxy.sandbox.services import common, shapes
from tcproxy.sandbox.storage import Bucket

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from tcproxy.sandbox.api import Call
    from tcproxy.sandbox.responses import Answer
    from tcproxy.sandbox.storage import Storage

UPLOAD_LIFE = timedelta(minutes=45)
"""How long an upload may take to begin, which the answers tell."""

_UPLOAD_URL_LIFE = UPLOAD_LIFE + timedelta(seconds=10)
_SIMPLE_URL_LIFE = timedelta(minutes=30)
_GET_URL_LIFE = timedelta(minutes=2)
_GET_URL_TOLD = timedelta(minutes=1)  # half of its life, so that no caller comes too late
_MAX_INLINE = 10926  # base64 of 8193 bytes

_HASHES: dict[str, Any] = {
    "type": "object",
    "properties": {
        "sha256": {"type": "string", "pattern": "^[a-f0-9]{64}$"},
        "sha512": {"type": "string", "pattern": "^[a-f0-9]{128}$"},
    },
    "additionalProperties": {"type": "string"},
}

_CREATE = Schema(
    "object/v1/create-upload-request.json",
    shapes.closed(
        {
            "projectId": {"type": "string", "pattern": shapes.PROJECT_ID},
            "uploadId": {"type": "string", "pattern": shapes.SLUG},
            "expires": shapes.DATE_TIME,
            "proposedUploadMethods": shapes.closed(
                {
                    "dataInline": shapes.closed(
                        {
                            "contentType": {"type": "string"},
                            "objectData": {"type": "string", "maxLength": _MAX_INLINE},
                        }
                    ),
                    "putUrl": shapes.closed(
                        {
                            "contentType": {"type": "string"},
                            "contentLength": {"type": "integer", "minimum": 0},
                        }
                    ),
                },
                optional=("dataInline", "putUrl"),
            ),
            "hashes": _HASHES,
        },
        optional=("hashes",),
    ),
)

_FINISH = Schema(
    "object/v1/finish-upload-request.json",
    shapes.closed(
        {
            "projectId": {"type": "string", "pattern": shapes.PROJECT_ID},
            "uploadId": {"type": "string", "pattern": shapes.SLUG},
            "hashes": _HASHES,
        },
        optional=("hashes",),
    ),
)

_DOWNLOAD = Schema(
    "object/v1/download-object-request.json",
    shapes.closed(
        {
            "acceptDownloadMethods": shapes.closed(
                {
                    "simple": {"type": "boolean", "enum": [True]},
                    "getUrl": {"type": "boolean", "enum": [True]},
                },
                optional=("simple", "getUrl"),
            )
        }
    ),
)


@dataclass(frozen=True, slots=True)
class _Object:
    project_id: str
    upload_id: str
    expires: datetime
    hashes: Mapping[str, str]
    is_finished: bool = False


class Objects:
    """The object service. Expired objects are still served, as a deployment does for some time.

    Args:
        storage: Where the bytes are.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._objects: dict[str, _Object] = {}

    def is_finished(self, name: str) -> bool:
        """Tell whether there is such an object, and its upload has been finished."""
        found = self._objects.get(name)
        return found is not None and found.is_finished

    def simple_url(self, name: str, root_url: str) -> str:
        """Return a signed URL for the bytes of an object."""
        return self._url(name, root_url, _SIMPLE_URL_LIFE)

    def service(self) -> Service:
        """Return the table of its methods."""
        read = "object:download:<name>"
        return Service(
            "object",
            "v1",
            (
                *common.methods(),
                Method(
                    "createUpload",
                    "PUT",
                    "/upload/<name>",
                    self._create_upload,
                    Access.BY_HANDLER,
                    schema=_CREATE,
                ),
                Method(
                    "finishUpload",
                    "POST",
                    "/finish-upload/<name>",
                    self._finish_upload,
                    Access.BY_HANDLER,
                    schema=_FINISH,
                ),
                Method(
                    "startDownload",
                    "PUT",
                    "/start-download/<name*>",
                    self._start_download,
                    read,
                    schema=_DOWNLOAD,
                ),
                Method("object", "GET", "/metadata/<name*>", self._object, read),
                Method("download", "GET", "/download/<name*>", self._download, read),
            ),
            {"name": shapes.PRINTABLE},
        )

    async def _create_upload(self, call: Call) -> Answer:
        name, payload = call.params["name"], call.payload
        _require_upload(call)
        wanted = _Object(
            payload["projectId"],
            payload["uploadId"],
            times.parse(payload["expires"]),
            payload.get("hashes", {}),
        )
        joined = self._joined(name, wanted)
        method = self._upload_method(name, payload["proposedUploadMethods"], call.root_url)
        self._objects[name] = joined
        answer = {key: payload[key] for key in ("projectId", "uploadId", "expires")}
        return json_answer({**answer, "uploadMethod": method})

    def _joined(self, name: str, wanted: _Object) -> _Object:
        """Return an object as it is after another createUpload for it."""
        known = self._objects.get(name)
        if known is None:
            if any(
                each.upload_id == wanted.upload_id and not each.is_finished
                for each in self._objects.values()
            ):
                raise errors.conflict("Object already exists")
            return wanted
        if known.is_finished or replace(known, hashes=wanted.hashes) != wanted:
            raise errors.conflict("Object already exists")
        return _with_hashes(known, wanted.hashes)

    def _upload_method(
        self, name: str, proposed: Mapping[str, Any], root_url: str
    ) -> dict[str, Any]:
        if "dataInline" in proposed:
            data = _lenient_base64(proposed["dataInline"]["objectData"])
            content_type = proposed["dataInline"]["contentType"]
            self._storage.put_bytes(
                Bucket.OBJECTS, name, data, shapes.header_value(content_type, "contentType")
            )
            return {"dataInline": True}
        if "putUrl" not in proposed:
            return {}
        content_type = shapes.media_type(proposed["putUrl"]["contentType"], "contentType")
        headers = {
            "Content-Type": content_type,
            "Content-Length": str(int(proposed["putUrl"]["contentLength"])),
            "Content-Encoding": "identity",
        }
        url = self._storage.signed_url(
            root_url,
            Bucket.OBJECTS,
            name,
            life=self._storage.life(_UPLOAD_URL_LIFE),
            put={key.lower(): headers[key] for key in ("Content-Type", "Content-Length")},
        )
        expires = times.show(times.now() + self._storage.life(UPLOAD_LIFE))
        return {"putUrl": {"url": url, "expires": expires, "headers": headers}}

    async def _finish_upload(self, call: Call) -> Answer:
        name, payload = call.params["name"], call.payload
        _require_upload(call)
        known = self._objects.get(name)
        if known is None:
            raise errors.not_found(f'Object "{name}" not found')
        if known.project_id != payload["projectId"]:
            raise errors.input_error(
                f'Object "{name}" does not have projectId {payload["projectId"]}'
            )
        hashes = payload.get("hashes", {})
        if known.is_finished:
            _compare(name, known.hashes, hashes)
        elif known.upload_id != payload["uploadId"]:
            raise errors.conflict(f'Object "{name}" does not have uploadId {payload["uploadId"]}')
        else:
            self._objects[name] = replace(_with_hashes(known, hashes), is_finished=True)
        return json_answer({})

    async def _object(self, call: Call) -> Answer:
        found = self._find(call.params["name"])
        return json_answer(
            {
                "projectId": found.project_id,
                "expires": times.show(found.expires),
                "hashes": dict(found.hashes),
            }
        )

    async def _start_download(self, call: Call) -> Answer:
        name, accepted = call.params["name"], call.payload["acceptDownloadMethods"]
        found = self._find(name)
        if "getUrl" in accepted:
            told = times.now() + self._storage.life(_GET_URL_TOLD)
            return json_answer(
                {
                    "method": "getUrl",
                    "url": self._url(name, call.root_url, _GET_URL_LIFE),
                    "expires": times.show(told),
                    "hashes": dict(found.hashes),
                }
            )
        if "simple" in accepted:
            return json_answer({"method": "simple", "url": self.simple_url(name, call.root_url)})
        raise errors.no_matching_method("Object supports methods simple, getUrl")

    async def _download(self, call: Call) -> Answer:
        self._find(call.params["name"])
        return redirect_answer(self.simple_url(call.params["name"], call.root_url), call.accept)

    def _find(self, name: str) -> _Object:
        found = self._objects.get(name)
        if found is None or not found.is_finished:
            raise errors.not_found(f'Object "{name}" not found')
        return found

    def _url(self, name: str, root_url: str, life: timedelta) -> str:
        return self._storage.signed_url(
            root_url, Bucket.OBJECTS, name, life=self._storage.life(life)
        )


def _require_upload(call: Call) -> None:
    require(call.identity(), f"object:upload:{call.payload['projectId']}:{call.params['name']}")


def _with_hashes(known: _Object, hashes: Mapping[str, str]) -> _Object:
    for algorithm, value in hashes.items():
        if known.hashes.get(algorithm, value) != value:
            raise errors.conflict("Content hash already exists with a different value")
    return replace(known, hashes={**known.hashes, **hashes})


def _compare(name: str, known: Mapping[str, str], hashes: Mapping[str, str]) -> None:
    for algorithm, value in hashes.items():
        if algorithm not in known:
            raise errors.conflict(
                f'Object "{name}" is already finished, but without hash algorithm {algorithm}'
            )
        if known[algorithm] != value:
            raise errors.conflict(
                f'Object "{name}" is already finished, but with a different hash for algorithm '
                f"{algorithm}"
            )


def _lenient_base64(text: str) -> bytes:
    """Decode as far as it goes, as a deployment does: what is no base64 is left out."""
    known = "".join(each for each in text.partition("=")[0] if each.isalnum() or each in "+/-_")
    known = known.encode("ascii", "ignore").decode().replace("-", "+").replace("_", "/")
    whole = known[:-1] if len(known) % 4 == 1 else known
    return base64.b64decode(whole + "=" * (-len(whole) % 4))
