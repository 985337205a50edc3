"""What goes to stdout, and files that appear whole or not at all."""

import errno
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

# In JSON they only stand within texts; a terminal may take them for commands.
_CONTROLS = {code: f"\\u{code:04x}" for code in range(0x7F, 0xA0)}


class StdoutError(Exception):
    """Stdout does not take what is written; the cause tells why."""


def as_json(value: Any) -> bytes:
    """Write JSON for people and programs: two spaces, keys as they came, text as UTF-8."""
    text = json.dumps(value, indent=2, ensure_ascii=False).translate(_CONTROLS)
    try:
        return text.encode() + b"\n"
    except UnicodeEncodeError:  # half of a surrogate pair
        return json.dumps(value, indent=2).encode() + b"\n"


def write(data: bytes, path: str | None = None) -> None:
    """Write to a file, or to stdout without one or with ``-``.

    Raises:
        StdoutError: if stdout does not take it.
        OSError: if the file cannot be written; what was there before is still there.
    """
    if path is None or path == "-":
        write_stdout(data)
        return
    with replacing(Path(path)) as file:
        file.write(data)


def check(path: str | None) -> None:
    """Refuse a file that could not be written, before anything is asked for.

    Raises:
        OSError: its directory is not there, or not to be written to.
    """
    if path is None or path == "-" or _is_special(Path(path)):
        return
    directory = Path(path).resolve().parent
    if not directory.is_dir():
        raise FileNotFoundError(errno.ENOENT, "there is no such directory", str(directory))
    if not os.access(directory, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, "files cannot be made there", str(directory))


def write_stdout(data: bytes) -> None:
    """Write to stdout, now.

    Raises:
        StdoutError: if stdout does not take it.
    """
    with _stdout_errors():
        if sys.stdout is not None:
            sys.stdout.flush()
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()


def flush_stdout() -> None:
    """Let everything that was printed go out.

    Raises:
        StdoutError: if stdout does not take it.
    """
    with _stdout_errors():
        if sys.stdout is not None:
            sys.stdout.flush()


@contextmanager
def _stdout_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        # What is still in buffers goes nowhere, so that the interpreter's end is quiet.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.close(nowhere)
        raise StdoutError from error


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that takes the place of another at the end, or vanishes if there is an error.

    What is no regular file, as a pipe or /dev/null, is written to directly.
    """
    if _is_special(path):
        with path.open("wb") as file:
            yield file
        return
    path = path.resolve()
    number, name = tempfile.mkstemp(prefix=f".{path.name[:50]}.", dir=path.parent)
    beside = Path(name)
    try:
        with open(number, "wb") as file:  # noqa: PTH123  # a descriptor, not a path
            yield file
        beside.chmod(_mode(path))
        beside.replace(path)
    except BaseException:
        beside.unlink()
        raise


def _is_special(path: Path) -> bool:
    return path.exists() and not path.is_file()


def _mode(path: Path) -> int:
    """Give the permissions of the file that is replaced, else those of any new file."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
