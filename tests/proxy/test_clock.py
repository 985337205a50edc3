"""A clock that is off: the deployment's is scripted, which is the same as this machine's being."""

from __future__ import annotations

import datetime as dt
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import hawk
from tests.harness.connect_proxy import ConnectProxy
from tests.harness.upstream import Exchange, reply
from tests.harness.wire import TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import StartDaemon, StartUpstream
    from tests.harness.certificates import Authority
    from tests.harness.daemon import Daemon
    from tests.harness.upstream import Script, Upstream

TARGET = "/queue/v1/thing"
MINUTE = 60
HOUR = 3600
LENIENCE = 15 * MINUTE
"""Seconds that deployments allow."""

STALE = b'{"code": "AuthenticationFailed", "message": "Unauthorized: Stale timestamp"}'


def message(ahead: float, status: int, body: bytes, *more: str) -> bytes:
    """Return a response with the date of a clock that is so many seconds ahead."""
    date = formatdate(time.time() + ahead, usegmt=True)
    lines = [f"HTTP/1.1 {status} X", f"Date: {date}", f"Content-Length: {len(body)}", *more]
    return "\r\n".join([*lines, "", ""]).encode() + body


def answer(exchange: Exchange, ahead: float, status: int, body: bytes, *more: str) -> None:
    """Read the request, and answer with the date of a clock that is so many seconds ahead."""
    exchange.read_body()
    exchange.send(message(ahead, status, body, *more))


def deployment(ahead: float) -> Script:
    """Check signatures by a clock that is so many seconds ahead, as a deployment does."""

    def script(exchange: Exchange) -> None:
        is_signed = bool(exchange.request.values("Authorization"))
        timestamp = hawk.verify(exchange.request).timestamp if is_signed else 0
        is_stale = abs(timestamp - time.time() - ahead) > LENIENCE
        status, body = (401, STALE) if is_signed and is_stale else (200, b"{}")
        answer(exchange, ahead, status, body)

    return script


def corrections(daemon: Daemon) -> list[float]:
    return [each["offset_seconds"] for each in daemon.events if each["event"] == "clock corrected"]


def wait_corrected(daemon: Daemon) -> dict[str, Any]:
    return daemon.wait_for_event(lambda each: each["event"] == "clock corrected")


def skew(upstream: Upstream) -> float:
    """Return the seconds by which the last request was signed ahead of this machine's clock."""
    return hawk.verify(upstream.requests[-1]).timestamp - time.time()


@pytest.fixture
def fresh_daemon(daemon: Daemon, upstream: Upstream) -> Iterator[Daemon]:
    """A daemon that takes this machine's clock to be right, and has logged nothing yet."""
    yield daemon
    upstream.default = lambda exchange: answer(exchange, 0, 401, STALE)
    daemon.request("GET", TARGET)
    assert abs(skew(upstream)) < MINUTE
    daemon.request("GET", "/end")
    daemon.request_event("/end")
    daemon.events.clear()


@pytest.mark.parametrize("minutes", [-10, 10])
def test_ten_minutes_are_no_matter(fresh_daemon: Daemon, upstream: Upstream, minutes: int) -> None:
    upstream.default = deployment(minutes * MINUTE)
    response = fresh_daemon.request("POST", TARGET, body=b"x")
    assert (response.status, response.attempts) == (200, 1)


@pytest.mark.parametrize("minutes", [-60 * 24 * 40, -16, 16, 600])
def test_more_is_corrected_within_one_request(
    fresh_daemon: Daemon, upstream: Upstream, minutes: int
) -> None:
    upstream.default = deployment(minutes * MINUTE)
    response = fresh_daemon.request("POST", TARGET, body=b"body")
    assert (response.status, response.attempts) == (200, 2)
    assert [request.body for request in upstream.requests] == [b"body"] * 2
    for number in range(5):
        again = fresh_daemon.request("GET", f"{TARGET}/{number}")
        assert (again.status, again.attempts) == (200, 1)
    event = wait_corrected(fresh_daemon)
    assert abs(event["offset_seconds"] - minutes * MINUTE) <= 5
    assert event["level"] == "warning"
    assert len(corrections(fresh_daemon)) == 1


