"""Refusals in the words and the JSON shape of the Taskcluster API.

Every way to say no has its constructor here, so that codes, statuses and texts stay in one place.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tcproxy.sandbox import times
from tcproxy.sandbox.scopes import Expression, as_json

if TYPE_CHECKING:
    from collections.abc import Mapping

_STATUS = {
    "MalformedRequest": 400,  # the sandbox's own; a deployment's front door answers these
    "MalformedPayload": 400,
    "InvalidRequestArguments": 400,
    "InputValidationError": 400,
    "InputError": 400,
    "AuthenticationFailed": 401,
    "InsufficientScopes": 403,
    "ResourceNotFound": 404,
    "NoMatchingMethod": 406,
    "RequestConflict": 409,
    "ResourceExpired": 410,
    "InputTooLarge": 413,
    "InternalServerError": 500,
}


class ApiError(Exception):
    """A refusal of one API call.

    Args:
        code: One of the API's error codes; it decides the status.
        text: What the caller is told.
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.status = _STATUS[code]


class _Absent:
    """The payload of a request whose body could not be read."""


ABSENT = _Absent()


@dataclass(slots=True)
class RequestInfo:
    """What an error repeats of the request; the payload is filled in as far as reading it got."""

    method: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    payload: Any = ABSENT


def body(error: ApiError, info: RequestInfo) -> dict[str, Any]:
    """Return the JSON body of a refusal."""
    time = times.show(times.now())
    tail = (
        f"\n\n---\n\n* method:     {info.method}\n* errorCode:  {error.code}"
        f"\n* statusCode: {error.status}\n* time:       {time}"
    )
    payload = {} if info.payload is ABSENT else {"payload": info.payload}
    request_info = {"method": info.method, "params": dict(info.params), **payload, "time": time}
    return {"code": error.code, "message": error.text + tail, "requestInfo": request_info}


def malformed_request(kind: str) -> ApiError:
    """The request is not HTTP; ``kind`` names the parser's complaint."""
    return ApiError("MalformedRequest", f"The request is not valid HTTP/1.1 ({kind})")


def malformed_payload(text: str) -> ApiError:
    """The body cannot be read as JSON."""
    return ApiError("MalformedPayload", text)


def not_json(content_type: str | None) -> ApiError:
    """The method needs a JSON body and got another one, or none."""
    return ApiError(
        "MalformedPayload",
        "Payload must be JSON with content-type: application/json got content-type: "
        + ("null" if content_type is None else content_type),
    )


def too_large(limit: int) -> ApiError:
    """The body is longer than ``limit`` bytes."""
    return ApiError("InputTooLarge", f"The request body is larger than {limit} bytes")


def invalid_arguments(text: str) -> ApiError:
    """A URL parameter or the query string is wrong."""
    return ApiError("InvalidRequestArguments", text)


def input_error(text: str) -> ApiError:
    """The input has the right shape but makes no sense."""
    return ApiError("InputError", text)


def invalid_input(schema_url: str, problems: list[str]) -> ApiError:
    """The payload does not fit its JSON schema."""
    lines = "\n".join(f"  * {problem}" for problem in problems)
    return ApiError(
        "InputValidationError",
        f"\nSchema Validation Failed!\nRejecting Schema: {schema_url}\nErrors:\n{lines}",
    )


def authentication_failed(text: str) -> ApiError:
    """The signature, or what it vouches for, is not valid."""
    return ApiError("AuthenticationFailed", text)


def not_found(text: str) -> ApiError:
    """What the URL names does not exist."""
    return ApiError("ResourceNotFound", text)


def no_matching_method(text: str) -> ApiError:
    """None of the ways that the caller offers is known."""
    return ApiError("NoMatchingMethod", text)


def conflict(text: str) -> ApiError:
    """What is asked for contradicts what is there."""
    return ApiError("RequestConflict", text)


def expired(text: str) -> ApiError:
    """What the URL names existed once."""
    return ApiError("ResourceExpired", text)


def insufficient_scopes(
    required: Expression, lacking: Expression, client_id: str | None
) -> ApiError:
    """The caller's scopes are not enough.

    Args:
        required: What the method asks for.
        lacking: The part of it that the caller does not have.
        client_id: Who calls; None if there were no credentials.
    """
    if client_id is None:
        text = (
            "This request requires Taskcluster credentials that satisfy the following scope "
            f"expression:\n\n{_fenced(required)}"
        )
    else:
        text = (
            f"Client ID {client_id} does not have sufficient scopes and is missing the following "
            f"scopes:\n\n{_fenced(lacking)}\n\nThis request requires the client to satisfy the "
            f"following scope expression:\n\n{_fenced(required)}"
        )
    return ApiError("InsufficientScopes", text)


def internal_error(incident: uuid.UUID) -> ApiError:
    """The sandbox itself failed; ``incident`` finds the log line."""
    return ApiError("InternalServerError", f"Internal Server Error, incidentId {incident}.")


def _fenced(expression: Expression) -> str:
    shown = as_json(expression)
    text = shown if isinstance(shown, str) else json.dumps(shown, indent=2)
    return f"```\n{text}\n```"
