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
    def __call__(
        self, *, paginationHandler: Handler, **options: Unpack[_ContinuationTokenLimit]
    ) -> None: ...
    @overload
    def __call__(self, **options: Unpack[_ContinuationTokenLimit]) -> JsonObject: ...
    def pages(self, **options: Unpack[_ContinuationTokenLimit]) -> Iterator[JsonObject]: ...
    def items(self, **options: Unpack[_ContinuationTokenLimit]) -> Iterator[Any]: ...

class _ListWorkerPoolErrorsMethod(Protocol):
    @overload
    def __call__(
        self,
        workerPoolId: Arg,
        /,
        *,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimitLaunchConfigIdErrorId],
    ) -> None: ...
    @overload
    def __call__(
        self,
        *,
        workerPoolId: Arg,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimitLaunchConfigIdErrorId],
    ) -> None: ...
    @overload
    def __call__(
        self,
        *,
        params: Params,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimitLaunchConfigIdErrorId],
    ) -> None: ...
    @overload
    def __call__(
        self, workerPoolId: Arg, /, **options: Unpack[_ContinuationTokenLimitLaunchConfigIdErrorId]
    ) -> JsonObject: ...
    @overload
    def __call__(
        self, *, workerPoolId: Arg, **options: Unpack[_ContinuationTokenLimitLaunchConfigIdErrorId]
    ) -> JsonObject: ...
    @overload
    def __call__(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimitLaunchConfigIdErrorId]
    ) -> JsonObject: ...
    @overload
    def pages(
        self, workerPoolId: Arg, /, **options: Unpack[_ContinuationTokenLimitLaunchConfigIdErrorId]
    ) -> Iterator[JsonObject]: ...
    @overload
    def pages(
        self, *, workerPoolId: Arg, **options: Unpack[_ContinuationTokenLimitLaunchConfigIdErrorId]
    ) -> Iterator[JsonObject]: ...
    @overload
    def pages(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimitLaunchConfigIdErrorId]
    ) -> Iterator[JsonObject]: ...
    @overload
    def items(
        self, workerPoolId: Arg, /, **options: Unpack[_ContinuationTokenLimitLaunchConfigIdErrorId]
    ) -> Iterator[Any]: ...
    @overload
    def items(
        self, *, workerPoolId: Arg, **options: Unpack[_ContinuationTokenLimitLaunchConfigIdErrorId]
    ) -> Iterator[Any]: ...
    @overload
    def items(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimitLaunchConfigIdErrorId]
    ) -> Iterator[Any]: ...

class _ListWorkerPoolLaunchConfigsMethod(Protocol):
    @overload
    def __call__(
        self,
        workerPoolId: Arg,
        /,
        *,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimitIncludeArchived],
    ) -> None: ...
    @overload
    def __call__(
        self,
        *,
        workerPoolId: Arg,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimitIncludeArchived],
    ) -> None: ...
    @overload
    def __call__(
        self,
        *,
        params: Params,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimitIncludeArchived],
    ) -> None: ...
    @overload
    def __call__(
        self, workerPoolId: Arg, /, **options: Unpack[_ContinuationTokenLimitIncludeArchived]
    ) -> JsonObject: ...
    @overload
    def __call__(
        self, *, workerPoolId: Arg, **options: Unpack[_ContinuationTokenLimitIncludeArchived]
    ) -> JsonObject: ...
    @overload
    def __call__(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimitIncludeArchived]
    ) -> JsonObject: ...
    @overload
    def pages(
        self, workerPoolId: Arg, /, **options: Unpack[_ContinuationTokenLimitIncludeArchived]
    ) -> Iterator[JsonObject]: ...
    @overload
    def pages(
        self, *, workerPoolId: Arg, **options: Unpack[_ContinuationTokenLimitIncludeArchived]
    ) -> Iterator[JsonObject]: ...
    @overload
    def pages(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimitIncludeArchived]
    ) -> Iterator[JsonObject]: ...
    @overload
    def items(
        self, workerPoolId: Arg, /, **options: Unpack[_ContinuationTokenLimitIncludeArchived]
    ) -> Iterator[Any]: ...
    @overload
    def items(
        self, *, workerPoolId: Arg, **options: Unpack[_ContinuationTokenLimitIncludeArchived]
    ) -> Iterator[Any]: ...
    @overload
    def items(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimitIncludeArchived]
    ) -> Iterator[Any]: ...

