"""A deployment that is somewhere else than before: each new connection looks its name up."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.harness.daemon import Daemon
from tests.harness.upstream import Upstream

if TYPE_CHECKING:
    from pathlib import Path

TARGET = "/queue/v1/thing"
NAME = "deployment.tcproxy.test"


def twins(hosts: tuple[str, str]) -> tuple[Upstream, Upstream]:
    """Return two deployments with different addresses and the same port."""
    for _ in range(50):
        first = Upstream(host=hosts[0])
        try:
            return first, Upstream(host=hosts[1], port=first.port)
        except OSError:
            first.close()
    pytest.skip(f"no port is free on both of {hosts}")


def test_one_address_of_two_goes_away() -> None:
    """`localhost` is two addresses: where one refuses, the other is used, and nobody notices."""
    found = {each[4][0] for each in socket.getaddrinfo("localhost", 80, type=socket.SOCK_STREAM)}
    if not found >= {"127.0.0.1", "::1"}:
        pytest.skip(f"localhost is only {found} here")
    first, second = twins(("::1", "127.0.0.1"))
    with first, second, Daemon(root_url=f"http://localhost:{first.port}") as daemon:
        assert daemon.request("GET", TARGET).status == 200
        used, other = (first, second) if first.requests else (second, first)
        used.stop_listening()
        used.hang_up()
        for _ in range(5):
            response = daemon.request("POST", TARGET, body=b"x")
            assert (response.status, response.attempts) in {(200, 1), (200, 2)}
        assert len(other.requests) == 5


def require_own_hosts_file(hosts: Path) -> list[str]:
    """Return what starts a program that sees this file as /etc/hosts, or skip the test."""
    unshare = shutil.which("unshare")
    if sys.platform != "linux" or unshare is None:
        pytest.skip("unshare is needed for a hosts file of one's own")
    mount = f'mount --bind {hosts} /etc/hosts && exec "$@"'
    for options in (["--mount"], ["--mount", "--user", "--map-root-user"]):
        launcher = [unshare, *options, "sh", "-c", mount, "sh"]
        check = subprocess.run([*launcher, "true"], capture_output=True, check=False)
        if check.returncode == 0:
            return launcher
    pytest.skip(f"no hosts file of one's own: {check.stderr.decode().strip()}")


def test_a_name_gets_another_address(tmp_path: Path) -> None:
    """The connections to the old address go on while they live; new ones go to the new one."""
    hosts = tmp_path / "hosts"
    hosts.write_text(f"127.0.0.2 {NAME}\n")
    launcher = require_own_hosts_file(hosts)
    old, new = twins(("127.0.0.2", "127.0.0.3"))
    with old, new, Daemon(root_url=f"http://{NAME}:{old.port}", launcher=launcher) as daemon:
        assert daemon.request("GET", TARGET).status == 200
        hosts.write_text(f"127.0.0.3 {NAME}\n")
        assert daemon.request("GET", TARGET).status == 200
        assert (len(old.requests), len(new.requests)) == (2, 0)
        old.stop_listening()
        old.hang_up()
        for _ in range(5):
            assert daemon.request("POST", TARGET, body=b"x").status == 200
        assert (len(old.requests), len(new.requests)) == (2, 5)
