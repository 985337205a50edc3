"""What `tcproxy --check` asks the deployment, and what it makes of the answers."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TypeGuard

from tcproxy import headers
from tcproxy.asking import Answer, Asker, message_of
from tcproxy.check_report import Report, duration
from tcproxy.clock import THRESHOLD, parse_date
from tcproxy.credentials import CredentialStore
from tcproxy.hawk import HEADER_LIMIT, Signer
from tcproxy.names import name_of
from tcproxy.scopes import check_scopes
from tcproxy.targets import Deployment
from tcproxy.upstream.failures import OpenError

SECONDS = 5.0
"""How long each question may take."""

_PING = "/api/auth/v1/ping"
_CURRENT_SCOPES = "/api/auth/v1/scopes/current"

_CLOCK_SECONDS = 5.0
"""Difference of the clocks that is worth a warning."""

_HAWK_SECONDS = 15 * 60.0
"""Difference of the clocks that a deployment does not take."""

_ROOT = name_of("root_url")
_ADVICE = {
    "resolve": f"check {_ROOT}, and whether names can be resolved here",
    "connect": f"check {_ROOT}, and whether a firewall or an outbound proxy (HTTPS_PROXY) stands "
    "in between",
    "certificate": f"if its authority is your own, name its certificate by {name_of('ca_file')}",
    "tls": f"does {_ROOT} name a port that speaks https?",
    "proxy": "see HTTPS_PROXY, HTTP_PROXY and NO_PROXY",
    "timeout": "can names be resolved here, does a firewall drop packets, or is an outbound proxy "
    "(HTTPS_PROXY) needed?",
}
_NO_HTTP = f"does {_ROOT} name an HTTP server?"
_NO_DEPLOYMENT = f"is {_ROOT} right, or does a login page or an outbound proxy answer in its place?"


class Stopwatch:
    """When the first connection was how far.

    Attributes:
        times: monotonic seconds by phase.
    """

    def __init__(self) -> None:
        self.times: dict[str, float] = {}

    def stop(self, phase: str) -> None:
        """Note that a phase has ended; only the first time counts."""
        self.times.setdefault(phase, time.monotonic())


class Questions:
    """Asks, and reports.

    Attributes:
        offset: seconds that the deployment's clock is ahead of this machine's, as far as known.
    """

    def __init__(
        self, report: Report, deployment: Deployment, asker: Asker, stopwatch: Stopwatch
    ) -> None:
        """Put the parts together.

        Args:
            report: takes what is found.
            deployment: who is asked.
            asker: asks it.
            stopwatch: hears of the phases of its connections.
        """
        self._report = report
        self._deployment = deployment
        self._asker = asker
        self._stopwatch = stopwatch
        self.offset = 0.0

    async def ping(self) -> bool:
        """Find out whether a deployment answers, how soon, and what its clock says."""
        began = time.monotonic()
        answer = await self._ask(_PING, None)
        if answer is None:
            return False
        if answer.status != 200 or "alive" not in _object(answer):
            kind = headers.find(answer.fields, b"content-type") or b"no Content-Type"
            self._report.problems.append(
                f"{self._deployment} answers {answer.status} ({kind.decode('latin-1')}), not as a "
                f"Taskcluster deployment does; {_NO_DEPLOYMENT}"
            )
            return False
        ended = time.monotonic()
        phases = {**self._stopwatch.times, "answered": ended}
        latency = {name: round((at - began) * 1000, 1) for name, at in phases.items()}
        text = ", ".join(f"{name} after {ms:.0f} ms" for name, ms in latency.items())
        self._report.fact("latency", text, latency_ms=latency)
        self._compare_clocks(answer, ended - max(self._stopwatch.times.values(), default=began))
        return True

    async def who_we_are(self, store: CredentialStore) -> None:
        """Ask for the scopes that requests have."""
        report = self._report
        size = store.current.signer.header_size()
        report.fact("header", f"{size} of {HEADER_LIMIT} bytes", header_bytes=size)
        if store.authorized_scopes is not None:
            report.scopes("restricted to", store.authorized_scopes, "restricted_to")
        answer = await self._ask(_CURRENT_SCOPES, store.current.signer)
        if answer is None:
            return
        if answer.status == 200:
            self._take_scopes(answer)
        elif answer.status == 401:
            report.problems.append(
                f"the deployment refuses the credentials (401){message_of(answer)}; check client "
                "id and access token, the certificate, and the scopes to restrict to"
            )
        elif answer.status == 403:
            report.warnings.append(
                "the credentials are good, but may not ask for their scopes "
                f"(403){message_of(answer)}"
            )
        else:
            report.problems.append(
                f"the deployment answers {answer.status} when asked who we are{message_of(answer)}"
            )

    def _take_scopes(self, answer: Answer) -> None:
        scopes = _object(answer).get("scopes")
        if not _are_scopes(scopes):
            message = f"the deployment's answer has no list of scopes; {_NO_DEPLOYMENT}"
            self._report.problems.append(message)
            return
        self._report.scopes("scopes", scopes, "scopes")
        if not scopes:
            self._report.warnings.append("requests have no scopes at all")

    def _compare_clocks(self, answer: Answer, waited: float) -> None:
        """Compare: a `Date` has whole seconds, and was written while we waited for it."""
        report = self._report
        date = headers.origination_date(answer.fields)
        seconds = None if date is None else parse_date(date)
        if seconds is None:
            report.fact("clock", "not known: the answer has no Date", clock_difference=None)
            return
        self.offset = seconds + 0.5 - (time.time() - waited / 2)
        size, doubt = abs(self.offset), 0.5 + waited / 2
        where = "behind" if self.offset > 0 else "ahead of"
        text = f"{duration(size)} {where} the deployment's"
        if size <= doubt + 0.5:
            text = "agrees with the deployment's, as far as can be told"
        report.fact("clock", text, clock_difference=-round(self.offset, 1))
        if size <= _CLOCK_SECONDS + doubt:
            return
        advice = f"this machine's clock is {text}: set it (NTP)"
        if size > THRESHOLD:
            advice += "; until then, requests are signed with the deployment's time"
        if size > _HAWK_SECONDS:
            advice += f", as it takes no more than {_HAWK_SECONDS / 60:g} min"
        report.warnings.append(advice)

    async def _ask(self, path: str, signer: Signer | None) -> Answer | None:
        """Ask, and return the answer; None where there is none, which is a problem."""
        try:
            async with asyncio.timeout(SECONDS):
                return await self._asker.ask(path, signer)
        except OpenError as error:
            advice = _ADVICE.get(error.failure.cause, _NO_HTTP)
            self._report.problems.append(f"{error}; {advice}")
        except TimeoutError:
            self._report.problems.append(
                f"{self._deployment} gave no answer within {SECONDS:g} s; {_ADVICE['timeout']}"
            )
        return None


def _object(answer: Answer) -> dict[str, object]:
    """Return the JSON object that an answer holds; an empty one where it holds none."""
    try:
        value = json.loads(answer.body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _are_scopes(value: object) -> TypeGuard[list[str]]:
    if not isinstance(value, list):
        return False
    try:
        check_scopes(value)
    except ValueError:
        return False
    return True
