"""The methods that every service has: ping, and what Mozilla's Dockerflow asks for."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tcproxy.sandbox.api import Access, Method
from tcproxy.sandbox.responses import json_answer

if TYPE_CHECKING:
    from tcproxy.sandbox.api import Call
    from tcproxy.sandbox.responses import Answer


def methods() -> tuple[Method, ...]:
    """Return the methods; the uptime of ``ping`` counts from now."""
    started = time.monotonic()

    async def ping(_: Call) -> Answer:
        return json_answer({"alive": True, "uptime": time.monotonic() - started})

    return (
        Method("ping", "GET", "/ping", ping, Access.PUBLIC),
        Method("lbheartbeat", "GET", "/__lbheartbeat__", _nothing, Access.PUBLIC),
        Method("heartbeat", "GET", "/__heartbeat__", _nothing, Access.PUBLIC),
        Method("version", "GET", "/__version__", _version, Access.PUBLIC),
    )


async def _nothing(_: Call) -> Answer:
    return json_answer({})


async def _version(_: Call) -> Answer:
    return json_answer({"version": "sandbox", "commit": "none", "source": "none", "build": "none"})
