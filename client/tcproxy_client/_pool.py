"""The sync face's way to the network: urllib3 connections, pooled, thread-safe, bounded in time.

Only sending one request and reading its answer lives here; what to send, and what to do with the
answer, is decided elsewhere. urllib3's connections and pools are used below their ``urlopen``: that
rewrites the request target, and bounds each read but not the answer as a whole.
"""

import contextlib
import http.client
import io
import os
import queue
import re
import selectors
import socket
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable
from http import HTTPStatus
from http.client import HTTPException, RemoteDisconnected
from typing import Any, Self, TypeVar

from urllib3 import HTTPConnectionPool, HTTPResponse, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import (
    ClosedPoolError,
    ConnectTimeoutError,
    EmptyPoolError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
    ReadTimeoutError,
)
from urllib3.util import SKIP_HEADER

from tcproxy_client import _losses
from tcproxy_client._brain import Request, Send
from tcproxy_client._reply import Lost, Reply
from tcproxy_client._retry import Timeouts
from tcproxy_client._target import Target
from tcproxy_client._transfers.intake import Intake
from tcproxy_client._transfers.steps import Fetch, Opened, Put

# Connections to one place at once; further threads wait for one to become free.
POOL_SIZE = 32

# As much as is read of a stream at once, in bytes.
_BLOCK = 1024 * 1024
# As much as TLS sends at once, in bytes; it wants the same again if that would have to wait.
_RECORD = 16 * 1024
# As much as is read of the answer to an upload; more would be of no use.
_MAX_ANSWER = 64 * 1024

# As a number, or the same number several times, which proxies make of repeated fields.
_LENGTH = re.compile(r"[0-9]+(?:[ \t]*,[ \t]*[0-9]+)*")

T = TypeVar("T")


class Session:
    """Connections kept for reuse, by place. Any number of threads and clients may share one.

    As a context manager it closes its connections at the end of the block.
    """

    def __init__(self, pool_size: int = POOL_SIZE) -> None:
        self._pool_size = pool_size
        self._forget()

    def _forget(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._pools: dict[tuple[object, ...], _Conversing] = {}

    def send(self, step: Send) -> Reply | Lost:
        """Send a request once and read its answer."""
        return self._with_pool(step.request.target, lambda pool: pool.converse(step))

    def open(self, step: Fetch, breaker: "Breaker") -> Opened | Lost:
        """Send a request once, and leave the body of its answer to be read from a `Stream`.

        Args:
            step: the request.
            breaker: can end it from another thread, at any time.
        """
        return self._with_pool(step.request.target, lambda pool: pool.open(step, breaker))

    def put(self, step: Put, read: Callable[[int], Any]) -> Reply | Lost:
        """Send a request once, its body as it is read, and read the answer.

        Args:
            step: the request, and what its body passes through.
            read: gives at most as many bytes as it is called with.
        """
        body = _Body(step.intake, read)
        outcome = self._with_pool(step.request.target, lambda pool: pool.put(step, body))
        if body.failure is not None:  # it was an OSError, but none of the connection's
            raise body.failure
        return outcome

    def _with_pool(self, target: Target, use: "Callable[[_Conversing], T]") -> "T":
        if self._pid != os.getpid():  # after a fork, the connections belong to the parent
            self._forget()
        while True:
            try:
                return use(self._pool(target))
            except ClosedPoolError:  # another thread called close() just now
                continue

    def _pool(self, target: Target) -> "_Conversing":
        key = (target.scheme, target.host, target.port, target.socket)
        pool = self._pools.get(key)
        if pool is None:
            with self._lock:
                pool = self._pools.get(key) or self._pools.setdefault(key, self._new(target))
        return pool

    def _new(self, target: Target) -> "_Conversing":
        options: dict[str, Any] = {"maxsize": self._pool_size, "block": True}
        if target.socket is not None:
            return _SocketPool(target.host, path=target.socket, **options)
        kind = _TLSPool if target.scheme == "https" else _Pool
        return kind(target.host, target.port, **options)

    def close(self) -> None:
        """Close the idle connections; those in use close when they become idle."""
        with self._lock:
            pools, self._pools = self._pools, {}
        for pool in pools.values():
            pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._pool_size,)

    def __repr__(self) -> str:
        open_connections = sum(pool.num_connections for pool in self._pools.values())
        return f"<Session: {len(self._pools)} places, {open_connections} connections made>"


