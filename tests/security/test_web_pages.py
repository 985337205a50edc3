"""Web pages: what a browser sends for a page is refused, whatever the page is and does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import daemon as process
from tests.harness.daemon import Daemon
from tests.security.callers import TARGET, assert_untouched, status_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import StartDaemon
    from tests.harness.caller import Response
    from tests.harness.upstream import Upstream

EVIL = "https://evil.example.com"
GOOD = "https://good.example.com"
PREFLIGHT = [
    ("Access-Control-Request-Method", "PUT"),
    ("Access-Control-Request-Headers", "content-type"),
]
PATHS = [
    ("GET", TARGET),
    ("GET", "/api/secrets/v1/secret/x"),
    ("POST", "/bewit"),
    ("PUT", "/credentials"),
    ("GET", "/__version__"),
    ("GET", "/__heartbeat__"),
    ("GET", "/__lbheartbeat__"),
    ("GET", "/nowhere"),
    ("GET", "/other.example.com/x"),
]


@pytest.fixture(scope="module")
def shared_open_daemon(shared_upstream: Upstream) -> Iterator[Daemon]:
    """A daemon that some pages may use, under some names."""
    settings = {"TCPROXY_ALLOWED_ORIGIN": f"{GOOD},http://localhost:3000"}
    names = ("--allowed-host-header", "proxy.example.com", "--allowed-host-header", "Second.Test")
    with Daemon(*names, root_url=shared_upstream.url, env=settings) as daemon:
        yield daemon


@pytest.fixture
def open_daemon(shared_open_daemon: Daemon, upstream: Upstream) -> Iterator[Daemon]:
    del upstream  # it must be clean before the daemon is used
    yield shared_open_daemon
    shared_open_daemon.check()


def assert_refused(response: Response, code: str, flag: str) -> dict[str, Any]:
    """Check that it is a refusal that names the flag, and that no page could read it."""
    assert response.status == 403
    body: dict[str, Any] = response.json()
    assert body["code"] == code
    assert flag in body["message"]
    for name, _ in response.headers:
        assert not name.lower().startswith(b"access-control-"), response.headers
    return body


def assert_page_refused(response: Response) -> None:
    assert_refused(response, "OriginNotAllowed", "--allowed-origin")


class TestPages:
    @pytest.mark.parametrize(
        "headers",
        [
            [("Origin", EVIL)],
            [("oRIGIN", EVIL)],
            [("Origin", "null")],
            [("Origin", "")],
            [("Origin", "http://localhost")],
            [("Origin", "http://127.0.0.1:8080")],
            [("Origin", EVIL), ("Sec-Fetch-Site", "same-origin")],
            [("Origin", EVIL), ("Origin", "null")],
            [("Sec-Fetch-Site", "cross-site")],
            [("Sec-Fetch-Site", "same-site")],
            [("Sec-Fetch-Site", "CROSS-SITE")],
            [("Sec-Fetch-Site", "")],
            [("Sec-Fetch-Site", "something new")],
            [("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "cross-site")],
            [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-origin")],
            [("Sec-Fetch-Site", "none, cross-site")],
        ],
        ids=str,
    )
    @pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
    def test_they_are_refused(
        self, daemon: Daemon, upstream: Upstream, headers: list[tuple[str, str]], method: str
    ) -> None:
        response = daemon.request(method, TARGET, headers)
        assert response.status == 403
        if method != "HEAD":
            assert_page_refused(response)
        assert_untouched(upstream)

    @pytest.mark.parametrize(("method", "path"), PATHS)
    def test_whatever_they_ask_for(
        self, daemon: Daemon, upstream: Upstream, method: str, path: str
    ) -> None:
        assert_page_refused(daemon.request(method, path, [("Origin", EVIL)], body=b"x"))
        assert_page_refused(daemon.request(method, path, [("Sec-Fetch-Site", "cross-site")]))
        assert_untouched(upstream)

    @pytest.mark.parametrize(("method", "path"), PATHS)
    def test_preflights_are_refused(
        self, daemon: Daemon, upstream: Upstream, method: str, path: str
    ) -> None:
        del method  # a preflight is always the same
        assert_page_refused(daemon.request("OPTIONS", path, [("Origin", EVIL), *PREFLIGHT]))
        assert_untouched(upstream)

    def test_the_own_origin_is_no_exception(self, daemon: Daemon, upstream: Upstream) -> None:
        """What a deployment serves may be anybody's page: artifacts are."""
        assert_page_refused(daemon.request("POST", TARGET, [("Origin", daemon.url)]))
        assert_untouched(upstream)

    @pytest.mark.parametrize("site", [None, "none", "same-origin"])
    def test_what_a_person_types_is_served(
        self, daemon: Daemon, upstream: Upstream, site: str | None
    ) -> None:
        headers = [] if site is None else [("Sec-Fetch-Site", site), ("Sec-Fetch-Mode", "navigate")]
        assert daemon.request("GET", TARGET, headers).status == 200
        assert upstream.only_request().values("Sec-Fetch-Site") == (
            [] if site is None else [site.encode()]
        )

    def test_options_without_a_page_are_forwarded(self, daemon: Daemon, upstream: Upstream) -> None:
        assert daemon.request("OPTIONS", TARGET, PREFLIGHT).status == 200
        assert upstream.only_request().method == "OPTIONS"

    def test_a_body_is_not_waited_for(self, daemon: Daemon, upstream: Upstream) -> None:
        with daemon.connect() as caller:
            caller.send("POST", TARGET, [("Origin", EVIL), ("Content-Length", "1000000")])
            assert_page_refused(caller.read_response("POST"))
        assert_untouched(upstream)

    def test_one_line_is_logged(self, daemon: Daemon) -> None:
        since = daemon.mark()
        daemon.request("GET", TARGET + "/evil", [("Origin", EVIL)])
        event = daemon.request_event(TARGET + "/evil", since=since)
        assert event["status"] == 403
        assert "--allowed-origin" in event["error"]


