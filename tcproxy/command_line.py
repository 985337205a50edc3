"""The command line: flags made from the settings, and errors in one line that says what to mend."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import NoReturn, get_args

from pydantic.fields import FieldInfo

from tcproxy import __version__
from tcproxy.errors import SettingError
from tcproxy.names import ACTIONS, CHECK, JSON, flag_of, name_of, variable_of
from tcproxy.settings import Settings, extra_of
from tcproxy.sources import Effective, effective_settings

_DESCRIPTION = """\
A local sidecar that signs requests to a Taskcluster deployment.

It takes plain HTTP on localhost, adds the Hawk Authorization header and forwards to the deployment:

  tcproxy --root-url https://tc.example.com --client-id ID     (token in TASKCLUSTER_ACCESS_TOKEN)
  curl http://127.0.0.1:8080/queue/v1/task/<taskId>
  curl http://127.0.0.1:8080/api/secrets/v1/secret/<name>

  tcproxy --sandbox            serves an in-memory deployment, for trying things out
"""

_EPILOG = """\
Every setting can also come from the environment, by the variable that stands beside it, and from a
settings file (--config); a flag comes first, then the environment. Before a first start:

  tcproxy --print-config       what is in effect, and where each value comes from
  tcproxy --check              would a start succeed, and who does the deployment take us for?

Exit codes: 0 after SIGTERM or SIGINT (and the end of --credentials-stdin), 2 for a setting that is
missing or wrong, 1 for anything else; 0 or 1 for what --check and --check-health find.
"""

_ACTIONS = {
    CHECK: "Look at all that a start needs (settings, credentials, sockets, the way to the "
    "deployment), ask the deployment who we are, print what was found, and exit with 0, or with 1 "
    "and a line for each problem.",
    "--check-health": "Ask the daemon that runs with these settings whether requests would "
    "succeed, as a container's probe: one line, and exit code 0 or 1 within 3 s.",
    "--check-alive": "The same, but ask only whether the daemon runs, whatever its credentials "
    "and its deployment are like.",
    "--print-config": "Print the settings in effect as a settings file (TOML), with where each "
    "comes from and without secrets.",
}
"""Flags that make it do something else than serve."""

_RESTRICTIONS = ("allowed_user", "task_id", "credentials_from")
"""Settings that must not count as not set when a flag's value is empty, as of a shell's variable
that is misspelt: then everyone could do everything."""


def read_settings(arguments: list[str], revision: str) -> Effective:
    """Read the settings; `--help` and `--version` end the process.

    Args:
        arguments: of the command line, without the program's name.
        revision: of the source, for `--version`.

    Raises:
        SettingError: one is wrong; the text says where it stands.
    """
    parser = _parser(revision)
    # Which argparse gets wrong where nothing but flags stands before it.
    end = _end_of_flags(arguments)
    parsed = vars(parser.parse_intermixed_args(_joined(arguments[:end])))
    parsed["scopes"] += arguments[end + 1 :]
    action, is_json = parsed.pop("action"), parsed.pop("json")
    if is_json and action != CHECK:
        raise SettingError(f"{JSON} needs {CHECK}; see tcproxy --help")
    for name in _RESTRICTIONS:
        if parsed[name] == "":
            raise SettingError(f"{name_of(name)}: it is empty; leave it out to restrict nothing")
    given = {name: value for name, value in parsed.items() if value}
    return effective_settings(given)


def settings_table(examples: Mapping[str, str] | None = None) -> str:
    """Return all settings as a table in Markdown, for the documentation.

    Args:
        examples: for each setting, its line in a settings file, for a column of their own.
    """
    head = ["setting", "variable", "default", "what it does"]
    if examples is not None:
        head.insert(2, "in a settings file, for example")
    rows = [head, ["---"] * len(head)]
    for name, info in Settings.model_fields.items():
        row = [
            _flags(name, info),
            f"`{variable_of(name)}`",
            _default(info).removeprefix("; default "),
        ]
        row.append(str(info.description).replace("<", "&lt;"))
        if examples is not None:
            row.insert(2, examples[name])
        rows.append(row)
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _flags(name: str, info: FieldInfo) -> str:
    extra = extra_of(info)
    flag = f"`<{extra['metavar']}>...`" if extra.get("positional") else f"`{flag_of(name)}`"
    return f"`-{extra['short']}`, {flag}" if "short" in extra else flag


def _end_of_flags(arguments: list[str]) -> int:
    """Return where `--` stands, behind which everything is a scope."""
    flags = _flags_with_value()
    for index, argument in enumerate(arguments):
        if argument == "--" and (index == 0 or arguments[index - 1] not in flags):
            return index
    return len(arguments)


def _joined(arguments: list[str]) -> list[str]:
    """Put values that start with a dash, as tokens may, to their flags."""
    flags = _flags_with_value()
    joined: list[str] = []
    for argument in arguments:
        is_value = argument.startswith("-") and argument not in flags and argument not in ACTIONS
        if joined and joined[-1] in flags and is_value:
            joined[-1] += f"={argument}"
        else:
            joined.append(argument)
    return joined


def _flags_with_value() -> set[str]:
    return {flag_of(name) for name, info in Settings.model_fields.items() if _takes_value(info)}


def _takes_value(info: FieldInfo) -> bool:
    return info.annotation is not bool and not extra_of(info).get("positional")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise SettingError(f"{message}; see tcproxy --help")


def _parser(revision: str) -> argparse.ArgumentParser:
    parser = _Parser(
        prog="tcproxy",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    for name, info in Settings.model_fields.items():
        _add_argument(parser, name, info)
    _add_actions(parser)
    parser.add_argument(
        "--version",
        action="version",
        version=f"tcproxy {__version__} [ revision: {revision} ]",
        help="Show the version and the revision of the source.",
    )
    parser.add_argument(
        "--short-version",
        action="version",
        version=__version__,
        help="Show only the version.",
    )
    return parser


def _add_actions(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what else it does, in place of serving")
    actions = group.add_mutually_exclusive_group()
    for flag, text in _ACTIONS.items():
        actions.add_argument(flag, dest="action", action="store_const", const=flag, help=text)
    group.add_argument(JSON, action="store_true", help=f"With {CHECK}: print JSON.")


def _add_argument(parser: argparse.ArgumentParser, name: str, info: FieldInfo) -> None:
    extra = extra_of(info)
    text = f"{info.description} [{variable_of(name)}{_default(info)}]".replace("%", "%%")
    if extra.get("positional"):
        parser.add_argument(name, nargs="*", metavar=f"<{extra['metavar']}>", help=text)
        return
    flags = [flag_of(name)]
    if "short" in extra:
        flags.insert(0, f"-{extra['short']}")
    if info.annotation is bool:
        parser.add_argument(*flags, dest=name, action="store_true", help=text)
    elif _is_list(info):
        parser.add_argument(*flags, dest=name, action="append", metavar=extra["metavar"], help=text)
    else:
        parser.add_argument(*flags, dest=name, metavar=extra["metavar"], help=text)


def _is_list(info: FieldInfo) -> bool:
    return info.default_factory is list or list in get_args(info.annotation)


def _default(info: FieldInfo) -> str:
    if "default" in extra_of(info):
        return f"; default {extra_of(info)['default']}"
    if info.default is None or info.default is False or info.default_factory is not None:
        return ""
    return f"; default {info.default}"
