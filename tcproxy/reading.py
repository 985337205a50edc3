"""From the bytes of a caller's connection to requests, by aiohttp's parser.

What the parser leaves to be desired is mended here, and nowhere else: it takes a fixed list of
methods, loses a request that stands before a malformed one, and adds the last trailer field of a
request to the next.

The header fields of a caller's requests are often the same, byte for byte, from one to the next.
Then they are not parsed again, nor is a body of the length that they tell, if all of it has come:
the parser and what it makes take a fifth of the time of a request.
"""

from __future__ import annotations

import re
from collections import deque
from typing import NamedTuple, Protocol

from aiohttp.http import (
    HttpProcessingError,
    HttpRequestParser,
    HttpVersion11,
    RawRequestMessage,
)
from aiohttp.http_exceptions import InvalidHeader, InvalidURLError, LineTooLong
from aiohttp.streams import EMPTY_PAYLOAD, StreamReader
from yarl import URL

from tcproxy.errors import Refusal

MOST_ARRIVALS = 32
"""Requests that are read ahead of the one that is served."""

_COMMON_METHODS = (
    b"GET ",
    b"POST ",
    b"PUT ",
    b"DELETE ",
    b"HEAD ",
    b"PATCH ",
    b"OPTIONS ",
    b"CONNECT ",
)
_METHOD = re.compile(rb"(?:\r\n)*([!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}) ")
_METHOD_START = re.compile(rb"(?:\r\n)*[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}")


_PLAIN_LINE = re.compile(
    rb"(GET|HEAD|POST|PUT|PATCH|DELETE) (/[\w.~!$&'()*+,;=:@%/?-]*) HTTP/1\.1\r\n"
)
"""A request line about which no parser has doubts."""

_MOST_REPEATED = 2048
"""Bytes of a request head whose header fields are kept, to be known again."""

_LONGEST_REPEATED = 64 * 1024
"""Bytes of the body that they may tell of."""

_NO_URL = URL()


class MalformedBodyError(Exception):
    """The body of a request cannot be parsed.

    Attributes:
        refusal: what the caller is told.
    """

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


class Arrival(NamedTuple):
    """A request, or what is wrong with it.

    Attributes:
        message: its head; None where that is malformed.
        payload: its body, which may still be coming.
        method: as sent.
        refusal: what is wrong with it.
    """

    message: RawRequestMessage | None
    payload: StreamReader
    method: str
    refusal: Refusal | None = None


def with_url(message: RawRequestMessage) -> RawRequestMessage:
    """Return the message as the parser would have made it, for aiohttp's own objects."""
    if message.url is not _NO_URL:
        return message
    path, _, query = message.path.partition("?")
    return message._replace(url=URL.build(path=path, query_string=query, encoded=True))


class Connection(Protocol):
    """The connection whose bytes are read."""

    @property
    def can_parse(self) -> bool:
        """Whether the parser takes more, as the body's reader has room."""

    def hold_reading(self) -> None:
        """Read no more until there is room."""

    def new_parser(self) -> HttpRequestParser:
        """Put a new parser in place of the present one."""

    def new_body(self) -> StreamReader:
        """Make what a body is read from."""

    def on_head_started(self) -> None:
        """The head of a request begins to come."""

    def on_broken_body(self, refusal: Refusal) -> None:
        """The body of the request that is served cannot be parsed."""


