"""The plot: throughput and latency of small requests by the number of callers, for each server."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.samples import Place, Summary

_CASES = {
    "get-plain": "GET 450 bytes",
    "get-tls": "GET 450 bytes, TLS upstream",
    "post-plain": "POST 4 KiB",
    "post-tls": "POST 4 KiB, TLS upstream",
}
_INCHES = 4.0


def draw(summaries: Mapping[Place, Summary], title: str, file: Path) -> str | None:
    """Write the plot as PNG.

    Args:
        summaries: what was measured.
        title: what stands above it.
        file: where to.

    Returns:
        Why there is none, or None if it was written.
    """
    cases = [case for case in _CASES if any(place.case == case for place in summaries)]
    if not cases:
        return "no plot: none of its cases was measured"
    try:
        # Not imported by name: the environment of the checks does not have it.
        figure_module = importlib.import_module("matplotlib.figure")
    except ModuleNotFoundError:
        return "no plot: matplotlib is missing (`make bench` installs it)"
    figure = figure_module.Figure(figsize=(_INCHES * len(cases), _INCHES * 2), layout="constrained")
    axes = figure.subplots(2, len(cases), squeeze=False)
    for column, case in enumerate(cases):
        for contender in dict.fromkeys(place.contender for place in summaries):
            _draw_line(axes[0][column], summaries, case, contender, "requests_per_second")
            _draw_line(axes[1][column], summaries, case, contender, "median_latency_us")
        callers = sorted({place.callers for place in summaries if place.case == case})
        _label(axes[0][column], callers, "requests per second")
        _label(axes[1][column], callers, "median latency, µs")
        axes[0][column].set_title(_CASES[case])
        axes[0][column].set_ylim(bottom=0)
        axes[1][column].set_yscale("log")
    axes[0][0].legend()
    figure.suptitle(title, fontsize="medium")
    figure.savefig(file, dpi=100)
    return None


def _draw_line(
    axes: Any, summaries: Mapping[Place, Summary], case: str, contender: str, value: str
) -> None:
    points = sorted(
        (place.callers, summary.values[value])
        for place, summary in summaries.items()
        if place.case == case and place.contender == contender
    )
    if points:
        axes.plot(*zip(*points, strict=True), marker="o", label=contender)


def _label(axes: Any, callers: Sequence[int], what: str) -> None:
    axes.set_xlabel("callers at once")
    axes.set_ylabel(what)
    axes.set_xscale("log", base=2)
    axes.set_xticks(callers, labels=map(str, callers))
    axes.minorticks_off()
    axes.grid(alpha=0.3)
