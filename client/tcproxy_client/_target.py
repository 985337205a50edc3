"""Where requests go: reads root URLs and proxy addresses, and builds the URLs below them.

URLs are only taken apart and put together here; nothing is looked up or connected.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote, urlsplit

from tcproxy_client._table import Endpoint
from tcproxy_client.exceptions import TaskclusterFailure

# In a task's container the proxy has this name.
DEFAULT_PROXY = "http://taskcluster"

_SIGNATURE = re.compile(
    r"([?&](?:bewit|sig|[\w-]*signature|[\w-]*credential|[\w-]*security-token)=)[^&#]*",
    re.IGNORECASE,
)
_HOST = re.compile(r"[^.]{1,63}(?:\.[^.]{1,63})*\.?")
_USABLE = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class Target:
    """One place that requests are sent to.

    Attributes:
        scheme: http or https.
        host: the host name or address, IPv6 without brackets.
        port: the port, or None for the scheme's own.
        prefix: a path that comes before every route; empty or with a leading slash.
        socket: the path of a unix socket that is connected to instead of host and port.
    """

    scheme: str
    host: str
    port: int | None = None
    prefix: str = ""
    socket: str | None = None

    @property
    def origin(self) -> str:
        """The URL of the place without its prefix."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port is None else f":{self.port}"
        return f"{self.scheme}://{host}{port}"

    @property
    def base(self) -> str:
        """The URL of the place, without a trailing slash."""
        return self.origin + self.prefix


@lru_cache(maxsize=256)
def target(url: str, option: str = "rootUrl") -> Target:
    """Read where requests go.

    Args:
        url: ``http://``, ``https://`` or ``unix:///path``; trailing slashes do not matter.
        option: the option it came from, for the message.

    Raises:
        TaskclusterFailure: if the URL is of no use.
    """
    if url.startswith("unix:"):
        return _socket(url, option)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise _unusable(url, option, str(error)) from None
    if parts.scheme not in ("http", "https") or not host:
        raise _unusable(url, option, "it must begin with http://, https:// or unix:///")
    if parts.username is not None or parts.password is not None:
        raise _unusable("...", option, "it must not hold a user name or password")
    if parts.query or parts.fragment or "?" in url or "#" in url:
        raise _unusable(url, option, "it must not have a query or fragment")
    if not _USABLE.fullmatch(url):
        raise _unusable(url, option, "it must be ASCII without spaces; encode it first")
    if ":" not in host and not _HOST.fullmatch(host):
        raise _unusable(url, option, "a part of its host name is empty or longer than 63 letters")
    return Target(parts.scheme, host, port, parts.path.rstrip("/"))


def _socket(url: str, option: str) -> Target:
    path = url.removeprefix("unix:")
    path = path.removeprefix("//")
    if not path.startswith("/"):
        raise _unusable(url, option, "a socket is given as unix:///absolute/path")
    return Target("http", "localhost", socket=path)


def _unusable(url: str, option: str, why: str) -> TaskclusterFailure:
    return TaskclusterFailure(f"{option} {url!r} cannot be used: {why}")


def path(service: str, version: str, endpoint: Endpoint, values: Sequence[str | int]) -> str:
    """Build the path of a method below the root URL, its arguments percent-encoded.

    Args:
        service: the service's name in paths, as ``worker-manager``.
        version: its version, as ``v1``.
        endpoint: the method.
        values: the route's arguments, in their order.
    """
    pieces = endpoint.pieces
    route = pieces[0] + "".join(
        quote(str(value), safe="") + piece for value, piece in zip(values, pieces[1:], strict=True)
    )
    return f"/api/{service}/{version}/{route}"


def hide_signature(url: str) -> str:
    """Give the URL without what makes it as good as a credential: a bewit or signature."""
    return _SIGNATURE.sub(r"\1***", url)
