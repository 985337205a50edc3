# Written by scripts/client_stubs.py from the tables of the service modules.

from typing import Any, overload

from tcproxy_client._types import Arg, Params
from tcproxy_client.client import SyncClient
from tcproxy_client.client import _defaultConfig as _defaultConfig
from tcproxy_client.client import config as config
from tcproxy_client.client import createApiClient as createApiClient
from tcproxy_client.client import createSession as createSession
from tcproxy_client.client import createTemporaryCredentials as createTemporaryCredentials

__all__ = [
    "WebServer",
    "_defaultConfig",
    "config",
    "createApiClient",
    "createSession",
    "createTemporaryCredentials",
]

class WebServer(SyncClient):
    @overload
    def taskGroupProfile(self, taskGroupId: Arg, /) -> Any: ...
    @overload
    def taskGroupProfile(self, *, taskGroupId: Arg) -> Any: ...
    @overload
    def taskGroupProfile(self, *, params: Params) -> Any: ...
    @overload
    def taskProfile(self, taskId: Arg, /) -> Any: ...
    @overload
    def taskProfile(self, *, taskId: Arg) -> Any: ...
    @overload
    def taskProfile(self, *, params: Params) -> Any: ...
    def heartbeat(self) -> Any: ...
    def lbheartbeat(self) -> Any: ...
    def ping(self) -> Any: ...
    def version(self) -> Any: ...
