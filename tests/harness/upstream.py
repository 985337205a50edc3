"""A scripted HTTP/1.1 origin: it records the bytes that arrive and misbehaves on demand."""

from __future__ import annotations

import collections
import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Self

from tests.harness.wire import TIMEOUT, Head, Header, Wire

if TYPE_CHECKING:
    import ssl


@dataclass(slots=True)
class Request:
    """One request as it came; `body` is filled when the script reads it."""

    head: Head
    connection: int
    at: float
    body: bytes = b""
    body_size: int = 0
    trailers: tuple[Header, ...] = ()
    complete: bool = False

    @property
    def method(self) -> str:
        """The method, as sent."""
        return self.head.start_line.split(b" ")[0].decode()

    @property
    def target(self) -> bytes:
        """The request target, byte for byte."""
        return self.head.start_line.partition(b" ")[2].rpartition(b" ")[0]

    @property
    def headers(self) -> tuple[Header, ...]:
        """The header fields, in the order and case of the wire."""
        return self.head.headers

    def values(self, name: str) -> list[bytes]:
        """Return the value of each field of that name."""
        return self.head.values(name)

    def value(self, name: str) -> bytes | None:
        """Return the value of the only field of that name, or None."""
        return self.head.value(name)

    def end_to_end(self) -> list[Header]:
        """Return the fields without those that the proxy must replace: Host and Authorization."""
        return [
            (name, value)
            for name, value in self.headers
            if name.lower() not in (b"host", b"authorization")
        ]


class Exchange:
    """What a script works with: one request, and the connection to answer it on."""

    def __init__(self, wire: Wire, request: Request) -> None:
        self.wire = wire
        self.request = request

    def send(self, *pieces: bytes) -> None:
        """Send bytes as they are."""
        for piece in pieces:
            self.wire.send(piece)

    def read_body(self) -> bytes:
        """Read the whole body and keep it."""
        request = self.request
        if request.complete:
            return request.body
        body = bytearray()
        self._body(lambda size: body.extend(self.wire.read_exactly(size)))
        request.body = bytes(body)
        return request.body

    def drain_body(self) -> int:
        """Read the whole body, forget it, and return its size."""
        self._body(self.wire.skip_exactly)
        return self.request.body_size

    def _body(self, take: Callable[[int], None]) -> None:
        request = self.request
        if (coding := request.value("Transfer-Encoding")) is not None:
            assert coding.lower() == b"chunked", coding
            assert not request.values("Content-Length"), request.head.raw
            while size := int(self.wire.read_line().split(b";")[0], 16):
                take(size)
                request.body_size += size
                assert self.wire.read_exactly(2) == b"\r\n"
            request.trailers = self._trailers()
        elif (length := request.value("Content-Length")) is not None:
            take(int(length))
            request.body_size = int(length)
        request.complete = True

    def _trailers(self) -> tuple[Header, ...]:
        lines = b""
        while (line := self.wire.read_line()) != b"\r\n":
            lines += line
        return Head.parse(b"trailers\r\n" + lines + b"\r\n").headers


Script = Callable[[Exchange], None]


def reply(
    status: int = 200,
    headers: Iterable[tuple[str, str]] = (),
    body: bytes = b"",
    *,
    reason: str | None = None,
    length: bool = True,
) -> Script:
    """Read the request, then answer with exactly these headers, and Content-Length if `length`."""
    phrase = HTTPStatus(status).phrase if reason is None else reason
    lines = [f"HTTP/1.1 {status} {phrase}", *(f"{name}: {value}" for name, value in headers)]
    if length and status >= 200 and status not in (204, 304):
        lines.append(f"Content-Length: {len(body)}")
    head = "\r\n".join([*lines, "", ""]).encode("latin-1")

    def script(exchange: Exchange) -> None:
        exchange.read_body()
        exchange.send(head if exchange.request.method == "HEAD" else head + body)

    return script


def raw(message: bytes) -> Script:
    """Read the request, answer with these bytes, and keep the connection."""

    def script(exchange: Exchange) -> None:
        exchange.read_body()
        exchange.send(message)

    return script


def raw_then_close(message: bytes) -> Script:
    """Read the request, answer with these bytes (perhaps none), and close in order."""

    def script(exchange: Exchange) -> None:
        exchange.read_body()
        exchange.send(message)
        exchange.wire.close()

    return script


def raw_then_reset(message: bytes) -> Script:
    """Read the request, answer with these bytes (perhaps none), and reset the connection."""

    def script(exchange: Exchange) -> None:
        exchange.read_body()
        exchange.send(message)
        exchange.wire.reset()

    return script


def silent(exchange: Exchange) -> None:
    """Read the request and never answer."""
    exchange.read_body()
    exchange.wire.wait_closed()


OK = reply(200, [("Content-Type", "application/json")], b'{"alive": true}')


@dataclass(slots=True)
class _Connection:
    number: int
    wire: Wire
    busy: bool = False
    closed: threading.Event = field(default_factory=threading.Event)


