"""The command line and the environment: what is taken, what is refused, and in which words."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import tcproxy
from tests.harness import daemon as process
from tests.harness import hawk
from tests.harness.daemon import Daemon
from tests.harness.upstream import Upstream, raw_then_close, reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.conftest import StartDaemon, StartUpstream
    from tests.harness.upstream import Script

FLAGS = """
    -p --port -i --ip-address -t --task-id --root-url --client-id --access-token --certificate
    --allowed-host --ca-file --sandbox --log-format --log-level --drain-timeout --connect-timeout
    --first-byte-timeout --idle-timeout --retries --retry-budget --retry-methods --replay-limit
    --replay-memory --version --short-version -h --help
"""
VARIABLES = """
    TCPROXY_PORT TCPROXY_IP_ADDRESS TCPROXY_TASK_ID TASKCLUSTER_ROOT_URL TASKCLUSTER_CLIENT_ID
    TASKCLUSTER_ACCESS_TOKEN TASKCLUSTER_CERTIFICATE TCPROXY_SCOPES TCPROXY_ALLOWED_HOST
    TCPROXY_CA_FILE TCPROXY_SANDBOX TCPROXY_LOG_FORMAT TCPROXY_LOG_LEVEL TCPROXY_DRAIN_TIMEOUT
    TCPROXY_CONNECT_TIMEOUT TCPROXY_FIRST_BYTE_TIMEOUT TCPROXY_IDLE_TIMEOUT TCPROXY_RETRIES
    TCPROXY_RETRY_BUDGET TCPROXY_RETRY_METHODS TCPROXY_REPLAY_LIMIT TCPROXY_REPLAY_MEMORY
