"""`--config`: settings in a TOML file, behind flags and variables, before the defaults."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import daemon as process
from tests.harness import hawk
from tests.harness.upstream import Upstream, reply

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import StartDaemon

TARGET = "/queue/v1/thing"
TOKEN = "a-token-that-nobody-may-see"
GOOD = 'root_url = "https://tc.test"\nclient_id = "c"\nport = 0\n'


Wrong = tuple[str, str, str]
"""A line, the setting or key that is wrong in it, and words that must be said about it."""

WRONG_KINDS: list[Wrong] = [
    ('port = "http"', "port", "an integer"),
    ("port = 80.5", "port", "an integer"),
    ("port = true", "port", "an integer"),
    ("port = 2026-11-22", "port", "an integer"),
    ("metrics_port = true", "metrics_port", "an integer"),
    ('sandbox = "yes"', "sandbox", "true or false"),
    ("sandbox = 1", "sandbox", "true or false"),
    ("ip_address = 127", "ip_address", "a string"),
    ("drain_timeout = true", "drain_timeout", "a number"),
    ('drain_timeout = "1"', "drain_timeout", "a number"),
    ("socket_mode = 0o600", "socket_mode", "a string"),
    ("socket_mode = 600", "socket_mode", "a string"),
    ('scopes = "a b"', "scopes", "an array of strings"),
    ("scopes = [1]", "scopes", "an array of strings"),
    ('allowed_host = "a.test"', "allowed_host", "an array of strings"),
    ("replay_limit = 1.5", "replay_limit", "10MiB"),
    ("since = 2026-11-22", "since", "no setting"),
    ('prot = "x"', "prot", "did you mean port?"),
    ('ip-address = "x"', "ip-address", "did you mean ip_address?"),
    ('Allowed-Hosts = "x"', "Allowed-Hosts", "did you mean allowed_host?"),
    ('TCPROXY_RETRIES = "x"', "TCPROXY_RETRIES", "retries"),
    ('rootUrl = "x"', "rootUrl", "did you mean root_url?"),
    ('something = "x"', "something", "--help"),
    ("[retries]\nx = 1", "retries", "an integer"),
    ("[[socket]]\nx = 1", "socket", "an array of strings"),
]
WRONG_VALUES: list[Wrong] = [
    ("port = 65536", "port", "65535"),
    ("retries = -1", "retries", "0"),
    ('ip_address = "x"', "ip_address", "IP address"),
    ('root_url = "tc.test"', "root_url", "root URL"),
    ("drain_timeout = inf", "drain_timeout", "finite"),
    ("drain_timeout = nan", "drain_timeout", ""),
    ('socket_mode = "9"', "socket_mode", "octal"),
    ('scopes = ["é"]', "scopes", "scope"),
    ('replay_limit = "much"', "replay_limit", ""),
    ('log_level = "loud"', "log_level", "debug"),
]


def batches(wrong: list[Wrong]) -> list[list[Wrong]]:
    """Put lines about different settings together: a process for each would take long."""
    found: list[list[Wrong]] = []
    for each in wrong:
        for batch in found:
            if each[1] not in {name for _, name, _ in batch}:
                batch.append(each)
                break
        else:
            found.append([each])
    return found


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tcproxy.toml"


def start(start_daemon: StartDaemon, path: Path, *args: str, **env: str) -> Any:
    token = {"TASKCLUSTER_ACCESS_TOKEN": process.ACCESS_TOKEN}
    return start_daemon("--config", str(path), *args, port=None, env=token | env)


def refused(path: Path, text: str | bytes | None, *args: str, **env: str) -> str:
    """Start with a file, and return the one line that says what is wrong with it."""
    if text is not None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    done = process.run("--config", str(path), *args, env={"TASKCLUSTER_ACCESS_TOKEN": TOKEN} | env)
    assert done.code == 2, done
    assert TOKEN not in done.error_line
    assert str(path) in done.error_line
    return done.error_line


def without_roots_rights() -> list[str]:
    """Return a launcher that makes permissions count, which they do not for root."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("setpriv is not installed: root may read every file")
    return ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--"]


