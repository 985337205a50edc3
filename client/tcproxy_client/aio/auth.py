"""The auth service: clients, roles and scopes. Asynchronous."""

from tcproxy_client import auth as _auth
from tcproxy_client.aio.asyncclient import (
    _defaultConfig,
    config,
    createApiClient,
    createSession,
    createTemporaryCredentials,
    serviceClient,
)

__all__ = [
    "Auth",
    "_defaultConfig",
    "config",
    "createApiClient",
    "createSession",
    "createTemporaryCredentials",
]

Auth = serviceClient(_auth.SERVICE, __name__)
