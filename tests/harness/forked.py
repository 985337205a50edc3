"""Processes that are forks of one which has imported everything: see `fork_server`."""

from __future__ import annotations

import atexit
import functools
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def _has_handles() -> bool:
    """Whether this system has handles of processes, as Linux 5.3 and newer."""
    try:
        os.close(os.pidfd_open(os.getpid()))
    except (AttributeError, OSError):
        return False
    return True


POSSIBLE = _has_handles()
_NETWORK = Path("/proc/thread-self/ns/net")
_COUNT_AT_THE_START = ("PYTHON", "LANG", "LC_", "LD_", "MALLOC_", "TZ")
"""How variables begin that the interpreter, or the C library, reads once."""


def is_possible(environment: Mapping[str, str], usual: Mapping[str, str]) -> bool:
    """Tell whether a fork is what a process would be that is started here, in that environment.

    Args:
        environment: All of it.
        usual: That of the process that forks.
    """
    if not POSSIBLE:
        return False

    def counting(each: Mapping[str, str]) -> dict[str, str]:
        return {name: each[name] for name in each if name.startswith(_COUNT_AT_THE_START)}

    return counting(environment) == counting(usual)


class Forked:
    """A process that was forked, with the part of `subprocess.Popen` that tests use."""

    def __init__(
        self,
        module: str,
        arguments: Sequence[str],
        *,
        environment: Mapping[str, str],
        directory: Path,
        streams: tuple[int, int, int],
        server: Server,
    ) -> None:
        """Start it.

        Args:
            module: What runs in it.
            arguments: Of its command line.
            environment: All of it.
            directory: That it starts in.
            streams: Descriptors of its standard input, output and error.
            server: Forks it.
        """
        self.returncode: int | None = None
        self._waiting = threading.Lock()
        self._report, report = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with report:
            request = {
                "module": module,
                "arguments": list(arguments),
                "environment": dict(environment),
                "directory": str(directory),
            }
            server.ask(request, [report.fileno(), *streams])
        told, (self._handle,), _, _ = socket.recv_fds(self._report, 32, 1)
        self.pid = int(told)

    def poll(self) -> int | None:
        """Return its exit code if it has ended."""
        return self._ended_within(0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end, so many seconds at most, and return its exit code."""
        code = self._ended_within(timeout)
        if code is None:
            assert timeout is not None
            raise subprocess.TimeoutExpired(f"the fork {self.pid}", timeout)
        return code

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it still runs."""
        if self.poll() is None:
            signal.pidfd_send_signal(self._handle, number)

    def kill(self) -> None:
        """End it at all costs."""
        self.send_signal(signal.SIGKILL)

    def _ended_within(self, timeout: float | None) -> int | None:
        with self._waiting:
            if self.returncode is not None:
                return self.returncode
            poll = select.poll()
            poll.register(self._report, select.POLLIN)
            if poll.poll(None if timeout is None else timeout * 1000):
                told = self._report.recv(32)
                assert told, "the server of forks has gone"
                self.returncode = int(told)
                self._report.close()
                os.close(self._handle)
            return self.returncode


class Server:
    """The process that forks."""

    def __init__(self, package: str, environment: Mapping[str, str], directory: Path) -> None:
        """Start it.

        Args:
            package: What its forks need.
            environment: That its forks would be started in.
            directory: That the package is found from.
        """
        self._asking = threading.Lock()
        self._requests, requests = socket.socketpair()
        with requests:
            self._process = subprocess.Popen(
                [sys.executable, "-m", f"{__package__}.fork_server", package],
                # No authority is needed for the import, and to read all of them takes long.
                env={**environment, "SSL_CERT_FILE": os.devnull, "SSL_CERT_DIR": os.devnull},
                cwd=directory,
                stdin=requests.fileno(),
            )
        atexit.register(self._end)

    def ask(self, request: Mapping[str, object], descriptors: Sequence[int]) -> None:
        """Ask for a fork."""
        text = json.dumps(request).encode()
        with self._asking:
            socket.send_fds(self._requests, [len(text).to_bytes(8, "big")], list(descriptors))
            self._requests.sendall(text)

    def _end(self) -> None:
        self._requests.close()
        self._process.wait()


def server(package: str, directory: Path, **environment: str) -> Server:
    """Return this process's server for a package, which it starts where there is none.

    There is one for each network namespace that this thread enters.
    """
    return _server(_NETWORK.readlink(), package, directory, **environment)


@functools.cache
def _server(_: Path, package: str, directory: Path, **environment: str) -> Server:
    return Server(package, environment, directory)
