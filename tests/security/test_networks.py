"""`--allowed-network`: callers from other network namespaces, as containers are.

The daemon, its deployment and its local callers live in a namespace of their own, `host`; a cable
each leads to the namespaces of two containers.
"""

from __future__ import annotations

import contextlib
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import daemon as process
from tests.harness.caller import Caller
from tests.harness.daemon import Daemon, wait_until
from tests.harness.upstream import Upstream
from tests.security.callers import (
    ALLOWED,
    FOREIGN,
    Stranger,
    assert_untouched,
    message,
    require_other_users,
    status_of,
    uid_of,
)
from tests.security.namespaces import Namespace, require_namespaces

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HOST = "10.77.1.1"
NETWORK = "10.77.1.0/24"
LINK_LOCAL = "fe80::77"
CREDENTIALS = '{"clientId": "other", "accessToken": "another-token"}'


@dataclass(slots=True)
class World:
    """A machine with two containers; the daemon is to listen on all its addresses."""

    host: Namespace
    container: Namespace
    stranger_container: Namespace
    device: str
    upstream: Upstream
    start: Callable[..., Daemon]

    def ask(self, origin: Namespace, daemon: Daemon, host: str = HOST, text: str = "") -> int:
        """Return the status of the answer to a caller inside `origin`; 0 for no answer."""
        with origin.entered(), Caller((host, daemon.address[1])) as caller:
            try:
                caller.wire.send((text or message()).encode())
                return status_of(caller.wire.read_to_end())
            except ConnectionError:
                return 0

    def local(self, user: str, daemon: Daemon, host: str = HOST, **options: Any) -> list[bytes]:
        """Return the answers to a user who calls from the machine itself."""
        with self.host.entered(), Stranger(user) as stranger:
            return stranger.call((host, daemon.address[1]), **options)


@pytest.fixture(scope="module")
def namespaces() -> Iterator[tuple[Namespace, Namespace, Namespace, str]]:
    require_namespaces()
    with Namespace() as host, Namespace() as container, Namespace() as other:
        device = host.join(container, "10.77.1")
        host.ip("addr", "add", f"{LINK_LOCAL}/64", "dev", device, "nodad")
        host.join(other, "10.77.2")
        for each, gateway in ((container, "10.77.1.1"), (other, "10.77.2.1")):
            each.ip("route", "add", "default", "via", gateway)
        yield host, container, other, device


@pytest.fixture
def world(namespaces: tuple[Namespace, Namespace, Namespace, str]) -> Iterator[World]:
    host, container, other, device = namespaces
    with contextlib.ExitStack() as stack:
        with host.entered():
            upstream = stack.enter_context(Upstream())

        def start(*args: str, address: str = "0.0.0.0", **options: Any) -> Daemon:
            with host.entered():
                return stack.enter_context(
                    Daemon(
                        *("--ip-address", address, *args),
                        root_url=upstream.url,
                        **{"forked": True} | options,
                    )
                )

        yield World(host, container, other, device, upstream, start)
        upstream.check()


def refusals(daemon: Daemon) -> list[dict[str, Any]]:
    return [each for each in daemon.events if each["event"] == "connection refused"]


def wait_for_refusal(daemon: Daemon) -> dict[str, Any]:
    return daemon.wait_for_event(lambda event: event["event"] == "connection refused")


@pytest.mark.parametrize("users", [(), ("--allowed-user", ALLOWED)])
def test_a_container_in_the_network_is_admitted_and_another_is_not(
    world: World, users: tuple[str, ...]
) -> None:
    daemon = world.start("--allowed-network", NETWORK, *users)
    assert world.ask(world.container, daemon) == 200
    assert world.ask(world.stranger_container, daemon) == 0
    assert world.ask(world.stranger_container, daemon, "10.77.2.1") == 0
    assert len(world.upstream.requests) == 1
    event = wait_for_refusal(daemon)
    assert event["level"] == "warning"
    assert event["peer"].startswith("10.77.2.2:")
    assert event["reason"]
    wait_until(lambda: len(refusals(daemon)) == 2)


def test_several_networks(world: World) -> None:
    networks = f"{NETWORK},10.77.2.2/32"
    daemon = world.start(env={"TCPROXY_ALLOWED_NETWORK": networks})
    assert world.ask(world.container, daemon) == 200
    assert world.ask(world.stranger_container, daemon) == 200


def test_ipv6(world: World) -> None:
    daemon = world.start("--allowed-network", "fd77:1::/64", address="::")
    assert world.ask(world.container, daemon, "fd77:1::1") == 200
    assert world.ask(world.stranger_container, daemon, "fd77:2::1") == 0
    assert wait_for_refusal(daemon)["peer"].startswith("[fd77:2::2]:")


def test_without_the_setting_a_container_is_not_told_from_others(world: World) -> None:
    assert world.ask(world.container, world.start()) == 200


def test_with_users_only_no_container_is_admitted(world: World) -> None:
    daemon = world.start("--allowed-user", ALLOWED)
    assert world.ask(world.container, daemon) == 0
    assert wait_for_refusal(daemon).get("uid") is None
    assert_untouched(world.upstream)


