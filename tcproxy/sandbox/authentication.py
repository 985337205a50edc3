"""Who calls, and with which scopes: the signature, the certificate and authorizedScopes together.

The order of the checks is a deployment's: the form of the signature, the client, the certificate,
authorizedScopes, the MAC, the time, the payload hash.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tcproxy.sandbox import certificates, hawk, times
from tcproxy.sandbox import scopes as scope_algebra
from tcproxy.sandbox.errors import authentication_failed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tcproxy.sandbox.clients import Client

_BASE64 = re.compile(r"[\w+/-]*={0,2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a request was found to come from.

    Attributes:
        client_id: The caller's name; None if it sent no credentials.
        scopes: What it may do, with roles expanded, in normal form.
    """

    client_id: str | None
    scopes: tuple[str, ...]


class Authenticator:
    """Finds out who signed a request.

    Args:
        clients: The clients that exist, by name; looked up anew for each request.
        expand: Turns the scopes that a client has into all that they stand for, and adds those
            that everybody has.
    """

    def __init__(
        self, clients: Mapping[str, Client], expand: Callable[[Iterable[str]], tuple[str, ...]]
    ) -> None:
        self._clients = clients
        self._expand = expand

    def identify(self, signed: hawk.Signed) -> Identity:
        """Return who signed a request, or nobody if it has no signature.

        Raises:
            ApiError: The signature does not hold. There is no other way to fail.
        """
        proof = hawk.read(signed)
        if proof is None:
            return Identity(None, self._expand(()))
        ext = _read_ext(proof.ext)
        key, scopes = self._grants(proof.client_id, ext.get("certificate"))
        authorized = ext.get("authorizedScopes")
        if authorized is not None:
            scopes = self._expand(_checked(authorized, scopes))
        hawk.check_mac(proof, key)
        hawk.check_time(proof)
        hawk.check_payload(proof, signed)
        return Identity(proof.client_id, scopes)

    def _grants(self, client_id: str, value: Any) -> tuple[str, tuple[str, ...]]:
        """Return the key that a client signs with, and its scopes."""
        if value is None:
            client = self._find(client_id)
            return client.access_token, self._expand(client.scopes)
        certificate = certificates.read(value, client_id)
        issuer = self._find(certificate.issuer or client_id)
        certificates.check_times(certificate)
        certificates.check_issuer(certificate, issuer, self._expand(issuer.scopes), client_id)
        return certificates.access_token(certificate, issuer), self._expand(certificate.scopes)

    def _find(self, client_id: str) -> Client:
        client = self._clients.get(client_id)
        if client is None:
            raise authentication_failed(f"Client with clientId '{client_id}' not found")
        if client.disabled:
            raise authentication_failed(f"Client with clientId '{client_id}' is disabled")
        if client.expires is not None and client.expires < times.now():
            raise authentication_failed(f"Client with clientId: '{client_id}' has expired")
        return client


def _read_ext(ext: str) -> dict[str, Any]:
    """Return the JSON object in ``ext``, in either base64 alphabet, padded or not."""
    if not ext:
        return {}
    if not _BASE64.fullmatch(ext):
        raise authentication_failed("Failed to parse ext")
    try:
        text = ext.rstrip("=").replace("+", "-").replace("/", "_")
        value = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, RecursionError):
        raise authentication_failed("Failed to parse ext") from None
    if not isinstance(value, dict):
        raise authentication_failed("Failed to parse ext")
    return value


def _checked(authorized: Any, held: tuple[str, ...]) -> tuple[str, ...]:
    """Return authorizedScopes, which must not go beyond the scopes of the credentials."""
    if not isinstance(authorized, list):
        raise authentication_failed("ext.authorizedScopes must be an array")
    if not all(map(scope_algebra.is_valid, authorized)):
        raise authentication_failed("ext.authorizedScopes must be an array of valid scopes")
    if not scope_algebra.satisfies(held, scope_algebra.AllOf(tuple(authorized))):
        raise authentication_failed(
            "Supplied credentials do not satisfy authorizedScopes; credentials have scopes:\n\n"
            f"{_fenced(held)}\n\nauthorizedScopes are:\n\n{_fenced(authorized)}"
        )
    return tuple(authorized)


def _fenced(scopes: Iterable[str]) -> str:
    return "\n".join(["```", *scopes, "```"])
