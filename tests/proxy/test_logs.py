"""What the daemon logs: a line per request, no secret, no noise, never a traceback."""

from __future__ import annotations

import os
import pty
import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.harness import daemon as process
from tests.harness.caller import Caller
from tests.harness.daemon import Daemon, wait_until
from tests.harness.upstream import raw_then_close, reply

if TYPE_CHECKING:
    from tests.conftest import StartDaemon
    from tests.harness.upstream import Upstream

TARGET = "/queue/v1/thing"


def test_every_line_is_json(upstream: Upstream, start_daemon: StartDaemon) -> None:
    """Of a daemon as users start it: what libraries warn of would be among them."""
    settings = ("--log-level", "debug", "--metrics")
    env = {"PYTHONWARNINGS": ""}
    daemon = start_daemon(*settings, root_url=upstream.url, env=env, forked=False)
    upstream.script(reply(503, [("Retry-After", "0")]), raw_then_close(b""))
    daemon.request("POST", TARGET, body=b"x")
    daemon.request("GET", "/nothing")
    for path in ("/bewit", "/credentials", "/__heartbeat__", "/__status__", "/__metrics__"):
        for method in ("GET", "PUT", "POST"):
            daemon.request(method, path, body=b"{")
    with daemon.connect() as caller:
        caller.wire.send(b"nonsense\r\n\r\n")
        caller.wire.wait_closed()
    daemon.stop()
    assert daemon.stdout_lines == []
    assert len(daemon.events) == len(daemon.stderr_lines), daemon.output
    for event in daemon.events:
        assert set(event) >= {"timestamp", "level", "event"}


def test_a_request_is_one_line_with_its_figures(daemon: Daemon, upstream: Upstream) -> None:
    upstream.script(reply(503, [("Retry-After", "0")]), reply(404, body=b"y" * 1234))
    since = daemon.mark()
    daemon.request("POST", TARGET + "/figures", body=b"x" * 567)
    event = daemon.request_event(TARGET + "/figures", since=since)
    assert event["method"] == "POST"
    assert event["target"] == TARGET + "/figures"
    assert event["status"] == 404
    assert event["attempts"] == 2
    assert 0 <= event["duration_ms"] < 60_000
    assert event["bytes_in"] == 567
    assert event["bytes_out"] == 1234
    assert "error" not in event
    daemon.request("GET", TARGET + "/next")
    daemon.request_event(TARGET + "/next", since=since)
    lines = [each for each in daemon.events[since:] if "figures" in str(each)]
    assert len([each for each in lines if each["event"] == "request"]) == 1


def test_query_values_are_hidden(daemon: Daemon) -> None:
    since = daemon.mark()
    daemon.request("GET", TARGET + "/q?name=hidden-1&bewit=hidden-2&hidden-3=&x=hidden-4%20y")
    event = daemon.request_event(TARGET + "/q", since=since)
    assert event["target"].startswith(TARGET + "/q?name=")
    for number in (1, 2, 4):
        assert f"hidden-{number}" not in daemon.output


def test_a_query_without_names_is_hidden_too(daemon: Daemon) -> None:
    since = daemon.mark()
    daemon.request("GET", TARGET + "/bare?&;bewit=hidden-5&a;b=hidden-6")
    daemon.request_event(TARGET + "/bare", since=since)
    assert "hidden-5" not in daemon.output
    assert "hidden-6" not in daemon.output


@pytest.mark.parametrize("target", ["/queue", "/other.host.test/x?y=hidden-7", "/bewit"])
def test_refusals_are_logged_the_same_way(daemon: Daemon, target: str) -> None:
    since = daemon.mark()
    status = daemon.request("GET", target).status
    event = daemon.request_event(target.partition("?")[0], since=since)
    assert event["status"] == status
    assert "hidden-7" not in daemon.output


def test_errors_are_named(hasty_daemon: Daemon, upstream: Upstream) -> None:
    upstream.script(raw_then_close(b""))
    since = hasty_daemon.mark()
    assert hasty_daemon.request("POST", TARGET, body=b"x").status == 502
    event = hasty_daemon.request_event(TARGET, since=since)
    assert event["status"] == 502
    assert event["error"]
    assert event["attempts"] >= 1


def test_readiness_probes_log_nothing(upstream: Upstream, start_daemon: StartDaemon) -> None:
    daemon = start_daemon(root_url=upstream.url)
    since = daemon.mark()
    for end in ("close", "reset", "half_close"):
        with daemon.connect() as caller:
            getattr(caller.wire, end)()
    with daemon.connect() as caller:
        caller.request("GET", TARGET + "/after")
    daemon.request_event(TARGET + "/after", since=since)
    daemon.stop()
    requests = [each for each in daemon.events[since:] if each.get("target")]
    assert len(requests) == 1
    others = [each for each in daemon.events[since:] if not each.get("target")]
    assert all(
        re.search("stop|drain|shut|signal|bye", str(each), re.IGNORECASE) for each in others
    ), others


