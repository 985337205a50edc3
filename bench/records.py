"""The results as data for JSON: every sample, its summary, and the figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bench.figures import Figure
from bench.samples import Place, Sample, Summary


def record(
    machine: Mapping[str, str],
    samples: Sequence[Sample],
    summaries: Mapping[Place, Summary],
    figures: Sequence[Figure],
) -> dict[str, Any]:
    """Return everything as what JSON has.

    Args:
        machine: on what was measured.
        samples: all measurements.
        summaries: what they come to.
        figures: those to reach.
    """
    return {
        "machine": dict(machine),
        "results": [
            {
                "case": place.case,
                "callers": place.callers,
                "server": place.contender,
                "values": dict(summary.values),
                "ratios_to_nginx": dict(summary.ratios),
                "spreads_of_ratios": {key: list(pair) for key, pair in summary.spreads.items()},
                "errors": summary.errors,
                "rounds": [
                    {"values": dict(sample.values), "errors": dict(sample.errors)}
                    for sample in samples
                    if sample.place == place
                ],
            }
            for place, summary in summaries.items()
        ],
        "figures": shown(figures),
    }


def shown(figures: Sequence[Figure]) -> list[dict[str, Any]]:
    """Return figures as what JSON has."""
    return [
        {
            "figure": each.name,
            "measured": each.value,
            "target": each.limit,
            "aim": each.aim,
            "at_least": each.at_least,
            "result": each.verdict,
        }
        for each in figures
    ]
