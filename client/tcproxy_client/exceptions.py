"""What can go wrong, as classes. Nothing but the errors and their texts lives here.

::

    Exception
    └── TaskclusterFailure                      a wrong call, a wrong option; parent of all below
        ├── TaskclusterRestFailure              the deployment (or the proxy) answered with an error
        ├── TaskclusterAuthFailure              it answered 401; or credentials were given to a
        │                                       client that does not sign
        ├── TaskclusterConnectionError          no complete answer came: refused, dropped, too late
        ├── TaskclusterTopicExchangeFailure     a wrong routing key
        ├── TaskclusterArtifactError            the artifact stands for an error
        └── ObjectHashVerificationError         the data is not what was stored

Every error has ``method``, ``url`` (a bewit or another signature in it is hidden), ``status``,
``service``, ``code`` (the deployment's name for the error) and ``attempts`` (how often the
deployment was tried, as far as is known, by this client and the proxy together). They are None, and
``attempts`` 0, where no request was made. All can be pickled.
"""

import pickle
from typing import Any, Self

__all__ = [
    "ObjectHashVerificationError",
    "TaskclusterArtifactError",
    "TaskclusterAuthFailure",
    "TaskclusterConnectionError",
    "TaskclusterFailure",
    "TaskclusterRestFailure",
    "TaskclusterTopicExchangeFailure",
]


class TaskclusterFailure(Exception):
    """Something about a call failed; the parent of every error of this package.

    Attributes:
        method: the HTTP method of the request.
        url: its URL; a bewit or another signature in it is hidden.
        status: the status of the answer.
        service: the service that was called, as ``queue``.
        code: the deployment's name for the error, as ``ResourceNotFound``.
        attempts: how often the deployment was tried.
    """

    method: str | None = None
    url: str | None = None
    status: int | None = None
    service: str | None = None
    code: str | None = None
    attempts: int = 0

    def at(self, **context: object) -> Self:
        """Say where the failure happened: sets the attributes given by name, and returns it."""
        self.__dict__.update(context)
        return self

    def __str__(self) -> str:
        text = super().__str__() if len(self.args) > 1 else self._message()
        return f"{text}\n{self._where()}" if self.url else text

    def _message(self) -> str:
        if self.args and self.args[0] not in (None, ""):
            return str(self.args[0])
        return "Unknown failure" if self.status is None else f"Unknown Server Error {self.status}"

    def _where(self) -> str:
        status = "no answer" if self.status is None else f"status {self.status}"
        code = f" {self.code}" if self.code else ""
        tried = f", {self.attempts} attempts" if self.attempts > 1 else ""
        asked = f"{self.method} {self.url}" if self.method else self.url
        return f"({asked}: {status}{code}{tried})"

    def __reduce__(self) -> tuple[Any, ...]:
        state = {name: _picklable(value) for name, value in self.__dict__.items()}
        return _restore, (type(self), self.args, state)


class TaskclusterRestFailure(TaskclusterFailure):
    """The deployment or the proxy answered with an error.

    Attributes:
        superExc: always None; kept for code that looks at it.
        status_code: the status of the answer.
        body: its body if that was JSON, else ``{}``.
    """

    def __init__(
        self,
        msg: str | None,
        superExc: BaseException | None,
        status_code: int = 500,
        body: Any = None,
    ) -> None:
        super().__init__(msg)
        self.superExc = superExc
        self.status_code = status_code
        self.body: Any = {} if body is None else body


class TaskclusterAuthFailure(TaskclusterFailure):
    """The deployment did not accept the credentials, or this client was given some.

    Attributes:
        superExc: always None; kept for code that looks at it.
        status_code: the status of the answer; 500 if no request was made.
        body: its body if that was JSON, else ``{}``.
    """

    def __init__(
        self,
        msg: str | None,
        superExc: BaseException | None = None,
        status_code: int = 500,
        body: Any = None,
    ) -> None:
        super().__init__(msg)
        self.superExc = superExc
        self.status_code = status_code
        self.body: Any = {} if body is None else body


class TaskclusterConnectionError(TaskclusterFailure):
    """No complete answer came.

    Attributes:
        superExc: what the HTTP library raised.
    """

    def __init__(self, msg: str | None, superExc: BaseException | None) -> None:
        super().__init__(msg)
        self.superExc = superExc


class TaskclusterTopicExchangeFailure(TaskclusterFailure):
    """A routing key cannot be made of what was given."""


class TaskclusterArtifactError(TaskclusterFailure):
    """The artifact stands for an error.

    Attributes:
        reason: the deployment's word for the kind of error, as ``file-missing-on-worker``.
    """

    def __init__(self, message: str | None, reason: str | None) -> None:
        super().__init__(message)
        self.reason = reason


class ObjectHashVerificationError(TaskclusterFailure):
    """The data that came is not the data that was stored."""


def _restore(
    cls: type[TaskclusterFailure], args: tuple[object, ...], state: dict[str, object]
) -> TaskclusterFailure:
    """Make an error again without its constructor, whose arguments differ from class to class."""
    error = cls.__new__(cls, *args)
    error.args = args
    error.__dict__.update(state)
    return error


def _picklable(value: object) -> object:
    """Give the value, or a plain exception in place of one that cannot be pickled and restored."""
    if not isinstance(value, BaseException):
        return value
    try:
        pickle.loads(pickle.dumps(value))  # noqa: S301  # it was made in this process
    except Exception:  # noqa: BLE001  # foreign exceptions fail to pickle in every way
        return RuntimeError(repr(value))
    return value
