"""A bar that shows how far a transfer is; only on a terminal."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tcproxy_client._cli.failures import one_line

# For a terminal that does not know its size.
_COLUMNS, _ROWS = 80, 24

Progress = Callable[[int, int | None], None]


@contextmanager
def bar(label: str) -> Iterator[Progress | None]:
    """Show a bar on stderr while the block runs, from the first data on.

    Args:
        label: what stands before it.

    Yields:
        What is to be called with the bytes that are done, and those there are in all or None; None
        if stderr is no terminal.
    """
    if sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    shown: list[Any] = []

    def at(done: int, total: int | None) -> None:
        if not shown:
            shown.append(_bar(one_line(label)))
        shown[0].total = total
        shown[0].n = done
        shown[0].refresh()

    try:
        yield at
    finally:
        for each in shown:
            each.close()


def _bar(label: str) -> Any:
    from tqdm import tqdm  # here: it loads slowly, and few commands show one

    tqdm.monitor_interval = 0  # no thread that looks after bars that stand still
    known = os.get_terminal_size(sys.stderr.fileno()).columns > 0
    return tqdm(
        desc=label,
        file=sys.stderr,
        unit="B",
        unit_scale=True,
        unit_divisor=1024,
        dynamic_ncols=known,
        ncols=None if known else _COLUMNS,
        nrows=None if known else _ROWS,
    )
