"""The client, through the proxy, against the sandbox: nothing is played, in both faces."""

from __future__ import annotations

import os
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest
import tcproxy_client
from tcproxy_client import helper

from tests.client.faces import Face

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import StartDaemon, StartUpstream
    from tests.harness.daemon import Daemon

NAMES = [f"project/client/{part}" for part in ("a b", "é/ü", "..", "%2F", "x?y=z&w", "a//b", "+~")]
EXPIRES = tcproxy_client.fromNowJSON("1 hour")


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what the outer environment says about Taskcluster."""
    for name in os.environ:
        if name.startswith("TASKCLUSTER_") or name in ("TASK_ID", "RUN_ID"):
            monkeypatch.delenv(name)


@pytest.fixture(params=["sync", "async"])
def face(request: pytest.FixtureRequest) -> Iterator[Face]:
    """Each face in turn."""
    made = Face(request.param)
    yield made
    made.end()


def test_the_caller_is_whom_the_proxy_signs_as(
    face: Face, root_proxy: Daemon, tester_proxy: Daemon
) -> None:
    root = face.client("Auth", {"rootUrl": root_proxy.url})
    assert face.run(root.currentScopes) == {"scopes": ["*"]}
    tester = face.client("Auth", {"rootUrl": tester_proxy.url})
    payload = {"clientScopes": ["test:*"], "requiredScopes": ["test:a"]}
    assert face.run(tester.testAuthenticate, payload)["clientId"] == "tester"
    assert face.run(tester.testAuthenticateGet)["clientId"] == "tester"


def test_secrets_with_any_name(face: Face, root_proxy: Daemon) -> None:
    secrets = face.client("Secrets", {"rootUrl": root_proxy.url})
    names = [f"{name} {face.name}" for name in NAMES]
    for name in names:
        face.run(secrets.set, name, {"secret": {"name": name}, "expires": EXPIRES})
    for name in names:
        assert face.run(secrets.get, name)["secret"] == {"name": name}
    assert set(names) <= set(face.listed(secrets.list.items(limit=2)))
    pages: list[Any] = []
    face.run(secrets.list, paginationLimit=2, paginationHandler=pages.append)
    assert len(pages) > len(names) // 2
    for name in names:
        face.run(secrets.remove, name)
    assert not set(names) & set(face.listed(secrets.list.items()))


def test_errors_of_the_deployment(face: Face, root_proxy: Daemon, tester_proxy: Daemon) -> None:
    secrets = face.client("Secrets", {"rootUrl": root_proxy.url})
    error = face.failure(secrets.get, "project/client/none")
    assert type(error) is tcproxy_client.TaskclusterRestFailure
    context = (error.status, error.code, error.service, error.method, error.attempts)
    assert context == (404, "ResourceNotFound", "secrets", "GET", 1)
    assert str(error).startswith("Secret not found")
    refused = face.client("Secrets", {"rootUrl": tester_proxy.url})
    assert face.failure(refused.get, "project/client/none").status in (401, 403)


def fetch(url: str) -> int:
    """The status of a plain GET, as anyone can send it."""
    try:
        with urllib.request.urlopen(url) as answer:  # noqa: S310 - a test's own server
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_signed_urls_work_for_anyone(
    face: Face, root_proxy: Daemon, deployment: dict[str, Any]
) -> None:
    secrets = face.client("Secrets", {"rootUrl": root_proxy.url})
    name = f"project/client/signed {face.name}"
    face.run(secrets.set, name, {"secret": {"a": 1}, "expires": EXPIRES})
    root = deployment["root_url"].rstrip("/")
    for kwargs in ({}, {"expiration": 60}):
        url = face.run(secrets.buildSignedUrl, "get", name, **kwargs)
        assert url.startswith(f"{root}/api/secrets/v1/secret/project%2Fclient%2Fsigned")
        assert fetch(url) == 200
        # through the proxy too, which sends it on as it is
        assert fetch(root_proxy.url + url.removeprefix(root)) == 200
    assert fetch(url.partition("?")[0]) in (401, 403)
    listing = face.run(secrets.buildSignedUrl, "list", limit=2)
    assert fetch(listing) == 200
    assert fetch(listing.replace("limit=2", "limit=3")) == 401


def test_through_a_unix_socket(
    face: Face, start_daemon: StartDaemon, deployment: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "proxy.sock"
    start_daemon("--socket", str(path), **deployment)
    auth = face.client("Auth", proxy=f"unix://{path}")
    assert face.run(auth.currentScopes) == {"scopes": ["*"]}
    url = face.run(auth.buildSignedUrl, "currentScopes")
    assert fetch(url) == 200
    face.close(auth)


def test_the_proxys_retries_are_not_multiplied(
    face: Face, start_daemon: StartDaemon, start_upstream: StartUpstream
) -> None:
    upstream = start_upstream()
    upstream.stop_listening()
    daemon = start_daemon("--retries", "1", root_url=upstream.url)
    queue = face.client("Queue", {"rootUrl": daemon.url})
    error = face.failure(queue.createTask, "T", {})
    assert (error.status, error.attempts) == (502, 2)
    assert error.code
    assert "2 attempts" in str(error)
    daemon.wait_until(lambda: requests(daemon) == [2], 10, "log the request")


def requests(daemon: Daemon) -> list[int]:
    """How often the daemon tried each request that it has logged."""
    return [each["attempts"] for each in daemon.events if each["event"] == "request"]


def test_a_program_in_a_task(root_proxy: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TASKCLUSTER_PROXY_URL", root_proxy.url)
    monkeypatch.setenv("TASKCLUSTER_ROOT_URL", "https://tc.example.com")
    name = "project/client/task"
    with tcproxy_client.Secrets() as secrets:
        secrets.set(name, {"secret": {"prefix": {"key": "value"}}, "expires": EXPIRES})
    config = helper.TaskclusterConfig()
    assert config.load_secrets(name, ["prefix"], ["key"]) == {"key": "value"}
    link = config.build_url("secrets", "get", name)
    assert link == "https://tc.example.com/api/secrets/v1/secret/project%2Fclient%2Ftask"


def test_one_connection_to_the_proxy_serves_many_calls(
    face: Face, start_daemon: StartDaemon, deployment: dict[str, Any]
) -> None:
    daemon = start_daemon("--max-connections", "1", **deployment)
    auth = face.client("Auth", {"rootUrl": daemon.url, "maxRetries": 0})
    for _ in range(20):
        assert face.run(auth.currentScopes) == {"scopes": ["*"]}
    face.close(auth)
