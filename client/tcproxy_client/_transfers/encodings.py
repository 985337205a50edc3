"""Content encodings undone piece by piece (RFC 9110 section 8.4), in bounded memory."""

import zlib
from collections.abc import Iterator
from typing import Protocol

from tcproxy_client.exceptions import TaskclusterFailure

# As much as comes out at once, in bytes: data may shrink a thousandfold.
_PIECE = 1024 * 1024

_GZIP = 16 + zlib.MAX_WBITS
_RAW = -zlib.MAX_WBITS


class Decoder(Protocol):
    """Undoes one content encoding."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Give what the next encoded bytes mean.

        Raises:
            TaskclusterFailure: if they mean nothing.
        """

    def end(self) -> None:
        """Check that the data is complete.

        Raises:
            TaskclusterFailure: if it is not.
        """


class _Identity:
    def feed(self, data: bytes) -> Iterator[bytes]:
        yield data

    def end(self) -> None:
        pass


class _Inflating:
    """gzip, with any number of members, and deflate, with or without the zlib format around it."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._format = _GZIP if name == "gzip" else 0
        self._stream: zlib._Decompress | None = None
        self._members = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self._stream is None:
                data = data.lstrip(b"\0") if self._members else data  # padding after the last one
                if not data:
                    return
                self._stream = zlib.decompressobj(self._format or _deflate_format(data))
                self._members += 1
            try:
                piece = self._stream.decompress(data, _PIECE)
            except zlib.error:
                raise TaskclusterFailure(
                    f"the data is stored with content encoding {self._name}, but is not valid"
                ) from None
            if piece:
                yield piece
            data = self._stream.unconsumed_tail
            if self._stream.eof:
                data = self._stream.unused_data
                self._stream = None
            elif not data and piece and len(piece) == _PIECE:
                yield from self._rest()

    def _rest(self) -> Iterator[bytes]:
        """Give what the stream holds though it has taken all its input."""
        stream = self._stream
        while stream is not None and not stream.eof and (piece := stream.decompress(b"", _PIECE)):
            yield piece
        if stream is not None and stream.eof:
            self._stream = None

    def end(self) -> None:
        if self._stream is not None:
            raise TaskclusterFailure(
                f"the data is stored with content encoding {self._name}, but is incomplete"
            )


def _deflate_format(data: bytes) -> int:
    # Servers mean either by this name; the zlib format begins with the method, 8.
    return zlib.MAX_WBITS if data[0] & 0x0F == 8 else _RAW


class _Chain:
    """Several encodings, undone in turn."""

    def __init__(self, decoders: list[Decoder]) -> None:
        self._decoders = decoders

    def feed(self, data: bytes) -> Iterator[bytes]:
        yield from self._through(self._decoders, data)

    def _through(self, decoders: list[Decoder], data: bytes) -> Iterator[bytes]:
        if not decoders:
            yield data
            return
        for piece in decoders[0].feed(data):
            yield from self._through(decoders[1:], piece)

    def end(self) -> None:
        for each in self._decoders:
            each.end()


def names(header: str) -> list[str]:
    """Read ``Content-Encoding``: the encodings that change the data, in the order of their use."""
    found = [name.strip().lower().removeprefix("x-") for name in header.split(",")]
    return [name for name in found if name not in ("", "identity", "aws-chunked")]


def decoder(header: str) -> Decoder:
    """Make what undoes the content encodings that a header names.

    Raises:
        TaskclusterFailure: if one is not known.
    """
    undone: list[Decoder] = []
    for name in reversed(names(header)):
        if name not in ("gzip", "deflate"):
            raise TaskclusterFailure(
                f"the data is stored with content encoding {name!r}, which cannot be undone here: "
                "gzip and deflate can"
            )
        undone.append(_Inflating(name))
    return _Chain(undone) if undone else _Identity()
