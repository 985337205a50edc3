"""`tcproxy --print-config`: what is in effect, where it comes from, in a form that is read back."""

from __future__ import annotations

import os
import subprocess
import tomllib
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tcproxy.print_config import toml_string
from tests.harness import daemon as process
from tests.harness import hawk

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import StartDaemon
    from tests.harness.upstream import Upstream

SECRET = "a-token-that-nobody-may-see"


def printed(*args: str, **env: str) -> str:
    done = process.run("--print-config", *args, env=env)
    assert (done.code, done.stderr) == (0, "")
    return done.stdout


def line(text: str, name: str) -> str:
    """Return the only line about a setting, with single spaces."""
    found = [each for each in text.splitlines() if f" {name} " in f" {each} "]
    assert len(found) == 1, found
    return " ".join(found[0].split())


def test_where_each_comes_from(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text('retries = 1\nclient_id = "file"\nscopes = ["file"]\n')
    text = printed(
        *("--config", str(path), "--port", "9", "-i", "[::1]", "a:b", "c"),
        TASKCLUSTER_CLIENT_ID="environment",
        TCPROXY_SOCKET_MODE="0660",
        TCPROXY_ALLOWED_HOST="b.test, *",
        TCPROXY_REPLAY_LIMIT="2KiB",
        TCPROXY_PORT="1",
    )
    assert line(text, "config") == f'# config is "{path}" # flag --config'
    assert line(text, "port") == "port = 9 # flag --port"
    assert line(text, "ip_address") == 'ip_address = "::1" # flag --ip-address'
    assert line(text, "scopes") == 'scopes = ["a:b", "c"] # flag <scope>'
    assert line(text, "client_id") == (
        'client_id = "environment" # environment TASKCLUSTER_CLIENT_ID'
    )
    assert line(text, "socket_mode") == 'socket_mode = "0660" # environment TCPROXY_SOCKET_MODE'
    assert line(text, "allowed_host") == (
        'allowed_host = ["b.test", "*"] # environment TCPROXY_ALLOWED_HOST'
    )
    assert line(text, "replay_limit") == "replay_limit = 2048 # environment TCPROXY_REPLAY_LIMIT"
    assert line(text, "retries") == f"retries = 1 # file {path}"
    assert line(text, "drain_timeout") == "drain_timeout = 30.0 # default"
    assert line(text, "task_id") == "# task_id is not set # default"


@pytest.mark.parametrize(
    ("arguments", "scopes"),
    [
        (("--", "-a", "--retries"), ["-a", "--retries"]),
        (("--retries", "1", "--", "-a", "--", "b"), ["-a", "--", "b"]),
        (("a", "--sandbox", "b", "--", "--print-config"), ["a", "b", "--print-config"]),
        (("--retries", "1", "a", "--"), ["a"]),
    ],
)
def test_everything_behind_two_dashes_is_a_scope(
    arguments: tuple[str, ...], scopes: list[str]
) -> None:
    assert values(printed(*arguments))["scopes"] == scopes


def test_secrets_are_hidden() -> None:
    credentials = hawk.temporary("x")
    secrets = {
        "TASKCLUSTER_ACCESS_TOKEN": credentials.access_token,
        "TASKCLUSTER_CERTIFICATE": credentials.certificate or "",
    }
    for args, env in (
        ((), secrets),
        (("--access-token", secrets["TASKCLUSTER_ACCESS_TOKEN"]), {}),
    ):
        text = printed(*args, **env)
        assert line(text, "access_token").startswith("# access_token is set, and hidden # ")
        for secret in credentials.secrets():
            assert secret not in text


@pytest.mark.parametrize("more", [{}, {"TCPROXY_CA_FILE": '"\\\t\u00e9\U0001f600\x7f\n'}])
def test_it_is_read_back(tmp_path: Path, more: dict[str, str]) -> None:
    env = {
        "TASKCLUSTER_ROOT_URL": "https://tc.test/x/",
        "TASKCLUSTER_CLIENT_ID": "a/b",
        "TCPROXY_TASK_ID": "AjGWnmqUQ1ysJn0WBwOA7A",
        "TCPROXY_SCOPES": "a:b c:*",
        "TCPROXY_ALLOWED_NETWORK": "172.17.0.0/16,fd00::/8",
        "TCPROXY_SOCKET_MODE": "0060",
        "TCPROXY_SANDBOX": "true",
        "TCPROXY_DRAIN_TIMEOUT": "1e-5",
        "TCPROXY_IDLE_TIMEOUT": "1e300",
        "TCPROXY_REPLAY_MEMORY": "1GiB",
        "TCPROXY_LOG_LEVEL": "debug",
    } | more
    first = printed(**env)
    path = tmp_path / "x.toml"
    path.write_text(first)
    second = printed("--config", str(path))
    assert values(second) == values(first)
    assert values(first)["drain_timeout"] == 1e-5
    assert first.isascii()


def values(text: str) -> dict[str, object]:
    return tomllib.loads(text)


def test_a_daemon_starts_with_it(
    upstream: Upstream, start_daemon: StartDaemon, tmp_path: Path
) -> None:
    path = tmp_path / "x.toml"
    args = ("--root-url", upstream.url, "--client-id", "tester", "--port", "0", "a:b")
    path.write_text(printed(*args))
    token = {"TASKCLUSTER_ACCESS_TOKEN": process.ACCESS_TOKEN}
    daemon = start_daemon("--config", str(path), port=None, env=token)
    assert daemon.request("GET", "/queue/v1/thing").status == 200
    assert hawk.verify(upstream.only_request()).ext_json == {"authorizedScopes": ["a:b"]}


def test_nothing_needs_to_be_set() -> None:
    assert line(printed(), "root_url") == "# root_url is not set # default"


def test_what_is_wrong_is_one_line() -> None:
    done = process.run("--print-config", env={"TCPROXY_PORT": "http"})
    assert done.code == 2
    assert "TCPROXY_PORT" in done.error_line


def test_bytes_that_are_no_text() -> None:
    assert "\\uDCFF" in printed("--ca-file", os.fsdecode(b"\xff"))


def test_output_that_nobody_takes() -> None:
    with open("/dev/full", "w") as full:  # noqa: PTH123  a device
        done = subprocess.run(
            process.command("--print-config"),
            env=process.environment(),
            cwd=process.ROOT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert (done.returncode, done.stderr) == (1, "")


@given(st.text())
@example('"\\\x00\x1f\x7f\u2028\U0010ffff')
def test_strings_are_read_back(text: str) -> None:
    """But for surrogates, which TOML cannot say."""
    if not any("\ud800" <= char <= "\udfff" for char in text):
        assert tomllib.loads(f"x = {toml_string(text)}") == {"x": text}
