"""Transfers over TLS, as storages are reached in earnest: it sends and ends in its own ways."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest

from tests.harness.daemon import ROOT, environment
from tests.harness.upstream import reply
from tests.transfers.deployment import Deployment, hashes_of
from tests.transfers.sizes import BIG, pattern
from tests.transfers.storage import Storage, refusal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.harness.certificates import Authority
    from tests.harness.daemon import Daemon
    from tests.harness.upstream import Upstream

DATA = pattern(BIG)

PROGRAM = """
import asyncio, sys
from importlib import import_module
import tcproxy_client

kind, way, url, path = sys.argv[1:]
face = "tcproxy_client.aio" if kind == "async" else "tcproxy_client"
options = {"rootUrl": url, "readTimeout": 20}

def begin():
    service = import_module(face).Object(options)
    if way == "up":
        return import_module(f"{face}.upload").uploadFromFile(
            file=path, projectId="p", name="x", contentType="a/b", contentLength=SIZE,
            expires="2126-01-01T00:00:00Z", objectService=service, maxRetries=2)
    return import_module(f"{face}.download").downloadToFile(
        path, name="x", objectService=service, parallel=3 if way == "parallel" else 1, maxRetries=2)

async def later():
    return await begin()

try:
    asyncio.run(later()) if kind == "async" else begin()
except tcproxy_client.TaskclusterConnectionError as error:
    sys.exit(f"connection: {error}")
"""


@pytest.fixture
def storage(authority: Authority) -> Iterator[Storage]:
    """A storage over TLS."""
    with Storage(tls=authority.server("127.0.0.1")) as storage:
        yield storage
        storage.check()


@pytest.fixture
def deployment(upstream: Upstream, storage: Storage) -> Deployment:
    """The object service whose URLs lead to it."""
    return Deployment(upstream, storage)


def run(
    kind: str, way: str, daemon: Daemon, path: Path, authority: Authority | None
) -> subprocess.CompletedProcess[str]:
    env = {} if authority is None else {"SSL_CERT_FILE": str(authority.file)}
    return subprocess.run(
        [
            *(sys.executable, "-W", "error", "-c"),
            textwrap.dedent(PROGRAM).replace("SIZE", str(BIG)),
            *(kind, way, daemon.url, str(path)),
        ],
        cwd=ROOT,
        env=environment(env),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("failure", ["dropped", "reset", "early"])
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_uploads(
    daemon: Daemon,
    deployment: Deployment,
    storage: Storage,
    authority: Authority,
    tmp_path: Path,
    kind: str,
    failure: str,
) -> None:
    scripts = {
        "dropped": [storage.hang_up_on_body(BIG // 2), reply(503)],
        "reset": [storage.hang_up_on_body(1, reset=True), storage.hang_up_on_body(0)],
        "early": [storage.answer_early(1000, refusal(500))],
    }
    storage.script(*scripts[failure])
    path = tmp_path / "data"
    path.write_bytes(DATA)
    done = run(kind, "up", daemon, path, authority)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert storage.only_put().body == DATA
    assert deployment.finished()["hashes"] == hashes_of(DATA)


@pytest.mark.parametrize("failure", ["dropped", "reset"])
@pytest.mark.parametrize("way", ["down", "parallel"])
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_downloads(
    daemon: Daemon,
    deployment: Deployment,
    storage: Storage,
    authority: Authority,
    tmp_path: Path,
    kind: str,
    way: str,
    failure: str,
) -> None:
    data = pattern(20_000_000) if way == "parallel" else DATA
    deployment.keep("x", data)
    scripts = {
        "dropped": [storage.cut(len(data) // 4), storage.cut(0)],
        "reset": [storage.cut(len(data) // 4, reset=True), reply(503)],
    }
    storage.script(*scripts[failure])
    path = tmp_path / "target"
    done = run(kind, way, daemon, path, authority)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert path.read_bytes() == data
    if way == "down":
        assert storage.served < 1.6 * len(data)


@pytest.mark.parametrize("way", ["up", "down"])
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_certificate_nobody_trusts(
    daemon: Daemon, deployment: Deployment, storage: Storage, tmp_path: Path, kind: str, way: str
) -> None:
    deployment.keep("x", DATA)
    path = tmp_path / "data"
    path.write_bytes(DATA)
    done = run(kind, way, daemon, path, None)
    assert done.returncode == 1
    assert "certificate is not trusted" in done.stderr
    assert "Traceback" not in done.stderr
    assert path.read_bytes() == DATA
    assert not storage.requests
    assert "finishUpload" not in deployment.names()
