"""The callers' side: connections, and the requests that come on them.

aiohttp is the server: its low-level `web.Server`, the protocol class behind it and its parser in C.
Forwarded requests leave its beaten track, for two reasons: its request and response objects cost
more than all the rest together, and its responses do not keep bytes (non-UTF-8 header fields are
dropped, `Content-Type`, `Date` and `Server` are added). So `CallerConnection` takes the parser's
messages itself. The proxy's own endpoints are ordinary aiohttp handlers.

What this leans on inside aiohttp is listed in `tests/proxy/test_aiohttp_contract.py`, which fails
with a clear message when aiohttp changes.
"""

from __future__ import annotations

import asyncio
import math
import re
import socket
import struct
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import NamedTuple, cast

import structlog
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import (
    HttpProcessingError,
    HttpRequestParser,
    HttpVersion10,
    HttpVersion11,
    RawRequestMessage,
    StreamWriter,
)
from aiohttp.http_exceptions import InvalidHeader, InvalidURLError, LineTooLong
from aiohttp.streams import EMPTY_PAYLOAD, StreamReader
from aiohttp.web_protocol import RequestHandler
from aiohttp.web_request import BaseRequest
from aiohttp.web_response import StreamResponse
from aiohttp.web_server import Server

from tcproxy import answers
from tcproxy.errors import Refusal
from tcproxy.forward import Exchange, Forwarder, Outcome, Request
from tcproxy.guard import Guard, authority_of
from tcproxy.listeners import authority
from tcproxy.peers import Admission
from tcproxy.targets import Endpoint, Forward, Router

_log = structlog.get_logger("tcproxy.server")

_COMMON_METHODS = (
    b"GET ",
    b"POST ",
    b"PUT ",
    b"DELETE ",
    b"HEAD ",
    b"PATCH ",
    b"OPTIONS ",
    b"CONNECT ",
)
_METHOD = re.compile(rb"(?:\r\n)*([!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}) ")
_METHOD_START = re.compile(rb"(?:\r\n)*[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}")
_NONE: list[str] = []
_READ_SIZE = 64 * 1024
_WRITE_BUFFER = 256 * 1024
_LINGER = 5.0
"""Seconds for which the rest of a refused request is read, so that its answer is not lost."""


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """Bounds on what callers can make the daemon hold.

    Attributes:
        line_size: bytes of a request target, and of one header field.
        fields: header fields of one request.
        connections: open at once.
        head_timeout: seconds from the first byte of a request head to its last.
        keep_alive: seconds that a connection may stay open without a request.
    """

    line_size: int = 64 * 1024
    fields: int = 256
    connections: int = 4096
    head_timeout: float = 30.0
    keep_alive: float = 300.0


class MalformedBodyError(Exception):
    """The body of a request cannot be parsed.

    Attributes:
        refusal: what the caller is told.
    """

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


class _Arrival(NamedTuple):
    """A request, or what is wrong with it."""

    message: RawRequestMessage | None
    payload: StreamReader
    method: str
    refusal: Refusal | None = None


