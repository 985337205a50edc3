"""The same messages to tcproxy and to h11, which judges what is legal: each difference is known.

tcproxy may refuse more than h11, or read what h11 refuses, for a reason in the table. Where both
read something, they read the same: no row excuses anything else. What tcproxy sends on, in either
direction, is legal to h11 in any case.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.faults import comparing, corpus, judge
from tests.faults.comparing import Recorder, end_to_end, probe
from tests.harness.daemon import Daemon

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.faults.comparing import Observed
    from tests.faults.corpus import Case
    from tests.faults.judge import Read, Verdict


@dataclass(frozen=True, slots=True)
class Row:
    """A difference that is meant.

    Attributes:
        said: what the one who refuses says.
        data: what must be in the message.
        why: the reason, and where it is written.
    """

    said: str
    data: bytes
    why: str


# h11 reads it, tcproxy refuses it.
STRICTER = [
    Row(
        "malformed",
        rb"(?<!\r)\n",
        "LF alone ends no line: a recipient MAY take it for one, and need not (RFC 9112, 2.2)",
    ),
    Row(
        "malformed",
        rb"\r\n[ \t]",
        "a folded line is obsolete: a server MUST refuse it or unfold it (RFC 9112, 5.2)",
    ),
    Row(
        "Invalid header value char|control characters",
        rb"[\x00-\x08\x0a-\x1f\x7f]",
        "control characters are no field content (RFC 9110, 5.5)",
    ),
    Row(
        "Invalid HTTP version|Only HTTP/1.0 and HTTP/1.1|is in HTTP/|Data after",
        rb"HTTP/(?!1\.[01]\r\n|1\.[01] )",
        "another version is another syntax, for all that we know (RFC 9110, 2.5)",
    ),
    Row(
        "Duplicate Content-Length|Invalid character in Content-Length",
        rb"(?is)content-length:.*(content-length:|,)",
        "a repeated Content-Length MAY be refused, also where all are equal (RFC 9110, 8.6)",
    ),
    Row(
        "can't be present with",
        rb"(?is)transfer-encoding:.*content-length:|content-length:.*transfer-encoding:",
        "both framings at once are a sign of an attack, and MAY be refused (RFC 9112, 6.3)",
    ),
    Row(
        "transfer coding",
        rb"(?is)HTTP/1\.0.*transfer-encoding",
        "HTTP/1.0 has no transfer codings: its framing is faulty (RFC 9112, 6.1)",
    ),
    Row(
        "Expected LF after chunk size|chunk extensions",
        rb"(?is)transfer-encoding",
        "an extension of a chunk is made of tokens and quoted strings (RFC 9112, 7.1.1)",
    ),
    Row(
        "in url|Not found|is not valid",
        rb"",
        "the target has none of the forms that are forwarded (RFC 9112, 3.2)",
    ),
    Row(
        "requests for the host|Host field is not",
        rb"",
        "the Host field names another host than this one, or none (RFC 9110, 7.2)",
    ),
    Row(
        "Data after `Connection: close`",
        rb"(?is)HTTP/1\.0 1|HTTP/1\.1 1.*connection: *close.*\r\n\r\nHTTP/1",
        "an interim response in HTTP/1.0, or that ends the connection, has no final one behind it"
        " (RFC 9110, 7.6.1 and 15.2)",
    ),
]

# h11 refuses it, tcproxy reads it.
LOOSER = [
    Row(
        "no request line received",
        rb"\r\n\r\n",
        "an empty line before a request SHOULD be ignored (RFC 9112, 2.2)",
    ),
    Row(
        "illegal request line",
        rb"^[A-Z]+ [ \t]*/",
        "more than one space in a request line MAY be read as one (RFC 9112, 3); one is sent on",
    ),
    Row(
        "no response line received",
        rb"^[\r\n]|\r\n\r\n\r\n",
        "an empty line before a status line cannot be taken for anything else",
    ),
    Row(
        "Transfer-Encoding",
        rb"",
        "an answer to HEAD, a 204 and a 304 end with their head, whatever it says (RFC 9112, 6.3)",
    ),
]


def explain(rows: Sequence[Row], said: str, data: bytes) -> str | None:
    for row in rows:
        if re.search(row.said, said) and re.search(row.data, data):
            return row.why
    return None


def is_part(part: Sequence[Read], whole: Sequence[Read]) -> bool:
    """Tell whether the messages of `part` are among the others, in order."""
    rest = iter(whole)
    return all(each in rest for each in part)


def difference(case: Case, legal: Verdict, observed: Observed, logged: str) -> str | None:
    """Return what explains a difference, or nothing where there is none.

    Raises:
        AssertionError: nothing explains it.
    """
    ours, theirs = observed.verdict, tuple(map(end_to_end, legal.messages))
    mine = tuple(map(end_to_end, ours.messages))
    what = f"{case}\nh11: {legal}\ntcproxy: {observed}, logged: {logged!r}"
    assert is_part(mine, theirs) or is_part(theirs, mine), f"they read different things:\n{what}"
    if (mine, ours.end) == (theirs, legal.end):
        return None
    if len(mine) > len(theirs):
        row = explain(LOOSER, legal.reason, case.data)
    else:
        row = explain(STRICTER, " ".join((*observed.errors, logged)), case.data)
    assert row is not None, f"no row of the table explains this:\n{what}"
    return row


async def start(recorder: Recorder) -> tuple[asyncio.Server, Daemon]:
    server = await asyncio.start_server(recorder.serve, "127.0.0.1", 0, backlog=1024)
    port = server.sockets[0].getsockname()[1]
    args = [f"--{name}-timeout={comparing.PATIENCE}" for name in ("head", "idle")]
    daemon = await asyncio.to_thread(
        Daemon, "--retries=0", *args, root_url=f"http://127.0.0.1:{port}"
    )
    return server, daemon


def logged_errors(daemon: Daemon) -> dict[int, str]:
    """Return what the log says went wrong with each case, by its number."""
    daemon.request_event("/queue/v1/last")
    return {
        int(found[1]): event["error"]
        for event in daemon.events
        if event.get("error") and (found := re.search(r"q(\d{3})q", str(event.get("target"))))
    }


async def last(daemon: Daemon) -> None:
    """Ask for something whose line in the log comes after all others."""
    response = await asyncio.to_thread(daemon.request, "GET", "/queue/v1/last")
    assert response.status == 200


async def test_requests() -> None:
    cases = list(corpus.requests())
    assert len(cases) >= 500
    recorder = Recorder()
    server, daemon = await start(recorder)
    async with server:
        with daemon:
            observed = await comparing.send_requests(cases, daemon.address, recorder)
            await last(daemon)
            logged = await asyncio.to_thread(logged_errors, daemon)
        await recorder.wait_closed()
    assert not recorder.illegal, "tcproxy sends requests that h11 refuses"
    found = Counter(
        difference(
            case,
            judge.read_requests(case.data + probe(case), 3),
            observed[case.number],
            logged.get(case.number, ""),
        )
        for case in cases
    )
    assert found[None] > len(cases) * 0.8, found
    assert len(found) > 6, f"the corpus shows few differences: {found}"


async def test_responses() -> None:
    cases = list(corpus.responses())
    assert len(cases) >= 500
    recorder = Recorder(answers={case.mark: case.data for case in cases})
    server, daemon = await start(recorder)
    async with server:
        with daemon:
            observed = await comparing.send_responses(cases, daemon.address)
            await last(daemon)
            logged = await asyncio.to_thread(logged_errors, daemon)
        await recorder.wait_closed()
    assert not recorder.illegal, "tcproxy sends requests that h11 refuses"
    for case in cases:
        seen = observed[case.number].verdict
        # Either whole, or an error of tcproxy's own, or broken off.
        is_legal = seen.end == "complete" or seen.reason in {"", *observed[case.number].errors}
        assert is_legal or seen.reason.startswith("peer "), f"{case}\n{seen}"
    found = Counter(
        difference(case, whole(case), observed[case.number], logged.get(case.number, ""))
        for case in cases
    )
    assert found[None] > len(cases) * 0.8, found
    assert len(found) > 5, f"the corpus shows few differences: {found}"


def whole(case: Case) -> Verdict:
    """Return h11's verdict on a response; one that is not whole is refused, too."""
    verdict = judge.read_response(case.data, case.method)
    if verdict.end == "incomplete":
        return judge.Verdict(verdict.messages, "refused", verdict.reason)
    return verdict
