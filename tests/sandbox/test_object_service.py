"""The object service: uploads and downloads, and what it refuses."""

from __future__ import annotations

import base64
import html
import json
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
import slugid

from tests.sandbox.running import NOBODY, ROOT, Running, text
from tests.sandbox.storing import path_of

if TYPE_CHECKING:
    from tests.harness.caller import Response
    from tests.sandbox.signing import Signer

API = "/api/object/v1"
LATER = "2126-11-22T14:14:03.830Z"
SHA = "a" * 64


def slug() -> str:
    return str(slugid.v4())


def call(
    sandbox: Running, method: str, path: str, body: Any = None, signer: Signer = ROOT
) -> Response:
    data = None if body is None else json.dumps(body).encode()
    return sandbox.signed(signer, method, API + path, data)


def upload(
    sandbox: Running, name: str, proposed: Any, *, signer: Signer = ROOT, **changes: Any
) -> Response:
    body = {"projectId": "proj", "uploadId": slug(), "expires": LATER}
    return call(
        sandbox,
        "PUT",
        f"/upload/{name}",
        body | {"proposedUploadMethods": proposed} | changes,
        signer,
    )


def finish(sandbox: Running, name: str, upload_id: str, **changes: Any) -> Response:
    body = {"projectId": "proj", "uploadId": upload_id, **changes}
    return call(sandbox, "POST", f"/finish-upload/{name}", body)


def inline(data: bytes, content_type: str = "text/plain") -> dict[str, Any]:
    return {
        "dataInline": {
            "contentType": content_type,
            "objectData": base64.b64encode(data).decode(),
        }
    }


def stored(sandbox: Running, name: str, data: bytes = b"data", **hashes: str) -> None:
    """Put an object."""
    upload_id = slug()
    assert upload(sandbox, name, inline(data), uploadId=upload_id).status == 200
    assert finish(sandbox, name, upload_id, hashes=hashes).status == 200


def seconds_until(time_of: str) -> float:
    return datetime.fromisoformat(time_of).timestamp() - time.time()


def test_an_object_travels_inline(sandbox: Running) -> None:
    upload_id = slug()
    expires = "2126-11-22T14:14:03+00:00"
    answer = upload(sandbox, "in%2Fline", inline(b"hello"), uploadId=upload_id, expires=expires)
    assert answer.json() == {
        "projectId": "proj",
        "uploadId": upload_id,
        "expires": expires,
        "uploadMethod": {"dataInline": True},
    }
    for path, method, body in (
        ("/metadata/in/line", "GET", None),
        ("/download/in/line", "GET", None),
        ("/start-download/in/line", "PUT", {"acceptDownloadMethods": {"simple": True}}),
    ):
        refused = call(sandbox, method, path, body)
        assert (refused.status, text(refused)) == (404, 'Object "in/line" not found')
    assert finish(sandbox, "in%2Fline", upload_id).json() == {}
    assert call(sandbox, "GET", "/metadata/in/line").json() == {
        "projectId": "proj",
        "expires": "2126-11-22T14:14:03.000Z",
        "hashes": {},
    }
    answer = call(
        sandbox, "PUT", "/start-download/in/line", {"acceptDownloadMethods": {"simple": True}}
    )
    assert set(answer.json()) == {"method", "url"}
    got = sandbox.request("GET", path_of(sandbox, answer.json()["url"]))
    assert (got.status, got.body, got.header("Content-Type")) == (200, b"hello", "text/plain")


def test_an_object_travels_by_url(sandbox: Running) -> None:
    upload_id, name = slug(), "by-url%20a%2Bb"
    proposed = {"putUrl": {"contentType": "application/x-b; a=b", "contentLength": 12}}
    put = upload(sandbox, name, proposed, uploadId=upload_id).json()["uploadMethod"]["putUrl"]
    assert put["headers"] == {
        "Content-Type": "application/x-b; a=b",
        "Content-Length": "12",
        "Content-Encoding": "identity",
    }
    assert put["url"].startswith(f"{sandbox.url}/storage/objects/by-url%20a%2Bb?X-Amz-Algorithm=")
    assert "X-Amz-Expires=2710&" in put["url"]
    assert "X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost&x-id=PutObject" in put["url"]
    assert 2690 < seconds_until(put["expires"]) <= 2700
    fields = [(key, value) for key, value in put["headers"].items() if key != "Content-Length"]
    done = sandbox.request("PUT", path_of(sandbox, put["url"]), fields, b"twelve bytes")
    assert (done.status, done.body) == (200, b"")
    assert finish(sandbox, name, upload_id, hashes={"sha256": SHA, "other": "x"}).status == 200
    for _ in range(2):  # once finished, equal hashes may be told again
        assert finish(sandbox, name, upload_id, hashes={"sha256": SHA}).status == 200
    answer = call(
        sandbox,
        "PUT",
        f"/start-download/{name}",
        {"acceptDownloadMethods": {"simple": True, "getUrl": True}},
    ).json()
    assert answer["method"] == "getUrl"
    assert answer["hashes"] == {"sha256": SHA, "other": "x"}
    assert 50 < seconds_until(answer["expires"]) <= 60
    assert "X-Amz-Expires=120&" in answer["url"]
    got = sandbox.request("GET", path_of(sandbox, answer["url"]))
    assert (got.body, got.header("Content-Encoding")) == (b"twelve bytes", "identity")
    assert got.header("Content-Type") == "application/x-b; a=b"


