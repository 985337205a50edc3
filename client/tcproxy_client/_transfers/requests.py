"""Requests to a storage, and what their answers mean: redirects, refusals, errors.

They go to the URL that a deployment handed out, not through the proxy, and nothing signs them.
"""

from collections.abc import Generator, Mapping
from dataclasses import replace
from typing import Any, NoReturn
from urllib.parse import urljoin, urlsplit

from tcproxy_client import _brain
from tcproxy_client._brain import Request
from tcproxy_client._failures import connection_failure, rest_failure
from tcproxy_client._reply import Lost, Reply
from tcproxy_client._retry import Timeouts
from tcproxy_client._target import hide_signature
from tcproxy_client._transfers.steps import Drop, Fetch, Opened, Read, Step
from tcproxy_client.exceptions import TaskclusterFailure

_MAX_REDIRECTS = 10

# As much of an error's body as is read, in bytes.
_MAX_ERROR = 64 * 1024


def get(
    url: str, headers: Mapping[str, str], timeouts: Timeouts
) -> Generator[Step, Any, "Opened | Reply | Lost"]:
    """Ask for data, following redirects.

    Args:
        url: where it is.
        headers: what to send along.
        timeouts: how long to wait.

    Returns:
        A 200 or 206 whose body is still to be read, or another answer, or why there was none.

    Raises:
        TaskclusterFailure: if a redirect leads where it must not.
    """
    # What is stored is wanted as it is: encodings made on the way can be neither checked nor
    # resumed.
    headers = {"Accept-Encoding": "identity", **headers}
    for _ in range(_MAX_REDIRECTS + 1):
        opened: Opened | Lost = yield Fetch(
            _brain.plain_request("GET", url, headers, None), timeouts
        )
        if isinstance(opened, Lost) or opened.status in (200, 206):
            return opened
        onward = redirect(url, opened.status, opened.headers)
        if onward is None:
            return (yield from _read_error(opened))
        yield Drop(opened.stream)
        url = onward
    raise TaskclusterFailure(f"More than {_MAX_REDIRECTS} redirects, the last one to {shown(url)}")


def redirect(url: str, status: int, headers: Mapping[str, str]) -> str | None:
    """Give where an answer to a GET leads, or None if it is no redirect.

    Raises:
        TaskclusterFailure: if it leads away from HTTP, or from HTTPS to HTTP.
    """
    location = headers.get("Location")
    if status not in (301, 302, 303, 307, 308) or not location:
        return None
    try:
        onward = urljoin(url, location).partition("#")[0]
        scheme = urlsplit(onward).scheme
    except ValueError as error:
        raise TaskclusterFailure(f"{shown(url)} redirects to no URL: {error}") from None
    if scheme not in ("http", "https") or (url.startswith("https:") and scheme != "https"):
        raise TaskclusterFailure(
            f"{shown(url)} redirects to {shown(onward)}, which is not followed: "
            "only https, and http from http, are"
        )
    return onward


def _read_error(opened: Opened) -> Generator[Step, Any, Reply | Lost]:
    body = b""
    while len(body) < _MAX_ERROR:
        data: bytes | Lost = yield Read(opened.stream)
        if isinstance(data, Lost) or not data:
            break
        body += data
    yield Drop(opened.stream)
    return Reply(opened.status, opened.reason, opened.headers, body[:_MAX_ERROR], opened.url)


def put_request(url: str, headers: Mapping[str, str], length: int) -> Request:
    """Build the request that stores data, with exactly the headers that were handed out.

    Args:
        url: where to.
        headers: those that go with the URL.
        length: of the data, in bytes.

    Raises:
        TaskclusterFailure: if they ask for another length, or the URL is of no use.
    """
    given = {name: str(value) for name, value in headers.items()}
    said = next((value for name, value in given.items() if name.lower() == "content-length"), None)
    if said is None:
        given["Content-Length"] = str(length)
    elif said != str(length):
        raise TaskclusterFailure(
            f"The upload was agreed on for {said} bytes, but contentLength is {length}"
        )
    return replace(_brain.plain_request("PUT", url, None, None), headers=given)


def is_refused(outcome: Reply | Lost) -> bool:
    """Tell whether a storage may have refused a URL because it has expired."""
    if isinstance(outcome, Lost):
        return False
    if outcome.status == 400:
        return b"xpired" in outcome.body
    return outcome.status in (401, 403, 410)


def fail(outcome: Reply | Lost, method: str, url: str, attempts: int) -> NoReturn:
    """Raise the error for what came of a request in the end.

    Raises:
        TaskclusterRestFailure: for an answer.
        TaskclusterAuthFailure: for a 401.
        TaskclusterConnectionError: if there was no complete answer.
    """
    if isinstance(outcome, Lost):
        error = connection_failure(outcome, url).at(method=method, attempts=attempts)
        raise error from outcome.cause
    raise rest_failure(outcome).at(method=method, attempts=attempts)


def shown(url: str) -> str:
    """Give a URL for logs and errors: a signature in it is hidden."""
    return hide_signature(url)


def reason(outcome: Reply | Lost) -> str:
    """Tell in a few words what came of a request."""
    return f"status {outcome.status}" if isinstance(outcome, Reply) else outcome.why
