"""Target resolution: from any target, and any root URL, to where a request goes."""

from __future__ import annotations

import ipaddress
import json
import re
from urllib.parse import urlsplit

from tcproxy.errors import Refusal
from tcproxy.guard import Guard, authority_of
from tcproxy.targets import (
    Deployment,
    Endpoint,
    Forward,
    Origin,
    Router,
    SplitUrl,
    hide_bewit,
    hide_query,
    split_url,
)

WORDS = (
    b"/api/", b"/queue/v1/", b"/bewit", b"/credentials", b"//", b"..", b"/%2e%2e/", b"?", b"#",
    b"bewit=", b"&", b"@", b":443", b"/other.example.com", b"/tc.example.com", b"https://",
    b"http://", b"[::1]", b"localhost", b"127.0.0.1", b"\\", b"%00", b".", b"*", b";",
)  # fmt: skip

_ALLOWED = "other.example.com"
_ROOTS = ("https://tc.example.com", "http://tc.example.com:8080", "https://tc.example.com/pre/fix/")
_ROUTERS = tuple(Router(Deployment.parse(each), frozenset({_ALLOWED})) for each in _ROOTS)
_ANY_HOST = Router(Deployment.parse(_ROOTS[0]), frozenset({"*"}))
_GUARD_NAMES = frozenset({"allowed.test"})
_VALUE = re.compile(r"[?&][^=&#]*=([^&#]*)")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9._-]+")


def check(data: bytes) -> None:
    """Resolve the bytes as a target, and read them as a URL and as a `Host`."""
    text = data.decode("latin-1")
    for router in _ROUTERS:
        _check_resolved(router, text)
    _check_any_host(text)
    _check_url(text)
    _check_hiding(text)
    _check_host(text)


def _check_resolved(router: Router, target: str) -> None:
    destination = router.resolve(target)
    if isinstance(destination, Refusal):
        assert 400 <= destination.status < 500
        assert set(json.loads(destination.body())) >= {"code", "message"}
    elif isinstance(destination, Endpoint):
        assert target.startswith(destination.path)
    else:
        assert target.startswith("/")
        _check_forward(router.deployment, destination, target)


def _check_forward(deployment: Deployment, forward: Forward, target: str) -> None:
    """It stays within the deployment, or is for a host that is allowed; no byte is changed."""
    assert forward.target.startswith("/")
    if forward.service:
        assert forward.origin == deployment.origin
        assert forward.target.startswith(f"{deployment.prefix}/api/{forward.service}/")
        rest = forward.target.removeprefix(deployment.prefix)
        assert rest in (target, "/api" + target)
    else:
        assert forward.origin in (Origin("https", _ALLOWED, 443), deployment.origin)
        # A host named alone has the path `/`.
        rest = target[1 + len(forward.origin.host) :]
        assert forward.target == (rest if rest.startswith("/") else "/" + rest)
    if "bewit=" in forward.target and re.search(r"[?&]bewit=", forward.target):
        assert forward.signed_by_caller
    if target.isascii() and target.isprintable() and " " not in target:
        parts = urlsplit(f"{forward.origin}{forward.target}")
        assert (parts.scheme, parts.netloc) == (forward.origin.scheme, forward.origin.authority)


def _check_any_host(target: str) -> None:
    """Even where every host is allowed, a host is a plain name: no port, no user."""
    destination = _ANY_HOST.resolve(target)
    if isinstance(destination, Forward):
        assert destination.origin.scheme == "https"
        assert destination.origin.port == 443
        assert _PLAIN_NAME.fullmatch(destination.origin.host)


def _check_url(text: str) -> None:
    try:
        url = split_url(text)
    except ValueError as error:
        problem = str(error)
    else:
        _check_parts(url, text)
        return
    assert problem.startswith("it"), problem


def _check_parts(url: SplitUrl, text: str) -> None:
    assert url.base + url.fragment == text
    assert url.target.startswith("/")
    parts = urlsplit(text)
    assert parts.hostname == url.origin.address.lower()
    assert parts.username is None
    try:
        deployment = Deployment.parse(text)
    except ValueError:
        assert "?" in text or "#" in text
        return
    assert deployment.origin == url.origin


def _check_hiding(text: str) -> None:
    assert set(_VALUE.findall("?" + hide_query(text).partition("?")[2])) <= {"***"}
    assert hide_query(hide_query(text)) == hide_query(text)
    assert set(re.findall(r"[?&]bewit=([^&#]*)", hide_bewit(text))) <= {"***"}


def _check_host(text: str) -> None:
    for host in (text, authority_of(text)):
        refusal = None if host is None else Guard(frozenset(), _GUARD_NAMES).check_host(host)
        if host is None or refusal is not None:
            continue
        name = re.sub(r":[0-9]*\Z", "", host).lower().removesuffix(".")
        assert name in _GUARD_NAMES or _cannot_be_rebound(name), host


def _cannot_be_rebound(name: str) -> bool:
    if name == "localhost" or name.endswith(".localhost") or re.fullmatch(r"[\w-]+", name):
        return True
    return bool(ipaddress.ip_address(name.removeprefix("[").removesuffix("]")))
