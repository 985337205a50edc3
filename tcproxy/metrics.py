"""What Prometheus is told: counts of what happened, and the state at the time of asking.

Imported only where metrics are asked for. Every value of a label comes from a fixed list, so that
no caller can make the daemon, or Prometheus, hold more of them.
"""

from __future__ import annotations

import math
import time
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate

from aiohttp.web_request import BaseRequest
from aiohttp.web_response import Response
from prometheus_client import (
    CollectorRegistry,
    Counter,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from tcproxy import logs
from tcproxy.credentials import CredentialStore
from tcproxy.forward import CALLER_LEFT, Outcome
from tcproxy.server import ProxyServer

SERVICES = frozenset(
    {
        "auth",
        "github",
        "hooks",
        "index",
        "notify",
        "object",
        "purge-cache",
        "queue",
        "secrets",
        "web-server",
        "worker-manager",
    }
)
"""The services of a deployment; whatever else a caller names is `other`."""

OWN = "tcproxy"
"""The service of requests that tcproxy answered without asking anybody."""

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"})

FAILURES = (
    "resolve",
    "connect",
    "tls",
    "certificate",
    "proxy",
    "timeout",
    "closed",
    "reset",
    "malformed",
    "truncated",
    "busy",
)
"""Causes of a `Failure`."""

RETRIES = ("401", "429", "5xx", "stale", *(cause for cause in FAILURES if cause != "busy"))
"""Causes of another attempt: an answer, an idle connection that had closed, or a failure."""

_OF_SERVICES = (
    ("tcproxy_attempts", "attempts", "How often requests were sent, or tried to be sent."),
    ("tcproxy_request_body_bytes", "received", "Bytes of bodies that callers sent."),
    ("tcproxy_response_body_bytes", "sent", "Bytes of bodies that callers were sent."),
)
"""Counters by service: name, field of `_Totals`, and help."""

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
_BOUNDS = [*(str(float(bound)) for bound in _BUCKETS), "+Inf"]
_OTHER = "other"
_STATUSES = {2: "2xx", 3: "3xx", 4: "4xx", 5: "5xx"}
_LEFT = "left"


class _Totals:
    """What is counted for each service.

    Attributes:
        buckets: how many durations fell into each of `_BUCKETS`, and beyond the last.
        seconds: all durations.
        attempts: how often requests were sent.
        received: bytes of bodies, from callers.
        sent: bytes of bodies, to callers.
    """

    __slots__ = ("attempts", "buckets", "received", "seconds", "sent")

    def __init__(self) -> None:
        self.buckets = [0] * (len(_BUCKETS) + 1)
        self.seconds = 0.0
        self.attempts = 0
        self.received = 0
        self.sent = 0


class Metrics:
    """Counts, and tells."""

    def __init__(self, version: str, revision: str) -> None:
        """Start at zero.

        Args:
            version: of the program.
            revision: of its source.
        """
        disable_created_metrics()  # type: ignore[no-untyped-call]  # the library has it untyped
        self._registry = registry = CollectorRegistry()
        self._retries = Counter(
            "tcproxy_retries", "Further attempts, by cause.", ["cause"], registry=registry
        )
        self._failures = Counter(
            "tcproxy_failures",
            "Requests whose last attempt got no complete answer, by cause.",
            ["cause"],
            registry=registry,
        )
        self._refusals = Counter(
            "tcproxy_refusals",
            "Requests that tcproxy answered with an error of its own, by its code.",
            ["code"],
            registry=registry,
        )
        self._turned_away = Counter(
            "tcproxy_turned_away_connections",
            "Callers' connections closed unread: a user or a network that is not allowed.",
            ["reason"],
            registry=registry,
        )
        # The library's own counters would take several times as long, and a caller waits for it.
        self._requests: dict[tuple[str, str, int], int] = {}
        self._services: dict[str, _Totals] = {}
        registry.register(_Present(self._of_requests))
        for cause in RETRIES:
            self._retries.labels(cause)
        for cause in FAILURES:
            self._failures.labels(cause)
        for reason in ("user", "network"):
            self._turned_away.labels(reason)
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        GCCollector(registry=registry)
        build = GaugeMetricFamily(
            "tcproxy_build_info", "The program that runs.", labels=["version", "revision"]
        )
        build.add_metric([version, revision], 1)
        registry.register(_Present(lambda: [build]))

    def watch(self, server: ProxyServer, credentials: CredentialStore) -> None:
        """Tell of the state of these, too.

        Args:
            server: serves callers.
            credentials: those in force.
        """
        self._registry.register(_Present(lambda: _state(server, credentials)))

    def on_outcome(self, outcome: Outcome) -> None:
        """Count a request that has ended."""
        service = outcome.service if outcome.service in SERVICES else _OTHER
        if not outcome.attempts:
            service = OWN
        method = outcome.method if outcome.method in METHODS else _OTHER
        status = outcome.status
        kind = -1 if status == CALLER_LEFT and outcome.error else status // 100
        key = (service, method, kind)
        self._requests[key] = self._requests.get(key, 0) + 1
        totals = self._services.get(service)
        if totals is None:
            totals = self._services[service] = _Totals()
        totals.buckets[bisect_left(_BUCKETS, outcome.duration)] += 1
        totals.seconds += outcome.duration
        totals.attempts += outcome.attempts
        totals.received += outcome.bytes_in
        totals.sent += outcome.bytes_out
        if outcome.code:
            self._refusals.labels(outcome.code).inc()

    def on_trouble(self, cause: str, is_tried_again: bool) -> None:
        """Count an attempt that failed.

        Args:
            cause: one of `RETRIES` or `FAILURES`.
            is_tried_again: whether another attempt follows.
        """
        (self._retries if is_tried_again else self._failures).labels(cause).inc()

    def on_turned_away(self, reason: str) -> None:
        """Count a connection that was closed unread.

        Args:
            reason: `user` or `network`.
        """
        self._turned_away.labels(reason).inc()

    async def page(self, request: BaseRequest) -> Response:
        """Answer `GET /__metrics__`, in the format that was asked for."""
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        body = encode(self._registry)
        return Response(body=body, headers={"Content-Type": content_type})

    def _of_requests(self) -> Iterator[Metric]:
        """Tell what was counted of requests."""
        labels: dict[tuple[str, str, str], int] = {}
        for (service, method, kind), count in self._requests.items():
            status = _LEFT if kind < 0 else _STATUSES.get(kind, _OTHER)
            key = (service, method, status)
            labels[key] = labels.get(key, 0) + count
        requests = CounterMetricFamily(
            "tcproxy_requests",
            "Requests that have ended.",
            labels=["service", "method", "status"],
        )
        for key, count in labels.items():
            requests.add_metric(key, count)
        yield requests
        durations = HistogramMetricFamily(
            "tcproxy_request_duration_seconds",
            "Seconds from a request's arrival to the end of its answer.",
            labels=["service"],
        )
        for service, totals in self._services.items():
            buckets = list(zip(_BOUNDS, map(float, accumulate(totals.buckets)), strict=True))
            durations.add_metric([service], buckets, totals.seconds)
        yield durations
        for name, field, text in _OF_SERVICES:
            family = CounterMetricFamily(name, text, labels=["service"])
            for service, totals in self._services.items():
                family.add_metric([service], getattr(totals, field))
            yield family


class _Present(Collector):
    """Metrics that are read when they are asked for."""

    def __init__(self, read: Callable[[], Iterable[Metric]]) -> None:
        self._read = read

    def collect(self) -> Iterable[Metric]:
        return self._read()


def _state(server: ProxyServer, credentials: CredentialStore) -> Iterator[Metric]:
    """Read what the daemon holds now."""
    forwarder = server.forwarder
    memory = forwarder.memory
    expires = credentials.current.expires
    counts = forwarder.upstream.counts
    yield GaugeMetricFamily(
        "tcproxy_requests_in_flight", "Forwarded requests under way.", len(forwarder.running)
    )
    yield GaugeMetricFamily(
        "tcproxy_caller_connections", "Callers' connections that are open.", len(server.callers)
    )
    yield GaugeMetricFamily(
        "tcproxy_caller_connections_limit", "Most of them at once.", server.limits.connections
    )
    connections = GaugeMetricFamily(
        "tcproxy_upstream_connections", "Connections upstream, by state.", labels=["state"]
    )
    for state in ("idle", "busy", "opening"):
        connections.add_metric([state], getattr(counts, state))
    yield connections
    yield GaugeMetricFamily(
        "tcproxy_upstream_waiting_requests",
        "Requests that wait for a connection upstream.",
        counts.waiting,
    )
    yield GaugeMetricFamily(
        "tcproxy_upstream_requests_limit",
        "Most requests at once to one host.",
        forwarder.upstream.limits.requests,
    )
    yield GaugeMetricFamily(
        "tcproxy_replay_memory_bytes", "Memory of bodies kept for further attempts.", memory.used
    )
    yield GaugeMetricFamily("tcproxy_replay_memory_limit_bytes", "The most of it.", memory.limit)
    yield GaugeMetricFamily(
        "tcproxy_credentials_remaining_seconds",
        "Seconds until the credentials expire; +Inf for permanent ones.",
        math.inf if expires is None else expires - time.time() - forwarder.clock.offset,
    )
    yield GaugeMetricFamily(
        "tcproxy_clock_offset_seconds",
        "Seconds that the deployment's clock is ahead of this machine's, if that is a matter.",
        forwarder.clock.offset,
    )
    yield CounterMetricFamily(
        "tcproxy_log_lines_lost", "Lines of the log that could not be written.", logs.lines_lost()
    )
