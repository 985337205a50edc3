"""Hashes of what passes, and the rule by which they are compared.

Hashing large data takes longer than moving it. Beyond the first bytes each algorithm therefore has
a thread of its own: `hashlib` lets go of the interpreter while it works.
"""

import contextlib
import hashlib
import queue
import threading
from collections.abc import Iterable, Mapping

from tcproxy_client.exceptions import ObjectHashVerificationError

# What the object service takes as proof of an object's content.
ALGORITHMS = ("sha256", "sha512")
ACCEPTABLE_HASHES = set(ALGORITHMS)

# Handed to a thread at once, in bytes: enough that handing over costs nothing.
_BATCH = 1024 * 1024
# How many batches may wait; with them memory stays flat.
_WAITING = 4


class Hashes:
    """Running hashes of data that comes in pieces, which must not change afterwards.

    Args:
        algorithms: their names, as `hashlib` knows them.
    """

    def __init__(self, algorithms: Iterable[str] = ALGORITHMS) -> None:
        self._hashes = {name: hashlib.new(name, usedforsecurity=False) for name in algorithms}
        self._batch: list[bytes] = []
        self._size = 0
        self._workers: list[_Worker] = []
        self._pending = 0

    def update(self, data: bytes) -> None:
        """Take the next piece."""
        if not self._hashes:
            return
        self._batch.append(data)
        self._size += len(data)
        if self._size >= _BATCH:
            self._hand_over()

    def _hand_over(self) -> None:
        batch, self._batch, self._size = self._batch, [], 0
        if not self._workers:
            self._workers = [_Worker(each) for each in self._hashes.values()]
            for worker in self._workers:
                worker.start()
        while self._pending >= _WAITING:
            self._settle()
        for worker in self._workers:
            worker.batches.put(batch)
        self._pending += 1

    def _settle(self) -> None:
        for worker in self._workers:
            worker.done.get()
        self._pending -= 1

    def digests(self) -> dict[str, str]:
        """Give the hashes so far, in hex, by the name of the algorithm."""
        while self._pending:
            self._settle()
        for each in self._hashes.values():
            _update(each, self._batch)
        self._batch, self._size = [], 0
        return {name: each.hexdigest() for name, each in self._hashes.items()}

    def close(self) -> None:
        """End the threads; nothing can be taken afterwards."""
        for worker in self._workers:
            worker.end()
        self._batch, self._workers = [], []
        self._pending = 0


class _Worker(threading.Thread):
    """A thread that updates one hash.

    Those of `concurrent.futures` would be waited for when the interpreter ends, and their locks
    stay locked for ever if KeyboardInterrupt comes at the wrong moment.

    Attributes:
        batches: what to take, in turn.
        done: has as many items as batches were taken.
    """

    def __init__(self, running: "hashlib._Hash") -> None:
        super().__init__(name="tcproxy-client-hash", daemon=True)
        self.batches: queue.SimpleQueue[list[bytes] | None] = queue.SimpleQueue()
        self.done: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._running = running

    def run(self) -> None:
        """Take batches until it is ended."""
        while (batch := self.batches.get()) is not None:
            _update(self._running, batch)
            self.done.put(None)

    def end(self) -> None:
        """Let it end, what waits untaken."""
        with contextlib.suppress(queue.Empty):
            while True:
                self.batches.get_nowait()
        self.batches.put(None)


def _update(running: "hashlib._Hash", batch: list[bytes]) -> None:
    for data in batch:
        running.update(data)


def known(expected: Mapping[str, str]) -> tuple[str, ...]:
    """Give the algorithms among what a deployment tells that can be checked."""
    return tuple(name for name in ALGORITHMS if name in expected)


def verifyHashes(observed: Mapping[str, str], expected: Mapping[str, str]) -> None:
    """Compare hashes in hex, by the name of the algorithm.

    Every algorithm on both sides must agree, and one of them must be sha256 or sha512.

    Args:
        observed: of the data that came.
        expected: what the object service says.

    Raises:
        ObjectHashVerificationError: if they do not agree.
    """
    for name, value in observed.items():
        if expected.get(name, value) != value:
            raise ObjectHashVerificationError(f"Validation of object data's {name} hash failed")
    if not ACCEPTABLE_HASHES & observed.keys() & expected.keys():
        raise ObjectHashVerificationError("No acceptable hashes found in object metadata")
