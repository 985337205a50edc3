"""The index service: tasks by name. Asynchronous."""

from tcproxy_client import index as _index
from tcproxy_client.aio.asyncclient import (
    _defaultConfig,
    config,
    createApiClient,
    createSession,
    createTemporaryCredentials,
    serviceClient,
)

__all__ = [
    "Index",
    "_defaultConfig",
    "config",
    "createApiClient",
    "createSession",
    "createTemporaryCredentials",
]

Index = serviceClient(_index.SERVICE, __name__)
