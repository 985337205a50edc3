"""The settings file: TOML with the names of the settings, checked for names, types and secrets.

Whether a value makes sense is for the settings to say, as it is for those from elsewhere.
"""

from __future__ import annotations

import difflib
import tomllib
from pathlib import Path
from typing import Any, get_args

from pydantic import ByteSize
from pydantic.fields import FieldInfo

from tcproxy.errors import WrongSettingsError
from tcproxy.mounted_files import read_mounted
from tcproxy.names import SECRETS, name_of
from tcproxy.settings import Settings, extra_of

_NAMES = [name for name in Settings.model_fields if name not in {"config", *SECRETS}]
_TYPES: dict[str, tuple[type, ...]] = {
    "true or false": (bool,),
    "an integer": (int,),
    "a number": (int, float),
    'an integer, or a string such as "10MiB"': (int, str),
    "an array of strings": (list,),
    "a string": (str,),
}
"""What a value may be, for people and in Python."""


def read_config(path: Path) -> dict[str, Any]:
    """Read a settings file.

    Args:
        path: of the file.

    Returns:
        The values by the names of their settings.

    Raises:
        WrongSettingsError: it cannot be read, or a line of it cannot be meant so.
    """
    try:
        values = tomllib.loads(read_mounted(path).decode())
    except OSError as error:
        reason = error.strerror or str(error)
        problem = f"{name_of('config')}: cannot read {path}: {reason}"
        raise WrongSettingsError([problem]) from None
    except UnicodeDecodeError:
        raise WrongSettingsError([f"{path}: it is not UTF-8"]) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise WrongSettingsError([f"{path}: it is not TOML: {error}"]) from None
    problems = [_problem(name, value) for name, value in values.items()]
    if any(problems):
        raise WrongSettingsError([f"{path}: {problem}" for problem in problems if problem])
    return values


def kind_of(info: FieldInfo) -> str:
    """Return what a setting's value is in TOML, such as `an integer`."""
    if extra_of(info).get("text"):
        return "a string"
    annotation: Any = info.annotation
    if annotation is bool:
        return "true or false"
    if annotation is int or int in get_args(annotation):
        return "an integer"
    if annotation is float:
        return "a number"
    if annotation is ByteSize:
        return 'an integer, or a string such as "10MiB"'
    if annotation == list[str] or list[str] in get_args(annotation):
        return "an array of strings"
    return "a string"


def _problem(name: str, value: object) -> str | None:
    """Return what is wrong with a line of the file."""
    if name in SECRETS:
        return (
            f"{name}: a secret does not belong into a settings file; put it into a file of its "
            f"own and name that with {name_of('credentials_file')}, or set {name_of(name)}"
        )
    if name == "config":
        return "config: a settings file cannot name another"
    if name not in _NAMES:
        near = difflib.get_close_matches(name.lower().replace("-", "_"), _NAMES, n=1)
        advice = f"did you mean {near[0]}?" if near else "see tcproxy --help"
        return f"there is no setting {name[:60]!r}; {advice}"
    kind = kind_of(Settings.model_fields[name])
    return None if _is(kind, value) else f"{name}: it must be {kind}"


def _is(kind: str, value: object) -> bool:
    if isinstance(value, bool):
        return kind == "true or false"
    if isinstance(value, list):
        return kind == "an array of strings" and all(isinstance(each, str) for each in value)
    return isinstance(value, _TYPES[kind])
