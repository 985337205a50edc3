"""The laboratory: a daemon between faulty callers and a faulty deployment, and what must hold.

A scenario is played, then checked: every caller got the right answer, an error that says what
failed, or a visibly broken connection; nothing was sent more often than the log says; and the
daemon is left as it was.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import shlex
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import psutil

from tests.faults import values
from tests.faults.callers import Said, hold
from tests.faults.deployment import Deployment
from tests.faults.observed import VARIABLE
from tests.harness.daemon import Daemon, wait_until

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from tests.faults.values import Scenario
    from tests.harness.certificates import Authority

_ERRORS = {400, 408, 502, 503, 504}
_HANDSHAKES = 120
"""TLS conversations at once: more handshakes than that take this process longer than its daemon
waits for one."""

_LONGEST = 45.0
"""Seconds for the longest request: two attempts that run out of time, and a busy machine."""


@dataclass(frozen=True, slots=True)
class Holdings:
    """What the daemon holds.

    Attributes:
        files: file descriptors.
        memory: resident bytes.
        counts: of its objects, by kind.
    """

    files: int
    memory: int
    counts: dict[str, int]

    @property
    def is_idle(self) -> bool:
        """Whether it holds nothing that belongs to a request or a connection."""
        busy = ("CallerConnection", "Exchange", "HeldResponse", "UpstreamConnection", "Waiter")
        return not any(self.counts[kind] for kind in (*busy, "kept bytes"))

    def is_within(self, start: Holdings) -> bool:
        """Whether there are no more files and tasks than before.

        The last task of a connection may outlive it by a turn of the loop.
        """
        return self.files <= start.files and self.counts["tasks"] <= start.counts["tasks"]


class Lab:
    """A daemon in front of a faulty deployment. Use it as a context manager.

    Args:
        authority: For TLS to the deployment; None for plain HTTP.
        *args: Further arguments of the daemon.
        patience: Seconds of each of the daemon's time limits.
    """

    def __init__(self, authority: Authority | None = None, *args: str, patience: float) -> None:
        self._authority = authority
        self._patience = patience
        self._args = args
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as stack:
            self._runner = stack.enter_context(asyncio.Runner())
            contexts = None if self._authority is None else self._authority.faulty()
            self.deployment = self._runner.run(_entered(Deployment(contexts)))
            stack.callback(lambda: self._runner.run(self.deployment.__aexit__()))
            own, theirs = socket.socketpair()
            self._window = stack.enter_context(own)
            with theirs:
                args = [f"--{name}-timeout={self._patience}" for name in _TIMEOUTS]
                if self._authority is not None:
                    args += ["--ca-file", str(self._authority.file)]
                self.daemon = stack.enter_context(
                    Daemon(
                        *(*args, "--retries=1", *self._args),
                        root_url=self.deployment.url,
                        module="tests.faults.observed",
                        env={VARIABLE: str(theirs.fileno())},
                        pass_fds=[theirs.fileno()],
                    )
                )
            self._process = psutil.Process(self.daemon.process.pid)
            self._logged: dict[str, list[dict[str, Any]]] = {}
            self._read = 0
            self.play(values.Scenario((values.Conversation(),)))
            self.start = self.settle()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *details: object) -> None:
        del details
        self._stack.close()

    def play(self, scenario: Scenario) -> list[Said]:
        """Play a scenario, check what must hold for every scenario, and return what happened."""
        said = self._runner.run(self._play(scenario))
        try:
            self._check(said)
        except AssertionError as error:
            line = f"python -m tests.faults.again {shlex.quote(repr(scenario))}"
            raise AssertionError(f"{error}\nto see it again: {line}") from None
        return said

    def settle(self, start: Holdings | None = None) -> Holdings:
        """Close the deployment's connections, and return what the daemon holds when it is idle.

        Args:
            start: It has to come to hold no more files and tasks than these.
        """
        found: list[Holdings] = []

        def is_at_rest() -> bool:
            # Again and again: a connection may still wait to be accepted.
            self._runner.run(self.deployment.hang_up())
            found[:] = [self.holdings()]
            return found[0].is_idle and (start is None or found[0].is_within(start))

        try:
            wait_until(is_at_rest, _LONGEST)
        except AssertionError:
            said = f"the daemon does not come to rest: {found[0]}, at the start {start}"
            raise AssertionError(said) from None
        # Not before: a request may come to the deployment after its caller has left.
        self.deployment.asks.clear()
        self.deployment.heads.clear()
        return found[0]

    def assert_as_at_start(self) -> None:
        """Fail if the daemon goes on holding more than it did before the first fault."""
        self.settle(self.start)

    def holdings(self) -> Holdings:
        """Look into the daemon."""
        self._window.sendall(b"?")
        line = b""
        while not line.endswith(b"\n"):
            line += self._window.recv(4096)
        memory = self._process.memory_info().rss
        return Holdings(self._process.num_fds(), memory, json.loads(line))

    async def _play(self, scenario: Scenario) -> list[Said]:
        deployment = self.deployment
        later = None
        if scenario.refuse:
            await deployment.refuse()
            later = deployment.start(deployment.listen_later(scenario.refuse))
        deployment.accepts.extend(scenario.accepts)
        all_said = []
        gate = asyncio.Semaphore(1000 if self.is_plain else _HANDSHAKES)

        async def in_turn(work: Coroutine[None, None, None]) -> None:
            async with gate:
                await work

        async with asyncio.TaskGroup() as group:
            for conversation in scenario.conversations:
                said = [Said(values.fresh_token(), ask) for ask in conversation.asks]
                deployment.asks.update((each.token, each.ask) for each in said)
                all_said += said
                work = hold(
                    conversation,
                    said,
                    self.daemon.address,
                    patience=_LONGEST,
                    deafness=self._patience * 1.5,
                )
                group.create_task(in_turn(work))
        deployment.accepts.clear()
        if later is not None:
            later.cancel()
        deployment.listen()
        return all_said

    def _check(self, said: list[Said]) -> None:
        for each in said:
            _check_answer(each)
        assert not self.deployment.violations, self.deployment.violations
        heads = self.deployment.heads
        for each in said:
            is_known = each.end == "answered" and each.status != 408
            if is_known or heads[each.token]:
                logged = self.lines_of(each.token)
                assert len(logged) == 1, f"{logged} for {each}"
                assert heads[each.token] <= logged[0]["attempts"], (heads[each.token], logged, each)
                named = each.headers.get(b"x-taskcluster-proxy-attempts")
                assert named is None or int(named) == logged[0]["attempts"], (named, logged)
        self.daemon.check()

    def forget(self) -> None:
        """Forget what was said so far: in a long run it would fill this process's memory."""
        self.daemon.forget()
        self._logged.clear()
        self._read = 0

    @property
    def is_plain(self) -> bool:
        """Whether the deployment speaks plain HTTP."""
        return self._authority is None

    def received(self, said: Said) -> int:
        """Return how often a request's first line came to the deployment."""
        return self.deployment.heads[said.token]

    def lines_of(self, token: str) -> list[dict[str, Any]]:
        """Wait for what the log says of a request, and return it."""

        def is_there() -> bool:
            fresh = self.daemon.events[self._read :]
            self._read += len(fresh)
            for event in fresh:
                key = str(event.get("target", "")).rpartition("/")[2]
                self._logged.setdefault(key, []).append(event)
            return token in self._logged

        wait_until(is_there)
        return self._logged[token]


_TIMEOUTS = ("connect", "first-byte", "idle", "head")


async def _entered(deployment: Deployment) -> Deployment:
    return await deployment.__aenter__()


def _check_answer(said: Said) -> None:
    assert said.end != "hung", f"no end within {_LONGEST} s: {said}"
    if said.end != "answered":
        return
    token = said.headers.get(b"x-token")
    if token is not None:
        busy = [fault for fault in said.ask.faults if fault.act == "busy"]
        assert token == said.token.encode(), f"another's answer: {said}"
        assert said.status == 200 or (said.status == 503 and busy), said
        wanted = b"" if said.ask.method == "HEAD" else values.filler(said.token, said.ask.answer)
        assert said.body == wanted, f"another body: {said}"
        return
    assert said.status in _ERRORS, f"no error, and no answer of the deployment's: {said}"
    if said.ask.method != "HEAD":
        told = json.loads(said.body)
        assert told["code"], said
        assert told["message"], said
    assert said.seconds < _LONGEST, said
