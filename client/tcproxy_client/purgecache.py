"""The purge-cache service: requests to empty workers' caches.

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
    "PurgeCache",
    "_defaultConfig",
    "config",
    "createApiClient",
    "createSession",
    "createTemporaryCredentials",
]

SERVICE = service(
    "PurgeCache",
    "purge-cache",
    """
allPurgeRequests  GET     /purge-cache/list?continuationToken&limit     -> {}  | List the open requests to purge a cache.
purgeCache        POST    /purge-cache/<workerPoolId>                {}        | Ask the workers of a pool to purge a cache.
purgeRequests     GET     /purge-cache/<workerPoolId>?since             -> {}  | List the open requests to a worker pool.
heartbeat         GET     /__heartbeat__                                       | Tell whether the service and what it depends on are healthy.
lbheartbeat       GET     /__lbheartbeat__                                     | Tell a load balancer that the service is up.
ping              GET     /ping                                                | Tell whether the service answers.
version           GET     /__version__                                         | Tell which version of the service runs.
""",
    doc=__doc__,
)

PurgeCache = serviceClient(SERVICE, __name__)
