"""TLS certificates for test servers, and an authority to trust them by."""

from __future__ import annotations

import datetime as dt
import ssl
from typing import TYPE_CHECKING

import trustme

if TYPE_CHECKING:
    from pathlib import Path


class Authority:
    """A certificate authority with its certificate in a file.

    Args:
        folder: Where the file goes.
    """

    def __init__(self, folder: Path) -> None:
        self._authority = trustme.CA()
        self.file = folder / "authority.pem"
        self._authority.cert_pem.write_to_path(str(self.file))

    def server(self, *names: str) -> ssl.SSLContext:
        """Return a server's context with a certificate for these names or addresses."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._authority.issue_cert(*names).configure_cert(context)
        return context

    def faulty(self) -> dict[str, ssl.SSLContext]:
        """Return contexts for 127.0.0.1 by what is wrong with their certificate."""
        expired = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        yesterday = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
        self._authority.issue_cert("127.0.0.1", not_after=yesterday).configure_cert(expired)
        unknown = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trustme.CA().issue_cert("127.0.0.1").configure_cert(unknown)
        return {
            "right": self.server("127.0.0.1", "localhost"),
            "wrong_name": self.server("elsewhere.example.com"),
            "expired": expired,
            "unknown_authority": unknown,
        }
