"""A bar that shows how far a transfer is; only on a terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tcproxy_client._cli.failures import one_line

Progress = Callable[[int, int | None], None]


@contextmanager
def bar(label: str) -> Iterator[Progress | None]:
    """Show a bar on stderr while the block runs.

    Args:
        label: what stands before it.

    Yields:
        What is to be called with the bytes that are done, and those there are in all or None; None
        if stderr is no terminal.
    """
    if sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm  # here: it loads slowly

    tqdm.monitor_interval = 0  # no thread that looks after bars that stand still
    with tqdm(
        desc=one_line(label),
        file=sys.stderr,
        unit="B",
        unit_scale=True,
        unit_divisor=1024,
        dynamic_ncols=True,
    ) as shown:

        def at(done: int, total: int | None) -> None:
            shown.total = total
            shown.n = done
            shown.refresh()

        yield at
