"""Where settings come from: flags before the environment, before a file, before the defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError
from pydantic_settings import EnvSettingsSource

from tcproxy.errors import WrongSettingsError
from tcproxy.names import POSITIONAL, SECRETS, flag_of, name_of, variable_of
from tcproxy.settings import Settings

Source = Literal["flag", "environment", "file", "default"]


@dataclass(frozen=True, slots=True)
class Effective:
    """The settings in effect.

    Attributes:
        settings: their values.
        sources: where each comes from.
    """

    settings: Settings
    sources: Mapping[str, Source]

    def origin(self, name: str) -> str:
        """Return where a setting comes from, for people."""
        source = self.sources[name]
        if source == "flag":
            return f"flag {POSITIONAL.get(name, flag_of(name))}"
        if source == "environment":
            return f"environment {variable_of(name)}"
        if source == "file":
            return f"file {self.settings.config}"
        return "default"


def effective_settings(flags: Mapping[str, Any]) -> Effective:
    """Put the settings together.

    Args:
        flags: values from the command line, by the names of their settings.

    Raises:
        WrongSettingsError: some are wrong; the text of each says where it stands.
    """
    environment = _environment()
    config = flags.get("config") or environment.get("config")
    file = {} if config is None else _read(Path(config))
    given: dict[Source, Mapping[str, Any]]
    given = {"file": file, "environment": environment, "flag": flags}
    values: dict[str, Any] = {}
    sources: dict[str, Source] = dict.fromkeys(Settings.model_fields, "default")
    for source, some in given.items():
        values.update(some)
        sources.update(dict.fromkeys(some, source))
    try:
        return Effective(Settings(**values), sources)
    except ValidationError as error:
        raise WrongSettingsError(_explain(error, values, sources, str(config))) from None


def _read(path: Path) -> dict[str, Any]:
    # Most starts have no such file, and need not wait until a parser is loaded.
    from tcproxy.config_file import read_config

    return read_config(path)


def _environment() -> dict[str, Any]:
    """Return what the environment gives, by the names of the settings."""
    return {_field_of(name): value for name, value in EnvSettingsSource(Settings)().items()}


def _explain(
    error: ValidationError, values: Mapping[str, Any], sources: Mapping[str, Source], config: str
) -> list[str]:
    """Put each thing that is wrong into one line; the second of one setting adds little."""
    lines: dict[str, str] = {}
    for each in error.errors(include_input=False, include_url=False):
        field = _field_of(str(each["loc"][0]))
        where = f"{config}: {field}" if sources[field] == "file" else name_of(field)
        lines.setdefault(field, f"{where}: {_reason(each['msg'], field, values)}")
    return list(lines.values())


def _reason(message: str, field: str, values: Mapping[str, Any]) -> str:
    """Say what is wrong with a value; the library's own words neither name nor show it."""
    own, is_ours = message.removeprefix("Value error, "), message.startswith("Value error, ")
    if is_ours or field in SECRETS or field not in values:
        return own
    return f"{values[field]!r} is wrong: {own.replace('Input should', 'it should', 1)}"


def _field_of(location: str) -> str:
    """Return the setting that a library means by its name or its variable."""
    if location in Settings.model_fields:
        return location
    return next(name for name in Settings.model_fields if variable_of(name) == location)
