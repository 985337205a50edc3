"""A sandbox that serves while a test runs, and the clients and roles it was told of."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

from tcproxy.sandbox import Client, Sandbox
from tests.harness.caller import Caller, Response
from tests.sandbox.signing import Signer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

ROOT = Signer("sandbox/root", "sandbox-only-no-secret-0000000000000000000000")
ONE = Signer("team/one", "token-of-one")
NOBODY = Signer("team/nobody", "token-of-nobody")

ROLES = {
    "reader:*": ("secrets:get:<..>/*", "read:<..>"),
    "deputy": ("assume:reader:deputy",),
    "issuer:team": ("auth:create-client:team/one/*",),
}

EVERYBODY = [
    "assume:anonymous",
    "auth:current-scopes",
    "auth:expand-scopes",
    "index:find-task:*",
    "index:list-tasks:*",
    "queue:get-artifact:public/*",
    "queue:get-task:*",
    "queue:list-artifacts:*",
    "queue:list-task-group:*",
    "queue:status:*",
    "secrets:list-secrets",
]
"""The scopes that every caller has."""


def clients() -> tuple[Client, ...]:
    past = datetime.now(UTC) - timedelta(seconds=1)
    return (
        Client(
            ONE.client_id,
            ONE.access_token,
            ("a:*", "b:c", "secrets:get:one", "secrets:set:one/*", "assume:issuer:team"),
            expires=datetime.now(UTC) + timedelta(days=1),
        ),
        Client(NOBODY.client_id, NOBODY.access_token),
        Client("team/disabled", "token", ("*",), disabled=True),
        Client("team/expired", "token", ("*",), expires=past),
    )


class Running:
    """A sandbox in a thread. Use it as a context manager.

    Args:
        loop_factory: What makes the thread's event loop; None takes asyncio's own.
        **options: What the sandbox is made with, instead of the clients and roles above.
    """

    def __init__(
        self,
        *,
        loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None,
        **options: Any,
    ) -> None:
        self.sandbox = Sandbox(**{"clients": clients(), "roles": ROLES, **options})
        self._started = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run, args=(loop_factory,))

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._started.wait(20)
        assert self._loop is not None, "it did not start"
        return self

    def __exit__(self, *_: object) -> None:
        assert self._loop is not None
        assert self._stop is not None
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(20)
        assert not self._thread.is_alive()

    def _run(self, loop_factory: Callable[[], asyncio.AbstractEventLoop] | None) -> None:
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        try:
            async with self.sandbox:
                self._loop = asyncio.get_running_loop()
                self._started.set()
                await self._stop.wait()
        finally:
            self._started.set()

    @property
    def url(self) -> str:
        return self.sandbox.root_url

    @property
    def host(self) -> str:
        """What a client puts into the Host field."""
        return self.url.removeprefix("http://")

    @property
    def address(self) -> tuple[str, int]:
        host, _, port = self.host.rpartition(":")
        return host.strip("[]"), int(port)

    def connect(self) -> Caller:
        return Caller(self.address)

    def request(
        self,
        method: str,
        target: str | bytes,
        headers: Iterable[tuple[str | bytes, str | bytes]] = (),
        body: bytes | None = None,
    ) -> Response:
        """Make one request on a connection of its own, as it is said."""
        with self.connect() as caller:
            response = caller.request(method, target, headers, body)
        assert response.status < 500, response
        return response

    def signed(
        self, signer: Signer, method: str, target: str, body: bytes | None = None, **hawk: Any
    ) -> Response:
        """Make one request, signed; see `Signer.header` for the keywords."""
        fields = [("Authorization", signer.header(method, target, self.host, **hawk))]
        if body is not None:
            fields.append(("Content-Type", "application/json"))
        return self.request(method, target, fields, body)


def text(response: Response) -> str:
    """Return what an error of the API says, without its tail, whose shape is checked."""
    body = response.json()
    message, mark, tail = body["message"].partition("\n\n---\n\n")
    assert mark, body
    info = body["requestInfo"]
    assert tail == (
        f"* method:     {info['method']}\n* errorCode:  {body['code']}\n"
        f"* statusCode: {response.status}\n* time:       {info['time']}"
    )
    return str(message)
