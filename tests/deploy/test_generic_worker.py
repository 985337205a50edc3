"""deploy/generic-worker: the test is the worker, from the start of a task to its end."""

from __future__ import annotations

import json
import os
import random
import re
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import psutil
import pytest

from tests.deploy import building
from tests.deploy.building import ROOT
from tests.harness import hawk
from tests.harness.daemon import environment, wait_until

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.harness.upstream import Upstream

pytestmark = pytest.mark.timeout(300)  # what is built may have to be downloaded

README = (ROOT / "deploy" / "generic-worker" / "README.md").read_text()
SCOPES = ["secrets:get:project/demo", "queue:create-artifact:fN1SbArXTPSVFUUvaOlinQ/0"]
POLL, DEADLINE = 0.1, 60.0


class Worker:
    """generic-worker, as far as a proxy sees it. As a context manager, it ends the task.

    Args:
        executable: taskclusterProxyExecutable.
        root_url: of the deployment.
        log: where its own output goes.
        more: further flags, as newer versions give them.
    """

    def __init__(
        self, executable: Path, root_url: str, log: Path, more: Sequence[str] = ()
    ) -> None:
        # Loopback addresses are many, so that no other test is on this port.
        self.host = ".".join(["127", *(str(random.randint(1, 254)) for _ in range(3))])
        self.port = 8080
        self.log = log
        claim = hawk.temporary(*SCOPES, "something:else")
        assert claim.certificate is not None
        self.credentials = claim
        command = [str(executable), "--port", str(self.port), "--root-url", root_url]
        command += ["--client-id", claim.client_id, "--access-token", claim.access_token]
        command += ["--ip-address", self.host, "--certificate", claim.certificate, *more, *SCOPES]
        home = Path(building.python("{}.{}".format(*sys.version_info[:2]))).parent
        env = environment({"PATH": f"{home}:{os.environ['PATH']}", "HOME": str(log.parent)})
        with log.open("wb") as output:
            streams: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": output, "stderr": output}
            self.process = psutil.Popen(command, env=env, cwd="/", **streams)

    def wait_for_port(self) -> None:
        """Poll the port as the worker does: it connects, and leaves at once."""
        deadline = time.monotonic() + DEADLINE
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.log.read_text()
            try:
                socket.create_connection((self.host, self.port), DEADLINE).close()
            except OSError:
                time.sleep(POLL)
            else:
                return
        pytest.fail("timeout waiting for the port to be active")

    def reclaim(self, credentials: hawk.Credentials) -> None:
        """Hand over new credentials, as on each reclaim of the task."""
        assert self.ask("PUT", "/credentials", credentials.body()) == 200
        self.credentials = credentials

    def write_credentials(self, credentials: hawk.Credentials) -> None:
        """Do the same as a worker that gave --credentials-stdin: a line for each reclaim."""
        self.process.stdin.write(credentials.body() + b"\n")
        self.process.stdin.flush()
        wait_until(lambda: "credentials replaced" in self.log.read_text(), DEADLINE)
        self.credentials = credentials

    def ask(self, method: str, path: str, body: bytes | None = None) -> int:
        """Make a request as the task does."""
        connection = HTTPConnection(self.host, self.port, timeout=60)
        connection.request(method, path, body)
        response = connection.getresponse()
        response.read()
        connection.close()
        return response.status

    def end(self) -> list[psutil.Process]:
        """Kill the proxy, and return processes that it left."""
        children = self.process.children(recursive=True)
        self.process.kill()
        self.process.wait(DEADLINE)
        _, left = psutil.wait_procs(children, DEADLINE)
        return list(left)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.end()
        self.process.stdin.close()


@pytest.fixture(params=["script", "pyz"])
def executable(request: pytest.FixtureRequest) -> Path:
    """What the README says to put into the configuration."""
    if request.param == "script":
        return Path(sys.executable).with_name("tcproxy")
    pyz: Path = request.getfixturevalue("pyz")
    return pyz


def test_the_life_of_a_task(executable: Path, upstream: Upstream, tmp_path: Path) -> None:
    with Worker(executable, upstream.url, tmp_path / "worker.log") as worker:
        worker.wait_for_port()
        assert worker.ask("GET", "/secrets/v1/secret/project/demo") == 200
        signature = hawk.verify(upstream.requests[-1], credentials=worker.credentials)
        assert worker.credentials.certificate is not None
        assert signature.ext_json == {
            "certificate": json.loads(worker.credentials.certificate),
            "authorizedScopes": SCOPES,
        }
        before = worker.credentials
        worker.reclaim(hawk.temporary(*SCOPES, "another:scope"))
        assert worker.ask("GET", "/secrets/v1/secret/project/demo") == 200
        hawk.verify(upstream.requests[-1], credentials=worker.credentials)
        assert worker.end() == []
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((worker.host, worker.port), 10)
    said = worker.log.read_text()
    for secret in (*before.secrets(), *worker.credentials.secrets()):
        assert secret not in said
    assert "Traceback" not in said


def test_the_flags_of_newer_workers(upstream: Upstream, tmp_path: Path) -> None:
    executable = Path(sys.executable).with_name("tcproxy")
    more = ["--allowed-user", "root", "--allowed-network", "172.18.0.0/16"]
    with Worker(executable, upstream.url, tmp_path / "worker.log", more) as worker:
        worker.wait_for_port()
        assert worker.ask("GET", "/queue/v1/ping") == 200


def test_a_worker_that_no_proxy_would_admit(upstream: Upstream, tmp_path: Path) -> None:
    """It hands over credentials by standard input, and dies without a word."""
    executable = Path(sys.executable).with_name("tcproxy")
    log, more = tmp_path / "worker.log", ["--credentials-stdin", "--allowed-user", "root"]
    with Worker(executable, upstream.url, log, more) as worker:
        worker.wait_for_port()
        worker.write_credentials(hawk.temporary(*SCOPES, "another:scope"))
        assert worker.ask("GET", "/secrets/v1/secret/project/demo") == 200
        hawk.verify(upstream.requests[-1], credentials=worker.credentials)
        assert worker.ask("PUT", "/credentials", worker.credentials.body()) == 404
        worker.process.stdin.close()
        assert worker.process.wait(DEADLINE) == 0
    for secret in worker.credentials.secrets():
        assert secret not in log.read_text()


def test_the_readme_names_the_flags_that_the_worker_gives() -> None:
    worker_py = Path(__file__).read_text()
    given = set(re.findall(r'"(--[a-z-]+)"', worker_py))
    assert given <= set(re.findall(r"`(--[a-z-]+)`", README))


def test_the_readme_shows_configuration_that_is_json() -> None:
    (block,) = re.findall(r"```json\n(.*?)```", README, re.DOTALL)
    assert set(json.loads(block)) == {"taskclusterProxyExecutable", "taskclusterProxyPort"}


def test_a_start_that_fails_is_noticed_at_once(tmp_path: Path) -> None:
    """The worker would poll for a minute; the log says why."""
    with Worker(Path(sys.executable).with_name("tcproxy"), "nonsense", tmp_path / "log") as worker:
        assert worker.process.wait(DEADLINE) == 2
    (line,) = worker.log.read_text().splitlines()
    assert line.startswith("tcproxy: --root-url")
