"""Builds all the parts, opens the listener, drains and exits."""

from __future__ import annotations

import asyncio
import ipaddress
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import structlog

from tcproxy import __version__
from tcproxy.asking import Asker
from tcproxy.batching import WriteBatch
from tcproxy.clock import DeploymentClock
from tcproxy.credentials import Credentials, CredentialsError, CredentialStore
from tcproxy.credentials_file import CredentialsFile
from tcproxy.endpoints import Endpoints
from tcproxy.errors import Refusal, RefusedError, SettingError
from tcproxy.forward import Exchange, Forwarder, Outcome, Timeouts
from tcproxy.guard import Guard
from tcproxy.health import Health
from tcproxy.listeners import Listener, tcp, unix
from tcproxy.logs import log_clock, log_loop_error, log_outcome
from tcproxy.names import name_of
from tcproxy.open_files import most_open_files, share_files
from tcproxy.own_paths import Handler, OwnPaths
from tcproxy.peers import Admission, Peers, allowed_uids, own_uids, require_lookup
from tcproxy.recent import RecentRequests
from tcproxy.replay import ReplayMemory
from tcproxy.retries import RetryPolicy
from tcproxy.server import ProxyServer, ServerLimits
from tcproxy.status import About, Status
from tcproxy.systemd import Notifier, passed_sockets
from tcproxy.targets import Deployment, Router
from tcproxy.upstream.opening import Opener
from tcproxy.upstream.outbound import OutboundProxies
from tcproxy.upstream.pool import PoolLimits, Upstream

if TYPE_CHECKING:
    from aiohttp.web_request import BaseRequest

    from tcproxy.credentials_stdin import CredentialsStdin
    from tcproxy.metrics import Metrics
    from tcproxy.settings import Settings

_Result = TypeVar("_Result")

LOOPBACK = "127.0.0.1"
COVER_LOOPBACK = frozenset({LOOPBACK, "0.0.0.0"})  # noqa: S104  compared, not listened on
_GREATEST_TICK = 1.0

_NO_AUTHORITY = "requests by https are a 502 where no other authority is trusted"

_log = structlog.get_logger("tcproxy")


