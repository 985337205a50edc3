"""Checks of Hawk signatures over raw request bytes, as a deployment makes them.

mohawk's own receiver parses the URL before it signs and so loses an empty `?`, the `;parameters` of
the last segment and a `#`; here its MAC is computed over exactly what was on the wire.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import re
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import taskcluster
from mohawk.util import calculate_mac, parse_authorization_header

from tests.harness.daemon import ACCESS_TOKEN, CLIENT_ID

if TYPE_CHECKING:
    from tests.harness.upstream import Request

_BEWIT = re.compile(r"^(/.*)([?&])bewit=([^&$]*)(?:&(.+))?$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request should be signed with."""

    client_id: str = CLIENT_ID
    access_token: str = ACCESS_TOKEN
    certificate: str | None = None

    def arguments(self) -> dict[str, Any]:
        """Return them as arguments of `Daemon`."""
        return {
            "client_id": self.client_id,
            "access_token": self.access_token,
            "certificate": self.certificate,
            "secrets": self.secrets(),
        }

    def body(self) -> bytes:
        """Return them as the body of `PUT /credentials`."""
        values = {"clientId": self.client_id, "accessToken": self.access_token}
        if self.certificate is not None:
            values["certificate"] = self.certificate
        return json.dumps(values).encode()

    def secrets(self) -> list[str]:
        """Return the parts that nobody may see."""
        if self.certificate is None:
            return [self.access_token]
        certificate = json.loads(self.certificate)
        return [self.access_token, certificate["signature"], certificate["seed"]]


DEFAULT = Credentials()


@dataclass(frozen=True, slots=True)
class Signature:
    """The attributes of a Hawk header whose MAC was found right."""

    client_id: str
    timestamp: int
    nonce: str
    ext: str | None
    header: str

    @property
    def ext_json(self) -> Any:
        """What `ext` says."""
        assert self.ext is not None
        return decode_ext(self.ext)


@dataclass(frozen=True, slots=True)
class Bewit:
    """A bewit whose MAC was found right."""

    client_id: str
    expiry: int
    ext: str
    target: str


def temporary(
    *scopes: str,
    name: str | None = None,
    begins: dt.timedelta = dt.timedelta(minutes=-10),
    ends: dt.timedelta = dt.timedelta(hours=1),
) -> Credentials:
    """Make temporary credentials with the official client; times are relative to now."""
    now = dt.datetime.now(dt.UTC)
    made = taskcluster.createTemporaryCredentials(
        CLIENT_ID, ACCESS_TOKEN, now + begins, now + ends, list(scopes), name=name
    )
    return Credentials(made["clientId"], made["accessToken"].decode(), made["certificate"])


def official_ext(credentials: Credentials, scopes: list[str] | None) -> str:
    """Return the `ext` that the official client makes."""
    options: dict[str, Any] = {
        "rootUrl": "https://tc.test",
        "credentials": json.loads(credentials.body()),
    }
    if scopes is not None:
        options["authorizedScopes"] = scopes
    ext: bytes = taskcluster.Auth(options).makeHawkExt()
    return ext.decode("ascii")


def decode_ext(ext: str) -> Any:
    """Return the JSON in an `ext`, which has its padding, as the official clients send it."""
    return json.loads(base64.urlsafe_b64decode(ext))


def verify(
    request: Request, *, scheme: str = "http", credentials: Credentials = DEFAULT
) -> Signature:
    """Check the Authorization header of a request that came, and return its attributes."""
    header = request.value("Authorization")
    assert header is not None, request.head.raw
    attributes = parse_authorization_header(header.decode("ascii"))
    assert "hash" not in attributes, "the body was signed"
    host, port = _host_and_port((request.value("Host") or b"").decode("ascii"), scheme)
    mac = _mac(
        "header",
        method=request.method,
        # a deployment's HTTP parser hands on a target as Latin-1
        target=request.target.decode("latin-1"),
        host=host,
        port=port,
        timestamp=attributes["ts"],
        nonce=attributes["nonce"],
        ext=attributes.get("ext", ""),
        access_token=credentials.access_token,
    )
    assert attributes["mac"] == mac, f"bad mac for {request.head.start_line!r}"
    assert attributes["id"] == credentials.client_id
    return Signature(
        attributes["id"],
        int(attributes["ts"]),
        attributes["nonce"],
        attributes.get("ext"),
        header.decode("ascii"),
    )


def verify_bewit(url: str, *, credentials: Credentials = DEFAULT) -> Bewit:
    """Check the bewit of a URL as Hawk's server side does, and return what it says."""
    scheme, _, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    parts = _BEWIT.match(slash + path)
    assert parts, f"no bewit in {url}"
    target = parts[1] + (parts[2] + parts[4] if parts[4] else "")
    padding = "=" * (-len(parts[3]) % 4)
    assert "=" not in parts[3]
    client_id, expiry, mac, ext = base64.urlsafe_b64decode(parts[3] + padding).decode().split("\\")
    host, port = _host_and_port(authority, scheme.lower())
    expected = _mac(
        "bewit",
        method="GET",
        target=target,
        host=host,
        port=port,
        timestamp=expiry,
        nonce="",
        ext=ext,
        access_token=credentials.access_token,
    )
    assert mac == expected, f"bad mac for {url}"
    assert client_id == credentials.client_id
    return Bewit(client_id, int(expiry), ext, target)


def _host_and_port(authority: str, scheme: str) -> tuple[str, str]:
    parsed = urlsplit(f"//{authority}")
    assert parsed.hostname, authority
    host = f"[{parsed.hostname}]" if ":" in parsed.hostname else parsed.hostname
    return host.lower(), str(parsed.port or {"http": 80, "https": 443}[scheme])


def _mac(kind: str, *, method: str, target: str, access_token: str, **attributes: str) -> str:
    resource = SimpleNamespace(
        method=method.upper(),
        name=target,
        credentials={"id": "", "key": access_token, "algorithm": "sha256"},
        app=None,
        dlg=None,
        **attributes,
    )
    mac: bytes = calculate_mac(kind, resource, "")
    return mac.decode("ascii")
