"""Checks of a payload against the part of JSON Schema that the services use, in ajv's words.

An unknown keyword in a schema is an error where it is used, so that none is silently ignored.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tcproxy.sandbox import times

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_TYPES: Mapping[str, type] = {"object": dict, "array": list, "string": str}


@dataclass(frozen=True, slots=True)
class Schema:
    """A named JSON schema.

    Args:
        name: Its place below ``/schemas/`` of the deployment, such as ``secrets/v1/secret.json``.
        rules: The schema itself.
    """

    name: str
    rules: Mapping[str, Any]

    def url(self, root_url: str) -> str:
        """Return the schema's address, as errors show it."""
        return f"{root_url}/schemas/{self.name}#"

    def with_defaults(self, data: Any) -> Any:
        """Return the data with the defaults of absent properties; the data itself is kept."""
        return _with_defaults(self.rules, data)

    def problems(self, data: Any) -> list[str]:
        """Return a line for each way in which the data does not fit; none if it does."""
        return list(_problems(self.rules, data, "data"))


def _with_defaults(rules: Mapping[str, Any], data: Any) -> Any:
    if isinstance(data, dict) and "properties" in rules:
        defaults = {
            name: rule["default"] for name, rule in rules["properties"].items() if "default" in rule
        }
        return {**data, **{name: value for name, value in defaults.items() if name not in data}}
    return data


def _problems(rules: Mapping[str, Any], data: Any, path: str) -> Iterator[str]:
    for keyword, value in rules.items():
        yield from _KEYWORDS[keyword](value, rules, data, path)


def _type(wanted: str, _: Mapping[str, Any], data: Any, path: str) -> Iterator[str]:
    if not isinstance(data, _TYPES[wanted]):
        yield f"{path} must be {wanted}"


def _required(names: list[str], _: Mapping[str, Any], data: Any, path: str) -> Iterator[str]:
    if isinstance(data, dict):
        for name in names:
            if name not in data:
                yield f"{path} must have required property '{name}'"


def _additional(
    allowed: bool,
    rules: Mapping[str, Any],
    data: Any,
    path: str,
) -> Iterator[str]:
    if isinstance(data, dict) and not allowed:
        for name in data:
            if name not in rules["properties"]:
                yield f'{path} must NOT have additional properties: "{name}"'


def _properties(
    properties: Mapping[str, Any], _: Mapping[str, Any], data: Any, path: str
) -> Iterator[str]:
    if isinstance(data, dict):
        for name, rules in properties.items():
            if name in data:
                yield from _problems(rules, data[name], f"{path}/{name}")


def _items(
    rules_of_item: Mapping[str, Any], _: Mapping[str, Any], data: Any, path: str
) -> Iterator[str]:
    if isinstance(data, list):
        for index, item in enumerate(data):
            yield from _problems(rules_of_item, item, f"{path}/{index}")


def _pattern(pattern: str, _: Mapping[str, Any], data: Any, path: str) -> Iterator[str]:
    # `$` is only the very end in JavaScript, where the schemas' patterns come from
    if isinstance(data, str) and not re.search(pattern.replace("$", r"\Z"), data):
        yield f'{path} must match pattern "{pattern}"'


def _format(name: str, _: Mapping[str, Any], data: Any, path: str) -> Iterator[str]:
    if isinstance(data, str):
        try:
            _FORMATS[name](data)
        except ValueError:
            yield f'{path} must match format "{name}"'


def _nothing(*_: Any) -> Iterator[str]:
    yield from ()


_FORMATS: Mapping[str, Callable[[str], object]] = {"date-time": times.parse}

_KEYWORDS: Mapping[str, Callable[[Any, Mapping[str, Any], Any, str], Iterator[str]]] = {
    "type": _type,
    "required": _required,
    "additionalProperties": _additional,
    "properties": _properties,
    "items": _items,
    "pattern": _pattern,
    "format": _format,
    "default": _nothing,
}
