"""The Authorization header: what is accepted, and the words in which the rest is refused."""

from __future__ import annotations

import base64
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import mohawk
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sandbox.running import EVERYBODY, NOBODY, ONE, ROOT, Running, text
from tests.sandbox.signing import Signer, ext_of, payload_hash

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.harness.caller import Response

CURRENT = "/api/auth/v1/scopes/current"
EXPAND = "/api/auth/v1/scopes/expand"
JSON = ("Content-Type", "application/json")


def ask(sandbox: Running, authorization: str, target: str = CURRENT) -> Response:
    return sandbox.request("GET", target, [("Authorization", authorization)])


def refused(response: Response) -> str:
    assert response.status == 401, response
    assert response.json()["code"] == "AuthenticationFailed"
    assert response.header("WWW-Authenticate") == "hawk"
    return text(response)


def test_a_right_signature_is_accepted(sandbox: Running) -> None:
    response = sandbox.signed(ROOT, "GET", CURRENT)
    assert (response.status, response.json()) == (200, {"scopes": ["*"]})
    assert response.header("WWW-Authenticate") is None


def test_mohawk_signs_what_the_sandbox_accepts(sandbox: Running) -> None:
    body = b'{"scopes": ["a"]}'
    sender = mohawk.Sender(
        {"id": ROOT.client_id, "key": ROOT.access_token, "algorithm": "sha256"},
        sandbox.url + EXPAND,
        "POST",
        content=body,
        content_type="application/json",
    )
    fields = [("Authorization", sender.request_header), JSON]
    assert sandbox.request("POST", EXPAND, fields, body).json() == {"scopes": ["a"]}
    assert sandbox.request("POST", EXPAND, fields, body + b" ").status == 401


def test_nonces_are_not_remembered(sandbox: Running) -> None:
    header = ROOT.header("GET", CURRENT, sandbox.host)
    assert [ask(sandbox, header).status for _ in range(3)] == [200, 200, 200]


@pytest.mark.parametrize(
    "change",
    [
        lambda header: header.replace("Hawk ", "hawk "),
        lambda header: header.replace("Hawk ", "HAWK   "),
        lambda header: header.replace(", ", ","),
        lambda header: header.replace(", ", " ,  "),
        lambda header: header + ", ",
    ],
)
def test_the_header_may_be_written_in_several_ways(
    sandbox: Running, change: Callable[[str], str]
) -> None:
    assert ask(sandbox, change(ROOT.header("GET", CURRENT, sandbox.host))).status == 200


@pytest.mark.parametrize(
    "attributes",
    [
        {"app": "an-app"},
        {"app": "an-app", "dlg": "a-delegate"},
        {"nonce": " !#$%&'()*+,-./:;<=>?@[]^_`{|}~"},
        {"ext": "e30="},
        {"ext": "e30"},
        {"ext": ext_of({"unknown": [1]})},
        {"ext": ext_of({"certificate": None, "authorizedScopes": None})},
        {"ext": base64.b64encode(b'{"x": "~~~???"}').decode()},
        {"ext": base64.urlsafe_b64encode(b'{"x": "~~~???"}').decode().rstrip("=")},
    ],
)
def test_signed_attributes_are_accepted(sandbox: Running, attributes: dict[str, str]) -> None:
    header = ROOT.header("GET", CURRENT, sandbox.host, **attributes)
    assert ask(sandbox, header).status == 200
    # each is part of the MAC: put in after signing, it breaks it
    name, value = next(iter(attributes.items()))
    plain = ROOT.header("GET", CURRENT, sandbox.host, nonce="abcdef")
    later = plain.replace('nonce="abcdef"', f'nonce="{value}"')
    later = later if name == "nonce" else f'{plain}, {name}="{value}"'
    assert refused(ask(sandbox, later)) == "Unauthorized: Bad mac"


def _long(size: int) -> Callable[[str], str]:
    """Return a header of exactly so many bytes, whose MAC is right."""

    def make(host: str) -> str:
        padding = size - len(ROOT.header("GET", CURRENT, host, app=""))
        return ROOT.header("GET", CURRENT, host, app="a" * padding)

    return make