class ProxyServer(Server):
    """Makes a `CallerConnection` for each connection, and knows them all."""

    def __init__(
        self,
        *,
        router: Router,
        guard: Guard,
        admission: Admission | None,
        forwarder: Forwarder,
        endpoints: Callable[[BaseRequest], Awaitable[StreamResponse]],
        limits: ServerLimits,
        on_outcome: Callable[[Outcome], None],
    ) -> None:
        """Put the parts together.

        Args:
            router: tells where requests go.
            guard: refuses what web pages ask.
            admission: tells who may connect; None for everyone.
            forwarder: takes those that go to a deployment.
            endpoints: answers those that are for the proxy itself.
            limits: bounds for callers.
            on_outcome: called for each request that is not forwarded.
        """
        super().__init__(endpoints)
        self.router = router
        self.guard = guard
        self.admission = admission
        self.forwarder = forwarder
        self.limits = limits
        self.on_outcome = on_outcome
        self.is_draining = False
        self.callers: set[CallerConnection] = set()
        self._drained = asyncio.Event()

    def __call__(self) -> CallerConnection:
        """Make the protocol for a new connection."""
        return CallerConnection(self, asyncio.get_running_loop())

    def check_deadlines(self) -> None:
        """Close the connections that have been quiet for too long."""
        now = asyncio.get_running_loop().time()
        for caller in [each for each in self.callers if each.deadline < now]:
            caller.on_deadline()

    def drain(self) -> None:
        """Close idle connections now, and the others after their present answer."""
        self.is_draining = True
        for caller in list(self.callers):
            caller.close_when_idle()
        self.forget(None)

    async def wait_drained(self) -> None:
        """Wait, after `drain`, until the last connection is gone."""
        await self._drained.wait()

    def forget(self, caller: CallerConnection | None) -> None:
        """Take note that a connection is gone."""
        if caller is not None:
            self.callers.discard(caller)
        if self.is_draining and not self.callers:
            self._drained.set()

    def abort(self) -> None:
        """Close every connection at once."""
        for caller in list(self.callers):
            caller.break_off()


