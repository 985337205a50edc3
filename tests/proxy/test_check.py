"""`tcproxy --check`: a start that looks at everything, tells what is wrong, and does not serve."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import socket
import sys
import time
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

import pytest

import tcproxy
from tests.harness import daemon as process
from tests.harness import hawk
from tests.harness.addresses import own_loopback_address
from tests.harness.connect_proxy import ConnectProxy
from tests.harness.upstream import Exchange, Upstream, raw_then_close, reply, silent
from tests.security import activate

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tests.conftest import StartDaemon, StartUpstream
    from tests.harness.certificates import Authority
    from tests.harness.daemon import Daemon, Finished
    from tests.harness.upstream import Script

TASK = "AjGWnmqUQ1ysJn0WBwOA7A"
SCOPES = [f"scope:{number:02}" for number in range(14)]
HINTS = ("Traceback", "Exception", "Error:")


def deployment(
    scopes: list[str] | None = None,
    *,
    ahead: float = 0.0,
    status: int = 200,
    message: str = "",
    credentials: hawk.Credentials = hawk.DEFAULT,
    task: list[str] | None = None,
    scheme: str = "http",
) -> Script:
    """Answer as a deployment whose clock is so many seconds ahead.

    Args:
        scopes: What currentScopes tells.
        ahead: Of this machine's clock.
        status: What currentScopes answers; with a message where it is none of 200.
        message: Of that.
        credentials: What requests must be signed with.
        task: The scopes of each task.
        scheme: Of the URL.
    """

    def script(exchange: Exchange) -> None:
        target, code = exchange.request.target, 200
        body: object = {"alive": True, "uptime": 1}
        if target.endswith(b"/scopes/current"):
            signature = hawk.verify(exchange.request, credentials=credentials, scheme=scheme)
            timestamp = signature.timestamp
            is_stale = abs(timestamp - time.time() - ahead) > 900
            code = 401 if is_stale else status
            body = {"scopes": SCOPES if scopes is None else scopes}
            if code != 200:
                body = {"code": "X", "message": "Stale timestamp" if is_stale else message}
        elif b"/task/" in target:
            body = {"scopes": task}
        date = formatdate(time.time() + ahead, usegmt=True)
        reply(code, [("Date", date)], json.dumps(body).encode())(exchange)

    return script


def check(
    *args: str,
    url: str | None = None,
    port: int | None = 0,
    secrets: Sequence[str] = (),
    launcher: Sequence[str] = (),
    env: Mapping[str, str] | None = None,
    **more_env: str,
) -> Finished:
    """Run a check with credentials, and look at its form."""
    line = [] if port is None else ["--port", str(port)]
    line += [] if url is None else ["--root-url", url]
    given = {
        "TASKCLUSTER_CLIENT_ID": process.CLIENT_ID,
        "TASKCLUSTER_ACCESS_TOKEN": process.ACCESS_TOKEN,
    }
    done = process.run(
        "--check", *line, *args, env=given | dict(env or {}) | more_env, launcher=launcher
    )
    text = done.stdout + done.stderr
    assert done.code in (0, 1), done
    for secret in (process.ACCESS_TOKEN, *secrets):
        assert secret not in text
    assert not any(hint in text for hint in HINTS), text
    assert all(each.startswith("tcproxy: ") for each in done.stderr.splitlines()), done.stderr
    if "--json" not in args:
        end = done.stdout.splitlines()[-1]
        assert ("a start would succeed" in end) == (done.code == 0), done
    return done


def problems(done: Finished) -> list[str]:
    """Return what has to be mended; warnings are something else."""
    assert done.code == 1, done
    lines = [each.removeprefix("tcproxy: ") for each in done.stderr.splitlines()]
    return [each for each in lines if not each.startswith("warning: ")]


def only_problem(done: Finished) -> str:
    found = problems(done)
    assert len(found) == 1, found
    return found[0]


def report(*args: str, **options: Any) -> dict[str, Any]:
    """Return what a check says in JSON."""
    done = check("--json", *args, **options)
    assert done.stderr == ""
    value = json.loads(done.stdout)
    assert isinstance(value, dict)
    assert value["ok"] == (done.code == 0) == (not value["problems"])
    return value


@pytest.fixture
def upstream(start_upstream: StartUpstream) -> Upstream:
    upstream = start_upstream()
    upstream.default = deployment()
    return upstream


class TestAllIsWell:
    def test_a_table(self, upstream: Upstream) -> None:
        done = check(url=upstream.url)
        assert (done.code, done.stderr) == (0, "")
        for text in (
            upstream.url,
            f"{process.CLIENT_ID} (permanent)",
            "of 4096 bytes",
            "connected after",
            "agrees with the deployment's",
            "127.0.0.1",
            " 14\n",
            SCOPES[9],
            "and 4 more",
        ):
            assert text in done.stdout, text
        assert SCOPES[10] not in done.stdout

    def test_json(self, upstream: Upstream) -> None:
        found = report(url=upstream.url)
        assert found["ok"]
        assert found["warnings"] == []
        assert found["version"] == tcproxy.__version__
        assert found["deployment"] == upstream.url
        assert found["client"] == process.CLIENT_ID
        assert found["scopes"] == SCOPES
        assert found["expires"] is None
        assert abs(found["clock_difference"]) < 30
        assert 0 < found["latency_ms"]["connected"] <= found["latency_ms"]["answered"]
        assert found["listens_on"] == [{"address": "http://127.0.0.1:0", "state": "free"}]

    def test_temporary_credentials_within_scopes(self, upstream: Upstream) -> None:
        credentials = hawk.temporary("a:*", name="some/name")
        upstream.default = deployment(["a:b"], credentials=credentials)
        done = check(
            "a:b",
            url=upstream.url,
            secrets=credentials.secrets(),
            TASKCLUSTER_CLIENT_ID=credentials.client_id,
            TASKCLUSTER_ACCESS_TOKEN=credentials.access_token,
            TASKCLUSTER_CERTIFICATE=credentials.certificate or "",
        )
        assert done.code == 0, done
        assert f"some/name (temporary, issued by {process.CLIENT_ID})" in done.stdout
        assert "in 60 min" in done.stdout
        signature = hawk.verify(upstream.requests[-1], credentials=credentials)
        assert signature.ext_json["authorizedScopes"] == ["a:b"]

    def test_a_task(self, upstream: Upstream) -> None:
        upstream.default = deployment(["a"], task=["t:1", "t:2"])
        found = report("--task-id", TASK, "s", url=upstream.url)
        assert found["restricted_to"] == ["s", "t:1", "t:2"]
        assert found["task"] == TASK

    def test_the_sandbox(self) -> None:
        found = report("--sandbox", TASKCLUSTER_CLIENT_ID="", TASKCLUSTER_ACCESS_TOKEN="")
        assert found["ok"]
        assert found["scopes"] == ["*"]

    def test_tls_through_an_outbound_proxy(
        self, start_upstream: StartUpstream, authority: Authority
    ) -> None:
        secure = start_upstream(authority.server("tc.test"))
        secure.default = deployment(scheme="https")
        with ConnectProxy({"tc.test:443": secure.port}) as proxy:
            url = proxy.url.replace("//", "//me:p%40ss-word@")
            done = check(
                *("--ca-file", str(authority.file)),
                url="https://tc.test",
                secrets=("p%40ss-word", "p@ss-word"),
                HTTPS_PROXY=url,
            )
        assert done.code == 0, done
        assert f"through the outbound proxy 127.0.0.1:{proxy.port}" in done.stdout
        assert "tunnelled after" in done.stdout
        assert "encrypted after" in done.stdout

    def test_a_credentials_file_and_a_settings_file(
        self, upstream: Upstream, tmp_path: Path
    ) -> None:
        (tmp_path / "credentials.json").write_bytes(hawk.DEFAULT.body())
        (tmp_path / "credentials.json").chmod(0o600)
        settings = tmp_path / "x.toml"
        settings.write_text(
            f'root_url = "{upstream.url}"\ncredentials_file = "{tmp_path}/credentials.json"\n'
        )
        empty = {"TASKCLUSTER_CLIENT_ID": "", "TASKCLUSTER_ACCESS_TOKEN": ""}
        done = check("--config", str(settings), env=empty)
        assert (done.code, done.stderr) == (0, "")
        assert str(settings) in done.stdout


class TestTheDeployment:
    """One line says what is wrong and what to do."""

    def test_a_wrong_token(self) -> None:
        """The sandbox checks signatures as a deployment does."""
        done = check("--sandbox", TASKCLUSTER_CLIENT_ID="sandbox/root")
        assert "401" in only_problem(done)
        assert "access token" in only_problem(done)

    def test_an_unknown_client(self) -> None:
        done = check("--sandbox", TASKCLUSTER_CLIENT_ID="who")
        assert "'who' not found" in only_problem(done)

    def test_scopes_beyond_the_credentials(self, upstream: Upstream) -> None:
        message = "Supplied credentials do not satisfy authorizedScopes; they have:\n\n```\nx\n```"
        upstream.default = deployment(status=401, message=message)
        line = only_problem(check("a:b", url=upstream.url))
        assert "do not satisfy authorizedScopes" in line

    def test_a_message_that_a_terminal_would_obey(self, upstream: Upstream) -> None:
        upstream.default = deployment(status=500, message="\x1b[2J\x1b]0;x\x07 oh")
        line = only_problem(check(url=upstream.url))
        assert "\x1b" not in line
        assert "oh" in line

    def test_credentials_that_may_not_ask(self, upstream: Upstream) -> None:
        upstream.default = deployment(status=403, message="no")
        done = check(url=upstream.url)
        assert done.code == 0
        assert "warning: " in done.stderr

    def test_no_scopes(self, upstream: Upstream) -> None:
        upstream.default = deployment([])
        done = check(url=upstream.url)
        assert done.code == 0
        assert "no scopes" in done.stderr

    @pytest.mark.parametrize(("begins", "ends", "word"), [(-2, -1, "expired"), (1, 2, "not valid")])
    def test_credentials_that_are_not_valid_now(
        self, upstream: Upstream, begins: int, ends: int, word: str
    ) -> None:
        hour = dt.timedelta(hours=1)
        credentials = hawk.temporary("x", begins=begins * hour, ends=ends * hour)
        done = check(
            url=upstream.url,
            secrets=credentials.secrets(),
            TASKCLUSTER_ACCESS_TOKEN=credentials.access_token,
            TASKCLUSTER_CERTIFICATE=credentials.certificate or "",
        )
        assert word in only_problem(done)

    def test_credentials_that_soon_expire(self, upstream: Upstream) -> None:
        credentials = hawk.temporary("x", ends=dt.timedelta(minutes=2))
        upstream.default = deployment(credentials=credentials)
        done = check(
            url=upstream.url,
            TASKCLUSTER_CLIENT_ID=credentials.client_id,
            TASKCLUSTER_ACCESS_TOKEN=credentials.access_token,
            TASKCLUSTER_CERTIFICATE=credentials.certificate or "",
        )
        assert done.code == 0
        assert "warning: the credentials expire in" in done.stderr

    def test_a_name_that_does_not_resolve(self) -> None:
        line = only_problem(check(url="https://nowhere.invalid"))
        assert "nowhere.invalid cannot be resolved" in line
        assert "--root-url" in line

    def test_a_port_that_is_refused(self, start_upstream: StartUpstream) -> None:
        gone = start_upstream()
        gone.stop_listening()
        line = only_problem(check(url=gone.url))
        assert "Connection refused" in line
        assert "--root-url" in line

    def test_a_silent_server(self, upstream: Upstream) -> None:
        upstream.default = silent
        began = time.monotonic()
        line = only_problem(check(url=upstream.url))
        assert "within 5 s" in line
        assert time.monotonic() - began < 20

    def test_a_black_hole(self) -> None:
        """A full queue: the system drops what asks for a connection."""
        with socket.socket() as hole, socket.socket() as filling:
            hole.bind(("127.0.0.1", 0))
            hole.listen(0)
            filling.connect(hole.getsockname())
            began = time.monotonic()
            line = only_problem(check(url=f"http://127.0.0.1:{hole.getsockname()[1]}"))
        assert "within 5 s" in line
        assert time.monotonic() - began < 20

    def test_a_silent_name_server(self, tmp_path: Path) -> None:
        """A resolver cannot be interrupted: it would hold up the end for half a minute."""
        if os.geteuid() != 0 or shutil.which("unshare") is None:
            pytest.skip("only root, with unshare, can have another name server")
        server = own_loopback_address()
        path = tmp_path / "resolv.conf"
        path.write_text(f"nameserver {server}\noptions timeout:30 attempts:1\n")
        script = 'mount --bind "$0" /etc/resolv.conf && exec "$@"'
        launcher = ["unshare", "--mount", "sh", "-c", script, str(path)]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as nobody:
            nobody.bind((server, 53))
            began = time.monotonic()
            line = only_problem(check(url="https://tc.example.com", launcher=launcher))
        assert "within 5 s" in line
        assert "resolved" in line
        assert time.monotonic() - began < 20

    def test_an_unknown_authority(
        self, start_upstream: StartUpstream, authority: Authority
    ) -> None:
        secure = start_upstream(authority.server("127.0.0.1"))
        line = only_problem(check(url=secure.url))
        assert "not trusted" in line
        assert "--ca-file" in line

    def test_plain_http_where_tls_is_expected(self, daemon: Daemon) -> None:
        """As a daemon's own port, which answers what it cannot read."""
        line = only_problem(check(url=daemon.url.replace("http:", "https:")))
        assert "TLS" in line
        assert "speaks https" in line

    @pytest.mark.parametrize(
        "answer",
        [
            reply(200, [("Content-Type", "text/html")], b"<html>Log in</html>"),
            reply(302, [("Location", "http://portal.test/")]),
            reply(404, [("Content-Type", "application/json")], b"{}"),
            reply(200, [("Content-Type", "application/json")], b"[" * 100_000),
            reply(200, [], b"\xff"),
            reply(503, [("Retry-After", "100")], b"{}"),
        ],
    )
    def test_somebody_else(self, upstream: Upstream, answer: Script) -> None:
        upstream.default = answer
        line = only_problem(check(url=upstream.url))
        assert "login page" in line
        assert "--root-url" in line

    @pytest.mark.parametrize("message", [b"", b"SSH-2.0-x\r\n", b"HTTP/1.1 200 OK\r\nContent"])
    def test_no_http(self, upstream: Upstream, message: bytes) -> None:
        upstream.default = raw_then_close(message)
        assert "HTTP server" in only_problem(check(url=upstream.url))

    @pytest.mark.parametrize("scopes", [b"{}", b'{"scopes": [1]}', b"no JSON", b'{"scopes": "x"}'])
    def test_scopes_that_are_none(self, upstream: Upstream, scopes: bytes) -> None:
        upstream.script(deployment(), reply(200, [], scopes))
        assert "no list of scopes" in only_problem(check(url=upstream.url))

    @pytest.mark.parametrize("refusal", [b"HTTP/1.1 407 X\r\nContent-Length: 0\r\n\r\n", b""])
    def test_an_outbound_proxy_that_refuses(self, refusal: bytes) -> None:
        with ConnectProxy({}, refusal) as proxy:
            line = only_problem(check(url="https://tc.test", HTTPS_PROXY=proxy.url))
        assert "opened no tunnel" in line
        assert "HTTPS_PROXY" in line

    def test_a_task_that_is_not_there(self, upstream: Upstream) -> None:
        upstream.script(deployment(), reply(404, [], b'{"message": "no such task"}'))
        line = only_problem(check("--task-id", TASK, url=upstream.url))
        assert TASK in line
        assert "no such task" in line


