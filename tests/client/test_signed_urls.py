"""Signed URLs, through the proxy's /bewit: which URL is signed, for how long, and clear errors."""

from __future__ import annotations

import base64
import time
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tcproxy_client._brain import bewit_expiry
from tcproxy_client.exceptions import TaskclusterFailure

from tests.harness.upstream import Exchange, reply

if TYPE_CHECKING:
    from tests.client.faces import Face
    from tests.harness.upstream import Script, Upstream

ROOT = "https://tc.example.com"
PING = "/api/queue/v1/ping"


def bewit(expiry: float) -> str:
    """A bewit that works until then."""
    parts = rf"me\{int(expiry)}\bWFj\e30="
    return base64.urlsafe_b64encode(parts.encode()).rstrip(b"=").decode()


def proxy(*, knows_spans: bool = True, clock: float = 0.0, location: bool = True) -> Script:
    """A proxy that signs URLs, for one hour or as long as is asked for.

    Args:
        knows_spans: whether it takes `?expiration`.
        clock: how far its clock is ahead of this machine's, in seconds.
        location: whether the URL stands in the Location header, and not only in the body.
    """

    def script(exchange: Exchange) -> None:
        request = exchange.request
        url = exchange.read_body().decode()
        path, _, query = request.target.decode().partition("?")
        if request.method == "GET" and path == PING:
            headers = [("X-Taskcluster-Endpoint", f"{ROOT}{PING}")]
            return reply(200, headers, b'{"alive": true}')(exchange)
        if (request.method, path) != ("POST", "/bewit"):
            return reply(404, [], b'{"code": "NotFound", "message": "no"}')(exchange)
        now = time.time() + clock
        span = int(query.partition("=")[2]) if knows_spans else 3600
        signed = f"{url}{'&' if '?' in url else '?'}bewit={bewit(now + span)}"
        headers = [("Location", signed)] if location else []
        headers.append(("Date", formatdate(now, usegmt=True)))
        return reply(303, headers, signed.encode())(exchange)

    return script


def span(url: str) -> float:
    """How long a signed URL works from now on."""
    expiry = bewit_expiry(url)
    assert expiry is not None
    return expiry - time.time()


@pytest.fixture
def client(face: Face, upstream: Upstream) -> Any:
    """A client of the queue behind a proxy that signs URLs."""
    upstream.default = proxy()
    return face.client("Queue", {"rootUrl": upstream.url, "maxRetries": 0})


def test_the_deployments_own_url_is_signed(face: Face, client: Any, upstream: Upstream) -> None:
    url = face.run(client.buildSignedUrl, "listTaskGroup", "a/b", query={"limit": 2})
    assert url.startswith(f"{ROOT}/api/queue/v1/task-group/a%2Fb/list?limit=2&bewit=")
    assert 890 < span(url) <= 900
    asked, signed = upstream.requests
    assert asked.target == PING.encode()
    assert signed.target == b"/bewit?expiration=900"
    assert signed.body == f"{ROOT}/api/queue/v1/task-group/a%2Fb/list?limit=2".encode()


@pytest.mark.parametrize("location", [True, False])
def test_the_span_is_a_setting(face: Face, upstream: Upstream, client: Any, location: bool) -> None:
    upstream.default = proxy(location=location)
    assert 50 < span(face.run(client.buildSignedUrl, "ping", expiration=60)) <= 60
    assert 50 < span(face.run(client.buildSignedUrl, "ping", expiration=60.9)) <= 61
    client.options["signedUrlExpiration"] = 120
    assert 110 < span(face.run(client.buildSignedUrl, "ping")) <= 120


@pytest.mark.parametrize("clock", [-3000, 0, 3000])
def test_a_go_proxy_that_cannot_do_it_is_noticed(
    face: Face, upstream: Upstream, client: Any, clock: float
) -> None:
    upstream.default = proxy(knows_spans=False, clock=clock)
    asking = [
        {"expiration": 60},
        {"expiration": 900},
        {"expiration": 7200},
    ]
    for kwargs in asking:
        error = face.failure(client.buildSignedUrl, "ping", **kwargs)
        text = f"Asked the proxy for a URL that works for {kwargs['expiration']} s, but it signed"
        assert str(error).startswith(text)
        assert "for 3600 s" in str(error)
        assert "leave expiration out" in str(error)
    assert face.run(client.buildSignedUrl, "ping", expiration=3600)
    assert face.run(client.buildSignedUrl, "ping")
    client.options["signedUrlExpiration"] = 60
    face.failure(client.buildSignedUrl, "ping")


