"""One forwarded request's life: sign, send, stream, retry, answer.

Everything happens in callbacks: of the caller's connection on one side, of the origin's on the
other. There is no task per request, and nothing is held but a body that may be sent again.
"""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from tcproxy import answers, headers
from tcproxy.clock import DeploymentClock
from tcproxy.credentials import ActiveCredentials, CredentialStore
from tcproxy.denials import Denial
from tcproxy.errors import Refusal
from tcproxy.hawk import fresh_nonce
from tcproxy.headers import Field
from tcproxy.held import HeldResponse
from tcproxy.replay import ReplayBody, ReplayMemory
from tcproxy.retries import RetryPolicy, is_retryable, parse_retry_after
from tcproxy.targets import Forward
from tcproxy.upstream.connection import ResponseHead, UpstreamConnection
from tcproxy.upstream.failures import Failure
from tcproxy.upstream.pool import Pool, Upstream, Waiter

CALLER_LEFT = 499
"""The status that logs show for a request that ended before its answer began: mostly because its
caller left, as in nginx."""


class Request(NamedTuple):
    """A request as the caller sent it.

    Attributes:
        method: the method, as sent.
        target: the request target, as sent.
        fields: the header fields, as sent.
        is_http10: whether the caller speaks HTTP/1.0, which knows no chunked answer.
        keep_alive: whether the caller wants to use the connection again.
        has_body: whether a body follows.
        length: bytes of that body, or None where it is chunked.
        expects_continue: whether the caller waits for `100 Continue` before it sends the body.
    """

    method: str
    target: str
    fields: tuple[Field, ...]
    is_http10: bool
    keep_alive: bool
    has_body: bool
    length: int | None
    expects_continue: bool


class Outcome(NamedTuple):
    """How a request ended, for the log.

    Attributes:
        method: as sent.
        target: as sent; it may hold secrets.
        status: what the caller got, or `CALLER_LEFT`.
        attempts: how often it was sent, or tried to be sent, to the origin.
        duration: seconds from its arrival to its end.
        bytes_in: of the request's body.
        bytes_out: of the response's body.
        error: what failed, if anything did.
        code: of the error that tcproxy answered itself, from the fixed list in the README.
        service: the Taskcluster service, as the caller wrote it; empty for other hosts.
        denial: what a 403 of the deployment says.
    """

    method: str
    target: str
    status: int
    attempts: int
    duration: float
    bytes_in: int
    bytes_out: int
    error: str = ""
    code: str = ""
    service: str = ""
    denial: Denial | None = None


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long an exchange waits, in seconds.

    Attributes:
        first_byte: from the end of a request to the start of its response.
        idle: for the next bytes in the middle of a message, from either side.
    """

    first_byte: float = 120.0
    idle: float = 120.0


class Caller(Protocol):
    """The connection that a request came on."""

    @property
    def is_paused(self) -> bool:
        """Whether the caller reads slower than its answers come."""

    def write(self, data: bytes) -> None:
        """Send a piece of the answer."""

    def read_body(self) -> bytes:
        """Return what has come of the request's body since the last call."""

    def is_body_read(self) -> bool:
        """Tell whether the whole body has come and was read."""

    def finish(self, *, keep_alive: bool) -> None:
        """End the exchange: the answer is complete."""

    def break_off(self) -> None:
        """End the connection so that the caller notices that the answer is not complete."""


class Forwarder:
    """What all exchanges share."""

    def __init__(
        self,
        *,
        credentials: CredentialStore,
        clock: DeploymentClock,
        upstream: Upstream,
        policy: RetryPolicy,
        memory: ReplayMemory,
        timeouts: Timeouts,
        identity: tuple[bytes, ...],
        on_outcome: Callable[[Outcome], None],
        on_trouble: Callable[[str, bool], None],
        running: set[Exchange],
    ) -> None:
        """Put the parts together.

        Args:
            credentials: what requests are signed with.
            clock: what time they are signed with.
            upstream: where connections come from.
            policy: when to try again.
            memory: counts the bodies kept for that.
            timeouts: when to give up waiting.
            identity: header lines that name this proxy.
            on_outcome: called once for each request.
            on_trouble: called for each attempt that failed, with the cause from a fixed list, and
                whether another attempt follows.
            running: holds the exchanges that are under way.
        """
        self.credentials = credentials
        self.clock = clock
        self.upstream = upstream
        self.policy = policy
        self.memory = memory
        self.timeouts = timeouts
        self.identity = identity
        self.on_outcome = on_outcome
        self.on_trouble = on_trouble
        self.loop = asyncio.get_running_loop()
        self.running = running

    def exchange(self, caller: Caller, request: Request, forward: Forward) -> Exchange:
        """Take on a request; its first `attempt` sends it."""
        exchange = Exchange(self, caller, request, forward)
        self.running.add(exchange)
        return exchange

    def check_deadlines(self) -> None:
        """End the exchanges that have waited for too long."""
        now = self.loop.time()
        for exchange in [each for each in self.running if each.deadline < now]:
            exchange.on_deadline()


