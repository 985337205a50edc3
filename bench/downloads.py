"""Throughput, time to the first byte, and peak memory of long downloads."""

from __future__ import annotations

import contextlib
import statistics
from collections.abc import Iterator

from bench.contenders import Running
from bench.exchange import Download, connect, download
from bench.field import Field
from bench.plan import turns
from bench.samples import Place, Sample
from bench.upstream import LARGE_MIB, LARGE_PATH, MEDIUM_MIB, MEDIUM_PATH, MIB
from bench.usage import memory

_PER_ROUND = 3


def measure(field: Field, kind: str, transport: str) -> Iterator[Sample]:
    """Measure one case in all rounds, in new processes.

    Args:
        field: what is needed.
        kind: `download`.
        transport: `plain` or `tls`, between contenders and upstream.
    """
    with field.all_started(transport) as everyone:
        peaks = {}
        for running in everyone:
            _download(field, running, MEDIUM_PATH, MEDIUM_MIB)
            peaks[running.name] = _peak(running)
        for number in range(field.plan.rounds):
            for running in turns(everyone, number):
                place = Place(f"{kind}-{transport}", 1, running.name)
                yield _sample(field, running, place, number, peaks[running.name])


def _sample(field: Field, running: Running, place: Place, number: int, first_peak: float) -> Sample:
    found = [_download(field, running, LARGE_PATH, LARGE_MIB) for _ in range(_PER_ROUND)]
    values = {
        "mib_per_second": LARGE_MIB / statistics.median(each.total for each in found),
        "first_byte_ms": statistics.median(each.first_byte for each in found) * 1e3,
    }
    if running.server is not None:
        running.server.check()
        values["peak_memory_mib"] = _peak(running)
        values["peak_growth_mib"] = values["peak_memory_mib"] - first_peak
    return Sample(place, number, values, {})


def _download(field: Field, running: Running, path: str, mib: int) -> Download:
    with contextlib.closing(connect(running.url, field.upstream.authorities)) as connection:
        return download(connection, path, mib * MIB)


def _peak(running: Running) -> float:
    return 0.0 if running.server is None else memory(running.server.pid, "VmHWM")
