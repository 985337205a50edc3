"""`--allowed-user`: which users of this system are let in, and that nobody passes for another."""

from __future__ import annotations

import platform
import shutil
import socket
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import daemon as process
from tests.harness.addresses import own_loopback_address
from tests.security import without_netlink
from tests.security.callers import (
    ALLOWED,
    FOREIGN,
    TARGET,
    Stranger,
    assert_untouched,
    message,
    require_other_users,
    uid_of,
)
from tests.security.without_netlink import SOCKET_CALLS

if TYPE_CHECKING:
    from tests.conftest import StartDaemon
    from tests.harness.daemon import Daemon
    from tests.harness.upstream import Upstream

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="users of connections can be told on Linux only"
)

TRIES = 100
BIND_ADDRESS_NO_PORT = 24
"""The port is chosen when connecting, which is faster; Python knows the option from 3.12 on."""


def refusals(daemon: Daemon) -> list[dict[str, Any]]:
    return [each for each in daemon.events if each["event"] == "connection refused"]


def wait_for_refusals(daemon: Daemon, count: int) -> list[dict[str, Any]]:
    daemon.wait_until(lambda: len(refusals(daemon)) >= count, 20, f"log {count} refusals")
    return refusals(daemon)


def test_the_daemons_own_user_is_admitted(upstream: Upstream, start_daemon: StartDaemon) -> None:
    daemon = start_daemon("--allowed-user", FOREIGN, root_url=upstream.url)
    assert daemon.request("GET", TARGET).status == 200
    assert not refusals(daemon)


def test_the_allowed_user_and_root_are_admitted(
    upstream: Upstream, start_daemon: StartDaemon, right_user: Stranger
) -> None:
    daemon = start_daemon(root_url=upstream.url, env={"TCPROXY_ALLOWED_USER": ALLOWED})
    assert right_user.statuses(daemon.address, count=5) == [200] * 5
    assert daemon.request("GET", TARGET).status == 200
    assert not refusals(daemon)


def test_another_user_is_closed_at_once_with_one_line(
    upstream: Upstream, start_daemon: StartDaemon, foreigner: Stranger
) -> None:
    daemon = start_daemon("--allowed-user", ALLOWED, root_url=upstream.url)
    source = free_source()
    assert foreigner.call(daemon.address, "", sources=[source]) == [b""], "it waited for a request"
    (event,) = wait_for_refusals(daemon, 1)
    assert event["level"] == "warning"
    assert event["peer"] == f"{source[0]}:{source[1]}"
    assert event["uid"] == uid_of(FOREIGN)
    assert event["reason"]
    assert daemon.request("GET", TARGET).status == 200
    assert len(refusals(daemon)) == 1
    assert len(upstream.requests) == 1


def test_no_way_of_leaving_lets_another_user_in(
    upstream: Upstream, start_daemon: StartDaemon, foreigner: Stranger
) -> None:
    """A socket that is closed before its user is looked up has no user, or root, in the tables."""
    daemon = start_daemon("--allowed-user", ALLOWED, root_url=upstream.url)
    for manner in ("ask", "half-close", "leave", "reset"):
        for size in (1, 150_000):
            text = message("POST", body="x" * size)
            answers = foreigner.call(daemon.address, text, count=20, manner=manner, at_once=True)
            assert answers == [b""] * 20
    for manner in ("leave", "reset"):
        for size in (1, 150_000):
            with daemon.paused():
                foreigner.call(daemon.address, message("POST", body="x" * size), manner=manner)
    assert daemon.request("GET", TARGET + "/after").status == 200
    assert [request.method for request in upstream.requests] == ["GET"]
    # Of one who has reset the connection, the address is not known any more.
    assert all(each["peer"].startswith(("127.0.0.1:", "unknown")) for each in refusals(daemon))


