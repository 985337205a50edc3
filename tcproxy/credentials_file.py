"""Credentials in a file, as secrets are mounted: read at start, and again when it changes."""

from __future__ import annotations

from pathlib import Path

import structlog

from tcproxy.credentials import Credentials, CredentialsError, CredentialStore
from tcproxy.mounted_files import read_mounted

_log = structlog.get_logger("tcproxy.credentials")


class CredentialsFile:
    """A file that holds what `PUT /credentials` takes."""

    def __init__(self, path: Path) -> None:
        """Name the file.

        Args:
            path: of the file; what it is mounted from may be replaced at any time.
        """
        self._path = path
        self._seen: tuple[int, ...] | None = None

    def read(self) -> Credentials:
        """Read the file.

        Raises:
            CredentialsError: it cannot be read, or holds no credentials.
        """
        self._seen = self._signature()
        try:
            body = read_mounted(self._path)
        except OSError as error:
            reason = error.strerror or str(error)
            raise CredentialsError(f"cannot read {self._path}: {reason}") from None
        return Credentials.from_json(body, str(self._path))

    def reload(self, store: CredentialStore) -> None:
        """Put in force what the file holds now; where that is no use, the old ones stay."""
        try:
            credentials = self.read()
            store.replace(credentials)
        except CredentialsError as error:
            _log.warning("credentials refused", file=str(self._path), reason=str(error))
            return
        _log.info("credentials replaced", file=str(self._path), client_id=credentials.client_id)

    def reload_if_changed(self, store: CredentialStore) -> None:
        """Read the file again if it is another one, or was written to."""
        if self._signature() != self._seen:
            self.reload(store)

    def _signature(self) -> tuple[int, ...] | None:
        try:
            status = self._path.stat()
        except OSError:
            return None
        return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
