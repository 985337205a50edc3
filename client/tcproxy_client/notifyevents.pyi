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
    "NotifyEvents",
    "_defaultConfig",
    "config",
    "createApiClient",
    "createSession",
    "createTemporaryCredentials",
]

class NotifyEvents(SyncClient):
    @overload
    def notify(self, routingKeyPattern: str | Mapping[str, object] = ..., /) -> Binding: ...
    @overload
    def notify(self, *, topic: object = None) -> Binding: ...
