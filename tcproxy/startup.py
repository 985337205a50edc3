"""Reading the settings in a process of their own, while this one imports the rest.

The library that reads them would stay in the daemon's memory for good, a quarter of it, and loading
it would take as long again as all the rest. So a child reads them, and hands over the values.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from tcproxy.names import CHECK, JSON, PROBES, SECRETS, given

if TYPE_CHECKING:
    from tcproxy.check_report import Report
    from tcproxy.settings import Settings


def open_standard_streams() -> None:
    """Open the null device for each standard stream that whoever started this has closed.

    The next file or socket would have its number otherwise, and what is meant for the stream.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # has the lowest number that is free: this one
    for name, number in (("stdin", 0), ("stdout", 1), ("stderr", 2)):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, "w" if number else "r", closefd=False))


class Secret:
    """A value that is not shown."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def __repr__(self) -> str:
        """Show nothing of it."""
        return "Secret('**********')"

    def get_secret_value(self) -> str:
        """Return the value."""
        return self._value


class SettingsReading:
    """A child process that reads the settings."""

    def __init__(self, arguments: list[str], revision: str) -> None:
        """Start it.

        Args:
            arguments: of the command line, without the program's name.
            revision: of the source, for `--version`.
        """
        self._results, results = os.pipe()
        self._child = os.fork()
        if self._child == 0:
            os.close(self._results)
            os._exit(_read(arguments, revision, results))
        os.close(results)

    def result(self) -> Settings:
        """Return the settings, or end as the child did: after `--help`, or because one is wrong."""
        with open(self._results, "rb") as results:  # noqa: PTH123  this is no path
            values = results.read()
        _, status = os.waitpid(self._child, 0)
        code = os.waitstatus_to_exitcode(status)
        if code != 0 or not values:
            sys.exit(code if code >= 0 else 1)
        return cast("Settings", SimpleNamespace(**_with_secrets(json.loads(values))))


def fail(message: str) -> int:
    """Say in one line why the daemon ends because of a setting, and return its exit code."""
    print(f"tcproxy: {' '.join(message.split())}", file=sys.stderr)  # noqa: T201
    return 2


def act_alone(arguments: list[str], revision: str, action: str) -> int:
    """Do what needs only the settings, in this process, and return the exit code.

    Args:
        arguments: of the command line, without the program's name.
        revision: of the source, for `--version`.
        action: one of `ALONE`.
    """
    from tcproxy.command_line import read_settings
    from tcproxy.errors import SettingError

    try:
        effective = read_settings(arguments, revision)
    except SettingError as error:
        return fail(str(error))
    if action in PROBES:
        from tcproxy.check_health import check_health

        return check_health(effective.settings, action)
    from tcproxy.print_config import config_text

    return say(config_text(effective))


def say(text: str) -> int:
    """Print what was asked for, and return the exit code: 1 where nobody takes it."""
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError:
        # Python would try again at its end, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 0


def tell(report: Report, arguments: list[str]) -> int:
    """Print what a check found, and return the exit code."""
    if given((JSON,), arguments):
        return say(report.json()) or report.code
    said = say(report.text())
    with contextlib.suppress(OSError):
        sys.stderr.write(report.advice())
        sys.stderr.flush()
    return said or report.code


def _read(arguments: list[str], revision: str, results: int) -> int:
    """Read the settings and write them to a pipe; return the exit code."""
    from tcproxy.command_line import read_settings
    from tcproxy.errors import SettingError, WrongSettingsError

    try:
        settings = read_settings(arguments, revision).settings
        # Not by the library's own JSON, which takes no paths that are not UTF-8.
        values = settings.model_dump(exclude=set(SECRETS))
        for name in SECRETS:
            secret = getattr(settings, name)
            values[name] = None if secret is None else secret.get_secret_value()
        os.write(results, json.dumps(values).encode())
    except WrongSettingsError as error:
        if not given((CHECK,), arguments):
            return fail(str(error))
        from tcproxy.check_report import Report

        return tell(Report(problems=list(error.problems)), arguments)
    except SettingError as error:
        return fail(str(error))
    except SystemExit as end:
        return int(end.code or 0)
    except BrokenPipeError:
        return 1  # whoever wanted the settings was ended meanwhile
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


def _with_secrets(values: dict[str, Any]) -> dict[str, Any]:
    for name in SECRETS:
        if values[name] is not None:
            values[name] = Secret(values[name])
    return values
