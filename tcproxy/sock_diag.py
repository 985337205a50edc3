"""Asking the kernel for the owner of one TCP socket, by netlink: exact, and one system call.

Source: sock_diag(7); `struct inet_diag_req_v2` and `struct inet_diag_msg` of linux/inet_diag.h
"""

from __future__ import annotations

import ipaddress
import socket
import struct
from collections.abc import Iterator

from tcproxy.proc_net import Address, plain_address

_NETLINK_SOCK_DIAG = 4
_SOCK_DIAG_BY_FAMILY = 20
_NLM_F_REQUEST = 1
_ESTABLISHED = 1
_HALF_CLOSED = frozenset({4, 5})
"""FIN_WAIT1 and FIN_WAIT2: that end sends no more."""

_ALL_STATES = 0xFFFFFFFF
_NO_COOKIE = 0xFFFFFFFF

_HEADER = struct.Struct("=IHHII")
_REQUEST = struct.Struct("=BBBBI")
_SOCKET_ID = struct.Struct("!HH16s16s")
_REST_OF_ID = struct.Struct("=III")
_ANSWER_START = struct.Struct("=BB")
_ANSWER_SIZE = 72
_UID_OFFSET = 64
"""Of `idiag_uid` in `struct inet_diag_msg`: behind family to retransmissions, the socket's id,
its expiry and its queues."""

_INODE_OFFSET = 68
"""Of `idiag_inode`, which is 0 for a socket that no process has any more."""


class SockDiag:
    """A netlink socket for asking."""

    def __init__(self) -> None:
        """Open it.

        Raises:
            OSError: the system does not let us, or has none.
        """
        self._socket = socket.socket(
            socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, _NETLINK_SOCK_DIAG
        )
        self._socket.settimeout(1.0)
        self._sequence = 0

    def close(self) -> None:
        """Close it."""
        self._socket.close()

    def find_uid(self, local: Address, remote: Address, device: int = 0) -> int | None:
        """Return the user who owns one end of an established connection, or None.

        Args:
            local: address and port of that end.
            remote: address and port of the other end.
            device: index of the network device, which link-local addresses are bound to.

        Raises:
            OSError: the kernel does not answer.
        """
        for answer in self._find(local, remote, device):
            uid = read_uid(answer)
            if uid is not None:
                return uid
        return None

    def is_half_closed(self, local: Address, remote: Address, device: int = 0) -> bool:
        """Tell whether a process has one end of a connection, and can only receive there.

        Args:
            local: address and port of that end.
            remote: address and port of the other end.
            device: index of the network device, which link-local addresses are bound to.

        Raises:
            OSError: the kernel does not answer.
        """
        return any(read_half_closed(answer) for answer in self._find(local, remote, device))

    def _find(self, local: Address, remote: Address, device: int) -> Iterator[bytes]:
        for family, own, other in _encodings(local[0], remote[0]):
            yield self._ask(family, _SOCKET_ID.pack(local[1], remote[1], own, other), device)

    def _ask(self, family: int, socket_id: bytes, device: int) -> bytes:
        self._sequence += 1
        body = (
            _REQUEST.pack(family, socket.IPPROTO_TCP, 0, 0, _ALL_STATES)
            + socket_id
            + _REST_OF_ID.pack(device, _NO_COOKIE, _NO_COOKIE)
        )
        size = _HEADER.size + len(body)
        header = _HEADER.pack(size, _SOCK_DIAG_BY_FAMILY, _NLM_F_REQUEST, self._sequence, 0)
        self._socket.send(header + body)
        while True:
            answer = self._socket.recv(8192)
            if is_answer(answer, self._sequence):
                return answer


def is_answer(message: bytes, sequence: int) -> bool:
    """Tell whether a message of the kernel answers the request with this sequence number."""
    if len(message) < _HEADER.size:
        return False
    number: int = _HEADER.unpack_from(message)[3]
    return number == sequence


def read_uid(answer: bytes) -> int | None:
    """Return the uid that an answer tells, or None where there is no established connection.

    Args:
        answer: with its netlink header.
    """
    message = _message(answer)
    if message is None or _state(message) != _ESTABLISHED:
        # The kernel falls back to listening sockets, and shows those in TIME_WAIT as root's.
        return None
    uid: int = struct.unpack_from("=I", message, _UID_OFFSET)[0]
    return uid


def read_half_closed(answer: bytes) -> bool:
    """Tell whether an answer is of a socket that a process has, and that only receives.

    Args:
        answer: with its netlink header.
    """
    message = _message(answer)
    if message is None or _state(message) not in _HALF_CLOSED:
        return False
    inode: int = struct.unpack_from("=I", message, _INODE_OFFSET)[0]
    return inode != 0


def works() -> bool:
    """Tell whether the kernel answers, by asking for a connection made for this."""
    try:
        with (
            socket.create_server(("127.0.0.1", 0)) as listener,
            socket.create_connection(listener.getsockname(), timeout=1) as caller,
        ):
            diag = SockDiag()
            try:
                return diag.find_uid(caller.getsockname(), caller.getpeername()) is not None
            finally:
                diag.close()
    except OSError:
        return False


def _message(answer: bytes) -> bytes | None:
    if len(answer) < _HEADER.size or _HEADER.unpack_from(answer)[1] != _SOCK_DIAG_BY_FAMILY:
        return None
    message = answer[_HEADER.size :]
    return message if len(message) >= _ANSWER_SIZE else None


def _state(message: bytes) -> int:
    state: int = _ANSWER_START.unpack_from(message)[1]
    return state


def _encodings(local: str, remote: str) -> list[tuple[int, bytes, bytes]]:
    own, other = plain_address(local), plain_address(remote)
    if own.version == 6 or other.version == 6:
        return [(socket.AF_INET6, own.packed, other.packed)]
    mapped = [ipaddress.IPv6Address(f"::ffff:{each}").packed for each in (own, other)]
    return [
        (socket.AF_INET, own.packed, other.packed),
        (socket.AF_INET6, mapped[0], mapped[1]),
    ]
