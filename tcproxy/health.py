"""Whether requests would succeed: the credentials' time, and the deployment's last answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from tcproxy.clock import THRESHOLD, DeploymentClock
from tcproxy.credentials import CredentialStore

_PATIENCE = 2.0
"""Seconds for which a request waits for an answer of the deployment: probes wait little longer."""


class Health:
    """Answers `/__heartbeat__`, asking the deployment at most once in a while."""

    def __init__(
        self,
        *,
        credentials: CredentialStore,
        clock: DeploymentClock,
        probe: Callable[[], Awaitable[str]],
        lifetime: float = 10.0,
    ) -> None:
        """Put the parts together.

        Args:
            credentials: those in force.
            clock: what time counts for them.
            probe: asks the deployment; returns `ok`, or what went wrong.
            lifetime: seconds for which an answer counts.
        """
        self._credentials = credentials
        self._clock = clock
        self._probe = probe
        self._lifetime = lifetime
        self._asking: asyncio.Task[None] | None = None
        self._answer: str | None = None
        self._answered_at = 0.0

    async def checks(self) -> dict[str, str]:
        """Return what was checked: `ok`, or what is wrong."""
        return {"credentials": self._credentials_check(), "deployment": await self._deployment()}

    def _credentials_check(self) -> str:
        credentials = self._credentials.current
        now = time.time() + self._clock.offset
        if credentials.expires is not None and credentials.expires <= now:
            return "they have expired"
        # New ones begin now by their issuer's clock, from which ours may differ so much.
        if credentials.starts is not None and credentials.starts > now + THRESHOLD:
            return "they are not valid yet"
        return "ok"

    async def _deployment(self) -> str:
        is_old = time.monotonic() - self._answered_at >= self._lifetime
        if self._asking is None and (self._answer is None or is_old):
            self._asking = asyncio.ensure_future(self._ask())
        if self._asking is not None:
            # One probe serves all who ask meanwhile, and does not end with the one who asked first.
            await asyncio.wait([self._asking], timeout=_PATIENCE)
        return self._answer or f"no answer for {_PATIENCE:g} s so far"

    async def _ask(self) -> None:
        try:
            self._answer = await self._probe()
        finally:
            self._answered_at = time.monotonic()
            self._asking = None
