"""A storage and a user in memory, to play the steps of transfers without any I/O."""

from __future__ import annotations

import io
import re
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tcproxy_client._reply import Lost, Reply
from tcproxy_client._transfers.steps import (
    Abandon,
    Begin,
    Call,
    Drop,
    Fetch,
    Join,
    Opened,
    Put,
    Read,
    Rewind,
    Start,
    Store,
    Take,
    Wait,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tcproxy_client._brain import Request
    from tcproxy_client._transfers.steps import Conversation, Step

BROKEN = Lost("the connection was closed", ConnectionResetError())


class Headers(dict[str, str]):
    """Headers that are looked up without regard to case, as faces give them."""

    def get(self, name: str, default: Any = None) -> Any:
        found = {key.lower(): value for key, value in self.items()}
        return found.get(name.lower(), default)


@dataclass
class Fault:
    """What goes wrong with one request.

    Attributes:
        after: the connection breaks after so many bytes of the body.
        status: this is answered instead.
        headers: what comes with that.
    """

    after: int | None = None
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Storage:
    """One object of a storage.

    Attributes:
        data: what is stored.
        etag: its entity tag, or None.
        encoding: its content encoding, or None.
        ranges: whether it serves ranges.
        minds_if_range: whether it looks at `If-Range`.
        most: it gives no more bytes than these for a range.
        faults: what goes wrong with the next requests.
        seen: the requests so far.
    """

    data: bytes = b""
    etag: str | None = '"1"'
    encoding: str | None = None
    ranges: bool = True
    minds_if_range: bool = True
    faults: list[Fault] = field(default_factory=list)
    most: int = 10**9
    seen: list[Request] = field(default_factory=list)

    def answer(self, request: Request, chunk: int) -> Opened:
        """Answer a GET."""
        self.seen.append(request)
        fault = self.faults.pop(0) if self.faults else Fault()
        if fault.status is not None:
            return Opened(fault.status, "", Headers(fault.headers), request.url, deque([b"no"]))
        status, body, headers = 200, self.data, Headers({"Content-Type": "a/b; c=d"})
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("Range", ""))
        condition = request.headers.get("If-Range", self.etag)
        if asked and self.ranges and (condition == self.etag or not self.minds_if_range):
            start, end = int(asked[1]), min(int(asked[2] or 10**9) + 1, len(body))
            if start >= len(body):
                return Opened(416, "", Headers(), request.url, deque())
            end = min(end, start + self.most)
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{len(body)}"
            status, body = 206, body[start:end]
        headers["Content-Length"] = str(len(body))
        if self.etag is not None:
            headers["ETag"] = self.etag
        if self.encoding is not None:
            headers["Content-Encoding"] = self.encoding
        broken = fault.after is not None and fault.after < len(body)
        whole = body[: fault.after]
        pieces: deque[bytes | Lost] = deque(
            whole[each : each + chunk] for each in range(0, len(whole), chunk)
        )
        if broken:
            pieces.append(BROKEN)
        return Opened(status, "", headers, request.url, pieces)


class Player:
    """Plays the steps of a transfer against a storage.

    Args:
        storage: where requests go.
        source: what the user's reader gives.
        chunk: how many bytes come at once.
    """

    def __init__(self, storage: Storage, source: bytes = b"", chunk: int = 1000) -> None:
        self.storage = storage
        self.written = bytearray()
        self.stored: bytes | None = None
        self.waits: list[float] = []
        self.begins = 0
        self._source = source
        self._reader = io.BytesIO()
        self._chunk = chunk
        self._on: dict[type[Any], Callable[[Any], Any]] = {
            Call: lambda step: step.method(*step.args),
            Fetch: lambda step: storage.answer(step.request, chunk),
            Read: lambda step: step.stream.popleft() if step.stream else b"",
            Drop: lambda _: None,
            Put: self._put,
            Rewind: self._rewind,
            Take: lambda step: self._reader.read(min(step.count, chunk)),
            Begin: self._begin,
            Store: lambda step: self.written.extend(step.data),
            Start: lambda step: self.play(step.conversation),
            Join: lambda step: step.handle,
            Abandon: lambda _: None,
            Wait: lambda step: self.waits.append(step.seconds),
        }

    def play(self, conversation: Conversation) -> Any:
        """Carry out a conversation; gives its result."""
        outcome: Any = None
        error: Exception | None = None
        while True:
            try:
                step: Step = (
                    conversation.send(outcome) if error is None else conversation.throw(error)
                )
            except StopIteration as end:
                return end.value
            outcome = error = None
            try:
                outcome = self._on[type(step)](step)
            except Exception as raised:  # noqa: BLE001 - the conversation is to see it
                error = raised

    def _rewind(self, _: Rewind) -> None:
        self._reader = io.BytesIO(self._source)

    def _begin(self, _: Begin) -> None:
        self.begins += 1
        self.written.clear()

    def _put(self, step: Put) -> Reply | Lost:
        self.storage.seen.append(step.request)
        fault = self.storage.faults.pop(0) if self.storage.faults else Fault()
        body = bytearray()
        while count := step.intake.wanted:
            body += step.intake.take(self._reader.read(min(count, self._chunk)))
            if fault.after is not None and len(body) > fault.after:
                return BROKEN
        if fault.status is not None:
            url = step.request.url
            return Reply(fault.status, "", Headers(fault.headers), b"no", url)
        assert step.request.headers["Content-Length"] == str(len(body))
        self.stored = bytes(body)
        return Reply(200, "", Headers(), b"", step.request.url)
