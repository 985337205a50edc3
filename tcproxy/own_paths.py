"""Answering requests for the proxy itself: which handler, which methods, and errors in JSON."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping

import structlog
from aiohttp.web_request import BaseRequest
from aiohttp.web_response import Response, StreamResponse

from tcproxy import __version__
from tcproxy.errors import Refusal, RefusedError
from tcproxy.reading import MalformedBodyError

Handler = Callable[[BaseRequest], Awaitable[StreamResponse]]
"""Answers a request for one path; raises `RefusedError` to answer with an error."""

_log = structlog.get_logger("tcproxy.endpoints")


class OwnPaths:
    """Answers requests for a fixed set of paths."""

    def __init__(
        self,
        handlers: Mapping[str, tuple[str, Handler]],
        lines: Callable[[], Iterable[bytes]],
    ) -> None:
        """Say what answers them.

        Args:
            handlers: for each path its method (GET stands for HEAD, too) and what answers it.
            lines: returns the header lines that each answer carries.
        """
        self._handlers = handlers
        self._lines = lines

    async def __call__(self, request: BaseRequest) -> StreamResponse:
        """Answer a request for one of the paths."""
        lines = self._lines()
        try:
            response = await self._answer(request)
        except (MalformedBodyError, RefusedError) as error:
            response = _refusal(error.refusal)
        except Exception:  # noqa: BLE001  a caller gets an answer whatever went wrong; it is logged
            _log.exception("an endpoint failed", path=request.path)
            response = _refusal(_INTERNAL_ERROR)
        for line in lines:
            name, _, value = line.decode().partition(": ")
            response.headers.setdefault(name, value)
        response.headers["Server"] = f"tcproxy/{__version__}"
        return response

    async def _answer(self, request: BaseRequest) -> StreamResponse:
        path = request.raw_path.partition("?")[0].partition("#")[0]
        method, handler = self._handlers[path]
        allowed = ("GET", "HEAD") if method == "GET" else (method,)
        if request.method not in allowed:
            allow = ", ".join(allowed)
            message = f"{path} takes {allow}, not {request.method}"
            raise RefusedError(Refusal(405, "MethodNotAllowed", message, (("Allow", allow),)))
        return await handler(request)


class RefusalResponse(Response):
    """A response made from a refusal.

    Attributes:
        code: of the refusal.
    """

    __slots__ = ("code",)

    code: str


def _refusal(refusal: Refusal) -> RefusalResponse:
    response = RefusalResponse(
        status=refusal.status,
        body=refusal.body(),
        content_type="application/json",
        headers=dict(refusal.headers),
    )
    response.code = refusal.code
    if refusal.close:
        response.force_close()
    return response


_INTERNAL_ERROR = Refusal(500, "InternalError", "tcproxy failed; its log says why", close=True)
