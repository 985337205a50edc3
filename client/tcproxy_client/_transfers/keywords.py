"""The keywords of the public functions, as types."""

import datetime as dt
from typing import Any, NotRequired, TypedDict

from tcproxy_client._transfers.meter import Progress


class UploadKeywords(TypedDict):
    """What every upload takes; told in `tcproxy_client.upload`."""

    projectId: str
    name: str
    contentType: str
    contentLength: int
    expires: dt.datetime | str
    objectService: Any
    maxRetries: NotRequired[int]
    uploadId: NotRequired[str | None]
    progress: NotRequired[Progress | None]


class DownloadKeywords(TypedDict):
    """What every download of an object takes; told in `tcproxy_client.download`."""

    name: str
    objectService: Any
    maxRetries: NotRequired[int]
    progress: NotRequired[Progress | None]
    parallel: NotRequired[int]


class ArtifactKeywords(TypedDict):
    """What every download of an artifact takes; told in `tcproxy_client.download`."""

    taskId: str
    name: str
    queueService: Any
    runId: NotRequired[int | str | None]
    maxRetries: NotRequired[int]
    progress: NotRequired[Progress | None]
    parallel: NotRequired[int]
