"""The shortest list of scopes that means the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcproxy.scopes import check_scopes, normalise

scopes = st.text(st.sampled_from("ab:*"), max_size=5)


def satisfied(wanted: str, given_scopes: tuple[str, ...] | list[str]) -> bool:
    return any(
        scope == wanted or (scope.endswith("*") and wanted.startswith(scope[:-1]))
        for scope in given_scopes
    )


@given(st.lists(scopes), scopes)
def test_normalising_changes_no_meaning(many: list[str], wanted: str) -> None:
    assert satisfied(wanted, normalise(many)) == satisfied(wanted, many)


@given(st.lists(scopes))
def test_nothing_is_left_that_another_covers(many: list[str]) -> None:
    left = normalise(many)
    for index, scope in enumerate(left):
        assert not satisfied(scope, [*left[:index], *left[index + 1 :]])


def test_order_stays() -> None:
    assert normalise(["c", "a", "b:*", "a", "b:x", "b:"]) == ("c", "a", "b:*")
    assert normalise(["x", "*", "y"]) == ("*",)


@pytest.mark.parametrize("scope", ["é", "a\nb", "a**", 5])
def test_what_is_no_scope(scope: object) -> None:
    with pytest.raises(ValueError, match="is not a scope"):
        check_scopes(["ok", scope])
