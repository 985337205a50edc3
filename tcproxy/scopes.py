"""Scopes: their syntax, and the shortest list that means the same. No I/O.

Source: https://docs.taskcluster.net/docs/manual/design/apis/hawk/scopes
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_SCOPE = re.compile(r"[\x20-\x7e]*")


def check_scopes(scopes: Iterable[object]) -> None:
    """Make sure that each is a scope.

    Raises:
        ValueError: one is not a string of printable ASCII, or ends in `**`.
    """
    for scope in scopes:
        if not isinstance(scope, str) or not _SCOPE.fullmatch(scope):
            raise ValueError(f"{scope!r:.80} is not a scope: a scope is printable ASCII text")
        if scope.endswith("**"):
            raise ValueError(f"{scope!r:.80} is not a scope: it ends in two asterisks")


def normalise(scopes: Iterable[str]) -> tuple[str, ...]:
    """Drop duplicates and scopes that another, ending in `*`, covers; the order stays."""
    unique = tuple(dict.fromkeys(scopes))
    prefixes = {scope[:-1] for scope in unique if scope.endswith("*")}
    return tuple(scope for scope in unique if not _is_covered(scope, prefixes))


def _is_covered(scope: str, prefixes: set[str]) -> bool:
    own = len(scope) - 1 if scope.endswith("*") else len(scope) + 1
    return any(scope[:length] in prefixes for length in range(min(own, len(scope) + 1)))
