"""`POST /bewit`: a URL comes back signed; the signature verifies whatever the URL looks like."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.harness import hawk

if TYPE_CHECKING:
    from tests.conftest import StartDaemon
    from tests.harness.daemon import Daemon
    from tests.harness.upstream import Upstream

HOUR = 3600

URLS = [
    "https://tc.test/api/queue/v1/task/T/artifacts/public/x",
    "https://tc.test/api/x?b=2&a=1",
    "https://tc.test/a%20b/c%2Fd?x=%20y+z&e=",
    "https://tc.test:8443/x",
    "http://tc.test/x",
    "http://tc.test:8080/x?y",
    "http://127.0.0.1:80/x",
    "https://TC.Test/X",
    "https://[::1]:8443/x?y=z",
    "https://tc.test/",
    "https://tc.test/x?",
    "https://tc.test/x;a=b?c;d",
    "https://tc.test//double//slashes/../dots/./x",
    "https://tc.test/{curly}|[square]~!$&'()*+,;=:@",
    "https://tc.test/x?a=1&a=1&&b",
    "https://tc.test/x?url=https://elsewhere.test/?y=z",
    "https://tc.test/%C3%A9?q=%zz",
    "HTTPS://tc.test/x",
    "https://tc.test/no-bewit=x?is=bewit=x",
]


@pytest.mark.parametrize("url", URLS)
def test_the_signed_url_verifies(daemon: Daemon, upstream: Upstream, url: str) -> None:
    before = int(time.time())
    response = daemon.request("POST", "/bewit", body=url.encode())
    assert response.status == 303
    location = response.header("Location")
    assert location is not None
    assert response.body.decode() == location
    assert (response.header("Content-Type") or "").startswith("text/plain")
    bewit = hawk.verify_bewit(location)
    assert location.startswith(url)
    assert before + HOUR <= bewit.expiry <= time.time() + HOUR
    assert bewit.ext == "e30="
    assert not upstream.requests


@pytest.mark.parametrize("url", ["https://tc.test", "https://tc.test?x=1"])
def test_an_empty_path_is_signed_as_a_slash_or_refused(daemon: Daemon, url: str) -> None:
    response = daemon.request("POST", "/bewit", body=url.encode())
    if response.status == 303:
        location = response.header("Location") or ""
        # a client asks for `/` when the path is empty
        host, mark, query = location.removeprefix("https://").partition("?")
        hawk.verify_bewit(f"https://{host.removesuffix('/')}/{mark}{query}")
    else:
        assert response.status == 400


def test_a_fragment_is_no_part_of_the_signature(daemon: Daemon) -> None:
    response = daemon.request("POST", "/bewit", body=b"https://tc.test/x?y#z")
    if response.status == 303:
        hawk.verify_bewit((response.header("Location") or "").partition("#")[0])
    else:
        assert response.status == 400


def test_white_space_around_the_url_is_dropped(daemon: Daemon) -> None:
    response = daemon.request("POST", "/bewit", body=b"  https://tc.test/x\r\n")
    assert response.status == 303
    assert (response.header("Location") or "").startswith("https://tc.test/x?bewit=")


@pytest.mark.parametrize("span", [1, 60, 86400])
def test_another_span(daemon: Daemon, span: int) -> None:
    before = int(time.time())
    response = daemon.request("POST", f"/bewit?expiration={span}", body=b"https://tc.test/x")
    assert response.status == 303
    bewit = hawk.verify_bewit(response.body.decode())
    assert before + span <= bewit.expiry <= time.time() + span


@pytest.mark.parametrize(
    "query",
    [
        "expiration=",
        "expiration=abc",
        "expiration=-1",
        "expiration=0",
        "expiration=1&expiration=2",
        "expiration=inf",
        "expiration=nan",
        "expiration=1e400",
        "expiration=" + "9" * 40,
        "expiration=%zz",
    ],
)
def test_a_bad_span_is_refused(daemon: Daemon, query: str) -> None:
    response = daemon.request("POST", f"/bewit?{query}", body=b"https://tc.test/x")
    assert response.status == 400
    assert set(response.json()) >= {"code", "message"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"queue/v1/task/x",
        b"/queue/v1/task/x",
        b"//tc.test/x",
        b"ftp://tc.test/x",
        b"file:///etc/passwd",
        b"javascript:alert(1)",
        b"https://",
        b"https:///x",
        b"https:tc.test/x",
        b"https:/tc.test/x",
        b"x://y/z",
        b"https://tc.test:port/x",
        b"https://tc.test:99999/x",
        b"https://[::1/x",
        b"https://tc.test/a b",
        b"https://tc.test/x\r\nX-Injected: 1",
        b"https://tc.test/x\nhttps://tc.test/y",
        b"https://tc.test/\x00",
        b"https://tc.test/\xff\xfe",
        b"https://user:password@tc.test/x",
        b"https://tc.test/x?bewit=abc",
        b"https://?x",
        b"https://:443/x",
    ],
)
def test_anything_else_is_a_400(daemon: Daemon, body: bytes) -> None:
    response = daemon.request("POST", "/bewit", body=body)
    assert response.status == 400
    assert set(response.json()) >= {"code", "message"}
    assert response.header("X-Injected") is None


def test_a_huge_body_is_refused(daemon: Daemon) -> None:
    response = daemon.request("POST", "/bewit", body=b"https://tc.test/" + b"x" * 2_000_000)
    assert response.status in (400, 413)
    assert set(response.json()) >= {"code", "message"}


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "FROB"])
def test_other_methods_are_a_405(daemon: Daemon, method: str) -> None:
    with daemon.connect() as caller:
        caller.send(method, "/bewit")
        response = caller.read_response(method)
    assert response.status == 405
    assert response.header("Allow") == "POST"
    if method != "HEAD":
        assert set(response.json()) >= {"code", "message"}


@pytest.mark.parametrize("target", ["/bewit/", "/bewitXYZ", "/bewit/x", "/Bewit", "//bewit"])
def test_only_the_exact_path(daemon: Daemon, upstream: Upstream, target: str) -> None:
    assert daemon.request("POST", target, body=b"https://tc.test/x").status == 404
    assert not upstream.requests


def test_bewit_of_temporary_and_restricted_credentials(
    upstream: Upstream, start_daemon: StartDaemon
) -> None:
    credentials = hawk.temporary("queue:get-artifact:x")
    daemon = start_daemon("q:x", root_url=upstream.url, **credentials.arguments())
    response = daemon.request("POST", "/bewit", body=b"https://tc.test/x?b=2&a=1")
    bewit = hawk.verify_bewit(response.body.decode(), credentials=credentials)
    assert bewit.ext == hawk.official_ext(credentials, ["q:x"])


def test_bewits_are_not_logged(daemon: Daemon) -> None:
    since = daemon.mark()
    signed = daemon.request("POST", "/bewit", body=b"https://tc.test/x?key=hidden-value").body
    daemon.request_event("/bewit", since=since)
    assert signed.partition(b"bewit=")[2].decode() not in daemon.output
    assert "hidden-value" not in daemon.output
