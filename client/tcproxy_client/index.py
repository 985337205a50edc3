"""The index service: tasks by name.

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
    "Index",
    "_defaultConfig",
    "config",
    "createApiClient",
    "createSession",
    "createTemporaryCredentials",
]

SERVICE = service(
    "Index",
    "index",
    """
deleteTask            DELETE  /task/<namespace>                                                       | Take a task out of the index.
findArtifactFromTask  GET     /task/<indexPath>/artifacts/<name>                                      | Redirect to an artifact of an indexed task.
findTask              GET     /task/<indexPath>                                   -> {}               | Find a task by its place in the index.
findTasksAtIndex      POST    /tasks/indexes?continuationToken&limit           {} -> {} experimental  | Find several tasks by their places in the index.
insertTask            PUT     /task/<namespace>                                {} -> {}               | Put a task into the index.
listNamespaces        GET     /namespaces/<namespace>?continuationToken&limit     -> {}               | List the namespaces below a namespace.
listTasks             GET     /tasks/<namespace>?continuationToken&limit          -> {}               | List the tasks of a namespace.
heartbeat             GET     /__heartbeat__                                                          | Tell whether the service and what it depends on are healthy.
lbheartbeat           GET     /__lbheartbeat__                                                        | Tell a load balancer that the service is up.
ping                  GET     /ping                                                                   | Tell whether the service answers.
version               GET     /__version__                                                            | Tell which version of the service runs.
""",
    doc=__doc__,
)

Index = serviceClient(SERVICE, __name__)
