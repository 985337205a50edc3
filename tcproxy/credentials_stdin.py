"""Credentials that whoever started the daemon writes to its standard input, as workers do."""

from __future__ import annotations

import asyncio
import os
import select
import threading
from collections.abc import Callable

import structlog

from tcproxy.credentials import Credentials, CredentialsError, CredentialStore
from tcproxy.json_objects import JsonObjects

_STDIN = 0
_PIECE = 64 * 1024
_log = structlog.get_logger("tcproxy.credentials")


class CredentialsStdin:
    """Puts in force what comes on standard input: JSON objects, as `PUT /credentials` takes them.

    Attributes:
        is_broken: whether it could not be read to its end.
    """

    def __init__(self, store: CredentialStore, limit: int, on_end: Callable[[], None]) -> None:
        """Begin to read, in the running event loop.

        Args:
            store: where credentials are put in force.
            limit: most bytes of one object.
            on_end: called once, when nothing more will come or can be read.
        """
        self.is_broken = False
        self._store = store
        self._objects = JsonObjects(limit)
        self._on_end = on_end
        self._is_over = False
        # A thread: it may be a file, or a device, which event loops do not wait for.
        threading.Thread(
            target=_read_all,
            args=(asyncio.get_running_loop(), self._take),
            daemon=True,
        ).start()

    def _take(self, piece: bytes) -> None:
        if self._is_over:
            return
        try:
            for body in self._objects.feed(piece):
                self._put_in_force(body)
            if not piece:
                self._objects.end()
        except ValueError as error:
            self.is_broken = True
            _log.error("standard input cannot be read", reason=str(error))
        if self.is_broken or not piece:
            self._is_over = True
            _log.info("standard input closed")
            self._on_end()

    def _put_in_force(self, body: bytes) -> None:
        try:
            credentials = Credentials.from_json(body, "an object on standard input")
            self._store.replace(credentials)
        except CredentialsError as error:
            _log.warning("credentials refused", reason=str(error))
            return
        _log.info("credentials replaced", client_id=credentials.client_id)


def _read_all(loop: asyncio.AbstractEventLoop, take: Callable[[bytes], None]) -> None:
    """Read to the end, which is an empty piece; what cannot be read has ended, too."""
    piece: bytes | None = None
    while piece is None or piece:
        try:
            select.select([_STDIN], [], [])
            piece = os.read(_STDIN, _PIECE)
        except BlockingIOError:  # it was made so by someone else who has it, too
            continue
        except OSError:
            piece = b""
        try:
            loop.call_soon_threadsafe(take, piece)
        except RuntimeError:  # the daemon has ended meanwhile
            return
