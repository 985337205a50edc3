"""The sync face's way to the network: urllib3 connections, pooled, thread-safe, bounded in time.

Only sending one request and reading its answer lives here; what to send, and what to do with the
answer, is decided elsewhere. urllib3's connections and pools are used below their ``urlopen``: that
rewrites the request target, and bounds each read but not the answer as a whole.
"""

import http.client
import io
import os
import socket
import ssl
import threading
import time
from http import HTTPStatus
from http.client import HTTPException, RemoteDisconnected
from typing import Any, Self

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
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

from tcproxy_client import _losses
from tcproxy_client._brain import Request, Send
from tcproxy_client._reply import Lost, Reply
from tcproxy_client._retry import Timeouts
from tcproxy_client._target import Target

# Connections to one place at once; further threads wait for one to become free.
POOL_SIZE = 32


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
        if self._pid != os.getpid():  # after a fork, the connections belong to the parent
            self._forget()
        while True:
            try:
                return self._pool(step.request.target).converse(step)
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
        self.ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
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


class _Bounded(HTTPConnection):
    """A connection that knows until when it may wait."""

    timeouts = Timeouts()
    deadline = 0.0

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


class _Conversing(HTTPConnectionPool):
    """A pool that carries out one request at a time on each connection."""

    def converse(self, step: Send) -> Reply | Lost:
        """Send a request once and read its answer."""
        conversation = _Conversation(step)
        try:
            connection = self._get_conn(timeout=max(step.deadline - time.monotonic(), 0))
        except EmptyPoolError as error:
            return _losses.total_timeout(step.timeouts, error)
        assert isinstance(connection, _Bounded)  # noqa: S101  # tells the type checker
        try:
            reply = conversation.hold(connection)
        except (HTTPError, HTTPException, OSError) as error:
            connection.close()
            return conversation.lost(error)
        except BaseException:
            connection.close()
            raise
        else:
            return reply
        finally:
            self._put_conn(connection)


class _Pool(_Conversing):
    ConnectionCls = _Connection


class _TLSPool(_Conversing, HTTPSConnectionPool):
    ConnectionCls = _TLSConnection


class _SocketPool(_Conversing):
    ConnectionCls = _SocketConnection


class _Conversation:
    """One request and its answer, and how far they have got."""

    def __init__(self, step: Send) -> None:
        self._step = step
        self._phase = "connecting"

    def hold(self, connection: _Bounded) -> Reply:
        """Send the request and read the answer."""
        connection.timeouts = self._step.timeouts
        connection.deadline = self._step.deadline
        connection.connect_in_time()
        self._phase = "waiting"
        request = self._step.request
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

    def lost(self, error: Exception) -> Lost:
        """Say what an exception means, given how far it had got."""
        timeouts = self._step.timeouts
        if _is_timeout(error):
            if time.monotonic() >= self._step.deadline:
                return _losses.total_timeout(timeouts, error)
            late = _losses.connect_timeout if self._phase == "connecting" else _losses.read_timeout
            return late(timeouts, error)
        if self._phase == "connecting":
            return _not_connected(self._step.request.target, error)
        if self._phase == "reading":
            return _losses.cut_short(error)
        if isinstance(error, OSError):  # RemoteDisconnected is one
            return _losses.dropped(error)
        return _losses.malformed(error)


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
