"""docs/cli.md and the client's README: what they show is what happens."""

from __future__ import annotations

import doctest
import re
import subprocess
from typing import TYPE_CHECKING

import pytest
from tcproxy_client._cli.program import program

from tests.cli.running import TIMEOUT, on_path
from tests.harness.daemon import ROOT

if TYPE_CHECKING:
    from tests.cli.running import CommandLine

PAGE = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
README = (ROOT / "client" / "README.md").read_text(encoding="utf-8")
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def sessions(text: str) -> list[str]:
    """The shown sessions of a page."""
    return re.findall(r"```console\n(.*?)```", text, re.DOTALL)


@pytest.mark.parametrize("session", sessions(PAGE) + sessions(README))
def test_a_session_goes_as_it_is_shown(client: CommandLine, session: str) -> None:
    for step in re.split(r"^\$ ", session, flags=re.MULTILINE)[1:]:
        command, _, wanted = step.partition("\n")
        done = subprocess.run(
            ["bash", "-c", on_path(client.directory / "bin") + command],
            env=client.environment(),
            cwd=client.directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
        assert doctest.OutputChecker().check_output(wanted, done.stdout, FLAGS), (
            f"{command}\n{done.stdout}"
        )


def test_every_command_is_told_of() -> None:
    headings = " ".join(re.findall(r"^## (.*)$", PAGE, re.MULTILINE))
    for name in program.members:
        assert name in headings or name == "version"
