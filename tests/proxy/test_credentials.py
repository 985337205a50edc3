"""`PUT /credentials`: replaced whole or not at all, at once, and used from the next attempt on."""

from __future__ import annotations

import datetime as dt
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import hawk
from tests.harness.daemon import Daemon
from tests.harness.upstream import OK, Exchange, reply
from tests.harness.wire import TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import StartDaemon
    from tests.harness.upstream import Upstream

TARGET = "/queue/v1/thing"
OTHER = hawk.Credentials("other/client", "another-token-that-nobody-may-see")
TEMPORARY = hawk.temporary("x:y")


@pytest.fixture(scope="module")
def module_daemon(shared_upstream: Upstream) -> Iterator[Daemon]:
    secrets = [*OTHER.secrets(), *TEMPORARY.secrets()]
    with Daemon(root_url=shared_upstream.url, secrets=secrets) as daemon:
        yield daemon


@pytest.fixture
def daemon(module_daemon: Daemon, upstream: Upstream) -> Daemon:
    """A daemon whose credentials a test may change, unlike those of the one for everybody."""
    del upstream  # it must be clean before the daemon is used
    put = module_daemon.request("PUT", "/credentials", body=hawk.DEFAULT.body())
    assert put.status == 200
    return module_daemon


def in_force(daemon: Daemon, upstream: Upstream, credentials: hawk.Credentials) -> bool:
    """Tell whether the next request is signed with these."""
    assert daemon.request("GET", TARGET).status == 200
    signature = hawk.verify(upstream.requests[-1], credentials=credentials)
    return signature.ext == hawk.official_ext(credentials, None)


def test_new_credentials_sign_the_next_request(daemon: Daemon, upstream: Upstream) -> None:
    assert in_force(daemon, upstream, hawk.DEFAULT)
    for credentials in (OTHER, TEMPORARY, hawk.DEFAULT):
        response = daemon.request("PUT", "/credentials", body=credentials.body())
        assert (response.status, response.body) == (200, b"")
        assert in_force(daemon, upstream, credentials)


def test_white_space_and_types_of_content_do_not_matter(daemon: Daemon, upstream: Upstream) -> None:
    body = json.dumps(json.loads(OTHER.body()), indent=4).encode() + b"\n"
    fields = [("Content-Type", "text/plain")]
    assert daemon.request("PUT", "/credentials", fields, body).status == 200
    assert in_force(daemon, upstream, OTHER)


@pytest.mark.parametrize("certificate", [None, ""])
def test_no_certificate_may_be_said_in_words(
    daemon: Daemon, upstream: Upstream, certificate: str | None
) -> None:
    body = json.loads(OTHER.body()) | {"certificate": certificate}
    assert daemon.request("PUT", "/credentials", body=json.dumps(body).encode()).status == 200
    assert in_force(daemon, upstream, OTHER)


def _bodies() -> dict[str, bytes]:
    good: dict[str, Any] = json.loads(OTHER.body())
    certificate = json.loads(TEMPORARY.certificate or "")

    def but(**changes: object) -> bytes:
        return json.dumps({k: v for k, v in (good | changes).items() if v != "gone"}).encode()

    def certified(**changes: object) -> bytes:
        changed = {k: v for k, v in (certificate | changes).items() if v != "gone"}
        return but(certificate=json.dumps(changed))

    return {
        "nothing": b"",
        "not JSON": b"{",
        "trailing text": OTHER.body() + b" x",
        "not UTF-8": b"\xff" + OTHER.body(),
        "list": b"[]",
        "nested without end": b"[" * 100_000,
        "string": b'"x"',
        "null": b"null",
        "empty object": b"{}",
        "no clientId": but(clientId="gone"),
        "no accessToken": but(accessToken="gone"),
        "empty clientId": but(clientId=""),
        "empty accessToken": but(accessToken=""),
        "null clientId": but(clientId=None),
        "number clientId": but(clientId=1),
        "list accessToken": but(accessToken=["x"]),
        "clientId with a quote": but(clientId='a"b'),
        "clientId with a line end": but(clientId="a\r\nb"),
        "clientId with a backslash": but(clientId="a\\b"),
        "clientId beyond ASCII": but(clientId="é"),
        "certificate not JSON": but(certificate="{"),
        "certificate a number": but(certificate=1),
        "certificate a JSON list": but(certificate="[]"),
        "certificate empty": but(certificate="{}"),
        "certificate without version": certified(version="gone"),
        "certificate of another version": certified(version=2),
        "certificate without seed": certified(seed="gone"),
        "certificate without signature": certified(signature="gone"),
        "certificate with scopes that are no list": certified(scopes="x"),
        "certificate with a scope that is no string": certified(scopes=[1]),
        "certificate nested without end": but(certificate="[" * 100_000),
        "certificate with an endless expiry": certified(expiry="ENDLESS").replace(
            b'\\"ENDLESS\\"', b"1e400"
        ),
        "certificate with a start in words": certified(start="now"),
        "certificate without expiry": certified(expiry="gone"),
    }