class CallerConnection(RequestHandler):
    """A caller's connection; the `Caller` of the exchanges that come on it, one after the other."""

    __slots__ = (
        "_arrivals",
        "_at_start",
        "_current",
        "_exchange",
        "_is_admitted",
        "_is_chunked",
        "_is_deaf",
        "_is_last",
        "_is_lingering",
        "_is_reading",
        "_last_bytes",
        "_last_payload",
        "_length",
        "_length_left",
        "_method",
        "_server",
        "_task",
        "_unparsed",
        "deadline",
    )

    def __init__(self, server: ProxyServer, loop: asyncio.AbstractEventLoop) -> None:
        """Make a connection that a transport will be given to.

        Args:
            server: knows all connections and the parts behind them.
            loop: the running event loop.
        """
        limits = server.limits
        super().__init__(
            server,
            loop=loop,
            keepalive_timeout=0,
            access_log=None,  # type: ignore[arg-type]  # None is how aiohttp is told to log nothing
            auto_decompress=False,
            read_bufsize=_READ_SIZE,
            max_line_size=limits.line_size,
            max_field_size=limits.line_size,
            max_headers=limits.fields,
        )
        self._server = server
        self._arrivals: deque[_Arrival] = deque()
        self._exchange: Exchange | None = None
        self._task: asyncio.Task[None] | None = None
        self._current: StreamReader = EMPTY_PAYLOAD
        self._last_payload: StreamReader = EMPTY_PAYLOAD
        self._is_chunked = False
        self._length = 0
        self._length_left = 0
        self._last_bytes = b""
        self._at_start = True
        self._method = ""
        self._unparsed = b""
        self._is_admitted = server.admission is None
        self._is_last = False
        self._is_lingering = False
        self._is_reading = False
        self._is_deaf = False
        self.deadline = math.inf

    def __repr__(self) -> str:
        """Show the state."""
        state = "busy" if self._is_busy() else "idle"
        return f"<CallerConnection {state}, {len(self._arrivals)} waiting>"

    # asyncio's side.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport.

        This passes over aiohttp's own method, which starts a task for each connection.
        """
        BaseProtocol.connection_made(self, transport)
        stream = cast("asyncio.Transport", transport)
        stream.set_write_buffer_limits(high=_WRITE_BUFFER)
        self._server.callers.add(self)
        self._set_deadline(self._server.limits.keep_alive)
        if len(self._server.callers) > self._server.limits.connections:
            self._is_deaf = True
            self._refuse(_TOO_MANY_CONNECTIONS)
        elif self._server.admission is not None:
            work = self._admit(self._server.admission, stream, _name(stream))
            self._task = self._loop.create_task(work)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Stop what is done for this caller."""
        self._server.forget(self)
        exchange, self._exchange = self._exchange, None
        task, self._task = self._task, None
        self._arrivals.clear()
        super().connection_lost(exc)
        if exchange is not None:
            exchange.cancel()
        if task is not None:
            task.cancel()

    def data_received(self, data: bytes) -> None:
        """Parse, and act on what came."""
        if self._is_deaf or self.transport is None:
            return
        if not self._is_admitted:
            self._keep_for_later(data)
            return
        if not data:
            # aiohttp asks to go on after a pause.
            self._feed(b"")
        self._parse(data)
        if self._is_reading:
            return
        if self._exchange is not None:
            self._exchange.on_body_available()
        elif self._is_lingering:
            self._linger()
        elif self._task is None:
            self._next()

    def pause_writing(self) -> None:
        """Pass back-pressure on."""
        super().pause_writing()
        if self._exchange is not None:
            self._exchange.on_caller_paused()

    def resume_writing(self) -> None:
        """Pass the end of back-pressure on."""
        super().resume_writing()
        if self._exchange is not None:
            self._exchange.on_caller_resumed()

    # The exchange's side.

    @property
    def is_paused(self) -> bool:
        """Whether the caller reads slower than its answers come."""
        return self._paused

    def write(self, data: bytes) -> None:
        """Send a piece of an answer."""
        if self.transport is not None:
            self.transport.write(data)

    def read_body(self) -> bytes:
        """Return what has come of the current request's body since the last call."""
        # Reading makes room, so that aiohttp may parse on, and come back here.
        self._is_reading = True
        try:
            return self._current.read_nowait()
        finally:
            self._is_reading = False

    def is_body_read(self) -> bool:
        """Tell whether the whole body has come and was read."""
        return self._current.at_eof()

    def finish(self, *, keep_alive: bool) -> None:
        """End the current exchange."""
        self._exchange = None
        if not keep_alive:
            self._is_last = True
        self._after_answer()

    def break_off(self) -> None:
        """End the connection so that the caller notices: by a reset."""
        self._exchange = None
        self._is_deaf = True
        if self.transport is None:
            return
        sock = self.transport.get_extra_info("socket")
        if sock is not None and sock.family != socket.AF_UNIX:
            # Without this, an answer that ends with the connection would look complete.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    # The server's side.

    def on_deadline(self) -> None:
        """Close, as nothing came for too long."""
        if self._is_deaf:
            self.break_off()
        elif self._unparsed or not (self._at_start or self._is_lingering):
            self._is_deaf = True
            self._refuse(_HEAD_TIMEOUT)
        else:
            self._hang_up()

    def close_when_idle(self) -> None:
        """Close now, or after the present answer."""
        self._is_last = True
        if not self._is_busy():
            self._hang_up()

    def _is_busy(self) -> bool:
        return bool(self._exchange or self._task or self._is_lingering or self._arrivals)

    # Admitting callers.

    async def _admit(self, admission: Admission, transport: asyncio.Transport, peer: str) -> None:
        refused = await admission.check(transport)
        self._task = None
        if refused is not None:
            _log.warning("connection refused", peer=peer, reason=refused.reason, uid=refused.uid)
            self._is_deaf = True
            transport.abort()
            return
        self._is_admitted = True
        if self._buffer_paused:
            self._resume_reading_for_buffer()
        if self._unparsed:
            self.data_received(b"")

    def _keep_for_later(self, data: bytes) -> None:
        self._unparsed += data
        if len(self._unparsed) >= _READ_SIZE and not self._buffer_paused:
            self._pause_reading_for_buffer()

    # Reading requests.

    def _parse(self, data: bytes) -> None:
        """Parse, in parts that end where a message, or its head, may end.

        So the parser never sees two requests at once. It would lose the first when the second is
        malformed, and give a trailer field of the first to the second.
        """
        data = self._unparsed + data
        self._unparsed = b""
        while data and not self._is_deaf:
            if self._reading_paused or len(self._arrivals) >= self._max_msg_queue_size:
                self._unparsed = data
                if not (self._reading_paused or self._buffer_paused):
                    self._pause_reading_for_buffer()
                return
            data = self._parse_part(data)

    def _parse_part(self, data: bytes) -> bytes:
        """Parse up to where a message or a head may end, and return the rest."""
        if self._at_start and not data.startswith(_COMMON_METHODS):
            data = self._show_known_method(data)
        end = self._length_left or self._end_of_part(data)
        if end >= len(data):
            self._feed(data)
            return b""
        self._feed(data[:end])
        return data[end:]

    def _show_known_method(self, data: bytes) -> bytes:
        """Have the parser see POST for a method that it does not know.

        It takes a fixed list of methods only, while HTTP leaves their number open (RFC 9110,
        section 9.1). How a request is framed does not depend on its method.
        """
        match = _METHOD.match(data)
        if match is not None:
            self._method = match[1].decode()
            return b"POST" + data[match.end(1) :]
        if _METHOD_START.fullmatch(data):
            self._unparsed = data
            self._note_head_started()
            return b""
        return data

    def _end_of_part(self, data: bytes) -> int:
        """Tell how much to parse where the end is an empty line: a head, or a chunked body."""
        before = self._last_bytes
        joined = before + data if before else data
        found = joined.find(b"\r\n\r\n")
        if found < 0:
            self._last_bytes = joined[-3:]
            return len(data)
        self._last_bytes = b""
        return found + 4 - len(before)

    def _feed(self, data: bytes) -> None:
        parser = self._parser
        assert parser is not None  # noqa: S101  it is None only after the connection was lost
        try:
            messages, _, _ = parser.feed_data(data)
        except HttpProcessingError as error:
            self._on_malformed(_bad_request(error))
            return
        if messages:
            self._note_message(*messages[0])
        elif self._last_payload is not EMPTY_PAYLOAD:
            self._note_body()
        elif data.strip(b"\r\n"):
            # Empty lines before a request are no part of it (RFC 9112, section 2.2).
            self._at_start = False
            if not self._is_busy():
                self._note_head_started()

    def _note_message(self, message: RawRequestMessage, payload: StreamReader) -> None:
        self._arrivals.append(_Arrival(message, payload, self._method or message.method))
        self._method = ""
        self._at_start = payload is EMPTY_PAYLOAD
        if payload is not EMPTY_PAYLOAD:
            self._last_payload = payload
            self._is_chunked = message.chunked
            if not message.chunked:
                self._length = int(message.headers.get("Content-Length", 0))
            self._note_body()

    def _note_body(self) -> None:
        payload = self._last_payload
        self._length_left = 0 if self._is_chunked else self._length - payload.total_bytes
        if not payload.is_eof():
            return
        self._at_start = True
        self._last_payload = EMPTY_PAYLOAD
        if self._is_chunked:
            self._renew_parser()

    def _note_head_started(self) -> None:
        now = self._loop.time()
        self.deadline = min(self.deadline, now + self._server.limits.head_timeout)

    def _renew_parser(self) -> None:
        """Take a new parser: aiohttp's keeps the last trailer field and adds it to what follows."""
        self._parser = HttpRequestParser(
            self,
            self._loop,
            _READ_SIZE,
            max_line_size=self.max_line_size,
            max_field_size=self.max_field_size,
            max_headers=self.max_headers,
            auto_decompress=False,
            max_msg_queue_size=self._max_msg_queue_size,
        )

    def _on_malformed(self, refusal: Refusal) -> None:
        """Refuse what cannot be parsed, in its turn; nothing after it can be understood."""
        self._is_deaf = True
        if self._last_payload.is_eof():
            self._arrivals.append(_Arrival(None, EMPTY_PAYLOAD, "", refusal))
            return
        if self._arrivals:
            self._arrivals[-1] = self._arrivals[-1]._replace(payload=EMPTY_PAYLOAD, refusal=refusal)
            return
        self._current.set_exception(MalformedBodyError(refusal))
        self._current = EMPTY_PAYLOAD
        if self._exchange is not None:
            self._exchange.answer(refusal, refusal.message)

    # Serving them.

    def _next(self) -> None:
        if not self._arrivals:
            return
        arrival = self._arrivals.popleft()
        self.deadline = math.inf
        self._current = arrival.payload
        if self._parser is not None:
            self._parser.message_consumed()
        if self._buffer_paused and len(self._arrivals) <= self._msg_queue_resume_size:
            self._resume_reading_for_buffer()
            self._parse(b"")
        if arrival.refusal is not None:
            self._refuse(arrival.refusal, arrival.message, arrival.method)
        elif arrival.message is not None:
            self._serve(arrival.message, arrival.payload, arrival.method)

    def _serve(self, message: RawRequestMessage, payload: StreamReader, method: str) -> None:
        if message.should_close or message.upgrade or self._server.is_draining:
            self._is_last = True
        refusal = _check(message) or self._check_page(message)
        if refusal is not None:
            self._refuse(refusal, message, method)
            return
        destination = self._server.router.resolve(message.path)
        if isinstance(destination, Forward):
            request = _request(message, payload, method, keep_alive=not self._is_last)
            self._exchange = self._server.forwarder.exchange(self, request, destination)
            self._exchange.attempt()
        elif isinstance(destination, Endpoint):
            self._task = self._loop.create_task(self._answer_here(message, payload, method))
        else:
            self._refuse(destination, message, method)

    def _check_page(self, message: RawRequestMessage) -> Refusal | None:
        guard, fields = self._server.guard, message.headers
        for host in (fields.get("Host"), authority_of(message.path)):
            refusal = None if host is None else guard.check_host(host)
            if refusal is not None:
                return refusal
        origins = fields.getall("Origin", _NONE)
        sites = fields.getall("Sec-Fetch-Site", _NONE)
        return guard.check_page(origins, sites) if origins or sites else None

    async def _answer_here(
        self, message: RawRequestMessage, payload: StreamReader, method: str
    ) -> None:
        """Answer a request for the proxy itself, by an ordinary aiohttp handler."""
        started = time.monotonic()
        server = self._server
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  this runs as a task
        if method != message.method:
            message = message._replace(method=method)
        request = server.request_factory(
            message, payload, self, StreamWriter(self, self._loop), task
        )
        response = await server.request_handler(request)
        if self._is_last:
            response.force_close()
        try:
            await response.prepare(request)
            await response.write_eof()
        except ConnectionError:
            return
        duration = time.monotonic() - started
        server.on_outcome(
            Outcome(
                method,
                message.path,
                response.status,
                0,
                duration,
                payload.total_bytes,
                getattr(response, "content_length", None) or 0,
            )
        )
        self._task = None
        if not response.keep_alive:
            self._is_last = True
        self._after_answer()

    def _refuse(
        self, refusal: Refusal, message: RawRequestMessage | None = None, method: str = ""
    ) -> None:
        """Answer with an error, and end the connection unless the request has been read whole."""
        if message is None or refusal.close or message.chunked or not self._current.is_eof():
            self._is_last = True
        forwarder = self._server.forwarder
        lines = [*forwarder.identity, *forwarder.credentials.current.header_lines]
        body = refusal.body()
        self.write(
            answers.refusal_response(
                refusal,
                body,
                lines,
                keep_alive=not self._is_last,
                is_head_request=method == "HEAD",
            )
        )
        target = message.path if message is not None else ""
        self._server.on_outcome(
            Outcome(method, target, refusal.status, 0, 0.0, 0, len(body), refusal.message)
        )
        self._after_answer()

    def _after_answer(self) -> None:
        """Go on with the next request, or end the connection."""
        if not self._current.is_eof():
            self._is_lingering = True
            self._set_deadline(_LINGER)
            self._linger()
        elif self._is_last:
            self._hang_up()
        else:
            self._set_deadline(self._server.limits.keep_alive)
            self._next()

    def _linger(self) -> None:
        """Drop the rest of a body that nobody wants any more."""
        while self.read_body():
            pass
        if self._current.at_eof():
            self._is_lingering = False
            self._after_answer()

    def _hang_up(self) -> None:
        self._arrivals.clear()
        if self.transport is None:
            return
        if self._is_deaf:
            # What was not read would make the system reset the connection, and the caller lose
            # the answer: read and drop it until the caller closes, too.
            self.transport.write_eof()
            self._set_deadline(_LINGER)
        else:
            self._is_deaf = True
            self.transport.close()

    def _set_deadline(self, seconds: float) -> None:
        self.deadline = self._loop.time() + seconds


