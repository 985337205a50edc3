"""The response path: bytes of a deployment, up to the bytes that the caller gets."""

from __future__ import annotations

import re

from tcproxy import headers
from tests.fuzz.judges import Message, Verdict, judge_response
from tests.fuzz.world import Link, World, pieces, run

WORDS = (
    b"HTTP/1.1 200 OK\r\n", b"HTTP/1.0 200 OK\r\n", b"HTTP/1.1 204 \r\n", b"HTTP/1.1 304 \r\n",
    b"HTTP/1.1 103 Early\r\n", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 101 X\r\n",
    b"HTTP/1.1 503 ", b"HTTP/1.1 401 ", b"Content-Length: ", b"Transfer-Encoding: chunked\r\n",
    b"Connection: close\r\n", b"Connection: keep-alive\r\n", b"\r\n\r\n", b"0\r\n\r\n",
    b"5\r\nhello\r\n", b"Retry-After: 1\r\n", b"Date: Sun, 06 Nov 2033 08:49:37 GMT\r\n",
    b"X-Taskcluster-Endpoint: x\r\n", b"gzip", b"Trailer: ", b"Upgrade: h2c\r\n", b";x=y", b"\x00",
    b"\x0b", b"\xff", b"\t",
)  # fmt: skip

_IS_HEAD, _IS_HTTP10, _IS_POST, _ENDS, _IS_TRIED_AGAIN = 1, 2, 4, 8, 16
_LENIENT = re.compile(
    rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"  # control characters (RFC 9110, section 5.5)
    rb"|\r(?!\n)|(?<!\r)\n|\n[ \t]"  # other ends of lines, folded lines (RFC 9112, 2.2 and 5.2)
    rb"|\n[0-9A-Fa-f]+[ ;]"  # extensions of chunks that are none (RFC 9112, section 7.1.1)
    rb"|HTTP/(?!1\.[01] )"  # other versions
    rb"|(?is:(content-length|transfer-encoding).*(content-length|transfer-encoding))"  # twice
    rb"|(?is:HTTP/1\.0.*transfer-encoding)"  # a coding that HTTP/1.0 does not know
    rb"|HTTP/1\.0 1[0-9][0-9]"  # an interim response that ends the connection (RFC 9110, 15.2)
    rb"|(?is:HTTP/1\.1 1[0-9][0-9].*connection *:.*\n\r\nHTTP/1)"  # another one (7.6.1)
)
"""What h11 lets pass and the proxy does not."""

_STRICT = (
    "illegal chunk header: bytearray(b'00000000000000000000",  # a size of more than 20 digits
    "no response line received",  # empty lines before a status line
    "illegal status line: bytearray(b'\\r",
    "illegal status line: bytearray(b'')",
    "Only Transfer-Encoding: chunked is supported",  # of a response that has no body
)
"""What h11 does not let pass and the proxy does; no two programs read it differently."""

_SECOND = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecond"
_OF_PROXY = (b"x-taskcluster-", b"connection", b"transfer-encoding")


def check(data: bytes) -> None:
    """Answer a request with the bytes: the first two tell of what kind it is, and their pieces."""
    if len(data) > 2:
        run(_check(data[0], data[1], data[2:]))


async def _check(kind: int, size: int, sent: bytes) -> None:
    world = World(retries=1 if kind & _IS_TRIED_AGAIN else 0)
    caller = world.connect()
    method = b"HEAD" if kind & _IS_HEAD else b"POST" if kind & _IS_POST else b"GET"
    caller.feed(_request(method, is_http10=bool(kind & _IS_HTTP10)))
    await world.settle()
    link = world.links[0]
    for piece in pieces(sent, size):
        if not link.is_ended:
            link.feed(piece)
            await world.settle(2)
    await world.settle()
    is_ended = bool(kind & _ENDS)
    if is_ended:
        link.end()
        await world.settle()
    judged = judge_response(method, sent, is_ended=is_ended)
    if kind & _IS_TRIED_AGAIN:
        await _check_second_attempt(world, caller, method)
    else:
        _check_answer(world, caller, method, sent, judged)
        await _check_the_next(world, link, judged)
    await world.close()