class _ListWorkerPoolsMethod(Protocol):
    @overload
    def __call__(
        self, *, paginationHandler: Handler, **options: Unpack[_ContinuationTokenLimit]
    ) -> None: ...
    @overload
    def __call__(self, **options: Unpack[_ContinuationTokenLimit]) -> JsonObject: ...
    def pages(self, **options: Unpack[_ContinuationTokenLimit]) -> Iterator[JsonObject]: ...
    def items(self, **options: Unpack[_ContinuationTokenLimit]) -> Iterator[Any]: ...

class _ListWorkerPoolsStatsMethod(Protocol):
    @overload
    def __call__(
        self, *, paginationHandler: Handler, **options: Unpack[_ContinuationTokenLimit]
    ) -> None: ...
    @overload
    def __call__(self, **options: Unpack[_ContinuationTokenLimit]) -> JsonObject: ...
    def pages(self, **options: Unpack[_ContinuationTokenLimit]) -> Iterator[JsonObject]: ...
    def items(self, **options: Unpack[_ContinuationTokenLimit]) -> Iterator[Any]: ...

class _ListWorkersMethod(Protocol):
    @overload
    def __call__(
        self,
        provisionerId: Arg,
        workerType: Arg,
        /,
        *,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimitLaunchConfigIdQuarantinedWorkerState],
    ) -> None: ...
    @overload
    def __call__(
        self,
        *,
        provisionerId: Arg,
        workerType: Arg,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimitLaunchConfigIdQuarantinedWorkerState],
    ) -> None: ...
    @overload
    def __call__(
        self,
        *,
        params: Params,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimitLaunchConfigIdQuarantinedWorkerState],
    ) -> None: ...
    @overload
    def __call__(
        self,
        provisionerId: Arg,
        workerType: Arg,
        /,
        **options: Unpack[_ContinuationTokenLimitLaunchConfigIdQuarantinedWorkerState],
    ) -> JsonObject: ...
    @overload
    def __call__(
        self,
        *,
        provisionerId: Arg,
        workerType: Arg,
        **options: Unpack[_ContinuationTokenLimitLaunchConfigIdQuarantinedWorkerState],
    ) -> JsonObject: ...
    @overload
    def __call__(
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
    ) -> Iterator[JsonObject]: ...
    @overload
    def pages(
        self,
        *,
        provisionerId: Arg,
        workerType: Arg,
        **options: Unpack[_ContinuationTokenLimitLaunchConfigIdQuarantinedWorkerState],
    ) -> Iterator[JsonObject]: ...
    @overload
    def pages(
        self,
        *,
        params: Params,
        **options: Unpack[_ContinuationTokenLimitLaunchConfigIdQuarantinedWorkerState],
    ) -> Iterator[JsonObject]: ...
    @overload
    def items(
        self,
        provisionerId: Arg,
        workerType: Arg,
        /,
        **options: Unpack[_ContinuationTokenLimitLaunchConfigIdQuarantinedWorkerState],
    ) -> Iterator[Any]: ...
    @overload
    def items(
        self,
        *,
        provisionerId: Arg,
        workerType: Arg,
        **options: Unpack[_ContinuationTokenLimitLaunchConfigIdQuarantinedWorkerState],
    ) -> Iterator[Any]: ...
    @overload
    def items(
        self,
        *,
        params: Params,
        **options: Unpack[_ContinuationTokenLimitLaunchConfigIdQuarantinedWorkerState],
    ) -> Iterator[Any]: ...

