"""Temporary credentials: making them from permanent ones, and telling when they end.

The only place of this package that handles an access token. It makes credentials for others to
use, for example to start a proxy with fewer scopes; requests are never signed here.
"""

import hashlib
import hmac
import json
import os
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tcproxy_client._slugs import slugId
from tcproxy_client._text import dumpJson, encodeStringForB64Header, makeB64UrlSafe, toStr
from tcproxy_client.exceptions import TaskclusterAuthFailure, TaskclusterFailure

_LONGEST = timedelta(days=31)
_SOON = 20 * 60

# A temporary token is a SHA-256 digest as base64url without padding: 43 characters, the last of
# which carries four bits. A permanent one is two slugs, 44 characters.
_TEMPORARY_TOKEN = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")


def createTemporaryCredentials(
    clientId: str | bytes,
    accessToken: str | bytes,
    start: datetime,
    expiry: datetime,
    scopes: list[str],
    name: str | None = None,
) -> dict[str, Any]:
    """Make temporary credentials from permanent ones. Nothing is sent.

    Args:
        clientId: the client that lends its scopes.
        accessToken: its access token.
        start: from when they are valid; naive times are in UTC. Deployments allow for clocks that
            differ, so callers need not.
        expiry: until when, at most 31 days later.
        scopes: what they may do.
        name: a name for them, a clientId of its own; without one they go by the client's.

    Returns:
        ``clientId``, ``accessToken`` (bytes) and ``certificate`` (JSON text).

    Raises:
        TaskclusterFailure: if a scope is not text, or the span is too long.
        TaskclusterAuthFailure: if the issuer's credentials are temporary themselves.
    """
    if not all(isinstance(scope, str) for scope in scopes):
        raise TaskclusterFailure("Scope must be string")
    if not isinstance(scopes, list):
        raise TypeError(f"scopes must be a list, not {scopes!r}")
    if expiry - start > _LONGEST:
        raise TaskclusterFailure("Only 31 days allowed")
    if not isinstance(accessToken, str | bytes):
        raise TypeError(f"accessToken must be text or bytes, not {type(accessToken).__name__}")
    key = accessToken.encode() if isinstance(accessToken, str) else accessToken
    _refuse_temporary(key.decode("utf-8", "replace"))
    seed = slugId() + slugId()
    times = {"start": _milliseconds(start), "expiry": _milliseconds(expiry)}
    issuer = {"issuer": toStr(clientId)} if name else {}
    signed = [
        "version:1",
        *([f"clientId:{name}", f"issuer:{toStr(clientId)}"] if name else []),
        f"seed:{seed}",
        *(f"{which}:{time}" for which, time in times.items()),
        "scopes:",
        *scopes,
    ]
    signature = encodeStringForB64Header(_hmac(key, "\n".join(signed)))
    certificate = {"version": 1, "scopes": list(scopes), **times, "seed": seed, **issuer}
    return {
        "clientId": name or clientId,
        "accessToken": makeB64UrlSafe(encodeStringForB64Header(_hmac(key, seed))).rstrip(b"="),
        "certificate": dumpJson(certificate | {"signature": signature}),
    }


def isExpired(certificate: Mapping[str, Any] | str | bytes) -> bool:
    """Tell whether a certificate of temporary credentials has ended or will within 20 minutes.

    Args:
        certificate: as a dict or as JSON. Without an expiry it counts as ended.
    """
    read = certificate if isinstance(certificate, Mapping) else json.loads(certificate)
    return bool(read.get("expiry", 0) < (time.time() + _SOON) * 1000)


def _refuse_temporary(token: str) -> None:
    held = os.environ.get("TASKCLUSTER_CERTIFICATE")
    if _TEMPORARY_TOKEN.fullmatch(token) or (
        held and token == os.environ.get("TASKCLUSTER_ACCESS_TOKEN")
    ):
        raise TaskclusterAuthFailure(
            "Temporary credentials cannot issue others: a deployment would refuse them. "
            "Use a permanent client's credentials"
        )


def _milliseconds(moment: datetime) -> int:
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return int(aware.timestamp() // 1) * 1000


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
