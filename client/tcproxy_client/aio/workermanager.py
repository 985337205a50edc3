"""The worker-manager service: worker pools and workers. Asynchronous."""

from tcproxy_client import workermanager as _workermanager
from tcproxy_client.aio.asyncclient import (
    _defaultConfig,
    config,
    createApiClient,
    createSession,
    createTemporaryCredentials,
    serviceClient,
)

__all__ = [
    "WorkerManager",
    "_defaultConfig",
    "config",
    "createApiClient",
    "createSession",
    "createTemporaryCredentials",
]

WorkerManager = serviceClient(_workermanager.SERVICE, __name__)
