"""The github service: builds, statuses and comments. Asynchronous."""

from tcproxy_client import github as _github
from tcproxy_client.aio.asyncclient import (
    _defaultConfig,
    config,
    createApiClient,
    createSession,
    createTemporaryCredentials,
    serviceClient,
)

__all__ = [
    "Github",
    "_defaultConfig",
    "config",
    "createApiClient",
    "createSession",
    "createTemporaryCredentials",
]

Github = serviceClient(_github.SERVICE, __name__)
