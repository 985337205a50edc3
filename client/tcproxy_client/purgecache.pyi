# Written by scripts/client_stubs.py from the tables of the service modules.

from collections.abc import Iterator
from typing import Any, Protocol, TypedDict, Unpack, overload

from tcproxy_client._types import Arg, Handler, JsonObject, Params, Payload, Query, QueryValue
from tcproxy_client.client import SyncClient
from tcproxy_client.client import _defaultConfig as _defaultConfig
from tcproxy_client.client import config as config
from tcproxy_client.client import createApiClient as createApiClient
from tcproxy_client.client import createSession as createSession
from tcproxy_client.client import createTemporaryCredentials as createTemporaryCredentials

__all__ = [
    "PurgeCache",
    "_defaultConfig",
    "config",
    "createApiClient",
    "createSession",
    "createTemporaryCredentials",
]

class _ContinuationTokenLimit(TypedDict, total=False):
    query: Query | None
    continuationToken: QueryValue
    limit: QueryValue
    paginationLimit: int | None

class _Since(TypedDict, total=False):
    query: Query | None
    since: QueryValue

class _AllPurgeRequestsMethod(Protocol):
    @overload
    def __call__(
        self, *, paginationHandler: Handler, **options: Unpack[_ContinuationTokenLimit]
    ) -> None: ...
    @overload
    def __call__(self, **options: Unpack[_ContinuationTokenLimit]) -> JsonObject: ...
    def pages(self, **options: Unpack[_ContinuationTokenLimit]) -> Iterator[JsonObject]: ...
    def items(self, **options: Unpack[_ContinuationTokenLimit]) -> Iterator[Any]: ...

class PurgeCache(SyncClient):
    @property
    def allPurgeRequests(self) -> _AllPurgeRequestsMethod: ...
    @overload
    def purgeCache(self, workerPoolId: Arg, payload: Payload, /) -> Any: ...
    @overload
    def purgeCache(self, workerPoolId: Arg, /, *, payload: Payload) -> Any: ...
    @overload
    def purgeCache(self, *, workerPoolId: Arg, payload: Payload) -> Any: ...
    @overload
    def purgeCache(self, *, params: Params, payload: Payload) -> Any: ...
    @overload
    def purgeCache(self, payload: Payload, /, *, workerPoolId: Arg) -> Any: ...
    @overload
    def purgeRequests(self, workerPoolId: Arg, /, **options: Unpack[_Since]) -> JsonObject: ...
    @overload
    def purgeRequests(self, *, workerPoolId: Arg, **options: Unpack[_Since]) -> JsonObject: ...
    @overload
    def purgeRequests(self, *, params: Params, **options: Unpack[_Since]) -> JsonObject: ...
    def heartbeat(self) -> Any: ...
    def lbheartbeat(self) -> Any: ...
    def ping(self) -> Any: ...
    def version(self) -> Any: ...
