"""What the proxy itself answers when it cannot, or will not, forward a request.

Only values and their JSON form live here: a `Refusal` says which status, code and message a caller
gets. The shape is that of a deployment's own errors, so that clients show them the same way.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that the proxy makes itself.

    Attributes:
        status: HTTP status code (RFC 9110, section 15).
        code: a word for programs, in the style of the deployment's `code`.
        message: a sentence for people: what was wrong, and what to do about it.
        headers: further header fields of the answer.
        close: whether the connection must end with this answer.
    """

    status: int
    code: str
    message: str
    headers: tuple[tuple[str, str], ...] = ()
    close: bool = False

    def body(self) -> bytes:
        """Return the JSON body."""
        return json.dumps({"code": self.code, "message": self.message}).encode()

    def body_for_request(self, method: str, now: float) -> bytes:
        """Return the JSON body with `requestInfo`, as the deployment's own errors have it.

        Args:
            method: the request's HTTP method.
            now: the current time, in seconds since the epoch.
        """
        time = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds")
        info = {
            "method": method.lower(),
            "params": {},
            "payload": {},
            "time": time.replace("+00:00", "Z"),
        }
        return json.dumps(
            {"code": self.code, "message": self.message, "requestInfo": info}
        ).encode()


class RefusedError(Exception):
    """One of the proxy's own paths answers with an error.

    Attributes:
        refusal: that answer.
    """

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


class SettingError(ValueError):
    """A setting that the daemon cannot start with; its text is one line for the operator."""


class WrongSettingsError(SettingError):
    """Settings that cannot be read; the text is about the first.

    Attributes:
        problems: a line about each.
    """

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(problems[0])
        self.problems = tuple(problems)
