"""Small requests that the daemon makes for itself: is the deployment there, what may a task do."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

import structlog

from tcproxy import headers
from tcproxy.clock import DeploymentClock
from tcproxy.errors import SettingError
from tcproxy.hawk import Signer, fresh_nonce
from tcproxy.headers import Field
from tcproxy.retries import RetryPolicy, is_retryable, parse_retry_after
from tcproxy.scopes import check_scopes
from tcproxy.targets import Deployment
from tcproxy.upstream.connection import ResponseHead, UpstreamConnection
from tcproxy.upstream.failures import Failure, OpenError
from tcproxy.upstream.pool import Pool, Upstream, Waiter

_BODY_LIMIT = 8 * 1024 * 1024
_TIMEOUT = 10.0

_log = structlog.get_logger("tcproxy.asking")


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole response.

    Attributes:
        status: the status code.
        body: as received.
        fields: the header fields as received.
    """

    status: int
    body: bytes
    fields: Sequence[Field]


class Asker:
    """Asks a deployment."""

    def __init__(self, deployment: Deployment, upstream: Upstream, clock: DeploymentClock) -> None:
        """Put the parts together.

        Args:
            deployment: who is asked.
            upstream: where connections come from.
            clock: what time requests are signed with.
        """
        self._deployment = deployment
        self._upstream = upstream
        self._clock = clock

    async def probe(self) -> str:
        """Tell whether the deployment answers: `ok`, or what went wrong."""
        try:
            await self._get("/api/auth/v1/ping", None)
        except OpenError as error:
            return str(error)
        return "ok"

    async def task_scopes(self, task_id: str, signer: Signer, policy: RetryPolicy) -> list[str]:
        """Return the scopes of a task, asking again while the deployment is in trouble.

        Source: queue.task, `GET /task/<taskId>`

        Raises:
            SettingError: they cannot be had.
        """
        target = f"/api/queue/v1/task/{quote(task_id, safe='')}"
        started = time.monotonic()
        attempts = 0
        while True:
            attempts += 1
            problem, answer = await self._attempt(target, signer)
            if answer is not None and not is_retryable(answer.status):
                return _scopes_of(answer, task_id)
            elapsed = time.monotonic() - started
            chance = random.random()  # noqa: S311  it spreads callers and keeps no secret
            wanted = None if answer is None else self._wanted_delay(answer)
            delay = policy.delay(attempts, elapsed, chance, wanted)
            if delay is None:
                raise SettingError(
                    f"cannot fetch task {task_id} from {self._deployment}: {problem} "
                    f"(tried {attempts} times)"
                )
            _log.warning("fetching the task failed", task_id=task_id, reason=problem)
            await asyncio.sleep(delay)

    async def ask(self, path: str, signer: Signer | None) -> Answer:
        """Ask for a path of the deployment.

        Args:
            path: as in `/api/<service>/...`.
            signer: makes the signature; None for none.

        Raises:
            OpenError: there was no answer.
        """
        offset = self._clock.offset
        answer = await self._get(path, signer)
        if answer.status == 401 and self._clock.offset != offset:
            # Its time was wrong: nobody has looked at the request itself.
            answer = await self._get(path, signer)
        return answer

    async def _attempt(self, target: str, signer: Signer) -> tuple[str, Answer | None]:
        try:
            answer = await self.ask(target, signer)
        except OpenError as error:
            return str(error), None
        return f"it answers {answer.status}", answer

    async def _get(self, path: str, signer: Signer | None) -> Answer:
        origin = self._deployment.origin
        target = self._deployment.prefix + path
        lines = [f"Host: {origin.authority}".encode(), b"Accept: application/json"]
        if signer is not None:
            authorization = signer.authorization(
                "GET",
                target,
                origin.host,
                origin.port,
                int(self._now()),
                fresh_nonce(),
            )
            lines.append(f"Authorization: {authorization}".encode())
        reader = _Reader(self._upstream.pool(origin), headers.request_head("GET", target, lines))
        started = time.monotonic()
        try:
            async with asyncio.timeout(_TIMEOUT):
                answer = await reader.read()
        except TimeoutError:
            message = f"{origin} did not answer within {_TIMEOUT:g} s"
            raise OpenError(Failure("timeout", message)) from None
        self._clock.observe(
            headers.origination_date(answer.fields),
            time.time(),
            time.monotonic() - started,
            is_refused=answer.status == 401 and signer is not None,
        )
        return answer

    def _wanted_delay(self, answer: Answer) -> float | None:
        value = headers.find(answer.fields, b"retry-after")
        return None if value is None else parse_retry_after(value, self._now())

    def _now(self) -> float:
        return time.time() + self._clock.offset


class _Reader:
    """Sends one request and collects its response."""

    def __init__(self, pool: Pool, head: bytes) -> None:
        self._pool = pool
        self._head = head
        self._connection: UpstreamConnection | None = None
        self._head_received: ResponseHead | None = None
        self._body = bytearray()
        self._done: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

    async def read(self) -> Answer:
        # A new connection: one that was idle may have been closed by the other side.
        waiter = Waiter(self._send, self.on_failure, needs_new=True)
        self._pool.wait(waiter)
        try:
            return await self._done
        finally:
            self._pool.leave(waiter)
            if self._connection is not None:
                self._connection.abort()

    def _send(self, connection: UpstreamConnection) -> None:
        if self._done.done():
            connection.abort()
            return
        self._connection = connection
        connection.start(self, self._head, is_head_request=False)
        connection.finish_request()

    def on_informational(self, _head: ResponseHead) -> None:
        pass

    def on_response(self, head: ResponseHead | None, data: bytes, is_end: bool) -> None:
        self._head_received = head or self._head_received
        self._body += data
        if is_end and self._head_received is not None:
            self._connection = None
            if not self._done.done():
                head = self._head_received
                self._done.set_result(Answer(head.status, bytes(self._body), head.fields))
        elif len(self._body) > _BODY_LIMIT and self._connection is not None:
            self._connection.abort()
            self.on_failure(Failure("malformed", f"its answer exceeds {_BODY_LIMIT} bytes"))

    def on_failure(self, failure: Failure) -> None:
        self._connection = None
        if not self._done.done():
            self._done.set_exception(OpenError(failure))

    def on_send_paused(self) -> None:
        pass

    def on_send_resumed(self) -> None:
        pass


def _scopes_of(answer: Answer, task_id: str) -> list[str]:
    if answer.status != 200:
        raise SettingError(
            f"cannot fetch task {task_id}: the deployment answers {answer.status}"
            f"{message_of(answer)}"
        )
    try:
        scopes = json.loads(answer.body)["scopes"]
    except (ValueError, LookupError, TypeError, RecursionError):
        scopes = None
    try:
        check_scopes(scopes if isinstance(scopes, list) else [None])
    except ValueError:
        raise SettingError(
            f"cannot read the definition of task {task_id}: it has no list of scopes"
        ) from None
    return list(scopes)


def message_of(answer: Answer) -> str:
    """Return the first line of the deployment's message behind a colon; empty if there is none."""
    try:
        message = json.loads(answer.body)["message"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return ""
    lines = str(message).strip().splitlines()
    # On a terminal, what does not print may be a command.
    shown = "".join(char if char.isprintable() else "?" for char in lines[0][:200]) if lines else ""
    return f": {shown}" if shown else ""
