"""Plain HTTP for any URL: the official client's low-level functions, sync. They retry, or not."""

import io
import os
import random
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlencode

from tcproxy_client import _brain
from tcproxy_client._brain import Chance, Rules
from tcproxy_client._failures import rest_failure
from tcproxy_client._response import Response
from tcproxy_client._retry import MAX_RETRIES, RetryPolicy, SquareRetries, Timeouts
from tcproxy_client.client import createSession, drive
from tcproxy_client.exceptions import TaskclusterFailure

_CHANCE = Chance(time.monotonic, random.random)

Payload = str | bytes | IO[bytes] | Mapping[str, Any] | None


def makeSingleHttpRequest(
    method: str,
    url: str,
    payload: Payload,
    headers: Mapping[str, str] | None,
    session: Any = None,
) -> Any:
    """Send one request; redirects are not followed, and any status is an answer.

    Args:
        method: the verb.
        url: where to.
        payload: the body: text, bytes, an open binary file, or the fields of a form as a dict.
        headers: what to send along.
        session: made by `createSession`; or one of `requests`, whose answer is then given.

    Returns:
        A `tcproxy_client` response with ``status_code``, ``headers``, ``content``, ``text``,
        ``json()`` and ``raise_for_status()``.

    Raises:
        TaskclusterConnectionError: if no complete answer came.
    """
    return makeHttpRequest(method, url, payload, headers, retries=0, session=session)


def makeHttpRequest(
    method: str,
    url: str,
    payload: Payload,
    headers: Mapping[str, str] | None,
    retries: int = MAX_RETRIES,
    session: Any = None,
) -> Any:
    """Send a request, again after a connection failure, 5xx or 429; a file is rewound each time.

    Args:
        method: the verb.
        url: where to.
        payload: the body: text, bytes, an open binary file, or the fields of a form as a dict.
        headers: what to send along.
        retries: how often to try again.
        session: as in `makeSingleHttpRequest`.

    Returns:
        The last answer, whatever its status; as `makeSingleHttpRequest` gives it.

    Raises:
        TaskclusterConnectionError: if no complete answer came.
    """
    if session is not None and hasattr(session, "request"):
        return session.request(
            method.upper(), url, data=payload, headers=headers, allow_redirects=False
        )
    body, headers = ready(payload, headers)
    request = _brain.plain_request(method, url, headers, body)
    rules = Rules(Timeouts(), SquareRetries(retries))
    conversation = _brain.complete(request, rules, _CHANCE)
    if session is not None:
        return Response(drive(conversation, session)[0])
    with createSession() as own:
        return Response(drive(conversation, own)[0])


def putFile(filename: str | os.PathLike[str], url: str, contentType: str) -> Any:
    """PUT a file to a URL, with retries; gives what `makeHttpRequest` gives.

    Args:
        filename: the file.
        url: where to.
        contentType: its media type.
    """
    with Path(filename).open("rb") as file:
        length = os.fstat(file.fileno()).st_size
        headers = {"Content-Length": str(length), "Content-Type": contentType}
        return makeHttpRequest("PUT", url, file, headers)


def put(url: str, headers: Mapping[str, str], content: bytes) -> None:
    """PUT content to a storage, with the retries of API calls.

    Args:
        url: where to.
        headers: what to send along.
        content: the content.

    Raises:
        TaskclusterFailure: if the storage did not take it.
    """
    request = _brain.plain_request("PUT", url, headers, content)
    with createSession() as session:
        conversation = _brain.exchange(request, Rules(Timeouts(), RetryPolicy()), _CHANCE)
        reply = drive(conversation, session)
    if reply.status >= 300:  # a redirect has stored nothing
        raise rest_failure(reply).at(method="PUT")


def ready(
    payload: Any, headers: Mapping[str, str] | None
) -> tuple[bytes | IO[bytes] | None, Mapping[str, str]]:
    """Give a payload as it is sent, and the headers with its length, which storages insist on.

    Raises:
        TaskclusterFailure: if it is nothing that can be sent.
    """
    given = dict(headers or {})
    if isinstance(payload, Mapping):
        return _form(payload, given)
    if isinstance(payload, io.TextIOBase):  # of a file in text mode, the bytes beneath
        payload = getattr(payload, "buffer", None) or payload.read()
    if isinstance(payload, str):
        return payload.encode(), given
    if payload is None or isinstance(payload, bytes | bytearray | memoryview):
        return (None if payload is None else bytes(payload)), given
    if not hasattr(payload, "read"):
        raise TaskclusterFailure(
            "payload must be text, bytes, an open binary file or the fields of a form as a dict, "
            f"not {type(payload).__name__}"
        )
    if not {name.lower() for name in given} & {"content-length", "transfer-encoding"}:
        length = _length(payload)
        given |= {} if length is None else {"Content-Length": str(length)}
    return payload, given


def _form(
    fields: Mapping[str, Any], headers: dict[str, str]
) -> tuple[bytes | None, Mapping[str, str]]:
    """Give the fields of a form as they are sent; without any, there is no body."""
    if not fields:
        return None, headers
    if "content-type" not in {name.lower() for name in headers}:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    present = {name: value for name, value in fields.items() if value is not None}
    return urlencode(present, doseq=True).encode(), headers


def _length(file: Any) -> int | None:
    """Tell how long a file is, in bytes; None if it cannot tell."""
    try:
        length = file.seek(0, os.SEEK_END)
        file.seek(0)
    except (OSError, ValueError, AttributeError, TypeError):
        return None
    return length if isinstance(length, int) else None