@pytest.mark.parametrize(
    ("accept", "content_type", "before", "after"),
    [
        (None, "text/plain; charset=utf-8", "See Other. Redirecting to ", ""),
        ("text/html", "text/html; charset=utf-8", "<p>See Other. Redirecting to ", "</p>"),
        ("application/json", None, None, ""),
    ],
)
def test_download_redirects(
    sandbox: Running, accept: str | None, content_type: str | None, before: str | None, after: str
) -> None:
    name = slug()
    stored(sandbox, name)
    fields = [] if accept is None else [("Accept", accept)]
    target = f"{API}/download/{name}"
    fields.append(("Authorization", ROOT.header("GET", target, sandbox.host)))
    answer = sandbox.request("GET", target, fields)
    assert answer.status == 303
    url = answer.header("Location") or ""
    body = answer.body.decode()
    if before is not None:
        assert body == before + (html.escape(url) if after else url) + after
    else:
        assert body == ""
    assert answer.header("Content-Type") == content_type
    assert answer.header("Vary") == "Accept, Accept-Encoding"
    assert answer.header("ETag") is None
    assert sandbox.request("GET", path_of(sandbox, url)).body == b"data"


def test_hashes_add_up_until_the_object_is_finished(sandbox: Running) -> None:
    upload_id = slug()
    first = upload(sandbox, "hashes", {}, uploadId=upload_id, hashes={"sha256": SHA})
    assert first.json()["uploadMethod"] == {}
    again = upload(sandbox, "hashes", {}, uploadId=upload_id, hashes={"sha512": SHA * 2})
    assert again.status == 200
    changed = upload(sandbox, "hashes", {}, uploadId=upload_id, hashes={"sha256": "b" * 64})
    assert (changed.status, changed.json()["code"]) == (409, "RequestConflict")
    assert text(changed) == "Content hash already exists with a different value"
    assert finish(sandbox, "hashes", upload_id).status == 200
    assert call(sandbox, "GET", "/metadata/hashes").json()["hashes"] == {
        "sha256": SHA,
        "sha512": SHA * 2,
    }
    for hashes, problem in (
        ({"sha256": "b" * 64}, "a different hash for algorithm sha256"),
        ({"sha1": "x"}, "out hash algorithm sha1"),
    ):
        refused = finish(sandbox, "hashes", slug(), hashes=hashes)
        assert refused.status == 409
        assert text(refused).startswith('Object "hashes" is already finished, but with')
        assert text(refused).endswith(problem)


def test_what_contradicts_an_upload_is_a_conflict(sandbox: Running) -> None:
    upload_id = slug()
    assert upload(sandbox, "taken", {}, uploadId=upload_id).status == 200
    assert upload(sandbox, "taken", {}, uploadId=upload_id).status == 200
    refusals: list[tuple[str, dict[str, Any]]] = [
        ("taken", {"uploadId": slug()}),
        ("taken", {"uploadId": upload_id, "projectId": "other"}),
        ("taken", {"uploadId": upload_id, "expires": "2127-01-01T00:00:00Z"}),
        ("taken-other-name", {"uploadId": upload_id}),
    ]
    for name, changes in refusals:
        refused = upload(sandbox, name, {}, **changes)
        assert (refused.status, text(refused)) == (409, "Object already exists")
    refused = finish(sandbox, "taken", upload_id, projectId="other")
    assert (refused.status, text(refused)) == (
        400,
        'Object "taken" does not have projectId other',
    )
    other = slug()
    refused = finish(sandbox, "taken", other)
    assert (refused.status, text(refused)) == (
        409,
        f'Object "taken" does not have uploadId {other}',
    )
    assert finish(sandbox, "taken", upload_id).status == 200
    assert upload(sandbox, "taken", {}, uploadId=upload_id).status == 409
    assert upload(sandbox, "taken-other-name", {}, uploadId=upload_id).status == 200
    assert finish(sandbox, "nothing-there", slug()).status == 404


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"uploadId": "x"}, "data/uploadId must match pattern"),
        ({"expires": "soon"}, 'data/expires must match format "date-time"'),
        ({"projectId": "a b"}, "data/projectId must match pattern"),
        ({"hashes": {"sha256": "A" * 64}}, "data/hashes/sha256 must match pattern"),
        ({"hashes": {"sha1": 1}}, "data/hashes/sha1 must be string"),
        ({"proposedUploadMethods": {"x": {}}}, 'NOT have additional properties: "x"'),
        ({"proposedUploadMethods": []}, "data/proposedUploadMethods must be object"),
        (
            {"proposedUploadMethods": {"putUrl": {"contentType": "a/b", "contentLength": 1.5}}},
            "contentLength must be integer",
        ),
        (
            {"proposedUploadMethods": {"putUrl": {"contentType": "a/b", "contentLength": -1}}},
            "contentLength must be >= 0",
        ),
        (
            {"proposedUploadMethods": inline(b"x" * 8195)},
            "objectData must NOT have more than 10926 characters",
        ),
        ({"bogus": 1}, 'data must NOT have additional properties: "bogus"'),
    ],
)
def test_bad_uploads_are_refused(sandbox: Running, changes: Any, problem: str) -> None:
    refused = upload(sandbox, "bad", {}, **changes)
    assert (refused.status, refused.json()["code"]) == (400, "InputValidationError")
    assert problem in text(refused)


