"""docs/security.md names tests for what it says: each must exist, and each room must be named."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.harness.daemon import ROOT

DOCUMENT = ROOT / "docs" / "security.md"
HERE = Path(__file__).parent
_NAME = re.compile(r"`((?:tests/[\w/]+/)?test_\w+\.py)((?:::\w+)*)`")


def named() -> list[tuple[Path, list[str]]]:
    """Return the files that are named, each with the path to a test within, if there is one."""
    found = []
    for file, inner in _NAME.findall(DOCUMENT.read_text()):
        path = ROOT / file if file.startswith("tests/") else HERE / file
        found.append((path, [part for part in inner.split("::") if part]))
    return found


def names_in(path: Path) -> set[tuple[str, ...]]:
    """Return the tests of a file: names of functions, and of classes with their methods."""
    found: set[tuple[str, ...]] = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ClassDef):
            found |= {
                (node.name, inner.name) for inner in node.body if isinstance(inner, ast.FunctionDef)
            }
        elif isinstance(node, ast.FunctionDef):
            found.add((node.name,))
    return found


def test_each_test_that_is_named_exists() -> None:
    names = named()
    assert len(names) > 60
    missing = [
        f"{path.name}::{'::'.join(inner)}"
        for path, inner in names
        if not path.exists() or (inner and tuple(inner) not in names_in(path))
    ]
    assert missing == []


def test_each_room_of_security_tests_is_named() -> None:
    rooms = {path for path in HERE.glob("test_*.py") if path != Path(__file__)}
    assert rooms <= {path for path, _ in named()}


def test_each_line_of_a_table_names_its_test() -> None:
    """Tables whose last column is `shown by` leave no line without."""
    in_table = False
    for line in DOCUMENT.read_text().splitlines():
        if line.startswith("|") and "shown by |" in line:
            in_table = True
        elif not line.startswith("|"):
            in_table = False
        elif in_table and not line.startswith("|---"):
            assert _NAME.search(line.rpartition("| ")[2]), line
