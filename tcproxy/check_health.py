"""`tcproxy --check-health`: ask the daemon that runs here how it is, as a container's probe does.

The daemon is found by the settings that it was started with; no credentials are needed for that.
"""

from __future__ import annotations

import ipaddress
import json
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Any, NamedTuple

from tcproxy.targets import Origin

if TYPE_CHECKING:
    from tcproxy.settings import Settings

SECONDS = 3.0
"""How long it may take, after the settings are read."""

_BODY_LIMIT = 64 * 1024
_VERSION_FIELD = "X-Taskcluster-Proxy-Version"
_PATHS = {"--check-health": "/__heartbeat__", "--check-alive": "/__lbheartbeat__"}


class _UnwellError(Exception):
    """The daemon is not as it should be; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the daemon may listen.

    Attributes:
        name: for people.
        path: of a Unix socket; empty for TCP.
        host: address to connect to, for TCP.
        port: for TCP.
    """

    name: str
    path: str = ""
    host: str = ""
    port: int = 0

    @classmethod
    def tcp(cls, address: str, port: int) -> Place:
        """Return the place of a TCP address that is listened on, which may stand for all."""
        parsed = ipaddress.ip_address(address)
        host = address
        if parsed.is_unspecified:
            host = "127.0.0.1" if parsed.version == 4 else "::1"
        return cls(str(Origin("http", f"[{host}]" if ":" in host else host, port)), "", host, port)

    @classmethod
    def unix(cls, path: str) -> Place:
        """Return the place of a Unix socket."""
        return cls(f"unix:{path}", path)


class _Answer(NamedTuple):
    """What came back.

    Attributes:
        status: the status code.
        server: name and version of the daemon, or None where another program answers.
        body: as received.
    """

    status: int
    server: str | None
    body: bytes


def check_health(settings: Settings, action: str) -> int:
    """Ask the daemon, and print one line.

    Args:
        settings: those that the daemon was started with.
        action: `--check-health`, which asks whether requests would succeed, or `--check-alive`,
            which asks whether the daemon runs.

    Returns:
        The exit code: 0 if all is well.
    """
    try:
        with _deadline():
            told = _ask_all(settings, _PATHS[action])
    except _UnwellError as error:
        print(f"tcproxy: {error}", file=sys.stderr)  # noqa: T201  as all that is wrong
        return 1
    # A path may be anything, and a terminal may show little.
    print(told.encode("ascii", "backslashreplace").decode())  # noqa: T201  what was asked for
    return 0


def running_daemon(place: Place) -> str | None:
    """Return the name and version of the daemon that runs at a place, or None if none does."""
    try:
        return _get(place, _PATHS["--check-alive"]).server
    except (_UnwellError, OSError):
        return None


def _ask_all(settings: Settings, path: str) -> str:
    """Ask at each place in turn until somebody answers there."""
    places = _places(settings)
    problems = []
    for place in places:
        try:
            return f"ok: {_ask(place, path)} on {place.name}"
        except TimeoutError:
            raise _UnwellError(
                f"{place.name} gave no answer within {SECONDS:g} s; it hangs, or waits for its "
                "deployment"
            ) from None
        except OSError as error:
            reason = error.strerror or str(error)
            problems.append(f"nothing answers on {place.name}: {reason}")
    raise _UnwellError("; ".join(problems) or _NOWHERE)


def _ask(place: Place, path: str) -> str:
    """Return the name and version of the daemon at a place, if it is well."""
    answer = _get(place, path)
    if answer.server is None:
        raise _UnwellError(f"another program than tcproxy answers on {place.name}; see --port")
    if answer.status != 200:
        raise _UnwellError(f"{place.name} answers {answer.status}: {_reason(answer.body)}")
    return answer.server


def _get(place: Place, path: str) -> _Answer:
    connection = _Connection(place)
    try:
        connection.request("GET", path, headers={"Host": _host(place), "Connection": "close"})
        response = connection.getresponse()
        version = response.headers.get(_VERSION_FIELD)
        server = None if version is None else f"tcproxy/{version}"
        return _Answer(response.status, server, response.read(_BODY_LIMIT))
    except (ConnectionResetError, BrokenPipeError, HTTPException):
        # It closes connections of those whom it does not admit (http.client: RemoteDisconnected).
        raise _UnwellError(
            f"{place.name} closed the connection without an answer; if the daemon has "
            "--allowed-user or --allowed-network, check as its own user or as root "
            f"(this is user {os.geteuid()})"
        ) from None
    finally:
        connection.close()


def _places(settings: Settings) -> list[Place]:
    """Return where the daemon listens: Unix sockets first, which nobody else can listen on."""
    places = [Place.unix(path) for path in settings.socket]
    if settings.port:
        places.append(Place.tcp(settings.ip_address, settings.port))
    return places


def _host(place: Place) -> str:
    """Return a `Host` that the daemon serves under, whatever it is set to."""
    return "localhost" if place.path else place.name.removeprefix("http://")


def _reason(body: bytes) -> str:
    """Return what the daemon says is wrong."""
    try:
        answer: Any = json.loads(body)
        if "checks" not in answer:
            return str(answer["message"])
        return "; ".join(f"{name}: {told}" for name, told in answer["checks"].items())
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return "it does not say why"


class _Connection(HTTPConnection):
    """A connection to a TCP or Unix socket."""

    def __init__(self, place: Place) -> None:
        super().__init__(place.host or "localhost", place.port or None, timeout=SECONDS)
        self._path = place.path

    def connect(self) -> None:
        if not self._path:
            super().connect()
            return
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(SECONDS)
        self.sock.connect(self._path)


@contextmanager
def _deadline() -> Iterator[None]:
    """Raise TimeoutError after some time, even where bytes come, one by one."""

    def late(_number: int, _frame: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


_NOWHERE = (
    "port 0 is one that only the daemon knows: set --port (TCPROXY_PORT) or --socket "
    "(TCPROXY_SOCKET) as for the daemon"
)
