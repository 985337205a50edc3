"""What both faces do, decided once: which request to send, what its answer means, what comes next.

Nothing here does I/O or looks at a clock. A conversation with the deployment is a generator: it
yields a `Send` or a `Wait`, the face carries it out and sends back what came of it, and the value
that the generator returns is the result. The sync face drives them with urllib3, the async face
with aiohttp.
"""

import base64
import binascii
import re
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, replace
from typing import IO, Any, Self

from tcproxy_client import _target
from tcproxy_client._arguments import Call
from tcproxy_client._failures import UNREADABLE, connection_failure, decoded, rest_failure
from tcproxy_client._reply import Lost, Reply
from tcproxy_client._retry import RetryPolicy, Timeouts, attempts, http_date
from tcproxy_client._target import Target
from tcproxy_client._text import dumpJson, query_string
from tcproxy_client._version import __version__
from tcproxy_client.exceptions import TaskclusterFailure

ENDPOINT_HEADER = "X-Taskcluster-Endpoint"

# A span of a signed URL counts as granted if it is this near to what was asked for, in seconds.
_SIGNING_SLACK = 5

_URL = re.compile(r"(?P<origin>https?://[!-~]+?)(?P<path>([/?][!-~]*?)?)(#[!-~]*)?")

_HEADERS = {
    "Accept": "*/*",
    "Accept-Encoding": "gzip, deflate",
    "User-Agent": f"tcproxy-client/{__version__}",
}
_JSON_HEADERS = _HEADERS | {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request.

    Attributes:
        method: the verb.
        target: where it goes.
        path: the request target, from the slash on, encoded.
        headers: all that are not the HTTP library's business.
        body: bytes, or an open binary file with its length in the headers, or None.
        service: the service that is called, for errors.
    """

    method: str
    target: Target
    path: str
    headers: Mapping[str, str]
    body: bytes | IO[bytes] | None = None
    service: str | None = None

    @property
    def url(self) -> str:
        """The URL of the request."""
        return self.target.origin + self.path


@dataclass(frozen=True, slots=True)
class Rules:
    """How to send: when to give up, and when to try again."""

    timeouts: Timeouts
    retries: RetryPolicy


@dataclass(frozen=True, slots=True)
class Send:
    """To be done: send the request, and give back a `Reply` or `Lost`.

    Attributes:
        request: what to send.
        timeouts: how long to wait for its parts.
        deadline: when its answer has to be there, on the clock of the conversation.
    """

    request: Request
    timeouts: Timeouts
    deadline: float


@dataclass(frozen=True, slots=True)
class Wait:
    """To be done: wait, and say why; give back None."""

    seconds: float
    why: str


@dataclass(frozen=True, slots=True)
class Chance:
    """What a conversation needs of the world: a monotonic clock, and random numbers in [0, 1)."""

    clock: Callable[[], float]
    luck: Callable[[], float]


Conversation = Generator[Send | Wait, Any, Any]


def exchange(request: Request, rules: Rules, chance: Chance) -> Generator[Send | Wait, Any, Reply]:
    """Send a request as often as the rules say.

    Returns:
        The last answer; its status is below 400.

    Raises:
        TaskclusterRestFailure: for an answer with an error status.
        TaskclusterAuthFailure: for a 401.
        TaskclusterConnectionError: if no complete answer came.
    """
    reply, tried = yield from complete(request, rules, chance)
    if reply.status >= 400:
        raise rest_failure(reply).at(method=request.method, service=request.service, attempts=tried)
    return reply


def complete(
    request: Request, rules: Rules, chance: Chance
) -> Generator[Send | Wait, Any, tuple[Reply, int]]:
    """Send a request as often as the rules say, and take any status.

    Returns:
        The last answer, and how often the deployment was tried.

    Raises:
        TaskclusterConnectionError: if no complete answer came.
    """
    outcome, tried = yield from _try_out(request, rules, chance)
    if isinstance(outcome, Lost):
        error = connection_failure(outcome, request.url)
        raise error.at(
            method=request.method, service=request.service, attempts=tried
        ) from outcome.cause
    return outcome, tried


def _try_out(
    request: Request, rules: Rules, chance: Chance
) -> Generator[Send | Wait, Any, tuple[Reply | Lost, int]]:
    deadline = chance.clock() + rules.timeouts.total
    attempt = tried = 0
    while True:
        attempt += 1
        outcome: Reply | Lost = yield Send(request, rules.timeouts, deadline)
        tried += attempts(outcome)
        left = deadline - chance.clock()
        pause = rules.retries.pause(outcome, attempt, left=left, luck=chance.luck())
        if pause is None:
            return outcome, tried
        yield Wait(pause, _reason(request, outcome))


def _reason(request: Request, outcome: Reply | Lost) -> str:
    what = f"status {outcome.status}" if isinstance(outcome, Reply) else outcome.why
    return f"{request.method} {_target.hide_signature(request.url)}: {what}"


@dataclass(frozen=True, slots=True)
class Place:
    """A service below a root URL.

    Attributes:
        target: where requests are sent: a deployment or a proxy.
        root: the root URL that built URLs begin with, without a trailing slash.
        service: the service's name in paths.
        version: its version in paths.
    """

    target: Target
    root: str
    service: str
    version: str

    def path(self, call: Call) -> str:
        """Build the path of a call with its query, below the root URL."""
        path = _target.path(self.service, self.version, call.endpoint, call.values)
        query = query_string(call.query)
        return f"{path}?{query}" if query else path

    def url(self, call: Call) -> str:
        """Build the URL of a call."""
        return self.root + self.path(call)


def api_request(place: Place, call: Call) -> Request:
    """Build the request of a call.

    A route's trailing slash is left out where no query follows, as the official client does.
    """
    body = None if call.payload is None else dumpJson(call.payload).encode()
    return Request(
        call.endpoint.verb,
        place.target,
        place.target.prefix + place.path(call).rstrip("/"),
        _HEADERS if body is None else _JSON_HEADERS,
        body,
        place.service,
    )


def api_call(
    place: Place, call: Call, rules: Rules, chance: Chance, view: Callable[[Reply], Any]
) -> Conversation:
    """Call a method once; the result is its answer.

    Args:
        place: the service.
        call: the call.
        rules: when to try again, and when to give up.
        chance: the clock and the luck.
        view: how an answer that is not JSON is shown.
    """
    reply = yield from exchange(api_request(place, call), rules, chance)
    return answer(reply, view)


def answer(reply: Reply, view: Callable[[Reply], Any]) -> Any:
    """Read an answer: None for 204, decoded JSON, or ``{"response": ...}`` for anything else."""
    if reply.status == 204:
        return None
    body = decoded(reply.body)
    return {"response": view(reply)} if body is UNREADABLE else body


def next_page(call: Call, page: Any) -> Call | None:
    """Give the call for the page after this one, or None if it was the last."""
    token = page.get("continuationToken") if isinstance(page, dict) else None
    return replace(call, query=call.query | {"continuationToken": token}) if token else None


def items(call: Call, page: Any) -> list[Any]:
    """Give the single list in a page.

    Raises:
        TaskclusterFailure: if there is not exactly one.
    """
    if isinstance(page, list):
        return page
    lists = {
        name: value
        for name, value in (page.items() if isinstance(page, dict) else ())
        if isinstance(value, list)
    }
    if len(lists) != 1:
        found = ", ".join(lists) or "none"
        raise TaskclusterFailure(
            f"{call.endpoint.name}: a page should hold one list, found {found}; use pages()"
        )
    return next(iter(lists.values()))


def require_pages(call: Call) -> None:
    """Refuse to page through a method whose answers do not come in pages.

    Raises:
        TaskclusterFailure: if it is such a method, or a handler was given as well.
    """
    if not call.endpoint.paged:
        raise TaskclusterFailure(f"{call.endpoint.name} does not answer in pages")
    if call.handler is not None:
        raise TaskclusterFailure("Give a paginationHandler to the call itself, not to pages()")


def signed_url(
    place: Place, call: Call, span: "Span", root: str | None, rules: Rules, chance: Chance
) -> Conversation:
    """Have the proxy sign a URL; the result is the URL with its bewit.

    Args:
        place: the service.
        call: the call that the URL stands for; the URL only works for GET.
        span: how long it is to work.
        root: the public root URL of the deployment; None to ask the proxy for it.
        rules: when to try again, and when to give up.
        chance: the clock and the luck.
    """
    if root is None:
        root = yield from _public_root(place, rules, chance)
    # Sorted, since a Go proxy sorts the query after signing it.
    call = replace(call, query=dict(sorted(call.query.items())))
    request = Request(
        "POST",
        place.target,
        f"{place.target.prefix}/bewit?expiration={span.seconds}",
        _HEADERS | {"Content-Type": "text/plain"},
        (root + place.path(call)).encode(),
        place.service,
    )
    try:
        reply = yield from exchange(request, rules, chance)
    except TaskclusterFailure as error:
        if error.status == 404:
            raise _no_proxy(place.target) from error
        raise
    url = reply.headers.get("Location") or reply.body.decode("utf-8", "replace").strip()
    if "bewit=" not in url:
        raise _no_proxy(place.target)
    span.check(url, http_date(reply.headers.get("Date", "")))
    return url


def _public_root(place: Place, rules: Rules, chance: Chance) -> Generator[Send | Wait, Any, str]:
    """Ask the proxy for the deployment behind it; else it is taken to be the deployment.

    The proxy says with every forwarded answer which URL it asked the deployment for.
    """
    path = f"/api/{place.service}/{place.version}/ping"
    where = place.target
    request = Request("GET", where, where.prefix + path, _HEADERS, None, place.service)
    reply = yield from exchange(request, rules, chance)
    asked = reply.headers.get(ENDPOINT_HEADER, "")
    return asked.removesuffix(path) if asked.endswith(path) else place.root


def _no_proxy(target: Target) -> TaskclusterFailure:
    return TaskclusterFailure(
        f"{target.base} signs no URLs: it is no proxy, or one without /bewit. "
        "Set TASKCLUSTER_PROXY_URL or rootUrl to a running tcproxy"
    )


@dataclass(frozen=True, slots=True)
class Span:
    """How long a signed URL is to work.

    Attributes:
        seconds: from now on.
        strict: whether another span is an error; so if the caller asked for this one.
        now: the time in seconds since the epoch, for proxies that do not tell theirs.
    """

    seconds: int
    strict: bool
    now: float

    @classmethod
    def of(cls, seconds: float, now: float, *, strict: bool) -> Self:
        """Take a span in seconds; fractions are cut when it ends, as the official client does.

        Raises:
            TypeError: if it is not a number.
        """
        return cls(int(now + seconds) - int(now), strict, now)

    def check(self, url: str, then: float | None) -> None:
        """Compare with what the URL says.

        Args:
            url: the signed URL.
            then: the time by the proxy's clock when it signed.

        Raises:
            TaskclusterFailure: if it is strict and the URL works for another span.
        """
        expiry = bewit_expiry(url)
        if not self.strict or expiry is None:
            return
        granted = expiry - (self.now if then is None else then)
        if abs(granted - self.seconds) > _SIGNING_SLACK:
            raise TaskclusterFailure(
                f"Asked the proxy for a URL that works for {self.seconds} s, but it signed for "
                f"{granted:.0f} s. The Go taskcluster-proxy knows one hour only: leave "
                "expiration out, or use tcproxy"
            )


def bewit_expiry(url: str) -> int | None:
    """Read when a signed URL ends, in seconds since the epoch; None if it cannot be read."""
    token = url.partition("bewit=")[2].partition("&")[0]
    try:
        parts = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).split(b"\\")
        return int(parts[1])
    except (binascii.Error, ValueError, IndexError):
        return None


def plain_request(
    method: str, url: str, headers: Mapping[str, str] | None, body: bytes | IO[bytes] | None
) -> Request:
    """Build a request for any URL, as for a storage that a deployment named.

    Raises:
        TaskclusterFailure: if the URL is of no use.
    """
    match = _URL.fullmatch(url)
    if match is None:
        raise TaskclusterFailure(f"url {url!r} cannot be used: give http:// or https://, encoded")
    where = _target.target(match["origin"], "url")
    path = match["path"] if match["path"].startswith("/") else f"/{match['path']}"
    given = {name: str(value) for name, value in (headers or {}).items()}
    return Request(method.upper(), where, path, _HEADERS | given, body)


def shown(request: Request) -> str:
    """Give the URL of a request for logs: a signature in it is hidden."""
    return _target.hide_signature(request.url)
