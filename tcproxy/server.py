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
import socket
import struct
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import cast

import structlog
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import (
    HttpRequestParser,
    HttpVersion10,
    HttpVersion11,
    RawRequestMessage,
    StreamWriter,
)
from aiohttp.streams import EMPTY_PAYLOAD, StreamReader
from aiohttp.web_protocol import RequestHandler
from aiohttp.web_request import BaseRequest
from aiohttp.web_response import StreamResponse
from aiohttp.web_server import Server

from tcproxy import answers
from tcproxy.batching import Outlet, WriteBatch
from tcproxy.errors import Refusal
from tcproxy.forward import CALLER_LEFT, Exchange, Forwarder, Outcome, Request
from tcproxy.guard import Guard, authority_of
from tcproxy.listeners import authority
from tcproxy.own_paths import RefusalResponse
from tcproxy.peers import Admission
from tcproxy.presence import is_there
from tcproxy.reading import (
    BAD_VERSION,
    MOST_ARRIVALS,
    MalformedBodyError,
    RequestReader,
    with_url,
)
from tcproxy.targets import Endpoint, Forward, Router

_log = structlog.get_logger("tcproxy.server")

_NONE: list[str] = []
_READ_SIZE = 64 * 1024
_WRITE_BUFFER = 256 * 1024
_HEAD_LINES = 4
"""Lines of the greatest size that make a head too large as a whole."""

_LOOK_AGAIN = 0.3
"""Seconds until it is looked again whether a caller who sends no more is still there."""

_LINGER = 5.0
"""Seconds for which the rest of a refused request is read, so that its answer is not lost."""


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """Bounds on what callers can make the daemon hold.

    Attributes:
        line_size: bytes of a request target, and of one header field.
        fields: header fields of one request.
        connections: open at once.
        lingering: refused ones that stay open until the caller has read why.
        head_timeout: seconds from the first byte of a request head to its last.
        keep_alive: seconds that a connection may stay open without a request.
    """

    line_size: int = 64 * 1024
    fields: int = 256
    connections: int = 4096
    lingering: int = 256
    head_timeout: float = 30.0
    keep_alive: float = 300.0


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
        batch: WriteBatch,
        on_outcome: Callable[[Outcome], None],
        on_turned_away: Callable[[str], None],
        own_lines: Callable[[], Iterable[bytes]],
    ) -> None:
        """Put the parts together.

        Args:
            router: tells where requests go.
            guard: refuses what web pages ask.
            admission: tells who may connect; None for everyone.
            forwarder: takes those that go to a deployment.
            endpoints: answers those that are for the proxy itself.
            limits: bounds for callers.
            batch: collects what is written to callers.
            on_outcome: called for each request that is not forwarded.
            on_turned_away: called for each connection that is closed unread, with the reason:
                `user` or `network`.
            own_lines: returns header lines for answers that are not forwarded.
        """
        super().__init__(endpoints)
        self.router = router
        self.guard = guard
        self.admission = admission
        self.forwarder = forwarder
        self.limits = limits
        self.batch = batch
        self.on_outcome = on_outcome
        self.on_turned_away = on_turned_away
        self.own_lines = own_lines
        self.is_draining = False
        self.callers: set[CallerConnection] = set()
        self.without_place: set[CallerConnection] = set()
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
            self.without_place.discard(caller)
        if self.is_draining and not self.callers:
            self._drained.set()

    def abort(self) -> None:
        """Close every connection at once."""
        for caller in list(self.callers):
            caller.cut_off()


