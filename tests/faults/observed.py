"""The daemon with a window: it runs as ever, and a thread beside it counts what it holds.

Started as `python -m tests.faults.observed` in place of `python -m tcproxy`; `lab` asks.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import socket
import threading
from collections import Counter

from tcproxy.__main__ import main
from tcproxy.replay import ReplayMemory
from tcproxy.upstream.connection import UpstreamConnection

VARIABLE = "OBSERVER_FD"
_KINDS = ("CallerConnection", "Exchange", "HeldResponse", "Waiter")


def _count() -> dict[str, int]:
    gc.collect()
    things = gc.get_objects()
    kinds = Counter(type(each).__name__ for each in things)
    loops = [each for each in things if isinstance(each, asyncio.AbstractEventLoop)]
    memories = [each for each in things if isinstance(each, ReplayMemory)]
    return {
        **{kind: kinds[kind] for kind in _KINDS},
        # Others are uvloop's: it keeps one whose TLS handshake was broken off for a minute.
        "UpstreamConnection": sum(
            isinstance(each, UpstreamConnection) and each.is_open for each in things
        ),
        "tasks": sum(len(asyncio.all_tasks(loop)) for loop in loops),
        "kept bytes": sum(each.used for each in memories),
        "objects": len(things),
    }


def _serve(sock: socket.socket) -> None:
    with sock:
        while sock.recv(1):
            sock.sendall(json.dumps(_count()).encode() + b"\n")


if __name__ == "__main__":
    window = socket.socket(fileno=int(os.environ.pop(VARIABLE)))
    threading.Thread(target=_serve, args=(window,), daemon=True).start()
    main()
