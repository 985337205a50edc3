"""Where callers connect: TCP addresses, Unix sockets, and sockets that systemd passed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import stat
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tcproxy.errors import SettingError

BACKLOG = 1024

_ACCEPTS_PER_TURN = 4
"""Callers that are let in by each turn of the event loop.

uvloop accepts one for each listening socket, so newcomers would wait for all the work that others
have, again and again. Measured with 32 callers that open a connection for each request, four take a
quarter off the CPU time; more would cost a lone caller, as each copy of the socket looks in vain.
"""

_UNIX_OPTIONS: dict[str, Any] = {"cleanup_socket": False} if sys.version_info >= (3, 13) else {}
"""Python would remove the path at the end, which may be systemd's or another process's."""


@dataclass(frozen=True, slots=True)
class Listener:
    """A socket that callers connect to.

    Attributes:
        sock: bound and listening, or about to.
        path: of a Unix socket that was made here, and is removed at the end.
        identity: of what was made there, so that another's socket is left alone.
    """

    sock: socket.socket
    path: Path | None = None
    identity: tuple[int, ...] = ()

    def __str__(self) -> str:
        """Return the address as people write it."""
        name = self.sock.getsockname()
        if self.sock.family == socket.AF_UNIX:
            return f"unix:{name if isinstance(name, str) else '@' + name[1:].decode()}"
        return authority(name[0], name[1])

    async def serve(self, protocol: Callable[[], asyncio.Protocol]) -> list[asyncio.Server]:
        """Accept callers.

        Returns:
            one server for each copy of the socket.
        """
        loop = asyncio.get_running_loop()
        is_unix = self.sock.family == socket.AF_UNIX
        make = loop.create_unix_server if is_unix else loop.create_server
        options = _UNIX_OPTIONS if is_unix else {}
        copies = [self.sock, *(self.sock.dup() for _ in range(_ACCEPTS_PER_TURN - 1))]
        return [await make(protocol, sock=sock, backlog=BACKLOG, **options) for sock in copies]

    def close(self) -> None:
        """Stop listening, and remove the path of a Unix socket."""
        self.sock.close()
        with contextlib.suppress(FileNotFoundError):
            if self.path is not None and _identity(self.path) == self.identity:
                self.path.unlink()


def authority(host: str, port: int) -> str:
    """Return address and port as they stand in a URL."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def tcp(host: str, port: int, settings: str) -> Listener:
    """Listen on a TCP address.

    Args:
        host: IPv4 or IPv6 address.
        port: 0 for a free one.
        settings: names of the settings to blame.

    Raises:
        SettingError: it cannot be listened on.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.setblocking(False)
        sock.bind((host, port))
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        raise SettingError(
            f"cannot listen on {authority(host, port)}: {error.strerror}; see {settings}"
        ) from None
    return Listener(sock)


def unix(path: Path, mode: int, setting: str) -> Listener:
    """Listen on a Unix socket, in place of a stale one.

    Args:
        path: where it lies.
        mode: its permissions.
        setting: name of the setting to blame.

    Raises:
        SettingError: it cannot be listened on.
    """
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        _remove_stale(path)
        before = os.umask(0o777 & ~mode)
        try:
            sock.bind(str(path))
        finally:
            os.umask(before)
        path.chmod(mode)
        sock.setblocking(False)
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        reason = error.strerror or str(error)
        raise SettingError(f"{setting}: cannot listen on {path}: {reason}") from None
    return Listener(sock, path, _identity(path))


def _identity(path: Path) -> tuple[int, ...]:
    """Tell what is there: a file system may give the number of what was removed to what is new."""
    status = path.lstat()
    return (status.st_dev, status.st_ino, status.st_mtime_ns)


def _remove_stale(path: Path) -> None:
    try:
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise OSError("there is a file that is no socket")
    except FileNotFoundError:
        return
    if _is_listening(path):
        raise OSError("another process listens there")
    path.unlink()


def _is_listening(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        # Where many wait to be accepted, a connection would wait, too.
        probe.setblocking(False)
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            return False
        except BlockingIOError:
            return True
    return True