class _Reader(io.RawIOBase):
    """What arrives on a socket, until the connection's patience ends."""

    def __init__(self, sock: socket.socket, connection: "_Bounded") -> None:
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._connection = connection
        self._early, connection.early = connection.early, b""
        self.ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._early:
            taken, self._early = self._early[: len(buffer)], self._early[len(buffer) :]
            buffer[: len(taken)] = taken
            return len(taken)
        self._sock.settimeout(self._connection.patience())
        count = self._raw.readinto(buffer)
        self.ended = count == 0
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Source:
    """Stands for the socket where `http.client` asks for a file to read from."""

    def __init__(self, reader: _Reader) -> None:
        self._reader = reader

    def makefile(self, *_mode: object) -> io.BufferedReader:
        return io.BufferedReader(self._reader)


class _Answer(http.client.HTTPResponse):
    """An answer whose head is complete: `http.client` takes one that breaks off for whole."""

    def __init__(self, reader: _Reader, method: str | None) -> None:
        # It only ever asks the socket for a file.
        super().__init__(_Source(reader), method=method)  # type: ignore[arg-type]
        self._reader = reader

    def begin(self) -> None:
        try:
            super().begin()
            while 100 <= self.status < 200 and self.status != HTTPStatus.SWITCHING_PROTOCOLS:
                # http.client passes over 100 alone. Its own mark for "no head read yet" is None.
                self.headers = self.msg = None  # type: ignore[assignment]
                super().begin()
        finally:
            if self._reader.ended:
                raise RemoteDisconnected("the connection was closed within the head of an answer")
        # http.client takes an answer whose length it cannot read for one that ends somewhere.
        length = self.headers.get("Content-Length")
        if length is not None and not _LENGTH.fullmatch(length):
            raise HTTPException(f"Content-Length is {length[:100]!r}")


class _Bounded(HTTPConnection):
    """A connection that knows until when it may wait."""

    timeouts = Timeouts()
    deadline = 0.0
    # What was read of an answer before all of its request was sent.
    early = b""

    def patience(self) -> float:
        """Tell how long to wait for the next bytes, in seconds.

        Raises:
            TimeoutError: if there is no time left.
        """
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the call took too long")
        return min(left, self.timeouts.read)

    def connect_in_time(self) -> None:
        """Open the connection if it is not open, and set the time to wait for the next bytes."""
        if self.is_closed:
            self.timeout = min(self.patience(), self.timeouts.connect)
            self.connect()
        self.timeout = self.patience()

    # http.client calls it with the socket; as a method it knows the connection too.
    def response_class(  # type: ignore[override]
        self, sock: socket.socket, *_debuglevel: int, method: str | None = None
    ) -> _Answer:
        return _Answer(_Reader(sock, self), method)


class _Connection(_Bounded):
    """A plain TCP connection."""


class _TLSConnection(HTTPSConnection, _Bounded):
    """A TLS connection, its certificate checked against the system's authorities."""


class _SocketConnection(_Bounded):
    """A connection to a unix socket."""

    def __init__(self, host: str, port: int | None = None, *, path: str, **options: Any) -> None:
        super().__init__(host, port, **options)
        self.path = path

    def _new_conn(self) -> socket.socket:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            sock.settimeout(self.timeout)
            sock.connect(self.path)
        except BaseException:
            sock.close()
            raise
        return sock


