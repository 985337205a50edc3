"""The sandbox as a whole: it puts the parts together, listens on loopback, and ends in order."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import ipaddress
import secrets
import socket
from datetime import timedelta
from typing import TYPE_CHECKING, Self

import structlog
from aiohttp import web

from tcproxy.sandbox import routing, seeds, times
from tcproxy.sandbox.api import Api
from tcproxy.sandbox.authentication import Authenticator
from tcproxy.sandbox.clients import INDEX_CLIENT_ID, QUEUE_CLIENT_ID, ROOT_CLIENT, Client
from tcproxy.sandbox.connections import Connection, Transports, refuse
from tcproxy.sandbox.responses import render
from tcproxy.sandbox.roles import ANONYMOUS, DEFAULT, Roles
from tcproxy.sandbox.services.auth import Auth
from tcproxy.sandbox.services.index import Index
from tcproxy.sandbox.services.objects import Objects
from tcproxy.sandbox.services.queue import Queue
from tcproxy.sandbox.services.secrets import Secrets
from tcproxy.sandbox.storage import PREFIX, Storage
from tcproxy.sandbox.storage_http import StorageFace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tcproxy.sandbox.seeds import Seed

log = structlog.get_logger("tcproxy.sandbox")

_MAX_FIELD = 128 * 1024
_MAX_FIELDS = 1000
_KEEPALIVE = 75.0
_BACKLOG = 1024
_STOP_TIMEOUT = 0.5
_DEMO_LIFE = timedelta(days=365)


class Sandbox:
    """A running Taskcluster. Use it as an async context manager, or call `start` and `stop`.

    Args:
        host: The loopback address to listen on.
        port: The port; 0 takes a free one.
        clients: Clients beside ``sandbox/root`` and those of the services themselves.
        roles: The scopes of roles, beside ``anonymous`` or in its place.
        seed: What there is from the start, beside the secret ``demo``.
        claim_wait: How long claimWork waits for a task if none is pending, in seconds.
        url_life: How long the signed URLs of the storage are valid, in seconds, to try out what
            happens when they expire; None means as long as a deployment's.
        logs_requests: Whether each request is worth a line in the log.

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
        seed: Seed | None = None,
        claim_wait: float = 20.0,
        url_life: float | None = None,
        logs_requests: bool = True,
    ) -> None:
        self._host = _loopback(host)
        self._port = port
        self.client_id = ROOT_CLIENT.client_id
        self.access_token = ROOT_CLIENT.access_token
        self.clients: dict[str, Client] = {}
        queue_client = _service_client(QUEUE_CLIENT_ID, "*")
        index_client = _service_client(INDEX_CLIENT_ID, "queue:get-artifact:*")
        for client in (ROOT_CLIENT, queue_client, index_client, *clients):
            if client.client_id in self.clients:
                raise ValueError(f"there are two clients called {client.client_id}")
            self.clients[client.client_id] = client
        self._roles = Roles({**DEFAULT, **(roles or {})})
        self._secrets = Secrets()
        self._secrets.store("demo", {"hello": "world"}, times.now() + _DEMO_LIFE)
        self._storage = Storage(None if url_life is None else timedelta(seconds=url_life))
        self._storage_face = StorageFace(self._storage)
        self._objects = Objects(self._storage)
        self._queue = Queue(queue_client, self._storage, self._objects, claim_wait)
        self._index = Index(self._queue, self._roles, index_client)
        if seed is not None:
            seeds.plant(seed, self._secrets, self._queue, self._index)
        self._listener: asyncio.Server | None = None
        self._manager: web.Server | None = None
        self._logs_requests = logs_requests
        self._transports = Transports()
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
        manager = web.Server(
            functools.partial(self._respond, self._build_api(self._root_url)),
            # who waits for a task and leaves must not be given one
            handler_cancellation=True,
        )
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(
            lambda: Connection(
                manager,
                self._transports,
                loop=loop,
                access_log=None,
                auto_decompress=False,
                keepalive_timeout=_KEEPALIVE,
                max_line_size=_MAX_FIELD,
                max_field_size=_MAX_FIELD,
                max_headers=_MAX_FIELDS,
            ),
            sock=bound,
        )
        self._manager = manager

    async def stop(self) -> None:
        """Stop listening, close idle connections, and give running requests a second to end."""
        if self._listener is None or self._manager is None:
            return
        self._listener.close()
        self._manager.pre_shutdown()
        await self._manager.shutdown(_STOP_TIMEOUT)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_STOP_TIMEOUT):
                await self._transports.wait_until_closed()
        self._transports.abort()  # those whose peers do not read an answer to its end
        await self._transports.wait_until_closed()
        await self._listener.wait_closed()
        self._listener = None

    def _build_api(self, root_url: str) -> Api:
        authenticator = Authenticator(
            self.clients, lambda scopes: self._roles.expand([*scopes, ANONYMOUS])
        )
        services = (
            Auth(self._roles).service(),
            self._secrets.service(),
            self._queue.service(),
            self._index.service(),
            self._objects.service(),
        )
        return Api(services, authenticator, root_url)

    async def _respond(self, api: Api, request: web.BaseRequest) -> web.StreamResponse:
        # aiohttp's parser in C refuses other bytes itself, the one in Python does not
        if not request.raw_path.isascii():
            return refuse(request, "InvalidURLError")
        target = routing.Target.split(request.raw_path)
        response: web.StreamResponse
        if target.path.startswith(PREFIX):
            response = await self._storage_face.answer(request, target)
        else:
            response = render(await api.answer(request, target), request)
        # the query may hold a bewit or a signature, which is as good as a password
        if self._logs_requests:
            log.debug("request", method=request.method, path=target.path, status=response.status)
        return response


def _service_client(client_id: str, scope: str) -> Client:
    """Return the client that a service acts as; nobody else knows its token."""
    return Client(client_id, secrets.token_urlsafe(32), (scope,))


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
