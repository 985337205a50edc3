"""The proxy's own paths: bewits, credentials and health, as ordinary aiohttp handlers."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus

import structlog
from aiohttp.http import HttpVersion11
from aiohttp.web_request import BaseRequest
from aiohttp.web_response import Response

from tcproxy import __version__, answers
from tcproxy.clock import DeploymentClock
from tcproxy.credentials import Credentials, CredentialsError, CredentialStore
from tcproxy.errors import Refusal, RefusedError
from tcproxy.health import Health
from tcproxy.own_paths import Handler
from tcproxy.targets import has_bewit, split_url

BEWIT_SECONDS = 3600
"""How long a bewit is valid when nothing else is asked for, as in taskcluster-proxy."""

_EXPIRATION = re.compile(r"[0-9]{1,9}")
_log = structlog.get_logger("tcproxy.endpoints")


class Endpoints:
    """What answers requests for the proxy itself.

    Attributes:
        handlers: for each path its method and handler.
    """

    def __init__(
        self,
        *,
        credentials: CredentialStore,
        clock: DeploymentClock,
        health: Health,
        revision: str,
        body_limit: int,
        body_timeout: float,
        may_replace: Callable[[asyncio.Transport], Awaitable[bool]],
    ) -> None:
        """Put the parts together.

        Args:
            credentials: those in force.
            clock: what time bewits are valid from.
            health: knows whether requests would succeed.
            revision: of the source.
            body_limit: bytes of a request body that are read.
            body_timeout: seconds in which its next bytes must come.
            may_replace: tells whether the caller on a connection may replace the credentials.
        """
        self._credentials = credentials
        self._clock = clock
        self._health = health
        self._revision = revision
        self._body_limit = body_limit
        self._body_timeout = body_timeout
        self._may_replace = may_replace
        self.handlers: dict[str, tuple[str, Handler]] = {
            "/bewit": ("POST", self._bewit),
            "/credentials": ("PUT", self._replace_credentials),
            "/__version__": ("GET", self._version),
            "/__heartbeat__": ("GET", self._heartbeat),
            "/__lbheartbeat__": ("GET", self._lbheartbeat),
        }

    async def _bewit(self, request: BaseRequest) -> Response:
        """Sign a URL, `POST /bewit`."""
        body = await self._read(request)
        seconds = _expiration(request.query.getall("expiration", []))
        try:
            url = split_url(body.decode("ascii").strip())
        except UnicodeDecodeError:
            raise _bad_bewit("it must be printable ASCII without spaces") from None
        except ValueError as error:
            raise _bad_bewit(str(error)) from None
        if has_bewit(url.target):
            raise _bad_bewit("it has a bewit already")
        target = url.target
        mark = "?"
        if target.endswith("?"):
            # The deployment takes the bewit off together with the mark before it.
            target, mark = target[:-1], ""
        elif "?" in target:
            mark = "&"
        origin = url.origin
        expiry = int(time.time() + self._clock.offset) + seconds
        bewit = self._credentials.current.signer.bewit(target, origin.host, origin.port, expiry)
        signed = f"{url.base}{mark}bewit={bewit}{url.fragment}"
        return Response(status=303, text=signed, headers={"Location": signed})

    async def _replace_credentials(self, request: BaseRequest) -> Response:
        """Put other credentials in force, `PUT /credentials`."""
        transport = request.transport
        if transport is None or not await self._may_replace(transport):
            raise RefusedError(_NOT_YOURS)
        body = await self._read(request)
        try:
            credentials = Credentials.from_json(body)
            self._credentials.replace(credentials)
        except CredentialsError as error:
            _log.warning("credentials refused", reason=str(error))
            message = f"The credentials were not replaced: {error}"
            raise RefusedError(Refusal(400, "InvalidCredentials", message)) from None
        _log.info("credentials replaced", client_id=credentials.client_id)
        return Response()

    async def _version(self, _request: BaseRequest) -> Response:
        """Name the program, `GET /__version__` (Dockerflow)."""
        return _json(
            {
                "source": "",
                "version": __version__,
                "commit": self._revision,
                "build": "",
            }
        )

    async def _heartbeat(self, _request: BaseRequest) -> Response:
        """Tell whether requests would succeed, `GET /__heartbeat__` (Dockerflow)."""
        checks = await self._health.checks()
        is_well = all(result == "ok" for result in checks.values())
        status = "ok" if is_well else "error"
        return _json({"status": status, "checks": checks}, HTTPStatus(200 if is_well else 503))

    async def _lbheartbeat(self, _request: BaseRequest) -> Response:
        """Tell that the daemon runs, `GET /__lbheartbeat__` (Dockerflow)."""
        return _json({})

    async def _read(self, request: BaseRequest) -> bytes:
        message = f"The body is longer than {self._body_limit} bytes"
        too_large = RefusedError(Refusal(413, "PayloadTooLarge", message, close=True))
        if (request.content_length or 0) > self._body_limit:
            raise too_large
        await _say_continue(request)
        body = bytearray()
        while piece := await self._read_piece(request):
            body += piece
            if len(body) > self._body_limit:
                raise too_large
        return bytes(body)

    async def _read_piece(self, request: BaseRequest) -> bytes:
        try:
            async with asyncio.timeout(self._body_timeout):
                return await request.content.readany()
        except TimeoutError:
            message = f"No byte of the body came for {self._body_timeout:g} s"
            raise RefusedError(Refusal(408, "RequestTimeout", message, close=True)) from None


async def _say_continue(request: BaseRequest) -> None:
    """Have a caller send the body that it holds back until then (RFC 9110, section 10.1.1)."""
    expectation = request.headers.get("Expect", "").lower()
    if expectation == "100-continue" and request.version == HttpVersion11:
        with contextlib.suppress(ConnectionError):  # the caller has left
            await request.writer.write(answers.CONTINUE)


def _expiration(values: list[str]) -> int:
    if not values:
        return BEWIT_SECONDS
    if len(values) > 1 or not _EXPIRATION.fullmatch(values[0]) or int(values[0]) == 0:
        message = "expiration must be a whole number of seconds from 1 to 999999999, given once"
        raise RefusedError(Refusal(400, "InvalidExpiration", message))
    return int(values[0])


def _bad_bewit(reason: str) -> RefusedError:
    message = f"The body must be an absolute http(s) URL to sign: {reason}"
    return RefusedError(Refusal(400, "InvalidUrl", message))


def _json(value: object, status: HTTPStatus = HTTPStatus.OK) -> Response:
    return Response(
        status=status, text=json.dumps(value), content_type="application/json", charset=None
    )


_NOT_YOURS = Refusal(
    403,
    "CredentialsNotAllowed",
    "This caller may not replace the credentials; see --credentials-from",
)
