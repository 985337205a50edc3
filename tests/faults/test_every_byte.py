"""Each way in which a peer goes away, at each byte of each message, on both sides.

All bytes are tried at the same time, each in a conversation of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults import values
from tests.faults.values import Ask, Conversation, Fault, Scenario

if TYPE_CHECKING:
    from tests.faults.callers import Said
    from tests.faults.lab import Lab
    from tests.faults.values import Act, Framing, Manner, Message

BODY = 30
TOKEN = values.fresh_token()
ENDS: tuple[Act, ...] = ("close", "reset", "half_close")
MESSAGES: tuple[Message, ...] = ("request", "response")


def lengths(ask: Ask) -> tuple[int, int]:
    """Return the bytes of the answer's head, and of all of it."""
    head, body = values.framed_answer(TOKEN, ask, None)
    return len(head), len(head + body)


def conversation(framing: Framing, *faults: Fault, method: str = "GET") -> Conversation:
    body = BODY if method == "POST" else None
    return Conversation((Ask(method, body, answer=BODY, framing=framing, faults=faults),))


def play(lab: Lab, framing: Framing, act: Act, places: range) -> list[Said]:
    faults = [Fault(act, "response", at) for at in places]
    return lab.play(Scenario(tuple(conversation(framing, each) for each in faults)))


def noticeable(framing: Framing, act: Act, *, is_plain: bool) -> int:
    """Return the bytes of an answer up to which its end is noticed as too early.

    Where the end of the connection is the end of the body (RFC 9112, section 6.3, rule 8), nobody
    can tell whether all of it came, but by a reset, or over TLS by a missing close_notify.
    """
    head, end = lengths(Ask(answer=BODY, framing=framing))
    is_told = act == "reset" or (act == "half_close" and not is_plain)
    return end + 1 if framing != "close" or is_told else head


@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
def test_the_deployment_goes_away_in_its_answer(lab: Lab, framing: Framing) -> None:
    """Before the answer's body it is asked again; then the caller's connection breaks, too."""
    head, end = lengths(Ask(answer=BODY, framing=framing))
    faults = [
        Fault(act, "response", at)
        for act in ENDS
        for at in range(noticeable(framing, act, is_plain=lab.is_plain))
    ]
    said = lab.play(Scenario(tuple(conversation(framing, each) for each in faults)))
    for fault, each in zip(faults, said, strict=True):
        if fault.at < head:
            assert (each.end, each.status, lab.received(each)) == ("answered", 200, 2), each
        elif fault.at < end:
            # A reset may overtake what came before it: then no answer has begun.
            outrun = fault.act == "reset" and (each.end, each.status) == ("answered", 200)
            assert outrun or (each.end, lab.received(each)) == ("broken", 1), each
        elif framing == "length":
            assert (each.end, each.status, lab.received(each)) == ("answered", 200, 1), each


def test_the_deployment_goes_away_in_the_request(lab: Lab) -> None:
    asks = [
        Ask("PUT", body, faults=(Fault(act, "request", at),))
        for act in ENDS
        for body in (None, BODY)
        for at in range(0, 400, 3 if lab.is_plain else 12)  # handshakes take their time
    ]
    for said in lab.play(Scenario(tuple(Conversation((ask,)) for ask in asks))):
        assert (said.end, said.status, lab.received(said)) == ("answered", 200, 2), said


def test_the_deployment_falls_silent(brief: Lab) -> None:
    """It is asked again before the answer's body; and nobody waits for ever."""
    head, end = lengths(Ask(answer=BODY))
    places = range(0, end, 3)
    for said, at in zip(play(brief, "length", "silence", places), places, strict=True):
        if at < head:
            assert (said.end, said.status, brief.received(said)) == ("answered", 200, 2), (at, said)
        else:
            assert said.end == "broken", (at, said)


def test_the_deployment_falls_silent_again_and_again(brief: Lab) -> None:
    faults = [Fault("silence", of, at, times=2) for of in MESSAGES for at in (0, 10, 40)]
    for said in brief.play(Scenario(tuple(conversation("length", each) for each in faults))):
        assert (said.end, said.status, brief.received(said)) == ("answered", 504, 2), said


def test_what_is_no_http(lab: Lab) -> None:
    """It is a failure of the deployment at each byte of the head, and it is asked again."""
    head, _ = lengths(Ask(answer=BODY))
    for said in play(lab, "length", "garbage", range(head)):
        assert (said.end, said.status, lab.received(said)) == ("answered", 200, 2), said


def test_what_is_no_chunk(lab: Lab) -> None:
    for said in play(lab, "chunked", "bad_chunk", range(3)):
        assert said.end == "broken", said


@pytest.mark.parametrize("manner", ["close", "reset"])
@pytest.mark.parametrize("of", MESSAGES)
def test_the_caller_goes_away(plain: Lab, of: Message, manner: Manner) -> None:
    """No other caller notices."""
    ask = Ask("POST", BODY, answer=BODY)
    leaving = [Conversation((ask,), manner, of, at) for at in range(0, 250, 2)]
    staying = [Conversation((ask, ask)) for _ in range(10)]
    said = plain.play(Scenario((*leaving, *staying)))
    for each in said[-20:]:
        assert (each.end, each.status, plain.received(each)) == ("answered", 200, 1), each


@pytest.mark.parametrize("manner", ["close", "reset"])
def test_the_caller_goes_away_while_its_request_is_tried_again(plain: Lab, manner: Manner) -> None:
    ask = Ask("POST", BODY, faults=(Fault("reset", "request", 1),))
    leaving = [Conversation((ask,), manner, "request", at) for at in range(80, 200, 2)]
    plain.play(Scenario((*leaving, Conversation((ask,)))))


def test_large_messages_are_cut(lab: Lab) -> None:
    """At some of the bytes of what does not fit into one read or write."""
    size = 400_000
    places = [1, 1000, 65_536, 262_144, 262_145, 390_000]
    asks = [
        *(Ask("POST", size, faults=(Fault("reset", "request", at),)) for at in places),
        *(Ask("PUT", size, True, faults=(Fault("close", "request", at),)) for at in places),
        *(Ask(answer=size, faults=(Fault("half_close", "response", at),)) for at in places[1:]),
        *(
            Ask(answer=size, framing="chunked", faults=(Fault("close", "response", at),))
            for at in places[1:]
        ),
    ]
    said = lab.play(Scenario(tuple(Conversation((ask,)) for ask in asks)))
    for each in said[: 2 * len(places)]:
        assert (each.end, each.status) == ("answered", 200), each.ask
    assert {each.end for each in said[2 * len(places) :]} == {"broken"}
