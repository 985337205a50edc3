"""Request targets: the three URL forms, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcproxy.errors import Refusal
from tcproxy.targets import (
    Deployment,
    Endpoint,
    Forward,
    Origin,
    Router,
    hide_bewit,
    hide_query,
    split_url,
)

ROOT = Deployment.parse("https://tc.example.com")
ROUTER = Router(ROOT, frozenset({"allowed.example.com"}))
printable = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E))


@pytest.mark.parametrize(
    ("sent", "forwarded"),
    [
        ("/queue/v1/ping", "/api/queue/v1/ping"),
        ("/api/queue/v1/ping", "/api/queue/v1/ping"),
        ("/queue/v1/", "/api/queue/v1/"),
        ("/queue/v1/ping?", "/api/queue/v1/ping?"),
        ("/queue/v1/task/a%2Fb//c?x=1&x=2", "/api/queue/v1/task/a%2Fb//c?x=1&x=2"),
        ("/queue/v1/a%2Fb{c}", "/api/queue/v1/a%2Fb{c}"),
        ("/queue/v1/%zz", "/api/queue/v1/%zz"),
        ("/queue/v1/x%7Ey;z=1+2/../w?q=a%20b+c&e=", "/api/queue/v1/x%7Ey;z=1+2/../w?q=a%20b+c&e="),
        ("/queue/v1/x#y", "/api/queue/v1/x#y"),
        ("/api/worker-manager/v1/x", "/api/worker-manager/v1/x"),
    ],
)
def test_deployment_forms_keep_every_byte(sent: str, forwarded: str) -> None:
    destination = ROUTER.resolve(sent)
    assert isinstance(destination, Forward)
    assert (destination.origin, destination.target) == (ROOT.origin, forwarded)


def test_a_prefix_of_the_root_url_is_kept() -> None:
    destination = Router(Deployment.parse("http://h:81/tc/")).resolve("/queue/v1/ping")
    assert isinstance(destination, Forward)
    assert destination.url == "http://h:81/tc/api/queue/v1/ping"


@given(printable)
def test_any_path_of_a_service_is_forwarded_as_sent(rest: str) -> None:
    destination = ROUTER.resolve(f"/api/queue/v1/{rest}")
    assert isinstance(destination, Forward)
    assert destination.target == f"/api/queue/v1/{rest}"


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "//queue/v1/ping",
        "/x@/v1/y",
        "/queue",
        "/queue/v1",
        "/queue/v1?x=/",
        "/queue//x",
        "/api",
        "/api/queue",
        "/api/queue/v1",
        "/api//v1/x",
        "/api/../../x",
        "/127.0.0.1:19999/x",
        "/u@evil.example.com/x",
        "/evil.example.com%2f/x",
        "/a..b/x",
    ],
)
def test_what_leads_nowhere_is_not_found(target: str) -> None:
    destination = ROUTER.resolve(target)
    assert isinstance(destination, Refusal)
    assert destination.status == 404


@pytest.mark.parametrize("target", ["http://x/api/queue/v1/ping", "x:443", "*", "", "queue"])
def test_other_forms_of_targets_are_refused(target: str) -> None:
    destination = ROUTER.resolve(target)
    assert isinstance(destination, Refusal)
    assert destination.status == 400


def test_a_host_must_be_allowed_by_name() -> None:
    refused = ROUTER.resolve("/other.example.com/x")
    assert isinstance(refused, Refusal)
    assert refused.status == 403
    assert "--allowed-host other.example.com" in refused.message
    for sent in ("/allowed.example.com/x?", "/ALLOWED.example.com/x?"):
        allowed = ROUTER.resolve(sent)
        assert isinstance(allowed, Forward)
        assert allowed.origin == Origin("https", "allowed.example.com", 443)
        assert allowed.target == "/x?"


@pytest.mark.parametrize(
    ("sent", "target"),
    [
        ("/any.example.com", "/"),
        ("/any.example.com/", "/"),
        ("/any.example.com?x", "/?x"),
        ("/any.example.com//x", "//x"),
    ],
)
def test_an_asterisk_allows_every_host(sent: str, target: str) -> None:
    destination = Router(ROOT, frozenset({"*"})).resolve(sent)
    assert isinstance(destination, Forward)
    assert (destination.origin.host, destination.target) == ("any.example.com", target)


def test_the_deployment_itself_may_be_named_as_a_host() -> None:
    assert isinstance(ROUTER.resolve("/tc.example.com/api/queue/v1/ping"), Forward)
    assert isinstance(
        Router(Deployment.parse("http://tc.example.com")).resolve("/tc.example.com/x"), Refusal
    )


def test_endpoints_are_exact_paths() -> None:
    assert ROUTER.resolve("/bewit?expiration=5") == Endpoint("/bewit")
    assert ROUTER.resolve("/credentials") == Endpoint("/credentials")
    for other in ("/bewitXYZ", "/credentials/", "/credentials-x/else"):
        assert isinstance(ROUTER.resolve(other), Refusal)


def test_a_bewit_in_the_query_is_noticed_and_hidden() -> None:
    signed = ROUTER.resolve("/queue/v1/x?a=1&bewit=c2VjcmV0&b=2")
    assert isinstance(signed, Forward)
    assert signed.signed_by_caller
    assert "c2VjcmV0" not in signed.url
    other = ROUTER.resolve("/queue/v1/x?notbewit=1")
    assert isinstance(other, Forward)
    assert not other.signed_by_caller


@pytest.mark.parametrize(
    ("url", "origin", "target"),
    [
        ("https://a.example.com", "https://a.example.com", "/"),
        ("https://a.example.com?x=1", "https://a.example.com", "/?x=1"),
        ("HTTPS://A.example.com:443/x", "https://a.example.com", "/x"),
        ("http://a:8080/x?b=2&a=%20#f", "http://a:8080", "/x?b=2&a=%20"),
        ("http://[::1]:80/", "http://[::1]", "/"),
    ],
)
def test_urls_are_taken_apart_as_they_stand(url: str, origin: str, target: str) -> None:
    parts = split_url(url)
    assert (str(parts.origin), parts.target) == (origin, target)
    assert parts.base + parts.fragment == url


@pytest.mark.parametrize(
    "url",
    ["", "x", "x://y/z", "ftp://a/b", "https://", "https:///x", "https://u@h/", "https://h:0/",
     "https://h:99999/", "https://h:x/", "https://a b/", "https://h/é", "https://[::z]/",
     "//h/x", "queue/v1/task/x"],
)  # fmt: skip
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match="it"):
        split_url(url)


@given(printable)
def test_splitting_a_url_loses_nothing(rest: str) -> None:
    url = f"https://h/{rest}"
    parts = split_url(url)
    assert parts.base + parts.fragment == url
    assert parts.target == "/" + rest.partition("#")[0]


def test_query_values_are_hidden_for_logs() -> None:
    assert hide_query("/x?a=1&b&bewit=s#f") == "/x?a=***&b&bewit=***"
    assert hide_query("/x") == "/x"
    assert hide_bewit("/x?bewit=s&a=1") == "/x?bewit=***&a=1"
