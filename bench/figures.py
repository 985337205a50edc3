"""The figures to reach, each with its limit and its aim, and whether a run has reached them."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bench.contenders import NGINX, PEER, PEER_HTTP2, TCPROXY
from bench.plan import TRANSPORTS
from bench.samples import Place, Summary

Summaries = Mapping[Place, Summary]

# Where the sockets' buffers and the allocator's habits end, and holding a body begins.
_FLAT_MIB = 8.0


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure.

    Attributes:
        name: what it says, with its unit.
        value: what was measured.
        limit: what it must be at least or at most.
        aim: what it should be.
        at_least: whether more is better.
    """

    name: str
    value: float
    limit: float
    aim: float | None
    at_least: bool

    @property
    def verdict(self) -> str:
        """Whether it is met: `aim`, `met` or `NOT MET`."""
        is_reached = operator.ge if self.at_least else operator.le
        if not is_reached(self.value, self.limit):
            return "NOT MET"
        return "aim" if self.aim is not None and is_reached(self.value, self.aim) else "met"


def figures(summaries: Summaries) -> list[Figure]:
    """Return every figure that this run has measured."""
    return [
        *_small_requests(summaries),
        *_downloads(summaries),
        *_many_callers(summaries),
        *_starts(summaries),
        *_peers(summaries),
    ]


def _small_requests(summaries: Summaries) -> Iterator[Figure]:
    for transport, throughput, cpu in (
        ("plain", (0.30, 0.45), (3.5, 2.2)),
        ("tls", (0.24, 0.33), (5.0, 4.0)),
    ):
        if found := summaries.get(Place(f"get-{transport}", 32, TCPROXY)):
            of = f"GET, {transport}, 32 callers"
            ratio = found.ratios.get
            yield from _figure(
                f"{of}: throughput, nginx = 1", ratio("requests_per_second"), throughput, up=True
            )
            yield from _figure(f"{of}: CPU time, nginx = 1", ratio("cpu_per_request_us"), cpu)
    if found := summaries.get(Place("get-plain", 1, TCPROXY)):
        yield from _figure(
            "GET, plain, 1 caller: median latency, nginx = 1",
            found.ratios.get("median_latency_us"),
            (1.9, 1.4),
        )


def _downloads(summaries: Summaries) -> Iterator[Figure]:
    for transport in TRANSPORTS:
        found = summaries.get(Place(f"download-{transport}", 1, TCPROXY))
        nginx = summaries.get(Place(f"download-{transport}", 1, NGINX))
        if found is None or nginx is None:
            continue
        of = f"100 MiB, {transport}"
        later = found.values["first_byte_ms"] - nginx.values["first_byte_ms"]
        yield from _figure(
            f"{of}: throughput, nginx = 1",
            found.ratios.get("mib_per_second"),
            (0.8, None),
            up=True,
        )
        yield from _figure(f"{of}: first byte later than nginx's, ms", later, (2.0, None))
        yield from _figure(
            f"{of}: peak memory above that of 10 MiB, MiB",
            found.values["peak_growth_mib"],
            (_FLAT_MIB, None),
        )


def _many_callers(summaries: Summaries) -> Iterator[Figure]:
    for transport in TRANSPORTS:
        few = summaries.get(Place(f"get-{transport}", 32, TCPROXY))
        many = summaries.get(Place(f"get-{transport}", 128, TCPROXY))
        if few is not None and many is not None:
            key = "requests_per_second"
            yield from _figure(
                f"GET, {transport}: throughput of 128 callers, 32 callers = 1",
                many.values[key] / few.values[key],
                (0.85, None),
                up=True,
            )


def _starts(summaries: Summaries) -> Iterator[Figure]:
    for transport in TRANSPORTS:
        if found := summaries.get(Place(f"start-{transport}", 1, TCPROXY)):
            yield from _figure(
                f"cold start to first answer, {transport}, ms",
                found.values["first_answer_ms"],
                (400.0, None),
            )
            yield from _figure(
                f"idle memory, {transport}, MiB", found.values["idle_memory_mib"], (45.0, None)
            )


def _peers(summaries: Summaries) -> Iterator[Figure]:
    for place, peer in summaries.items():
        key = "requests_per_second"
        own = summaries.get(Place(place.case, place.callers, TCPROXY))
        if place.contender in (PEER, PEER_HTTP2) and own is not None and key in peer.values:
            yield from _figure(
                f"{place.case}, {place.callers} callers: throughput, {place.contender} = 1",
                own.values[key] / peer.values[key],
                (1.0, None),
                up=True,
            )


def _figure(
    name: str, value: float | None, goals: tuple[float, float | None], *, up: bool = False
) -> Iterator[Figure]:
    """Give a figure, if it was measured.

    Args:
        name: what it says.
        value: None if it was not measured.
        goals: limit and aim.
        up: whether more is better.
    """
    if value is not None:
        yield Figure(name, value, goals[0], goals[1], up)
