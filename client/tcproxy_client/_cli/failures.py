"""What scripts and people are told of a failure: an exit code and one line. No I/O.

====  ==========================================================================================
0     done
1     the deployment, the proxy or the storage refused
2     the command is wrong, or a file on this machine cannot be read or written
3     no answer: the proxy cannot be reached, or the proxy cannot reach the deployment
4     the data that came is not the data that was stored
====  ==========================================================================================
"""

import json
import re
from typing import Any

from tcproxy_client._target import hide_signature
from tcproxy_client.exceptions import (
    ObjectHashVerificationError,
    TaskclusterArtifactError,
    TaskclusterConnectionError,
    TaskclusterFailure,
)

OK, REFUSED, USAGE, NO_ANSWER, UNVERIFIED = range(5)

# What the proxy answers when it got no answer from the deployment.
_NO_ANSWER_CODES = ("UpstreamUnreachable", "UpstreamTimeout")

_ANOTHER = "TASKCLUSTER_PROXY_URL or --root-url names another"

# After this a deployment repeats the request.
_TAIL = "\n---\n"
_FENCED = re.compile(r"```\s*(.*?)\s*```", re.DOTALL)


def exit_code(error: TaskclusterFailure) -> int:
    """Give the exit code that stands for an error."""
    if isinstance(error, ObjectHashVerificationError):
        return UNVERIFIED
    if isinstance(error, TaskclusterConnectionError) or error.code in _NO_ANSWER_CODES:
        return NO_ANSWER
    return REFUSED


def line(error: TaskclusterFailure) -> str:
    """Give an error as one line; a signature in a URL is hidden."""
    text = hide_signature(_text(error))
    if not isinstance(error, TaskclusterConnectionError) or not error.url:
        return text
    # Requests to a storage are of no service.
    hint = f"; is the proxy there? {_ANOTHER}" if error.service else ""
    return f"{text}, asking {_place(error.url)}{hint}"


def one_line(text: str) -> str:
    """Give text as one line that cannot move a terminal's cursor."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in " ".join(text.split()))


def _text(error: TaskclusterFailure) -> str:
    message = str(error.args[0]) if error.args and error.args[0] else type(error).__name__
    text = one_line(_short(message, error.code))
    if isinstance(error, TaskclusterArtifactError) and error.reason:
        return f"the artifact is an error, {one_line(error.reason)}: {text}"
    if error.status is None:
        return text
    return f"{one_line(error.code or 'status')} ({error.status}): {text}"


def _short(message: str, code: str | None) -> str:
    text = message.partition(_TAIL)[0]
    return _scopes_needed(text) if code == "InsufficientScopes" else text


def _scopes_needed(text: str) -> str:
    """Say which scopes are missing; the deployment's own words if they are of another form."""
    blocks = _FENCED.findall(text)
    if not blocks:
        return text
    client = re.match(r"Client ID (\S+)", text)
    who = f"the client {client[1]}" if client else "a request without credentials"
    return f"{who} lacks {_expression(blocks[0])}"


def _expression(block: str) -> str:
    """Write a scope expression of a deployment's error as text."""
    try:
        return _joined(json.loads(block), nested=False)
    except ValueError:
        return block


def _joined(expression: Any, *, nested: bool) -> str:
    if not isinstance(expression, dict):
        return str(expression)
    for key, word in (("AllOf", " and "), ("AnyOf", " or ")):
        members = expression.get(key)
        if isinstance(members, list):
            text = word.join(_joined(member, nested=True) for member in members)
            return f"({text})" if nested and len(members) > 1 else text
    return json.dumps(expression)


def _place(url: str) -> str:
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"
