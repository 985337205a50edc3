"""The async face's way to the network: aiohttp sessions, one per event loop, closed with it.

Only sending one request and reading its answer lives here; what to send, and what to do with the
answer, is decided elsewhere.
"""

import asyncio
import atexit
import contextlib
import io
import socket
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from typing import IO, Any
from weakref import WeakKeyDictionary, WeakSet

import aiohttp
from aiohttp import AddrInfoType, SocketFactoryType, hdrs
from yarl import URL

from tcproxy_client import _losses
from tcproxy_client._brain import Request, Send
from tcproxy_client._reply import Lost, Reply
from tcproxy_client._retry import Timeouts
from tcproxy_client._target import Target
from tcproxy_client._transfers.intake import Intake
from tcproxy_client._transfers.steps import Fetch, Opened, Put

# Connections to one place at once; further calls wait for one to become free.
POOL_SIZE = 32

# After so many seconds without a request, connections may have been closed that look open.
_REST = 0.05

_BLOCK = 64 * 1024
# As much of an upload as is sent at once, in bytes: with less, sending waits for hashing.
_SENT_AT_ONCE = 256 * 1024
_AT_ONCE = 1024 * 1024
# As much as is read of the answer to an upload; more would be of no use.
_MAX_ANSWER = 64 * 1024
# What aiohttp would add to the headers of an upload, which are all handed out.
_AUTOMATIC = (hdrs.ACCEPT, hdrs.ACCEPT_ENCODING, hdrs.CONTENT_TYPE, hdrs.USER_AGENT)


class _OnceError(aiohttp.ClientError):
    """Carries an error past aiohttp's own retry: how often to try is decided in one place."""


