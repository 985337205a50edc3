"""What the auth service tells on Pulse: exchanges and routing keys.

One line per exchange; what a line says is told in `tcproxy_client._table`.
"""
# one line per exchange

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
    "AuthEvents",
    "_defaultConfig",
    "config",
    "createApiClient",
    "createSession",
    "createTemporaryCredentials",
]

EVENTS = events(
    "AuthEvents",
    "auth",
    "exchange/taskcluster-auth/v1/",
    """
clientCreated  client-created  reserved#  | A client was created.
clientDeleted  client-deleted  reserved#  | A client was deleted.
clientUpdated  client-updated  reserved#  | A client was changed.
roleCreated    role-created    reserved#  | A role was created.
roleDeleted    role-deleted    reserved#  | A role was deleted.
roleUpdated    role-updated    reserved#  | A role was changed.
""",
    doc=__doc__,
)

AuthEvents = eventsClient(EVENTS, __name__)
