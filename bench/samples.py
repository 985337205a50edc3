"""What was measured, and what it comes to: medians, and ratios to the yardstick in the same run."""

from __future__ import annotations

import dataclasses
import math
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bench.contenders import NGINX

# Peaks only ever rise: the last is what counts, and a median would hide it.
_SUMMARIES: Mapping[str, Callable[[Iterable[float]], float]] = {
    "peak_memory_mib": max,
    "peak_growth_mib": max,
}


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """What was measured: the case, how many callers at once, and who answered them."""

    case: str
    callers: int
    contender: str


@dataclass(frozen=True, slots=True)
class Sample:
    """One measurement.

    Attributes:
        place: what was measured.
        round: when, from 0.
        values: by name, which ends with the unit.
        errors: how often something went wrong, by kind.
    """

    place: Place
    round: int
    values: Mapping[str, float]
    errors: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Summary:
    """All rounds of one place.

    Attributes:
        place: what was measured.
        values: the median of each value; of peaks, the highest.
        ratios: each value divided by nginx's, where nginx has it.
        spreads: least and greatest ratio within one round.
        errors: how often something went wrong, in all rounds.
    """

    place: Place
    values: Mapping[str, float]
    ratios: Mapping[str, float]
    spreads: Mapping[str, tuple[float, float]]
    errors: int


def summarise(samples: Sequence[Sample]) -> dict[Place, Summary]:
    """Return the summary of each place, in the order of measuring."""
    rounds: dict[Place, dict[int, Sample]] = {}
    for sample in samples:
        rounds.setdefault(sample.place, {})[sample.round] = sample
    return {
        place: _summary(own, rounds.get(dataclasses.replace(place, contender=NGINX), {}))
        for place, own in rounds.items()
    }


def _summary(own: Mapping[int, Sample], yardstick: Mapping[int, Sample]) -> Summary:
    values = _medians(own)
    nginx = _medians(yardstick)
    shared = [name for name in values if nginx.get(name)]
    return Summary(
        next(iter(own.values())).place,
        values,
        {name: values[name] / nginx[name] for name in shared},
        {name: _spread(name, own, yardstick) for name in shared},
        sum(sum(sample.errors.values()) for sample in own.values()),
    )


def _medians(rounds: Mapping[int, Sample]) -> dict[str, float]:
    columns: dict[str, list[float]] = {}
    for sample in rounds.values():
        for name, value in sample.values.items():
            columns.setdefault(name, []).append(value)
    return {
        name: _SUMMARIES.get(name, statistics.median)(column) for name, column in columns.items()
    }


def _spread(
    name: str, own: Mapping[int, Sample], yardstick: Mapping[int, Sample]
) -> tuple[float, float]:
    ratios = [
        own[number].values[name] / yardstick[number].values[name]
        for number in own
        if number in yardstick and yardstick[number].values[name]
    ]
    return (min(ratios), max(ratios)) if ratios else (math.nan, math.nan)
