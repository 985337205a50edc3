"""Progress: how far a transfer is, told to the user now and then."""

from collections.abc import Callable

Progress = Callable[[int, int | None], object]

# Between two calls, in seconds. With the last one that makes at most ten calls in any second.
_INTERVAL = 1 / 9


class Meter:
    """Tells the user how far a transfer is.

    Args:
        progress: called with the bytes that are done, and with those there are in all or None; what
            it raises ends the transfer.
        clock: a monotonic clock, in seconds.
        total: the bytes there are in all, if known.
    """

    def __init__(
        self, progress: Progress | None, clock: Callable[[], float], total: int | None = None
    ) -> None:
        self._progress = progress
        self._clock = clock
        self._next = float("-inf")
        self.total = total

    def at(self, done: int) -> None:
        """Tell it, unless it was told just before."""
        if self._progress is None:
            return
        now = self._clock()
        if now >= self._next:
            self._next = now + _INTERVAL
            self._progress(done, self.total)

    def end(self, done: int) -> None:
        """Tell that all is done."""
        if self._progress is not None:
            self._progress(done, done)
