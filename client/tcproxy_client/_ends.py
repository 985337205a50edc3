"""The user's end of a transfer: memory and files, read or written anew at each beginning.

A download into a path is written beside it, under a name of its own, and takes the path's name only
when all of it is there and right. Whatever ends it before removes what was written.
"""

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Self

from tcproxy_client._transfers.mistakes import check_file, check_same_length, is_path
from tcproxy_client.exceptions import TaskclusterFailure

PathLike = str | bytes | os.PathLike[str] | os.PathLike[bytes]

# What writing to a file raises if there is no room for it; it does not say which file.
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class BufferReader:
    """Reads what is in memory, without a second copy of all of it."""

    def __init__(self, view: memoryview) -> None:
        self._view = view
        self._position = 0

    def read(self, max_size: int) -> bytes:
        """Give the next bytes, at most so many."""
        start = self._position
        data = bytes(self._view[start : start + max_size])
        self._position += len(data)
        return data


class BufferEnd:
    """Writes into memory."""

    def __init__(self) -> None:
        self._data = bytearray()

    def anew(self) -> Self:
        """Forget what was written."""
        self._data.clear()
        return self

    def write(self, data: bytes) -> None:
        """Take the next bytes."""
        self._data += data

    def view(self) -> memoryview:
        """Give what was written; nothing can be written afterwards."""
        return memoryview(self._data)


class FileEnd:
    """Reads or writes a file that someone else opens and closes."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def read(self, max_size: int) -> Any:
        """Give the next bytes, at most so many."""
        return self._file.read(max_size)

    def write(self, data: bytes) -> None:
        """Write all of the data, even if the file takes less at once."""
        written = self._file.write(data)
        if isinstance(written, int) and written < len(data):
            view = memoryview(data)[written:]
            while view:
                view = view[self._file.write(view) :]


def reading(file: Any) -> FileEnd:
    """Give a reader of a file from its first byte on."""
    file.seek(0)
    return FileEnd(file)


def writing(file: Any) -> FileEnd:
    """Make a file empty, and give a writer of it."""
    _empty(file)
    return FileEnd(file)


@contextlib.contextmanager
def source(file: IO[bytes] | PathLike) -> Iterator[IO[bytes]]:
    """Give a file to upload: the one that is open, or the one at a path, until the block's end.

    Raises:
        TaskclusterFailure: if it is not open for reading bytes, or cannot be rewound.
        OSError: if it cannot be opened.
    """
    if not is_path(file):
        check_file(file, "read")
        yield file  # type: ignore[misc]  # it is no path
        return
    with Path(os.fsdecode(file)).open("rb", buffering=0) as opened:  # type: ignore[arg-type]
        check_file(opened, "read")
        yield opened


def check_length(file: Any, expected: object) -> None:
    """Require that a file is as long as was said; its position is lost.

    Raises:
        TaskclusterFailure: if it is not.
    """
    try:
        length = file.seek(0, os.SEEK_END)
    except (OSError, ValueError, TypeError):  # it cannot tell; then it is seen as it is read
        return
    if isinstance(length, int):
        check_same_length(expected, length, "the file")


@contextlib.contextmanager
def destination(file: IO[bytes] | PathLike) -> Iterator[IO[bytes]]:
    """Give a file to download into; what is in it stays only if the block ends well.

    Args:
        file: an open file, which is emptied if the block fails; or a path, where nothing is changed
            if the block fails.

    Raises:
        TaskclusterFailure: if it is not open for writing bytes, or cannot be rewound.
        OSError: if it cannot be written.
    """
    if is_path(file):
        path = os.fsdecode(file)  # type: ignore[arg-type]  # it is a path
        if path.endswith("/"):
            raise IsADirectoryError(errno.EISDIR, "This names a directory, and no file", path)
        with _beside(target(path)) as opened:
            yield opened
        return
    check_file(file, "write")
    try:
        yield file  # type: ignore[misc]  # it is no path
        _flush(file)
    except BaseException:
        with contextlib.suppress(OSError, ValueError):
            _empty(file)
        raise


def target(path: str) -> Path:
    """Give the path of the file that is to be written: a link stays, what it leads to is replaced.

    Raises:
        OSError: if links lead in a circle.
    """
    found = Path(os.path.realpath(path))
    if found.is_symlink():
        found.stat()  # it raises the error: other links are not left over
    return found


def _empty(file: Any) -> None:
    file.seek(0)
    file.truncate()


def _flush(file: Any) -> None:
    flush = getattr(file, "flush", None)
    if callable(flush):
        flush()


@contextlib.contextmanager
def _beside(path: Path) -> Iterator[IO[bytes]]:
    """Write a file beside the path, and put it in its place at the end."""
    present = _status(path)
    if present is not None and not stat.S_ISREG(present.st_mode):
        raise TaskclusterFailure(f"{path} is no regular file; open it, if you want to write to it")
    name = path.with_name(f".tcproxy-client-{secrets.token_hex(8)}.part")
    # A new file gets the permissions that any would; one that takes another's place, that one's.
    mode = 0o666 if present is None else 0o600
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0)
    try:
        try:
            descriptor = os.open(name, flags, mode)
        except OSError as error:
            error.filename = str(path)  # the name beside it would tell the user nothing
            raise
        with open(descriptor, "wb", buffering=0) as file:  # noqa: PTH123  # it has no path
            try:
                yield file
            except OSError as error:
                if error.errno in _FULL and error.filename is None:
                    error.filename = str(path)
                raise
            if present is not None:
                name.chmod(stat.S_IMODE(present.st_mode))
        name.replace(path)
    except BaseException:
        name.unlink(missing_ok=True)
        raise


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None
