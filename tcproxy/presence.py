"""Whether a caller who sends no more is still there to read.

The end of a stream says only that nothing more comes: of a caller who has left, and of one who has
closed the sending side and waits for the answer (RFC 9112, section 9.6). Of callers on this system
the kernel knows which it is. Every other one is taken to have left, as nginx does.
"""

from __future__ import annotations

import asyncio
import contextlib
import select
import socket
import sys
from typing import cast

from tcproxy.proc_net import Address
from tcproxy.sock_diag import SockDiag


def is_there(transport: asyncio.Transport) -> bool:
    """Tell whether a caller whose stream has ended still has the connection open.

    Args:
        transport: of the caller's connection.
    """
    sock = transport.get_extra_info("socket")
    if sock is None or sys.platform != "linux":
        return False
    if sock.family == socket.AF_UNIX:
        return not _is_hung_up(sock.fileno())
    peer, own = transport.get_extra_info("peername"), transport.get_extra_info("sockname")
    if not peer or not own:
        return False
    device = peer[3] if len(peer) == 4 else 0
    try:
        with contextlib.closing(SockDiag()) as diag:
            return diag.is_half_closed(cast("Address", peer[:2]), cast("Address", own[:2]), device)
    except OSError:
        return False


def _is_hung_up(descriptor: int) -> bool:
    """Tell whether both sides of a Unix socket are closed (poll(2), POLLHUP)."""
    question = select.poll()
    question.register(descriptor, 0)
    return bool(question.poll(0))
