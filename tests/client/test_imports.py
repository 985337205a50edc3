"""Thin: what is imported when, and what may be missing."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from importlib.metadata import requires

import pytest

from tests.harness.daemon import ROOT, environment

HEAVY = ("urllib3", "aiohttp", "http.client", "slugid", "ssl", "json", "logging", "asyncio")


def loaded(code: str) -> set[str]:
    """Run a program in an interpreter of its own; gives the modules that it has loaded."""
    program = (
        f"{code}\nimport sys; names = list(sys.modules)\nimport json; print(json.dumps(names))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env=environment(),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout))


def test_the_package_alone_loads_nothing_heavy() -> None:
    names = loaded("import tcproxy_client")
    assert not names & set(HEAVY)
    ours = {name for name in names if name.startswith("tcproxy_client")}
    assert ours == {"tcproxy_client", "tcproxy_client._lazy", "tcproxy_client._names"}


def test_a_service_loads_itself_and_no_transport() -> None:
    names = loaded("import tcproxy_client; tcproxy_client.Queue().buildUrl('ping')")
    assert not names & {"urllib3", "aiohttp", "slugid", "asyncio", "tcproxy_client.auth"}


def test_helpers_load_no_transport() -> None:
    code = "import tcproxy_client as t; t.fromNow('1 day'); t.optionsFromEnvironment()"
    names = loaded(f"{code}; t.exceptions; t.scopeMatch([], [])")
    assert not names & {"urllib3", "aiohttp", "slugid", "asyncio"}


@pytest.mark.parametrize(
    "name", ["upload", "download", "aio.upload", "aio.download", "aio.reader_writer"]
)
def test_the_modules_of_transfers_need_no_import_of_their_own(name: str) -> None:
    assert f"tcproxy_client.{name}" in loaded(f"import tcproxy_client as t; t.{name}")


SYNC_CALL = """
import tcproxy_client
try:
    tcproxy_client.Queue({"rootUrl": "http://127.0.0.1:1", "maxRetries": 0}).ping()
except tcproxy_client.TaskclusterConnectionError:
    pass
"""
ASYNC_CALL = """
import asyncio
from tcproxy_client import aio
async def main():
    try:
        await aio.Queue({"rootUrl": "http://127.0.0.1:1", "maxRetries": 0}).ping()
    except aio.TaskclusterConnectionError:
        pass
asyncio.run(main())
"""


def test_sync_calls_need_no_aiohttp_and_async_ones_no_urllib3() -> None:
    assert {"urllib3", "aiohttp"} & loaded(SYNC_CALL) == {"urllib3"}
    assert {"urllib3", "aiohttp"} & loaded(ASYNC_CALL) == {"aiohttp"}


@pytest.mark.parametrize(
    "how",
    [
        "import tcproxy_client.aio",
        "from tcproxy_client import aio",
        "import tcproxy_client; tcproxy_client.aio",
        "from tcproxy_client.aio.queue import Queue",
    ],
)
def test_without_aiohttp_it_says_what_to_install(how: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.modules['aiohttp'] = None\n{how}"],
        env=environment(),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    message = "tcproxy_client.aio needs aiohttp: pip install 'tcproxy-client[aio]'"
    assert done.stderr.splitlines()[-1] == f"ModuleNotFoundError: {message}"


def test_the_dependencies_are_urllib3_and_slugid_only() -> None:
    text = (ROOT / "client" / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    names = [each.split()[0] for each in project["dependencies"]]
    assert sorted(names) == ["slugid", "urllib3"]
    extras = project["optional-dependencies"]
    assert [each.split()[0] for each in extras["aio"]] == ["aiohttp"]
    installed = requires("tcproxy-client") or []
    assert sum("extra" not in each for each in installed) == 2
