"""Taskcluster credentials: reading them, and the ones in force as one immutable value.

An update is validated whole before it replaces anything; whoever signs takes a snapshot, so nothing
here ever waits. No I/O.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tcproxy import scopes
from tcproxy.hawk import HEADER_LIMIT, Signer, make_ext

_GREATEST_TIME = 1e15
"""Milliseconds since the epoch; beyond, nothing can be a time."""

_CLIENT_ID = re.compile(r"[\x20\x21\x23-\x5b\x5d-\x7e]+")
_ACCESS_TOKEN = re.compile(r"[\x21-\x7e]+")


class CredentialsError(ValueError):
    """Credentials that cannot be used; its text names what is wrong and shows no secret."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a worker hands over (`PUT /credentials`, or the settings).

    Attributes:
        client_id: of permanent or temporary credentials.
        access_token: never shown.
        certificate: of temporary credentials, parsed; never shown.
    """

    client_id: str
    access_token: str = field(repr=False)
    certificate: Mapping[str, Any] | None = field(default=None, repr=False)

    @classmethod
    def make(cls, client_id: str, access_token: str, certificate: str | None) -> Credentials:
        """Check credentials.

        Args:
            client_id: the Hawk id.
            access_token: the Hawk key.
            certificate: JSON text; None or empty for permanent credentials.

        Raises:
            CredentialsError: they cannot be right.
        """
        if not _CLIENT_ID.fullmatch(client_id):
            raise CredentialsError(
                "clientId must be printable ASCII without quotes and backslashes, and not empty"
            )
        if not _ACCESS_TOKEN.fullmatch(access_token):
            raise CredentialsError("accessToken must be printable ASCII without spaces, not empty")
        parsed = parse_certificate(certificate) if certificate else None
        return cls(client_id, access_token, parsed)

    @classmethod
    def from_json(cls, body: bytes, what: str = "the body") -> Credentials:
        """Read the body of `PUT /credentials`.

        Args:
            body: a JSON object with `clientId`, `accessToken` and perhaps `certificate`, which is
                itself JSON in a string. Other keys are ignored, as workers may send them.
            what: how errors name the body.

        Raises:
            CredentialsError: it is anything else.
        """
        values = _parse_object(body, what)
        for name in ("clientId", "accessToken"):
            if name not in values:
                raise CredentialsError(f"{name} is missing")
            if not isinstance(values[name], str):
                raise CredentialsError(f"{name} must be a string")
        certificate = values.get("certificate")
        if certificate is not None and not isinstance(certificate, str):
            raise CredentialsError("certificate must be a string that holds JSON")
        return cls.make(values["clientId"], values["accessToken"], certificate)


class ActiveCredentials:
    """Credentials made ready for use: signed with as they are, replaced as a whole.

    Attributes:
        signer: makes the signatures.
        header_lines: what every answer tells the caller about them, as header fields.
        starts: when they become valid, in seconds since the epoch; None for permanent credentials.
        expires: when they end, in the same way.
        certificate_scopes: those of temporary credentials, or None for permanent ones.
        authorized_scopes: what requests are restricted to; None for no restriction.
    """

    __slots__ = (
        "authorized_scopes",
        "certificate_scopes",
        "expires",
        "header_lines",
        "signer",
        "starts",
    )

    def __init__(self, credentials: Credentials, authorized_scopes: Sequence[str] | None) -> None:
        """Make credentials ready.

        Args:
            credentials: the client's.
            authorized_scopes: what requests are restricted to, normalised; None for no restriction.

        Raises:
            CredentialsError: a deployment would refuse the header for its length.
        """
        certificate = credentials.certificate
        ext = make_ext(certificate, authorized_scopes)
        self.signer = Signer(credentials.client_id, credentials.access_token.encode(), ext)
        self.starts: float | None = None if certificate is None else certificate["start"] / 1000
        self.expires: float | None = None if certificate is None else certificate["expiry"] / 1000
        self.certificate_scopes: Sequence[str] | None = (
            None if certificate is None else certificate["scopes"]
        )
        self.authorized_scopes = authorized_scopes
        self.header_lines = tuple(_client_lines(credentials, authorized_scopes))
        _check_size(self.signer.header_size(), certificate, authorized_scopes)

    def __repr__(self) -> str:
        """Show who, and no secret."""
        return f"<ActiveCredentials {self.signer.client_id}>"


class CredentialStore:
    """Holds the credentials in force.

    Attributes:
        authorized_scopes: what every request is restricted to, normalised; None for nothing.
        current: the credentials, ready for use.
    """

    __slots__ = ("authorized_scopes", "current")

    def __init__(self, credentials: Credentials, authorized_scopes: Sequence[str] | None) -> None:
        """Start with these.

        Args:
            credentials: the first ones.
            authorized_scopes: what every request is restricted to, for good; None for nothing.

        Raises:
            CredentialsError: they cannot be used.
        """
        self.authorized_scopes = (
            None if authorized_scopes is None else scopes.normalise(authorized_scopes)
        )
        self.current = ActiveCredentials(credentials, self.authorized_scopes)

    def replace(self, credentials: Credentials) -> None:
        """Put others in force; the restriction to scopes stays.

        Raises:
            CredentialsError: they cannot be used; the old ones stay in force.
        """
        self.current = ActiveCredentials(credentials, self.authorized_scopes)


def parse_certificate(text: str) -> Mapping[str, Any]:
    """Read the certificate of temporary credentials.

    Source: https://docs.taskcluster.net/docs/manual/design/apis/hawk/temporary-credentials

    Raises:
        CredentialsError: it is not a certificate that a deployment would look at.
    """
    certificate = _parse_object(text, "certificate")
    if certificate.get("version") != 1 or isinstance(certificate["version"], bool):
        raise CredentialsError("certificate.version must be 1")
    for name in ("seed", "signature"):
        if not isinstance(certificate.get(name), str) or not certificate[name]:
            raise CredentialsError(f"certificate.{name} must be a string, and not empty")
    for name in ("start", "expiry"):
        value = certificate.get(name)
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not abs(value) < _GREATEST_TIME
        ):
            raise CredentialsError(f"certificate.{name} must be a number of milliseconds")
    for name in ("issuer", "clientId"):
        if not isinstance(certificate.get(name, ""), str):
            raise CredentialsError(f"certificate.{name} must be a string")
    if not isinstance(certificate.get("scopes"), list):
        raise CredentialsError("certificate.scopes must be a list")
    try:
        scopes.check_scopes(certificate["scopes"])
    except ValueError as error:
        raise CredentialsError(f"certificate.scopes: {error}") from None
    return certificate


def _parse_object(text: str | bytes, what: str) -> dict[str, Any]:
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        # The parser's words may repeat the text, which is secret.
        raise CredentialsError(f"{what} is not JSON") from None
    if not isinstance(value, dict):
        raise CredentialsError(f"{what} must be a JSON object")
    return value


def _refuse_constant(name: str) -> float:
    raise ValueError(name)


def _check_size(
    size: int, certificate: Mapping[str, Any] | None, authorized_scopes: Sequence[str] | None
) -> None:
    if size <= HEADER_LIMIT:
        return
    counts = []
    if authorized_scopes is not None:
        counts.append(f"{len(authorized_scopes)} authorized scopes")
    if certificate is not None:
        counts.append(f"{len(certificate['scopes'])} scopes in the certificate")
    raise CredentialsError(
        f"the Authorization header would be {size} bytes long, but a deployment accepts "
        f"{HEADER_LIMIT}: it carries {' and '.join(counts) or 'a very long clientId'}; "
        "name fewer, cover them with one ending in *, or put them into a role and use assume:<role>"
    )


def _client_lines(credentials: Credentials, authorized_scopes: Sequence[str] | None) -> list[bytes]:
    certificate = credentials.certificate
    kind = "Perm" if certificate is None else "Temp"
    fields = {f"X-Taskcluster-Proxy-{kind}-Clientid": credentials.client_id}
    if certificate is not None:
        fields["X-Taskcluster-Proxy-Temp-Scopes"] = _compact(certificate["scopes"])
    if authorized_scopes is not None:
        fields["X-Taskcluster-Authorized-Scopes"] = _compact(list(authorized_scopes))
    return [f"{name}: {value}".encode() for name, value in fields.items()]


def _compact(value: list[str]) -> str:
    return json.dumps(value, separators=(",", ":"))
