"""A download from its first request to the comparison of hashes.

The data comes as one stream, or as parts side by side that are taken in order. Whatever happened
on the way, each byte of what is stored passes through here once, in order: it is hashed as it is
stored and, if it has a content encoding, also after that was undone.
"""

from collections import deque
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from tcproxy_client import _losses
from tcproxy_client._reply import Lost, Reply
from tcproxy_client._retry import MAX_RETRIES
from tcproxy_client._transfers import encodings, parts, requests
from tcproxy_client._transfers.hashing import Hashes, known, verifyHashes
from tcproxy_client._transfers.meter import Meter, Progress
from tcproxy_client._transfers.mistakes import check_parallel, check_progress, check_text
from tcproxy_client._transfers.origins import (
    ArtifactOrigin,
    Located,
    ObjectOrigin,
    Origin,
    Wanted,
)
from tcproxy_client._transfers.representation import (
    Representation,
    Span,
    content_length,
    range_headers,
)
from tcproxy_client._transfers.steps import (
    Abandon,
    Begin,
    Drop,
    Join,
    Opened,
    Read,
    Start,
    Step,
    Store,
    Wait,
)
from tcproxy_client._transfers.world import World
from tcproxy_client.exceptions import ObjectHashVerificationError, TaskclusterFailure

# Whoever gets this many bytes further, from one failure to the next, may fail as often again.
_HEADWAY = 16 * 1024 * 1024

_Problem = Reply | Lost


def download(
    *,
    name: str,
    objectService: Any,
    maxRetries: int = MAX_RETRIES,
    progress: Progress | None = None,
    parallel: int = 1,
) -> Generator[Step, Any, str]:
    """Download an object into the user's writer.

    The arguments are those of `tcproxy_client.download.download`.

    Returns:
        The media type of the data.

    Raises:
        ObjectHashVerificationError: if the data is not what was stored.
        TaskclusterRestFailure: if the storage answered with an error to the last attempt.
        TaskclusterConnectionError: if there was no complete answer to the last attempt.
        TaskclusterFailure: if an argument is of no use, or what came cannot be understood.
    """
    check_text(name=name)
    world = World.of(objectService, maxRetries)
    origin = ObjectOrigin(objectService, name)
    return (yield from _download(origin, world, progress, parallel))


def downloadArtifact(
    objects: Callable[[Mapping[str, Any]], Any],
    *,
    taskId: str,
    name: str,
    queueService: Any,
    runId: int | str | None = None,
    maxRetries: int = MAX_RETRIES,
    progress: Progress | None = None,
    parallel: int = 1,
) -> Generator[Step, Any, str]:
    """Download an artifact into the user's writer.

    Args:
        objects: makes a client of the object service with options.
        taskId: this and the others are those of `tcproxy_client.download.downloadArtifact`.
        name: as there.
        queueService: as there.
        runId: as there.
        maxRetries: as there.
        progress: as there.
        parallel: as there.

    Returns:
        The media type of the data.

    Raises:
        TaskclusterArtifactError: if the artifact stands for an error.
        TaskclusterFailure: as `download` does.
    """
    check_text(taskId=taskId, name=name)
    world = World.of(queueService, maxRetries)
    wanted = Wanted(taskId, runId, name)
    origin = ArtifactOrigin(queueService, wanted, objects, maxRetries)
    return (yield from _download(origin, world, progress, parallel))


def _download(
    origin: Origin, world: World, progress: Progress | None, parallel: int
) -> Generator[Step, Any, str]:
    check_progress(progress)
    running = _Download(origin, world, Meter(progress, world.clock), check_parallel(parallel))
    try:
        return (yield from running.run())
    finally:
        running.close()


class _Content:
    """The data of one representation on its way to the writer."""

    def __init__(self, data: Representation, algorithms: tuple[str, ...]) -> None:
        self.data = data
        self.done = 0
        self._decoder = encodings.decoder(data.encoding)
        self._stored = Hashes(algorithms)
        self._decoded = Hashes(algorithms) if data.is_encoded else None

    @property
    def is_short(self) -> bool:
        """Whether some of the data is missing: servers may give less of it than was asked for."""
        return self.data.total is not None and self.done < self.data.total

    def pass_on(self, data: bytes) -> Generator[Step, Any, None]:
        """Take the next stored bytes, and have what they mean written."""
        self.done += len(data)
        self._stored.update(data)
        for piece in self._decoder.feed(data):
            if self._decoded is not None:
                self._decoded.update(piece)
            yield Store(piece)

    def verify(self, expected: Mapping[str, str]) -> None:
        """Compare with the hashes that the deployment tells, if it does.

        Clients hash what they are given, and that is what is stored; some hash data and store it
        encoded. Either agreement proves the data: what is stored determines what it means.

        Raises:
            TaskclusterFailure: if the data is incomplete.
            ObjectHashVerificationError: if it is other data.
        """
        self._decoder.end()
        if not expected:
            return
        try:
            verifyHashes(self._stored.digests(), expected)
        except ObjectHashVerificationError:
            if self._decoded is None:
                raise
            verifyHashes(self._decoded.digests(), expected)

    def close(self) -> None:
        """End the threads that hash."""
        self._stored.close()
        if self._decoded is not None:
            self._decoded.close()


