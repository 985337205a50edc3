"""systemd's part: sockets passed by number and name, and what the daemon tells about itself."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pytest

from tests.harness.addresses import reserved_port
from tests.harness.caller import Caller
from tests.harness.daemon import Daemon
from tests.harness.upstream import Exchange, silent
from tests.harness.wire import TIMEOUT, Wire
from tests.security.callers import (
    ALLOWED,
    TARGET,
    Stranger,
    assert_untouched,
    message,
    status_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.harness.upstream import Upstream

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="systemd is a thing of Linux")

_LAUNCHER = str(Path(__file__).with_name("activate.py"))


@pytest.fixture
def activate(upstream: Upstream) -> Iterator[Callable[..., Daemon]]:
    """Start daemons as a service with sockets."""
    with contextlib.ExitStack() as stack:

        def start(sockets: Sequence[socket.socket], *args: str, **options: Any) -> Daemon:
            fds = [sock.fileno() for sock in sockets]
            daemon = Daemon(
                *args,
                root_url=upstream.url,
                launcher=[sys.executable, _LAUNCHER, ",".join(map(str, fds))],
                pass_fds=fds,
                **options,
            )
            return stack.enter_context(daemon)

        yield start


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        yield sock


def unix_listener(path: Path) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.bind(str(path))
    sock.listen()
    return sock


def ask_unix(path: Path) -> int:
    with contextlib.closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as sock:
        sock.settimeout(TIMEOUT)
        sock.connect(str(path))
        sock.sendall(message().encode())
        return status_of(Wire(sock).read_to_end())


def serving(daemon: Daemon) -> list[str]:
    return [each["event"] for each in daemon.events if each["event"].startswith("Serving on")]


class TestSockets:
    def test_one_is_used_instead_of_the_port(
        self, activate: Callable[..., Daemon], listener: socket.socket
    ) -> None:
        with reserved_port() as port:
            daemon = activate([listener], port=port)
            assert daemon.address == listener.getsockname()
            assert daemon.request("GET", TARGET).status == 200
            with pytest.raises(ConnectionRefusedError):
                Caller(("127.0.0.1", port))
        assert serving(daemon) == [f"Serving on 127.0.0.1:{listener.getsockname()[1]}"]

    def test_what_came_before_the_start_is_served(
        self, activate: Callable[..., Daemon], listener: socket.socket
    ) -> None:
        """That is what activation is for: the first caller starts the daemon."""
        with Caller(listener.getsockname()) as caller:
            caller.send("GET", TARGET)
            activate([listener])
            assert caller.read_response().status == 200

    def test_callers_can_connect_while_it_starts_anew(
        self, activate: Callable[..., Daemon], listener: socket.socket
    ) -> None:
        activate([listener]).stop()
        with Caller(listener.getsockname()) as caller:
            caller.send("GET", TARGET)
            activate([listener])
            assert caller.read_response().status == 200

    def test_a_unix_socket_stays_when_the_daemon_ends(
        self, activate: Callable[..., Daemon], tmp_path: Path
    ) -> None:
        path = tmp_path / "proxy.sock"
        with unix_listener(path) as sock:
            daemon = activate([sock], serve=False)
            daemon.wait_for_event(lambda event: event["event"] == f"Serving on unix:{path}")
            assert ask_unix(path) == 200
            daemon.stop()
            assert path.exists()

    def test_several_with_names(
        self, activate: Callable[..., Daemon], listener: socket.socket, tmp_path: Path
    ) -> None:
        path = tmp_path / "proxy.sock"
        with unix_listener(path) as sock:
            names = {"LISTEN_FDNAMES": "tcproxy.socket:local"}
            daemon = activate([listener, sock], env=names)
            daemon.wait_for_event(lambda event: event["event"] == f"Serving on unix:{path}")
            assert ask_unix(path) == 200
            assert daemon.request("GET", TARGET).status == 200

    def test_the_name_metrics_is_not_for_callers(
        self, activate: Callable[..., Daemon], listener: socket.socket, upstream: Upstream
    ) -> None:
        with socket.create_server(("127.0.0.1", 0)) as other:
            names = {"LISTEN_FDNAMES": "metrics:main"}
            daemon = activate([other, listener], env=names)
            assert daemon.address == listener.getsockname()
            with Caller(other.getsockname()) as caller:
                caller.send("GET", TARGET)
                assert daemon.request("GET", TARGET + "/main").status == 200
            assert upstream.only_request().target.endswith(b"/main")

    def test_a_socket_setting_is_there_too(
        self, activate: Callable[..., Daemon], listener: socket.socket, tmp_path: Path
    ) -> None:
        path = tmp_path / "proxy.sock"
        daemon = activate([listener], "--socket", str(path))
        daemon.wait_for_event(lambda event: event["event"] == f"Serving on unix:{path}")
        assert ask_unix(path) == 200
        assert daemon.request("GET", TARGET).status == 200

    def test_sockets_for_another_process_are_left_alone(
        self, activate: Callable[..., Daemon], listener: socket.socket
    ) -> None:
        daemon = activate([listener], env={"LISTEN_PID": str(os.getpid())})
        assert daemon.address != listener.getsockname()
        assert daemon.request("GET", TARGET).status == 200

    @pytest.mark.parametrize("kind", ["no socket", "not listening", "datagrams", "closed"])
    def test_what_cannot_be_listened_on_is_one_line(
        self, activate: Callable[..., Daemon], kind: str, tmp_path: Path
    ) -> None:
        with contextlib.ExitStack() as stack:
            passed: list[Any] = []
            if kind == "no socket":
                passed = [stack.enter_context((tmp_path / "file").open("w"))]
            elif kind != "closed":
                sort = socket.SOCK_DGRAM if kind == "datagrams" else socket.SOCK_STREAM
                passed = [stack.enter_context(socket.socket(socket.AF_INET, sort))]
            daemon = activate(passed, serve=False, env={"LISTEN_FDS": "1"})
            assert daemon.wait() == 2
        (line,) = [each for each in daemon.stderr_lines if not each.startswith("{")]
        assert "LISTEN_FDS" in line

    def test_peers_of_a_socket_for_both_families(
        self,
        activate: Callable[..., Daemon],
        upstream: Upstream,
        foreigner: Stranger,
        right_user: Stranger,
    ) -> None:
        """As systemd makes them by default; an IPv4 caller has a mapped address there."""
        if not socket.has_dualstack_ipv6():
            pytest.skip("this machine has no IPv6")
        with socket.create_server(
            ("::", 0), family=socket.AF_INET6, dualstack_ipv6=True
        ) as listener:
            activate([listener], "--allowed-user", ALLOWED)
            for host in ("127.0.0.1", "::1", "::ffff:127.0.0.1"):
                address = (host, listener.getsockname()[1])
                assert foreigner.statuses(address, count=3) == [0] * 3
                assert_untouched(upstream)
                assert right_user.statuses(address, count=3) == [200] * 3
                upstream.requests.clear()


class Supervisor:
    """The socket that NOTIFY_SOCKET names. Use it as a context manager."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._sock.settimeout(TIMEOUT)
        self._sock.bind("\0" + address[1:] if address.startswith("@") else address)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._sock.close()

    def next(self) -> dict[str, str]:
        """Wait for the next message."""
        lines = self._sock.recv(4096).decode().splitlines()
        return dict(line.split("=", 1) for line in lines)

    def wait_for(self, name: str) -> dict[str, str]:
        """Wait for a message that sets `name`."""
        while name not in (message := self.next()):
            pass
        return message

    def is_quiet(self) -> bool:
        """Tell whether there is nothing to read."""
        self._sock.settimeout(0)
        try:
            self._sock.recv(4096)
        except BlockingIOError:
            return True
        finally:
            self._sock.settimeout(TIMEOUT)
        return False