"""
TARGET = "/queue/v1/thing"
GOOD = {
    "--root-url": "https://tc.test",
    "--client-id": "c",
    "--access-token": "secret-token",
    "--port": "0",
}


def refused(changes: Mapping[str, str | None], *more: str, **env: str) -> str:
    """Run with good settings but for `changes`, and return the one line that it says."""
    settings = {flag: value for flag, value in (GOOD | dict(changes)).items() if value is not None}
    line = [part for setting in settings.items() for part in setting]
    done = process.run(*line, *more, env=env)
    assert done.code == 2, done
    assert "secret-token" not in done.error_line
    return done.error_line


class TestInformation:
    def test_help_names_every_flag_and_variable(self) -> None:
        for flag in ("-h", "--help"):
            done = process.run(flag, forked=False)
            assert (done.code, done.stderr) == (0, "")
            for name in [*FLAGS.split(), *VARIABLES.split()]:
                assert re.search(rf"(?<![\w-]){name}(?![\w-])", done.stdout), name

    def test_version(self) -> None:
        done = process.run("--version", forked=False)
        assert (done.code, done.stderr) == (0, "")
        assert done.stdout.startswith("tcproxy")
        assert tcproxy.__version__ in done.stdout

    def test_short_version(self) -> None:
        done = process.run("--short-version", forked=False)
        assert (done.code, done.stdout, done.stderr) == (0, tcproxy.__version__ + "\n", "")

    def test_the_command_is_the_module(self) -> None:
        done = subprocess.run(
            [str(Path(sys.executable).parent / "tcproxy"), "--short-version"],
            env=process.environment(),
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout == tcproxy.__version__ + "\n"


class TestRefusals:
    """One line that names the flag and the variable, exit code 2, before anything listens."""

    @pytest.mark.parametrize(
        ("flag", "variable"),
        [
            ("--root-url", "TASKCLUSTER_ROOT_URL"),
            ("--client-id", "TASKCLUSTER_CLIENT_ID"),
            ("--access-token", "TASKCLUSTER_ACCESS_TOKEN"),
        ],
    )
    @pytest.mark.parametrize("value", [None, ""])
    def test_a_missing_setting(self, flag: str, variable: str, value: str | None) -> None:
        line = refused({flag: value})
        assert flag in line
        assert variable in line

    def test_everything_missing_is_one_line_too(self) -> None:
        done = process.run(forked=False)
        assert done.code == 2
        assert "--root-url" in done.error_line

    @pytest.mark.parametrize(
        ("flag", "variable", "value"),
        [
            ("--port", "TCPROXY_PORT", "-1"),
            ("--port", "TCPROXY_PORT", "65536"),
            ("--port", "TCPROXY_PORT", "http"),
            ("--ip-address", "TCPROXY_IP_ADDRESS", "300.0.0.1"),
            ("--ip-address", "TCPROXY_IP_ADDRESS", "no-address"),
            ("--ip-address", "TCPROXY_IP_ADDRESS", "[::1]:80"),
            ("--root-url", "TASKCLUSTER_ROOT_URL", "tc.test"),
            ("--root-url", "TASKCLUSTER_ROOT_URL", "ftp://tc.test"),
            ("--root-url", "TASKCLUSTER_ROOT_URL", "https://"),
            ("--root-url", "TASKCLUSTER_ROOT_URL", "https://tc.test?x=1"),
            ("--root-url", "TASKCLUSTER_ROOT_URL", "https://tc.test#x"),
            ("--root-url", "TASKCLUSTER_ROOT_URL", "https://tc.test:port"),
            ("--root-url", "TASKCLUSTER_ROOT_URL", "https://user:secret-token@tc.test"),
            ("--certificate", "TASKCLUSTER_CERTIFICATE", "secret-token"),
            ("--certificate", "TASKCLUSTER_CERTIFICATE", "{}"),
            ("--certificate", "TASKCLUSTER_CERTIFICATE", '{"version": 1, "seed": "secret-token"}'),
            ("--task-id", "TCPROXY_TASK_ID", "no/task"),
            ("--task-id", "TCPROXY_TASK_ID", "short"),
            ("--allowed-host", "TCPROXY_ALLOWED_HOST", "https://x.test/"),
            ("--log-format", "TCPROXY_LOG_FORMAT", "xml"),
            ("--log-level", "TCPROXY_LOG_LEVEL", "loud"),
            ("--drain-timeout", "TCPROXY_DRAIN_TIMEOUT", "-1"),
            ("--connect-timeout", "TCPROXY_CONNECT_TIMEOUT", "0"),
            ("--first-byte-timeout", "TCPROXY_FIRST_BYTE_TIMEOUT", "soon"),
            ("--idle-timeout", "TCPROXY_IDLE_TIMEOUT", "nan"),
            ("--retries", "TCPROXY_RETRIES", "-1"),
            ("--retries", "TCPROXY_RETRIES", "1.5"),
            ("--retry-budget", "TCPROXY_RETRY_BUDGET", "-1"),
            ("--retry-methods", "TCPROXY_RETRY_METHODS", "some"),
            ("--replay-limit", "TCPROXY_REPLAY_LIMIT", "-1"),
            ("--replay-memory", "TCPROXY_REPLAY_MEMORY", "much"),
        ],
    )
    def test_a_bad_setting(self, flag: str, variable: str, value: str) -> None:
        line = refused({flag: None}, f"{flag}={value}")
        assert flag in line
        assert variable in line

    @pytest.mark.parametrize(
        ("flag", "value", "bound"),
        [
            ("--port", "-12345", "greater than or equal to 0"),
            ("--port", "70000", "less than or equal to 65535"),
            ("--retries", "1.5", "a valid integer"),
            ("--log-level", "loud", "'debug', 'info', 'warning' or 'error'"),
            ("--idle-timeout", "nan", "a finite number"),
        ],
    )
    def test_the_value_and_what_it_should_be(self, flag: str, value: str, bound: str) -> None:
        line = refused({flag: None}, flag, value)
        assert f"{value!r} is wrong: it should be {bound}" in line

    @pytest.mark.parametrize(
        ("flag", "variable", "value"),
        [
            ("--port", "TCPROXY_PORT", "http"),
            ("--ip-address", "TCPROXY_IP_ADDRESS", "no-address"),
            ("--root-url", "TASKCLUSTER_ROOT_URL", "tc.test"),
            ("--certificate", "TASKCLUSTER_CERTIFICATE", "secret-token"),
            ("--task-id", "TCPROXY_TASK_ID", "no/task"),
            ("--sandbox", "TCPROXY_SANDBOX", "perhaps"),
            ("--retries", "TCPROXY_RETRIES", "1.5"),
            ("--retry-methods", "TCPROXY_RETRY_METHODS", "some"),
        ],
    )
    def test_a_bad_variable(self, flag: str, variable: str, value: str) -> None:
        line = refused({flag: None}, **{variable: value})
        assert flag in line
        assert variable in line

    @pytest.mark.parametrize("flag", ["--unknown", "-x", "--portx", "--allowed-hosts=x"])
    def test_an_unknown_option(self, flag: str) -> None:
        assert flag.partition("=")[0] in refused({}, flag)

    def test_a_path_that_is_no_text(self) -> None:
        assert "--ca-file" in refused({}, "--ca-file", os.fsdecode(b"/no\xffwhere"))

    def test_an_option_without_its_value(self) -> None:
        assert "--client-id" in refused({"--client-id": None}, "--client-id")

    @pytest.mark.parametrize("scope", ["é", "a\nb"])
    def test_a_bad_scope(self, scope: str) -> None:
        assert "scope" in refused({}, scope)

    @pytest.mark.parametrize("value", ['["a"', "[1]", '["a", null]', "[" * 10_000])
    def test_bad_scopes_in_the_environment(self, value: str) -> None:
        assert "TCPROXY_SCOPES" in refused({}, TCPROXY_SCOPES=value)


class TestEnvironment:
    def test_everything_may_come_from_it(
        self, upstream: Upstream, start_daemon: StartDaemon
    ) -> None:
        credentials = hawk.temporary("a:*")
        env = {
            "TCPROXY_PORT": "0",
            "TCPROXY_IP_ADDRESS": "127.0.0.2" if sys.platform == "linux" else "127.0.0.1",
            "TASKCLUSTER_ROOT_URL": upstream.url,
            "TASKCLUSTER_CLIENT_ID": credentials.client_id,
            "TASKCLUSTER_ACCESS_TOKEN": credentials.access_token,
            "TASKCLUSTER_CERTIFICATE": credentials.certificate or "",
            "TCPROXY_SCOPES": "a:b a:c",
            "TCPROXY_RETRIES": "1",
        }
        daemon = start_daemon(port=None, env=env, secrets=credentials.secrets(), forked=False)
        assert daemon.address[0] == env["TCPROXY_IP_ADDRESS"]
        upstream.default = reply(503, [("Retry-After", "0")])
        assert daemon.request("GET", TARGET).attempts == 2
        signature = hawk.verify(upstream.requests[-1], credentials=credentials)
        assert signature.ext == hawk.official_ext(credentials, ["a:b", "a:c"])

    @pytest.mark.parametrize(
        "value",
        ["a b", " a\tb\n", '["a", "b"]', '["a","b","a"]'],
    )
    def test_forms_of_scopes(
        self, upstream: Upstream, start_daemon: StartDaemon, value: str
    ) -> None:
        daemon = start_daemon(root_url=upstream.url, env={"TCPROXY_SCOPES": value})
        assert daemon.request("GET", TARGET).status == 200
        signature = hawk.verify(upstream.only_request())
        assert signature.ext_json == {"authorizedScopes": ["a", "b"]}

    def test_the_command_line_is_stronger(
        self, upstream: Upstream, start_daemon: StartDaemon
    ) -> None:
        env = {
            "TASKCLUSTER_ROOT_URL": "http://127.0.0.1:1",
            "TASKCLUSTER_CLIENT_ID": "other",
            "TASKCLUSTER_ACCESS_TOKEN": "other",
            "TCPROXY_PORT": "1",
            "TCPROXY_SCOPES": "other",
        }
        token = process.ACCESS_TOKEN
        daemon = start_daemon("--access-token", token, "a", root_url=upstream.url, env=env)
        assert daemon.request("GET", TARGET).status == 200
        assert hawk.verify(upstream.only_request()).ext_json == {"authorizedScopes": ["a"]}

    def test_an_empty_certificate_is_none(
        self, upstream: Upstream, start_daemon: StartDaemon
    ) -> None:
        daemon = start_daemon(root_url=upstream.url, env={"TASKCLUSTER_CERTIFICATE": ""})
        assert daemon.request("GET", TARGET).status == 200
        assert hawk.verify(upstream.only_request()).ext == "e30="


@pytest.mark.parametrize("form", ["apart", "joined"])
@pytest.mark.parametrize(
    "flag", ["--allowed-user", "--task-id", "--credentials-from", "--allowed-network"]
)
def test_a_restriction_that_is_empty_is_refused(flag: str, form: str) -> None:
    """A shell's variable that is misspelt must not let everyone do everything."""
    value = [flag, ""] if form == "apart" else [f"{flag}="]
    refused = process.run(
        *("--root-url", "http://tc.test", "--client-id", "c", "--port", "0", *value),
        env={"TASKCLUSTER_ACCESS_TOKEN": "t"},
    )
    assert refused.code == 2
    assert flag in refused.error_line
    assert "TCPROXY_" in refused.error_line


