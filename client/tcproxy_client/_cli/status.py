"""``status``: whom the proxy signs as, for which deployment, and until when."""

import base64
import binascii
import datetime as dt
import json
import random
import sys
import time
from collections.abc import Mapping
from typing import Any

import click

from tcproxy_client import _brain
from tcproxy_client._brain import Chance, Request, Rules
from tcproxy_client._cli import output
from tcproxy_client._cli.commands import Command
from tcproxy_client._cli.failures import one_line
from tcproxy_client._cli.settings import Settings, settings
from tcproxy_client._failures import UNREADABLE, decoded, rest_failure
from tcproxy_client._reply import Reply
from tcproxy_client._retry import RetryPolicy, Timeouts
from tcproxy_client._times import stringDate
from tcproxy_client.client import createSession, drive

_SCOPES = "/api/auth/v1/scopes/current"
_PROXY = "X-Taskcluster-Proxy-"


@click.command(
    cls=Command,
    short_help="Tell whom the proxy signs as, for which deployment, until when.",
    examples=["status", "status --json", "status | grep clientId"],
)
@click.option("--json", "as_json", is_flag=True, help="JSON on a terminal, too.")
def status(as_json: bool) -> None:
    """Tell whom the proxy signs as: client, scopes and expiry, deployment and proxy.

    On a terminal a table is printed, elsewhere JSON. What is not known is null: permanent
    credentials show no expiry, for instance. If the deployment refuses, the exit code is 1, and
    what is known is printed all the same.
    """
    found = settings()
    reply = _ask(found, "GET", _SCOPES)
    report = _report(found, reply)
    readable = not as_json and sys.stdout.isatty()
    output.write_stdout(_table(report) if readable else output.as_json(report))
    if reply.status >= 400:
        raise rest_failure(reply)


def _report(found: Settings, reply: Reply) -> dict[str, Any]:
    headers = reply.headers
    endpoint = headers.get(_brain.ENDPOINT_HEADER, "")
    deployment = endpoint.removesuffix(_SCOPES) if endpoint.endswith(_SCOPES) else None
    temporary = headers.get(f"{_PROXY}Temp-Clientid")
    body = decoded(reply.body)
    certificate = _certificate(found, deployment) if temporary else {}
    return {
        "clientId": temporary or headers.get(f"{_PROXY}Perm-Clientid"),
        "temporary": None if deployment is None else temporary is not None,
        "expires": _time(certificate.get("expiry")),
        "scopes": body.get("scopes") if isinstance(body, dict) else None,
        "authorizedScopes": _list(headers.get("X-Taskcluster-Authorized-Scopes")),
        "deployment": deployment,
        "proxy": found.proxy.base if found.proxy.socket is None else found.address,
        "proxyVersion": headers.get(f"{_PROXY}Version"),
    }


def _certificate(found: Settings, deployment: str | None) -> Mapping[str, Any]:
    """Read the certificate of temporary credentials from a URL that the proxy signs.

    Nothing else tells when they expire; the URL is of no use and is forgotten.
    """
    if deployment is None:
        return {}
    reply = _ask(found, "POST", "/bewit", f"{deployment}/api/auth/v1/ping".encode())
    url = reply.headers.get("Location", "")
    return bewit_extension(url).get("certificate") or {}


def bewit_extension(url: str) -> Mapping[str, Any]:
    """Read what a signed URL carries beside the signature; empty if it cannot be read."""
    token = url.partition("bewit=")[2].partition("&")[0]
    try:
        extension = _unpadded(token).split(b"\\")[3]
        value = json.loads(_unpadded(extension.decode()))
    except (binascii.Error, ValueError, IndexError):
        return {}
    return value if isinstance(value, Mapping) else {}


def _unpadded(text: str) -> bytes:
    text = text.rstrip("=").replace("+", "-").replace("/", "_")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _ask(found: Settings, method: str, path: str, body: bytes | None = None) -> Reply:
    target = found.proxy
    headers = {"Accept": "*/*"} | ({"Content-Type": "text/plain"} if body else {})
    request = Request(method, target, target.prefix + path, headers, body, "auth")
    rules = Rules(Timeouts(), RetryPolicy(found.retries))
    with createSession() as session:
        chance = Chance(time.monotonic, random.random)
        reply, _ = drive(_brain.complete(request, rules, chance), session)
    assert isinstance(reply, Reply)  # noqa: S101  # tells the type checker
    return reply


def _time(milliseconds: Any) -> str | None:
    if not isinstance(milliseconds, int | float):
        return None
    return stringDate(dt.datetime.fromtimestamp(milliseconds / 1000, dt.UTC))


def _list(text: str | None) -> Any:
    value = UNREADABLE if text is None else decoded(text.encode())
    return None if value is UNREADABLE else value


def _table(report: Mapping[str, Any]) -> bytes:
    kind = {True: "temporary", False: "permanent", None: "unknown"}[report["temporary"]]
    expires = report["expires"] or ("unknown" if report["temporary"] else "not by themselves")
    rows = [
        ("client", f"{report['clientId'] or 'unknown'} ({kind})"),
        ("expires", expires),
        ("deployment", report["deployment"] or "unknown"),
        ("proxy", f"{report['proxy']} (version {report['proxyVersion'] or 'unknown'})"),
        ("scopes", _scopes(report["scopes"])),
    ]
    if report["authorizedScopes"] is not None:
        rows.append(("restricted", _scopes(report["authorizedScopes"])))
    return "".join(f"{name:12}{_block(text)}\n" for name, text in rows).encode()


def _scopes(scopes: Any) -> str:
    if not isinstance(scopes, list):
        return "unknown"
    return "\n".join(map(str, scopes)) or "none"


def _block(text: str) -> str:
    return f"\n{'':12}".join(map(one_line, text.splitlines()))
