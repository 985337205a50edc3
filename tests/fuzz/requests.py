"""The request path: bytes of a caller, up to the bytes that a deployment gets and the answers."""

from __future__ import annotations

import re

from mohawk.util import parse_authorization_header

from tcproxy.credentials import ActiveCredentials
from tcproxy.targets import DEFAULT_PORTS, Origin
from tests.fuzz.judges import Message, RequestJudge, judge_response
from tests.fuzz.world import ALLOWED, CREDENTIALS, ROOT, Link, World, pieces, run

WORDS = (
    b"GET ", b"POST ", b"PUT ", b"HEAD ", b" HTTP/1.1\r\n", b" HTTP/1.0\r\n", b"Host: h\r\n",
    b"Content-Length: ", b"Transfer-Encoding: chunked\r\n", b"Connection: ",
    b"close", b"keep-alive",
    b"\r\n\r\n", b"0\r\n\r\n", b"5\r\nhello\r\n", b"/queue/v1/x", b"/api/queue/v1/x", b"/bewit",
    b"/credentials", b"/__version__", b"/other.example.com/x", b"Expect: 100-continue\r\n",
    b"Authorization: x\r\n", b"Origin: ", b"Upgrade: h2c\r\n", b"http://h/", b"bewit=", b"%0d%0a",
    b"Trailer: ", b"\x00", b"\x0b", b"\xff", b"\t", b";x=y",
)  # fmt: skip

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
_STATUS_LINE = re.compile(rb"HTTP/1\.[01] [1-5][0-9]{2} [^\r\n]*\r\n")
_NO_EXTENSION = re.compile(rb"Expected LF after chunk size|chunk extensions")
"""Said of an extension of a chunk that is not one (RFC 9112, section 7.1.1); h11 reads over it."""

_SIGNER = ActiveCredentials(CREDENTIALS, None).signer
_ADDED = frozenset({b"host", b"authorization", b"content-length", b"transfer-encoding"})


class _Deployments:
    """Answers each request that is legal by h11, and remembers it."""

    def __init__(self) -> None:
        self.judges: list[tuple[RequestJudge, Origin]] = []
        self.order: list[tuple[Message, Origin]] = []

    def take(self, link: Link, origin: Origin) -> None:
        judge = RequestJudge()
        self.judges.append((judge, origin))

        def on_write(data: bytes) -> None:
            before = len(judge.messages)
            count = judge.feed(data)
            self.order += [(message, origin) for message in judge.messages[before:]]
            for _ in range(count):
                link.feed(_ANSWER)

        link.on_write = on_write


def check(data: bytes) -> None:
    """Send the bytes in pieces: the first byte tells how they are cut."""
    if len(data) > 1:
        run(_check(data[0], data[1:]))


async def _check(size: int, sent: bytes) -> None:
    world = World()
    deployments = _Deployments()
    world.on_link = deployments.take
    caller = world.connect()
    for piece in pieces(sent, size):
        caller.feed(piece)
        # Whole messages are served one by one, as a connection that is used again does it.
        await (world.settle() if size >= 128 else world.settle(2))
    await world.settle()
    assert b'"InternalError"' not in caller.written
    inbound = RequestJudge()
    inbound.feed(sent)
    for judge, _ in deployments.judges:
        assert not judge.error, f"sent on: {judge.error}"
    for message, origin in deployments.order:
        _check_sent_on(message, origin)
    if not inbound.error and not _NO_EXTENSION.search(caller.written):
        _check_nothing_invented(deployments.order, inbound.messages)
    _check_answers(bytes(caller.written), inbound)
    await world.close()


def _check_sent_on(message: Message, origin: Origin) -> None:
    """What goes to a deployment is for it, and is signed for what it says."""
    assert origin in (ROOT.origin, Origin("https", ALLOWED, DEFAULT_PORTS["https"]))
    assert message.values(b"host") == [origin.authority.encode()]
    if b"bewit=" in message.target:
        return
    (header,) = message.values(b"authorization")
    attributes = parse_authorization_header(header.decode())
    target, method = message.target.decode("latin-1"), message.method.decode()
    # The header says what was sent, and nothing else.
    assert header.decode() == _SIGNER.authorization(
        method, target, origin.host, origin.port, int(attributes["ts"]), attributes["nonce"]
    )


def _check_nothing_invented(sent: list[tuple[Message, Origin]], asked: list[Message]) -> None:
    """Each request that was sent on is one that the caller sent, in the same order."""
    remaining = iter(asked)
    if asked and asked[-1].version == b"1.0":
        # h11 reads nothing after it, while the connection may be kept alive here.
        return
    for message, _ in sent:
        match = next((each for each in remaining if _is_same(message, each)), None)
        assert match is not None, f"nobody asked for {message}"
        assert message.is_whole or not match.is_whole, f"the end is missing: {message}"


def _is_same(message: Message, asked: Message) -> bool:
    target = message.target
    if message.method != asked.method:
        return False
    if target not in (asked.target, b"/api" + asked.target) and not asked.target.endswith(target):
        return False
    if not set(message.fields) - _of_proxy(message) <= set(asked.fields):
        return False
    return message.body == asked.body if message.is_whole else asked.body.startswith(message.body)


def _of_proxy(message: Message) -> set[tuple[bytes, bytes]]:
    return {(name, value) for name, value in message.fields if name in _ADDED}


def _check_answers(written: bytes, inbound: RequestJudge) -> None:
    """Each answer is legal, and there are not more than questions."""
    methods = [message.method for message in inbound.messages]
    count = 0
    while written:
        if count >= len(methods):
            # What follows is not legal, or h11 does not read it.
            _check_end(written)
            return
        verdict = judge_response(methods[count], written, is_ended=False)
        assert not verdict.error, (verdict.error, written)
        if verdict.message is None or not verdict.message.is_whole:
            return
        if verdict.message.values(b"connection") == [b"close"]:
            # What is not legal here gets a body even where h11 saw HEAD in it.
            assert not verdict.rest or methods[count] == b"HEAD", verdict.rest
            return
        written = verdict.rest
        count += 1


def _check_end(written: bytes) -> None:
    """After what h11 can read come answers all the same, whose methods are not known."""
    assert _STATUS_LINE.match(written), written
