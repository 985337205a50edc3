"""Which outbound HTTP proxy leads to an origin, as the environment says. No I/O.

The variables are those of curl and most other tools, read by the standard library: `HTTPS_PROXY`,
`HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, in either case.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies_environment, proxy_bypass

from tcproxy.errors import SettingError
from tcproxy.targets import Origin


@dataclass(frozen=True, slots=True)
class OutboundProxy:
    """An HTTP proxy that tunnels connections (RFC 9110, section 9.3.6).

    Attributes:
        host: name or address.
        port: TCP port.
        authorization: value of `Proxy-Authorization`, or empty; never shown.
    """

    host: str
    port: int
    authorization: str = field(default="", repr=False)

    def __str__(self) -> str:
        """Return host and port."""
        return f"{self.host}:{self.port}"

    def connect_request(self, origin: Origin) -> bytes:
        """Return the request that opens a tunnel to the origin."""
        authority = f"{origin.host}:{origin.port}"
        lines = [f"CONNECT {authority} HTTP/1.1", f"Host: {authority}"]
        if self.authorization:
            lines.append(f"Proxy-Authorization: {self.authorization}")
        return "\r\n".join([*lines, "", ""]).encode("latin-1")


class OutboundProxies:
    """The outbound proxies that the environment names, read once."""

    def __init__(self) -> None:
        """Read the environment.

        Raises:
            SettingError: a variable cannot be understood.
        """
        self._settings = getproxies_environment()
        self._by_scheme = {scheme: self._parse(scheme) for scheme in ("http", "https")}

    def for_origin(self, origin: Origin) -> OutboundProxy | None:
        """Return the proxy for an origin, or None where it is reached directly."""
        proxy = self._by_scheme[origin.scheme]
        if proxy is None or _is_bypassed(origin):
            return None
        return proxy

    def _parse(self, scheme: str) -> OutboundProxy | None:
        name = scheme if scheme in self._settings else "all"
        url = self._settings.get(name)
        if not url:
            return None
        variable = f"{name.upper()}_PROXY"
        try:
            parts = urlsplit(url if "://" in url else f"http://{url}")
            host, port = parts.hostname, parts.port or 80
        except ValueError:
            # The error would show what is taken for a port, and may be a part of a password.
            raise SettingError(
                f"{variable} is not a URL: its host or port is not valid; is there a character in "
                "user or password that must be percent-encoded?"
            ) from None
        if parts.scheme != "http" or not host:
            raise SettingError(
                f"{variable} must be http://[user:password@]host[:port]; "
                "other kinds of proxy are not supported"
            )
        authorization = ""
        if parts.username is not None:
            user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            authorization = "Basic " + b64encode(user.encode()).decode()
        return OutboundProxy(host, port, authorization)


def _is_bypassed(origin: Origin) -> bool:
    names = (origin.address, f"{origin.address}:{origin.port}")
    return any(proxy_bypass(name) for name in names)
