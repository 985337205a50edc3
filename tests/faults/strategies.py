"""How hypothesis draws what goes wrong; it shrinks towards one plain request that goes well."""

from __future__ import annotations

from typing import get_args

from hypothesis import strategies as st

from tests.faults.values import (
    Accept,
    Act,
    Ask,
    Conversation,
    Fault,
    Framing,
    Manner,
    Message,
    Scenario,
)

_CUTS = frozenset({"close", "reset", "half_close", "silence"})
_CERTIFICATES = frozenset({"expired", "wrong_name", "unknown_authority"})

places = st.integers(0, 300) | st.sampled_from([1_000_000, 4096, 65_536])


@st.composite
def faults(draw: st.DrawFn) -> Fault:
    """Draw what goes wrong with one or more attempts."""
    act: Act = draw(st.sampled_from(sorted(set(get_args(Act)))))
    of: Message = draw(st.sampled_from(get_args(Message))) if act in _CUTS else "response"
    return Fault(act, of, draw(places), draw(st.integers(1, 3)))


@st.composite
def asks(draw: st.DrawFn) -> Ask:
    """Draw a request, its answer, and what goes wrong with them."""
    method = draw(st.sampled_from(["GET", "POST", "PUT", "HEAD"]))
    has_body = method in {"POST", "PUT"} and draw(st.booleans())
    drawn = tuple(draw(st.lists(faults(), max_size=2)))
    # Where the end of the connection is the end of the body, nobody notices that it came too
    # early, or that another answer was added.
    is_ambiguous = any(each.act in _CUTS | {"second", "drip"} for each in drawn)
    framings = [each for each in get_args(Framing) if each != "close" or not is_ambiguous]
    # A short one comes in one piece with what is sent behind it.
    sizes = st.integers(0, 300)
    is_piecemeal = any(each.act in {"second", "drip"} for each in drawn)
    return Ask(
        method,
        draw(sizes | st.just(100_000)) if has_body else None,
        has_body and draw(st.booleans()),
        draw(sizes if is_piecemeal else sizes | st.just(100_000)),
        draw(st.sampled_from(framings)),
        drawn,
    )


@st.composite
def conversations(draw: st.DrawFn) -> Conversation:
    """Draw what a caller does."""
    manner: Manner = draw(st.sampled_from([each for each in get_args(Manner) if each != "slow"]))
    return Conversation(
        tuple(draw(st.lists(asks(), min_size=1, max_size=4))),
        manner,
        draw(st.sampled_from(get_args(Message))),
        draw(places),
    )


@st.composite
def scenarios(draw: st.DrawFn, *, is_plain: bool) -> Scenario:
    """Draw what happens at the same time."""
    accepts = [each for each in get_args(Accept) if not (is_plain and each in _CERTIFICATES)]
    return Scenario(
        tuple(draw(st.lists(conversations(), min_size=1, max_size=12))),
        tuple(draw(st.lists(st.sampled_from(accepts), max_size=3))),
        draw(st.sampled_from([0.0, 0.0, 0.0, 0.05])),
    )
