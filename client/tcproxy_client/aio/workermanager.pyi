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
    "WorkerManager",
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

class _ContinuationTokenLimitIncludeArchived(TypedDict, total=False):
    query: Query | None
    continuationToken: QueryValue
    limit: QueryValue
    includeArchived: QueryValue
    paginationLimit: int | None

class _ContinuationTokenLimitLaunchConfigIdErrorId(TypedDict, total=False):
    query: Query | None
    continuationToken: QueryValue
    limit: QueryValue
    launchConfigId: QueryValue
    errorId: QueryValue
    paginationLimit: int | None

class _ContinuationTokenLimitLaunchConfigIdQuarantinedWorkerState(TypedDict, total=False):
    query: Query | None
    continuationToken: QueryValue
    limit: QueryValue
    launchConfigId: QueryValue
    quarantined: QueryValue
    workerState: QueryValue
    paginationLimit: int | None

class _ContinuationTokenLimitLaunchConfigIdState(TypedDict, total=False):
    query: Query | None
    continuationToken: QueryValue
    limit: QueryValue
    launchConfigId: QueryValue
    state: QueryValue
    paginationLimit: int | None

class _WorkerPoolId(TypedDict, total=False):
    query: Query | None
    workerPoolId: QueryValue

class _ListProvidersMethod(Protocol):
    @overload
    async def __call__(
        self, *, paginationHandler: Handler, **options: Unpack[_ContinuationTokenLimit]
    ) -> None: ...
    @overload
    async def __call__(self, **options: Unpack[_ContinuationTokenLimit]) -> JsonObject: ...
    def pages(self, **options: Unpack[_ContinuationTokenLimit]) -> AsyncIterator[JsonObject]: ...
    def items(self, **options: Unpack[_ContinuationTokenLimit]) -> AsyncIterator[Any]: ...

