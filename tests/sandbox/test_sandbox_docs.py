"""docs/sandbox.md: its programs run, and its tables say what is so."""

from __future__ import annotations

import inspect
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tcproxy.sandbox import ROOT_CLIENT, Sandbox
from tcproxy.sandbox.roles import Roles
from tcproxy.sandbox.services import common
from tcproxy.sandbox.services.auth import Auth
from tcproxy.sandbox.services.objects import Objects
from tcproxy.sandbox.services.queue import Queue
from tcproxy.sandbox.storage import Storage
from tests.harness.daemon import ROOT as REPOSITORY
from tests.harness.daemon import Daemon, environment

PAGE = (REPOSITORY / "docs" / "sandbox.md").read_text(encoding="utf-8")

ENVIRONMENT = {
    "PYTHONPATH": str(REPOSITORY),
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    "TASKCLUSTER_ACCESS_TOKEN": "the test suite's own, which must not matter",
}


def snippets(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def run(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "error", *args],
        cwd=folder,
        env=environment(ENVIRONMENT),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the files of the page."""
    (seed,) = snippets("json")
    names = (
        *("publish.py", "conftest.py", "test_publish.py", "test_alone.py", "program.py"),
        "test_moving.py",
    )
    for name, text in zip(("seed.json", *names), (seed, *snippets("python")), strict=True):
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_the_tests_of_the_page_pass(folder: Path) -> None:
    done = run(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout


def test_they_notice_what_a_seed_does_not_say(folder: Path) -> None:
    seed = json.loads((folder / "seed.json").read_text())
    seed["tasks"]["fN1SbArXTPSVFUUvaOlinQ"]["artifacts"]["public/target.json"] = {"json": {}}
    (folder / "seed.json").write_text(json.dumps(seed))
    done = run(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_publish.py")
    assert done.returncode == 1
    (folder / "seed.json").write_text("{")
    done = run(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_publish.py")
    assert "seed.json: Failed to parse JSON: " in done.stdout


def test_the_program_of_the_page_runs(folder: Path) -> None:
    done = run(folder, "program.py")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+ sandbox/root \S+\n", done.stdout)


def test_the_commands_of_the_page_serve(folder: Path) -> None:
    (block,) = snippets("sh")
    with_proxy, alone = (shlex.split(line, comments=True) for line in block.splitlines())
    assert with_proxy[0] == "tcproxy"
    with Daemon(*with_proxy[1:]) as daemon:
        assert daemon.request("GET", "/queue/v1/ping").status == 200
    assert alone[:2] == ["python", "-m"]
    seed = ("--seed", str(folder / "seed.json"))
    with Daemon(*seed, module=alone[2], serve=False) as sandbox:
        sandbox.wait_until(lambda: bool(sandbox.stdout_lines), 30, "print its address")
        names = re.findall(r"(TASKCLUSTER_\w+)=", sandbox.stdout_lines[0])
    assert all(f"`{name}`" in PAGE for name in names)
    assert len(names) == 3


def test_a_seed_that_is_none_is_one_line(folder: Path) -> None:
    (folder / "seed.json").write_text('{"secrets": 1}')
    done = run(folder, "-m", "tcproxy.sandbox", "--seed", "seed.json")
    assert (done.returncode, done.stdout, done.stderr) == (
        2,
        "",
        "python -m tcproxy.sandbox: seed.json: secrets must be object\n",
    )


def test_the_arguments_are_those_that_are_told() -> None:
    rows = re.findall(r"^\| (`.*?) \| .* \| .* \|$", PAGE.partition("argument of")[2], re.MULTILINE)
    told = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert told == list(inspect.signature(Sandbox).parameters)
    assert inspect.signature(Sandbox).parameters["claim_wait"].default == 20


def test_the_methods_are_those_that_are_told() -> None:
    rows = PAGE.partition("## What it has")[2].partition("Every service")[0]
    told = set(re.findall(r"`(\w+)`", rows))
    storage = Storage()
    queue = Queue(ROOT_CLIENT, storage, Objects(storage), 0)
    shared = {method.name for method in common.methods()}
    has = {
        method.name
        for service in (queue.service(), Auth(Roles({})).service())
        for method in service.methods
    }
    latest = {name for name in has if "latest" in name.lower()}
    assert len(latest) == 4
    assert told == has - shared - latest | {"latest"}
