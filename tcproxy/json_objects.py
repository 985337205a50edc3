"""JSON objects that follow each other in a stream, cut apart. No I/O, and no meaning."""

from __future__ import annotations

import json
from collections.abc import Iterator

_WHITE_SPACE = b" \t\r\n"


class JsonObjects:
    """Cuts a stream of bytes into JSON objects, however the bytes come.

    They may follow each other directly, or with white space between them (RFC 8259, section 2).
    """

    __slots__ = ("_depth", "_is_escaped", "_is_string", "_limit", "_object")

    def __init__(self, limit: int) -> None:
        """Begin a stream.

        Args:
            limit: most bytes of one object.
        """
        self._limit = limit
        self._object = bytearray()
        self._depth = 0
        self._is_string = False
        self._is_escaped = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Take the next bytes, and give each object that they complete.

        Raises:
            ValueError: the stream is of no use from here on; its text shows nothing of it.
        """
        for byte in data:
            if not self._object and byte in _WHITE_SPACE:
                continue
            self._object.append(byte)
            self._look_at(byte)
            if self._depth == 0:
                yield self._whole()

    def end(self) -> None:
        """Take the end of the stream.

        Raises:
            ValueError: an object is not complete.
        """
        if self._object:
            raise ValueError("it ends within a JSON object")

    def _look_at(self, byte: int) -> None:
        if len(self._object) > self._limit:
            raise ValueError(f"a JSON object in it is longer than {self._limit} bytes")
        if self._is_string:
            self._look_at_text(byte)
        elif byte == ord('"'):
            self._is_string = True
        elif byte in b"{[":
            self._depth += 1
        elif byte in b"}]":
            self._depth -= 1
        if self._object[0] != ord("{"):
            raise ValueError("there is something else than JSON objects in it")

    def _look_at_text(self, byte: int) -> None:
        if byte < ord(" "):
            raise ValueError("a string in it is not closed")
        if self._is_escaped:
            self._is_escaped = False
        elif byte == ord("\\"):
            self._is_escaped = True
        elif byte == ord('"'):
            self._is_string = False

    def _whole(self) -> bytes:
        body = bytes(self._object)
        self._object.clear()
        try:
            json.loads(body)
        except (ValueError, RecursionError):
            # The parser's words may repeat the text.
            raise ValueError("there is something else than JSON in it") from None
        return body
