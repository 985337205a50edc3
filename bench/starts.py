"""Cold start to the first answer, and memory when idle after it."""

from __future__ import annotations

import time
from collections.abc import Iterator

from bench.field import Field
from bench.plan import turns
from bench.samples import Place, Sample
from bench.usage import memory

# Long enough for whatever a server puts off until it has started.
_SETTLE_SECONDS = 1.0


def measure(field: Field, kind: str, transport: str) -> Iterator[Sample]:
    """Measure one case in all rounds, each in a new process while nothing else runs.

    Args:
        field: what is needed.
        kind: `start`.
        transport: `plain` or `tls`, between contenders and upstream.
    """
    with_process = [each for each in field.contenders_over(transport) if each.command is not None]
    for number in range(field.plan.rounds):
        for contender in turns(with_process, number):
            with field.started(contender, transport) as running:
                if running.server is None:
                    continue
                time.sleep(_SETTLE_SECONDS)
                values = {
                    "first_answer_ms": running.first_answer * 1e3,
                    "idle_memory_mib": memory(running.server.pid),
                }
                place = Place(f"{kind}-{transport}", 1, contender.name)
                yield Sample(place, number, values, {})
