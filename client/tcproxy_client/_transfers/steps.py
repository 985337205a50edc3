"""The steps that a transfer asks for, and what comes of them. Values only.

Each class says what the face does and what it gives back.
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any

from tcproxy_client._brain import Request, Wait
from tcproxy_client._retry import Timeouts
from tcproxy_client._transfers.intake import Intake

__all__ = [
    "Abandon",
    "Begin",
    "Call",
    "Conversation",
    "Drop",
    "Fetch",
    "Join",
    "Opened",
    "Put",
    "Read",
    "Rewind",
    "Start",
    "Step",
    "Store",
    "Take",
    "Wait",
]


@dataclass(frozen=True, slots=True)
class Call:
    """To be done: call a method of a service; give its answer, or throw what it raised."""

    method: Callable[..., Any]
    args: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Fetch:
    """To be done: send a request without a body; give `Opened` or `Lost`."""

    request: Request
    timeouts: Timeouts


@dataclass(frozen=True, slots=True)
class Opened:
    """An answer whose body is still to be read.

    Attributes:
        status: the status code.
        reason: the reason phrase.
        headers: the headers, looked up without regard to case.
        url: what was asked for.
        stream: the face's own handle of the body.
    """

    status: int
    reason: str
    headers: Mapping[str, str]
    url: str
    stream: Any


@dataclass(frozen=True, slots=True)
class Read:
    """To be done: read on; give bytes as they are encoded, empty at the complete end, or `Lost`."""

    stream: Any


@dataclass(frozen=True, slots=True)
class Drop:
    """To be done: let go of an answer whose rest is not wanted; give None."""

    stream: Any


@dataclass(frozen=True, slots=True)
class Put:
    """To be done: send a request whose body the intake passes; give `Reply` or `Lost`.

    What the intake raises ends the request in the middle, so that its server cannot take it for
    complete. So does an answer that comes before the body's end.
    """

    request: Request
    intake: Intake
    timeouts: Timeouts


@dataclass(frozen=True, slots=True)
class Rewind:
    """To be done: ask the user for a fresh reader; give None."""


@dataclass(frozen=True, slots=True)
class Take:
    """To be done: read at most so many bytes from the reader; give what it gave."""

    count: int


@dataclass(frozen=True, slots=True)
class Begin:
    """To be done: ask the user for a fresh writer; give None."""


@dataclass(frozen=True, slots=True)
class Store:
    """To be done: write to the writer; give None."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Start:
    """To be done: begin another conversation beside this one; give a handle of it."""

    conversation: "Conversation"


@dataclass(frozen=True, slots=True)
class Join:
    """To be done: wait for the end of a conversation that was started; give its result."""

    handle: Any


@dataclass(frozen=True, slots=True)
class Abandon:
    """To be done: break off the conversations that were started and not joined; give None."""

    handles: tuple[Any, ...]


Step = (
    Call | Fetch | Read | Drop | Put | Rewind | Take | Begin | Store | Start | Join | Abandon | Wait
)
Conversation = Generator[Step, Any, Any]
