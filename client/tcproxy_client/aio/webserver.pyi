# Written by scripts/client_stubs.py from the tables of the service modules.

from typing import Any, overload

from tcproxy_client._types import Arg, Params
from tcproxy_client.aio.asyncclient import AsyncBaseClient
from tcproxy_client.aio.asyncclient import _defaultConfig as _defaultConfig
from tcproxy_client.aio.asyncclient import config as config
from tcproxy_client.aio.asyncclient import createApiClient as createApiClient
from tcproxy_client.aio.asyncclient import createSession as createSession
from tcproxy_client.aio.asyncclient import createTemporaryCredentials as createTemporaryCredentials

__all__ = [
    "WebServer",
    "_defaultConfig",
    "config",
    "createApiClient",
    "createSession",
    "createTemporaryCredentials",
]

class WebServer(AsyncBaseClient):
    @overload
    async def taskGroupProfile(self, taskGroupId: Arg, /) -> Any: ...
    @overload
    async def taskGroupProfile(self, *, taskGroupId: Arg) -> Any: ...
    @overload
    async def taskGroupProfile(self, *, params: Params) -> Any: ...
    @overload
    async def taskProfile(self, taskId: Arg, /) -> Any: ...
    @overload
    async def taskProfile(self, *, taskId: Arg) -> Any: ...
    @overload
    async def taskProfile(self, *, params: Params) -> Any: ...
    async def heartbeat(self) -> Any: ...
    async def lbheartbeat(self) -> Any: ...
    async def ping(self) -> Any: ...
    async def version(self) -> Any: ...
