"""URLs of the storage that are signed: AWS Signature Version 4 in the query, made and checked.

The names of the parameters are those that S3 and what is compatible with it use ("Authenticating
Requests: Using Query Parameters" in its API reference). Nothing here knows what is stored.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from tcproxy.sandbox.storage_errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Mapping

_ALGORITHM = "AWS4-HMAC-SHA256"
_PAYLOAD = "UNSIGNED-PAYLOAD"
_REGION = "sandbox/s3/aws4_request"
_TIME = "%Y%m%dT%H%M%SZ"
_MAX_SKEW = timedelta(minutes=15)
_MAX_EXPIRES = 7 * 24 * 60 * 60
_DIGITS = re.compile(r"[0-9]{1,6}")
_REQUIRED = ("Credential", "Date", "Expires", "SignedHeaders", "Signature")


@dataclass(frozen=True, slots=True)
class Key:
    """What the storage signs with: a name that URLs show, and a secret."""

    key_id: str
    secret: str = field(repr=False)

    @classmethod
    def make(cls) -> Key:
        """Return a fresh one."""
        return cls("sandbox-storage", secrets.token_urlsafe(30))


@dataclass(frozen=True, slots=True)
class Requested:
    """What a signature is over, beside the query.

    Attributes:
        verb: The HTTP method; HEAD is signed as GET.
        path: The path, percent-encoded.
        headers: The value of each header field, by its name in lower case.
    """

    verb: str
    path: str
    headers: Mapping[str, str]


def encode(text: str) -> str:
    """Percent-encode all but unreserved characters and the slash."""
    return quote(text, safe="/-_.~")


def presign(key: Key, requested: Requested, lifetime: int, now: datetime) -> str:
    """Return the query that makes a request allowed.

    Args:
        key: What to sign with.
        requested: The request; all of its headers are signed.
        lifetime: How long, in seconds.
        now: The present moment.
    """
    date = now.astimezone(UTC).strftime(_TIME)
    parameters = {
        "X-Amz-Algorithm": _ALGORITHM,
        "X-Amz-Content-Sha256": _PAYLOAD,
        "X-Amz-Credential": f"{key.key_id}/{date[:8]}/{_REGION}",
        "X-Amz-Date": date,
        "X-Amz-Expires": str(lifetime),
        "X-Amz-SignedHeaders": ";".join(sorted(requested.headers)),
        "x-id": "PutObject" if requested.verb == "PUT" else "GetObject",
    }
    query = _canonical_query(parameters)
    return f"{query}&X-Amz-Signature={_signature(key, requested, parameters)}"


def is_signed(query: str) -> bool:
    """Tell whether a query claims to be signed."""
    return "X-Amz-Signature=" in query


def check(key: Key, requested: Requested, query: str, now: datetime) -> None:
    """Check that a request is as it was signed, and in time.

    Args:
        key: What it was signed with.
        requested: The request, with all of its headers.
        query: Its raw query.
        now: The present moment.

    Raises:
        StorageError: It is not.
    """
    parameters = _parse(query)
    lifetime = parameters["X-Amz-Expires"]
    if not (_DIGITS.fullmatch(lifetime) and int(lifetime) <= _MAX_EXPIRES):
        raise _malformed(f"X-Amz-Expires must be a number from 0 to {_MAX_EXPIRES}")
    if parameters["X-Amz-Credential"].partition("/")[0] != key.key_id:
        raise StorageError("InvalidAccessKeyId", "The access key in X-Amz-Credential is not known")
    signed = parameters["X-Amz-SignedHeaders"].split(";")
    if "host" not in signed:
        raise _malformed("X-Amz-SignedHeaders must name host")
    headers = {name: requested.headers.get(name, "") for name in signed}
    given = parameters.pop("X-Amz-Signature")
    expected = _signature(key, Requested(requested.verb, requested.path, headers), parameters)
    if not hmac.compare_digest(expected.encode(), given.encode("utf-8", "surrogateescape")):
        raise StorageError(
            "SignatureDoesNotMatch",
            "The method, path, query or a signed header is not as it was signed. Signed headers "
            f"are: {', '.join(signed)}",
        )
    _check_time(_moment(parameters["X-Amz-Date"]), timedelta(seconds=int(lifetime)), now)


def _check_time(made: datetime, lifetime: timedelta, now: datetime) -> None:
    if made > now + _MAX_SKEW:
        raise StorageError("AccessDenied", "Request is not valid yet")
    if made + lifetime <= now:
        raise StorageError("AccessDenied", "Request has expired")


def _moment(text: str) -> datetime:
    try:
        return datetime.strptime(text, _TIME).replace(tzinfo=UTC)
    except ValueError:
        raise _malformed("X-Amz-Date must look like 20261122T141403Z") from None


def _parse(query: str) -> dict[str, str]:
    parameters: dict[str, str] = {}
    for pair in filter(None, query.split("&")):
        name, _, value = pair.partition("=")
        name = unquote(name)
        if name in parameters:
            raise _malformed(f"{name} is there twice")
        parameters[name] = unquote(value)
    for name in _REQUIRED:
        if f"X-Amz-{name}" not in parameters:
            raise _malformed(f"X-Amz-{name} is missing")
    if parameters.get("X-Amz-Algorithm") != _ALGORITHM:
        raise _malformed(f"X-Amz-Algorithm must be {_ALGORITHM}")
    return parameters


def _malformed(text: str) -> StorageError:
    return StorageError("AuthorizationQueryParametersError", text)


def _canonical_query(parameters: Mapping[str, str]) -> str:
    pairs = sorted((quote(k, safe="-_.~"), quote(v, safe="-_.~")) for k, v in parameters.items())
    return "&".join(f"{name}={value}" for name, value in pairs)


def _signature(key: Key, requested: Requested, parameters: Mapping[str, str]) -> str:
    names = sorted(requested.headers)
    canonical = "\n".join(
        [
            "GET" if requested.verb == "HEAD" else requested.verb,
            encode(unquote(requested.path)),
            _canonical_query(parameters),
            *(f"{name}:{' '.join(requested.headers[name].split())}" for name in names),
            "",
            ";".join(names),
            _PAYLOAD,
        ]
    )
    date = parameters["X-Amz-Date"]
    scope = parameters["X-Amz-Credential"].partition("/")[2]
    digest = hashlib.sha256(canonical.encode("utf-8", "surrogateescape")).hexdigest()
    derived = f"AWS4{key.secret}".encode()
    for part in scope.split("/"):
        derived = _hmac(derived, part)
    return _hmac(derived, "\n".join([_ALGORITHM, date, scope, digest])).hex()


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode("utf-8", "surrogateescape"), hashlib.sha256).digest()
