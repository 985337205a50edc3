"""How an answer that is not JSON is shown to callers; the views differ, as the libraries' do."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tcproxy_client._failures import rest_failure
from tcproxy_client._reply import Reply


class PlainResponse:
    """What both faces' responses have; made of a `Reply`."""

    def __init__(self, reply: Reply) -> None:
        self._reply = reply

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, looked up without regard to case."""
        return self._reply.headers

    @property
    def reason(self) -> str:
        """The reason phrase of the status line."""
        return self._reply.reason

    @property
    def url(self) -> str:
        """The URL that was asked for."""
        return self._reply.url

    @property
    def ok(self) -> bool:
        """Whether the status is below 400."""
        return self._reply.status < 400

    def raise_for_status(self) -> None:
        """Raise if the status is 400 or more.

        Raises:
            TaskclusterFailure: with the status; `TaskclusterAuthFailure` if it is 401.
        """
        if not self.ok:
            raise rest_failure(self._reply)

    def _text(self, encoding: str | None) -> str:
        chosen = encoding or _charset(self._reply.headers.get("Content-Type", ""))
        try:
            return self._reply.body.decode(chosen, "replace")
        except LookupError:
            return self._reply.body.decode("utf-8", "replace")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} [{self._reply.status}]>"


class Response(PlainResponse):
    """An answer that is not JSON, with the names that `requests` gives its responses."""

    @property
    def status_code(self) -> int:
        """The status code."""
        return self._reply.status

    @property
    def content(self) -> bytes:
        """The body."""
        return self._reply.body

    @property
    def text(self) -> str:
        """The body as text; what is not text is replaced."""
        return self._text(None)

    def json(self) -> Any:
        """Read the body as JSON.

        Raises:
            ValueError: if it is none.
        """
        return json.loads(self._reply.body)

    def iter_content(self, chunk_size: int | None = 1) -> Iterator[bytes]:
        """Give the body, which is in memory, piece by piece.

        Args:
            chunk_size: the length of a piece, in bytes; None for one piece.
        """
        body = self._reply.body
        size = len(body) if chunk_size is None else chunk_size
        return (body[start : start + size] for start in range(0, len(body), max(size, 1)))

    def iter_lines(self) -> Iterator[bytes]:
        """Give the lines of the body, without their ends."""
        return iter(self._reply.body.splitlines())

    def __bool__(self) -> bool:
        """Tell whether the status is below 400."""
        return self.ok


class AsyncResponse(PlainResponse):
    """An answer that is not JSON, with the names that aiohttp gives its responses."""

    @property
    def status(self) -> int:
        """The status code."""
        return self._reply.status

    async def read(self) -> bytes:
        """Give the body."""
        return self._reply.body

    async def text(self, encoding: str | None = None) -> str:
        """Give the body as text; what is not text is replaced."""
        return self._text(encoding)

    async def json(self, **_options: object) -> Any:
        """Read the body as JSON.

        Raises:
            ValueError: if it is none.
        """
        return json.loads(self._reply.body)


def _charset(content_type: str) -> str:
    for parameter in content_type.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip("\"'") or "utf-8"
    return "utf-8"