class RequestReader:
    """Reads the requests of one connection."""

    __slots__ = (
        "_at_start",
        "_connection",
        "_head_limit",
        "_head_size",
        "_is_chunked",
        "_last_bytes",
        "_length",
        "_length_left",
        "_method",
        "_parser",
        "_payload",
        "_repeated",
        "_repeated_fields",
        "_repeated_length",
        "_repeated_limit",
        "_unparsed",
        "arrivals",
        "is_broken",
    )

    def __init__(
        self, connection: Connection, parser: HttpRequestParser, line_limit: int, head_limit: int
    ) -> None:
        """Start with nothing read.

        Args:
            connection: whose bytes these are.
            parser: aiohttp's.
            line_limit: bytes of a request line or header field, which the parser has been told.
            head_limit: bytes of a request head.
        """
        self._repeated: RawRequestMessage | None = None
        self._repeated_fields = b""
        self._repeated_length = 0
        self._repeated_limit = min(_MOST_REPEATED, line_limit)
        self._head_limit = head_limit
        self._head_size = 0
        self._connection = connection
        self._parser = parser
        self._unparsed = b""
        self._at_start = True
        self._method = ""
        self._payload: StreamReader = EMPTY_PAYLOAD
        self._is_chunked = False
        self._length = 0
        self._length_left = 0
        self._last_bytes = b""
        self.arrivals: deque[Arrival] = deque()
        self.is_broken = False

    @property
    def is_in_head(self) -> bool:
        """Whether a part of a request head has come, and nothing after it."""
        is_in_body = self._payload is not EMPTY_PAYLOAD
        return bool(self._unparsed) or not (self._at_start or is_in_body)

    @property
    def is_at_start(self) -> bool:
        """Whether every request that began to come has come whole."""
        return self._at_start

    def keep(self, data: bytes) -> int:
        """Keep bytes to be parsed with the next; return how many are kept."""
        self._unparsed += data
        return len(self._unparsed)

    def feed(self, data: bytes) -> None:
        """Parse, in parts that end where a message, or its head, may end.

        So the parser never sees two requests at once.

        Args:
            data: what came; nothing where the parser may go on after a pause.
        """
        if not data:
            self._parse(b"")
        elif self._repeated is not None and self._is_repetition(data, self._repeated):
            return
        data = self._unparsed + data
        self._unparsed = b""
        while data and not self.is_broken:
            if len(self.arrivals) >= MOST_ARRIVALS or not self._connection.can_parse:
                self._unparsed = data
                self._connection.hold_reading()
                return
            data = self._parse_part(data)

    def _is_repetition(self, data: bytes, before: RawRequestMessage) -> bool:
        """Take a whole request whose header fields are those of one before."""
        head_size = len(data) - self._repeated_length
        if head_size <= 0 or not data.endswith(self._repeated_fields, 0, head_size):
            return False
        match = _PLAIN_LINE.fullmatch(data, 0, head_size - len(self._repeated_fields))
        if match is None or not self._can_begin(head_size):
            return False
        method, target = match[1].decode(), match[2].decode()
        message = RawRequestMessage(
            method,
            target,
            HttpVersion11,
            before.headers,
            before.raw_headers,
            False,
            before.compression,
            False,
            False,
            _NO_URL,
        )
        payload = EMPTY_PAYLOAD
        if self._repeated_length:
            payload = self._connection.new_body()
            payload.feed_data(data[head_size:])
            payload.feed_eof()
        self.arrivals.append(Arrival(message, payload, method))
        return True

    def _can_begin(self, head_size: int) -> bool:
        """Tell whether a whole head of that size needs no parser for its framing."""
        return (
            self._at_start
            and not self._unparsed
            and not self._last_bytes
            and head_size <= self._repeated_limit
            and len(self.arrivals) < MOST_ARRIVALS
            and not self.is_broken
        )

    def _parse_part(self, data: bytes) -> bytes:
        """Parse up to where a message or a head may end, and return the rest."""
        if self._at_start and not data.startswith(_COMMON_METHODS):
            data = self._show_known_method(data)
        end = self._length_left or self._end_of_part(data)
        if self._payload is EMPTY_PAYLOAD:
            self._head_size += min(end, len(data))
        part = data[:end]
        is_head = self._can_begin(len(part))
        known = len(self.arrivals)
        self._parse(part)
        if is_head and len(self.arrivals) > known:
            self._remember(part, self.arrivals[-1])
        return data[end:]

    def _show_known_method(self, data: bytes) -> bytes:
        """Have the parser see POST for a method that it does not know.

        HTTP leaves the number of methods open (RFC 9110, section 9.1), and how a request is framed
        does not depend on its method.
        """
        match = _METHOD.match(data)
        if match is not None:
            self._method = match[1].decode()
            return b"POST" + data[match.end(1) :]
        if _METHOD_START.fullmatch(data):
            self._unparsed = data
            self._connection.on_head_started()
            return b""
        return data

    def _end_of_part(self, data: bytes) -> int:
        """Tell how much to parse where the end is an empty line: a head, or a chunked body."""
        before = self._last_bytes
        joined = before + data if before else data
        found = joined.find(b"\r\n\r\n")
        if found < 0:
            self._last_bytes = joined[-3:]
            return len(data)
        self._last_bytes = b""
        return found + 4 - len(before)

    def _parse(self, data: bytes) -> None:
        try:
            messages, _, _ = self._parser.feed_data(data)
        except HttpProcessingError as error:
            self._on_malformed(_bad_request(error))
            return
        if messages:
            self._note_message(*messages[0])
        elif self._payload is not EMPTY_PAYLOAD:
            self._note_body()
        elif data.strip(b"\r\n"):
            # Empty lines before a request are no part of it (RFC 9112, section 2.2).
            self._at_start = False
            self._connection.on_head_started()
            if self._head_size > self._head_limit:
                self._on_malformed(_FIELDS_TOO_LARGE)

    def _note_message(self, message: RawRequestMessage, payload: StreamReader) -> None:
        is_too_large = self._head_size > self._head_limit
        self._head_size = 0
        if is_too_large:
            self._on_malformed(_FIELDS_TOO_LARGE)
            return
        self.arrivals.append(Arrival(message, payload, self._method or message.method))
        self._method = ""
        self._at_start = payload is EMPTY_PAYLOAD
        if payload is not EMPTY_PAYLOAD:
            self._payload = payload
            self._is_chunked = message.chunked
            if not message.chunked:
                self._length = int(message.headers.get("Content-Length", 0))
            self._note_body()

    def _remember(self, head: bytes, arrival: Arrival) -> None:
        """Remember a request whose head is these bytes, if it is a simple one."""
        message = arrival.message
        if (
            message is None
            or message.method != arrival.method
            or message.version != HttpVersion11
            or message.should_close
            or message.upgrade
            or message.chunked
            or self._length_left > _LONGEST_REPEATED
        ):
            return
        line = _PLAIN_LINE.match(head)
        if line is not None:
            self._repeated = message
            self._repeated_fields = head[line.end() :]
            self._repeated_length = self._length_left

    def _note_body(self) -> None:
        payload = self._payload
        self._length_left = 0 if self._is_chunked else self._length - payload.total_bytes
        if not payload.is_eof():
            return
        self._at_start = True
        self._payload = EMPTY_PAYLOAD
        if self._is_chunked:
            # The old parser would add the last trailer field to the next request.
            self._parser = self._connection.new_parser()

    def _on_malformed(self, refusal: Refusal) -> None:
        """Refuse what cannot be parsed, in its turn; nothing after it can be understood."""
        self.is_broken = True
        if self._payload.is_eof():
            self.arrivals.append(Arrival(None, EMPTY_PAYLOAD, "", refusal))
        elif self.arrivals:
            last = self.arrivals[-1]
            self.arrivals[-1] = last._replace(payload=EMPTY_PAYLOAD, refusal=refusal)
        else:
            self._connection.on_broken_body(refusal)


