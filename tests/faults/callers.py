"""Callers that hold the conversations of a scenario, and say what they got.

An answer is read strictly, by h11: what h11 cannot read is broken.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import h11

from tests.faults import values

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.faults.values import Ask, Conversation

_RESET = struct.pack("ii", 1, 0)
_MAX_HEAD = 1024 * 1024
_DRIPS = 400

End = Literal["answered", "broken", "left", "hung"]


@dataclass(slots=True)
class Said:
    """A request that a caller made, and what became of it.

    Attributes:
        token: its name.
        ask: what it was.
        end: whether it was answered, the connection broke, the caller left, or nothing came.
        seconds: from the request's start to its end.
        status: of the answer.
        headers: of the answer, with names in lower case.
        body: of the answer.
    """

    token: str
    ask: Ask
    end: End = "left"
    seconds: float = 0.0
    status: int = 0
    headers: dict[bytes, bytes] = field(default_factory=dict)
    body: bytes = b""

    def request(self) -> bytes:
        """Return the request as it is on the wire."""
        ask = self.ask
        head = f"{ask.method} /queue/v1/{self.token} HTTP/1.1\r\nHost: localhost\r\n".encode()
        body = values.filler(self.token + "up", ask.body or 0)
        if ask.chunked:
            head += b"Transfer-Encoding: chunked\r\n"
            piece = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
            return head + b"\r\n" + piece + b"0\r\n\r\n"
        if ask.body is not None:
            head += b"Content-Length: %d\r\n" % len(body)
        return head + b"\r\n" + body


async def hold(
    conversation: Conversation,
    said: Sequence[Said],
    address: tuple[str, int],
    *,
    patience: float,
    deafness: float,
) -> None:
    """Hold a conversation.

    Args:
        conversation: its manner.
        said: its requests, to be filled with what became of them.
        address: of the daemon.
        patience: seconds after which a request hangs.
        deafness: seconds for which a deaf caller reads nothing.
    """
    caller = await _Caller.connect(address)
    try:
        await _behave(caller, conversation, said, patience, deafness)
    except ConnectionError:
        # In the middle of sending; what came before is an answer all the same.
        with contextlib.suppress(ConnectionError):
            await caller.read_answers([each for each in said if each.end == "left"], patience)
    finally:
        caller.close()


async def _behave(
    caller: _Caller,
    conversation: Conversation,
    said: Sequence[Said],
    patience: float,
    deafness: float,
) -> None:
    manner, stream = conversation.manner, b"".join(each.request() for each in said)
    if manner in {"close", "reset"} and conversation.of == "request":
        await caller.send(stream[: conversation.at])
        caller.leave(manner)
    elif manner in {"close", "reset"}:
        await caller.send(stream)
        await caller.read_some(conversation.at)
        caller.leave(manner)
    elif manner in {"pipeline", "deaf"}:
        await caller.send(stream)
        if manner == "deaf":
            await asyncio.sleep(deafness)
        await caller.read_answers(said, patience)
    else:
        pause = {"drip": 0.0, "slow": 0.2}.get(manner)
        for each in said:
            if pause is None:
                await caller.send(each.request())
            else:
                await caller.drip(each.request(), pause)
            await caller.read_answers([each], patience)
            if each.end != "answered" or each.headers.get(b"connection") == b"close":
                return


class _Caller:
    """A connection to the daemon."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._loop = asyncio.get_running_loop()
        self._early = b""

    @classmethod
    async def connect(cls, address: tuple[str, int]) -> _Caller:
        sock = socket.socket()
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # Small, so that an answer that nobody reads does not fit.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
        await asyncio.get_running_loop().sock_connect(sock, address)
        return cls(sock)

    async def send(self, data: bytes) -> None:
        # The daemon may answer early, and read no further before that is read.
        await self._loop.sock_sendall(self._sock, data)

    async def drip(self, data: bytes, pause: float) -> None:
        """Send byte by byte; where there are many, only the first ones."""
        for byte in data[:_DRIPS]:
            await self.send(bytes([byte]))
            await asyncio.sleep(pause)
        await self.send(data[_DRIPS:])

    def leave(self, manner: str) -> None:
        if manner == "reset":
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.close()

    def close(self) -> None:
        self._sock.close()

    async def read_some(self, size: int) -> None:
        """Read so many bytes, or what comes soon."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.3):
                while size > 0 and (data := await self._loop.sock_recv(self._sock, size)):
                    size -= len(data)

    async def read_answers(self, said: Sequence[Said], patience: float) -> None:
        """Read one answer after the other."""
        for each in said:
            started = time.monotonic()
            try:
                async with asyncio.timeout(patience):
                    await self._read_answer(each)
                each.end = "answered"
            except TimeoutError:
                each.end = "hung"
            except (h11.RemoteProtocolError, ConnectionError, EOFError):
                each.end = "broken"
            each.seconds = time.monotonic() - started
            if each.end != "answered":
                for later in said[said.index(each) + 1 :]:
                    later.end = each.end
                return

    async def _read_answer(self, said: Said) -> None:
        parser = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MAX_HEAD)
        parser.send(h11.Request(method=said.ask.method, target="/", headers=[("Host", "x")]))
        parser.send(h11.EndOfMessage())
        if self._early:
            parser.receive_data(self._early)
        body = bytearray()
        while True:
            event = parser.next_event()
            if event is h11.NEED_DATA:
                parser.receive_data(await self._loop.sock_recv(self._sock, 256 * 1024))
            elif isinstance(event, h11.Response):
                said.status, said.headers = event.status_code, dict(event.headers)
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage):
                said.body = bytes(body)
                self._early = parser.trailing_data[0]
                return
            elif isinstance(event, h11.ConnectionClosed):
                raise EOFError
