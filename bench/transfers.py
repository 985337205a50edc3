"""Uploads and downloads of tcproxy-client beside those of the official client: `bench transfers`.

Each measurement is a process of its own (`bench.transfers_run`). All talk to one stand-in of the
object service and of a storage for uploads (`bench.transfers_service`), and download from nginx.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import datetime as dt
import importlib.metadata
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from bench import machine, nginx, records, table, tools
from bench.errors import BenchError
from bench.exchange import first_connection
from bench.figures import Figure
from bench.plan import Plan, turns
from bench.processes import HOST, Command, end_with_parent, free_ports, running

NAME = "transfers"

OFFICIAL, OURS = "official", "tcproxy-client"
UP, DOWN = "up", "down"

_ROOT = Path(__file__).resolve().parents[1]
_RESULTS = Path(__file__).with_name("results")
_FILE = "object"
_PARALLEL = 4
_SECONDS_PER_MIB = 1.0
_LEAST_SECONDS = 60.0
_MOST_MIB, _MOST_ROUNDS = 16 * 1024, 100
_MEMORY_MIB = 64.0
_TWICE = 2.0


@dataclass(frozen=True, slots=True)
class Contender:
    """A client in one of its faces.

    Attributes:
        client: whose: `official` or `tcproxy-client`.
        face: `sync` or `async`.
        direction: `up` or `down`.
        parallel: how many ranges it downloads at a time.
    """

    client: str
    face: str
    direction: str
    parallel: int = 1

    @property
    def name(self) -> str:
        """What the tables call it."""
        ranges = f", {self.parallel} ranges" if self.parallel > 1 else ""
        return f"{self.client}, {self.face}{ranges}"

    @property
    def yardstick(self) -> Contender:
        """The official client's way to do the same."""
        return Contender(OFFICIAL, self.face, self.direction)


CONTENDERS = (
    *(
        Contender(client, face, direction)
        for direction in (UP, DOWN)
        for face in ("sync", "async")
        for client in (OFFICIAL, OURS)
    ),
    *(Contender(OURS, face, DOWN, _PARALLEL) for face in ("sync", "async")),
)


