"""What the proxy tells its callers about itself, in header fields."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

import tcproxy
from tests.harness import hawk
from tests.harness.upstream import reply

if TYPE_CHECKING:
    from tests.conftest import StartDaemon
    from tests.harness.daemon import Daemon
    from tests.harness.upstream import Upstream

TARGET = "/queue/v1/a%2Fb?c=%zz&d"
PERMANENT = "X-Taskcluster-Proxy-Perm-Clientid"
TEMPORARY = "X-Taskcluster-Proxy-Temp-Clientid"
TEMPORARY_SCOPES = "X-Taskcluster-Proxy-Temp-Scopes"
RESTRICTION = "X-Taskcluster-Authorized-Scopes"


def test_version_endpoint_and_client(daemon: Daemon, upstream: Upstream) -> None:
    response = daemon.request("GET", TARGET)
    assert response.header("X-Taskcluster-Proxy-Version") == tcproxy.__version__
    assert response.header("X-Taskcluster-Proxy-Revision") is not None
    endpoint = f"{upstream.url}/api{TARGET}"
    assert response.header("X-Taskcluster-Endpoint") == endpoint
    assert response.header(PERMANENT) == hawk.DEFAULT.client_id
    for absent in (TEMPORARY, TEMPORARY_SCOPES, RESTRICTION):
        assert response.header(absent) is None


@pytest.mark.parametrize(
    ("given", "shown"),
    [("4f2a", "4f2a"), ("4f2a\nX-Other: 1\n", "4f2a X-Other: 1"), ("", "unknown")],
)
def test_the_revision_is_one_line(
    upstream: Upstream, start_daemon: StartDaemon, given: str, shown: str
) -> None:
    daemon = start_daemon(root_url=upstream.url, env={"TCPROXY_REVISION": given})
    for target in (TARGET, "/__lbheartbeat__"):
        assert daemon.request("GET", target).header("X-Taskcluster-Proxy-Revision") == shown


def test_temporary_credentials(upstream: Upstream, start_daemon: StartDaemon) -> None:
    credentials = hawk.temporary("b:*", "a:x")
    daemon = start_daemon(root_url=upstream.url, **credentials.arguments())
    response = daemon.request("GET", TARGET)
    assert response.header(TEMPORARY) == credentials.client_id
    assert json.loads(response.header(TEMPORARY_SCOPES) or "") == ["b:*", "a:x"]
    assert response.header(PERMANENT) is None


def test_restriction(upstream: Upstream, start_daemon: StartDaemon) -> None:
    daemon = start_daemon("a", "b:*", "b:c", root_url=upstream.url)
    response = daemon.request("GET", TARGET)
    assert sorted(json.loads(response.header(RESTRICTION) or "")) == ["a", "b:*"]


@pytest.mark.parametrize("status", [200, 303, 404])
def test_upstreams_value_wins(daemon: Daemon, upstream: Upstream, status: int) -> None:
    fields = [("x-taskcluster-ENDPOINT", "upstream-wins"), ("X-Taskcluster-Proxy-Version", "9")]
    upstream.script(reply(status, fields))
    response = daemon.request("GET", TARGET)
    assert response.header("X-Taskcluster-Endpoint") == "upstream-wins"
    assert response.header("X-Taskcluster-Proxy-Version") == "9"


@pytest.mark.parametrize("status", [200, 204, 304, 400, 401, 404])
def test_they_are_on_every_forwarded_answer(
    daemon: Daemon, upstream: Upstream, status: int
) -> None:
    upstream.script(reply(status))
    response = daemon.request("GET", TARGET)
    assert response.status == status
    assert response.header(PERMANENT) == hawk.DEFAULT.client_id
    assert response.attempts == 1


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", "/queue"),
        ("GET", "/other.host.test/x"),
        ("POST", "/bewit"),
        ("GET", "/credentials"),
        ("PUT", "/credentials"),
        ("GET", "/__lbheartbeat__"),
    ],
)
def test_they_are_on_the_proxys_own_answers(daemon: Daemon, method: str, target: str) -> None:
    response = daemon.request(method, target)
    assert response.header("X-Taskcluster-Proxy-Version") == tcproxy.__version__
    assert response.header("X-Taskcluster-Endpoint") is None
    assert response.header(PERMANENT) == hawk.DEFAULT.client_id


def test_a_new_client_shows_at_once(upstream: Upstream, start_daemon: StartDaemon) -> None:
    daemon = start_daemon(root_url=upstream.url)
    other = hawk.Credentials("other/client", "x")
    daemon.request("PUT", "/credentials", body=other.body())
    assert daemon.request("GET", TARGET).header(PERMANENT) == "other/client"


def test_scopes_with_quotes_make_a_valid_header(
    upstream: Upstream, start_daemon: StartDaemon
) -> None:
    credentials = hawk.temporary("secrets:get:a b", 'quote:"x"')
    daemon = start_daemon(root_url=upstream.url, **credentials.arguments())
    response = daemon.request("GET", TARGET)
    assert response.status == 200
    value = response.values(TEMPORARY_SCOPES)[0]
    assert json.loads(value.decode("ascii")) == ["secrets:get:a b", 'quote:"x"']
