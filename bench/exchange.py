"""Single requests to a server, for what no load generator measures: first answers and bodies."""

from __future__ import annotations

import contextlib
import http.client
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

from bench.errors import BenchError
from bench.processes import Server

_TIMEOUT = 30.0
_PAUSE = 0.001
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Download:
    """How a long body came.

    Attributes:
        first_byte: seconds from the request to the first byte of the body.
        total: seconds from the request to the last byte.
    """

    first_byte: float
    total: float


def connect(url: str, authorities: Path) -> http.client.HTTPConnection:
    """Open a connection.

    Args:
        url: scheme, host and port; the rest of it is ignored.
        authorities: file with the certificates that are trusted.

    Raises:
        BenchError: it cannot be opened.
    """
    with _clear_errors(url):
        return _open(url, authorities)


def first_connection(server: Server, url: str, authorities: Path) -> http.client.HTTPConnection:
    """Open a connection as soon as a server that was just started accepts it.

    Args:
        server: which.
        url: scheme, host and port; the rest of it is ignored.
        authorities: file with the certificates that are trusted.

    Raises:
        BenchError: it ends, or does not accept in time.
    """
    deadline = time.monotonic() + _TIMEOUT
    while time.monotonic() < deadline:
        server.check()
        with _clear_errors(url), contextlib.suppress(ConnectionRefusedError):
            return _open(url, authorities)
        time.sleep(_PAUSE)
    raise BenchError(f"{server.name} did not listen in time: {server.last_words()}")


def get(connection: http.client.HTTPConnection, path: str) -> tuple[int, bytes]:
    """Make a request, and return the status and the whole body.

    Raises:
        BenchError: no whole answer came.
    """
    with _clear_errors(path):
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read()


def download(connection: http.client.HTTPConnection, path: str, size: int) -> Download:
    """Read a long body without keeping it.

    Args:
        connection: an open one.
        path: what to ask for.
        size: how long the body must be, in bytes.

    Raises:
        BenchError: no whole answer came, or not that one.
    """
    buffer = memoryview(bytearray(_PIECE))
    with _clear_errors(path):
        begin = time.perf_counter()
        connection.request("GET", path)
        response = connection.getresponse()
        # One read returns what has come; more would wait for the buffer to be full.
        count = len(response.read1(_PIECE))
        first_byte = time.perf_counter() - begin
        while piece := response.readinto(buffer):
            count += piece
        total = time.perf_counter() - begin
    if response.status != HTTPStatus.OK or count != size:
        raise BenchError(f"GET {path}: {response.status} with {count} bytes, instead of {size}")
    return Download(first_byte, total)


def _open(url: str, authorities: Path) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    host = parts.hostname or ""
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        context = ssl.create_default_context(cafile=str(authorities))
        connection = http.client.HTTPSConnection(
            host, parts.port, timeout=_TIMEOUT, context=context
        )
    else:
        connection = http.client.HTTPConnection(host, parts.port, timeout=_TIMEOUT)
    connection.connect()
    return connection


@contextlib.contextmanager
def _clear_errors(what: str) -> Iterator[None]:
    try:
        yield
    except (OSError, http.client.HTTPException) as error:
        raise BenchError(f"{what}: {str(error) or type(error).__name__}") from None
