"""Starts and ends server processes, each on a free port of 127.0.0.1 and with its log in a file."""

from __future__ import annotations

import contextlib
import ctypes
import os
import random
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.errors import BenchError
from bench.usage import family

HOST = "127.0.0.1"

_STOP_SECONDS = 10.0
_PORTS = 12000
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


@dataclass(frozen=True, slots=True)
class Command:
    """What to execute.

    Attributes:
        arguments: the program and its arguments.
        environment: all variables that it gets beside PATH and HOME.
    """

    arguments: Sequence[str]
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Server:
    """A running server.

    Attributes:
        name: what the tables call it.
        pid: of its first process.
        log: the file that has its standard error.
        exit_code: tells the exit code, or None while it runs.
    """

    name: str
    pid: int
    log: Path
    exit_code: Callable[[], int | None]

    def check(self) -> None:
        """Make sure that it runs.

        Raises:
            BenchError: it has ended.
        """
        code = self.exit_code()
        if code is not None:
            raise BenchError(f"{self.name} ended with exit code {code}: {self.last_words()}")

    def last_words(self) -> str:
        """Return the last line of its log."""
        lines = self.log.read_text(errors="backslashreplace").splitlines()
        return lines[-1] if lines else "it logged nothing"

    def forget_log(self) -> None:
        """Empty the log, so that logging requests never fills the disk."""
        os.truncate(self.log, 0)


@contextlib.contextmanager
def running(name: str, command: Command, folder: Path) -> Iterator[Server]:
    """Run a server for a block. It ends with the block, and also if this process dies before.

    Its standard error goes to a file, as a sidecar's would.

    Args:
        name: what to call it.
        command: what to execute.
        folder: where its log goes.

    Raises:
        BenchError: it cannot be executed.
    """
    log = folder / f"{name}.log"
    kept = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    with log.open("ab") as output:
        try:
            process = subprocess.Popen(
                command.arguments,
                env=kept | dict(command.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                preexec_fn=end_with_parent,
            )
        except OSError as error:
            raise BenchError(f"cannot start {name}: {error}") from None
    try:
        yield Server(name, process.pid, log, process.poll)
    finally:
        _stop(process)


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on.

    They are none of those that the kernel hands out by itself, so that nothing else on the machine
    takes them before the server does.

    Raises:
        BenchError: too few are free.
    """
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    ports = range(max(1024, lowest - _PORTS), lowest)
    found: list[int] = []
    with contextlib.ExitStack() as stack:
        for port in random.sample(ports, len(ports)):
            if len(found) == count:
                return found
            # Each stays bound until all are found: no port is found twice.
            sock = stack.enter_context(socket.socket())
            with contextlib.suppress(OSError):
                sock.bind((HOST, port))
                found.append(port)
    raise BenchError(f"no port below {lowest} is free on {HOST}")


def end_with_parent() -> None:
    """Have the calling process get SIGTERM when its parent ends, however that ends."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    members = family(process.pid)
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        for pid in members:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()
