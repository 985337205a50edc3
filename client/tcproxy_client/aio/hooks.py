"""The hooks service: task templates, run on a schedule or a trigger. Asynchronous."""

from tcproxy_client import hooks as _hooks
from tcproxy_client.aio.asyncclient import (
    _defaultConfig,
    config,
    createApiClient,
    createSession,
    createTemporaryCredentials,
    serviceClient,
)

__all__ = [
    "Hooks",
    "_defaultConfig",
    "config",
    "createApiClient",
    "createSession",
    "createTemporaryCredentials",
]

Hooks = serviceClient(_hooks.SERVICE, __name__)
