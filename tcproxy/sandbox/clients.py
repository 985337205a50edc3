"""The clients a sandbox knows. Only what a client is may live here, not how it proves itself."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tcproxy.sandbox import scopes as scope_algebra

if TYPE_CHECKING:
    from datetime import datetime

_CLIENT_ID = re.compile(r"[A-Za-z0-9!@/:.+|_-]+")


@dataclass(frozen=True, slots=True)
class Client:
    """A client with permanent credentials.

    Args:
        client_id: Its name, of letters, digits and ``!@/:.+|_-``.
        access_token: The key that its requests are signed with; ASCII.
        scopes: What it may do, before roles are expanded.
        expires: When it stops to be valid, with a time zone; None means never.
        disabled: Whether it is refused although it exists.

    Raises:
        ValueError: If one of these is not as described.
    """

    client_id: str
    access_token: str = field(repr=False)
    scopes: tuple[str, ...] = ()
    expires: datetime | None = None
    disabled: bool = False

    def __post_init__(self) -> None:
        if not _CLIENT_ID.fullmatch(self.client_id):
            raise ValueError(f"{self.client_id!r} is not a client id")
        if not (self.access_token and self.access_token.isascii()):
            raise ValueError(f"the access token of {self.client_id} must be ASCII and not empty")
        for scope in self.scopes:
            if not scope_algebra.is_valid(scope):
                raise ValueError(f"{scope!r} of {self.client_id} is not a scope")
        if self.expires is not None and self.expires.utcoffset() is None:
            raise ValueError(f"the expiry of {self.client_id} has no time zone")


QUEUE_CLIENT_ID = "static/taskcluster/queue"
"""The client that lends temporary credentials to tasks."""

INDEX_CLIENT_ID = "static/taskcluster/index"
"""The client that opens artifacts to those who ask the index for them."""

ROOT_CLIENT = Client(
    "sandbox/root",
    "sandbox-only-no-secret-0000000000000000000000",
    scopes=("*",),
)
"""The client that every sandbox has, which may do everything."""
