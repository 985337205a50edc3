"""The way to the network: connections reused and shared, exact targets, timeouts, clean ends."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket
import subprocess
import sys
import textwrap
import threading
import time
import traceback
import warnings
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import aiohttp
import pytest
import tcproxy_client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tcproxy_client import aio

from tests.client.faces import Face
from tests.harness.daemon import ROOT, environment
from tests.harness.upstream import OK, Exchange, raw, raw_then_close, reply, silent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conftest import StartUpstream
    from tests.harness.certificates import Authority
    from tests.harness.upstream import Upstream

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@pytest.fixture(scope="module", params=["sync", "async"])
def lasting_face(request: pytest.FixtureRequest) -> Iterator[Face]:
    """Each face in turn, for hypothesis."""
    made = Face(request.param)
    yield made
    made.end()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    task=TEXT | st.sampled_from(["..", ".", "%2F", "a//b", "?x", "#", "%zz", "\x00", "\r\n"]),
    name=TEXT,
    number=st.integers(),
)
def test_what_is_sent_is_what_was_built(
    lasting_face: Face, upstream: Upstream, task: str, name: str, number: int
) -> None:
    upstream.requests.clear()
    client = lasting_face.client("Queue", {"rootUrl": f"{upstream.url}/a%2Fb/../c"})
    lasting_face.run(client.artifact, task, number, name)
    target = upstream.only_request().target.decode()
    parts = [quote(str(part), safe="") for part in (task, number, name)]
    route = f"/api/queue/v1/task/{parts[0]}/runs/{parts[1]}/artifact-content/{parts[2]}"
    assert target == f"/a%2Fb/../c{route}".rstrip("/")
    assert client.buildUrl("artifact", task, number, name).rstrip("/") == upstream.url + target


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(prefix=TEXT, token=TEXT)
def test_queries_are_sent_as_built(
    lasting_face: Face, upstream: Upstream, prefix: str, token: str
) -> None:
    upstream.requests.clear()
    client = lasting_face.client("Auth", {"rootUrl": upstream.url})
    lasting_face.run(client.listClients, prefix=prefix, query={"continuationToken": token})
    url = client.buildUrl("listClients", prefix=prefix, query={"continuationToken": token})
    assert upstream.url + upstream.only_request().target.decode() == url


def test_connections_are_reused_across_calls_and_clients(face: Face, upstream: Upstream) -> None:
    before = upstream.connections
    for name in ("Queue", "Secrets", "Queue", "Auth"):
        client = face.client(name, {"rootUrl": upstream.url})
        for _ in range(3):
            face.run(client.ping)
    assert upstream.connections - before <= 1  # 0 if an earlier test left one
    assert len({each.connection for each in upstream.requests}) == 1


def test_a_connection_that_the_server_closed_is_not_noticed(
    face: Face, queue: Any, upstream: Upstream
) -> None:
    face.run(queue.ping)
    upstream.hang_up()
    # the async client learns of it from its event loop
    face.run(asyncio.sleep, 0.01) if face.is_async else None
    assert face.run(queue.createTask, "T", {}) == {"alive": True}


def test_a_connection_is_not_reused_after_close(face: Face, queue: Any, upstream: Upstream) -> None:
    upstream.script(reply(200, [("Connection", "close")], b"{}"))
    face.run(queue.ping)
    face.run(queue.ping)
    first, second = upstream.requests
    assert first.connection != second.connection


def test_threads_share_a_bounded_pool(upstream: Upstream) -> None:
    with tcproxy_client.createSession(pool_size=4) as session:
        client = tcproxy_client.Queue({"rootUrl": upstream.url}, session=session)
        upstream.default = reply(200, [], b'{"n": 1}')
        with ThreadPoolExecutor(16) as pool:
            results = list(pool.map(lambda n: client.task(f"T{n}"), range(320)))
        assert results == [{"n": 1}] * 320
        assert len(upstream.requests) == 320
        assert len({each.target for each in upstream.requests}) == 320
        assert len({each.connection for each in upstream.requests}) <= 4
        assert "1 places" in repr(session)


def test_answers_go_to_the_thread_that_asked(upstream: Upstream) -> None:
    def echo(exchange: Exchange) -> None:
        exchange.read_body()
        name = exchange.request.target.rsplit(b"/", 1)[1]
        body = b'"%s"' % name
        exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body), body)

    upstream.default = echo
    client = tcproxy_client.Queue({"rootUrl": upstream.url})
    with ThreadPoolExecutor(16) as pool:
        names = [f"T{number}" for number in range(200)]
        answers: list[Any] = list(pool.map(client.task, names))
    assert answers == names


def test_tasks_of_one_loop_share_its_session(async_face: Face, upstream: Upstream) -> None:
    async def many() -> None:
        client = aio.Queue({"rootUrl": upstream.url})
        await asyncio.gather(*(client.task(f"T{number}") for number in range(100)))
        assert client.session is None

    async_face.run(many)
    assert len(upstream.requests) == 100
    assert len({each.connection for each in upstream.requests}) <= 32


def test_each_loop_has_a_session_of_its_own(start_upstream: StartUpstream) -> None:
    upstream = start_upstream()
    client = aio.Queue({"rootUrl": upstream.url})

    def in_a_loop(_: int) -> Any:
        return asyncio.run(client.ping())

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(in_a_loop, range(12))) == [{"alive": True}] * 12
    gc.collect()
    upstream.wait_for_open_connections(0)


def test_a_client_gives_its_connections_back(face: Face, start_upstream: StartUpstream) -> None:
    upstream = start_upstream()
    first = face.client("Queue", {"rootUrl": upstream.url})
    second = face.client("Auth", {"rootUrl": upstream.url})
    for client in (first, second):
        face.run(client.ping)
    face.close(first)
    assert upstream.open_connections == 1  # the second client still uses it
    face.close(second)
    if upstream.open_connections:  # a client of another test may not be collected yet
        gc.collect()
        face.close(second)
    upstream.wait_for_open_connections(0)
    assert face.run(first.ping) == {"alive": True}
    face.close(first)


def test_a_block_has_connections_of_its_own(face: Face, start_upstream: StartUpstream) -> None:
    upstream = start_upstream()
    client = face.client("Queue", {"rootUrl": upstream.url})

    async def async_block() -> None:
        async with client as entered:
            assert entered is client
            assert isinstance(client.session, aiohttp.ClientSession)
            await client.ping()
            await client.ping()
        assert client.session is None

    if face.is_async:
        face.run(async_block)
    else:
        with client as entered:
            assert entered is client
            client.ping()
            client.ping()
    assert upstream.connections == 1
    upstream.wait_for_open_connections(0)


def test_a_given_session_is_used_and_stays_open(face: Face, start_upstream: StartUpstream) -> None:
    upstream = start_upstream()

    async def with_session() -> None:
        async with aio.createSession(headers={"X-Mine": "1"}) as session:
            async with aio.Queue({"rootUrl": upstream.url}, session=session) as client:
                await client.ping()
                assert client.session is session
            await client.aclose()
            await client.ping()
            assert not session.closed

    if face.is_async:
        face.run(with_session)
        assert upstream.requests[0].value("X-Mine") == b"1"
    else:
        with tcproxy_client.createSession() as session:
            with tcproxy_client.Queue({"rootUrl": upstream.url}, session) as client:
                client.ping()
                assert client.session is session
            client.close()
            client.ping()
    assert upstream.connections == 1
    upstream.wait_for_open_connections(0)


def test_a_foreign_session_is_left_alone_as_ever(upstream: Upstream) -> None:
    foreign = object()
    client = tcproxy_client.Queue({"rootUrl": upstream.url}, session=foreign)
    assert client.ping() == {"alive": True}
    assert client.session is foreign


@pytest.mark.parametrize("option", ["readTimeout", "totalTimeout"])
def test_a_silent_server_is_given_up(face: Face, upstream: Upstream, option: str) -> None:
    upstream.default = silent
    client = face.client("Queue", {"rootUrl": upstream.url, "maxRetries": 0, option: 0.2})
    error = face.failure(client.ping)
    assert type(error) is tcproxy_client.TaskclusterConnectionError
    words = {
        "readTimeout": "no byte of an answer for 0.2 s",
        "totalTimeout": "no complete answer within 0.2 s",
    }
    assert error.args == (words[option],)


@pytest.mark.parametrize("option", ["connectTimeout", "readTimeout", "totalTimeout"])
@pytest.mark.parametrize("seconds", [float("inf"), 1e300, 10**400])
def test_a_timeout_without_an_end(
    face: Face, upstream: Upstream, option: str, seconds: float
) -> None:
    client = face.client("Queue", {"rootUrl": upstream.url, "maxRetries": 0, option: seconds})
    assert face.run(client.ping) is not None
    face.close(client)


@pytest.mark.parametrize("place", ["head", "body"])
def test_an_answer_that_drips_is_bounded_as_a_whole(
    face: Face, upstream: Upstream, place: str
) -> None:
    def drip(exchange: Exchange) -> None:
        exchange.read_body()
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n"
        exchange.send(head if place == "head" else head + b"\r\n")
        for _ in range(2000):
            exchange.send(b"X-A: b\r\n")
            time.sleep(0.01)

    upstream.default = drip
    options = {"rootUrl": upstream.url, "maxRetries": 5, "readTimeout": 60, "totalTimeout": 0.3}
    error = face.failure(face.client("Queue", options).ping)
    assert error.args == ("no complete answer within 0.3 s",)
    assert error.attempts == 1


def test_an_answer_that_comes_too_late_is_not_taken_for_the_next(
    face: Face, start_upstream: StartUpstream
) -> None:
    upstream = start_upstream()
    late = threading.Event()

    def hold(exchange: Exchange) -> None:
        exchange.read_body()
        late.wait(10)
        exchange.send(b'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n"late"')

    upstream.script(hold)
    options = {"rootUrl": upstream.url, "maxRetries": 0, "readTimeout": 0.2}
    client = face.client("Queue", options)
    face.failure(client.ping)
    late.set()
    client.options["readTimeout"] = 60
    assert face.run(client.ping) == {"alive": True}
    first, second = upstream.requests
    assert first.connection != second.connection


def test_the_total_covers_all_attempts(face: Face, upstream: Upstream) -> None:
    upstream.default = reply(500)
    options = {"rootUrl": upstream.url, "maxRetries": 50, "totalTimeout": 0.5}
    started = time.monotonic()
    error = face.failure(face.client("Queue", options).ping)
    assert error.status == 500
    assert 1 < len(upstream.requests) < 5
    assert time.monotonic() - started < 10


def held_up(upstream: Upstream) -> threading.Event:
    """Have the next answer wait until the event is set."""
    released = threading.Event()

    def hold(exchange: Exchange) -> None:
        exchange.read_body()
        released.wait(10)
        exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    upstream.script(hold)
    return released


def test_a_full_pool_is_waited_for_within_the_total(upstream: Upstream) -> None:
    released = held_up(upstream)
    with tcproxy_client.createSession(1) as session, ThreadPoolExecutor(1) as pool:
        options = {"rootUrl": upstream.url, "maxRetries": 0}
        first = pool.submit(tcproxy_client.Queue(options, session).ping)
        upstream.wait_for_requests(1)
        with pytest.raises(tcproxy_client.TaskclusterConnectionError, match=r"within 0\.1 s"):
            tcproxy_client.Queue({**options, "totalTimeout": 0.1}, session).ping()
        released.set()
        assert first.result() == {}


def test_who_waits_for_a_place_gets_one_after_the_session_was_closed(upstream: Upstream) -> None:
    released = held_up(upstream)
    session = tcproxy_client.createSession(1)
    with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(1) as other:
        options = {"rootUrl": upstream.url, "maxRetries": 0, "totalTimeout": 30}
        first = one.submit(tcproxy_client.Queue(options, session).ping)
        upstream.wait_for_requests(1)
        thread = other.submit(threading.get_ident).result()
        second = other.submit(tcproxy_client.Queue(options, session).ping)
        while "_get_conn" not in names_of_the_stack(thread):
            time.sleep(0.01)
        session.close()
        released.set()
        assert first.result() == {}
        assert second.result() == {"alive": True}


def names_of_the_stack(thread: int) -> list[str]:
    """The names of the functions that a thread is in."""
    stack = traceback.walk_stack(sys._current_frames()[thread])  # noqa: SLF001 - there is no other
    return [frame.f_code.co_name for frame, _line in stack]


def test_a_call_at_the_end_of_the_interpreter(upstream: Upstream) -> None:
    """What was registered before the first call runs after the pools were closed."""
    code = """
        import atexit, sys, tcproxy_client
        queue = tcproxy_client.Queue({"rootUrl": sys.argv[1]})
        atexit.register(lambda: print(queue.ping()))
        print(queue.ping())
    """
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-c", textwrap.dedent(code), upstream.url],
        env=environment() | {"PYTHONWARNINGS": "error"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert (done.stdout, done.stderr) == (2 * "{'alive': True}\n", "")


def test_no_connection_in_time(face: Face) -> None:
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):  # until the kernel takes no more, and lets others wait
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        options = {"rootUrl": url, "maxRetries": 0, "connectTimeout": 0.2}
        error = face.failure(face.client("Queue", options).ping)
    assert error.args == ("no connection within 0.2 s",)


def test_an_answer_before_the_body_was_read(face: Face, queue: Any, upstream: Upstream) -> None:
    def refuse(exchange: Exchange) -> None:
        exchange.send(b"HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}")
        exchange.wire.half_close()
        exchange.wire.wait_closed(0.2)
        exchange.wire.close()

    upstream.script(refuse)
    error = face.failure(queue.createTask, "T", {"a": "x" * 20_000_000})
    assert error.status == 413 or error.args == ("the connection was closed before an answer",)
    assert face.run(queue.ping) == {"alive": True}


def test_a_pooled_connection_is_clean_after_a_broken_answer(
    face: Face, queue: Any, upstream: Upstream
) -> None:
    upstream.script(
        OK,
        raw_then_close(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"),
        raw(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}"),
    )
    assert face.run(queue.ping) == {"alive": True}
    face.failure(queue.ping)
    face.failure(queue.ping)
    for number in range(3):
        upstream.script(reply(200, [], b"%d" % number))
        assert face.run(queue.ping) == number


def test_a_connection_that_was_closed_while_the_loop_was_blocked(upstream: Upstream) -> None:
    """The only attempt is not wasted on it."""
    answered, closed = threading.Event(), threading.Event()

    def close_late(exchange: Exchange) -> None:
        exchange.read_body()
        exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        answered.wait(30)
        exchange.wire.close()
        closed.set()

    async def program() -> Any:
        queue = aio.Queue({"rootUrl": upstream.url, "maxRetries": 0})
        assert await queue.ping() == {}
        answered.set()
        closed.wait(30)  # in the loop's own thread, as a program that reckons
        time.sleep(0.1)  # noqa: ASYNC251 - as above: it is not busy all the time
        return await queue.ping()

    upstream.script(close_late)
    assert asyncio.run(program()) == {"alive": True}


def test_tls_is_verified(
    face: Face,
    start_upstream: StartUpstream,
    authority: Authority,
) -> None:
    upstream = start_upstream(tls=authority.server("127.0.0.1"))
    untrusting = face.client("Queue", {"rootUrl": upstream.url})
    error = face.failure(untrusting.ping)
    assert error.args == ("the server's certificate is not trusted",)
    assert error.attempts == 1


def test_tls_trusts_the_systems_authorities(
    start_upstream: StartUpstream, authority: Authority
) -> None:
    upstream = start_upstream(tls=authority.server("127.0.0.1"))
    code = """
        import asyncio, sys, tcproxy_client
        from tcproxy_client import aio
        options = {"rootUrl": sys.argv[1], "maxRetries": 0}
        assert tcproxy_client.Queue(options).ping() == {"alive": True}
        assert asyncio.run(aio.Queue(options).ping()) == {"alive": True}
    """
    run_python(code, upstream.url, env={"SSL_CERT_FILE": str(authority.file)})


def run_python(
    code: str,
    *args: str,
    env: dict[str, str] | None = None,
    warnings: str = "error,ignore:unclosed event loop",
) -> str:
    """Run a program in an interpreter of its own, warnings as errors; gives what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *args],
        env=environment(env) | {"PYTHONWARNINGS": warnings},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize(
    "program",
    [
        # the loop's end closes the session
        "asyncio.run(main())",
        "asyncio.run(main()); asyncio.run(main())",
        # so does aclose
        """
        async def closing():
            client = aio.Queue(options)
            await client.ping()
            await client.aclose()
        loop = asyncio.new_event_loop()
        loop.run_until_complete(closing())
        loop.close()
        """,
        # a loop that is left open is tidied up at exit
        "loop = asyncio.new_event_loop(); loop.run_until_complete(main())",
        # sync connections end with the process
        "tcproxy_client.Queue(options).ping()",
    ],
)
def test_nothing_is_left_open(upstream: Upstream, program: str) -> None:
    code = f"""
import asyncio, sys, tcproxy_client
from tcproxy_client import aio
options = {{"rootUrl": sys.argv[1]}}
async def main():
    await aio.Queue(options).ping()
    await aio.Auth(options).ping()
{textwrap.dedent(program)}
"""
    run_python(code, upstream.url)


