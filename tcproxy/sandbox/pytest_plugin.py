"""Fixtures for pytest that give a task's script a deployment: its own, in memory, with no network.

Name the module in ``pytest_plugins`` of a ``conftest.py``; ``docs/sandbox.md`` shows how.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import pytest

from tcproxy.sandbox.seeds import load_seed, read_seed
from tcproxy.sandbox.server import Sandbox
from tcproxy.sandbox.threads import SandboxThread

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SERVING = re.compile(r"Serving on (\S+:\d+)")
_STOP_TIMEOUT = 10.0
_SETTINGS = ("TASKCLUSTER_", "TCPROXY_")


@pytest.fixture
def tcproxy_seed() -> str | Path | Mapping[str, Any] | None:
    """What the deployment holds from the start: a path, or the JSON itself. Override it."""
    return None


@pytest.fixture
def tcproxy_sandbox(tcproxy_seed: str | Path | Mapping[str, Any] | None) -> Iterator[Sandbox]:
    """A deployment alone, new for each test.

    Its ``root_url``, ``client_id`` and ``access_token`` are what a client needs.
    """
    if isinstance(tcproxy_seed, (str, Path)):
        seed = load_seed(tcproxy_seed)
    else:
        seed = read_seed({} if tcproxy_seed is None else tcproxy_seed)
    # what a test captures is what its script says, so nothing of the deployment may be in it
    sandbox = Sandbox(seed=seed, claim_wait=0.0, logs_requests=False)
    with SandboxThread(sandbox):
        yield sandbox


@pytest.fixture
def tcproxy(tcproxy_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of a tcproxy in front of the deployment.

    It is in ``TASKCLUSTER_PROXY_URL`` too, and the deployment's own in ``TASKCLUSTER_ROOT_URL``.
    """
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(_SETTINGS)
    }
    environment |= {
        "TASKCLUSTER_ROOT_URL": tcproxy_sandbox.root_url,
        "TASKCLUSTER_CLIENT_ID": tcproxy_sandbox.client_id,
        "TASKCLUSTER_ACCESS_TOKEN": tcproxy_sandbox.access_token,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "tcproxy", "--port", "0"],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="backslashreplace",
    )
    with process:
        try:
            url = _wait_until_serving(process)
            monkeypatch.setenv("TASKCLUSTER_PROXY_URL", url)
            monkeypatch.setenv("TASKCLUSTER_ROOT_URL", tcproxy_sandbox.root_url)
            yield url
        finally:
            _stop(process)


def _wait_until_serving(process: subprocess.Popen[str]) -> str:
    said: list[str] = []
    for line in process.stderr or ():
        if serving := _SERVING.search(line):
            if process.stderr is not None:
                threading.Thread(target=_drain, args=(process.stderr,), daemon=True).start()
            return f"http://{serving[1]}"
        said.append(line)
    pytest.fail("tcproxy did not start:\n" + "".join(said), pytrace=False)


def _drain(stream: IO[str]) -> None:
    """Read what it logs, so that it never has to wait for a reader."""
    for _ in stream:
        pass


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_TIMEOUT)
    except subprocess.TimeoutExpired:
        process.kill()
