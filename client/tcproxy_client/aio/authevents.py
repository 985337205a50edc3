"""What the auth service tells on Pulse: exchanges and routing keys. Asynchronous."""

from tcproxy_client import authevents as _authevents
from tcproxy_client.aio.asyncclient import (
    _defaultConfig,
    config,
    createApiClient,
    createSession,
    createTemporaryCredentials,
    eventsClient,
)

__all__ = [
    "AuthEvents",
    "_defaultConfig",
    "config",
    "createApiClient",
    "createSession",
    "createTemporaryCredentials",
]

AuthEvents = eventsClient(_authevents.EVENTS, __name__)