@dataclass(frozen=True, slots=True)
class Run:
    """One transfer.

    Attributes:
        seconds: how long it took.
        cpu_seconds: user and system time of the client's process.
        added_mib: by how much the peak of its memory rose.
    """

    seconds: float
    cpu_seconds: float
    added_mib: float


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"bench {NAME}: {message}; see --help\n")


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark, and return the exit code.

    Args:
        arguments: of the command line.
    """
    options = _parser().parse_args(arguments)
    try:
        _run(options)
    except BenchError as error:
        _say(f"bench: {error}")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog=f"bench {NAME}",
        description="Measure uploads and downloads of tcproxy-client beside the official client.",
    )
    parser.add_argument("--mib", type=_number(_MOST_MIB), default=1024, help="size (%(default)s)")
    parser.add_argument(
        "--rounds", type=_number(_MOST_ROUNDS), default=5, help="how often (%(default)s)"
    )
    parser.add_argument(
        "--only", choices=(UP, DOWN), help="measure only uploads, or only downloads"
    )
    parser.add_argument(
        "--files",
        action="store_true",
        help="write downloads to a file, so that the disk counts; without it they are dropped",
    )
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FOLDER",
        help="where table and JSON go (bench/results/<date and time>-transfers)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    return parser


def _number(most: int) -> Any:
    def number(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to {most}")
        return int(text)

    return number


def _run(options: argparse.Namespace) -> None:
    programs = tools.find()
    stamp = dt.datetime.now(dt.UTC).strftime("%Y-%m-%d-%H%M%S")
    folder = options.output or _RESULTS / f"{stamp}-{NAME}"
    plan = Plan(options.rounds, 0, (), warm_up=False, peer=None)
    described = {
        **machine.describe(programs, plan),
        "plan": f"{options.rounds} rounds of {options.mib} MiB, each in a new process; downloads "
        f"go to {'a file' if options.files else 'nowhere'}",
        "clients": ", ".join(
            f"{name} {importlib.metadata.version(name)}"
            for name in ("taskcluster", "tcproxy-client", "urllib3", "aiohttp")
        ),
    }
    described.pop("wrk")
    chosen = [each for each in CONTENDERS if options.only in (None, each.direction)]
    found: dict[Contender, list[Run]] = {each: [] for each in chosen}
    try:
        with _field(programs.nginx, options.mib) as field:
            for number in range(options.rounds):
                for contender in turns(chosen, number):
                    run = field.measure(contender, files=options.files)
                    _say(
                        f"{contender.direction}, round {number + 1} of {options.rounds}, "
                        f"{contender.name}: {options.mib / run.seconds:.0f} MiB/s, "
                        f"{run.added_mib:.1f} MiB added"
                    )
                    found[contender].append(run)
    finally:
        # what was measured before something went wrong has taken its time, too
        if any(found.values()):
            measured = {each: runs for each, runs in found.items() if runs}
            _report(described, measured, options.mib, folder, as_json=options.json)


@dataclass(frozen=True, slots=True)
class _Field:
    """Where they meet.

    Attributes:
        service: URL of the object service.
        folder: for files.
        mib: how much is moved.
    """

    service: str
    folder: Path
    mib: int

    def measure(self, contender: Contender, *, files: bool) -> Run:
        """Let a client move the object in a process of its own.

        Raises:
            BenchError: it did not move it, or not in time.
        """
        target = self.folder / "target"
        job = {
            **dataclasses.asdict(contender),
            "service": self.service,
            "source": str(self.folder / "files" / _FILE),
            "target": str(target) if files else None,
            "name": _FILE,
            "size": self.mib << 20,
        }
        try:
            done = subprocess.run(
                [sys.executable, "-m", "bench.transfers_run", json.dumps(job)],
                cwd=_ROOT,
                capture_output=True,
                text=True,
                timeout=_LEAST_SECONDS + self.mib * _SECONDS_PER_MIB,
                preexec_fn=end_with_parent,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise BenchError(f"{contender.name} does not end") from None
        finally:
            target.unlink(missing_ok=True)
        if done.returncode:
            words = done.stderr.strip().splitlines() or ["it said nothing"]
            raise BenchError(f"{contender.name} failed: {words[-1]}")
        return Run(**json.loads(done.stdout))


@contextlib.contextmanager
def _field(program: str, mib: int) -> Iterator[_Field]:
    with (
        tempfile.TemporaryDirectory(prefix="tcproxy-bench-") as name,
        contextlib.ExitStack() as stack,
    ):
        folder = Path(name)
        source = folder / "files" / _FILE
        source.parent.mkdir()
        with source.open("wb") as stream:
            # A file of holes: it reads as zeros, and neither fills nor waits for a disk.
            stream.truncate(mib << 20)
        storage_port, port = free_ports(2)
        storage = f"http://{HOST}:{storage_port}"
        service = f"http://{HOST}:{port}"
        program_of_service = [sys.executable, "-m", "bench.transfers_service"]
        arguments = [str(port), f"{storage}/{_FILE}", str(source)]
        command = Command([*program_of_service, *arguments], {"PYTHONPATH": str(_ROOT)})
        for what, url, started in (
            ("storage", storage, nginx.file_server(program, folder, storage_port)),
            ("service", service, command),
        ):
            server = stack.enter_context(running(what, started, folder))
            first_connection(server, url, Path()).close()
        yield _Field(service, folder, mib)


def _report(
    described: Mapping[str, str],
    found: Mapping[Contender, Sequence[Run]],
    mib: int,
    folder: Path,
    *,
    as_json: bool,
) -> None:
    reached = list(_figures(found, mib))
    text = _text(described, found, mib, reached)
    data = json.dumps(_record(described, found, mib, reached), indent=1)
    print(data if as_json else text, flush=True)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "table.md").write_text(f"{text}\n")
        (folder / "results.json").write_text(f"{data}\n")
    except OSError as error:
        raise BenchError(f"cannot write the results to {folder}: {error.strerror}") from None
    _say(f"the table and the JSON are in {folder}")


def _text(
    described: Mapping[str, str],
    found: Mapping[Contender, Sequence[Run]],
    mib: int,
    reached: Sequence[Figure],
) -> str:
    parts = ["\n".join(f"- {name}: {value}" for name, value in described.items())]
    for way, title in ((UP, "uploads"), (DOWN, "downloads")):
        rows = [["client", "MiB/s", "official = 1", "CPU s", "added MiB"]]
        rows += [
            [
                each.name,
                f"{mib / _median(runs, 'seconds'):,.0f}",
                _shown_ratio(found, each),
                f"{_median(runs, 'cpu_seconds'):.2f}",
                f"{max(run.added_mib for run in runs):.1f}",
            ]
            for each, runs in found.items()
            if each.direction == way
        ]
        if len(rows) > 1:
            parts.append(f"{title}\n\n{table.aligned(rows)}")
    parts.append(f"figures to reach\n\n{table.verdicts(reached)}")
    return "\n\n".join(parts)


def _shown_ratio(found: Mapping[Contender, Sequence[Run]], contender: Contender) -> str:
    if contender == contender.yardstick:
        return "1"
    ratios = _ratios(found, contender)
    if not ratios:
        return ""
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f}-{max(ratios):.2f})"


def _ratios(found: Mapping[Contender, Sequence[Run]], contender: Contender) -> list[float]:
    """Return how many times faster than the official client it was, in each round."""
    pairs = zip(found.get(contender.yardstick, ()), found[contender], strict=False)
    return [official.seconds / own.seconds for official, own in pairs]


def _median(runs: Sequence[Run], name: str) -> float:
    values: list[float] = [getattr(run, name) for run in runs]
    return statistics.median(values)


def _figures(found: Mapping[Contender, Sequence[Run]], mib: int) -> Iterator[Figure]:
    for contender, runs in found.items():
        if contender.client != OURS:
            continue
        of = f"{contender.direction}, {mib} MiB, {contender.name}"
        ratios = _ratios(found, contender)
        # On one machine several ranges at once have nothing to win.
        if ratios and contender.parallel == 1:
            is_twice = contender.face == "sync" and contender.direction == DOWN
            limit = _TWICE if is_twice else 1.0
            yield Figure(
                f"{of}: throughput, official = 1", statistics.median(ratios), limit, None, True
            )
        added = max(run.added_mib for run in runs)
        yield Figure(f"{of}: memory added, MiB", added, _MEMORY_MIB, None, False)


def _record(
    described: Mapping[str, str],
    found: Mapping[Contender, Sequence[Run]],
    mib: int,
    reached: Sequence[Figure],
) -> dict[str, Any]:
    return {
        "machine": dict(described),
        "mib": mib,
        "results": [
            {
                **dataclasses.asdict(contender),
                "mib_per_second": mib / _median(runs, "seconds"),
                "ratios_to_official": _ratios(found, contender),
                "added_mib": max(run.added_mib for run in runs),
                "rounds": [dataclasses.asdict(run) for run in runs],
            }
            for contender, runs in found.items()
        ],
        "figures": records.shown(reached),
    }


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
