"""`bench transfers` runs and tells what it found; how fast anything is, is not tested here."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bench import tools
from bench.errors import BenchError
from tests.harness.daemon import ROOT, environment

if TYPE_CHECKING:
    from pathlib import Path


def run(*args: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bench", "transfers", *map(str, args)],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_it_prints_a_table_and_writes_json(tmp_path: Path) -> None:
    try:
        tools.find()
    except BenchError as error:
        pytest.skip(f"the benchmark {error}")
    done = run("--mib", 1, "--rounds", 1, "--output", tmp_path)
    assert done.returncode == 0, done.stderr
    for head in ("MiB/s", "official = 1", "CPU s", "added MiB", "uploads", "downloads"):
        assert head in done.stdout
    assert done.stdout == (tmp_path / "table.md").read_text()
    data = json.loads((tmp_path / "results.json").read_text())
    assert {"date", "machine", "clients", "nginx"} <= data["machine"].keys()
    results = data["results"]
    measured = {
        (each["client"], each["face"], each["direction"]): each
        for each in results
        if each["parallel"] == 1
    }
    assert len(measured) == 8
    assert len(results) == 10
    for (client, face, direction), each in measured.items():
        assert each["mib_per_second"] > 0
        (one,) = each["rounds"]
        (other,) = measured["official", face, direction]["rounds"]
        assert each["ratios_to_official"] == [pytest.approx(other["seconds"] / one["seconds"])]
        assert client in ("official", "tcproxy-client")
    told = {figure["figure"]: figure for figure in data["figures"]}
    assert told["down, 1 MiB, tcproxy-client, sync: throughput, official = 1"]["target"] == 2
    assert told["up, 1 MiB, tcproxy-client, async: throughput, official = 1"]["target"] == 1
    assert told["down, 1 MiB, tcproxy-client, async: memory added, MiB"]["target"] == 64


def test_a_wrong_number_is_one_line() -> None:
    done = run("--mib", 0)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "bench transfers: argument --mib: '0' is no number from 1 to 16384; see --help\n"
    )
