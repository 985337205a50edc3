"""Data of every size where something changes: none, inline, a chunk, a buffer."""

from __future__ import annotations

import random

AROUND = (0, 1, 8191, 8192, 65535, 65536, 65537, 2**20 + 1)
"""The sizes."""

BIG = 5 * 2**20 + 3

_NOISE = random.Random(5).randbytes(2**20 - 7)


def pattern(size: int) -> bytes:
    """Return data that nowhere repeats itself within a piece, and is the same each time."""
    return (_NOISE * (size // len(_NOISE) + 1))[:size]
