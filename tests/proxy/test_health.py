"""Dockerflow's endpoints: version, heartbeat and load-balancer heartbeat."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

import tcproxy
from tests.harness import hawk
from tests.harness.daemon import wait_until
from tests.harness.upstream import Upstream, raw_then_close, reply, silent

if TYPE_CHECKING:
    from tests.conftest import StartDaemon, StartUpstream
    from tests.harness.daemon import Daemon


def test_version(daemon: Daemon, upstream: Upstream) -> None:
    response = daemon.request("GET", "/__version__")
    assert response.status == 200
    body = response.json()
    assert set(body) >= {"source", "version", "commit", "build"}
    assert body["version"] == tcproxy.__version__
    assert not upstream.requests


def test_load_balancer_heartbeat_asks_nobody(daemon: Daemon, upstream: Upstream) -> None:
    assert daemon.request("GET", "/__lbheartbeat__").status == 200
    assert not upstream.requests


def test_heartbeat_of_a_healthy_proxy(
    start_upstream: StartUpstream, start_daemon: StartDaemon
) -> None:
    upstream = start_upstream()
    daemon = start_daemon(root_url=upstream.url)
    response = daemon.request("GET", "/__heartbeat__")
    assert response.status == 200
    response.json()


def test_heartbeat_does_not_ask_the_deployment_each_time(
    start_upstream: StartUpstream, start_daemon: StartDaemon
) -> None:
    upstream = start_upstream()
    daemon = start_daemon(root_url=upstream.url)
    for _ in range(20):
        assert daemon.request("GET", "/__heartbeat__").status == 200
    assert 1 <= len(upstream.requests) <= 2


def test_heartbeat_of_expired_credentials(upstream: Upstream, start_daemon: StartDaemon) -> None:
    expired = hawk.temporary("x", begins=dt.timedelta(hours=-2), ends=dt.timedelta(hours=-1))
    daemon = start_daemon(root_url=upstream.url, **expired.arguments())
    response = daemon.request("GET", "/__heartbeat__")
    assert response.status == 503
    assert "expired" in str(response.json()).lower()
    assert daemon.request("GET", "/__lbheartbeat__").status == 200

    assert daemon.request("PUT", "/credentials", body=hawk.temporary("x").body()).status == 200
    assert daemon.request("GET", "/__heartbeat__").status == 200


@pytest.mark.parametrize(("minutes", "status"), [(60, 503), (0.5, 200)])
def test_heartbeat_of_credentials_that_begin_later(
    upstream: Upstream, start_daemon: StartDaemon, minutes: float, status: int
) -> None:
    """A clock that is a little behind the issuer's is no reason to be unwell."""
    begins = dt.timedelta(minutes=minutes)
    later = hawk.temporary("x", begins=begins, ends=dt.timedelta(hours=2))
    daemon = start_daemon(root_url=upstream.url, **later.arguments())
    response = daemon.request("GET", "/__heartbeat__")
    assert response.status == status
    assert ("not valid yet" in str(response.json())) == (status == 503)


@pytest.mark.parametrize("kind", ["refused", "dropped"])
def test_heartbeat_without_a_deployment(
    start_upstream: StartUpstream, start_daemon: StartDaemon, kind: str
) -> None:
    upstream = start_upstream()
    upstream.default = raw_then_close(b"")
    if kind == "refused":
        upstream.stop_listening()
    daemon = start_daemon(root_url=upstream.url)
    wait_until(lambda: daemon.request("GET", "/__heartbeat__").status == 503, 20)
    assert daemon.request("GET", "/__heartbeat__").json()
    assert daemon.request("GET", "/__lbheartbeat__").status == 200


@pytest.mark.slow  # it takes ten seconds to find out
def test_heartbeat_of_a_deployment_that_is_silent(
    start_upstream: StartUpstream, start_daemon: StartDaemon
) -> None:
    """Nobody who asks waits for as long as the deployment is given, and it is not asked anew."""
    upstream = start_upstream()
    upstream.default = silent
    daemon = start_daemon(root_url=upstream.url)

    def state() -> str:
        response = daemon.request("GET", "/__heartbeat__")
        assert response.status == 503
        text: str = response.json()["checks"]["deployment"]
        return text

    assert state() == "no answer for 2 s so far"
    wait_until(lambda: "did not answer within 10 s" in state(), 30)
    for _ in range(3):
        assert "did not answer within 10 s" in state()
    assert len(upstream.requests) == 1


@pytest.mark.parametrize("status", [404, 401, 500])
def test_any_answer_of_the_deployment_is_an_answer(
    start_upstream: StartUpstream, start_daemon: StartDaemon, status: int
) -> None:
    upstream = start_upstream()
    upstream.default = reply(status)
    daemon = start_daemon(root_url=upstream.url)
    assert daemon.request("GET", "/__heartbeat__").status == 200


@pytest.mark.parametrize("target", ["/__version__", "/__heartbeat__", "/__lbheartbeat__"])
def test_head_is_answered_too(daemon: Daemon, target: str) -> None:
    response = daemon.request("HEAD", target)
    assert (response.status, response.body) == (200, b"")


@pytest.mark.parametrize("target", ["/__version__", "/__heartbeat__", "/__lbheartbeat__"])
def test_other_methods_are_a_405(daemon: Daemon, target: str) -> None:
    response = daemon.request("POST", target)
    assert response.status == 405
    assert "GET" in (response.header("Allow") or "")
    assert set(response.json()) >= {"code", "message"}


@pytest.mark.parametrize("target", ["/__version__/", "/__heartbeat__x", "/x/__lbheartbeat__"])
def test_only_the_exact_path(daemon: Daemon, target: str) -> None:
    assert daemon.request("GET", target).status == 404