class TestAllowedOrigins:
    @pytest.mark.parametrize("origin", [GOOD, "http://localhost:3000"])
    def test_their_requests_are_forwarded_as_they_are(
        self, open_daemon: Daemon, upstream: Upstream, origin: str
    ) -> None:
        headers = [("Origin", origin), ("Sec-Fetch-Site", "cross-site")]
        assert open_daemon.request("GET", TARGET, headers).status == 200
        assert open_daemon.request("OPTIONS", TARGET, [*headers, *PREFLIGHT]).status == 200
        for request in upstream.requests:
            assert request.value("Origin") == origin.encode()

    @pytest.mark.parametrize(
        "origin",
        [
            EVIL,
            "null",
            "",
            "http://good.example.com",
            f"{GOOD}:8443",
            f"{GOOD}.evil.com",
            f"{GOOD}/",
            f"{GOOD}, {EVIL}",
            "https://evil-good.example.com",
            "https://x.good.example.com",
            "http://localhost",
            "http://localhost:30001",
        ],
    )
    def test_others_are_not(self, open_daemon: Daemon, upstream: Upstream, origin: str) -> None:
        assert_page_refused(open_daemon.request("GET", TARGET, [("Origin", origin)]))
        headers = [("Origin", GOOD), ("Origin", origin)]
        assert open_daemon.request("GET", TARGET, headers).status == 403
        assert_untouched(upstream)

    def test_a_request_that_names_no_origin_is_not(
        self, open_daemon: Daemon, upstream: Upstream
    ) -> None:
        """An image or a link: nothing tells whose page it is on."""
        assert_page_refused(open_daemon.request("GET", TARGET, [("Sec-Fetch-Site", "cross-site")]))
        assert_untouched(upstream)

    def test_every_origin(self, upstream: Upstream, start_daemon: StartDaemon) -> None:
        daemon = start_daemon("--allowed-origin", "*", root_url=upstream.url)
        for headers in (
            [("Origin", EVIL), ("Sec-Fetch-Site", "cross-site")],
            [("Origin", "null")],
            [("Sec-Fetch-Site", "cross-site")],
        ):
            assert daemon.request("GET", TARGET, headers).status == 200
        response = daemon.request("GET", TARGET, [("Origin", EVIL), ("Host", "evil.example.com")])
        assert_refused(response, "HostHeaderNotAllowed", "--allowed-host-header")