def test_a_forked_child_has_connections_of_its_own(upstream: Upstream) -> None:
    code = """
        import os, sys, tcproxy_client
        queue = tcproxy_client.Queue({"rootUrl": sys.argv[1]})
        assert queue.ping() == {"alive": True}
        child = os.fork()
        if child == 0:
            os._exit(0 if queue.ping() == {"alive": True} else 1)
        assert os.waitpid(child, 0)[1] == 0
        assert queue.ping() == {"alive": True}
    """
    run_python(code, upstream.url)
    parent, child, again = (each.connection for each in upstream.requests)
    assert parent == again != child


def test_a_client_can_be_pickled(face: Face, upstream: Upstream) -> None:
    import copy
    import pickle

    client = face.client("Queue", {"rootUrl": upstream.url})
    face.run(client.ping)
    for twin in (pickle.loads(pickle.dumps(client)), copy.deepcopy(client)):  # noqa: S301
        assert type(twin) is type(client)
        assert face.run(twin.ping) == {"alive": True}


def test_a_cancelled_call_leaves_the_session_usable(async_face: Face, upstream: Upstream) -> None:
    async def cancelling() -> Any:
        client = aio.Queue({"rootUrl": upstream.url})
        upstream.script(silent)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.ping(), 0.1)
        return await client.ping()

    assert async_face.run(cancelling) == {"alive": True}


