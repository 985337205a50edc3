"""Reading credentials: whole or not at all, and never repeated in an error."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcproxy.credentials import Credentials, CredentialsError, CredentialStore
from tcproxy.hawk import HEADER_LIMIT

CERTIFICATE = {
    "version": 1,
    "scopes": ["a:b"],
    "start": 1,
    "expiry": 2000,
    "seed": "seed-of-the-test",
    "signature": "signature-of-the-test",
}


def update(**changes: Any) -> bytes:
    values = {"clientId": "me", "accessToken": "token-of-the-test", **changes}
    return json.dumps({name: value for name, value in values.items() if value is not ...}).encode()


def certificate(**changes: Any) -> str:
    values = {**CERTIFICATE, **changes}
    return json.dumps({name: value for name, value in values.items() if value is not ...})


@pytest.mark.parametrize("none", [..., None, ""])
def test_permanent_credentials(none: Any) -> None:
    read = Credentials.from_json(update(certificate=none, unknown=1))
    assert read == Credentials("me", "token-of-the-test", None)


def test_temporary_credentials() -> None:
    read = Credentials.from_json(update(certificate=certificate(extra=True)))
    assert read.certificate == {**CERTIFICATE, "extra": True}
    assert CredentialStore(read, None).current.expires == 2.0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"x"',
        b"\xff",
        b"{}",
        b"[" * 100_000,
        update() + b"x",
        update(clientId=...),
        update(clientId=""),
        update(clientId=5),
        update(clientId="a\nb"),
        update(clientId='a"b'),
        update(accessToken=...),
        update(accessToken=""),
        update(accessToken=None),
        update(accessToken="a b"),
        update(certificate=CERTIFICATE),
        update(certificate="{"),
        update(certificate="[]"),
        update(certificate=certificate(version=2)),
        update(certificate=certificate(version=True)),
        update(certificate=certificate(version=...)),
        update(certificate=certificate(scopes="a")),
        update(certificate=certificate(scopes=[1])),
        update(certificate=certificate(start="1")),
        update(certificate=certificate(expiry=...)),
        update(certificate=certificate(seed="")),
        update(certificate=certificate(signature=...)),
        update(certificate=certificate(issuer=1)),
        update(certificate=certificate().replace("2000", "NaN")),
    ],
)
def test_what_is_refused_shows_no_secret(body: bytes) -> None:
    with pytest.raises(CredentialsError) as caught:
        Credentials.from_json(body)
    assert "of-the-test" not in str(caught.value)


@given(st.binary())
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with pytest.raises(CredentialsError):
        Credentials.from_json(body)


def test_values_show_no_secret() -> None:
    credentials = Credentials.make("me", "token-of-the-test", certificate())
    current = CredentialStore(credentials, ["a"]).current
    assert "of-the-test" not in f"{credentials!r} {current!r} {current.signer!r}"


def test_a_header_that_a_deployment_refuses_is_refused_first() -> None:
    credentials = Credentials.make("me", "token", None)
    scopes = [f"scope:number:{number:04}" for number in range(200)]
    with pytest.raises(CredentialsError, match=r"200 authorized scopes") as caught:
        CredentialStore(credentials, scopes)
    assert str(HEADER_LIMIT) in str(caught.value)
    CredentialStore(credentials, [*scopes, "scope:*"])


def test_an_update_that_is_refused_changes_nothing() -> None:
    store = CredentialStore(Credentials.make("me", "token", None), None)
    before = store.current
    scopes = [f"scope:number:{number:04}" for number in range(200)]
    too_long = Credentials.make("other", "token", certificate(scopes=scopes))
    with pytest.raises(CredentialsError, match="200 scopes in the certificate"):
        store.replace(too_long)
    assert store.current is before


def test_callers_are_told_who_signs() -> None:
    temporary = Credentials.make("me", "token", certificate())
    lines = CredentialStore(temporary, ["x:*"]).current.header_lines
    assert lines == (
        b"X-Taskcluster-Proxy-Temp-Clientid: me",
        b'X-Taskcluster-Proxy-Temp-Scopes: ["a:b"]',
        b'X-Taskcluster-Authorized-Scopes: ["x:*"]',
    )
    permanent = CredentialStore(Credentials.make("me", "token", None), None).current
    assert permanent.header_lines == (b"X-Taskcluster-Proxy-Perm-Clientid: me",)
