"""What transfers are made of: encodings, hashes, ranges, progress and files."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import os
import zlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tcproxy_client import _ends
from tcproxy_client._transfers import encodings
from tcproxy_client._transfers.hashing import Hashes
from tcproxy_client._transfers.meter import Meter
from tcproxy_client._transfers.representation import Representation, Span, content_length
from tcproxy_client.exceptions import TaskclusterFailure

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "": lambda data: data,
    "identity": lambda data: data,
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "gzip, deflate": lambda data: zlib.compress(gzip.compress(data)),
}


def decoded(header: str, data: bytes, chunk: int) -> list[bytes]:
    """Undo encodings, with so many bytes at once."""
    decoder = encodings.decoder(header)
    pieces = [
        piece
        for start in range(0, len(data), chunk)
        for piece in decoder.feed(data[start : start + chunk])
    ]
    decoder.end()
    return pieces


@given(
    data=st.binary(max_size=2000),
    header=st.sampled_from(sorted(ENCODERS)),
    chunk=st.integers(1, 3000),
)
def test_encodings_are_undone_however_the_bytes_come(data: bytes, header: str, chunk: int) -> None:
    assert b"".join(decoded(header, ENCODERS[header](data), chunk)) == data


@given(parts=st.lists(st.binary(max_size=300), min_size=1, max_size=4), chunk=st.integers(1, 900))
def test_gzip_may_have_several_members_and_padding(parts: list[bytes], chunk: int) -> None:
    stored = b"".join(map(gzip.compress, parts)) + bytes(20)
    assert b"".join(decoded("gzip", stored, chunk)) == b"".join(parts)


def test_data_that_shrank_a_thousandfold_comes_in_pieces() -> None:
    pieces = decoded("gzip", gzip.compress(bytes(50_000_000)), 1_000_000)
    assert sum(map(len, pieces)) == 50_000_000
    assert max(map(len, pieces)) <= 1024 * 1024


@given(cut=st.integers(1, 40))
def test_encoded_data_that_ends_early_is_an_error(cut: int) -> None:
    stored = gzip.compress(os.urandom(100))
    with pytest.raises(TaskclusterFailure, match="incomplete"):
        decoded("gzip", stored[:-cut], 7)


def test_what_cannot_be_undone_is_told() -> None:
    with pytest.raises(TaskclusterFailure, match="not valid"):
        decoded("gzip", b"plain text", 3)
    with pytest.raises(TaskclusterFailure, match="'br'"):
        encodings.decoder("br")


@pytest.mark.parametrize("size", [0, 1, 1024 * 1024 - 1, 1024 * 1024, 7_000_001])
def test_hashes_are_those_of_hashlib(size: int) -> None:
    data, hashes = os.urandom(size), Hashes()
    for start in range(0, size, 100_001):
        hashes.update(data[start : start + 100_001])
    assert hashes.digests() == {
        "sha256": hashlib.sha256(data).hexdigest(),
        "sha512": hashlib.sha512(data).hexdigest(),
    }
    hashes.close()


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("bytes 0-0/1", Span(0, 1, 1)),
        ("bytes 5-9/*", Span(5, 10, None)),
        ("bytes 5-4/10", None),
        ("bytes 5-10/10", None),
        ("bytes */10", None),
        ("items 0-1/2", None),
        ("", None),
    ],
)
def test_content_range_is_read_strictly(text: str, span: Span | None) -> None:
    assert Span.of({"Content-Range": text}) == span


@pytest.mark.parametrize(
    ("headers", "validator"),
    [
        ({"ETag": '"a"', "Last-Modified": "x"}, '"a"'),
        ({"ETag": 'W/"a"'}, None),
        (
            {
                "Last-Modified": "Sun, 22 Nov 2026 12:00:00 GMT",
                "Date": "Sun, 22 Nov 2026 12:00:01 GMT",
            },
            "Sun, 22 Nov 2026 12:00:00 GMT",
        ),
        (
            {
                "Last-Modified": "Sun, 22 Nov 2026 12:00:00 GMT",
                "Date": "Sun, 22 Nov 2026 12:00:00 GMT",
            },
            None,
        ),
        ({"Last-Modified": "Sun, 22 Nov 2026 12:00:00 GMT"}, None),
        ({}, None),
    ],
)
def test_only_strong_validators_count(headers: dict[str, str], validator: str | None) -> None:
    assert Representation.of(headers, 5).validator == validator


def test_lengths_are_read_strictly() -> None:
    assert content_length({"Content-Length": "5"}) == 5
    for headers in ({}, {"Content-Length": "-5"}, {"Content-Length": "5, 5"}):
        assert content_length(headers) is None


@given(steps=st.lists(st.floats(0, 0.3), max_size=200))
def test_progress_is_told_at_most_ten_times_a_second(steps: list[float]) -> None:
    now = 0.0
    told: list[tuple[float, int, int | None]] = []
    meter = Meter(lambda done, total: told.append((now, done, total)), lambda: now, 1000)
    for done, step in enumerate(steps):
        now += step
        meter.at(done)
    meter.end(1000)
    assert told[-1][1:] == (1000, 1000)
    times = [each[0] for each in told]
    for number, first in enumerate(times):
        assert sum(first <= each < first + 1 for each in times[number:]) <= 10


def test_a_path_is_filled_only_when_all_is_well(tmp_path: Path) -> None:
    path = tmp_path / "data"
    with contextlib.suppress(KeyboardInterrupt), _ends.destination(path) as file:
        file.write(b"half")
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []
    path.write_bytes(b"before")
    path.chmod(0o640)
    with _ends.destination(str(path)) as file:
        file.write(b"after")
        assert path.read_bytes() == b"before"
    assert path.read_bytes() == b"after"
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_and_what_is_no_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_bytes(b"before")
    link = tmp_path / "link"
    link.symlink_to(path)
    with _ends.destination(link) as file:
        file.write(b"after")
    assert (link.is_symlink(), path.read_bytes()) == (True, b"after")
    with pytest.raises(TaskclusterFailure, match="no regular file"), _ends.destination(tmp_path):
        pass


def test_an_open_file_is_emptied_after_a_failure(tmp_path: Path) -> None:
    with (tmp_path / "data").open("w+b") as file:
        file.write(b"before")
        with contextlib.suppress(ZeroDivisionError), _ends.destination(file) as opened:
            _ends.writing(opened).write(b"half")
            raise ZeroDivisionError
        assert file.seek(0, os.SEEK_END) == 0


def test_files_that_are_of_no_use_are_told(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_text("text", encoding="utf-8")
    with path.open(encoding="utf-8") as file, pytest.raises(TypeError, match="text mode"):
        _ends.source(file).__enter__()  # type: ignore[arg-type]
    with path.open("rb") as file, pytest.raises(TaskclusterFailure, match="not open to write"):
        _ends.destination(file).__enter__()
    reader, writer = os.pipe()
    with (
        os.fdopen(reader, "rb") as file,
        os.fdopen(writer, "wb"),
        pytest.raises(TaskclusterFailure, match="cannot be rewound"),
    ):
        _ends.source(file).__enter__()