class TestClock:
    """The deployment's is scripted, which is the same as this machine's being off."""

    @pytest.mark.parametrize(
        ("ahead", "words"),
        [
            (30, ("behind", "NTP")),
            (-30, ("ahead of", "NTP")),
            (1200, ("20 min behind", "NTP", "15 min")),
            (-1200, ("20 min ahead of", "NTP", "15 min")),
        ],
    )
    def test_one_that_is_off_is_worth_a_warning(
        self, upstream: Upstream, ahead: float, words: tuple[str, ...]
    ) -> None:
        """The daemon signs with the deployment's time, so it would work."""
        upstream.default = deployment(ahead=ahead)
        done = check(url=upstream.url)
        assert done.code == 0, done
        line = done.stderr.removesuffix("\n")
        assert line.startswith("tcproxy: warning: ")
        for word in words:
            assert word in line
        assert SCOPES[0] in done.stdout

    def test_no_date(self, upstream: Upstream) -> None:
        upstream.script(reply(200, [], b'{"alive": true}'), deployment())
        assert "the answer has no Date" in check(url=upstream.url).stdout


class TestThisMachine:
    def test_everything_missing_is_a_line_each(self) -> None:
        done = process.run("--check", "--port", "0")
        flags = ["--root-url", "--client-id", "--access-token"]
        assert [each.split()[0] for each in problems(done)] == flags

    def test_all_wrong_settings_are_told(self, tmp_path: Path) -> None:
        done = check("--retries", "x", port=None, TCPROXY_PORT="y")
        assert [each.split()[0] for each in problems(done)] == ["--port", "--retries"]
        path = tmp_path / "x.toml"
        path.write_text('prot = 1\nretries = "x"\n')
        found = report("--config", str(path))
        assert len(found["problems"]) == 2
        assert all(str(path) in problem for problem in found["problems"])

    def test_many_things_at_once(self, start_upstream: StartUpstream, tmp_path: Path) -> None:
        gone = start_upstream()
        gone.stop_listening()
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            done = check(
                *("--allowed-user", "nobody-at-all", "--socket", str(tmp_path / "no" / "x.sock")),
                *("--seed", "x.json"),
                *[f"scope:{number:0100}" for number in range(99)],
                url=gone.url,
                port=port,
            )
        found = problems(done)
        assert len(found) == 6, found
        for word in (
            "nobody-at-all",
            f"127.0.0.1:{port}: Address already in use",
            "x.sock",
            "--seed",
            "99 authorized scopes",
            "Connection refused",
        ):
            assert sum(word in each for each in found) == 1, word

    def test_too_many_scopes_do_not_hide_who_we_are(self, upstream: Upstream) -> None:
        done = check(*[f"scope:{number:0100}" for number in range(99)], url=upstream.url)
        assert "4096" in only_problem(done)
        assert SCOPES[0] in done.stdout

    def test_a_port_that_a_daemon_has(
        self, upstream: Upstream, start_daemon: StartDaemon, tmp_path: Path
    ) -> None:
        """To ask beside a running daemon is usual; it goes on as if nothing were."""
        path = tmp_path / "x.sock"
        daemon = start_daemon("--socket", str(path), root_url=upstream.url)
        done = check("--socket", str(path), url=upstream.url, port=daemon.address[1])
        assert (done.code, done.stderr) == (0, "")
        assert done.stdout.count(f"in use by tcproxy/{tcproxy.__version__}, which runs") == 2
        assert path.is_socket()
        assert daemon.request("GET", "/auth/v1/ping").status == 200

    def test_the_port_of_metrics(self, upstream: Upstream, start_daemon: StartDaemon) -> None:
        daemon = start_daemon("--metrics-port", "0", root_url=upstream.url)
        daemon.wait_for_event(lambda event: "Serving metrics" in event["event"])
        event = next(each["event"] for each in daemon.events if "metrics" in each["event"])
        port = event.rpartition(":")[2]
        done = check("--metrics-port", port, url=upstream.url)
        assert (done.code, done.stderr) == (0, "")
        assert f"127.0.0.1:{port} (in use by tcproxy/" in done.stdout
        assert "--metrics-port" in only_problem(
            check("--metrics-port", str(upstream.port), url=upstream.url)
        )

    def test_sockets_of_systemd(self, upstream: Upstream, tmp_path: Path) -> None:
        """They replace address and port, and stay open."""
        path = tmp_path / "x.sock"
        with socket.create_server(("127.0.0.1", 0)) as passed:
            port, fd = passed.getsockname()[1], passed.fileno()
            done = process.run(
                *("--check", "--root-url", upstream.url, "--client-id", process.CLIENT_ID),
                *("--port", str(upstream.port), "--socket", str(path)),
                env={"TASKCLUSTER_ACCESS_TOKEN": process.ACCESS_TOKEN},
                launcher=[sys.executable, activate.__file__, str(fd)],
                pass_fds=[fd],
            )
            assert passed.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
        assert (done.code, done.stderr) == (0, "")
        assert f"127.0.0.1:{port} (from systemd)" in done.stdout
        assert f"unix:{path} (free)" in done.stdout
        assert f":{upstream.port} (" not in done.stdout

    def test_nothing_is_left_behind(self, upstream: Upstream, tmp_path: Path) -> None:
        path = tmp_path / "x.sock"
        assert check("--socket", str(path), url=upstream.url).code == 0
        assert not path.exists()

    @pytest.mark.parametrize(
        ("variable", "value", "word"),
        [
            ("TASKCLUSTER_CERTIFICATE", "{", "certificate is not JSON"),
            ("TASKCLUSTER_ACCESS_TOKEN", "a b", "accessToken"),
            ("TCPROXY_CA_FILE", "/nowhere.pem", "--ca-file"),
            ("TCPROXY_CA_FILE", os.devnull, "--ca-file"),
            ("HTTPS_PROXY", "socks5://x", "HTTPS_PROXY"),
        ],
    )
    def test_a_wrong_value(self, upstream: Upstream, variable: str, value: str, word: str) -> None:
        assert word in only_problem(check(url=upstream.url, env={variable: value}))

    @pytest.mark.parametrize("body", [None, b"", b'{"clientId": "x"}'])
    def test_a_credentials_file_that_cannot_be_used(
        self, upstream: Upstream, tmp_path: Path, body: bytes | None
    ) -> None:
        path = tmp_path / "credentials.json"
        if body is not None:
            path.write_bytes(body)
        empty = {"TASKCLUSTER_CLIENT_ID": "", "TASKCLUSTER_ACCESS_TOKEN": ""}
        line = only_problem(check("--credentials-file", str(path), url=upstream.url, env=empty))
        assert "--credentials-file" in line
        # All the same, the deployment was asked whether it is there.
        assert upstream.only_request().target == b"/api/auth/v1/ping"

    def test_a_credentials_file_that_everybody_may_read(
        self, upstream: Upstream, tmp_path: Path
    ) -> None:
        path = tmp_path / "credentials.json"
        path.write_bytes(hawk.DEFAULT.body())
        path.chmod(0o644)
        empty = {"TASKCLUSTER_CLIENT_ID": "", "TASKCLUSTER_ACCESS_TOKEN": ""}
        done = check("--credentials-file", str(path), url=upstream.url, env=empty)
        assert done.code == 0
        assert f"every user may read {path}" in done.stderr

    def test_a_settings_file_that_everybody_may_write(
        self, upstream: Upstream, tmp_path: Path
    ) -> None:
        path = tmp_path / "x.toml"
        path.touch()
        path.chmod(0o666)
        done = check("--config", str(path), url=upstream.url)
        assert done.code == 0
        assert f"every user may write to {path}" in done.stderr

    def test_a_secret_on_the_command_line(self, upstream: Upstream) -> None:
        done = check("--access-token", process.ACCESS_TOKEN, url=upstream.url)
        assert done.code == 0
        assert "warning: --access-token" in done.stderr


class TestCommandLine:
    def test_json_needs_check(self) -> None:
        done = process.run("--json")
        assert done.code == 2
        assert "--check" in done.error_line

    @pytest.mark.parametrize("more", ["--print-config", "--check-health", "--unknown"])
    def test_what_does_not_go_together(self, more: str) -> None:
        done = process.run("--check", more)
        assert done.code == 2
        assert more in done.error_line
