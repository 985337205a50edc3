"""What a reader gives, on its way into an upload: measured, hashed and held back until checked."""

from tcproxy_client._transfers.hashing import Hashes
from tcproxy_client._transfers.meter import Meter
from tcproxy_client._transfers.mistakes import WrongTypeError
from tcproxy_client.exceptions import TaskclusterFailure

# As much as is asked from a reader at once, in bytes.
BLOCK = 1024 * 1024


class Intake:
    """Passes on what a reader gives, if it is as long as was said.

    The newest piece is held back until the next one, or the end, has come. So the last byte of
    data that is too long is never sent, and no server can take such data for complete.

    Args:
        length: how many bytes there have to be.
        hashes: takes every byte.
        meter: is told of every byte that is passed on.
    """

    def __init__(self, length: int, hashes: Hashes, meter: Meter | None = None) -> None:
        self.length = length
        self.hashes = hashes
        self.ended = False
        self._meter = meter
        self._taken = 0
        self._held = b""

    @property
    def wanted(self) -> int:
        """How many bytes to read next: 1 to see that there is an end, 0 after that."""
        left = self.length - self._taken
        return min(left, BLOCK) if left else int(not self.ended)

    def take(self, data: object) -> bytes:
        """Take what the reader gave; gives what is to be sent now, which may be nothing.

        Raises:
            WrongTypeError: if the reader gave no bytes.
            TaskclusterFailure: if it gave too little or too much.
        """
        if not isinstance(data, bytes):
            # A reader may use the same buffer again, while the data is still being hashed.
            data = _copied(data)
        if not data:
            self._end()
        self._taken += len(data)
        if self._taken > self.length:
            raise TaskclusterFailure(
                f"the reader gave more bytes than contentLength, which is {self.length}"
            )
        self.hashes.update(data)
        passed, self._held = self._held, data
        if self._meter is not None:
            self._meter.at(self._taken - len(data))
        return passed

    def _end(self) -> None:
        if self._taken < self.length:
            raise TaskclusterFailure(
                f"the reader ended after {self._taken} bytes, but contentLength is {self.length}"
            )
        self.ended = True


def _copied(data: object) -> bytes:
    if isinstance(data, bytearray | memoryview):
        return bytes(data)
    if isinstance(data, str):
        raise WrongTypeError("the reader gave text: it must give bytes, as files in binary mode do")
    raise WrongTypeError(f"the reader must give bytes, not {type(data).__name__}")
