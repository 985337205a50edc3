"""Which URL a request goes to: the three forms, and targets kept byte for byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.harness import hawk
from tests.harness.connect_proxy import ConnectProxy

if TYPE_CHECKING:
    from tests.conftest import StartDaemon, StartUpstream
    from tests.harness.certificates import Authority
    from tests.harness.daemon import Daemon
    from tests.harness.upstream import Upstream

ODD_PATHS = [
    b"ping",
    b"",
    b"?",
    b"ping?",
    b"ping??",
    b"ping?a?b&&c==",
    b"ping/",
    b"/",
    b"//",
    b"task/a%2Fb//c?x=1&x=2",
    b"x%7Ey;z=1+2/../w?q=a%20b+c&e=",
    b"ping?q=%zz",
    b"%zz",
    b"%",
    b"%2",
    b"100%/x?y=100%",
    b"[x]",
    b"a%2Fb{c}",
    b"{",
    b"..",
    b"../../../x",
    b".",
    b"./x/./y",
    b"%2e%2e/%2E%2E/x",
    b"x;params",
    b"x;a=b?c;d#e",
    b"x#",
    b"#",
    b'a|b\\c^d`e"f<g>h',
    b"!$&'()*+,;=:@-._~",
    b"%00%0d%0a",
    b"%C3%A9?%E9",
    b"https://elsewhere.test/x",
    b"x?url=http://a.b/c?d",
]


@pytest.mark.parametrize("prefix", [b"/api/queue/v1/", b"/queue/v1/"])
@pytest.mark.parametrize("path", ODD_PATHS)
def test_target_reaches_the_deployment_byte_for_byte(
    daemon: Daemon, upstream: Upstream, prefix: bytes, path: bytes
) -> None:
    assert daemon.request("GET", prefix + path).status == 200
    request = upstream.only_request()
    assert request.target == b"/api/queue/v1/" + path
    hawk.verify(request)


@pytest.mark.parametrize("target", [b"/queue/v1/\xc3\xa9", b"/api/queue/v1/x?y=\xff"])
def test_raw_non_ascii_target_is_kept_or_refused(
    daemon: Daemon, upstream: Upstream, target: bytes
) -> None:
    response = daemon.request("GET", target)
    if response.status == 200:
        assert upstream.only_request().target in (target, b"/api" + target)
        hawk.verify(upstream.only_request())
    else:
        assert response.status == 400
        assert set(response.json()) >= {"code", "message"}
        assert not upstream.requests


def test_long_target_is_kept(daemon: Daemon, upstream: Upstream) -> None:
    target = b"/api/queue/v1/task?q=" + b"%7E~" * 1000
    assert daemon.request("GET", target).status == 200
    assert upstream.only_request().target == target
    hawk.verify(upstream.only_request())


@pytest.mark.parametrize(
    "target",
    [
        b"/",
        b"//",
        b"/queue",
        b"/queue/",
        b"/queue/v1",
        b"/queue?x=1",
        b"/queue/v1?x=1",
        b"//queue/v1/ping",
        b"/api",
        b"/api/",
        b"/api/queue",
        b"/api/queue/v1",
        b"/api//v1/x",
        b"/x@/",
        b"/127.0.0.1:19999/x",
        b"/__nothing__",
        b"/favicon.ico:80/x",
    ],
)
def test_what_names_no_service_is_a_json_404(
    daemon: Daemon, upstream: Upstream, target: bytes
) -> None:
    response = daemon.request("GET", target)
    assert response.status == 404
    body = response.json()
    assert isinstance(body["code"], str)
    assert isinstance(body["message"], str)
    assert not upstream.requests


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", b"http://elsewhere.test/api/queue/v1/ping"),
        ("GET", b"HTTP://127.0.0.1/queue/v1/ping"),
        ("POST", b"https://elsewhere.test:443/queue/v1/ping"),
        ("CONNECT", b"elsewhere.test:443"),
        ("CONNECT", b"/queue/v1/ping"),
        ("OPTIONS", b"*"),
        ("GET", b"*"),
        ("GET", b"queue/v1/ping"),
        ("GET", b"?x"),
    ],
)
def test_other_forms_of_target_are_refused(
    daemon: Daemon, upstream: Upstream, method: str, target: bytes
) -> None:
    with daemon.connect() as caller:
        caller.send(method, target)
        response = caller.read_response(method)
    assert 400 <= response.status < 500
    assert set(response.json()) >= {"code", "message"}
    assert not upstream.requests


@pytest.mark.parametrize("slashes", ["/", "//"])
def test_trailing_slash_of_the_root_url_is_dropped(
    upstream: Upstream, start_daemon: StartDaemon, slashes: str
) -> None:
    daemon = start_daemon(root_url=upstream.url + slashes)
    assert daemon.request("GET", "/queue/v1/ping").status == 200
    assert upstream.only_request().target == b"/api/queue/v1/ping"
    hawk.verify(upstream.only_request())


def test_path_of_the_root_url_is_kept(upstream: Upstream, start_daemon: StartDaemon) -> None:
    daemon = start_daemon(root_url=upstream.url + "/some/prefix/")
    assert daemon.request("GET", "/queue/v1/ping?").status == 200
    assert daemon.request("GET", "/api/queue/v1/ping").status == 200
    for request in upstream.requests:
        assert request.target.startswith(b"/some/prefix/api/queue/v1/ping")
        hawk.verify(request)


@pytest.mark.parametrize("target", ["/other.host.test/x", "/127.0.0.1/x", "/queue.test/v1/ping"])
def test_foreign_host_is_refused_with_the_name_of_the_flag(
    daemon: Daemon, upstream: Upstream, target: str
) -> None:
    response = daemon.request("GET", target)
    assert response.status == 403
    body = response.json()
    assert "--allowed-host" in body["message"]
    assert target.split("/")[1] in body["message"]
    assert isinstance(body["code"], str)
    assert not upstream.requests


@pytest.mark.parametrize(
    ("settings", "env"),
    [
        (("--allowed-host", "first.test", "--allowed-host", "other.host.test"), {}),
        (("--allowed-host", "*"), {}),
        ((), {"TCPROXY_ALLOWED_HOST": "first.test,other.host.test"}),
        ((), {"TCPROXY_ALLOWED_HOST": '["other.host.test"]'}),
    ],
)
def test_allowed_host_is_signed_for_over_https(
    upstream: Upstream,
    start_upstream: StartUpstream,
    start_daemon: StartDaemon,
    authority: Authority,
    settings: tuple[str, ...],
    env: dict[str, str],
) -> None:
    foreign = start_upstream(authority.server("other.host.test"))
    with ConnectProxy({"other.host.test:443": foreign.port}) as outbound:
        daemon = start_daemon(
            *("--ca-file", str(authority.file), "--retries", "0", *settings),
            root_url=upstream.url,
            env={"HTTPS_PROXY": outbound.url, **env},
        )
        target = b"/other.host.test/a%2Fb//..?c=%zz&d"
        assert daemon.request("PUT", target, body=b"x").status == 200
        request = foreign.only_request()
        assert request.target == b"/a%2Fb//..?c=%zz&d"
        assert request.value("Host") == b"other.host.test"
        assert request.body == b"x"
        hawk.verify(request, scheme="https")
        refused = daemon.request("GET", "/not.allowed.test/x")
        assert refused.status == (502 if "*" in settings else 403)
        assert not upstream.requests