def test_a_caller_who_leaves_in_the_middle_of_a_request_for_the_proxy(daemon: Daemon) -> None:
    since = daemon.mark()
    with daemon.connect() as caller:
        caller.send("PUT", "/credentials", [("Content-Length", "9"), ("Expect", "100-continue")])
        assert b" 100 " in caller.wire.read_line()  # now it reads the body
    event = daemon.request_event("/credentials", since=since)
    assert event["status"] == 499
    assert event["error"] == "the caller left before the answer was complete"


@pytest.mark.parametrize(
    "message",
    [
        b"nonsense\r\n\r\n",
        b"GET /queue/v1/x HTTP/1.1\r\n\r\n",
        b"GET /queue/v1/x HTTP/9.9\r\nHost: x\r\n\r\n",
        b"GET /queue/v1/x HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n",
        b"GET /queue/v1/x HTTP/1.1\r\nHost: x\r\nContent-Length: abc\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 some TLS hello\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
)
def test_a_bad_request_is_one_line(
    upstream: Upstream, start_daemon: StartDaemon, message: bytes
) -> None:
    daemon = start_daemon(root_url=upstream.url)
    since = daemon.mark()
    with daemon.connect() as caller:
        caller.wire.send(message)
        response = caller.read_response()
        assert response.status in (400, 505)
        assert set(response.json()) >= {"code", "message"}
    wait_until(lambda: daemon.mark() > since)
    with daemon.connect() as caller:
        caller.request("GET", TARGET + "/after")
    daemon.request_event(TARGET + "/after", since=since)
    bad = [each for each in daemon.events[since:] if "/after" not in str(each)]
    assert len(bad) == 1, bad
    assert not upstream.requests[1:]


@pytest.mark.parametrize(
    "line", [b"GET /queue/v1/a b HTTP/1.1", b"GET /queue/v1/x http/1.1", b"GET /queue/v1/x HTTP/x"]
)
def test_a_bad_first_line_is_told_in_plain_words(daemon: Daemon, line: bytes) -> None:
    since = daemon.mark()
    with daemon.connect() as caller:
        caller.wire.send(line + b"\r\nHost: x\r\n\r\n")
        response = caller.read_response()
    assert response.status == 400
    reason = "its first line is not METHOD TARGET HTTP/1.1, or has a space in the target"
    message = f"The request is malformed: {reason}"
    assert response.json()["message"] == message
    daemon.wait_for_event(lambda event: event.get("error") == message, since=since)


def test_a_bad_body_is_one_line(daemon: Daemon) -> None:
    since = daemon.mark()
    with daemon.connect() as caller:
        caller.send("POST", TARGET + "/chunks", [("Transfer-Encoding", "chunked")])
        caller.wire.send(b"zz\r\n\r\n")
        caller.wire.wait_closed()
    daemon.wait_for_event(lambda event: event["event"] == "request", since=since)
    with daemon.connect() as caller:
        assert caller.request("GET", TARGET + "/after").status == 200
    daemon.request_event(TARGET + "/after", since=since)
    bad = [each for each in daemon.events[since:] if "/after" not in str(each)]
    assert len(bad) == 1, bad


def test_log_format_text(upstream: Upstream, start_daemon: StartDaemon) -> None:
    daemon = start_daemon("--log-format", "text", root_url=upstream.url)
    daemon.request("GET", TARGET)
    wait_until(lambda: TARGET in daemon.output)
    line = next(line for line in daemon.stderr_lines if TARGET in line)
    assert not line.startswith("{")
    assert "\x1b" not in line, "colours without a terminal"
    assert daemon.events == []


def test_log_level_error_hides_requests(upstream: Upstream, start_daemon: StartDaemon) -> None:
    daemon = start_daemon(
        *("--log-level", "debug"), root_url=upstream.url, env={"TCPROXY_LOG_LEVEL": "error"}
    )
    daemon.request("GET", TARGET)
    daemon.request_event(TARGET)  # the flag is stronger than the environment


def test_people_read_text_on_a_terminal(upstream: Upstream) -> None:
    main, terminal = pty.openpty()
    line = ["--port", "0", "--root-url", upstream.url, "--client-id", "c"]
    daemon = subprocess.Popen(
        process.command(*line),
        env=process.environment({"TERM": "xterm", "TASKCLUSTER_ACCESS_TOKEN": "t"}),
        cwd=process.ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=terminal,
    )
    os.close(terminal)
    try:
        output = b""
        while not (serving := re.search(rb"Serving on 127\.0\.0\.1:(\d+)", output)):
            output += os.read(main, 10_000)
        with Caller(("127.0.0.1", int(serving[1]))) as caller:
            assert caller.request("GET", TARGET).status == 200
        while TARGET.encode() not in output:
            output += os.read(main, 10_000)
    finally:
        daemon.terminate()
        daemon.wait(process.STOP_TIMEOUT)
        os.close(main)
    assert not re.search(rb"^\{", output, re.MULTILINE)
