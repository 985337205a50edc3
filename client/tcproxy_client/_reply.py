"""What comes of sending a request, as values: a complete answer, or why there is none. No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete answer.

    Attributes:
        status: the status code.
        reason: the reason phrase.
        headers: the headers, looked up without regard to case.
        body: the body, content encodings undone.
        url: what was asked for.
    """

    status: int
    reason: str
    headers: Mapping[str, str]
    body: bytes
    url: str


@dataclass(frozen=True, slots=True)
class Lost:
    """No complete answer came.

    Attributes:
        why: what happened, in words that are the same whichever HTTP library saw it.
        cause: what that library raised.
        final: whether trying again is of no use.
        anew: whether what has come before is of no use to another try.
    """

    why: str
    cause: BaseException
    final: bool = False
    anew: bool = False
