"""A deployment that does what it is told with each attempt, and counts what it receives.

It knows a request by the token in its target, whoever sends it and on whichever connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import struct
from collections import Counter, deque
from typing import TYPE_CHECKING, Self

from tests.faults import values
from tests.faults.values import Accept, Ask, Fault

if TYPE_CHECKING:
    import ssl
    from collections.abc import Coroutine, Mapping

_TOKEN = re.compile(rb"/(t[0-9a-f]+x[0-9a-f]+z)(?![^ ])")
_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)\r\n", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked\r\n", re.IGNORECASE)
_RESET = struct.pack("ii", 1, 0)


class Deployment:
    """Listens on a loopback port, in the running event loop. Use it as an async context manager.

    Args:
        contexts: For TLS: the right context under "right", and one for each certificate that is
            an `Accept`; none without TLS.
    """

    def __init__(self, contexts: Mapping[str, ssl.SSLContext] | None = None) -> None:
        self.asks: dict[str, Ask] = {}
        self.heads: Counter[str] = Counter()
        self.connections = 0
        self.violations: list[str] = []
        self.accepts: deque[Accept] = deque()
        self.peers: set[Peer] = set()
        self._contexts = contexts
        self._raw: set[socket.socket] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        # Holds the port while nothing listens, so that connections are refused.
        self._holder = _bound(0)
        self.port: int = self._holder.getsockname()[1]
        self._listener: socket.socket | None = None
        self._accepting: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """The root URL."""
        scheme = "http" if self._contexts is None else "https"
        return f"{scheme}://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        self.listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.refuse()
        self._holder.close()
        for task in self._tasks:
            task.cancel()
        await self.hang_up()

    async def listen_later(self, seconds: float) -> None:
        """Accept connections after a while."""
        await asyncio.sleep(seconds)
        self.listen()

    def listen(self) -> None:
        """Accept connections from now on."""
        if self._listener is not None:
            return
        self._listener = _bound(self.port)
        self._listener.listen(4096)
        self._accepting = asyncio.get_running_loop().create_task(self._accept(self._listener))

    async def refuse(self) -> None:
        """Refuse connections from now on."""
        if self._accepting is not None and self._listener is not None:
            self._accepting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._accepting
            self._listener.close()
            self._listener = None

    async def hang_up(self) -> None:
        """Close every connection, and forget those that were never spoken on."""
        for sock in self._raw:
            sock.close()
        self._raw.clear()
        while self.peers:
            for peer in list(self.peers):
                peer.transport.abort()
            await asyncio.sleep(0.001)

    def start(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """Run something beside everything else, until the end of the deployment."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            sock, _ = await loop.sock_accept(listener)
            self.connections += 1
            work = self._welcome(sock, self.accepts.popleft() if self.accepts else None)
            self.start(work)

    async def _welcome(self, sock: socket.socket, accept: Accept | None) -> None:
        loop = asyncio.get_running_loop()
        context = None
        if accept == "reset":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            sock.close()
        elif accept == "close":
            sock.close()
        elif accept == "silence":
            self._raw.add(sock)
        elif accept == "garbage":
            self._raw.add(sock)
            with contextlib.suppress(OSError):
                await loop.sock_sendall(sock, values.GARBAGE)
        else:
            if self._contexts is not None:
                context = self._contexts[accept or "right"]
            # A peer that dislikes the certificate leaves in the middle of the handshake.
            with contextlib.suppress(OSError):
                await loop.connect_accepted_socket(lambda: Peer(self), sock, ssl=context)


