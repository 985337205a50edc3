"""Outbound proxies: HTTPS_PROXY, HTTP_PROXY and NO_PROXY, always by CONNECT."""

from __future__ import annotations

import base64
import threading
from typing import TYPE_CHECKING

import pytest

from tests.harness import daemon as process
from tests.harness import hawk
from tests.harness.connect_proxy import ConnectProxy
from tests.harness.wire import TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import StartDaemon, StartUpstream
    from tests.harness.certificates import Authority
    from tests.harness.upstream import Exchange, Upstream

TARGET = "/queue/v1/thing"


@pytest.fixture
def plain(upstream: Upstream) -> Iterator[ConnectProxy]:
    """An outbound proxy that knows http://tc.test as `upstream`."""
    routes = {"tc.test:80": upstream.port, upstream.authority: upstream.port}
    with ConnectProxy(routes) as proxy:
        yield proxy


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy"])
def test_plain_http_is_tunnelled(
    upstream: Upstream, plain: ConnectProxy, start_daemon: StartDaemon, name: str
) -> None:
    daemon = start_daemon(root_url="http://tc.test", env={name: plain.url})
    for number in range(3):
        assert daemon.request("POST", TARGET, body=bytes([number])).status == 200
    assert plain.targets == ["CONNECT tc.test:80 HTTP/1.1"]
    assert plain.requests[0].value("Host") == b"tc.test:80"
    assert plain.requests[0].values("Authorization") == []
    for request in upstream.requests:
        assert request.value("Host") == b"tc.test"
        assert request.target == b"/api/queue/v1/thing"
        assert request.values("Proxy-Authorization") == []
        hawk.verify(request)


def test_a_name_that_ends_with_a_dot_is_the_one_in_the_certificate(
    start_upstream: StartUpstream, start_daemon: StartDaemon, authority: Authority
) -> None:
    """It keeps the resolver from trying its search list, as is wanted in Kubernetes."""
    upstream = start_upstream(authority.server("tc.test"))
    with ConnectProxy({"tc.test.:443": upstream.port}) as proxy:
        daemon = start_daemon(
            *("--retries", "0", "--ca-file", str(authority.file)),
            root_url="https://tc.test.",
            env={"HTTPS_PROXY": proxy.url},
        )
        assert daemon.request("GET", TARGET).status == 200
    hawk.verify(upstream.only_request(), scheme="https")


@pytest.mark.parametrize("is_tunnelled", [False, True])
@pytest.mark.parametrize("host", ["a" * 64 + ".test", ".test"])
def test_a_name_that_cannot_be_one_is_told_at_once(
    start_daemon: StartDaemon, host: str, is_tunnelled: bool
) -> None:
    """Nobody looks up the name behind an outbound proxy, and TLS does not take it."""
    root_url = f"https://{host}"
    with ConnectProxy({}) as proxy:
        env = {"HTTPS_PROXY": proxy.url} if is_tunnelled else {}
        daemon = start_daemon("--retries", "0", root_url=root_url, env=env)
        response = daemon.request("GET", TARGET)
        assert not proxy.requests
    assert response.status == 502
    reason = "a part between its dots is empty, or longer than 63 characters"
    assert f"the name of {root_url} cannot be resolved: {reason}" in response.json()["message"]


@pytest.mark.parametrize("root_url", ["http://tc.test:80", "http://TC.Test", "http://tc.test:80/"])
def test_forms_of_the_default_port(
    upstream: Upstream, start_daemon: StartDaemon, root_url: str
) -> None:
    with ConnectProxy({"tc.test:80": upstream.port, "TC.Test:80": upstream.port}) as proxy:
        daemon = start_daemon(root_url=root_url, env={"HTTP_PROXY": proxy.url})
        assert daemon.request("GET", TARGET).status == 200
    hawk.verify(upstream.only_request())


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy"])
def test_tls_is_tunnelled(
    start_upstream: StartUpstream, start_daemon: StartDaemon, authority: Authority, name: str
) -> None:
    secure = start_upstream(authority.server("tc.test"))
    with ConnectProxy({"tc.test:443": secure.port}) as proxy:
        daemon = start_daemon(
            *("--ca-file", str(authority.file)),
            root_url="https://tc.test",
            env={name: proxy.url, "HTTP_PROXY": "http://127.0.0.1:1"},
        )
        for _ in range(3):
            assert daemon.request("GET", TARGET).status == 200
        assert proxy.targets == ["CONNECT tc.test:443 HTTP/1.1"]
    for request in secure.requests:
        assert request.value("Host") == b"tc.test"
        hawk.verify(request, scheme="https")


