"""What callers can get wrong in a transfer's arguments, and the error for it. Pure checks."""

import io
import os
from typing import Any

from tcproxy_client.exceptions import TaskclusterFailure

# More connections to one storage than this would be rude, and gain nothing.
MAX_PARALLEL = 16


class WrongTypeError(TaskclusterFailure, TypeError):
    """An argument has a type that is of no use; a `TypeError` as well, as users expect."""


def check_text(**named: object) -> None:
    """Require texts that are not empty.

    Raises:
        WrongTypeError: if one is no str.
        TaskclusterFailure: if one is empty.
    """
    for name, value in named.items():
        if not isinstance(value, str):
            raise WrongTypeError(f"{name} must be a str, not {value!r}")
        if not value:
            raise TaskclusterFailure(f"{name} must not be empty")


def check_length(length: object) -> int:
    """Require a content length: a whole number of bytes.

    Raises:
        WrongTypeError: if it is no int.
        TaskclusterFailure: if it is negative.
    """
    if isinstance(length, bool) or not isinstance(length, int):
        raise WrongTypeError(f"contentLength must be a number of bytes, not {length!r}")
    if length < 0:
        raise TaskclusterFailure(f"contentLength must be 0 or more, not {length}")
    return length


def check_same_length(length: object, actual: int, what: str) -> None:
    """Require that what is given is as long as was said.

    Raises:
        WrongTypeError: if what was said is no int.
        TaskclusterFailure: if it is not.
    """
    if check_length(length) != actual:
        raise TaskclusterFailure(f"contentLength is {length}, but {what} has {actual} bytes")


def check_buffer(data: Any) -> memoryview:
    """Require bytes in memory.

    Raises:
        WrongTypeError: if it is text or anything else.
    """
    try:
        return memoryview(data).cast("B")
    except TypeError:
        raise WrongTypeError(f"data must be bytes, not {type(data).__name__}") from None


def check_parallel(parallel: object) -> int:
    """Require a number of connections.

    Raises:
        TaskclusterFailure: if it is none.
    """
    if isinstance(parallel, bool) or not isinstance(parallel, int) or parallel < 1:
        raise TaskclusterFailure(f"parallel must be a whole number, 1 or more, not {parallel!r}")
    return min(parallel, MAX_PARALLEL)


def check_progress(progress: object) -> None:
    """Require something that can be called, or None.

    Raises:
        WrongTypeError: if it cannot.
    """
    if progress is not None and not callable(progress):
        raise WrongTypeError(f"progress must be callable, not {progress!r}")


def check_file(file: Any, verb: str) -> None:
    """Require a file in binary mode whose position can be set.

    Args:
        file: the file.
        verb: what it is to do, ``read`` or ``write``.

    Raises:
        WrongTypeError: if it is in text mode, or no file.
        TaskclusterFailure: if it cannot do that, or its position cannot be set.
    """
    if not callable(getattr(file, verb, None)) or not callable(getattr(file, "seek", None)):
        raise WrongTypeError(f"file must be a path or an open file to {verb}, not {file!r}")
    if isinstance(file, io.TextIOBase) or not _takes_bytes(file, verb):
        raise WrongTypeError("the file is in text mode: open it in binary mode, with 'b'")
    seekable = getattr(file, "seekable", None)
    if callable(seekable) and not seekable():
        raise TaskclusterFailure(
            "the file cannot be rewound, which a retry needs: give a path or a regular file"
        )


def _takes_bytes(file: Any, verb: str) -> bool:
    try:
        return not isinstance(file.read(0), str) if verb == "read" else file.write(b"") is not file
    except TypeError:
        return False
    except io.UnsupportedOperation:
        raise TaskclusterFailure(f"the file is not open to {verb}") from None


def is_path(file: object) -> bool:
    """Tell whether a file is named instead of being open."""
    return isinstance(file, str | bytes | os.PathLike)
