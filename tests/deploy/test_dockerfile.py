"""The Dockerfile: what it says, and what its steps make, with and without a container engine."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy import building, images
from tests.deploy.building import ROOT
from tests.harness.daemon import START_TIMEOUT, Daemon, wait_until

pytestmark = pytest.mark.timeout(300)  # what is built may have to be downloaded

DOCKERFILE = ROOT / "Dockerfile"
STAGES = images.read(DOCKERFILE.read_text())
BUILD, FINAL = STAGES
LIMIT = 100 * 1024 * 1024
LARGEST_BASE = 50 * 1024 * 1024
"""More than python:3.13-alpine takes unpacked (about 46 MB), which is not at hand here."""

SECRET = "/secrets/v1/secret/demo"
ASK = f"from urllib.request import urlopen; print(urlopen('http://127.0.0.1{SECRET}').read())"


class TestWhatItSays:
    def test_hadolint_finds_nothing(self) -> None:
        tool = Path(sys.executable).with_name("hadolint")
        assert building.run([tool, "--failure-threshold", "style", DOCKERFILE]) == ""

    def test_it_runs_as_an_ordinary_user_with_a_fixed_number(self) -> None:
        user, _, group = FINAL.last("USER").value.partition(":")
        assert int(user) == int(group) > 1000

    def test_nothing_but_what_was_built_gets_into_it(self) -> None:
        assert BUILD.base == FINAL.base == "python:3.13-alpine"
        added = [step for step in FINAL.steps if step.name in {"ADD", "COPY", "RUN"}]
        assert [step.value for step in added] == ["--from=build /opt/tcproxy /opt/tcproxy"]

    def test_dependencies_are_pinned_by_hash(self) -> None:
        installs = [step.value for step in BUILD.steps if "install" in step.value]
        assert all("--require-hashes" in line or "--no-deps" in line for line in installs)

    def test_the_daemon_itself_tells_its_health(self) -> None:
        check = FINAL.last("HEALTHCHECK").value
        assert check.endswith('CMD ["tcproxy", "--check-health"]')
        assert FINAL.last("ENTRYPOINT").words == ["tcproxy"]
        assert FINAL.last("EXPOSE").value == "80"

    def test_the_context_has_what_is_copied_and_no_more(self) -> None:
        lines = (ROOT / ".dockerignore").read_text().splitlines()
        assert lines[1] == "*"
        let_in = {line[1:] for line in lines if line.startswith("!")}
        copies = [step.words[:-1] for step in BUILD.steps if step.name == "COPY"]
        assert let_in == {source for sources in copies for source in sources}


def _health_command() -> list[str]:
    words: list[str] = json.loads(FINAL.last("HEALTHCHECK").value.partition("CMD ")[2])
    return words


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> images.Tree:
    """What the steps make, in a folder."""
    if os.geteuid() != 0 or not (shutil.which("unshare") and shutil.which("nsenter")):
        pytest.skip("only root can run the steps in a tree of their own, with util-linux")
    trial = subprocess.run(
        ["unshare", "--mount", "--net", "true"], capture_output=True, text=True, check=False
    )
    if trial.returncode != 0:
        pytest.skip(f"namespaces cannot be made here: {trial.stderr.strip()}")

    def build(folder: Path) -> None:
        images.build(STAGES, folder, ROOT)

    folder = building.once(tmp_path_factory, "image", build, worker_id)
    return images.built(STAGES, folder, ROOT)


class TestInATree:
    """As a container engine runs it: read-only, without privileges, in a network of its own."""

    def test_it_serves_and_is_healthy(self, image: images.Tree) -> None:
        run = image.to_run({"TCPROXY_SANDBOX": "true"}, read_only=True, network=True)
        entrypoint = FINAL.last("ENTRYPOINT").words
        with Daemon(program=entrypoint, launcher=run.launcher(), port=None) as daemon:
            pid = daemon.process.pid
            assert daemon.address == ("0.0.0.0", 80)
            status = Path(f"/proc/{pid}/status").read_text()
            assert "\nUid:\t65532\t65532\t65532\t65532\n" in status
            healthy = images.enter(pid, run, _health_command())
            assert (healthy.returncode, healthy.stderr) == (0, "")
            # Callers of the same network.
            outside = ["nsenter", "--target", str(pid), "--net", sys.executable, "-c", ASK]
            assert "secret" in building.run(outside)
            written = images.enter(pid, run, ["touch", "/x", "/opt/tcproxy/x"])
            assert written.stderr.count("Read-only file system") == 2, written

    def test_it_is_unhealthy_when_the_deployment_is_away(self, image: images.Tree) -> None:
        settings = {
            "TASKCLUSTER_ROOT_URL": "http://127.0.0.1:1",
            "TASKCLUSTER_CLIENT_ID": "tester",
            "TASKCLUSTER_ACCESS_TOKEN": "token",
        }
        run = image.to_run(settings, read_only=True, network=True)
        entrypoint = FINAL.last("ENTRYPOINT").words
        with Daemon(program=entrypoint, launcher=run.launcher(), port=None) as daemon:
            sick = images.enter(daemon.process.pid, run, _health_command())
            assert sick.returncode == 1, sick
            assert "503" in sick.stderr

    def test_every_module_that_a_start_needs_is_compiled(self, image: images.Tree) -> None:
        code = (
            "import os, sys, tcproxy.__main__, tcproxy.daemon, tcproxy.check_health,"
            "tcproxy.command_line;"
            "files = {each.__cached__ for each in list(sys.modules.values())"
            " if getattr(each, '__cached__', None) and each.__file__.endswith('.py')};"
            "print(len(files), [file for file in files if not os.path.exists(file)])"
        )
        run = image.to_run({}, read_only=True)
        count, _, missing = building.run([*run.launcher(), "python", "-c", code]).partition(" ")
        assert int(count) > 100
        assert missing.strip() == "[]"

    def test_it_is_small(self, image: images.Tree) -> None:
        files = [each for each in (image.root / "opt").rglob("*") if not each.is_symlink()]
        size = sum(each.stat().st_size for each in files if each.is_file())
        assert size + LARGEST_BASE < LIMIT

    def test_nothing_that_only_builds_is_left(self, image: images.Tree) -> None:
        names = {each.name for each in (image.root / "opt").rglob("*")}
        assert not names & {"pip", "flit_core", "setuptools", "tests", "run.txt"}


class TestWithAnEngine:
    """Where podman is at hand, and can get the base image."""

    @pytest.fixture
    def built(self) -> Iterator[str]:
        if shutil.which("podman") is None:
            pytest.skip("podman is not installed")
        # Without limits and network of its own, which engines inside of containers cannot have.
        trial = ["run", "--rm", *_LIMITS, "--pull", "missing", FINAL.base, "python", "--version"]
        if failed := podman(*trial).stderr.strip():
            pytest.skip(f"podman cannot run {FINAL.base} here: {failed.splitlines()[-1]}")
        tag = f"localhost/tcproxy-test:{uuid.uuid4().hex}"
        authorities = "/etc/ssl/certs:/etc/ssl/certs:ro"
        done = podman("build", "--format", "docker", "--volume", authorities, "--tag", tag, ROOT)
        assert done.returncode == 0, done.stderr
        yield tag
        podman("rmi", "--force", tag)

    def test_it_builds_and_serves(self, built: str) -> None:
        sizes = [
            int(podman("image", "inspect", "--format", "{{.Size}}", name).stdout)
            for name in (built, FINAL.base)
        ]
        assert sizes[0] - sizes[1] + LARGEST_BASE < LIMIT
        name = built.rpartition(":")[2]
        hardened = ["--read-only", "--read-only-tmpfs=false", "--cap-drop", "all"]
        # Docker sets this by itself.
        ports = ["--sysctl", "net.ipv4.ip_unprivileged_port_start=0"]
        sandbox = ["--env", "TCPROXY_SANDBOX=true"]
        try:
            done = podman(
                "run", "--detach", "--name", name, *_LIMITS, *hardened, *ports, *sandbox, built
            )
            assert done.returncode == 0, done.stderr
            wait_until(
                lambda: podman("exec", name, *_health_command()).returncode == 0, START_TIMEOUT
            )
            assert "secret" in podman("exec", name, "python", "-c", ASK).stdout
            podman("stop", "--time", "20", name)
            state = podman("inspect", "--format", "{{.State.ExitCode}}", name)
            assert state.stdout.strip() == "0"
        finally:
            podman("rm", "--force", name)


_LIMITS = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024", "--network", "none"]


def podman(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["podman", *arguments], capture_output=True, text=True, timeout=280, check=False
    )