class Peer(asyncio.Protocol):
    """A connection from the daemon."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._buffer = bytearray()
        self._token = ""
        self._fault: Fault | None = None
        self._is_deaf = False
        self._is_answered = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._deployment.peers.add(self)

    def connection_lost(self, exc: BaseException | None) -> None:
        del exc  # however it ended
        self._deployment.peers.discard(self)
        self._is_deaf = True

    def data_received(self, data: bytes) -> None:
        if self._is_deaf:
            return
        self._buffer += data
        while self._buffer and self._take():
            pass

    def _take(self) -> bool:
        """Take a request off the buffer, if it is whole; act on the way."""
        buffer = self._buffer
        head_end = buffer.find(b"\r\n\r\n") + 4
        if not self._token:
            line, found, _ = buffer.partition(b"\r\n")
            if not found or not self._begin(bytes(line)):
                return False
        fault, ask = self._fault, self._deployment.asks[self._token]
        end = _request_end(buffer, head_end) if head_end > 3 else None
        if fault is not None and fault.of == "request" and fault.act in _ENDS:
            if end is not None or len(buffer) >= fault.at:
                self._end(fault.act)
        elif fault is not None and fault.act in {"early", "early_close"} and not self._is_answered:
            self._answer(ask)
        if self._is_deaf or end is None:
            return False
        self._check_body(bytes(buffer[head_end:end]), ask)
        del buffer[:end]
        if not self._is_answered:
            self._answer(ask)
        self._token = ""
        self._is_answered = False
        return not self._is_deaf

    def _begin(self, line: bytes) -> bool:
        deployment = self._deployment
        found = _TOKEN.search(line)
        token = found[1].decode() if found else ""
        if token not in deployment.asks:
            deployment.violations.append(f"a request that nobody made: {line!r}")
            self._is_deaf = True
            return False
        self._token = token
        self._fault = deployment.asks[token].fault(deployment.heads[token])
        deployment.heads[token] += 1
        return True

    def _check_body(self, framed: bytes, ask: Ask) -> None:
        body = _dechunked(framed) if ask.chunked else framed
        if body != values.filler(self._token + "up", ask.body or 0):
            self._deployment.violations.append(f"another body than {self._token}'s: {body[:80]!r}")

    def _answer(self, ask: Ask) -> None:
        self._is_answered = True
        fault = self._fault
        head, body = values.framed_answer(self._token, ask, fault)
        message = head + body
        if fault is None or fault.act in {"busy", "bad_chunk", "ignore_close", "early"}:
            self.transport.write(message)
        elif fault.act == "second":
            self.transport.write(message + values.STRAY)
        elif fault.act == "garbage":
            at = fault.at % len(head)
            self.transport.write(head[:at] + values.GARBAGE + message[at:])
        elif fault.act == "drip":
            self._is_deaf = True
            self._deployment.start(self._drip(message))
            return
        elif fault.act == "early_close":
            self.transport.write(message)
            self._end("close")
        elif fault.of == "response":
            self.transport.write(message[: fault.at])
            self._end(fault.act)
        if ask.framing == "close" and not (fault and fault.act == "bad_chunk"):
            self._end("close")

    async def _drip(self, message: bytes) -> None:
        for byte in message:
            self.transport.write(bytes([byte]))
            await asyncio.sleep(0.0005)
        self.transport.close()

    def _end(self, act: str) -> None:
        if self._is_deaf:
            return
        self._is_deaf = True
        sock = self.transport.get_extra_info("socket")
        if act == "close":
            self.transport.close()
        elif act == "reset":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            self.transport.abort()
        elif act == "half_close":
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_WR)


_ENDS = frozenset({"close", "reset", "half_close", "silence"})


def _bound(port: int) -> socket.socket:
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    sock.setblocking(False)
    sock.bind(("127.0.0.1", port))
    return sock


def _request_end(buffer: bytearray, head_end: int) -> int | None:
    """Return where the request in the buffer ends, or None while it does not."""
    head = bytes(buffer[:head_end])
    if length := _LENGTH.search(head):
        end = head_end + int(length[1])
        return end if len(buffer) >= end else None
    if not _CHUNKED.search(head):
        return head_end
    at = head_end
    while (line_end := buffer.find(b"\r\n", at)) >= 0:
        size = int(buffer[at:line_end], 16)
        at = line_end + 2 + size + 2
        if len(buffer) < at:
            return None
        if size == 0:
            return at
    return None


def _dechunked(framed: bytes) -> bytes:
    body = b""
    while framed:
        size, _, framed = framed.partition(b"\r\n")
        body += framed[: int(size, 16)]
        framed = framed[int(size, 16) + 2 :]
    return body
