"""docs/reliability.md names the test for each promise: each must exist, and each file be named."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.harness.daemon import ROOT

DOCUMENT = ROOT / "docs" / "reliability.md"
HERE = Path(__file__).parent
_NAME = re.compile(r"`((?:tests/[\w/]+/)?test_\w+\.py)((?:::\w+)*)`")


def named() -> list[tuple[Path, str]]:
    return [
        (ROOT / file if file.startswith("tests/") else HERE / file, inner.rpartition("::")[2])
        for file, inner in _NAME.findall(DOCUMENT.read_text())
    ]


def functions_in(path: Path) -> set[str]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, kinds)}


def test_each_test_that_is_named_exists() -> None:
    names = named()
    assert len(names) > 25
    missing = [
        (path.name, inner)
        for path, inner in names
        if not path.exists() or (inner and inner not in functions_in(path))
    ]
    assert missing == []


def test_each_file_of_tests_is_named() -> None:
    rooms = {path for path in HERE.glob("test_*.py") if path != Path(__file__)}
    assert rooms <= {path for path, _ in named()}
