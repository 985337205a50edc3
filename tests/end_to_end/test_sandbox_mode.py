"""`tcproxy --sandbox`: what a person sees who tries it for the first time."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.harness import daemon as process
from tests.harness import hawk
from tests.harness.daemon import Daemon

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import StartDaemon
    from tests.harness.upstream import Upstream


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Daemon]:
    """The daemon with its embedded deployment."""
    with Daemon("--sandbox") as daemon:
        daemon.wait_until(lambda: len(curl_lines(daemon)) >= 3, 10, "print curl lines")
        yield daemon


def curl_lines(daemon: Daemon) -> list[str]:
    """Return the lines that it prints for people to paste."""
    lines = [*daemon.stdout_lines, *daemon.stderr_lines]
    return [line.strip() for line in lines if re.match(r"\s*curl ", line)]


def test_three_curl_lines_work_when_pasted(sandbox: Daemon) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    lines = curl_lines(sandbox)
    assert len(lines) == 3
    for line in lines:
        done = subprocess.run(
            ["sh", "-c", line],
            env=process.environment(),
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        answer = json.loads(done.stdout)
        assert not {"code", "error"} & set(answer), answer
    assert str(sandbox.address[1]) in "".join(lines)


def test_requests_are_signed_and_checked(sandbox: Daemon) -> None:
    response = sandbox.request("GET", "/auth/v1/scopes/current")
    assert (response.status, response.json()) == (200, {"scopes": ["*"]})
    odd = "/secrets/v1/secret/a;b//c?"
    body = b'{"secret": {"a": 1}, "expires": "2100-01-01T00:00:00.000Z"}'
    fields = [("Content-Type", "application/json")]
    assert sandbox.request("PUT", odd, fields, body).status == 200
    assert sandbox.request("GET", odd).json()["secret"] == {"a": 1}
    endpoint = sandbox.request("GET", odd).header("X-Taskcluster-Endpoint") or ""
    signed = sandbox.request("POST", "/bewit", body=endpoint.encode()).body.decode()
    assert signed.startswith("http://127.0.0.1:")


def test_restrictions_hold(start_daemon: StartDaemon) -> None:
    daemon = start_daemon("--sandbox", "secrets:get:mine/*")
    assert daemon.request("GET", "/secrets/v1/secret/mine/x").status == 404
    assert daemon.request("GET", "/secrets/v1/secret/other").status == 403


def test_a_wrong_token_is_noticed(sandbox: Daemon, start_daemon: StartDaemon) -> None:
    """The sandbox checks signatures for real: a daemon with another token is refused."""
    endpoint = sandbox.request("GET", "/auth/v1/ping").header("X-Taskcluster-Endpoint") or ""
    root_url = endpoint.partition("/api/")[0]
    client_id = sandbox.request("GET", "/auth/v1/ping").header("X-Taskcluster-Proxy-Perm-Clientid")
    daemon = start_daemon(root_url=root_url, client_id=client_id, access_token="wrong")
    response = daemon.request("GET", "/auth/v1/scopes/current")
    assert response.status == 401
    assert response.json()["code"] == "AuthenticationFailed"


def test_credentials_beside_the_sandbox_are_refused() -> None:
    done = process.run(
        *("--sandbox", "--port", "0", "--root-url", "https://tc.test"),
        *("--client-id", hawk.DEFAULT.client_id, "--access-token", "t"),
    )
    assert done.code == 2
    assert "--sandbox" in done.error_line


def test_sandbox_from_the_environment(start_daemon: StartDaemon) -> None:
    daemon = start_daemon(env={"TCPROXY_SANDBOX": "true"})
    assert daemon.request("GET", "/auth/v1/ping").status == 200


class TestMakeRun:
    """`make run` is scripts/run with the daemon: the sandbox unless a deployment is named."""

    RUN = (str(process.ROOT / "scripts" / "run"),)

    def test_without_credentials_it_serves_the_sandbox(self, start_daemon: StartDaemon) -> None:
        daemon = start_daemon(launcher=self.RUN)
        daemon.wait_until(lambda: len(curl_lines(daemon)) == 3, 10, "print curl lines")
        assert daemon.request("GET", "/auth/v1/scopes/current").json() == {"scopes": ["*"]}

    def test_with_credentials_it_serves_their_deployment(
        self, upstream: Upstream, start_daemon: StartDaemon
    ) -> None:
        env = {
            "TASKCLUSTER_ROOT_URL": upstream.url,
            "TASKCLUSTER_CLIENT_ID": hawk.DEFAULT.client_id,
            "TASKCLUSTER_ACCESS_TOKEN": hawk.DEFAULT.access_token,
        }
        daemon = start_daemon(launcher=self.RUN, env=env)
        assert daemon.request("GET", "/queue/v1/ping").status == 200
        hawk.verify(upstream.only_request())
        assert curl_lines(daemon) == []


def test_bewits_open_what_they_are_for(deployment: dict[str, str], root_proxy: Daemon) -> None:
    name = "/secrets/v1/secret/bewit%20test"
    body = b'{"secret": {"b": 2}, "expires": "2100-01-01T00:00:00.000Z"}'
    fields = [("Content-Type", "application/json")]
    assert root_proxy.request("PUT", name, fields, body).status == 200
    url = f"{deployment['root_url']}/api{name}"
    signed = root_proxy.request("POST", "/bewit", body=url.encode()).body.decode()
    done = subprocess.run(
        ["curl", "-sS", "--fail", signed], capture_output=True, timeout=20, check=True
    )
    assert json.loads(done.stdout)["secret"] == {"b": 2}
    assert root_proxy.request("DELETE", name).status == 200
