"""How settings are called, on the command line and in the environment, and their fixed choices.

The daemon needs these for its messages, without the library that reads settings.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

LogFormat = Literal["auto", "text", "json"]
LogLevel = Literal["debug", "info", "warning", "error"]

STANDARD_VARIABLES = {
    "root_url": "TASKCLUSTER_ROOT_URL",
    "client_id": "TASKCLUSTER_CLIENT_ID",
    "access_token": "TASKCLUSTER_ACCESS_TOKEN",
    "certificate": "TASKCLUSTER_CERTIFICATE",
}
"""Variables that all of Taskcluster's tools know; the others start with `TCPROXY_`."""

SECRETS = ("access_token", "certificate")
"""Settings whose values are never shown."""

PROBES = ("--check-health", "--check-alive")
"""Flags that ask a daemon that runs already."""

ALONE = (*PROBES, "--print-config")
"""Flags for what needs only the settings."""

CHECK, JSON = "--check", "--json"
ACTIONS = (*ALONE, CHECK, JSON)
"""Flags that make it do something else than serve, and in which form."""

POSITIONAL = {"scopes": "<scope>"}
"""Settings that are arguments without a flag."""


def flag_of(field: str) -> str:
    """Return a setting's flag."""
    return "--" + field.replace("_", "-")


def variable_of(field: str) -> str:
    """Return a setting's environment variable."""
    return STANDARD_VARIABLES.get(field, f"TCPROXY_{field.upper()}")


def name_of(field: str) -> str:
    """Return flag and variable of a setting, for messages."""
    return f"{POSITIONAL.get(field, flag_of(field))} ({variable_of(field)})"


def given(flags: Sequence[str], arguments: Sequence[str]) -> str | None:
    """Return which of some flags without a value is among the arguments, if one is."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    return next((flag for flag in arguments[:end] if flag in flags), None)


def secrets_given(arguments: list[str]) -> list[str]:
    """Return the flags among the arguments that carry a secret."""
    flags = [flag_of(name) for name in SECRETS]
    return [
        flag
        for flag in flags
        if any(each == flag or each.startswith(f"{flag}=") for each in arguments)
    ]
