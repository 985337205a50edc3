"""The Dockerfile: what it says, and what its steps make, with and without a container engine."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.deploy import building, images
from tests.deploy.building import ROOT
from tests.harness.daemon import Daemon

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
            "import os, sys, tcproxy.__main__, tcproxy.daemon, tcproxy.check_health;"
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