class _Places:
    """The places of a pool that are free: each has an idle connection, or None. Last in, first out.

    In place of `queue.LifoQueue`, whose locks stay locked for ever if an exception of a signal's
    handler, such as KeyboardInterrupt, comes at the wrong moment: all calls after it would wait.

    There are as many as urllib3 puts in.
    """

    def __init__(self, _count: int) -> None:
        self._connections: deque[_Bounded | None] = deque()
        # As many as there are connections; waiting for one of these cannot leave it locked.
        self._tokens: queue.SimpleQueue[None] = queue.SimpleQueue()

    def put(self, connection: _Bounded | None, block: bool = False) -> None:  # noqa: ARG002  # for urllib3
        """Give a place back; it never has to wait."""
        self._connections.append(connection)
        self._tokens.put(None)

    def get(self, block: bool = True, timeout: float | None = None) -> _Bounded | None:
        """Take a place; without blocking, take an idle connection out of its place.

        The second is how urllib3 closes connections: when the pool is closed, and when the
        interpreter ends, which comes before functions that were registered with `atexit` earlier.
        The places stay, or such a function would wait for one.

        Raises:
            queue.Empty: if there is none, in time.
        """
        if block:
            self._tokens.get(timeout=timeout)
            return self._connections.pop()
        taken: list[_Bounded | None] = []
        try:
            while not any(taken):
                self._tokens.get_nowait()
                taken.append(self._connections.pop())
            return taken[-1]
        finally:
            for _ in taken:
                self.put(None)


class _Conversing(HTTPConnectionPool):
    """A pool that carries out one request at a time on each connection."""

    QueueCls = _Places  # type: ignore[assignment]  # it has what is used of one

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._places = self.pool

    def converse(self, step: Send) -> Reply | Lost:
        """Send a request once and read its answer."""
        return self._converse(step, _Conversation.hold)

    def put(self, step: Put, body: "_Body") -> Reply | Lost:
        """Send a request once, its body as it is read, and read the answer."""
        return self._converse(
            _unbounded(step), lambda held, connection: held.upload(connection, body)
        )

    def open(self, step: Fetch, breaker: "Breaker") -> Opened | Lost:
        """Send a request once, and leave the body of its answer to be read."""
        conversation = _Conversation(_unbounded(step))
        connection = self._free(conversation)
        if isinstance(connection, Lost):
            return connection
        stream = Stream(self, connection, conversation, breaker)
        try:
            response = stream.begin()
        except (HTTPError, HTTPException, OSError) as error:
            stream.close()
            return conversation.lost(error)
        except BaseException:
            stream.close()
            raise
        return Opened(
            response.status, response.reason or "", response.headers, step.request.url, stream
        )

    def free(self, connection: _Bounded, *, again: bool) -> None:
        """Take a connection back.

        One whose request was broken off is not used again, not even opened anew: what `http.client`
        had gathered of that request to send would come before the next one.
        """
        if not again:
            connection.close()
        self._put_conn(connection if again else None)
        if self.pool is None and self._places is not None:  # closed: others may wait all the same
            self._places.put(None)

    def _free(self, conversation: "_Conversation") -> "_Bounded | Lost":
        step = conversation.step
        left = min(step.deadline - time.monotonic(), step.timeouts.total)
        try:
            connection = self._get_conn(timeout=max(left, 0))
        except EmptyPoolError as error:
            return _losses.total_timeout(step.timeouts, error)
        assert isinstance(connection, _Bounded)  # noqa: S101  # tells the type checker
        return connection

    def _converse(
        self, step: Send, hold: "Callable[[_Conversation, _Bounded], Reply | Lost]"
    ) -> Reply | Lost:
        conversation = _Conversation(step)
        connection = self._free(conversation)
        if isinstance(connection, Lost):
            return connection
        complete = False
        try:
            reply = hold(conversation, connection)
            complete = True
        except (HTTPError, HTTPException, OSError) as error:
            return conversation.lost(error)
        else:
            return reply
        finally:
            self.free(connection, again=complete)


class _Pool(_Conversing):
    ConnectionCls = _Connection


class _TLSPool(_Conversing, HTTPSConnectionPool):
    ConnectionCls = _TLSConnection


class _SocketPool(_Conversing):
    ConnectionCls = _SocketConnection


def _unbounded(step: Fetch | Put) -> Send:
    """Send without a limit to the whole: large data may take as long as it keeps coming."""
    return Send(step.request, step.timeouts, float("inf"))


