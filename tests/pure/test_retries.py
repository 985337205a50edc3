"""When and after how long to try again."""

from __future__ import annotations

from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcproxy.retries import RetryPolicy, is_retryable, parse_retry_after

chances = st.floats(0, 1, exclude_max=True)


@given(st.integers(1, 200), st.floats(0, 100), chances, st.none() | st.floats(0, 1000))
def test_a_retry_is_always_within_both_bounds(
    attempts: int, elapsed: float, chance: float, wanted: float | None
) -> None:
    policy = RetryPolicy()
    delay = policy.delay(attempts, elapsed, chance, wanted)
    if delay is not None:
        assert attempts <= policy.retries
        assert elapsed + delay <= policy.budget
        assert delay >= (wanted or 0)


def test_delays_double_and_are_spread() -> None:
    policy = RetryPolicy(budget=1000)
    assert [policy.delay(n, 0, 0.5) for n in range(1, 7)] == [0.5, 1, 2, 4, 8, None]
    assert policy.delay(1, 0, 0.0) == 0.25
    assert policy.delay(1, 0, 0.999) == pytest.approx(0.7495)


def test_what_the_deployment_asks_for_is_kept_to() -> None:
    policy = RetryPolicy()
    assert policy.delay(1, 0, 0.0, 3) == 3
    assert policy.delay(1, 0, 0.0, 0) == 0
    assert policy.delay(1, 0, 0.0, 31) is None


def test_which_responses_ask_for_another_attempt() -> None:
    assert [status for status in range(200, 600) if is_retryable(status)] == [
        429,
        *range(500, 600),
    ]


def test_which_methods_may_be_sent_again() -> None:
    assert RetryPolicy().allows("POST")
    cautious = RetryPolicy(idempotent_only=True)
    assert cautious.allows("PUT")
    assert not cautious.allows("POST")
    assert not cautious.allows("FROB")


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (b"5", 5.0),
        (b" 0 ", 0.0),
        (formatdate(1_000_010, usegmt=True).encode(), 10.0),
        (formatdate(999_000, usegmt=True).encode(), 0.0),
        (b"-1", None),
        (b"1.5", None),
        (b"soon", None),
        (b"", None),
        (b"\xff", None),
        (b"9" * 400, None),
    ],
)
def test_reading_retry_after(value: bytes, seconds: float | None) -> None:
    assert parse_retry_after(value, 1_000_000) == seconds


@given(st.binary(max_size=40))
def test_reading_retry_after_never_fails(value: bytes) -> None:
    seconds = parse_retry_after(value, 1_000_000)
    assert seconds is None or seconds >= 0
