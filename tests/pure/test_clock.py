"""What the `Date` of the deployment's answers says about this machine's clock."""

from __future__ import annotations

from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcproxy.clock import THRESHOLD, DeploymentClock, parse_date
from tcproxy.targets import Origin

NOW = 1_700_000_000.25
ORIGIN = Origin("https", "tc.example.com", 443)
offsets = st.integers(-100_000_000, 100_000_000)
waits = st.floats(0, 200)


def date(seconds: float) -> bytes:
    return formatdate(seconds, usegmt=True).encode()


def new_clock(offset: float = 0.0) -> tuple[DeploymentClock, list[float]]:
    told: list[float] = []
    clock = DeploymentClock(ORIGIN, told.append)
    clock.offset = offset
    return clock, told


@given(offsets, offsets, waits, st.floats(0, 1), st.booleans())
def test_what_is_close_enough_changes_nothing(
    offset: int, drift: int, wait: float, when: float, refused: bool
) -> None:
    """The date was written at any time of the wait, by a clock at most a threshold away."""
    clock, told = new_clock(offset)
    off = offset + drift % (2 * THRESHOLD) - THRESHOLD
    written = NOW - wait * when + off
    for later in (0, 5, 10):
        clock.observe(date(written + later), NOW + later, wait, is_refused=refused)
    assert (clock.offset, told) == (offset, [])


@given(offsets, offsets, waits)
def test_a_refusal_corrects_what_is_wrong_for_sure(offset: int, truth: int, wait: float) -> None:
    clock, told = new_clock(offset)
    clock.observe(date(NOW + truth), NOW, wait, is_refused=True)
    if told:
        assert told == [clock.offset]
        assert abs(truth - offset) > THRESHOLD
    assert clock.offset == offset or abs(clock.offset - truth) <= THRESHOLD + 1
    assert abs(clock.offset - truth) <= THRESHOLD + wait + 2
    assert clock.offset == offset or clock.offset == 0 or abs(clock.offset - truth) <= 1
    # What was corrected is good: the same answer once more changes nothing.
    before = list(told)
    clock.observe(date(NOW + truth), NOW, wait, is_refused=True)
    assert told == before


def test_other_answers_need_a_second_one_that_tells_the_same() -> None:
    clock, told = new_clock()
    clock.observe(date(NOW + 700), NOW, 0, is_refused=False)
    assert told == []
    clock.observe(date(NOW + 701), NOW + 1, 0, is_refused=False)
    assert told == [clock.offset] == [700]


def test_an_answer_that_is_kept_somewhere_convinces_nobody() -> None:
    clock, told = new_clock()
    for second in range(100):
        clock.observe(date(NOW - 700), NOW + second, 0, is_refused=False)
    assert told == []


def test_one_machine_of_many_with_a_wrong_clock_convinces_nobody() -> None:
    clock, told = new_clock()
    for second in range(0, 100, 2):
        clock.observe(date(NOW + second + 3600), NOW + second, 0, is_refused=False)
        clock.observe(date(NOW + second + 1), NOW + second + 1, 0, is_refused=False)
    assert told == []


@given(st.lists(st.tuples(offsets, st.booleans()), max_size=20))
def test_it_is_back_at_zero_when_this_machines_clock_is_right_again(
    jumps: list[tuple[int, bool]],
) -> None:
    clock, told = new_clock()
    for number, (truth, refused) in enumerate(jumps):
        clock.observe(date(NOW + number + truth), NOW + number, 0, is_refused=refused)
    for number in (100, 110):
        clock.observe(date(NOW + number), NOW + number, 0, is_refused=False)
    assert abs(clock.offset) <= THRESHOLD
    assert told == [] or told[-1] == clock.offset


@pytest.mark.parametrize(
    "value",
    [
        None,
        b"",
        b"now",
        b"Sun Nov  6 08:49:37 2033",
        b"Sunday, 06-Nov-33 08:49:37 GMT",
        b"Sun, 06 Nov 2033 08:49:37 +0000",
        b"Sun, 06 Nov 2033 08:49:37 GMT, Sun, 06 Nov 2033 08:49:37 GMT",
        b"Sun, 31 Feb 2033 08:49:37 GMT",
        b"Sun, 06 Nov 2033 24:49:37 GMT",
        b"Thu, 01 Jan 1970 00:00:00 GMT",
        b"Sun, 06 Nov 0000 08:49:37 GMT",
        "Sun, 0٦ Nov 2033 08:49:37 GMT".encode(),
    ],
)
def test_what_is_no_date_changes_nothing(value: bytes | None) -> None:
    clock, told = new_clock()
    clock.observe(value, NOW, 0, is_refused=True)
    assert (clock.offset, told) == (0, [])


@given(st.integers(1_577_836_800, 253_402_300_799))
def test_every_date_is_read(seconds: int) -> None:
    assert parse_date(date(seconds)) == seconds


@given(st.binary(max_size=40))
def test_reading_a_date_never_fails(value: bytes) -> None:
    seconds = parse_date(value)
    assert seconds is None or seconds > 0
