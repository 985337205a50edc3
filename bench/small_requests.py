"""Throughput, latency and CPU time of small requests, for numbers of callers at once."""

from __future__ import annotations

from collections.abc import Iterator

from bench import load
from bench.contenders import Running
from bench.field import Field
from bench.load import Load, Request
from bench.plan import turns
from bench.samples import Place, Sample
from bench.upstream import SMALL_PATH
from bench.usage import cpu_seconds

REQUESTS = {
    "get": Request("GET", SMALL_PATH),
    "post": Request("POST", SMALL_PATH, body_size=4096),
    "new": Request("GET", SMALL_PATH, new_connection=True),
}

_WARM_UP_SECONDS = 1


def measure(field: Field, kind: str, transport: str) -> Iterator[Sample]:
    """Measure one case in all rounds, with all contenders running side by side but loaded in turn.

    Args:
        field: what is needed.
        kind: a key of REQUESTS.
        transport: `plain` or `tls`, between contenders and upstream.
    """
    request = REQUESTS[kind]
    with field.all_started(transport) as everyone:
        for number in range(field.plan.rounds):
            for callers in turns(field.plan.callers, number):
                for running in turns(everyone, number):
                    if field.plan.warm_up:
                        load.run(field.tools.wrk, running.url, request, callers, _WARM_UP_SECONDS)
                    place = Place(f"{kind}-{transport}", callers, running.name)
                    yield _sample(field, running, request, place, number)


def _sample(field: Field, running: Running, request: Request, place: Place, number: int) -> Sample:
    server = running.server
    before = 0.0 if server is None else cpu_seconds(server.pid)
    found = load.run(field.tools.wrk, running.url, request, place.callers, field.plan.seconds)
    values = {
        "requests_per_second": found.requests / found.seconds,
        **_latency(found, request, place.callers),
    }
    if server is not None:
        server.check()
        cpu = cpu_seconds(server.pid) - before
        values["cpu_per_request_us"] = cpu / found.requests * 1e6
        server.forget_log()
    return Sample(place, number, values, found.errors)


def _latency(found: Load, request: Request, callers: int) -> dict[str, float]:
    if request.new_connection:
        # wrk's own latency begins when the connection is open, and opening it is the point here.
        return {"mean_latency_us": found.seconds * callers / found.requests * 1e6}
    return {"median_latency_us": found.median * 1e6, "p99_latency_us": found.p99 * 1e6}
