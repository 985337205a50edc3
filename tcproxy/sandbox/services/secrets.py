"""The secrets service: named JSON objects that expire."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tcproxy.sandbox import errors, pagination, times
from tcproxy.sandbox.api import Method, Service
from tcproxy.sandbox.responses import json_answer
from tcproxy.sandbox.schemas import Schema
from tcproxy.sandbox.services import common

if TYPE_CHECKING:
    from datetime import datetime

    from tcproxy.sandbox.api import Call
    from tcproxy.sandbox.responses import Answer

_SECRET = Schema(
    "secrets/v1/secret.json",
    {
        "type": "object",
        "required": ["secret", "expires"],
        "additionalProperties": False,
        "properties": {
            "secret": {"type": "object"},
            "expires": {"type": "string", "format": "date-time"},
        },
    },
)


@dataclass(frozen=True, slots=True)
class _Secret:
    value: dict[str, Any] = field(repr=False)
    expires: datetime


class Secrets:
    """The secrets service. Expired secrets count as absent."""

    def __init__(self) -> None:
        self._secrets: dict[str, _Secret] = {}

    def store(self, name: str, value: dict[str, Any], expires: datetime) -> None:
        """Keep a secret under a name, in place of what was there.

        Args:
            name: Any text.
            value: A JSON object.
            expires: When it ceases to exist, with a time zone.
        """
        self._secrets[name] = _Secret(value, expires)

    def service(self) -> Service:
        """Return the table of its methods."""
        secret = "/secret/<name*>"  # noqa: S105 - a path
        change = "secrets:set:<name>"
        return Service(
            "secrets",
            "v1",
            (
                *common.methods(),
                Method(
                    "set",
                    "PUT",
                    secret,
                    self._set,
                    change,
                    schema=_SECRET,
                    hidden=frozenset({"secret"}),
                ),
                Method("remove", "DELETE", secret, self._remove, change),
                Method("get", "GET", secret, self._get, "secrets:get:<name>"),
                Method(
                    "list",
                    "GET",
                    "/secrets",
                    self._list,
                    "secrets:list-secrets",
                    query=pagination.QUERY,
                ),
            ),
        )

    async def _set(self, call: Call) -> Answer:
        expires = times.parse(call.payload["expires"])
        self.store(call.params["name"], call.payload["secret"], expires)
        return json_answer({})

    async def _remove(self, call: Call) -> Answer:
        self._secrets.pop(call.params["name"], None)
        return json_answer({})

    async def _get(self, call: Call) -> Answer:
        secret = self._secrets.get(call.params["name"])
        if secret is None or secret.expires <= times.now():
            raise errors.not_found("Secret not found")
        return json_answer({"secret": secret.value, "expires": times.show(secret.expires)})

    async def _list(self, call: Call) -> Answer:
        now = times.now()
        names = [name for name, secret in self._secrets.items() if secret.expires > now]
        names.sort(key=pagination.collation_key)
        return json_answer(pagination.page("secrets", names, call.query))
