"""What those who watch the proxy may see, and who they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.harness.daemon import wait_until
from tests.harness.scrape import metrics_port, parse, scrape
from tests.security.callers import FOREIGN, message, require_other_users

if TYPE_CHECKING:
    from tests.conftest import StartDaemon
    from tests.harness.upstream import Upstream
    from tests.security.callers import Stranger


class TestMetrics:
    def test_other_users_are_counted_and_not_served(
        self, upstream: Upstream, start_daemon: StartDaemon, right_user: Stranger
    ) -> None:
        require_other_users()
        daemon = start_daemon("--metrics", "--allowed-user", FOREIGN, root_url=upstream.url)
        text = message("GET", "/__metrics__")
        assert right_user.statuses(daemon.address, text, count=3) == [0, 0, 0]
        name = "tcproxy_turned_away_connections_total"
        wait_until(lambda: scrape(daemon).value(name, reason="user") == 3)
        assert scrape(daemon).value(name, reason="network") == 0

    def test_whoever_reaches_their_port_may_read_them(
        self, upstream: Upstream, start_daemon: StartDaemon, right_user: Stranger
    ) -> None:
        """Prometheus is another user, or runs elsewhere."""
        options = ("--metrics-port", "0", "--allowed-user", FOREIGN)
        daemon = start_daemon(*options, root_url=upstream.url)
        (answer,) = right_user.call(metrics_port(daemon), message("GET", "/__metrics__"))
        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 ")
        assert parse(body.decode()).has("tcproxy_requests_in_flight")


class TestStatus:
    def test_other_users_see_nothing(
        self, upstream: Upstream, start_daemon: StartDaemon, right_user: Stranger
    ) -> None:
        daemon = start_daemon("--allowed-user", FOREIGN, root_url=upstream.url)
        for target in ("/__status__", "/__status__/events"):
            assert right_user.statuses(daemon.address, message("GET", target), count=3) == [0] * 3
        assert daemon.request("GET", "/__status__").status == 200
