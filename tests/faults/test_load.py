"""Many at once: connections, idle connections, changes of the credentials, and too many."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.faults import crowd
from tests.faults.crowd import Tally
from tests.harness import hawk
from tests.harness.daemon import Daemon, wait_until
from tests.harness.upstream import Request
from tests.harness.wire import Head

if TYPE_CHECKING:
    from collections.abc import Iterator

CONNECTIONS = 1000
REQUESTS = 20


@contextlib.contextmanager
def daemon_for(server: asyncio.Server, *args: str) -> Iterator[Daemon]:
    port = server.sockets[0].getsockname()[1]
    with Daemon("--retries=0", *args, root_url=f"http://127.0.0.1:{port}") as daemon:
        yield daemon


def ignore(head: bytes) -> None:
    del head


def test_a_thousand_connections_at_once() -> None:
    """With twenty requests each: all are answered, each with its own answer."""
    if not crowd.allow_files(3 * CONNECTIONS):
        pytest.skip("this system allows too few open files for this")
    tally = Tally()

    async def work() -> None:
        async with await crowd.serve(ignore) as server:
            with daemon_for(server) as daemon:
                callers = await crowd.gather(daemon.address, CONNECTIONS, REQUESTS, tally)
                await asyncio.gather(*(each.ended for each in callers))

    crowd.run(work())
    assert tally == Tally(right=CONNECTIONS * REQUESTS)


IDLE = 10_000


def test_ten_thousand_idle_connections() -> None:
    """As many as may be stay open, the others are refused with a 503, and requests go on."""
    if not crowd.allow_files(IDLE + 1000):
        pytest.skip("this system allows too few open files for this")

    async def work() -> None:
        async with await crowd.serve(ignore) as server:
            with daemon_for(server, "--max-connections", "4000") as daemon:
                tally = Tally()
                [served] = await crowd.gather(daemon.address, 1, None, tally)
                before = await asyncio.to_thread(daemon.memory)
                idle = await open_idle(daemon.address, IDLE)
                for answer in await read_refusals(idle, IDLE - 3999):
                    assert answer.startswith(b"HTTP/1.1 503 "), answer
                    assert b"\r\nRetry-After: 1\r\n" in answer
                    assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"]
                right = tally.right
                await until(lambda: tally.right > right)
                held = await asyncio.to_thread(daemon.memory) - before
                assert held < 150 * 1024 * 1024, f"{held / 4000:.0f} bytes for each connection"
                for _, writer in idle:
                    writer.close()
                files = psutil.Process(daemon.process.pid)
                await until(lambda: files.num_fds() < 50)
                served.stop = True
                await served.ended
                assert tally == Tally(right=tally.right)

    crowd.run(work())


Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def open_idle(address: tuple[str, int], count: int) -> list[Streams]:
    opened: list[Streams] = []
    for _ in range(0, count, 500):
        opened += await asyncio.gather(*(asyncio.open_connection(*address) for _ in range(500)))
    return opened


async def read_refusals(idle: list[Streams], count: int) -> list[bytes]:
    """Return what is said on those connections that are closed, whichever they are."""
    reading = [asyncio.create_task(reader.read()) for reader, _ in idle]
    ends = asyncio.as_completed(reading, timeout=60)
    answers = [await end for _, end in zip(range(count), ends, strict=False)]
    for task in reading:
        task.cancel()
    await asyncio.gather(*reading, return_exceptions=True)
    return answers


async def until(condition: object) -> None:
    assert callable(condition)
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110  nothing tells when it becomes so
            await asyncio.sleep(0.01)


def test_credentials_change_fifty_times_a_second() -> None:
    """Under full load no request fails, and none is signed with a mixture of two credentials."""
    heads: list[bytes] = []
    tally = Tally()
    changes = 100

    async def work() -> None:
        async with await crowd.serve(heads.append) as server:
            with daemon_for(server) as daemon:
                callers = await crowd.gather(daemon.address, 32, None, tally)
                reader, writer = await asyncio.open_connection(*daemon.address)
                start = time.monotonic()
                for number in range(changes):
                    await put(reader, writer, credentials(number).body())
                    await asyncio.sleep(max(0.0, start + (number + 1) / 50 - time.monotonic()))
                writer.close()
                await writer.wait_closed()
                for each in callers:
                    each.stop = True
                await asyncio.gather(*(each.ended for each in callers))

    crowd.run(work())
    assert tally == Tally(right=tally.right)
    assert tally.right == len(heads)
    used = {verified(head) for head in heads[:: max(1, len(heads) // 5000)]}
    assert len(used) > changes * 0.8, "the requests did not see the changes"


def credentials(number: int) -> hawk.Credentials:
    return hawk.Credentials(f"client/{number}", f"token-{number * 7919}-of-its-own")


async def put(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes) -> None:
    writer.write(
        b"PUT /credentials HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%b"
        % (len(body), body)
    )
    answer = await reader.readuntil(b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 "), answer
    length = int(answer.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    await reader.readexactly(length)


def verified(head: bytes) -> str:
    """Return whose signature a request has, which is right for that client."""
    request = Request(Head.parse(head + b"\r\n\r\n"), 0, 0.0)
    header = request.value("Authorization") or b""
    client = header.partition(b'id="')[2].partition(b'"')[0].decode()
    number = client.removeprefix("client/")
    signed_with = credentials(int(number)) if number.isdigit() else hawk.DEFAULT
    return hawk.verify(request, credentials=signed_with).client_id


def test_too_many_requests_at_once() -> None:
    """The surplus is refused at once with a 503; those accepted are served; it recovers."""
    waiting: list[HeldPeer] = []
    refused, accepted = Tally(), Tally()

    async def work() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: HeldPeer(waiting), "127.0.0.1", 0, backlog=1024)
        async with server:
            with daemon_for(server, "--max-upstream-requests", "100") as daemon:
                served = await crowd.gather(daemon.address, 100, 3, accepted)
                await until(lambda: len(waiting) == 100)
                # While nothing is answered: whoever gets a 503 did not wait for anything.
                surplus = await crowd.gather(daemon.address, 300, 5, refused)
                await asyncio.gather(*(each.ended for each in surplus))
                assert refused == Tally(statuses=refused.statuses)
                assert dict(refused.statuses) == {503: 1500}
                for each in waiting:
                    each.release()
                await asyncio.gather(*(each.ended for each in served))
                assert accepted == Tally(right=300)
                again = await crowd.gather(daemon.address, 100, 1, accepted)
                await asyncio.gather(*(each.ended for each in again))
                assert accepted == Tally(right=400)

    crowd.run(work())


class HeldPeer(crowd.EchoPeer):
    """A connection to a deployment that answers its first request when it is told to."""

    def __init__(self, waiting: list[HeldPeer]) -> None:
        super().__init__(ignore)
        self._waiting: list[HeldPeer] | None = waiting
        self._held = b""

    def data_received(self, data: bytes) -> None:
        if self._waiting is None:
            super().data_received(data)
            return
        self._held += data
        if self not in self._waiting:
            self._waiting.append(self)

    def release(self) -> None:
        self._waiting = None
        super().data_received(self._held)


def test_it_recovers_from_too_many_connections() -> None:
    """Four times as many callers as may connect, again and again: each is served or refused."""
    refused: list[int] = []
    tally = Tally()

    async def work() -> None:
        async with await crowd.serve(ignore) as server:
            with daemon_for(server, "--max-connections", "100") as daemon:
                for _ in range(5):
                    callers = await crowd.gather(daemon.address, 400, 5, tally)
                    await asyncio.gather(*(each.ended for each in callers))
                    refused.append(tally.statuses.total())
                await asyncio.to_thread(wait_until, lambda: daemon.open_files() < 50 + 100)
                last = Tally()
                callers = await crowd.gather(daemon.address, 90, 5, last)
                await asyncio.gather(*(each.ended for each in callers))
                assert last == Tally(right=450)

    crowd.run(work())
    assert set(tally.statuses) == {503}
    assert not tally.wrong
    assert tally.right + 5 * tally.statuses[503] == 5 * 400 * 5
