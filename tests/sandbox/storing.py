"""What tests of the storage and of what is stored have in common."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import slugid

from tests.sandbox.running import ROOT

if TYPE_CHECKING:
    from tests.sandbox.running import Running


def path_of(sandbox: Running, url: str) -> str:
    """Return the request target of a URL that must lead to this sandbox."""
    assert url.startswith(sandbox.url + "/"), url
    return url.removeprefix(sandbox.url)


def put_target(sandbox: Running, name: str, content_type: str, size: int) -> str:
    """Return the target that takes an object, from createUpload."""
    target = f"/api/object/v1/upload/{name}"
    body = {
        "projectId": "proj",
        "uploadId": slugid.v4(),
        "expires": "2126-11-22T14:14:03.830Z",
        "proposedUploadMethods": {"putUrl": {"contentType": content_type, "contentLength": size}},
    }
    answer = sandbox.signed(ROOT, "PUT", target, json.dumps(body).encode()).json()
    finished = {"projectId": "proj", "uploadId": body["uploadId"]}
    target = f"/api/object/v1/finish-upload/{name}"
    done = sandbox.signed(ROOT, "POST", target, json.dumps(finished).encode())
    assert done.status == 200, done
    return path_of(sandbox, answer["uploadMethod"]["putUrl"]["url"])


def get_target(sandbox: Running, name: str) -> str:
    """Return the target that gives a finished object, from startDownload."""
    target = f"/api/object/v1/start-download/{name}"
    body = json.dumps({"acceptDownloadMethods": {"simple": True}}).encode()
    return path_of(sandbox, sandbox.signed(ROOT, "PUT", target, body).json()["url"])


def put(sandbox: Running, name: str, data: bytes, content_type: str = "text/plain") -> str:
    """Store an object, and return the target that gives it."""
    target = put_target(sandbox, name, content_type, len(data))
    done = sandbox.request("PUT", target, [("Content-Type", content_type)], data)
    assert done.status == 200, done
    return get_target(sandbox, name)
