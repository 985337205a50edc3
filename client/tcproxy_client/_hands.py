"""The sync face of transfers: carries out their steps with urllib3, in the caller's own thread.

Parts that are fetched side by side have threads. What a transfer consists of is decided in
`tcproxy_client._transfers`.
"""

import inspect
import queue
import threading
import time
from collections.abc import Callable
from typing import Any, Self

from tcproxy_client import _brain
from tcproxy_client._log import log as _root_log
from tcproxy_client._pool import Breaker, Stream
from tcproxy_client._reply import Lost, Reply
from tcproxy_client._transfers.mistakes import WrongTypeError
from tcproxy_client._transfers.steps import (
    Abandon,
    Begin,
    Call,
    Conversation,
    Drop,
    Fetch,
    Join,
    Opened,
    Put,
    Read,
    Rewind,
    Start,
    Step,
    Store,
    Take,
    Wait,
)
from tcproxy_client.client import give_back, shared_session
from tcproxy_client.exceptions import TaskclusterFailure

log = _root_log.getChild("transfers")

# How long to wait for threads whose connections were broken, in seconds; some may just connect.
_LAST_WORDS = 30.0


class Hands:
    """Carries out one transfer; as a context manager it lets go of what is open at the end.

    The connections to storages are those that clients share.

    Args:
        ends: makes what the user reads from or writes to, each time a transfer begins anew.
    """

    def __init__(self, ends: Callable[[], Any]) -> None:
        self._session = shared_session(self)
        self._ends = ends
        self._end: Any = None
        self._breaker = Breaker()
        self._streams: set[Stream] = set()
        self._parts: list[_Part] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._breaker.break_all()
        deadline = time.monotonic() + _LAST_WORDS
        for part in self._parts:
            part.end(deadline)
        for stream in tuple(self._streams):
            stream.close()
        give_back(self)

    def drive(self, conversation: Conversation) -> Any:
        """Carry out a conversation, step by step; gives its result."""
        outcome: Any = None
        error: Exception | None = None
        try:
            while True:
                try:
                    step = (
                        conversation.send(outcome) if error is None else conversation.throw(error)
                    )
                except StopIteration as end:
                    return end.value
                outcome = error = None
                try:
                    outcome = self._carry_out(step)
                except Exception as raised:  # noqa: BLE001  # for the conversation to handle
                    error = raised
        finally:
            conversation.close()

    def _carry_out(self, step: Step) -> Any:  # noqa: C901  # one line for each step
        match step:
            case Read():
                return step.stream.read()
            case Store():
                return _plain(self._end.write(step.data), "the writer")
            case Take():
                return _plain(self._end.read(step.count), "the reader")
            case Rewind() | Begin():
                self._end = _plain(self._ends(), "the factory")
                return None
            case Fetch():
                return self._fetch(step)
            case Put():
                return self._put(step)
            case Drop():
                return self._drop(step.stream)
            case Call():
                return _answer(step.method(*step.args))
            case Start():
                return self._start(step.conversation)
            case Join():
                return step.handle.result()
            case Abandon():
                return None  # they end by themselves, and are waited for when all ends
            case Wait():
                log.warning("Retrying in %.1f s because of: %s", step.seconds, step.why)
                time.sleep(step.seconds)
                return None

    def _fetch(self, step: Fetch) -> Opened | Lost:
        log.debug("GET %s", _brain.shown(step.request))
        opened = self._session.open(step, self._breaker)
        if isinstance(opened, Opened):
            self._streams.add(opened.stream)
        return opened

    def _drop(self, stream: Stream) -> None:
        stream.close()
        self._streams.discard(stream)

    def _put(self, step: Put) -> Reply | Lost:
        log.debug("PUT %s", _brain.shown(step.request))
        end = self._end
        return self._session.put(step, lambda count: _plain(end.read(count), "the reader"))

    def _start(self, conversation: Conversation) -> "_Part":
        part = _Part(self.drive, conversation)
        self._parts = [each for each in self._parts if each.is_alive()]
        self._parts.append(part)
        try:
            part.start()
        except RuntimeError as error:  # the limits of the process or its container
            raise TaskclusterFailure(
                f"{error}, which parallel needs: ask for fewer parts, or allow more threads"
            ) from error
        return part


class _Part(threading.Thread):
    """A thread that carries out a conversation beside others.

    Those of `concurrent.futures` have locks that stay locked for ever if KeyboardInterrupt comes
    at the wrong moment, and whoever ends the transfer would wait for them.

    Args:
        drive: carries out a conversation.
        conversation: the conversation.
    """

    def __init__(self, drive: Callable[[Conversation], Any], conversation: Conversation) -> None:
        super().__init__(name="tcproxy-client-part", daemon=True)
        self._drive = drive
        self._conversation = conversation
        self._outcome: queue.SimpleQueue[tuple[Any, BaseException | None]] = queue.SimpleQueue()

    def run(self) -> None:
        """Carry it out."""
        try:
            self._outcome.put((self._drive(self._conversation), None))
        except BaseException as error:  # noqa: BLE001  # for whoever asks for the result
            self._outcome.put((None, error))

    def result(self) -> Any:
        """Wait for the conversation, and give its result or raise its error."""
        value, error = self._outcome.get()
        if error is not None:
            raise error
        return value

    def end(self, deadline: float) -> None:
        """Wait until the thread has ended, on the monotonic clock."""
        if self.is_alive():
            self.join(max(deadline - time.monotonic(), 0))


def carry_out(conversation: Conversation, ends: Callable[[], Any]) -> Any:
    """Carry out a transfer; gives its result.

    Args:
        conversation: its steps.
        ends: makes what the user reads from or writes to, each time the transfer begins anew.
    """
    if not callable(ends):
        raise WrongTypeError(f"the factory must be callable, not {ends!r}")
    with Hands(ends) as hands:
        return hands.drive(conversation)


def _plain(value: Any, what: str) -> Any:
    """Refuse what only the async face can wait for."""
    if inspect.isawaitable(value):
        if inspect.iscoroutine(value):
            value.close()
        raise WrongTypeError(f"{what} is asynchronous: use the functions of tcproxy_client.aio")
    return value


def _answer(value: Any) -> Any:
    """Give what a service answered; that of an async one is awaited in a thread of its own."""
    if not inspect.isawaitable(value):
        return value
    import asyncio  # here: few need it, and it loads slowly
    from concurrent.futures import ThreadPoolExecutor  # as above

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, _awaited(value)).result()


async def _awaited(value: Any) -> Any:
    return await value
