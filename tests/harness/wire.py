"""Bytes on a socket: reading exactly so much, and every way in which a peer can go away."""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import time
from dataclasses import dataclass

TIMEOUT = 20.0
"""Seconds after which a blocked read or write fails its test."""

_RECV_SIZE = 256 * 1024

Header = tuple[bytes, bytes]


class ConnectionEndedError(ConnectionError):
    """The peer closed the connection in the middle of what was being read."""

    def __init__(self, wanted: str, received: bytes) -> None:
        super().__init__(f"connection ended while reading {wanted}; got {received[:300]!r}")
        self.received = received


@dataclass(frozen=True, slots=True)
class Head:
    """A message's start line and header fields, in the bytes, order and case of the wire."""

    raw: bytes
    start_line: bytes
    headers: tuple[Header, ...]

    @classmethod
    def parse(cls, raw: bytes) -> Head:
        """Split a head that ends with an empty line; anything but CRLF line ends is an error."""
        assert raw.endswith(b"\r\n\r\n"), raw
        lines = raw[:-4].split(b"\r\n")
        for line in lines:
            assert b"\r" not in line, f"bare CR in {line!r}"
            assert b"\n" not in line, f"bare LF in {line!r}"
        headers = []
        for line in lines[1:]:
            name, colon, value = line.partition(b":")
            assert colon, f"no colon in {line!r}"
            assert name == name.strip(b" \t"), f"white space around the name in {line!r}"
            headers.append((name, value.strip(b" \t")))
        return cls(raw, lines[0], tuple(headers))

    def values(self, name: str) -> list[bytes]:
        """Return the value of each field of that name, in order."""
        wanted = name.lower().encode()
        return [value for key, value in self.headers if key.lower() == wanted]

    def value(self, name: str) -> bytes | None:
        """Return the value of the only field of that name, or None."""
        values = self.values(name)
        assert len(values) < 2, f"{name} is there {len(values)} times: {values}"
        return values[0] if values else None


class Wire:
    """One connection, with a buffer for what was read too early."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.sock.settimeout(TIMEOUT)
        with contextlib.suppress(OSError):
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def send(self, data: bytes | bytearray | memoryview) -> None:
        """Send all of `data`."""
        self.sock.sendall(data)

    def read_some(self, size: int = _RECV_SIZE) -> bytes:
        """Return what is there, at least one byte, or nothing at the end of the stream."""
        if self.buffer:
            data, self.buffer = self.buffer[:size], self.buffer[size:]
            return data
        return self.sock.recv(size)

    def read_until(self, mark: bytes) -> bytes:
        """Return everything up to and including `mark`; nothing if the stream is at its end."""
        data = bytearray()
        while (end := data.find(mark)) < 0:
            piece = self.read_some()
            if not piece:
                if not data:
                    return b""
                raise ConnectionEndedError(repr(mark), bytes(data))
            data += piece
        end += len(mark)
        self.buffer = bytes(data[end:]) + self.buffer
        return bytes(data[:end])

    def read_line(self) -> bytes:
        """Return the next line, with its end; the end of the stream is an error here."""
        if not (line := self.read_until(b"\r\n")):
            raise ConnectionEndedError("a line", b"")
        return line

    def read_exactly(self, size: int) -> bytes:
        """Return exactly `size` bytes."""
        data = bytearray()
        while len(data) < size:
            piece = self.read_some(min(size - len(data), _RECV_SIZE))
            if not piece:
                raise ConnectionEndedError(f"{size} bytes, {len(data)} came", bytes(data))
            data += piece
        return bytes(data)

    def skip_exactly(self, size: int) -> None:
        """Read `size` bytes and forget them, in constant memory."""
        left = size - len(self.buffer[:size])
        self.buffer = self.buffer[size:]
        waste = bytearray(1024 * 1024)
        while left:
            count = self.sock.recv_into(waste, min(left, len(waste)))
            if not count:
                raise ConnectionEndedError(f"{size} bytes, {left} are missing", b"")
            left -= count

    def read_to_end(self) -> bytes:
        """Return everything until the peer closes; a reset is a ConnectionResetError."""
        data = bytearray()
        while piece := self.read_some():
            data += piece
        return bytes(data)

    def has_input(self, seconds: float = 0) -> bool:
        """Tell whether data or an end arrives within `seconds`; not for TLS."""
        return bool(self.buffer) or bool(select.select([self.sock], [], [], seconds)[0])

    def wait_closed(self, seconds: float = TIMEOUT) -> bool:
        """Wait until the peer ends the stream or resets it; what it sends before is dropped."""
        deadline = time.monotonic() + seconds
        try:
            while (left := deadline - time.monotonic()) > 0:
                self.sock.settimeout(left)
                if not self.sock.recv(_RECV_SIZE):
                    return True
        except TimeoutError:
            return False
        except OSError:
            return True
        finally:
            with contextlib.suppress(OSError):
                self.sock.settimeout(TIMEOUT)
        return False

    def half_close(self) -> None:
        """End the sending direction only."""
        self.sock.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Close in order (FIN), and wake up whoever reads in another thread."""
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)
        self.sock.close()

    def reset(self) -> None:
        """Close with a RST."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()
