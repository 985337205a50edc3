"""The benchmark runs and tells what it found; how fast anything is, is not tested here."""

from __future__ import annotations

import importlib.util
import json
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import __main__ as benchmark
from bench import tools
from bench.errors import BenchError
from bench.plan import turns
from bench.samples import Place, Sample, summarise
from tests.harness.daemon import ROOT, environment, wait_until

PEER = """
import argparse, http.server, urllib.request

parser = argparse.ArgumentParser()
for flag in ("--port", "--ip-address", "--root-url"):
    parser.add_argument(flag, required=True)
options = parser.parse_args()
answers = 0

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        global answers
        answers += 1
        body = b""
        if answers == 1:
            with urllib.request.urlopen(options.root_url + self.path) as response:
                body = response.read()
        self.send_response(503 if answers % 2 == 0 else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass

address = options.ip_address, int(options.port)
http.server.ThreadingHTTPServer(address, Handler).serve_forever()
"""


@pytest.fixture
def needs_tools() -> None:
    """Skip where the programs are missing that the benchmark needs."""
    try:
        tools.find()
    except BenchError as error:
        pytest.skip(f"the benchmark {error}")


def run(*args: object, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bench", *map(str, args)],
        cwd=ROOT,
        env=environment(env),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


@pytest.mark.usefixtures("needs_tools")
def family(process: psutil.Process) -> list[psutil.Process]:
    return process.children(recursive=True)


class TestRuns:
    def test_it_prints_a_table_and_writes_json_and_a_plot(self, tmp_path: Path) -> None:
        cases = ["get-plain", "download-tls", "start-plain"]
        only = [word for case in cases for word in ("--only", case)]
        done = run("--quick", "--rounds", 1, "--callers", 1, "--output", tmp_path, *only)
        assert done.returncode == 0, done.stderr
        for head in ("requests/s", "median µs", "CPU µs", "MiB/s", "first byte ms", "idle MiB"):
            assert head in done.stdout
        assert "FLAWED" not in done.stdout
        assert done.stdout == (tmp_path / "table.md").read_text()

        data = json.loads((tmp_path / "results.json").read_text())
        assert {"date", "machine", "tcproxy", "nginx", "wrk"} <= data["machine"].keys()
        servers = {case: servers_of(data, case) for case in cases}
        assert servers["get-plain"].keys() == {"direct", "nginx", "tcproxy"}
        assert servers["download-tls"].keys() == {"direct", "nginx", "tcproxy"}
        assert servers["start-plain"].keys() == {"nginx", "tcproxy"}
        get = servers["get-plain"]["tcproxy"]
        for name in ("requests_per_second", "median_latency_us", "cpu_per_request_us"):
            assert get["values"][name] > 0
            nginx = servers["get-plain"]["nginx"]["values"][name]
            assert get["ratios_to_nginx"][name] == pytest.approx(get["values"][name] / nginx)
        download = servers["download-tls"]["tcproxy"]["values"]
        assert download["mib_per_second"] > 0
        assert download["first_byte_ms"] > 0
        # It never holds the body, and the peak is that of a whole Python at least.
        assert 10 < download["peak_memory_mib"] < 100
        start = servers["start-plain"]["tcproxy"]["values"]
        assert start["first_answer_ms"] > 0
        assert start["idle_memory_mib"] > 10
        told = {figure["figure"]: figure for figure in data["figures"]}
        latency = told["GET, plain, 1 caller: median latency, nginx = 1"]
        assert (latency["target"], latency["aim"]) == (1.9, 1.4)
        assert latency["result"] in ("aim", "met", "NOT MET")
        assert "idle memory, plain, MiB" in told

        if importlib.util.find_spec("matplotlib"):
            assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")
        else:
            assert "no plot: matplotlib is missing" in done.stderr

    def test_a_run_with_errors_is_flagged(self, tmp_path: Path) -> None:
        script = tmp_path / "peer.py"
        script.write_text(PEER)
        peer = shlex.join([sys.executable, str(script)])
        args = ("--quick", "--rounds", 1, "--callers", 1, "--only", "get-plain")
        done = run(*args, "--json", "--output", tmp_path, "--peer", peer)
        assert done.returncode == 0, done.stderr
        data = json.loads(done.stdout)
        errors = {name: each["errors"] for name, each in servers_of(data, "get-plain").items()}
        flawed = errors.pop("peer")
        assert flawed > 0
        assert errors == {"direct": 0, "nginx": 0, "tcproxy": 0}
        table = (tmp_path / "table.md").read_text()
        assert "FLAWED" in table
        assert f"get-plain, 1 callers, peer: {flawed}" in table
        against = [each for each in data["figures"] if "peer = 1" in each["figure"]]
        assert [each["target"] for each in against] == [1.0]

    def test_a_peer_that_does_not_start_is_one_line(self, tmp_path: Path) -> None:
        peer = shlex.join([sys.executable, "-c", "raise SystemExit('no such flag')"])
        done = run("--quick", "--only", "get-plain", "--output", tmp_path, "--peer", peer)
        assert done.returncode == 1
        assert done.stderr == "bench: peer ended with exit code 1: no such flag\n"

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
    def test_its_servers_end_with_it(self, tmp_path: Path, number: signal.Signals) -> None:
        args = ["--seconds", "60", "--callers", "1", "--only", "get-plain"]
        with subprocess.Popen(
            [sys.executable, "-m", "bench", *args, "--output", str(tmp_path)],
            cwd=ROOT,
            env=environment({"TMPDIR": str(tmp_path)}),
            stderr=subprocess.DEVNULL,
        ) as process:
            bench = psutil.Process(process.pid)
            try:
                # The load comes last: then nginx runs twice, with a worker each, tcproxy and wrk.
                # Before that, wrk is asked for its version.
                wait_until(lambda: "wrk" in names(bench) and len(family(bench)) >= 6, 30)
                started = family(bench)
            finally:
                process.send_signal(number)
        _, alive = psutil.wait_procs(started, timeout=30)
        assert not alive
        if number == signal.SIGTERM:
            assert process.returncode == 128 + number
            assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("args", "line"),
    [
        (["--only", "foo"], "argument --only: invalid choice: 'foo'"),
        (["--rounds", "0"], "argument --rounds: '0' is no number from 1 to 100"),
        (["--seconds", "1e9"], "argument --seconds: '1e9' is no number from 1 to 60"),
        (["--callers", "-1"], "argument --callers: '-1' is no number from 1 to 1000"),
        (["--peer", "/missing --x"], "argument --peer: '/missing' is no program"),
        (["--peer", "'"], 'argument --peer: "\'" is no command: No closing quotation'),
        (["--peer", ""], "argument --peer: '' is no program"),
        (["all"], "unrecognized arguments: all"),
    ],
)
def test_bad_arguments_are_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], args: list[str], line: str
) -> None:
    monkeypatch.setattr(sys, "argv", ["bench", *args])
    with pytest.raises(SystemExit) as end:
        benchmark.main()
    assert end.value.code == 2
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1
    assert said.startswith(f"bench: {line}"), said


