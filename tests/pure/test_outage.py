"""How attempts are spread over time when a deployment is away and comes back, by the policy."""

from __future__ import annotations

import random

import pytest

from tcproxy.retries import RetryPolicy

CALLERS = 50


def attempts(rng: random.Random, outage: float) -> list[float]:
    """Return when one caller's requests are tried until one succeeds.

    Args:
        rng: chance.
        outage: seconds for which every attempt fails, from 0 on.
    """
    policy = RetryPolicy()
    made: list[float] = []
    began = 0.0
    while True:
        now, number = began, 0
        while True:
            made.append(now)
            number += 1
            if now >= outage:
                return made
            delay = policy.delay(number, now - began, rng.random())
            if delay is None:
                began = now + 0.1
                break
            now += delay


def peak(times: list[float]) -> int:
    """Return the most attempts within any second."""
    return max(sum(start <= time < start + 1 for time in times) for start in times)


@pytest.mark.parametrize("outage", [5, 20, 60])
def test_when_it_is_back_attempts_are_spread(outage: float) -> None:
    """All failed at the same time, and ask again at once when they are given up."""
    rng = random.Random(outage)
    for _ in range(5):
        made = [attempts(rng, outage) for _ in range(CALLERS)]
        assert peak([times[-1] for times in made]) <= 30
        during = [each for times in made for each in times if 5 <= each < outage]
        assert not during or peak(during) <= 60
        assert len(during) <= CALLERS * (outage - 5)
