"""The auth service: who is calling, and what scopes stand for."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.harness.caller import Response
from tests.sandbox.running import EVERYBODY, NOBODY, ONE, ROOT, Running, text
from tests.sandbox.signing import Signer, ext_of

AUTH = "/api/auth/v1"
CURRENT = f"{AUTH}/scopes/current"
EXPAND = f"{AUTH}/scopes/expand"
TEST = f"{AUTH}/test-authenticate"
TEST_GET = f"{AUTH}/test-authenticate-get/"
TESTER = Signer("tester", "no-secret")


def post(sandbox: Running, signer: Signer | None, target: str, body: Any, **hawk: Any) -> Response:
    data = json.dumps(body).encode()
    if signer is None:
        return sandbox.request("POST", target, [("Content-Type", "application/json")], data)
    return sandbox.signed(signer, "POST", target, data, **hawk)


@pytest.mark.parametrize("service", ["auth", "secrets"])
def test_every_service_says_that_it_is_there(sandbox: Running, service: str) -> None:
    root = f"/api/{service}/v1"
    ping = sandbox.request("GET", f"{root}/ping").json()
    assert ping.keys() == {"alive", "uptime"}
    assert ping["alive"] is True
    assert ping["uptime"] > 0
    assert sandbox.request("GET", f"{root}/__heartbeat__").json() == {}
    assert sandbox.request("GET", f"{root}/__lbheartbeat__").json() == {}
    version = sandbox.request("GET", f"{root}/__version__").json()
    assert list(version) == ["version", "commit", "source", "build"]


def test_current_scopes(sandbox: Running) -> None:
    assert sandbox.request("GET", CURRENT).json() == {"scopes": EVERYBODY}
    assert sandbox.signed(ROOT, "GET", CURRENT).json() == {"scopes": ["*"]}
    assert sandbox.signed(NOBODY, "GET", CURRENT).json() == {"scopes": EVERYBODY}
    assert "auth:create-client:team/one/*" in sandbox.signed(ONE, "GET", CURRENT).json()["scopes"]


@pytest.mark.parametrize(
    ("scopes", "expanded"),
    [
        ([], []),
        (["a:b", "a:*", "a:c"], ["a:*"]),
        (["b", "*", "a"], ["*"]),
        (["assume:unknown"], ["assume:unknown"]),
        (["assume:anonymous"], EVERYBODY),
        (["assume:reader:x"], ["assume:reader:x", "read:x", "secrets:get:x/*"]),
        (
            ["assume:deputy", "read:*"],
            ["assume:deputy", "assume:reader:deputy", "read:*", "secrets:get:deputy/*"],
        ),
    ],
)
def test_expand_scopes(sandbox: Running, scopes: list[str], expanded: list[str]) -> None:
    for signer in (None, ROOT):
        response = post(sandbox, signer, EXPAND, {"scopes": scopes})
        assert (response.status, response.json()) == (200, {"scopes": expanded})


@pytest.mark.parametrize(
    ("body", "problems"),
    [
        ({}, ["data must have required property 'scopes'"]),
        ([], ["data must be object"]),
        (
            {"scopes": [], "x": 1, "y": 2},
            [
                'data must NOT have additional properties: "x"',
                'data must NOT have additional properties: "y"',
            ],
        ),
        ({"scopes": "a"}, ["data/scopes must be array"]),
        ({"scopes": ["a", 1]}, ["data/scopes/1 must be string"]),
        ({"scopes": ["é", "a\n"]}, [r'data/scopes/N must match pattern "^[\x20-\x7e]*$"'] * 2),
    ],
)
def test_input_must_fit_the_schema(sandbox: Running, body: Any, problems: list[str]) -> None:
    response = post(sandbox, None, EXPAND, body)
    assert (response.status, response.json()["code"]) == (400, "InputValidationError")
    shown = "\n".join(f"  * {line}" for line in problems)
    for number in range(2):
        shown = shown.replace("/N", f"/{number}", 1)
    assert text(response) == (
        "\nSchema Validation Failed!\n"
        f"Rejecting Schema: {sandbox.url}/schemas/auth/v1/scopeset.json#\nErrors:\n{shown}"
    )
    assert response.json()["requestInfo"]["payload"] == body


def test_both_methods_ask_for_their_scopes() -> None:
    with Running(roles={"anonymous": []}) as strict:
        response = post(strict, None, EXPAND, {"scopes": []})
        assert (response.status, response.json()["code"]) == (403, "InsufficientScopes")
        assert text(response) == (
            "This request requires Taskcluster credentials that satisfy the following scope "
            "expression:\n\n```\nauth:expand-scopes\n```"
        )
        assert strict.request("GET", CURRENT).status == 403
        assert strict.signed(ROOT, "GET", CURRENT).json() == {"scopes": ["*"]}


# -- testAuthenticate -----------------------------------------------------------------------------


def test_the_tester_is_told_who_it_is(sandbox: Running) -> None:
    body = {"clientScopes": ["test:*"], "requiredScopes": ["test:a", "test:b"]}
    response = post(sandbox, TESTER, TEST, body)
    assert (response.status, response.json()) == (
        200,
        {"clientId": "tester", "scopes": ["assume:anonymous", "test:*"]},
    )
    assert post(sandbox, TESTER, TEST, {}).json() == {
        "clientId": "tester",
        "scopes": ["assume:anonymous"],
    }


def test_without_credentials_one_is_nobody(sandbox: Running) -> None:
    assert post(sandbox, None, TEST, {"clientScopes": ["a"]}).json() == {
        "clientId": "auth-failed:no-auth",
        "scopes": ["assume:anonymous"],
    }
    response = post(sandbox, None, TEST, {"clientScopes": ["a"], "requiredScopes": ["a"]})
    assert response.status == 403
    assert text(response) == (
        "This request requires Taskcluster credentials that satisfy the following scope "
        'expression:\n\n```\n{\n  "AllOf": [\n    "a"\n  ]\n}\n```'
    )


def test_missing_scopes_are_named(sandbox: Running) -> None:
    body = {"clientScopes": ["a"], "requiredScopes": ["a", "b"]}
    response = post(sandbox, TESTER, TEST, body)
    assert (response.status, response.json()["code"]) == (403, "InsufficientScopes")
    assert text(response) == (
        "Client ID tester does not have sufficient scopes and is missing the following scopes:\n\n"
        "```\nb\n```\n\n"
        "This request requires the client to satisfy the following scope expression:\n\n"
        '```\n{\n  "AllOf": [\n    "a",\n    "b"\n  ]\n}\n```'
    )
    assert response.json()["requestInfo"]["payload"] == body


def test_the_payload_is_shown_with_its_defaults(sandbox: Running) -> None:
    response = post(sandbox, TESTER, TEST, {"requiredScopes": ["b"]})
    assert response.json()["requestInfo"]["payload"] == {
        "requiredScopes": ["b"],
        "clientScopes": [],
    }


def test_only_the_tester_is_known_there(sandbox: Running) -> None:
    for target in (TEST_GET, TEST_GET.rstrip("/")):
        response = sandbox.signed(ROOT, "GET", target)
        assert (response.status, text(response)) == (
            401,
            "Client with clientId 'sandbox/root' not found",
        )
    response = post(sandbox, Signer("tester", "wrong"), TEST, {})
    assert (response.status, text(response)) == (401, "Unauthorized: Bad mac")


def test_the_schema_comes_before_the_signature(sandbox: Running) -> None:
    response = post(sandbox, ROOT, TEST, {"x": 1})
    assert (response.status, response.json()["code"]) == (400, "InputValidationError")


def test_authenticate_get(sandbox: Running) -> None:
    for target in (TEST_GET, TEST_GET.rstrip("/")):
        assert sandbox.signed(TESTER, "GET", target).json() == {
            "clientId": "tester",
            "scopes": ["assume:anonymous", "auth:create-client:test:*", "test:*"],
        }
    named = TESTER.lend(["test:authenticate-get"], name="test:me")
    assert sandbox.signed(named, "GET", TEST_GET).json() == {
        "clientId": "test:me",
        "scopes": ["assume:anonymous", "test:authenticate-get"],
    }
    other = TESTER.lend(["test:authenticate-get"], name="other:me")
    assert "doesn't have `auth:create-client:other:me`" in text(
        sandbox.signed(other, "GET", TEST_GET)
    )
    few = TESTER.lend(["test:other"])
    assert sandbox.signed(few, "GET", TEST_GET).status == 403
    assert sandbox.request("GET", TEST_GET).status == 403


def test_authorized_scopes_limit_the_tester(sandbox: Running) -> None:
    body = {"clientScopes": ["test:*"], "requiredScopes": ["test:a"]}
    ext = ext_of({"authorizedScopes": ["test:a"]})
    assert post(sandbox, TESTER, TEST, body, ext=ext).json() == {
        "clientId": "tester",
        "scopes": ["assume:anonymous", "test:a"],
    }
    ext = ext_of({"authorizedScopes": ["test:b"]})
    assert post(sandbox, TESTER, TEST, body, ext=ext).status == 403
    ext = ext_of({"authorizedScopes": ["other"]})
    assert post(sandbox, TESTER, TEST, body, ext=ext).status == 401


_scopes = st.lists(st.text("ab:*", max_size=4), max_size=4)


@given(held=_scopes, authorized=_scopes, required=_scopes)
@settings(max_examples=60, deadline=None)
def test_nobody_gets_more_than_is_held_and_authorized(
    sandbox: Running, held: list[str], authorized: list[str], required: list[str]
) -> None:
    def covered(scope: str, by: list[str]) -> bool:
        beginning = scope.removesuffix("*")
        return any(
            beginning.startswith(one[:-1]) if one.endswith("*") else scope == one for one in by
        )

    body = {"clientScopes": held, "requiredScopes": required}
    ext = ext_of({"authorizedScopes": authorized})
    response = post(sandbox, TESTER, TEST, body, ext=ext)
    everybody = ["assume:anonymous"]
    if not all(covered(scope, held + everybody) for scope in authorized):
        assert response.status == 401
    elif not all(covered(scope, authorized + everybody) for scope in required):
        assert response.status == 403
    else:
        assert response.status == 200
