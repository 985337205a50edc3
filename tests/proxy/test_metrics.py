"""What Prometheus is told, on the main port and on one of its own."""

from __future__ import annotations

import datetime as dt
import math
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

import tcproxy
from tests.harness import daemon as process
from tests.harness import hawk
from tests.harness.addresses import reserved_port
from tests.harness.caller import Caller
from tests.harness.daemon import ACCESS_TOKEN, CLIENT_ID, ROOT, Daemon, wait_until
from tests.harness.scrape import Scrape, metrics_port, parse, scrape, scrape_port
from tests.harness.upstream import OK, Exchange, raw_then_close, reply

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import StartDaemon, StartUpstream
    from tests.harness.upstream import Upstream

BUSY = reply(503, [("Content-Type", "application/json")], b"{}")
LIMITED = reply(429, [("Retry-After", "0")])


@pytest.fixture(scope="module")
def shared_metered(shared_upstream: Upstream) -> Iterator[Daemon]:
    with Daemon("--metrics", "--metrics-port", "0", root_url=shared_upstream.url) as daemon:
        yield daemon


@pytest.fixture
def metered(shared_metered: Daemon, upstream: Upstream) -> Iterator[Daemon]:
    """A daemon with metrics on both ports, in front of `upstream`."""
    del upstream  # it must be clean before the daemon is used
    yield shared_metered
    shared_metered.check()


