"""What a Prometheus server sees: a scrape of a daemon, parsed by the official library."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from prometheus_client.parser import text_string_to_metric_families

from tests.harness.caller import Caller

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.harness.daemon import Daemon

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Scrape:
    """All samples, by name and sorted labels."""

    samples: Mapping[tuple[str, Labels], float]

    def value(self, name: str, **labels: str) -> float:
        """Return the value of one series; 0 where there is none."""
        return self.samples.get((name, tuple(sorted(labels.items()))), 0.0)

    def has(self, name: str, **labels: str) -> bool:
        """Tell whether there is such a series."""
        return (name, tuple(sorted(labels.items()))) in self.samples

    def labels(self) -> dict[str, set[str]]:
        """Return the names of all metrics with the names of their labels."""
        found: dict[str, set[str]] = {}
        for name, labels in self.samples:
            found.setdefault(name, set()).update(key for key, _ in labels)
        return found


def parse(text: str) -> Scrape:
    """Read Prometheus's text format."""
    samples = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    return Scrape(samples)


def scrape(daemon: Daemon) -> Scrape:
    """Ask a daemon on its main port."""
    response = daemon.request("GET", "/__metrics__")
    assert response.status == 200, response
    return parse(response.body.decode())


def metrics_port(daemon: Daemon) -> tuple[str, int]:
    """Return the address that a daemon logged for its metrics."""
    event = daemon.wait_for_event(lambda each: each["event"].startswith("Serving metrics on "))
    host, _, port = event["event"].removeprefix("Serving metrics on ").rpartition(":")
    return host.strip("[]"), int(port)


def scrape_port(daemon: Daemon) -> Scrape:
    """Ask a daemon on the port that is for metrics only."""
    with Caller(metrics_port(daemon)) as caller:
        response = caller.request("GET", "/__metrics__")
    assert response.status == 200, response
    return parse(response.body.decode())
