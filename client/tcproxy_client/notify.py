"""The notify service: email, chat and Pulse messages.

One line per method; what a line says is told in `tcproxy_client._table`.
"""
# ruff: noqa: E501  # one line per method

from tcproxy_client._table import service
from tcproxy_client.client import (
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

SERVICE = service(
    "Notify",
    "notify",
    """
addDenylistAddress     POST    /denylist/add                           {}       experimental  | Refuse notifications to an address.
deleteDenylistAddress  DELETE  /denylist/delete                        {}       experimental  | Allow notifications to an address again.
email                  POST    /email                                  {}       experimental  | Send an email.
listDenylist           GET     /denylist/list?continuationToken&limit     -> {} experimental  | List the refused addresses.
matrix                 POST    /matrix                                 {}       experimental  | Post a message to a Matrix room.
pulse                  POST    /pulse                                  {}       experimental  | Publish a message on Pulse.
slack                  POST    /slack                                  {}       experimental  | Post a message to a Slack channel.
heartbeat              GET     /__heartbeat__                                                 | Tell whether the service and what it depends on are healthy.
lbheartbeat            GET     /__lbheartbeat__                                               | Tell a load balancer that the service is up.
ping                   GET     /ping                                                          | Tell whether the service answers.
version                GET     /__version__                                                   | Tell which version of the service runs.
""",
    doc=__doc__,
)

Notify = serviceClient(SERVICE, __name__)
