"""Builds all the parts, opens the listener, drains and exits."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack

import structlog

from tcproxy import __version__
from tcproxy.asking import Asker
from tcproxy.command_line import name_of
from tcproxy.credentials import Credentials, CredentialsError, CredentialStore
from tcproxy.endpoints import Endpoints
from tcproxy.errors import SettingError
from tcproxy.forward import Forwarder, Timeouts
from tcproxy.health import Health
from tcproxy.logs import log_outcome
from tcproxy.replay import ReplayMemory
from tcproxy.retries import RetryPolicy
from tcproxy.server import ProxyServer, ServerLimits
from tcproxy.settings import Settings
from tcproxy.targets import Deployment, Router
from tcproxy.upstream.opening import Opener
from tcproxy.upstream.outbound import OutboundProxies
from tcproxy.upstream.pool import PoolLimits, Upstream

_BACKLOG = 1024
_GREATEST_TICK = 1.0

_log = structlog.get_logger("tcproxy")


class Daemon:
    """The running proxy."""

    def __init__(self, settings: Settings, revision: str) -> None:
        """Take the settings.

        Args:
            settings: checked one by one; what they mean together is checked by `run`.
            revision: of the source.
        """
        self._settings = settings
        self._revision = revision
        self._identity = (
            b"X-Taskcluster-Proxy-Version: " + __version__.encode(),
            b"X-Taskcluster-Proxy-Revision: " + revision.encode(),
        )
        self._policy = RetryPolicy(
            settings.retries, settings.retry_budget, settings.retry_methods == "idempotent"
        )

    async def run(self) -> None:
        """Serve until a signal comes.

        Raises:
            SettingError: it cannot start.
        """
        stop = _Stop()
        async with AsyncExitStack() as stack:
            deployment, credentials = await self._deployment(stack)
            upstream = self._upstream(deployment)
            stack.callback(upstream.close)
            asker = Asker(deployment, upstream)
            store = await self._store(credentials, asker)
            server = self._server(deployment, store, upstream, asker)
            listener = await self._listen(server)
            ticker = asyncio.create_task(self._tick(server, upstream))
            stack.callback(ticker.cancel)
            self._announce(listener)
            await stop.wait()
            await self._drain(listener, server, stop)

    async def _deployment(self, stack: AsyncExitStack) -> tuple[Deployment, Credentials]:
        settings = self._settings
        if settings.sandbox:
            return await self._start_sandbox(stack)
        for field in ("root_url", "client_id", "access_token"):
            if getattr(settings, field) is None:
                raise SettingError(f"{name_of(field)} is missing")
        return Deployment.parse(settings.root_url or ""), self._credentials()

    async def _start_sandbox(self, stack: AsyncExitStack) -> tuple[Deployment, Credentials]:
        from tcproxy.sandbox import Sandbox

        settings = self._settings
        for field in ("root_url", "task_id"):
            if getattr(settings, field) is not None:
                raise SettingError(f"--sandbox (TCPROXY_SANDBOX) excludes {name_of(field)}")
        sandbox = await stack.enter_async_context(Sandbox())
        credentials = Credentials.make(sandbox.client_id, sandbox.access_token, None)
        if settings.client_id is not None and settings.access_token is not None:
            credentials = self._credentials()
        return Deployment.parse(sandbox.root_url), credentials

    def _credentials(self) -> Credentials:
        settings = self._settings
        token, certificate = settings.access_token, settings.certificate
        try:
            return Credentials.make(
                settings.client_id or "",
                token.get_secret_value() if token else "",
                certificate.get_secret_value() if certificate else None,
            )
        except CredentialsError as error:
            field = {"clientId": "client_id", "accessToken": "access_token"}.get(
                str(error).split()[0], "certificate"
            )
            raise SettingError(f"{name_of(field)}: {error}") from None

    async def _store(self, credentials: Credentials, asker: Asker) -> CredentialStore:
        """Find what requests are restricted to, and make the credentials ready."""
        settings = self._settings
        authorized: Sequence[str] | None = settings.scopes or None
        try:
            if settings.task_id is not None:
                signer = CredentialStore(credentials, None).current.signer
                scopes = await asker.task_scopes(settings.task_id, signer, self._policy)
                authorized = [*settings.scopes, *scopes]
            return CredentialStore(credentials, authorized)
        except CredentialsError as error:
            names = f"{name_of('scopes')}, {name_of('task_id')} or {name_of('certificate')}"
            raise SettingError(f"{names}: {error}") from None

    def _upstream(self, deployment: Deployment) -> Upstream:
        settings = self._settings
        opener = Opener(
            connect_timeout=settings.connect_timeout,
            ca_file=settings.ca_file,
            proxies=OutboundProxies(),
        )
        if deployment.origin.scheme == "https" or settings.ca_file is not None:
            try:
                opener.tls_context  # noqa: B018  reading it finds what is wrong before we listen
            except SettingError as error:
                raise SettingError(f"{name_of('ca_file')}: {error}") from None
        return Upstream(opener, PoolLimits())

    def _server(
        self, deployment: Deployment, store: CredentialStore, upstream: Upstream, asker: Asker
    ) -> ProxyServer:
        settings = self._settings
        forwarder = Forwarder(
            credentials=store,
            upstream=upstream,
            policy=self._policy,
            memory=ReplayMemory(settings.replay_limit, settings.replay_memory),
            timeouts=Timeouts(settings.first_byte_timeout, settings.idle_timeout),
            identity=self._identity,
            on_outcome=log_outcome,
        )
        endpoints = Endpoints(
            credentials=store,
            health=Health(credentials=store, probe=asker.probe),
            identity=self._identity,
            revision=self._revision,
        )
        return ProxyServer(
            router=Router(deployment, frozenset(settings.allowed_host)),
            forwarder=forwarder,
            endpoints=endpoints,
            limits=ServerLimits(),
            on_outcome=log_outcome,
        )

    async def _listen(self, server: ProxyServer) -> asyncio.Server:
        settings = self._settings
        address, port = settings.ip_address, settings.port
        try:
            return await asyncio.get_running_loop().create_server(
                server, address, port, backlog=_BACKLOG, reuse_address=True
            )
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else str(error)
            where = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
            raise SettingError(
                f"cannot listen on {where}: {reason}; "
                f"see {name_of('ip_address')} and {name_of('port')}"
            ) from None

    def _announce(self, listener: asyncio.Server) -> None:
        authority = _authority(listener.sockets[0])
        if self._settings.sandbox:
            print(_SANDBOX_HINT.format(url=f"http://{authority}"), file=sys.stderr)  # noqa: T201
        _log.info(f"Serving on {authority}")

    async def _tick(self, server: ProxyServer, upstream: Upstream) -> None:
        """Look after everything that waits: one timer for all, instead of one for each request."""
        settings = self._settings
        shortest = min(settings.first_byte_timeout, settings.idle_timeout)
        while True:
            await asyncio.sleep(min(_GREATEST_TICK, shortest / 4))
            server.forwarder.check_deadlines()
            server.check_deadlines()
            upstream.retire_idle()

    async def _drain(self, listener: asyncio.Server, server: ProxyServer, stop: _Stop) -> None:
        listener.close()
        server.drain()
        _log.info("Stopping", running=len(server.callers))
        waiting = {
            asyncio.create_task(each) for each in (server.wait_drained(), stop.wait_urgent())
        }
        await asyncio.wait(
            waiting, timeout=self._settings.drain_timeout, return_when=asyncio.FIRST_COMPLETED
        )
        for task in waiting:
            task.cancel()
        if server.callers:
            _log.warning("Requests were cut off", running=len(server.callers))
        server.abort()
        await asyncio.sleep(0)


class _Stop:
    """Waits for SIGTERM or SIGINT; a second one is urgent."""

    def __init__(self) -> None:
        self._signalled = asyncio.Event()
        self._urgent = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._on_signal)

    async def wait(self) -> None:
        await self._signalled.wait()

    async def wait_urgent(self) -> None:
        await self._urgent.wait()

    def _on_signal(self) -> None:
        if self._signalled.is_set():
            self._urgent.set()
        self._signalled.set()


def _authority(sock: socket.socket) -> str:
    host, port = sock.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


_SANDBOX_HINT = """\
Serving an in-memory deployment. Try:

  curl {url}/auth/v1/ping
  curl {url}/auth/v1/scopes/current
  curl {url}/secrets/v1/secret/demo
"""
