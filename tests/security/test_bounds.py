"""What a caller can make the daemon hold: each bound, its answer, and that it goes on serving."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import shutil
import threading
import time
from typing import TYPE_CHECKING

import pytest

from tests.harness import daemon as process
from tests.harness.caller import BrokenResponseError, Caller, Response
from tests.harness.daemon import Daemon, wait_until
from tests.harness.upstream import Exchange, reply, silent
from tests.harness.wire import TIMEOUT
from tests.security.callers import TARGET, Stranger, assert_untouched, message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import StartDaemon, StartUpstream
    from tests.harness.upstream import Upstream

KIB = 1024
MIB = 1024 * KIB
LINE = 2000
FIELDS = 10


@pytest.fixture(scope="module")
def shared_narrow_daemon(shared_upstream: Upstream) -> Iterator[Daemon]:
    bounds = {
        "TCPROXY_MAX_LINE_SIZE": str(LINE),
        "TCPROXY_MAX_HEADER_FIELDS": str(FIELDS),
        "TCPROXY_HEAD_TIMEOUT": "0.8",
        "TCPROXY_KEEP_ALIVE_TIMEOUT": "1",
        "TCPROXY_MAX_CONNECTIONS": "20",
        "TCPROXY_MAX_ENDPOINT_BODY": "4KiB",
        "TCPROXY_IDLE_TIMEOUT": "1",
    }
    with Daemon(root_url=shared_upstream.url, env=bounds) as daemon:
        yield daemon


@pytest.fixture
def narrow(shared_narrow_daemon: Daemon, upstream: Upstream) -> Iterator[Daemon]:
    """A daemon with narrow bounds, which must serve after each test."""
    del upstream  # it must be clean before the daemon is used
    yield shared_narrow_daemon
    shared_narrow_daemon.check()
    assert shared_narrow_daemon.request("GET", TARGET).status == 200


def assert_error(response: Response, status: int, code: str) -> None:
    assert response.status == status, response
    body = response.json()
    assert body["code"] == code
    assert body["message"]


def assert_refused(caller: Caller, status: int, code: str) -> None:
    """Read an error after which the connection ends."""
    response = caller.read_response()
    assert_error(response, status, code)
    assert response.header("Connection") == "close"
    with contextlib.suppress(OSError):
        caller.wire.half_close()  # else the daemon waits a while, for the answer not to be lost
    assert caller.wire.wait_closed()


class TestHeads:
    def test_a_long_target(self, narrow: Daemon, upstream: Upstream) -> None:
        for length in (LINE + 1, 10 * LINE, 40 * LINE):
            with narrow.connect() as caller:
                caller.send("GET", "/queue/v1/" + "x" * length)
                assert_refused(caller, 414, "UriTooLong")
        assert_untouched(upstream)

    def test_a_target_that_just_fits(self, narrow: Daemon, upstream: Upstream) -> None:
        target = "/queue/v1/" + "x" * (LINE - 100)
        assert narrow.request("GET", target).status == 200
        assert upstream.only_request().target == b"/api" + target.encode()

    def test_a_long_target_in_pieces(self, narrow: Daemon, upstream: Upstream) -> None:
        """Where a parser looks at each piece only, a target grows without end (CVE-2026-54277)."""
        with narrow.connect() as caller:
            caller.wire.send(b"GET /queue/v1/")
            for _ in range(40):
                with contextlib.suppress(ConnectionError):
                    caller.wire.send(b"x" * (LINE // 10))
            assert_refused(caller, 414, "UriTooLong")
        assert_untouched(upstream)

    @pytest.mark.parametrize("part", ["name", "value"])
    @pytest.mark.parametrize("piece", [1_000_000, LINE // 10], ids=["whole", "pieces"])
    def test_a_long_field(self, narrow: Daemon, upstream: Upstream, part: str, piece: int) -> None:
        long = "x" * (4 * LINE)
        field = f"{long}: y" if part == "name" else f"X-Long: {long}"
        data = f"GET {TARGET} HTTP/1.1\r\nHost: localhost\r\n{field}\r\n\r\n".encode()
        with narrow.connect() as caller:
            with contextlib.suppress(ConnectionError):
                for start in range(0, len(data), piece):
                    caller.wire.send(data[start : start + piece])
            assert_refused(caller, 431, "RequestHeaderFieldsTooLarge")
        assert_untouched(upstream)

    def test_a_field_that_just_fits(self, narrow: Daemon, upstream: Upstream) -> None:
        value = "x" * (LINE - 100)
        assert narrow.request("GET", TARGET, [("X-Long", value)]).status == 200
        assert upstream.only_request().value("X-Long") == value.encode()

    def test_many_fields(self, narrow: Daemon, upstream: Upstream) -> None:
        for count in (FIELDS, 10 * FIELDS):  # beside Host
            with narrow.connect() as caller:
                caller.send("GET", TARGET, [(f"X-{number}", "y") for number in range(count)])
                assert_refused(caller, 431, "RequestHeaderFieldsTooLarge")
        assert_untouched(upstream)

    def test_as_many_fields_as_may_be(self, narrow: Daemon) -> None:
        fields = [(f"X-{number}", "y") for number in range(FIELDS - 1)]
        assert narrow.request("GET", TARGET, fields).status == 200

    def test_an_endless_method(self, narrow: Daemon, upstream: Upstream) -> None:
        with narrow.connect() as caller:
            with contextlib.suppress(ConnectionError):
                for _ in range(100):
                    caller.wire.send(b"X" * LINE)
            response = caller.read_response()
            assert 400 <= response.status < 500
            assert caller.wire.wait_closed()
        assert_untouched(upstream)

    def test_endless_empty_lines(self, narrow: Daemon, upstream: Upstream) -> None:
        """They may stand before a request, but not for ever."""
        with narrow.connect() as caller:
            began = time.monotonic()
            with contextlib.suppress(ConnectionError):
                while time.monotonic() < began + TIMEOUT:
                    caller.wire.send(b"\r\n")
                    if caller.wire.has_input(0.05):
                        break
            assert time.monotonic() < began + TIMEOUT / 2
        assert_untouched(upstream)

    def test_the_defaults_leave_room(self, daemon: Daemon, upstream: Upstream) -> None:
        """Long scopes and paging tokens are usual."""
        target = "/queue/v1/" + "x" * 60 * KIB
        fields = [("X-Long", "y" * 60 * KIB), *((f"X-{number}", "y") for number in range(250))]
        assert daemon.request("GET", target, fields).status == 200
        assert upstream.only_request().target == b"/api" + target.encode()

    def test_the_defaults_have_an_end(self, daemon: Daemon, upstream: Upstream) -> None:
        for target, fields, status in (
            ("/queue/v1/" + "x" * 70 * KIB, [], 414),
            (TARGET, [("X-Long", "y" * 70 * KIB)], 431),
            (TARGET, [(f"X-{number}", "y") for number in range(300)], 431),
        ):
            with daemon.connect() as caller:
                caller.send("GET", target, fields)
                assert caller.read_response().status == status
        assert_untouched(upstream)


class TestTime:
    def test_a_head_that_does_not_end(self, narrow: Daemon, upstream: Upstream) -> None:
        with narrow.connect() as caller:
            caller.wire.send(b"GET /queue/v1/thing HTTP/1.1\r\nHost: localhost\r\n")
            assert_refused(caller, 408, "RequestTimeout")
        assert_untouched(upstream)

    def test_a_head_that_drips(self, narrow: Daemon, upstream: Upstream) -> None:
        """Each byte is progress, but the whole must come in time (slow-loris)."""
        with narrow.connect() as caller:
            began = time.monotonic()
            caller.wire.send(b"GET /queue/v1/thing HTTP/1.1\r\nHost: localhost\r\nX-Long: ")
            with contextlib.suppress(ConnectionError):
                while not caller.wire.has_input(0.05) and time.monotonic() < began + TIMEOUT:
                    caller.wire.send(b"x")
            assert_refused(caller, 408, "RequestTimeout")
            assert time.monotonic() < began + TIMEOUT / 2
        assert_untouched(upstream)

    @pytest.mark.parametrize("start", [b"G", b"GET", b"GET /queue", b"\r\nGET", b"FROB"])
    def test_one_that_has_hardly_begun(
        self, narrow: Daemon, upstream: Upstream, start: bytes
    ) -> None:
        with narrow.connect() as caller:
            caller.wire.send(start)
            assert_refused(caller, 408, "RequestTimeout")
        assert_untouched(upstream)

    def test_the_second_head_on_a_connection(self, narrow: Daemon, upstream: Upstream) -> None:
        with narrow.connect() as caller:
            assert caller.request("GET", TARGET).status == 200
            caller.wire.send(b"GET /queue/v1/second HTTP/1.1\r\n")
            assert_refused(caller, 408, "RequestTimeout")
        assert len(upstream.requests) == 1

    def test_one_behind_a_slow_answer_has_its_time(
        self, narrow: Daemon, upstream: Upstream
    ) -> None:
        """While the daemon works on a request, the caller need not hurry with the next."""

        def slow(exchange: Exchange) -> None:
            exchange.read_body()
            time.sleep(0.9)  # longer than a head may take
            reply(200, body=b"first")(exchange)

        upstream.script(slow)
        with narrow.connect() as caller:
            caller.send("GET", TARGET)
            caller.wire.send(b"GET /queue/v1/second HTTP/1.1\r\n")
            assert caller.read_response().body == b"first"
            caller.wire.send(b"Host: localhost\r\n\r\n")
            assert caller.read_response().status == 200

    def test_one_that_began_behind_an_answer_and_does_not_end(
        self, upstream: Upstream, start_daemon: StartDaemon
    ) -> None:
        """It has the time of a head from then on, not that of an idle connection."""
        times = ("--head-timeout", "0.5", "--keep-alive-timeout", "600")
        daemon = start_daemon(*times, root_url=upstream.url)
        release = threading.Event()

        def slow(exchange: Exchange) -> None:
            exchange.read_body()
            assert release.wait(TIMEOUT)
            reply(200, body=b"first")(exchange)

        upstream.script(slow)
        with daemon.connect() as caller:
            caller.send("GET", TARGET)
            upstream.wait_for_requests(1)
            caller.wire.send(b"GET /queue/v1/second HTTP/1.1\r\n")
            release.set()
            assert caller.read_response().body == b"first"
            assert_refused(caller, 408, "RequestTimeout")

    def test_an_idle_connection_is_closed_in_silence(self, narrow: Daemon) -> None:
        since = narrow.mark()
        with narrow.connect() as fresh, narrow.connect() as used:
            assert used.request("GET", TARGET + "/used").status == 200
            narrow.request_event(TARGET + "/used", since=since)
            since = narrow.mark()
            assert fresh.wire.read_to_end() == b""
            assert used.wire.read_to_end() == b""
        assert narrow.request("GET", TARGET + "/next").status == 200
        narrow.request_event(TARGET + "/next", since=since)
        assert len(narrow.events[since:]) == 1

    def test_a_used_connection_stays(self, narrow: Daemon) -> None:
        """Idle means without a request: each starts its time anew."""
        with narrow.connect() as caller:
            for _ in range(4):
                assert caller.request("GET", TARGET).status == 200
                time.sleep(0.4)  # in all longer than idle ones may stay
            assert caller.request("GET", TARGET).status == 200

    @pytest.mark.parametrize("path", ["/bewit", "/credentials", TARGET])
    def test_a_body_that_does_not_come(self, narrow: Daemon, upstream: Upstream, path: str) -> None:
        method = "PUT" if path == "/credentials" else "POST"
        with narrow.connect() as caller:
            caller.send(method, path, [("Content-Length", "10")])
            caller.wire.send(b"1234")
            with contextlib.suppress(BrokenResponseError):
                assert caller.read_response().status == 408
        assert not any(request.complete for request in upstream.requests)


class TestConnections:
    def test_too_many(self, narrow: Daemon, upstream: Upstream) -> None:
        with contextlib.ExitStack() as stack:
            upstream.default = silent
            for _ in range(20):
                caller = stack.enter_context(narrow.connect())
                caller.send("GET", TARGET)
            upstream.wait_for_requests(20)
            for _ in range(3):
                further = stack.enter_context(narrow.connect())
                response = further.read_response()
                assert_error(response, 503, "TooManyConnections")
                assert int(response.header("Retry-After") or "0") >= 1
                assert further.wire.wait_closed()
        upstream.default = reply(200)
        wait_until(lambda: serves(narrow))

    def test_those_that_are_refused_take_no_place(
        self, upstream: Upstream, start_daemon: StartDaemon
    ) -> None:
        # Of one's own: places that another test has just left may not be free yet.
        narrow = start_daemon("--max-connections", "20", root_url=upstream.url)
        with contextlib.ExitStack() as stack:
            callers = [stack.enter_context(narrow.connect()) for _ in range(30)]
            assert [caller.read_response().status for caller in callers[20:]] == [503] * 10
            assert all(caller.request("GET", TARGET).status == 200 for caller in callers[:20])
            assert callers[0].request("GET", TARGET, [("Connection", "close")]).status == 200
            assert callers[0].wire.wait_closed()
            with narrow.connect() as caller:
                assert caller.request("GET", TARGET).status == 200

    @pytest.mark.parametrize("files", [60, 256])
    def test_as_many_as_the_system_has_files_for(
        self, upstream: Upstream, start_daemon: StartDaemon, files: int
    ) -> None:
        """Those who are connected can have their requests forwarded; the others are told."""
        if (prlimit := shutil.which("prlimit")) is None:
            pytest.skip("prlimit is needed for a limit of open files")
        daemon = start_daemon(root_url=upstream.url, launcher=[prlimit, f"--nofile={files}"])
        event = daemon.wait_for_event(lambda event: event["level"] == "warning")
        assert "open files" in event["advice"]
        assert "--max-connections" in event["advice"]
        most = event["connections"]
        assert most >= files // 8
        with contextlib.ExitStack() as stack:
            callers = [stack.enter_context(daemon.connect()) for _ in range(most)]
            # Answered one after the other, but each with a connection of its own upstream.
            upstream.default = silent
            for caller in callers:
                caller.send("GET", TARGET)
            upstream.wait_for_requests(most)
            for _ in range(2 * files):
                with daemon.connect() as further:
                    assert_error(further.read_response(), 503, "TooManyConnections")
            refused = [stack.enter_context(daemon.connect()) for _ in range(2 * files)]
            for each in refused:
                assert_error(each.read_response(), 503, "TooManyConnections")
            assert daemon.open_files() < files
        upstream.default = reply(200)
        wait_until(lambda: serves(daemon))

    def test_too_many_of_the_allowed_user(
        self, upstream: Upstream, start_daemon: StartDaemon
    ) -> None:
        """They take their places when it is known who they are."""
        own = pwd.getpwuid(os.getuid()).pw_name
        limits = ("--allowed-user", own, "--max-connections", "5")
        daemon = start_daemon(*limits, root_url=upstream.url)
        with contextlib.ExitStack() as stack:
            callers = [stack.enter_context(daemon.connect()) for _ in range(8)]
            for caller in callers[5:]:
                assert_error(caller.read_response(), 503, "TooManyConnections")
            assert all(caller.request("GET", TARGET).status == 200 for caller in callers[:5])

    def test_many_that_come_and_go(self, narrow: Daemon) -> None:
        before = narrow.open_files()
        for _ in range(100):
            with narrow.connect() as caller:
                caller.wire.send(b"GET /queue")
        wait_until(lambda: serves(narrow))
        wait_until(lambda: narrow.open_files() <= before + 3)

    def test_a_foreign_user_takes_no_place(
        self,
        upstream: Upstream,
        start_daemon: StartDaemon,
        foreigner: Stranger,
        right_user: Stranger,
    ) -> None:
        daemon = start_daemon(
            *("--allowed-user", "daemon", "--max-connections", "5"), root_url=upstream.url
        )
        assert foreigner.statuses(daemon.address, count=100, at_once=True) == [0] * 100
        assert right_user.statuses(daemon.address, count=20) == [200] * 20


def serves(daemon: Daemon) -> bool:
    """Tell whether it serves; while others are still leaving it may be full."""
    with contextlib.suppress(BrokenResponseError):
        return daemon.request("GET", TARGET).status == 200
    return False


class TestRequestsAtOnce:
    def test_too_many(self, upstream: Upstream, start_daemon: StartDaemon) -> None:
        daemon = start_daemon("--max-upstream-requests", "3", root_url=upstream.url)
        release = threading.Event()

        def script(exchange: Exchange) -> None:
            exchange.read_body()
            assert release.wait(TIMEOUT)
            reply(200, body=b"done")(exchange)

        upstream.default = script
        with contextlib.ExitStack() as stack:
            callers = [stack.enter_context(daemon.connect()) for _ in range(3)]
            for caller in callers:
                caller.send("GET", TARGET)
            upstream.wait_for_requests(3)
            for method in ("GET", "POST"):
                began = time.monotonic()
                response = daemon.request(method, TARGET, body=b"x" if method == "POST" else None)
                assert time.monotonic() < began + 5, "it was tried again and again"
                assert_error(response, 503, "ProxyOverloaded")
                assert int(response.header("Retry-After") or "0") >= 1
            assert daemon.request("GET", "/__lbheartbeat__").status == 200
            bewit = daemon.request("POST", "/bewit", body=b"https://tc.example.com/x")
            assert bewit.status == 303
            release.set()
            assert [caller.read_response().body for caller in callers] == [b"done"] * 3
        assert daemon.request("GET", TARGET).body == b"done"
        assert len(upstream.requests) == 4

    def test_a_caller_who_leaves_makes_room(
        self, start_upstream: StartUpstream, start_daemon: StartDaemon
    ) -> None:
        upstream = start_upstream()
        daemon = start_daemon("--max-upstream-requests", "1", root_url=upstream.url)
        for count in range(1, 6):
            upstream.script(silent)
            with daemon.connect() as caller:
                caller.send("GET", TARGET)
                upstream.wait_for_requests(count)
            upstream.wait_for_open_connections(0)
        wait_until(lambda: serves(daemon))

    def test_each_deployment_has_its_own_bound(
        self, upstream: Upstream, start_daemon: StartDaemon
    ) -> None:
        """A host that hangs must not take the deployment away."""
        daemon = start_daemon(
            *("--max-upstream-requests", "1", "--allowed-host", "*", "--retries", "0"),
            root_url=upstream.url,
        )
        upstream.script(silent)
        with daemon.connect() as caller, daemon.connect() as other:
            caller.send("GET", TARGET)
            upstream.wait_for_requests(1)
            other.send("GET", "/127.0.0.1/x")  # https on a port where nobody answers
            assert other.read_response().status in (502, 504)


class TestEndpointBodies:
    GOOD = json.dumps({"clientId": "tester", "accessToken": "a-token-that-nobody-may-see"}).encode()

    @pytest.mark.parametrize(("method", "path"), [("POST", "/bewit"), ("PUT", "/credentials")])
    @pytest.mark.parametrize("framing", ["length", "chunks"])
    def test_one_that_is_too_long(
        self, narrow: Daemon, method: str, path: str, framing: str
    ) -> None:
        with narrow.connect() as caller:
            with contextlib.suppress(ConnectionError):
                if framing == "length":
                    caller.send(method, path, body=b"x" * 5000)
                else:
                    caller.send(method, path, [("Transfer-Encoding", "chunked")])
                    for _ in range(6):
                        caller.wire.send(b"3e8\r\n" + b"x" * 1000 + b"\r\n")
            assert_refused(caller, 413, "PayloadTooLarge")

    def test_one_that_says_that_it_will_be(self, narrow: Daemon) -> None:
        """It is not waited for."""
        with narrow.connect() as caller:
            caller.send("PUT", "/credentials", [("Content-Length", "5000")])
            response = caller.read_response("PUT")
            assert response.status in (408, 413)

    def test_one_that_fits(self, narrow: Daemon) -> None:
        body = self.GOOD + b" " * (4 * KIB - len(self.GOOD))
        assert narrow.request("PUT", "/credentials", body=body).status == 200
        url = b"https://tc.example.com/" + b"x" * 4000
        assert narrow.request("POST", "/bewit", body=url).status == 303

    def test_the_default(self, daemon: Daemon) -> None:
        body = self.GOOD + b" " * (MIB - len(self.GOOD))
        assert daemon.request("PUT", "/credentials", body=body).status == 200
        with daemon.connect() as caller:
            with contextlib.suppress(ConnectionError):
                caller.send("PUT", "/credentials", body=body + b" ")
            assert_refused(caller, 413, "PayloadTooLarge")


class TestMemory:
    """What comes without end is neither kept nor waited for."""

    def test_heads(self, daemon: Daemon) -> None:
        """300 callers with all that a head may have, and not its end."""
        before = daemon.reset_peak_memory()
        head = f"GET {TARGET} HTTP/1.1\r\nHost: localhost\r\n".encode()
        with contextlib.ExitStack() as stack:
            for _ in range(100):
                caller = stack.enter_context(daemon.connect())
                caller.wire.send(head + (b"X: " + b"y" * 1000 + b"\r\n") * 60)
            assert daemon.request("GET", TARGET).status == 200
        assert daemon.memory("VmHWM") - before < 60 * MIB

    def test_great_heads(self, daemon: Daemon, upstream: Upstream) -> None:
        """Fields that may each be so long, and be so many, but not all at once."""
        before = daemon.reset_peak_memory()
        head = f"GET {TARGET} HTTP/1.1\r\nHost: localhost\r\n".encode()
        field = b"X: " + b"y" * 60 * KIB + b"\r\n"
        with contextlib.ExitStack() as stack:
            callers = [stack.enter_context(daemon.connect()) for _ in range(10)]
            for caller in callers:
                with contextlib.suppress(ConnectionError):
                    caller.wire.send(head + field * 200)
            for caller in callers:
                assert_refused(caller, 431, "RequestHeaderFieldsTooLarge")
        assert daemon.memory("VmHWM") - before < 60 * MIB
        assert_untouched(upstream)

    def test_pipelined_requests(self, daemon: Daemon, upstream: Upstream) -> None:
        """A caller who sends requests and reads no answer (CVE-2026-54273)."""
        upstream.default = silent
        before = daemon.reset_peak_memory()
        request = message(keep=True).encode() * 1000
        with daemon.connect() as caller:
            caller.wire.sock.settimeout(1)
            with contextlib.suppress(TimeoutError):
                for _ in range(200):
                    caller.wire.send(request)
            assert len(upstream.requests) == 1
            assert daemon.memory("VmHWM") - before < 30 * MIB
        upstream.default = reply(200)
        assert daemon.request("GET", TARGET).status == 200

    def test_answers_that_nobody_reads(self, daemon: Daemon, upstream: Upstream) -> None:
        upstream.default = reply(200, body=b"x" * MIB)
        before = daemon.reset_peak_memory()
        with daemon.connect(receive_buffer=4096) as caller:
            caller.wire.sock.settimeout(0.5)
            with contextlib.suppress(TimeoutError):
                for _ in range(2000):
                    caller.wire.send(message(keep=True).encode() * 100)
            assert daemon.memory("VmHWM") - before < 30 * MIB
        assert daemon.request("GET", TARGET).status == 200

    @pytest.mark.parametrize("part", ["trailers", "extension", "trailer"])
    def test_chunked_bodies(self, daemon: Daemon, upstream: Upstream, part: str) -> None:
        """Trailers without end (CVE-2026-22815), and a chunk extension without end."""
        before = daemon.reset_peak_memory()
        piece = {
            "trailers": b"X: " + b"y" * 1000 + b"\r\n",
            "trailer": b"y" * 1000,
            "extension": b"y" * 1000,
        }[part] * 100
        start = {"trailers": b"0\r\n", "trailer": b"0\r\nX: ", "extension": b"1;a="}[part]
        with daemon.connect() as caller:
            caller.send("POST", TARGET, [("Transfer-Encoding", "chunked")])
            caller.wire.send(start)
            with contextlib.suppress(ConnectionError):
                for _ in range(500):
                    caller.wire.send(piece)
            assert daemon.memory("VmHWM") - before < 30 * MIB
        assert daemon.request("GET", TARGET + "/after").status == 200
        assert not any(
            request.complete for request in upstream.requests if request.method == "POST"
        )

    def test_many_small_chunks(self, daemon: Daemon, upstream: Upstream) -> None:
        """Each byte in a chunk of its own (CVE-2025-69229): others are served meanwhile."""
        body = b"1\r\nx\r\n" * 200_000
        before = daemon.reset_peak_memory()
        with daemon.connect() as caller, daemon.connect() as other:
            caller.send("POST", TARGET, [("Transfer-Encoding", "chunked")])
            sender = threading.Thread(target=caller.wire.send, args=(body + b"0\r\n\r\n",))
            sender.start()
            worst = 0.0
            while sender.is_alive():
                began = time.monotonic()
                assert other.request("GET", "/__lbheartbeat__").status == 200
                worst = max(worst, time.monotonic() - began)
            sender.join()
            assert caller.read_response("POST").status == 200
        assert worst < 1, "one caller held up the others"
        assert daemon.memory("VmHWM") - before < 60 * MIB
        assert upstream.requests[0].body == b"x" * 200_000


class TestTheDeployment:
    """A deployment is trusted with credentials, but not with the daemon's memory."""

    @pytest.mark.parametrize(
        "endless",
        [
            (b"HTTP/1.1 200 OK\r\n", b"X: " + b"y" * 1000 + b"\r\n"),
            (b"HTTP/1.1 200 OK\r\nX: ", b"y" * 1000),
            (b"HTTP/1.1 200 ", b"y" * 1000),
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;a=", b"y" * 1000),
            (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: ", b"y" * 1000),
            (
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
                b"X: " + b"y" * 1000 + b"\r\n",
            ),
        ],
        ids=["fields", "field", "reason", "extension", "trailer", "trailers"],
    )
    def test_heads_without_end(
        self,
        upstream: Upstream,
        start_daemon: StartDaemon,
        endless: tuple[bytes, bytes],
    ) -> None:
        daemon = start_daemon("--retries", "0", root_url=upstream.url)
        start, piece = endless

        def script(exchange: Exchange) -> None:
            exchange.read_body()
            exchange.send(start)
            for _ in range(500):
                exchange.send(piece * 100)
            exchange.wire.close()

        upstream.script(script)
        before = daemon.reset_peak_memory()
        with daemon.connect() as caller:
            caller.send("GET", TARGET)
            with contextlib.suppress(BrokenResponseError):
                assert caller.read_response().status in (200, 502)
        assert daemon.memory("VmHWM") - before < 30 * MIB
        assert daemon.request("GET", TARGET).status == 200

    def test_interim_answers_without_end(
        self, upstream: Upstream, start_daemon: StartDaemon
    ) -> None:
        daemon = start_daemon("--retries", "0", root_url=upstream.url)

        def script(exchange: Exchange) -> None:
            exchange.read_body()
            for _ in range(2000):
                exchange.send(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)
            reply(200)(exchange)

        upstream.script(script)
        before = daemon.reset_peak_memory()
        with daemon.connect() as caller:
            caller.send("GET", TARGET)
            with contextlib.suppress(BrokenResponseError):
                assert caller.read_response().status in (200, 502)
        assert daemon.memory("VmHWM") - before < 30 * MIB
        assert daemon.request("GET", TARGET).status == 200


@pytest.mark.parametrize(
    ("flag", "value"),
    [
        ("--max-line-size", "0"),
        ("--max-line-size", "many"),
        ("--max-header-fields", "0"),
        ("--head-timeout", "0"),
        ("--keep-alive-timeout", "-1"),
        ("--max-connections", "0"),
        ("--max-upstream-requests", "0"),
        ("--max-endpoint-body", "-1"),
    ],
)
def test_a_bound_that_is_none_is_one_line(flag: str, value: str) -> None:
    settings = ("--root-url", "http://127.0.0.1:9", "--client-id", "c")
    refused = process.run(*settings, f"{flag}={value}", env={"TASKCLUSTER_ACCESS_TOKEN": "t"})
    assert refused.code == 2
    assert flag in refused.error_line
    assert "TCPROXY_" + flag[2:].upper().replace("-", "_") in refused.error_line
