"""The system's table of TCP sockets, `/proc/net/tcp` and `tcp6`, as text. No I/O.

Source: https://docs.kernel.org/networking/proc_net_tcp.html
"""

from __future__ import annotations

import ipaddress
import re
import sys

Address = tuple[str, int]

_ESTABLISHED = b"01"
_UID = re.compile(rb"[0-9]{1,10}")


def find_uid(table: bytes, local: Address, remote: Address) -> int | None:
    """Return the user who owns one end of an established connection.

    Args:
        table: the text of either file.
        local: address and port of that end.
        remote: address and port of the other end.

    Returns:
        The uid, or None where the table has no such connection. A row in another state does not
        count: the kernel shows uid 0 for those in TIME_WAIT.
    """
    for own, other in zip(_encodings(local), _encodings(remote), strict=True):
        needle = b" %b %b %b " % (own, other, _ESTABLISHED)
        start = table.find(needle)
        if start >= 0:
            return _uid(table[start + len(needle) :])
    return None


def plain_address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """Read an address without its zone; one that is mapped into IPv6 is taken as IPv4."""
    address = ipaddress.ip_address(host.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _uid(rest: bytes) -> int | None:
    """Read the uid from what follows the state: queues, timer, retransmissions, uid."""
    fields = rest.partition(b"\n")[0].split(None, 4)
    if len(fields) < 4 or not _UID.fullmatch(fields[3]):
        return None
    return int(fields[3])


def _encodings(address: Address) -> list[bytes]:
    """Write an address as the tables do: as IPv4 and mapped into IPv6, or as IPv6."""
    host, port = address
    ip = plain_address(host)
    if isinstance(ip, ipaddress.IPv4Address):
        mapped = ipaddress.IPv6Address(f"::ffff:{ip}")
        return [_encode(ip.packed, port), _encode(mapped.packed, port)]
    return [_encode(ip.packed, port)]


def _encode(packed: bytes, port: int) -> bytes:
    words = (packed[start : start + 4] for start in range(0, len(packed), 4))
    text = "".join(f"{int.from_bytes(word, sys.byteorder):08X}" for word in words)
    return f"{text}:{port:04X}".encode()
