"""The auth service, as far as callers ask about themselves and about scopes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tcproxy.sandbox import scopes as scope_algebra
from tcproxy.sandbox.api import Access, Method, Service, require
from tcproxy.sandbox.authentication import Authenticator
from tcproxy.sandbox.clients import Client
from tcproxy.sandbox.responses import json_answer
from tcproxy.sandbox.roles import ANONYMOUS, Roles
from tcproxy.sandbox.schemas import Schema
from tcproxy.sandbox.services import common

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tcproxy.sandbox.api import Call
    from tcproxy.sandbox.responses import Answer

TESTER = "tester"
TESTER_TOKEN = "no-secret"  # noqa: S105 - the API defines it, for everybody to know
"""The only client that testAuthenticate and testAuthenticateGet know, and no other method knows."""

_SCOPE_SET: dict[str, Any] = {
    "type": "array",
    "items": {"type": "string", "pattern": scope_algebra.PATTERN},
}

_SCOPES = Schema(
    "auth/v1/scopeset.json",
    {
        "type": "object",
        "required": ["scopes"],
        "additionalProperties": False,
        "properties": {"scopes": _SCOPE_SET},
    },
)

_TEST = Schema(
    "auth/v1/test-authenticate-request.json",
    {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "clientScopes": {**_SCOPE_SET, "default": []},
            "requiredScopes": {**_SCOPE_SET, "default": []},
        },
    },
)


class Auth:
    """The auth service.

    Args:
        roles: What scopes stand for.
    """

    def __init__(self, roles: Roles) -> None:
        self._roles = roles

    def service(self) -> Service:
        """Return the table of its methods."""
        return Service(
            "auth",
            "v1",
            (
                *common.methods(),
                Method(
                    "expandScopes",
                    "POST",
                    "/scopes/expand",
                    self._expand_scopes,
                    "auth:expand-scopes",
                    schema=_SCOPES,
                ),
                Method(
                    "currentScopes",
                    "GET",
                    "/scopes/current",
                    self._current_scopes,
                    "auth:current-scopes",
                ),
                Method(
                    "testAuthenticate",
                    "POST",
                    "/test-authenticate",
                    self._test_authenticate,
                    Access.BY_HANDLER,
                    schema=_TEST,
                ),
                Method(
                    "testAuthenticateGet",
                    "GET",
                    "/test-authenticate-get/",
                    self._test_authenticate_get,
                    Access.BY_HANDLER,
                ),
            ),
        )

    async def _expand_scopes(self, call: Call) -> Answer:
        return json_answer({"scopes": list(self._roles.expand(call.payload["scopes"]))})

    async def _current_scopes(self, call: Call) -> Answer:
        return json_answer({"scopes": list(call.identity().scopes)})

    async def _test_authenticate(self, call: Call) -> Answer:
        return _test(call, call.payload["clientScopes"], call.payload["requiredScopes"])

    async def _test_authenticate_get(self, call: Call) -> Answer:
        return _test(call, ["test:*", "auth:create-client:test:*"], ["test:authenticate-get"])


def _test(call: Call, client_scopes: list[str], required: list[str]) -> Answer:
    """Say who calls, as if there were only one client, with these scopes, and no roles."""
    tester = Client(TESTER, TESTER_TOKEN, tuple(client_scopes))
    identity = call.identity(Authenticator({TESTER: tester}, _with_anonymous))
    require(identity, scope_algebra.AllOf(tuple(required)))
    client_id = "auth-failed:no-auth" if identity.client_id is None else identity.client_id
    return json_answer({"clientId": client_id, "scopes": list(identity.scopes)})


def _with_anonymous(scopes: Iterable[str]) -> tuple[str, ...]:
    return scope_algebra.normalise([*scopes, ANONYMOUS])
