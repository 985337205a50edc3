"""Addresses that no other test gets: many run at once on one machine, and share its ports."""

from __future__ import annotations

import contextlib
import os
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def reserved_port() -> Iterator[int]:
    """Keep a port of 127.0.0.1 for a server that has to be told which one to take.

    Nobody listens on it, so that a server (which sets SO_REUSEADDR) may; the system gives it to
    nobody who asks for any port.
    """
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


def own_loopback_address() -> str:
    """Return an address of this machine that no other process of tests uses; on Linux only.

    Ports of 127.0.0.1 are taken by every connection that any test makes, and stay taken for a
    minute after it; those of this one are free.
    """
    high, low = divmod(os.getpid(), 254)
    return f"127.{64 + high // 256 % 128}.{high % 256}.{low + 1}"
