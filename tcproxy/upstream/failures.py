"""Why an exchange with an origin failed, as values. No I/O."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Failure:
    """An attempt that ended without a complete response.

    Attributes:
        cause: a short word for logs and metrics, from a fixed list: `resolve`, `connect`, `tls`,
            `certificate`, `proxy`, `timeout`, `closed`, `reset`, `malformed`, `truncated`, `busy`.
        message: what happened, for people; it shows no secret.
        on_used_connection: whether an idle connection was used again and closed before it answered,
            which is no sign of trouble: the origin may end idle connections at any time.
    """

    cause: str
    message: str
    on_used_connection: bool = False

    @property
    def is_permanent(self) -> bool:
        """Whether another attempt would fail the same way, or add to an overload."""
        return self.cause in {"certificate", "busy"}

    @property
    def is_timeout(self) -> bool:
        """Whether time ran out, rather than something going wrong."""
        return self.cause == "timeout"


class OpenError(Exception):
    """A connection could not be opened.

    Attributes:
        failure: why.
    """

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure
