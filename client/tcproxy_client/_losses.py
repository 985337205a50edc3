"""Why no complete answer came, in words that both faces share. Values only; no I/O.

The faces see different exceptions of different libraries for the same failure. Each decides which
of these it was, and everything after that is the same for both.
"""

from tcproxy_client._reply import Lost
from tcproxy_client._retry import Timeouts


def refused(cause: BaseException) -> Lost:
    """Nothing listens at the address."""
    return Lost("connection refused", cause)


def no_socket(path: str, cause: BaseException) -> Lost:
    """There is no unix socket at the path."""
    return Lost(f"there is no socket {path}", cause)


def unknown_name(host: str, cause: BaseException) -> Lost:
    """The host's name cannot be resolved."""
    return Lost(f"the name {host!r} cannot be resolved", cause)


def unreachable(cause: BaseException) -> Lost:
    """The connection failed in some other way: no route, no permission."""
    return Lost(f"cannot connect: {_plain(cause)}", cause)


def untrusted(cause: BaseException) -> Lost:
    """The server's certificate was not accepted."""
    return Lost("the server's certificate is not trusted", cause, final=True)


def connect_timeout(timeouts: Timeouts, cause: BaseException) -> Lost:
    """No connection came about in time."""
    return Lost(f"no connection within {timeouts.connect:g} s", cause)


def read_timeout(timeouts: Timeouts, cause: BaseException) -> Lost:
    """The server was silent for too long."""
    return Lost(f"no byte of an answer for {timeouts.read:g} s", cause)


def total_timeout(timeouts: Timeouts, cause: BaseException) -> Lost:
    """The call as a whole took too long."""
    return Lost(f"no complete answer within {timeouts.total:g} s", cause, final=True)


def dropped(cause: BaseException) -> Lost:
    """The connection ended before an answer."""
    return Lost("the connection was closed before an answer", cause)


def malformed(cause: BaseException) -> Lost:
    """What came is not HTTP."""
    return Lost("the answer is not HTTP", cause)


def cut_short(cause: BaseException) -> Lost:
    """The answer broke off, or its encoding is broken."""
    return Lost("the answer is incomplete or garbled", cause)


def short() -> Lost:
    """The answer was complete, but not as long as it said."""
    return Lost("the answer has another length than it says", ValueError("wrong length"))


def changed() -> Lost:
    """What is downloaded is no longer what it was when the download began."""
    why = "the data changed while it was downloaded"
    return Lost(why, ValueError("another entity tag, date or length"), anew=True)


def another_part() -> Lost:
    """The answer to the first request is a part of the data, and not its beginning."""
    why = "the answer, status 206, is not the part of the data that was asked for"
    return Lost(why, ValueError("another Content-Range"))


def unwanted(status: int) -> Lost:
    """The answer came before all that was to be sent, though it tells no error."""
    why = f"the answer, status {status}, came before all data was sent"
    return Lost(why, ValueError("early answer"))


def _plain(cause: BaseException) -> str:
    strerror = getattr(cause, "strerror", None)
    return strerror if isinstance(strerror, str) else type(cause).__name__
