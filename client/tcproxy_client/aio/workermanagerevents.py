"""What the worker-manager service tells on Pulse: exchanges and routing keys. Asynchronous."""

from tcproxy_client import workermanagerevents as _workermanagerevents
from tcproxy_client.aio.asyncclient import (
    _defaultConfig,
    config,
    createApiClient,
    createSession,
    createTemporaryCredentials,
    eventsClient,
)

__all__ = [
    "WorkerManagerEvents",
    "_defaultConfig",
    "config",
    "createApiClient",
    "createSession",
    "createTemporaryCredentials",
]

WorkerManagerEvents = eventsClient(_workermanagerevents.EVENTS, __name__)
