"""What the hooks service tells on Pulse: exchanges and routing keys. Asynchronous."""

from tcproxy_client import hooksevents as _hooksevents
from tcproxy_client.aio.asyncclient import (
    _defaultConfig,
    config,
    createApiClient,
    createSession,
    createTemporaryCredentials,
    eventsClient,
)

__all__ = [
    "HooksEvents",
    "_defaultConfig",
    "config",
    "createApiClient",
    "createSession",
    "createTemporaryCredentials",
]

HooksEvents = eventsClient(_hooksevents.EVENTS, __name__)
