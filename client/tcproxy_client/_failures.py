"""Which error stands for which answer, and its text. Decided here for both faces, without I/O."""

import json
from typing import Any

from tcproxy_client._reply import Lost, Reply
from tcproxy_client._target import hide_signature
from tcproxy_client.exceptions import (
    TaskclusterAuthFailure,
    TaskclusterConnectionError,
    TaskclusterRestFailure,
)

# As much of a foreign error body as is worth reading in a message.
EXCERPT = 200


def rest_failure(reply: Reply) -> TaskclusterAuthFailure | TaskclusterRestFailure:
    """Make the error for an answer with an error status."""
    body = decoded(reply.body)
    kind = TaskclusterAuthFailure if reply.status == 401 else TaskclusterRestFailure
    error = kind(
        _message(reply, body),
        None,
        status_code=reply.status,
        body={} if body is UNREADABLE else body,
    )
    code = body.get("code") if isinstance(body, dict) else None
    return error.at(
        url=hide_signature(reply.url),
        status=reply.status,
        code=code if isinstance(code, str) else None,
    )


def connection_failure(lost: Lost, url: str) -> TaskclusterConnectionError:
    """Make the error for a request that got no complete answer."""
    return TaskclusterConnectionError(lost.why, lost.cause).at(url=hide_signature(url))


class _Unreadable:
    """Stands for a body that is not JSON, since None is."""


UNREADABLE = _Unreadable()


def decoded(body: bytes) -> Any:
    """Read a body as JSON; gives `UNREADABLE` if it is none."""
    try:
        return json.loads(body.decode())
    except (ValueError, RecursionError):
        return UNREADABLE


def _message(reply: Reply, body: Any) -> str:
    if isinstance(body, dict) and isinstance(body.get("message"), str) and body["message"]:
        return str(body["message"])
    if reply.status == 401:
        return "Authentication Error"
    text = reply.body.decode("utf-8", "replace") if body is UNREADABLE else json.dumps(body)
    excerpt = " ".join(text.split())[:EXCERPT]
    return f"Unknown Server Error {reply.status}" + (f"\n{excerpt}" if excerpt else "")
