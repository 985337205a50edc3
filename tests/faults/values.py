"""What can go wrong, as values: small, immutable, and shown as the code that makes them again.

Only values and what they mean for the bytes of a message live here; `deployment` and `callers`
carry them out.
"""

from __future__ import annotations

import hashlib
import itertools
import os
from dataclasses import dataclass
from typing import Literal

Act = Literal[
    "close",  # in order
    "reset",  # with RST
    "half_close",  # no byte more, but the other direction stays open; over TLS without close_notify
    "silence",  # no byte more
    "garbage",  # what is no HTTP, in the head
    "bad_chunk",  # what is no chunk, between two chunks
    "busy",  # 503, to be tried again at once
    "second",  # another answer behind the answer
    "early",  # the answer before the request is read
    "early_close",  # the same, and the end of the connection
    "ignore_close",  # `Connection: close` in the answer, and no end of the connection
    "drip",  # byte by byte
]
Message = Literal["request", "response"]
Framing = Literal["length", "chunked", "close"]
Accept = Literal[
    "close",
    "reset",
    "silence",
    "garbage",
    "expired",  # certificates, over TLS only
    "wrong_name",
    "unknown_authority",
]
Manner = Literal[
    "plain",
    "pipeline",  # all requests at once
    "drip",  # byte by byte
    "slow",  # so slowly that time runs out
    "deaf",  # reads nothing for longer than the daemon waits
    "close",  # leaves at that byte
    "reset",
]


@dataclass(frozen=True, slots=True)
class Fault:
    """What the deployment does wrong with one attempt.

    Attributes:
        act: what it does.
        of: the message in which it does so.
        at: the number of that message's bytes that come before; its end if there are fewer.
        times: how many attempts in succession.
    """

    act: Act
    of: Message = "response"
    at: int = 0
    times: int = 1


@dataclass(frozen=True, slots=True)
class Ask:
    """A request, its answer, and what goes wrong on the deployment's side.

    Attributes:
        method: of HTTP.
        body: bytes of the request's body; None for a request without one.
        chunked: whether the body's length is told beforehand or not.
        answer: bytes of the answer's body.
        framing: how the deployment tells where that ends.
        faults: of the attempts, in their order; further attempts have none.
    """

    method: str = "GET"
    body: int | None = None
    chunked: bool = False
    answer: int = 20
    framing: Framing = "length"
    faults: tuple[Fault, ...] = ()

    def fault(self, attempt: int) -> Fault | None:
        """Return what goes wrong with an attempt, counted from 0."""
        each = (fault for fault in self.faults for _ in range(fault.times))
        return next(itertools.islice(each, attempt, None), None)


@dataclass(frozen=True, slots=True)
class Conversation:
    """What one caller says on one connection.

    Attributes:
        asks: its requests, one after the other.
        manner: how it behaves.
        of: the message in which it leaves: the first request, or what comes back.
        at: the number of that message's bytes that come before.
    """

    asks: tuple[Ask, ...] = (Ask(),)
    manner: Manner = "plain"
    of: Message = "request"
    at: int = 0


@dataclass(frozen=True, slots=True)
class Scenario:
    """Conversations that are held at the same time.

    Attributes:
        conversations: each on a connection of its own.
        accepts: what the deployment does with the first connections that it accepts.
        refuse: seconds for which it refuses connections at the start.
    """

    conversations: tuple[Conversation, ...]
    accepts: tuple[Accept, ...] = ()
    refuse: float = 0.0


GARBAGE = b"\x00\x01 this is \xff no HTTP \r\n\r\n"
STRAY = b"HTTP/1.1 200 OK\r\nX-Token: stray\r\nContent-Length: 5\r\n\r\nstray"
"""An answer that nobody asked for."""

_numbers = itertools.count(1)


def fresh_token() -> str:
    """Return a name for a request that no other has."""
    return f"t{os.getpid():x}x{next(_numbers):06x}z"


def filler(token: str, size: int) -> bytes:
    """Return the body that belongs to a token, and to no other."""
    block = hashlib.sha256(token.encode()).hexdigest().encode()
    return (block * (size // len(block) + 1))[:size]


def framed_answer(token: str, ask: Ask, fault: Fault | None) -> tuple[bytes, bytes]:
    """Return the head and the body of the deployment's answer, as they are on the wire."""
    is_busy = fault is not None and fault.act == "busy"
    is_bad_chunk = fault is not None and fault.act == "bad_chunk"
    framing = "chunked" if is_bad_chunk else ask.framing
    body = filler(token, ask.answer)
    lines = [
        b"HTTP/1.1 503 Service Unavailable" if is_busy else b"HTTP/1.1 200 OK",
        b"X-Token: " + token.encode(),
    ]
    if is_busy:
        lines.append(b"Retry-After: 0")
    if fault is not None and fault.act == "ignore_close":
        lines.append(b"Connection: close")
    if framing == "length":
        lines.append(b"Content-Length: %d" % len(body))
    elif framing == "chunked":
        lines.append(b"Transfer-Encoding: chunked")
        body = _chunked(body, broken=is_bad_chunk)
    head = b"\r\n".join([*lines, b"", b""])
    return head, b"" if ask.method == "HEAD" else body


def _chunked(body: bytes, *, broken: bool = False) -> bytes:
    half = len(body) // 2
    pieces = [b"%x\r\n%b\r\n" % (len(each), each) for each in (body[:half], body[half:]) if each]
    if broken:
        pieces.insert(len(pieces) // 2, b"no chunk\r\n")
    return b"".join([*pieces, b"0\r\n\r\n"])
