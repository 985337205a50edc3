"""From a raw request target to the method it calls: fixed parts byte by byte, parameters decoded.

Paths are never normalised: ``..``, ``//`` and an encoded slash mean what they say. Nothing here
knows signatures or bodies.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar
from urllib.parse import parse_qs, unquote_to_bytes

from tcproxy.sandbox import errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_PARAMETER = re.compile(r"<(\w+)(\*?)>")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})|%00")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Target:
    """A request target in its parts, none of them decoded.

    Attributes:
        raw: All of it, as it was sent.
        path: What stands before the query.
        query: What stands after the first ``?``, without it; empty if there is none.
    """

    raw: str
    path: str
    query: str

    @classmethod
    def split(cls, raw: str) -> Target:
        """Take a target apart; a fragment, which no client should send, names nothing."""
        path, _, query = raw.partition("#")[0].partition("?")
        return cls(raw, path, query)

    def parameters(self) -> dict[str, list[str]]:
        """Return the decoded query, with all values of each name."""
        return parse_qs(self.query, keep_blank_values=True)


class Route:
    """A path with parameters: ``<name>`` is one part of it, ``<name*>`` is all the rest.

    A route without a rest also matches with one trailing slash.
    """

    __slots__ = ("_pattern",)

    def __init__(self, path: str) -> None:
        parts: list[str] = []
        end = 0
        for parameter in _PARAMETER.finditer(path):
            name, rest = parameter.groups()
            parts += [
                re.escape(path[end : parameter.start()]),
                f"(?P<{name}>{'.*' if rest else '[^/]+'})",
            ]
            end = parameter.end()
        open_ended = path.endswith("*>")
        parts.append(re.escape(path[end:].rstrip("/")) + ("" if open_ended else "/?"))
        self._pattern = re.compile("".join(parts))

    def match(self, path: str) -> dict[str, str] | None:
        """Return the raw parameters if a path is of this route, else None."""
        match = self._pattern.fullmatch(path)
        return None if match is None else match.groupdict()


@dataclass(frozen=True, slots=True)
class Match(Generic[T]):
    """What a table of routes says about a path.

    Attributes:
        verbs: Every verb that the path knows; empty if the path is not known.
        found: What the verb leads to; None if the path does not know the verb.
        params: The raw parameters for it.
    """

    verbs: frozenset[str]
    found: T | None
    params: Mapping[str, str]


class Routes(Generic[T]):
    """A table of routes; where several match, the first one counts.

    Args:
        entries: Verb, path and what they lead to.
    """

    __slots__ = ("_entries",)

    def __init__(self, entries: Iterable[tuple[str, str, T]]) -> None:
        self._entries = tuple((verb, Route(path), entry) for verb, path, entry in entries)

    def match(self, verb: str, path: str) -> Match[T]:
        """Find what a verb and a raw path lead to. HEAD is served by what serves GET."""
        wanted = "GET" if verb == "HEAD" else verb
        verbs: set[str] = set()
        found: T | None = None
        params: Mapping[str, str] = {}
        for known, route, entry in self._entries:
            raw = route.match(path)
            if raw is None:
                continue
            verbs.add(known)
            if known == wanted and found is None:
                found, params = entry, raw
        if "GET" in verbs:
            verbs.add("HEAD")
        return Match(frozenset(verbs), found, params)


def decode(params: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Percent-decode URL parameters as UTF-8; ``+`` stays.

    Returns:
        The parameters, and a line for each that is not percent-encoded UTF-8 or has a NUL; such a
        parameter stays as it was.
    """
    decoded: dict[str, str] = {}
    problems: list[str] = []
    for name, raw in params.items():
        text = _unquote(raw)
        decoded[name] = raw if text is None else text
        if text is None:
            problems.append(
                f"URL parameter '{name}' given as '{raw}' must be percent-encoded UTF-8"
            )
    return decoded, problems


def check_params(params: Mapping[str, str], patterns: Mapping[str, str]) -> list[str]:
    """Return a line for each decoded URL parameter that is not as its pattern wants it."""
    return [
        f"URL parameter '{name}' given as '{value}' must match regular expression: '/{pattern}/'"
        for name, value in params.items()
        # `$` is only the very end in JavaScript, whose notation the message shows
        if (pattern := patterns.get(name)) and not re.search(pattern.replace("$", r"\Z"), value)
    ]


def _unquote(raw: str) -> str | None:
    if _BAD_ESCAPE.search(raw):
        return None
    try:
        return unquote_to_bytes(raw).decode()
    except UnicodeDecodeError:
        return None


def check_query(parameters: Mapping[str, list[str]], known: Mapping[str, str]) -> dict[str, str]:
    """Return the query parameters of a call, each given once and as its pattern wants it.

    ``bewit`` is always allowed, and left out.

    Args:
        parameters: The decoded query.
        known: The pattern for each parameter that the method knows.

    Raises:
        ApiError: A parameter is unknown, repeated or does not match.
    """
    problems = [
        problem
        for name, values in parameters.items()
        if name != "bewit" and (problem := _query_problem(name, values, known.get(name)))
    ]
    if problems:
        raise errors.invalid_arguments("\n".join(problems))
    return {name: values[0] for name, values in parameters.items() if name != "bewit"}


def _query_problem(name: str, values: list[str], pattern: str | None) -> str | None:
    if pattern is None:
        return f"Query-string parameter: {name} is not supported!"
    if len(values) > 1:
        return f"Query-string parameter: {name} must be a string!"
    # `$` is only the very end in JavaScript, whose notation the message shows
    if not re.search(pattern.replace("$", r"\Z"), values[0]):
        return (
            f'Query-string parameter: {name}="{values[0]}" does not match expression: /{pattern}/'
        )
    return None