def test_a_bad_argument_ends_the_process(tmp_path: Path) -> None:
    done = run("--output", tmp_path, "all")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "bench: unrecognized arguments: all; see --help\n"


def test_missing_programs_are_one_line(tmp_path: Path) -> None:
    done = run("--quick", env={"PATH": str(tmp_path)})
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "wrk; on Debian: sudo apt-get install" in done.stderr


def test_without_root_nothing_is_installed(tmp_path: Path) -> None:
    (tmp_path / "id").write_text("#!/bin/sh\necho 1000\n")
    (tmp_path / "apt-get").write_text(f"#!/bin/sh\ntouch '{tmp_path}/called'\n")
    for program in ("id", "apt-get"):
        (tmp_path / program).chmod(0o755)
    done = subprocess.run(
        [ROOT / "bench" / "install"],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "wrk; on Debian: sudo apt-get install" in done.stderr
    assert not (tmp_path / "called").exists()


@given(st.lists(st.integers(), min_size=1, max_size=6, unique=True))
def test_each_comes_first_and_last_as_often(items: list[int]) -> None:
    orders = [turns(items, number) for number in range(2 * len(items))]
    assert all(sorted(order) == sorted(items) for order in orders)
    for end in (0, -1):
        assert sorted(order[end] for order in orders) == sorted(2 * items)


def test_medians_ratios_and_spreads() -> None:
    speeds = {"nginx": [10.0, 20.0, 30.0], "tcproxy": [5.0, 20.0, 6.0]}
    samples = [
        Sample(Place("get-plain", 1, name), number, {"requests_per_second": speed}, {"read": 1})
        for name, column in speeds.items()
        for number, speed in enumerate(column)
    ]
    found = summarise(samples)[Place("get-plain", 1, "tcproxy")]
    assert found.values == {"requests_per_second": 6.0}
    assert found.ratios == {"requests_per_second": pytest.approx(0.3)}
    assert found.spreads == {"requests_per_second": (0.2, 1.0)}
    assert found.errors == 3


def servers_of(data: dict[str, Any], case: str) -> dict[str, Any]:
    return {each["server"]: each for each in data["results"] if each["case"] == case}


def names(process: psutil.Process) -> set[str]:
    found = set()
    for child in process.children(recursive=True):
        try:
            found.add(child.name())
        except psutil.NoSuchProcess:
            continue
    return found
