"""The web-server service: profiles of tasks and groups. Asynchronous."""

from tcproxy_client import webserver as _webserver
from tcproxy_client.aio.asyncclient import (
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

WebServer = serviceClient(_webserver.SERVICE, __name__)
