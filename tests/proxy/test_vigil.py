"""Waiting awake for answers that come at once must not become waiting awake."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import psutil

from tests.harness.upstream import OK

if TYPE_CHECKING:
    from tests.conftest import StartDaemon, StartUpstream
    from tests.harness.upstream import Exchange

WINDOW = 0.5


def test_the_daemon_sleeps_while_a_deployment_that_was_fast_is_slow(
    start_upstream: StartUpstream, start_daemon: StartDaemon
) -> None:
    upstream = start_upstream()
    daemon = start_daemon(root_url=upstream.url)
    asked, answer = threading.Event(), threading.Event()

    def slow(exchange: Exchange) -> None:
        asked.set()
        assert answer.wait(30)
        OK(exchange)

    with daemon.connect() as caller:
        for _ in range(50):
            assert caller.request(target="/queue/v1/ping").status == 200
        upstream.script(slow)
        caller.send(target="/queue/v1/ping")
        assert asked.wait(30)
        process = psutil.Process(daemon.process.pid)
        before = process.cpu_times()
        time.sleep(WINDOW)
        after = process.cpu_times()
        answer.set()
        assert caller.read_response().status == 200
    assert after.user + after.system - before.user - before.system < WINDOW / 4
