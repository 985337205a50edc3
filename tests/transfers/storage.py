"""A storage on raw sockets beside a deployment: right by default, wrong as it is told.

What it sends and takes is counted to the byte, so that tests can tell a resumed download from one
that began again. Which answer a request gets is said as everywhere in the harness: with scripts.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import select
import socket
import threading
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

from tests.harness.upstream import Upstream

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from tests.harness.upstream import Exchange, Request, Script
    from tests.harness.wire import Header

_PIECE = 64 * 1024
_BUFFER = 64 * 1024
_RANGE = re.compile(rb"bytes=([0-9]+)-([0-9]*)")


@dataclass(frozen=True, slots=True)
class Stored:
    """What is at a path.

    Attributes:
        data: Its bytes as they are sent, so in their content encoding.
        etag: Its ETag field; None leaves it out.
        content_type: Its Content-Type field; None leaves it out.
        encoding: Its Content-Encoding field; None leaves it out.
    """

    data: bytes
    etag: str | None = '"first"'
    content_type: str | None = "application/x-test; charset=utf-8"
    encoding: str | None = None

    @classmethod
    def zipped(cls, data: bytes) -> Stored:
        """Return data that was put with the content encoding gzip."""
        return cls(gzip.compress(data, mtime=0), encoding="gzip")


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer before it is sent."""

    status: int
    fields: tuple[tuple[str, str], ...]
    body: bytes

    def head(self) -> bytes:
        """Return the status line and the fields, as they are sent."""
        phrase = HTTPStatus(self.status).phrase
        lines = [f"HTTP/1.1 {self.status} {phrase}", *(f"{n}: {v}" for n, v in self.fields)]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def field(self, name: str, value: str | None) -> Answer:
        """Return it with a field set, or left out if the value is None."""
        kept = tuple(each for each in self.fields if each[0] != name)
        return replace(self, fields=kept if value is None else (*kept, (name, value)))


@dataclass(frozen=True, slots=True)
class Put:
    """A PUT whose whole body came."""

    path: str
    target: str
    headers: tuple[Header, ...]
    body: bytes

    def values(self, name: str) -> list[bytes]:
        """Return the value of each field of a name."""
        return [value for key, value in self.headers if key.lower() == name.lower().encode()]


