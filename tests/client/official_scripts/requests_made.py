"""Call every method of the installed official client once or twice, against a recording server.

Usage: requests_made.py ROOT_URL. Prints the calls in the order of their requests, as JSON: class,
method, route arguments, payload and query. Runs with the official client alone.
"""
# ruff: noqa: T201 - what it prints is its result

from __future__ import annotations

import json
import sys
from typing import Any

import taskcluster

PAYLOAD = {"text": "é \u2028 ☃", "numbers": [1, -2.5, 1e300], "nothing": None, "yes": True}
AWKWARD = "a b/é%+~..?#&=:@"


def calls() -> list[dict[str, Any]]:
    """Make up calls: awkward arguments, and each query key that a method knows."""
    made = []
    for name, value in sorted(vars(taskcluster).items()):
        funcinfo = getattr(value, "funcinfo", None)
        for method, entry in sorted((funcinfo or {}).items()):
            args = [f"{AWKWARD}{number}" for number in range(len(entry["args"]))]
            queries: list[dict[str, str]] = [{}]
            if "query" in entry:
                queries.append({key: f"{AWKWARD} {key}" for key in entry["query"]})
            payload = PAYLOAD if "input" in entry else None
            made += [
                {"class": name, "method": method, "args": args, "payload": payload, "query": query}
                for query in queries
            ]
    return made


def main(root_url: str) -> None:
    """Make the calls."""
    options = {"rootUrl": root_url, "maxRetries": 0}
    made = calls()
    for call in made:
        client = getattr(taskcluster, call["class"])(options)
        keywords = {"query": call["query"]}
        if call["payload"] is not None:
            keywords["payload"] = call["payload"]
        getattr(client, call["method"])(*call["args"], **keywords)
    print(json.dumps(made))


main(sys.argv[1])
