"""What the notify service tells on Pulse: exchanges and routing keys. Asynchronous."""

from tcproxy_client import notifyevents as _notifyevents
from tcproxy_client.aio.asyncclient import (
    _defaultConfig,
    config,
    createApiClient,
    createSession,
    createTemporaryCredentials,
    eventsClient,
)

__all__ = [
    "NotifyEvents",
    "_defaultConfig",
    "config",
    "createApiClient",
    "createSession",
    "createTemporaryCredentials",
]

NotifyEvents = eventsClient(_notifyevents.EVENTS, __name__)