@dataclass(slots=True)
class _Slot:
    """A part of the data that is, or is to be, fetched beside others."""

    start: int
    end: int
    handle: Any = None
    url: str = ""


class _Download:
    """One download, and how far it is."""

    def __init__(self, origin: Origin, world: World, meter: Meter, parallel: int) -> None:
        self._origin = origin
        self._world = world
        self._meter = meter
        self._parallel = parallel
        self._content: _Content | None = None
        self._slots: deque[_Slot] = deque()
        self._asked = False  # for another URL, since the last one that worked
        self._in_parts = parallel > 1
        self._pieced = False  # whether what is done comes from several answers
        self._requests = 0
        self._failures = 0
        self._paused = 0.0
        self._mark = 0

    def close(self) -> None:
        """End what runs beside the download."""
        if self._content is not None:
            self._content.close()

    def run(self) -> Generator[Step, Any, str]:
        """Go on until all is there, and right."""
        self._located = yield from self._origin.locate()
        while True:
            problem = yield from self._go_on()
            if problem is None and (content := self._content) is not None:
                if content.is_short and self._can_resume():
                    continue
                if content.is_short:
                    problem = _losses.short()
                elif self._verified(content):
                    self._meter.end(content.done)
                    return content.data.content_type
                else:
                    problem = _losses.changed()
            if problem is not None:
                yield from self._recover(problem)

    def _verified(self, content: _Content) -> bool:
        """Compare the hashes; gives False if pieces of different data may have come together.

        Without an entity tag that cannot be seen from answers; it is worth another attempt.
        """
        try:
            content.verify(self._located.hashes)
        except TaskclusterFailure:
            if not self._pieced or content.data.etag:
                raise
            return False
        return True

    def _go_on(self) -> Generator[Step, Any, _Problem | None]:
        """Fetch until all is there; gives what came between."""
        if self._slots:
            return (yield from self._take_slots())
        problem = yield from self._stream()
        if problem is None and self._slots:
            problem = yield from self._take_slots()
        return problem

    # One stream

    def _stream(self) -> Generator[Step, Any, _Problem | None]:
        opened = yield from self._open()
        if not isinstance(opened, Opened):
            return opened
        self._asked = False
        until = yield from self._accept(opened)
        if isinstance(until, Lost):
            yield Drop(opened.stream)
            return until
        content = self._content
        assert content is not None  # noqa: S101  # _accept made it
        while until is None or content.done < until:
            data: bytes | Lost = yield Read(opened.stream)
            if isinstance(data, Lost):
                return data
            if not data:
                break
            if until is not None and len(data) > until - content.done:
                yield Drop(opened.stream)
                return _losses.short()
            yield from content.pass_on(data)
            self._meter.at(content.done)
        yield Drop(opened.stream)
        return None if until in (None, content.done) else _losses.short()

    def _open(self) -> Generator[Step, Any, Opened | _Problem]:
        """Ask for all the data, or for what is missing, or for the first part."""
        if self._content is not None:
            rest = range_headers(self._content.done, None, self._content.data.validator)
            return (yield from self._get(rest))
        if self._in_parts:
            first = yield from self._get(range_headers(0, parts.size(self._parallel), None))
            if not _serves_no_ranges(first):
                return first
            self._in_parts = False
            if isinstance(first, Opened):
                yield Drop(first.stream)
        return (yield from self._get({}))

    def _get(self, headers: Mapping[str, str]) -> Generator[Step, Any, Opened | _Problem]:
        self._requests += 1
        return (yield from requests.get(self._located.url, headers, self._world.timeouts))

    def _accept(self, opened: Opened) -> Generator[Step, Any, int | Lost | None]:
        """Take an answer as the next bytes, or as a new beginning.

        Gives where its bytes end, None if it does not say.
        """
        if opened.status == 200:
            total = content_length(opened.headers)
            yield from self._begin(Representation.of(opened.headers, total))
            return total
        span = Span.of(opened.headers)
        content = self._content
        if content is None and span is not None and span.start == 0 and span.total is not None:
            yield from self._begin(Representation.of(opened.headers, span.total))
            self._plan(span.end, span.total)
            yield from self._fill()
            return span.end
        if content is None:
            return _losses.another_part()
        if (
            span is None
            or span.start != content.done
            or not content.data.agrees_with(opened.headers, span)
        ):
            return _losses.changed()
        content.data = replace(content.data, total=span.total or content.data.total)
        self._pieced = True
        return span.end

    def _begin(self, data: Representation) -> Generator[Step, Any, None]:
        self._forget()
        self._content = _Content(data, known(self._located.hashes))
        self._meter.total = data.total
        yield Begin()

    def _forget(self) -> None:
        """Let go of what is done."""
        self.close()
        self._content = None
        self._pieced = False
        self._mark = 0

    # Parts

    def _plan(self, start: int, total: int) -> None:
        size = parts.size(self._parallel)
        self._slots.extend(
            _Slot(each, min(each + size, total)) for each in range(start, total, size)
        )

    def _fill(self) -> Generator[Step, Any, None]:
        """Fetch as many parts at once as there may be, the first ones first."""
        content = self._content
        assert content is not None  # noqa: S101  # there are parts of something only
        for slot in list(self._slots)[: self._parallel]:
            if slot.handle is None:
                self._requests += 1
                self._pieced = True
                slot.url = self._located.url
                slot.handle = yield Start(
                    parts.fetch(slot.url, slot.start, slot.end, content.data, self._world.timeouts)
                )

    def _take_slots(self) -> Generator[Step, Any, _Problem | None]:
        content = self._content
        assert content is not None  # noqa: S101  # there are parts of something only
        # What a stream that was broken off still owes comes first.
        if content.done < self._slots[0].start:
            self._slots.appendleft(_Slot(content.done, self._slots[0].start))
        while self._slots:
            yield from self._fill()
            slot = self._slots[0]
            part: parts.Part = yield Join(slot.handle)
            slot.handle = None
            for piece in part.pieces:
                yield from content.pass_on(piece)
                self._meter.at(content.done)
            slot.start = content.done
            if part.problem is None:
                self._asked = False
                self._slots.popleft()
            elif slot.url == self._located.url or not requests.is_refused(part.problem):
                return part.problem
        return None

    def _start_over(self) -> Generator[Step, Any, None]:
        running = tuple(slot.handle for slot in self._slots if slot.handle is not None)
        self._slots.clear()
        self._forget()
        if running:
            yield Abandon(running)

    # Failures

    def _recover(self, problem: _Problem) -> Generator[Step, Any, None]:
        """Make ready for another attempt, or raise the error for the last one."""
        done = 0 if self._content is None else self._content.done
        if done - self._mark >= _HEADWAY:
            self._failures, self._paused, self._mark = 0, 0.0, done
        if requests.is_refused(problem) and not self._asked:
            yield from self._ask_again()
            return
        if isinstance(problem, Reply) and problem.status == 416 and self._content is not None:
            problem = _losses.changed()
        self._failures += 1
        world = self._world
        left = world.timeouts.total - self._paused
        pause = world.retries.pause(problem, self._failures, left=left, luck=world.luck())
        if pause is None:
            requests.fail(problem, "GET", self._located.url, self._requests)
        self._paused += pause
        yield Wait(pause, f"GET {requests.shown(self._located.url)}: {requests.reason(problem)}")
        if self._located.is_over(world.now()):
            yield from self._ask_again()
        if isinstance(problem, Lost) and problem.anew:
            self._in_parts = False
            yield from self._start_over()
        elif not self._can_resume():
            yield from self._start_over()

    def _can_resume(self) -> bool:
        """Tell whether the rest can be asked for and belongs to what is there."""
        content = self._content
        if content is None or not content.done or not content.data.ranges:
            return False
        return content.data.validator is not None or bool(self._located.hashes)

    def _ask_again(self) -> Generator[Step, Any, None]:
        self._asked = True
        before: Located = self._located
        self._located = yield from self._origin.locate()
        if self._located.hashes != before.hashes:
            yield from self._start_over()


def _serves_no_ranges(first: Opened | _Problem) -> bool:
    """Tell whether an answer for a first part is of no use: 416, or a 206 that is wrong."""
    if isinstance(first, Opened) and first.status == 206:
        span = Span.of(first.headers)
        return span is None or span.start != 0 or span.total is None
    return isinstance(first, Reply) and first.status == 416
