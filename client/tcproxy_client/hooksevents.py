"""What the hooks service tells on Pulse: exchanges and routing keys.

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
    "HooksEvents",
    "_defaultConfig",
    "config",
    "createApiClient",
    "createSession",
    "createTemporaryCredentials",
]

EVENTS = events(
    "HooksEvents",
    "hooks",
    "exchange/taskcluster-hooks/v1/",
    """
hookCreated  hook-created  reserved#  | A hook was created.
hookDeleted  hook-deleted  reserved#  | A hook was deleted.
hookUpdated  hook-updated  reserved#  | A hook was changed.
""",
    doc=__doc__,
)

HooksEvents = eventsClient(EVENTS, __name__)
