# Written by scripts/client_stubs.py from the tables of the service modules.

from collections.abc import AsyncIterator
from typing import Any, Protocol, TypedDict, Unpack, overload

from tcproxy_client._types import Arg, Handler, JsonObject, Params, Payload, Query, QueryValue
from tcproxy_client.aio.asyncclient import AsyncBaseClient
from tcproxy_client.aio.asyncclient import _defaultConfig as _defaultConfig
from tcproxy_client.aio.asyncclient import config as config
from tcproxy_client.aio.asyncclient import createApiClient as createApiClient
from tcproxy_client.aio.asyncclient import createSession as createSession
from tcproxy_client.aio.asyncclient import createTemporaryCredentials as createTemporaryCredentials

__all__ = [
    "Secrets",
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

class _ListMethod(Protocol):
    @overload
    async def __call__(
        self, *, paginationHandler: Handler, **options: Unpack[_ContinuationTokenLimit]
    ) -> None: ...
    @overload
    async def __call__(self, **options: Unpack[_ContinuationTokenLimit]) -> JsonObject: ...
    def pages(self, **options: Unpack[_ContinuationTokenLimit]) -> AsyncIterator[JsonObject]: ...
    def items(self, **options: Unpack[_ContinuationTokenLimit]) -> AsyncIterator[Any]: ...

class Secrets(AsyncBaseClient):
    @overload
    async def get(self, name: Arg, /) -> JsonObject: ...
    @overload
    async def get(self, *, name: Arg) -> JsonObject: ...
    @overload
    async def get(self, *, params: Params) -> JsonObject: ...
    @property
    def list(self) -> _ListMethod: ...
    @overload
    async def remove(self, name: Arg, /) -> Any: ...
    @overload
    async def remove(self, *, name: Arg) -> Any: ...
    @overload
    async def remove(self, *, params: Params) -> Any: ...
    @overload
    async def set(self, name: Arg, payload: Payload, /) -> Any: ...
    @overload
    async def set(self, name: Arg, /, *, payload: Payload) -> Any: ...
    @overload
    async def set(self, *, name: Arg, payload: Payload) -> Any: ...
    @overload
    async def set(self, *, params: Params, payload: Payload) -> Any: ...
    @overload
    async def set(self, payload: Payload, /, *, name: Arg) -> Any: ...
    async def heartbeat(self) -> Any: ...
    async def lbheartbeat(self) -> Any: ...
    async def ping(self) -> Any: ...
    async def version(self) -> Any: ...
