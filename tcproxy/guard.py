"""Which requests are refused because a web page may be behind them. Pure.

A browser on the machine runs pages that nobody here trusts, and a deployment allows every page to
read its answers (`Access-Control-Allow-Origin: *`). Browsers say what they do: `Origin` and
`Sec-Fetch-Site` tell of another page (Fetch standard, Fetch Metadata), and `Host` tells the name
that an attacker pointed at this machine (DNS rebinding).
"""

from __future__ import annotations

import ipaddress
import re

from tcproxy.errors import Refusal

_HOST = re.compile(r"(?P<name>\[[0-9A-Fa-f:.%A-Za-z]+\]|[^:\[\]/@]+)(:[0-9]{0,5})?")
_SINGLE_LABEL = re.compile(r"[A-Za-z0-9_-]+")
_REMEMBERED = 64
"""Good `Host` fields that are not looked at twice; bounded, as callers choose them."""

_OWN_SITES = frozenset({"none", "same-origin"})


class Guard:
    """Tells pages from programs."""

    def __init__(self, allowed_origins: frozenset[str], allowed_hosts: frozenset[str]) -> None:
        """Say who is let through all the same.

        Args:
            allowed_origins: origins, in lower case, as in an `Origin` field; `*` for all.
            allowed_hosts: names, in lower case, that `Host` may carry beside those that cannot be
                pointed elsewhere; `*` for all.
        """
        self._origins = allowed_origins
        self._any_origin = "*" in allowed_origins
        self._hosts = allowed_hosts
        self._any_host = "*" in allowed_hosts
        self._known: set[str] = set()

    def check_host(self, host: str) -> Refusal | None:
        """Refuse a name that an attacker may have pointed at this machine.

        Args:
            host: the value of `Host`, or the authority of an absolute target.
        """
        if host in self._known:
            return None
        match = _HOST.fullmatch(host)
        if match is None:
            return _BAD_HOST
        name = match["name"].lower().removesuffix(".")
        if not (self._any_host or name in self._hosts or _cannot_be_rebound(name)):
            message = (
                f"requests for the host {name[:100]!a} are refused, as the name may have been "
                "pointed here by an attacker; to allow it, start tcproxy with "
                "--allowed-host-header"
            )
            return Refusal(403, "HostHeaderNotAllowed", message)
        if len(self._known) < _REMEMBERED:
            self._known.add(host)
        return None

    def check_page(self, origins: list[str], sites: list[str]) -> Refusal | None:
        """Refuse a request that a page made.

        Args:
            origins: the values of `Origin`.
            sites: the values of `Sec-Fetch-Site`.
        """
        if self._any_origin:
            return None
        if origins:
            if all(origin.lower() in self._origins for origin in origins):
                return None
            return _ORIGIN_REFUSED
        if all(site.lower() in _OWN_SITES for site in sites):
            return None
        return _ORIGIN_REFUSED


def authority_of(target: str) -> str | None:
    """Return the authority of a target in absolute form (RFC 9112, section 3.2.2), or None."""
    if target.startswith("/"):
        return None
    _, separator, rest = target.partition("://")
    return re.split(r"[/?#]", rest, maxsplit=1)[0] if separator else None


def _cannot_be_rebound(name: str) -> bool:
    if name == "localhost" or name.endswith(".localhost") or _SINGLE_LABEL.fullmatch(name):
        return True
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


_BAD_HOST = Refusal(400, "InvalidHost", "The Host field is not a host with an optional port")
_ORIGIN_REFUSED = Refusal(
    403,
    "OriginNotAllowed",
    "Requests that a web page makes are refused; to allow the pages of an origin, "
    "start tcproxy with --allowed-origin",
)