def test_rows_in_time_wait_admit_nobody_and_hinder_nobody(
    upstream: Upstream, start_daemon: StartDaemon, foreigner: Stranger, right_user: Stranger
) -> None:
    """The kernel shows uid 0 for such rows; here each caller's own port has one."""
    sources = make_time_wait(10_500)
    assert time_wait_rows() >= 10_000, "the kernel keeps fewer (net.ipv4.tcp_max_tw_buckets)"
    half = len(sources) // 2
    daemon = start_daemon("--allowed-user", ALLOWED, root_url=upstream.url)
    tries = foreigner.statuses(daemon.address, count=TRIES, sources=sources[half:])
    assert tries == [0] * TRIES
    assert_untouched(upstream)
    wait_for_refusals(daemon, TRIES)
    tries = right_user.statuses(daemon.address, count=TRIES, sources=sources[:half])
    assert tries == [200] * TRIES
    assert foreigner.statuses(daemon.address, count=TRIES) == [0] * TRIES
    assert right_user.statuses(daemon.address, count=TRIES) == [200] * TRIES
    assert len(upstream.requests) == 2 * TRIES
    assert time_wait_rows() >= 10_000
    assert len(wait_for_refusals(daemon, 2 * TRIES)) == 2 * TRIES


def test_looking_up_does_not_hold_up_the_others(
    upstream: Upstream, start_daemon: StartDaemon, foreigner: Stranger
) -> None:
    if time_wait_rows() < 5_000:
        make_time_wait(5_000)
    daemon = start_daemon("--allowed-user", ALLOWED, root_url=upstream.url)
    with daemon.connect() as caller:
        assert caller.request("GET", TARGET).status == 200
        storm = Storm(foreigner, daemon.address)
        worst = 0.0
        while not storm.is_over():
            began = time.monotonic()
            assert caller.request("GET", TARGET).status == 200
            worst = max(worst, time.monotonic() - began)
        assert storm.answers() == [b""] * Storm.SIZE
    assert worst < 1, "a request had to wait for the look-ups of other connections"


def test_a_port_that_was_good_once_is_looked_up_again(
    upstream: Upstream, start_daemon: StartDaemon, foreigner: Stranger, right_user: Stranger
) -> None:
    daemon = start_daemon("--allowed-user", ALLOWED, root_url=upstream.url)
    for _ in range(5):
        sources = [free_source()]
        text = message(keep=True)
        (answer,) = right_user.call(daemon.address, text, sources=sources, manner="ask-then-reset")
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert foreigner.statuses(daemon.address, sources=sources) == [0]
    assert len(upstream.requests) == 5


def test_many_at_once(
    upstream: Upstream, start_daemon: StartDaemon, foreigner: Stranger, right_user: Stranger
) -> None:
    daemon = start_daemon("--allowed-user", ALLOWED, root_url=upstream.url)
    storm = Storm(foreigner, daemon.address)
    assert right_user.statuses(daemon.address, count=TRIES, at_once=True) == [200] * TRIES
    assert storm.answers() == [b""] * Storm.SIZE
    assert len(upstream.requests) == TRIES


def test_ipv6(
    upstream: Upstream, start_daemon: StartDaemon, foreigner: Stranger, right_user: Stranger
) -> None:
    require_ipv6()
    daemon = start_daemon("--allowed-user", ALLOWED, "--ip-address", "::1", root_url=upstream.url)
    assert foreigner.statuses(daemon.address, count=5) == [0] * 5
    assert right_user.statuses(daemon.address, count=5) == [200] * 5
    assert refusals(daemon)[0]["uid"] == uid_of(FOREIGN)


def test_ipv4_from_an_ipv6_socket(
    upstream: Upstream, start_daemon: StartDaemon, foreigner: Stranger, right_user: Stranger
) -> None:
    """Such a caller stands in the table of IPv6, with a mapped address."""
    require_ipv6()
    daemon = start_daemon("--allowed-user", ALLOWED, root_url=upstream.url)
    mapped = (f"::ffff:{daemon.address[0]}", daemon.address[1])
    assert foreigner.statuses(mapped, count=5) == [0] * 5
    assert right_user.statuses(mapped, count=5) == [200] * 5
    assert refusals(daemon)[0]["uid"] == uid_of(FOREIGN)


def test_a_daemon_of_an_ordinary_user(
    upstream: Upstream, start_daemon: StartDaemon, foreigner: Stranger, right_user: Stranger
) -> None:
    require_other_users()
    if shutil.which("setpriv") is None:
        pytest.skip("setpriv is not installed: the daemon cannot be started as another user")
    daemon = start_daemon("--allowed-user", ALLOWED, root_url=upstream.url, launcher=as_user("bin"))
    assert f"Uid:\t{uid_of('bin')}" in Path(f"/proc/{daemon.process.pid}/status").read_text()
    assert daemon.request("GET", TARGET).status == 200, "root"
    assert right_user.statuses(daemon.address, count=5) == [200] * 5
    assert foreigner.statuses(daemon.address, count=5) == [0] * 5
    with Stranger("bin") as own_user:
        assert own_user.statuses(daemon.address, count=5) == [200] * 5


