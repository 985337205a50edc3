"""docs/configuration.md: its files are read by the daemon as they stand."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from tests.harness import daemon as process

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "configuration.md").read_text()


def files() -> dict[str, str]:
    """Return the page's settings file, and one of all lines in the table."""
    block = re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    assert block
    lines = re.findall(r"\| `([a-z_]+ = .*?)` \|", PAGE)
    return {"block": block[1], "table": "\n".join(lines) + "\n"}


@pytest.mark.parametrize("name", ["block", "table"])
def test_it_is_a_settings_file(tmp_path: Path, name: str) -> None:
    text = files()[name]
    path = tmp_path / "tcproxy.toml"
    path.write_text(text)
    done = process.run("--print-config", "--config", str(path))
    assert (done.code, done.stderr) == (0, "")
    assert done.stdout.count(f"# file {path}") == len(tomllib.loads(text)) >= 6
