"""Sends a corpus through the daemon, and tells what the daemon made of each message.

Everything that the daemon sends is read by h11, too: it must be legal whatever came in.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.faults import judge
from tests.faults.judge import Read, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.faults.corpus import Case

AT_ONCE = 50
PATIENCE = 0.5
"""Seconds after which the daemon takes a message to be incomplete."""

_MARK = re.compile(rb"q[0-9]{3}q[0-9]{3}q")
_ERROR = re.compile(rb'"code": "([A-Za-z]+)", "message": "([^"]*)')
_REFUSED = re.compile(rb"HTTP/1.1 [45][0-9][0-9] ")
_OWN = {(b"502",), (b"504",)}
"""What the daemon answers where a response cannot be read; no case has these."""

_CLOSED = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
_HOP_BY_HOP = {
    *(b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"upgrade"),
    *(b"transfer-encoding", b"content-length", b"host", b"authorization", b"expect"),
}


@dataclass(slots=True)
class Recorder:
    """The deployment: it answers, and keeps what it was asked, by mark.

    Attributes:
        asked: the requests that came, by the mark of their case.
        illegal: what came and h11 did not understand.
        answers: bytes to answer with and end, by mark; else a plain 200.
    """

    asked: dict[bytes, list[Read]] = field(default_factory=dict)
    illegal: list[str] = field(default_factory=list)
    answers: Mapping[bytes, bytes] = field(default_factory=dict)
    _serving: set[asyncio.Task[None]] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        stream = b""
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        try:
            with contextlib.suppress(ConnectionError):
                while data := await reader.read(65536):
                    stream += data
                    if not await self._take(stream, writer):
                        break
        finally:
            await _close(writer)
            self._serving.discard(task)

    async def wait_closed(self) -> None:
        """Wait until every connection is closed: the daemon has ended."""
        await asyncio.gather(*self._serving)

    async def _take(self, stream: bytes, writer: asyncio.StreamWriter) -> bool:
        """Answer a request if it is whole; tell whether there is more to come."""
        verdict = judge.read_requests(stream, 1)
        if verdict.end == "incomplete":
            return True
        if verdict.end == "refused":
            self.illegal.append(f"{verdict.reason}: {stream[:300]!r}")
            return False
        [read] = verdict.messages
        found = _MARK.search(b" ".join((*read.start, *(value for _, value in read.fields))))
        mark = found[0] if found else b"?"
        self.asked.setdefault(mark, []).append(read)
        answer = self.answers.get(mark)
        writer.write(_CLOSED if answer is None else answer)
        await writer.drain()
        return False


@dataclass(frozen=True, slots=True)
class Observed:
    """What the daemon made of a message.

    Attributes:
        verdict: what was understood, and how it ended.
        errors: code and message of those that the daemon answered with itself.
    """

    verdict: Verdict
    errors: tuple[str, ...]


async def send_requests(
    cases: Iterable[Case], address: tuple[str, int], recorder: Recorder
) -> dict[int, Observed]:
    """Send requests, each on a connection of its own with another, right one behind it."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def send(case: Case) -> tuple[int, Observed]:
        async with gate:
            answers = await _exchange(address, case.data + probe(case))
        errors = _errors(answers)
        messages = tuple(recorder.asked.get(case.mark, ()))
        is_seen = any(each.start[1].endswith(b"/probe") for each in messages)
        is_refused = _REFUSED.search(answers) is not None
        end: judge.End = "refused" if is_refused and not is_seen else "complete"
        if errors and errors[0].startswith("RequestTimeout"):
            end = "incomplete"
        return case.number, Observed(Verdict(messages, end), errors)

    return dict(await asyncio.gather(*map(send, cases)))


async def send_responses(cases: Iterable[Case], address: tuple[str, int]) -> dict[int, Observed]:
    """Ask for responses, each on a connection of its own."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def ask(case: Case) -> tuple[int, Observed]:
        request = f"{case.method} /queue/v1/{case.mark.decode()} HTTP/1.1\r\nHost: x\r\n"
        if case.method == "POST":
            request += "Content-Length: 0\r\n"
        request += "Connection: close\r\n\r\n"
        async with gate:
            answer = await _exchange(address, request.encode())
        verdict = judge.read_response(answer, case.method)
        errors = _errors(answer)
        is_own = any(each.start in _OWN for each in verdict.messages)
        if is_own or verdict.end != "complete":
            reason = errors[0] if errors else verdict.reason
            verdict = Verdict((), "refused", reason)
        return case.number, Observed(verdict, errors)

    return dict(await asyncio.gather(*map(ask, cases)))


async def _exchange(address: tuple[str, int], data: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(*address)
    answers = b""
    try:
        with contextlib.suppress(ConnectionError):
            writer.write(data)
            await writer.drain()
        async with asyncio.timeout(20):
            while piece := await reader.read(65536):
                answers += piece
    except ConnectionError:
        pass  # what came before it counts
    finally:
        await _close(writer)
    return answers


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


def _errors(answers: bytes) -> tuple[str, ...]:
    return tuple(f"{code.decode()}: {text.decode()}" for code, text in _ERROR.findall(answers))


def probe(case: Case) -> bytes:
    """Return the request that is sent behind a case's."""
    return (
        b"GET /queue/v1/" + case.mark + b"/probe HTTP/1.1\r\nHost: localhost\r\n"
        b"Connection: close\r\n\r\n"
    )


def end_to_end(read: Read) -> Read:
    """Return a message without what stays on one connection, as a forwarded one has it."""
    named = {
        option.strip().lower()
        for name, value in read.fields
        if name == b"connection"
        for option in value.split(b",")
    }
    dropped = _HOP_BY_HOP | named
    fields = tuple(
        (name, value)
        for name, value in read.fields
        if name not in dropped and not name.startswith(b"x-taskcluster-")
    )
    start = tuple(each.removeprefix(b"/api") for each in read.start)
    return Read(start, fields, read.body)