class _ListWorkerPoolErrorsMethod(Protocol):
    @overload
    async def __call__(
        self,
        workerPoolId: Arg,
        /,
        *,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimitLaunchConfigIdErrorId],
    ) -> None: ...
    @overload
    async def __call__(
        self,
        *,
        workerPoolId: Arg,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimitLaunchConfigIdErrorId],
    ) -> None: ...
    @overload
    async def __call__(
        self,
        *,
        params: Params,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimitLaunchConfigIdErrorId],
    ) -> None: ...
    @overload
    async def __call__(
        self, workerPoolId: Arg, /, **options: Unpack[_ContinuationTokenLimitLaunchConfigIdErrorId]
    ) -> JsonObject: ...
    @overload
    async def __call__(
        self, *, workerPoolId: Arg, **options: Unpack[_ContinuationTokenLimitLaunchConfigIdErrorId]
    ) -> JsonObject: ...
    @overload
    async def __call__(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimitLaunchConfigIdErrorId]
    ) -> JsonObject: ...
    @overload
    def pages(
        self, workerPoolId: Arg, /, **options: Unpack[_ContinuationTokenLimitLaunchConfigIdErrorId]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def pages(
        self, *, workerPoolId: Arg, **options: Unpack[_ContinuationTokenLimitLaunchConfigIdErrorId]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def pages(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimitLaunchConfigIdErrorId]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def items(
        self, workerPoolId: Arg, /, **options: Unpack[_ContinuationTokenLimitLaunchConfigIdErrorId]
    ) -> AsyncIterator[Any]: ...
    @overload
    def items(
        self, *, workerPoolId: Arg, **options: Unpack[_ContinuationTokenLimitLaunchConfigIdErrorId]
    ) -> AsyncIterator[Any]: ...
    @overload
    def items(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimitLaunchConfigIdErrorId]
    ) -> AsyncIterator[Any]: ...

class _ListWorkerPoolLaunchConfigsMethod(Protocol):
    @overload
    async def __call__(
        self,
        workerPoolId: Arg,
        /,
        *,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimitIncludeArchived],
    ) -> None: ...
    @overload
    async def __call__(
        self,
        *,
        workerPoolId: Arg,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimitIncludeArchived],
    ) -> None: ...
    @overload
    async def __call__(
        self,
        *,
        params: Params,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimitIncludeArchived],
    ) -> None: ...
    @overload
    async def __call__(
        self, workerPoolId: Arg, /, **options: Unpack[_ContinuationTokenLimitIncludeArchived]
    ) -> JsonObject: ...
    @overload
    async def __call__(
        self, *, workerPoolId: Arg, **options: Unpack[_ContinuationTokenLimitIncludeArchived]
    ) -> JsonObject: ...
    @overload
    async def __call__(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimitIncludeArchived]
    ) -> JsonObject: ...
    @overload
    def pages(
        self, workerPoolId: Arg, /, **options: Unpack[_ContinuationTokenLimitIncludeArchived]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def pages(
        self, *, workerPoolId: Arg, **options: Unpack[_ContinuationTokenLimitIncludeArchived]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def pages(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimitIncludeArchived]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def items(
        self, workerPoolId: Arg, /, **options: Unpack[_ContinuationTokenLimitIncludeArchived]
    ) -> AsyncIterator[Any]: ...
    @overload
    def items(
        self, *, workerPoolId: Arg, **options: Unpack[_ContinuationTokenLimitIncludeArchived]
    ) -> AsyncIterator[Any]: ...
    @overload
    def items(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimitIncludeArchived]
    ) -> AsyncIterator[Any]: ...

class _ListWorkerPoolsMethod(Protocol):
    @overload
    async def __call__(
        self, *, paginationHandler: Handler, **options: Unpack[_ContinuationTokenLimit]
    ) -> None: ...
    @overload
    async def __call__(self, **options: Unpack[_ContinuationTokenLimit]) -> JsonObject: ...
    def pages(self, **options: Unpack[_ContinuationTokenLimit]) -> AsyncIterator[JsonObject]: ...
    def items(self, **options: Unpack[_ContinuationTokenLimit]) -> AsyncIterator[Any]: ...

class _ListWorkerPoolsStatsMethod(Protocol):
    @overload
    async def __call__(
        self, *, paginationHandler: Handler, **options: Unpack[_ContinuationTokenLimit]
    ) -> None: ...
    @overload
    async def __call__(self, **options: Unpack[_ContinuationTokenLimit]) -> JsonObject: ...
    def pages(self, **options: Unpack[_ContinuationTokenLimit]) -> AsyncIterator[JsonObject]: ...
    def items(self, **options: Unpack[_ContinuationTokenLimit]) -> AsyncIterator[Any]: ...

class _ListWorkersMethod(Protocol):
    @overload
    async def __call__(
        self,
        provisionerId: Arg,
        workerType: Arg,
        /,
        *,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimitLaunchConfigIdQuarantinedWorkerState],
    ) -> None: ...
    @overload
    async def __call__(
        self,
        *,
        provisionerId: Arg,
        workerType: Arg,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimitLaunchConfigIdQuarantinedWorkerState],
    ) -> None: ...
    @overload
    async def __call__(
        self,
        *,
        params: Params,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimitLaunchConfigIdQuarantinedWorkerState],
    ) -> None: ...
    @overload
    async def __call__(
        self,
        provisionerId: Arg,
        workerType: Arg,
        /,
        **options: Unpack[_ContinuationTokenLimitLaunchConfigIdQuarantinedWorkerState],
    ) -> JsonObject: ...
    @overload
    async def __call__(
        self,
        *,
        provisionerId: Arg,
        workerType: Arg,
        **options: Unpack[_ContinuationTokenLimitLaunchConfigIdQuarantinedWorkerState],
    ) -> JsonObject: ...
    @overload
    async def __call__(
        self,
        *,
        params: Params,
        **options: Unpack[_ContinuationTokenLimitLaunchConfigIdQuarantinedWorkerState],
    ) -> JsonObject: ...
    @overload
    def pages(
        self,
        provisionerId: Arg,
        workerType: Arg,
        /,
        **options: Unpack[_ContinuationTokenLimitLaunchConfigIdQuarantinedWorkerState],
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def pages(
        self,
        *,
        provisionerId: Arg,
        workerType: Arg,
        **options: Unpack[_ContinuationTokenLimitLaunchConfigIdQuarantinedWorkerState],
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def pages(
        self,
        *,
        params: Params,
        **options: Unpack[_ContinuationTokenLimitLaunchConfigIdQuarantinedWorkerState],
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def items(
        self,
        provisionerId: Arg,
        workerType: Arg,
        /,
        **options: Unpack[_ContinuationTokenLimitLaunchConfigIdQuarantinedWorkerState],
    ) -> AsyncIterator[Any]: ...
    @overload
    def items(
        self,
        *,
        provisionerId: Arg,
        workerType: Arg,
        **options: Unpack[_ContinuationTokenLimitLaunchConfigIdQuarantinedWorkerState],
    ) -> AsyncIterator[Any]: ...
    @overload
    def items(
        self,
        *,
        params: Params,
        **options: Unpack[_ContinuationTokenLimitLaunchConfigIdQuarantinedWorkerState],
    ) -> AsyncIterator[Any]: ...

class _ListWorkersForWorkerGroupMethod(Protocol):
    @overload
    async def __call__(
        self,
        workerPoolId: Arg,
        workerGroup: Arg,
        /,
        *,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimit],
    ) -> None: ...
    @overload
    async def __call__(
        self,
        *,
        workerPoolId: Arg,
        workerGroup: Arg,
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
        self, workerPoolId: Arg, workerGroup: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    async def __call__(
        self, *, workerPoolId: Arg, workerGroup: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    async def __call__(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    def pages(
        self, workerPoolId: Arg, workerGroup: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def pages(
        self, *, workerPoolId: Arg, workerGroup: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def pages(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def items(
        self, workerPoolId: Arg, workerGroup: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[Any]: ...
    @overload
    def items(
        self, *, workerPoolId: Arg, workerGroup: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[Any]: ...
    @overload
    def items(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[Any]: ...

class _ListWorkersForWorkerPoolMethod(Protocol):
    @overload
    async def __call__(
        self,
        workerPoolId: Arg,
        /,
        *,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimitLaunchConfigIdState],
    ) -> None: ...
    @overload
    async def __call__(
        self,
        *,
        workerPoolId: Arg,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimitLaunchConfigIdState],
    ) -> None: ...
    @overload
    async def __call__(
        self,
        *,
        params: Params,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimitLaunchConfigIdState],
    ) -> None: ...
    @overload
    async def __call__(
        self, workerPoolId: Arg, /, **options: Unpack[_ContinuationTokenLimitLaunchConfigIdState]
    ) -> JsonObject: ...
    @overload
    async def __call__(
        self, *, workerPoolId: Arg, **options: Unpack[_ContinuationTokenLimitLaunchConfigIdState]
    ) -> JsonObject: ...
    @overload
    async def __call__(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimitLaunchConfigIdState]
    ) -> JsonObject: ...
    @overload
    def pages(
        self, workerPoolId: Arg, /, **options: Unpack[_ContinuationTokenLimitLaunchConfigIdState]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def pages(
        self, *, workerPoolId: Arg, **options: Unpack[_ContinuationTokenLimitLaunchConfigIdState]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def pages(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimitLaunchConfigIdState]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def items(
        self, workerPoolId: Arg, /, **options: Unpack[_ContinuationTokenLimitLaunchConfigIdState]
    ) -> AsyncIterator[Any]: ...
    @overload
    def items(
        self, *, workerPoolId: Arg, **options: Unpack[_ContinuationTokenLimitLaunchConfigIdState]
    ) -> AsyncIterator[Any]: ...
    @overload
    def items(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimitLaunchConfigIdState]
    ) -> AsyncIterator[Any]: ...

class WorkerManager(AsyncBaseClient):
    @overload
    async def createWorker(
        self, workerPoolId: Arg, workerGroup: Arg, workerId: Arg, payload: Payload, /
    ) -> JsonObject: ...
    @overload
    async def createWorker(
        self, workerPoolId: Arg, workerGroup: Arg, workerId: Arg, /, *, payload: Payload
    ) -> JsonObject: ...
    @overload
    async def createWorker(
        self, *, workerPoolId: Arg, workerGroup: Arg, workerId: Arg, payload: Payload
    ) -> JsonObject: ...
    @overload
    async def createWorker(self, *, params: Params, payload: Payload) -> JsonObject: ...
    @overload
    async def createWorker(
        self, payload: Payload, /, *, workerPoolId: Arg, workerGroup: Arg, workerId: Arg
    ) -> JsonObject: ...
    @overload
    async def createWorkerPool(self, workerPoolId: Arg, payload: Payload, /) -> JsonObject: ...
    @overload
    async def createWorkerPool(self, workerPoolId: Arg, /, *, payload: Payload) -> JsonObject: ...
    @overload
    async def createWorkerPool(self, *, workerPoolId: Arg, payload: Payload) -> JsonObject: ...
    @overload
    async def createWorkerPool(self, *, params: Params, payload: Payload) -> JsonObject: ...
    @overload
    async def createWorkerPool(self, payload: Payload, /, *, workerPoolId: Arg) -> JsonObject: ...
    @overload
    async def deleteWorkerPool(self, workerPoolId: Arg, /) -> JsonObject: ...
    @overload
    async def deleteWorkerPool(self, *, workerPoolId: Arg) -> JsonObject: ...
    @overload
    async def deleteWorkerPool(self, *, params: Params) -> JsonObject: ...
    @overload
    async def getWorker(
        self, provisionerId: Arg, workerType: Arg, workerGroup: Arg, workerId: Arg, /
    ) -> JsonObject: ...
    @overload
    async def getWorker(
        self, *, provisionerId: Arg, workerType: Arg, workerGroup: Arg, workerId: Arg
    ) -> JsonObject: ...
    @overload
    async def getWorker(self, *, params: Params) -> JsonObject: ...
    @property
    def listProviders(self) -> _ListProvidersMethod: ...
    @property
    def listWorkerPoolErrors(self) -> _ListWorkerPoolErrorsMethod: ...
    @property
    def listWorkerPoolLaunchConfigs(self) -> _ListWorkerPoolLaunchConfigsMethod: ...
    @property
    def listWorkerPools(self) -> _ListWorkerPoolsMethod: ...
    @property
    def listWorkerPoolsStats(self) -> _ListWorkerPoolsStatsMethod: ...
    @property
    def listWorkers(self) -> _ListWorkersMethod: ...
    @property
    def listWorkersForWorkerGroup(self) -> _ListWorkersForWorkerGroupMethod: ...
    @property
    def listWorkersForWorkerPool(self) -> _ListWorkersForWorkerPoolMethod: ...
    @overload
    async def registerWorker(self, payload: Payload, /) -> JsonObject: ...
    @overload
    async def registerWorker(self, *, payload: Payload) -> JsonObject: ...
    @overload
    async def removeWorker(self, workerPoolId: Arg, workerGroup: Arg, workerId: Arg, /) -> Any: ...
    @overload
    async def removeWorker(self, *, workerPoolId: Arg, workerGroup: Arg, workerId: Arg) -> Any: ...
    @overload
    async def removeWorker(self, *, params: Params) -> Any: ...
    @overload
    async def reportWorkerError(self, workerPoolId: Arg, payload: Payload, /) -> JsonObject: ...
    @overload
    async def reportWorkerError(self, workerPoolId: Arg, /, *, payload: Payload) -> JsonObject: ...
    @overload
    async def reportWorkerError(self, *, workerPoolId: Arg, payload: Payload) -> JsonObject: ...
    @overload
    async def reportWorkerError(self, *, params: Params, payload: Payload) -> JsonObject: ...
    @overload
    async def reportWorkerError(self, payload: Payload, /, *, workerPoolId: Arg) -> JsonObject: ...
    @overload
    async def reregisterWorker(self, payload: Payload, /) -> JsonObject: ...
    @overload
    async def reregisterWorker(self, *, payload: Payload) -> JsonObject: ...
    @overload
    async def shouldWorkerTerminate(
        self, workerPoolId: Arg, workerGroup: Arg, workerId: Arg, /
    ) -> JsonObject: ...
    @overload
    async def shouldWorkerTerminate(
        self, *, workerPoolId: Arg, workerGroup: Arg, workerId: Arg
    ) -> JsonObject: ...
    @overload
    async def shouldWorkerTerminate(self, *, params: Params) -> JsonObject: ...
    @overload
    async def updateWorker(
        self, workerPoolId: Arg, workerGroup: Arg, workerId: Arg, payload: Payload, /
    ) -> JsonObject: ...
    @overload
    async def updateWorker(
        self, workerPoolId: Arg, workerGroup: Arg, workerId: Arg, /, *, payload: Payload
    ) -> JsonObject: ...
    @overload
    async def updateWorker(
        self, *, workerPoolId: Arg, workerGroup: Arg, workerId: Arg, payload: Payload
    ) -> JsonObject: ...
    @overload
    async def updateWorker(self, *, params: Params, payload: Payload) -> JsonObject: ...
    @overload
    async def updateWorker(
        self, payload: Payload, /, *, workerPoolId: Arg, workerGroup: Arg, workerId: Arg
    ) -> JsonObject: ...
    @overload
    async def updateWorkerPool(self, workerPoolId: Arg, payload: Payload, /) -> JsonObject: ...
    @overload
    async def updateWorkerPool(self, workerPoolId: Arg, /, *, payload: Payload) -> JsonObject: ...
    @overload
    async def updateWorkerPool(self, *, workerPoolId: Arg, payload: Payload) -> JsonObject: ...
    @overload
    async def updateWorkerPool(self, *, params: Params, payload: Payload) -> JsonObject: ...
    @overload
    async def updateWorkerPool(self, payload: Payload, /, *, workerPoolId: Arg) -> JsonObject: ...
    @overload
    async def worker(self, workerPoolId: Arg, workerGroup: Arg, workerId: Arg, /) -> JsonObject: ...
    @overload
    async def worker(self, *, workerPoolId: Arg, workerGroup: Arg, workerId: Arg) -> JsonObject: ...
    @overload
    async def worker(self, *, params: Params) -> JsonObject: ...
    @overload
    async def workerPool(self, workerPoolId: Arg, /) -> JsonObject: ...
    @overload
    async def workerPool(self, *, workerPoolId: Arg) -> JsonObject: ...
    @overload
    async def workerPool(self, *, params: Params) -> JsonObject: ...
    async def workerPoolErrorStats(self, **options: Unpack[_WorkerPoolId]) -> JsonObject: ...
    @overload
    async def workerPoolStats(self, workerPoolId: Arg, /) -> JsonObject: ...
    @overload
    async def workerPoolStats(self, *, workerPoolId: Arg) -> JsonObject: ...
    @overload
    async def workerPoolStats(self, *, params: Params) -> JsonObject: ...
    async def heartbeat(self) -> Any: ...
    async def lbheartbeat(self) -> Any: ...
    async def ping(self) -> Any: ...
    async def version(self) -> Any: ...
