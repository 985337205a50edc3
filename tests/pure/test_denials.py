"""Which scopes were missing, read from what deployments say to people."""

from __future__ import annotations

import gzip
import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcproxy.denials import LIMIT, Denial, missing_scopes

WITH_CREDENTIALS = """\
Client ID project/example does not have sufficient scopes and is missing the following scopes:

```
{}
```

This request requires the client to satisfy the following scope expression:

```
{{"AllOf": ["the:whole"]}}
```

* method:     get
"""
WITHOUT = """\
This request requires Taskcluster credentials that satisfy the following scope expression:

```
secrets:get:a
```
"""


def body(expression: object) -> bytes:
    text = expression if isinstance(expression, str) else json.dumps(expression, indent=2)
    message = WITH_CREDENTIALS.format(text)
    return json.dumps({"code": "InsufficientScopes", "message": message}).encode()


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("secrets:get:a", "secrets:get:a"),
        ({"AllOf": ["a", "b"]}, "a and b"),
        ({"AnyOf": ["a", "b", "c"]}, "a or b or c"),
        ({"AllOf": ["a", {"AnyOf": ["b", "c"]}]}, "a and (b or c)"),
        ({"AnyOf": [{"AllOf": ["a", "b"]}, {"AllOf": ["c"]}]}, "(a and b) or c"),
        ({"AllOf": [{"AnyOf": ["a", "b"]}]}, "a or b"),
    ],
)
def test_expressions(expression: object, words: str) -> None:
    assert missing_scopes(body(expression)) == words


def test_a_request_without_credentials() -> None:
    assert missing_scopes(json.dumps({"message": WITHOUT}).encode()) == "secrets:get:a"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b"null",
        b'{"message": 1}',
        b'{"message": "no"}',
        body("a")[:-40],
        body({"AllOf": 1}),
        body({"AllOf": [1]}),
        body({"other": []}),
        body('{"AllOf": ['),
        b"[" * 60000,
        body('{"AllOf": [' * 5000),
    ],
)
def test_anything_else_says_nothing(data: bytes) -> None:
    assert missing_scopes(data) == ""


def test_a_long_expression_is_cut() -> None:
    assert 4000 <= len(missing_scopes(body("x" * 30000))) < 4010


@given(st.binary(max_size=300), st.sampled_from([None, b"gzip", b"deflate", b"br", b" GZIP "]))
def test_no_bytes_make_it_fail(data: bytes, coding: bytes | None) -> None:
    denial = Denial(coding)
    denial.add(data)
    assert isinstance(denial.missing(), str)


@pytest.mark.parametrize(
    ("coding", "data"),
    [
        (None, body("a:b")),
        (b"identity", body("a:b")),
        (b"gzip", gzip.compress(body("a:b"))),
        (b" X-GZIP", gzip.compress(body("a:b"))),
        (b"deflate", zlib.compress(body("a:b"))),
    ],
)
def test_bodies_in_pieces(coding: bytes | None, data: bytes) -> None:
    denial = Denial(coding)
    for number in range(0, len(data), 7):
        denial.add(data[number : number + 7])
    assert denial.missing() == "a:b"
    assert denial.missing() == "a:b"


def test_a_body_that_grows_beyond_all_bounds_does_not() -> None:
    denial = Denial(b"gzip")
    denial.add(gzip.compress(b"x" * (100 * LIMIT)))
    assert denial.missing() == ""
    denial = Denial(None)
    for _ in range(100):
        denial.add(b"x" * LIMIT)
    assert denial.missing() == ""
