"""Bewits: signed URLs for a while."""

from __future__ import annotations

import base64
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.sandbox.running import EVERYBODY, ONE, ROOT, Running, text
from tests.sandbox.signing import encode_bewit, ext_of, mac

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.harness.caller import Response

CURRENT = "/api/auth/v1/scopes/current"
LIST = "/api/secrets/v1/secrets"


def refused(response: Response) -> str:
    assert response.status == 401, response
    assert response.json()["code"] == "AuthenticationFailed"
    assert response.header("WWW-Authenticate") == "hawk"
    return text(response)


def ask(sandbox: Running, bewit: str, method: str = "GET") -> Response:
    return sandbox.request(method, f"{CURRENT}?bewit={bewit}")


def test_a_bewit_is_accepted(sandbox: Running) -> None:
    bewit = ROOT.bewit(CURRENT, sandbox.host)
    response = ask(sandbox, bewit)
    assert (response.status, response.json()) == (200, {"scopes": ["*"]})
    assert ask(sandbox, bewit, "HEAD").status == 200


def test_a_bewit_may_last_for_years(sandbox: Running) -> None:
    expiry = str(int(time.time()) + 100 * 365 * 86400)
    assert ask(sandbox, ROOT.bewit(CURRENT, sandbox.host, expiry=expiry)).status == 200


@pytest.mark.parametrize(
    ("signed", "sent"),
    [
        (LIST, "?bewit=BEWIT"),
        (LIST + "?limit=1", "?limit=1&bewit=BEWIT"),
        (LIST + "?limit=1", "?bewit=BEWIT&limit=1"),
        (LIST + "?limit=1&continuationToken=a", "?limit=1&bewit=BEWIT&continuationToken=a"),
    ],
)
def test_it_may_stand_anywhere_in_the_query(sandbox: Running, signed: str, sent: str) -> None:
    bewit = ROOT.bewit(signed, sandbox.host)
    assert sandbox.request("GET", LIST + sent.replace("BEWIT", bewit)).status == 200


@pytest.mark.parametrize(
    "sent", ["?limit=2&bewit=BEWIT", "?bewit=BEWIT", "?limit=1&bewit=BEWIT&continuationToken=a"]
)
def test_the_rest_of_the_query_is_signed(sandbox: Running, sent: str) -> None:
    bewit = ROOT.bewit(LIST + "?limit=1", sandbox.host)
    response = sandbox.request("GET", LIST + sent.replace("BEWIT", bewit))
    assert refused(response) == "Unauthorized: Bad mac"


def _literal(bewit: str) -> Callable[[str], str]:
    return lambda _: bewit


def _text(template: str) -> Callable[[str], str]:
    return _literal(encode_bewit(template))


def _signed(**options: str) -> Callable[[str], str]:
    return lambda host: ROOT.bewit(CURRENT, host, **options)


def _now(seconds: int) -> Callable[[str], str]:
    return lambda host: ROOT.bewit(CURRENT, host, expiry=str(int(time.time()) + seconds))


def _padded(host: str) -> str:
    for expiry in range(10**10, 10**10 + 10**9, 10**8 + 7):
        for ext in ("", "e30=", "e30"):
            bewit = ROOT.bewit(CURRENT, host, expiry=str(expiry), ext=ext)
            if len(bewit) % 4:
                return bewit + "=" * (-len(bewit) % 4)
    raise AssertionError("no bewit that needs padding")


