"""Where downloads go and uploads come from: files, directories, pipes, stdin and stdout.

What can be read or written once only goes through a nameless file, since a transfer may have to
begin again, and since nothing is to be passed on before it is verified.
"""

import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

import click

from tcproxy_client._cli import output

_PIECE = 1 << 20


def destination(name: str, file: str | None) -> str:
    """Decide where a download goes.

    Args:
        name: the name of what is downloaded.
        file: a file, a directory, or ``-``; None for the last part of the name, here.

    Raises:
        click.UsageError: if the name does not end as a file's could.
        OSError: if a directory is named that is not there.
    """
    if file is not None and not Path(file).is_dir():
        if file.endswith("/"):
            raise FileNotFoundError(errno.ENOENT, "there is no such directory", file)
        return file
    last = name.rpartition("/")[2]
    if last in ("", ".", ".."):
        raise click.UsageError(f"{name!r} does not end in a file's name; give FILE")
    return str(Path(file or ".") / last)


@contextmanager
def sink(place: str) -> Iterator[str | IO[bytes]]:
    """Give what to download to: the path of a regular file, or an open file for anything else.

    Raises:
        output.StdoutError: if stdout does not take the data.
        OSError: if the place cannot be written.
    """
    path = Path(place)
    if place != "-" and (path.is_file() or not path.exists()):
        output.check(place)
        yield place
        return
    with tempfile.TemporaryFile() as spool:
        yield spool
        spool.seek(0)
        if place != "-":
            with _naming(place), path.open("wb") as file:
                shutil.copyfileobj(spool, file, _PIECE)
            return
        while piece := spool.read(_PIECE):
            output.write_stdout(piece)


@contextmanager
def _naming(place: str) -> Iterator[None]:
    """Have errors of writing name the place; they do not by themselves."""
    try:
        yield
    except OSError as error:
        error.filename = error.filename or place
        raise


@contextmanager
def source(place: str) -> Iterator[tuple[str | IO[bytes], int]]:
    """Give what to upload, and its length in bytes.

    Raises:
        click.UsageError: if stdin is closed.
        OSError: if the place cannot be read.
    """
    if place != "-" and Path(place).is_file():
        yield place, Path(place).stat().st_size
        return
    if place == "-" and sys.stdin is None:
        raise click.UsageError("stdin is closed; give FILE")
    with tempfile.TemporaryFile() as spool:
        if place == "-":
            shutil.copyfileobj(sys.stdin.buffer, spool, _PIECE)
        else:
            with Path(place).open("rb") as file:
                shutil.copyfileobj(file, spool, _PIECE)
        length = spool.tell()
        spool.seek(0)
        yield spool, length


def label(place: str, name: str) -> str:
    """Give what a bar is labelled with."""
    return PurePosixPath(name).name if place == "-" else os.path.basename(place)  # noqa: PTH119  # text, not a path