class Exchange:
    """One request, its attempts and its answer."""

    __slots__ = (
        "_attempts",
        "_body",
        "_bytes_in",
        "_bytes_out",
        "_caller",
        "_clock_offset",
        "_connection",
        "_credentials",
        "_denial",
        "_forward",
        "_forwarder",
        "_held",
        "_is_chunked",
        "_is_continued",
        "_is_pumping",
        "_is_send_paused",
        "_keep_alive",
        "_kept",
        "_pool",
        "_request",
        "_request_sent",
        "_stale",
        "_started",
        "_status",
        "_timer",
        "_waiter",
        "_was_resigned",
        "_was_sent",
        "deadline",
    )

    def __init__(
        self, forwarder: Forwarder, caller: Caller, request: Request, forward: Forward
    ) -> None:
        """Take on a request.

        Args:
            forwarder: what all exchanges share.
            caller: who asked.
            request: what was asked.
            forward: where it goes.
        """
        self._forwarder = forwarder
        self._caller = caller
        self._request = request
        self._forward = forward
        self._pool: Pool = forwarder.upstream.pool(forward.origin)
        self._started = time.monotonic()
        self._credentials: ActiveCredentials = forwarder.credentials.current
        self._body = ReplayBody(forwarder.memory, request.length or 0) if request.has_body else None
        self._connection: UpstreamConnection | None = None
        self._waiter: Waiter | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._held: HeldResponse | None = None
        self._denial: Denial | None = None
        self._attempts = 0
        self._stale = 0
        self._bytes_in = 0
        self._bytes_out = 0
        self._status = 0
        self._keep_alive = request.keep_alive
        self._kept: Iterator[bytes] | None = None
        self._is_chunked = False
        self._is_pumping = False
        self._is_send_paused = False
        self._is_continued = False
        self._request_sent = False
        self._was_sent = False
        self._was_resigned = False
        self._clock_offset = 0.0
        self.deadline = math.inf

    def __repr__(self) -> str:
        """Show the state."""
        return f"<Exchange {self._request.method}, attempt {self._attempts}, {self._status}>"

    # Sending.

    def attempt(self, *, needs_new: bool = False) -> None:
        """Send the request, once more or for the first time."""
        self._timer = None
        self._attempts += 1
        if self._held is not None:
            self._held.stop()
        needs_new = needs_new or not self._can_send_again()
        connection = None if needs_new else self._pool.take()
        if connection is not None:
            self._send(connection)
            return
        self._wait(self._forwarder.timeouts.first_byte)
        self._waiter = Waiter(self._send, self._on_not_opened, needs_new=needs_new)
        self._pool.wait(self._waiter)

    def _can_send_again(self) -> bool:
        return self._forwarder.policy.allows(self._request.method) and self._is_body_kept()

    def _is_body_kept(self) -> bool:
        return self._body is None or self._body.is_whole

    def _send(self, connection: UpstreamConnection) -> None:
        self._waiter = None
        self._connection = connection
        self._was_sent = True
        self._request_sent = False
        self._is_send_paused = False
        request = self._request
        head = self._request_head()
        body = self._body
        if body is None:
            connection.start(self, head, is_head_request=request.method == "HEAD")
            self._wait_for_response(connection)
            return
        kept = body.pieces()
        piece = self._frame_request(kept[0]) if kept else self._next_piece(body)
        self._kept = iter(kept[1:]) if kept[1:] else None
        # With the head, what has come of the body is one write, and over TLS one record.
        message = head + piece
        connection.start(self, message, is_head_request=request.method == "HEAD")
        if request.expects_continue and not self._is_continued:
            self._is_continued = True
            self._caller.write(answers.CONTINUE)
        self.on_body_available()

    def _wait_for_response(self, connection: UpstreamConnection) -> None:
        connection.finish_request()
        self._wait(self._forwarder.timeouts.first_byte)
        if len(self._forwarder.running) == 1:
            self._pool.vigil.begin()

    def _request_head(self) -> bytes:
        self._credentials = self._forwarder.credentials.current
        request, forward = self._request, self._forward
        lines = [self._pool.host_line]
        lines += headers.lines(headers.request_fields(request.fields))
        if request.has_body:
            if request.length is None:
                lines.append(b"Transfer-Encoding: chunked")
        elif (
            request.method in headers.BODY_METHODS
            and headers.find(request.fields, b"content-length") is None
        ):
            lines.append(b"Content-Length: 0")
        if not forward.signed_by_caller:
            lines.append(b"Authorization: " + self._authorization().encode())
        return headers.request_head(request.method, forward.target, lines)

    def _authorization(self) -> str:
        origin = self._forward.origin
        self._clock_offset = self._forwarder.clock.offset
        return self._credentials.signer.authorization(
            self._request.method,
            self._forward.target,
            origin.host,
            origin.port,
            int(time.time() + self._clock_offset),
            fresh_nonce(),
        )

    def on_body_available(self) -> None:
        """Send on what has come of the request's body."""
        if self._is_pumping or self._connection is None or self._request_sent or not self._body:
            return
        if self._is_body_sent():
            self._end_body(self._connection)
            return
        # In a moment of its own, so that nothing else comes between looking and writing.
        self._is_pumping = True
        self._forwarder.loop.call_soon(self._pump)

    def _pump(self) -> None:
        self._is_pumping = False
        connection, body = self._connection, self._body
        if connection is None or body is None or self._request_sent:
            return
        while not (self._is_send_paused or self._is_body_sent()):
            if connection.has_input():
                self._pump_after_reading()
                break
            piece = self._next_piece(body)
            if not piece:
                break
            connection.write_at_once(piece)
        self._end_body(connection)

    def _pump_after_reading(self) -> None:
        """Let an answer be read first: a reset behind it would make writing fail, and lose it."""
        self._is_pumping = True
        # What is called in the next turn of the loop comes before that turn's reading.
        loop = self._forwarder.loop
        loop.call_soon(loop.call_soon, self._pump)

    def _end_body(self, connection: UpstreamConnection) -> None:
        """Wait for the response if all of the body was sent, else for more of it."""
        if self._is_send_paused or not self._is_body_sent():
            self._wait(self._forwarder.timeouts.idle)
            return
        if self._request.length is None:
            connection.write(b"0\r\n\r\n")
        self._request_sent = True
        self._wait_for_response(connection)

    def _is_body_sent(self) -> bool:
        return self._kept is None and self._caller.is_body_read()

    def _next_piece(self, body: ReplayBody) -> bytes:
        if self._kept is not None:
            piece = next(self._kept, None)
            if piece is not None:
                return self._frame_request(piece)
            self._kept = None
        data = self._caller.read_body()
        if not data:
            return b""
        self._bytes_in += len(data)
        body.add(data)
        return self._frame_request(data)

    def _frame_request(self, data: bytes) -> bytes:
        if self._request.length is not None:
            return data
        return headers.chunk(data)

    def on_send_paused(self) -> None:
        """The origin reads slower than the caller sends."""
        self._is_send_paused = True

    def on_send_resumed(self) -> None:
        """The origin reads again."""
        self._is_send_paused = False
        self.on_body_available()

    # Receiving.

    def on_informational(self, head: ResponseHead) -> None:
        """Pass on a 1xx response, which HTTP/1.0 does not know (RFC 9110, section 15.2)."""
        if not self._request.is_http10:
            fields = headers.lines(headers.response_fields(head.fields))
            self._write(headers.response_head(head.status, head.reason, fields))
            if self._caller.is_paused:
                self.on_caller_paused()

    def on_response(self, head: ResponseHead | None, data: bytes, is_end: bool) -> None:
        """Pass on a part of the response, or try again if it asks for that."""
        out = b""
        if head is not None:
            self._pool.vigil.end()
            delay = self._delay_after(head)
            if delay is not None:
                self._hold(head, data, is_end)
                self._try_again(delay, str(head.status) if head.status < 500 else "5xx")
                return
            out = self._response_head(head)
        if data:
            self._bytes_out += len(data)
            if self._denial is not None:
                self._denial.add(data)
            out += self._frame_response(data)
        if is_end:
            if self._is_chunked:
                out += b"0\r\n\r\n"
            self._connection = None
            self._write(out)
            self._end("")
            self._caller.finish(keep_alive=self._keep_alive)
            return
        self._wait(self._forwarder.timeouts.idle)
        self._write(out)
        if head is not None and self._caller.is_paused:
            self.on_caller_paused()

    def _delay_after(self, head: ResponseHead) -> float | None:
        if head.status == 401 or self._forwarder.clock.is_due:
            self._look_at_clock(head)
            if head.status == 401:
                return self._delay_after_refusal()
        if not is_retryable(head.status) or not self._can_send_again():
            return None
        value = headers.find(head.fields, b"retry-after")
        wanted = None if value is None else parse_retry_after(value, self._now())
        return self._delay(wanted)

    def _look_at_clock(self, head: ResponseHead) -> None:
        clock, forward = self._forwarder.clock, self._forward
        if forward.origin == clock.origin:
            clock.observe(
                headers.origination_date(head.fields),
                time.time(),
                time.monotonic() - self._started,
                is_refused=head.status == 401 and not forward.signed_by_caller,
            )

    def _delay_after_refusal(self) -> float | None:
        """Try again, once, where the time was wrong: nobody has looked at the request itself."""
        is_stale = self._clock_offset != self._forwarder.clock.offset
        if not is_stale or self._was_resigned or self._forward.signed_by_caller:
            return None
        if self._forward.origin != self._forwarder.clock.origin or not self._is_body_kept():
            return None
        self._was_resigned = True
        return self._delay(0.0)

    def _now(self) -> float:
        return time.time() + self._forwarder.clock.offset

    def _delay(self, retry_after: float | None = None) -> float | None:
        elapsed = time.monotonic() - self._started
        chance = random.random()  # noqa: S311  it spreads callers and keeps no secret
        return self._forwarder.policy.delay(
            self._attempts - self._stale, elapsed, chance, retry_after
        )

    def _hold(self, head: ResponseHead, data: bytes, is_end: bool) -> None:
        connection, self._connection = self._connection, None
        self._held = HeldResponse(head, self._credentials)
        if is_end or connection is None:
            self._held.on_response(None, data, True)
        elif self._body is not None and not self._request_sent:
            connection.abort()
        else:
            self._held.take_over(connection, data)

    def _try_again(self, delay: float, cause: str) -> None:
        self._forwarder.on_trouble(cause, True)
        self.deadline = math.inf
        self._timer = self._forwarder.loop.call_later(delay, self._attempt_again)

    def _attempt_again(self) -> None:
        # The pool that was used before may have become empty, and have been forgotten.
        self._pool = self._forwarder.upstream.pool(self._forward.origin)
        self.attempt()

    def _response_head(self, head: ResponseHead) -> bytes:
        self._status = head.status
        if head.status == 403 and head.has_body:
            self._denial = Denial(headers.find(head.fields, b"content-encoding"))
        fields = headers.response_fields(head.fields)
        lines = headers.lines(fields)
        if head.has_body and head.length is None:
            if self._request.is_http10:
                self._keep_alive = False
            else:
                self._is_chunked = True
                lines.append(b"Transfer-Encoding: chunked")
        lines += self._proxy_lines(fields)
        lines += self._connection_line()
        return headers.response_head(head.status, head.reason, lines)

    def _connection_line(self) -> tuple[bytes, ...]:
        if not self._keep_alive:
            return (b"Connection: close",)
        return (b"Connection: keep-alive",) if self._request.is_http10 else ()

    def _proxy_lines(self, fields: Sequence[Field]) -> list[bytes]:
        lines = [
            *self._forwarder.identity,
            *self._credentials.header_lines,
            f"X-Taskcluster-Endpoint: {self._pool.url}{self._forward.shown_target}".encode(),
            b"X-Taskcluster-Proxy-Attempts: %d" % self._attempts,
        ]
        given = headers.taskcluster_names(fields)
        if given:
            lines = [line for line in lines if line.partition(b":")[0].lower() not in given]
        return lines

    def _frame_response(self, data: bytes) -> bytes:
        if not self._is_chunked:
            return data
        return headers.chunk(data)

    def on_caller_paused(self) -> None:
        """The caller reads slower than the origin sends."""
        if self._connection is not None:
            self._connection.pause_reading()

    def on_caller_resumed(self) -> None:
        """The caller reads again."""
        if self._connection is not None:
            self._connection.resume_reading()
            if self._status:
                self._wait(self._forwarder.timeouts.idle)

    # Failing.

    def _on_not_opened(self, failure: Failure) -> None:
        self._waiter = None
        self._after_failure(failure, may_send_again=True)

    def on_failure(self, failure: Failure) -> None:
        """The connection to the origin is gone."""
        self._connection = None
        if self._status:
            self._forwarder.on_trouble(failure.cause, False)
            self._break_off(failure.message)
        elif failure.on_used_connection and self._can_send_again():
            self._forwarder.on_trouble("stale", True)
            # That says nothing of the origin, and is none of the attempts that are bounded.
            self._stale += 1
            self.attempt(needs_new=True)
        else:
            self._after_failure(failure, may_send_again=self._can_send_again())

    def _after_failure(self, failure: Failure, *, may_send_again: bool) -> None:
        if not self._bytes_in and not self._was_sent:
            may_send_again = True
        delay = self._delay() if may_send_again and not failure.is_permanent else None
        if delay is not None:
            self._try_again(delay, failure.cause)
        else:
            self._give_up(failure)

    def _give_up(self, failure: Failure) -> None:
        self._forwarder.on_trouble(failure.cause, False)
        held = self._held
        if held is not None and held.is_whole:
            self._credentials = held.credentials
            self._pass_on(held)
            return
        times = "once" if self._attempts == 1 else f"{self._attempts} times"
        message = f"No response from {self._forward.origin}: {failure.message} (tried {times})"
        if failure.cause == "busy":
            after = (("Retry-After", "1"),)
            self.answer(Refusal(503, "ProxyOverloaded", message, after), failure.message)
        elif failure.is_timeout:
            self.answer(Refusal(504, "UpstreamTimeout", message), failure.message)
        else:
            self.answer(Refusal(502, "UpstreamUnreachable", message), failure.message)

    def _pass_on(self, held: HeldResponse) -> None:
        """Pass on the last failed response, as nothing came after it."""
        out = self._response_head(held.head)
        if held.data:
            self._bytes_out += len(held.data)
            out += self._frame_response(bytes(held.data))
        if self._is_chunked:
            out += b"0\r\n\r\n"
        self._write(out)
        self._end("")
        self._caller.finish(keep_alive=self._keep_alive)

    def answer(self, refusal: Refusal, error: str) -> None:
        """Answer in place of the origin, if no answer has begun.

        Args:
            refusal: the answer.
            error: what failed, for the log.
        """
        self._drop_connection()
        if self._status:
            self._break_off(error)
            return
        self._status = refusal.status
        self._keep_alive = self._keep_alive and not refusal.close
        lines = [*self._proxy_lines([]), *self._connection_line()]
        body = refusal.body_for_request(self._request.method, time.time())
        self._bytes_out = len(body)
        self._write(
            answers.refusal_response(
                refusal,
                body,
                lines,
                keep_alive=True,
                is_head_request=self._request.method == "HEAD",
            )
        )
        self._end(error, refusal.code)
        self._caller.finish(keep_alive=self._keep_alive)

    def on_deadline(self) -> None:
        """Give up waiting for whoever is due."""
        timeouts = self._forwarder.timeouts
        is_held_back = self._connection is not None and self._connection.is_paused
        if self._caller.is_paused and (self._status or is_held_back):
            seconds = timeouts.idle if self._status else timeouts.first_byte
            self._drop_connection()
            self._status = self._status or CALLER_LEFT
            self._break_off(f"the caller read nothing for {seconds:g} s")
        elif self._is_waiting_for_caller():
            message = f"no byte of the request's body came for {timeouts.idle:g} s"
            self.answer(Refusal(408, "RequestTimeout", message, close=True), message)
        else:
            seconds = timeouts.idle if self._status else timeouts.first_byte
            self._drop_connection()
            self.on_failure(Failure("timeout", f"nothing came for {seconds:g} s"))

    def _is_waiting_for_caller(self) -> bool:
        return (
            self._connection is not None
            and self._body is not None
            and not self._request_sent
            and not self._is_send_paused
            and not self._status
        )

    def cancel(self, reason: str) -> None:
        """Stop: the caller has left, or has to go.

        Args:
            reason: for the log.
        """
        self._drop_connection()
        self._status = self._status or CALLER_LEFT
        self._end(reason)

    def _break_off(self, error: str) -> None:
        self._end(error)
        self._caller.break_off()

    # Ending.

    def _drop_connection(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._waiter is not None:
            self._pool.leave(self._waiter)
        if self._connection is not None:
            self._connection.abort()
        self._timer = self._waiter = self._connection = None

    def _end(self, error: str, code: str = "") -> None:
        forwarder = self._forwarder
        forwarder.running.discard(self)
        if self._body is not None:
            self._body.drop()
            self._kept = None
        if self._held is not None:
            self._held.stop()
        forwarder.on_outcome(
            Outcome(
                self._request.method,
                self._request.target,
                self._status,
                self._attempts,
                time.monotonic() - self._started,
                self._bytes_in,
                self._bytes_out,
                error,
                code,
                self._forward.service,
                self._denial,
            )
        )

    def _write(self, data: bytes) -> None:
        if data:
            self._caller.write(data)

    def _wait(self, seconds: float) -> None:
        self.deadline = self._forwarder.loop.time() + seconds
