"""When the client tries again: the official rule and formula, 429, Retry-After, and its bounds."""

from __future__ import annotations

import itertools
import time
from typing import TYPE_CHECKING, Any

import pytest
import taskcluster
import tcproxy_client
from hypothesis import given
from hypothesis import strategies as st
from tcproxy_client._reply import Lost, Reply
from tcproxy_client._retry import RetryPolicy, SquareRetries, attempts, retry_after

from tests.harness.upstream import raw, raw_then_close, raw_then_reset, reply

if TYPE_CHECKING:
    from tests.client.faces import Face
    from tests.harness.upstream import Script, Upstream

JSON = [("Content-Type", "application/json")]
PROXIED = [("X-Taskcluster-Proxy-Attempts", "6")]

FAILURES: dict[str, Script] = {
    "status 500": reply(500, JSON, b'{"message": "broken"}'),
    "status 502": reply(502, [("Content-Type", "text/html")], b"<h1>Bad Gateway</h1>"),
    "status 599": reply(599, reason="Odd"),
    "status 429": reply(429, JSON, b'{"message": "slow down", "code": "TooManyRequests"}'),
    "closed": raw_then_close(b""),
    "reset": raw_then_reset(b""),
    "in the status line": raw_then_close(b"HTTP/1.1 20"),
    "in the head": raw_then_close(b"HTTP/1.1 200 OK\r\nContent-Ty"),
    "after a line of the head": raw_then_close(b"HTTP/1.1 200 OK\r\nContent-Type: a/b\r\n"),
    "in the body": raw_then_close(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}"),
    "in a chunk": raw_then_close(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n{}"),
    "no HTTP": raw_then_close(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"),
    "bad gzip": raw(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}"),
}
# What the failures are called, the same in both faces.
NAMES = {
    "closed": "the connection was closed before an answer",
    "reset": "the connection was closed before an answer",
    "in the status line": "the connection was closed before an answer",
    "in the head": "the connection was closed before an answer",
    "after a line of the head": "the connection was closed before an answer",
    "in the body": "the answer is incomplete or garbled",
    "in a chunk": "the answer is incomplete or garbled",
    "no HTTP": "the answer is not HTTP",
    "bad gzip": "the answer is incomplete or garbled",
}


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("method", ["ping", "cancelTask"])
def test_a_failure_is_tried_again(
    face: Face, upstream: Upstream, failure: str, method: str
) -> None:
    client = face.client("Queue", {"rootUrl": upstream.url, "maxRetries": 1})
    upstream.script(FAILURES[failure])
    args = [] if method == "ping" else ["T"]
    assert face.run(getattr(client, method), *args) == {"alive": True}
    assert len(upstream.requests) == 2


@pytest.mark.parametrize("failure", FAILURES)
def test_without_retries_it_is_tried_once(
    face: Face, queue: Any, upstream: Upstream, failure: str
) -> None:
    upstream.default = FAILURES[failure]
    error = face.failure(queue.ping)
    assert error.attempts == 1
    assert len(upstream.requests) == 1
    if failure in NAMES:
        assert isinstance(error, tcproxy_client.TaskclusterConnectionError)
        assert str(error).startswith(NAMES[failure] + "\n(GET http://")
    else:
        assert error.status == int(failure.split()[1])


def test_the_pauses_grow_as_the_official_ones(face: Face, upstream: Upstream) -> None:
    client = face.client("Queue", {"rootUrl": upstream.url, "maxRetries": 3})
    upstream.default = FAILURES["status 500"]
    error = face.failure(client.ping)
    times = [each.at for each in upstream.requests]
    pauses = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert error.attempts == 4
    # at least the shortest that chance allows; how much longer is the machine's affair
    assert all(pause >= least for pause, least in zip(pauses, (0.075, 0.15, 0.3), strict=True))


def test_the_default_is_five_retries(face: Face) -> None:
    assert face.client("Queue").options["maxRetries"] == 5
    assert RetryPolicy().retries == taskcluster.MAX_RETRIES == tcproxy_client.MAX_RETRIES


@pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 409, 410, 423, 424, 600, 999])
def test_other_errors_are_not_tried_again(face: Face, upstream: Upstream, status: int) -> None:
    client = face.client("Queue", {"rootUrl": upstream.url})
    upstream.script(reply(status, JSON, b"{}", reason="Error"))
    assert face.failure(client.ping).status == status
    assert len(upstream.requests) == 1


def test_an_error_after_a_retry_ends_it(face: Face, upstream: Upstream) -> None:
    client = face.client("Queue", {"rootUrl": upstream.url})
    upstream.script(FAILURES["status 500"], reply(404, JSON, b"{}"))
    assert face.failure(client.ping).attempts == 2
    assert len(upstream.requests) == 2


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_the_proxy_has_tried_is_not_tried_again(
    face: Face, upstream: Upstream, status: int
) -> None:
    client = face.client("Queue", {"rootUrl": upstream.url})
    upstream.script(reply(status, [*JSON, *PROXIED], b"{}"))
    error = face.failure(client.ping)
    assert (error.status, error.attempts) == (status, 6)
    assert len(upstream.requests) == 1