def _name(transport: asyncio.Transport) -> str:
    """Return the caller's address, for logs."""
    peer = transport.get_extra_info("peername")
    return authority(peer[0], peer[1]) if isinstance(peer, tuple) else "unix"


def _check(message: RawRequestMessage) -> Refusal | None:
    """Refuse what the parser lets through and cannot be forwarded as it is."""
    if message.version not in {HttpVersion11, HttpVersion10}:
        return _BAD_VERSION
    if message.method == "CONNECT":
        return _NO_TUNNELS
    coding = message.headers.get("Transfer-Encoding")
    if coding is not None and (coding.lower() != "chunked" or message.version == HttpVersion10):
        return _BAD_CODING
    return None


def _request(
    message: RawRequestMessage, payload: StreamReader, method: str, *, keep_alive: bool
) -> Request:
    has_body = payload is not EMPTY_PAYLOAD
    is_http10 = message.version == HttpVersion10
    if not has_body:
        return Request(
            method, message.path, message.raw_headers, is_http10, keep_alive, False, None, False
        )
    fields = message.headers
    length = None if message.chunked else int(fields["Content-Length"])
    expects = not is_http10 and fields.get("Expect", "").lower() == "100-continue"
    return Request(
        method, message.path, message.raw_headers, is_http10, keep_alive, True, length, expects
    )


