"""HTTP connections: aiohttp's, with this project's words for what goes wrong on them.

aiohttp's own error pages repeat the caller's bytes and log a traceback. What a request means is
the business of others.
"""

from __future__ import annotations

import asyncio
import dataclasses
import uuid
from typing import Any, cast

import structlog
from aiohttp import web
from aiohttp.http import RawRequestMessage

from tcproxy.sandbox import errors
from tcproxy.sandbox.responses import json_answer, render

log = structlog.get_logger("tcproxy.sandbox")


class Transports:
    """The connections that are open, until the last byte has left."""

    def __init__(self) -> None:
        self._open: set[asyncio.Transport] = set()
        self._none_open = asyncio.Event()
        self._none_open.set()

    def add(self, transport: asyncio.Transport) -> None:
        """Note a connection that has been made."""
        self._open.add(transport)
        self._none_open.clear()

    def remove(self, transport: asyncio.Transport) -> None:
        """Note a connection that is gone."""
        self._open.discard(transport)
        if not self._open:
            self._none_open.set()

    async def wait_until_closed(self) -> None:
        """Wait until no connection is left."""
        await self._none_open.wait()

    def abort(self) -> None:
        """End all connections, whatever is still to be sent on them."""
        for transport in list(self._open):
            transport.abort()


class Connection(web.RequestHandler):
    """One connection, by aiohttp.

    Args:
        manager: The server that it belongs to.
        transports: Where it notes that it is open.
        **options: aiohttp's own.
    """

    __slots__ = ("_own_transport", "_transports")

    def __init__(self, manager: web.Server, transports: Transports, **options: Any) -> None:
        super().__init__(manager, **options)
        self._transports = transports

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note that it is open."""
        super().connection_made(transport)
        self._own_transport = cast("asyncio.Transport", transport)
        self._transports.add(self._own_transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Note that it is closed."""
        super().connection_lost(exc)
        self._transports.remove(self._own_transport)

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
            return refuse(request, type(exc).__name__)
        incident = uuid.uuid4()
        log.error("internal error", incident=str(incident), exc_info=exc)
        return _close_with(errors.internal_error(incident), request)


def refuse(request: web.BaseRequest, reason: str) -> web.Response:
    """Answer a request that is no HTTP, and log it in a line.

    Args:
        request: Where the answer goes.
        reason: What is wrong, without any of the caller's bytes.
    """
    log.warning("bad request", reason=reason, peer=request.remote)
    return _close_with(errors.malformed_request(reason), request)


def _close_with(error: errors.ApiError, request: web.BaseRequest) -> web.Response:
    answer = json_answer(errors.body(error, errors.RequestInfo()), error.status)
    return render(dataclasses.replace(answer, closes=True), request)