class Daemon:
    """The running proxy."""

    def __init__(
        self, settings: Settings, revision: str, exposed_flags: Sequence[str] = ()
    ) -> None:
        """Take the settings, in the running event loop.

        Args:
            settings: checked one by one; what they mean together is checked by `run`.
            revision: of the source.
            exposed_flags: flags of secrets that other users can read on the command line.
        """
        self._settings = settings
        self._running: set[Exchange] = set()
        self._batch = WriteBatch(asyncio.get_running_loop(), self._running)
        self._exposed_flags = exposed_flags
        self._revision = revision
        self._identity = (
            b"X-Taskcluster-Proxy-Version: " + __version__.encode(),
            b"X-Taskcluster-Proxy-Revision: " + revision.encode(),
        )
        self._files = share_files(
            most_open_files(), settings.max_connections, settings.max_upstream_requests
        )
        self._metrics = self._make_metrics()
        self._authority_faults: Sequence[str] = ()
        self._status: Status
        path = settings.credentials_file
        self._file = None if path is None else CredentialsFile(Path(path))
        self._policy = RetryPolicy(
            settings.retries, settings.retry_budget, settings.retry_methods == "idempotent"
        )

    async def run(self) -> int:
        """Serve until a signal comes, or standard input ends where credentials come from there.

        Returns:
            The exit code.

        Raises:
            SettingError: it cannot start.
        """
        asyncio.get_running_loop().set_exception_handler(log_loop_error)
        signals = _Signals()
        notifier = Notifier()
        async with AsyncExitStack() as stack:
            deployment, credentials = await self._deployment(stack)
            upstream = self._upstream(deployment)
            stack.callback(upstream.close)
            clock = DeploymentClock(deployment.origin, log_clock)
            asker = Asker(deployment, upstream, clock)
            store = await signals.unless_ended(self._store(credentials, asker))
            if store is None:
                return 0
            server = self._server(deployment, store, upstream, asker, clock)
            listeners = self._listeners(stack)
            accepting = [each for listener in listeners for each in await listener.serve(server)]
            for each in accepting:
                stack.callback(each.close)
            servers = [server, *await self._metrics_server(server, stack)]
            for work in (self._tick(servers, upstream, store), _watchdog(notifier)):
                stack.callback(asyncio.create_task(work).cancel)
            signals.on_hangup(lambda: self._reload(store, notifier))
            self._announce(listeners)
            notifier.ready()
            stdin = self._stdin(store, signals)
            await signals.wait()
            notifier.stopping()
            self._status.close()
            await self._drain(accepting, server, signals)
            return 1 if stdin is not None and stdin.is_broken else 0

    async def _deployment(self, stack: AsyncExitStack) -> tuple[Deployment, Credentials]:
        settings = self._settings
        if settings.sandbox:
            return await self._start_sandbox(stack)
        for problem in self._missing():
            raise SettingError(problem)
        return Deployment.parse(settings.root_url or ""), self._credentials()

    def _missing(self) -> list[str]:
        """Return what is missing, or does not go together, without the sandbox."""
        settings = self._settings
        problems = []
        if settings.seed is not None:
            problems.append(f"{name_of('seed')} needs {name_of('sandbox')}")
        needed = ["root_url", "client_id", "access_token"]
        if settings.credentials_file is not None:
            del needed[1:]
            problems += [
                f"{name_of('credentials_file')} excludes {name_of(field)}"
                for field in ("client_id", "access_token", "certificate")
                if getattr(settings, field) is not None
            ]
        problems += [
            f"{name_of(field)} is missing" for field in needed if getattr(settings, field) is None
        ]
        return problems

    async def _start_sandbox(self, stack: AsyncExitStack) -> tuple[Deployment, Credentials]:
        from tcproxy.sandbox import Sandbox, load_seed

        settings = self._settings
        for field in ("root_url", "task_id"):
            if getattr(settings, field) is not None:
                raise SettingError(f"--sandbox (TCPROXY_SANDBOX) excludes {name_of(field)}")
        try:
            seed = None if settings.seed is None else load_seed(settings.seed)
        except ValueError as error:
            raise SettingError(f"{name_of('seed')}: {error}") from None
        sandbox = await stack.enter_async_context(Sandbox(seed=seed))
        credentials = Credentials.make(sandbox.client_id, sandbox.access_token, None)
        if settings.client_id is not None and settings.access_token is not None:
            credentials = self._credentials()
        return Deployment.parse(sandbox.root_url), credentials

    def _credentials(self) -> Credentials:
        settings = self._settings
        token, certificate = settings.access_token, settings.certificate
        if self._file is not None:
            try:
                return self._file.read()
            except CredentialsError as error:
                raise SettingError(f"{name_of('credentials_file')}: {error}") from None
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

    def _upstream(
        self, deployment: Deployment, on_phase: Callable[[str], None] | None = None
    ) -> Upstream:
        settings = self._settings
        opener = Opener(
            connect_timeout=settings.connect_timeout,
            ca_file=settings.ca_file,
            proxies=OutboundProxies(),
            batch=self._batch,
            on_phase=on_phase,
        )
        is_tls_used = deployment.origin.scheme == "https" or settings.allowed_host
        if is_tls_used or settings.ca_file is not None:
            try:
                self._authority_faults = opener.trust.faults
            except SettingError as error:
                raise SettingError(f"{name_of('ca_file')}: {error}") from None
        return Upstream(opener, PoolLimits(settings.max_upstream_requests))

    def _server(
        self,
        deployment: Deployment,
        store: CredentialStore,
        upstream: Upstream,
        asker: Asker,
        clock: DeploymentClock,
    ) -> ProxyServer:
        settings = self._settings
        metrics = self._metrics
        recent = RecentRequests()
        remember = recent.add
        about = About(str(deployment), __version__, self._revision)
        self._status = Status(about, store, clock, recent)

        def on_outcome(outcome: Outcome) -> None:
            log_outcome(outcome)
            remember(outcome)
            if metrics is not None:
                metrics.on_outcome(outcome)

        def own_lines() -> tuple[bytes, ...]:
            return (*self._identity, *store.current.header_lines)

        forwarder = Forwarder(
            credentials=store,
            clock=clock,
            upstream=upstream,
            policy=self._policy,
            memory=ReplayMemory(settings.replay_limit, settings.replay_memory),
            timeouts=Timeouts(settings.first_byte_timeout, settings.idle_timeout),
            identity=self._identity,
            on_outcome=on_outcome,
            on_trouble=_ignore if metrics is None else metrics.on_trouble,
            running=self._running,
        )
        endpoints = Endpoints(
            credentials=store,
            clock=clock,
            health=Health(credentials=store, clock=clock, probe=asker.probe),
            revision=self._revision,
            body_limit=settings.max_endpoint_body,
            body_timeout=settings.idle_timeout,
            may_replace=self._may_replace_credentials(),
        )
        own_handlers = {
            **endpoints.handlers,
            **self._status.handlers,
            "/__metrics__": ("GET", self._metrics_page()),
        }
        if settings.credentials_stdin:
            own_handlers["/credentials"] = ("PUT", _no_replacing)
        server = ProxyServer(
            router=Router(deployment, frozenset(settings.allowed_host)),
            guard=Guard(
                frozenset(settings.allowed_origin), frozenset(settings.allowed_host_header)
            ),
            admission=self._admission(),
            forwarder=forwarder,
            endpoints=OwnPaths(own_handlers, own_lines),
            limits=ServerLimits(
                line_size=settings.max_line_size,
                fields=settings.max_header_fields,
                connections=self._files.connections,
                lingering=self._files.lingering,
                head_timeout=settings.head_timeout,
                keep_alive=settings.keep_alive_timeout,
            ),
            batch=self._batch,
            on_outcome=on_outcome,
            on_turned_away=_ignore if metrics is None else metrics.on_turned_away,
            own_lines=own_lines,
        )
        if metrics is not None:
            metrics.watch(server, store)
        return server

    def _make_metrics(self) -> Metrics | None:
        settings = self._settings
        if not settings.metrics and settings.metrics_port is None:
            return None
        from tcproxy.metrics import Metrics

        return Metrics(__version__, self._revision)

    def _metrics_page(self) -> Handler:
        if self._metrics is None or not self._settings.metrics:
            return _no_metrics
        return self._metrics.page

    async def _metrics_server(
        self, main: ProxyServer, stack: AsyncExitStack
    ) -> tuple[ProxyServer, ...]:
        """Serve metrics on a port of their own, if that is wanted."""
        settings = self._settings
        if self._metrics is None or settings.metrics_port is None:
            return ()
        from tcproxy.metrics_port import MetricsServer

        server = MetricsServer(main, {"/__metrics__": self._metrics.page})
        names = f"{name_of('metrics_address')} and {name_of('metrics_port')}"
        listener = tcp(settings.metrics_address, settings.metrics_port, names)
        stack.callback(listener.close)
        stack.callback(server.abort)
        for accepting in await listener.serve(server):
            stack.callback(accepting.close)
        _log.info(f"Serving metrics on {listener}")
        return (server,)

    def _admission(self) -> Admission | None:
        settings = self._settings
        user, networks = settings.allowed_user, settings.allowed_network
        if user is None and not networks:
            return None
        require_lookup(name_of("allowed_user" if user is not None else "allowed_network"))
        try:
            uids = None if user is None else allowed_uids(user)
        except ValueError as error:
            raise SettingError(f"{name_of('allowed_user')}: {error}") from None
        return Admission(Peers(), uids, tuple(map(ipaddress.ip_network, networks)))

    def _may_replace_credentials(self) -> Callable[[asyncio.Transport], Awaitable[bool]]:
        who = self._settings.credentials_from
        if who == "root":
            require_lookup(name_of("credentials_from"))
        peers = Peers() if who == "root" else None
        trusted = own_uids()

        async def may_replace(transport: asyncio.Transport) -> bool:
            if peers is not None:
                return await peers.uid_of(transport) in trusted
            return who == "anyone"

        return may_replace

    def _listeners(self, stack: AsyncExitStack) -> list[Listener]:
        """Open all sockets that callers connect to."""
        settings = self._settings
        opened = [Listener(sock) for sock in passed_sockets()]

        def add(listener: Listener) -> None:
            stack.callback(listener.close)
            opened.append(listener)

        if not opened:
            names = f"{name_of('ip_address')} and {name_of('port')}"
            add(tcp(settings.ip_address, settings.port, names))
            if settings.allowed_network and settings.ip_address not in COVER_LOOPBACK:
                port = opened[0].sock.getsockname()[1]
                add(tcp(LOOPBACK, port, name_of("allowed_network")))
        for path in settings.socket:
            add(unix(Path(path), settings.socket_mode, name_of("socket")))
        return opened

    def _announce(self, listeners: Sequence[Listener]) -> None:
        names = [str(listener) for listener in listeners]
        if self._settings.sandbox:
            print(_SANDBOX_HINT.format(url=f"http://{names[0]}"), file=sys.stderr)  # noqa: T201
        for name in names:
            _log.info(f"Serving on {name}")
        for flag in self._exposed_flags:
            _log.warning(
                "secret on the command line",
                flag=flag,
                advice="other users can read it; use its variable or --credentials-file",
            )
        for fault in self._authority_faults:
            _log.warning("certificate authorities missing", reason=fault, advice=_NO_AUTHORITY)
        if (advice := self._too_few_files()) is not None:
            most = self._files.connections
            _log.warning("fewer connections than set", connections=most, advice=advice)

    def _too_few_files(self) -> str | None:
        """Say what to mend where the system allows fewer open files than the settings need."""
        if self._files.connections == self._settings.max_connections:
            return None
        return (
            f"the system allows {most_open_files()} open files: raise that (ulimit -n, "
            f"LimitNOFILE=), or lower {name_of('max_connections')} to {self._files.connections}"
        )

    def _stdin(self, store: CredentialStore, signals: _Signals) -> CredentialsStdin | None:
        """Have credentials come from standard input, if that is wanted."""
        if not self._settings.credentials_stdin:
            return None
        from tcproxy.credentials_stdin import CredentialsStdin

        return CredentialsStdin(store, self._settings.max_endpoint_body, signals.end)

    def _reload(self, store: CredentialStore, notifier: Notifier) -> None:
        notifier.reloading()
        if self._file is not None:
            self._file.reload(store)
        notifier.ready()

    async def _tick(
        self, servers: Sequence[ProxyServer], upstream: Upstream, store: CredentialStore
    ) -> None:
        """Look after everything that waits: one timer for all, instead of one for each request."""
        settings = self._settings
        shortest = min(
            settings.first_byte_timeout,
            settings.idle_timeout,
            settings.head_timeout,
            settings.keep_alive_timeout,
        )
        while True:
            await asyncio.sleep(min(_GREATEST_TICK, shortest / 4))
            servers[0].forwarder.check_deadlines()
            servers[0].forwarder.clock.is_due = True
            for server in servers:
                server.check_deadlines()
            upstream.retire_idle()
            if self._file is not None:
                self._file.reload_if_changed(store)

    async def _drain(
        self, accepting: Sequence[asyncio.Server], server: ProxyServer, signals: _Signals
    ) -> None:
        for listener in accepting:
            listener.close()
        server.drain()
        _log.info("Stopping", running=len(server.callers))
        waiting = {
            asyncio.create_task(each) for each in (server.wait_drained(), signals.wait_urgent())
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


async def _no_metrics(_request: BaseRequest) -> NoReturn:
    message = f"Not found: metrics are off here; start tcproxy with {name_of('metrics')}"
    raise RefusedError(Refusal(404, "ResourceNotFound", message))


async def _no_replacing(_request: BaseRequest) -> NoReturn:
    message = (
        f"Not found: credentials come from standard input here ({name_of('credentials_stdin')})"
    )
    raise RefusedError(Refusal(404, "ResourceNotFound", message))


def _ignore(*_: object) -> None:
    """Nobody wants to know."""


class _Signals:
    """Waits for SIGTERM or SIGINT; a second one is urgent."""

    def __init__(self) -> None:
        self._signalled = asyncio.Event()
        self._urgent = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(number, self._on_end)
        # Before there is anything to reload, a hang-up must not end the daemon.
        self.on_hangup(lambda: None)

    def on_hangup(self, reload: Callable[[], None]) -> None:
        self._loop.add_signal_handler(signal.SIGHUP, reload)

    def end(self) -> None:
        """End without a signal."""
        self._signalled.set()

    async def wait(self) -> None:
        await self._signalled.wait()

    async def unless_ended(self, work: Coroutine[Any, Any, _Result]) -> _Result | None:
        """Return what the work results in, or None if the daemon is told to end before that."""
        tasks = asyncio.create_task(work), asyncio.create_task(self.wait())
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            return tasks[0].result() if tasks[0].done() else None
        finally:
            for task in tasks:
                task.cancel()

    async def wait_urgent(self) -> None:
        await self._urgent.wait()

    def _on_end(self) -> None:
        if self._signalled.is_set():
            self._urgent.set()
        self._signalled.set()


async def _watchdog(notifier: Notifier) -> None:
    """Tell systemd that the event loop turns, as often as it wants to hear it."""
    while notifier.watchdog_seconds is not None:
        notifier.alive()
        await asyncio.sleep(notifier.watchdog_seconds)


_SANDBOX_HINT = """\
Serving an in-memory deployment. Try:

  curl {url}/auth/v1/ping
  curl {url}/auth/v1/scopes/current
  curl {url}/secrets/v1/secret/demo
"""