def _bad_request(error: HttpProcessingError) -> Refusal:
    """Say what is wrong with a request, without repeating any of it."""
    if isinstance(error, LineTooLong):
        if str(error.args[0]).lstrip("b'\"").startswith("/"):
            return Refusal(414, "UriTooLong", "The request target is too long", close=True)
        return _FIELDS_TOO_LARGE
    if error.message == "Too many headers received":
        return _FIELDS_TOO_LARGE
    reason, separator, _ = error.message.partition("\n\n")
    if isinstance(error, InvalidHeader):
        reason = "a header field is not valid"
    elif isinstance(error, InvalidURLError) and not separator:
        reason = "the request target is not valid"
    reason = " ".join(reason.split()).rstrip(":.")
    message = f"The request is malformed: {reason}"
    return Refusal(400, "MalformedRequest", message, close=True)


_FIELDS_TOO_LARGE = Refusal(
    431,
    "RequestHeaderFieldsTooLarge",
    "The request has too many header fields, or one that is too long",
    close=True,
)
_HEAD_TIMEOUT = Refusal(
    408, "RequestTimeout", "The request head did not come to its end in time", close=True
)
_TOO_MANY_CONNECTIONS = Refusal(
    503,
    "TooManyConnections",
    "Too many connections are open; see --max-connections",
    (("Retry-After", "1"),),
    close=True,
)
_BAD_VERSION = Refusal(
    505, "HttpVersionNotSupported", "Only HTTP/1.0 and HTTP/1.1 are spoken here", close=True
)
_NO_TUNNELS = Refusal(
    405,
    "MethodNotAllowed",
    "CONNECT is not offered: tcproxy is not a general HTTP proxy",
    close=True,
)
_BAD_CODING = Refusal(
    501, "TransferCodingNotSupported", "The only transfer coding known is chunked", close=True
)
