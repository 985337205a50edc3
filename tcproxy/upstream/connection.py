"""One connection to an origin: HTTP/1.1 exchanges, one after the other, over one transport.

llhttp (from httptools) parses; bytes of header fields and bodies are handed on as they came. What
a request means, and when it is tried again, is not known here.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import select
from collections.abc import Callable
from typing import NamedTuple, Protocol, cast

import httptools

from tcproxy.batching import Outlet, WriteBatch
from tcproxy.headers import Field, connection_options
from tcproxy.upstream.failures import Failure

HEAD_LIMIT = 1024 * 1024
"""Bytes of a response head that are read before the origin is taken to be at fault."""

_CODING_SIZE = len(b"transfer-encoding")
_LENGTH_SIZE = len(b"content-length")
_DECRYPTED = memoryview(bytearray(256 * 1024))
"""What TLS connections read into, one after the other: each read is taken out of it at once."""

_WRITE_BUFFER = 256 * 1024
_NO_TEXT = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
"""What a reason phrase must not have (RFC 9112, section 4), and llhttp does not look for."""


class ResponseHead(NamedTuple):
    """The status line and header fields of a response.

    Attributes:
        status: the status code.
        reason: the reason phrase as received.
        fields: the header fields as received, in order.
        has_body: False for an answer to HEAD, 204 and 304 (RFC 9112, section 6.3).
        length: the body's length in bytes, or None where it is chunked or ends with the connection.
    """

    status: int
    reason: bytes
    fields: list[Field]
    has_body: bool
    length: int | None


class Receiver(Protocol):
    """Takes what a connection has to tell about the exchange that it carries."""

    def on_informational(self, head: ResponseHead, /) -> None:
        """A 1xx response came, other than 100 and 101."""

    def on_response(self, head: ResponseHead | None, data: bytes, is_end: bool, /) -> None:
        """A part of the response came: its head if this is the first part, and data."""

    def on_failure(self, failure: Failure, /) -> None:
        """The exchange failed; the connection is gone."""

    def on_send_paused(self) -> None:
        """The origin reads slower than the request is written."""

    def on_send_resumed(self) -> None:
        """The request may be written again."""


class UpstreamConnection(asyncio.BaseProtocol):
    """A connection that is idle, or carries one exchange."""

    __slots__ = (
        "_batch",
        "_body",
        "_descriptor",
        "_ended",
        "_fields",
        "_framing",
        "_head",
        "_head_bytes",
        "_is_head_request",
        "_is_paused",
        "_left",
        "_malformed",
        "_on_free",
        "_outlet",
        "_parser",
        "_reason",
        "_receiver",
        "_request_sent",
        "_resumable",
        "_silent_bytes",
        "_transport",
        "exchanges",
        "idle_since",
        "is_open",
    )

    def __init__(self, on_free: Callable[[UpstreamConnection], None], batch: WriteBatch) -> None:
        """Make a connection that a transport will be given to.

        Args:
            on_free: called when an exchange has ended, or the connection has closed; `is_open`
                tells whether it can be used again.
            batch: collects what is written.
        """
        self._on_free = on_free
        self._batch = batch
        self._transport: asyncio.Transport | None = None
        self._outlet: Outlet | None = None
        self._descriptor: int | None = None
        self._receiver: Receiver | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._is_paused = False
        self.is_open = False
        self.exchanges = 0
        self.idle_since = 0.0
        self._reset()

    def _reset(self) -> None:
        self._fields: list[Field] = []
        self._reason = b""
        self._head: ResponseHead | None = None
        self._head_bytes = 0
        self._body: list[bytes] = []
        self._ended = False
        self._silent_bytes = 0
        self._left = 0
        self._resumable = False
        self._malformed = ""
        self._framing = ""
        self._is_head_request = False
        self._request_sent = False

    def __repr__(self) -> str:
        """Show the state."""
        state = "closed" if not self.is_open else "busy" if self._receiver else "idle"
        return f"<UpstreamConnection {state}, {self.exchanges} exchanges>"

    # The exchange's side.

    def start(self, receiver: Receiver, head: bytes, *, is_head_request: bool) -> None:
        """Begin an exchange by writing a request head, and a body as far as it is at hand.

        Args:
            receiver: is told what comes back.
            head: bytes to write.
            is_head_request: whether the method is HEAD, whose answer has no body.
        """
        self._reset()
        self._receiver = receiver
        self._is_head_request = is_head_request
        self.exchanges += 1
        self.write(head)

    def write(self, data: bytes) -> None:
        """Write a further piece of the request."""
        if self._outlet is not None:
            self._batch.write(self._outlet, data)

    def write_at_once(self, data: bytes) -> None:
        """Write a further piece of the request now, not at the end of the turn of the loop."""
        self.write(data)
        self._batch.flush()

    def finish_request(self) -> None:
        """Say that the request is complete; without this the connection is not used again."""
        self._request_sent = True

    def has_input(self) -> bool:
        """Tell whether something came that will be read next: an answer, or the end.

        Writing to a connection that was reset fails, and what came before the reset is then lost.
        """
        if self._descriptor is None or not self.is_open or self._is_paused:
            return False
        question = select.poll()
        question.register(self._descriptor, select.POLLIN)
        return bool(question.poll(0))

    def hand_over(self, receiver: Receiver) -> None:
        """Let another receiver have the rest of the response."""
        self._receiver = receiver

    @property
    def is_paused(self) -> bool:
        """Whether nothing is read for now."""
        return self._is_paused

    def pause_reading(self) -> None:
        """Read no more until told otherwise."""
        if self._transport is not None and self.is_open and not self._is_paused:
            self._is_paused = True
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Read on."""
        if self._transport is not None and self.is_open and self._is_paused:
            self._is_paused = False
            self._transport.resume_reading()

    def abort(self) -> None:
        """Close at once; the receiver hears no more."""
        self._receiver = None
        self.is_open = False
        if self._transport is not None:
            self._abort(self._transport)

    def _abort(self, transport: asyncio.Transport) -> None:
        transport.abort()

    # asyncio's side.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=_WRITE_BUFFER)
        self._outlet = Outlet.of(self._transport)
        sock = transport.get_extra_info("socket")
        self._descriptor = None if sock is None else sock.fileno()
        self.is_open = True

    def data_received(self, data: bytes) -> None:
        """Parse, and hand on what came in one call."""
        receiver = self._receiver
        if receiver is None:
            # Nothing was asked: whatever this is, it must not become the answer to a request.
            self.abort()
            return
        if self._left:
            self._pass(receiver, data)
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._malformed = "it switched protocols, which nobody asked for"
        except httptools.HttpParserError as error:
            cause = error.__context__ if error.__context__ is not None else error
            self._malformed = f"its response is malformed: {cause}"
        self._deliver(receiver, len(data))

    def eof_received(self) -> None:
        """End a body that ends with the connection."""
        if self._framing == "close" and self._receiver is not None and not self._ended:
            self._ended = True
            self._deliver(self._receiver, 0)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits."""
        self.is_open = False
        self._transport = self._outlet = self._descriptor = None
        receiver, self._receiver = self._receiver, None
        if receiver is not None:
            receiver.on_failure(self._lost(exc))
        self._on_free(self)

    def pause_writing(self) -> None:
        """Pass back-pressure on."""
        if self._receiver is not None:
            self._receiver.on_send_paused()

    def resume_writing(self) -> None:
        """Pass the end of back-pressure on."""
        if self._receiver is not None:
            self._receiver.on_send_resumed()

    # llhttp's side.

    def on_message_begin(self) -> None:
        """A message starts: the response, or bytes that nobody asked for."""
        if self._ended:
            self._resumable = False

    def on_status(self, reason: bytes) -> None:
        """Keep the reason phrase."""
        if not self._malformed:
            self._reason += reason

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a field of the head; those of trailers are dropped (RFC 9110, section 6.5.1)."""
        if self._head is None and not self._malformed:
            self._fields.append((name, value.rstrip(b" \t")))

    def on_headers_complete(self) -> None:
        """Tell how the body is framed (RFC 9112, section 6.3)."""
        if self._ended or self._malformed:
            return
        status = self._parser.get_status_code()
        if self._reason != b"OK" and _NO_TEXT.search(self._reason):
            self._malformed = "its status line has control characters"
            return
        if status < 100:
            self._malformed = f"its status is {status:03}"
            return
        if status < 200:
            self._take_informational(status)
            return
        has_body = not (self._is_head_request or status in {204, 304})
        version = self._parser.get_http_version()
        self._framing, length = _framing(self._fields) if has_body else ("none", None)
        if version not in {"1.1", "1.0"}:
            self._malformed = f"its response is in HTTP/{version}"
            return
        if self._framing == "unknown" or (self._framing == "chunked" and version == "1.0"):
            self._malformed = "its response has an unknown transfer coding"
            return
        self._head = ResponseHead(status, self._reason, self._fields, has_body, length)
        self._resumable = self._parser.should_keep_alive() or self._framing == "none"
        if not has_body:
            # llhttp does not know which request it was, and would wait for a body.
            self._resumable = _wants_keep_alive(version, self._fields)
            self._ended = True

    def on_body(self, data: bytes) -> None:
        """Keep a piece of the body until this read has been parsed."""
        if self._ended or self._head is None:
            self._resumable = False
        else:
            self._body.append(data)

    def on_message_complete(self) -> None:
        """The response has ended, unless it was an informational one."""
        if self._head is not None and self._head.has_body:
            self._ended = True

    # The parts.

    def _take_informational(self, status: int) -> None:
        head = ResponseHead(status, self._reason, self._fields, False, None)
        self._fields = []
        self._reason = b""
        self._head_bytes = 0
        if status == 101:
            self._malformed = "it switched protocols, which nobody asked for"
        elif status != 100 and self._receiver is not None:
            self._receiver.on_informational(head)

    def _deliver(self, receiver: Receiver, size: int) -> None:
        head = None
        if self._head is None:
            self._head_bytes += size
            if self._head_bytes > HEAD_LIMIT and not self._malformed:
                self._malformed = f"its response head is longer than {HEAD_LIMIT} bytes"
        elif self._head_bytes >= 0:
            head = self._head
            self._head_bytes = -1
        body = self._body
        self._check_silence(size)
        data = b"" if not body else body[0] if len(body) == 1 else b"".join(body)
        body.clear()
        if self._malformed and not self._ended:
            self._fail(receiver, head, data)
        elif self._ended:
            self._end(receiver, head, data)
        elif head is not None or data:
            if head is not None and head.length is not None:
                self._left = head.length - len(data)
            receiver.on_response(head, data, False)

    def _pass(self, receiver: Receiver, data: bytes) -> None:
        """Hand on a body whose length is known, as it is: the parser would only copy it."""
        left = self._left
        if len(data) < left:
            self._left = left - len(data)
            receiver.on_response(None, data, False)
            return
        self._left = 0
        self._ended = True
        self._resumable = self._resumable and len(data) == left
        self._parser = httptools.HttpResponseParser(self)
        self._end(receiver, None, data[:left])

    def _check_silence(self, size: int) -> None:
        """Bound what comes in the body's framing: trailer fields, and extensions of chunks."""
        if self._body or self._head is None:
            self._silent_bytes = 0
            return
        self._silent_bytes += size
        if self._silent_bytes > HEAD_LIMIT and not self._malformed:
            self._malformed = f"its body has {HEAD_LIMIT} bytes of framing"

    def _fail(self, receiver: Receiver, head: ResponseHead | None, data: bytes) -> None:
        if head is not None or data:
            receiver.on_response(head, data, False)
        if self._receiver is receiver:
            self.abort()
            receiver.on_failure(Failure("malformed", self._malformed))

    def _end(self, receiver: Receiver, head: ResponseHead | None, data: bytes) -> None:
        self._receiver = None
        if self._resumable and self._request_sent and not self._malformed:
            if self._framing == "none":
                self._parser = httptools.HttpResponseParser(self)
            self.resume_reading()
        else:
            self.abort()
        receiver.on_response(head, data, True)
        if self.is_open:
            self._on_free(self)

    def _lost(self, exc: Exception | None) -> Failure:
        if self._head is not None:
            return Failure("truncated", "the connection closed in the middle of the response")
        what = "was reset" if isinstance(exc, ConnectionResetError) else "closed"
        if self._head_bytes:
            return Failure("truncated", f"the connection {what} in the middle of the response head")
        return Failure(
            "reset" if what == "was reset" else "closed",
            f"the connection {what} before a response came",
            on_used_connection=self.exchanges > 1,
        )


