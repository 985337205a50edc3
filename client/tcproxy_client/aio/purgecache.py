"""The purge-cache service: requests to empty workers' caches. Asynchronous."""

from tcproxy_client import purgecache as _purgecache
from tcproxy_client.aio.asyncclient import (
    _defaultConfig,
    config,
    createApiClient,
    createSession,
    createTemporaryCredentials,
    serviceClient,
)

__all__ = [
    "PurgeCache",
    "_defaultConfig",
    "config",
    "createApiClient",
    "createSession",
    "createTemporaryCredentials",
]

PurgeCache = serviceClient(_purgecache.SERVICE, __name__)
