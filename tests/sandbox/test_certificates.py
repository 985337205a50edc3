"""Temporary credentials: what may be lent, for how long, under which name."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tcproxy.sandbox import Client
from tests.sandbox.running import EVERYBODY, ONE, ROOT, Running, text
from tests.sandbox.signing import SEED, Signer

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.harness.caller import Response

CURRENT = "/api/auth/v1/scopes/current"
MINUTE = 60_000
DAY = 24 * 60 * MINUTE


def now() -> int:
    return int(time.time() * 1000)


def refused(response: Response) -> str:
    assert response.status == 401, response
    assert response.json()["code"] == "AuthenticationFailed"
    return text(response)


GOOD: dict[str, Callable[[], Signer]] = {
    "unnamed": lambda: ONE.lend(["a:b"]),
    "named": lambda: ONE.lend(["a:b"], name="team/one/x"),
    "through a role": lambda: ONE.lend(["auth:create-client:team/one/x"]),
    "no scopes": lambda: ONE.lend([]),
    "extra keys": lambda: ONE.lend(["a:b"], extra={"a": 1}),
    "starts soon": lambda: ONE.lend(["a:b"], start=now() + 5 * MINUTE - 3000),
    "just over": lambda: ONE.lend(["a:b"], start=0 + now() - DAY, expiry=now() - 5 * MINUTE + 9000),
    "31 days": lambda: ONE.lend(["a:b"], start=now(), expiry=now() + 31 * DAY - 5000),
    "fractions": lambda: ONE.lend(["a:b"], start=now() - 0.5, expiry=now() + MINUTE + 0.25),
    "clientId beside issuer": lambda: ONE.lend(["a:b"], name="team/one/x", clientId="whatever"),
    "another seed": lambda: ONE.lend(["a:b"], seed="ö" + "b" * 43),
    "null issuer": lambda: ONE.lend(["a:b"], issuer=None),
}


@pytest.mark.parametrize("case", GOOD)
def test_good_temporary_credentials_are_accepted(sandbox: Running, case: str) -> None:
    signer = GOOD[case]()
    response = sandbox.signed(signer, "GET", CURRENT)
    assert response.status == 200, response
    assert response.json() == {"scopes": sorted([*signer.certificate["scopes"], *EVERYBODY])}


def test_exactly_31_days_are_accepted_and_not_a_millisecond_more(sandbox: Running) -> None:
    start = now()
    assert (
        sandbox.signed(
            ONE.lend(["a:b"], start=start, expiry=start + 31 * DAY), "GET", CURRENT
        ).status
        == 200
    )
    longer = ONE.lend(["a:b"], start=start, expiry=start + 31 * DAY + 1)
    assert refused(sandbox.signed(longer, "GET", CURRENT)) == (
        "ext.certificate cannot last longer than 31 days!"
    )


def _with(**changes: Any) -> Callable[[], Signer]:
    return lambda: ONE.lend(["a:b"], **changes)


def _whole(certificate: Any) -> Callable[[], Signer]:
    return lambda: replace(ONE.lend(["a:b"]), certificate=certificate)


_NOT_GENERATED = "The temporary credentials were not generated correctly."

BAD: dict[str, tuple[Callable[[], Signer], str]] = {
    "a string": (_whole("{}"), "ext.certificate must be a JSON object"),
    "a list": (_whole([]), "ext.certificate must be a JSON object"),
    "false": (_whole(False), "ext.certificate must be a JSON object"),
    "empty": (_whole({}), "ext.certificate.version must be 1"),
    "version 2": (_with(version=2), "ext.certificate.version must be 1"),
    "version '1'": (_with(version="1"), "ext.certificate.version must be 1"),
    "version true": (_with(version=True), "ext.certificate.version must be 1"),
    "no seed": (_with(remove=("seed",)), "ext.certificate.seed must be a string"),
    "number as seed": (_with(seed=5), "ext.certificate.seed must be a string"),
    "short seed": (_with(seed=SEED[1:]), "ext.certificate.seed must be 44 characters"),
    "no start": (_with(remove=("start",)), "ext.certificate.start must be a number"),
    "text as start": (_with(start="1"), "ext.certificate.start must be a number"),
    "true as start": (_with(start=True), "ext.certificate.start must be a number"),
    "endless start": (_with(start=float("-inf")), "ext.certificate.start must be a number"),
    "no expiry": (_with(remove=("expiry",)), "ext.certificate.expiry must be a number"),
    "NaN as expiry": (_with(expiry=float("nan")), "ext.certificate.expiry must be a number"),
    "no scopes": (_with(remove=("scopes",)), "ext.certificate.scopes must be an array"),
    "text as scopes": (
        lambda: _changed(ONE.lend(["a:b"]), scopes="a:b"),
        "ext.certificate.scopes must be an array",
    ),
    "bad scopes": (
        lambda: ONE.lend(["é"]),
        "ext.certificate.scopes must be an array of valid scopes",
    ),
    "number in scopes": (
        lambda: ONE.lend([1]),
        "ext.certificate.scopes must be an array of valid scopes",
    ),
    "not yet": (
        lambda: ONE.lend(["a:b"], start=now() + 5 * MINUTE + 9000),
        "ext.certificate.start > now",
    ),
    "no more": (
        lambda: ONE.lend(["a:b"], start=now() - DAY, expiry=now() - 5 * MINUTE - 1000),
        "ext.certificate.expiry < now",
    ),
    "beyond the issuer's": (
        lambda: ONE.lend(["a:b", "z:z"]),
        "ext.certificate issuer `team/one` doesn't satisfy all certificate scopes a:b, z:z.  "
        + _NOT_GENERATED,
    ),
    "a star beyond": (
        lambda: ONE.lend(["a*"]),
        "ext.certificate issuer `team/one` doesn't satisfy all certificate scopes a*.  "
        + _NOT_GENERATED,
    ),
    "wrong signature": (
        _with(signature="AAAA"),
        "ext.certificate.signature is not valid",
    ),
    "no signature": (
        _with(remove=("signature",)),
        "ext.certificate.signature is not valid",
    ),
    "number as signature": (
        _with(signature=1),
        "ext.certificate.signature is not valid",
    ),
    "more scopes after signing": (
        lambda: _changed(ONE.lend(["a:b"]), scopes=["a:b", "b:c"]),
        "ext.certificate.signature is not valid",
    ),
    "wrong signature, named": (
        _with(name="team/one/x", signature="é"),
        "ext.certificate.signature is not valid, or wrong clientId provided",
    ),
    "another name": (
        lambda: replace(ONE.lend(["a:b"], name="team/one/x"), client_id="team/one/y"),
        "ext.certificate.signature is not valid, or wrong clientId provided",
    ),
    "signed for another name": (
        _with(name="team/one/x", signed_name="team/one/y"),
        "ext.certificate.signature is not valid, or wrong clientId provided",
    ),
    "unnamed made named": (
        lambda: replace(_changed(ONE.lend(["a:b"]), issuer="team/one"), client_id="team/one/x"),
        "ext.certificate.signature is not valid, or wrong clientId provided",
    ),
    "issuer is the name": (
        _with(name="team/one"),
        "ext.certificate.issuer must differ from the supplied clientId",
    ),
    "issuer a number": (
        _with(name="team/one/x", issuer=5),
        "ext.certificate.issuer must be a string",
    ),
    "issuer unknown": (
        _with(name="team/one/x", issuer="nobody"),
        "Client with clientId 'nobody' not found",
    ),
    "issuer disabled": (
        lambda: Signer("team/disabled", "token").lend(["a"], name="x"),
        "Client with clientId 'team/disabled' is disabled",
    ),
    "issuer expired": (
        lambda: Signer("team/expired", "token").lend(["a"]),
        "Client with clientId: 'team/expired' has expired",
    ),
    "name not the issuer's to give": (
        _with(name="other/x"),
        (
            "ext.certificate issuer `team/one` doesn't have `auth:create-client:other/x` for "
            "supplied clientId."
        ),
    ),
    "clientId without issuer": (
        _with(clientId="team/one"),
        "ext.certificate.clientId must only be used with ext.certificate.issuer",
    ),
    "name without issuer": (
        lambda: replace(ONE.lend(["a:b"]), client_id="team/one/x"),
        "Client with clientId 'team/one/x' not found",
    ),
    "no certificate": (
        lambda: ONE.lend(["a:b"]).without_certificate(),
        "Unauthorized: Bad mac",
    ),
    "permanent token": (
        lambda: replace(ONE.lend(["a:b"]), access_token=ONE.access_token),
        "Unauthorized: Bad mac",
    ),
    "lent by temporary": (
        lambda: ONE.lend(["a:*"], name="team/one/x").lend(["a:b"], name="team/one/y"),
        "Client with clientId 'team/one/x' not found",
    ),
}


def _changed(signer: Signer, **changes: Any) -> Signer:
    return replace(signer, certificate={**signer.certificate, **changes})


@pytest.mark.parametrize("case", BAD)
def test_bad_temporary_credentials_are_refused_in_these_words(sandbox: Running, case: str) -> None:
    make, expected = BAD[case]
    assert refused(sandbox.signed(make(), "GET", CURRENT)) == expected


def test_an_issuer_may_change_its_mind() -> None:
    with Running() as sandbox:
        clients = sandbox.sandbox.clients
        one = clients[ONE.client_id]
        lent, named = ONE.lend(["a:b"]), ONE.lend(["a:b"], name="team/one/x")
        for signer in (ONE, lent, named):
            assert sandbox.signed(signer, "GET", CURRENT).status == 200

        clients[ONE.client_id] = replace(one, access_token="another")
        assert refused(sandbox.signed(ONE, "GET", CURRENT)) == "Unauthorized: Bad mac"
        invalid = "ext.certificate.signature is not valid"
        assert refused(sandbox.signed(lent, "GET", CURRENT)) == invalid
        assert refused(sandbox.signed(named, "GET", CURRENT)) == (
            f"{invalid}, or wrong clientId provided"
        )

        clients[ONE.client_id] = replace(one, disabled=True)
        for signer in (ONE, lent, named):
            assert refused(sandbox.signed(signer, "GET", CURRENT)) == (
                "Client with clientId 'team/one' is disabled"
            )

        clients[ONE.client_id] = Client(ONE.client_id, ONE.access_token)
        assert sandbox.signed(ONE, "GET", CURRENT).json() == {"scopes": EVERYBODY}
        assert "doesn't satisfy all" in refused(sandbox.signed(lent, "GET", CURRENT))
        assert "doesn't have `auth:create-client:team/one/x`" in refused(
            sandbox.signed(named, "GET", CURRENT)
        )


def test_who_may_do_everything_may_lend_everything(sandbox: Running) -> None:
    signer = ROOT.lend(["*"], name="any/name")
    assert sandbox.signed(signer, "GET", CURRENT).json() == {"scopes": ["*"]}


def test_an_error_names_the_temporary_client(sandbox: Running) -> None:
    signer = ONE.lend(["a:b"], name="team/one/x")
    response = sandbox.signed(signer, "GET", "/api/secrets/v1/secret/other")
    assert response.status == 403
    assert text(response).startswith("Client ID team/one/x does not have sufficient scopes")
