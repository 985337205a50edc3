"""Callers that are other users of the system, and the reasons for which they cannot be had here."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pytest

from tests.harness.daemon import STOP_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.harness.upstream import Upstream

Address = tuple[str, int] | tuple[str, int, int, int] | str
"""Host and port, with flow and scope where IPv6 needs them, or the path of a Unix socket."""

TARGET = "/queue/v1/thing"
ALLOWED = "daemon"
FOREIGN = "nobody"
"""Two users that every Debian has, and that no test runs as."""

_SCRIPT = Path(__file__).with_name("stranger.py")


def message(
    method: str = "GET",
    target: str = TARGET,
    headers: str = "",
    body: str = "",
    *,
    keep: bool = False,
) -> str:
    """Return a request, after whose answer the connection is to end unless `keep`."""
    fields = headers + ("" if keep else "Connection: close\r\n")
    fields += f"Content-Length: {len(body)}\r\n" if body else ""
    return f"{method} {target} HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n{body}"


def require_other_users() -> None:
    """Skip the test where it cannot become other users."""
    if sys.platform != "linux":
        pytest.skip("users of connections can be told on Linux only")
    if os.geteuid() != 0:
        pytest.skip("only root can call as other users")
    for name in (ALLOWED, FOREIGN):
        try:
            pwd.getpwnam(name)
        except KeyError:
            pytest.skip(f"this system has no user {name!r}")


def uid_of(name: str) -> int:
    """Return the number of a user."""
    return pwd.getpwnam(name).pw_uid


class Stranger:
    """A process that calls as somebody else. Use it as a context manager.

    Args:
        user: Who it is; None for the user who runs the tests.
    """

    def __init__(self, user: str | None = None) -> None:
        who = [] if user is None else [str(uid_of(user)), str(pwd.getpwnam(user).pw_gid)]
        self._process = subprocess.Popen(
            [sys.executable, str(_SCRIPT), *who],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def call(
        self,
        address: Address,
        text: str | None = None,
        *,
        count: int = 1,
        sources: Sequence[tuple[str, int]] = (),
        manner: str = "ask",
        at_once: bool = False,
    ) -> list[bytes]:
        """Make connections, send a request on each, and return all that was answered on each.

        Args:
            address: Where to.
            text: The request.
            count: How many connections.
            sources: Local addresses to take, one after the other, where they are free.
            manner: `ask` and read to the end; `half-close` and read; `leave` or `reset` without
                reading; `ask-then-reset`.
            at_once: Open all connections before anything is sent.
        """
        job = {
            "address": address,
            "message": message() if text is None else text,
            "count": count,
            "sources": sources,
            "manner": manner,
            "at_once": at_once,
        }
        result = self._do(job)
        assert isinstance(result, list), result
        return [answer.encode("latin-1") for answer in result]

    def statuses(self, address: Address, text: str | None = None, **options: Any) -> list[int]:
        """Make connections as `call` does, and return the status of each; 0 for no answer."""
        return [status_of(answer) for answer in self.call(address, text, **options)]

    def read(self, path: Path | str) -> bytes:
        """Return what that user reads in a file; the reason in brackets where he may not."""
        result = self._do({"path": str(path)})
        assert isinstance(result, str), result
        return result.encode("latin-1")

    def close(self) -> None:
        """End the process."""
        with contextlib.suppress(OSError):
            assert self._process.stdin is not None
            self._process.stdin.close()
        try:
            self._process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(STOP_TIMEOUT)
        assert self._process.stdout is not None
        self._process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _do(self, job: dict[str, Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


def status_of(answer: bytes) -> int:
    """Return the status of an answer; 0 where the connection was closed without one."""
    if not answer:
        return 0
    assert answer.startswith(b"HTTP/1."), answer
    return int(answer.split(b" ", 2)[1])


def assert_untouched(upstream: Upstream) -> None:
    """Check that no request reached the deployment."""
    assert [request.head.start_line for request in upstream.requests] == []
