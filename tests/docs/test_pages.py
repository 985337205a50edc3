"""The documentation: what it shows runs, what it lists is complete, and it builds.

A page is run as a reader would: its blocks one after the other, in one folder. A block after
``<!-- runs until stopped -->`` starts a daemon for those that follow; one after
``<!-- not run: reason -->`` is left out.
"""

from __future__ import annotations

import ast
import functools
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.harness.addresses import reserved_port
from tests.harness.daemon import ROOT, environment

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCS = ROOT / "docs"
PAGES = ("index.md", "moving.md", "recipes.md", "performance.md", "configuration.md")

# Pages whose blocks are parts of a whole that another test puts together.
ELSEWHERE = {
    "cli.md": "tests/cli",
    "client.md": "tests/client/test_docs.py",
    "sandbox.md": "tests/sandbox/test_sandbox_docs.py",
}

BLOCK = re.compile(
    r"(?:<!-- (?P<mark>[^>]*) -->\s*)?^(?P<indent> *)```(?P<language>\w*)\n(?P<text>.*?)^ *```$",
    re.DOTALL | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Block:
    """A block of code in a page."""

    language: str
    mark: str
    text: str


def blocks(page: str) -> list[Block]:
    text = (DOCS / page).read_text(encoding="utf-8")
    found = []
    for match in BLOCK.finditer(text):
        lines = match["text"].splitlines(keepends=True)
        own = "".join(line.removeprefix(match["indent"]) for line in lines)
        found.append(Block(match["language"], match["mark"] or "", own))
    return found


def as_script(block: Block, port: int) -> str:
    """Give the block as a part of a bash script."""
    text = block.text.replace("127.0.0.1:8080", f"127.0.0.1:{port}")
    if block.mark == "runs until stopped":
        return (
            f"TCPROXY_PORT={port} {text.strip()} 2>daemon.log & daemon=$!\n"
            "trap 'kill $daemon; wait $daemon' EXIT\n"
            f"until curl -sfo /dev/null http://127.0.0.1:{port}/__lbheartbeat__; do\n"
            "    kill -0 $daemon; sleep 0.1\ndone\n"
        )
    if block.language == "python":
        return f"python3 -W error::SyntaxWarning - <<'END OF PROGRAM'\n{text}END OF PROGRAM\n"
    return text


@pytest.fixture
def deployment() -> Iterator[dict[str, str]]:
    """The variables of a deployment, for pages that start from one."""
    command = [sys.executable, "-m", "tcproxy.sandbox", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        words = shlex.split(process.stdout.readline())
        yield dict(word.split("=", 1) for word in words if "=" in word)
        process.terminate()


@pytest.mark.parametrize("page", PAGES)
def test_what_the_page_shows_runs(
    page: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    has_deployment = page == "configuration.md"
    own = request.getfixturevalue("deployment") if has_deployment else {}
    # Its settings files are for test_configuration.py.
    code = [block for block in blocks(page) if block.language != "toml"]
    shown = [block for block in code if not block.mark.startswith("not run: ")]
    assert {block.language for block in shown} <= {"sh", "python"}
    with reserved_port() as port:
        parts = [f"echo '--- block {i}' >&2\n{as_script(b, port)}" for i, b in enumerate(shown)]
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", "".join(parts)],
            cwd=tmp_path,
            env=environment(own)
            | {"PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"},
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    if page == "index.md":
        assert done.stdout.count("correct horse") == 2
    if page == "recipes.md":
        assert "all is well" in done.stdout
        assert done.stdout.count('"version": "1.2.3"') == 2


def test_no_page_has_code_that_is_not_run() -> None:
    with_code = {page.name for page in DOCS.glob("*.md") if blocks(page.name)}
    assert with_code - set(PAGES) - set(ELSEWHERE) == set()
    assert all((ROOT / path).exists() for path in ELSEWHERE.values())


@functools.cache
def daemon_sources() -> list[ast.Module]:
    folder = ROOT / "tcproxy"
    files = [path for path in folder.rglob("*.py") if "sandbox" not in path.parts]
    return [ast.parse(path.read_text(encoding="utf-8")) for path in files]


def calls(name: str) -> list[ast.Call]:
    """Return the calls of a function or class of that name in the daemon."""
    found = []
    for tree in daemon_sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                called = node.func
                own = called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")
                if own == name:
                    found.append(node)
    return found


def test_the_page_of_endpoints_has_every_error() -> None:
    page = (DOCS / "endpoints.md").read_text(encoding="utf-8")
    listed = set()
    for status, codes in re.findall(r"^\| (\d{3}) \| (`.*?) \|", page, re.MULTILINE):
        listed |= {(int(status), code) for code in re.findall(r"`(\w+)`", codes)}
    made = {
        (ast.literal_eval(call.args[0]), ast.literal_eval(call.args[1]))
        for call in calls("Refusal")
        if len(call.args) > 1 and isinstance(call.args[0], ast.Constant)
    }
    assert len(made) > 15
    assert listed == made


def test_the_page_of_operations_has_every_event() -> None:
    page = (DOCS / "operations.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `([^`]+)` \| (?:debug|info|warning|error)", page, re.MULTILINE))
    made = set()
    for level in ("debug", "info", "warning", "error", "exception"):
        for call in calls(level):
            event = call.args[0] if call.args else None
            if isinstance(event, ast.Constant):
                made.add(event.value)
            elif isinstance(event, ast.JoinedStr) and isinstance(event.values[0], ast.Constant):
                made.add(str(event.values[0].value) + "...")
    assert len(made) > 8
    assert listed == made | {"request"}