def _request(method: bytes, *, is_http10: bool) -> bytes:
    version = b"HTTP/1.0" if is_http10 else b"HTTP/1.1"
    body = b"Content-Length: 2\r\n\r\nhi" if method == b"POST" else b"\r\n"
    return method + b" /queue/v1/x " + version + b"\r\nHost: h\r\n" + body


def _check_answer(world: World, caller: Link, method: bytes, sent: bytes, judged: Verdict) -> None:
    written = bytes(caller.written)
    was_ended = caller.is_ended and not caller.was_aborted
    got = judge_response(method, written, is_ended=was_ended)
    assert not got.error, (got.error, written)
    assert not got.rest, got.rest
    is_whole = got.message is not None and got.message.is_whole
    assert not (was_ended and not is_whole), written
    if not world.outcomes:
        assert not is_whole, written
        assert judged.error or judged.message is None or not judged.message.is_whole
        return
    assert is_whole or caller.was_aborted, written
    outcome = world.outcomes[0]
    if outcome.error and not judged.error and not _LENIENT.search(sent):
        assert judged.message is None or not judged.message.is_whole, outcome.error
    if not outcome.error and not judged.error:
        assert got.message is not None
        assert judged.message is not None
        assert judged.message.is_whole
        assert got.message.body == judged.message.body
        assert got.message.status == judged.message.status
        assert _end_to_end(got.message) == _end_to_end(judged.message)


async def _check_second_attempt(world: World, caller: Link, method: bytes) -> None:
    """Of two attempts, the caller gets the whole answer to one, and nothing of the other."""
    attempts = [each for each in world.links for _ in range(each.written.count(b" /api/queue/"))]
    if len(attempts) < 2:
        return
    # Informational responses are passed on as they come.
    passed_on = judge_response(method, bytes(caller.written), is_ended=False).message
    if passed_on is not None and attempts[-1] is attempts[0]:
        return  # what came after the first answer looks like the answer to the second attempt
    assert passed_on is None
    attempts[-1].feed(_SECOND)
    await world.settle()
    got = judge_response(method, bytes(caller.written), is_ended=caller.is_ended)
    assert got.message is not None, got.error
    assert got.message.is_whole
    assert got.message.body == (b"" if method == b"HEAD" else b"second")
    assert got.message.values(b"x-taskcluster-proxy-attempts") == [b"%d" % len(attempts)]


def _end_to_end(message: Message) -> list[tuple[bytes, bytes]]:
    named = headers.connection_options(message.fields)
    return [
        (name, value)
        for name, value in message.fields
        if not name.startswith(_OF_PROXY) and name not in headers.HOP_BY_HOP and name not in named
    ]


async def _check_the_next(world: World, link: Link, judged: Verdict) -> None:
    """Nothing of this answer becomes the answer to the next request, of another caller."""
    before = len(link.written)
    other = world.connect()
    other.feed(_request(b"GET", is_http10=False))
    await world.settle()
    assert not other.written, bytes(other.written)
    is_same = len(link.written) > before
    if is_same and not judged.error.startswith(_STRICT):
        assert not judged.error, judged.error
        assert judged.message is not None
        assert judged.message.is_whole
        # Empty lines between messages are no message.
        assert not judged.rest.strip(b"\r\n"), judged.rest
        options = headers.connection_options(judged.message.fields)
        assert b"close" not in options
        assert judged.message.version == b"1.1" or b"keep-alive" in options
    (link if is_same else world.links[-1]).feed(_SECOND)
    await world.settle()
    verdict = judge_response(b"GET", bytes(other.written), is_ended=False)
    assert verdict.message is not None, bytes(other.written)
    assert verdict.message.is_whole
    assert verdict.message.body == b"second"
