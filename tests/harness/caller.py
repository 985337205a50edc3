"""A caller of the proxy that says exactly what it is told and reads the answer strictly."""

from __future__ import annotations

import dataclasses
import json
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import h11

from tests.harness.wire import TIMEOUT, ConnectionEndedError, Header, Wire

if TYPE_CHECKING:
    from collections.abc import Iterable

_MAX_HEAD = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Response:
    """An answer: its header fields in the order and case of the wire, and its decoded body."""

    status: int
    reason: bytes
    http_version: bytes
    headers: tuple[Header, ...]
    body: bytes = b""
    informational: tuple[tuple[int, tuple[Header, ...]], ...] = ()

    def values(self, name: str) -> list[bytes]:
        """Return the value of each field of that name."""
        return [value for key, value in self.headers if key.lower() == name.lower().encode()]

    def header(self, name: str) -> str | None:
        """Return the value of the only field of that name, or None."""
        values = self.values(name)
        assert len(values) < 2, f"{name} is there {len(values)} times: {values}"
        return values[0].decode() if values else None

    def json(self) -> Any:
        """Return the body, which must be JSON and say so."""
        assert (self.header("Content-Type") or "").startswith("application/json"), self
        return json.loads(self.body)

    @property
    def attempts(self) -> int:
        """What the proxy says about the number of tries."""
        value = self.header("X-Taskcluster-Proxy-Attempts")
        assert value is not None, self
        return int(value)

    def forwarded(self) -> list[Header]:
        """Return the fields without those that the proxy adds by design."""
        return [
            (name, value)
            for name, value in self.headers
            if not name.lower().startswith(b"x-taskcluster-")
        ]


class BrokenResponseError(Exception):
    """The answer ended early or is no HTTP: what a caller notices of a truncation."""


class Caller:
    """One connection to the proxy. Use it as a context manager.

    Args:
        address: Host and port of the proxy.
        receive_buffer: Size of the kernel's receive buffer in bytes, for slow readers.
    """

    def __init__(self, address: tuple[str, int], *, receive_buffer: int | None = None) -> None:
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_STREAM)
        if receive_buffer is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        sock.settimeout(TIMEOUT)
        try:
            sock.connect(address)
        except BaseException:
            sock.close()
            raise
        host = f"[{address[0]}]" if ":" in address[0] else address[0]
        self.host = f"{host}:{address[1]}".encode()
        self.wire = Wire(sock)
        self._parser: h11.Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.wire.close()

    def send(
        self,
        method: str = "GET",
        target: str | bytes = "/",
        headers: Iterable[tuple[str | bytes, str | bytes]] = (),
        body: bytes | None = None,
        *,
        version: str = "HTTP/1.1",
    ) -> None:
        """Send a request with Host, these headers, and Content-Length if there is a body."""
        path = target if isinstance(target, bytes) else target.encode()
        fields = [(_bytes(name), _bytes(value)) for name, value in headers]
        if not any(name.lower() == b"host" for name, _ in fields):
            fields.insert(0, (b"Host", self.host))
        if body is not None:
            fields.append((b"Content-Length", str(len(body)).encode()))
        lines = [b" ".join([method.encode(), path, version.encode()])]
        lines += [name + b": " + value for name, value in fields]
        self.wire.send(b"\r\n".join([*lines, b"", b""]) + (body or b""))

    def request(
        self,
        method: str = "GET",
        target: str | bytes = "/",
        headers: Iterable[tuple[str | bytes, str | bytes]] = (),
        body: bytes | None = None,
    ) -> Response:
        """Send a request and read its whole answer."""
        self.send(method, target, headers, body)
        return self.read_response(method)

    def read_response(self, method: str = "GET") -> Response:
        """Read one whole answer to a request of that method."""
        head = self.read_head(method)
        return dataclasses.replace(head, body=self.read_body())

    def read_head(self, method: str = "GET") -> Response:
        """Read status and headers of the answer to a request of that method; no body yet."""
        self._parser = _parser_for(method)
        informational = []
        while True:
            event = self._next_event()
            if isinstance(event, h11.InformationalResponse):
                informational.append((event.status_code, tuple(event.headers.raw_items())))
                continue
            assert isinstance(event, h11.Response), event
            return Response(
                event.status_code,
                event.reason,
                event.http_version,
                tuple(event.headers.raw_items()),
                b"",
                tuple(informational),
            )

    def read_body(self) -> bytes:
        """Read the body, or what is left of it, to its end."""
        body = bytearray()
        while piece := self.read_piece():
            body += piece
        return bytes(body)

    def read_piece(self) -> bytes:
        """Read the next bytes of the body as they come; nothing at its end."""
        event = self._next_event()
        if isinstance(event, h11.Data):
            return bytes(event.data)
        assert isinstance(event, h11.EndOfMessage), event
        assert self._parser is not None
        self.wire.buffer = self._parser.trailing_data[0] + self.wire.buffer
        self._parser = None
        return b""

    def skip_parsed(self, size: int) -> None:
        """Read a body of exactly `size` bytes after its head, in constant memory."""
        assert self._parser is not None
        early = self._parser.trailing_data[0]
        self._parser = None
        self.wire.skip_exactly(size - len(early))

    def _next_event(self) -> object:
        assert self._parser is not None
        try:
            while (event := self._parser.next_event()) is h11.NEED_DATA:
                self._parser.receive_data(self.wire.read_some())
        except h11.RemoteProtocolError as error:
            raise BrokenResponseError(str(error)) from error
        except (ConnectionResetError, ConnectionEndedError) as error:
            raise BrokenResponseError("the connection was reset") from error
        if isinstance(event, h11.ConnectionClosed):
            raise BrokenResponseError("the connection was closed without an answer")
        return event


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


def _parser_for(method: str) -> h11.Connection:
    """Return a parser in the state of having sent a request; only the method matters to it."""
    parser = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MAX_HEAD)
    parser.send(h11.Request(method=method, target="/", headers=[("Host", "localhost")]))
    parser.send(h11.EndOfMessage())
    return parser