def test_the_proxys_password_is_used_and_never_shown(
    plain: ConnectProxy, start_daemon: StartDaemon
) -> None:
    url = plain.url.replace("http://", "http://me:p%40ss-word@")
    daemon = start_daemon(
        *("--retries", "0", "--log-level", "debug"),
        root_url="http://tc.test",
        env={"HTTP_PROXY": url},
        secrets=["p%40ss-word", "p@ss-word", base64.b64encode(b"me:p@ss-word").decode()],
    )
    assert daemon.request("GET", TARGET).status == 200
    expected = b"Basic " + base64.b64encode(b"me:p@ss-word")
    assert plain.requests[0].value("Proxy-Authorization") == expected


@pytest.mark.parametrize(
    "no_proxy", ["127.0.0.1", "other.test,127.0.0.1", "*", "127.0.0.1:{port}", " 127.0.0.1 , x"]
)
def test_no_proxy_means_no_proxy(
    upstream: Upstream, plain: ConnectProxy, start_daemon: StartDaemon, no_proxy: str
) -> None:
    daemon = start_daemon(
        root_url=upstream.url,
        env={"HTTP_PROXY": plain.url, "NO_PROXY": no_proxy.format(port=upstream.port)},
    )
    assert daemon.request("GET", TARGET).status == 200
    assert plain.targets == []


@pytest.mark.parametrize("no_proxy", ["", "other.test", "c.test", ".other.test"])
def test_no_proxy_for_others_changes_nothing(
    plain: ConnectProxy, start_daemon: StartDaemon, no_proxy: str
) -> None:
    daemon = start_daemon(
        root_url="http://tc.test", env={"HTTP_PROXY": plain.url, "NO_PROXY": no_proxy}
    )
    assert daemon.request("GET", TARGET).status == 200
    assert plain.targets == ["CONNECT tc.test:80 HTTP/1.1"]


def test_proxy_for_the_other_scheme_is_not_used(
    upstream: Upstream, plain: ConnectProxy, start_daemon: StartDaemon
) -> None:
    daemon = start_daemon(root_url=upstream.url, env={"HTTPS_PROXY": plain.url})
    assert daemon.request("GET", TARGET).status == 200
    assert plain.targets == []


@pytest.mark.parametrize(
    "refusal",
    [
        b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 6\r\n\r\nLog in",
        b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK",
        b"",
    ],
)
def test_a_proxy_that_refuses_is_a_bad_gateway(start_daemon: StartDaemon, refusal: bytes) -> None:
    with ConnectProxy({}, refusal) as proxy:
        daemon = start_daemon(
            "--retries",
            "0",
            root_url="http://tc.test",
            env={
                "HTTP_PROXY": proxy.url,
            },
        )
        response = daemon.request("GET", TARGET)
        assert response.status == 502
        body = response.json()
        assert set(body) == {"code", "message", "requestInfo"}
        assert "proxy" in body["message"].lower()
        if status := refusal.partition(b"HTTP/1.1 ")[2][:3].decode():
            assert status in body["message"] or status == "200"


def test_a_proxy_that_is_not_there_is_named(start_daemon: StartDaemon) -> None:
    daemon = start_daemon(
        *("--retries", "0"), root_url="http://tc.test", env={"HTTP_PROXY": "http://127.0.0.1:1"}
    )
    response = daemon.request("GET", TARGET)
    assert response.status == 502
    assert "127.0.0.1:1" in response.json()["message"]


def test_a_caller_that_leaves_ends_the_tunnel(
    upstream: Upstream, plain: ConnectProxy, start_daemon: StartDaemon
) -> None:
    left = threading.Event()

    def script(exchange: Exchange) -> None:
        exchange.read_body()
        if exchange.wire.wait_closed():
            left.set()

    upstream.script(script)
    daemon = start_daemon(root_url="http://tc.test", env={"HTTP_PROXY": plain.url})
    with daemon.connect() as caller:
        caller.send("GET", TARGET)
        upstream.wait_for_requests(1)
    assert left.wait(TIMEOUT)


@pytest.mark.parametrize("url", ["http://user:hid#den@proxy.test:3128", "http://user:hidden"])
def test_a_part_of_a_password_is_not_shown_as_a_port(url: str) -> None:
    refused = process.run(
        *("--root-url", "https://tc.test", "--client-id", "c", "--port", "0"),
        env={"HTTPS_PROXY": url, "TASKCLUSTER_ACCESS_TOKEN": "t"},
    )
    assert refused.code == 2
    assert "HTTPS_PROXY is not a URL" in refused.error_line
    assert "hid" not in refused.error_line
