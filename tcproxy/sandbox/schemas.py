"""Checks of a payload against the part of JSON Schema that the services use, in ajv's words.

An unknown keyword in a schema is an error where it is used, so that none is silently ignored.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tcproxy.sandbox import times

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[\x21-\x7e]+")

_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "object": lambda data: isinstance(data, dict),
    "array": lambda data: isinstance(data, list),
    "string": lambda data: isinstance(data, str),
    "boolean": lambda data: isinstance(data, bool),
    # true and false are numbers to Python, and 1.0 is an integer to JSON Schema
    "number": lambda data: isinstance(data, (int, float)) and not isinstance(data, bool),
    "integer": lambda data: (
        not isinstance(data, bool)
        and (isinstance(data, int) or (isinstance(data, float) and data.is_integer()))
    ),
}


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
    if not _TYPES[wanted](data):
        yield f"{path} must be {wanted}"


def _required(names: list[str], _: Mapping[str, Any], data: Any, path: str) -> Iterator[str]:
    if isinstance(data, dict):
        for name in names:
            if name not in data:
                yield f"{path} must have required property '{name}'"


def _additional(
    allowed: bool | Mapping[str, Any],
    rules: Mapping[str, Any],
    data: Any,
    path: str,
) -> Iterator[str]:
    if not isinstance(data, dict) or allowed is True:
        return
    for name in data:
        if name in rules.get("properties", {}):
            continue
        if allowed is False:
            yield f'{path} must NOT have additional properties: "{name}"'
        else:
            yield from _problems(allowed, data[name], f"{path}/{name}")


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


def _enum(values: list[Any], _: Mapping[str, Any], data: Any, path: str) -> Iterator[str]:
    # 1 and true are equal to Python
    if not any(type(data) is type(value) and data == value for value in values):
        yield f"{path} must be equal to one of the allowed values"


def _const(value: Any, _: Mapping[str, Any], data: Any, path: str) -> Iterator[str]:
    if type(data) is not type(value) or data != value:
        yield f"{path} must be equal to constant"


def _minimum(least: int, _: Mapping[str, Any], data: Any, path: str) -> Iterator[str]:
    if isinstance(data, (int, float)) and not isinstance(data, bool) and data < least:
        yield f"{path} must be >= {least}"


def _maximum(most: int, _: Mapping[str, Any], data: Any, path: str) -> Iterator[str]:
    if isinstance(data, (int, float)) and not isinstance(data, bool) and data > most:
        yield f"{path} must be <= {most}"


def _min_length(least: int, _: Mapping[str, Any], data: Any, path: str) -> Iterator[str]:
    if isinstance(data, str) and len(data) < least:
        yield f"{path} must NOT have fewer than {least} characters"


def _max_length(most: int, _: Mapping[str, Any], data: Any, path: str) -> Iterator[str]:
    if isinstance(data, str) and len(data) > most:
        yield f"{path} must NOT have more than {most} characters"


def _max_items(most: int, _: Mapping[str, Any], data: Any, path: str) -> Iterator[str]:
    if isinstance(data, list) and len(data) > most:
        yield f"{path} must NOT have more than {most} items"


def _unique(wanted: bool, _: Mapping[str, Any], data: Any, path: str) -> Iterator[str]:
    if not wanted or not isinstance(data, list):
        return
    first_at: dict[str, int] = {}
    for index, item in enumerate(data):
        first = first_at.setdefault(json.dumps(item, sort_keys=True), index)
        if first != index:
            yield (
                f"{path} must NOT have duplicate items (items ## {first} and {index} are identical)"
            )
            return


def _one_of(
    choices: list[Mapping[str, Any]], _: Mapping[str, Any], data: Any, path: str
) -> Iterator[str]:
    found = [list(_problems(rules, data, path)) for rules in choices]
    if sum(not problems for problems in found) != 1:
        for problems in found:
            yield from problems
        yield f"{path} must match exactly one schema in oneOf"


def _nothing(*_: Any) -> Iterator[str]:
    yield from ()


def _parse_uri(text: str) -> None:
    if not _URI.fullmatch(text):
        raise ValueError(f"{text!r} is not a URI")


_FORMATS: Mapping[str, Callable[[str], object]] = {"date-time": times.parse, "uri": _parse_uri}

_KEYWORDS: Mapping[str, Callable[[Any, Mapping[str, Any], Any, str], Iterator[str]]] = {
    "type": _type,
    "required": _required,
    "additionalProperties": _additional,
    "properties": _properties,
    "items": _items,
    "pattern": _pattern,
    "format": _format,
    "enum": _enum,
    "const": _const,
    "minimum": _minimum,
    "maximum": _maximum,
    "minLength": _min_length,
    "maxLength": _max_length,
    "maxItems": _max_items,
    "uniqueItems": _unique,
    "oneOf": _one_of,
    "default": _nothing,
}
