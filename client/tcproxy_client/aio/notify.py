"""The notify service: email, chat and Pulse messages. Asynchronous."""

from tcproxy_client import notify as _notify
from tcproxy_client.aio.asyncclient import (
    _defaultConfig,
    config,
    createApiClient,
    createSession,
    createTemporaryCredentials,
    serviceClient,
)

__all__ = [
    "Notify",
    "_defaultConfig",
    "config",
    "createApiClient",
    "createSession",
    "createTemporaryCredentials",
]

Notify = serviceClient(_notify.SERVICE, __name__)
