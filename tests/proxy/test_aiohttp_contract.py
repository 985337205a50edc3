"""What tcproxy/server.py and reading.py lean on inside aiohttp.

These fail when aiohttp changed; then server.py must be looked at before the version is raised.
"""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

import pytest
from aiohttp import http_parser, web
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import HttpRequestParser
from aiohttp.streams import EMPTY_PAYLOAD, StreamReader

from tcproxy.reading import Arrival, RequestReader, with_url

MESSAGE = (
    "method",
    "path",
    "version",
    "headers",
    "raw_headers",
    "should_close",
    "compression",
    "upgrade",
    "chunked",
    "url",
)
CHANGED = "aiohttp changed: see tcproxy/server.py and reading.py"


class Protocol(BaseProtocol):
    """Enough of a protocol for the parser."""


async def parser() -> Any:
    loop = asyncio.get_running_loop()
    protocol = Protocol(loop)
    protocol._parser = HttpRequestParser(  # noqa: SLF001  this is what the test is about
        protocol,
        loop,
        65536,
        max_line_size=8190,
        max_field_size=8190,
        max_headers=128,
        auto_decompress=False,
        max_msg_queue_size=32,
    )
    return protocol._parser  # noqa: SLF001  see above


def test_the_parser_in_c_is_used() -> None:
    assert HttpRequestParser is not http_parser.HttpRequestParserPy, (
        "aiohttp runs without its parser in C, which differs from the one in Python; "
        "unset AIOHTTP_NO_EXTENSIONS"
    )


async def test_the_parser_gives_raw_messages_as_soon_as_their_head_is_there() -> None:
    messages, upgraded, tail = (await parser()).feed_data(
        b"POST /a%2F?x# HTTP/1.1\r\nHost: h\r\nx-A: \xe9\r\nContent-Length: 3\r\n\r\nab"
    )
    ((message, payload),) = messages
    assert (upgraded, tail) == (False, b""), CHANGED
    assert message.path == "/a%2F?x#", CHANGED
    assert message.raw_headers == (
        (b"Host", b"h"),
        (b"x-A", b"\xe9"),
        (b"Content-Length", b"3"),
    ), CHANGED
    assert (message.should_close, message.chunked, message.upgrade) == (False, False, False)
    assert isinstance(payload, StreamReader)
    assert payload.read_nowait() == b"ab", CHANGED
    assert not payload.is_eof(), CHANGED


async def test_a_request_without_a_body_has_the_empty_payload() -> None:
    ((_, payload),), _, _ = (await parser()).feed_data(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
    assert payload is EMPTY_PAYLOAD, CHANGED
    assert payload.read_nowait() == b"", CHANGED
    assert payload.at_eof(), CHANGED


async def test_the_last_trailer_field_still_turns_up_in_the_next_request() -> None:
    # When this fails, aiohttp has mended it, and RequestReader need not renew its parser.
    own = await parser()
    own.feed_data(
        b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nT: x\r\n\r\n"
    )
    ((message, _),), _, _ = own.feed_data(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
    assert (b"T", b"x") in message.raw_headers, CHANGED


@pytest.mark.parametrize(
    "name",
    [
        "_parser",
        "_loop",
        "_paused",
        "_buffer_paused",
        "_pause_reading_for_buffer",
        "_resume_reading_for_buffer",
        "transport",
    ],
)
def test_the_protocol_class_has_what_is_used_of_it(name: str) -> None:
    assert hasattr(BaseProtocol, name), CHANGED


async def test_the_request_handler_has_what_is_used_of_it() -> None:
    for name in ("max_line_size", "max_field_size", "max_headers"):
        assert name in web.RequestHandler.__slots__, CHANGED
    source = inspect.signature(web.RequestHandler.__init__).parameters
    assert {"keepalive_timeout", "auto_decompress", "read_bufsize", "max_headers"} <= set(source)
    assert {"request_handler", "request_factory"} <= set(
        vars(web.Server(lambda _: None))  # type: ignore[arg-type, return-value]
    )


async def _arrivals(*requests: bytes) -> list[Arrival]:
    """Read requests that come one after the other on one connection."""
    own = await parser()

    class Connection:
        can_parse = True

        def new_body(self) -> StreamReader:
            loop = asyncio.get_running_loop()
            protocol = Protocol(loop)
            protocol._parser = own  # noqa: SLF001  this is what the test is about
            return StreamReader(protocol, 65536, loop=loop)

    reader = RequestReader(Connection(), own, 8190, 4 * 8190)  # type: ignore[arg-type]
    for request in requests:
        reader.feed(request)
    return list(reader.arrivals)


async def _messages(*requests: bytes) -> list[Any]:
    arrivals = await _arrivals(*requests)
    return [with_url(arrival.message) for arrival in arrivals if arrival.message]


@pytest.mark.parametrize("target", [b"/a%2Fb?c=%2F&d=e;f&&=?", b"/", b"/a?", b"/%zz//../?a?b"])
async def test_a_message_made_without_the_parser_is_as_the_parser_makes_it(target: bytes) -> None:
    first, second = (
        b"%s HTTP/1.1\r\nHost: h\r\nA: b\r\n\r\n" % line for line in (b"GET /", b"HEAD " + target)
    )
    before, again = await _messages(first, second)
    (parsed,) = await _messages(second)
    assert again.raw_headers is before.raw_headers, "it went through the parser"
    for name in MESSAGE:
        assert getattr(again, name) == getattr(parsed, name), (name, CHANGED)
    assert repr(again) == repr(parsed), CHANGED


@pytest.mark.parametrize(
    "head",
    [
        b"%s HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n",
        b"%s HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Encoding: gzip\r\nX: y\r\n\r\n",
    ],
    ids=["plain", "more fields"],
)
@pytest.mark.parametrize("line", [b"POST /b?c", b"PUT /", b"GET /a", b"HEAD /%zz", b"DELETE /a/"])
async def test_a_body_taken_without_the_parser_is_as_the_parser_reads_it(
    line: bytes, head: bytes
) -> None:
    first, second = head % b"POST /a" + b"hello", head % line + b"\r\n\r\nx"
    before, again = await _arrivals(first, second)
    (parsed,) = await _arrivals(second)
    messages = [with_url(each.message) for each in (before, again, parsed) if each.message]
    assert messages[1].raw_headers is messages[0].raw_headers, "it went through the parser"
    for name in MESSAGE:
        assert getattr(messages[1], name) == getattr(messages[2], name), (name, CHANGED)
    for each in (again, parsed):
        assert each.method == line.split()[0].decode()
        assert each.payload.total_bytes == 5, CHANGED
        assert each.payload.is_eof(), CHANGED
        assert not each.payload.at_eof(), CHANGED
        assert each.payload.read_nowait() == b"\r\n\r\nx", CHANGED
        assert each.payload.at_eof(), CHANGED
