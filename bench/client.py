"""How thin the client is: against the official one, the time to import and the CPU time of a call.

    python bench/client.py [--rounds N] [--calls N] [--json]

Starts a tcproxy with its sandbox, and measures both clients in turn, each time in an interpreter of
its own. Prints the medians of the rounds and their ratios; the aim is below 0.25 for the import and
below 0.5 for the call. The CPU time is that of the client's process alone: user and system.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import threading
from typing import Any

SERVING = re.compile(r"Serving on ([0-9.]+:\d+)")

OURS, THEIRS = "tcproxy_client", "taskcluster"

IMPORT = """
import sys, time
begin = time.perf_counter()
__import__(sys.argv[1])
print(time.perf_counter() - begin)
"""

# The time of a service class too, for those who wonder what lazy imports put off.
CLASS = """
import sys, time
begin = time.perf_counter()
__import__(sys.argv[1]).Queue({"rootUrl": "http://127.0.0.1:1"})
print(time.perf_counter() - begin)
"""

CALL = """
import sys, time
auth = __import__(sys.argv[1]).Auth({"rootUrl": sys.argv[2], "maxRetries": 0})
for _ in range(20):
    auth.currentScopes()
begin = time.process_time()
for _ in range(int(sys.argv[3])):
    auth.currentScopes()
print((time.process_time() - begin) / int(sys.argv[3]))
"""

CASES = {
    "import": (IMPORT, 0.25),
    "import and make a Queue": (CLASS, None),
    "CPU time of a sync call": (CALL, 0.5),
}


class Proxy:
    """A tcproxy with its sandbox, on a port of its own, for a block."""

    def __enter__(self) -> str:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tcproxy", "--sandbox", "--port", "0", "--log-format", "json"],
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
            env={
                name: value
                for name, value in os.environ.items()
                if name[:4] not in ("TASK", "TCPR")
            },
        )
        lines = iter(self._process.stderr or ())
        address = next((found[1] for found in map(SERVING.search, lines) if found), None)
        if address is None:
            raise SystemExit("tcproxy --sandbox did not start")
        # Someone has to read its log, or it would wait for that.
        threading.Thread(target=collections.deque, args=(lines, 0), daemon=True).start()
        return f"http://{address}"

    def __exit__(self, *_error: object) -> None:
        self._process.terminate()
        self._process.wait()


def measure(code: str, package: str, *args: str) -> float:
    """Run a measurement in an interpreter of its own; gives seconds."""
    command = [sys.executable, "-c", code, package, *args]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=120)
    return float(done.stdout)


def rounds(url: str, count: int, calls: int) -> dict[str, dict[str, list[float]]]:
    """Measure every case for both clients, interleaved, as often as asked for."""
    times: dict[str, dict[str, list[float]]] = {case: {OURS: [], THEIRS: []} for case in CASES}
    for number in range(count):
        for case, (code, _) in CASES.items():
            # the order changes, so that neither always comes first
            for package in (OURS, THEIRS) if number % 2 else (THEIRS, OURS):
                times[case][package].append(measure(code, package, url, str(calls)))
    return times


def summary(times: dict[str, dict[str, list[float]]]) -> dict[str, Any]:
    """Give the medians in milliseconds, and their ratios."""
    made: dict[str, Any] = {}
    for case, both in times.items():
        ours, theirs = (statistics.median(both[package]) for package in (OURS, THEIRS))
        made[case] = {
            OURS: round(ours * 1e3, 3),
            THEIRS: round(theirs * 1e3, 3),
            "ratio": round(ours / theirs, 3),
            "aim": CASES[case][1],
        }
    return made


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=9, help="how often to measure (9)")
    parser.add_argument("--calls", type=int, default=300, help="calls per measurement (300)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args()
    with Proxy() as url:
        found = summary(rounds(url, options.rounds, options.calls))
    if options.json:
        print(json.dumps(found, indent=2))
        return
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {options.rounds} rounds")
    print(f"{'median, ms':26}{OURS:>16}{THEIRS:>14}{'ratio':>8}{'aim':>8}")
    for case, row in found.items():
        aim = "" if row["aim"] is None else f"< {row['aim']}"
        print(f"{case:26}{row[OURS]:16.2f}{row[THEIRS]:14.2f}{row['ratio']:8.3f}{aim:>8}")


if __name__ == "__main__":
    main()