class TestUse:
    def test_everything_may_come_from_it(
        self, upstream: Upstream, start_daemon: StartDaemon, path: Path, tmp_path: Path
    ) -> None:
        credentials = tmp_path / "credentials.json"
        made = hawk.temporary("a:*")
        credentials.write_bytes(made.body())
        path.write_text(
            f'root_url = "{upstream.url}"\n'
            f'credentials_file = "{credentials}"\n'
            "# a comment\n"
            "port = 0\n"
            'ip_address = "127.0.0.1"\n'
            'scopes = ["a:b", "a:c d"]\n'
            f'socket = ["{tmp_path}/x.sock"]\n'
            'socket_mode = "0640"\n'
            "retries = 1\n"
            "retry_budget = 20\n"
            "drain_timeout = 0.5\n"
            'replay_limit = "1MiB"\n'
            "replay_memory = 1048576\n"
            "sandbox = false\n"
        )
        daemon = start_daemon("--config", str(path), port=None, forked=False)
        upstream.default = reply(503, [("Retry-After", "0")])
        assert daemon.request("GET", TARGET).attempts == 2
        signature = hawk.verify(upstream.requests[-1], credentials=made)
        assert signature.ext_json["authorizedScopes"] == ["a:b", "a:c d"]
        assert (tmp_path / "x.sock").stat().st_mode & 0o777 == 0o640

    def test_its_name_may_come_from_the_environment(
        self, upstream: Upstream, start_daemon: StartDaemon, path: Path
    ) -> None:
        path.write_text(f'root_url = "{upstream.url}"\nclient_id = "tester"\nport = 0\n')
        token = {"TASKCLUSTER_ACCESS_TOKEN": process.ACCESS_TOKEN}
        daemon = start_daemon(port=None, env=token | {"TCPROXY_CONFIG": str(path)})
        assert daemon.request("GET", TARGET).status == 200

    def test_the_environment_is_stronger_and_flags_are_strongest(
        self, upstream: Upstream, start_daemon: StartDaemon, path: Path
    ) -> None:
        path.write_text(
            f'root_url = "{upstream.url}"\nclient_id = "file"\nport = 1\nretries = 7\n'
            'scopes = ["file"]\nsandbox = true\n'
        )
        environment = {
            "TASKCLUSTER_CLIENT_ID": "tester",
            "TCPROXY_RETRIES": "0",
            "TCPROXY_SCOPES": "environment",
            "TCPROXY_SANDBOX": "false",
            "TCPROXY_PORT": "2",
        }
        daemon = start(start_daemon, path, "--port", "0", "flag", **environment)
        upstream.default = reply(503, [("Retry-After", "0")])
        assert daemon.request("GET", TARGET).attempts == 1
        signature = hawk.verify(upstream.only_request())
        assert signature.ext_json == {"authorizedScopes": ["flag"]}

    def test_an_empty_variable_hides_nothing(
        self, upstream: Upstream, start_daemon: StartDaemon, path: Path
    ) -> None:
        path.write_text(f'root_url = "{upstream.url}"\nclient_id = "tester"\nport = 0\n')
        daemon = start(start_daemon, path, TASKCLUSTER_CLIENT_ID="", TCPROXY_PORT="")
        assert daemon.request("GET", TARGET).status == 200

    def test_it_may_be_a_link(
        self, upstream: Upstream, start_daemon: StartDaemon, path: Path
    ) -> None:
        real = path.with_name("..data")
        real.write_text(f'root_url = "{upstream.url}"\nclient_id = "tester"\nport = 0\n')
        path.symlink_to(real)
        assert start(start_daemon, path).request("GET", TARGET).status == 200


class TestRefusals:
    """One line that names the file and the key, and says what to do; exit code 2."""

    @pytest.mark.parametrize("batch", [*batches(WRONG_KINDS), *batches(WRONG_VALUES)])
    def test_all_that_is_wrong(self, path: Path, batch: list[Wrong]) -> None:
        """A check tells all of it, a start the first."""
        text = "".join(f"{line}\n" for line, _, _ in batch)
        first = refused(path, text)
        done = process.run("--check", "--config", str(path))
        assert done.code == 1
        said = [each for each in done.stderr.splitlines() if str(path) in each]
        assert len(said) == len(batch), done.stderr
        assert first in said
        for _, name, words in batch:
            about = [each for each in said if f"{path}: {name}: " in each or repr(name) in each]
            assert len(about) == 1, name
            assert words in about[0]

    @pytest.mark.parametrize("key", ["access_token", "certificate"])
    def test_a_secret(self, path: Path, key: str) -> None:
        """The file is shown, copied and committed as secrets must not be."""
        said = refused(path, GOOD + f'{key} = "{TOKEN}"\n')
        assert key in said
        assert "--credentials-file" in said

    def test_another_file_in_it(self, path: Path) -> None:
        assert "config" in refused(path, 'config = "other.toml"\n')

    @pytest.mark.parametrize(
        "text",
        [
            b"port 8080\n",
            b"port = \n",
            b"port = 1\nport = 2\n",
            f'access_token = "{TOKEN}\n'.encode(),
            b"\xff\xfe",
            b"x = " + b"[" * 5000,
            b"#" * 2_000_000,
        ],
    )
    def test_no_toml(self, path: Path, text: bytes) -> None:
        refused(path, text)

    def test_a_missing_file(self, path: Path) -> None:
        said = refused(path, None)
        assert "--config (TCPROXY_CONFIG)" in said
        assert "No such file" in said

    def test_a_folder_and_a_pipe(self, path: Path) -> None:
        path.mkdir()
        assert "directory" in refused(path, None)
        path.rmdir()
        os.mkfifo(path)
        assert "regular file" in refused(path, None)

    def test_one_that_may_not_be_read(self, path: Path) -> None:
        path.write_text(GOOD)
        path.chmod(0)
        done = process.run("--config", str(path), launcher=without_roots_rights())
        assert done.code == 2
        assert str(path) in done.error_line
        assert "Permission denied" in done.error_line

    def test_a_wrong_variable_is_not_blamed_on_the_file(self, path: Path) -> None:
        path.write_text(GOOD)
        done = process.run("--config", str(path), env={"TCPROXY_PORT": "http"})
        assert done.code == 2
        assert "--port (TCPROXY_PORT)" in done.error_line
        assert str(path) not in done.error_line

    def test_an_empty_file_is_one_without_settings(self, path: Path) -> None:
        path.write_text("")
        done = process.run("--config", str(path))
        assert done.code == 2
        assert "--root-url" in done.error_line
