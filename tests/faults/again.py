"""Plays a scenario that a failed test has named: `python -m tests.faults.again 'Scenario(...)'`."""

from __future__ import annotations

import sys

from tests.faults import values
from tests.faults.lab import Lab


def main() -> None:
    """Play it, against a plain deployment, and print what happened."""
    # What a developer gives on the command line may run: it is code like that of a test.
    scenario = eval(sys.argv[1], vars(values).copy())  # noqa: S307
    with Lab(patience=1.5) as lab:
        for said in lab.play(scenario):
            print(said, *lab.lines_of(said.token), sep="\n  ")  # noqa: T201  for a person
        lab.assert_as_at_start()


if __name__ == "__main__":
    main()
