"""Artifacts: what they are, where their data is, and where links between them lead.

Nothing here knows payloads, scopes or HTTP.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tcproxy.sandbox import errors, times
from tcproxy.sandbox.storage import Bucket

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from tcproxy.sandbox.services.objects import Objects
    from tcproxy.sandbox.services.queue.states import Task
    from tcproxy.sandbox.storage import Storage

_READ_URL_LIFE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Artifact:
    """An artifact of a run.

    Attributes:
        name: Its name.
        storage_type: s3, object, reference, link or error.
        expires: When it ceases to be readable.
        content_type: What it says it is.
        content_length: Its size in bytes, if that was told.
        details: What its storage type needs beside that.
        is_present: Whether it can be read; an object artifact can when it has been finished.
    """

    name: str
    storage_type: str
    expires: datetime
    content_type: str
    content_length: int | None = None
    details: Mapping[str, str] = field(default_factory=dict)
    is_present: bool = True

    def show(self) -> dict[str, Any]:
        """Return it as lists show it."""
        length = {} if self.content_length is None else {"contentLength": self.content_length}
        return {
            "storageType": self.storage_type,
            "name": self.name,
            "expires": times.show(self.expires),
            "contentType": self.content_type,
            **length,
        }

    def may_become(self, wanted: Artifact) -> bool:
        """Tell whether another artifact may take its place: the same for longer, mostly."""
        if self.storage_type == "reference" and wanted.storage_type in {"reference", "link"}:
            return True
        return self.storage_type != "object" and (
            replace(self, expires=wanted.expires) == wanted and self.expires <= wanted.expires
        )


@dataclass(frozen=True, slots=True)
class Place:
    """Where an artifact is: the name of a run's artifact, and so the keys of its data."""

    task_id: str
    run_id: int
    name: str

    @property
    def key(self) -> str:
        """Return the key of the data of an s3 artifact."""
        return f"{self.task_id}/{self.run_id}/{self.name}"

    @property
    def bucket(self) -> Bucket:
        """Return the bucket of the data of an s3 artifact."""
        is_public = self.name.startswith("public/")
        return Bucket.PUBLIC_ARTIFACTS if is_public else Bucket.PRIVATE_ARTIFACTS

    @property
    def object_name(self) -> str:
        """Return what the object is called that has the data of an object artifact."""
        return f"t/{self.key}"


@dataclass(frozen=True, slots=True)
class Found:
    """Where a name leads to.

    Attributes:
        names: The names on the way through links, the last one included.
        place: Where the last one is.
        artifact: What is there; None if there is nothing that can be read.
    """

    names: tuple[str, ...]
    place: Place
    artifact: Artifact | None


class Artifacts:
    """All artifacts.

    Args:
        storage: Where the data of s3 artifacts is.
        objects: Where the data of object artifacts is.
    """

    def __init__(self, storage: Storage, objects: Objects) -> None:
        self._storage = storage
        self._objects = objects
        self._artifacts: dict[tuple[str, int], dict[str, Artifact]] = {}

    def of_run(self, task_id: str, run_id: int) -> Mapping[str, Artifact]:
        """Return the artifacts of a run by their names."""
        return self._artifacts.get((task_id, run_id), {})

    def get(self, place: Place) -> Artifact | None:
        """Return what is at a place, whether it can be read or not."""
        return self.of_run(place.task_id, place.run_id).get(place.name)

    def put(self, place: Place, artifact: Artifact) -> None:
        """Keep an artifact, instead of what is at its place."""
        self._artifacts.setdefault((place.task_id, place.run_id), {})[place.name] = artifact

    def put_data(self, place: Place, artifact: Artifact, data: bytes) -> None:
        """Keep an s3 artifact together with its data."""
        self.put(place, artifact)
        self._storage.put_bytes(place.bucket, place.key, data, artifact.content_type)

    def is_uploaded(self, place: Place) -> bool:
        """Tell whether the object of an object artifact is there."""
        return self._objects.is_finished(place.object_name)

    def find(self, task: Task, run_id: int, name: str) -> Found:
        """Return where a name leads to, through links.

        Raises:
            ApiError: They lead in a circle.
        """
        names = [name]
        while True:
            place = Place(task.task_id, run_id, names[-1])
            artifact = self.get(place)
            if artifact is not None and not artifact.is_present:
                artifact = None
            if (
                artifact is None
                or artifact.storage_type != "link"
                or artifact.expires <= times.now()
            ):
                return Found(tuple(names), place, artifact)
            target = artifact.details["artifact"]
            if target in names:
                raise errors.input_error("Artifact leads to a link cycle")
            names.append(target)

    def url(self, place: Place, artifact: Artifact, root_url: str) -> str:
        """Return the URL of the data of an artifact, which is neither a link nor an error."""
        if artifact.storage_type == "object":
            return self._objects.simple_url(place.object_name, root_url)
        if artifact.storage_type != "s3":
            return artifact.details["url"]
        if place.bucket.is_public:
            return self._storage.url(root_url, place.bucket, place.key)
        life = self._storage.life(_READ_URL_LIFE)
        return self._storage.signed_url(root_url, place.bucket, place.key, life=life)
