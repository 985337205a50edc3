"""Where data is to be had: what services answer when they are asked for a URL.

An origin is asked again when its URL no longer works.
"""

import datetime as dt
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from tcproxy_client._log import log as _root_log
from tcproxy_client._transfers.hashing import known
from tcproxy_client._transfers.steps import Call, Step
from tcproxy_client.exceptions import (
    ObjectHashVerificationError,
    TaskclusterArtifactError,
    TaskclusterFailure,
)

log = _root_log.getChild("download")

# How many links may lead from one artifact to the next.
_MAX_LINKS = 10

_BOTH = {"acceptDownloadMethods": {"simple": True, "getUrl": True}}
_SIMPLE = {"acceptDownloadMethods": {"simple": True}}

# Methods of the queue for the artifacts of a run, and their forms for the latest run.
_LATEST = {"artifact": "latestArtifact", "getArtifact": "getLatestArtifact"}

# Options of a queue client that a client of the object service beside it has as well.
_SHARED_OPTIONS = (
    "rootUrl",
    "proxy",
    "publicRootUrl",
    "connectTimeout",
    "readTimeout",
    "totalTimeout",
)


@dataclass(frozen=True, slots=True)
class Located:
    """A URL of the data.

    Attributes:
        url: where it is; the URL needs no credentials.
        expires: until when, in seconds since the epoch, if that is told.
        hashes: in hex, by algorithm; empty if none are known.
    """

    url: str
    expires: float | None
    hashes: Mapping[str, str]

    def is_over(self, now: float) -> bool:
        """Tell whether the URL has expired."""
        return self.expires is not None and self.expires <= now


Locating = Generator[Step, Any, Located]


class Origin(Protocol):
    """Something that can be asked for a URL."""

    def locate(self) -> Locating:
        """Ask for a URL, or for another one."""


class ObjectOrigin:
    """An object of the object service.

    Args:
        service: a client of the object service.
        name: the object's name.
    """

    def __init__(self, service: Any, name: str) -> None:
        self._service = service
        self._name = name
        self._proposal = _BOTH

    def locate(self) -> Locating:
        """Agree on a download (``PUT /start-download/<name>``)."""
        answer = yield from self._start()
        method, url = answer.get("method"), answer.get("url")
        if method not in ("getUrl", "simple"):
            raise TaskclusterFailure(
                f"Unknown download method {method}: getUrl and simple are known"
            )
        if not isinstance(url, str):
            raise TaskclusterFailure(f"The download was agreed on, by {method}, but without a URL")
        hashes = answer.get("hashes") or {}
        if method == "simple":
            log.warning("%s: not verified, the deployment tells no hashes", self._name)
        elif not known(hashes):
            raise ObjectHashVerificationError("No acceptable hashes found in object metadata")
        return Located(url, moment(answer.get("expires")), hashes)

    def _start(self) -> Generator[Step, Any, Mapping[str, Any]]:
        try:
            answer = yield Call(self._service.startDownload, (self._name, self._proposal))
        except Exception as error:  # any service may be given, with errors of its own
            if self._proposal is _SIMPLE or _status(error) not in (400, 406):
                raise
            self._proposal = _SIMPLE  # a deployment that does not know getUrl
            answer = yield Call(self._service.startDownload, (self._name, self._proposal))
        return require_object(answer, "startDownload")


@dataclass(frozen=True, slots=True)
class Wanted:
    """An artifact: of a run, or of the latest one if that is None."""

    task_id: str
    run_id: str | int | None
    name: str