class _ListWorkersForWorkerGroupMethod(Protocol):
    @overload
    def __call__(
        self,
        workerPoolId: Arg,
        workerGroup: Arg,
        /,
        *,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimit],
    ) -> None: ...
    @overload
    def __call__(
        self,
        *,
        workerPoolId: Arg,
        workerGroup: Arg,
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
        self, workerPoolId: Arg, workerGroup: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    def __call__(
        self, *, workerPoolId: Arg, workerGroup: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    def __call__(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    def pages(
        self, workerPoolId: Arg, workerGroup: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[JsonObject]: ...
    @overload
    def pages(
        self, *, workerPoolId: Arg, workerGroup: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[JsonObject]: ...
    @overload
    def pages(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[JsonObject]: ...
    @overload
    def items(
        self, workerPoolId: Arg, workerGroup: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[Any]: ...
    @overload
    def items(
        self, *, workerPoolId: Arg, workerGroup: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[Any]: ...
    @overload
    def items(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[Any]: ...

class _ListWorkersForWorkerPoolMethod(Protocol):
    @overload
    def __call__(
        self,
        workerPoolId: Arg,
        /,
        *,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimitLaunchConfigIdState],
    ) -> None: ...
    @overload
    def __call__(
        self,
        *,
        workerPoolId: Arg,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimitLaunchConfigIdState],
    ) -> None: ...
    @overload
    def __call__(
        self,
        *,
        params: Params,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimitLaunchConfigIdState],
    ) -> None: ...
    @overload
    def __call__(
        self, workerPoolId: Arg, /, **options: Unpack[_ContinuationTokenLimitLaunchConfigIdState]
    ) -> JsonObject: ...
    @overload
    def __call__(
        self, *, workerPoolId: Arg, **options: Unpack[_ContinuationTokenLimitLaunchConfigIdState]
    ) -> JsonObject: ...
    @overload
    def __call__(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimitLaunchConfigIdState]
    ) -> JsonObject: ...
    @overload
    def pages(
        self, workerPoolId: Arg, /, **options: Unpack[_ContinuationTokenLimitLaunchConfigIdState]
    ) -> Iterator[JsonObject]: ...
    @overload
    def pages(
        self, *, workerPoolId: Arg, **options: Unpack[_ContinuationTokenLimitLaunchConfigIdState]
    ) -> Iterator[JsonObject]: ...
    @overload
    def pages(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimitLaunchConfigIdState]
    ) -> Iterator[JsonObject]: ...
    @overload
    def items(
        self, workerPoolId: Arg, /, **options: Unpack[_ContinuationTokenLimitLaunchConfigIdState]
    ) -> Iterator[Any]: ...
    @overload
    def items(
        self, *, workerPoolId: Arg, **options: Unpack[_ContinuationTokenLimitLaunchConfigIdState]
    ) -> Iterator[Any]: ...
    @overload
    def items(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimitLaunchConfigIdState]
    ) -> Iterator[Any]: ...

class WorkerManager(SyncClient):
    @overload
    def createWorker(
        self, workerPoolId: Arg, workerGroup: Arg, workerId: Arg, payload: Payload, /
    ) -> JsonObject: ...
    @overload
    def createWorker(
        self, workerPoolId: Arg, workerGroup: Arg, workerId: Arg, /, *, payload: Payload
    ) -> JsonObject: ...
    @overload
    def createWorker(
        self, *, workerPoolId: Arg, workerGroup: Arg, workerId: Arg, payload: Payload
    ) -> JsonObject: ...
    @overload
    def createWorker(self, *, params: Params, payload: Payload) -> JsonObject: ...
    @overload
    def createWorker(
        self, payload: Payload, /, *, workerPoolId: Arg, workerGroup: Arg, workerId: Arg
    ) -> JsonObject: ...
    @overload
    def createWorkerPool(self, workerPoolId: Arg, payload: Payload, /) -> JsonObject: ...
    @overload
    def createWorkerPool(self, workerPoolId: Arg, /, *, payload: Payload) -> JsonObject: ...
    @overload
    def createWorkerPool(self, *, workerPoolId: Arg, payload: Payload) -> JsonObject: ...
    @overload
    def createWorkerPool(self, *, params: Params, payload: Payload) -> JsonObject: ...
    @overload
    def createWorkerPool(self, payload: Payload, /, *, workerPoolId: Arg) -> JsonObject: ...
    @overload
    def deleteWorkerPool(self, workerPoolId: Arg, /) -> JsonObject: ...
    @overload
    def deleteWorkerPool(self, *, workerPoolId: Arg) -> JsonObject: ...
    @overload
    def deleteWorkerPool(self, *, params: Params) -> JsonObject: ...
    @overload
    def getWorker(
        self, provisionerId: Arg, workerType: Arg, workerGroup: Arg, workerId: Arg, /
    ) -> JsonObject: ...
    @overload
    def getWorker(
        self, *, provisionerId: Arg, workerType: Arg, workerGroup: Arg, workerId: Arg
    ) -> JsonObject: ...
    @overload
    def getWorker(self, *, params: Params) -> JsonObject: ...
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
    def registerWorker(self, payload: Payload, /) -> JsonObject: ...
    @overload
    def registerWorker(self, *, payload: Payload) -> JsonObject: ...
    @overload
    def removeWorker(self, workerPoolId: Arg, workerGroup: Arg, workerId: Arg, /) -> Any: ...
    @overload
    def removeWorker(self, *, workerPoolId: Arg, workerGroup: Arg, workerId: Arg) -> Any: ...
    @overload
    def removeWorker(self, *, params: Params) -> Any: ...
    @overload
    def reportWorkerError(self, workerPoolId: Arg, payload: Payload, /) -> JsonObject: ...
    @overload
    def reportWorkerError(self, workerPoolId: Arg, /, *, payload: Payload) -> JsonObject: ...
    @overload
    def reportWorkerError(self, *, workerPoolId: Arg, payload: Payload) -> JsonObject: ...
    @overload
    def reportWorkerError(self, *, params: Params, payload: Payload) -> JsonObject: ...
    @overload
    def reportWorkerError(self, payload: Payload, /, *, workerPoolId: Arg) -> JsonObject: ...
    @overload
    def reregisterWorker(self, payload: Payload, /) -> JsonObject: ...
    @overload
    def reregisterWorker(self, *, payload: Payload) -> JsonObject: ...
    @overload
    def shouldWorkerTerminate(
        self, workerPoolId: Arg, workerGroup: Arg, workerId: Arg, /
    ) -> JsonObject: ...
    @overload
    def shouldWorkerTerminate(
        self, *, workerPoolId: Arg, workerGroup: Arg, workerId: Arg
    ) -> JsonObject: ...
    @overload
    def shouldWorkerTerminate(self, *, params: Params) -> JsonObject: ...
    @overload
    def updateWorker(
        self, workerPoolId: Arg, workerGroup: Arg, workerId: Arg, payload: Payload, /
    ) -> JsonObject: ...
    @overload
    def updateWorker(
        self, workerPoolId: Arg, workerGroup: Arg, workerId: Arg, /, *, payload: Payload
    ) -> JsonObject: ...
    @overload
    def updateWorker(
        self, *, workerPoolId: Arg, workerGroup: Arg, workerId: Arg, payload: Payload
    ) -> JsonObject: ...
    @overload
    def updateWorker(self, *, params: Params, payload: Payload) -> JsonObject: ...
    @overload
    def updateWorker(
        self, payload: Payload, /, *, workerPoolId: Arg, workerGroup: Arg, workerId: Arg
    ) -> JsonObject: ...
    @overload
    def updateWorkerPool(self, workerPoolId: Arg, payload: Payload, /) -> JsonObject: ...
    @overload
    def updateWorkerPool(self, workerPoolId: Arg, /, *, payload: Payload) -> JsonObject: ...
    @overload
    def updateWorkerPool(self, *, workerPoolId: Arg, payload: Payload) -> JsonObject: ...
    @overload
    def updateWorkerPool(self, *, params: Params, payload: Payload) -> JsonObject: ...
    @overload
    def updateWorkerPool(self, payload: Payload, /, *, workerPoolId: Arg) -> JsonObject: ...
    @overload
    def worker(self, workerPoolId: Arg, workerGroup: Arg, workerId: Arg, /) -> JsonObject: ...
    @overload
    def worker(self, *, workerPoolId: Arg, workerGroup: Arg, workerId: Arg) -> JsonObject: ...
    @overload
    def worker(self, *, params: Params) -> JsonObject: ...
    @overload
    def workerPool(self, workerPoolId: Arg, /) -> JsonObject: ...
    @overload
    def workerPool(self, *, workerPoolId: Arg) -> JsonObject: ...
    @overload
    def workerPool(self, *, params: Params) -> JsonObject: ...
    def workerPoolErrorStats(self, **options: Unpack[_WorkerPoolId]) -> JsonObject: ...
    @overload
    def workerPoolStats(self, workerPoolId: Arg, /) -> JsonObject: ...
    @overload
    def workerPoolStats(self, *, workerPoolId: Arg) -> JsonObject: ...
    @overload
    def workerPoolStats(self, *, params: Params) -> JsonObject: ...
    def heartbeat(self) -> Any: ...
    def lbheartbeat(self) -> Any: ...
    def ping(self) -> Any: ...
    def version(self) -> Any: ...
