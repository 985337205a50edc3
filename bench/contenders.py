"""Who is measured: the bare upstream, nginx as yardstick, tcproxy, and any compatible binary."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path

from bench import nginx
from bench.errors import BenchError
from bench.exchange import connect, first_connection, get
from bench.processes import HOST, Command, Server, free_ports, running
from bench.tools import Tools
from bench.upstream import SMALL_BODY, SMALL_PATH, Upstream

DIRECT, NGINX, TCPROXY, PEER, PEER_HTTP2 = "direct", "nginx", "tcproxy", "peer", "peer-http2"

# Credentials of nobody: the upstream does not look at them.
_CREDENTIALS = {"TASKCLUSTER_CLIENT_ID": "bench", "TASKCLUSTER_ACCESS_TOKEN": "no-secret"}


@dataclass(frozen=True, slots=True)
class Contender:
    """Something that forwards to the upstream.

    Attributes:
        name: what the tables call it.
        command: makes its command from a folder of its own, the port to listen on, and the URL to
            forward to; None for the bare upstream.
        http2: whether it may speak HTTP/2 with the upstream.
    """

    name: str
    command: Callable[[Path, int, str, Path], Command] | None
    http2: bool = False


@dataclass(frozen=True, slots=True)
class Running:
    """A contender that answers.

    Attributes:
        name: what the tables call it.
        url: scheme, host and port that callers use.
        server: its process; None for the bare upstream.
        first_answer: seconds from its start to the end of its first answer.
    """

    name: str
    url: str
    server: Server | None
    first_answer: float


def contenders(tools: Tools, peer: Sequence[str] | None) -> list[Contender]:
    """Return all that are to be measured.

    Args:
        tools: the programs.
        peer: program, and arguments that come first, of a binary that takes taskcluster-proxy's
            flags.
    """

    def reverse_proxy(folder: Path, port: int, url: str, authorities: Path) -> Command:
        return nginx.reverse_proxy(tools.nginx, folder, port, url, authorities)

    found = [
        Contender(DIRECT, None),
        Contender(NGINX, reverse_proxy),
        Contender(TCPROXY, _sidecar([sys.executable, "-m", "tcproxy"])),
    ]
    if peer is not None:
        command = _sidecar(peer)
        found += [Contender(PEER, command), Contender(PEER_HTTP2, command, http2=True)]
    return found


@contextlib.contextmanager
def started(
    contender: Contender, upstream: Upstream, transport: str, folder: Path
) -> Iterator[Running]:
    """Run a contender for a block that begins when it has answered once, and rightly.

    Args:
        contender: which.
        upstream: where it forwards to.
        transport: `plain` or `tls`, between it and the upstream.
        folder: its own; made if it is not there yet.

    Raises:
        BenchError: it ends, does not answer in time, or answers something else.
    """
    url = upstream.http2 if contender.http2 else upstream.url(transport)
    if contender.command is None:
        _check_answer(contender.name, connect(url, upstream.authorities))
        yield Running(contender.name, url, None, 0.0)
        return
    folder.mkdir(exist_ok=True)
    [port] = free_ports(1)
    command = contender.command(folder, port, url, upstream.authorities)
    begin = time.perf_counter()
    with running(contender.name, command, folder) as server:
        own_url = f"http://{HOST}:{port}"
        _check_answer(contender.name, first_connection(server, own_url, upstream.authorities))
        yield Running(contender.name, own_url, server, time.perf_counter() - begin)


def _sidecar(program: Sequence[str]) -> Callable[[Path, int, str, Path], Command]:
    def command(_folder: Path, port: int, url: str, authorities: Path) -> Command:
        flags = ["--port", str(port), "--ip-address", HOST, "--root-url", url]
        return Command([*program, *flags], {**_CREDENTIALS, "SSL_CERT_FILE": str(authorities)})

    return command


def _check_answer(name: str, connection: HTTPConnection) -> None:
    with contextlib.closing(connection):
        status, body = get(connection, SMALL_PATH)
    if status != HTTPStatus.OK or body != SMALL_BODY.encode():
        raise BenchError(f"{name} answered {status} and {body[:200]!r} instead of the upstream's")
