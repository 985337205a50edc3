"""Bodies kept for another attempt stay within bounds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tcproxy.replay import ReplayBody, ReplayMemory


@given(st.lists(st.lists(st.binary(max_size=30), max_size=8), max_size=6))
def test_memory_is_bounded_and_given_back(bodies: list[list[bytes]]) -> None:
    memory = ReplayMemory(body_limit=50, limit=90)
    kept = []
    for pieces in bodies:
        body = ReplayBody(memory)
        for piece in pieces:
            body.add(piece)
            assert memory.used <= memory.limit
        if body.is_whole:
            assert b"".join(body.pieces()) == b"".join(pieces)
            assert sum(map(len, pieces)) <= memory.body_limit
        kept.append(body)
    for body in kept:
        body.drop()
    assert memory.used == 0


def test_a_body_known_to_be_too_long_is_not_kept_at_all() -> None:
    memory = ReplayMemory(body_limit=10, limit=100)
    body = ReplayBody(memory, expected=11)
    body.add(b"x")
    assert not body.is_whole
    assert memory.used == 0


def test_a_body_that_was_dropped_stays_dropped() -> None:
    memory = ReplayMemory(body_limit=3, limit=100)
    body = ReplayBody(memory)
    for piece in (b"abc", b"d"):
        body.add(piece)
    body.add(b"e")
    assert not body.is_whole
    assert body.pieces() == []


def test_small_pieces_are_kept_together() -> None:
    """A caller that sends a byte at a time must not make each of them take forty."""
    body = ReplayBody(ReplayMemory(1_000_000, 1_000_000))
    whole = bytes(index % 256 for index in range(200_000))
    for index in range(0, len(whole), 2):
        body.add(whole[index : index + 2])
        if index % 50_000 == 0:
            assert b"".join(body.pieces()) == whole[: index + 2]
    assert b"".join(body.pieces()) == whole
    assert len(body.pieces()) < 20
