"""The algebra of scopes: what one covers, sets in normal form, and expressions over them.

A scope is printable ASCII; one that ends with ``*`` stands for every scope with that beginning.
Nothing here knows roles, clients or requests.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

PATTERN = r"^[\x20-\x7e]*$"
"""What a scope looks like, as a regular expression that JavaScript reads the same way."""

_SCOPE = re.compile(r"[\x20-\x7e]*")


@dataclass(frozen=True, slots=True)
class AllOf:
    """An expression that holds if every member does."""

    members: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """An expression that holds if one member does."""

    members: tuple[Expression, ...]


Expression: TypeAlias = str | AllOf | AnyOf
"""What a method asks for: a scope, or a combination."""


def is_valid(scope: object) -> bool:
    """Tell whether something is a scope."""
    return isinstance(scope, str) and _SCOPE.fullmatch(scope) is not None


def covers(held: str, scope: str) -> bool:
    """Tell whether who holds one scope thereby holds another, which may end with ``*`` too.

    Both stand for sets, so ``a**`` (what begins with ``a*``) does not cover ``a*``.
    """
    if held.endswith("*"):
        return scope.removesuffix("*").startswith(held[:-1])
    return scope == held


def normalise(scopes: Iterable[str]) -> tuple[str, ...]:
    """Return the same set, sorted, without repeated scopes and those that another one covers."""
    kept: list[str] = []
    widest: str | None = None
    for scope in sorted(set(scopes), key=_widest_first):
        if widest is not None and covers(widest, scope):
            continue
        kept.append(scope)
        if scope.endswith("*"):
            widest = scope
    return tuple(sorted(kept))


def _widest_first(scope: str) -> tuple[str, bool]:
    """Sort a scope with ``*`` directly before all that it covers."""
    return (scope[:-1], False) if scope.endswith("*") else (scope, True)


def satisfies(held: Iterable[str], required: Expression) -> bool:
    """Tell whether a set of scopes is enough for an expression."""
    return missing(held, required) is None


def missing(held: Iterable[str], required: Expression) -> Expression | None:
    """Return the part of an expression that a set of scopes leaves open, or None.

    Satisfied members are left out, and an ``AllOf`` left with one member becomes that member.
    """
    if isinstance(required, str):
        return None if any(covers(scope, required) for scope in held) else required
    held = tuple(held)
    lacking = tuple(missing(held, member) for member in required.members)
    left = tuple(member for member in lacking if member is not None)
    if isinstance(required, AnyOf):
        return None if len(left) < len(lacking) else AnyOf(left)
    if len(left) <= 1:
        return left[0] if left else None
    return AllOf(left)


def transform(expression: Expression, change: Callable[[str], str]) -> Expression:
    """Return the expression with each of its scopes changed."""
    if isinstance(expression, str):
        return change(expression)
    return type(expression)(tuple(transform(member, change) for member in expression.members))


def as_json(expression: Expression) -> Any:
    """Return an expression as the API writes it: a string, or an object with one key."""
    if isinstance(expression, str):
        return expression
    return {type(expression).__name__: [as_json(member) for member in expression.members]}