class Storage(Upstream):
    """The storage. Tests take the fixture `storage`, which begins empty.

    Args:
        tls: Speak TLS with this context.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(tls)
        # small buffers: who does not read is felt, and bytes counted as sent were nearly all read
        for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            self._listener.setsockopt(socket.SOL_SOCKET, option, _BUFFER)
        self._lock = threading.Lock()
        self._clear()

    def _clear(self) -> None:
        self.default = self.serve
        self.stored: dict[str, Stored] = {}
        self.puts: list[Put] = []
        self.served = 0
        self.taken = 0
        self.expired: set[str] = set()
        self._signed = 0

    def reset(self) -> None:
        """Begin anew: nothing is stored, nothing is counted."""
        super().reset()
        self._clear()

    # -- what tests ask ---------------------------------------------------------------------------

    def keep(self, path: str, data: bytes | Stored) -> Stored:
        """Store something."""
        made = data if isinstance(data, Stored) else Stored(data)
        self.stored[path] = made
        return made

    def sign(self, path: str) -> str:
        """Return a URL of a path, another one each time."""
        self._signed += 1
        return f"{self.url}/{quote(path)}?signature={self._signed}"

    def expire(self) -> None:
        """Have every URL that was signed so far be refused from now on."""
        self.expired |= {str(number + 1) for number in range(self._signed)}

    def gets(self) -> list[Request]:
        """Return the GETs that came."""
        return [each for each in self.requests if each.method == "GET"]

    def ranges(self) -> list[bytes | None]:
        """Return the Range field of each GET that came."""
        return [each.value("Range") for each in self.gets()]

    def only_put(self) -> Put:
        """Return the one PUT whose whole body came."""
        assert len(self.puts) == 1, [(each.path, len(each.body)) for each in self.puts]
        return self.puts[0]

    # -- scripts ----------------------------------------------------------------------------------

    def serve(self, exchange: Exchange) -> None:
        """Do what was asked, rightly."""
        if exchange.request.method == "PUT":
            self._take(exchange)
        else:
            self._send(exchange, self.answer(exchange.request))

    def changed(self, change: Callable[[Answer], Answer]) -> Script:
        """Answer otherwise than right."""

        def script(exchange: Exchange) -> None:
            self._send(exchange, change(self.answer(exchange.request)))

        return script

    def whole(self, exchange: Exchange) -> None:
        """Give everything, whatever range was asked for, as a server without ranges does."""
        answer = self.answer(exchange.request, ranges=False).field("Accept-Ranges", None)
        self._send(exchange, answer)

    def cut(
        self,
        at: int,
        *,
        in_head: bool = False,
        reset: bool = False,
        then: Callable[[], object] | None = None,
    ) -> Script:
        """End the connection in the answer.

        Args:
            at: After how many bytes of the body (or of the head); from its end if negative.
            in_head: In the head.
            reset: With a RST instead of in order.
            then: What happens before the caller notices.
        """

        def script(exchange: Exchange) -> None:
            answer = self.answer(exchange.request)
            exchange.request.complete = True
            if in_head:
                exchange.send(answer.head()[:at])
            else:
                exchange.send(answer.head())
                self._send_body(exchange, answer.body[:at])
            if then is not None:
                then()
            if reset:
                exchange.wire.reset()
            else:
                exchange.wire.close()

        return script

    def stall(self, at: int) -> Script:
        """Say nothing more after so many bytes of the body, until the caller leaves."""

        def script(exchange: Exchange) -> None:
            answer = self.answer(exchange.request)
            exchange.send(answer.head())
            self._send_body(exchange, answer.body[:at])
            exchange.wire.wait_closed()

        return script

    def slow(self, piece: int, gate: threading.Event) -> Script:
        """Send the first bytes of the body, and the others when a gate opens."""

        def script(exchange: Exchange) -> None:
            answer = self.answer(exchange.request)
            exchange.request.complete = True
            exchange.send(answer.head())
            self._send_body(exchange, answer.body[:piece])
            assert gate.wait(20), "the gate stayed closed"
            self._send_body(exchange, answer.body[piece:])

        return script

    def hang_up_on_body(self, after: int, *, reset: bool = False) -> Script:
        """Read so many bytes of a PUT's body, and end the connection without an answer."""

        def script(exchange: Exchange) -> None:
            self._skip(exchange, after)
            if reset:
                exchange.wire.reset()
            else:
                exchange.wire.close()

        return script

    def answer_early(self, after: int, answer: bytes) -> Script:
        """Read so many bytes of a PUT's body, answer, and end the connection."""

        def script(exchange: Exchange) -> None:
            self._skip(exchange, after)
            exchange.send(answer)
            exchange.wire.half_close()
            exchange.wire.wait_closed()  # what is still on its way must not reset the answer away

        return script

    def deaf(self, exchange: Exchange) -> None:
        """Never read a byte of a body, until the caller leaves or the storage is reset."""
        poll = select.poll()
        poll.register(exchange.wire.sock, select.POLLRDHUP | select.POLLHUP | select.POLLERR)
        poll.poll(100_000)

    # -- answers ----------------------------------------------------------------------------------

    def answer(self, request: Request, *, ranges: bool = True) -> Answer:
        """Return the right answer to a GET (RFC 9110, 14.2)."""
        path, signature = _split(request.target)
        if signature in self.expired:
            return _error(403, "AccessDenied", "Request has expired")
        found = self.stored.get(path)
        if found is None:
            return _error(404, "NoSuchKey", path)
        fields = {
            "Content-Type": found.content_type,
            "ETag": found.etag,
            "Content-Encoding": found.encoding,
            "Accept-Ranges": "bytes",
        }
        kept = [(name, value) for name, value in fields.items() if value is not None]
        wanted = request.value("Range") if ranges else None
        condition = request.value("If-Range")
        if wanted is None or (condition is not None and condition.decode() != found.etag):
            length = ("Content-Length", str(len(found.data)))
            return Answer(200, (*kept, length), found.data)
        match = _RANGE.fullmatch(wanted)
        assert match, wanted
        size, first = len(found.data), int(match[1])
        if first >= size:
            return _error(416, "InvalidRange", "out of it").field(
                "Content-Range", f"bytes */{size}"
            )
        last = min(size - 1, int(match[2] or size))
        body = found.data[first : last + 1]
        kept.append(("Content-Range", f"bytes {first}-{last}/{size}"))
        return Answer(206, (*kept, ("Content-Length", str(len(body)))), body)

    def _send(self, exchange: Exchange, answer: Answer) -> None:
        exchange.read_body()
        exchange.send(answer.head())
        if answer.status < 300:
            self._send_body(exchange, answer.body)
        else:
            exchange.send(answer.body)

    def _send_body(self, exchange: Exchange, body: bytes) -> None:
        for start in range(0, len(body), _PIECE):
            piece = body[start : start + _PIECE]
            with self._lock:
                self.served += len(piece)
            exchange.send(piece)

    def _take(self, exchange: Exchange) -> None:
        body = exchange.read_body()
        target = exchange.request.target.decode()
        path, signature = _split(exchange.request.target)
        if signature in self.expired:
            answer = _error(403, "AccessDenied", "Request has expired")
            exchange.send(answer.head(), answer.body)
            return
        with self._lock:
            self.puts.append(Put(path, target, exchange.request.headers, body))
            self.taken += len(body)
        self.keep(path, body)
        etag = hashlib.md5(body, usedforsecurity=False).hexdigest()
        answer = Answer(200, (("Content-Length", "0"), ("ETag", f'"{etag}"')), b"")
        exchange.send(answer.head())

    def _skip(self, exchange: Exchange, size: int) -> None:
        exchange.wire.skip_exactly(size)
        with self._lock:
            self.taken += size


def refusal(status: int, *fields: tuple[str, str]) -> bytes:
    """Return a whole answer without a body, for scripts that send bytes."""
    return Answer(status, (*fields, ("Content-Length", "0"), ("Connection", "close")), b"").head()


def _split(target: bytes) -> tuple[str, str]:
    parts = urlsplit(target.decode())
    return unquote(parts.path).removeprefix("/"), parts.query.removeprefix("signature=")


def _error(status: int, code: str, text: str) -> Answer:
    body = f"<Error><Code>{code}</Code><Message>{text}</Message></Error>".encode()
    fields = (("Content-Type", "application/xml"), ("Content-Length", str(len(body))))
    return Answer(status, fields, body)