def test_it_listens_on_loopback_too(world: World) -> None:
    daemon = world.start("--allowed-network", NETWORK, address=HOST)
    port = daemon.address[1]
    daemon.wait_for_event(lambda event: event["event"] == f"Serving on {HOST}:{port}")
    daemon.wait_for_event(lambda event: event["event"] == f"Serving on 127.0.0.1:{port}")
    assert world.ask(world.container, daemon) == 200
    assert world.ask(world.host, daemon, "127.0.0.1") == 200


def test_it_listens_on_loopback_once(world: World) -> None:
    daemon = world.start("--allowed-network", NETWORK, address="127.0.0.1")
    assert world.ask(world.host, daemon, "127.0.0.1") == 200
    assert len([each for each in daemon.events if "Serving on" in each["event"]]) == 1


def test_local_callers_are_admitted_unless_users_are_named(world: World) -> None:
    require_other_users()
    daemon = world.start("--allowed-network", NETWORK)
    for host in (HOST, "127.0.0.1"):
        assert [status_of(each) for each in world.local(FOREIGN, daemon, host)] == [200]


class TestLocalUsersWithAnAddressInTheNetwork:
    """The machine's own end of the cable has such an address, so every user of it has."""

    @pytest.fixture
    def daemon(self, world: World) -> Daemon:
        require_other_users()
        return world.start("--allowed-network", NETWORK, "--allowed-user", ALLOWED)

    def test_the_right_user_is_admitted(self, world: World, daemon: Daemon) -> None:
        answers = world.local(ALLOWED, daemon, count=20)
        assert [status_of(each) for each in answers] == [200] * 20

    @pytest.mark.parametrize("size", [1, 150_000], ids=["small", "large"])
    @pytest.mark.parametrize("manner", ["ask", "half-close", "leave", "reset"])
    def test_another_is_not(self, world: World, daemon: Daemon, manner: str, size: int) -> None:
        """Not even by closing the socket before it is looked for, more data waiting than is read.

        The request comes from each address of the machine to each other.
        """
        text = message("POST", body="x" * size)
        port = daemon.address[1]
        with world.host.entered(), Stranger(FOREIGN) as foreigner:
            for source, host in ((HOST, HOST), (HOST, "127.0.0.1"), ("10.77.2.1", HOST)):
                sources = [(source, 0)] * 10
                for at_once in (False, True):
                    answers = foreigner.call(
                        (host, port),
                        text,
                        count=10,
                        sources=sources,
                        manner=manner,
                        at_once=at_once,
                    )
                    assert answers == [b""] * 10
                if manner in {"leave", "reset"}:
                    with daemon.paused():
                        foreigner.call((host, port), text, sources=sources, manner=manner)
        assert world.ask(world.container, daemon) == 200
        assert [request.method for request in world.upstream.requests] == ["GET"]
        if manner == "ask":
            assert wait_for_refusal(daemon)["uid"] == uid_of(FOREIGN)

    def test_link_local_addresses(self, world: World) -> None:
        """Each interface has one, and only the scope tells which is meant."""
        require_other_users()
        users = ("--allowed-user", ALLOWED)
        daemons = (
            world.start(*users, "--allowed-network", "fe80::/10", address="::"),
            world.start(*users, address="::"),
        )
        with world.host.entered():
            scope = socket.if_nametoindex(world.device)
            for daemon in daemons:
                address = (LINK_LOCAL, daemon.address[1], 0, scope)
                with Stranger(FOREIGN) as foreigner:
                    for manner in ("ask", "leave"):
                        text = message("POST", body="x" * 150_000)
                        answers = foreigner.call(address, text, count=10, manner=manner)
                        assert answers == [b""] * 10
                assert_untouched(world.upstream)
                with Stranger(ALLOWED) as right_user:
                    assert right_user.statuses(address, count=5) == [200] * 5
                world.upstream.requests.clear()


class TestCredentials:
    def test_a_container_may_not_replace_what_only_root_may(self, world: World) -> None:
        """It says nothing to be root in a namespace of one's own."""
        daemon = world.start("--allowed-network", NETWORK, "--credentials-from", "root")
        text = message("PUT", "/credentials", body=CREDENTIALS)
        assert world.ask(world.container, daemon, text=text) == 403
        assert world.ask(world.host, daemon, text=text) == 200

    def test_a_container_may_by_default(self, world: World) -> None:
        daemon = world.start("--allowed-network", NETWORK)
        text = message("PUT", "/credentials", body=CREDENTIALS)
        assert world.ask(world.container, daemon, text=text) == 200


@pytest.mark.parametrize(
    ("network", "source"),
    [
        ("0.0.0.0/0", "flag"),
        ("0.0.0.0/0", "variable"),
        ("::/0", "flag"),
        ("10.0.0.0/0", "variable"),
        ("10.0.0.0/33", "flag"),
        ("nonsense", "flag"),
    ],
)
def test_a_bad_network_is_one_line(network: str, source: str) -> None:
    refused = process.run(
        *("--root-url", "http://127.0.0.1:9", "--client-id", "c", "--access-token", "t"),
        *(("--allowed-network", network) if source == "flag" else ()),
        env={} if source == "flag" else {"TCPROXY_ALLOWED_NETWORK": f"10.0.0.0/8,{network}"},
    )
    assert refused.code == 2
    assert network in refused.error_line
    assert "--allowed-network" in refused.error_line
    assert "TCPROXY_ALLOWED_NETWORK" in refused.error_line
