"""Logging: silent unless asked, warnings on retries, and never a secret."""

from __future__ import annotations

import logging
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import tcproxy_client

from tests.harness.daemon import ROOT, environment
from tests.harness.upstream import raw_then_close, reply

if TYPE_CHECKING:
    from tests.client.faces import Face
    from tests.harness.upstream import Upstream

PROGRAM = """
import asyncio, sys, tcproxy_client
from tcproxy_client import aio
options = {"rootUrl": sys.argv[1], "maxRetries": 1, "credentials": {"clientId": None}}
tcproxy_client.Secrets(options).set("name", {"secret": {"key": "hush-hush"}})
asyncio.run(aio.Secrets(options).set("name", {"secret": {"key": "hush-hush"}}))
"""


def run(upstream: Upstream, **variables: str) -> str:
    """Run a program that writes secrets; gives what it wrote to stderr."""
    upstream.script(reply(500, [("Set-Cookie", "hush-hush")], b'{"secret": "hush-hush"}'))
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, upstream.url],
        env=environment(variables),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")
    return done.stderr


def test_it_is_silent_unless_asked(upstream: Upstream) -> None:
    assert run(upstream) == ""


def test_debugging_shows_requests_without_secrets(upstream: Upstream) -> None:
    text = run(upstream, DEBUG_TASKCLUSTER_CLIENT="1")
    assert f"PUT {upstream.url}/api/secrets/v1/secret/name" in text
    assert "Secrets with {" in text
    assert "Retrying in 0.1 s because of: PUT" in text
    assert "hush" not in text
    assert "credentials" not in text


def test_retries_are_warned_of(
    face: Face, upstream: Upstream, caplog: pytest.LogCaptureFixture
) -> None:
    upstream.script(raw_then_close(b""), reply(503))
    client = face.client("Queue", {"rootUrl": upstream.url})
    with caplog.at_level(logging.WARNING, "tcproxy_client"):
        face.run(client.ping)
    url = f"GET {upstream.url}/api/queue/v1/ping"
    reasons = [each.getMessage().partition("because of: ")[2] for each in caplog.records]
    assert reasons == [
        f"{url}: the connection was closed before an answer",
        f"{url}: status 503",
    ]
    home = "aio.asyncclient" if face.is_async else "client"
    assert {each.name for each in caplog.records} == {f"tcproxy_client.{home}"}


def test_bewits_are_hidden(caplog: pytest.LogCaptureFixture, upstream: Upstream) -> None:
    with caplog.at_level(logging.DEBUG, "tcproxy_client"):
        url = f"{upstream.url}/x?bewit=c2VjcmV0"
        tcproxy_client.makeSingleHttpRequest("GET", url, None, {"Authorization": "c2VjcmV0"})
    texts: list[Any] = [each.getMessage() for each in caplog.records]
    assert texts == [f"GET {upstream.url}/x?bewit=***"]
