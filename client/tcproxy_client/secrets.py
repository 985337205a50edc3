"""The secrets service: small values that tasks may read.

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
    "Secrets",
    "_defaultConfig",
    "config",
    "createApiClient",
    "createSession",
    "createTemporaryCredentials",
]

SERVICE = service(
    "Secrets",
    "secrets",
    """
get          GET     /secret/<name>                       -> {}  | Read a secret.
list         GET     /secrets?continuationToken&limit     -> {}  | List the names of the secrets.
remove       DELETE  /secret/<name>                              | Delete a secret.
set          PUT     /secret/<name>                    {}        | Write a secret.
heartbeat    GET     /__heartbeat__                              | Tell whether the service and what it depends on are healthy.
lbheartbeat  GET     /__lbheartbeat__                            | Tell a load balancer that the service is up.
ping         GET     /ping                                       | Tell whether the service answers.
version      GET     /__version__                                | Tell which version of the service runs.
""",
    doc=__doc__,
)

Secrets = serviceClient(SERVICE, __name__)