def test_many_at_once_are_one_correction(fresh_daemon: Daemon, upstream: Upstream) -> None:
    """All were signed before the first answer: each is signed once more."""
    everyone = threading.Barrier(8)
    stale = deployment(HOUR)

    def together(exchange: Exchange) -> None:
        everyone.wait(TIMEOUT)
        stale(exchange)

    upstream.script(*[together] * 8)
    upstream.default = stale
    with ThreadPoolExecutor(8) as callers:
        responses = list(callers.map(lambda _: fresh_daemon.request("GET", TARGET), range(8)))
    assert [(each.status, each.attempts) for each in responses] == [(200, 2)] * 8
    wait_corrected(fresh_daemon)
    assert len(corrections(fresh_daemon)) == 1


def test_answers_that_refuse_nothing_count_where_two_agree(
    fresh_daemon: Daemon, upstream: Upstream
) -> None:
    """Bewits and expiries are right before anything is refused."""
    upstream.default = deployment(-10 * MINUTE)

    def is_corrected(number: int) -> bool:
        assert fresh_daemon.request("GET", f"{TARGET}/{number}").attempts == 1
        return skew(upstream) < -MINUTE

    began = time.monotonic()
    assert not is_corrected(0)
    while not is_corrected(1):
        assert time.monotonic() - began < TIMEOUT
        time.sleep(0.1)  # dates have whole seconds: there is no event to wait for
    assert abs(wait_corrected(fresh_daemon)["offset_seconds"] + 10 * MINUTE) <= 5
    signed = fresh_daemon.request("POST", "/bewit", body=b"https://tc.test/x").body.decode()
    assert abs(hawk.verify_bewit(signed).expiry - (time.time() + HOUR - 10 * MINUTE)) < MINUTE


def test_this_machines_clock_is_set_right_later(fresh_daemon: Daemon, upstream: Upstream) -> None:
    upstream.default = deployment(HOUR)
    assert fresh_daemon.request("GET", TARGET).attempts == 2
    upstream.default = deployment(0)
    response = fresh_daemon.request("POST", TARGET, body=b"x")
    assert (response.status, response.attempts) == (200, 2)
    assert abs(skew(upstream)) < MINUTE
    fresh_daemon.wait_for_event(lambda each: each["event"] == "clock correction ended")


def test_a_request_is_signed_again_only_once(fresh_daemon: Daemon, upstream: Upstream) -> None:
    """The deployment refuses everything, with another date each time."""
    ahead = iter(range(HOUR, 100 * HOUR, HOUR))

    def moody(exchange: Exchange) -> None:
        answer(exchange, next(ahead), 401, STALE)

    upstream.default = moody
    response = fresh_daemon.request("GET", TARGET)
    assert (response.status, response.body, response.attempts) == (401, STALE, 2)
    assert len(upstream.requests) == 2


@pytest.mark.parametrize(
    "script",
    [
        reply(401, body=STALE),
        reply(401, [("Date", "yesterday")], STALE),
        reply(401, [("Date", "Thu, 01 Jan 1970 00:00:00 GMT")], STALE),
        lambda exchange: answer(exchange, 50, 401, STALE),
        lambda exchange: answer(exchange, -HOUR, 401, STALE, "Age: 3600"),
    ],
)
def test_other_refusals_are_passed_on(
    fresh_daemon: Daemon, upstream: Upstream, script: Script
) -> None:
    upstream.default = script
    response = fresh_daemon.request("GET", TARGET)
    assert (response.status, response.body, response.attempts) == (401, STALE, 1)
    fresh_daemon.request("GET", TARGET)
    assert abs(skew(upstream)) < MINUTE
    assert corrections(fresh_daemon) == []


def test_a_body_that_is_not_kept_is_refused_once(
    upstream: Upstream, start_daemon: StartDaemon
) -> None:
    daemon = start_daemon("--replay-limit", "10", root_url=upstream.url)
    upstream.default = deployment(HOUR)
    response = daemon.request("PUT", TARGET, body=b"x" * 11)
    assert (response.status, response.attempts) == (401, 1)
    response = daemon.request("PUT", TARGET, body=b"x" * 11)
    assert (response.status, response.attempts) == (200, 1)


