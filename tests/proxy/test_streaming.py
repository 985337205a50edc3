"""Bodies flow as they come, in flat memory; a break on one side shows on the other."""

from __future__ import annotations

import contextlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.harness.caller import BrokenResponseError
from tests.harness.daemon import Daemon, wait_until
from tests.harness.upstream import Exchange, Script, raw_then_close, reply
from tests.harness.wire import TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import StartDaemon, StartUpstream
    from tests.harness.caller import Caller
    from tests.harness.certificates import Authority
    from tests.harness.upstream import Upstream

TARGET = "/queue/v1/stream"
GIB = 1024 * 1024 * 1024
MIB = 1024 * 1024
ALLOWED_GROWTH = 32 * MIB
MANY = 14
BUFFER = b"0123456789abcdef" * (MIB // 16)

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
LONG = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
UNTIL_CLOSE = b"HTTP/1.1 200 OK\r\n\r\n"


class TestDripping:
    @pytest.mark.parametrize(
        ("head", "first", "second"),
        [
            (CHUNKED, b"1\r\na\r\n", b"1\r\nb\r\n0\r\n\r\n"),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", b"a", b"b"),
            (UNTIL_CLOSE, b"a", b"b"),
        ],
    )
    def test_a_byte_arrives_when_it_is_sent(
        self, daemon: Daemon, upstream: Upstream, head: bytes, first: bytes, second: bytes
    ) -> None:
        arrived = {name: threading.Event() for name in ("head", "first")}

        def script(exchange: Exchange) -> None:
            exchange.read_body()
            exchange.send(head)
            assert arrived["head"].wait(TIMEOUT)
            exchange.send(first)
            assert arrived["first"].wait(TIMEOUT)
            exchange.send(second)
            if head == UNTIL_CLOSE:
                exchange.wire.close()

        upstream.script(script)
        with daemon.connect() as caller:
            caller.send("GET", TARGET)
            assert caller.read_head().status == 200
            arrived["head"].set()
            assert caller.read_piece() == b"a"
            arrived["first"].set()
            assert caller.read_body() == b"b"

    @pytest.mark.parametrize("chunked", [False, True])
    def test_an_upload_reaches_the_deployment_while_it_is_sent(
        self, daemon: Daemon, upstream: Upstream, chunked: bool
    ) -> None:
        pieces = [b"1\r\na\r\n", b"1\r\nb\r\n0\r\n\r\n"] if chunked else [b"a", b"b"]
        arrived = threading.Event()

        def script(exchange: Exchange) -> None:
            if chunked:
                assert exchange.wire.read_until(b"\r\n") == b"1\r\n"
            assert exchange.wire.read_exactly(1) == b"a"
            arrived.set()
            rest = (
                exchange.wire.read_exactly(1)
                if not chunked
                else exchange.wire.read_until(b"0\r\n\r\n")
            )
            assert b"b" in rest
            exchange.request.complete = True
            exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

        upstream.script(script)
        framing = ("Transfer-Encoding", "chunked") if chunked else ("Content-Length", "2")
        with daemon.connect() as caller:
            caller.send("POST", TARGET, [framing])
            caller.wire.send(pieces[0])
            assert arrived.wait(TIMEOUT)
            caller.wire.send(pieces[1])
            assert caller.read_response("POST").status == 200

    def test_an_answer_may_come_before_the_body(self, daemon: Daemon, upstream: Upstream) -> None:
        def script(exchange: Exchange) -> None:
            exchange.send(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n")
            exchange.send(b"Connection: close\r\n\r\nbig")
            exchange.wire.half_close()
            exchange.wire.wait_closed()

        upstream.script(script)
        with daemon.connect() as caller:
            caller.send("PUT", TARGET, [("Content-Length", str(100 * MIB))])
            caller.wire.send(BUFFER[:1000])
            response = caller.read_response("PUT")
        assert (response.status, response.body) == (413, b"big")

    @pytest.mark.parametrize("has_tls", [False, True], ids=["plain", "TLS"])
    def test_an_answer_before_a_reset_is_read_before_more_is_sent(
        self,
        start_upstream: StartUpstream,
        start_daemon: StartDaemon,
        authority: Authority,
        has_tls: bool,
    ) -> None:
        """Both are there when the daemon has more to send: sending would lose the answer."""
        upstream = start_upstream(authority.server("127.0.0.1") if has_tls else None)
        daemon = start_daemon("--ca-file", str(authority.file), root_url=upstream.url)
        arrived, more, gone = threading.Event(), threading.Event(), threading.Event()

        def script(exchange: Exchange) -> None:
            exchange.wire.read_exactly(100)
            arrived.set()
            assert more.wait(TIMEOUT)
            exchange.send(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig")
            exchange.wire.reset()
            gone.set()

        upstream.script(script)
        with daemon.connect() as caller:
            caller.send("PUT", TARGET, [("Content-Length", "1000")])
            caller.wire.send(BUFFER[:100])
            assert arrived.wait(TIMEOUT)
            with daemon.paused():
                caller.wire.send(BUFFER[:100])
                more.set()
                assert gone.wait(TIMEOUT)
            response = caller.read_response("PUT")
        assert (response.status, response.body) == (413, b"big")

    def test_many_answers_before_resets(
        self, start_daemon: StartDaemon, upstream: Upstream
    ) -> None:
        """Closing what was not read whole resets the connection, while the daemon sends on."""
        daemon = start_daemon("--retries", "0", root_url=upstream.url)

        def script(exchange: Exchange) -> None:
            exchange.send(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig")
            exchange.wire.close()

        def put(_: int) -> tuple[int, bytes]:
            with daemon.connect() as caller:
                caller.send("PUT", TARGET, [("Content-Length", str(len(BUFFER)))])
                with contextlib.suppress(OSError):  # the daemon closes, too, in the end
                    caller.wire.send(BUFFER)
                response = caller.read_response("PUT")
            return response.status, response.body

        upstream.default = script
        with ThreadPoolExecutor(10) as callers:
            assert set(callers.map(put, range(20))) == {(413, b"big")}

    @pytest.mark.parametrize("chunked", [False, True])
    def test_the_rest_of_a_body_that_nobody_wants_is_no_request(
        self, daemon: Daemon, upstream: Upstream, chunked: bool
    ) -> None:
        def script(exchange: Exchange) -> None:
            exchange.send(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n")
            exchange.send(b"Connection: close\r\n\r\nbig")
            exchange.wire.half_close()
            exchange.wire.wait_closed()

        upstream.script(script)
        rest = b"GET /queue/v1/smuggled HTTP/1.1\r\nHost: x\r\n\r\n" * 100
        with daemon.connect() as caller:
            if chunked:
                caller.send("PUT", TARGET, [("Transfer-Encoding", "chunked")])
                rest = b"%x\r\n%b\r\n0\r\n\r\n" % (len(rest), rest)
            else:
                caller.send("PUT", TARGET, [("Content-Length", str(len(rest)))])
            response = caller.read_response("PUT")
            assert (response.status, response.body) == (413, b"big")
            with contextlib.suppress(OSError, BrokenResponseError):
                caller.wire.send(rest)
                assert caller.request("GET", TARGET + "/next").status == 200
        daemon.request("GET", TARGET + "/last")
        targets = [request.target for request in upstream.requests]
        assert not [target for target in targets if b"smuggled" in target]
        assert targets[-1].endswith(b"/last")

    def test_both_directions_at_once(self, daemon: Daemon, upstream: Upstream) -> None:
        def echo(exchange: Exchange) -> None:
            exchange.send(CHUNKED)
            while size := int(exchange.wire.read_until(b"\r\n"), 16):
                data = exchange.wire.read_exactly(size + 2)
                exchange.send(b"%x\r\n" % size, data)
            exchange.wire.read_until(b"\r\n")
            exchange.request.complete = True
            exchange.send(b"0\r\n\r\n")

        upstream.script(echo)
        with daemon.connect() as caller:
            caller.send("POST", TARGET, [("Transfer-Encoding", "chunked")])
            assert caller.read_head("POST").status == 200
            for letter in (b"a", b"b", b"c"):
                caller.wire.send(b"1\r\n" + letter + b"\r\n")
                assert caller.read_piece() == letter
            caller.wire.send(b"0\r\n\r\n")
            assert caller.read_body() == b""


class TestTruncation:
    """A body that broke off upstream must never look complete to the caller."""

    @pytest.mark.parametrize("version", ["HTTP/1.1", "HTTP/1.0"])
    @pytest.mark.parametrize("end", ["close", "reset"])
    @pytest.mark.parametrize(
        "message",
        [
            LONG + b"half",
            CHUNKED + b"4\r\nhalf\r\n",
            CHUNKED + b"8\r\nhalf",
            CHUNKED + b"4\r\nhalf\r\n0\r\n",
            CHUNKED + b"4\r\nhalf\r\nnonsense\r\n",
        ],
        ids=["length", "chunk-end", "mid-chunk", "no-last-line", "bad-chunk"],
    )
    def test_after_the_caller_has_seen_a_part(
        self, daemon: Daemon, upstream: Upstream, message: bytes, end: str, version: str
    ) -> None:
        seen = threading.Event()
        head, _, rest = message.partition(b"half")

        def script(exchange: Exchange) -> None:
            exchange.read_body()
            exchange.send(head + b"half")
            assert seen.wait(TIMEOUT)
            exchange.send(rest)
            exchange.wire.reset() if end == "reset" else exchange.wire.close()

        upstream.script(script)
        with daemon.connect() as caller:
            caller.send("GET", TARGET, version=version)
            assert caller.read_head().status == 200
            assert caller.read_piece() == b"half"
            seen.set()
            with pytest.raises(BrokenResponseError):
                caller.read_body()
        assert daemon.request_event(f"{TARGET}")["event"] == "request"

    @pytest.mark.parametrize("version", ["HTTP/1.1", "HTTP/1.0"])
    def test_reset_of_a_body_that_ends_with_the_connection(
        self, daemon: Daemon, upstream: Upstream, version: str
    ) -> None:
        seen = threading.Event()

        def script(exchange: Exchange) -> None:
            exchange.read_body()
            exchange.send(UNTIL_CLOSE + b"half")
            assert seen.wait(TIMEOUT)
            exchange.wire.reset()

        upstream.script(script)
        with daemon.connect() as caller:
            caller.send("GET", TARGET, version=version)
            assert caller.read_head().status == 200
            assert caller.read_piece() == b"half"
            seen.set()
            with pytest.raises(BrokenResponseError):
                caller.read_body()

    @pytest.mark.parametrize("version", ["HTTP/1.1", "HTTP/1.0"])
    @pytest.mark.parametrize("message", [LONG, LONG + b"half", CHUNKED, CHUNKED + b"4\r\nhalf\r\n"])
    def test_all_at_once(
        self, hasty_daemon: Daemon, upstream: Upstream, message: bytes, version: str
    ) -> None:
        upstream.script(raw_then_close(message))
        with hasty_daemon.connect() as caller:
            caller.send("GET", TARGET, version=version)
            try:
                response = caller.read_response()
            except BrokenResponseError:
                return
        assert response.status == 502
        assert set(response.json()) >= {"code", "message"}

    def test_the_log_says_what_happened(self, hasty_daemon: Daemon, upstream: Upstream) -> None:
        upstream.script(raw_then_close(LONG + b"half"))
        since = hasty_daemon.mark()
        with hasty_daemon.connect() as caller:
            caller.send("GET", TARGET)
            caller.wire.wait_closed()
        assert hasty_daemon.request_event(TARGET, since=since)["error"]


class TestLeaving:
    """A caller who leaves ends what is done for it, within a second."""

    def leave(
        self, daemon: Daemon, upstream: Upstream, script: Script, *, read: bool, reset: bool
    ) -> float:
        """Call, leave when the script runs, and return the seconds until upstream was left."""
        running = threading.Event()
        left: list[float] = []

        def wrapped(exchange: Exchange) -> None:
            script(exchange)
            running.set()
            if exchange.wire.wait_closed():
                left.append(time.monotonic())

        upstream.script(wrapped)
        with daemon.connect() as caller:
            caller.send("POST", TARGET, body=b"x" * 1000)
            if read:
                caller.read_head("POST")
                caller.read_piece()
            assert running.wait(TIMEOUT)
            at = time.monotonic()
            caller.wire.reset() if reset else caller.wire.close()
            wait_until(lambda: bool(left))
        return left[0] - at

    @pytest.mark.parametrize("reset", [False, True])
    def test_before_the_answer(self, daemon: Daemon, upstream: Upstream, reset: bool) -> None:
        def script(exchange: Exchange) -> None:
            exchange.read_body()

        assert self.leave(daemon, upstream, script, read=False, reset=reset) < 1
        assert len(upstream.requests) == 1

    @pytest.mark.parametrize("reset", [False, True])
    def test_in_the_middle_of_the_answer(
        self, daemon: Daemon, upstream: Upstream, reset: bool
    ) -> None:
        def script(exchange: Exchange) -> None:
            exchange.read_body()
            exchange.send(LONG + b"half")

        assert self.leave(daemon, upstream, script, read=True, reset=reset) < 1

    def test_in_the_middle_of_its_own_body(self, daemon: Daemon, upstream: Upstream) -> None:
        left: list[float] = []

        def script(exchange: Exchange) -> None:
            exchange.wire.read_exactly(4)
            if exchange.wire.wait_closed():
                left.append(time.monotonic())

        upstream.script(script)
        since = daemon.mark()
        with daemon.connect() as caller:
            caller.send("POST", TARGET, [("Content-Length", "1000")])
            caller.wire.send(b"half")
            upstream.wait_for_requests(1)
        at = time.monotonic()
        wait_until(lambda: bool(left))
        assert left[0] - at < 1
        daemon.request_event(TARGET, since=since)
        assert len(upstream.requests) == 1

    def test_while_it_waits_for_a_retry(self, daemon: Daemon, upstream: Upstream) -> None:
        upstream.default = reply(503, [("Retry-After", "2")])
        since = daemon.mark()
        with daemon.connect() as caller:
            caller.send("GET", TARGET)
            upstream.wait_for_requests(1)
        at = time.monotonic()
        daemon.request_event(TARGET, since=since)
        assert time.monotonic() - at < 1
        # the retry that must not come would come now
        time.sleep(max(0.0, at + 2.4 - time.monotonic()))
        assert len(upstream.requests) == 1


@pytest.mark.slow
class TestMemory:
    """A gigabyte passes in flat memory: peak RSS grows by less than 32 MiB."""

    @pytest.fixture
    def growth(self, daemon: Daemon) -> Callable[[], int]:
        daemon.request("PUT", TARGET, body=BUFFER)  # what is loaded on first use is no growth
        before = daemon.reset_peak_memory()
        return lambda: daemon.memory("VmHWM") - before

    @pytest.mark.parametrize("framing", ["length", "chunked"])
    def test_download(
        self, daemon: Daemon, upstream: Upstream, growth: Callable[[], int], framing: str
    ) -> None:
        upstream.script(gigabyte(chunked=framing == "chunked"))
        with daemon.connect() as caller:
            caller.send("GET", TARGET)
            assert caller.read_head().status == 200
            if framing == "length":
                caller.skip_parsed(GIB)
            else:
                assert sum(map(len, iter(caller.read_piece, b""))) == GIB
        assert growth() < ALLOWED_GROWTH

    def test_download_by_a_slow_reader(
        self, daemon: Daemon, upstream: Upstream, growth: Callable[[], int]
    ) -> None:
        progress: list[int] = []
        upstream.script(gigabyte(progress=progress))
        with daemon.connect(receive_buffer=64 * 1024) as caller:
            caller.send("GET", TARGET)
            assert caller.read_head().status == 200
            stalled(progress)
            assert len(progress) < 64  # of 1024: the reader's pause reached the sender
            assert growth() < ALLOWED_GROWTH
            caller.skip_parsed(GIB)
        assert growth() < ALLOWED_GROWTH

    def test_many_downloads_by_slow_readers(
        self, daemon: Daemon, upstream: Upstream, growth: Callable[[], int]
    ) -> None:
        """Of each, a socket may hold several megabytes: the daemon does not."""
        progress: list[int] = []
        upstream.default = gigabyte(progress=progress)
        with contextlib.ExitStack() as stack:
            for _ in range(MANY):
                stack.enter_context(daemon.connect(receive_buffer=64 * 1024)).send("GET", TARGET)
            upstream.wait_for_requests(MANY)
            stalled(progress)
            assert growth() < ALLOWED_GROWTH

    def test_many_uploads_to_slow_readers(
        self, daemon: Daemon, upstream: Upstream, growth: Callable[[], int]
    ) -> None:
        progress: list[int] = []

        def send(caller: Caller) -> None:
            with contextlib.suppress(OSError):  # it is closed before it has sent all
                for number in range(GIB // MIB):
                    caller.wire.send(BUFFER)
                    progress.append(number)

        stop = threading.Event()

        def wait(_: Exchange) -> None:
            stop.wait(TIMEOUT)

        upstream.default = wait
        with contextlib.ExitStack() as stack:
            stack.callback(stop.set)
            senders = []
            for _ in range(MANY):
                caller = stack.enter_context(daemon.connect())
                caller.send("PUT", TARGET, [("Content-Length", str(GIB))])
                senders.append(threading.Thread(target=send, args=(caller,)))
                senders[-1].start()
                stack.callback(senders[-1].join)
                stack.callback(caller.wire.close)
            upstream.wait_for_requests(MANY)
            stalled(progress)
            assert growth() < ALLOWED_GROWTH

    def test_kept_bodies_that_are_sent_again_are_not_held_twice(
        self, upstream: Upstream, start_daemon: StartDaemon
    ) -> None:
        kept, callers = 64 * MIB, 7
        daemon = start_daemon("--replay-memory", str(kept), root_url=upstream.url)
        upstream.script(*[reply(503, [("Retry-After", "0")])] * callers)
        release = threading.Event()

        def script(exchange: Exchange) -> None:
            assert release.wait(TIMEOUT)  # until then nobody reads what is sent again
            exchange.drain_body()
            exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

        upstream.default = script
        body = BUFFER * 9
        start = daemon.reset_peak_memory()
        with ThreadPoolExecutor(callers) as pool:
            answers = [pool.submit(daemon.request, "PUT", TARGET, (), body) for _ in range(callers)]
            upstream.wait_for_requests(2 * callers)
            release.set()
            assert [each.result().status for each in answers] == [200] * callers
        assert all(request.body_size == len(body) for request in upstream.requests)
        assert daemon.memory("VmHWM") - start < kept + ALLOWED_GROWTH

    def test_informational_responses_to_a_slow_reader(
        self, upstream: Upstream, start_daemon: StartDaemon
    ) -> None:
        """Nobody bounds how many there are: they are read no faster than the caller reads."""
        daemon = start_daemon(root_url=upstream.url)
        hint = b"HTTP/1.1 103 Early Hints\r\nLink: <%s>\r\n\r\n" % (b"x" * 60_000)
        sent: list[None] = []

        def script(exchange: Exchange) -> None:
            exchange.read_body()
            for _ in range(1000):
                exchange.send(hint)
                sent.append(None)
            reply(200)(exchange)

        def has_stopped() -> bool:
            before = len(sent)
            time.sleep(0.5)
            return len(sent) == before

        upstream.script(script)
        start = daemon.reset_peak_memory()
        with daemon.connect() as caller:
            caller.send("GET", TARGET)
            upstream.wait_for_requests(1)
            wait_until(has_stopped, TIMEOUT)
            caller.wire.skip_exactly(len(hint) * 1000)
            assert caller.read_response().status == 200
        assert daemon.memory("VmHWM") - start < ALLOWED_GROWTH

    @pytest.mark.parametrize("framing", ["length", "chunked"])
    def test_upload(
        self, daemon: Daemon, upstream: Upstream, growth: Callable[[], int], framing: str
    ) -> None:
        sizes: list[int] = []

        def script(exchange: Exchange) -> None:
            sizes.append(exchange.drain_body())
            exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

        upstream.script(script)
        with daemon.connect() as caller:
            if framing == "length":
                caller.send("PUT", TARGET, [("Content-Length", str(GIB))])
                for _ in range(GIB // MIB):
                    caller.wire.send(BUFFER)
            else:
                caller.send("PUT", TARGET, [("Transfer-Encoding", "chunked")])
                chunk = b"%x\r\n%b\r\n" % (MIB, BUFFER)
                for _ in range(GIB // MIB):
                    caller.wire.send(chunk)
                caller.wire.send(b"0\r\n\r\n")
            assert caller.read_response("PUT").status == 200
        assert sizes == [GIB]
        assert growth() < ALLOWED_GROWTH

    def test_upload_to_a_slow_reader(
        self, daemon: Daemon, upstream: Upstream, growth: Callable[[], int]
    ) -> None:
        go_on = threading.Event()
        progress: list[int] = []

        def script(exchange: Exchange) -> None:
            assert go_on.wait(TIMEOUT)
            assert exchange.drain_body() == GIB
            exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

        upstream.script(script)
        with daemon.connect() as caller:
            caller.send("PUT", TARGET, [("Content-Length", str(GIB))])

            def send() -> None:
                for number in range(GIB // MIB):
                    caller.wire.send(BUFFER)
                    progress.append(number)

            sender = threading.Thread(target=send)
            sender.start()
            stalled(progress)
            assert len(progress) < 64
            assert growth() < ALLOWED_GROWTH
            go_on.set()
            sender.join()
            assert caller.read_response("PUT").status == 200
        assert growth() < ALLOWED_GROWTH


def gigabyte(*, chunked: bool = False, progress: list[int] | None = None) -> Script:
    """Answer with a gigabyte, noting each megabyte that was taken."""

    def script(exchange: Exchange) -> None:
        exchange.read_body()
        if chunked:
            exchange.send(CHUNKED)
        else:
            exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % GIB)
        piece = b"%x\r\n%b\r\n" % (MIB, BUFFER) if chunked else BUFFER
        for number in range(GIB // MIB):
            exchange.send(piece)
            if progress is not None:
                progress.append(number)
        if chunked:
            exchange.send(b"0\r\n\r\n")

    return script


def stalled(progress: list[int]) -> None:
    """Wait until the sender can send no more: half a second without a further megabyte."""
    last, since = -1, time.monotonic()
    while time.monotonic() - since < 0.5:
        if len(progress) != last:
            last, since = len(progress), time.monotonic()
        time.sleep(0.02)
