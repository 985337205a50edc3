"""The Hawk header: a right MAC over the raw target, fresh each time, with the right `ext`."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING

import pytest

from tests.harness import daemon as process
from tests.harness import hawk
from tests.harness.upstream import OK, reply

if TYPE_CHECKING:
    from tests.conftest import StartDaemon
    from tests.harness.daemon import Daemon
    from tests.harness.upstream import Upstream

LONGEST_HEADER = 4096

CREDENTIALS = {
    "permanent": hawk.DEFAULT,
    "temporary": hawk.temporary("queue:get-task:*", "secrets:get:a b/~"),
    "named": hawk.temporary("auth:create-client:x", name="tester/named"),
}


def signed_ext(daemon: Daemon, upstream: Upstream, credentials: hawk.Credentials) -> str | None:
    """Make a request, check its signature, and return its `ext`."""
    assert daemon.request("GET", "/queue/v1/ping").status == 200
    return hawk.verify(upstream.requests[-1], credentials=credentials).ext


def test_timestamp_is_now_and_nonce_is_fresh(daemon: Daemon, upstream: Upstream) -> None:
    before = int(time.time())
    with daemon.connect() as caller:
        for _ in range(20):
            assert caller.request("GET", "/queue/v1/ping").status == 200
    signatures = [hawk.verify(request) for request in upstream.requests]
    assert len({signature.nonce for signature in signatures}) == 20
    assert all(before <= each.timestamp <= time.time() for each in signatures)


def test_every_attempt_is_signed_afresh(daemon: Daemon, upstream: Upstream) -> None:
    busy = reply(503, [("Retry-After", "0")])
    upstream.script(busy, busy, OK)
    assert daemon.request("POST", "/queue/v1/x", body=b"{}").status == 200
    assert len({hawk.verify(request).nonce for request in upstream.requests}) == 3


@pytest.mark.parametrize(
    "own",
    [
        [("Authorization", "Bearer something")],
        [("authorization", 'Hawk id="other", mac="x"'), ("AUTHORIZATION", "Basic eA==")],
        [("Authorization", "")],
    ],
)
def test_the_callers_authorization_is_replaced(
    daemon: Daemon, upstream: Upstream, own: list[tuple[str, str]]
) -> None:
    assert daemon.request("GET", "/queue/v1/ping", [*own, ("X-Kept", "1")]).status == 200
    hawk.verify(upstream.only_request())
    assert upstream.only_request().end_to_end() == [(b"X-Kept", b"1")]


@pytest.mark.parametrize("target", ["/queue/v1/x?bewit=abc", "/queue/v1/x?y=1&bewit=abc&z"])
def test_a_request_with_a_bewit_is_signed_already(
    daemon: Daemon, upstream: Upstream, target: str
) -> None:
    assert daemon.request("GET", target, [("Authorization", "x")]).status == 200
    assert upstream.only_request().values("Authorization") == []
    assert upstream.only_request().target == b"/api" + target.encode()


@pytest.mark.parametrize("target", ["/queue/v1/bewit=abc", "/queue/v1/x?nobewit=1", "/a/v1/x?b"])
def test_what_only_looks_like_a_bewit_is_signed(
    daemon: Daemon, upstream: Upstream, target: str
) -> None:
    assert daemon.request("GET", target).status == 200
    hawk.verify(upstream.only_request())


@pytest.mark.parametrize("scopes", [None, ["a", "b"], ["assume:x", "y:*", 'z:~ "!']])
@pytest.mark.parametrize("kind", CREDENTIALS)
def test_ext_is_what_the_official_client_sends(
    upstream: Upstream, start_daemon: StartDaemon, kind: str, scopes: list[str] | None
) -> None:
    credentials = CREDENTIALS[kind]
    env = {} if scopes is None else {"TCPROXY_SCOPES": json.dumps(scopes)}
    daemon = start_daemon(root_url=upstream.url, env=env, **credentials.arguments())
    ext = signed_ext(daemon, upstream, credentials)
    assert ext == hawk.official_ext(credentials, scopes)


def test_golden_ext_of_scopes(upstream: Upstream, start_daemon: StartDaemon) -> None:
    daemon = start_daemon("a", "b", root_url=upstream.url)
    ext = signed_ext(daemon, upstream, hawk.DEFAULT)
    assert ext == "eyJhdXRob3JpemVkU2NvcGVzIjpbImEiLCJiIl19"


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        (["a", "b", "a"], ["a", "b"]),
        (["queue:get:x", "queue:*", "queue:get:y*", "other"], ["other", "queue:*"]),
        (["*", "a", "b:*"], ["*"]),
        (["a*", "a", "ab", "b"], ["a*", "b"]),
        (["a:*", "a*b", "a:b"], ["a*b", "a:*"]),
    ],
)
def test_authorized_scopes_are_normalised(
    upstream: Upstream, start_daemon: StartDaemon, given: list[str], sent: list[str]
) -> None:
    daemon = start_daemon(*given, root_url=upstream.url)
    ext = signed_ext(daemon, upstream, hawk.DEFAULT)
    assert ext is not None
    assert sorted(hawk.decode_ext(ext)["authorizedScopes"]) == sent


def test_many_covered_scopes_are_no_trouble(upstream: Upstream, start_daemon: StartDaemon) -> None:
    scopes = [f"queue:get-artifact:public/{number}" for number in range(500)]
    daemon = start_daemon(*scopes, "queue:get-artifact:*", root_url=upstream.url)
    ext = signed_ext(daemon, upstream, hawk.DEFAULT)
    assert ext is not None
    assert hawk.decode_ext(ext) == {"authorizedScopes": ["queue:get-artifact:*"]}


def test_scopes_fill_the_header_to_its_last_byte(
    upstream: Upstream, start_daemon: StartDaemon
) -> None:
    daemon = start_daemon("x" * 300, root_url=upstream.url)
    assert daemon.request("GET", "/queue/v1/ping").status == 200
    size = len(hawk.verify(upstream.only_request()).header)
    # four characters of base64 for each three of JSON, so this is the longest scope that fits
    longest = 300 + (LONGEST_HEADER - size) // 4 * 3

    daemon = start_daemon("x" * longest, root_url=upstream.url)
    assert daemon.request("GET", "/queue/v1/ping").status == 200
    size = len(hawk.verify(upstream.requests[-1]).header)
    assert LONGEST_HEADER - 4 < size <= LONGEST_HEADER

    refused = process.run(
        *("--root-url", upstream.url, "--client-id", "c" * len(hawk.DEFAULT.client_id)),
        *("--access-token", "t", "--port", "0", "x" * (longest + 3)),
    )
    assert refused.code == 2
    assert str(LONGEST_HEADER) in refused.error_line


def test_too_many_scopes_are_refused_at_start(upstream: Upstream) -> None:
    scopes = [f"queue:get-artifact:project/some/path/{number}" for number in range(137)]
    refused = process.run(
        *("--root-url", upstream.url, "--client-id", "c", "--access-token", "t", "--port", "0"),
        *scopes,
    )
    assert refused.code == 2
    assert re.search(r"\b137 (\w+ )?scopes", refused.error_line)
    assert str(LONGEST_HEADER) in refused.error_line
    assert not upstream.requests
