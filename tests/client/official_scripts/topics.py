"""Print what every topic exchange method of the installed official client gives, as JSON.

Runs with the official client alone.
"""
# ruff: noqa: T201 - what it prints is its result

from __future__ import annotations

import json
from typing import Any

import taskcluster

WORDS = {
    "taskId": "T",
    "runId": 0,
    "organization": "o",
    "repository": "r",
    "workerType": "w",
    "topic": "a.b.c",
    "reserved": "x.y",
}


def topics(client: Any, method: str) -> list[Any]:
    """Call a method in each way that it knows; keys that it does not know are ignored there."""
    call = getattr(client, method)
    return [call(), call("some.#"), call({}), call({"reserved": "x.y"}), call(dict(WORDS))]


made = {}
for name, value in sorted(vars(taskcluster).items()):
    if name.endswith("Events"):
        client = value({"rootUrl": "https://tc.example.com"})
        inherited = dir(taskcluster.client.BaseClient)
        methods = [each for each in dir(value) if each[0] != "_" and each not in inherited]
        made[name] = {
            method: topics(client, method)
            for method in methods
            if callable(getattr(client, method))
        }
print(json.dumps({"words": WORDS, "topics": made}))