LOCAL_HOSTS = [
    "127.0.0.1",
    "127.0.0.1:8080",
    "10.1.2.3",
    "172.17.0.1:80",
    "[::1]",
    "[::1]:8080",
    "[fd00::1]:1",
    "[::ffff:127.0.0.1]",
    "localhost",
    "localhost:8080",
    "LOCALHOST",
    "localhost.",
    "a.localhost",
    "a.b.localhost:80",
    "taskcluster",
    "taskcluster:80",
    "Taskcluster",
    "my_service-1",
]
FOREIGN_HOSTS = [
    "evil.example.com",
    "evil.example.com:8080",
    "evil.example.com.",
    "127.0.0.1.evil.com",
    "127.0.0.1.nip.io:80",
    "localhost.evil.com",
    "notlocalhost.com",
    "x.localhost.evil.com",
    "taskcluster.net",
    "1.2.3.4.5",
    "a.local",
    "..",
    "a..localhost.com",
]
BROKEN_HOSTS = [
    "",
    ":80",
    "127.0.0.1:port",
    "127.0.0.1:80:80",
    "[::1",
    "::1",
    "[evil.example.com]",
    "[::1]evil.example.com",
    "127.0.0.1@evil.example.com",
    "evil.example.com@127.0.0.1",
    "127.0.0.1/.evil.com",
    "127.0.0.1#evil.com",
    "127.0.0.1?evil.com",
    "127.0.0.1, evil.example.com",
    "127.0.0.1 evil.example.com",
    "evil.example.com\\@127.0.0.1",
    "127.0.0.1%2eevil.com",
    "127.0.0.1\t.evil.com",
    "\u0661",
    "e\u0432il.example.com",
    "127.0.0.1:99999999999",
    "127.1",
    "0x7f.1",
    "127.000.000.001",
    "1.2.3.256",
    "*",
]


class TestHosts:
    @pytest.mark.parametrize("host", LOCAL_HOSTS)
    def test_a_name_that_nobody_can_point_elsewhere_is_served(
        self, daemon: Daemon, upstream: Upstream, host: str
    ) -> None:
        assert daemon.request("GET", TARGET, [("Host", host)]).status == 200
        assert upstream.only_request().value("Host") == upstream.authority.encode()

    @pytest.mark.parametrize("host", FOREIGN_HOSTS)
    def test_another_is_refused(self, daemon: Daemon, upstream: Upstream, host: str) -> None:
        for method, path in PATHS[:4]:
            response = daemon.request(method, path, [("Host", host)])
            assert_refused(response, "HostHeaderNotAllowed", "--allowed-host-header")
        assert_untouched(upstream)

    @pytest.mark.parametrize("host", BROKEN_HOSTS)
    def test_what_is_no_host_is_refused(
        self, daemon: Daemon, upstream: Upstream, host: str
    ) -> None:
        with daemon.connect() as caller:
            text = f"GET {TARGET} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
            caller.wire.send(text.encode())
            assert status_of(caller.wire.read_to_end()) in (400, 403)
        assert_untouched(upstream)

    def test_the_message_says_the_name(self, daemon: Daemon) -> None:
        response = daemon.request("GET", TARGET, [("Host", "rebound.example.com:8080")])
        message = assert_refused(response, "HostHeaderNotAllowed", "--allowed-host-header")
        assert "rebound.example.com" in message["message"]

    def test_one_line_is_logged(self, daemon: Daemon) -> None:
        since = daemon.mark()
        daemon.request("GET", TARGET + "/evil", [("Host", "evil.example.com")])
        event = daemon.request_event(TARGET + "/evil", since=since)
        assert event["status"] == 403
        assert "--allowed-host-header" in event["error"]

    def test_many_names_are_not_kept(self, daemon: Daemon, upstream: Upstream) -> None:
        """Good ones may be remembered, but not without end."""
        with daemon.connect() as caller:
            for number in range(300):
                assert caller.request("GET", "/__lbheartbeat__", [("Host", f"n{number}")]).status
            response = caller.request("GET", TARGET, [("Host", "evil.example.com")])
            assert_refused(response, "HostHeaderNotAllowed", "--allowed-host-header")
        assert_untouched(upstream)