@pytest.fixture(params=["path", "abstract"])
def supervisor(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Supervisor]:
    if request.param == "abstract":
        address = f"@tcproxy-test-{os.getpid()}-{time.monotonic_ns()}"
    else:
        address = str(tmp_path / "notify")
    with Supervisor(address) as supervisor:
        yield supervisor


class TestNotifications:
    def start(self, activate: Callable[..., Daemon], supervisor: Supervisor, **env: str) -> Daemon:
        return activate(
            [], env={"NOTIFY_SOCKET": supervisor.address, "LISTEN_FDS": "0", **env}, serve=False
        )

    def test_from_start_to_end(
        self, activate: Callable[..., Daemon], supervisor: Supervisor, upstream: Upstream
    ) -> None:
        daemon = self.start(activate, supervisor)
        assert supervisor.next()["READY"] == "1"
        daemon.wait_until_serving()
        assert daemon.request("GET", TARGET).status == 200
        release = threading.Event()

        def script(exchange: Exchange) -> None:
            exchange.read_body()
            release.wait(TIMEOUT)
            exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

        upstream.default = script
        with daemon.connect() as caller:
            caller.send("GET", TARGET)
            upstream.wait_for_requests(2)
            daemon.signal(signal.SIGTERM)
            assert supervisor.next()["STOPPING"] == "1"
            assert daemon.process.poll() is None, "it says so before it drains"
            release.set()
            assert caller.read_response().status == 200
        assert daemon.wait() == 0

    def test_ready_means_that_it_listens(
        self, activate: Callable[..., Daemon], supervisor: Supervisor, upstream: Upstream
    ) -> None:
        upstream.script(silent)
        with reserved_port() as port:
            daemon = activate(
                [],
                env={"NOTIFY_SOCKET": supervisor.address, "LISTEN_FDS": "0"},
                serve=False,
                port=port,
            )
            assert supervisor.next()["READY"] == "1"
            with Caller(("127.0.0.1", port)) as caller:
                caller.send("GET", TARGET)
                upstream.wait_for_requests(1)
        daemon.wait_until_serving()

    def test_reloading(self, activate: Callable[..., Daemon], supervisor: Supervisor) -> None:
        daemon = self.start(activate, supervisor)
        supervisor.wait_for("READY")
        for _ in range(2):
            before = time.monotonic_ns() // 1000
            daemon.signal(signal.SIGHUP)
            reloading = supervisor.next()
            assert reloading["RELOADING"] == "1"
            assert before <= int(reloading["MONOTONIC_USEC"]) <= time.monotonic_ns() // 1000
            assert supervisor.next()["READY"] == "1"
        daemon.wait_until_serving()
        assert daemon.request("GET", TARGET).status == 200

    def test_the_watchdog_is_fed_twice_as_often_as_it_asks(
        self, activate: Callable[..., Daemon], supervisor: Supervisor
    ) -> None:
        daemon = self.start(activate, supervisor, WATCHDOG_USEC="400000")
        supervisor.wait_for("READY")
        supervisor.wait_for("WATCHDOG")
        began = time.monotonic()
        for _ in range(5):
            assert supervisor.wait_for("WATCHDOG")["WATCHDOG"] == "1"
        assert time.monotonic() - began >= 0.8
        daemon.signal(signal.SIGTERM)
        supervisor.wait_for("STOPPING")
        assert daemon.wait() == 0

    @pytest.mark.parametrize(
        "env",
        [{}, {"WATCHDOG_USEC": "100000", "WATCHDOG_PID": "1"}, {"WATCHDOG_USEC": "0"}],
        ids=["not-asked", "asked-of-another", "zero"],
    )
    def test_no_watchdog_that_nobody_wants(
        self, activate: Callable[..., Daemon], tmp_path: Path, env: dict[str, str]
    ) -> None:
        with Supervisor(str(tmp_path / "notify")) as supervisor:
            daemon = self.start(activate, supervisor, **env)
            assert supervisor.next() == {"READY": "1"}
            daemon.wait_until_serving()
            daemon.signal(signal.SIGHUP)
            assert "RELOADING" in supervisor.next()
            assert supervisor.next() == {"READY": "1"}
            daemon.stop()
            assert "STOPPING" in supervisor.next()
            assert supervisor.is_quiet()

    @pytest.mark.parametrize("address", ["/nowhere/notify", "@nobody-listens-there", "nonsense"])
    def test_it_starts_where_nobody_listens(
        self, activate: Callable[..., Daemon], address: str
    ) -> None:
        daemon = activate([], env={"NOTIFY_SOCKET": address, "LISTEN_FDS": "0"})
        assert daemon.request("GET", TARGET).status == 200

    def test_a_setting_that_is_wrong_is_not_ready(
        self, activate: Callable[..., Daemon], tmp_path: Path
    ) -> None:
        with Supervisor(str(tmp_path / "notify")) as supervisor:
            daemon = activate(
                [],
                "--socket-mode",
                "nonsense",
                env={"NOTIFY_SOCKET": supervisor.address, "LISTEN_FDS": "0"},
                serve=False,
            )
            assert daemon.wait() == 2
            assert supervisor.is_quiet()