def test_a_header_of_4096_bytes_is_accepted(sandbox: Running) -> None:
    header = _long(4096)(sandbox.host)
    assert len(header) == 4096
    assert ask(sandbox, header).status == 200
    assert refused(ask(sandbox, _long(4097)(sandbox.host))) == (
        "Bad Request: Header length too long"
    )


def _changed(**changes: str | None) -> Callable[[str], str]:
    return lambda host: ROOT.header("GET", CURRENT, host, **changes)


def _by(client_id: str, token: str = "token") -> Callable[[str], str]:
    return lambda host: Signer(client_id, token).header("GET", CURRENT, host)


def _for(method: str = "GET", target: str = CURRENT, host: str | None = None) -> Any:
    return lambda own: ROOT.header(method, target, host or own)


def _literal(header: str) -> Callable[[str], str]:
    return lambda _: header


def _minutes(minutes: float) -> Callable[[str], str]:
    return lambda host: ROOT.header("GET", CURRENT, host, ts=str(int(time.time() + minutes * 60)))


def _url_safe_mac(host: str) -> str:
    for number in range(1000):
        header = ROOT.header("GET", CURRENT, host, nonce=f"n{number}")
        mac = header.split('"')[1]
        if "+" in mac or "/" in mac:
            return header.replace(mac, mac.replace("+", "-").replace("/", "_"))
    raise AssertionError("no MAC with + or /")


