"""Faults that have a name, one by one: what the caller gets, and how often it was asked for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.faults.values import Ask, Conversation, Fault, Scenario

if TYPE_CHECKING:
    from tests.faults.callers import Said
    from tests.faults.lab import Lab
    from tests.faults.values import Accept

LARGE = 3_000_000
LATER = 1_000_000
"""Greater than any message here: its end."""

OK = ("answered", 200, 1)
AGAIN = ("answered", 200, 2)

# The last request of the conversation is looked at; those before it go well.
DEPLOYMENT = {
    "nothing": (Ask(), OK),
    "byte by byte": (Ask("POST", 50, answer=50, faults=(Fault("drip"),)), OK),
    "chunks, byte by byte": (Ask(answer=50, framing="chunked", faults=(Fault("drip"),)), OK),
    "another answer behind the answer": (Ask(faults=(Fault("second"),)), OK),
    "another answer behind an answer to HEAD": (Ask("HEAD", faults=(Fault("second"),)), OK),
    "another answer behind chunks": (Ask(framing="chunked", faults=(Fault("second"),)), OK),
    "Connection: close, and no end": (Ask(faults=(Fault("ignore_close"),)), OK),
    "the end of the connection behind an answer": (Ask(faults=(Fault("close", at=LATER),)), OK),
    "a reset behind an answer": (Ask(faults=(Fault("reset", at=LATER),)), OK),
    "a half-close behind an answer": (Ask(faults=(Fault("half_close", at=LATER),)), OK),
    "an answer before the request is read": (
        Ask("POST", LARGE, answer=LARGE, faults=(Fault("early"),)),
        OK,
    ),
    "an answer before a chunked request is read": (
        Ask("PUT", LARGE, chunked=True, faults=(Fault("early"),)),
        OK,
    ),
    "503, to be tried again": (Ask("POST", 50, faults=(Fault("busy"),)), AGAIN),
    "503 for ever": (Ask("POST", 50, faults=(Fault("busy", times=9),)), ("answered", 503, 2)),
    "no answer at all": (Ask(faults=(Fault("close", "request", LATER),)), AGAIN),
    "no answer for ever": (
        Ask("POST", 50, faults=(Fault("close", "request", LATER, times=9),)),
        ("answered", 502, 3),
    ),
    "garbage for ever": (Ask(faults=(Fault("garbage", times=9),)), ("answered", 502, 2)),
    "the end of the connection as it is used again": (
        Ask("POST", 50, faults=(Fault("close", "request", 1),)),
        AGAIN,
    ),
    "a reset of the connection as it is used again": (
        Ask(faults=(Fault("reset", "request", 1),)),
        AGAIN,
    ),
    "that, and trouble at the next attempt": (
        Ask("PUT", 50, faults=(Fault("reset", "request", 1, times=2),)),
        ("answered", 200, 3),
    ),
    "that, and trouble for ever": (
        Ask("PUT", 50, faults=(Fault("reset", "request", 1, times=9),)),
        ("answered", 502, 3),
    ),
}


@pytest.mark.parametrize("name", DEPLOYMENT)
def test_a_faulty_deployment(lab: Lab, name: str) -> None:
    ask, wanted = DEPLOYMENT[name]
    said = lab.play(Scenario((Conversation((Ask(), Ask("PUT", 10), ask)),)))[-1]
    assert (said.end, said.status, lab.received(said)) == wanted, said
    after = lab.play(Scenario((Conversation((Ask(),)), Conversation((Ask("POST", 9),)))))
    assert [(each.end, each.status) for each in after] == [("answered", 200)] * 2


def test_an_early_answer_and_the_end_of_the_connection(lab: Lab) -> None:
    """It is passed on; over TLS it may be lost, if it comes between looking and writing."""
    ask = Ask("POST", LARGE, answer=1000, faults=(Fault("early_close"),))
    for said in lab.play(Scenario(tuple(Conversation((ask,)) for _ in range(10)))):
        assert not lab.is_plain or (said.end, said.status) == ("answered", 200), said


@pytest.mark.parametrize("accept", ["close", "reset", "garbage"])
def test_a_connection_that_fails_at_once(lab: Lab, accept: Accept) -> None:
    lab.settle()  # so that there is no connection to use again
    [said] = lab.play(Scenario((Conversation((Ask("POST", 50),)),), accepts=(accept,)))
    assert (said.end, said.status, lab.received(said)) == ("answered", 200, 1), said
    lab.settle()
    [said] = lab.play(Scenario((Conversation((Ask("POST", 50),)),), accepts=(accept,) * 2))
    assert (said.status, error_of(said)["code"]) == (502, "UpstreamUnreachable")
    assert "(tried 2 times)" in error_of(said)["message"]
    assert lab.received(said) == 0


def test_a_connection_on_which_nobody_speaks(brief_lab: Lab) -> None:
    """Not even TLS, where there is TLS."""
    brief_lab.settle()
    [said] = brief_lab.play(Scenario((Conversation((Ask("POST", 50),)),), accepts=("silence",) * 2))
    assert (said.status, error_of(said)["code"]) == (504, "UpstreamTimeout")
    assert "(tried 2 times)" in error_of(said)["message"]


def test_a_deployment_that_refuses_for_a_while(lab: Lab) -> None:
    conversations = tuple(Conversation((Ask("POST", 50),)) for _ in range(20))
    for said in lab.play(Scenario(conversations, refuse=0.1)):
        assert (said.end, said.status, lab.received(said)) == ("answered", 200, 1), said


def test_a_deployment_that_refuses_for_long(lab: Lab) -> None:
    for said in lab.play(Scenario((Conversation(), Conversation()), refuse=40.0)):
        assert (said.end, said.status) == ("answered", 502), said
        assert "Connection refused (tried 2 times)" in error_of(said)["message"]


@pytest.mark.parametrize(
    ("accept", "reason"),
    [
        ("expired", "certificate has expired"),
        ("wrong_name", "IP address mismatch"),
        ("unknown_authority", "unable to get local issuer certificate"),
    ],
)
def test_a_certificate_that_is_not_right(secure: Lab, accept: Accept, reason: str) -> None:
    """Nothing is sent, it is not tried again, and the next connection has another chance."""
    secure.settle()
    [said] = secure.play(Scenario((Conversation((Ask("POST", 50),)),), accepts=(accept,)))
    assert (said.status, secure.received(said)) == (502, 0)
    assert reason in error_of(said)["message"]
    assert "(tried once)" in error_of(said)["message"]
    [said] = secure.play(Scenario((Conversation(),)))
    assert said.status == 200


def error_of(said: Said) -> dict[str, str]:
    told: dict[str, str] = json.loads(said.body)
    return told


CALLERS = {
    "byte by byte": Conversation((Ask("POST", 50), Ask("PUT", 50, chunked=True)), "drip"),
    "all requests at once": Conversation(
        (Ask(), Ask("POST", 50), Ask("HEAD"), Ask("PUT", 9, chunked=True), *[Ask()] * 40),
        "pipeline",
    ),
    "all requests at once, and faults": Conversation(
        (
            Ask(faults=(Fault("reset"),)),
            Ask("POST", 50, faults=(Fault("busy"),)),
            Ask("HEAD", faults=(Fault("second"),)),
            Ask("PUT", 9, chunked=True, faults=(Fault("close", "request", 30),)),
            Ask(faults=(Fault("ignore_close"),)),
            Ask(),
        ),
        "pipeline",
    ),
}


@pytest.mark.parametrize("name", CALLERS)
def test_odd_callers_are_served(plain: Lab, name: str) -> None:
    for said in plain.play(Scenario((CALLERS[name], Conversation()))):
        assert (said.end, said.status) == ("answered", 200), said


def test_callers_that_cost_time(brief: Lab) -> None:
    """Those who never read are broken off; those who hardly send are refused; others go on."""
    deaf = Conversation((Ask(answer=20_000_000),), "deaf")
    deaf_and_pipelining = Conversation((Ask(answer=500_000),) * 20, "deaf")
    slow = Conversation((Ask("POST", 50),), "slow")
    others = Conversation((Ask(),) * 50)
    said = brief.play(Scenario((deaf, deaf_and_pipelining, slow, others)))
    assert said[0].end == "broken", said[0]
    assert said[20].end == "broken", said[20]
    assert (said[21].end, said[21].status) == ("answered", 408), said[21]
    for each in said[22:]:
        assert (each.end, each.status) == ("answered", 200), each


def test_callers_that_open_and_close(plain: Lab) -> None:
    silent = tuple(
        Conversation((Ask(),), manner, "request", 0)
        for manner in ("close", "reset")
        for _ in range(300)
    )
    *_, said = plain.play(Scenario((*silent, Conversation())))
    assert (said.end, said.status) == ("answered", 200)
