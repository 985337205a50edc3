"""The secrets service: small values that tasks may read. Asynchronous."""

from tcproxy_client import secrets as _secrets
from tcproxy_client.aio.asyncclient import (
    _defaultConfig,
    config,
    createApiClient,
    createSession,
    createTemporaryCredentials,
    serviceClient,
)

__all__ = [
    "Secrets",
    "_defaultConfig",
    "config",
    "createApiClient",
    "createSession",
    "createTemporaryCredentials",
]

Secrets = serviceClient(_secrets.SERVICE, __name__)
