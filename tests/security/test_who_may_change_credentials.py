"""`--credentials-from`: who may replace the credentials with `PUT /credentials`."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from tests.harness import daemon as process
from tests.harness import hawk
from tests.security.callers import (
    ALLOWED,
    TARGET,
    Stranger,
    message,
    require_other_users,
    status_of,
)
from tests.security.test_users import as_user

if TYPE_CHECKING:
    from tests.conftest import StartDaemon
    from tests.harness.daemon import Daemon
    from tests.harness.upstream import Upstream

OTHER = hawk.Credentials("other", "another-token-that-nobody-may-see")
PUT = message("PUT", "/credentials", body=OTHER.body().decode())


def client_of(daemon: Daemon, upstream: Upstream) -> str:
    """Return whose credentials sign the next request."""
    assert daemon.request("GET", TARGET).status == 200
    header = upstream.requests[-1].value("Authorization") or b""
    return header.partition(b'id="')[2].partition(b'"')[0].decode()


def assert_not_allowed(answer: bytes) -> None:
    assert status_of(answer) == 403
    assert b'"CredentialsNotAllowed"' in answer
    assert b"--credentials-from" in answer


def test_anyone_by_default(
    upstream: Upstream, start_daemon: StartDaemon, foreigner: Stranger
) -> None:
    """Workers expect it, and run as other users than the proxy at times."""
    daemon = start_daemon(root_url=upstream.url, secrets=OTHER.secrets())
    assert foreigner.statuses(daemon.address, PUT) == [200]
    assert client_of(daemon, upstream) == "other"


def test_anyone_who_may_connect(
    upstream: Upstream, start_daemon: StartDaemon, foreigner: Stranger, right_user: Stranger
) -> None:
    daemon = start_daemon("--allowed-user", ALLOWED, root_url=upstream.url, secrets=OTHER.secrets())
    assert foreigner.statuses(daemon.address, PUT) == [0]
    assert client_of(daemon, upstream) == "tester"
    assert right_user.statuses(daemon.address, PUT) == [200]
    assert client_of(daemon, upstream) == "other"


@pytest.mark.skipif(
    sys.platform != "linux", reason="users of connections can be told on Linux only"
)
class TestRoot:
    def test_others_may_not(
        self,
        upstream: Upstream,
        start_daemon: StartDaemon,
        foreigner: Stranger,
        right_user: Stranger,
    ) -> None:
        options = ("--credentials-from", "root", "--allowed-user", ALLOWED)
        daemon = start_daemon(*options, root_url=upstream.url, secrets=OTHER.secrets())
        (answer,) = right_user.call(daemon.address, PUT)
        assert_not_allowed(answer)
        assert foreigner.statuses(daemon.address, PUT) == [0]
        assert right_user.statuses(daemon.address) == [200], "it may do the rest"
        assert client_of(daemon, upstream) == "tester"

    def test_no_way_of_leaving_changes_them(
        self, upstream: Upstream, start_daemon: StartDaemon, foreigner: Stranger
    ) -> None:
        daemon = start_daemon(
            "--credentials-from", "root", root_url=upstream.url, secrets=OTHER.secrets()
        )
        for manner in ("ask", "half-close", "leave", "reset"):
            for at_once in (False, True):
                for answer in foreigner.call(
                    daemon.address, PUT, count=10, manner=manner, at_once=at_once
                ):
                    assert status_of(answer) in (0, 403)
        for manner in ("leave", "reset"):
            with daemon.paused():
                foreigner.call(daemon.address, PUT, count=3, manner=manner)
        assert client_of(daemon, upstream) == "tester"

    def test_a_connection_keeps_its_user(
        self, upstream: Upstream, start_daemon: StartDaemon, foreigner: Stranger
    ) -> None:
        """After other requests, and in the middle of a pipeline."""
        daemon = start_daemon(
            "--credentials-from", "root", root_url=upstream.url, secrets=OTHER.secrets()
        )
        text = message(keep=True) + message("PUT", "/credentials", body="{}", keep=True) + PUT
        (answer,) = foreigner.call(daemon.address, text)
        assert answer.count(b"HTTP/1.1 200 ") == 1
        assert answer.count(b"HTTP/1.1 403 ") == 2
        assert client_of(daemon, upstream) == "tester"

    def test_root_may(self, upstream: Upstream, start_daemon: StartDaemon) -> None:
        """Or the user who runs the tests, and so the daemon."""
        daemon = start_daemon(
            root_url=upstream.url,
            env={"TCPROXY_CREDENTIALS_FROM": "root"},
            secrets=OTHER.secrets(),
        )
        assert daemon.request("PUT", "/credentials", body=OTHER.body()).status == 200
        assert client_of(daemon, upstream) == "other"

    def test_the_daemons_own_user_may(
        self, upstream: Upstream, start_daemon: StartDaemon, foreigner: Stranger
    ) -> None:
        require_other_users()
        if shutil.which("setpriv") is None:
            pytest.skip("setpriv is not installed: the daemon cannot be started as another user")
        daemon = start_daemon(
            *("--credentials-from", "root"),
            root_url=upstream.url,
            secrets=OTHER.secrets(),
            launcher=as_user("bin"),
        )
        assert foreigner.statuses(daemon.address, PUT) == [403]
        with Stranger("bin") as own_user:
            assert own_user.statuses(daemon.address, PUT) == [200]
        assert client_of(daemon, upstream) == "other"
        put = daemon.request("PUT", "/credentials", body=hawk.DEFAULT.body())
        assert put.status == 200, "root"

    def test_it_is_not_said_what_was_wrong_with_them(
        self, upstream: Upstream, start_daemon: StartDaemon, foreigner: Stranger
    ) -> None:
        daemon = start_daemon("--credentials-from", "root", root_url=upstream.url)
        for body in ("nonsense", "{}", "x" * 2_000_000):
            (answer,) = foreigner.call(
                daemon.address, message("PUT", "/credentials", body=body), count=1
            )
            if answer:  # the longest may be cut off before it is read
                assert_not_allowed(answer)


class TestNobody:
    @pytest.fixture
    def daemon(self, upstream: Upstream, start_daemon: StartDaemon) -> Daemon:
        return start_daemon("--credentials-from", "nobody", root_url=upstream.url)

    def test_not_even_root_may(self, daemon: Daemon, upstream: Upstream) -> None:
        response = daemon.request("PUT", "/credentials", body=OTHER.body())
        assert response.status == 403
        assert response.json()["code"] == "CredentialsNotAllowed"
        assert "--credentials-from" in response.json()["message"]
        assert client_of(daemon, upstream) == "tester"

    def test_the_rest_works(self, daemon: Daemon) -> None:
        assert daemon.request("GET", "/__version__").status == 200
        bewit = daemon.request("POST", "/bewit", body=b"https://tc.example.com/x")
        assert bewit.status == 303


def test_a_setting_that_is_none_of_these_is_one_line() -> None:
    refused = process.run(
        *("--root-url", "http://127.0.0.1:9", "--client-id", "c", "--credentials-from", "daemon"),
        env={"TASKCLUSTER_ACCESS_TOKEN": "t"},
    )
    assert refused.code == 2
    assert "--credentials-from" in refused.error_line
    assert "TCPROXY_CREDENTIALS_FROM" in refused.error_line
    assert "anyone" in refused.error_line
