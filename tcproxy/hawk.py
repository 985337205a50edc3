"""Hawk signatures: the `Authorization` header and bewits, from a client's id, token and ext.

Arithmetic only: time and nonce are arguments, and what a request means is not known here. The form
is that of mohawk, and of Taskcluster's own clients; tests hold them equal.
Source: https://github.com/mozilla/hawk/blob/main/API.md
"""

from __future__ import annotations

import hashlib
import itertools
import json
import secrets
from base64 import urlsafe_b64encode
from binascii import b2a_base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

HEADER_LIMIT = 4096
"""Bytes of `Authorization` that a deployment accepts; a longer one is answered 401."""

NONCE_LENGTH = 8

_BLOCK = 64
"""Bytes of a block of SHA-256."""

_nonces = itertools.count(secrets.randbits(31))


def fresh_nonce() -> str:
    """Return a nonce that this process has not used before; a nonce is no secret."""
    return f"{next(_nonces) & 0xFFFFFFFF:08x}"


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs for one client.

    Attributes:
        client_id: the Hawk id; a header attribute can hold neither a quote nor a backslash.
        key: the access token; never shown.
        ext: the `ext` attribute, in base64.
    """

    client_id: str
    key: bytes = field(repr=False)
    ext: str = field(repr=False)
    _states: tuple[hashlib._Hash, hashlib._Hash] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Do the part of HMAC that depends on the key alone (RFC 2104, section 4)."""
        key = self.key if len(self.key) <= _BLOCK else hashlib.sha256(self.key).digest()
        key = key.ljust(_BLOCK, b"\0")
        states = tuple(hashlib.sha256(bytes(byte ^ pad for byte in key)) for pad in (0x36, 0x5C))
        object.__setattr__(self, "_states", states)

    def authorization(
        self, method: str, target: str, host: str, port: int, timestamp: int, nonce: str
    ) -> str:
        """Return the value of the `Authorization` header for one request.

        Args:
            method: the HTTP method; Hawk signs it in upper case.
            target: the request target, as sent.
            host: the host of the `Host` field, in lower case, without the port.
            port: the port of the `Host` field, or the scheme's own.
            timestamp: seconds since the epoch.
            nonce: differs for each request with the same timestamp.
        """
        mac = self._mac("header", timestamp, nonce, method.upper(), target, host, port)
        return (
            f'Hawk mac="{mac}", id="{self.client_id}", ts="{timestamp}", '
            f'nonce="{nonce}", ext="{self.ext}"'
        )

    def bewit(self, target: str, host: str, port: int, expiry: int) -> str:
        """Return a bewit: the right to GET one target until it expires.

        Args:
            target: path and query, without a bewit.
            host: as in `authorization`.
            port: as in `authorization`.
            expiry: seconds since the epoch.
        """
        mac = self._mac("bewit", expiry, "", "GET", target, host, port)
        bewit = f"{self.client_id}\\{expiry}\\{mac}\\{self.ext}"
        return urlsafe_b64encode(bewit.encode()).rstrip(b"=").decode()

    def header_size(self) -> int:
        """Return the length in bytes of every header that this signer makes."""
        return len(self.authorization("GET", "/", "h", 80, 1_700_000_000, "n" * NONCE_LENGTH))

    def _mac(
        self, kind: str, time: int, nonce: str, method: str, target: str, host: str, port: int
    ) -> str:
        text = f"hawk.1.{kind}\n{time}\n{nonce}\n{method}\n{target}\n{host}\n{port}\n\n{self.ext}\n"
        inner, outer = self._states[0].copy(), self._states[1].copy()
        inner.update(text.encode())
        outer.update(inner.digest())
        return b2a_base64(outer.digest(), newline=False).decode()


def make_ext(certificate: Mapping[str, Any] | None, authorized_scopes: Sequence[str] | None) -> str:
    """Return the `ext` attribute as Taskcluster's clients build it.

    Args:
        certificate: of temporary credentials.
        authorized_scopes: what requests are restricted to; None for no restriction, which an
            empty list is not.
    """
    ext: dict[str, Any] = {}
    if certificate is not None:
        ext["certificate"] = certificate
    if authorized_scopes is not None:
        ext["authorizedScopes"] = list(authorized_scopes)
    text = json.dumps(ext, separators=(",", ":"))
    return urlsafe_b64encode(text.encode()).decode()
