"""h11 as the judge of what a stream of bytes says, from either end."""

from __future__ import annotations

from dataclasses import dataclass, field

import h11

from tests.harness.wire import Header

_LIMIT = 1024 * 1024


@dataclass(slots=True)
class Message:
    """A request or a response as h11 reads it.

    Attributes:
        method: of a request.
        target: of a request.
        status: of a response.
        version: the HTTP version, such as `1.1`.
        fields: names in lower case, with their values.
        body: as far as it came.
        is_whole: whether it came to its end.
    """

    method: bytes = b""
    target: bytes = b""
    status: int = 0
    version: bytes = b""
    fields: list[Header] = field(default_factory=list)
    body: bytes = b""
    is_whole: bool = False

    def values(self, name: bytes) -> list[bytes]:
        """Return the values of all fields of that name, given in lower case."""
        return [value for key, value in self.fields if key == name]


class RequestJudge:
    """Reads requests as a strict server does.

    Attributes:
        messages: that came.
        error: what was illegal, if anything was.
        is_done: whether the connection ends after the last message.
    """

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.error = ""
        self.is_done = False
        self._parser = h11.Connection(h11.SERVER, max_incomplete_event_size=_LIMIT)

    def feed(self, data: bytes) -> int:
        """Read on; return how many requests came to their end."""
        if not data or self.error or self.is_done:
            return 0
        count = 0
        try:
            self._parser.receive_data(data)
            while not self.is_done:
                event = self._parser.next_event()
                if event is h11.NEED_DATA or event is h11.PAUSED:
                    break
                count += self._take(event)
        except h11.RemoteProtocolError as error:
            self.error = str(error)
        return count

    def _take(self, event: object) -> bool:
        if isinstance(event, h11.Request):
            fields = [(bytes(name), bytes(value)) for name, value in event.headers]
            version = bytes(event.http_version)
            message = Message(bytes(event.method), bytes(event.target), 0, version, fields)
            self.messages.append(message)
        elif isinstance(event, h11.Data):
            self.messages[-1].body += bytes(event.data)
        elif isinstance(event, h11.EndOfMessage):
            self.messages[-1].is_whole = True
            self._answer()
            return True
        return False

    def _answer(self) -> None:
        # No 2xx: that would be the end of HTTP after CONNECT.
        self._parser.send(h11.Response(status_code=405, headers=[("Content-Length", "0")]))
        self._parser.send(h11.EndOfMessage())
        if self._parser.our_state is h11.DONE and self._parser.their_state is h11.DONE:
            self._parser.start_next_cycle()
        else:
            self.is_done = True


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a client makes of a stream of bytes.

    Attributes:
        message: the response; None where there is none yet.
        error: what was illegal, if anything was.
        rest: the bytes after the response.
    """

    message: Message | None
    error: str
    rest: bytes


def judge_response(method: bytes, data: bytes, *, is_ended: bool) -> Verdict:
    """Read one response as a strict client does.

    Args:
        method: of the request.
        data: that came.
        is_ended: whether the connection has ended in order after that.
    """
    parser = h11.Connection(h11.CLIENT, max_incomplete_event_size=_LIMIT)
    parser.send(h11.Request(method=method, target="/", headers=[("Host", "h")]))
    parser.send(h11.EndOfMessage())
    message: Message | None = None
    try:
        if data:
            parser.receive_data(data)
        if is_ended:
            parser.receive_data(b"")
        while True:
            event = parser.next_event()
            if isinstance(event, h11.Response):
                fields = [(bytes(name), bytes(value)) for name, value in event.headers]
                version = bytes(event.http_version)
                message = Message(b"", b"", event.status_code, version, fields)
            elif isinstance(event, h11.Data) and message is not None:
                message.body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage) and message is not None:
                message.is_whole = True
                return Verdict(message, "", parser.trailing_data[0])
            elif not isinstance(event, h11.InformationalResponse):
                return Verdict(message, "", b"")
    except h11.RemoteProtocolError as error:
        return Verdict(message, str(error) or "illegal", b"")
