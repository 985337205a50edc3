"""Requests and responses, legal and mutated: made by code from a fixed seed, the same every time.

Each message carries its number in places that no single mutation reaches, so that one can tell
whose it is after it has been mangled.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

SEED = 20_261_122
COUNT = 400
"""Mutated messages of each kind, beside the legal ones."""

_ODD = [
    *(bytes([byte]) for byte in (0x00, 0x01, 0x09, 0x0A, 0x0B, 0x0D, 0x20, 0x22, 0x2C, 0x3A)),
    *(bytes([byte]) for byte in (0x3B, 0x5C, 0x7F, 0x80, 0xA0, 0xFF)),
    b"\r\n",
    b"\n\n",
    b"\r\n ",
    b"0",
    b"-",
    b"+1",
    b"\r\n\r\n",
]
_LINES = [
    b"Content-Length: 5",
    b"Content-Length: 4",
    b"Content-Length: 05",
    b"Content-Length: 5, 5",
    b"Content-Length: x",
    b"Transfer-Encoding: chunked",
    b"Transfer-Encoding: Chunked",
    b"Transfer-Encoding: identity",
    b"Transfer-Encoding: gzip, chunked",
    b"Connection: close",
    b"Connection: x-extra",
    b"Connection: keep-alive, Upgrade",
    b"Upgrade: websocket",
    b"X-Empty:",
    b"X-Extra:   spaces   ",
    b"X-Obs: caf\xe9",
    b"X-Folded: a\r\n b",
    b"X-Space : a",
    b"Trailer: X-T",
    b"Host: other",
    b"Expect: 100-continue",
    b"Date: yesterday",
    b"X-Long: " + b"y" * 3000,
]


@dataclass(frozen=True, slots=True)
class Case:
    """A message.

    Attributes:
        number: of this case.
        data: its bytes.
        method: of the request that a response answers.
        what: what was done to it.
    """

    number: int
    data: bytes
    method: str
    what: str

    @property
    def mark(self) -> bytes:
        """Return what tells this case from the others."""
        return mark(self.number)


def mark(number: int) -> bytes:
    """Return a mark, which is not another one with a byte more or less or changed."""
    return b"q%03dq%03dq" % (number, (number * 7919 + 13) % 1000)


def requests() -> Iterator[Case]:
    """Make all requests."""
    return _cases(_legal_request)


def responses() -> Iterator[Case]:
    """Make all responses."""
    return _cases(_legal_response)


def _cases(make: Callable[[int, random.Random], tuple[bytes, str]]) -> Iterator[Case]:
    draw = random.Random(SEED)
    for number in range(150):
        data, method = make(number, draw)
        yield Case(number, data, method, "legal")
    for number in range(150, 150 + COUNT):
        data, method = make(number, draw)
        what, data = draw.choice(_MUTATIONS)(data, draw)
        if draw.random() < 0.2:
            more, data = draw.choice(_MUTATIONS)(data, draw)
            what += ", " + more
        yield Case(number, data, method, what)


def _legal_request(number: int, draw: random.Random) -> tuple[bytes, str]:
    method = draw.choice(["GET", "GET", "POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS"])
    version = b"1.0" if draw.random() < 0.1 else b"1.1"
    target = b"/queue/v1/" + mark(number) + draw.choice([b"", b"?a=b", b"/x%2Fy", b"/a?"])
    lines = [method.encode() + b" " + target + b" HTTP/" + version, b"Host: localhost"]
    lines += [b"X-Mark: " + mark(number)]
    body = b""
    if method in {"POST", "PUT", "PATCH"}:
        framing, body = _body(number, draw, may_chunk=version == b"1.1")
        lines.append(framing)
    lines += _extras(draw)
    return b"\r\n".join([*lines, b"", b""]) + body, method


def _legal_response(number: int, draw: random.Random) -> tuple[bytes, str]:
    method = draw.choice(["GET", "GET", "GET", "HEAD", "POST"])
    status = draw.choice([b"200 OK", b"200 OK", b"404 Not Found", b"201", b"204 ", b"304 Same"])
    version = b"1.0" if draw.random() < 0.1 else b"1.1"
    lines = [b"HTTP/" + version + b" " + status, b"X-Mark: " + mark(number)]
    body = b""
    framing, body = _body(number, draw, may_chunk=version == b"1.1")
    if draw.random() < 0.2:
        body = b"until the end " + mark(number)
    else:
        lines.append(framing)
    if method == "HEAD" or status[:3] in {b"204", b"304"}:
        body = b""
    lines += _extras(draw)
    start = b""
    if draw.random() < 0.1:
        start = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
    return start + b"\r\n".join([*lines, b"", b""]) + body, method


def _body(number: int, draw: random.Random, *, may_chunk: bool) -> tuple[bytes, bytes]:
    body = mark(number) * draw.choice([0, 1, 1, 3])
    if may_chunk and draw.random() < 0.5:
        size = draw.choice([1, 4, 1000])
        chunks = [body[at : at + size] for at in range(0, len(body), size)]
        extension = draw.choice([b"", b"", b";x=y"])
        framed = [b"%x%b\r\n%b\r\n" % (len(each), extension, each) for each in chunks]
        trailer = draw.choice([b"", b"", b"X-T: t\r\n"])
        return b"Transfer-Encoding: chunked", b"".join([*framed, b"0\r\n", trailer, b"\r\n"])
    return b"Content-Length: %d" % len(body), body


def _extras(draw: random.Random) -> list[bytes]:
    return draw.sample([b"X-A: b", b"Accept: */*", b"X-Empty:", b"X-Obs: caf\xe9"], 2)


def _insert(data: bytes, draw: random.Random) -> tuple[str, bytes]:
    at, odd = draw.randrange(len(data)), draw.choice(_ODD)
    return f"{odd!r} put in at {at}", data[:at] + odd + data[at:]


def _replace(data: bytes, draw: random.Random) -> tuple[str, bytes]:
    at, odd = draw.randrange(len(data)), draw.choice(_ODD)
    return f"{odd!r} in place of byte {at}", data[:at] + odd + data[at + 1 :]


def _delete(data: bytes, draw: random.Random) -> tuple[str, bytes]:
    at = draw.randrange(len(data))
    return f"byte {at} left out", data[:at] + data[at + 1 :]


def _cut(data: bytes, draw: random.Random) -> tuple[str, bytes]:
    at = draw.randrange(1, len(data))
    return f"cut at {at}", data[:at]


def _add_line(data: bytes, draw: random.Random) -> tuple[str, bytes]:
    ends = _line_ends(data)
    at, line = draw.choice(ends), draw.choice(_LINES)
    return f"{line[:40]!r} put in at {at}", data[:at] + b"\r\n" + line + data[at:]


def _lose_line_end(data: bytes, draw: random.Random) -> tuple[str, bytes]:
    ends = _line_ends(data)
    at, end = draw.choice(ends), draw.choice([b"\n", b"\r", b"", b"\r\r\n"])
    return f"{end!r} in place of the line end at {at}", data[:at] + end + data[at + 2 :]


def _line_ends(data: bytes) -> list[int]:
    return [at for at in range(len(data)) if data.startswith(b"\r\n", at)] or [len(data)]


def _repeat_line(data: bytes, draw: random.Random) -> tuple[str, bytes]:
    lines = data.split(b"\r\n")
    at = draw.randrange(len(lines))
    return f"line {at} twice", b"\r\n".join([*lines[: at + 1], *lines[at:]])


def _swap_word(data: bytes, draw: random.Random) -> tuple[str, bytes]:
    old, new = draw.choice(_WORDS)
    return f"{new!r} in place of {old!r}", data.replace(old, new, 1)


_WORDS = [
    (b"HTTP/1.1", b"HTTP/1.0"),
    (b"HTTP/1.1", b"HTTP/1.2"),
    (b"HTTP/1.1", b"HTTP/2.0"),
    (b"HTTP/1.1", b"http/1.1"),
    (b"HTTP/1.1", b"HTTP/1.1 "),
    (b"chunked", b"Chunked"),
    (b"chunked", b"chunked, chunked"),
    (b"chunked", b"xchunked"),
    (b"Length: ", b"Length: 0"),
    (b"Length: ", b"Length: +"),
    (b"Length: ", b"Length: 1"),
    (b"Length:", b"Length :"),
    (b"200", b"599"),
    (b"200", b"999"),
    (b"200", b"101"),
    (b"200", b"100"),
    (b"200", b"20"),
    (b"GET ", b"get "),
    (b"GET ", b"FROB "),
    (b"GET ", b"GET  "),
    (b"Host: localhost\r\n", b""),
    (b": ", b":"),
    (b"\r\n\r\n", b"\r\n\r\n\r\n"),
]
_MUTATIONS = [_insert, _insert, _replace, _replace, _delete, _cut, _add_line, _add_line,
              _lose_line_end, _repeat_line, _swap_word, _swap_word]  # fmt: skip
