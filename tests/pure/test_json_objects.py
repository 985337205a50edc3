"""Cutting a stream into JSON objects: what went in comes out, and nothing else ever does."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tcproxy.json_objects import JsonObjects

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(['"', "\\", "{", "]"]),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
OBJECTS = st.lists(st.dictionaries(st.text(), VALUES))
LIMIT = 1024 * 1024


def cut(stream: JsonObjects, data: bytes, sizes: list[int]) -> list[bytes]:
    """Feed data in pieces of these sizes, and the rest at once."""
    found: list[bytes] = []
    for size in sizes:
        found += stream.feed(data[:size])
        data = data[size:]
    return [*found, *stream.feed(data)]


@given(
    OBJECTS,
    st.text("\n\r\t ", min_size=0),
    st.sampled_from([None, 2]),
    st.booleans(),
    st.lists(st.integers(0, 9)),
)
def test_objects_come_out_as_they_went_in(
    values: list[object], between: str, indent: int | None, is_ascii: bool, sizes: list[int]
) -> None:
    texts = [json.dumps(value, indent=indent, ensure_ascii=is_ascii) for value in values]
    bodies = [text.encode() for text in texts]
    stream = JsonObjects(LIMIT)
    whole = between.encode() + between.encode().join(bodies) + between.encode()
    assert cut(stream, whole, sizes) == bodies
    stream.end()


@given(st.binary() | st.text('{}[]"\\:,1 \n').map(str.encode), st.lists(st.integers(0, 9)))
def test_other_bytes_are_an_error_and_nothing_else(data: bytes, sizes: list[int]) -> None:
    stream = JsonObjects(64)
    try:
        found = cut(stream, data, sizes)
        stream.end()
    except ValueError:
        return
    assert b"".join(data.split()) == b"".join(b"".join(found).split())
    assert all(isinstance(json.loads(each), dict) for each in found)


def test_an_object_before_a_fault_comes_out() -> None:
    feed = JsonObjects(LIMIT).feed(b'{"a": 1} x {"b": 2}')
    assert next(feed) == b'{"a": 1}'
    with pytest.raises(ValueError, match="something else"):
        next(feed)


def test_an_object_is_as_long_as_the_limit_at_most() -> None:
    text = b'{"a": 1}'
    assert list(JsonObjects(len(text)).feed(text * 2)) == [text, text]
    with pytest.raises(ValueError, match="longer than 7 bytes"):
        list(JsonObjects(len(text) - 1).feed(text))


@pytest.mark.parametrize("data", [b"{", b'{"a', b'{"a": [{}]', b'{"a\\'])
def test_a_stream_must_not_end_within_an_object(data: bytes) -> None:
    stream = JsonObjects(LIMIT)
    assert list(stream.feed(data)) == []
    with pytest.raises(ValueError, match="within a JSON object"):
        stream.end()


def test_very_deep_ones_are_an_error() -> None:
    with pytest.raises(ValueError, match="something else than JSON"):
        list(JsonObjects(LIMIT).feed(b'{"a":' * 100_000 + b"1" + b"}" * 100_000))
