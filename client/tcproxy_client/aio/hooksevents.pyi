# Written by scripts/client_stubs.py from the tables of the service modules.

from collections.abc import Mapping
from typing import overload

from tcproxy_client._types import Binding
from tcproxy_client.aio.asyncclient import AsyncBaseClient
from tcproxy_client.aio.asyncclient import _defaultConfig as _defaultConfig
from tcproxy_client.aio.asyncclient import config as config
from tcproxy_client.aio.asyncclient import createApiClient as createApiClient
from tcproxy_client.aio.asyncclient import createSession as createSession
from tcproxy_client.aio.asyncclient import createTemporaryCredentials as createTemporaryCredentials

__all__ = [
    "HooksEvents",
    "_defaultConfig",
    "config",
    "createApiClient",
    "createSession",
    "createTemporaryCredentials",
]

class HooksEvents(AsyncBaseClient):
    @overload
    def hookCreated(self, routingKeyPattern: str | Mapping[str, object] = ..., /) -> Binding: ...
    @overload
    def hookCreated(self, *, reserved: object = None) -> Binding: ...
    @overload
    def hookDeleted(self, routingKeyPattern: str | Mapping[str, object] = ..., /) -> Binding: ...
    @overload
    def hookDeleted(self, *, reserved: object = None) -> Binding: ...
    @overload
    def hookUpdated(self, routingKeyPattern: str | Mapping[str, object] = ..., /) -> Binding: ...
    @overload
    def hookUpdated(self, *, reserved: object = None) -> Binding: ...
