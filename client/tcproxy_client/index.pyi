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
    def __call__(
        self,
        payload: Payload,
        /,
        *,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimit],
    ) -> None: ...
    @overload
    def __call__(
        self,
        *,
        payload: Payload,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimit],
    ) -> None: ...
    @overload
    def __call__(
        self, payload: Payload, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    def __call__(
        self, *, payload: Payload, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    def pages(
        self, payload: Payload, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[JsonObject]: ...
    @overload
    def pages(
        self, *, payload: Payload, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[JsonObject]: ...
    @overload
    def items(
        self, payload: Payload, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[Any]: ...
    @overload
    def items(
        self, *, payload: Payload, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[Any]: ...

class _ListNamespacesMethod(Protocol):
    @overload
    def __call__(
        self,
        namespace: Arg,
        /,
        *,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimit],
    ) -> None: ...
    @overload
    def __call__(
        self,
        *,
        namespace: Arg,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimit],
    ) -> None: ...
    @overload
    def __call__(
        self,
        *,
        params: Params,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimit],
    ) -> None: ...
    @overload
    def __call__(
        self, namespace: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    def __call__(
        self, *, namespace: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    def __call__(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    def pages(
        self, namespace: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[JsonObject]: ...
    @overload
    def pages(
        self, *, namespace: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[JsonObject]: ...
    @overload
    def pages(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[JsonObject]: ...
    @overload
    def items(
        self, namespace: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[Any]: ...
    @overload
    def items(
        self, *, namespace: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[Any]: ...
    @overload
    def items(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[Any]: ...

class _ListTasksMethod(Protocol):
    @overload
    def __call__(
        self,
        namespace: Arg,
        /,
        *,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimit],
    ) -> None: ...
    @overload
    def __call__(
        self,
        *,
        namespace: Arg,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimit],
    ) -> None: ...
    @overload
    def __call__(
        self,
        *,
        params: Params,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimit],
    ) -> None: ...
    @overload
    def __call__(
        self, namespace: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    def __call__(
        self, *, namespace: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    def __call__(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    def pages(
        self, namespace: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[JsonObject]: ...
    @overload
    def pages(
        self, *, namespace: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[JsonObject]: ...
    @overload
    def pages(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[JsonObject]: ...
    @overload
    def items(
        self, namespace: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[Any]: ...
    @overload
    def items(
        self, *, namespace: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[Any]: ...
    @overload
    def items(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[Any]: ...

class Index(SyncClient):
    @overload
    def deleteTask(self, namespace: Arg, /) -> Any: ...
    @overload
    def deleteTask(self, *, namespace: Arg) -> Any: ...
    @overload
    def deleteTask(self, *, params: Params) -> Any: ...
    @overload
    def findArtifactFromTask(self, indexPath: Arg, name: Arg, /) -> Any: ...
    @overload
    def findArtifactFromTask(self, *, indexPath: Arg, name: Arg) -> Any: ...
    @overload
    def findArtifactFromTask(self, *, params: Params) -> Any: ...
    @overload
    def findTask(self, indexPath: Arg, /) -> JsonObject: ...
    @overload
    def findTask(self, *, indexPath: Arg) -> JsonObject: ...
    @overload
    def findTask(self, *, params: Params) -> JsonObject: ...
    @property
    def findTasksAtIndex(self) -> _FindTasksAtIndexMethod: ...
    @overload
    def insertTask(self, namespace: Arg, payload: Payload, /) -> JsonObject: ...
    @overload
    def insertTask(self, namespace: Arg, /, *, payload: Payload) -> JsonObject: ...
    @overload
    def insertTask(self, *, namespace: Arg, payload: Payload) -> JsonObject: ...
    @overload
    def insertTask(self, *, params: Params, payload: Payload) -> JsonObject: ...
    @overload
    def insertTask(self, payload: Payload, /, *, namespace: Arg) -> JsonObject: ...
    @property
    def listNamespaces(self) -> _ListNamespacesMethod: ...
    @property
    def listTasks(self) -> _ListTasksMethod: ...
    def heartbeat(self) -> Any: ...
    def lbheartbeat(self) -> Any: ...
    def ping(self) -> Any: ...
    def version(self) -> Any: ...
