"""Temporary credentials: made, and whether a certificate is well-formed, in time, and signed.

A certificate says which scopes its issuer lends until when; the temporary access token follows from
its seed. Nothing here looks up clients or checks a request's MAC.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import slugid

from tcproxy.sandbox import scopes as scope_algebra
from tcproxy.sandbox.errors import authentication_failed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from tcproxy.sandbox.clients import Client

_SECOND = 1000  # milliseconds
_TOLERANCE = 5 * 60 * _SECOND
_MAX_LIFE = 31 * 24 * 60 * 60 * _SECOND
_SEED_LENGTH = 44
_GREATEST_NUMBER = 2**53


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate of the right form; its times are in milliseconds since 1970.

    Attributes:
        issuer: Who signed; None if the credentials bear the issuer's own name.
    """

    scopes: tuple[str, ...]
    start: float
    expiry: float
    seed: str
    signature: str
    issuer: str | None


def read(value: Any, client_id: str) -> Certificate:
    """Return the certificate that came in ``ext``.

    Args:
        value: The JSON value there.
        client_id: Who the request says is calling.

    Raises:
        ApiError: The value is no certificate, or not one for this client id.
    """
    _require(isinstance(value, dict), "must be a JSON object")
    issuer = _read_issuer(value, client_id)
    version = value.get("version")
    _require(_is_number(version) and version == 1, "version must be 1", ".")
    seed = value.get("seed")
    _require(isinstance(seed, str), "seed must be a string", ".")
    _require(len(seed) == _SEED_LENGTH, f"seed must be {_SEED_LENGTH} characters", ".")
    for name in ("start", "expiry"):
        _require(_is_number(value.get(name)), f"{name} must be a number", ".")
    scopes = value.get("scopes")
    _require(isinstance(scopes, list), "scopes must be an array", ".")
    _require(
        all(map(scope_algebra.is_valid, scopes)), "scopes must be an array of valid scopes", "."
    )
    signature = value.get("signature")
    return Certificate(
        scopes=tuple(scopes),
        start=value["start"],
        expiry=value["expiry"],
        seed=seed,
        signature=signature if isinstance(signature, str) else "",
        issuer=issuer,
    )


def check_times(certificate: Certificate) -> None:
    """Check that a certificate is valid now, give or take five minutes, and not for too long.

    Raises:
        ApiError: It is not.
    """
    now = time.time() * _SECOND
    _require(certificate.start <= now + _TOLERANCE, "start > now", ".")
    _require(certificate.expiry >= now - _TOLERANCE, "expiry < now", ".")
    _require(
        certificate.expiry - certificate.start <= _MAX_LIFE, "cannot last longer than 31 days!"
    )


def check_issuer(
    certificate: Certificate, issuer: Client, held: tuple[str, ...], client_id: str
) -> None:
    """Check that the issuer may lend these scopes and this name, and signed them.

    Args:
        certificate: What was lent.
        issuer: Who lent it.
        held: The issuer's scopes, with its roles expanded.
        client_id: The name that the request was made under.

    Raises:
        ApiError: One of these is not so.
    """
    naming = f"auth:create-client:{client_id}"
    if certificate.issuer is not None and not scope_algebra.satisfies(held, naming):
        raise authentication_failed(
            f"ext.certificate issuer `{issuer.client_id}` doesn't have `{naming}` "
            "for supplied clientId."
        )
    if not scope_algebra.satisfies(held, scope_algebra.AllOf(certificate.scopes)):
        raise authentication_failed(
            f"ext.certificate issuer `{issuer.client_id}` doesn't satisfy all certificate scopes "
            f"{', '.join(certificate.scopes)}.  The temporary credentials were not generated "
            "correctly."
        )
    signature = base64.b64encode(_sign(_signed_text(certificate, client_id), issuer.access_token))
    _require(
        hmac.compare_digest(signature, certificate.signature.encode("utf-8", "surrogatepass")),
        "signature is not valid"
        + (", or wrong clientId provided" if certificate.issuer is not None else ""),
        ".",
    )


def issue(
    issuer: Client, client_id: str, scopes: Iterable[str], start: datetime, expiry: datetime
) -> dict[str, str]:
    """Return temporary credentials, as services hand them out: the certificate is JSON in a string.

    Args:
        issuer: Who lends the scopes and the name.
        client_id: The name.
        scopes: What the credentials are for.
        start: When they begin to be valid.
        expiry: When they end; at most 31 days later.
    """
    unsigned = Certificate(
        scopes=tuple(scopes),
        start=_milliseconds(start),
        expiry=_milliseconds(expiry),
        seed=slugid.v4() + slugid.v4(),
        signature="",
        issuer=issuer.client_id,
    )
    signature = base64.b64encode(_sign(_signed_text(unsigned, client_id), issuer.access_token))
    certificate = {
        "version": 1,
        "scopes": list(unsigned.scopes),
        "start": unsigned.start,
        "expiry": unsigned.expiry,
        "seed": unsigned.seed,
        "signature": signature.decode(),
        "issuer": issuer.client_id,
    }
    return {
        "clientId": client_id,
        "accessToken": access_token(unsigned, issuer),
        "certificate": json.dumps(certificate, separators=(",", ":")),
    }


def access_token(certificate: Certificate, issuer: Client) -> str:
    """Return the temporary access token that belongs to a certificate."""
    token = _sign(certificate.seed, issuer.access_token)
    return base64.urlsafe_b64encode(token).decode().rstrip("=")


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * _SECOND)


def _read_issuer(value: Mapping[str, Any], client_id: str) -> str | None:
    issuer = value.get("issuer")
    if issuer is None:
        _require(
            "clientId" not in value, "clientId must only be used with ext.certificate.issuer", "."
        )
        return None
    _require(isinstance(issuer, str), "issuer must be a string", ".")
    _require(issuer != client_id, "issuer must differ from the supplied clientId", ".")
    return str(issuer)


def _is_number(value: Any) -> bool:
    """Tell whether a JSON value is a number that arithmetic can be done with."""
    return (
        isinstance(value, (int, float))
        and not isinstance(value, bool)
        and abs(value) <= _GREATEST_NUMBER
    )


def _signed_text(certificate: Certificate, client_id: str) -> str:
    names = (
        ()
        if certificate.issuer is None
        else (f"clientId:{client_id}", f"issuer:{certificate.issuer}")
    )
    return "\n".join(
        [
            "version:1",
            *names,
            f"seed:{certificate.seed}",
            f"start:{_number(certificate.start)}",
            f"expiry:{_number(certificate.expiry)}",
            "scopes:",
            *certificate.scopes,
        ]
    )


def _number(value: float) -> str:
    """Write a number as JavaScript does, for which 1.0 is 1."""
    return str(int(value)) if value == int(value) else str(value)


def _sign(text: str, key: str) -> bytes:
    message = text.encode("utf-8", "surrogatepass")
    return hmac.new(key.encode("ascii"), message, hashlib.sha256).digest()


def _require(condition: bool, what: str, joint: str = " ") -> None:
    if not condition:
        raise authentication_failed(f"ext.certificate{joint}{what}")
