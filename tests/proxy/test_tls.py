"""TLS to the deployment: whose certificates are trusted, and what a refusal looks like."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.harness import daemon as process
from tests.harness import hawk
from tests.harness.certificates import Authority
from tests.harness.upstream import reply

if TYPE_CHECKING:
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


def test_large_bodies_over_tls(
    secure: Upstream, start_daemon: StartDaemon, authority: Authority
) -> None:
    body = b"0123456789abcdef" * 1_000_000
    secure.script(reply(200, body=body))
    daemon = start_daemon("--ca-file", str(authority.file), root_url=secure.url)
    assert daemon.request("PUT", TARGET, body=body).body == body
    assert secure.only_request().body == body