def grown(before: Scrape, after: Scrape) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Return what has grown between two scrapes."""
    return {
        key: value - before.samples.get(key, 0.0)
        for key, value in after.samples.items()
        if value > before.samples.get(key, 0.0)
    }


def is_listening(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class TestOff:
    def test_there_is_no_page(self, daemon: Daemon, upstream: Upstream) -> None:
        response = daemon.request("GET", "/__metrics__")
        assert response.status == 404
        assert "--metrics (TCPROXY_METRICS)" in response.json()["message"]
        assert not upstream.requests

    def test_nor_on_the_main_port_when_they_have_their_own(
        self, upstream: Upstream, start_daemon: StartDaemon
    ) -> None:
        daemon = start_daemon("--metrics-port", "0", root_url=upstream.url)
        assert daemon.request("GET", "/__metrics__").status == 404
        assert scrape_port(daemon).has("tcproxy_requests_in_flight")

    def test_the_library_is_not_loaded(self) -> None:
        """It would take memory, and time at every start."""
        script = "import sys, tcproxy.daemon; print('prometheus_client' in sys.modules)"
        command = [sys.executable, "-c", script]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
        assert done.stdout.strip() == "False"


class TestRequests:
    def test_by_service_method_and_status(self, metered: Daemon, upstream: Upstream) -> None:
        upstream.script(reply(200), reply(404), reply(302), reply(200), reply(201))
        before = scrape(metered)
        metered.request("GET", "/queue/v1/task/a")
        metered.request("GET", "/api/queue/v1/task/b")
        metered.request("HEAD", "/secrets/v1/secret/a")
        metered.request("DELETE", "/secrets/v1/secret/a")
        metered.request("PUT", "/mine/v1/thing", body=b"12345")
        after = scrape(metered)
        found = {
            labels: value
            for (name, labels), value in grown(before, after).items()
            if name == "tcproxy_requests_total"
        }
        assert found == {
            (("method", "GET"), ("service", "queue"), ("status", "2xx")): 1,
            (("method", "GET"), ("service", "queue"), ("status", "4xx")): 1,
            (("method", "HEAD"), ("service", "secrets"), ("status", "3xx")): 1,
            (("method", "DELETE"), ("service", "secrets"), ("status", "2xx")): 1,
            (("method", "PUT"), ("service", "other"), ("status", "2xx")): 1,
            (("method", "GET"), ("service", "tcproxy"), ("status", "2xx")): 1,
        }

    def test_bytes_and_durations(self, metered: Daemon, upstream: Upstream) -> None:
        upstream.script(reply(200, body=b"x" * 1000))
        before = scrape(metered)
        metered.request("POST", "/index/v1/thing", body=b"y" * 300)
        after = scrape(metered)
        new = grown(before, after)
        service = (("service", "index"),)
        assert new["tcproxy_request_body_bytes_total", service] == 300
        assert new["tcproxy_response_body_bytes_total", service] == 1000
        assert new["tcproxy_attempts_total", service] == 1
        assert new["tcproxy_request_duration_seconds_count", service] == 1
        assert 0 < new["tcproxy_request_duration_seconds_sum", service] < 30
        everything = (("le", "+Inf"), ("service", "index"))
        assert new["tcproxy_request_duration_seconds_bucket", everything] == 1

    def test_a_caller_who_leaves(self, metered: Daemon, upstream: Upstream) -> None:
        arrived = threading.Event()

        def wait(exchange: Exchange) -> None:
            arrived.set()
            exchange.wire.wait_closed()

        upstream.script(wait)
        labels = {"service": "queue", "method": "GET", "status": "left"}
        before = scrape(metered).value("tcproxy_requests_total", **labels)
        with metered.connect() as caller:
            caller.send("GET", "/queue/v1/task/a")
            assert arrived.wait(30)
        wait_until(lambda: scrape(metered).value("tcproxy_requests_total", **labels) == before + 1)

    def test_what_tcproxy_refuses(self, metered: Daemon, upstream: Upstream) -> None:
        before = scrape(metered)
        metered.request("GET", "/nothing")
        metered.request("GET", "/evil.example.com/x")
        metered.request("GET", "/queue/v1/x", [("Origin", "https://evil.example.com")])
        metered.request("GET", "/queue/v1/x", [("Host", "evil.example.com")])
        metered.request("PUT", "/credentials", body=b"{}")
        metered.request("PATCH", "/bewit")
        after = scrape(metered)
        codes = {
            dict(labels)["code"]: value
            for (name, labels), value in grown(before, after).items()
            if name == "tcproxy_refusals_total"
        }
        assert codes == {
            "ResourceNotFound": 1,
            "HostNotAllowed": 1,
            "OriginNotAllowed": 1,
            "HostHeaderNotAllowed": 1,
            "InvalidCredentials": 1,
            "MethodNotAllowed": 1,
        }
        assert not upstream.requests


class TestTrouble:
    def test_retries_by_cause(self, metered: Daemon, upstream: Upstream) -> None:
        upstream.script(LIMITED, LIMITED, OK, BUSY, OK, raw_then_close(b""), OK)
        before = scrape(metered)
        for _ in range(3):
            # A connection of its own, so that the closed one is no idle one that had gone stale.
            upstream.hang_up()
            upstream.wait_for_open_connections(0)
            assert metered.request("GET", "/queue/v1/task/a").status == 200
        new = grown(before, scrape(metered))
        retries = {
            dict(labels)["cause"]: value
            for (name, labels), value in new.items()
            if name == "tcproxy_retries_total" and dict(labels)["cause"] != "stale"
        }
        assert retries == {"429": 2, "5xx": 1, "closed": 1}
        assert new["tcproxy_attempts_total", (("service", "queue"),)] >= 7
        assert not any(name == "tcproxy_failures_total" for name, _ in new)

    def test_failures_by_cause(
        self, start_upstream: StartUpstream, start_daemon: StartDaemon
    ) -> None:
        upstream = start_upstream()
        daemon = start_daemon("--retries", "0", "--metrics", root_url=upstream.url)
        upstream.script(raw_then_close(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"))
        with daemon.connect() as caller:
            caller.send("GET", "/queue/v1/task/a")
            caller.read_head()
            daemon.request_event("/queue/v1/task/a")
        upstream.stop_listening()
        assert daemon.request("GET", "/queue/v1/task/b").status == 502
        after = scrape(daemon)
        assert after.value("tcproxy_failures_total", cause="truncated") == 1
        assert after.value("tcproxy_failures_total", cause="connect") == 1
        assert after.value("tcproxy_failures_total", cause="timeout") == 0
        assert after.has("tcproxy_failures_total", cause="timeout")
        assert after.value("tcproxy_refusals_total", code="UpstreamUnreachable") == 1


class TestState:
    def test_connections_and_requests_in_flight(
        self, start_upstream: StartUpstream, start_daemon: StartDaemon
    ) -> None:
        upstream = start_upstream()
        daemon = start_daemon("--metrics", root_url=upstream.url)
        go_on = threading.Event()

        def wait(exchange: Exchange) -> None:
            exchange.read_body()
            go_on.wait(30)
            exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

        upstream.script(wait, wait)
        with daemon.connect() as first, daemon.connect() as second, daemon.connect() as idle:
            assert idle.request("GET", "/__version__").status == 200
            for caller in (first, second):
                caller.send("GET", "/queue/v1/task/a")
            upstream.wait_for_requests(2)
            during = scrape(daemon)
            go_on.set()
            for caller in (first, second):
                assert caller.read_response().status == 200
            after = scrape(daemon)
        assert during.value("tcproxy_requests_in_flight") == 2
        assert during.value("tcproxy_upstream_connections", state="busy") == 2
        assert during.value("tcproxy_upstream_connections", state="idle") == 0
        assert during.value("tcproxy_caller_connections") >= 4
        assert during.value("tcproxy_caller_connections_limit") == 4096
        assert during.value("tcproxy_upstream_requests_limit") == 1024
        assert after.value("tcproxy_requests_in_flight") == 0
        assert after.value("tcproxy_upstream_connections", state="idle") == 2
        assert after.has("tcproxy_upstream_waiting_requests")

    def test_bodies_kept_for_retries(self, metered: Daemon, upstream: Upstream) -> None:
        arrived, go_on = threading.Event(), threading.Event()

        def wait(exchange: Exchange) -> None:
            exchange.read_body()
            arrived.set()
            go_on.wait(30)
            exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

        upstream.script(wait)
        with metered.connect() as caller:
            caller.send("PUT", "/queue/v1/task/a", body=b"z" * 5000)
            assert arrived.wait(30)
            during = scrape(metered)
            go_on.set()
            caller.read_response()
        assert during.value("tcproxy_replay_memory_bytes") == 5000
        assert during.value("tcproxy_replay_memory_limit_bytes") == 128 * 1024 * 1024
        assert scrape(metered).value("tcproxy_replay_memory_bytes") == 0

    def test_credentials_run_out(self, upstream: Upstream, start_daemon: StartDaemon) -> None:
        temporary = hawk.temporary("a", ends=dt.timedelta(hours=1))
        daemon = start_daemon("--metrics", root_url=upstream.url, **temporary.arguments())
        remaining = scrape(daemon).value("tcproxy_credentials_remaining_seconds")
        assert 3000 < remaining <= 3600
        expired = hawk.temporary("a", begins=dt.timedelta(hours=-2), ends=dt.timedelta(hours=-1))
        assert daemon.request("PUT", "/credentials", body=expired.body()).status == 200
        remaining = scrape(daemon).value("tcproxy_credentials_remaining_seconds")
        assert -4200 < remaining <= -3600
        assert daemon.request("PUT", "/credentials", body=hawk.Credentials().body()).status == 200
        assert scrape(daemon).value("tcproxy_credentials_remaining_seconds") == math.inf

    def test_the_program_and_its_process(self, metered: Daemon) -> None:
        found = scrape(metered)
        assert found.has("tcproxy_build_info", version=tcproxy.__version__, revision="unknown")
        assert found.value("tcproxy_log_lines_lost_total") == 0
        assert found.has("tcproxy_log_lines_lost_total")
        assert found.value("process_resident_memory_bytes") > 10 * 1024 * 1024

    @pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is Linux's")
    def test_lines_that_the_log_lost(self, upstream: Upstream) -> None:
        """A full disk under the log shows, as nothing else would tell of it."""
        with reserved_port() as port:
            command = process.command(
                "--port", str(port), "--metrics", "--root-url", upstream.url, "--client-id", "x"
            )
            env = process.environment({"TASKCLUSTER_ACCESS_TOKEN": "y"})
            with open("/dev/full", "w") as full:  # noqa: PTH123  Path.open would do no better
                child = subprocess.Popen(command, env=env, cwd=ROOT, stderr=full)
            try:
                wait_until(lambda: is_listening(port), 30)
                with Caller(("127.0.0.1", port)) as caller:
                    response = caller.request("GET", "/__metrics__")
                assert parse(response.body.decode()).value("tcproxy_log_lines_lost_total") >= 1
            finally:
                child.terminate()
                child.wait(15)


class TestBounds:
    def test_callers_cannot_make_series(
        self, start_upstream: StartUpstream, start_daemon: StartDaemon
    ) -> None:
        """A thousand odd services, methods, hosts, statuses and versions add a fixed few."""
        upstream = start_upstream()
        daemon = start_daemon("--metrics", "--allowed-host", "*", root_url=upstream.url)
        for status in (199 + 1, 204, 299, 302, 404, 418, 499, 599, 777):
            upstream.script(reply(status, reason="x"))
            daemon.request("GET", "/queue/v1/warm")
        with daemon.connect() as caller:
            for number in range(1000):
                target = (
                    f"/service{number}/v{number}/x",
                    f"/api/Queue{number}/v1/x",
                    f"/no-such-path-{number}",
                    f'/x"}}{number}/v1/y',
                )[number % 4]
                fields = [("User-Agent", f"agent-{number}"), ("X-Label", str(number))]
                caller.request(f"VERB{number}", target, fields)
        found = scrape(daemon)
        series = [key for key in found.samples if key[0] == "tcproxy_requests_total"]
        assert len(series) <= 12
        services = {dict(labels)["service"] for _, labels in series}
        assert services == {"queue", "other", "tcproxy"}
        assert {dict(labels)["method"] for _, labels in series} == {"GET", "other"}
        assert len(found.samples) < 250
        total = sum(found.value(name, **dict(labels)) for name, labels in series)
        assert total >= 1009
        text = daemon.request("GET", "/__metrics__").body.decode()
        for word in ("VERB", "service1", "Queue", "no-such", "agent", "v17"):
            assert word not in text

    def test_nothing_of_a_request_is_shown(self, metered: Daemon, upstream: Upstream) -> None:
        metered.request("GET", "/queue/v1/private-path?bewit=private-query")
        text = metered.request("GET", "/__metrics__").body.decode()
        for word in ("private", CLIENT_ID, ACCESS_TOKEN, upstream.authority):
            assert word not in text


class TestFormats:
    def test_text_is_the_default(self, metered: Daemon) -> None:
        response = metered.request("GET", "/__metrics__")
        assert (response.header("Content-Type") or "").startswith("text/plain; version=0.0.4")
        assert "# TYPE tcproxy_requests_total counter" in response.body.decode()

    def test_openmetrics(self, metered: Daemon) -> None:
        accept = "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3"
        response = metered.request("GET", "/__metrics__", [("Accept", accept)])
        assert (response.header("Content-Type") or "").startswith("application/openmetrics-text")
        text = response.body.decode()
        families = text_string_to_metric_families(text)  # type: ignore[no-untyped-call]  # untyped
        names = {each.name for each in families}
        assert {"tcproxy_requests", "tcproxy_build_info", "process_cpu_seconds"} <= names

    def test_head(self, metered: Daemon) -> None:
        response = metered.request("HEAD", "/__metrics__")
        assert response.status == 200
        assert not response.body

    def test_nothing_else_than_reading(self, metered: Daemon) -> None:
        response = metered.request("POST", "/__metrics__", body=b"x")
        assert (response.status, response.header("Allow")) == (405, "GET, HEAD")


class TestOwnPort:
    def test_it_tells_the_same(self, metered: Daemon) -> None:
        metered.request("GET", "/auth/v1/ping")
        names = scrape(metered).labels()
        assert scrape_port(metered).labels() == names

    def test_it_serves_nothing_else(self, metered: Daemon, upstream: Upstream) -> None:
        targets = "/queue/v1/ping /api/queue/v1/ping /bewit /credentials /__version__ /"
        with Caller(metrics_port(metered)) as caller:
            for target in [*targets.split(), f"http://{upstream.authority}/__metrics__"]:
                for method in ("GET", "PUT", "POST"):
                    response = caller.request(method, target)
                    assert response.status == 404, (method, target)
                    assert response.json()["code"] == "ResourceNotFound"
        assert not upstream.requests

    def test_it_does_not_tell_whose_proxy_it_is(self, metered: Daemon) -> None:
        with Caller(metrics_port(metered)) as caller:
            for target in ("/__metrics__", "/other"):
                response = caller.request("GET", target)
                names = {name.lower() for name, _ in response.headers}
                assert not any(b"clientid" in name or b"scopes" in name for name in names)

    def test_web_pages_are_refused_there_too(self, metered: Daemon) -> None:
        for field in (("Origin", "http://localhost"), ("Host", "rebound.example.com")):
            with Caller(metrics_port(metered)) as caller:
                assert caller.request("GET", "/__metrics__", [field]).status == 403

    def test_it_listens_on_loopback(self, metered: Daemon) -> None:
        assert metrics_port(metered)[0] == "127.0.0.1"

    def test_another_address(self, upstream: Upstream, start_daemon: StartDaemon) -> None:
        env = {"TCPROXY_METRICS_PORT": "0", "TCPROXY_METRICS_ADDRESS": "127.0.0.2"}
        daemon = start_daemon(root_url=upstream.url, env=env)
        assert metrics_port(daemon)[0] == "127.0.0.2"
        assert scrape_port(daemon).has("tcproxy_requests_in_flight")

    def test_a_port_in_use_is_one_line(self, upstream: Upstream) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            done = process.run(
                *("--port", "0", "--root-url", upstream.url, "--client-id", "x"),
                *("--metrics-port", str(port)),
                env={"TASKCLUSTER_ACCESS_TOKEN": "y"},
            )
        assert done.code == 2
        assert f"cannot listen on 127.0.0.1:{port}" in done.error_line
        assert "--metrics-port (TCPROXY_METRICS_PORT)" in done.error_line

    @pytest.mark.parametrize("value", ["-1", "65536", "x"])
    def test_no_port_is_one_line(self, value: str) -> None:
        done = process.run("--metrics-port", value)
        assert done.code == 2
        assert "--metrics-port (TCPROXY_METRICS_PORT)" in done.error_line

    def test_an_address_that_is_none_is_one_line(self) -> None:
        done = process.run("--metrics-port", "0", "--metrics-address", "everywhere")
        assert done.code == 2
        assert "--metrics-address (TCPROXY_METRICS_ADDRESS)" in done.error_line

    def test_it_ends_with_the_daemon(self, upstream: Upstream) -> None:
        with Daemon("--metrics-port", "0", root_url=upstream.url) as daemon:
            address = metrics_port(daemon)
            with Caller(address) as caller:
                assert caller.request("GET", "/__metrics__").status == 200
                daemon.stop()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(address, 5)


def test_trace_context_passes_untouched(metered: Daemon, upstream: Upstream) -> None:
    """W3C Trace Context: a proxy that takes no part in a trace hands it on."""
    fields = [
        ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        ("tracestate", "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"),
        ("baggage", "userId=alice;p=1"),
    ]
    metered.request("GET", "/queue/v1/task/a", fields)
    sent = upstream.only_request().end_to_end()
    assert sent == [(name.encode(), value.encode()) for name, value in fields]
