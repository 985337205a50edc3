"""Where requests go: root URLs, the proxy, sockets, the environment; and the refusal of secrets."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest
import tcproxy_client
from tcproxy_client.exceptions import TaskclusterAuthFailure, TaskclusterFailure

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.client.faces import Face
    from tests.conftest import StartUpstream
    from tests.harness.upstream import Upstream


@pytest.fixture
def unix_socket(upstream: Upstream, tmp_path: Path) -> Iterator[Path]:
    """A unix socket that leads to the scripted upstream."""
    path = tmp_path / "a socket"
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()
    threads: list[threading.Thread] = []

    def carry(source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def accept() -> None:
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            while True:
                near = stack.enter_context(listener.accept()[0])
                far = stack.enter_context(socket.create_connection(("127.0.0.1", upstream.port)))
                pair = [(near, far), (far, near)]
                threads.extend(threading.Thread(target=carry, args=ends) for ends in pair)
                for thread in threads[-2:]:
                    thread.start()

    threads.append(threading.Thread(target=accept))
    threads[0].start()
    yield path
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    upstream.hang_up()
    for thread in threads:
        thread.join(10)


def test_without_options_it_is_the_proxy_of_a_task(
    face: Face, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert face.client("Queue").buildUrl("ping") == "http://taskcluster/api/queue/v1/ping"
    monkeypatch.setenv("TASKCLUSTER_PROXY_URL", "")
    assert face.client("Queue").buildUrl("ping") == "http://taskcluster/api/queue/v1/ping"
    monkeypatch.setenv("TASKCLUSTER_ROOT_URL", "https://tc.example.com")
    monkeypatch.setenv("TASKCLUSTER_PROXY_URL", f"{upstream.url}/")
    client = face.client("Queue")
    assert client.buildUrl("ping") == f"{upstream.url}/api/queue/v1/ping"
    assert face.run(client.ping) == {"alive": True}


@pytest.mark.parametrize("value", [" ", "localhost:8080", "http://x\n"])
def test_a_variable_that_cannot_be_used_is_named(
    face: Face, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("TASKCLUSTER_PROXY_URL", value)
    with pytest.raises(TaskclusterFailure) as caught:
        face.client("Queue")
    assert str(caught.value).startswith(f"TASKCLUSTER_PROXY_URL {value!r} cannot be used: it must")


@pytest.mark.parametrize("end", ["", "/", "///"])
def test_trailing_slashes_do_not_matter(face: Face, upstream: Upstream, end: str) -> None:
    for prefix in ("", "/a/b%2fc"):
        upstream.requests.clear()
        client = face.client("Queue", {"rootUrl": f"{upstream.url}{prefix}{end}"})
        face.run(client.ping)
        path = f"{prefix}/api/queue/v1/ping"
        assert upstream.only_request().target == path.encode()
        assert client.buildUrl("ping") == f"{upstream.url}{path}"


def test_a_proxy_can_be_another_place_than_the_root_url(face: Face, upstream: Upstream) -> None:
    options = {"rootUrl": "https://tc.example.com/x"}
    client = face.client("Queue", options, proxy=f"{upstream.url}/p/")
    assert client.buildUrl("ping") == "https://tc.example.com/x/api/queue/v1/ping"
    assert face.run(client.ping) == {"alive": True}
    assert upstream.only_request().target == b"/p/api/queue/v1/ping"
    assert options == {"rootUrl": "https://tc.example.com/x"}


@pytest.mark.parametrize("how", ["keyword", "option", "root", "environment"])
def test_a_unix_socket(
    face: Face,
    upstream: Upstream,
    unix_socket: Path,
    monkeypatch: pytest.MonkeyPatch,
    how: str,
) -> None:
    url = f"unix://{unix_socket}"
    if how == "environment":
        monkeypatch.setenv("TASKCLUSTER_PROXY_URL", url)
    client = face.client(
        "Queue",
        {"option": {"proxy": url}, "root": {"rootUrl": url}}.get(how),
        proxy=url if how == "keyword" else None,
    )
    for _ in range(3):
        assert face.run(client.createTask, "T/..", {"a": 1}) == {"alive": True}
    request = upstream.requests[0]
    assert request.target == b"/api/queue/v1/task/T%2F.."
    assert request.value("Host") == b"localhost"
    assert {each.connection for each in upstream.requests} == {request.connection}
    assert client.buildUrl("ping") == "http://localhost/api/queue/v1/ping"
    face.close(client)


def test_an_absent_socket_is_named(face: Face, tmp_path: Path) -> None:
    client = face.client("Queue", {"maxRetries": 0}, proxy=f"unix://{tmp_path}/none")
    assert f"there is no socket {tmp_path}/none" in str(face.failure(client.ping))


def test_ipv6(face: Face, start_upstream: StartUpstream) -> None:
    try:
        upstream = start_upstream(host="::1")
    except OSError:
        pytest.skip("this machine has no IPv6")
    assert face.run(face.client("Queue", {"rootUrl": upstream.url}).ping) == {"alive": True}
    assert upstream.only_request().value("Host") == upstream.authority.encode()


def test_proxy_variables_of_the_environment_are_not_used(
    face: Face, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert face.run(face.client("Queue", {"rootUrl": upstream.url}).ping) == {"alive": True}


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ("https://tc.example.com", "options must be a dict, not str"),
        ({"rootUrl": ""}, "rootUrl option is required"),
        ({"rootUrl": 5}, "rootUrl must be a URL, not 5"),
        ({"proxy": 5}, "proxy must be a URL, not 5"),
        ({"proxy": ""}, "rootUrl option is required"),
        ({"rootUrl": "http://x", "proxy": ""}, "proxy '' cannot be used"),
        ({"publicRootUrl": "x"}, "publicRootUrl 'x' cannot be used"),
        ({"baseUrl": "http://x"}, "baseUrl option is no longer allowed"),
        (
            {"rootUrl": "tc.example.com"},
            "'tc.example.com' cannot be used: it must begin with http://, https:// or unix:///",
        ),
        ({"rootUrl": "http://"}, "rootUrl 'http://' cannot be used: it must begin with http://,"),
        ({"rootUrl": "http://x:nn"}, "rootUrl 'http://x:nn' cannot be used: Port could not be"),
        ({"rootUrl": "http://x?a=b"}, "it must not have a query or fragment"),
        ({"rootUrl": "http://x/#"}, "it must not have a query or fragment"),
        ({"rootUrl": "http://x/é"}, "it must be ASCII without spaces; encode it first"),
        ({"rootUrl": "http://x/a b"}, "it must be ASCII without spaces; encode it first"),
        ({"rootUrl": "http://me:secret@x"}, "it must not hold a user name or password"),
        ({"proxy": "ftp://x"}, "proxy 'ftp://x' cannot be used"),
        ({"proxy": "unix:relative"}, "a socket is given as unix:///absolute/path"),
        ({"maxRetries": -1}, "maxRetries must be a whole number, 0 or more, not -1"),
        ({"maxRetries": 2.5}, "maxRetries must be a whole number, 0 or more, not 2.5"),
        ({"maxRetries": None}, "maxRetries must be a whole number, 0 or more, not None"),
        ({"maxRetries": True}, "maxRetries must be a whole number, 0 or more, not True"),
        ({"readTimeout": 0}, "readTimeout must be a number of seconds above 0, not 0"),
        ({"rootUrl": f"http://{'a' * 64}.com"}, "a part of its host name is empty or longer"),
        ({"rootUrl": "http://a..b"}, "a part of its host name is empty or longer than 63 letters"),
        ({"totalTimeout": float("nan")}, "totalTimeout must be a number of seconds above 0"),
        ({"connectTimeout": "1"}, "connectTimeout must be a number of seconds above 0, not '1'"),
    ],
)
def test_options_that_cannot_be_used(face: Face, options: Any, text: str) -> None:
    with pytest.raises(TaskclusterFailure) as caught:
        face.client("Queue", options)
    assert text in str(caught.value)
    assert "secret" not in str(caught.value)


def test_other_options_are_kept(face: Face) -> None:
    given = {"rootUrl": "http://x", "delayFactor": 3, "credentials": None}
    client = face.client("Queue", given)
    assert {**given, "maxRetries": 5, "signedUrlExpiration": 900} == client.options
    assert given == {"rootUrl": "http://x", "delayFactor": 3, "credentials": None}
    assert client.makeHawkExt() == {}


def test_config_holds_the_defaults(face: Face, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(tcproxy_client.client.config, "rootUrl", "https://default.example.com")
    monkeypatch.setitem(tcproxy_client.client.config, "maxRetries", 1)
    assert face.client("Queue").buildUrl("ping").startswith("https://default.example.com/api")
    assert face.client("Queue").options["maxRetries"] == 1


@pytest.mark.parametrize(
    "options",
    [
        {"credentials": {"clientId": "me", "accessToken": "hush-hush"}},
        {"credentials": {"clientId": "me"}},
        {"credentials": {"certificate": "hush-hush"}},
        {"credentials": "hush-hush"},
    ],
)
def test_credentials_are_refused_with_a_reason(face: Face, options: Any) -> None:
    with pytest.raises(TaskclusterAuthFailure) as caught:
        face.client("Queue", {"rootUrl": "https://tc.example.com", **options})
    text = str(caught.value)
    assert text.startswith("This client does not sign requests and takes no credentials.")
    assert "TASKCLUSTER_PROXY_URL" in text
    assert "hush" not in text
    assert (caught.value.status_code, caught.value.body) == (500, {})


@pytest.mark.parametrize(
    "credentials",
    [{}, {"clientId": None, "accessToken": None}, {"clientId": "", "certificate": ""}],
)
def test_empty_credentials_are_none(face: Face, credentials: Any) -> None:
    face.client("Queue", {"credentials": credentials})


def test_scopes_cannot_be_restricted_here(face: Face) -> None:
    with pytest.raises(TaskclusterAuthFailure, match="Start tcproxy with the scopes"):
        face.client("Queue", {"authorizedScopes": []})


def test_options_that_are_changed_later_count(face: Face, upstream: Upstream) -> None:
    client = face.client("Queue", {"rootUrl": "http://127.0.0.1:1"})
    client.options["rootUrl"] = upstream.url
    assert face.run(client.ping) == {"alive": True}
