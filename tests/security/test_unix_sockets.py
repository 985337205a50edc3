"""`--socket`: Unix sockets with permissions, and callers told by SO_PEERCRED."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.harness import daemon as process
from tests.harness.daemon import Daemon, wait_until
from tests.harness.upstream import OK, silent
from tests.harness.wire import Wire
from tests.security.callers import (
    ALLOWED,
    FOREIGN,
    TARGET,
    Stranger,
    assert_untouched,
    message,
    status_of,
    uid_of,
)

if TYPE_CHECKING:
    from tests.conftest import StartDaemon
    from tests.harness.upstream import Upstream

CREDENTIALS = '{"clientId": "other", "accessToken": "another-token"}'


def connect(path: Path) -> Wire:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.connect(str(path))
    except BaseException:
        sock.close()
        raise
    return Wire(sock)


def ask(path: Path, text: str | None = None) -> int:
    """Return the status of an answer; 0 where the connection was closed without one."""
    wire = connect(path)
    try:
        wire.send((message() if text is None else text).encode())
        return status_of(wire.read_to_end())
    except ConnectionError:
        return 0
    finally:
        wire.close()


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def run(*args: str) -> process.Finished:
    """Run a daemon that must not start."""
    settings = ("--root-url", "http://127.0.0.1:9", "--client-id", "c", "--access-token", "t")
    return process.run("--port", "0", *settings, *args)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "proxy.sock"


def test_it_serves_beside_tcp(upstream: Upstream, start_daemon: StartDaemon, path: Path) -> None:
    daemon = start_daemon("--socket", str(path), root_url=upstream.url)
    daemon.wait_for_event(lambda event: event["event"] == f"Serving on unix:{path}")
    assert ask(path) == 200
    assert daemon.request("GET", TARGET).status == 200
    assert stat.S_ISSOCK(path.stat().st_mode)
    assert mode_of(path) == 0o600
    daemon.stop()
    assert not path.exists()


def test_several_with_a_mode(upstream: Upstream, start_daemon: StartDaemon, path: Path) -> None:
    paths = [path, path.with_name("other.sock"), path.with_name("third.sock")]
    daemon = start_daemon(
        *("--socket", str(paths[0]), "--socket", str(paths[1]), "--socket", str(paths[2])),
        *("--socket-mode", "0660"),
        root_url=upstream.url,
    )
    assert [ask(each) for each in paths] == [200] * 3
    assert [mode_of(each) for each in paths] == [0o660] * 3
    daemon.stop()
    assert not any(each.exists() for each in paths)


def test_settings_in_the_environment(
    upstream: Upstream, start_daemon: StartDaemon, path: Path
) -> None:
    other = path.with_name("other.sock")
    start_daemon(
        root_url=upstream.url,
        env={"TCPROXY_SOCKET": f"{path},{other}", "TCPROXY_SOCKET_MODE": "0666"},
    )
    assert [ask(each) for each in (path, other)] == [200, 200]
    assert [mode_of(each) for each in (path, other)] == [0o666] * 2


def test_the_mode_does_not_hang_on_the_umask(
    upstream: Upstream, start_daemon: StartDaemon, path: Path
) -> None:
    shell = ["sh", "-c", 'umask 000; exec "$@"', "sh"]
    start_daemon("--socket", str(path), root_url=upstream.url, launcher=shell)
    assert mode_of(path) == 0o600
    strict, other = ["sh", "-c", 'umask 077; exec "$@"', "sh"], path.with_name("other.sock")
    options = ("--socket", str(other), "--socket-mode", "0666")
    start_daemon(*options, root_url=upstream.url, launcher=strict)
    assert mode_of(other) == 0o666


def test_curl(upstream: Upstream, start_daemon: StartDaemon, path: Path) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    start_daemon("--socket", str(path), root_url=upstream.url)
    done = subprocess.run(
        ["curl", "-sS", "--fail", "--unix-socket", str(path), "http://localhost" + TARGET],
        capture_output=True,
        timeout=20,
        check=True,
    )
    assert json.loads(done.stdout) == {"alive": True}
    assert upstream.only_request().target == b"/api" + TARGET.encode()


def test_web_pages_are_refused_there_too(
    upstream: Upstream, start_daemon: StartDaemon, path: Path
) -> None:
    start_daemon("--socket", str(path), root_url=upstream.url)
    assert ask(path, message(headers="Origin: https://evil.example.com\r\n")) == 403
    assert_untouched(upstream)


class TestPaths:
    def test_a_stale_one_is_replaced(
        self, upstream: Upstream, start_daemon: StartDaemon, path: Path
    ) -> None:
        first = start_daemon("--socket", str(path), root_url=upstream.url)
        first.kill()
        assert path.exists()
        second = start_daemon("--socket", str(path), root_url=upstream.url)
        assert ask(path) == 200
        second.stop()
        assert not path.exists()

    def test_a_live_one_is_not_stolen(
        self, upstream: Upstream, start_daemon: StartDaemon, path: Path
    ) -> None:
        start_daemon("--socket", str(path), root_url=upstream.url)
        refused = run("--socket", str(path))
        assert refused.code not in (0, None)
        assert str(path) in refused.error_line
        assert "--socket" in refused.error_line
        assert "listens" in refused.error_line
        assert ask(path) == 200

    def test_a_live_one_with_a_full_backlog_is_not_stolen(self, path: Path) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            listener.bind(str(path))
            listener.listen(0)
            wires = [connect(path)]
            refused = run("--socket", str(path))
            assert refused.code not in (0, None)
            assert str(path) in refused.error_line
            listener.accept()[0].close()
            wires[0].close()
        assert path.exists()

    @pytest.mark.parametrize("kind", ["file", "folder", "link"])
    def test_what_is_no_socket_is_not_removed(self, path: Path, kind: str) -> None:
        precious = path.with_name("precious")
        precious.write_text("precious")
        if kind == "folder":
            path.mkdir()
        elif kind == "file":
            path.write_text("precious")
        else:
            path.symlink_to(precious)
        refused = run("--socket", str(path))
        assert refused.code == 2
        assert str(path) in refused.error_line
        assert path.is_dir() if kind == "folder" else path.read_text() == "precious"
        assert precious.read_text() == "precious"

    def test_the_socket_of_another_is_left_alone_at_exit(
        self, upstream: Upstream, start_daemon: StartDaemon, path: Path
    ) -> None:
        first = start_daemon("--socket", str(path), root_url=upstream.url)
        path.unlink()
        start_daemon("--socket", str(path), root_url=upstream.url)
        first.stop()
        assert ask(path) == 200

    def test_the_socket_of_a_successor_is_left_alone_at_exit(
        self, upstream: Upstream, start_daemon: StartDaemon, path: Path
    ) -> None:
        """It starts while the first one drains; on many file systems it gets the same inode."""
        upstream.default = silent
        first = start_daemon("--socket", str(path), root_url=upstream.url)
        with first.connect() as caller:
            caller.send("GET", TARGET)
            upstream.wait_for_requests(1)
            first.signal(signal.SIGTERM)
            first.wait_for_event(lambda event: event["event"] == "Stopping")
            start_daemon("--socket", str(path), root_url=upstream.url)
        assert first.wait() == 0
        upstream.default = OK
        assert ask(path) == 200

    def test_removed_even_if_requests_are_cut_off(
        self, upstream: Upstream, start_daemon: StartDaemon, path: Path
    ) -> None:
        upstream.default = silent
        daemon = start_daemon(
            "--socket", str(path), "--drain-timeout", "0.2", root_url=upstream.url
        )
        wire = connect(path)
        wire.send(message().encode())
        upstream.wait_for_requests(1)
        daemon.signal(signal.SIGTERM)
        assert daemon.wait() == 0
        wire.close()
        assert not path.exists()

    def test_nobody_connects_while_it_drains(
        self, upstream: Upstream, start_daemon: StartDaemon, path: Path
    ) -> None:
        upstream.default = silent
        daemon = start_daemon("--socket", str(path), "--drain-timeout", "5", root_url=upstream.url)
        wire = connect(path)
        wire.send(message().encode())
        upstream.wait_for_requests(1)
        daemon.signal(signal.SIGTERM)

        def refuses() -> bool:
            try:
                connect(path).close()
            except OSError:
                return True
            return False

        wait_until(refuses)
        wire.close()
        assert daemon.wait() == 0

    @pytest.mark.parametrize("kind", ["no-folder", "long", "empty"])
    def test_a_bad_path_is_one_line(self, tmp_path: Path, kind: str) -> None:
        bad = {"no-folder": tmp_path / "none" / "s", "long": tmp_path / ("x" * 120), "empty": ""}
        refused = run("--socket", str(bad[kind]))
        assert refused.code == 2
        assert "--socket" in refused.error_line
        assert "TCPROXY_SOCKET" in refused.error_line

    @pytest.mark.parametrize("mode", ["rw", "0888", "01777", "-1"])
    def test_a_bad_mode_is_one_line(self, path: Path, mode: str) -> None:
        refused = run("--socket", str(path), f"--socket-mode={mode}")
        assert refused.code == 2
        assert "--socket-mode" in refused.error_line
        assert "TCPROXY_SOCKET_MODE" in refused.error_line
        assert not path.exists()


class TestOtherUsers:
    @pytest.fixture
    def open_path(self, open_folder: Path) -> Path:
        return open_folder / "proxy.sock"

    def start(self, start_daemon: StartDaemon, open_path: Path, *args: str, url: str) -> Daemon:
        daemon = start_daemon(
            *("--socket", str(open_path), "--socket-mode", "0666", *args), root_url=url
        )
        daemon.wait_for_event(lambda event: str(open_path) in event["event"])
        return daemon

    def test_the_default_mode_keeps_them_out(
        self,
        upstream: Upstream,
        start_daemon: StartDaemon,
        open_path: Path,
        foreigner: Stranger,
    ) -> None:
        start_daemon("--socket", str(open_path), root_url=upstream.url)
        with pytest.raises(AssertionError, match="Permission denied"):
            foreigner.call(str(open_path))
        assert os.geteuid() == open_path.stat().st_uid

    def test_allowed_user(
        self,
        upstream: Upstream,
        start_daemon: StartDaemon,
        open_path: Path,
        foreigner: Stranger,
        right_user: Stranger,
    ) -> None:
        daemon = self.start(start_daemon, open_path, "--allowed-user", ALLOWED, url=upstream.url)
        for manner in ("ask", "half-close", "leave", "reset"):
            answers = foreigner.call(str(open_path), count=20, manner=manner)
            assert answers == [b""] * 20
        event = daemon.wait_for_event(lambda event: event["event"] == "connection refused")
        assert event["level"] == "warning"
        assert event["uid"] == uid_of(FOREIGN)
        assert event["peer"]
        assert event["reason"]
        assert right_user.statuses(str(open_path), count=20) == [200] * 20
        assert ask(open_path) == 200
        assert len(upstream.requests) == 21

    def test_everybody_with_an_open_mode(
        self,
        upstream: Upstream,
        start_daemon: StartDaemon,
        open_path: Path,
        foreigner: Stranger,
    ) -> None:
        self.start(start_daemon, open_path, url=upstream.url)
        assert foreigner.statuses(str(open_path)) == [200]

    def test_credentials_from_root(
        self,
        upstream: Upstream,
        start_daemon: StartDaemon,
        open_path: Path,
        foreigner: Stranger,
    ) -> None:
        self.start(start_daemon, open_path, "--credentials-from", "root", url=upstream.url)
        text = message("PUT", "/credentials", body=CREDENTIALS)
        assert foreigner.statuses(str(open_path), text) == [403]
        assert ask(open_path, text) == 200
        assert foreigner.statuses(str(open_path)) == [200]

    def test_a_network_says_nothing_about_them(
        self,
        upstream: Upstream,
        start_daemon: StartDaemon,
        open_path: Path,
        foreigner: Stranger,
    ) -> None:
        options = ("--allowed-user", ALLOWED, "--allowed-network", "127.0.0.0/8")
        daemon = self.start(start_daemon, open_path, *options, url=upstream.url)
        assert foreigner.statuses(str(open_path), count=5) == [0] * 5
        assert foreigner.statuses(daemon.address, count=5) == [0] * 5
        assert_untouched(upstream)