class Breaker:
    """Ends requests from another thread than theirs, which may be waiting for bytes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connections: set[_Bounded] = set()
        self._broken = False

    def hold(self, connection: _Bounded) -> None:
        """Take a connection whose request may be ended."""
        with self._lock:
            self._connections.add(connection)

    def let_go(self, connection: _Bounded) -> None:
        """Leave a connection alone from now on."""
        with self._lock:
            self._connections.discard(connection)

    def check(self) -> None:
        """Let no request begin after they were ended.

        Raises:
            ConnectionAbortedError: if they were.
        """
        if self._broken:
            raise ConnectionAbortedError("the transfer has ended")

    def break_all(self) -> None:
        """End the requests that are under way, and those to come."""
        with self._lock:
            self._broken = True
            for sock in [each.sock for each in self._connections]:
                with contextlib.suppress(OSError, AttributeError):  # it is closed, or not open yet
                    sock.shutdown(socket.SHUT_RDWR)


class Stream:
    """The body of an answer, read as it comes, its encodings left as they are.

    Args:
        pool: where the connection goes when all was read.
        connection: what it comes on.
        conversation: how far it is.
        breaker: can end it from another thread.
    """

    def __init__(
        self,
        pool: "_Conversing",
        connection: _Bounded,
        conversation: "_Conversation",
        breaker: Breaker,
    ) -> None:
        self._pool = pool
        self._connection: _Bounded | None = connection
        self._conversation = conversation
        self._breaker = breaker
        self._response: HTTPResponse | None = None

    def begin(self) -> HTTPResponse:
        """Send the request and read the head of the answer."""
        assert self._connection is not None  # noqa: S101  # it has only been made
        self._breaker.hold(self._connection)
        self._response = self._conversation.ask(self._connection, self._breaker)
        return self._response

    def read(self) -> bytes | Lost:
        """Give the next bytes, empty at the end."""
        assert self._response is not None  # noqa: S101  # it has begun
        try:
            data = self._response.read1(_BLOCK, decode_content=False)
        except (HTTPError, HTTPException, OSError) as error:
            # urllib3 has closed the answer, which then looks as if all of it had been read.
            if self._connection is not None:
                self._connection.close()
            self.close()
            return self._conversation.lost(error)
        if not data:
            self.close()
        return data

    def close(self) -> None:
        """Let go of it; the connection can be used again only if all was read."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        complete = self._response is not None and self._response.closed
        if self._response is not None:
            self._response.close()
        self._breaker.let_go(connection)
        self._pool.free(connection, again=complete)


class _Conversation:
    """One request and its answer, and how far they have got."""

    def __init__(self, step: Send) -> None:
        self.step = step
        self._phase = "connecting"

    def hold(self, connection: _Bounded) -> Reply:
        """Send the request and read the answer."""
        self._connect(connection)
        request = self.step.request
        whole = _send(connection, request)
        response = connection.getresponse()
        self._phase = "reading"
        try:
            body = response.read()
        except BaseException:
            response.close()
            raise
        if not whole:
            connection.close()
        return Reply(response.status, response.reason or "", response.headers, body, request.url)

    def ask(self, connection: _Bounded, breaker: Breaker) -> HTTPResponse:
        """Send the request and read the head of the answer."""
        self._connect(connection)
        breaker.check()
        _send(connection, self.step.request)
        response = connection.getresponse()
        self._phase = "reading"
        return response

    def upload(self, connection: _Bounded, body: "_Body") -> Reply | Lost:
        """Send the request with a body that is read from somewhere, and read the answer."""
        self._connect(connection)
        request = self.step.request
        connection.request(
            request.method,
            request.path,
            None,
            {"Accept-Encoding": SKIP_HEADER, "User-Agent": SKIP_HEADER, **request.headers},
            preload_content=False,
        )
        with _Outlet(connection) as outlet:
            while not outlet.answered and (piece := body.next()) is not None:
                outlet.send(piece)
        response = connection.getresponse()
        self._phase = "reading"
        try:
            answer = response.read(_MAX_ANSWER, decode_content=False)
            if outlet.answered or response.read1(1, decode_content=False):
                connection.close()
                response.close()
        except BaseException:
            response.close()
            raise
        if outlet.answered and response.status < 300:
            return _losses.unwanted(response.status)
        return Reply(response.status, response.reason or "", response.headers, answer, request.url)

    def _connect(self, connection: _Bounded) -> None:
        connection.early = b""
        connection.timeouts = self.step.timeouts
        connection.deadline = self.step.deadline
        connection.connect_in_time()
        self._phase = "waiting"

    def lost(self, error: Exception) -> Lost:
        """Say what an exception means, given how far it had got."""
        timeouts = self.step.timeouts
        if _is_timeout(error):
            if time.monotonic() >= self.step.deadline:
                return _losses.total_timeout(timeouts, error)
            late = _losses.connect_timeout if self._phase == "connecting" else _losses.read_timeout
            return late(timeouts, error)
        if self._phase == "connecting":
            return _not_connected(self.step.request.target, error)
        if self._phase == "reading":
            return _losses.cut_short(error)
        if isinstance(error, OSError):  # RemoteDisconnected is one
            return _losses.dropped(error)
        return _losses.malformed(error)


