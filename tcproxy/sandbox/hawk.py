"""Hawk as a deployment checks it: the Authorization header and the bewit (mozilla/hawk, API.md).

The MAC is mohawk's, over the request target exactly as it was sent. mohawk's own receiver parses
the URL first and so loses an empty ``?``, ``;parameters`` of the last segment and a ``#``; hence it
gets the parts of the URL, never the URL. Nothing here knows clients, certificates or scopes.
"""

from __future__ import annotations

import base64
import hmac
import io
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mohawk.util import calculate_mac, calculate_payload_hash

from tcproxy.sandbox.errors import ApiError, authentication_failed

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_HEADER = 4096
"""The longest Authorization header that is read, in bytes."""

MAX_SKEW = 15 * 60
"""How far a timestamp may be from this clock, in seconds."""

_HEADER = re.compile(r"(\w+)(?:\s+(.*))?", re.ASCII | re.DOTALL)
_ATTRIBUTE = re.compile(r'(\w+)="([^"\\]*)"\s*(?:,\s*|\Z)', re.ASCII)
_ATTRIBUTE_VALUE = re.compile(r"[ \w!#$%&'()*+,\-./:;<=>?@\[\]^`{|}~]+", re.ASCII)
_ATTRIBUTES = frozenset({"id", "ts", "nonce", "mac", "hash", "ext", "app", "dlg"})
_HOST = re.compile(r"(\[[^\]]+\]|[^:\s]+)(?::(\d+))?", re.ASCII)
_NUMBER = re.compile(r"\d{1,15}(?:\.\d{1,15})?", re.ASCII)
_BASE64URL = re.compile(r"[\w-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Signed:
    """What came with a signature, and what the signature covers.

    Attributes:
        verb: The HTTP method.
        target: The request target as it was sent.
        host: The value of the Host field; empty if it is missing.
        authorization: The value of the Authorization field; empty if it is missing.
        has_bewit: Whether the query has a ``bewit``.
        content_type: The value of the Content-Type field; empty if it is missing.
        content: The body that a payload hash is about.
    """

    verb: str
    target: str
    host: str
    authorization: str
    has_bewit: bool
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Proof:
    """A signature before it is checked: who claims to call, and what the MAC is over.

    Attributes:
        kind: ``header`` or ``bewit``, as Hawk tells its MACs apart.
        client_id: Who claims to have signed.
        ext: Hawk's application data; empty if there is none.
    """

    kind: str
    client_id: str
    ext: str
    mac: str
    timestamp: str
    nonce: str
    verb: str
    target: str
    host: str
    payload_hash: str | None = None
    app: str | None = None
    dlg: str | None = None


@dataclass(frozen=True, slots=True)
class _Resource:
    """What mohawk makes a MAC of, under the names that it knows; nothing of it is parsed again."""

    credentials: Mapping[str, str]
    timestamp: str
    nonce: str
    method: str
    name: str
    host: str
    port: str
    ext: str
    app: str | None
    dlg: str | None


def read(signed: Signed) -> Proof | None:
    """Return the signature that a request carries, or None if it carries none.

    Raises:
        ApiError: There are two of them, or the one is malformed, or a bewit has expired.
    """
    if signed.authorization and signed.has_bewit:
        raise authentication_failed(
            "Cannot use two authentication schemes at once this request has both bewit in "
            "querystring and 'authorization' header"
        )
    if signed.authorization:
        return _read_header(signed)
    return _read_bewit(signed) if signed.has_bewit else None


def check_mac(proof: Proof, key: str) -> None:
    """Check that the MAC was made with this key.

    Raises:
        ApiError: It was not.
    """
    match = _HOST.fullmatch(proof.host.strip())
    if match is None:
        raise _bad_request("Invalid Host header")
    host, port = match[1].lower(), match[2] or "80"
    # clients differ in whether an IPv6 address keeps its brackets; both mean the same host
    if not any(_mac_matches(proof, key, name, port) for name in {host, host.strip("[]")}):
        raise unauthorized("Bad mac")


def check_time(proof: Proof) -> None:
    """Check that a header is not older or newer than ``MAX_SKEW``; a bewit has an expiry instead.

    Raises:
        ApiError: It is, or its timestamp is no number.
    """
    if proof.kind == "header" and not (
        _NUMBER.fullmatch(proof.timestamp) and abs(float(proof.timestamp) - time.time()) <= MAX_SKEW
    ):
        raise unauthorized("Stale timestamp")


def check_payload(proof: Proof, signed: Signed) -> None:
    """Check the hash of the body, if the signature has one.

    Raises:
        ApiError: It is the hash of something else.
    """
    if proof.payload_hash is None:
        return
    # mohawk writes the parts out for its debug log, but not those that it reads from a file
    content = io.BytesIO(signed.content)
    computed: bytes = calculate_payload_hash(
        content, "sha256", signed.content_type, block_size=1024 * 1024
    )
    if not hmac.compare_digest(computed, proof.payload_hash.encode()):
        raise authentication_failed(
            "Invalid payload hash: {{hash}}\n"
            f"Computed payload hash: {computed.decode()}\n"
            "This happens when your request carries a signed hash of the payload and the hash "
            "doesn't match the hash we've computed on the server-side."
        )


def unauthorized(reason: str) -> ApiError:
    """Return the refusal of a signature that is well-formed but does not hold."""
    return authentication_failed(f"Unauthorized: {reason}")


def _bad_request(reason: str) -> ApiError:
    return authentication_failed(f"Bad Request: {reason}")


def _mac_matches(proof: Proof, key: str, host: str, port: str) -> bool:
    resource = _Resource(
        credentials={"key": key, "algorithm": "sha256"},
        timestamp=proof.timestamp,
        nonce=proof.nonce,
        method=proof.verb,
        name=proof.target,
        host=host,
        port=port,
        ext=proof.ext,
        app=proof.app,
        dlg=proof.dlg,
    )
    mac: bytes = calculate_mac(proof.kind, resource, proof.payload_hash)
    return hmac.compare_digest(mac, proof.mac.encode())


def _read_header(signed: Signed) -> Proof:
    attributes = _parse_header(signed.authorization)
    if not {"id", "ts", "nonce", "mac"} <= attributes.keys():
        raise _bad_request("Missing attributes")
    return Proof(
        kind="header",
        client_id=attributes["id"],
        ext=attributes.get("ext", ""),
        mac=attributes["mac"],
        timestamp=attributes["ts"],
        nonce=attributes["nonce"],
        verb=signed.verb,
        target=signed.target,
        host=signed.host,
        payload_hash=attributes.get("hash"),
        app=attributes.get("app"),
        dlg=attributes.get("dlg"),
    )


def _parse_header(header: str) -> dict[str, str]:
    if len(header.encode("utf-8", "surrogateescape")) > MAX_HEADER:
        raise _bad_request("Header length too long")
    match = _HEADER.fullmatch(header)
    if match is None:
        raise _bad_request("Invalid header syntax")
    scheme, text = match.groups()
    if scheme.lower() != "hawk":
        raise unauthorized("Unauthorized")
    if not text:
        raise _bad_request("Invalid header syntax")
    attributes: dict[str, str] = {}
    position = 0
    while position < len(text):
        attribute = _ATTRIBUTE.match(text, position)
        if attribute is None:
            raise _bad_request("Bad header format")
        name, value = attribute.groups()
        if name not in _ATTRIBUTES:
            raise _bad_request(f"Unknown attribute: {name}")
        if not _ATTRIBUTE_VALUE.fullmatch(value):
            raise _bad_request(f"Bad attribute value: {name}")
        if name in attributes:
            raise _bad_request(f"Duplicate attribute: {name}")
        attributes[name] = value
        position = attribute.end()
    return attributes


def _read_bewit(signed: Signed) -> Proof:
    start = max(signed.target.rfind("?bewit="), signed.target.rfind("&bewit="))
    if start < 0:  # its name was percent-encoded, which Hawk does not look for
        raise unauthorized("Unauthorized")
    separator = signed.target[start]
    bewit, _, rest = signed.target[start + len("?bewit=") :].partition("&")
    if not bewit:
        raise unauthorized("Empty bewit")
    if signed.verb not in {"GET", "HEAD"}:
        raise unauthorized("Invalid method")
    client_id, expiry, mac, ext = _parse_bewit(bewit)
    if not (_NUMBER.fullmatch(expiry) and float(expiry) > time.time()):
        raise unauthorized("Access expired")
    return Proof(
        kind="bewit",
        client_id=client_id,
        ext=ext,
        mac=mac,
        timestamp=expiry,
        nonce="",
        verb="GET",
        target=signed.target[:start] + (separator + rest if rest else ""),
        host=signed.host,
    )


def _parse_bewit(bewit: str) -> list[str]:
    if not _BASE64URL.fullmatch(bewit):
        raise _bad_request("Invalid bewit encoding")
    try:
        text = base64.urlsafe_b64decode(bewit + "=" * (-len(bewit) % 4)).decode()
    except ValueError:
        raise _bad_request("Invalid bewit encoding") from None
    parts = text.split("\\")
    if len(parts) != 4:
        raise _bad_request("Invalid bewit structure")
    if not all(parts[:3]):
        raise _bad_request("Missing bewit attributes")
    return parts
