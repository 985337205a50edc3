"""Where a request goes: from the request target that a caller sent to an origin and its target.

Knows the three URL forms and the proxy's own paths; does no I/O. A target is never decoded,
normalised or encoded again: Hawk signs the bytes that were sent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

from tcproxy.errors import Refusal

ENDPOINTS = frozenset(
    {
        "/bewit",
        "/credentials",
        "/__version__",
        "/__heartbeat__",
        "/__lbheartbeat__",
        "/__metrics__",
        "/__status__",
        "/__status__/events",
    }
)
DEFAULT_PORTS = {"http": 80, "https": 443}

_SERVICE = re.compile(r"[A-Za-z0-9_-]+")
_USUAL = re.compile(r"/(api/)?(?!api/)([A-Za-z0-9_-]+)/[^/?#]+/")
"""Targets that need no closer look: of a service, in either form."""

_HOST = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_])?\.?")
_AUTHORITY = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:(?P<port>[0-9]{1,5}))?")
_BEWIT = re.compile(r"([?&]bewit=)[^&#]*")


@dataclass(frozen=True, slots=True)
class Origin:
    """A scheme, host and port (RFC 6454) that requests are sent to.

    Attributes:
        scheme: `http` or `https`.
        host: in lower case; an IPv6 address stands in brackets, as in a `Host` field.
        port: the TCP port.
    """

    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """The `Host` field: the port is left out where it is the scheme's own."""
        if DEFAULT_PORTS[self.scheme] == self.port:
            return self.host
        return f"{self.host}:{self.port}"

    @property
    def address(self) -> str:
        """The host as the resolver wants it: without the brackets of an IPv6 address."""
        return self.host.strip("[]")

    def __str__(self) -> str:
        """Return the origin as a URL without a path."""
        return f"{self.scheme}://{self.authority}"


@dataclass(frozen=True, slots=True)
class Deployment:
    """The deployment that the proxy serves.

    Attributes:
        origin: where `rootUrl` points.
        prefix: the path of `rootUrl` without its last slash; empty for nearly every deployment.
    """

    origin: Origin
    prefix: str = ""

    @classmethod
    def parse(cls, root_url: str) -> Deployment:
        """Read a root URL.

        Raises:
            ValueError: it is not an absolute http(s) URL without query, fragment and user.
        """
        url = split_url(root_url.strip())
        if "?" in url.target or url.fragment:
            raise ValueError("it must have neither a query nor a fragment")
        return cls(url.origin, url.target.rstrip("/"))

    def __str__(self) -> str:
        """Return the root URL, without a slash at its end."""
        return f"{self.origin}{self.prefix}"