def test_where_the_kernel_cannot_be_asked(
    upstream: Upstream, start_daemon: StartDaemon, foreigner: Stranger, right_user: Stranger
) -> None:
    """Then its tables are read: slower, and just as strict."""
    if platform.machine() not in SOCKET_CALLS:
        pytest.skip(f"the number of the system call is not known on {platform.machine()}")
    daemon = start_daemon(
        *("--allowed-user", ALLOWED),
        root_url=upstream.url,
        launcher=[sys.executable, without_netlink.__file__],
    )
    assert "Seccomp:\t2" in Path(f"/proc/{daemon.process.pid}/status").read_text()
    sources = make_time_wait(1000)
    for manner in ("ask", "half-close", "leave", "reset"):
        text = message("POST", body="x" * 150_000)
        few = [sources.pop() for _ in range(100)]
        options: dict[str, Any] = {"count": 10, "manner": manner, "at_once": True, "sources": few}
        assert foreigner.call(daemon.address, text, **options) == [b""] * 10
    assert_untouched(upstream)
    assert refusals(daemon)[0]["uid"] == uid_of(FOREIGN)
    statuses = right_user.statuses(daemon.address, count=20, at_once=True, sources=sources)
    assert statuses == [200] * 20
    mapped = (f"::ffff:{daemon.address[0]}", daemon.address[1])
    assert foreigner.statuses(mapped, count=5) == [0] * 5
    assert right_user.statuses(mapped, count=5) == [200] * 5


@pytest.mark.parametrize("source", ["flag", "variable"])
def test_an_unknown_user_is_one_line(source: str) -> None:
    name = "no-such-user"
    refused = process.run(
        *("--root-url", "http://127.0.0.1:9", "--client-id", "c", "--access-token", "t"),
        *(("--allowed-user", name) if source == "flag" else ()),
        env={} if source == "flag" else {"TCPROXY_ALLOWED_USER": name},
    )
    assert refused.code == 2
    assert name in refused.error_line
    assert "--allowed-user" in refused.error_line
    assert "TCPROXY_ALLOWED_USER" in refused.error_line


class Storm:
    """A user who connects many times at once, from a thread of its own."""

    SIZE = 150

    def __init__(self, stranger: Stranger, address: tuple[str, int]) -> None:
        from concurrent.futures import ThreadPoolExecutor

        self._executor = ThreadPoolExecutor(1)
        self._result = self._executor.submit(stranger.call, address, count=self.SIZE, at_once=True)

    def is_over(self) -> bool:
        return self._result.done()

    def answers(self) -> list[bytes]:
        answers = self._result.result(60)
        self._executor.shutdown()
        return answers


def as_user(name: str) -> list[str]:
    """Return a launcher that starts the daemon as a user, who may read the interpreter."""
    right = "+dac_read_search"
    return [
        *("setpriv", "--reuid", str(uid_of(name)), "--clear-groups"),
        *("--inh-caps", right, "--ambient-caps", right, "--"),
    ]


def require_ipv6() -> None:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return
    except OSError:
        pytest.skip("this machine has no IPv6")


def free_source() -> tuple[str, int]:
    """Return an address for a caller to call from."""
    with socket.create_server((own_loopback_address(), 0)) as sock:
        source: tuple[str, int] = sock.getsockname()
        return source


def make_time_wait(count: int) -> list[tuple[str, int]]:
    """Leave so many rows in TIME_WAIT; return their addresses, which a caller may have, too."""
    own = own_loopback_address()
    addresses = []
    for start in range(0, count, 1000):
        # The kernel would take a row's place for another connection to the same address.
        with socket.create_server(("127.0.0.1", 0), backlog=16) as listener:
            for _ in range(start, min(start + 1000, count)):
                with socket.socket() as first:
                    first.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    first.setsockopt(socket.IPPROTO_IP, BIND_ADDRESS_NO_PORT, 1)
                    first.bind((own, 0))
                    first.connect(listener.getsockname())
                    addresses.append(first.getsockname())
                    second, _ = listener.accept()
                second.close()
    return addresses


def time_wait_rows() -> int:
    rows = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return sum(row.split()[3] == "06" for row in rows)
