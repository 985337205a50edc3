"""Hawk signatures equal mohawk's, and those of the official clients."""

from __future__ import annotations

import datetime as dt
import json
from base64 import urlsafe_b64decode
from typing import Any
from urllib.parse import parse_qs, urlsplit

import mohawk
import pytest
import taskcluster
from hypothesis import given
from hypothesis import strategies as st
from taskcluster import client as official

from tcproxy.credentials import Credentials, CredentialStore
from tcproxy.hawk import Signer, make_ext

names = st.text(st.sampled_from("abcXYZ019!@/:.+|_- "), min_size=1)
tokens = st.text(st.sampled_from("abcXYZ019_-"), min_size=1, max_size=150)
scope_lists = st.none() | st.lists(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
paths = st.text(st.sampled_from("abc/%.~_-:@!$&'()*+,="))


@given(names, tokens, scope_lists, st.sampled_from(["GET", "POST", "PATCH"]), paths)
def test_the_header_equals_mohawks(
    client_id: str, token: str, scopes: list[str] | None, method: str, path: str
) -> None:
    ext = make_ext(None, scopes)
    signer = Signer(client_id, token.encode(), ext)
    sender = mohawk.Sender(
        {"id": client_id, "key": token, "algorithm": "sha256"},
        f"https://tc.example.com:8443/{path}",
        method,
        always_hash_content=False,
        ext=ext,
        nonce="nonce-01",
        _timestamp=1700000000,
    )
    ours = signer.authorization(method, f"/{path}", "tc.example.com", 8443, 1700000000, "nonce-01")
    assert ours == sender.request_header


@pytest.mark.parametrize(
    ("certificate", "scopes", "ext"),
    [
        (None, None, "e30="),
        (None, ["a", "b"], "eyJhdXRob3JpemVkU2NvcGVzIjpbImEiLCJiIl19"),
        ({"v": 1}, None, "eyJjZXJ0aWZpY2F0ZSI6eyJ2IjoxfX0="),
        (None, [], "eyJhdXRob3JpemVkU2NvcGVzIjpbXX0="),
    ],
)
def test_ext_has_the_bytes_that_official_clients_send(
    certificate: dict[str, Any] | None, scopes: list[str] | None, ext: str
) -> None:
    assert make_ext(certificate, scopes) == ext


@given(scope_lists)
def test_ext_equals_the_official_clients(scopes: list[str] | None) -> None:
    certificate = {"version": 1, "scopes": ["é", "b"], "seed": "??>>"}
    options: dict[str, Any] = {
        "rootUrl": "https://tc.example.com",
        "credentials": {
            "clientId": "a",
            "accessToken": "b",
            "certificate": json.dumps(certificate),
        },
    }
    if scopes is not None:
        options["authorizedScopes"] = scopes
    theirs = official.createApiClient("X", {"reference": {"serviceName": "x", "entries": []}})
    assert make_ext(certificate, scopes) == theirs(options).makeHawkExt().decode()


def test_the_size_of_a_header_is_known_beforehand() -> None:
    signer = Signer('a"b', b"key", make_ext(None, ["x" * 100]))
    header = signer.authorization("GET", "/x", "host", 443, 1_700_000_000, "abcdefgh")
    assert signer.header_size() == len(header)


@given(paths, st.sampled_from(["", "?x=1", "?b=2&a=%20"]))
def test_a_bewit_verifies_with_mohawk(path: str, query: str) -> None:
    signer = Signer("me", b"secret", make_ext(None, None))
    bewit = signer.bewit(f"/{path}{query}", "tc.example.com", 443, 1_700_000_060)
    theirs = mohawk.bewit.get_bewit(
        mohawk.base.Resource(
            credentials={"id": "me", "key": "secret", "algorithm": "sha256"},
            method="GET",
            url=f"https://tc.example.com/{path}{query}",
            nonce="",
            timestamp=1_700_000_060,
            ext="e30=",
        )
    )
    assert bewit == theirs.rstrip("=")


def test_the_golden_bewit_of_official_clients() -> None:
    signer = Signer("me", b"secret", "e30=")
    bewit = signer.bewit("/api/queue/v1/ping", "tc.example.com", 443, 1_700_000_060)
    assert bewit == (
        "bWVcMTcwMDAwMDA2MFx6SkgvbGVOL1NkMTdhd0lDdzhKRG1DVjMwcTNWQkJ6TTBrM0ZMMUxFZFVJPVxlMzA9"
    )
    url = f"https://tc.example.com/x?bewit={bewit}"
    assert parse_qs(urlsplit(url).query)["bewit"] == [bewit]


def test_temporary_credentials_sign_with_their_certificate() -> None:
    now = dt.datetime.now(dt.UTC)
    hour = dt.timedelta(hours=1)
    made = taskcluster.createTemporaryCredentials("me", "secret", now, now + hour, ["a:b"])
    credentials = Credentials.make("me", made["accessToken"].decode(), made["certificate"])
    store = CredentialStore(credentials, ["x", "x", "y:*", "y:z"])
    ext = json.loads(urlsafe_b64decode(store.current.signer.ext))
    assert ext["certificate"] == json.loads(made["certificate"])
    assert ext["authorizedScopes"] == ["x", "y:*"]
