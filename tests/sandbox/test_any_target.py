"""A signature is over the request target as it was sent, whatever bytes that has."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.harness.caller import Caller
from tests.sandbox.running import ROOT, Running

SECRET = "/api/secrets/v1/secret/"

_visible = st.characters(min_codepoint=0x21, max_codepoint=0x7E)
_tail = st.one_of(
    st.text(_visible, max_size=40),
    # what URL parsers like to lose or to change
    st.lists(
        st.sampled_from(
            ["?", ";", "#", "/", "//", "..", ".", "%2e", "%zz", "%", "&", "=", "+", "a", "%2F", "{"]
        ),
        max_size=12,
    ).map("".join),
)


def status(caller: Caller, method: str, target: str, authorization: str | None) -> int:
    fields = [] if authorization is None else [("Authorization", authorization)]
    response = caller.request(method, target, fields)
    assert response.status < 500
    if response.status == 400 and response.body:  # the query or the name, seen after the signature
        assert response.json()["code"] == "InvalidRequestArguments"
    return response.status


@pytest.mark.parametrize(
    "tail", ["x?", "x;p", "x;p=1?", "x#f", "x#", "x?#", "x?a#b?c", "..", "a//b", "%zz", "{", "%ff"]
)
def test_these_targets_are_taken_as_sent(sandbox: Running, tail: str) -> None:
    with sandbox.connect() as caller:
        header = ROOT.header("GET", SECRET + tail, sandbox.host)
        assert status(caller, "GET", SECRET + tail, header) in {400, 404}
        for other in (SECRET + tail.rstrip("?#"), SECRET + tail + "?", SECRET + tail + "#"):
            if other != SECRET + tail:
                assert status(caller, "GET", other, header) == 401


@given(tail=_tail, method=st.sampled_from(["GET", "HEAD", "DELETE"]), data=st.data())
@settings(max_examples=250, deadline=None)
@example(tail="a?", method="GET", data=None)
@example(tail="a;b=c?d", method="DELETE", data=None)
@example(tail="#", method="HEAD", data=None)
def test_any_target_verifies_and_no_other(
    sandbox: Running, tail: str, method: str, data: st.DataObject | None
) -> None:
    target = SECRET + tail
    with sandbox.connect() as caller:
        header = ROOT.header(method, target, sandbox.host)
        both = "bewit" in tail  # then there would be two signatures
        assert both or status(caller, method, target, header) in {200, 400, 404}
        forged = replace(ROOT, access_token="wrong").header(method, target, sandbox.host)
        assert status(caller, method, target, forged) == 401
        if data is None:
            return
        at = data.draw(st.integers(0, len(target) - 1))
        byte = data.draw(_visible.filter(lambda byte: byte != target[at]))
        changed = target[:at] + byte + target[at + 1 :]
        # a change of the fixed part may make it a path that nobody serves
        if changed.startswith("/"):
            expected = {401} if changed.startswith(SECRET) else {401, 404}
            assert status(caller, method, changed, header) in expected


@given(tail=_tail.filter(lambda tail: "#" not in tail), data=st.data())
@settings(max_examples=250, deadline=None)
def test_a_bewit_covers_any_target_and_no_other(
    sandbox: Running, tail: str, data: st.DataObject
) -> None:
    target = SECRET + tail
    bewit = ROOT.bewit(target, sandbox.host)
    joint = "&" if "?" in target else "?"
    if "bewit=" in tail or target.endswith(("?", "&")):
        return  # `?&bewit=` and a second bewit are cases of their own
    with sandbox.connect() as caller:
        assert status(caller, "GET", f"{target}{joint}bewit={bewit}", None) in {400, 404}
        forged = replace(ROOT, access_token="wrong").bewit(target, sandbox.host)
        assert status(caller, "GET", f"{target}{joint}bewit={forged}", None) == 401
        at = data.draw(st.integers(len(SECRET), len(target)))
        extra = data.draw(
            st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="#")
        )
        changed = target[:at] + extra + target[at:]
        joint = "&" if "?" in changed else "?"
        assert status(caller, "GET", f"{changed}{joint}bewit={bewit}", None) == 401


@given(position=st.integers(0, 10_000), byte=st.characters(min_codepoint=0x20, max_codepoint=0x7E))
@settings(max_examples=150, deadline=None)
def test_no_changed_header_is_accepted(sandbox: Running, position: int, byte: str) -> None:
    target = SECRET + "changed"
    header = ROOT.header("GET", target, sandbox.host, ext="e30=", ts=str(int(time.time())))
    at = len("Hawk ") + position % (len(header) - len("Hawk "))
    changed = header[:at] + byte + header[at + 1 :]
    if changed.replace(" ", "") == header.replace(" ", ""):
        return  # white space between attributes means nothing
    with sandbox.connect() as caller:
        assert status(caller, "GET", target, header) == 404
        assert status(caller, "GET", target, changed) == 401


@given(byte=st.integers(0x80, 0xFF) | st.sampled_from([0x00, 0x09, 0x0B, 0x20, 0x7F]))
@settings(max_examples=30, deadline=None)
def test_bytes_that_no_target_may_have_are_refused(sandbox: Running, byte: int) -> None:
    target = SECRET.encode() + b"a" + bytes([byte]) + b"b"
    response = sandbox.request("GET", target)
    assert (response.status, response.json()["code"]) == (400, "MalformedRequest")
