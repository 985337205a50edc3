"""`tcproxy --check`: a start that looks at everything, asks the deployment, and does not serve.

It goes on after each problem, to find them all, and takes a few seconds at most.
"""

from __future__ import annotations

import asyncio
import contextlib
import stat
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tcproxy import __version__
from tcproxy.asking import Asker
from tcproxy.check_health import Place, running_daemon
from tcproxy.check_questions import SECONDS, Questions, Stopwatch
from tcproxy.check_report import Report, duration
from tcproxy.clock import THRESHOLD, DeploymentClock
from tcproxy.credentials import Credentials, CredentialsError, CredentialStore
from tcproxy.daemon import COVER_LOOPBACK, LOOPBACK, Daemon
from tcproxy.errors import SettingError
from tcproxy.listeners import Listener, tcp, unix
from tcproxy.names import name_of
from tcproxy.retries import RetryPolicy
from tcproxy.systemd import passed_sockets
from tcproxy.targets import Deployment
from tcproxy.upstream.outbound import OutboundProxies
from tcproxy.upstream.pool import Upstream

if TYPE_CHECKING:
    from tcproxy.settings import Settings

_SOON = 5 * 60.0
"""Seconds before their end in which credentials are worth a warning."""

_NOBODY = Deployment.parse("https://nobody.invalid")


