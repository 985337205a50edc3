"""Opening connections: resolve, connect, pass an outbound proxy, encrypt."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import Callable
from functools import cached_property

import aiohappyeyeballs
import httptools

from tcproxy.batching import WriteBatch
from tcproxy.errors import SettingError
from tcproxy.targets import Origin
from tcproxy.upstream.authorities import Trust, load_trust
from tcproxy.upstream.connection import PlainConnection, TlsConnection, UpstreamConnection
from tcproxy.upstream.failures import Failure, OpenError
from tcproxy.upstream.outbound import OutboundProxies, OutboundProxy

_HAPPY_EYEBALLS_DELAY = 0.25
"""Seconds before the next address is tried beside a slow one (RFC 8305, section 5)."""

_PROXY_ANSWER_LIMIT = 64 * 1024


class Opener:
    """Opens connections to any origin."""

    def __init__(
        self,
        *,
        connect_timeout: float,
        ca_file: str | None,
        proxies: OutboundProxies,
        batch: WriteBatch,
        on_phase: Callable[[str], None] | None = None,
    ) -> None:
        """Say how connections are opened.

        Args:
            connect_timeout: seconds until a connection is ready for a request, everything included.
            ca_file: PEM file of certificate authorities that are trusted beside the system's.
            proxies: which origins are reached through an outbound proxy.
            batch: collects what is written.
            on_phase: told when a connection is `connected`, `tunnelled` and `encrypted`.
        """
        self._on_phase = on_phase or _ignore
        self._timeout = connect_timeout
        self._ca_file = ca_file
        self._proxies = proxies
        self._batch = batch

    async def open(
        self, origin: Origin, on_free: Callable[[UpstreamConnection], None]
    ) -> UpstreamConnection:
        """Open a connection.

        Args:
            origin: where to.
            on_free: given to the connection.

        Raises:
            OpenError: it could not be opened; its failure says why.
        """
        try:
            async with asyncio.timeout(self._timeout):
                return await self._open(origin, on_free)
        except TimeoutError:
            message = f"no connection to {origin} within {self._timeout:g} s"
            raise OpenError(Failure("timeout", message)) from None

    @cached_property
    def trust(self) -> Trust:
        """What connections are encrypted with.

        Raises:
            SettingError: the CA file cannot be read.
        """
        return load_trust(self._ca_file)

    async def _open(
        self, origin: Origin, on_free: Callable[[UpstreamConnection], None]
    ) -> UpstreamConnection:
        try:
            origin.address.encode("idna")
        except UnicodeError as error:
            # Through an outbound proxy nobody would look at the name before TLS does.
            raise _unresolved(str(origin), error) from None
        proxy = self._proxies.for_origin(origin)
        if proxy is None:
            sock = await _connect(origin.address, origin.port, str(origin))
            self._on_phase("connected")
        else:
            sock = await _connect(proxy.host, proxy.port, f"the outbound proxy {proxy}")
            self._on_phase("connected")
            await _tunnel(sock, proxy, origin)
            self._on_phase("tunnelled")
        return await self._attach(sock, origin, on_free)

    async def _attach(
        self, sock: socket.socket, origin: Origin, on_free: Callable[[UpstreamConnection], None]
    ) -> UpstreamConnection:
        loop = asyncio.get_running_loop()
        is_tls = origin.scheme == "https"
        kind = TlsConnection if is_tls else PlainConnection
        try:
            _, connection = await loop.create_connection(
                lambda: kind(on_free, self._batch),
                sock=sock,
                ssl=self.trust.context if is_tls else None,
                # Certificates and TLS know no dot behind a name (RFC 6066, section 3).
                server_hostname=origin.address.removesuffix(".") if is_tls else None,
            )
        except ssl.SSLCertVerificationError as error:
            message = f"the certificate of {origin} is not trusted: {error.verify_message}"
            raise OpenError(Failure("certificate", message)) from None
        except ssl.SSLError as error:
            message = f"the TLS handshake with {origin} failed: {error.reason or 'unknown error'}"
            raise OpenError(Failure("tls", message)) from None
        except (OSError, SettingError) as error:
            message = f"the connection to {origin} failed: {_reason(error)}"
            raise OpenError(Failure("tls" if is_tls else "connect", message)) from None
        except BaseException:
            sock.close()
            raise
        if is_tls:
            self._on_phase("encrypted")
        return connection


def _ignore(_phase: str) -> None:
    """Nobody wants to know."""


async def _connect(host: str, port: int, what: str) -> socket.socket:
    loop = asyncio.get_running_loop()
    try:
        addresses = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise _unresolved(what, error) from None
    try:
        sock = await aiohappyeyeballs.start_connection(
            addresses, happy_eyeballs_delay=_HAPPY_EYEBALLS_DELAY, loop=loop
        )
    except OSError as error:
        raise OpenError(
            Failure("connect", f"the connection to {what} failed: {_reason(error)}")
        ) from None
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def _unresolved(what: str, error: Exception) -> OpenError:
    message = f"the name of {what} cannot be resolved: {_reason(error)}"
    return OpenError(Failure("resolve", message))


async def _tunnel(sock: socket.socket, proxy: OutboundProxy, origin: Origin) -> None:
    loop = asyncio.get_running_loop()
    answer = _ProxyAnswer()
    try:
        await loop.sock_sendall(sock, proxy.connect_request(origin))
        while not answer.is_complete:
            answer.feed(await loop.sock_recv(sock, 4096))
    except (OSError, httptools.HttpParserError) as error:
        sock.close()
        message = f"the outbound proxy {proxy} opened no tunnel: {_reason(error)}"
        raise OpenError(Failure("proxy", message)) from None
    except BaseException:
        sock.close()
        raise
    if not 200 <= answer.status < 300:
        sock.close()
        message = f"the outbound proxy {proxy} opened no tunnel: it answered {answer.status}"
        raise OpenError(Failure("proxy", message))


class _ProxyAnswer:
    """Reads the answer to CONNECT, which has no body when it is 2xx (RFC 9110, section 9.3.6)."""

    def __init__(self) -> None:
        self.status = 0
        self.is_complete = False
        self._parser = httptools.HttpResponseParser(self)
        self._size = 0

    def feed(self, data: bytes) -> None:
        if not data:
            raise ConnectionResetError("it closed the connection")
        self._size += len(data)
        if self._size > _PROXY_ANSWER_LIMIT:
            raise httptools.HttpParserError("its answer is too long")
        self._parser.feed_data(data)

    def on_headers_complete(self) -> None:
        self.status = self._parser.get_status_code()
        self.is_complete = self.status >= 200


def _reason(error: Exception) -> str:
    if isinstance(error, UnicodeError):
        return "a part between its dots is empty, or longer than 63 characters"
    if isinstance(error, socket.gaierror):
        return error.strerror or str(error)
    if isinstance(error, OSError) and error.errno is not None and error.errno > 0:
        # The system's words: asyncio wraps them in its own, with the address.
        return os.strerror(error.errno)
    return str(error) or type(error).__name__
