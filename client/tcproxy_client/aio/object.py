"""The object service: uploads and downloads of named data. Asynchronous."""

from tcproxy_client import object as _object
from tcproxy_client.aio.asyncclient import (
    _defaultConfig,
    config,
    createApiClient,
    createSession,
    createTemporaryCredentials,
    serviceClient,
)

__all__ = [
    "Object",
    "_defaultConfig",
    "config",
    "createApiClient",
    "createSession",
    "createTemporaryCredentials",
]

Object = serviceClient(_object.SERVICE, __name__)
