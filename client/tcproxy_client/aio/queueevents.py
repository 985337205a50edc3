"""What the queue service tells on Pulse: exchanges and routing keys. Asynchronous."""

from tcproxy_client import queueevents as _queueevents
from tcproxy_client.aio.asyncclient import (
    _defaultConfig,
    config,
    createApiClient,
    createSession,
    createTemporaryCredentials,
    eventsClient,
)

__all__ = [
    "QueueEvents",
    "_defaultConfig",
    "config",
    "createApiClient",
    "createSession",
    "createTemporaryCredentials",
]

QueueEvents = eventsClient(_queueevents.EVENTS, __name__)
