"""A failed response that is kept, to be passed on if no later attempt gets a better one."""

from __future__ import annotations

from tcproxy.credentials import ActiveCredentials
from tcproxy.upstream.connection import ResponseHead, UpstreamConnection
from tcproxy.upstream.failures import Failure

_HELD_LIMIT = 64 * 1024
"""Bytes of a failed response's body that are kept, to be passed on if nothing better comes."""


class HeldResponse:
    """A failed response, read to its end while the next attempt waits.

    This frees its connection, and there is something to pass on if no later attempt is answered.
    """

    __slots__ = ("_connection", "credentials", "data", "head", "is_whole")

    def __init__(self, head: ResponseHead, credentials: ActiveCredentials) -> None:
        """Start with a head.

        Args:
            head: of the response.
            credentials: what its request was signed with.
        """
        self.head = head
        self.credentials = credentials
        self.data = bytearray()
        self.is_whole = False
        self._connection: UpstreamConnection | None = None

    def take_over(self, connection: UpstreamConnection, data: bytes) -> None:
        """Read the rest of the response.

        Args:
            connection: that it comes on.
            data: what came already.
        """
        self._connection = connection
        connection.hand_over(self)
        connection.resume_reading()  # for a caller who does not read, it may have been paused
        self.on_response(None, data, False)

    def stop(self) -> None:
        """Read no further."""
        if self._connection is not None:
            self._connection.abort()
            self._connection = None

    def on_informational(self, _head: ResponseHead) -> None:
        """Nothing to do: the response has begun."""

    def on_response(self, _head: ResponseHead | None, data: bytes, is_end: bool) -> None:
        """Keep a piece, or give up if there are too many."""
        self.data += data
        if len(self.data) > _HELD_LIMIT:
            self.stop()
        elif is_end:
            self._connection = None
            self.is_whole = True

    def on_failure(self, _failure: Failure) -> None:
        """It stays incomplete."""
        self._connection = None

    def on_send_paused(self) -> None:
        """Nothing to do: the request was sent."""

    def on_send_resumed(self) -> None:
        """Nothing to do: the request was sent."""
