"""Whose connection it is: the kernel's table of sockets, and its answers by netlink."""

from __future__ import annotations

import ipaddress
import struct
import sys

from tcproxy.proc_net import Address, find_uid, plain_address
from tcproxy.sock_diag import is_answer, read_half_closed, read_uid

WORDS = (
    b"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n",
    b"0100007F:1F90 0100007F:D431 01", b" 00000000:00000000 00:00000000 00000000 ", b"  1000  ",
    b"0000000000000000FFFF00000100007F:1F90", b"0000000000000000FFFF00000100007F:D431", b" 06 ",
    b"\n", b"   0: ", b"4294967295", b"\x00", b"-1",
)  # fmt: skip

_LOCAL: Address = ("127.0.0.1", 0x1F90)
_REMOTE: Address = ("127.0.0.1", 0xD431)
_GREATEST_UID = 2**32 - 1


def check(data: bytes) -> None:
    """Read the bytes as a table, as an answer, as an address, and as rows of a proper table."""
    uid = find_uid(data, _LOCAL, _REMOTE)
    assert uid is None or 0 <= uid <= _GREATEST_UID
    assert uid is None or b"0100007F:1F90 0100007F:D431 01 " in data.replace(
        b"0000000000000000FFFF0000", b""
    )
    _check_table(data)
    _check_answer(data)
    _check_address(data)


def _check_table(data: bytes) -> None:
    """A proper table is read exactly: the row of this connection, in this state, and no other."""
    rows = [_Row(*struct.unpack("=BBBI", data[at : at + 7])) for at in range(0, len(data) - 6, 7)]
    table = b"  sl  local_address rem_address   st\n" + b"".join(
        row.line(number) for number, row in enumerate(rows)
    )
    expected = [row.uid for row in rows if row.is_ours]
    assert find_uid(table, _LOCAL, _REMOTE) == (expected[0] if expected else None)


class _Row:
    """One row, whose addresses are ours or nearly so."""

    def __init__(self, ports: int, state: int, family: int, uid: int) -> None:
        self.uid = uid
        self._local = 0x1F90 + (ports & 3)
        self._remote = 0xD431 + (ports >> 2 & 3)
        self._state = state % 12
        self._address = "127.0.0.1" if family & 1 else "127.0.0.2"
        self.is_ours = (ports & 15, self._state, family & 1) == (0, 1, 1)

    def line(self, number: int) -> bytes:
        word = int.from_bytes(ipaddress.IPv4Address(self._address).packed, sys.byteorder)
        return (
            f"{number:4}: {word:08X}:{self._local:04X} {word:08X}:{self._remote:04X} "
            f"{self._state:02X} 00000000:00000000 00:00000000 00000000 {self.uid:5}        0 "
            f"{number} 1 0000000000000000 20 4 30 10 -1\n"
        ).encode()


def _check_answer(data: bytes) -> None:
    assert not read_half_closed(data) or data[17] in {4, 5}
    uid = read_uid(data)
    assert uid is None or 0 <= uid <= _GREATEST_UID
    if uid is not None:
        assert len(data) >= 16 + 72
        assert data[17] == 1, "not established"
    if is_answer(data, 1):
        assert len(data) >= 16
        assert not is_answer(data, 2)


def _check_address(data: bytes) -> None:
    try:
        address = plain_address(data.decode("latin-1"))
    except ValueError:
        return
    assert address.version == 4 or getattr(address, "ipv4_mapped", None) is None
