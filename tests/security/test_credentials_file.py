"""`--credentials-file`: mounted secrets, read at start, on SIGHUP, and when they change."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import daemon as process
from tests.harness import hawk
from tests.harness.upstream import Exchange, reply
from tests.harness.wire import TIMEOUT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import StartDaemon
    from tests.harness.daemon import Daemon
    from tests.harness.upstream import Upstream

TARGET = "/queue/v1/thing"
FIRST = hawk.Credentials("first", "first-token-that-nobody-may-see")
SECOND = hawk.Credentials("second", "second-token-that-nobody-may-see")
TEMPORARY = hawk.temporary("x:y")
SECRETS = [*FIRST.secrets(), *SECOND.secrets(), *TEMPORARY.secrets()]

_certificate = json.loads(TEMPORARY.certificate or "")
BROKEN = {
    "no JSON": b'{"clientId": "third", "accessToken": "second-token-that-nobody-may-see"',
    "no object": b'["second-token-that-nobody-may-see"]',
    "empty": b"",
    "not UTF-8": b'{"clientId": "\xff", "accessToken": "second-token-that-nobody-may-see"}',
    "no client": b'{"accessToken": "second-token-that-nobody-may-see"}',
    "no token": b'{"clientId": "third"}',
    "an empty token": b'{"clientId": "third", "accessToken": ""}',
    "a number": b'{"clientId": "third", "accessToken": 1}',
    "a broken certificate": json.dumps(
        {
            "clientId": "third",
            "accessToken": "second-token-that-nobody-may-see",
            "certificate": json.dumps(_certificate | {"expiry": "second-token-that-nobody"}),
        }
    ).encode(),
    "too long": SECOND.body() + b" " * 2_000_000,
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "credentials.json"
    path.write_bytes(FIRST.body())
    return path


@pytest.fixture
def daemon(upstream: Upstream, start_daemon: StartDaemon, path: Path) -> Daemon:
    return start(start_daemon, upstream, "--credentials-file", str(path))


def start(start_daemon: StartDaemon, upstream: Upstream, *args: str, **options: Any) -> Daemon:
    return start_daemon(
        *args,
        root_url=upstream.url,
        client_id=None,
        access_token=None,
        secrets=SECRETS,
        **options,
    )


def in_force(daemon: Daemon, upstream: Upstream, credentials: hawk.Credentials) -> bool:
    assert daemon.request("GET", TARGET).status == 200
    hawk.verify(upstream.requests[-1], credentials=credentials)
    return True


def replace(path: Path, body: bytes) -> None:
    """Put another file in its place, as careful writers do."""
    other = path.with_name("new")
    other.write_bytes(body)
    other.replace(path)


def replaced(daemon: Daemon, since: int) -> dict[str, Any]:
    return daemon.wait_for_event(
        lambda event: event["event"] == "credentials replaced", since=since
    )


def refused(daemon: Daemon, since: int) -> dict[str, Any]:
    return daemon.wait_for_event(lambda event: event["event"] == "credentials refused", since=since)


class TestStart:
    @pytest.mark.parametrize("credentials", [FIRST, TEMPORARY], ids=["permanent", "temporary"])
    def test_the_file_is_used(
        self,
        upstream: Upstream,
        start_daemon: StartDaemon,
        path: Path,
        credentials: hawk.Credentials,
    ) -> None:
        path.write_bytes(credentials.body())
        daemon = start(start_daemon, upstream, env={"TCPROXY_CREDENTIALS_FILE": str(path)})
        assert in_force(daemon, upstream, credentials)

    @pytest.mark.parametrize("kind", BROKEN.keys())
    def test_a_broken_one_is_one_line(self, path: Path, kind: str) -> None:
        path.write_bytes(BROKEN[kind])
        self.check_refused(path)

    @pytest.mark.parametrize("kind", ["missing", "a folder", "empty name"])
    def test_one_that_cannot_be_read_is_one_line(self, tmp_path: Path, kind: str) -> None:
        path = tmp_path if kind == "a folder" else tmp_path / "none"
        self.check_refused("" if kind == "empty name" else path)

    def check_refused(self, path: Path | str) -> None:
        done = process.run("--root-url", "http://127.0.0.1:9", "--credentials-file", str(path))
        assert done.code == 2
        if path:
            assert "--credentials-file" in done.error_line
            assert "TCPROXY_CREDENTIALS_FILE" in done.error_line
        for secret in SECRETS:
            assert secret not in done.error_line
        assert "second-token" not in done.error_line

    @pytest.mark.parametrize(
        ("args", "env"),
        [
            (["--client-id", "c"], {}),
            (["--access-token", "t"], {}),
            (["--certificate", "{}"], {}),
            ([], {"TASKCLUSTER_CLIENT_ID": "c"}),
            ([], {"TASKCLUSTER_ACCESS_TOKEN": "t"}),
        ],
        ids=str,
    )
    def test_other_credentials_beside_it_are_one_line(
        self, path: Path, args: list[str], env: dict[str, str]
    ) -> None:
        settings = ("--root-url", "http://127.0.0.1:9", "--credentials-file", str(path))
        done = process.run(*settings, *args, env=env)
        assert done.code == 2
        assert "--credentials-file" in done.error_line
        name = args[0] if args else next(iter(env))
        assert name in done.error_line


class TestChanges:
    def test_another_file_in_its_place_is_noticed(
        self, daemon: Daemon, upstream: Upstream, path: Path
    ) -> None:
        assert in_force(daemon, upstream, FIRST)
        for credentials in (SECOND, TEMPORARY, FIRST):
            since = daemon.mark()
            replace(path, credentials.body())
            assert replaced(daemon, since)["level"] == "info"
            assert in_force(daemon, upstream, credentials)

    def test_a_file_that_is_written_to_is_noticed(
        self, daemon: Daemon, upstream: Upstream, path: Path
    ) -> None:
        since = daemon.mark()
        path.write_bytes(SECOND.body())
        replaced(daemon, since)
        assert in_force(daemon, upstream, SECOND)

    def test_a_mounted_secret_is_noticed(
        self, upstream: Upstream, start_daemon: StartDaemon, tmp_path: Path
    ) -> None:
        """Kubernetes puts links to a folder there, and points them to another at once."""
        for name, credentials in (("..one", FIRST), ("..two", SECOND)):
            (tmp_path / name).mkdir()
            (tmp_path / name / "credentials").write_bytes(credentials.body())
        (tmp_path / "..data").symlink_to("..one")
        (tmp_path / "credentials").symlink_to("..data/credentials")
        settings = ("--credentials-file", str(tmp_path / "credentials"))
        daemon = start(start_daemon, upstream, *settings)
        assert in_force(daemon, upstream, FIRST)
        since = daemon.mark()
        (tmp_path / "..new").symlink_to("..two")
        (tmp_path / "..new").replace(tmp_path / "..data")
        replaced(daemon, since)
        assert in_force(daemon, upstream, SECOND)

    def test_broken_ones_keep_the_old(self, daemon: Daemon, upstream: Upstream, path: Path) -> None:
        for kind, body in BROKEN.items():
            since = daemon.mark()
            replace(path, body)
            if kind != "no JSON":  # it is noticed without, too, but that takes a second
                daemon.signal(signal.SIGHUP)
            event = refused(daemon, since)
            assert event["level"] in ("warning", "error")
            assert event["reason"]
            assert "second-token" not in str(event)
            assert in_force(daemon, upstream, FIRST)
        since = daemon.mark()
        replace(path, SECOND.body())
        replaced(daemon, since)
        assert in_force(daemon, upstream, SECOND)

    def test_a_file_that_is_gone_keeps_the_old(
        self, daemon: Daemon, upstream: Upstream, path: Path
    ) -> None:
        since = daemon.mark()
        path.unlink()
        assert refused(daemon, since)["reason"]
        assert in_force(daemon, upstream, FIRST)
        since = daemon.mark()
        path.write_bytes(SECOND.body())
        replaced(daemon, since)
        assert in_force(daemon, upstream, SECOND)

    def test_a_broken_file_is_told_of_once(self, daemon: Daemon, path: Path) -> None:
        since = daemon.mark()
        replace(path, b"nonsense")
        refused(daemon, since)
        time.sleep(2.5)  # it looks every second
        events = [each for each in daemon.events[since:] if each["event"] == "credentials refused"]
        assert len(events) == 1

    def test_a_pipe_in_its_place_holds_nothing_up(
        self, daemon: Daemon, upstream: Upstream, path: Path
    ) -> None:
        """Reading a pipe that nobody writes to would take for ever."""
        since = daemon.mark()
        os.mkfifo(path.with_name("new"))
        path.with_name("new").replace(path)
        refused(daemon, since)
        assert in_force(daemon, upstream, FIRST)

    def test_put_works_beside_it(self, daemon: Daemon, upstream: Upstream) -> None:
        assert daemon.request("PUT", "/credentials", body=SECOND.body()).status == 200
        assert in_force(daemon, upstream, SECOND)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGHUP")
class TestHangup:
    def test_the_file_is_read_again(self, daemon: Daemon, upstream: Upstream) -> None:
        """Even if it is the same: what PUT /credentials brought goes."""
        assert daemon.request("PUT", "/credentials", body=SECOND.body()).status == 200
        assert in_force(daemon, upstream, SECOND)
        since = daemon.mark()
        daemon.signal(signal.SIGHUP)
        replaced(daemon, since)
        assert in_force(daemon, upstream, FIRST)

    def test_a_new_file_is_in_force_at_once(
        self, daemon: Daemon, upstream: Upstream, path: Path
    ) -> None:
        for credentials in (SECOND, TEMPORARY, FIRST):
            since = daemon.mark()
            replace(path, credentials.body())
            daemon.signal(signal.SIGHUP)
            replaced(daemon, since)
            assert in_force(daemon, upstream, credentials)

    def test_a_broken_one_keeps_the_old(
        self, daemon: Daemon, upstream: Upstream, path: Path
    ) -> None:
        path.write_bytes(b"nonsense")
        since = daemon.mark()
        daemon.signal(signal.SIGHUP)
        refused(daemon, since)
        assert in_force(daemon, upstream, FIRST)

    def test_without_a_file_nothing_happens(
        self, upstream: Upstream, start_daemon: StartDaemon
    ) -> None:
        daemon = start_daemon(root_url=upstream.url)
        daemon.signal(signal.SIGHUP)
        for _ in range(3):
            assert daemon.request("GET", TARGET).status == 200
        assert daemon.process.poll() is None

    def test_requests_that_run_are_not_hurt(self, daemon: Daemon, upstream: Upstream) -> None:
        with daemon.connect() as caller:
            caller.send("POST", TARGET, [("Content-Length", "4")])
            caller.wire.send(b"bo")
            upstream.wait_for_requests(1)
            since = daemon.mark()
            daemon.signal(signal.SIGHUP)
            replaced(daemon, since)
            caller.wire.send(b"dy")
            assert caller.read_response("POST").status == 200

    def test_it_does_not_end_a_daemon_that_starts(
        self, upstream: Upstream, start_daemon: StartDaemon, path: Path
    ) -> None:
        signalled = threading.Event()

        def task(exchange: Exchange) -> None:
            assert signalled.wait(TIMEOUT)
            reply(200, body=b'{"scopes": ["x:y"]}')(exchange)

        upstream.script(task)
        settings = ("--credentials-file", str(path), "--task-id", "A" * 22)
        daemon = start(start_daemon, upstream, *settings, serve=False)
        upstream.wait_for_requests(1)
        daemon.signal(signal.SIGHUP)
        signalled.set()
        daemon.wait_until_serving()
        assert daemon.request("GET", TARGET).status == 200


class TestSecretsOnTheCommandLine:
    @pytest.mark.parametrize("form", ["words", "equals"])
    def test_they_warn(self, upstream: Upstream, start_daemon: StartDaemon, form: str) -> None:
        secrets = {
            "--access-token": TEMPORARY.access_token,
            "--certificate": str(TEMPORARY.certificate),
        }
        args = ["--client-id", TEMPORARY.client_id]
        for flag, value in secrets.items():
            args += [flag, value] if form == "words" else [f"{flag}={value}"]
        daemon = start(start_daemon, upstream, *args)

        def warnings() -> list[dict[str, Any]]:
            return [each for each in daemon.events if each["event"] == "secret on the command line"]

        daemon.wait_until(lambda: len(warnings()) == len(secrets), 20, "warn of each")
        assert [each["flag"] for each in warnings()] == list(secrets)
        assert {each["level"] for each in warnings()} == {"warning"}

    def test_a_flag_cannot_be_shortened(self, upstream: Upstream) -> None:
        """Else it would not be seen that it carries a secret."""
        done = process.run("--root-url", upstream.url, "--client-id", "c", "--access-tok", "t")
        assert done.code == 2

    def test_variables_and_files_do_not(
        self, upstream: Upstream, start_daemon: StartDaemon, daemon: Daemon
    ) -> None:
        by_variable = start_daemon(root_url=upstream.url)
        for each in (by_variable, daemon):
            assert not [event for event in each.events if "command line" in event["event"]]
