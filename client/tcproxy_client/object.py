"""The object service: uploads and downloads of named data.

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
    "Object",
    "_defaultConfig",
    "config",
    "createApiClient",
    "createSession",
    "createTemporaryCredentials",
]

SERVICE = service(
    "Object",
    "object",
    """
createUpload   PUT     /upload/<name>          {} -> {}  | Begin the upload of an object.
download       GET     /download/<name>                  | Redirect to the data of an object.
finishUpload   POST    /finish-upload/<name>   {}        | Finish the upload of an object.
object         GET     /metadata/<name>           -> {}  | Describe an object.
startDownload  PUT     /start-download/<name>  {} -> {}  | Agree on how to download an object.
heartbeat      GET     /__heartbeat__                    | Tell whether the service and what it depends on are healthy.
lbheartbeat    GET     /__lbheartbeat__                  | Tell a load balancer that the service is up.
ping           GET     /ping                             | Tell whether the service answers.
version        GET     /__version__                      | Tell which version of the service runs.
""",
    doc=__doc__,
)

Object = serviceClient(SERVICE, __name__)
