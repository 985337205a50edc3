"""The listening side: a loopback address, HTTP connections, and what is said to bad requests.

What a request means is the business of `api`; aiohttp's own error pages, which repeat the caller's
bytes and log a traceback, are replaced here.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import functools
import ipaddress
import socket
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Self

import structlog
from aiohttp import web
from aiohttp.http import RawRequestMessage

from tcproxy.sandbox import errors, routing, times
from tcproxy.sandbox.api import Api
from tcproxy.sandbox.authentication import Authenticator
from tcproxy.sandbox.clients import ROOT_CLIENT, Client
from tcproxy.sandbox.responses import json_answer, render
from tcproxy.sandbox.roles import ANONYMOUS, DEFAULT, Roles
from tcproxy.sandbox.services.auth import Auth
from tcproxy.sandbox.services.secrets import Secrets

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

log = structlog.get_logger("tcproxy.sandbox")

_MAX_FIELD = 128 * 1024
_MAX_FIELDS = 1000
_KEEPALIVE = 75.0
_BACKLOG = 1024
_STOP_TIMEOUT = 1.0
_DEMO_LIFE = timedelta(days=365)


class Sandbox:
    """A running Taskcluster. Use it as an async context manager, or call `start` and `stop`.

    Args:
        host: The loopback address to listen on.
        port: The port; 0 takes a free one.
        clients: Clients beside ``sandbox/root``.
        roles: The scopes of roles, beside ``anonymous`` or in its place.

    Attributes:
        clients: The clients by name. A change counts from the next request on.
        client_id: The name of a client that may do everything.
        access_token: Its token.

    Raises:
        ValueError: The host is no loopback address, two clients have one name, or a role is wrong.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        clients: Iterable[Client] = (),
        roles: Mapping[str, Iterable[str]] | None = None,
    ) -> None:
        self._host = _loopback(host)
        self._port = port
        self.client_id = ROOT_CLIENT.client_id
        self.access_token = ROOT_CLIENT.access_token
        self.clients: dict[str, Client] = {}
        for client in (ROOT_CLIENT, *clients):
            if client.client_id in self.clients:
                raise ValueError(f"there are two clients called {client.client_id}")
            self.clients[client.client_id] = client
        self._roles = Roles({**DEFAULT, **(roles or {})})
        self._secrets = Secrets()
        self._secrets.store("demo", {"hello": "world"}, times.now() + _DEMO_LIFE)
        self._listener: asyncio.Server | None = None
        self._connections: web.Server | None = None
        self._root_url: str | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def root_url(self) -> str:
        """The root URL, such as ``http://127.0.0.1:8080``.

        Raises:
            RuntimeError: The sandbox has not been started.
        """
        if self._root_url is None:
            raise RuntimeError("the sandbox has no address before it is started")
        return self._root_url

    async def start(self) -> None:
        """Listen.

        Raises:
            OSError: The port is in use, or the address not there.
            RuntimeError: It already listens.
        """
        if self._listener is not None:
            raise RuntimeError("the sandbox already listens")
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        bound = socket.create_server((self._host, self._port), family=family, backlog=_BACKLOG)
        host = f"[{self._host}]" if ":" in self._host else self._host
        self._root_url = f"http://{host}:{bound.getsockname()[1]}"
        connections = web.Server(functools.partial(self._respond, self._build_api(self._root_url)))
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(
            lambda: _Connection(
                connections,
                loop=loop,
                access_log=None,  # type: ignore[arg-type]  # turns it off
                auto_decompress=False,
                keepalive_timeout=_KEEPALIVE,
                max_line_size=_MAX_FIELD,
                max_field_size=_MAX_FIELD,
                max_headers=_MAX_FIELDS,
            ),
            sock=bound,
        )
        self._connections = connections

    async def stop(self) -> None:
        """Stop listening, close idle connections, and give running requests a second to end."""
        if self._listener is None or self._connections is None:
            return
        self._listener.close()
        self._connections.pre_shutdown()
        await self._connections.shutdown(_STOP_TIMEOUT)
        with contextlib.suppress(TimeoutError):  # somebody does not read an answer to its end
            async with asyncio.timeout(_STOP_TIMEOUT):
                await self._listener.wait_closed()
        self._listener = None

    def _build_api(self, root_url: str) -> Api:
        authenticator = Authenticator(
            self.clients, lambda scopes: self._roles.expand([*scopes, ANONYMOUS])
        )
        services = (Auth(self._roles).service(), self._secrets.service())
        return Api(services, authenticator, root_url)

    async def _respond(self, api: Api, request: web.BaseRequest) -> web.Response:
        if (
            not request.raw_path.isascii()
        ):  # aiohttp's parser in C refuses it, the one in Python not
            return _refuse_request(request, "InvalidURLError")
        target = routing.Target.split(request.raw_path)
        answer = await api.answer(request, target)
        response = render(answer, request)
        # the query may hold a bewit, which is as good as a password
        log.debug("request", method=request.method, path=target.path, status=response.status)
        return response


class _Connection(web.RequestHandler):
    """aiohttp's connection, with this project's words for what goes wrong."""

    __slots__ = ()

    def data_received(self, data: bytes) -> None:
        """Take bytes in; if they break a body, tell its reader.

        aiohttp's parser in C only queues an error, behind the request whose reader waits for ever.
        """
        super().data_received(data)
        if not self._messages or isinstance(self._messages[-1][0], RawRequestMessage):
            return
        bodies = [body for _, body in self._messages]
        if self._current_request is not None:
            bodies.append(self._current_request.content)
        for body in bodies:
            if not body.is_eof():
                body.set_exception(web.RequestPayloadError("the framing is broken"))

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - it repeats the caller's bytes
    ) -> web.StreamResponse:
        """Answer what is no HTTP with a 400, and a mistake of the sandbox's own with a 500."""
        if isinstance(exc, ConnectionError) or request.writer.output_size > 0:
            raise ConnectionError("there is nobody, or no way, to answer")
        if status < 500:
            return _refuse_request(request, type(exc).__name__)
        incident = uuid.uuid4()
        log.error("internal error", incident=str(incident), exc_info=exc)
        return _close_with(errors.internal_error(incident), request)


def _refuse_request(request: web.BaseRequest, reason: str) -> web.Response:
    log.warning("bad request", reason=reason, peer=request.remote)
    return _close_with(errors.malformed_request(reason), request)


def _close_with(error: errors.ApiError, request: web.BaseRequest) -> web.Response:
    answer = json_answer(errors.body(error, errors.RequestInfo()), error.status)
    return render(dataclasses.replace(answer, closes=True), request)


def _loopback(host: str) -> str:
    """Return the address to listen on; the sandbox's credentials are public, so only loopback."""
    if host == "localhost":
        return "127.0.0.1"
    try:
        if ipaddress.ip_address(host).is_loopback:
            return host
    except ValueError:
        pass
    raise ValueError(
        f"the sandbox listens only on loopback, such as 127.0.0.1 or ::1, not {host!r}"
    )