class TestForms:
    def test_short_flags(self, upstream: Upstream, start_daemon: StartDaemon) -> None:
        daemon = start_daemon(
            *("-p", "0", "-i", "127.0.0.1"), root_url=upstream.url, port=None, forked=False
        )
        assert daemon.request("GET", TARGET).status == 200

    @pytest.mark.parametrize("separate", [True, False])
    def test_secrets_may_be_flags(
        self, upstream: Upstream, start_daemon: StartDaemon, separate: bool
    ) -> None:
        """Tokens are base64url: one in 64 begins with a dash."""
        made = hawk.temporary("a:*")
        token = "-" + made.access_token[1:]
        credentials = hawk.Credentials(made.client_id, token, made.certificate)
        flags = {"--access-token": token, "--certificate": made.certificate or ""}
        if separate:
            line = [part for flag in flags.items() for part in flag]
        else:
            line = [f"{flag}={value}" for flag, value in flags.items()]
        daemon = start_daemon(
            *line, root_url=upstream.url, access_token=None, secrets=credentials.secrets()
        )
        assert daemon.request("GET", TARGET).status == 200
        signature = hawk.verify(upstream.only_request(), credentials=credentials)
        assert signature.ext == hawk.official_ext(credentials, None)

    def test_scopes_may_stand_before_and_behind_options(
        self, upstream: Upstream, start_daemon: StartDaemon
    ) -> None:
        daemon = start_daemon("a", "--retries=1", "b", root_url=upstream.url)
        assert daemon.request("GET", TARGET).status == 200
        signature = hawk.verify(upstream.only_request())
        assert signature.ext_json == {"authorizedScopes": ["a", "b"]}

    def test_loopback_is_the_default(self, daemon: Daemon) -> None:
        assert daemon.address[0] == "127.0.0.1"
        connections = Path(f"/proc/{daemon.process.pid}/net/tcp").read_text()
        everywhere = f"00000000:{daemon.address[1]:04X} 00000000:0000 0A"
        assert everywhere not in connections

    def test_ipv6_literals_work(self, upstream: Upstream, start_daemon: StartDaemon) -> None:
        if not _has_ipv6():
            pytest.skip("this machine has no ::1")
        daemon = start_daemon("--ip-address", "::1", root_url=upstream.url)
        assert any(f"Serving on [::1]:{daemon.address[1]}" in line for line in daemon.stderr_lines)
        assert daemon.request("GET", TARGET).status == 200

    def test_an_ipv6_deployment(
        self, start_upstream: StartUpstream, start_daemon: StartDaemon
    ) -> None:
        if not _has_ipv6():
            pytest.skip("this machine has no ::1")
        upstream = start_upstream(host="::1")
        daemon = start_daemon(root_url=upstream.url)
        assert daemon.request("GET", TARGET).status == 200
        assert upstream.only_request().value("Host") == upstream.authority.encode()
        hawk.verify(upstream.only_request())

    def test_an_address_that_is_not_of_this_machine_is_one_line(self) -> None:
        done = process.run(
            *(part for setting in GOOD.items() for part in setting),
            *("--ip-address", "192.0.2.1"),
            forked=False,
        )
        assert done.code not in (0, None)
        assert "192.0.2.1" in done.error_line


