"""What systemd hands over and wants to hear: passed sockets, and notifications.

Source: sd_listen_fds(3), sd_notify(3), sd_watchdog_enabled(3)
"""

from __future__ import annotations

import os
import socket
import time

from tcproxy.errors import SettingError

_FIRST_FD = 3
RESERVED_NAMES = frozenset({"metrics"})
"""Names of passed sockets that are not for requests."""


def passed_sockets() -> list[socket.socket]:
    """Return the listening sockets that systemd passed, and forget that it did.

    Raises:
        SettingError: one cannot be listened on.
    """
    pid, count = os.environ.pop("LISTEN_PID", ""), os.environ.pop("LISTEN_FDS", "")
    names = os.environ.pop("LISTEN_FDNAMES", "").split(":")
    if pid != str(os.getpid()) or not count.isdigit():
        return []
    sockets = []
    for index in range(int(count)):
        name = names[index] if index < len(names) else ""
        if name not in RESERVED_NAMES:
            sockets.append(_take(_FIRST_FD + index, name))
    return sockets


def _take(fd: int, name: str) -> socket.socket:
    try:
        sock = socket.socket(fileno=fd)
    except OSError as error:
        raise SettingError(
            f"LISTEN_FDS: file descriptor {fd} ({name or 'unnamed'}) is no socket: {error.strerror}"
        ) from None
    is_listening = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    if sock.type != socket.SOCK_STREAM or not is_listening:
        sock.close()
        raise SettingError(
            f"LISTEN_FDS: socket {fd} ({name or 'unnamed'}) does not listen for streams; "
            "the socket unit needs ListenStream= and Accept=no"
        )
    sock.set_inheritable(False)
    sock.setblocking(False)
    return sock


class Notifier:
    """Tells systemd how the daemon fares, if systemd listens."""

    def __init__(self) -> None:
        """Find out whether, and how often, systemd wants to hear."""
        self._address = os.environ.pop("NOTIFY_SOCKET", "")
        self.watchdog_seconds = _watchdog_seconds()

    def ready(self) -> None:
        """The daemon serves."""
        self._send("READY=1")

    def stopping(self) -> None:
        """The daemon finishes what runs, and ends."""
        self._send("STOPPING=1")

    def reloading(self) -> None:
        """The daemon reads its files again; `ready` ends this."""
        self._send(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def alive(self) -> None:
        """The daemon's event loop turns."""
        self._send("WATCHDOG=1")

    def _send(self, state: str) -> None:
        if not self._address:
            return
        address = self._address
        if address.startswith("@"):
            address = "\0" + address[1:]
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
            sock.setblocking(False)
            try:
                sock.sendto(state.encode(), address)
            except OSError:
                # Nobody listens (any more); sd_notify(3) says to go on all the same.
                self._address = ""


def _watchdog_seconds() -> float | None:
    pid, usec = os.environ.pop("WATCHDOG_PID", ""), os.environ.pop("WATCHDOG_USEC", "")
    if not usec.isdigit() or int(usec) == 0 or pid not in {"", str(os.getpid())}:
        return None
    return int(usec) / 2_000_000
