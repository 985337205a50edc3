"""Who is at the other end of a connection, and whether they may use the proxy."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import os
import pwd
import socket
import struct
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from tcproxy.errors import SettingError
from tcproxy.proc_net import Address, find_uid, plain_address
from tcproxy.sock_diag import SockDiag, works

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
_TRIES = 3
"""How often a connection is looked for: while the table changes, a row may be passed over."""

_PEERCRED = struct.Struct("iII")


@dataclass(frozen=True, slots=True)
class Refused:
    """A caller who may not use the proxy.

    Attributes:
        reason: why, for the log.
        uid: the caller's user, where it was found.
    """

    reason: str
    uid: int | None


class Peers:
    """Finds out which local user a connection belongs to.

    The kernel is asked for just that socket; where it does not answer, as in some containers, its
    whole table is read, in a thread.
    """

    def __init__(self) -> None:
        """Find out which way works here."""
        self._diag = SockDiag() if works() else None
        self._waiting: list[asyncio.Future[tuple[bytes, ...]]] = []
        self._reading: asyncio.Task[None] | None = None

    async def uid_of(self, transport: asyncio.Transport) -> int | None:
        """Return the uid of the caller, or None where no socket of this system is the other end.

        Args:
            transport: of the caller's connection.
        """
        sock = transport.get_extra_info("socket")
        if sock is not None and sock.family == socket.AF_UNIX:
            return unix_uid(sock)
        peer, own = transport.get_extra_info("peername"), transport.get_extra_info("sockname")
        if not peer or not own:
            return None
        device = peer[3] if len(peer) == 4 else 0
        return await self._find(cast("Address", peer[:2]), cast("Address", own[:2]), device)

    async def _find(self, peer: Address, own: Address, device: int) -> int | None:
        if self._diag is not None:
            try:
                return self._diag.find_uid(peer, own, device)
            except OSError:
                # It will not get better: go on with the tables.
                self._diag.close()
                self._diag = None
        for _ in range(_TRIES):
            for table in await self._tables():
                uid = find_uid(table, peer, own)
                if uid is not None:
                    return uid
        return None

    async def _tables(self) -> tuple[bytes, ...]:
        """Read the tables; one reading serves all who asked before it began."""
        future: asyncio.Future[tuple[bytes, ...]] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        if self._reading is None:
            self._reading = asyncio.create_task(self._read())
        return await future

    async def _read(self) -> None:
        while self._waiting:
            waiting, self._waiting = self._waiting, []
            tables = await asyncio.to_thread(_read_tables)
            for future in waiting:
                if not future.done():
                    future.set_result(tables)
        self._reading = None


class Admission:
    """Decides who may connect."""

    def __init__(
        self, peers: Peers, allowed_uids: frozenset[int] | None, networks: tuple[Network, ...]
    ) -> None:
        """Say who may.

        Args:
            peers: finds out who it is.
            allowed_uids: users of this system; None for every user.
            networks: addresses of callers that are not on this system.
        """
        self._peers = peers
        self._uids = allowed_uids
        self._networks = networks

    async def check(self, transport: asyncio.Transport) -> Refused | None:
        """Look who it is; return why they may not connect, or None."""
        uid = await self._peers.uid_of(transport)
        if uid is not None:
            if self._uids is None or uid in self._uids:
                return None
            return Refused("the user is not allowed", uid)
        peer = transport.get_extra_info("peername")
        if peer and self._is_in_network(peer):
            return None
        return Refused("no socket of this system is the other end", None)

    def _is_in_network(self, peer: tuple[Any, ...]) -> bool:
        address = plain_address(peer[0])
        if not any(address in network for network in self._networks):
            return False
        # A local caller who has left already is not found either, and must not pass for a stranger.
        return _is_foreign(address, peer[3] if len(peer) == 4 else 0)


def require_lookup(setting: str) -> None:
    """Make sure that callers' users can be found on this system.

    Args:
        setting: what needs it, for the message.

    Raises:
        SettingError: they cannot.
    """
    if sys.platform != "linux" or not os.access(_TABLES[0], os.R_OK):
        raise SettingError(
            f"{setting} cannot be used here: callers are told apart by /proc/net/tcp, "
            "which only Linux has"
        )


def allowed_uids(user: str) -> frozenset[int]:
    """Return the users who may connect when one is allowed: that one, root and the daemon's own.

    Raises:
        ValueError: there is no such user.
    """
    try:
        uid = pwd.getpwnam(user).pw_uid
    except KeyError:
        raise ValueError(f"there is no user {user!r} on this system") from None
    return frozenset({uid, *own_uids()})


def own_uids() -> frozenset[int]:
    """Return root, and the user that the daemon runs as."""
    return frozenset({0, os.geteuid()})


def unix_uid(sock: socket.socket) -> int:
    """Return the uid of the process at the other end of a Unix socket (unix(7), SO_PEERCRED)."""
    data = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEERCRED.size)
    uid: int = _PEERCRED.unpack(data)[1]
    return uid


def _read_tables() -> tuple[bytes, ...]:
    return tuple(path.read_bytes() for path in _TABLES if path.exists())


def _is_foreign(address: ipaddress.IPv4Address | ipaddress.IPv6Address, device: int) -> bool:
    """Tell whether an address is for sure none of this system's own."""
    try:
        if address.version == 4:
            with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
                probe.bind((str(address), 0))
        else:
            with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as probe:
                probe.bind((str(address), 0, 0, device))
    except OSError as error:
        return error.errno == errno.EADDRNOTAVAIL
    return False
