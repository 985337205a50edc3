"""The secrets service: what is stored under which name, until when, and for whom."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sandbox.running import NOBODY, ONE, ROOT, Running, text

if TYPE_CHECKING:
    from tests.harness.caller import Response
    from tests.sandbox.signing import Signer

SECRET = "/api/secrets/v1/secret/"
LIST = "/api/secrets/v1/secrets"
LATER = "2126-11-22T14:14:03.830Z"
PAST = "2020-01-01T00:00:00.000Z"


def put(
    sandbox: Running, name: str, body: Any, signer: Signer = ROOT, expires: str = LATER
) -> Response:
    data = json.dumps({"secret": body, "expires": expires}, ensure_ascii=False).encode()
    return sandbox.signed(signer, "PUT", SECRET + name, data)


def get(sandbox: Running, name: str, signer: Signer = ROOT) -> Response:
    return sandbox.signed(signer, "GET", SECRET + name)


def names(sandbox: Running, query: str = "") -> dict[str, Any]:
    response = sandbox.request("GET", LIST + query)
    assert response.status == 200, response
    return dict(response.json())


def test_the_demo_secret_is_there(sandbox: Running) -> None:
    demo = get(sandbox, "demo").json()
    assert demo["secret"] == {"hello": "world"}
    assert datetime.fromisoformat(demo["expires"]) > datetime.now(UTC) + timedelta(days=300)


def test_a_secret_lives_from_set_to_remove(sandbox: Running) -> None:
    assert get(sandbox, "life").status == 404
    created = put(sandbox, "life", {"a": [1, None, 1.5, "é", "\u2028"]})
    assert (created.status, created.body) == (200, b"{}")
    assert get(sandbox, "life").json() == {
        "secret": {"a": [1, None, 1.5, "é", "\u2028"]},
        "expires": LATER,
    }
    assert put(sandbox, "life", {}, expires="2127-01-01T00:00:00Z").status == 200
    assert get(sandbox, "life").json() == {"secret": {}, "expires": "2127-01-01T00:00:00.000Z"}
    for _ in range(2):
        removed = sandbox.signed(ROOT, "DELETE", SECRET + "life")
        assert (removed.status, removed.body) == (200, b"{}")
    response = get(sandbox, "life")
    assert (response.status, response.json()["code"]) == (404, "ResourceNotFound")
    assert text(response) == "Secret not found"


def test_an_expired_secret_is_absent(sandbox: Running) -> None:
    assert put(sandbox, "expired", {}, expires=PAST).status == 200
    assert text(get(sandbox, "expired")) == "Secret not found"
    assert "expired" not in names(sandbox)["secrets"]


@pytest.mark.parametrize(
    ("expires", "shown"),
    [
        ("2126-01-02T03:04:05Z", "2126-01-02T03:04:05.000Z"),
        ("2126-01-02T03:04:05.6Z", "2126-01-02T03:04:05.600Z"),
        ("2126-01-02T03:04:05.678999Z", "2126-01-02T03:04:05.678Z"),
        ("2126-01-02T03:04:05.678999999999Z", "2126-01-02T03:04:05.678Z"),
        ("2126-01-02T03:04:05+02:30", "2126-01-02T00:34:05.000Z"),
        ("2126-01-02T03:04:05-0230", "2126-01-02T05:34:05.000Z"),
        ("2126-01-02T03:04:05+02", "2126-01-02T01:04:05.000Z"),
        ("2126-01-02T03:04:05", "2126-01-02T03:04:05.000Z"),
        ("2126-01-02t03:04:05z", "2126-01-02T03:04:05.000Z"),
    ],
)
def test_times_are_normalised(sandbox: Running, expires: str, shown: str) -> None:
    assert put(sandbox, "times", {}, expires=expires).status == 200
    assert get(sandbox, "times").json()["expires"] == shown


@pytest.mark.parametrize(
    "expires",
    [
        "2126-01-02",
        "tomorrow",
        "",
        "2126-13-02T03:04:05Z",
        "2126-01-02T25:04:05Z",
        "9999-12-31T23:59:59-23:00",
        "0001-01-01T00:00:00+01:00",
        "2126-01-02T03:04:05Z\n",
        "1795358373417",
    ],
)
def test_what_is_no_time_is_refused(sandbox: Running, expires: str) -> None:
    response = put(sandbox, "times", {}, expires=expires)
    assert (response.status, response.json()["code"]) == (400, "InputValidationError")
    assert text(response).endswith('\n  * data/expires must match format "date-time"')


@pytest.mark.parametrize(
    ("body", "problems"),
    [
        ({"secret": {}}, ["data must have required property 'expires'"]),
        (
            {"bogus": 1},
            [
                "data must have required property 'secret'",
                "data must have required property 'expires'",
                'data must NOT have additional properties: "bogus"',
            ],
        ),
        ({"secret": [], "expires": LATER}, ["data/secret must be object"]),
        ({"secret": {}, "expires": 1}, ["data/expires must be string"]),
    ],
)
def test_input_must_fit_the_schema(sandbox: Running, body: Any, problems: list[str]) -> None:
    response = sandbox.signed(ROOT, "PUT", SECRET + "bad", json.dumps(body).encode())
    assert (response.status, response.json()["code"]) == (400, "InputValidationError")
    shown = "\n".join(f"  * {problem}" for problem in problems)
    assert text(response) == (
        f"\nSchema Validation Failed!\nRejecting Schema: {sandbox.url}/schemas/secrets/v1/"
        f"secret.json#\nErrors:\n{shown}"
    )
    assert response.json()["requestInfo"]["payload"] == {**body, "secret": "(OMITTED)"}


@pytest.mark.parametrize(
    "body",
    [b'{"secret": {"password": "hunter2"}, "expires": 1}', b'{"secret": "hunter2', b'["hunter2"]'],
)
def test_an_error_never_shows_the_secret(sandbox: Running, body: bytes) -> None:
    for signer in (ROOT, NOBODY):
        response = sandbox.signed(signer, "PUT", SECRET + "bad", body)
        assert response.status in {400, 403}
        assert b"hunter2" not in response.body
        assert response.json()["requestInfo"]["payload"]["secret"] == "(OMITTED)"


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("a/b", "a/b"),
        ("a%2Fb", "a/b"),
        ("trail/", "trail/"),
        ("", ""),
        ("a//b", "a//b"),
        ("/x", "/x"),
        ("..", ".."),
        ("a/../b", "a/../b"),
        ("%2e%2E", ".."),
        ("a+b%20c", "a+b c"),
        ("%C3%A9", "é"),
        ("a;b=c", "a;b=c"),
        ('{}%7B%7D"<>|^`\\', '{}{}"<>|^`\\'),
    ],
)
def test_names_are_kept_as_they_are(sandbox: Running, raw: str, name: str) -> None:
    assert put(sandbox, raw, {"raw": raw}).status == 200
    response = get(sandbox, raw, NOBODY)
    assert response.status == 403
    assert response.json()["requestInfo"]["params"] == {"name": name}
    assert f"```\nsecrets:get:{name}\n```" in text(response)
    assert get(sandbox, raw).json()["secret"] == {"raw": raw}
    assert name in names(sandbox)["secrets"]
    assert sandbox.signed(ROOT, "DELETE", SECRET + raw).status == 200
    assert name not in names(sandbox)["secrets"]


def test_encoded_and_plain_slashes_mean_the_same(sandbox: Running) -> None:
    assert put(sandbox, "same/name", {"x": 1}).status == 200
    assert get(sandbox, "same%2fname").json()["secret"] == {"x": 1}


@pytest.mark.parametrize("raw", ["%ff", "%", "%zz", "a%0", "%00", "%C3"])
def test_names_that_cannot_be_decoded_are_refused(sandbox: Running, raw: str) -> None:
    response = get(sandbox, raw)
    assert (response.status, response.json()["code"]) == (400, "InvalidRequestArguments")
    assert text(response) == (
        f"Invalid URL patterns:\nURL parameter 'name' given as '{raw}' must be percent-encoded "
        "UTF-8"
    )
    header = [("Authorization", ROOT.header("GET", SECRET + "x", sandbox.host))]
    assert sandbox.request("GET", SECRET + raw, header).status == 401


# -- scopes ---------------------------------------------------------------------------------------


def test_each_method_asks_for_its_scope(sandbox: Running) -> None:
    assert put(sandbox, "one", {"x": 1}).status == 200
    assert get(sandbox, "one", ONE).status == 200
    assert put(sandbox, "one", {}, ONE).status == 403
    assert put(sandbox, "one/x", {}, ONE).status == 200
    assert get(sandbox, "one/x", ONE).status == 403
    assert sandbox.signed(ONE, "DELETE", SECRET + "one").status == 403
    assert sandbox.signed(ONE, "DELETE", SECRET + "one/x").status == 200
    response = sandbox.signed(ONE, "DELETE", SECRET + "one")
    assert text(response) == (
        "Client ID team/one does not have sufficient scopes and is missing the following "
        "scopes:\n\n```\nsecrets:set:one\n```\n\nThis request requires the client to satisfy the "
        "following scope expression:\n\n```\nsecrets:set:one\n```"
    )
    response = sandbox.request("GET", SECRET + "one")
    assert response.status == 403
    assert text(response) == (
        "This request requires Taskcluster credentials that satisfy the following scope "
        "expression:\n\n```\nsecrets:get:one\n```"
    )


def test_a_forbidden_secret_may_exist_or_not(sandbox: Running) -> None:
    assert put(sandbox, "hidden", {}).status == 200
    for name in ("hidden", "not-there"):
        assert get(sandbox, name, NOBODY).status == 403


# -- lists ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def many() -> Any:
    with Running(roles={"anonymous": ["secrets:list-secrets", "secrets:set:*"]}) as running:
        body = json.dumps({"secret": {}, "expires": LATER}).encode()
        with running.connect() as caller:
            for number in range(1001):
                response = caller.request(
                    "PUT",
                    f"{SECRET}n{number:04}",
                    [("Content-Type", "application/json")],
                    body,
                )
                assert response.status == 200
        yield running


ALL = ["demo", *(f"n{number:04}" for number in range(1001))]


def test_a_page_has_at_most_a_thousand_entries(many: Running) -> None:
    for query in ("", "?limit=1000", "?limit=1001", "?limit=99999999999999999999"):
        first = names(many, query)
        assert first["secrets"] == ALL[:1000]
        joint = "&" if query else "?"
        rest = names(many, f"{query}{joint}continuationToken={first['continuationToken']}")
        assert rest == {"secrets": ALL[1000:]}


def test_the_token_is_absent_on_the_last_page(many: Running) -> None:
    token = names(many, "?limit=500")["continuationToken"]
    assert token.isalnum()
    assert names(many, f"?limit=502&continuationToken={token}") == {"secrets": ALL[500:]}
    page = names(many, f"?limit=501&continuationToken={token}")
    assert page["secrets"] == ALL[500:1001]
    assert names(many, f"?limit=5&continuationToken={page['continuationToken']}") == {
        "secrets": ALL[1001:]
    }


# Three pages of a hundred entries at least, or an example would be of hundreds of requests.
@given(sizes=st.tuples(st.integers(1, 400), st.integers(1, 400), st.integers(100, 400)))
@settings(max_examples=10, deadline=None)
def test_pages_of_any_size_make_the_whole(many: Running, sizes: tuple[int, int, int]) -> None:
    found: list[str] = []
    token, number = "", 0
    while True:
        page = names(many, f"?limit={sizes[number % 3]}{token}")
        found += page["secrets"]
        number += 1
        if "continuationToken" not in page:
            break
        assert len(page["secrets"]) == sizes[(number - 1) % 3]
        token = f"&continuationToken={page['continuationToken']}"
    assert found == ALL


@pytest.mark.parametrize("token", ["abc", "qzxkXG8ZWa", "0000000010"])
def test_an_unknown_token_starts_from_the_beginning(many: Running, token: str) -> None:
    assert names(many, f"?continuationToken={token}")["secrets"] == ALL[:1000]


@pytest.mark.parametrize(
    ("query", "code", "problem"),
    [
        ("?continuationToken=*", "InputError", "Invalid continuation token"),
        ("?continuationToken=%C3%A9", "InputError", "Invalid continuation token"),
        (
            "?continuationToken=",
            "InvalidRequestArguments",
            'Query-string parameter: continuationToken="" does not match expression: /./',
        ),
        (
            "?limit=",
            "InvalidRequestArguments",
            'Query-string parameter: limit="" does not match expression: /^[0-9]+$/',
        ),
        (
            "?limit=abc&foo=1",
            "InvalidRequestArguments",
            (
                'Query-string parameter: limit="abc" does not match expression: /^[0-9]+$/\n'
                "Query-string parameter: foo is not supported!"
            ),
        ),
        (
            "?limit=1&limit=2",
            "InvalidRequestArguments",
            "Query-string parameter: limit must be a string!",
        ),
        (
            "?limit=1%0A",
            "InvalidRequestArguments",
            'Query-string parameter: limit="1\n" does not match expression: /^[0-9]+$/',
        ),
        (
            "?limit=0",
            "InvalidRequestArguments",
            'Query-string parameter: limit="0" must be at least 1',
        ),
        ("?x", "InvalidRequestArguments", "Query-string parameter: x is not supported!"),
    ],
)
def test_a_bad_query_is_refused(sandbox: Running, query: str, code: str, problem: str) -> None:
    response = sandbox.request("GET", LIST + query)
    assert (response.status, response.json()["code"]) == (400, code)
    assert text(response) == problem
    assert response.json()["requestInfo"]["params"] == {}


def test_an_unknown_query_parameter_is_refused_even_by_ping(sandbox: Running) -> None:
    response = sandbox.request("GET", "/api/secrets/v1/ping?foo=1")
    assert (response.status, text(response)) == (
        400,
        "Query-string parameter: foo is not supported!",
    )


def test_names_are_sorted_like_words() -> None:
    with Running() as running:
        for name in ["B", "b", "a_b", "a", "a/b", "a-b", "C", "a.b"]:
            assert put(running, name, {}).status == 200
        assert names(running)["secrets"] == [
            *["a", "a-b", "a.b", "a/b", "a_b", "b", "B", "C"],
            "demo",
        ]


def test_nothing_outlives_a_sandbox() -> None:
    for _ in range(2):
        with Running() as running:
            assert names(running) == {"secrets": ["demo"]}
            assert put(running, "gone", {}).status == 200
