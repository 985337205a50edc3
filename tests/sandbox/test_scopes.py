"""The algebra of scopes and the expansion of roles."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from tcproxy.sandbox import Client, Sandbox
from tcproxy.sandbox.roles import Roles
from tcproxy.sandbox.scopes import (
    AllOf,
    AnyOf,
    Expression,
    as_json,
    covers,
    is_valid,
    missing,
    normalise,
    satisfies,
)

often = settings(max_examples=400, deadline=None)

# few letters, so that scopes often cover each other
_scope = st.text("ab:*", max_size=4)
_scopes = st.lists(_scope, max_size=6)
_plain = st.text("ab:", max_size=5)
_expression: st.SearchStrategy[Expression] = st.recursive(
    _scope,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda members: AllOf(tuple(members)))
        | st.lists(inner, max_size=3).map(lambda members: AnyOf(tuple(members)))
    ),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("held", "scope", "covered"),
    [
        ("a", "a", True),
        ("a", "ab", False),
        ("a*", "a", True),
        ("a*", "ab", True),
        ("a*", "a*", True),
        ("a*", "ab*", True),
        ("ab*", "a*", False),
        ("a", "a*", False),
        ("*", "anything", True),
        ("*", "*", True),
        ("*", "", True),
        ("a**", "a*", False),
        ("a**", "a**", True),
        ("a**", "a*b", True),
        ("**", "*", False),
        ("a**", "ab", False),
        ("a*b", "axb", False),
    ],
)
def test_a_trailing_star_stands_for_any_ending(held: str, scope: str, covered: bool) -> None:
    assert covers(held, scope) is covered


@often
@given(first=_scope, second=_scope, third=_scope)
def test_covering_is_an_order(first: str, second: str, third: str) -> None:
    assert covers(first, first)
    if covers(first, second) and covers(second, third):
        assert covers(first, third)
    if covers(first, second) and covers(second, first):
        assert first == second


@often
@given(scopes=_scopes, asked=_plain)
def test_normal_form_means_the_same(scopes: list[str], asked: str) -> None:
    normal = normalise(scopes)
    assert satisfies(normal, asked) is any(covers(scope, asked) for scope in scopes)
    assert satisfies(normal, AllOf(tuple(scopes)))
    assert satisfies(scopes, AllOf(normal))


@often
@given(scopes=_scopes, order=st.randoms())
def test_normal_form_is_the_same_for_the_same_set(scopes: list[str], order: Random) -> None:
    normal = normalise(scopes)
    again = [*scopes, *normal]
    order.shuffle(again)
    assert normalise(again) == normal == tuple(sorted(set(normal)))
    assert set(normal) <= set(scopes)
    for one in normal:
        assert [other for other in normal if covers(other, one)] == [one]


@often
@given(held=_scopes, expression=_expression)
def test_what_is_missing_is_what_is_left_to_satisfy(
    held: list[str], expression: Expression
) -> None:
    lacking = missing(held, expression)
    assert satisfies(held, expression) is _holds(held, expression)
    if lacking is None:
        return
    assert not satisfies(held, lacking)
    for scope in _leaves(lacking):
        assert not satisfies(held, scope)
    if _holds(["*"], expression):
        assert satisfies([*held, *_leaves(lacking)], expression)


def _holds(held: list[str], expression: Expression) -> bool:
    if isinstance(expression, str):
        return any(covers(scope, expression) for scope in held)
    combine = all if isinstance(expression, AllOf) else any
    return combine(_holds(held, member) for member in expression.members)


def _leaves(expression: Expression) -> list[str]:
    if isinstance(expression, str):
        return [expression]
    return [scope for member in expression.members for scope in _leaves(member)]


def test_what_is_missing_is_short() -> None:
    expression = AllOf(("a", "b", AnyOf(("c", AllOf(("a", "d"))))))
    assert missing(["a", "b", "c"], expression) is None
    assert missing(["a"], expression) == AllOf(("b", AnyOf(("c", "d"))))
    assert missing(["a", "b"], expression) == AnyOf(("c", "d"))
    assert missing(["b", "c"], expression) == "a"
    assert missing([], AnyOf(())) == AnyOf(())
    assert missing([], AllOf(())) is None
    assert as_json(expression) == {"AllOf": ["a", "b", {"AnyOf": ["c", {"AllOf": ["a", "d"]}]}]}


@pytest.mark.parametrize(
    ("scope", "valid"),
    [("", True), (" ~", True), ("a\n", False), ("é", False), ("\x7f", False), (1, False)],
)
def test_scopes_are_printable_ascii(scope: object, valid: bool) -> None:
    assert is_valid(scope) is valid


# -- roles ----------------------------------------------------------------------------------------

ROLES = Roles(
    {
        "plain": ["p:1", "p:2*"],
        "nested": ["assume:plain", "n:1"],
        "repo:*": ["repo:<..>:read", "log:<..>*", "fixed"],
        "repo:git/*": ["git:<..>"],
        "twice:*": ["t:<..>/<..>"],
        "loop-a": ["assume:loop-b", "a"],
        "loop-b": ["assume:loop-a", "b"],
        "hop:*": ["assume:repo:<..>"],
    }
)


@pytest.mark.parametrize(
    ("given_scopes", "expanded"),
    [
        ([], []),
        (["x"], ["x"]),
        (["assume:unknown"], ["assume:unknown"]),
        (["assume:plain"], ["assume:plain", "p:1", "p:2*"]),
        (["assume:nested"], ["assume:nested", "assume:plain", "n:1", "p:1", "p:2*"]),
        (["assume:plain", "p:*"], ["assume:plain", "p:*"]),
        (["assume:repo:x"], ["assume:repo:x", "fixed", "log:x*", "repo:x:read"]),
        (
            ["assume:repo:git/x"],
            ["assume:repo:git/x", "fixed", "git:x", "log:git/x*", "repo:git/x:read"],
        ),
        # what follows a parameter that ends with a star is dropped
        (["assume:repo:x*"], ["assume:repo:x*", "fixed", "log:x*", "repo:x*"]),
        (["assume:repo:"], ["assume:repo:", "fixed", "log:*", "repo::read"]),
        (["assume:repo:git*"], ["assume:repo:git*", "fixed", "git:*", "log:git*", "repo:git*"]),
        (["assume:rep*"], ["assume:rep*", "fixed", "git:*", "log:*", "repo:*"]),
        (["assume:twice:x"], ["assume:twice:x", "t:x/x"]),
        (["assume:twice:x*"], ["assume:twice:x*", "t:x*"]),
        (["assume:loop-a"], ["a", "assume:loop-a", "assume:loop-b", "b"]),
        (
            ["assume:hop:x"],
            ["assume:hop:x", "assume:repo:x", "fixed", "log:x*", "repo:x:read"],
        ),
        (["*"], ["*"]),
        (
            ["ass*"],
            ["a", "ass*", "b", "fixed", "git:*", "log:*", "n:1", "p:1", "p:2*", "repo:*", "t:*"],
        ),
    ],
)
def test_roles_are_expanded(given_scopes: list[str], expanded: list[str]) -> None:
    assert ROLES.expand(given_scopes) == tuple(expanded)


_role_ids = st.sampled_from(["a", "ab", "a*", "b*", "ab*", "*"])
_held = st.sampled_from(["x", "y*", "assume:a", "assume:ab", "assume:ab*", "assume:b", "a*"])


@often
@given(
    roles=st.dictionaries(_role_ids, st.lists(_held, max_size=3), max_size=4),
    parameters=st.lists(st.sampled_from(["x:<..>", "<..>y", "assume:c:<..>"]), max_size=2),
    scopes=st.lists(_held | st.sampled_from(["assume:*", "assume:aba", "*"]), max_size=3),
)
def test_expansion_ends_and_is_final(
    roles: dict[str, list[str]], parameters: list[str], scopes: list[str]
) -> None:
    try:
        made = Roles({**roles, **({"c*": parameters} if parameters else {})})
    except ValueError:
        reject()
    expanded = made.expand(scopes)
    assert made.expand(expanded) == expanded == normalise(expanded)
    assert satisfies(expanded, AllOf(tuple(scopes)))


@pytest.mark.parametrize(
    ("roles", "problem"),
    [
        ({"a": ["é"]}, "is not a scope"),
        ({"a": ["x:<..>"]}, "needs a role id that ends with *"),
        ({"a:*": ["assume:a:x<..>"]}, "leads back to itself"),
        ({"a:*": ["assume:b:<..>"], "b:*": ["assume:a:x<..>"]}, "leads back to itself"),
        ({"a:*": ["assume:<..>"]}, "leads back to itself"),
        ({"a:*": ["<..>"]}, "leads back to itself"),
    ],
)
def test_bad_roles_are_refused_at_once(roles: dict[str, list[str]], problem: str) -> None:
    with pytest.raises(ValueError, match=problem.replace("*", r"\*")):
        Sandbox(roles=roles)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        (("a b", "token"), "'a b' is not a client id"),
        (("", "token"), "is not a client id"),
        (("a", ""), "the access token of a must be ASCII and not empty"),
        (("a", "é"), "the access token of a must be ASCII and not empty"),
        (("a", "token", ("é",)), "'é' of a is not a scope"),
    ],
)
def test_bad_clients_are_refused_at_once(fields: tuple[str, str], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Client(*fields)


def test_two_clients_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="there are two clients called a"):
        Sandbox(clients=[Client("a", "x"), Client("a", "y")])


def test_a_client_does_not_show_its_token() -> None:
    assert "very-secret" not in repr(Client("a", "very-secret"))