async def _send_once(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    try:
        return await handler(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        if isinstance(error, aiohttp.ClientConnectorError):
            raise
        raise _OnceError from error


def new_session(path: str | None, opened: SocketFactoryType | None = None) -> aiohttp.ClientSession:
    """Make a session.

    Args:
        path: that of a unix socket to connect to, whatever the URL.
        opened: makes the sockets, otherwise.
    """
    connector = (
        aiohttp.TCPConnector(limit=0, limit_per_host=POOL_SIZE, socket_factory=opened)
        if path is None
        else aiohttp.UnixConnector(path, limit=POOL_SIZE)
    )
    return aiohttp.ClientSession(
        connector=connector, cookie_jar=aiohttp.DummyCookieJar(), middlewares=[_send_once]
    )


_asked: WeakKeyDictionary[aiohttp.ClientSession, float] = WeakKeyDictionary()


async def _wake_up(session: aiohttp.ClientSession) -> None:
    """Let the loop, if it was blocked, notice which idle connections were closed meanwhile.

    A request on one of them would be lost. The sync face looks at each before it uses it.
    """
    now = time.monotonic()
    if now - _asked.get(session, now) > _REST:
        await asyncio.sleep(0)  # this step stands before what the loop is about to notice
        await asyncio.sleep(0)
    _asked[session] = now


async def send(session: aiohttp.ClientSession, step: Send) -> Reply | Lost:
    """Send a request once and read its answer."""
    request, timeouts = step.request, step.timeouts
    await _wake_up(session)
    left = step.deadline - time.monotonic()
    if left <= 0:
        return _losses.total_timeout(timeouts, TimeoutError("the call took too long"))
    response = None
    try:
        response = await session.request(
            request.method,
            URL(request.url, encoded=True),
            data=_data(request),
            headers=request.headers,
            skip_auto_headers=(hdrs.CONTENT_TYPE,),
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(
                total=left, sock_connect=timeouts.connect, sock_read=timeouts.read
            ),
        )
        async with response:
            body = await response.read()
    except (aiohttp.ClientError, OSError) as error:  # a TimeoutError is an OSError
        if response is not None and not isinstance(error, TimeoutError):
            return _losses.cut_short(error)
        return _lost(error, request.target, timeouts)
    return Reply(response.status, response.reason or "", response.headers, body, request.url)


class Stream:
    """The body of an answer, read as it comes, its encodings left as they are.

    Args:
        response: the answer.
    """

    def __init__(self, response: aiohttp.ClientResponse, step: Fetch) -> None:
        self._response = response
        self._step = step

    async def read(self) -> bytes | Lost:
        """Give the next bytes, empty at the end."""
        try:
            return await self._response.content.readany()
        except (aiohttp.ClientError, OSError) as error:  # a TimeoutError is an OSError
            self._response.close()
            if isinstance(error, TimeoutError):
                return _lost(error, self._step.request.target, self._step.timeouts)
            return _losses.cut_short(error)

    def close(self) -> None:
        """Let go of it; the connection can be used again only if all was read."""
        if self._response.content.at_eof():
            self._response.release()
        else:
            self._response.close()


async def open_stream(session: aiohttp.ClientSession, step: Fetch) -> Opened | Lost:
    """Send a request once, and leave the body of its answer to be read from a `Stream`."""
    request, timeouts = step.request, step.timeouts
    await _wake_up(session)
    try:
        response = await session.request(
            request.method,
            URL(request.url, encoded=True),
            headers=request.headers,
            allow_redirects=False,
            auto_decompress=False,
            read_bufsize=_AT_ONCE,
            timeout=_unbounded(timeouts),
        )
    except (aiohttp.ClientError, OSError) as error:  # a TimeoutError is an OSError
        return _lost(error, request.target, timeouts)
    stream = Stream(response, step)
    return Opened(response.status, response.reason or "", response.headers, request.url, stream)


async def put(step: Put, read: Callable[[int], Awaitable[Any]]) -> Reply | Lost:
    """Send a request once, its body as it is read, and read the answer.

    It has a connection of its own: if a server takes no more bytes, asyncio closes a connection
    only when it has sent what it holds, which may be never, so it has to be shut down beneath.

    Args:
        step: the request, and what its body passes through.
        read: gives at most as many bytes as it is called with.
    """
    request, timeouts = step.request, step.timeouts
    stall = asyncio.timeout(None)
    body = _Body(step.intake, read, stall, timeouts.read)
    lost = None
    try:
        async with _shutting_session() as session, stall:
            status, reason, headers, answer = await _put(session, step, body)
    except (aiohttp.ClientError, OSError) as error:  # a TimeoutError is an OSError
        late = stall.expired()
        lost = (
            _losses.read_timeout(timeouts, error)
            if late
            else _lost(error, request.target, timeouts)
        )
    if body.failure is not None:
        raise body.failure
    if lost is not None:
        return lost
    if not step.intake.ended and status < 300:
        return _losses.unwanted(status)
    return Reply(status, reason, headers, answer, request.url)


@contextlib.asynccontextmanager
async def _shutting_session() -> AsyncIterator[aiohttp.ClientSession]:
    """Give a session whose connections are shut down if the block fails."""
    sockets: list[socket.socket] = []

    def opened(address: AddrInfoType) -> socket.socket:
        sockets.append(socket.socket(*address[:3]))
        return sockets[-1]

    async with new_session(None, opened) as session:
        try:
            yield session
        except BaseException:
            for each in sockets:
                with contextlib.suppress(OSError):  # it is closed already
                    each.shutdown(socket.SHUT_RDWR)
            raise


async def _put(
    session: aiohttp.ClientSession, step: Put, body: "_Body"
) -> tuple[int, str, Mapping[str, str], bytes]:
    response = await session.request(
        step.request.method,
        URL(step.request.url, encoded=True),
        data=body.pieces(),
        headers=step.request.headers,
        skip_auto_headers=_AUTOMATIC,
        allow_redirects=False,
        timeout=_unbounded(step.timeouts),
    )
    try:
        answer = await response.content.read(_MAX_ANSWER)
    finally:
        # Not released: if the answer came early, that would wait for the body to be sent.
        response.close()
    return response.status, response.reason or "", response.headers, answer


class _Body:
    """A body as it is read.

    Args:
        intake: what it passes through.
        read: gives its bytes.
        stall: ends the request if the server takes no bytes for too long, which aiohttp would wait
            for without a limit.
        patience: how long that is, in seconds.

    Attributes:
        failure: what went wrong in reading, which aiohttp would hide.
    """

    def __init__(
        self,
        intake: Intake,
        read: Callable[[int], Awaitable[Any]],
        stall: asyncio.Timeout,
        patience: float,
    ) -> None:
        self._intake = intake
        self._read = read
        self._stall = stall
        self._patience = patience
        self.failure: BaseException | None = None

    async def pieces(self) -> AsyncIterator[memoryview]:
        """Give it piece by piece."""
        clock = asyncio.get_running_loop().time
        try:
            while count := self._intake.wanted:
                data = memoryview(self._intake.take(await self._read(count)))
                while data:
                    self._stall.reschedule(clock() + self._patience)
                    yield data[:_SENT_AT_ONCE]
                    self._stall.reschedule(None)
                    data = data[_SENT_AT_ONCE:]
                await asyncio.sleep(0)  # memory is read, and a socket takes it, without a pause
        except asyncio.CancelledError as error:
            # It is the reader's own if nobody has cancelled aiohttp's task, in which this runs.
            task = asyncio.current_task()
            if task is None or not task.cancelling():
                self.failure = error
            raise
        except Exception as error:
            self.failure = error
            raise


def _unbounded(timeouts: Timeouts) -> aiohttp.ClientTimeout:
    """Wait without a limit to the whole: large data may take as long as it keeps coming."""
    return aiohttp.ClientTimeout(total=None, sock_connect=timeouts.connect, sock_read=timeouts.read)


def _data(request: Request) -> bytes | io.BytesIO | AsyncIterator[bytes] | None:
    if isinstance(request.body, bytes):
        # More at once would hold up the event loop.
        return request.body if len(request.body) <= _AT_ONCE else io.BytesIO(request.body)
    return None if request.body is None else _blocks(request.body)


async def _blocks(file: IO[bytes]) -> AsyncIterator[bytes]:
    await asyncio.to_thread(file.seek, 0)
    while block := await asyncio.to_thread(file.read, _BLOCK):
        yield block


def _lost(error: Exception, target: Target, timeouts: Timeouts) -> Lost:
    match error:
        case aiohttp.ConnectionTimeoutError():
            return _losses.connect_timeout(timeouts, error)
        case aiohttp.SocketTimeoutError():
            return _losses.read_timeout(timeouts, error)
        case TimeoutError():
            return _losses.total_timeout(timeouts, error)
        case aiohttp.ClientConnectorCertificateError():
            return _losses.untrusted(error)
        case aiohttp.ClientConnectorError():
            return _not_connected(error, target)
        case aiohttp.InvalidURL():  # as 256.1.1.1, which it takes for an address
            return _losses.unknown_name(target.host, error)
        case aiohttp.ClientResponseError():
            return _losses.malformed(error)
        case _:
            return _losses.dropped(error.__cause__ or error)


def _not_connected(error: aiohttp.ClientConnectorError, target: Target) -> Lost:
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return _losses.unknown_name(target.host, error)
    if isinstance(error.os_error, ConnectionRefusedError):
        return _losses.refused(error)
    if isinstance(error.os_error, FileNotFoundError) and target.socket:
        return _losses.no_socket(target.socket, error)
    return _losses.unreachable(error.os_error)


class _LoopSessions:
    """The sessions of one event loop, by unix socket, and the clients that use them.

    They are closed when the last of these clients is, or when the loop ends: a loop that is run by
    `asyncio.run` finishes the asynchronous generators that are still open, and a generator that is
    held here for that purpose closes them.
    """

    def __init__(self) -> None:
        self.users: WeakSet[object] = WeakSet()
        self._sessions: dict[str | None, aiohttp.ClientSession] = {}
        self._guard: AsyncGenerator[None] | None = None

    async def get(self, socket: str | None) -> aiohttp.ClientSession:
        session = self._sessions.get(socket)
        if session is None or session.closed:
            session = self._sessions[socket] = new_session(socket)
        if self._guard is None:
            self._guard = self._close_at_end()
            await anext(self._guard)
        return session

    async def _close_at_end(self) -> AsyncGenerator[None]:
        try:
            yield
        finally:
            sessions, self._sessions = self._sessions, {}
            self._guard = None
            for session in sessions.values():
                await session.close()

    async def close(self) -> None:
        if self._guard is not None:
            await self._guard.aclose()

    def abandon(self) -> None:
        """Let go of the sessions of a loop that was closed without finishing its generators."""
        for session in self._sessions.values():
            with contextlib.suppress(StopIteration):
                session.close().send(None)  # on a closed loop there is nothing to wait for
        self._sessions.clear()
        self._guard = None


_loops: WeakKeyDictionary[asyncio.AbstractEventLoop, _LoopSessions] = WeakKeyDictionary()


async def shared(user: object, socket: str | None) -> aiohttp.ClientSession:
    """Give the session that clients on this event loop share."""
    loop = asyncio.get_running_loop()
    sessions = _loops.get(loop)
    if sessions is None:
        _abandon_closed_loops()
        sessions = _loops.setdefault(loop, _LoopSessions())
    sessions.users.add(user)
    return await sessions.get(socket)


async def give_back(user: object) -> None:
    """Let a client no longer use the shared session; it is closed if no other client does."""
    sessions = _loops.get(asyncio.get_running_loop())
    if sessions is not None:
        sessions.users.discard(user)
        if not sessions.users:
            await sessions.close()


def _known_loops() -> list[asyncio.AbstractEventLoop]:
    """Give the loops that have sessions; other threads may add theirs meanwhile."""
    return [loop for each in _loops.keyrefs() if (loop := each()) is not None]


def _abandon_closed_loops() -> None:
    for loop in _known_loops():
        # Another thread may have been faster.
        if loop.is_closed() and (sessions := _loops.pop(loop, None)) is not None:
            sessions.abandon()


@atexit.register
def _close_idle_loops() -> None:
    """Close the sessions of loops that were run without `asyncio.run`."""
    _abandon_closed_loops()
    for loop in _known_loops():
        if not loop.is_running():
            loop.run_until_complete(_loops[loop].close())
