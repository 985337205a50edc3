"""No secret is told: not in output, answers or the command line, on any path, at debug level."""

from __future__ import annotations

import base64
import binascii
import contextlib
import json
import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from tests.harness import daemon as process
from tests.harness import hawk
from tests.harness.connect_proxy import ConnectProxy
from tests.harness.upstream import Script, raw_then_close, raw_then_reset, reply, silent
from tests.security.callers import FOREIGN, TARGET, Stranger, message, require_other_users

if TYPE_CHECKING:
    from tests.conftest import StartDaemon, StartUpstream
    from tests.harness.daemon import Daemon
    from tests.harness.upstream import Upstream

FIRST = hawk.temporary("x:y")
SECOND = hawk.temporary("x:z")
THIRD = hawk.Credentials("third", "third-token-that-nobody-may-see-9")
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc")


def forms(secret: str) -> set[str]:
    """Return the ways in which a secret may be written down."""
    raw = secret.encode()
    encoded = base64.b64encode(raw).decode().rstrip("=")
    return {
        secret,
        quote(secret, safe=""),
        json.dumps(secret)[1:-1],
        encoded,
        encoded.replace("+", "-").replace("/", "_"),
        binascii.hexlify(raw).decode(),
    }


@dataclass(slots=True)
class Tour:
    """Goes every way through a daemon, and keeps all that it answers.

    Attributes:
        daemon: it.
        upstream: its deployment.
        secrets: what must not turn up.
        answers: each answer, as it came.
    """

    daemon: Daemon
    upstream: Upstream
    secrets: list[str]
    answers: list[bytes] = field(default_factory=list)

    def raw(self, text: str | bytes) -> bytes:
        """Send bytes and keep what is answered until the connection ends."""
        answer = b""
        with self.daemon.connect() as caller, contextlib.suppress(ConnectionError, TimeoutError):
            caller.wire.sock.settimeout(2)
            caller.wire.send(text if isinstance(text, bytes) else text.encode())
            while data := caller.wire.read_some():
                answer += data
        self.answers.append(answer)
        return answer

    def ask(
        self, method: str = "GET", target: str = TARGET, headers: str = "", body: str = ""
    ) -> bytes:
        return self.raw(message(method, target, headers, body))

    def bewit(self) -> str:
        """Have a URL signed; the answer is the only one that may show it."""
        response = self.daemon.request("POST", "/bewit", body=b"https://tc.example.com/x?y=1")
        assert response.status == 303
        bewit = (response.header("Location") or "").partition("bewit=")[2]
        assert len(bewit) > 40
        self.secrets.append(bewit)
        plain = base64.urlsafe_b64decode(bewit + "=" * (-len(bewit) % 4)).decode()
        self.secrets.append(plain.split("\\")[2])
        return bewit

    def requests(self) -> None:
        for method in ("GET", "POST", "DELETE"):
            self.ask(method, TARGET, "X-A: b\r\n", "body" if method == "POST" else "")
        for path in ("/", "/nowhere", "/queue", "/api", "/no.such.host/x", "/__version__"):
            self.ask("GET", path)
        for path in ("__heartbeat__", "__lbheartbeat__", "__metrics__", "__status__", "metrics"):
            self.ask("GET", f"/{path}")
        self.ask("CONNECT", "tc.example.com:443")
        self.ask("GET", "http://tc.example.com/x")

    def troubles(self) -> None:
        troubles: list[Script] = [
            reply(500, body=b"it failed"),
            reply(503, [("Retry-After", "0")]),
            reply(401, [("WWW-Authenticate", "Hawk")], b'{"message": "bad"}'),
            reply(403),
            raw_then_close(b""),
            raw_then_reset(b""),
            raw_then_close(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"),
            raw_then_close(b"nonsense\r\n\r\n"),
            raw_then_close(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx"),
            silent,
        ]
        self.upstream.script(*troubles * 2)
        with ThreadPoolExecutor(len(troubles)) as callers:
            for _ in troubles:
                callers.submit(self.ask)
        self.upstream.stop_listening()
        self.upstream.hang_up()
        with ThreadPoolExecutor(2) as callers:
            callers.submit(self.ask)
            callers.submit(self.ask, "GET", "/__heartbeat__")

    def updates(self) -> None:
        """Replace the credentials, in good and bad ways."""
        good = json.loads(SECOND.body())
        certificate = json.loads(SECOND.certificate or "")
        bad = [
            {**good, "clientId": good["accessToken"] + " " + good["certificate"]},
            {**good, "accessToken": good["accessToken"] + "\n"},
            {**good, "accessToken": [good["accessToken"]]},
            {**good, "certificate": good["certificate"][:-10]},
            {**good, "certificate": json.dumps({**certificate, "seed": certificate})},
            {**good, "certificate": json.dumps({**certificate, "version": certificate["seed"]})},
            {**good, "certificate": json.dumps({**certificate, "expiry": certificate["seed"]})},
            {**good, "certificate": json.dumps({certificate["signature"]: certificate["seed"]})},
            {good["accessToken"]: good["certificate"]},
            [good],
            good["accessToken"],
        ]
        for each in bad:
            self.ask("PUT", "/credentials", body=json.dumps(each))
        self.ask("PUT", "/credentials", body=json.dumps(good)[:-5])
        self.ask("POST", "/credentials", body=json.dumps(good))
        self.ask("PUT", "/credentials", "Origin: https://x.com\r\n", json.dumps(good))
        self.ask("PUT", "/credentials", "Content-Length: 1\r\n", json.dumps(good))
        self.raw(f"PUT /credentials HTTP/1.1\r\nContent-Length: x\r\n\r\n{json.dumps(good)}")
        for credentials in (SECOND, THIRD, FIRST):
            answer = self.ask("PUT", "/credentials", body=credentials.body().decode())
            assert answer.startswith(b"HTTP/1.1 200 ")
            self.ask()

    def bewits(self) -> None:
        bewit = self.bewit()
        query = f"?a=b&bewit={bewit}&c=d"
        targets = [TARGET, "/nowhere", "/queue", "/no.such.host/x", "/bewit", "/credentials"]
        for target in [*targets, "/__version__", "*", "http://localhost/x", "tc.example.com:443"]:
            for method in ("GET", "POST"):
                self.ask(method, target + query)
            self.ask("GET", target + query, "Origin: https://x.com\r\n")
            self.ask("GET", target + query, "Host: evil.example.com\r\n")
            self.raw(f"GET {target}{query} HTTP/9.9\r\nHost: localhost\r\n\r\n")
            self.raw(f"GET {target}{query} x HTTP/1.1\r\n\r\n")
            self.raw(f"GET {target}{query}\x01 HTTP/1.1\r\n\r\n")
        self.ask("GET", TARGET + f"#?bewit={bewit}")
        self.ask("GET", TARGET + f"?bewit={bewit}" * 2)
        url = f"https://tc.example.com/x?bewit={bewit}"
        for body in (url, f"nonsense {url}", url.replace("https", "ftp"), f"{url}\x00"):
            self.ask("POST", "/bewit", body=body)
        self.ask("POST", f"/bewit?expiration={bewit}", body="https://tc.example.com/x")
        self.upstream.script(raw_then_close(b""), raw_then_close(b""), raw_then_close(b""))
        self.ask("GET", TARGET + query)

    def malformed(self) -> None:
        """Errors of a parser like to show what they could not parse."""
        secret = THIRD.access_token
        for line in (f"{secret}", f"GET {secret} HTTP/1.1", f"GET /{secret} HTTP/x"):
            self.raw(f"{line}\r\nHost: localhost\r\n\r\n")
        fields = [
            f"Authorization: Hawk\x01 {secret}",
            f"{secret}",
            f"{secret} : x",
            f"X: {secret}\x00",
            f"Content-Length: {secret}",
            f"Transfer-Encoding: {secret}",
            f"Host: {secret} x",
            f"X: {secret * 5000}",
        ]
        for each in fields:
            self.raw(f"POST {TARGET} HTTP/1.1\r\nHost: localhost\r\n{each}\r\n\r\n")
        chunked = f"POST {TARGET} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
        for body in (f"{secret}\r\n", f"5;{secret}\nx\r\n", f"5\r\n{secret}\r\n"):
            self.raw(chunked + body)

    def check(self) -> None:
        """Check all that was said, with what the deployment was shown, too."""
        for request in self.upstream.requests:
            header = (request.value("Authorization") or b"").decode()
            for name in ("mac", "ext"):
                value = header.partition(f'{name}="')[2].partition('"')[0]
                if len(value) > 8:
                    self.secrets.append(value)
        answers = b"\n".join(self.answers).decode("latin-1")
        assert len(self.answers) > 20
        for secret in self.secrets:
            for form in forms(secret):
                assert form not in self.daemon.output, f"{secret!r} is in the output"
                assert form not in answers, f"{secret!r} is in an answer"


def secrets() -> list[str]:
    return [secret for each in (FIRST, SECOND, THIRD) for secret in each.secrets()]


PATIENCE = (
    *("--retries", "1", "--first-byte-timeout", "0.3", "--idle-timeout", "0.3"),
    *("--retry-budget", "2", "--head-timeout", "1"),
)


@pytest.mark.parametrize(
    ("source", "log_format"), [("variables", "json"), ("variables", "text"), ("file", "json")]
)
def test_every_path(
    start_upstream: StartUpstream,
    start_daemon: StartDaemon,
    tmp_path: Path,
    source: str,
    log_format: str,
) -> None:
    upstream = start_upstream()
    options = {**FIRST.arguments(), "secrets": secrets()}
    args = [*PATIENCE, "--log-level", "debug", "--log-format", log_format]
    if source == "file":
        (tmp_path / "file").write_bytes(FIRST.body())
        args += ["--credentials-file", str(tmp_path / "file")]
        options |= {"client_id": None, "access_token": None, "certificate": None}
    daemon = start_daemon(*args, root_url=upstream.url, forked=False, **options)
    tour = Tour(daemon, upstream, secrets())
    tour.requests()
    tour.updates()
    tour.bewits()
    tour.malformed()
    if source == "file":
        for body in (b"nonsense " + SECOND.body(), SECOND.body()):
            (tmp_path / "file").write_bytes(body)
            daemon.signal(signal.SIGHUP)
    tour.troubles()
    if sys.platform == "linux":
        line = Path(f"/proc/{daemon.process.pid}/cmdline").read_text()
        assert not any(form in line for secret in tour.secrets for form in forms(secret))
    daemon.stop()
    tour.check()


@pytest.mark.parametrize("number", [signal.SIGABRT, signal.SIGSEGV])
def test_a_crash(upstream: Upstream, start_daemon: StartDaemon, number: signal.Signals) -> None:
    """In the middle of a request, with the stacks of all threads written out."""
    daemon = start_daemon(
        *("--log-level", "debug"),
        root_url=upstream.url,
        **(FIRST.arguments() | {"secrets": secrets()}),
        env={"PYTHONFAULTHANDLER": "1", "PYTHONASYNCIODEBUG": "1", "PYTHONDEVMODE": "1"},
    )
    tour = Tour(daemon, upstream, secrets())
    bewit = tour.bewit()
    upstream.script(silent)
    with daemon.connect() as caller:
        caller.send("GET", f"{TARGET}?bewit={bewit}", [("Authorization", THIRD.access_token)])
        upstream.wait_for_requests(1)
        daemon.signal(number)
        assert daemon.wait() == -number
        tour.answers += [caller.wire.read_some() for _ in range(1) if caller.wire.has_input(1)]
    assert "Fatal Python error" in daemon.output, "it did not write the stacks"
    tour.answers += [b""] * 21
    tour.check()


class TestStart:
    """Settings that are wrong, with a secret in each place where one could stand."""

    SECRET = "a-secret-in-the-wrong-place"

    @pytest.mark.parametrize(
        "env",
        [
            {"TASKCLUSTER_ACCESS_TOKEN": f"{SECRET} x"},
            {"TASKCLUSTER_ACCESS_TOKEN": f"{SECRET}\u00e9"},
            {"TASKCLUSTER_CERTIFICATE": SECRET},
            {"TASKCLUSTER_CERTIFICATE": f'{{"version": "{SECRET}"}}'},
            {"TASKCLUSTER_CERTIFICATE": f'{{"{SECRET}": "{SECRET}"'},
            {"TASKCLUSTER_CLIENT_ID": f"{SECRET}\n"},
            {"TASKCLUSTER_ROOT_URL": f"https://user:{SECRET}@tc.example.com"},
            {"TASKCLUSTER_ROOT_URL": f"https://tc.example.com/?token={SECRET}"},
            {"TCPROXY_CREDENTIALS_FROM": "x", "TASKCLUSTER_ACCESS_TOKEN": SECRET},
            {"TCPROXY_PORT": "x", "TASKCLUSTER_CERTIFICATE": SECRET},
            {"TCPROXY_SCOPES": '["x:y"', "TASKCLUSTER_ACCESS_TOKEN": SECRET},
        ],
        ids=lambda env: ",".join(env),
    )
    def test_wrong_settings(self, env: dict[str, str]) -> None:
        good = {
            "TASKCLUSTER_ROOT_URL": "http://127.0.0.1:9",
            "TASKCLUSTER_CLIENT_ID": "c",
            "TASKCLUSTER_ACCESS_TOKEN": "t",
        }
        done = process.run("--log-level", "debug", env={**good, **env})
        assert done.code == 2
        assert self.SECRET not in done.error_line

    def test_a_task_that_cannot_be_fetched(self, upstream: Upstream) -> None:
        upstream.default = reply(403, body=b'{"message": "no"}')
        done = process.run(
            *("--root-url", upstream.url, "--client-id", FIRST.client_id, "--log-level", "debug"),
            *("--task-id", "A" * 22, "--retries", "0"),
            env={
                "TASKCLUSTER_ACCESS_TOKEN": FIRST.access_token,
                "TASKCLUSTER_CERTIFICATE": FIRST.certificate or "",
            },
        )
        assert done.code == 2
        for secret in FIRST.secrets():
            assert not any(form in done.stderr + done.stdout for form in forms(secret))


@pytest.mark.parametrize("answer", [None, b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"])
def test_the_password_of_an_outbound_proxy(
    upstream: Upstream, start_daemon: StartDaemon, answer: bytes | None
) -> None:
    with ConnectProxy({}, answer) as proxy:
        url = f"http://user:the-password-of-the-proxy@127.0.0.1:{proxy.port}"
        daemon = start_daemon(
            *("--log-level", "debug", "--retries", "0"),
            root_url="http://tc.example.test",
            env={"HTTP_PROXY": url, "http_proxy": url},
            secrets=["the-password-of-the-proxy"],
        )
        tour = Tour(daemon, upstream, ["the-password-of-the-proxy"])
        assert tour.ask().startswith(b"HTTP/1.1 502 ")
        assert proxy.requests
    tour.ask()
    tour.ask("GET", "/__heartbeat__")
    tour.answers += [b""] * 21
    daemon.stop()
    tour.check()


class TestProc:
    """What the system shows of the process, and to whom; docs/security.md says so."""

    @LINUX
    def test_the_environment_is_shown_to_its_own_user_and_root_only(
        self, upstream: Upstream, start_daemon: StartDaemon, foreigner: Stranger
    ) -> None:
        require_other_users()
        daemon = start_daemon(root_url=upstream.url, forked=False)
        path = f"/proc/{daemon.process.pid}/environ"
        assert foreigner.read(path) == b"(Permission denied)"
        assert b"TASKCLUSTER_ACCESS_TOKEN=" in Path(path).read_bytes()

    @LINUX
    def test_the_command_line_is_shown_to_everybody(
        self, upstream: Upstream, start_daemon: StartDaemon, foreigner: Stranger
    ) -> None:
        """Unless /proc is mounted with hidepid; that is why flags with secrets warn."""
        require_other_users()
        if "hidepid" in Path("/proc/mounts").read_text():
            pytest.skip("/proc hides the processes of others here")
        shown = "a-token-on-the-command-line"
        daemon = start_daemon(
            *("--access-token", shown), root_url=upstream.url, forked=False, access_token=None
        )
        assert shown.encode() in foreigner.read(f"/proc/{daemon.process.pid}/cmdline")
        event = daemon.wait_for_event(lambda event: "command line" in event["event"])
        assert shown not in str(event)

    @LINUX
    def test_a_file_shows_in_neither(
        self, upstream: Upstream, start_daemon: StartDaemon, tmp_path: Path
    ) -> None:
        path = tmp_path / "credentials"
        path.write_bytes(FIRST.body())
        path.chmod(0o600)
        daemon = start_daemon(
            *("--credentials-file", str(path)),
            root_url=upstream.url,
            forked=False,
            client_id=None,
            access_token=None,
        )
        assert daemon.request("GET", TARGET).status == 200
        for name in ("cmdline", "environ"):
            text = Path(f"/proc/{daemon.process.pid}/{name}").read_text()
            assert not any(secret in text for secret in FIRST.secrets())

    @LINUX
    def test_other_users_see_neither_its_memory_nor_its_files(
        self, upstream: Upstream, start_daemon: StartDaemon, foreigner: Stranger
    ) -> None:
        require_other_users()
        daemon = start_daemon(root_url=upstream.url, forked=False)
        for name in ("mem", "maps", "environ", "auxv"):
            answer = foreigner.read(f"/proc/{daemon.process.pid}/{name}")
            assert answer == b"(Permission denied)", name
        assert os.geteuid() == 0, f"{FOREIGN} and the daemon are different users"
