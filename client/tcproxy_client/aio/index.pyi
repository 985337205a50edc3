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
    "Index",
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

class _FindTasksAtIndexMethod(Protocol):
    @overload
    async def __call__(
        self,
        payload: Payload,
        /,
        *,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimit],
    ) -> None: ...
    @overload
    async def __call__(
        self,
        *,
        payload: Payload,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimit],
    ) -> None: ...
    @overload
    async def __call__(
        self, payload: Payload, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    async def __call__(
        self, *, payload: Payload, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    def pages(
        self, payload: Payload, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def pages(
        self, *, payload: Payload, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def items(
        self, payload: Payload, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[Any]: ...
    @overload
    def items(
        self, *, payload: Payload, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[Any]: ...

class _ListNamespacesMethod(Protocol):
    @overload
    async def __call__(
        self,
        namespace: Arg,
        /,
        *,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimit],
    ) -> None: ...
    @overload
    async def __call__(
        self,
        *,
        namespace: Arg,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimit],
    ) -> None: ...
    @overload
    async def __call__(
        self,
        *,
        params: Params,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimit],
    ) -> None: ...
    @overload
    async def __call__(
        self, namespace: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    async def __call__(
        self, *, namespace: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    async def __call__(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    def pages(
        self, namespace: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def pages(
        self, *, namespace: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def pages(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def items(
        self, namespace: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[Any]: ...
    @overload
    def items(
        self, *, namespace: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[Any]: ...
    @overload
    def items(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[Any]: ...

class _ListTasksMethod(Protocol):
    @overload
    async def __call__(
        self,
        namespace: Arg,
        /,
        *,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimit],
    ) -> None: ...
    @overload
    async def __call__(
        self,
        *,
        namespace: Arg,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimit],
    ) -> None: ...
    @overload
    async def __call__(
        self,
        *,
        params: Params,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimit],
    ) -> None: ...
    @overload
    async def __call__(
        self, namespace: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    async def __call__(
        self, *, namespace: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    async def __call__(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    def pages(
        self, namespace: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def pages(
        self, *, namespace: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def pages(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def items(
        self, namespace: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[Any]: ...
    @overload
    def items(
        self, *, namespace: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[Any]: ...
    @overload
    def items(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[Any]: ...

class Index(AsyncBaseClient):
    @overload
    async def deleteTask(self, namespace: Arg, /) -> Any: ...
    @overload
    async def deleteTask(self, *, namespace: Arg) -> Any: ...
    @overload
    async def deleteTask(self, *, params: Params) -> Any: ...
    @overload
    async def findArtifactFromTask(self, indexPath: Arg, name: Arg, /) -> Any: ...
    @overload
    async def findArtifactFromTask(self, *, indexPath: Arg, name: Arg) -> Any: ...
    @overload
    async def findArtifactFromTask(self, *, params: Params) -> Any: ...
    @overload
    async def findTask(self, indexPath: Arg, /) -> JsonObject: ...
    @overload
    async def findTask(self, *, indexPath: Arg) -> JsonObject: ...
    @overload
    async def findTask(self, *, params: Params) -> JsonObject: ...
    @property
    def findTasksAtIndex(self) -> _FindTasksAtIndexMethod: ...
    @overload
    async def insertTask(self, namespace: Arg, payload: Payload, /) -> JsonObject: ...
    @overload
    async def insertTask(self, namespace: Arg, /, *, payload: Payload) -> JsonObject: ...
    @overload
    async def insertTask(self, *, namespace: Arg, payload: Payload) -> JsonObject: ...
    @overload
    async def insertTask(self, *, params: Params, payload: Payload) -> JsonObject: ...
    @overload
    async def insertTask(self, payload: Payload, /, *, namespace: Arg) -> JsonObject: ...
    @property
    def listNamespaces(self) -> _ListNamespacesMethod: ...
    @property
    def listTasks(self) -> _ListTasksMethod: ...
    async def heartbeat(self) -> Any: ...
    async def lbheartbeat(self) -> Any: ...
    async def ping(self) -> Any: ...
    async def version(self) -> Any: ...
