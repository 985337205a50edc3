"""The web-server service: profiles of tasks and groups.

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
    "WebServer",
    "_defaultConfig",
    "config",
    "createApiClient",
    "createSession",
    "createTemporaryCredentials",
]

SERVICE = service(
    "WebServer",
    "web-server",
    """
taskGroupProfile  GET     /task-group/<taskGroupId>/profile           experimental  | Give a profile of a task group, for the Firefox Profiler.
taskProfile       GET     /task/<taskId>/profile                      experimental  | Give a profile of a task's log, for the Firefox Profiler.
heartbeat         GET     /__heartbeat__                                            | Tell whether the service and what it depends on are healthy.
lbheartbeat       GET     /__lbheartbeat__                                          | Tell a load balancer that the service is up.
ping              GET     /ping                                                     | Tell whether the service answers.
version           GET     /__version__                                              | Tell which version of the service runs.
""",
    doc=__doc__,
)

WebServer = serviceClient(SERVICE, __name__)
