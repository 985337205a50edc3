"""Credentials and certificates: what `PUT /credentials`, a file or a setting may hold."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode
from typing import Any

from tcproxy.credentials import (
    ActiveCredentials,
    Credentials,
    CredentialsError,
    CredentialStore,
    parse_certificate,
)
from tcproxy.hawk import HEADER_LIMIT

WORDS = (
    b'{"clientId": "', b'"accessToken": "', b'"certificate": "', b'\\"version\\": 1',
    b'\\"seed\\": ', b'\\"signature\\": ', b'\\"start\\": ', b'\\"expiry\\": ', b'\\"scopes\\": [',
    b'\\"issuer\\": ', b'\\"clientId\\": ', b"1e999", b"NaN", b"-0", b"[[[[", b"null",
    b"true", b"\\u0000", b"\\ud800",
    b'"version": 1', b'"seed": "', b'"scopes": ["a:*"]', b'"start": 0', b'"expiry": 1e14',
)  # fmt: skip

_FIELD_LINE = re.compile(rb"[A-Za-z-]+: [\x20-\x7e]*")
_AUTHORIZATION = re.compile(r"[\x20-\x7e]+")
_KNOWN = CredentialStore(Credentials.make("known", "known-token", None), None)


def check(data: bytes) -> None:
    """Read the bytes as credentials, and as a certificate."""
    _check_body(data)
    _check_certificate(data)


def _check_body(body: bytes) -> None:
    secrets = _secrets(body)
    before = _KNOWN.current
    try:
        credentials = Credentials.from_json(body)
        _KNOWN.replace(credentials)
    except CredentialsError as error:
        _check_text(str(error), secrets)
        # A refused update leaves everything as it was.
        assert _KNOWN.current is before
        return
    _check_text(repr(credentials) + repr(_KNOWN.current), secrets - {credentials.client_id})
    _check_use(credentials, _KNOWN.current)


def _check_use(credentials: Credentials, active: ActiveCredentials) -> None:
    signer = active.signer
    header = signer.authorization("GET", "/", "h", 80, 1_700_000_000, "12345678")
    assert _AUTHORIZATION.fullmatch(header)
    assert header.count('"') == 10
    assert len(header) == signer.header_size() <= HEADER_LIMIT
    for line in active.header_lines:
        assert _FIELD_LINE.fullmatch(line), line
    ext = json.loads(urlsafe_b64decode(signer.ext))
    assert ext.get("certificate") == credentials.certificate
    assert (active.expires is None) == (credentials.certificate is None)
    fields = urlsafe_b64decode(signer.bewit("/x", "h", 80, 1) + "==").decode().split("\\")
    assert fields[0] == credentials.client_id
    assert len(fields) == 4


def _check_certificate(text: bytes) -> None:
    try:
        certificate = parse_certificate(text.decode("latin-1"))
    except CredentialsError as error:
        _check_text(str(error), _secrets(text))
        return
    assert certificate["version"] == 1
    assert certificate["expiry"] - certificate["start"] is not None
    # It is sent on in a header: it must be JSON for the deployment, too.
    assert json.loads(json.dumps(certificate, allow_nan=False)) == certificate


def _check_text(text: str, secrets: set[str]) -> None:
    assert "\n" not in text
    for secret in secrets:
        assert secret not in text, (secret, text)


def _secrets(body: bytes) -> set[str]:
    """Return the strings of JSON that nobody may see, where they are long enough to be known."""
    try:
        value: Any = json.loads(body)
        found = [value[name] for name in ("accessToken", "seed", "signature") if name in value]
        found += [*_secrets(value["certificate"].encode())] if "certificate" in value else []
    except (ValueError, TypeError, AttributeError, RecursionError, KeyError):
        return set()
    return {each for each in found if isinstance(each, str) and len(each) >= 12}
