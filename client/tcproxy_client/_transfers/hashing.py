"""Hashes of what passes, and the rule by which they are compared.

Hashing large data takes longer than moving it. Beyond the first bytes each algorithm therefore has
a thread of its own: `hashlib` lets go of the interpreter while it works.
"""

import hashlib
from collections import deque
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor

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
        self._threads: list[ThreadPoolExecutor] = []
        self._pending: deque[tuple[Future[None], ...]] = deque()

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
        if not self._threads:
            self._threads = [ThreadPoolExecutor(1, "tcproxy-client-hash") for _ in self._hashes]
        while len(self._pending) >= _WAITING:
            self._settle()
        self._pending.append(
            tuple(
                thread.submit(_update, name_hash, batch)
                for thread, name_hash in zip(self._threads, self._hashes.values(), strict=True)
            )
        )

    def _settle(self) -> None:
        for future in self._pending.popleft():
            future.result()

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
        for thread in self._threads:
            thread.shutdown(wait=False, cancel_futures=True)
        self._batch, self._threads = [], []
        self._pending.clear()


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
