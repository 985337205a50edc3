"""The queue service: tasks, runs, artifacts and workers. Asynchronous."""

from tcproxy_client import queue as _queue
from tcproxy_client.aio.asyncclient import (
    _defaultConfig,
    config,
    createApiClient,
    createSession,
    createTemporaryCredentials,
    serviceClient,
)

__all__ = [
    "Queue",
    "_defaultConfig",
    "config",
    "createApiClient",
    "createSession",
    "createTemporaryCredentials",
]

Queue = serviceClient(_queue.SERVICE, __name__)
