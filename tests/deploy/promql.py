"""Reading PromQL as far as the tests need it: which metrics, labels and values a query names."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<string>"(?:[^"\\]|\\.)*")
      | (?P<duration>\[[0-9]+[smhd]\])
      | (?P<number>[0-9]+(?:\.[0-9]+)?)
      | (?P<name>[A-Za-z_:][A-Za-z0-9_:]*)
      | (?P<mark>=~|!~|!=|==|<=|>=|[-+*/%^<>=(){},])
    )""",
    re.VERBOSE,
)
_FUNCTIONS = frozenset(
    {"rate", "increase", "histogram_quantile", "time", "sum", "min", "max", "avg", "count"}
)
_LABEL_LISTS = frozenset({"by", "without", "on", "ignoring", "group_left", "group_right"})
_WORDS = frozenset({"and", "or", "unless", "bool"})


@dataclass(slots=True)
class Query:
    """What a query names.

    Attributes:
        metrics: for each metric the values that its labels are compared with, and how.
        grouping: labels in `by`, `on` and the like.
    """

    metrics: dict[str, list[tuple[str, str, str]]] = field(default_factory=dict)
    grouping: set[str] = field(default_factory=set)


def parse(expression: str) -> Query:
    """Read a query; raise ValueError for what is no PromQL, or none that is known here."""
    tokens = _tokens(expression)
    _check_parentheses(tokens, expression)
    query = Query()
    at = 0
    while at < len(tokens):
        kind, text = tokens[at]
        at += 1
        if kind == "name" and text not in _WORDS:
            following = tokens[at][1] if at < len(tokens) else ""
            at = _read_name(query, text, following, tokens, at)
    return query


def _read_name(
    query: Query, name: str, following: str, tokens: list[tuple[str, str]], at: int
) -> int:
    """Take a name and what belongs to it; return the place behind."""
    if name in _LABEL_LISTS:
        if following != "(":
            return at
        labels, at = _labels(tokens, at + 1)
        query.grouping |= labels
        return at
    if name in _FUNCTIONS:
        if following not in {"(", "by", "without"}:
            raise ValueError(f"{name} takes no argument here")
        return at
    if following == "(":
        raise ValueError(f"unknown function {name}")
    matchers, at = _matchers(tokens, at)
    query.metrics.setdefault(name, []).extend(matchers)
    return at


def _check_parentheses(tokens: list[tuple[str, str]], expression: str) -> None:
    depth = 0
    for _, text in tokens:
        depth += {"(": 1, ")": -1}.get(text, 0)
        if depth < 0:
            raise ValueError(f"one ) too many: {expression}")
    if depth:
        raise ValueError(f"{depth} ) missing: {expression}")


def _tokens(expression: str) -> list[tuple[str, str]]:
    tokens = []
    at = 0
    text = expression.strip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ValueError(f"cannot read {text[at:]!r}")
        kind = match.lastgroup or ""
        tokens.append((kind, match[kind]))
        at = match.end()
    return tokens


def _labels(tokens: list[tuple[str, str]], at: int) -> tuple[set[str], int]:
    labels = set()
    while tokens[at][1] != ")":
        if tokens[at][1] != ",":
            labels.add(tokens[at][1])
        at += 1
    return labels, at + 1


def _matchers(tokens: list[tuple[str, str]], at: int) -> tuple[list[tuple[str, str, str]], int]:
    matchers: list[tuple[str, str, str]] = []
    if at >= len(tokens) or tokens[at][1] != "{":
        return matchers, at
    at += 1
    while tokens[at][1] != "}":
        (kind, label), (_, operator), (value_kind, value) = tokens[at : at + 3]
        if kind != "name" or operator not in {"=", "!=", "=~", "!~"} or value_kind != "string":
            raise ValueError(f"not a matcher: {label} {operator} {value}")
        matchers.append((label, operator, value[1:-1]))
        at += 3
        if tokens[at][1] == ",":
            at += 1
    return matchers, at + 1
