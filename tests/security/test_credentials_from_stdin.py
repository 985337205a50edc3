"""`--credentials-stdin`: who started the daemon replaces the credentials, and nobody else does."""

from __future__ import annotations

import json
import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self

import pytest

from tests.harness import hawk
from tests.harness.daemon import Daemon
from tests.harness.upstream import OK, Exchange

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.harness.upstream import Upstream

TARGET = "/queue/v1/thing"
FIRST = hawk.Credentials("first/client", "the-first-token-that-nobody-may-see")
SECOND = hawk.temporary("x:y", "z:*")


class Worker:
    """What starts the daemon, and holds the other end of its standard input."""

    def __init__(self, upstream: Upstream, *args: str, **options: Any) -> None:
        self.upstream = upstream
        reading, self.pipe = os.pipe()
        usual: dict[str, Any] = {
            "forked": True,
            "secrets": [*FIRST.secrets(), *SECOND.secrets()],
            "stdin": reading,
        }
        try:
            self.daemon = Daemon(
                "--credentials-stdin", *args, root_url=upstream.url, **(usual | options)
            )
        finally:
            os.close(reading)

    def write(self, *pieces: bytes) -> None:
        """Write to the daemon."""
        for piece in pieces:
            os.write(self.pipe, piece)

    def close(self) -> None:
        """Close the pipe, as happens when a worker dies."""
        if self.pipe >= 0:
            os.close(self.pipe)
            self.pipe = -1

    def wait_for(self, event: str, count: int = 1) -> dict[str, Any]:
        """Wait until it has logged so many of these events, and return the last."""

        def found() -> list[dict[str, Any]]:
            return [each for each in self.daemon.events if each["event"] == event]

        self.daemon.wait_until(lambda: len(found()) >= count, 30, f"log {event!r} {count} times")
        return found()[count - 1]

    def in_force(self, credentials: hawk.Credentials) -> bool:
        """Tell whether the next request is signed with these."""
        assert self.daemon.request("GET", TARGET).status == 200
        signature = hawk.verify(self.upstream.requests[-1], credentials=credentials)
        return signature.ext == hawk.official_ext(credentials, None)

    def __enter__(self) -> Self:
        self.daemon.__enter__()
        return self

    def __exit__(self, kind: object, *error: object) -> None:
        self.daemon.__exit__(kind, *error)
        self.close()


@pytest.fixture
def start(upstream: Upstream) -> Iterator[Callable[..., Worker]]:
    with ExitStack() as stack:
        yield lambda *args, **options: stack.enter_context(Worker(upstream, *args, **options))


def test_each_object_replaces_the_credentials(start: Callable[..., Worker]) -> None:
    worker = start()
    assert worker.in_force(hawk.DEFAULT)
    for number, credentials in enumerate((FIRST, SECOND, hawk.DEFAULT, SECOND)):
        worker.write(credentials.body() + b"\n" * (number % 2))
        event = worker.wait_for("credentials replaced", number + 1)
        assert event["client_id"] == credentials.client_id
        assert worker.in_force(credentials)


def test_the_last_of_several_counts_however_they_come(start: Callable[..., Worker]) -> None:
    worker = start()
    pretty = json.dumps(json.loads(SECOND.body()), indent=4).encode()
    whole = b"\n " + FIRST.body() + FIRST.body() + b"\r\n\t" + pretty
    worker.write(*(whole[at : at + 7] for at in range(0, len(whole), 7)))
    worker.wait_for("credentials replaced", 3)
    assert worker.in_force(SECOND)


def test_unusable_ones_keep_the_old(start: Callable[..., Worker]) -> None:
    worker = start()
    good = json.loads(FIRST.body())
    bad: tuple[dict[str, Any], ...] = ({}, good | {"accessToken": 5}, good | {"certificate": "ghi"})
    for number, value in enumerate(bad):
        worker.write(json.dumps(value).encode())
        worker.wait_for("credentials refused", number + 1)
        assert worker.in_force(hawk.DEFAULT)
    worker.write(FIRST.body())
    worker.wait_for("credentials replaced")
    assert worker.in_force(FIRST)


def test_nobody_else_replaces_them(start: Callable[..., Worker]) -> None:
    worker = start()
    response = worker.daemon.request("PUT", "/credentials", body=FIRST.body())
    assert (response.status, response.json()["code"]) == (404, "ResourceNotFound")
    assert "--credentials-stdin" in response.json()["message"]
    assert worker.in_force(hawk.DEFAULT)


def test_it_ends_with_whoever_started_it_once_what_runs_is_done(
    start: Callable[..., Worker], upstream: Upstream
) -> None:
    worker = start()

    def script(exchange: Exchange) -> None:
        worker.close()
        worker.wait_for("Stopping")
        OK(exchange)

    upstream.script(script)
    assert worker.daemon.request("GET", TARGET).status == 200
    assert worker.daemon.wait() == 0


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        (b'{"badJS0n!\n' + SECOND.body(), "a string in it is not closed"),
        (b'{"clientId" "x"}' + SECOND.body(), "something else than JSON"),
        (b"credentials: none\n" + SECOND.body(), "something else than JSON objects"),
        (b"[" + SECOND.body() + b"]", "something else than JSON objects"),
        (b'{"a": "' + b"x" * 2048, "longer than 1024 bytes"),
        (b'{"a":' * 300 + b"1" + b"}" * 300, "longer than 1024 bytes"),
    ],
)
def test_what_is_no_json_ends_it_with_those_before_in_force(
    start: Callable[..., Worker], written: bytes, reason: str
) -> None:
    worker = start("--max-endpoint-body", "1024")
    worker.write(FIRST.body() + b"\n" + written)
    assert reason in worker.wait_for("standard input cannot be read")["reason"]
    assert worker.daemon.wait() == 1
    replaced = [each for each in worker.daemon.events if each["event"] == "credentials replaced"]
    assert [each["client_id"] for each in replaced] == [FIRST.client_id]


def test_an_object_that_is_cut_off_is_not_used(start: Callable[..., Worker]) -> None:
    worker = start()
    worker.write(FIRST.body()[:-1])
    worker.close()
    assert "ends within a JSON object" in worker.wait_for("standard input cannot be read")["reason"]
    assert worker.daemon.wait() == 1


def test_a_signal_ends_it_while_nothing_is_written(start: Callable[..., Worker]) -> None:
    worker = start(forked=False)
    worker.daemon.stop()


@pytest.mark.parametrize("forked", [True, False])
def test_without_any_input_it_ends_at_once(upstream: Upstream, forked: bool) -> None:
    daemon = Daemon("--credentials-stdin", root_url=upstream.url, serve=False, forked=forked)
    assert daemon.wait() == 0
    daemon.check()


def test_a_file_will_do(upstream: Upstream, tmp_path: Any) -> None:
    (tmp_path / "credentials").write_bytes(SECOND.body())
    with (tmp_path / "credentials").open("rb") as file:
        daemon = Daemon(
            "--credentials-stdin",
            root_url=upstream.url,
            stdin=file.fileno(),
            serve=False,
            secrets=SECOND.secrets(),
        )
    assert daemon.wait() == 0
    daemon.check()
    assert any(each["event"] == "credentials replaced" for each in daemon.events)


def test_without_the_flag_standard_input_is_left_alone(upstream: Upstream) -> None:
    reading, writing = os.pipe()
    with Daemon(root_url=upstream.url, stdin=reading, forked=True) as daemon:
        os.close(writing)
        assert daemon.request("GET", TARGET).status == 200
        assert daemon.request("PUT", "/credentials", body=hawk.DEFAULT.body()).status == 200
    os.close(reading)
