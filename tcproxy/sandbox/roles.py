"""Roles: named sets of scopes that a scope ``assume:<role>`` stands for.

A role id that ends with ``*`` serves all names with that beginning; in its scopes ``<..>`` stands
for the rest of the name (Taskcluster's parameterised roles). Nothing here knows clients.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tcproxy.sandbox.scopes import is_valid, normalise

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ANONYMOUS = "assume:anonymous"
"""The scope that everybody has, with credentials or without."""

DEFAULT: Mapping[str, tuple[str, ...]] = {
    "anonymous": (
        "auth:current-scopes",
        "auth:expand-scopes",
        "index:find-task:*",
        "index:list-tasks:*",
        "queue:get-artifact:public/*",
        "queue:get-task:*",
        "queue:list-artifacts:*",
        "queue:list-task-group:*",
        "queue:status:*",
        "secrets:list-secrets",
    ),
}
"""The roles that every sandbox starts with."""

_PARAMETER = "<..>"


class Roles:
    """A fixed set of roles.

    Args:
        scopes_by_role: The scopes of each role id.

    Raises:
        ValueError: If a scope is none, ``<..>`` stands in a role whose id does not end with ``*``,
            or roles with ``<..>`` assume each other in a circle, so that expansion would not end.
    """

    def __init__(self, scopes_by_role: Mapping[str, Iterable[str]]) -> None:
        self._scopes = {f"assume:{role}": tuple(held) for role, held in scopes_by_role.items()}
        for role, held in self._scopes.items():
            _check(role, held)
        self._check_circles()

    def expand(self, scopes: Iterable[str]) -> tuple[str, ...]:
        """Return these scopes and all that they stand for, in normal form."""
        found: set[str] = set()
        waiting = set(scopes)
        while waiting:
            scope = waiting.pop()
            found.add(scope)
            for role, held in self._scopes.items():
                parameter = _matched(role, scope)
                if parameter is not None:
                    waiting.update(_fill(one, parameter) for one in held)
            waiting -= found
        return normalise(found)

    def _check_circles(self) -> None:
        """Refuse roles whose parameter could grow for ever."""
        calls = {
            role: [
                called
                for scope in held
                if _PARAMETER in scope
                for called in self._scopes
                if _matched(called, scope[: scope.index(_PARAMETER)] + "*") is not None
            ]
            for role, held in self._scopes.items()
        }
        for role in calls:
            reached: set[str] = set()
            waiting = list(calls[role])
            while waiting:
                called = waiting.pop()
                if called == role:
                    raise ValueError(f"{role} leads back to itself through {_PARAMETER}")
                if called not in reached:
                    reached.add(called)
                    waiting += calls[called]


def _check(role: str, held: tuple[str, ...]) -> None:
    for scope in held:
        if not is_valid(scope):
            raise ValueError(f"{scope!r} of {role} is not a scope")
        if _PARAMETER in scope and not role.endswith("*"):
            raise ValueError(f"{scope!r} needs a role id that ends with *, not {role}")


def _matched(role: str, scope: str) -> str | None:
    """Return what ``<..>`` stands for if a scope assumes a role, else None."""
    if role.endswith("*") and scope.startswith(role[:-1]):
        return scope[len(role) - 1 :]
    if scope == role or (scope.endswith("*") and role.startswith(scope[:-1])):
        return "*"
    return None


def _fill(scope: str, parameter: str) -> str:
    """Put a parameter in place; what would follow one that ends with ``*`` is dropped."""
    before, mark, after = scope.partition(_PARAMETER)
    if not mark:
        return scope
    if parameter.endswith("*"):
        return before + parameter
    return before + parameter + _fill(after, parameter)
