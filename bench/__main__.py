"""The command line: measure, print the table, write table, JSON and plot."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import shlex
import shutil
import signal
import sys
import tempfile
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from bench import (
    downloads,
    machine,
    records,
    small_requests,
    starts,
    table,
    tools,
    transfers,
    upstream,
)
from bench.contenders import contenders
from bench.errors import BenchError
from bench.field import Field
from bench.figures import figures
from bench.plan import CASES, Plan
from bench.plot import draw
from bench.samples import Sample, summarise
from bench.tools import Tools

_Measure = Callable[[Field, str, str], Iterator[Sample]]

_MEASURES: Mapping[str, _Measure] = {
    **dict.fromkeys(small_requests.REQUESTS, small_requests.measure),
    "download": downloads.measure,
    "start": starts.measure,
}
_CALLERS = (1, 8, 32, 128)
_QUICK_CALLERS = (1, 32, 128)
_MOST_CALLERS, _MOST_ROUNDS, _MOST_SECONDS = 1000, 100, 60
_RESULTS = Path(__file__).with_name("results")


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"bench: {message}; see --help\n")


def main() -> int:
    """Run the benchmark, and return the exit code."""
    if sys.argv[1:2] == [transfers.NAME]:
        return transfers.main(sys.argv[2:])
    options = _parser().parse_args()
    signal.signal(signal.SIGTERM, _end)
    try:
        _run(options)
    except BenchError as error:
        _say(f"bench: {error}")
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="bench",
        description="Measure tcproxy beside nginx and a bare upstream, in turn. "
        f"For uploads and downloads of tcproxy-client: python -m bench {transfers.NAME} --help",
    )
    parser.add_argument(
        "--only", action="append", choices=CASES, metavar="CASE",
        help=f"measure only this case (repeatable): {', '.join(CASES)}",
    )  # fmt: skip
    parser.add_argument(
        "--peer", type=_command, metavar="COMMAND",
        help="also measure this program, which takes taskcluster-proxy's flags",
    )  # fmt: skip
    parser.add_argument(
        "--quick",
        action="store_true",
        help="two rounds of 1 s, not warmed up: whether it works, not how fast it is",
    )
    parser.add_argument(
        "--rounds", type=_up_to(_MOST_ROUNDS), help="how often to measure everything (5)"
    )
    parser.add_argument(
        "--seconds", type=_up_to(_MOST_SECONDS), help="how long each load lasts (2)"
    )
    parser.add_argument(
        "--callers", action="append", type=_up_to(_MOST_CALLERS), metavar="N",
        help=f"how many callers at once (repeatable): {', '.join(map(str, _CALLERS))}",
    )  # fmt: skip
    parser.add_argument(
        "--output", type=Path, metavar="FOLDER",
        help="where table, JSON and plot go (bench/results/<date and time>)",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    return parser


def _up_to(most: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to {most}")
        return int(text)

    return number


def _command(text: str) -> list[str]:
    try:
        program, *arguments = shlex.split(text) or [""]
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no command: {error}") from None
    path = shutil.which(program)
    if path is None:
        raise argparse.ArgumentTypeError(f"{program!r} is no program that can be executed")
    return [path, *arguments]


def _run(options: argparse.Namespace) -> None:
    plan = Plan(
        rounds=options.rounds or (2 if options.quick else 5),
        seconds=options.seconds or (1 if options.quick else 2),
        callers=sorted(set(options.callers or (_QUICK_CALLERS if options.quick else _CALLERS))),
        warm_up=not options.quick,
        peer=options.peer,
    )
    programs = tools.find()
    folder = _new_folder(options.output)
    described = machine.describe(programs, plan)
    samples: list[Sample] = []
    try:
        for sample in _measured(programs, plan, options.only or CASES):
            _say(_line(sample, plan))
            samples.append(sample)
    finally:
        # What was measured before something went wrong has taken its time, too.
        if samples:
            _report(described, samples, folder, as_json=options.json)


def _new_folder(wanted: Path | None) -> Path:
    folder = wanted or _RESULTS / dt.datetime.now(dt.UTC).strftime("%Y-%m-%d-%H%M%S")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BenchError(f"cannot make {folder}: {error.strerror}") from None
    return folder


def _measured(programs: Tools, plan: Plan, cases: Sequence[str]) -> Iterator[Sample]:
    with (
        tempfile.TemporaryDirectory(prefix="tcproxy-bench-") as folder,
        upstream.serving(
            programs, Path(folder) / "upstream", http2=plan.peer is not None
        ) as deployment,
    ):
        everyone = contenders(programs, plan.peer)
        field = Field(plan, programs, deployment, everyone, Path(folder))
        for case in (each for each in CASES if each in cases):
            kind, transport = case.split("-")
            yield from _MEASURES[kind](field, kind, transport)


def _line(sample: Sample, plan: Plan) -> str:
    place = sample.place
    values = ", ".join(f"{name} {value:.6g}" for name, value in sample.values.items())
    errors = f" ERRORS {dict(sample.errors)}" if any(sample.errors.values()) else ""
    return (
        f"{place.case}, round {sample.round + 1} of {plan.rounds}, {place.callers} callers, "
        f"{place.contender}: {values}{errors}"
    )


def _report(
    described: Mapping[str, str], samples: Sequence[Sample], folder: Path, *, as_json: bool
) -> None:
    summaries = summarise(samples)
    reached = figures(summaries)
    text = table.text(described, summaries, reached)
    data = json.dumps(records.record(described, samples, summaries, reached), indent=1)
    print(data if as_json else text, flush=True)
    try:
        (folder / "table.md").write_text(f"{text}\n")
        (folder / "results.json").write_text(f"{data}\n")
        title = f"tcproxy {described['tcproxy']}; {described['machine']}; {described['date']}"
        missing = draw(summaries, title, folder / "plot.png")
    except OSError as error:
        raise BenchError(f"cannot write the results to {folder}: {error.strerror}") from None
    _say(missing or f"the plot is {folder / 'plot.png'}")
    _say(f"the table and the JSON are in {folder}")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _end(number: int, _frame: types.FrameType | None) -> NoReturn:
    sys.exit(128 + number)


if __name__ == "__main__":
    sys.exit(main())