class Forward(NamedTuple):
    """A request that is signed and sent on.

    Attributes:
        origin: where to.
        target: the request target to send, byte for byte what is signed.
        service: the Taskcluster service, or an empty string where another host was named.
        signed_by_caller: whether the query carries a bewit, so that no header may be added:
            a deployment refuses a request that has both.
    """

    origin: Origin
    target: str
    service: str
    signed_by_caller: bool = False

    @property
    def url(self) -> str:
        """The whole URL, with the value of a bewit hidden."""
        return f"{self.origin}{self.shown_target}"

    @property
    def shown_target(self) -> str:
        """The target, with the value of a bewit hidden."""
        return hide_bewit(self.target) if self.signed_by_caller else self.target


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A request that the proxy answers itself.

    Attributes:
        path: one of `ENDPOINTS`.
    """

    path: str


@dataclass(frozen=True, slots=True)
class SplitUrl:
    """An absolute URL in pieces that, put together, give back every byte.

    Attributes:
        origin: scheme, host and port.
        target: path and query as they stand; `/` where the path is empty.
        base: everything before the fragment, as it stands.
        fragment: with its `#`, or empty.
    """

    origin: Origin
    target: str
    base: str
    fragment: str


class Router:
    """Resolves request targets for one deployment."""

    def __init__(self, deployment: Deployment, allowed_hosts: frozenset[str] = frozenset()) -> None:
        """Make a router.

        Args:
            deployment: serves `/api/...` and `/<service>/...`.
            allowed_hosts: hosts, in lower case, that `/<host>/...` may name; `*` means all.
        """
        self.deployment = deployment
        self._origin = deployment.origin
        self._prefix = deployment.prefix
        self._allowed_hosts = allowed_hosts

    def resolve(self, target: str) -> Forward | Endpoint | Refusal:
        """Tell where the request target leads.

        Args:
            target: the request target as sent (RFC 9112, section 3.2).

        Returns:
            A forward or an endpoint; a refusal where it leads nowhere, or nowhere allowed.
        """
        match = _USUAL.match(target)
        if match is not None:
            return self._to_deployment(target if match[1] else "/api" + target, match[2])
        if not target.startswith("/"):
            return _NOT_ORIGIN_FORM
        path = _before_query(target)
        if path in ENDPOINTS:
            return Endpoint(path)
        first, _, rest = path[1:].partition("/")
        if first == "api":
            return self._api(target, rest)
        if "." in first:
            return self._host(first, target)
        return self._service(first, rest, target)

    def _api(self, target: str, rest: str) -> Forward | Refusal:
        parts = rest.split("/", 2)
        if len(parts) < 3 or not parts[1]:
            return _not_found("this is not /api/<service>/<version>/<path>")
        if not _SERVICE.fullmatch(parts[0]):
            return _unknown_service(parts[0])
        return self._to_deployment(target, parts[0])

    def _service(self, service: str, rest: str, target: str) -> Forward | Refusal:
        if not _SERVICE.fullmatch(service):
            return _unknown_service(service)
        version, slash, _ = rest.partition("/")
        if not slash or not version:
            return _not_found("this is neither /<service>/<version>/<path> nor a path of the proxy")
        return self._to_deployment("/api" + target, service)

    def _to_deployment(self, target: str, service: str) -> Forward:
        return Forward(self._origin, self._prefix + target, service, has_bewit(target))

    def _host(self, host: str, target: str) -> Forward | Refusal:
        name = host.lower()
        if not _HOST.fullmatch(name) or ".." in name:
            return _not_found(
                "a host in the path is a plain name or IPv4 address; it takes no port, user or %"
            )
        origin = Origin("https", name, 443)
        if not (
            name in self._allowed_hosts
            or "*" in self._allowed_hosts
            or origin == self.deployment.origin
        ):
            message = (
                f"requests to the host {name} are not signed; "
                f"to allow it, start tcproxy with --allowed-host {name}"
            )
            return Refusal(403, "HostNotAllowed", message)
        rest = target[len(host) + 1 :]
        if not rest.startswith("/"):
            rest = "/" + rest
        return Forward(origin, rest, "", has_bewit(rest))


def split_url(url: str) -> SplitUrl:
    """Take an absolute http(s) URL apart without changing a byte of its path and query.

    Args:
        url: printable ASCII without spaces.

    Raises:
        ValueError: it is anything else, or names a user; the text says what is wrong.
    """
    if not url.isascii() or any(not "!" <= char <= "~" for char in url):
        raise ValueError("it must be printable ASCII without spaces")
    scheme, separator, rest = url.partition("://")
    if not separator or scheme.lower() not in DEFAULT_PORTS:
        raise ValueError("it must start with http:// or https://")
    base, mark, fragment = url.partition("#")
    rest = base[len(scheme) + 3 :]
    authority = re.split(r"[/?]", rest, maxsplit=1)[0]
    target = rest[len(authority) :]
    if not target.startswith("/"):
        target = "/" + target
    return SplitUrl(_origin(scheme.lower(), authority), target, base, mark + fragment)


def has_bewit(target: str) -> bool:
    """Tell whether a target carries a bewit, by the rule of Hawk's own servers."""
    return "bewit=" in target and _BEWIT.search(target) is not None


def hide_bewit(text: str) -> str:
    """Replace the value of every bewit parameter, which is a credential."""
    return _BEWIT.sub(r"\1***", text) if "bewit=" in text else text


def hide_query(target: str) -> str:
    """Replace the values of a target's query, which may carry secrets; the names stay."""
    path, mark, query = target.partition("?")
    if not mark:
        return target
    pairs = (pair.partition("=") for pair in query.partition("#")[0].split("&"))
    return path + mark + "&".join(f"{name}{'=***' if eq else ''}" for name, eq, _ in pairs)


def _origin(scheme: str, authority: str) -> Origin:
    if "@" in authority:
        raise ValueError("it must not name a user")
    match = _AUTHORITY.fullmatch(authority)
    if match is None:
        raise ValueError("its host or port is not valid")
    port = int(match["port"]) if match["port"] else DEFAULT_PORTS[scheme]
    if not 0 < port < 65536:
        raise ValueError("its port is not between 1 and 65535")
    try:
        urlsplit(f"{scheme}://{authority}/")
    except ValueError:
        raise ValueError("its host is not valid") from None
    return Origin(scheme, match["host"].lower(), port)


def _before_query(target: str) -> str:
    return target.partition("?")[0].partition("#")[0]


def _not_found(what: str) -> Refusal:
    return Refusal(404, "ResourceNotFound", f"Not found: {what}")


def _unknown_service(name: str) -> Refusal:
    shown = repr(name[:80])
    return _not_found(f"{shown} is not a valid taskcluster service")


_NOT_ORIGIN_FORM = Refusal(
    400,
    "InvalidRequestTarget",
    "the request target must be a path such as /queue/v1/ping; tcproxy is not a general HTTP proxy",
    close=True,
)