def test_a_body_that_is_still_coming(fresh_daemon: Daemon, upstream: Upstream) -> None:
    """The deployment refuses before it has read the body; the second attempt gets all of it."""

    def early(exchange: Exchange) -> None:
        exchange.send(message(HOUR, 401, STALE))
        exchange.wire.wait_closed()

    upstream.script(early)
    upstream.default = deployment(HOUR)
    with fresh_daemon.connect() as caller:
        caller.send("PUT", TARGET, [("Content-Length", "8")])
        caller.wire.send(b"half")
        upstream.wait_for_requests(2)
        caller.wire.send(b"half")
        response = caller.read_response("PUT")
    assert (response.status, response.attempts) == (200, 2)
    assert upstream.requests[-1].body == b"halfhalf"


def test_no_retries_means_none(upstream: Upstream, start_daemon: StartDaemon) -> None:
    daemon = start_daemon("--retries", "0", root_url=upstream.url)
    upstream.default = deployment(HOUR)
    assert daemon.request("GET", TARGET).status == 401
    assert daemon.request("GET", TARGET).status == 200


def test_a_post_that_must_not_be_sent_twice_may_be_signed_again(
    upstream: Upstream, start_daemon: StartDaemon
) -> None:
    """What is refused for its signature has had no effect."""
    daemon = start_daemon("--retry-methods", "idempotent", root_url=upstream.url)
    upstream.default = deployment(HOUR)
    response = daemon.request("POST", TARGET, body=b"x")
    assert (response.status, response.attempts) == (200, 2)


def test_a_request_that_the_caller_signed_is_not_signed_again(
    fresh_daemon: Daemon, upstream: Upstream
) -> None:
    upstream.default = lambda exchange: answer(exchange, HOUR, 401, STALE)
    response = fresh_daemon.request("GET", TARGET + "?bewit=eA")
    assert (response.status, response.attempts) == (401, 1)
    assert corrections(fresh_daemon) == []


def test_the_task_is_fetched_with_the_right_time(
    upstream: Upstream, start_daemon: StartDaemon
) -> None:
    late = deployment(HOUR)

    def task(exchange: Exchange) -> None:
        if abs(hawk.verify(exchange.request).timestamp - time.time() - HOUR) > LENIENCE:
            late(exchange)
        else:
            answer(exchange, HOUR, 200, b'{"scopes": ["a:b"]}')

    upstream.default = task
    daemon = start_daemon("--task-id", "fN1SbArXTPSVFUUvaOlinQ", root_url=upstream.url)
    assert len(upstream.requests) == 2
    upstream.default = late
    assert daemon.request("GET", TARGET).attempts == 1
    assert len(corrections(daemon)) == 1


def test_the_credentials_expire_by_the_deployments_clock(
    upstream: Upstream, start_daemon: StartDaemon
) -> None:
    """They are good for an hour by this machine's clock; at the deployment, they were."""
    credentials = hawk.temporary("a:b", ends=dt.timedelta(hours=1))
    daemon = start_daemon(root_url=upstream.url, **credentials.arguments())
    assert daemon.request("GET", "/__heartbeat__").json()["checks"]["credentials"] == "ok"
    upstream.default = lambda exchange: answer(exchange, 2 * HOUR, 401, STALE)
    assert daemon.request("GET", TARGET).status == 401
    checks = daemon.request("GET", "/__heartbeat__").json()["checks"]
    assert checks["credentials"] == "they have expired"


def test_other_hosts_are_not_believed(
    upstream: Upstream,
    start_upstream: StartUpstream,
    start_daemon: StartDaemon,
    authority: Authority,
) -> None:
    """A host that the path names refuses, with another date."""
    other = start_upstream(authority.server("other.host.test"))
    other.default = lambda exchange: answer(exchange, HOUR, 401, STALE)
    with ConnectProxy({"other.host.test:443": other.port}) as proxy:
        daemon = start_daemon(
            *("--allowed-host", "*", "--ca-file", str(authority.file)),
            root_url=upstream.url,
            env={"HTTPS_PROXY": proxy.url, "NO_PROXY": "127.0.0.1"},
        )
        for _ in range(2):
            response = daemon.request("GET", "/other.host.test/x")
            assert (response.status, response.attempts) == (401, 1)
    assert daemon.request("GET", TARGET).status == 200
    assert abs(skew(upstream)) < MINUTE
    assert corrections(daemon) == []
