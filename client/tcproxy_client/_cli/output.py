"""What goes to stdout, and to files, which appear whole or not at all."""

import errno
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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
    if _is_special(Path(path)):
        Path(path).write_bytes(data)
        return
    from tcproxy_client import _ends  # here: few answers go to files

    with _ends.destination(path) as file:
        _ends.writing(file).write(data)


def check(path: str | None) -> None:
    """Refuse a file that could not be written, before anything is asked for.

    Raises:
        OSError: its directory is not there, or not to be written to.
    """
    if path is None or path == "-" or _is_special(Path(path)):
        return
    from tcproxy_client import _ends  # here: few answers go to files

    directory = _ends.target(path).parent
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
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


def flush_stdout() -> None:
    """Let everything that was printed go out.

    Raises:
        StdoutError: if stdout does not take it.
    """
    with _stdout_errors():
        sys.stdout.flush()


def open_stdout() -> None:
    """Have a stdout where there is none: what is written to it fails, as it does elsewhere.

    Its number is taken, too, or the next file to be opened would get it.
    """
    if sys.stdout is None:
        unwritable = os.open(os.devnull, os.O_RDONLY)
        if unwritable != 1:
            os.dup2(unwritable, 1)
            os.close(unwritable)
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115  # it stays open


@contextmanager
def _stdout_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        abandon(1)
        raise StdoutError from error


def abandon(number: int) -> None:
    """Let what is still in buffers go nowhere, so that the interpreter's end is quiet.

    Args:
        number: 1 for stdout, 2 for stderr.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)


def _is_special(path: Path) -> bool:
    return path.exists() and not path.is_file()
