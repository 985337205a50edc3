"""deploy/systemd: the units are right, strict, and what they start serves."""

from __future__ import annotations

import contextlib
import re
import shlex
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy import building
from tests.deploy.building import ROOT
from tests.harness import hawk
from tests.harness.daemon import Daemon
from tests.harness.upstream import Upstream

UNITS = ROOT / "deploy" / "systemd"
SERVICE = (UNITS / "tcproxy.service").read_text()
SOCKET = (UNITS / "tcproxy.socket").read_text()
README = (UNITS / "README.md").read_text()
ACTIVATE = ROOT / "tests" / "security" / "activate.py"

# prctl(2): PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN; what MemoryDenyWriteExecute= does as well.
DENY_WRITE_EXECUTE = (
    "import ctypes, os, sys; ctypes.CDLL(None).prctl(65, 1, 0, 0, 0) and sys.exit(77);"
    "os.execv(sys.argv[1], sys.argv[1:])"
)


def value(unit: str, key: str) -> str:
    """Return the last value of a setting."""
    values: list[str] = re.findall(rf"(?m)^{key}=(.*)$", unit)
    return values[-1]


class TestUnits:
    @pytest.fixture
    def installed(self, tmp_path: Path) -> Path:
        """The units, with a program that is there."""
        if shutil.which("systemd-analyze") is None:
            pytest.skip("systemd-analyze is not installed")
        program = value(SERVICE, "ExecStart").split()[0]
        (tmp_path / "tcproxy.service").write_text(SERVICE.replace(program, "/bin/true"))
        (tmp_path / "tcproxy.socket").write_text(SOCKET)
        return tmp_path

    def test_systemd_finds_nothing_wrong(self, installed: Path) -> None:
        units = [installed / "tcproxy.service", installed / "tcproxy.socket"]
        done = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", *units],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")

    def test_a_mistake_would_be_found(self, installed: Path) -> None:
        with (installed / "tcproxy.socket").open("a") as unit:
            unit.write("[Socket]\nListenStraem=1\n")
        done = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", installed / "tcproxy.socket"],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert "ListenStraem" in done.stderr

    def test_little_is_exposed(self, installed: Path) -> None:
        command = ["systemd-analyze", "security", "--no-pager", "--offline=true"]
        said = building.run([*command, installed / "tcproxy.service"])
        score = re.search(r"Overall exposure level for tcproxy\.service: ([0-9.]+)", said)
        assert score, said
        assert float(score[1]) < 1.6

    def test_the_hardening_that_operators_look_for(self) -> None:
        for key in ("NoNewPrivileges", "PrivateTmp", "MemoryDenyWriteExecute", "DynamicUser"):
            assert value(SERVICE, key) == "yes"
        assert value(SERVICE, "ProtectSystem") == "strict"
        assert value(SERVICE, "Type") == "notify"
        assert value(SERVICE, "CapabilityBoundingSet") == ""
        assert value(SOCKET, "IPAddressAllow") == "localhost"

    def test_no_secret_is_on_the_command_line(self) -> None:
        assert "--credentials-file=%d/credentials.json" in value(SERVICE, "ExecStart")
        assert value(SERVICE, "LoadCredential").startswith("credentials.json:")

    def test_it_may_finish_what_runs(self) -> None:
        drain = float(re.findall(r"`--drain-timeout`.*\| ([0-9.]+) \|", _settings())[0])
        assert int(value(SERVICE, "TimeoutStopSec").removesuffix("s")) > drain


def _settings() -> str:
    return (ROOT / "README.md").read_text()


def test_what_the_units_start_serves_on_their_sockets(upstream: Upstream, tmp_path: Path) -> None:
    """systemd's part is played: sockets, the folder of credentials, notification, and memory."""
    denied = [sys.executable, "-c", DENY_WRITE_EXECUTE]
    if subprocess.run([*denied, shutil.which("true") or "true"], check=False).returncode == 77:
        pytest.skip("this kernel has no PR_SET_MDWE (Linux 6.3)")
    (tmp_path / "credentials.json").write_bytes(hawk.DEFAULT.body())
    line = value(SERVICE, "ExecStart").replace("%d", str(tmp_path))
    program, *arguments = shlex.split(line)
    installed = str(Path(sys.executable).with_name(Path(program).name))
    path = str(tmp_path / "tcproxy.sock")
    with contextlib.ExitStack() as stack:
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        unix = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        unix.bind(path)
        unix.listen()
        notify = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        notify.bind(str(tmp_path / "notify"))
        notify.settimeout(30)
        fds = [tcp.fileno(), unix.fileno()]
        activate = [sys.executable, str(ACTIVATE), ",".join(map(str, fds))]
        daemon = Daemon(
            launcher=[*activate, *denied],
            program=[installed, *arguments],
            env={
                "TASKCLUSTER_ROOT_URL": upstream.url,
                "NOTIFY_SOCKET": str(tmp_path / "notify"),
                "WATCHDOG_USEC": "30000000",
            },
            port=None,
            pass_fds=fds,
            serve=False,
        )
        stack.enter_context(daemon)
        told = {notify.recv(4096).decode() for _ in range(2)}
        assert told == {"READY=1", "WATCHDOG=1"}
        daemon.wait_until_serving()
        assert daemon.request("GET", "/queue/v1/ping").status == 200
        hawk.verify(upstream.only_request())
        refused = daemon.request("PUT", "/credentials", body=hawk.DEFAULT.body())
        assert refused.status == 403
        assert any(path in line for line in daemon.stderr_lines)


def test_the_readme_names_the_files_of_the_service() -> None:
    for name in ("/etc/tcproxy/environment", "credentials.json", "/opt/tcproxy/bin/"):
        assert name in README
        assert name in SERVICE
