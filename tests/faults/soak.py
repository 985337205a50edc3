"""Hours of faults in ten minutes: `make soak`, or `python -m tests.faults.soak --minutes 1`.

Good and bad conversations, drawn from a seed, are held with two daemons in turn, one before a plain
deployment and one before TLS. Each is checked as in the tests. What the daemons hold is measured
between the rounds, when they are at rest: memory may grow by 5 MiB after the first minute (the
first tenth of a shorter run), and nothing else at all.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import random
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from tests.faults.lab import Holdings, Lab
from tests.faults.values import (
    Accept,
    Act,
    Ask,
    Conversation,
    Fault,
    Framing,
    Manner,
    Message,
    Scenario,
)
from tests.harness import hawk
from tests.harness.certificates import Authority

MOST_MINUTES = 24 * 60
GROWTH = 5 * 1024 * 1024
MIB = 1024 * 1024
_CUTS = frozenset({"close", "reset", "half_close", "silence"})
_CERTIFICATES = frozenset({"expired", "wrong_name", "unknown_authority"})
_MANNERS: list[Manner] = [each for each in get_args(Manner) if each != "slow"]


@dataclass(slots=True)
class Course:
    """One daemon's course.

    Attributes:
        name: of the laboratory.
        lab: the laboratory.
        requests: how many were made.
        answers: how many of them got an answer.
        warm: what the daemon held when it was warm.
        peak: the most memory that was seen at rest, in bytes.
    """

    name: str
    lab: Lab
    requests: int = 0
    answers: int = 0
    warm: Holdings | None = None
    peak: int = 0

    def play(self, draw: random.Random) -> None:
        """Play one round."""
        said = self.lab.play(scenario(draw, is_plain=self.lab.is_plain))
        self.requests += len(said)
        self.answers += sum(each.end == "answered" for each in said)
        put = self.lab.daemon.request("PUT", "/credentials", body=hawk.DEFAULT.body())
        assert put.status == 200, put
        self.lab.forget()

    def measure(self, *, is_warm: bool) -> str:
        """Measure what the daemon holds, and return it as a line."""
        now = self.lab.settle()
        self.lab.assert_as_at_start()
        self.peak = max(self.peak, now.memory)
        if is_warm and self.warm is None:
            self.warm = now
        grown = 0.0 if self.warm is None else (now.memory - self.warm.memory) / MIB
        return (
            f"{self.name}: {self.requests} requests, {self.answers} answers, "
            f"{now.memory / MIB:.1f} MiB ({grown:+.1f}), {now.files} files, "
            f"{now.counts['tasks']} tasks, {now.counts['objects']} objects"
        )

    @property
    def has_grown(self) -> bool:
        """Whether memory has grown by more than it may."""
        if self.warm is None:
            return False
        return self.lab.settle().memory - self.warm.memory > GROWTH


def main() -> int:
    """Run, print the figures, and return the exit code: 1 if the daemon has grown."""
    options = _parser().parse_args()
    # That a peer has gone is what this is about.
    logging.getLogger("asyncio").setLevel(logging.ERROR)
    draw = random.Random(options.seed)
    start = time.monotonic()
    end = start + options.minutes * 60
    warm = start + min(60.0, options.minutes * 6)
    shown = start
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        authority = Authority(Path(folder))
        courses = [
            Course("plain", stack.enter_context(Lab(patience=1.0))),
            Course("TLS", stack.enter_context(Lab(authority, patience=1.0))),
        ]
        while time.monotonic() < end:
            for course in courses:
                course.play(draw)
            now = time.monotonic()
            if now >= shown + 15 or (now >= warm and courses[0].warm is None):
                shown = now
                _show(courses, now - start, is_warm=now >= warm)
        _show(courses, time.monotonic() - start, is_warm=True)
        grown = [course.name for course in courses if course.has_grown]
    if grown:
        print(f"soak: memory has grown by more than 5 MiB: {', '.join(grown)}")  # noqa: T201
        return 1
    print("soak: nothing has leaked")  # noqa: T201
    return 0


def _show(courses: list[Course], seconds: float, *, is_warm: bool) -> None:
    for course in courses:
        print(f"{seconds:5.0f} s  {course.measure(is_warm=is_warm)}", flush=True)  # noqa: T201


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="soak", description="Hold good and bad conversations with a daemon for a long time."
    )
    parser.add_argument("--minutes", type=_minutes, default=10.0, help="how long (10)")
    parser.add_argument("--seed", type=int, default=1, help="what to draw from (1)")
    return parser


def _minutes(text: str) -> float:
    value = float(text)
    if not 0 < value <= MOST_MINUTES:
        raise argparse.ArgumentTypeError(f"must be more than 0, and at most {MOST_MINUTES}")
    return value


def scenario(draw: random.Random, *, is_plain: bool) -> Scenario:
    """Draw a round: some conversations without any fault, and many with."""
    accepts = [each for each in get_args(Accept) if not (is_plain and each in _CERTIFICATES)]
    good = [Conversation(tuple(_good_ask(draw) for _ in range(20))) for _ in range(10)]
    bad = [_bad_conversation(draw) for _ in range(20)]
    return Scenario(
        (*good, *bad),
        tuple(draw.choices(accepts, k=draw.randrange(3))),
        draw.choice([0.0, 0.0, 0.0, 0.05]),
    )


def _good_ask(draw: random.Random) -> Ask:
    body = draw.choice([None, 0, 100, 20_000])
    return Ask(
        "GET" if body is None else "POST",
        body,
        body is not None and draw.random() < 0.5,
        draw.choice([0, 20, 2000, 100_000]),
        draw.choice(get_args(Framing)),
    )


def _bad_conversation(draw: random.Random) -> Conversation:
    # Most are brief, so that there are many: those who wait are waited for.
    manner: Manner = draw.choice(_MANNERS) if draw.random() < 0.4 else "plain"
    asks = tuple(_bad_ask(draw) for _ in range(draw.randrange(1, 5)))
    return Conversation(asks, manner, draw.choice(get_args(Message)), draw.randrange(400))


def _bad_ask(draw: random.Random) -> Ask:
    acts = [each for each in get_args(Act) if each != "silence" or draw.random() < 0.2]
    act: Act = draw.choice(acts)
    of: Message = draw.choice(get_args(Message)) if act in _CUTS else "response"
    fault = Fault(act, of, draw.choice([draw.randrange(300), 5000]), draw.randrange(1, 3))
    framings: list[Framing] = ["length", "chunked", "close"]
    if act in _CUTS | {"second", "drip"}:
        # Where the end of the connection ends the body, nobody notices a wrong end.
        framings.remove("close")
    return Ask(
        "POST" if draw.random() < 0.5 else "GET",
        draw.randrange(300),
        draw.random() < 0.5,
        draw.randrange(300) if act in {"second", "drip"} else draw.choice([30, 20_000]),
        draw.choice(framings),
        (fault,),
    )


if __name__ == "__main__":
    sys.exit(main())