class TestTaskId:
    TASK = "AjGWnmqUQ1ysJn0WBwOA7A"

    def definition(self, *scopes: str) -> str:
        return json.dumps({"provisionerId": "p", "scopes": list(scopes), "payload": {}})

    @pytest.fixture
    def deployment(self, start_upstream: StartUpstream) -> Upstream:
        return start_upstream()

    @pytest.mark.parametrize("way", ["-t", "--task-id", "TCPROXY_TASK_ID"])
    def test_requests_are_restricted_to_the_tasks_scopes(
        self, deployment: Upstream, start_daemon: StartDaemon, way: str
    ) -> None:
        body = self.definition("a:x", "b:*", "b:y").encode()
        deployment.script(reply(200, [("Content-Type", "application/json")], body))
        settings = [way, self.TASK] if way.startswith("-") else []
        env = {} if settings else {way: self.TASK}
        daemon = start_daemon(*settings, root_url=deployment.url, env=env)
        assert deployment.requests[0].target == f"/api/queue/v1/task/{self.TASK}".encode()
        assert deployment.requests[0].method == "GET"
        assert daemon.request("GET", TARGET).status == 200
        scopes = hawk.verify(deployment.requests[1]).ext_json["authorizedScopes"]
        assert sorted(scopes) == ["a:x", "b:*"]

    def test_a_task_without_scopes_gets_none(
        self, deployment: Upstream, start_daemon: StartDaemon
    ) -> None:
        deployment.script(reply(200, body=self.definition().encode()))
        daemon = start_daemon("--task-id", self.TASK, root_url=deployment.url)
        assert daemon.request("GET", TARGET).status == 200
        assert hawk.verify(deployment.requests[1]).ext_json == {"authorizedScopes": []}

    def test_the_definition_is_asked_for_again(
        self, deployment: Upstream, start_daemon: StartDaemon
    ) -> None:
        busy = reply(503, [("Retry-After", "0")])
        body = self.definition("a").encode()
        deployment.script(raw_then_close(b""), busy, busy, reply(200, body=body))
        start_daemon("--task-id", self.TASK, root_url=deployment.url, forked=False)
        assert len(deployment.requests) == 4

    @pytest.mark.parametrize(
        "script",
        [
            reply(404, body=b'{"code": "ResourceNotFound", "message": "no such task"}'),
            reply(401, body=b"no"),
            reply(200, body=b"not JSON"),
            reply(200, body=b"[]"),
            reply(200, body=b'{"scopes": "a"}'),
            reply(200, body=b'{"scopes": [1]}'),
            reply(200, body=b"{}"),
            reply(200, body=b"[" * 100_000),
            reply(404, body=b"[" * 100_000),
            reply(404, body=b'{"message": "no \\u001b[31m task"}'),
            reply(503, [("Retry-After", "0")], b"busy"),
            raw_then_close(b""),
        ],
    )
    def test_no_definition_is_one_clear_line(self, deployment: Upstream, script: Script) -> None:
        deployment.default = script
        changes = {"--root-url": deployment.url, "--task-id": self.TASK, "--retries": "1"}
        settings = GOOD | changes
        done = process.run(*(part for setting in settings.items() for part in setting))
        assert done.code not in (0, None)
        assert self.TASK in done.stderr.splitlines()[-1]
        assert "Traceback" not in done.stderr
        assert "\x1b" not in done.stderr, "the deployment commands the terminal"
        assert "Serving on" not in done.stderr


def _has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


@pytest.mark.parametrize("files", [10, 31])
def test_too_few_open_files(files: int) -> None:
    if (prlimit := shutil.which("prlimit")) is None:
        pytest.skip("prlimit is needed for a limit of open files")
    refused = process.run("--sandbox", "--port", "0", launcher=[prlimit, f"--nofile={files}"])
    assert refused.code == 2
    assert f"allows {files} open files" in refused.error_line
    assert "ulimit -n" in refused.error_line