@pytest.mark.parametrize(
    "proposed",
    [
        {"putUrl": {"contentType": "nonsense", "contentLength": 1}},
        {"putUrl": {"contentType": "a/b\r\nX: y", "contentLength": 1}},
        inline(b"", "text/plain\nX: y"),
        inline(b"", "é"),
    ],
)
def test_a_content_type_that_no_header_can_have_is_refused(sandbox: Running, proposed: Any) -> None:
    refused = upload(sandbox, "bad-type", proposed)
    assert (refused.status, refused.json()["code"]) == (400, "InputError")
    assert "`contentType` must be" in text(refused)
    assert call(sandbox, "GET", "/metadata/bad-type").status == 404


def test_bad_base64_is_taken_as_far_as_it_goes(sandbox: Running) -> None:
    upload_id = slug()
    proposed = {"dataInline": {"contentType": "a/b", "objectData": "aGVs!é bG8=junk"}}
    assert upload(sandbox, "lenient", proposed, uploadId=upload_id).status == 200
    assert finish(sandbox, "lenient", upload_id).status == 200
    url = call(
        sandbox, "PUT", "/start-download/lenient", {"acceptDownloadMethods": {"simple": True}}
    ).json()["url"]
    assert sandbox.request("GET", path_of(sandbox, url)).body == b"hello"


@pytest.mark.parametrize(
    ("accepted", "status", "code"),
    [
        ({}, 406, "NoMatchingMethod"),
        ({"HTTP:GET": True}, 400, "InputValidationError"),
        ({"simple": False}, 400, "InputValidationError"),
        ({"getUrl": 1}, 400, "InputValidationError"),
    ],
)
def test_ways_to_download_that_are_not_there(
    sandbox: Running, accepted: Any, status: int, code: str
) -> None:
    name = slug()
    stored(sandbox, name)
    refused = call(sandbox, "PUT", f"/start-download/{name}", {"acceptDownloadMethods": accepted})
    assert (refused.status, refused.json()["code"]) == (status, code)
    if status == 406:
        assert text(refused) == "Object supports methods simple, getUrl"


def test_scopes(sandbox: Running) -> None:
    stored(sandbox, "scopes")
    assert "```\nobject:upload:proj:scopes\n```" in text(
        upload(sandbox, "scopes", {}, signer=NOBODY)
    )
    refused = call(
        sandbox,
        "POST",
        "/finish-upload/scopes",
        {"projectId": "proj", "uploadId": slug()},
        NOBODY,
    )
    assert "```\nobject:upload:proj:scopes\n```" in text(refused)
    for method, path, body in (
        ("GET", "/metadata/scopes", None),
        ("GET", "/download/scopes", None),
        ("PUT", "/start-download/scopes", {"acceptDownloadMethods": {}}),
    ):
        refused = call(sandbox, method, path, body, NOBODY)
        assert refused.status == 403
        assert "```\nobject:download:scopes\n```" in text(refused)
    lent = ROOT.lend(["object:download:scopes"])
    assert call(sandbox, "GET", "/metadata/scopes", signer=lent).status == 200


@pytest.mark.parametrize("path", ["/metadata/%C3%A9", "/metadata/a%0A", "/metadata/"])
def test_names_are_printable_ascii(sandbox: Running, path: str) -> None:
    refused = call(sandbox, "GET", path)
    assert (refused.status, refused.json()["code"]) == (400, "InvalidRequestArguments")
    assert text(refused).endswith(r"must match regular expression: '/^[\x20-\x7e]+$/'")


def test_a_slash_in_a_name_must_be_encoded_for_an_upload(sandbox: Running) -> None:
    assert call(sandbox, "PUT", "/upload/a/b", {}).json() == {"error": "Not found"}
