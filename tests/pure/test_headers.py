"""Which header fields pass, and message heads as bytes."""

from __future__ import annotations

import h11
from hypothesis import given
from hypothesis import strategies as st

from tcproxy import headers

tokens = st.text(st.sampled_from("abcXYZ-_1"), min_size=1).map(str.encode)
values = st.binary(max_size=20).map(lambda raw: bytes(b for b in raw if b > 32 and b != 127))
fields = st.lists(st.tuples(tokens, values))


@given(fields)
def test_fields_pass_with_case_order_and_repetition(given_fields: list[headers.Field]) -> None:
    assert headers.response_fields(given_fields) == given_fields
    assert headers.request_fields(given_fields) == given_fields


def test_what_belongs_to_one_connection_stays_behind() -> None:
    given_fields = [
        (b"Connection", b"close, X-Gone"),
        (b"connection", b"Content-Length"),
        (b"Keep-Alive", b"5"),
        (b"TE", b"trailers"),
        (b"Trailer", b"X"),
        (b"Transfer-Encoding", b"chunked"),
        (b"Upgrade", b"h2c"),
        (b"Proxy-Authorization", b"x"),
        (b"Proxy-Connection", b"x"),
        (b"x-gone", b"1"),
        (b"Content-Length", b"3"),
        (b"X-Stays", b"1"),
        (b"Host", b"h"),
        (b"AUTHORIZATION", b"Bearer x"),
    ]
    assert headers.request_fields(given_fields) == [(b"Content-Length", b"3"), (b"X-Stays", b"1")]
    assert (b"AUTHORIZATION", b"Bearer x") in headers.response_fields(given_fields)
    assert (b"x-gone", b"1") not in headers.response_fields(given_fields)


@given(fields)
def test_heads_are_what_h11_reads(given_fields: list[headers.Field]) -> None:
    sent = [(name, value) for name, value in given_fields if name.lower() != b"host"]
    head = headers.request_head("GET", "/x?", [b"Host: h", *headers.lines(sent)])
    reader = h11.Connection(h11.SERVER)
    reader.receive_data(head)
    event = reader.next_event()
    assert isinstance(event, h11.Request)
    assert event.target == b"/x?"
    assert list(event.headers.raw_items())[1:] == sent


def test_a_response_head() -> None:
    assert headers.response_head(299, b"Odd", [b"A: b"]) == b"HTTP/1.1 299 Odd\r\nA: b\r\n\r\n"
    assert headers.response_head(200, b"", []) == b"HTTP/1.1 200 \r\n\r\n"


def test_finding_a_field() -> None:
    assert headers.find([(b"A", b"1"), (b"a", b"2")], b"a") == b"1"
    assert headers.find([], b"a") is None