BAD_BODIES = _bodies()


@pytest.mark.parametrize("kind", BAD_BODIES)
def test_bad_credentials_leave_the_old_ones_in_force(
    daemon: Daemon, upstream: Upstream, kind: str
) -> None:
    response = daemon.request("PUT", "/credentials", body=BAD_BODIES[kind])
    assert response.status == 400
    body = response.json()
    assert isinstance(body["code"], str)
    assert isinstance(body["message"], str)
    for secret in [*OTHER.secrets(), *TEMPORARY.secrets()]:
        assert secret not in body["message"]
    assert in_force(daemon, upstream, hawk.DEFAULT)


def test_a_certificate_too_large_for_the_header_is_refused(
    daemon: Daemon, upstream: Upstream
) -> None:
    scopes = [f"queue:get-artifact:project/some/path/{number}" for number in range(137)]
    response = daemon.request("PUT", "/credentials", body=hawk.temporary(*scopes).body())
    assert response.status == 400
    message = response.json()["message"]
    assert "137" in message
    assert "4096" in message
    assert in_force(daemon, upstream, hawk.DEFAULT)


def test_the_restriction_counts_too(upstream: Upstream, start_daemon: StartDaemon) -> None:
    """Certificate and authorizedScopes share the header."""
    scopes = [f"queue:get-artifact:project/some/path/{number}" for number in range(40)]
    daemon = start_daemon(*scopes, root_url=upstream.url)
    credentials = hawk.temporary(*scopes)
    response = daemon.request("PUT", "/credentials", body=credentials.body())
    assert response.status == 400
    assert "4096" in response.json()["message"]
    assert daemon.request("GET", TARGET).status == 200
    hawk.verify(upstream.requests[-1])


def test_a_restriction_stays_when_credentials_change(
    upstream: Upstream, start_daemon: StartDaemon
) -> None:
    daemon = start_daemon("a", root_url=upstream.url, secrets=OTHER.secrets())
    assert daemon.request("PUT", "/credentials", body=OTHER.body()).status == 200
    assert daemon.request("GET", TARGET).status == 200
    signature = hawk.verify(upstream.requests[-1], credentials=OTHER)
    assert signature.ext_json == {"authorizedScopes": ["a"]}


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS", "FROB"])
def test_other_methods_are_a_405(daemon: Daemon, upstream: Upstream, method: str) -> None:
    with daemon.connect() as caller:
        caller.send(method, "/credentials", body=OTHER.body())
        response = caller.read_response(method)
    assert response.status == 405
    assert response.header("Allow") == "PUT"
    if method != "HEAD":
        assert set(response.json()) >= {"code", "message"}
    assert in_force(daemon, upstream, hawk.DEFAULT)