BAD = {
    "very long": (_long(9000), "Bad Request: Header length too long"),
    "nothing": (_literal("Hawk"), "Bad Request: Invalid header syntax"),
    "blank": (_literal("Hawk  "), "Bad Request: Invalid header syntax"),
    "no scheme": (_literal('"x"'), "Bad Request: Invalid header syntax"),
    "nonsense": (_literal("Hawk nonsense"), "Bad Request: Bad header format"),
    "trailing": (
        lambda host: ROOT.header("GET", CURRENT, host) + ", x",
        "Bad Request: Bad header format",
    ),
    "no comma": (_literal('Hawk id="a"ts="1"'), "Bad Request: Bad header format"),
    "bearer": (_literal("Bearer abc"), "Unauthorized: Unauthorized"),
    "basic": (_literal("Basic YTpi"), "Unauthorized: Unauthorized"),
    "no id": (_changed(id=None), "Bad Request: Missing attributes"),
    "no ts": (_changed(ts=None), "Bad Request: Missing attributes"),
    "no nonce": (_changed(nonce=None), "Bad Request: Missing attributes"),
    "no mac": (_changed(mac=None), "Bad Request: Missing attributes"),
    "unknown": (_changed(foo="x"), "Bad Request: Unknown attribute: foo"),
    "tsm": (_changed(tsm="x"), "Bad Request: Unknown attribute: tsm"),
    "twice": (
        lambda host: ROOT.header("GET", CURRENT, host) + ', id="x"',
        "Bad Request: Duplicate attribute: id",
    ),
    "empty ext": (_changed(ext=""), "Bad Request: Bad attribute value: ext"),
    "empty hash": (_changed(hash=""), "Bad Request: Bad attribute value: hash"),
    "empty nonce": (_changed(nonce=""), "Bad Request: Bad attribute value: nonce"),
    "tab": (_changed(nonce="a\tb"), "Bad Request: Bad attribute value: nonce"),
    "non-ASCII": (_changed(nonce="é"), "Bad Request: Bad attribute value: nonce"),
    "unknown client": (_by("nobody/x"), "Client with clientId 'nobody/x' not found"),
    "tester": (_by("tester", "no-secret"), "Client with clientId 'tester' not found"),
    "disabled": (_by("team/disabled"), "Client with clientId 'team/disabled' is disabled"),
    "expired": (_by("team/expired"), "Client with clientId: 'team/expired' has expired"),
    "wrong key": (_by("sandbox/root"), "Unauthorized: Bad mac"),
    "wrong method": (_for(method="POST"), "Unauthorized: Bad mac"),
    "wrong path": (_for(target=CURRENT + "/"), "Unauthorized: Bad mac"),
    "wrong query": (_for(target=CURRENT + "?"), "Unauthorized: Bad mac"),
    "wrong host": (_for(host="other:80"), "Unauthorized: Bad mac"),
    "wrong port": (_for(host="127.0.0.1:1"), "Unauthorized: Bad mac"),
    "url-safe mac": (_url_safe_mac, "Unauthorized: Bad mac"),
    "too late": (_minutes(-15.05), "Unauthorized: Stale timestamp"),
    "too early": (_minutes(15.05), "Unauthorized: Stale timestamp"),
    "far too late": (_minutes(-60), "Unauthorized: Stale timestamp"),
    "milliseconds": (_changed(ts=str(int(time.time() * 1000))), "Unauthorized: Stale timestamp"),
    "no number": (_changed(ts="abc"), "Unauthorized: Stale timestamp"),
    "not a number": (_changed(ts="nan"), "Unauthorized: Stale timestamp"),
    "ext no base64": (_changed(ext="*"), "Failed to parse ext"),
    "ext no JSON": (_changed(ext="AAAA"), "Failed to parse ext"),
    "ext odd": (_changed(ext="A"), "Failed to parse ext"),
    "ext null": (_changed(ext=ext_of(None)), "Failed to parse ext"),
    "ext list": (_changed(ext=ext_of([])), "Failed to parse ext"),
    "ext deep": (
        _changed(ext=base64.b64encode(b"[" * 2500).decode()),
        "Failed to parse ext",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_signature_is_refused_in_these_words(sandbox: Running, case: str) -> None:
    make, expected = BAD[case]
    assert refused(ask(sandbox, make(sandbox.host))) == expected


@pytest.mark.parametrize("minutes", [-14.95, -14, -5, 5, 14, 14.95])
def test_clocks_may_differ_by_15_minutes(sandbox: Running, minutes: float) -> None:
    assert ask(sandbox, _minutes(minutes)(sandbox.host)).status == 200


def test_a_wrong_signature_is_refused_where_anybody_may_call(sandbox: Running) -> None:
    assert sandbox.request("GET", CURRENT).json() == {"scopes": EVERYBODY}
    assert refused(ask(sandbox, _by("sandbox/root")(sandbox.host))) == "Unauthorized: Bad mac"


def test_an_empty_authorization_is_none(sandbox: Running) -> None:
    assert sandbox.request("GET", CURRENT, [("Authorization", "")]).json() == {"scopes": EVERYBODY}


@pytest.mark.parametrize("authorization", ["Bearer x", "Hawk", "nonsense", "Hawk " + "x" * 5000])
def test_methods_without_scopes_ignore_credentials(sandbox: Running, authorization: str) -> None:
    assert ask(sandbox, authorization, "/api/auth/v1/ping").status == 200
    assert ask(sandbox, authorization, "/api/secrets/v1/__heartbeat__?bewit=x").status == 200


def test_the_host_field_decides_host_and_port(sandbox: Running) -> None:
    for sent, signed in [
        ("tc.example.com", "tc.example.com:80"),
        ("TC.Example.Com:8443", "tc.example.com:8443"),
        ("[::1]:7", "[::1]:7"),
        ("[::1]:7", "::1:7"),  # the official client leaves the brackets out
    ]:
        header = ROOT.header("GET", CURRENT, signed)
        fields = [("Host", sent), ("Authorization", header)]
        assert sandbox.request("GET", CURRENT, fields).status == 200, (sent, signed)
        other = [("Host", sandbox.host), ("Authorization", header)]
        assert refused(sandbox.request("GET", CURRENT, other)) == "Unauthorized: Bad mac"


@pytest.mark.parametrize("host", ["", "a:b", "a:1:2", "a b"])
def test_a_host_field_that_names_no_host_is_refused(sandbox: Running, host: str) -> None:
    fields = [("Host", host), ("Authorization", ROOT.header("GET", CURRENT, "h:80"))]
    assert refused(sandbox.request("GET", CURRENT, fields)) == "Bad Request: Invalid Host header"


def test_head_is_signed_as_head(sandbox: Running) -> None:
    assert sandbox.signed(ROOT, "HEAD", CURRENT).status == 200
    header = ROOT.header("GET", CURRENT, sandbox.host)
    response = sandbox.request("HEAD", CURRENT, [("Authorization", header)])
    assert (response.status, response.body) == (401, b"")


# -- the payload hash -----------------------------------------------------------------------------

BODY = '{"scopes": ["é"]}'.encode()


@pytest.mark.parametrize(
    ("body", "content_type", "hashed", "hashed_type"),
    [
        (b'{"scopes": []}', "application/json", b'{"scopes": []}', "application/json"),
        (
            b'{"scopes": []}',
            "Application/JSON; charset=utf-8",
            b'{"scopes": []}',
            "application/json",
        ),
        (None, None, b"", ""),
        (None, "application/json", b"", "application/json"),
        (b"not looked at", "text/plain; a=b", b"", "text/plain"),
    ],
)
def test_a_hash_of_the_body_is_checked(
    sandbox: Running,
    body: bytes | None,
    content_type: str | None,
    hashed: bytes,
    hashed_type: str,
) -> None:
    def send(value: str) -> Response:
        fields = [("Authorization", ROOT.header("GET", CURRENT, sandbox.host, hash=value))]
        if content_type is not None:
            fields.append(("Content-Type", content_type))
        return sandbox.request("GET", CURRENT, fields, body)

    right = payload_hash(hashed, hashed_type)
    assert send(right).status == 200
    wrong = payload_hash(hashed + b"x", hashed_type)
    assert refused(send(wrong)) == (
        f"Invalid payload hash: {{{{hash}}}}\nComputed payload hash: {right}\n"
        "This happens when your request carries a signed hash of the payload and the hash doesn't "
        "match the hash we've computed on the server-side."
    )
    assert refused(send("short")).startswith("Invalid payload hash: {{hash}}\nComputed")


def test_a_body_without_a_hash_is_accepted(sandbox: Running) -> None:
    assert sandbox.signed(ROOT, "POST", EXPAND, b'{"scopes": []}').status == 200


def test_the_hash_is_over_text_that_was_decoded(sandbox: Running) -> None:
    for body in (b"\xef\xbb\xbf" + b'{"scopes": []}', b'{"scopes": ["\xff"]}'):
        header = ROOT.header(
            "POST", EXPAND, sandbox.host, hash=payload_hash(body, "application/json")
        )
        response = sandbox.request("POST", EXPAND, [("Authorization", header), JSON], body)
        assert refused(response).startswith("Invalid payload hash")


def test_the_mac_is_checked_before_time_and_body(sandbox: Running) -> None:
    stale = replace(ROOT, access_token="wrong").header("GET", CURRENT, sandbox.host, ts="1")
    assert refused(ask(sandbox, stale)) == "Unauthorized: Bad mac"
    stale = ROOT.header("GET", CURRENT, sandbox.host, ts="1", hash="wrong")
    assert refused(ask(sandbox, stale)) == "Unauthorized: Stale timestamp"


# -- authorizedScopes -----------------------------------------------------------------------------


def _authorized(sandbox: Running, signer: Signer, scopes: Any) -> Response:
    ext: dict[str, Any] = {"authorizedScopes": scopes}
    if signer.certificate is not None:
        ext["certificate"] = signer.certificate
    return sandbox.signed(signer, "GET", CURRENT, ext=ext_of(ext))


@pytest.mark.parametrize(
    ("scopes", "current"),
    [
        ([], EVERYBODY),
        (["a:b", "a:b:*", "a:b:c"], ["a:b", "a:b:*", *EVERYBODY]),
        (["b:c"], [*EVERYBODY, "b:c"]),
        (["secrets:list-secrets", "assume:anonymous"], EVERYBODY),
        (["auth:create-client:team/one/x"], [*EVERYBODY, "auth:create-client:team/one/x"]),
    ],
)
def test_authorized_scopes_limit_the_caller(
    sandbox: Running, scopes: list[str], current: list[str]
) -> None:
    assert _authorized(sandbox, ONE, scopes).json() == {"scopes": sorted(current)}


def test_authorized_scopes_are_expanded(sandbox: Running) -> None:
    response = _authorized(sandbox, ROOT, ["assume:deputy"])
    assert response.json()["scopes"] == sorted(
        [
            *EVERYBODY,
            "assume:deputy",
            "assume:reader:deputy",
            "read:deputy",
            "secrets:get:deputy/*",
        ]
    )


def test_authorized_scopes_limit_temporary_credentials(sandbox: Running) -> None:
    lent = ONE.lend(["a:*"])
    assert _authorized(sandbox, lent, ["a:b"]).json() == {"scopes": sorted(["a:b", *EVERYBODY])}
    assert _authorized(sandbox, lent, ["b:c"]).status == 401


def test_authorized_scopes_beyond_the_caller_are_refused(sandbox: Running) -> None:
    held = "\n".join(
        sorted(
            [
                "a:*",
                "assume:issuer:team",
                "auth:create-client:team/one/*",
                "b:c",
                "secrets:get:one",
                "secrets:set:one/*",
                *EVERYBODY,
            ]
        )
    )
    assert refused(_authorized(sandbox, ONE, ["a:x", "q:r"])) == (
        "Supplied credentials do not satisfy authorizedScopes; credentials have scopes:\n\n"
        f"```\n{held}\n```\n\nauthorizedScopes are:\n\n```\na:x\nq:r\n```"
    )
    # before the MAC is looked at
    forged = replace(ONE, access_token="wrong")
    assert refused(_authorized(sandbox, forged, ["q:r"])).startswith("Supplied credentials")
    assert refused(_authorized(sandbox, forged, ["a:x"])) == "Unauthorized: Bad mac"


@pytest.mark.parametrize(
    ("scopes", "problem"),
    [
        ("a", "must be an array"),
        ({}, "must be an array"),
        (False, "must be an array"),
        ([1], "must be an array of valid scopes"),
        (["é"], "must be an array of valid scopes"),
        (["a\n"], "must be an array of valid scopes"),
    ],
)
def test_malformed_authorized_scopes_are_refused(
    sandbox: Running, scopes: Any, problem: str
) -> None:
    assert refused(_authorized(sandbox, ROOT, scopes)) == f"ext.authorizedScopes {problem}"


def test_covered_but_too_few_scopes_are_403(sandbox: Running) -> None:
    target = "/api/secrets/v1/secret/one"
    assert sandbox.signed(ONE, "GET", target).status == 404
    response = sandbox.signed(ONE, "GET", target, ext=ext_of({"authorizedScopes": ["a:b"]}))
    assert (response.status, response.json()["code"]) == (403, "InsufficientScopes")


def test_a_client_without_scopes_has_those_of_everybody(sandbox: Running) -> None:
    assert sandbox.signed(NOBODY, "GET", CURRENT).json() == {"scopes": EVERYBODY}


# -- whatever comes -------------------------------------------------------------------------------

_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(header=st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1))
@settings(max_examples=60, deadline=None)
def test_no_made_up_header_is_accepted(sandbox: Running, header: str) -> None:
    assert ask(sandbox, header).status == 401
    assert ask(sandbox, f"Hawk {header}").status == 401


@given(ext=_json)
@settings(max_examples=60, deadline=None)
def test_any_ext_is_answered(sandbox: Running, ext: Any) -> None:
    header = ROOT.header("GET", CURRENT, sandbox.host, ext=ext_of(ext))
    expected = 200 if isinstance(ext, dict) else 401
    assert ask(sandbox, header).status == expected


@given(
    certificate=_json.filter(lambda value: value is not None)
    | st.fixed_dictionaries(
        {},
        optional={
            "version": st.just(1) | _json,
            "seed": st.just("A" * 44) | _json,
            "start": st.just(int(time.time() * 1000)) | st.integers() | st.floats(),
            "expiry": st.just(int(time.time() * 1000) + 1000) | st.integers() | st.floats(),
            "scopes": st.just(["a"]) | _json,
            "signature": st.text(),
            "issuer": st.sampled_from(["sandbox/root", "team/one"]) | _json,
        },
    )
)
@settings(max_examples=150, deadline=None)
def test_no_made_up_certificate_is_accepted(sandbox: Running, certificate: Any) -> None:
    ext = ext_of({"certificate": certificate})
    for signer in (ROOT, replace(ROOT, client_id="bob")):
        header = signer.header("GET", CURRENT, sandbox.host, ext=ext)
        if len(header) <= 4096:
            assert ask(sandbox, header).status == 401
