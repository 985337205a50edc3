"""Network namespaces: small networks of this machine's own, for callers from another network."""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

_CLONE_NEWNET = 0x40000000
_numbers = itertools.count(1)


class Namespace:
    """A network namespace with a loopback interface. Use it as a context manager."""

    def __init__(self) -> None:
        self.name = f"tcproxy-{os.getpid()}-{next(_numbers)}"
        _ip("netns", "add", self.name)
        try:
            self.ip("link", "set", "lo", "up")
        except BaseException:
            self.close()
            raise

    def ip(self, *args: str) -> None:
        """Run `ip` inside."""
        _ip("-n", self.name, *args)

    def join(self, other: Namespace, network: str) -> str:
        """Lay a cable: this end gets the address .1, the other's .2; return the device's name.

        Args:
            other: The other end.
            network: The first three bytes of the addresses, as in `10.77.1`; an IPv6 network with
                the same last number is there, too.
        """
        device = f"v{next(_numbers)}"
        self.ip("link", "add", device, "type", "veth", "peer", "name", device, "netns", other.name)
        last = network.rpartition(".")[2]
        for namespace, number in ((self, 1), (other, 2)):
            namespace.ip("addr", "add", f"{network}.{number}/24", "dev", device)
            namespace.ip("addr", "add", f"fd77:{last}::{number}/64", "dev", device, "nodad")
            namespace.ip("link", "set", device, "up")
        return device

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """Be inside with this thread: sockets made and processes started meanwhile stay there."""
        own = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        try:
            with Path(f"/run/netns/{self.name}").open() as inside:
                _set_namespace(inside.fileno())
            try:
                yield
            finally:
                _set_namespace(own)
        finally:
            os.close(own)

    def close(self) -> None:
        """Remove it, and its interfaces with it."""
        _ip("netns", "del", self.name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def require_namespaces() -> None:
    """Skip the test where no namespace can be made."""
    if sys.platform != "linux":
        pytest.skip("network namespaces are a thing of Linux")
    if os.geteuid() != 0:
        pytest.skip("only root can make network namespaces")
    if shutil.which("ip") is None:
        pytest.skip("the command ip (iproute2) is not installed")
    try:
        with Namespace() as one, Namespace() as other:
            one.join(other, "10.77.9")
    except subprocess.CalledProcessError as error:
        pytest.skip(f"this machine makes no network namespaces: {error.stderr.strip()}")


def _ip(*args: str) -> None:
    subprocess.run(["ip", *args], check=True, capture_output=True, text=True, timeout=20)


def _set_namespace(fd: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(fd, _CLONE_NEWNET) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
