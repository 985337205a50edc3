"""Uploads and downloads as steps, without I/O: whatever fails, what arrives is what was sent."""

from __future__ import annotations

import gzip
import hashlib
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tcproxy_client._transfers import downloading, parts, uploading
from tcproxy_client.exceptions import (
    ObjectHashVerificationError,
    TaskclusterConnectionError,
    TaskclusterFailure,
    TaskclusterRestFailure,
)

from tests.client.transfer_model import Fault, Player, Storage

LATER = "2999-01-01T00:00:00.000Z"
BEFORE = "2001-01-01T00:00:00.000Z"
DATA = bytes(range(256)) * 40


def long_data(least: int, most: int) -> st.SearchStrategy[bytes]:
    """Draw data between these lengths; byte by byte, hypothesis draws no more than 8 KiB in all."""
    return st.builds(
        lambda seed, size: random.Random(seed).randbytes(size),
        st.integers(0, 2**32),
        st.integers(least, most),
    )


def hashes(data: bytes) -> dict[str, str]:
    """What a deployment tells of data."""
    return {name: hashlib.new(name, data).hexdigest() for name in ("sha256", "sha512")}


class Service:
    """A stand-in of the object service.

    Args:
        told: the hashes that it tells of an object.
        expires: until when its URLs are good.
    """

    def __init__(self, told: dict[str, str] | None = None, expires: str = LATER) -> None:
        self.told = told or {}
        self.expires = expires
        self.asked: list[dict[str, Any]] = []
        self.finished: dict[str, Any] | None = None

    def startDownload(self, _name: str, payload: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - the API's name
        self.asked.append(payload)
        url = f"http://storage.test/{len(self.asked)}?X-Amz-Signature=secret"
        return {"method": "getUrl", "url": url, "expires": self.expires, "hashes": self.told}

    def createUpload(self, _name: str, payload: dict[str, Any]) -> dict[str, Any]:  # noqa: N802 - the API's name
        self.asked.append(payload)
        url = f"http://storage.test/{len(self.asked)}"
        headers = {"Content-Type": "a/b"}
        return {
            "uploadMethod": {"putUrl": {"url": url, "expires": self.expires, "headers": headers}}
        }

    def finishUpload(self, _name: str, payload: dict[str, Any]) -> None:  # noqa: N802 - the API's name
        self.finished = payload


def download(player: Player, service: Service, **more: Any) -> Any:
    """Play a download."""
    return player.play(downloading.download(name="n", objectService=service, **more))


def upload(player: Player, service: Service, length: int, **more: Any) -> Any:
    """Play an upload."""
    conversation = uploading.upload(
        projectId="p",
        name="n",
        contentType="a/b",
        contentLength=length,
        expires=LATER,
        objectService=service,
        uploadId="u",
        **more,
    )
    return player.play(conversation)


FAULTS = st.one_of(
    st.builds(Fault, after=st.integers(0, 3000)),
    st.builds(Fault, status=st.sampled_from([403, 404, 416, 429, 500, 503])),
)


@given(
    plain=st.binary(max_size=3000),
    encoding=st.sampled_from([None, "gzip"]),
    etag=st.sampled_from(['"1"', 'W/"1"', None]),
    over=st.sampled_from(["stored", "meant"]),
    ranges=st.booleans(),
    minds_if_range=st.booleans(),
    parallel=st.integers(1, 4),
    chunk=st.integers(1, 4000),
    faults=st.lists(FAULTS, max_size=7),
)
def test_what_arrives_is_what_was_stored_or_there_is_an_error(
    plain: bytes,
    encoding: str | None,
    etag: str | None,
    over: str,
    ranges: bool,
    minds_if_range: bool,
    parallel: int,
    chunk: int,
    faults: list[Fault],
) -> None:
    stored = gzip.compress(plain) if encoding else plain
    storage = Storage(stored, etag, encoding, ranges, minds_if_range, list(faults))
    player = Player(storage, chunk=chunk)
    told: list[tuple[int, int | None]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "size", lambda _: 700)
        try:
            content_type = download(
                player,
                Service(hashes(stored if over == "stored" else plain)),
                parallel=parallel,
                progress=lambda *numbers: told.append(numbers),
            )
        except TaskclusterFailure:
            assert faults
            return
    assert player.written == plain
    assert content_type == "a/b"
    assert told[-1] == (len(stored), len(stored))


@given(at=st.integers(1, len(DATA) - 1))
def test_an_interrupted_download_goes_on_where_it_was(at: int) -> None:
    storage = Storage(DATA, faults=[Fault(after=at)])
    player = Player(storage)
    download(player, Service(hashes(DATA)), maxRetries=1)
    assert (bytes(player.written), player.begins) == (DATA, 1)
    assert storage.seen[1].headers["Range"] == f"bytes={at}-"
    assert storage.seen[1].headers["If-Range"] == '"1"'


def test_a_server_may_give_less_than_was_asked_for() -> None:
    player = Player(Storage(DATA, faults=[Fault(after=100)], most=1000))
    download(player, Service(hashes(DATA)), maxRetries=1)
    assert (bytes(player.written), player.begins) == (DATA, 1)


@pytest.mark.parametrize("minds_if_range", [True, False])
def test_data_that_changed_is_fetched_from_its_beginning(
    minds_if_range: bool,
) -> None:
    storage = Storage(DATA[::-1], '"2"', minds_if_range=minds_if_range)
    old = Storage(DATA, '"1"', faults=[Fault(after=5000)])
    player = Player(storage)
    answer = storage.answer
    storage.answer = lambda *args: (answer if old.seen else old.answer)(*args)  # type: ignore[method-assign]
    download(player, Service(hashes(DATA[::-1])))
    assert (bytes(player.written), player.begins) == (DATA[::-1], 2)


def test_wrong_data_is_an_error() -> None:
    with pytest.raises(ObjectHashVerificationError, match="sha256 hash failed"):
        download(Player(Storage(DATA)), Service(hashes(b"other")))
    with pytest.raises(ObjectHashVerificationError, match="No acceptable hashes"):
        download(Player(Storage(DATA)), Service({"md5": "0"}))


def test_a_refused_url_is_replaced_once() -> None:
    storage = Storage(DATA, faults=[Fault(after=100), Fault(status=403), Fault(status=403)])
    service = Service(hashes(DATA))
    with pytest.raises(TaskclusterRestFailure) as error:
        download(Player(storage), service)
    assert (error.value.status, error.value.attempts, len(service.asked)) == (403, 3, 2)
    assert "secret" not in str(error.value)
    storage.faults = [Fault(after=100), Fault(status=403)]
    player = Player(storage)
    download(player, service, maxRetries=1)
    assert player.written == DATA


def test_an_expired_url_is_replaced_before_it_is_used_again() -> None:
    storage = Storage(DATA, faults=[Fault(after=100)])
    service = Service(hashes(DATA), expires=BEFORE)
    download(Player(storage), service)
    assert [request.path.partition("?")[0] for request in storage.seen] == ["/1", "/2"]


def test_retries_are_counted_and_bounded_in_time() -> None:
    storage = Storage(DATA, faults=[Fault(after=100 * each) for each in range(9)])
    player = Player(storage)
    with pytest.raises(TaskclusterConnectionError) as error:
        download(player, Service(hashes(DATA)), maxRetries=2)
    assert (error.value.attempts, len(player.waits)) == (3, 2)
    player = Player(Storage(DATA, faults=[Fault(status=503, headers={"Retry-After": "7"})]))
    download(player, Service(hashes(DATA)))
    assert player.waits == [7]
    player = Player(Storage(DATA, faults=[Fault(status=503, headers={"Retry-After": "700"})]))
    with pytest.raises(TaskclusterRestFailure):
        download(player, Service(hashes(DATA)))


@pytest.mark.parametrize("location", ["ftp://storage.test/", "file:///etc/passwd", "//["])
def test_redirects_do_not_leave_http(location: str) -> None:
    storage = Storage(DATA, faults=[Fault(status=302, headers={"Location": location})])
    with pytest.raises(TaskclusterFailure):
        download(Player(storage), Service(hashes(DATA)))
    assert len(storage.seen) == 1


def test_redirects_are_followed_and_end() -> None:
    onward = Fault(status=307, headers={"Location": "/elsewhere"})
    player = Player(Storage(DATA, faults=[onward]))
    download(player, Service(hashes(DATA)))
    assert player.storage.seen[1].url == "http://storage.test/elsewhere"
    with pytest.raises(TaskclusterFailure, match="More than 10 redirects"):
        download(Player(Storage(DATA, faults=[onward] * 20)), Service(hashes(DATA)))


@given(
    data=st.binary(max_size=100) | long_data(8192, 9000),
    chunk=st.integers(1, 10_000),
    faults=st.lists(FAULTS, max_size=7),
)
def test_what_is_stored_is_what_was_read_or_there_is_an_error(
    data: bytes, chunk: int, faults: list[Fault]
) -> None:
    player, service = Player(Storage(faults=list(faults)), data, chunk), Service()
    told: list[tuple[int, int | None]] = []
    try:
        upload(player, service, len(data), progress=lambda *numbers: told.append(numbers))
    except TaskclusterFailure:
        assert faults
        assert service.finished is None
        return
    assert player.stored == data
    assert service.finished == {"projectId": "p", "uploadId": "u", "hashes": hashes(data)}
    assert told[-1] == (len(data), len(data))


@given(data=long_data(0, 9000), length=st.integers(0, 9000), chunk=st.integers(1, 5000))
def test_data_of_another_length_is_never_stored(data: bytes, length: int, chunk: int) -> None:
    if len(data) == length:
        return
    player, service = Player(Storage(), data, chunk), Service()
    with pytest.raises(TaskclusterFailure, match=f"contentLength(, which)? is {length}"):
        upload(player, service, length)
    assert (player.stored, service.finished) == (None, None)


@pytest.mark.parametrize("status", [301, 302, 303, 304, 307])
def test_a_put_that_is_redirected_elsewhere_has_not_stored(status: int) -> None:
    player, service = Player(Storage(faults=[Fault(status=status)]), DATA), Service()
    with pytest.raises(TaskclusterRestFailure) as error:
        upload(player, service, len(DATA))
    assert (error.value.status, error.value.method, service.finished) == (status, "PUT", None)


def test_a_refused_upload_is_agreed_on_once_more_with_the_same_id() -> None:
    player, service = Player(Storage(faults=[Fault(status=403)]), DATA), Service()
    upload(player, service, len(DATA))
    assert player.stored == DATA
    assert [each["uploadId"] for each in service.asked] == ["u", "u"]


def test_an_expired_upload_is_agreed_on_again_before_a_retry() -> None:
    player = Player(Storage(faults=[Fault(status=500)]), DATA)
    upload(player, Service(expires=BEFORE), len(DATA))
    assert [request.path for request in player.storage.seen] == ["/1", "/2"]


def test_a_length_that_was_not_agreed_on_is_an_error() -> None:
    service = Service()
    answer = {
        "uploadMethod": {"putUrl": {"url": "http://s.test/", "headers": {"content-length": 1}}}
    }
    service.createUpload = lambda *_: answer  # type: ignore[method-assign]
    with pytest.raises(TaskclusterFailure, match="agreed on for 1 bytes"):
        upload(Player(Storage(), DATA), service, len(DATA))
    answer["uploadMethod"] = {}
    with pytest.raises(TaskclusterFailure, match="Could not negotiate"):
        upload(Player(Storage(), DATA), service, len(DATA))


@pytest.mark.parametrize(
    "wrong",
    [
        {"contentLength": -1},
        {"contentLength": 1.5},
        {"contentLength": True},
        {"projectId": ""},
        {"name": None},
        {"maxRetries": -1},
        {"progress": 5},
    ],
)
def test_wrong_arguments_are_told_before_anything_is_asked(wrong: dict[str, Any]) -> None:
    service = Service()
    right = {"projectId": "p", "name": "n", "contentType": "a/b", "contentLength": 3}
    arguments: dict[str, Any] = right | {"expires": LATER, "objectService": service} | wrong
    with pytest.raises(TaskclusterFailure, match=next(iter(wrong))):
        Player(Storage(), b"abc").play(uploading.upload(**arguments))
    assert service.asked == []