BAD: dict[str, tuple[Callable[[str], str], str]] = {
    "empty": (_literal(""), "Unauthorized: Empty bewit"),
    "no base64url": (_literal("a.b"), "Bad Request: Invalid bewit encoding"),
    "odd": (_literal("AAAAA"), "Bad Request: Invalid bewit encoding"),
    "no UTF-8": (
        _literal(base64.urlsafe_b64encode(b"\xff\xff\xff").decode()),
        "Bad Request: Invalid bewit encoding",
    ),
    "padded": (_padded, "Bad Request: Invalid bewit encoding"),
    "three parts": (_text("a\\b\\c"), "Bad Request: Invalid bewit structure"),
    "five parts": (_text("a\\b\\c\\d\\e"), "Bad Request: Invalid bewit structure"),
    "no id": (_text("\\99999999999\\c\\d"), "Bad Request: Missing bewit attributes"),
    "no mac": (_text("a\\99999999999\\\\d"), "Bad Request: Missing bewit attributes"),
    "over": (_now(-1), "Unauthorized: Access expired"),
    "just over": (_now(0), "Unauthorized: Access expired"),
    "no number": (_signed(expiry="abc"), "Unauthorized: Access expired"),
    "infinite": (_signed(expiry="inf"), "Unauthorized: Access expired"),
    "unknown client": (
        lambda host: replace(ROOT, client_id="nobody/x").bewit(CURRENT, host),
        "Client with clientId 'nobody/x' not found",
    ),
    "wrong key": (
        lambda host: replace(ROOT, access_token="x").bewit(CURRENT, host),
        "Unauthorized: Bad mac",
    ),
    "over HEAD": (_signed(method="HEAD"), "Unauthorized: Bad mac"),
    "other host": (
        _literal(ROOT.bewit(CURRENT, "other:80", expiry="99999999999")),
        "Unauthorized: Bad mac",
    ),
    "other path": (lambda host: ROOT.bewit(LIST, host), "Unauthorized: Bad mac"),
    "bad ext": (_signed(ext="*"), "Failed to parse ext"),
    "a header's MAC": (
        lambda host: encode_bewit(
            "sandbox/root\\99999999999\\"
            + mac(
                "header",
                ROOT.access_token,
                method="GET",
                target=CURRENT,
                host=host,
                ts="99999999999",
            )
            + "\\"
        ),
        "Unauthorized: Bad mac",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_bewit_is_refused_in_these_words(sandbox: Running, case: str) -> None:
    make, expected = BAD[case]
    assert refused(ask(sandbox, make(sandbox.host))) == expected


def test_two_bewits_are_refused(sandbox: Running) -> None:
    bewit = ROOT.bewit(CURRENT, sandbox.host)
    response = sandbox.request("GET", f"{CURRENT}?bewit={bewit}&bewit={bewit}")
    assert refused(response) == "Unauthorized: Bad mac"


def test_a_bewit_under_an_encoded_name_is_refused(sandbox: Running) -> None:
    bewit = ROOT.bewit(CURRENT, sandbox.host)
    assert refused(sandbox.request("GET", f"{CURRENT}?%62ewit={bewit}")) == (
        "Unauthorized: Unauthorized"
    )


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_bewit_is_for_reading(sandbox: Running, method: str) -> None:
    verb, target = {
        "POST": ("POST", "/api/auth/v1/scopes/expand"),
        "PUT": ("PUT", "/api/secrets/v1/secret/bewit"),
        "DELETE": ("DELETE", "/api/secrets/v1/secret/bewit"),
    }[method]
    for signed_method in ("GET", method):
        bewit = ROOT.bewit(target, sandbox.host, method=signed_method)
        assert refused(sandbox.request(verb, f"{target}?bewit={bewit}")) == (
            "Unauthorized: Invalid method"
        )


def test_header_and_bewit_together_are_refused(sandbox: Running) -> None:
    target = f"{CURRENT}?bewit={ROOT.bewit(CURRENT, sandbox.host)}"
    fields = [("Authorization", ROOT.header("GET", target, sandbox.host))]
    assert refused(sandbox.request("GET", target, fields)) == (
        "Cannot use two authentication schemes at once this request has both bewit in querystring "
        "and 'authorization' header"
    )
    assert sandbox.request("GET", target, [("Authorization", "")]).status == 200


def test_ext_works_as_in_a_header(sandbox: Running) -> None:
    for signer, scopes in [
        (ONE, ["a:b"]),
        (ONE.lend(["a:*"]), ["a:b"]),
        (ONE.lend(["a:*"], name="team/one/x"), ["a:b"]),
    ]:
        ext = {"authorizedScopes": scopes}
        if signer.certificate is not None:
            ext["certificate"] = signer.certificate
        bewit = signer.bewit(CURRENT, sandbox.host, ext=ext_of(ext))
        assert ask(sandbox, bewit).json() == {"scopes": sorted([*scopes, *EVERYBODY])}
        too_many = ext_of({**ext, "authorizedScopes": ["q:r"]})
        bewit = signer.bewit(CURRENT, sandbox.host, ext=too_many)
        assert refused(ask(sandbox, bewit)).startswith("Supplied credentials do not satisfy")


def test_a_name_of_any_characters_is_only_a_name(sandbox: Running) -> None:
    signer = ROOT.lend(["a:b"], name='ö"\n,')
    assert ask(sandbox, signer.bewit(CURRENT, sandbox.host)).json() == {
        "scopes": sorted(["a:b", *EVERYBODY])
    }
    forged = replace(signer, access_token="x")
    assert refused(ask(sandbox, forged.bewit(CURRENT, sandbox.host))) == "Unauthorized: Bad mac"