@pytest.mark.parametrize(
    "options", [{"publicRootUrl": f"{ROOT}/"}, {"rootUrl": f"{ROOT}/", "proxy": None}]
)
def test_a_known_public_root_url_is_not_asked_for(
    face: Face, upstream: Upstream, options: dict[str, Any]
) -> None:
    upstream.default = proxy()
    given = {"rootUrl": upstream.url, **options}
    if "proxy" in given:
        given["proxy"] = upstream.url
    url = face.run(face.client("Queue", given).buildSignedUrl, "ping", expiration=60)
    assert url.startswith(f"{ROOT}{PING}?bewit=")
    assert upstream.only_request().target == b"/bewit?expiration=60"


def test_without_a_word_of_the_deployment_its_own_url_is_signed(
    face: Face, upstream: Upstream, client: Any
) -> None:
    upstream.script(reply(200, [], b"{}"))
    url = face.run(client.buildSignedUrl, "ping")
    assert url.startswith(f"{upstream.url}{PING}?bewit=")


def test_the_query_is_in_an_order_that_a_go_proxy_keeps(
    face: Face, upstream: Upstream, client: Any
) -> None:
    query = {"limit": 2, "continuationToken": "a b"}
    face.run(client.buildSignedUrl, "listTaskGroup", "G", query=query)
    assert upstream.requests[-1].body.endswith(b"/list?continuationToken=a+b&limit=2")


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (reply(404), "signs no URLs: it is no proxy, or one without /bewit."),
        (reply(200, [], b"{}"), "signs no URLs: it is no proxy, or one without /bewit."),
        (reply(400, [], b'{"code": "BadUrl", "message": "cannot sign"}'), "cannot sign"),
        (reply(403, [], b'{"message": "not for you"}'), "not for you"),
    ],
)
def test_a_proxy_that_does_not_sign(
    face: Face, upstream: Upstream, client: Any, answer: Script, text: str
) -> None:
    upstream.script(proxy(), answer)
    assert text in str(face.failure(client.buildSignedUrl, "ping"))


def test_wrong_calls_send_nothing(face: Face, upstream: Upstream, client: Any) -> None:
    with pytest.raises(TypeError):
        face.run(client.buildSignedUrl, "ping", expiration="soon")
    for args, kwargs, text in [
        (("nope",), {}, 'Requested method "nope" not found in API Reference'),
        (("createTask", "T"), {}, "Payload is required"),
        (("status",), {"expiration": 5}, "Incorrect number of positional arguments"),
    ]:
        assert str(face.failure(client.buildSignedUrl, *args, **kwargs)) == text
    assert upstream.requests == []


def test_a_bewit_that_cannot_be_read_is_not_checked(
    face: Face, upstream: Upstream, client: Any
) -> None:
    location = [("Location", f"{ROOT}{PING}?bewit=zzz")]
    upstream.script(proxy(), reply(303, location))
    assert face.run(client.buildSignedUrl, "ping", expiration=60) == location[0][1]


@given(st.text(max_size=40))
def test_any_bewit_is_read_or_not(token: str) -> None:
    assert bewit_expiry(f"http://h/?bewit={token}") in (None, bewit_expiry(f"?bewit={token}"))
    assert bewit_expiry(f"http://h/?bewit={bewit(1234567890)}&x=1") == 1234567890


def test_the_golden_bewit_is_read() -> None:
    token = "bWVcMTcwMDAwMDA2MFx6SkgvbGVOL1NkMTdhd0lDdzhKRG1DVjMwcTNWQkJ6TTBrM0ZMMUxFZFVJPVxlMzA9"
    assert bewit_expiry(f"{ROOT}{PING}?bewit={token}") == 1700000060


def test_it_is_no_secret_of_the_events(face: Face) -> None:
    with pytest.raises(TaskclusterFailure, match="not found in API Reference"):
        face.run(face.client("QueueEvents").buildSignedUrl, "taskPending")
