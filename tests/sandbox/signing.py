"""Hawk and temporary credentials as a caller makes them, from their definition: with hmac alone.

The sandbox verifies with mohawk, so a mistake there is not repeated here.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from dataclasses import dataclass, replace
from typing import Any

SEED = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


def ext_of(value: Any) -> str:
    """Return a JSON value as `ext` carries it."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode()


def mac(
    kind: str,
    key: str,
    *,
    method: str,
    target: str,
    host: str,
    ts: str,
    nonce: str = "",
    payload_hash: str = "",
    ext: str = "",
    app: str | None = None,
    dlg: str | None = None,
) -> str:
    """Return a MAC; `host` is a Host field's value."""
    name, _, port = host.lower().rpartition(":") if host[-1].isdigit() else (host.lower(), "", "80")
    lines = [f"hawk.1.{kind}", ts, nonce, method, target, name, port, payload_hash, ext]
    if app is not None:
        lines += [app, dlg or ""]
    message = "".join(f"{line}\n" for line in lines).encode()
    return base64.b64encode(hmac.new(key.encode(), message, hashlib.sha256).digest()).decode()


def payload_hash(body: bytes, content_type: str) -> str:
    """Return the hash of a body."""
    message = b"hawk.1.payload\n" + content_type.encode() + b"\n" + body + b"\n"
    return base64.b64encode(hashlib.sha256(message).digest()).decode()


@dataclass(frozen=True, slots=True)
class Signer:
    """Somebody with credentials."""

    client_id: str
    access_token: str
    certificate: Any = None

    def header(self, method: str, target: str, host: str, **changes: str | None) -> str:
        """Return an Authorization field.

        Args:
            method: The method to sign.
            target: The raw request target to sign.
            host: The Host field to sign.
            **changes: Attributes to set, or to leave out with None. `ts`, `nonce`, `hash`, `ext`,
                `app` and `dlg` are signed; `id` and `mac` are only sent.
        """
        ext = None if self.certificate is None else ext_of({"certificate": self.certificate})
        signed = {"ts": str(int(time.time())), "nonce": "abcdef", "hash": None, "ext": ext}
        signed |= {key: value for key, value in changes.items() if key not in {"id", "mac"}}
        attributes = {
            "mac": mac(
                "header",
                self.access_token,
                method=method,
                target=target,
                host=host,
                ts=signed["ts"] or "",
                nonce=signed["nonce"] or "",
                payload_hash=signed["hash"] or "",
                ext=signed["ext"] or "",
                app=signed.get("app"),
                dlg=signed.get("dlg"),
            ),
            "id": self.client_id,
            **signed,
            **changes,
        }
        shown = [f'{key}="{value}"' for key, value in attributes.items() if value is not None]
        return "Hawk " + ", ".join(shown)

    def bewit(
        self,
        target: str,
        host: str,
        *,
        expiry: str | None = None,
        ext: str | None = None,
        method: str = "GET",
    ) -> str:
        """Return a bewit for a raw target."""
        expiry = str(int(time.time()) + 60) if expiry is None else expiry
        if ext is None:
            ext = "" if self.certificate is None else ext_of({"certificate": self.certificate})
        code = mac(
            "bewit",
            self.access_token,
            method=method,
            target=target,
            host=host,
            ts=expiry,
            ext=ext,
        )
        return encode_bewit(f"{self.client_id}\\{expiry}\\{code}\\{ext}")

    def lend(
        self,
        scopes: list[Any],
        *,
        name: str | None = None,
        signed_name: str | None = None,
        remove: tuple[str, ...] = (),
        **changes: Any,
    ) -> Signer:
        """Return temporary credentials for these scopes, from five minutes ago to in an hour.

        Args:
            scopes: What they are for.
            name: Their name, if not the issuer's.
            signed_name: The name that the signature is made for, if not that one.
            remove: Keys to leave out of the certificate.
            **changes: Keys of the certificate to set, after it was signed unless they are `start`,
                `expiry`, `seed` or `issuer`.
        """
        now = int(time.time() * 1000)
        certificate: dict[str, Any] = {
            "version": 1,
            "scopes": scopes,
            "start": changes.pop("start", now - 300_000 + 10_000),
            "expiry": changes.pop("expiry", now + 3_600_000),
            "seed": changes.pop("seed", SEED),
        }
        lines = ["version:1"]
        if name is not None:
            certificate["issuer"] = changes.pop("issuer", self.client_id)
            lines += [f"clientId:{signed_name or name}", f"issuer:{certificate['issuer']}"]
        lines += [f"{key}:{certificate[key]}" for key in ("seed", "start", "expiry")]
        lines += ["scopes:", *map(str, scopes)]
        certificate["signature"] = base64.b64encode(self._hmac("\n".join(lines))).decode()
        certificate |= changes
        certificate = {key: value for key, value in certificate.items() if key not in remove}
        token = base64.urlsafe_b64encode(self._hmac(str(certificate.get("seed"))))
        return Signer(name or self.client_id, token.decode().rstrip("="), certificate)

    def without_certificate(self) -> Signer:
        """Return the same credentials with the certificate lost."""
        return replace(self, certificate=None)

    def _hmac(self, message: str) -> bytes:
        return hmac.new(self.access_token.encode(), message.encode(), hashlib.sha256).digest()


def encode_bewit(text: str) -> str:
    """Return the text of a bewit as it stands in a URL."""
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