class CallerConnection(RequestHandler):
    """A caller's connection; the `Caller` of the exchanges that come on it, one after the other."""

    __slots__ = (
        "_current",
        "_exchange",
        "_is_admitted",
        "_is_deaf",
        "_is_last",
        "_is_lingering",
        "_is_reading",
        "_outlet",
        "_reader",
        "_sends_no_more",
        "_server",
        "_task",
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
        self._reader = RequestReader(
            self, self.new_parser(), limits.line_size, _HEAD_LINES * limits.line_size
        )
        self._outlet: Outlet | None = None
        self._exchange: Exchange | None = None
        self._task: asyncio.Task[None] | None = None
        self._current: StreamReader = EMPTY_PAYLOAD
        self._is_admitted = server.admission is None
        self._is_last = False
        self._is_lingering = False
        self._is_reading = False
        self._is_deaf = False
        self._sends_no_more = False
        self.deadline = math.inf

    def __repr__(self) -> str:
        """Show the state."""
        state = "busy" if self._is_busy() else "idle"
        return f"<CallerConnection {state}, {len(self._reader.arrivals)} waiting>"

    # asyncio's side.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport.

        This passes over aiohttp's own method, which starts a task for each connection.
        """
        BaseProtocol.connection_made(self, transport)
        stream = cast("asyncio.Transport", transport)
        stream.set_write_buffer_limits(high=_WRITE_BUFFER)
        self._outlet = Outlet.of(stream)
        self._server.callers.add(self)
        self._set_deadline(self._server.limits.keep_alive)
        if self._server.admission is None:
            self._take_place()
        else:
            self._server.without_place.add(self)
            work = self._admit(self._server.admission, stream, _name(stream))
            self._task = self._loop.create_task(work)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Stop what is done for this caller."""
        self._server.forget(self)
        self._outlet = None
        exchange, self._exchange = self._exchange, None
        task, self._task = self._task, None
        self._reader.arrivals.clear()
        super().connection_lost(exc)
        if exchange is not None:
            exchange.cancel(_LEFT)
        if task is not None:
            task.cancel()

    def data_received(self, data: bytes) -> None:
        """Parse, and act on what came."""
        if self._is_deaf or self.transport is None:
            return
        if not self._is_admitted:
            self._keep_for_later(data)
            return
        self._reader.feed(data)
        if self._is_reading:
            return
        if self._exchange is not None:
            self._exchange.on_body_available()
        elif self._is_lingering:
            self._linger()
        elif self._task is None:
            self._next()

    def eof_received(self) -> bool:  # type: ignore[override]  # aiohttp's lets every caller go
        """Go on for one who has asked and only sends no more; everyone else has left.

        Returns:
            Whether the connection stays open.
        """
        if not self._sends_no_more and self._is_busy() and not self._is_deaf:
            self._sends_no_more = self._reader.is_at_start and self._is_admitted
            if self._sends_no_more:
                self._stay_while_there()
        return self._sends_no_more and self.transport is not None

    def _stay_while_there(self) -> None:
        """Look again and again: that a half-closed connection is closed, nothing tells."""
        if self.transport is None:
            return
        if is_there(self.transport):
            self._loop.call_later(_LOOK_AGAIN, self._stay_while_there)
        else:
            self.transport.abort()

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

    def resume_reading(self, resume_parser: bool = True) -> None:
        """Go on after a pause; aiohttp calls this after each read, also where there was none."""
        if self._reading_paused or self._buffer_paused:
            super().resume_reading(resume_parser)

    # The exchange's side.

    @property
    def is_paused(self) -> bool:
        """Whether the caller reads slower than its answers come."""
        return self._paused

    def write(self, data: bytes) -> None:
        """Send a piece of an answer."""
        if self._outlet is not None:
            self._server.batch.write(self._outlet, data)

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
        self._server.batch.flush()
        if self.transport is None:
            return
        sock = self.transport.get_extra_info("socket")
        if sock is not None and sock.family != socket.AF_UNIX:
            # Without this, an answer that ends with the connection would look complete.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()

    # The server's side.

    def cut_off(self) -> None:
        """End the connection at once, as the daemon ends."""
        exchange = self._exchange
        self.break_off()
        if exchange is not None:
            exchange.cancel(_CUT_OFF)

    def on_deadline(self) -> None:
        """Close, as nothing came for too long."""
        if self._is_deaf:
            self.break_off()
        elif self._reader.is_in_head and not self._is_lingering:
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
        return bool(self._exchange or self._task or self._is_lingering or self._reader.arrivals)

    # Admitting callers.

    def _take_place(self) -> None:
        """Be one of those whose number is bounded, or be refused.

        Who may not connect, and who was refused, has no place: they could keep others out.
        """
        server = self._server
        if len(server.callers) - len(server.without_place) <= server.limits.connections:
            return
        self._is_deaf = True
        self._refuse(_TOO_MANY_CONNECTIONS)
        server.without_place.add(self)
        if len(server.without_place) > server.limits.lingering and self.transport is not None:
            self.transport.close()

    async def _admit(self, admission: Admission, transport: asyncio.Transport, peer: str) -> None:
        refused = await admission.check(transport)
        self._task = None
        if refused is not None:
            _log.warning("connection refused", peer=peer, reason=refused.reason, uid=refused.uid)
            self._server.on_turned_away("network" if refused.uid is None else "user")
            self._is_deaf = True
            transport.abort()
            return
        self._is_admitted = True
        self._server.without_place.discard(self)
        self._take_place()
        if self._is_deaf:
            return
        if self._buffer_paused:
            self._resume_reading_for_buffer()
        self.data_received(b"")

    def _keep_for_later(self, data: bytes) -> None:
        if self._reader.keep(data) >= _READ_SIZE:
            self.hold_reading()

    # The reader's side.

    @property
    def can_parse(self) -> bool:
        """Whether aiohttp's parser takes more, as the body's reader has room."""
        return not self._reading_paused

    def hold_reading(self) -> None:
        """Read no more until there is room."""
        if not self._buffer_paused:
            self._pause_reading_for_buffer()

    def new_parser(self) -> HttpRequestParser:
        """Put a new parser in place of the present one."""
        self._parser = HttpRequestParser(
            self,
            self._loop,
            _READ_SIZE,
            max_line_size=self.max_line_size,
            max_field_size=self.max_field_size,
            max_headers=self.max_headers,
            auto_decompress=False,
        )
        return self._parser

    def new_body(self) -> StreamReader:
        """Make what a body is read from, as aiohttp's parser does."""
        return StreamReader(self, _READ_SIZE, loop=self._loop)

    def on_head_started(self) -> None:
        """The head of a request begins to come."""
        if not self._is_busy():
            now = self._loop.time()
            self.deadline = min(self.deadline, now + self._server.limits.head_timeout)

    def on_broken_body(self, refusal: Refusal) -> None:
        """The body of the current request cannot be parsed."""
        self._current.set_exception(MalformedBodyError(refusal))
        self._current = EMPTY_PAYLOAD
        if self._exchange is not None:
            self._exchange.answer(refusal, refusal.message)

    # Serving requests.

    def _next(self) -> None:
        arrivals = self._reader.arrivals
        if not arrivals:
            return
        arrival = arrivals.popleft()
        self.deadline = math.inf
        self._current = arrival.payload
        if self._buffer_paused and len(arrivals) <= MOST_ARRIVALS // 2:
            self._resume_reading_for_buffer()
            self._reader.feed(b"")
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
        message = with_url(message)
        if method != message.method:
            message = message._replace(method=method)
        request = server.request_factory(
            message, payload, self, StreamWriter(self, self._loop), task
        )
        try:
            response = await server.request_handler(request)
        except asyncio.CancelledError:
            duration, size = time.monotonic() - started, payload.total_bytes
            server.on_outcome(
                Outcome(method, message.path, CALLER_LEFT, 0, duration, size, 0, _LEFT)
            )
            raise
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
                code=response.code if isinstance(response, RefusalResponse) else "",
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
        lines = self._server.own_lines()
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
            Outcome(
                method, target, refusal.status, 0, 0.0, 0, len(body), refusal.message, refusal.code
            )
        )
        self._after_answer()

    def _after_answer(self) -> None:
        """Go on with the next request, or end the connection."""
        if not self._current.is_eof():
            self._is_lingering = True
            self._set_deadline(_LINGER)
            self._linger()
        elif self._is_last or (self._sends_no_more and not self._reader.arrivals):
            self._hang_up()
        else:
            limits = self._server.limits
            self._set_deadline(
                limits.head_timeout if self._reader.is_in_head else limits.keep_alive
            )
            if self._reader.arrivals:
                # Not at once: hundreds of requests that are refused in a row would nest too deep.
                self._loop.call_soon(self._go_on)

    def _go_on(self) -> None:
        """Serve the next request, unless what came meanwhile led to that already."""
        if self._exchange is None and self._task is None and not self._is_lingering:
            self._next()

    def _linger(self) -> None:
        """Drop the rest of a body that nobody wants any more."""
        while self.read_body():
            pass
        if self._current.at_eof():
            self._is_lingering = False
            self._after_answer()

    def _hang_up(self) -> None:
        self._reader.arrivals.clear()
        self._server.batch.flush()
        if self.transport is None:
            return
        if self._is_deaf or self._reader.is_broken:
            # What was not read would make the system reset the connection, and the caller lose
            # the answer: read and drop it until the caller closes, too.
            self._is_deaf = True
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
    if isinstance(peer, tuple):
        return authority(peer[0], peer[1])
    sock = transport.get_extra_info("socket")
    is_unix = sock is not None and sock.family == socket.AF_UNIX
    return "unix" if is_unix else "unknown"


def _check(message: RawRequestMessage) -> Refusal | None:
    """Refuse what the parser lets through and cannot be forwarded as it is."""
    if message.version not in {HttpVersion11, HttpVersion10}:
        return BAD_VERSION
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


_LEFT = "the caller left before the answer was complete"
_CUT_OFF = "tcproxy ended before the answer was complete"
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
_NO_TUNNELS = Refusal(
    405,
    "MethodNotAllowed",
    "CONNECT is not offered: tcproxy is not a general HTTP proxy",
    close=True,
)
_BAD_CODING = Refusal(
    501, "TransferCodingNotSupported", "The only transfer coding known is chunked", close=True
)
