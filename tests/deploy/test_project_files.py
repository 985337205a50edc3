"""CONTRIBUTING.md, CHANGELOG.md and the READMEs of deploy/: what they name is there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy import building
from tests.deploy.building import ROOT

CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text()
CHANGELOG = (ROOT / "CHANGELOG.md").read_text()
PAGES = sorted([ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *ROOT.glob("deploy/**/README.md")])


def commands(text: str) -> list[str]:
    """Return the lines of a page's shell blocks, and the make commands in its text."""
    blocks = re.findall(r"^ *```sh\n(.*?)^ *```", text, re.DOTALL | re.MULTILINE)
    lines = [line.strip() for block in blocks for line in block.splitlines()]
    return [*lines, *re.findall(r"`(make(?: [^`]*)?)`", text)]


def test_contributing_has_commands() -> None:
    found = commands(CONTRIBUTING)
    assert "make test ARGS=tests/pure" in found
    assert "make dist pyz" in found


@pytest.mark.parametrize("command", sorted({c for c in commands(CONTRIBUTING) if c[:4] == "make"}))
def test_make_knows_every_target_of_contributing(command: str) -> None:
    building.run(["sh", "-c", f"{command} --dry-run"])


def test_tests_that_contributing_names_run() -> None:
    (line,) = [c for c in commands(CONTRIBUTING) if "test_targets" in c]
    for path in re.findall(r"tests/\S+\.py", line):
        assert (ROOT / path).is_file()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
class TestPages:
    def test_files_that_they_name_are_there(self, page: Path) -> None:
        text = page.read_text()
        named = re.findall(
            r"`((?:tests|tcproxy|client|docs|bench|scripts|deploy|\.ci)/[^`\s]*)`", text
        )
        for name in named:
            assert list(ROOT.glob(name.rstrip("/"))), f"{page.name} names {name}"

    def test_links_lead_somewhere(self, page: Path) -> None:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
            if "://" not in target:
                assert (page.parent / target).exists(), target


class TestChangelog:
    def test_its_form(self) -> None:
        assert CHANGELOG.startswith("# Changelog\n")
        versions = re.findall(r"(?m)^## (.*)$", CHANGELOG)
        assert versions[0] == "[Unreleased]"
        for version in versions[1:]:
            assert re.fullmatch(r"\[\d+\.\d+\.\d+\] - \d{4}-\d\d-\d\d", version)
        kinds = set(re.findall(r"(?m)^### (.*)$", CHANGELOG))
        assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}

    def test_flags_that_it_names_exist(self) -> None:
        help_text = building.run([sys.executable, "-m", "tcproxy", "--help"])
        for flag in re.findall(r"`(--[a-z-]+)`", CHANGELOG):
            assert flag in help_text


def test_every_way_to_run_it_has_a_readme() -> None:
    folders = {path.name for path in (ROOT / "deploy").iterdir() if path.is_dir()}
    listed = set(re.findall(r"\]\(([a-z-]+)/README\.md\)", (ROOT / "deploy/README.md").read_text()))
    assert folders == listed


def test_no_tracked_file_is_made_by_a_build() -> None:
    """What `make dist`, `make pyz` and `docker build` leave does not turn up in a commit."""
    ignored = ["dist/tcproxy.pyz", "deploy/compose/credentials.json", "build/x"]
    done = subprocess.run(
        ["git", "check-ignore", *ignored], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode == 128:
        pytest.skip("this is no clone")
    assert done.stdout.split() == ignored