def test_an_interrupted_call_leaves_the_pool_usable(upstream: Upstream) -> None:
    code = """
        import os, signal, sys, threading, tcproxy_client
        options = {"rootUrl": sys.argv[1], "maxRetries": 0}
        client = tcproxy_client.Queue(options, tcproxy_client.createSession(1))
        interrupted = threading.Event()

        def once(*_):
            if not interrupted.is_set():
                interrupted.set()
                raise KeyboardInterrupt

        def interrupt():
            sys.stdin.readline()  # it says that the request has arrived
            # A signal right before the system is asked to wait goes unnoticed until it has waited.
            while not interrupted.wait(0.05):
                os.kill(os.getpid(), signal.SIGINT)

        signal.signal(signal.SIGINT, once)
        threading.Thread(target=interrupt).start()
        try:
            client.ping()
        except KeyboardInterrupt:
            print(client.ping())
        client.session.close()
    """
    upstream.script(silent)
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), upstream.url],
        env=environment() | {"PYTHONWARNINGS": "error"},
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        upstream.wait_for_requests(1)
        printed = process.communicate("now\n", timeout=60)
    assert printed == ("{'alive': True}\n", "")


def test_a_call_that_is_interrupted_anywhere_leaves_the_pool_usable(upstream: Upstream) -> None:
    """At each call and return of a function that has to do with the pool, one after the other.

    That is where Python runs the handlers of signals. A lock that stays locked would let all calls
    after it wait for ever.
    """
    code = """
        import sys, tcproxy_client
        options = {"rootUrl": sys.argv[1], "maxRetries": 0, "totalTimeout": 30}
        modules = ("_pool.py", "connectionpool.py", "queue.py", "threading.py")

        def is_interrupted(number):
            left = number

            def count(frame, event, argument):
                nonlocal left
                left -= frame.f_code.co_filename.endswith(modules)
                if left == 0:
                    sys.setprofile(None)
                    raise KeyboardInterrupt

            with tcproxy_client.createSession(2) as session:
                queue = tcproxy_client.Queue(options, session)
                queue.ping()
                try:
                    sys.setprofile(count)
                    queue.ping()
                    sys.setprofile(None)
                except KeyboardInterrupt:
                    pass
                assert queue.ping() == {"alive": True}
            return left == 0

        number = 1
        while is_interrupted(number):
            number += 1
        print("done" if number > 20 else number)
    """
    done = subprocess.run(
        # A connection that was about to be taken may be lost: the garbage collector closes it.
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(code), upstream.url],
        env=environment(),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=90,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("done\n", "")


