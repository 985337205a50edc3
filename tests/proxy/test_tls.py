"""TLS to the deployment: whose certificates are trusted, and what a refusal looks like."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import daemon as process
from tests.harness import hawk
from tests.harness.certificates import Authority
from tests.harness.upstream import reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import StartDaemon, StartUpstream
    from tests.harness.upstream import Upstream

TARGET = "/queue/v1/thing"


@pytest.fixture
def secure(start_upstream: StartUpstream, authority: Authority) -> Upstream:
    return start_upstream(authority.server("127.0.0.1", "localhost"))


def hashed_folder(authority: Authority, folder: Path) -> Path:
    """Put the certificate where OpenSSL looks for it: under the hash of its subject."""
    if (openssl := shutil.which("openssl")) is None:
        pytest.skip("openssl is needed to name a certificate in a directory")
    line = [openssl, "x509", "-noout", "-subject_hash", "-in", str(authority.file)]
    name = subprocess.run(line, capture_output=True, text=True, check=True).stdout.strip()
    (folder / f"{name}.0").write_bytes(authority.file.read_bytes())
    return folder


@pytest.mark.parametrize("way", ["--ca-file", "TCPROXY_CA_FILE", "SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_certificates_of_a_given_authority_are_trusted(
    secure: Upstream, start_daemon: StartDaemon, authority: Authority, tmp_path: Path, way: str
) -> None:
    settings = ["--ca-file", str(authority.file)] if way == "--ca-file" else []
    env = {} if settings else {way: str(authority.file)}
    if way == "SSL_CERT_DIR":
        env = {way: str(hashed_folder(authority, tmp_path))}
    daemon = start_daemon(*settings, root_url=secure.url, env=env, forked=False)
    body = b"x" * 100_000
    for _ in range(2):
        assert daemon.request("POST", TARGET, body=body).status == 200
        assert secure.requests[-1].body == body
        hawk.verify(secure.requests[-1], scheme="https")
    assert secure.connections == 1


def test_ca_file_does_not_turn_off_the_check_of_names(
    start_upstream: StartUpstream, start_daemon: StartDaemon, authority: Authority
) -> None:
    upstream = start_upstream(authority.server("other.test"))
    daemon = start_daemon("--retries", "0", "--ca-file", str(authority.file), root_url=upstream.url)
    response = daemon.request("GET", TARGET)
    assert response.status == 502
    body = response.json()
    assert set(body) == {"code", "message", "requestInfo"}
    assert "127.0.0.1" in body["message"]
    assert "certificate" in body["message"].lower()
    assert not upstream.requests


def test_an_unknown_authority_is_refused(secure: Upstream, start_daemon: StartDaemon) -> None:
    daemon = start_daemon("--retries", "0", root_url=secure.url)
    response = daemon.request("GET", TARGET)
    assert response.status == 502
    assert "certificate" in response.json()["message"].lower()
    assert not secure.requests


def test_a_server_that_speaks_no_tls(start_daemon: StartDaemon) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer_in_plain_text() -> None:
            sock, _ = listener.accept()
            with sock:
                sock.recv(10_000)
                sock.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

        server = threading.Thread(target=answer_in_plain_text)
        server.start()
        port = listener.getsockname()[1]
        daemon = start_daemon("--retries", "0", root_url=f"https://127.0.0.1:{port}")
        response = daemon.request("GET", TARGET)
        server.join()
    assert response.status == 502
    assert "TLS" in response.json()["message"] or "SSL" in response.json()["message"]


@pytest.mark.parametrize("content", [None, "", "no certificate"])
def test_an_unusable_ca_file_is_one_line_at_start(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    refused = process.run(
        *("--root-url", "https://tc.test", "--client-id", "c", "--access-token", "t"),
        *("--port", "0", "--ca-file", str(file)),
    )
    assert refused.code == 2
    assert "--ca-file" in refused.error_line
    assert "TCPROXY_CA_FILE" in refused.error_line
    reason = "No such file or directory" if content is None else "it holds no certificate"
    assert refused.error_line.endswith(f": {reason}")


MISSING = "certificate authorities missing"

UNUSABLE = {
    "SSL_CERT_FILE": {
        "no_file": "No such file or directory",
        "a_folder": "Is a directory",
        "nothing": "it holds no certificate",
        "text": "it holds no certificate",
        "broken": "it holds something that is no certificate, or a broken one",
    },
    "SSL_CERT_DIR": {
        "no_file": "is no directory",
        "text": "is no directory",
        "a_folder": "holds no certificate under the name of its hash (openssl rehash)",
    },
}


def unusable(kind: str, folder: Path, authority: Authority) -> Path:
    path = folder / kind
    whole = authority.file.read_text()
    if kind == "a_folder":
        path.mkdir()
        (path / "authority.pem").write_text(whole)
    elif kind != "no_file":
        path.write_text({"nothing": "", "text": "text\n", "broken": whole + whole[:200]}[kind])
    return path


@pytest.mark.parametrize(
    ("variable", "kind", "reason"),
    [(variable, kind, why) for variable, all_ in UNUSABLE.items() for kind, why in all_.items()],
)
def test_a_variable_that_names_no_authorities_is_told_at_start_and_by_check(
    secure: Upstream,
    start_daemon: StartDaemon,
    authority: Authority,
    tmp_path: Path,
    variable: str,
    kind: str,
    reason: str,
) -> None:
    path = unusable(kind, tmp_path, authority)
    other = {"SSL_CERT_FILE": "SSL_CERT_DIR", "SSL_CERT_DIR": "SSL_CERT_FILE"}[variable]
    env = {variable: str(path), other: os.devnull}
    daemon = start_daemon("--retries", "0", root_url=secure.url, env=env, forked=False)
    event = daemon.wait_for_event(lambda event: event["event"] == MISSING)
    assert event["level"] == "warning"
    assert event["reason"].startswith(f"{variable}: ")
    assert str(path) in event["reason"]
    assert event["reason"].endswith(reason)
    assert daemon.request("GET", TARGET).status == 502

    checked = process.run(
        *("--check", "--root-url", secure.url, "--client-id", "c", "--port", "0"),
        env={"TASKCLUSTER_ACCESS_TOKEN": process.ACCESS_TOKEN, **env},
    )
    assert checked.code == 1
    assert f"tcproxy: {event['reason']}\n" in checked.stderr


def trusting(authority: Authority, folder: Path, way: str) -> tuple[list[str], dict[str, str]]:
    """Return flags and variables that name authorities in one place, and none in others."""
    env = {"SSL_CERT_FILE": os.devnull, "SSL_CERT_DIR": os.devnull}
    if way == "--ca-file":
        return [way, str(authority.file)], env
    is_file = way == "SSL_CERT_FILE"
    return [], env | {way: str(authority.file if is_file else hashed_folder(authority, folder))}


@pytest.mark.parametrize("way", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_the_null_device_says_that_a_place_shall_have_no_authorities(
    secure: Upstream, start_daemon: StartDaemon, authority: Authority, tmp_path: Path, way: str
) -> None:
    _, env = trusting(authority, tmp_path, way)
    daemon = start_daemon(root_url=secure.url, env=env, forked=False)
    assert daemon.request("GET", TARGET).status == 200
    assert MISSING not in daemon.output


@pytest.mark.parametrize("way", ["--ca-file", "SSL_CERT_DIR"])
def test_a_check_only_warns_where_the_deployment_is_trusted_all_the_same(
    secure: Upstream, authority: Authority, tmp_path: Path, way: str
) -> None:
    flags, env = trusting(authority, tmp_path, way)
    env |= {"SSL_CERT_FILE": str(tmp_path / "none"), "TASKCLUSTER_ACCESS_TOKEN": "token"}
    secure.script(reply(200, body=b'{"alive": true}'), reply(200, body=b'{"scopes": ["a"]}'))
    checked = process.run(
        *("--check", "--root-url", secure.url, "--client-id", "c", "--port", "0", *flags), env=env
    )
    assert checked.code == 0, checked
    assert f"tcproxy: warning: SSL_CERT_FILE: cannot read {tmp_path / 'none'}" in checked.stderr


def test_no_authorities_at_all_are_told(start_daemon: StartDaemon) -> None:
    env = {"SSL_CERT_FILE": "", "SSL_CERT_DIR": ""}
    daemon = start_daemon(root_url="https://tc.invalid", env=env, forked=False)
    for variable in env:
        daemon.wait_for_event(_missing_by(f"{variable} is empty"))
    env = {"SSL_CERT_FILE": os.devnull, "SSL_CERT_DIR": os.devnull}
    daemon = start_daemon(root_url="https://tc.invalid", env=env, forked=False)
    daemon.wait_for_event(_missing_by("there are no certificate authorities"))


def _missing_by(reason: str) -> Callable[[dict[str, Any]], bool]:
    return lambda event: event["event"] == MISSING and event["reason"].startswith(reason)


def test_who_uses_no_tls_hears_nothing_of_authorities(
    upstream: Upstream, start_daemon: StartDaemon, tmp_path: Path
) -> None:
    env = {"SSL_CERT_FILE": str(tmp_path / "none")}
    daemon = start_daemon(root_url=upstream.url, env=env, forked=False)
    assert daemon.request("GET", TARGET).status == 200
    assert MISSING not in daemon.output


def test_large_bodies_over_tls(
    secure: Upstream, start_daemon: StartDaemon, authority: Authority
) -> None:
    body = b"0123456789abcdef" * 1_000_000
    secure.script(reply(200, body=body))
    daemon = start_daemon("--ca-file", str(authority.file), root_url=secure.url)
    assert daemon.request("PUT", TARGET, body=body).body == body
    assert secure.only_request().body == body
