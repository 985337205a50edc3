"""Refusals of the storage, in the words of S3: XML with a code and a message."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

_STATUS = {
    "AuthorizationQueryParametersError": 400,
    "EntityTooLarge": 400,
    "IncompleteBody": 400,
    "InvalidArgument": 400,
    "InvalidURI": 400,
    "AccessDenied": 403,
    "InvalidAccessKeyId": 403,
    "SignatureDoesNotMatch": 403,
    "NoSuchBucket": 404,
    "NoSuchKey": 404,
    "MethodNotAllowed": 405,
    "PreconditionFailed": 412,
    "InvalidRange": 416,
    "InternalError": 500,
}
_NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class StorageError(Exception):
    """A refusal of one request to the storage.

    Args:
        code: One of S3's error codes; it decides the status.
        text: What the caller is told.
        key: The key that it is about.
    """

    def __init__(self, code: str, text: str, key: str | None = None) -> None:
        super().__init__(text)
        self.code = code
        self.status = _STATUS[code]
        self._text = text
        self._key = key

    def body(self) -> bytes:
        """Return the XML."""
        key = "" if self._key is None else f"<Key>{_xml(self._key)}</Key>"
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f"<Error><Code>{self.code}</Code><Message>{_xml(self._text)}</Message>{key}</Error>"
        ).encode()


def _xml(text: str) -> str:
    return escape(_NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text))