class Upstream:
    """The origin server. Use it as a context manager; its threads end with it.

    Each request is answered by the next script given with `script`, then by `default`.

    Args:
        tls: Speak TLS with this context.
        host: The address to listen on.
        port: The port to listen on; 0 for a free one.
    """

    def __init__(
        self, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        self.requests: list[Request] = []
        self.default: Script = OK
        self.failures: list[BaseException] = []
        self.handshake_failures: list[OSError] = []
        self._scripts: collections.deque[Script] = collections.deque()
        self._tls = tls
        self._changed = threading.Condition()
        self._connections: list[_Connection] = []
        self._threads: list[threading.Thread] = []
        self._closing = False
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, port), family=family, backlog=256)
        self._place = socket.socket(family)
        self._place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.host = host
        self.port: int = self._listener.getsockname()[1]
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._acceptor.start()

    @property
    def authority(self) -> str:
        """`host:port`."""
        return f"{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    @property
    def url(self) -> str:
        """The origin as a root URL."""
        return f"{'https' if self._tls else 'http'}://{self.authority}"

    @property
    def connections(self) -> int:
        """How many connections were opened so far."""
        return len(self._connections)

    @property
    def open_connections(self) -> int:
        """How many connections the peer keeps open."""
        return sum(not each.closed.is_set() for each in self._connections)

    def script(self, *scripts: Script) -> None:
        """Answer the next requests with these, one each."""
        self._scripts.extend(scripts)

    def wait_for_requests(self, count: int, seconds: float = TIMEOUT) -> list[Request]:
        """Wait until `count` request heads have come, and return them."""
        with self._changed:
            came = self._changed.wait_for(lambda: len(self.requests) >= count, seconds)
        assert came, f"{len(self.requests)} requests came instead of {count}"
        return self.requests[:count]

    def wait_for_open_connections(self, count: int, seconds: float = TIMEOUT) -> None:
        """Wait until exactly `count` connections are open."""
        with self._changed:
            came = self._changed.wait_for(lambda: self.open_connections == count, seconds)
        assert came, f"{self.open_connections} connections are open, not {count}"

    def only_request(self) -> Request:
        """Return the one request that came."""
        assert len(self.requests) == 1, [request.head.start_line for request in self.requests]
        return self.requests[0]

    def hang_up(self) -> None:
        """Close every open connection, as a deployment does with idle ones."""
        for connection in self._connections:
            connection.wire.close()
        for connection in self._connections:
            connection.closed.wait(TIMEOUT)

    def reset(self) -> None:
        """Forget the past and end what still runs, for the next user; keep idle connections."""
        self._scripts.clear()
        for connection in self._connections:
            if connection.busy:
                connection.wire.close()
                connection.closed.wait(TIMEOUT)
        self._connections = [each for each in self._connections if not each.closed.is_set()]
        self.default = OK
        self.requests = []
        self.failures = []
        self.handshake_failures = []

    def check(self) -> None:
        """Fail if a script failed."""
        if self.failures:
            raise self.failures[0]

    def stop_listening(self) -> None:
        """Refuse new connections from now on; those that are open go on."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._acceptor.join(TIMEOUT)
        with contextlib.suppress(OSError):  # or a server of another test might get the port
            self._place.bind((self.host, self.port))

    def close(self) -> None:
        """Close everything and wait for the threads."""
        self._closing = True
        self.stop_listening()
        self._place.close()
        for connection in self._connections:
            connection.wire.close()
        for thread in self._threads:
            thread.join(TIMEOUT)
            assert not thread.is_alive(), "a script does not end"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _accept(self) -> None:
        number = 0
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            number += 1
            thread = threading.Thread(target=self._serve, args=(sock, number), daemon=True)
            self._threads = [each for each in self._threads if each.is_alive()]
            self._threads.append(thread)
            thread.start()

    def _serve(self, sock: socket.socket, number: int) -> None:
        sock.settimeout(TIMEOUT)
        if self._tls:
            try:
                sock = self._tls.wrap_socket(sock, server_side=True)
            except OSError as error:
                self.handshake_failures.append(error)
                sock.close()
                return
        connection = _Connection(number, Wire(sock))
        with self._changed:
            self._connections.append(connection)
        if self._closing:
            connection.wire.close()
        try:
            self._talk(connection)
        except OSError:
            pass  # the peer left, which is its right; the test sees it on its own side
        except BaseException as error:  # noqa: BLE001 - handed to the test by check()
            self.failures.append(error)
        finally:
            connection.wire.close()
            with self._changed:
                connection.busy = False
                connection.closed.set()
                self._changed.notify_all()

    def _talk(self, connection: _Connection) -> None:
        wire = connection.wire
        while True:
            wire.sock.settimeout(None)  # an idle connection may stay as long as the peer likes
            raw_head = wire.read_until(b"\r\n\r\n")
            if not raw_head:
                return
            wire.sock.settimeout(TIMEOUT)
            connection.busy = True
            request = Request(Head.parse(raw_head), connection.number, time.monotonic())
            script = self._scripts.popleft() if self._scripts else self.default
            with self._changed:
                self.requests.append(request)
                self._changed.notify_all()
            script(Exchange(wire, request))
            if not request.complete or wire.sock.fileno() < 0:
                return
            connection.busy = False