@pytest.mark.parametrize(
    "target", ["/credentials/", "/credentials-anything/else", "/credentials/x", "//credentials"]
)
def test_only_the_exact_path(daemon: Daemon, upstream: Upstream, target: str) -> None:
    assert daemon.request("PUT", target, body=OTHER.body()).status in (404, 200)
    if upstream.requests:  # `/credentials-anything/else/...` is a service's name like any other
        assert upstream.requests[0].target.startswith(b"/api/credentials-anything/")
    assert in_force(daemon, upstream, hawk.DEFAULT)


def test_a_huge_body_is_refused(daemon: Daemon) -> None:
    response = daemon.request("PUT", "/credentials", body=OTHER.body() + b" " * 2_000_000)
    assert response.status in (400, 413)
    assert set(response.json()) >= {"code", "message"}


def test_an_update_does_not_wait_for_requests_in_flight(daemon: Daemon, upstream: Upstream) -> None:
    release = threading.Event()

    def hold(exchange: Exchange) -> None:
        exchange.read_body()
        assert release.wait(TIMEOUT)
        OK(exchange)

    upstream.script(hold)
    with ThreadPoolExecutor() as others:
        held = others.submit(daemon.request, "GET", TARGET)
        upstream.wait_for_requests(1)
        assert daemon.request("PUT", "/credentials", body=OTHER.body()).status == 200
        assert in_force(daemon, upstream, OTHER)
        assert not held.done()
        release.set()
        assert held.result().status == 200
    hawk.verify(upstream.requests[0])


def test_a_retry_uses_the_newest(daemon: Daemon, upstream: Upstream) -> None:
    release = threading.Event()

    def busy(exchange: Exchange) -> None:
        exchange.read_body()
        assert release.wait(TIMEOUT)
        reply(503, [("Retry-After", "0")])(exchange)

    upstream.script(busy)
    with ThreadPoolExecutor() as others:
        held = others.submit(daemon.request, "POST", TARGET, [], b"x")
        upstream.wait_for_requests(1)
        assert daemon.request("PUT", "/credentials", body=TEMPORARY.body()).status == 200
        release.set()
        response = held.result()
    assert (response.status, response.attempts) == (200, 2)
    hawk.verify(upstream.requests[0])
    hawk.verify(upstream.requests[1], credentials=TEMPORARY)


def test_updates_under_load_never_mix(daemon: Daemon, upstream: Upstream) -> None:
    """Each request is signed with one of the credentials, whole."""
    stop = threading.Event()
    known = {each.client_id: each for each in (hawk.DEFAULT, OTHER)}

    def call() -> None:
        with daemon.connect() as caller:
            while not stop.is_set():
                assert caller.request("GET", TARGET).status == 200

    with ThreadPoolExecutor(4) as callers:
        calls = [callers.submit(call) for _ in range(4)]
        try:
            for number in range(50):
                body = (OTHER, hawk.DEFAULT)[number % 2].body()
                assert daemon.request("PUT", "/credentials", body=body).status == 200
        finally:
            stop.set()
        for each in calls:
            each.result()
    for request in upstream.requests:
        header = (request.value("Authorization") or b"").decode()
        client_id = next(name for name in known if f'id="{name}"' in header)
        hawk.verify(request, credentials=known[client_id])


def test_credentials_that_have_expired_are_still_taken(daemon: Daemon, upstream: Upstream) -> None:
    """The deployment is the judge of time; a worker's clock may differ."""
    expired = hawk.temporary("x", begins=dt.timedelta(hours=-2), ends=dt.timedelta(hours=-1))
    assert daemon.request("PUT", "/credentials", body=expired.body()).status == 200
    assert in_force(daemon, upstream, expired)


def test_updates_are_logged_without_secrets(daemon: Daemon) -> None:
    since = daemon.mark()
    began = time.monotonic()
    assert daemon.request("PUT", "/credentials", body=TEMPORARY.body()).status == 200
    event = daemon.request_event("/credentials", since=since)
    assert (event["method"], event["status"]) == ("PUT", 200)
    assert time.monotonic() - began < TIMEOUT
    daemon.check()