def test_tries_of_client_and_proxy_are_added_up(face: Face, upstream: Upstream) -> None:
    client = face.client("Queue", {"rootUrl": upstream.url})
    upstream.script(raw_then_close(b""), reply(502, [*JSON, *PROXIED], b"{}"))
    error = face.failure(client.ping)
    assert error.attempts == 7
    assert "status 502, 7 attempts)" in str(error)


def test_retry_after_is_waited_for(face: Face, upstream: Upstream) -> None:
    client = face.client("Queue", {"rootUrl": upstream.url})
    upstream.script(reply(429, [*JSON, ("Retry-After", "1")], b"{}"))
    assert face.run(client.ping) == {"alive": True}
    first, second = upstream.requests
    assert second.at - first.at >= 1


def test_a_retry_after_beyond_the_time_left_ends_it_at_once(face: Face, upstream: Upstream) -> None:
    client = face.client("Queue", {"rootUrl": upstream.url, "totalTimeout": 30})
    upstream.script(reply(503, [*JSON, ("Retry-After", "31")], b"{}"))
    started = time.monotonic()
    assert face.failure(client.ping).status == 503
    assert time.monotonic() - started < 30
    assert len(upstream.requests) == 1


def test_the_payload_is_sent_again(face: Face, upstream: Upstream) -> None:
    client = face.client("Queue", {"rootUrl": upstream.url})
    upstream.script(FAILURES["status 500"])
    face.run(client.createTask, "T", {"a": "x" * 100_000})
    first, second = upstream.requests
    assert first.head.raw == second.head.raw
    assert first.body == second.body
    assert len(first.body) > 100_000


@given(attempt=st.integers(-2, 200), luck=st.floats(0, 1, exclude_max=True))
def test_pauses_are_those_of_the_official_formula(attempt: int, luck: float) -> None:
    mean = 0.1 * 2.0 ** min(attempt - 1, 64)
    expected = min(30, mean * (0.75 + 0.5 * luck)) if attempt > 0 else 0
    assert RetryPolicy().delay(attempt, luck) == pytest.approx(expected)
    assert SquareRetries().delay(3, luck) == 0.9


def test_calculate_sleep_time_lies_where_the_official_one_does() -> None:
    for attempt in range(-1, 12):
        for function in (tcproxy_client.calculateSleepTime, taskcluster.calculateSleepTime):
            mean = 0.1 * 2 ** (attempt - 1) if attempt > 0 else 0
            assert min(30, 0.75 * mean) <= function(attempt) <= min(30, 1.25 * mean)


REPLIES = st.builds(
    Reply,
    status=st.integers(200, 999),
    reason=st.just(""),
    headers=st.dictionaries(
        st.sampled_from(["Retry-After", "X-Taskcluster-Proxy-Attempts", "Date"]),
        st.one_of(
            st.integers(-1, 10**20).map(str),
            st.sampled_from(["", "x", "Wed, 21 Oct 2026 07:28:00 GMT", "²", "9" * 5000]),
        ),
    ),
    body=st.just(b""),
    url=st.just("http://h/"),
)
LOSSES = st.builds(Lost, why=st.just("why"), cause=st.just(OSError()), final=st.booleans())


@given(
    outcome=REPLIES | LOSSES,
    attempt=st.integers(1, 10),
    retries=st.integers(0, 10),
    left=st.floats(-10, 1000),
    luck=st.floats(0, 1, exclude_max=True),
)
def test_a_policy_never_exceeds_its_bounds(
    outcome: Any, attempt: int, retries: int, left: float, luck: float
) -> None:
    pause = RetryPolicy(retries).pause(outcome, attempt, left=left, luck=luck)
    assert attempts(outcome) >= 1
    if pause is None:
        return
    assert attempt <= retries
    assert 0 <= pause < left
    if isinstance(outcome, Lost):
        assert not outcome.final
    else:
        assert 500 <= outcome.status < 600 or outcome.status == 429
        assert "X-Taskcluster-Proxy-Attempts" not in outcome.headers
        assert pause >= retry_after(outcome.headers)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0),
        ({"Retry-After": "120"}, 120),
        ({"Retry-After": " 7 "}, 7),
        ({"Retry-After": "soon"}, 0),
        ({"Retry-After": "-5"}, 0),
        (
            {
                "Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT",
                "Date": "Wed, 21 Oct 2026 07:27:30 GMT",
            },
            30,
        ),
        (
            {
                "Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT",
                "Date": "Wed, 21 Oct 2026 07:28:30 GMT",
            },
            0,
        ),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, 0),
    ],
)
def test_retry_after_is_read(headers: dict[str, str], seconds: float) -> None:
    assert retry_after(headers) == seconds


def test_a_policy_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        RetryPolicy().retries = 3  # type: ignore[misc]  # that is the point
