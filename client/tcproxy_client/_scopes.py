"""Whether scopes cover other scopes. Pure functions."""

import warnings
from collections.abc import Iterable


def scopeMatch(assumedScopes: Iterable[str], requiredScopeSets: Iterable[Iterable[str]]) -> bool:
    """Tell whether scopes satisfy a requirement.

    Args:
        assumedScopes: what one has; a ``*`` at the end covers everything that begins so.
        requiredScopeSets: one of these sets must be covered whole.
    """
    assumed = list(assumedScopes)
    return any(
        all(any(_covers(have, needed) for have in assumed) for needed in scopes)
        for scopes in requiredScopeSets
    )


def scope_match(
    assumed_scopes: Iterable[str], required_scope_sets: Iterable[Iterable[str]]
) -> bool:
    """Do what `scopeMatch` does, under the name it once had."""
    warnings.warn("scope_match is now called scopeMatch", UserWarning, stacklevel=2)
    return scopeMatch(assumed_scopes, required_scope_sets)


def _covers(have: str, needed: str) -> bool:
    return have == needed or (have.endswith("*") and needed.startswith(have[:-1]))
