"""`tcproxy --check-health` and `--check-alive`: what a container's probe runs."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest

from tests.harness import daemon as process
from tests.harness import hawk
from tests.harness.upstream import Exchange, Upstream, raw_then_close, reply, silent
from tests.security.callers import ALLOWED, FOREIGN, require_other_users
from tests.security.test_users import as_user, require_ipv6

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import StartDaemon, StartUpstream
    from tests.harness.daemon import Daemon, Finished

BOTH = pytest.mark.parametrize("action", ["--check-health", "--check-alive"])


def check(*args: str, **env: str) -> Finished:
    """Run a check, whose answer is one line, whatever it is."""
    done = process.run(*args, env=env)
    assert len((done.stdout + done.stderr).splitlines()) == 1, done
    assert bool(done.stdout) == (done.code == 0), done
    return done


def port(daemon: Daemon) -> str:
    return str(daemon.address[1])


@BOTH
def test_a_healthy_daemon(daemon: Daemon, action: str) -> None:
    done = check(action, "--port", port(daemon))
    assert done.code == 0
    assert f"127.0.0.1:{port(daemon)}" in done.stdout


def test_the_port_may_come_from_the_environment(daemon: Daemon) -> None:
    assert check("--check-health", TCPROXY_PORT=port(daemon)).code == 0


def test_the_port_may_come_from_a_settings_file(daemon: Daemon, tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text(f"port = {port(daemon)}\n")
    assert check("--check-health", "--config", str(path)).code == 0


@BOTH
def test_a_daemon_that_listens_everywhere(
    upstream: Upstream, start_daemon: StartDaemon, action: str
) -> None:
    daemon = start_daemon("--ip-address", "0.0.0.0", root_url=upstream.url)
    assert check(action, "-i", "0.0.0.0", "-p", port(daemon)).code == 0


@pytest.mark.parametrize("address", ["::1", "::", "[::1]"])
def test_ipv6(upstream: Upstream, start_daemon: StartDaemon, address: str) -> None:
    require_ipv6()
    daemon = start_daemon("--ip-address", address, root_url=upstream.url)
    done = check("--check-health", "-i", address, "-p", port(daemon))
    assert done.code == 0, done
    assert f"[::1]:{port(daemon)}" in done.stdout


def test_a_unix_socket(upstream: Upstream, start_daemon: StartDaemon, tmp_path: Path) -> None:
    path = str(tmp_path / "proxy.sock")
    daemon = start_daemon("--socket", path, root_url=upstream.url)
    done = check("--check-health", "--port", "0", TCPROXY_SOCKET=path)
    assert done.code == 0
    assert path in done.stdout
    daemon.kill()
    done = check("--check-health", "--port", "0", "--socket", path)
    assert done.code == 1
    assert path in done.stderr


def test_a_path_that_is_no_text(
    upstream: Upstream, start_daemon: StartDaemon, tmp_path: Path
) -> None:
    path = os.fsdecode(os.fsencode(tmp_path) + b"/\xff\xc3\xa9")
    start_daemon("--socket", path, root_url=upstream.url)
    done = check("--check-health", "--port", "0", "--socket", path)
    assert done.code == 0
    assert "\\udcff\\xe9" in done.stdout


def test_tcp_is_asked_where_the_unix_socket_is_gone(daemon: Daemon, tmp_path: Path) -> None:
    gone = str(tmp_path / "gone.sock")
    assert check("--check-health", "--port", port(daemon), "--socket", gone).code == 0


def test_strict_rules_about_hosts_and_pages_do_not_matter(
    upstream: Upstream, start_daemon: StartDaemon
) -> None:
    strict = ("--allowed-host-header", "x.test", "--allowed-origin", "https://x.test")
    daemon = start_daemon(*strict, root_url=upstream.url)
    assert check("--check-health", "--port", port(daemon)).code == 0


def test_an_outbound_proxy_does_not_matter(daemon: Daemon) -> None:
    proxies = dict.fromkeys(("HTTP_PROXY", "http_proxy", "ALL_PROXY"), "http://127.0.0.1:9")
    assert check("--check-health", "--port", port(daemon), **proxies).code == 0


def test_expired_credentials(upstream: Upstream, start_daemon: StartDaemon) -> None:
    expired = hawk.temporary("x", begins=dt.timedelta(hours=-2), ends=dt.timedelta(hours=-1))
    daemon = start_daemon(root_url=upstream.url, **expired.arguments())
    done = check("--check-health", "--port", port(daemon))
    assert done.code == 1
    assert "credentials: they have expired" in done.stderr
    assert check("--check-alive", "--port", port(daemon)).code == 0


def test_a_deployment_that_cannot_be_reached(
    start_upstream: StartUpstream, start_daemon: StartDaemon
) -> None:
    upstream = start_upstream()
    upstream.stop_listening()
    daemon = start_daemon(root_url=upstream.url)
    done = check("--check-health", "--port", port(daemon))
    assert done.code == 1
    assert upstream.url in done.stderr
    assert check("--check-alive", "--port", port(daemon)).code == 0


def test_a_deployment_that_is_silent(
    start_upstream: StartUpstream, start_daemon: StartDaemon
) -> None:
    upstream = start_upstream()
    upstream.default = silent
    daemon = start_daemon(root_url=upstream.url)
    done = check("--check-health", "--port", port(daemon))
    assert done.code == 1
    # On a busy machine, the daemon's own answer may come too late.
    assert "no answer for 2 s so far" in done.stderr or "within 3 s" in done.stderr


@BOTH
def test_no_daemon(action: str) -> None:
    with socket.socket() as taken:  # bound, but nobody listens: no other test can take it
        taken.bind(("127.0.0.1", 0))
        done = check(action, "--port", str(taken.getsockname()[1]))
    assert done.code == 1
    assert "nothing answers" in done.stderr
    assert "refused" in done.stderr


def test_another_program(start_upstream: StartUpstream) -> None:
    other = start_upstream()
    done = check("--check-health", "--port", str(other.port))
    assert done.code == 1
    assert "another program" in done.stderr


@pytest.mark.parametrize("body", [b"", b"no JSON", b"[]", b'{"checks": 1}', b"{}"])
def test_an_answer_that_cannot_be_read(start_upstream: StartUpstream, body: bytes) -> None:
    other = start_upstream()
    other.default = reply(503, [("X-Taskcluster-Proxy-Version", "9")], body)
    done = check("--check-health", "--port", str(other.port))
    assert done.code == 1
    assert "503" in done.stderr


@pytest.mark.parametrize(
    "message", [b"", b"SSH-2.0-x\r\n", b"HTTP/1.1 200 OK\r\nX: " + b"x" * 9999]
)
def test_what_speaks_no_http(start_upstream: StartUpstream, message: bytes) -> None:
    other = start_upstream()
    other.default = raw_then_close(message)
    assert check("--check-health", "--port", str(other.port)).code == 1


def test_bytes_that_drip(start_upstream: StartUpstream) -> None:
    """Each comes in time; all of them never would."""
    other = start_upstream()
    ended = threading.Event()

    def drip(exchange: Exchange) -> None:
        exchange.send(
            b"HTTP/1.1 200 OK\r\nX-Taskcluster-Proxy-Version: 9\r\nContent-Length: 99\r\n\r\n"
        )
        while not ended.wait(0.2):
            exchange.send(b"x")

    other.default = drip
    began = time.monotonic()
    try:
        done = check("--check-health", "--port", str(other.port))
    finally:
        ended.set()
    assert done.code == 1
    assert "within 3 s" in done.stderr
    assert time.monotonic() - began < 15


class TestUnusable:
    def test_a_port_that_only_the_daemon_knows(self) -> None:
        done = check("--check-health", "--port", "0")
        assert done.code == 1
        assert "--port" in done.stderr

    def test_a_wrong_setting(self) -> None:
        done = check("--check-health", TCPROXY_PORT="http")
        assert done.code == 2
        assert "TCPROXY_PORT" in done.stderr

    def test_both(self) -> None:
        assert check("--check-health", "--check-alive").code == 2

    def test_as_the_value_of_another_flag(self) -> None:
        assert check("--client-id", "--check-health").code == 2


class TestOtherUsers:
    """`--allowed-user` admits its user, root and the daemon's own: a probe must be one of them."""

    @pytest.fixture
    def daemon(self, upstream: Upstream, start_daemon: StartDaemon) -> Daemon:
        require_other_users()
        if shutil.which("setpriv") is None:
            pytest.skip("setpriv is not installed: a probe cannot be run as another user")
        return start_daemon("--allowed-user", ALLOWED, root_url=upstream.url)

    def run(self, daemon: Daemon, user: str) -> Finished:
        return process.run("--check-health", "-p", port(daemon), launcher=as_user(user))

    def test_the_allowed_user(self, daemon: Daemon) -> None:
        assert self.run(daemon, ALLOWED).code == 0

    def test_another(self, daemon: Daemon) -> None:
        done = self.run(daemon, FOREIGN)
        assert done.code == 1
        assert "--allowed-user" in done.error_line
