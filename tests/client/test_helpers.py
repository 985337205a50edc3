"""The helpers: equal to the official client's where it is right, and mended where it is not."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import re
import time
import warnings
from typing import Any

import pytest
import slugid
import taskcluster
import tcproxy_client
from hypothesis import example, given
from hypothesis import strategies as st
from tcproxy_client import aio, retry, utils
from tcproxy_client.exceptions import TaskclusterAuthFailure, TaskclusterFailure

BASE = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
START = dt.datetime(2020, 1, 1)  # noqa: DTZ001 - naive times are read as UTC
HOUR = dt.timedelta(hours=1)


def result(function: Any, *args: Any, **kwargs: Any) -> Any:
    """What a function gives, or the type and text of what it raises."""
    try:
        return function(*args, **kwargs)
    except Exception as error:  # noqa: BLE001 - compared with another one
        return type(error), str(error)


PIECES = st.one_of(
    st.sampled_from(["-", "+", " ", "1", "2", "30", "٣", ",", "yr", "hrs", "mins"]),
    *(
        st.sampled_from(words)
        for words in (
            ["y", "year", "years"],
            ["mo", "month", "months"],
            ["w", "week", "weeks", "d", "day", "days"],
            ["h", "hour", "hours", "m", "min", "minute", "minutes"],
            ["s", "sec", "second", "seconds", "1 day 2 hours", "3mo 2d"],
        )
    ),
)


@given(st.lists(PIECES, max_size=8).map("".join))
@example("1 year 2 months 3 weeks 4 days 5 hours 6 minutes 7 seconds")
@example("- 1 day")
@example("+-1 day")
@example("-+1 day")
@example("")
@example("9999999 years")
def test_from_now_is_the_official_one(offset: str) -> None:
    mine = result(tcproxy_client.fromNow, offset, BASE)
    assert mine == result(taskcluster.fromNow, offset, BASE)


def test_from_now_starts_now_and_is_aware() -> None:
    before = dt.datetime.now(dt.UTC)
    made = tcproxy_client.fromNow("1 day")
    assert before <= made - dt.timedelta(days=1) <= dt.datetime.now(dt.UTC)
    assert tcproxy_client.fromNow("0s", dateObj=START) == START
    text = tcproxy_client.fromNowJSON("2 hours")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z", text)
    assert dt.datetime.fromisoformat(text) > before + HOUR


@given(st.datetimes(timezones=st.none() | st.timezones() | st.just(dt.UTC)))
def test_string_date_is_the_official_one(when: dt.datetime) -> None:
    assert tcproxy_client.stringDate(when) == taskcluster.stringDate(when)


def test_string_date_takes_dates() -> None:
    assert tcproxy_client.stringDate(dt.date(2026, 1, 2)) == "2026-01-02"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.datetimes(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(JSON)
def test_dump_json_is_the_official_one(value: Any) -> None:
    assert tcproxy_client.dumpJson(value) == taskcluster.dumpJson(value)


def test_dump_json_takes_the_options_of_json() -> None:
    value = {"b": 1, "a": [b"x"]}
    assert tcproxy_client.dumpJson(value, sort_keys=True) == '{"a":["x"],"b":1}'
    assert tcproxy_client.dumpJson([1, 2], indent=1) == json.dumps([1, 2], indent=1).replace(
        ", ", ","
    )
    with pytest.raises(ValueError, match=r"^a value of type set cannot be written as JSON$"):
        tcproxy_client.dumpJson({"password": {"correct horse"}})


@given(st.binary() | st.text(st.characters(exclude_categories=["Cs"])))
def test_base64_helpers_are_the_official_ones(value: bytes | str) -> None:
    encoded = tcproxy_client.encodeStringForB64Header(value)
    assert encoded == taskcluster.encodeStringForB64Header(value)
    safe = tcproxy_client.makeB64UrlSafe(encoded)
    assert safe == taskcluster.makeB64UrlSafe(encoded)
    assert tcproxy_client.makeB64UrlUnsafe(safe.decode()) == encoded


def test_to_str() -> None:
    assert tcproxy_client.toStr(b"caf\xc3\xa9") == "café"
    assert tcproxy_client.toStr(b"caf\xe9", "latin-1") == "café"
    assert tcproxy_client.toStr(5) == "5"
    with pytest.raises(UnicodeDecodeError):
        tcproxy_client.toStr(b"\xff")


def test_slugs() -> None:
    made = {tcproxy_client.slugId() for _ in range(200)}
    assert len(made) == 200
    assert all(re.fullmatch(r"[A-Za-f][A-Za-z0-9_-]{21}", slug) for slug in made)
    stable, other = tcproxy_client.stableSlugId(), tcproxy_client.stableSlugId()
    assert stable("a") == stable("a") != stable("b")
    assert stable("a") != other("a")
    assert stable(1) == stable(True)
    assert stable(name="a") == stable("a")  # type: ignore[call-arg]  # its type has no names
    with pytest.raises(TypeError):
        stable([])  # type: ignore[arg-type]  # that is the point


SCOPES = st.text("ab:*", max_size=4)


@given(st.lists(SCOPES, max_size=4), st.lists(st.lists(SCOPES, max_size=3), max_size=3))
@example([], [])
@example([], [[]])
@example(["foo:*"], [["foo:"], ["foo"]])
def test_scope_match_is_the_official_one(assumed: list[str], required: list[list[str]]) -> None:
    expected = taskcluster.scopeMatch(assumed, required)
    assert tcproxy_client.scopeMatch(assumed, required) == expected
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert tcproxy_client.scope_match(assumed, required) == expected
    assert [each.category for each in caught] == [UserWarning]


@pytest.mark.parametrize(
    ("seconds", "expired"), [(-5, True), (60, True), (19 * 60, True), (21 * 60, False)]
)
def test_is_expired_allows_for_twenty_minutes(seconds: float, expired: bool) -> None:
    certificate = {"expiry": (time.time() + seconds) * 1000}
    for form in (certificate, json.dumps(certificate), json.dumps(certificate).encode()):
        assert tcproxy_client.isExpired(form) is expired
    assert tcproxy_client.isExpired({})


GOLDEN = {
    None: {
        "clientId": "me",
        "accessToken": b"glfizzwQYLOWCYCPPkDSJfcH8cqxNPdpg4gwXCG_GOM",
        "certificate": '{"version":1,"scopes":["s1","s2"],"start":1577836800000,'
        f'"expiry":1577840400000,"seed":"{"A" * 44}",'
        '"signature":"1ABujQgqnMZODB5j62yvwvd5pEVfid6/s9yIvkJYqSQ="}',
    },
    "nm": {
        "clientId": "nm",
        "accessToken": b"glfizzwQYLOWCYCPPkDSJfcH8cqxNPdpg4gwXCG_GOM",
        "certificate": '{"version":1,"scopes":["s1","s2"],"start":1577836800000,'
        f'"expiry":1577840400000,"seed":"{"A" * 44}","issuer":"me",'
        '"signature":"Y4TWJJT8+wl8bHvR2+fc5T6ke5ircIiw7zhZ013pnRM="}',
    },
}


@pytest.mark.parametrize("name", GOLDEN)
def test_temporary_credentials_have_the_golden_values(
    name: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slugid, "nice", lambda: "A" * 22)
    made = tcproxy_client.createTemporaryCredentials(
        "me", "secret", START, START + HOUR, ["s1", "s2"], name
    )
    assert made == GOLDEN[name]


@given(
    client_id=st.text(max_size=10),
    token=st.text(max_size=10) | st.binary(max_size=10),
    start=st.datetimes(START, START.replace(year=2100), timezones=st.just(dt.UTC)),
    seconds=st.floats(-1e6, 31 * 86400),
    scopes=st.lists(st.text(max_size=5), max_size=3),
    name=st.none() | st.text(max_size=5),
)
def test_temporary_credentials_are_the_official_ones(
    client_id: str, token: Any, start: dt.datetime, seconds: float, scopes: Any, name: Any
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(slugid, "nice", lambda: "B" * 22)
        args = (client_id, token, start, start + dt.timedelta(seconds=seconds), scopes, name)
        mine = tcproxy_client.createTemporaryCredentials(*args)
        assert mine == taskcluster.createTemporaryCredentials(*args)


def test_temporary_credentials_that_cannot_be() -> None:
    make = tcproxy_client.createTemporaryCredentials
    with pytest.raises(TaskclusterFailure, match="Scope must be string"):
        make("me", "secret", START, START + HOUR, ["a", 5])  # type: ignore[list-item]  # the point
    with pytest.raises(TaskclusterFailure, match="Only 31 days allowed"):
        make("me", "secret", START, START + dt.timedelta(days=31, seconds=1), [])
    with pytest.raises(TypeError):
        make("me", "secret", START, START + HOUR, "a")  # type: ignore[arg-type]  # the point
    with pytest.raises(TypeError):
        make("me", "secret", START, BASE, [])
    with pytest.raises(TypeError, match="accessToken must be text or bytes, not NoneType"):
        make("me", None, START, START + HOUR, [])  # type: ignore[arg-type]  # the point


def test_temporary_credentials_issue_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    make = tcproxy_client.createTemporaryCredentials
    temporary = make("me", "s" * 44, START, START + HOUR, ["a"])
    with pytest.raises(TaskclusterAuthFailure, match="Temporary credentials cannot issue others"):
        make("me", temporary["accessToken"], START, START + HOUR, ["a"])
    monkeypatch.setenv("TASKCLUSTER_ACCESS_TOKEN", "odd")
    assert make("me", "odd", START, START + HOUR, ["a"])
    monkeypatch.setenv("TASKCLUSTER_CERTIFICATE", "{}")
    with pytest.raises(TaskclusterAuthFailure, match="Temporary credentials cannot issue others"):
        make("me", "odd", START, START + HOUR, ["a"])
    assert make("me", "another", START, START + HOUR, ["a"])


ENVIRONMENTS = st.dictionaries(
    st.sampled_from(
        [
            "TASKCLUSTER_ROOT_URL",
            "TASKCLUSTER_CLIENT_ID",
            "TASKCLUSTER_ACCESS_TOKEN",
            "TASKCLUSTER_CERTIFICATE",
            "TASKCLUSTER_PROXY_URL",
        ]
    ),
    st.sampled_from(["", "https://tc.example.com", "https://tc.example.com//", "{}"]),
)
DEFAULTS = st.none() | st.fixed_dictionaries(
    {},
    optional={
        "rootUrl": st.just("http://d/"),
        "credentials": st.just({"clientId": "d"}),
        "maxRetries": st.just(1),
    },
)


@given(ENVIRONMENTS, DEFAULTS)
def test_options_from_environment_are_the_official_ones(
    environment: dict[str, str], defaults: Any
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith("TASKCLUSTER_"):
                patch.delenv(name)
        for name, value in environment.items():
            patch.setenv(name, value)
        twins = [None if defaults is None else json.loads(json.dumps(defaults)) for _ in range(2)]
        mine = tcproxy_client.optionsFromEnvironment(twins[0])
        assert mine == taskcluster.optionsFromEnvironment(twins[1])
        if twins[0]:
            assert mine is twins[0]


def test_retry_calls_again_until_it_works() -> None:
    tries = []

    def trying(retry_for: Any) -> str:
        tries.append(1)
        if len(tries) < 3:
            retry_for(KeyError(len(tries)))
        return "done"

    assert retry.retry(2, trying) == "done"
    assert len(tries) == 3
    tries.clear()
    with pytest.raises(KeyError, match="1"):
        retry.retry(0, trying)


def test_retry_for_nothing_is_no_failure() -> None:
    def trying(retry_for: Any) -> str:
        retry_for(None)
        return "done"

    async def trying_as_well(retry_for: Any) -> str:
        return trying(retry_for)

    assert retry.retry(0, trying) == "done"
    assert asyncio.run(aio.retry.retry(0, trying_as_well)) == "done"


def test_constants_are_the_official_ones() -> None:
    for name in ("DELAY_FACTOR", "MAX_DELAY", "MAX_RETRIES", "RANDOMIZATION_FACTOR"):
        assert getattr(utils, name) == getattr(taskcluster.utils, name)