class _Body:
    """A body as it is read.

    Args:
        intake: what it passes through.
        read: gives its bytes.

    Attributes:
        failure: what reading it raised.
    """

    def __init__(self, intake: Intake, read: Callable[[int], Any]) -> None:
        self._intake = intake
        self._read = read
        self.failure: Exception | None = None

    def next(self) -> bytes | None:
        """Give the next bytes to send, which may be none yet; None at the end."""
        count = self._intake.wanted
        if not count:
            return None
        try:
            return self._intake.take(self._read(count))
        except Exception as error:
            self.failure = error
            raise


class _Outlet:
    """Sends a body, and notices an answer that comes before its end.

    A server that refuses a body may stop reading it, so sending must not wait for ever; and one
    that closes the connection may have said why.
    """

    def __init__(self, connection: _Bounded) -> None:
        self._connection = connection
        self._sock = connection.sock
        self._selector = selectors.DefaultSelector()
        self.answered = False

    def __enter__(self) -> Self:
        self._sock.setblocking(False)
        self._selector.register(self._sock, selectors.EVENT_READ | selectors.EVENT_WRITE)
        return self

    def __exit__(self, *_error: object) -> None:
        self._selector.close()

    def send(self, data: bytes) -> None:
        """Send all of it, unless an answer comes."""
        view = memoryview(data)
        while view and not self.answered:
            events = self._selector.select(self._connection.patience())
            if not events:
                raise TimeoutError("the server takes no more data")
            ready = events[0][1]
            if ready & selectors.EVENT_READ:
                self._listen()
            elif ready & selectors.EVENT_WRITE:
                view = view[self._push(view) :]

    def _push(self, view: memoryview) -> int:
        try:
            return int(self._sock.send(view[:_RECORD] if self._is_tls else view))
        except (BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
            return 0
        except (BrokenPipeError, ConnectionResetError):
            self.answered = True  # or nothing is there to be read
            return 0

    def _listen(self) -> None:
        """Read what has come; TLS has messages of its own, which are none of an answer."""
        try:
            self._connection.early += self._sock.recv(_MAX_ANSWER)
            self.answered = True
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        except OSError:
            self.answered = True

    @property
    def _is_tls(self) -> bool:
        return isinstance(self._sock, ssl.SSLSocket)


def _send(connection: _Bounded, request: Request) -> bool:
    """Send a request; tells whether all of it went out.

    A server may answer and close before it has read all, for example to refuse a body.
    """
    body = request.body
    if body is not None and not isinstance(body, bytes):
        body.seek(0)
    try:
        connection.request(
            request.method, request.path, body, request.headers, preload_content=False
        )
    except (BrokenPipeError, ConnectionResetError):
        return False
    return True


def _is_timeout(error: BaseException) -> bool:
    # urllib3 wraps what happens while it connects and while a body is read, and says that every
    # failure to connect is a timeout.
    timeouts = ConnectTimeoutError | ReadTimeoutError | TimeoutError
    return isinstance(error, timeouts) and not isinstance(error, NewConnectionError)


def _not_connected(target: Target, error: Exception) -> Lost:
    cause = error.__cause__ if isinstance(error, NewConnectionError) and error.__cause__ else error
    if isinstance(error, NameResolutionError):
        return _losses.unknown_name(target.host, error)
    if isinstance(cause, ConnectionRefusedError):
        return _losses.refused(error)
    if isinstance(cause, FileNotFoundError) and target.socket:
        return _losses.no_socket(target.socket, error)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return _losses.untrusted(error)
    return _losses.unreachable(error if cause is error else cause)
