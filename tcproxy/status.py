"""`/__status__`: what the proxy does and for whom, as a page, as JSON, and as a stream of events.

Shows no secret, no body and no query. Whoever may use the proxy may see it.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from aiohttp.abc import AbstractStreamWriter
from aiohttp.web_request import BaseRequest
from aiohttp.web_response import Response, StreamResponse

from tcproxy.clock import DeploymentClock
from tcproxy.credentials import CredentialStore
from tcproxy.errors import Refusal, RefusedError
from tcproxy.own_paths import Handler
from tcproxy.recent import RecentRequests, Remembered

LISTENERS = 16
"""Streams of events at once."""

_HEARTBEAT = 15.0
"""Seconds of silence after which a stream shows that it is alive."""

_PATIENCE = 5.0
"""Seconds for which a listener may leave unread what was written, once that is a lot."""

_NUMBER = re.compile(r"[0-9]{1,15}")
_LONGEST_NOTE = 300
_LONGEST_PATH = 300
_COMMON = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class About(NamedTuple):
    """What does not change while the daemon runs.

    Attributes:
        deployment: its root URL.
        version: of the program.
        revision: of its source.
    """

    deployment: str
    version: str
    revision: str


class Status:
    """Answers `/__status__` and `/__status__/events`."""

    def __init__(
        self,
        about: About,
        credentials: CredentialStore,
        clock: DeploymentClock,
        recent: RecentRequests,
    ) -> None:
        """Put the parts together.

        Args:
            about: what does not change.
            credentials: those in force.
            clock: tells what time it is at the deployment.
            recent: the last requests.
        """
        self._about = about
        self._credentials = credentials
        self._clock = clock
        self._recent = recent
        self._started = time.time()
        # Numbers of requests mean something for one run of the daemon only.
        self._run = f"{self._started:.3f}"
        self._listeners = 0
        self._is_closed = False

    @property
    def handlers(self) -> dict[str, tuple[str, Handler]]:
        """For each path its method and handler."""
        return {"/__status__": ("GET", self._page), "/__status__/events": ("GET", self._events)}

    def close(self) -> None:
        """End all streams: the daemon stops."""
        self._is_closed = True
        self._recent.wake()

    async def _page(self, request: BaseRequest) -> Response:
        """Show everything at once, `GET /__status__`."""
        facts = {**self._facts(), "requests": self._requests(0)}
        accept = request.headers.get("Accept", "")
        if "application/json" in accept and "text/html" not in accept:
            text, kind, policy = json.dumps(facts), "application/json", "default-src 'none'"
        else:
            # Only people need these.
            from tcproxy import status_page

            text, kind = status_page.render(facts), "text/html"
            policy = status_page.POLICY
        headers = {**_COMMON, "Content-Security-Policy": policy, "Vary": "Accept"}
        return Response(text=text, content_type=kind, charset="utf-8", headers=headers)

    async def _events(self, request: BaseRequest) -> StreamResponse:
        """Tell what happens from now on, `GET /__status__/events` (server-sent events)."""
        if self._is_closed or self._listeners >= LISTENERS:
            raise RefusedError(_TOO_MANY)
        last = request.headers.get("Last-Event-ID") or request.query.get("after", "")
        run, _, number = last.rpartition("-")
        seen = int(number) if run == self._run and _NUMBER.fullmatch(number) else 0
        return _EventStream(lambda write: self._follow(seen, write))

    async def _follow(self, seen: int, write: Callable[[str], Awaitable[None]]) -> None:
        self._listeners += 1
        try:
            told = self._identity()
            await write(f"retry: 2000\n{_event('status', self._facts())}")
            while not self._is_closed:
                text = ""
                for each in self._requests(seen):
                    seen = each["number"]
                    text += _event("request", each, each["id"])
                identity = self._identity()
                if identity != told:
                    told = identity
                    text += _event("status", self._facts())
                if text:
                    await write(text)
                if not await self._recent.watch(seen, _HEARTBEAT):
                    await write(":\n\n")
        finally:
            self._listeners -= 1

    def _identity(self) -> tuple[object, float]:
        return self._credentials.current, self._clock.offset

    def _facts(self) -> dict[str, Any]:
        """Return all but the requests."""
        credentials, now = self._credentials.current, time.time()
        expires, offset = credentials.expires, self._clock.offset
        certified, authorized = credentials.certificate_scopes, credentials.authorized_scopes
        return {
            "version": self._about.version,
            "revision": self._about.revision,
            "deployment": self._about.deployment,
            "time": _iso(now),
            "started": _iso(self._started),
            "uptime_seconds": round(now - self._started, 1),
            "clock_offset_seconds": round(offset, 1),
            "client_id": credentials.signer.client_id,
            "credentials": "permanent" if certified is None else "temporary",
            "expires": None if expires is None else _iso(expires),
            "remaining_seconds": None if expires is None else round(expires - now - offset, 1),
            "authorized_scopes": None if authorized is None else list(authorized),
            "certificate_scopes": None if certified is None else list(certified),
            "last": f"{self._run}-{self._recent.count}",
        }

    def _requests(self, since: int) -> list[dict[str, Any]]:
        return [self._shown(each) for each in self._recent.since(since)]

    def _shown(self, remembered: Remembered) -> dict[str, Any]:
        outcome = remembered.outcome
        missing = "" if outcome.denial is None else outcome.denial.missing()
        return {
            "id": f"{self._run}-{remembered.number}",
            "number": remembered.number,
            "time": _iso(remembered.ended),
            "method": _cut(outcome.method, 40),
            "path": _path(outcome.target),
            "status": outcome.status,
            "duration_ms": round(outcome.duration * 1000, 1),
            "attempts": outcome.attempts,
            "missing_scopes": missing,
            "note": _cut(outcome.error, _LONGEST_NOTE),
        }


class _EventStream(StreamResponse):
    """A response whose body is written by whoever follows the events, to its end."""

    def __init__(
        self, follow: Callable[[Callable[[str], Awaitable[None]]], Awaitable[None]]
    ) -> None:
        super().__init__(headers=_COMMON)
        self.content_type = "text/event-stream"
        self._follow = follow
        self._request: BaseRequest | None = None

    async def prepare(self, request: BaseRequest) -> AbstractStreamWriter | None:
        self._request = request
        self.force_close()
        return await super().prepare(request)

    async def write_eof(self, data: bytes = b"") -> None:
        if self._request is not None and self._request.method != "HEAD":
            await self._follow(self._write_text)
        await super().write_eof(data)

    async def _write_text(self, text: str) -> None:
        try:
            async with asyncio.timeout(_PATIENCE):
                await self.write(text.encode())
        except TimeoutError:
            if self._request is not None and self._request.transport is not None:
                self._request.transport.abort()
            raise ConnectionResetError("a listener reads too slowly") from None


def _event(name: str, value: object, identity: str = "") -> str:
    """Write an event (HTML standard, section 9.2); JSON has no line breaks."""
    line = f"id: {identity}\n" if identity else ""
    return f"event: {name}\n{line}data: {json.dumps(value)}\n\n"


def _path(target: str) -> str:
    """Return a target without its query, which may hold secrets."""
    if not target:
        return ""
    if not target.startswith("/"):
        return "(not a path)"
    return _cut(target.partition("?")[0].partition("#")[0], _LONGEST_PATH)


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[:longest] + "…"


def _iso(seconds: float) -> str:
    # Expiry may lie beyond what a date can be.
    try:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
    except (ValueError, OverflowError, OSError):
        return f"{seconds:.0f}"


_TOO_MANY = Refusal(
    503,
    "TooManyListeners",
    f"{LISTENERS} streams of events are open already; close a page that shows them",
    (("Retry-After", "5"),),
)