def _bad_request(error: HttpProcessingError) -> Refusal:
    """Say what is wrong with a request, without repeating any of it."""
    if isinstance(error, LineTooLong):
        if bytes(error.args[0]).startswith(b"/"):
            return Refusal(414, "UriTooLong", "The request target is too long", close=True)
        return _FIELDS_TOO_LARGE
    if error.message == "Too many headers received":
        return _FIELDS_TOO_LARGE
    reason, separator, _ = error.message.partition("\n\n")
    if "Invalid HTTP version" in reason:
        return BAD_VERSION
    if isinstance(error, InvalidHeader):
        reason = "a header field is not valid"
    elif reason.startswith("Bad status line"):
        # In the parser's words, a request begins with a status line, of HTTP, RTSP or ICE.
        reason = "its first line is not METHOD TARGET HTTP/1.1, or has a space in the target"
    elif isinstance(error, InvalidURLError) and not separator:
        reason = "the request target is not valid"
    reason = " ".join(reason.split()).rstrip(":.")
    message = f"The request is malformed: {reason}"
    return Refusal(400, "MalformedRequest", message, close=True)


BAD_VERSION = Refusal(
    505, "HttpVersionNotSupported", "Only HTTP/1.0 and HTTP/1.1 are spoken here", close=True
)
"""The answer to a request in another version; of some the parser knows nothing."""

_FIELDS_TOO_LARGE = Refusal(
    431,
    "RequestHeaderFieldsTooLarge",
    "The request has too many header fields, or one that is too long",
    close=True,
)
