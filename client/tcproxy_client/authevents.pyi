# Written by scripts/client_stubs.py from the tables of the service modules.

from collections.abc import Mapping
from typing import overload

from tcproxy_client._types import Binding
from tcproxy_client.client import SyncClient
from tcproxy_client.client import _defaultConfig as _defaultConfig
from tcproxy_client.client import config as config
from tcproxy_client.client import createApiClient as createApiClient
from tcproxy_client.client import createSession as createSession
from tcproxy_client.client import createTemporaryCredentials as createTemporaryCredentials

__all__ = [
    "AuthEvents",
    "_defaultConfig",
    "config",
    "createApiClient",
    "createSession",
    "createTemporaryCredentials",
]

class AuthEvents(SyncClient):
    @overload
    def clientCreated(self, routingKeyPattern: str | Mapping[str, object] = ..., /) -> Binding: ...
    @overload
    def clientCreated(self, *, reserved: object = None) -> Binding: ...
    @overload
    def clientDeleted(self, routingKeyPattern: str | Mapping[str, object] = ..., /) -> Binding: ...
    @overload
    def clientDeleted(self, *, reserved: object = None) -> Binding: ...
    @overload
    def clientUpdated(self, routingKeyPattern: str | Mapping[str, object] = ..., /) -> Binding: ...
    @overload
    def clientUpdated(self, *, reserved: object = None) -> Binding: ...
    @overload
    def roleCreated(self, routingKeyPattern: str | Mapping[str, object] = ..., /) -> Binding: ...
    @overload
    def roleCreated(self, *, reserved: object = None) -> Binding: ...
    @overload
    def roleDeleted(self, routingKeyPattern: str | Mapping[str, object] = ..., /) -> Binding: ...
    @overload
    def roleDeleted(self, *, reserved: object = None) -> Binding: ...
    @overload
    def roleUpdated(self, routingKeyPattern: str | Mapping[str, object] = ..., /) -> Binding: ...
    @overload
    def roleUpdated(self, *, reserved: object = None) -> Binding: ...