class ArtifactOrigin:
    """An artifact of a task.

    Args:
        queue: a client of the queue.
        wanted: the artifact.
        objects: makes a client of the object service with options.
        retries: how often that client tries again.
    """

    def __init__(
        self,
        queue: Any,
        wanted: Wanted,
        objects: Callable[[Mapping[str, Any]], Any],
        retries: int,
    ) -> None:
        self._queue = queue
        self._wanted = wanted
        self._objects = objects
        self._retries = retries

    def locate(self) -> Locating:
        """Ask the queue for the artifact's content, and follow links to other artifacts."""
        trail = [self._wanted.name]
        while True:
            answer = require_object((yield self._ask("artifact", trail[-1])), "artifact")
            match answer.get("storageType"):
                case "s3" | "reference":
                    return Located(require_url(answer), None, {})
                case "object":
                    return (yield from self._object(answer, trail[-1]))
                case "link":
                    trail.append(_followed(answer, trail))
                case "error":
                    raise TaskclusterArtifactError(
                        answer.get("message") or f"{trail[-1]} stands for an error",
                        answer.get("reason"),
                    )
                case other:
                    raise TaskclusterFailure(
                        f"Unknown storageType {other!r} of the artifact {trail[-1]}"
                    )

    def _ask(self, method: str, name: str) -> Call:
        """Call a method of the queue: that for a run, or that for the latest one."""
        task_id, run_id = self._wanted.task_id, self._wanted.run_id
        if run_id is None:
            return Call(getattr(self._queue, _LATEST[method]), (task_id, name))
        return Call(getattr(self._queue, method), (task_id, run_id, name))

    def _object(self, answer: Mapping[str, Any], name: str) -> Locating:
        """Ask the object service, or have the queue sign a URL.

        The queue hands out credentials for the object; here nothing signs with them, so the proxy's
        own scopes have to cover it. The queue's redirect needs none.
        """
        options = self._options()
        if options:
            try:
                service = self._objects(options)
                return (yield from ObjectOrigin(service, require_name(answer)).locate())
            except TaskclusterFailure as error:
                if _status(error) not in (401, 403):
                    raise
                log.debug("The object service refused: %s", error)
        redirect = yield self._ask("getArtifact", name)
        log.warning(
            "%s: not verified, no hashes are known without the scope object:download:%s",
            name,
            answer.get("name"),
        )
        return Located(_redirected(redirect), None, {})

    def _options(self) -> dict[str, Any]:
        options = getattr(self._queue, "options", None)
        if not isinstance(options, Mapping) or not options.get("rootUrl"):
            return {}
        shared = {name: options[name] for name in _SHARED_OPTIONS if name in options}
        return shared | {"maxRetries": self._retries}


def _followed(answer: Mapping[str, Any], trail: list[str]) -> str:
    target = answer.get("artifact")
    if not isinstance(target, str) or not target:
        raise TaskclusterFailure(f"The artifact {trail[-1]} is a link that leads nowhere")
    if target in trail or len(trail) > _MAX_LINKS:
        what = "in a circle" if target in trail else "too far"
        raise TaskclusterFailure(f"Links lead {what}: {' -> '.join([*trail, target])}")
    return target


def _redirected(answer: Any) -> str:
    """Read where a redirect leads, whichever way a client shows it."""
    if isinstance(answer, Mapping) and "response" in answer:
        location = answer["response"].headers.get("Location")
        return require_url({"url": location})
    return require_url(require_object(answer, "getArtifact"))


def _status(error: BaseException) -> int | None:
    status = getattr(error, "status_code", None)
    return status if isinstance(status, int) else None


def require_object(answer: Any, method: str) -> Mapping[str, Any]:
    """Require that a service answered with a JSON object.

    Raises:
        TaskclusterFailure: if it did not.
    """
    if not isinstance(answer, Mapping):
        raise TaskclusterFailure(f"{method} was answered with {type(answer).__name__}, no object")
    return answer


def require_url(answer: Mapping[str, Any]) -> str:
    """Give the URL in an answer.

    Raises:
        TaskclusterFailure: if there is none.
    """
    url = answer.get("url")
    if not isinstance(url, str):
        raise TaskclusterFailure("The answer has no URL of the data")
    return url


def require_name(answer: Mapping[str, Any]) -> str:
    """Give the name in an answer.

    Raises:
        TaskclusterFailure: if there is none.
    """
    name = answer.get("name")
    if not isinstance(name, str):
        raise TaskclusterFailure("The queue did not name the object of the artifact")
    return name


def moment(text: object) -> float | None:
    """Read an ISO 8601 time, UTC if it names no zone, as seconds since the epoch; or give None."""
    try:
        time = dt.datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return (time if time.tzinfo else time.replace(tzinfo=dt.UTC)).timestamp()
