"""What the notify service tells on Pulse: exchanges and routing keys.

One line per exchange; what a line says is told in `tcproxy_client._table`.
"""

from tcproxy_client._table import events
from tcproxy_client.client import (
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

EVENTS = events(
    "NotifyEvents",
    "notify",
    "exchange/taskcluster-notify/v1/",
    """
notify  notification  routingKeyKind=primary topic#  | Someone asked for a Pulse message.
""",
    doc=__doc__,
)

NotifyEvents = eventsClient(EVENTS, __name__)
