"""deploy/compose: a task beside its proxy, as the file says; checked without a container engine."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy import building, images
from tests.deploy.building import ROOT
from tests.harness.daemon import environment

FOLDER = ROOT / "deploy" / "compose"
FILE = yaml.safe_load((FOLDER / "compose.yaml").read_text())
PROXY, TASK = FILE["services"]["tcproxy"], FILE["services"]["task"]
README = (FOLDER / "README.md").read_text()
FINAL = images.read((ROOT / "Dockerfile").read_text())[-1]

KEYS = {
    "build", "cap_drop", "command", "depends_on", "environment", "healthcheck", "image",
    "mem_limit", "networks", "read_only", "restart", "secrets", "security_opt",
    "stop_grace_period", "sysctls",
}  # fmt: skip
"""Of the Compose specification's services, those that the file uses."""


def test_compose_itself_reads_it() -> None:
    env = {**environment(), "TASKCLUSTER_ROOT_URL": "https://tc.example.com"}
    for command in (["docker", "compose"], ["podman", "compose"]):
        if shutil.which(command[0]) is None:
            continue
        known = subprocess.run([*command, "version"], env=env, capture_output=True, check=False)
        if known.returncode == 0:
            building.run([*command, "-f", FOLDER / "compose.yaml", "config", "--quiet"], env=env)
            return
    pytest.skip("there is neither docker compose nor podman compose")


def test_it_has_no_key_that_is_not_of_the_specification() -> None:
    assert set(FILE) == {"name", "services", "networks", "secrets"}
    assert set(FILE["services"]) == {"tcproxy", "task"}
    assert set(PROXY) | set(TASK) == KEYS
    assert set(PROXY["healthcheck"]) == {"test", "interval", "timeout", "retries", "start_period"}


def test_the_task_waits_until_the_proxy_is_healthy() -> None:
    assert TASK["depends_on"] == {"tcproxy": {"condition": "service_healthy"}}
    command, *test = PROXY["healthcheck"]["test"]
    assert command == "CMD"
    # The same as the image's own, only sooner.
    assert FINAL.last("HEALTHCHECK").value.endswith(f"CMD {str(test).replace(chr(39), chr(34))}")


def test_the_task_reaches_the_proxy_by_its_usual_name_and_nothing_else() -> None:
    assert TASK["networks"] == ["task"]
    assert FILE["networks"]["task"] == {"internal": True}
    assert PROXY["networks"]["task"] == {"aliases": ["taskcluster"]}
    assert set(PROXY["networks"]) == set(FILE["networks"])
    assert any("http://taskcluster/" in word for word in TASK["command"])
    assert "ports" not in PROXY


def test_credentials_are_the_proxys_alone() -> None:
    (secret,) = PROXY["secrets"]
    assert set(FILE["secrets"]) == {secret}
    assert "secrets" not in TASK
    assert f"--credentials-file=/run/secrets/{secret}" in PROXY["command"]


@pytest.mark.parametrize("service", [PROXY, TASK], ids=["tcproxy", "task"])
def test_the_containers_may_do_little(service: dict[str, Any]) -> None:
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert re.fullmatch(r".+:\d[^:]*", service["image"])


def test_it_may_finish_what_runs() -> None:
    flags = (ROOT / "README.md").read_text()
    (drain,) = re.findall(r"`--drain-timeout`.*\| ([0-9.]+) \|", flags)
    assert int(PROXY["stop_grace_period"].removesuffix("s")) > float(drain)


def test_its_settings_are_the_daemons() -> None:
    help_text = building.run([Path(sys.executable).with_name("tcproxy"), "--help"])
    for argument in PROXY["command"]:
        assert argument.partition("=")[0] in help_text
    named = re.findall(r"TCPROXY_[A-Z_]+|TASKCLUSTER_[A-Z_]+", README)
    for name in {*PROXY["environment"], *named}:
        assert name in help_text


def test_the_image_is_built_from_the_projects_folder() -> None:
    assert (FOLDER / PROXY["build"]["context"]).resolve() == ROOT