_PIECE = 64 * 1024
_PIECES = 16
"""What is read of a connection that was reset: as much as a response head may have."""


class PlainConnection(UpstreamConnection, asyncio.Protocol):
    """A connection whose bytes are read as they are."""

    __slots__ = ()

    def connection_lost(self, exc: Exception | None) -> None:
        """Read what came before a reset, which made writing fail: it may be the answer."""
        self.is_open = False
        if exc is not None and self._receiver is not None and self._descriptor is not None:
            with contextlib.suppress(OSError):
                self._read_rest(self._descriptor)
        super().connection_lost(exc)

    def _read_rest(self, descriptor: int) -> None:
        for _ in range(_PIECES):
            data = os.read(descriptor, _PIECE)
            if not data:
                return
            self.data_received(data)
            if self._receiver is None:
                return


class TlsConnection(UpstreamConnection, asyncio.BufferedProtocol):
    """A connection whose bytes TLS decrypts.

    uvloop has each record decrypted into 256 KiB of new memory, and cut to size, where the protocol
    does not bring memory of its own. The kernel takes that memory back each time: measured with a
    download of 100 MiB, this was more than half of the CPU time.
    """

    __slots__ = ()

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002
        """Say where to decrypt to."""
        return _DECRYPTED

    def buffer_updated(self, nbytes: int) -> None:
        """Take what was decrypted."""
        self.data_received(_DECRYPTED[:nbytes].tobytes())

    def _abort(self, transport: asyncio.Transport) -> None:
        # uvloop goes on after `buffer_updated` with what TLS has to write, and fails loudly where
        # that has ended the connection.
        asyncio.get_running_loop().call_soon(transport.abort)


def _framing(fields: list[Field]) -> tuple[str, int | None]:
    codings = []
    length = None
    for name, value in fields:
        size = len(name)
        if size == _CODING_SIZE and name.lower() == b"transfer-encoding":
            codings.append(value.lower())
        elif size == _LENGTH_SIZE and name.lower() == b"content-length":
            length = int(value)
    if codings:
        return ("chunked" if codings == [b"chunked"] else "unknown"), None
    return ("close" if length is None else "length"), length


def _wants_keep_alive(version: str, fields: list[Field]) -> bool:
    options = connection_options(fields)
    if version == "1.1":
        return b"close" not in options
    return b"keep-alive" in options