def test_a_loop_that_has_ended_is_not_kept(upstream: Upstream) -> None:
    async def loop_of_a_call() -> weakref.ref[asyncio.AbstractEventLoop]:
        await aio.Queue({"rootUrl": upstream.url}).ping()
        return weakref.ref(asyncio.get_running_loop())

    loop = asyncio.run(loop_of_a_call())
    gc.collect()
    assert loop() is None


class _MeetingLoop(asyncio.SelectorEventLoop):
    """A loop at which two threads meet, each after it saw that the loop is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.awaited: list[threading.Barrier] = []

    def is_closed(self) -> bool:
        with contextlib.suppress(IndexError):
            self.awaited.pop().wait(30)
        return super().is_closed()


def test_two_threads_find_the_same_closed_loop(upstream: Upstream) -> None:
    queue = aio.Queue({"rootUrl": upstream.url})
    loop = _MeetingLoop()
    loop.run_until_complete(queue.ping())
    loop.close()
    loop.awaited = [threading.Barrier(2)] * 2
    with ThreadPoolExecutor(2) as threads, warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # that loop was closed abruptly
        calls = [threads.submit(asyncio.run, queue.ping()) for _ in range(2)]
        assert [each.result() for each in calls] == [{"alive": True}] * 2
        del loop
        gc.collect()


def test_loops_that_are_closed_abruptly_are_let_go(upstream: Upstream) -> None:
    code = """
        import asyncio, gc, sys, tcproxy_client, weakref
        from tcproxy_client import aio
        loops = []
        for _ in range(3):
            loop = asyncio.new_event_loop()
            loop.run_until_complete(aio.Queue({"rootUrl": sys.argv[1]}).ping())
            loop.close()
            loops.append(weakref.ref(loop))
        del loop
        gc.collect()
        assert [loop() is None for loop in loops] == [True, True, False]
    """
    # only the operating system's view of their sockets is left, and a warning of that
    run_python(code, upstream.url, warnings="error,ignore:unclosed")