class Check(Daemon):
    """A start that ends before it serves."""

    def __init__(self, settings: Settings, revision: str, exposed_flags: Sequence[str]) -> None:
        """Take the settings, in the running event loop; see `Daemon`."""
        super().__init__(settings, revision, exposed_flags)
        self._policy = RetryPolicy(0, 0.0, True)
        self._report = Report()
        self._stopwatch = Stopwatch()
        self._places_found: list[dict[str, str]] = []

    async def examine(self) -> Report:
        """Look at everything, and return what was found."""
        report, settings = self._report, self._settings
        report.fact("tcproxy", f"{__version__} ({self._revision})", version=__version__)
        report.fact("settings file", settings.config or "none", config=settings.config)
        for flag in self._exposed_flags:
            report.warnings.append(
                f"{flag}: other users can read it; use its variable or --credentials-file"
            )
        if (advice := self._too_few_files()) is not None:
            report.warnings.append(f"fewer connections than set: {advice}")
        self._examine_files()
        self._examine_callers()
        self._examine_sockets()
        async with AsyncExitStack() as stack:
            deployment, credentials = await self._examine_settings(stack)
            store = None if credentials is None else self._examine_client(credentials)
            upstream = None
            with self._collecting():
                # Authorities and outbound proxies are looked at even where there is nobody to ask.
                upstream = self._upstream(deployment or _NOBODY, self._stopwatch.stop)
                stack.callback(upstream.close)
            if deployment is None or upstream is None:
                self._examine_times(credentials, 0.0)
            else:
                await self._ask(deployment, upstream, credentials, store)
            self._examine_authorities(deployment)
        return report

    # What is on this machine.

    def _examine_callers(self) -> None:
        for part in (self._admission, self._may_replace_credentials):
            with self._collecting():
                part()

    def _examine_sockets(self) -> None:
        """Listen everywhere for a moment; where a daemon runs already, leave it alone."""
        passed: list[Listener] = []
        with self._collecting():
            passed = [Listener(sock) for sock in passed_sockets()]
        for listener in passed:
            self._listens_on(str(listener), "from systemd")
            listener.close()
        for place, listen in self._places(is_activated=bool(passed)):
            try:
                listen().close()
            except SettingError as error:
                server = running_daemon(place)
                if server is None:
                    self._report.problems.append(str(error))
                else:
                    self._listens_on(place.name, f"in use by {server}, which runs already")
            else:
                self._listens_on(place.name, "free")

    def _listens_on(self, name: str, state: str) -> None:
        self._places_found.append({"address": name, "state": state})
        self._report.fact("listens on", f"{name} ({state})", listens_on=self._places_found)

    def _places(self, *, is_activated: bool) -> Iterator[tuple[Place, Callable[[], Listener]]]:
        """Return all places to listen on, and what does it; systemd's replace the first ones."""
        settings = self._settings
        address, port = settings.ip_address, settings.port
        names = f"{name_of('ip_address')} and {name_of('port')}"
        if not is_activated:
            yield Place.tcp(address, port), partial(tcp, address, port, names)
        if settings.allowed_network and address not in COVER_LOOPBACK and not is_activated:
            listen = partial(tcp, LOOPBACK, port, name_of("allowed_network"))
            yield Place.tcp(LOOPBACK, port), listen
        if settings.metrics_port is not None:
            address, port = settings.metrics_address, settings.metrics_port
            names = f"{name_of('metrics_address')} and {name_of('metrics_port')}"
            yield Place.tcp(address, port), partial(tcp, address, port, names)
        for path in settings.socket:
            listen = partial(unix, Path(path), settings.socket_mode, name_of("socket"))
            yield Place.unix(path), listen

    async def _examine_settings(
        self, stack: AsyncExitStack
    ) -> tuple[Deployment | None, Credentials | None]:
        """Look at what the settings mean together."""
        settings, report = self._settings, self._report
        if settings.sandbox:
            try:
                return await self._deployment(stack)
            except SettingError as error:
                report.problems.append(str(error))
                return None, None
        report.problems += self._missing()
        credentials = None
        if settings.credentials_file is not None or (settings.client_id and settings.access_token):
            with self._collecting():
                credentials = self._credentials()
        root_url = settings.root_url
        return (None if root_url is None else Deployment.parse(root_url)), credentials

    def _examine_files(self) -> None:
        """Look who else may read the credentials, and say where signed requests go."""
        for field, verb, mode, bit in (
            ("credentials_file", "read", "o-r", stat.S_IROTH),
            ("config", "write to", "o-w", stat.S_IWOTH),
        ):
            path = getattr(self._settings, field)
            with contextlib.suppress(OSError):
                if path is not None and Path(path).stat().st_mode & bit:
                    self._report.warnings.append(
                        f"{name_of(field)}: every user may {verb} {path}; chmod {mode} it"
                    )

    def _examine_authorities(self, deployment: Deployment | None) -> None:
        """Tell which authorities are missing: no matter where the deployment is trusted anyway."""
        is_plain = deployment is not None and deployment.origin.scheme == "http"
        is_trusted = is_plain or "encrypted" in self._stopwatch.times
        told = self._report.warnings if is_trusted else self._report.problems
        told += self._authority_faults

    def _examine_client(self, credentials: Credentials) -> CredentialStore | None:
        """Tell who we are; make the credentials ready, without what they do not fit into."""
        certificate = credentials.certificate
        kind = "permanent"
        if certificate is not None:
            issuer = certificate.get("issuer")
            kind = f"temporary, issued by {issuer}" if issuer else "temporary"
        text = f"{credentials.client_id} ({kind})"
        self._report.fact("client", text, client=credentials.client_id)
        try:
            return CredentialStore(credentials, self._settings.scopes or None)
        except CredentialsError as error:
            names = f"{name_of('scopes')} or {name_of('certificate')}"
            self._report.problems.append(f"{names}: {error}")
        with contextlib.suppress(CredentialsError):
            return CredentialStore(credentials, None)
        return None

    def _examine_times(self, credentials: Credentials | None, offset: float) -> bool:
        """Tell whether the credentials are valid now.

        Args:
            credentials: None where there are none.
            offset: seconds that the deployment's clock is ahead.
        """
        report = self._report
        if credentials is None:
            return False
        certificate = credentials.certificate
        if certificate is None:
            report.fact("expires", "not known: there is no certificate", expires=None)
            return True
        now = time.time() + (offset if abs(offset) > THRESHOLD else 0.0)
        start, left = certificate["start"] / 1000, certificate["expiry"] / 1000 - now
        when = _date(now + left)
        text = f"{when}, {f'in {duration(left)}' if left > 0 else f'{duration(-left)} ago'}"
        report.fact("expires", text, expires=when)
        if left <= 0:
            report.problems.append(f"the credentials expired on {when}: get new ones")
        elif left < _SOON:
            report.warnings.append(f"the credentials expire in {duration(left)}")
        if start > now:
            report.problems.append(
                f"the credentials are not valid before {_date(start)}: wait, or get others"
            )
        return bool(left > 0 and start <= now)

    async def _ask(
        self,
        deployment: Deployment,
        upstream: Upstream,
        credentials: Credentials | None,
        store: CredentialStore | None,
    ) -> None:
        """Ask the deployment whether it is there, and who we are."""
        report = self._report
        report.fact("deployment", str(deployment), deployment=str(deployment))
        proxy = OutboundProxies().for_origin(deployment.origin)
        if proxy is not None:
            report.fact("", f"through the outbound proxy {proxy}", outbound_proxy=str(proxy))
        asker = Asker(deployment, upstream, DeploymentClock(deployment.origin, lambda _: None))
        questions = Questions(report, deployment, asker, self._stopwatch)
        is_there = await questions.ping()
        is_valid = self._examine_times(credentials, questions.offset)
        if credentials is None or not (is_there and is_valid):
            return
        if self._settings.task_id is not None:
            store = await self._fetch_task(credentials, asker) or store
        if store is not None:
            await questions.who_we_are(store)

    async def _fetch_task(self, credentials: Credentials, asker: Asker) -> CredentialStore | None:
        """Restrict the credentials to the task's scopes."""
        task_id = self._settings.task_id
        self._report.fact("task", str(task_id), task=task_id)
        try:
            async with asyncio.timeout(SECONDS):
                return await self._store(credentials, asker)
        except SettingError as error:
            self._report.problems.append(str(error))
        except TimeoutError:
            message = f"cannot fetch task {task_id}: no answer within {SECONDS:g} s"
            self._report.problems.append(message)
        return None

    @contextmanager
    def _collecting(self) -> Iterator[None]:
        """Note what is wrong, and go on behind."""
        try:
            yield
        except SettingError as error:
            self._report.problems.append(str(error))


def _date(seconds: float) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError, OSError):
        return f"{seconds:g} s since 1970"
