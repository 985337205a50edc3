"""What the event loop reports: nothing that is wrong is kept back, nothing useless is told."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from tcproxy.logs import log_loop_error

if TYPE_CHECKING:
    from _pytest.logging import LogCaptureFixture

TLS = "Fatal error on SSL protocol"
CLOSED = RuntimeError("unable to perform operation on <TCPTransport>; the handler is closed")


async def test_a_tls_write_after_the_end_is_not_told(caplog: LogCaptureFixture) -> None:
    loop = asyncio.get_running_loop()
    log_loop_error(loop, {"message": TLS, "exception": CLOSED})
    assert not caplog.records


@pytest.mark.parametrize(
    "context",
    [
        {"message": TLS, "exception": RuntimeError("anything else")},
        {"message": TLS, "exception": ValueError("the handler is closed")},
        {"message": "Exception in callback", "exception": CLOSED},
        {"message": "Task was destroyed but it is pending"},
    ],
)
async def test_everything_else_is_told(caplog: LogCaptureFixture, context: dict[str, Any]) -> None:
    log_loop_error(asyncio.get_running_loop(), context)
    assert [record.getMessage().splitlines()[0] for record in caplog.records] == [
        context["message"]
    ]