class TestAllowedHosts:
    @pytest.mark.parametrize(
        "host",
        ["proxy.example.com", "proxy.example.com:80", "PROXY.example.com", "proxy.example.com."],
    )
    def test_they_are_served(self, open_daemon: Daemon, upstream: Upstream, host: str) -> None:
        assert open_daemon.request("GET", TARGET, [("Host", host)]).status == 200
        assert open_daemon.request("GET", TARGET, [("Host", "second.test")]).status == 200
        assert len(upstream.requests) == 2

    @pytest.mark.parametrize(
        "host",
        [
            "example.com",
            "x.proxy.example.com",
            "proxy.example.com.evil.com",
            "proxy-example.com",
            "evilproxy.example.com",
        ],
    )
    def test_others_are_not(self, open_daemon: Daemon, upstream: Upstream, host: str) -> None:
        response = open_daemon.request("GET", TARGET, [("Host", host)])
        assert_refused(response, "HostHeaderNotAllowed", "--allowed-host-header")
        assert_untouched(upstream)

    def test_every_host(self, upstream: Upstream, start_daemon: StartDaemon) -> None:
        settings = {"TCPROXY_ALLOWED_HOST_HEADER": "*"}
        daemon = start_daemon(root_url=upstream.url, env=settings)
        assert daemon.request("GET", TARGET, [("Host", "evil.example.com")]).status == 200
        response = daemon.request("GET", TARGET, [("Host", "evil.example.com"), ("Origin", EVIL)])
        assert_page_refused(response)


class TestAbsoluteTargets:
    """`GET http://host/path`: what a proxy is asked, and what a target may hide a host in."""

    @pytest.mark.parametrize(
        "authority", ["evil.example.com", "evil.example.com:80", "127.0.0.1.evil.com"]
    )
    def test_a_foreign_host_is_refused(
        self, daemon: Daemon, upstream: Upstream, authority: str
    ) -> None:
        for host in ("localhost", authority):
            response = daemon.request("GET", f"http://{authority}{TARGET}", [("Host", host)])
            assert_refused(response, "HostHeaderNotAllowed", "--allowed-host-header")
        assert_untouched(upstream)

    @pytest.mark.parametrize(
        "target",
        [
            "http://localhost@evil.example.com",
            "http://evil.example.com@localhost",
            "http://localhost:80@evil.example.com",
            "http://[evil.example.com]",
            "HTTP://evil.example.com",
            "ftp://evil.example.com",
            "//evil.example.com",
            "http:evil.example.com",
            "http:///evil.example.com",
            "evil.example.com:80",
            "*",
        ],
    )
    def test_nothing_odd_is_forwarded(
        self, daemon: Daemon, upstream: Upstream, target: str
    ) -> None:
        path = "" if target == "*" else TARGET
        with daemon.connect() as caller:
            caller.send("GET", target + path, [("Host", "localhost"), ("Connection", "close")])
            assert status_of(caller.wire.read_to_end()) in (400, 403, 404)
        assert_untouched(upstream)

    def test_the_page_is_looked_at_too(self, daemon: Daemon, upstream: Upstream) -> None:
        for target in (f"http://localhost{TARGET}", f"http://evil.example.com{TARGET}"):
            assert daemon.request("GET", target, [("Origin", EVIL)]).status == 403
        assert_untouched(upstream)

    def test_a_host_that_disagrees_is_refused(self, daemon: Daemon, upstream: Upstream) -> None:
        response = daemon.request("GET", f"http://localhost{TARGET}", [("Host", "evil.test")])
        assert_refused(response, "HostHeaderNotAllowed", "--allowed-host-header")
        assert_untouched(upstream)


@pytest.mark.parametrize(
    ("flag", "variable", "value"),
    [
        ("--allowed-origin", "TCPROXY_ALLOWED_ORIGIN", "good.example.com"),
        ("--allowed-origin", "TCPROXY_ALLOWED_ORIGIN", "https://good.example.com/"),
        ("--allowed-origin", "TCPROXY_ALLOWED_ORIGIN", "https://good.example.com/path"),
        ("--allowed-origin", "TCPROXY_ALLOWED_ORIGIN", "https://*.example.com"),
        ("--allowed-host-header", "TCPROXY_ALLOWED_HOST_HEADER", "example.com:80"),
        ("--allowed-host-header", "TCPROXY_ALLOWED_HOST_HEADER", "http://example.com"),
        ("--allowed-host-header", "TCPROXY_ALLOWED_HOST_HEADER", "*.example.com"),
    ],
)
def test_a_setting_that_could_not_match_is_one_line(flag: str, variable: str, value: str) -> None:
    settings = ("--root-url", "http://127.0.0.1:9", "--client-id", "c")
    refused = process.run(*settings, flag, value, env={"TASKCLUSTER_ACCESS_TOKEN": "t"})
    assert refused.code == 2
    assert flag in refused.error_line
    assert variable in refused.error_line
    assert value in refused.error_line
