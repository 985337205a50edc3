"""The official client, its newest version and 44.2.2, sync and async, through the proxy."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.end_to_end.official_client_calls import NAMES
from tests.harness import daemon as process

if TYPE_CHECKING:
    from tests.harness.daemon import Daemon

CALLS = Path(__file__).with_name("official_client_calls.py")
INTERPRETERS = {
    "newest": Path(sys.executable),
    "44.2.2": process.ROOT / ".venv-taskcluster-44" / "bin" / "python",
}


@pytest.fixture(params=[(version, face) for version in INTERPRETERS for face in ("sync", "async")])
def results(
    request: pytest.FixtureRequest, tester_proxy: Daemon, root_proxy: Daemon
) -> dict[str, Any]:
    """What the calls returned."""
    version, face = request.param
    python = INTERPRETERS[version]
    if not python.exists():
        pytest.skip(f"the official client {version} is not installed; `make test` installs it")
    done = subprocess.run(
        [python, str(CALLS), face, tester_proxy.url, root_proxy.url],
        env=process.environment({"PYTHONWARNINGS": "ignore"}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    made: dict[str, Any] = json.loads(done.stdout)
    return made


def test_calls_work_as_with_credentials_of_their_own(results: dict[str, Any]) -> None:
    assert results.pop("ping")["alive"] is True
    tester = {"clientId": "tester", "scopes": ["assume:anonymous", "test:*"]}
    assert results.pop("testAuthenticate") == tester
    assert results.pop("testAuthenticate signed") == tester
    refused = ["TaskclusterRestFailure", 403, "InsufficientScopes"]
    assert results.pop("testAuthenticate refused") == refused
    assert results.pop("testAuthenticateGet")["clientId"] == "tester"
    assert results.pop("pages") >= 3
    none = ["TaskclusterRestFailure", 404, "ResourceNotFound"]
    assert results == {
        "currentScopes": {"scopes": ["*"]},
        "set": [{}] * len(NAMES),
        "get": [{"name": name} for name in NAMES],
        "get of none": none,
        "list": sorted(NAMES),
        "remove": [{}] * len(NAMES),
        "get of removed": none,
    }
