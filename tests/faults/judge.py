"""What h11 makes of bytes: the judge of what is legal HTTP/1.1. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import h11

_MAX_HEAD = 256 * 1024

End = Literal["complete", "incomplete", "refused"]
Field = tuple[bytes, bytes]


@dataclass(frozen=True, slots=True)
class Read:
    """A message as someone has read it.

    Attributes:
        start: the method and target, or the status.
        fields: end-to-end header fields in order, with names in lower case.
        body: without framing.
    """

    start: tuple[bytes, ...]
    fields: tuple[Field, ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a stream of bytes.

    Attributes:
        messages: that were read to their end.
        end: what came after them.
        reason: why, for people.
    """

    messages: tuple[Read, ...]
    end: End
    reason: str = ""


def read_requests(stream: bytes, most: int) -> Verdict:
    """Read up to `most` requests from a stream that goes on."""
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=_MAX_HEAD)
    connection.receive_data(stream)
    messages: list[Read] = []
    while len(messages) < most:
        verdict = _read(connection, ended=False)
        if isinstance(verdict, Verdict):
            return Verdict((*messages, *verdict.messages), verdict.end, verdict.reason)
        messages.append(verdict)
        if len(messages) == most:
            break
        try:
            connection.send(h11.Response(status_code=200, headers=[("Content-Length", "0")]))
            connection.send(h11.EndOfMessage())
            connection.start_next_cycle()
        except h11.LocalProtocolError as error:
            return Verdict(tuple(messages), "complete", str(error))
    return Verdict(tuple(messages), "complete")


def read_response(stream: bytes, method: str) -> Verdict:
    """Read the answer to a request from a stream that ends."""
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MAX_HEAD)
    connection.send(h11.Request(method=method, target="/", headers=[("Host", "x")]))
    connection.send(h11.EndOfMessage())
    connection.receive_data(stream)
    verdict = _read(connection, ended=True)
    return verdict if isinstance(verdict, Verdict) else Verdict((verdict,), "complete")


def _read(connection: h11.Connection, *, ended: bool) -> Read | Verdict:
    start: tuple[bytes, ...] = ()
    fields: tuple[Field, ...] = ()
    body = b""
    while True:
        try:
            event = connection.next_event()
        except h11.RemoteProtocolError as error:
            return Verdict((), "refused", str(error))
        if isinstance(event, h11.Request):
            start, fields = (event.method, event.target), tuple(event.headers)
        elif isinstance(event, h11.Response):
            start, fields = (b"%d" % event.status_code,), tuple(event.headers)
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage):
            return Read(start, fields, body)
        elif event is h11.NEED_DATA and ended:
            ended = False
            try:
                connection.receive_data(b"")
            except RuntimeError as error:
                return Verdict((), "refused", str(error))
        elif event in (h11.NEED_DATA, h11.PAUSED) or isinstance(event, h11.ConnectionClosed):
            return Verdict((), "incomplete", f"h11 waits: {event!r}")
