"""What every measurement needs: the plan, the programs, the upstream and the contenders."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.contenders import Contender, Running, started
from bench.plan import Plan
from bench.tools import Tools
from bench.upstream import Upstream


@dataclass(frozen=True, slots=True)
class Field:
    """Where the contenders meet.

    Attributes:
        plan: how to measure.
        tools: the programs.
        upstream: what all forward to.
        contenders: all there are.
        folder: for their files.
    """

    plan: Plan
    tools: Tools
    upstream: Upstream
    contenders: Sequence[Contender]
    folder: Path

    def contenders_over(self, transport: str) -> list[Contender]:
        """Return those that can be measured over `plain` or `tls`; HTTP/2 is spoken over TLS."""
        return [each for each in self.contenders if transport == "tls" or not each.http2]

    @contextlib.contextmanager
    def all_started(self, transport: str) -> Iterator[list[Running]]:
        """Run new processes of all contenders for a block."""
        with contextlib.ExitStack() as stack:
            yield [
                stack.enter_context(self.started(each, transport))
                for each in self.contenders_over(transport)
            ]

    def started(
        self, contender: Contender, transport: str
    ) -> contextlib.AbstractContextManager[Running]:
        """Run a new process of a contender for a block."""
        return started(contender, self.upstream, transport, self.folder / contender.name)
