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
    "Queue",
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

class _ContinuationTokenLimitQuarantined(TypedDict, total=False):
    query: Query | None
    continuationToken: QueryValue
    limit: QueryValue
    quarantined: QueryValue
    paginationLimit: int | None

class _ListArtifactsMethod(Protocol):
    @overload
    def __call__(
        self,
        taskId: Arg,
        runId: Arg,
        /,
        *,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimit],
    ) -> None: ...
    @overload
    def __call__(
        self,
        *,
        taskId: Arg,
        runId: Arg,
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
        self, taskId: Arg, runId: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    def __call__(
        self, *, taskId: Arg, runId: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    def __call__(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    def pages(
        self, taskId: Arg, runId: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[JsonObject]: ...
    @overload
    def pages(
        self, *, taskId: Arg, runId: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[JsonObject]: ...
    @overload
    def pages(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[JsonObject]: ...
    @overload
    def items(
        self, taskId: Arg, runId: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[Any]: ...
    @overload
    def items(
        self, *, taskId: Arg, runId: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[Any]: ...
    @overload
    def items(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[Any]: ...

class _ListClaimedTasksMethod(Protocol):
    @overload
    def __call__(
        self,
        taskQueueId: Arg,
        /,
        *,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimit],
    ) -> None: ...
    @overload
    def __call__(
        self,
        *,
        taskQueueId: Arg,
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
        self, taskQueueId: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    def __call__(
        self, *, taskQueueId: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    def __call__(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    def pages(
        self, taskQueueId: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[JsonObject]: ...
    @overload
    def pages(
        self, *, taskQueueId: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[JsonObject]: ...
    @overload
    def pages(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[JsonObject]: ...
    @overload
    def items(
        self, taskQueueId: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[Any]: ...
    @overload
    def items(
        self, *, taskQueueId: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[Any]: ...
    @overload
    def items(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[Any]: ...

class _ListDependentTasksMethod(Protocol):
    @overload
    def __call__(
        self,
        taskId: Arg,
        /,
        *,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimit],
    ) -> None: ...
    @overload
    def __call__(
        self, *, taskId: Arg, paginationHandler: Handler, **options: Unpack[_ContinuationTokenLimit]
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
        self, taskId: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    def __call__(
        self, *, taskId: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    def __call__(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    def pages(
        self, taskId: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[JsonObject]: ...
    @overload
    def pages(
        self, *, taskId: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[JsonObject]: ...
    @overload
    def pages(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[JsonObject]: ...
    @overload
    def items(
        self, taskId: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[Any]: ...
    @overload
    def items(
        self, *, taskId: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[Any]: ...
    @overload
    def items(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[Any]: ...

class _ListLatestArtifactsMethod(Protocol):
    @overload
    def __call__(
        self,
        taskId: Arg,
        /,
        *,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimit],
    ) -> None: ...
    @overload
    def __call__(
        self, *, taskId: Arg, paginationHandler: Handler, **options: Unpack[_ContinuationTokenLimit]
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
        self, taskId: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    def __call__(
        self, *, taskId: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    def __call__(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    def pages(
        self, taskId: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[JsonObject]: ...
    @overload
    def pages(
        self, *, taskId: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[JsonObject]: ...
    @overload
    def pages(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[JsonObject]: ...
    @overload
    def items(
        self, taskId: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[Any]: ...
    @overload
    def items(
        self, *, taskId: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[Any]: ...
    @overload
    def items(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[Any]: ...

class _ListPendingTasksMethod(Protocol):
    @overload
    def __call__(
        self,
        taskQueueId: Arg,
        /,
        *,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimit],
    ) -> None: ...
    @overload
    def __call__(
        self,
        *,
        taskQueueId: Arg,
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
        self, taskQueueId: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    def __call__(
        self, *, taskQueueId: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    def __call__(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    def pages(
        self, taskQueueId: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[JsonObject]: ...
    @overload
    def pages(
        self, *, taskQueueId: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[JsonObject]: ...
    @overload
    def pages(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[JsonObject]: ...
    @overload
    def items(
        self, taskQueueId: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[Any]: ...
    @overload
    def items(
        self, *, taskQueueId: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[Any]: ...
    @overload
    def items(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[Any]: ...

class _ListProvisionersMethod(Protocol):
    @overload
    def __call__(
        self, *, paginationHandler: Handler, **options: Unpack[_ContinuationTokenLimit]
    ) -> None: ...
    @overload
    def __call__(self, **options: Unpack[_ContinuationTokenLimit]) -> JsonObject: ...
    def pages(self, **options: Unpack[_ContinuationTokenLimit]) -> Iterator[JsonObject]: ...
    def items(self, **options: Unpack[_ContinuationTokenLimit]) -> Iterator[Any]: ...

class _ListTaskGroupMethod(Protocol):
    @overload
    def __call__(
        self,
        taskGroupId: Arg,
        /,
        *,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimit],
    ) -> None: ...
    @overload
    def __call__(
        self,
        *,
        taskGroupId: Arg,
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
        self, taskGroupId: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    def __call__(
        self, *, taskGroupId: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    def __call__(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    def pages(
        self, taskGroupId: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[JsonObject]: ...
    @overload
    def pages(
        self, *, taskGroupId: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[JsonObject]: ...
    @overload
    def pages(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[JsonObject]: ...
    @overload
    def items(
        self, taskGroupId: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[Any]: ...
    @overload
    def items(
        self, *, taskGroupId: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[Any]: ...
    @overload
    def items(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[Any]: ...

class _ListTaskQueuesMethod(Protocol):
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
        **options: Unpack[_ContinuationTokenLimitQuarantined],
    ) -> None: ...
    @overload
    def __call__(
        self,
        *,
        provisionerId: Arg,
        workerType: Arg,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimitQuarantined],
    ) -> None: ...
    @overload
    def __call__(
        self,
        *,
        params: Params,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimitQuarantined],
    ) -> None: ...
    @overload
    def __call__(
        self,
        provisionerId: Arg,
        workerType: Arg,
        /,
        **options: Unpack[_ContinuationTokenLimitQuarantined],
    ) -> JsonObject: ...
    @overload
    def __call__(
        self,
        *,
        provisionerId: Arg,
        workerType: Arg,
        **options: Unpack[_ContinuationTokenLimitQuarantined],
    ) -> JsonObject: ...
    @overload
    def __call__(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimitQuarantined]
    ) -> JsonObject: ...
    @overload
    def pages(
        self,
        provisionerId: Arg,
        workerType: Arg,
        /,
        **options: Unpack[_ContinuationTokenLimitQuarantined],
    ) -> Iterator[JsonObject]: ...
    @overload
    def pages(
        self,
        *,
        provisionerId: Arg,
        workerType: Arg,
        **options: Unpack[_ContinuationTokenLimitQuarantined],
    ) -> Iterator[JsonObject]: ...
    @overload
    def pages(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimitQuarantined]
    ) -> Iterator[JsonObject]: ...
    @overload
    def items(
        self,
        provisionerId: Arg,
        workerType: Arg,
        /,
        **options: Unpack[_ContinuationTokenLimitQuarantined],
    ) -> Iterator[Any]: ...
    @overload
    def items(
        self,
        *,
        provisionerId: Arg,
        workerType: Arg,
        **options: Unpack[_ContinuationTokenLimitQuarantined],
    ) -> Iterator[Any]: ...
    @overload
    def items(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimitQuarantined]
    ) -> Iterator[Any]: ...

class _ListWorkerTypesMethod(Protocol):
    @overload
    def __call__(
        self,
        provisionerId: Arg,
        /,
        *,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimit],
    ) -> None: ...
    @overload
    def __call__(
        self,
        *,
        provisionerId: Arg,
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
        self, provisionerId: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    def __call__(
        self, *, provisionerId: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    def __call__(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    def pages(
        self, provisionerId: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[JsonObject]: ...
    @overload
    def pages(
        self, *, provisionerId: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[JsonObject]: ...
    @overload
    def pages(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[JsonObject]: ...
    @overload
    def items(
        self, provisionerId: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[Any]: ...
    @overload
    def items(
        self, *, provisionerId: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[Any]: ...
    @overload
    def items(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> Iterator[Any]: ...

class _StatusesMethod(Protocol):
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

class _TasksMethod(Protocol):
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

class Queue(SyncClient):
    @overload
    def artifact(self, taskId: Arg, runId: Arg, name: Arg, /) -> JsonObject: ...
    @overload
    def artifact(self, *, taskId: Arg, runId: Arg, name: Arg) -> JsonObject: ...
    @overload
    def artifact(self, *, params: Params) -> JsonObject: ...
    @overload
    def artifactInfo(self, taskId: Arg, runId: Arg, name: Arg, /) -> JsonObject: ...
    @overload
    def artifactInfo(self, *, taskId: Arg, runId: Arg, name: Arg) -> JsonObject: ...
    @overload
    def artifactInfo(self, *, params: Params) -> JsonObject: ...
    @overload
    def cancelTask(self, taskId: Arg, /) -> JsonObject: ...
    @overload
    def cancelTask(self, *, taskId: Arg) -> JsonObject: ...
    @overload
    def cancelTask(self, *, params: Params) -> JsonObject: ...
    @overload
    def cancelTaskGroup(self, taskGroupId: Arg, /) -> JsonObject: ...
    @overload
    def cancelTaskGroup(self, *, taskGroupId: Arg) -> JsonObject: ...
    @overload
    def cancelTaskGroup(self, *, params: Params) -> JsonObject: ...
    @overload
    def changeTaskGroupPriority(self, taskGroupId: Arg, payload: Payload, /) -> JsonObject: ...
    @overload
    def changeTaskGroupPriority(self, taskGroupId: Arg, /, *, payload: Payload) -> JsonObject: ...
    @overload
    def changeTaskGroupPriority(self, *, taskGroupId: Arg, payload: Payload) -> JsonObject: ...
    @overload
    def changeTaskGroupPriority(self, *, params: Params, payload: Payload) -> JsonObject: ...
    @overload
    def changeTaskGroupPriority(self, payload: Payload, /, *, taskGroupId: Arg) -> JsonObject: ...
    @overload
    def changeTaskPriority(self, taskId: Arg, payload: Payload, /) -> JsonObject: ...
    @overload
    def changeTaskPriority(self, taskId: Arg, /, *, payload: Payload) -> JsonObject: ...
    @overload
    def changeTaskPriority(self, *, taskId: Arg, payload: Payload) -> JsonObject: ...
    @overload
    def changeTaskPriority(self, *, params: Params, payload: Payload) -> JsonObject: ...
    @overload
    def changeTaskPriority(self, payload: Payload, /, *, taskId: Arg) -> JsonObject: ...
    @overload
    def claimTask(self, taskId: Arg, runId: Arg, payload: Payload, /) -> JsonObject: ...
    @overload
    def claimTask(self, taskId: Arg, runId: Arg, /, *, payload: Payload) -> JsonObject: ...
    @overload
    def claimTask(self, *, taskId: Arg, runId: Arg, payload: Payload) -> JsonObject: ...
    @overload
    def claimTask(self, *, params: Params, payload: Payload) -> JsonObject: ...
    @overload
    def claimTask(self, payload: Payload, /, *, taskId: Arg, runId: Arg) -> JsonObject: ...
    @overload
    def claimWork(self, taskQueueId: Arg, payload: Payload, /) -> JsonObject: ...
    @overload
    def claimWork(self, taskQueueId: Arg, /, *, payload: Payload) -> JsonObject: ...
    @overload
    def claimWork(self, *, taskQueueId: Arg, payload: Payload) -> JsonObject: ...
    @overload
    def claimWork(self, *, params: Params, payload: Payload) -> JsonObject: ...
    @overload
    def claimWork(self, payload: Payload, /, *, taskQueueId: Arg) -> JsonObject: ...
    @overload
    def createArtifact(
        self, taskId: Arg, runId: Arg, name: Arg, payload: Payload, /
    ) -> JsonObject: ...
    @overload
    def createArtifact(
        self, taskId: Arg, runId: Arg, name: Arg, /, *, payload: Payload
    ) -> JsonObject: ...
    @overload
    def createArtifact(
        self, *, taskId: Arg, runId: Arg, name: Arg, payload: Payload
    ) -> JsonObject: ...
    @overload
    def createArtifact(self, *, params: Params, payload: Payload) -> JsonObject: ...
    @overload
    def createArtifact(
        self, payload: Payload, /, *, taskId: Arg, runId: Arg, name: Arg
    ) -> JsonObject: ...
    @overload
    def createTask(self, taskId: Arg, payload: Payload, /) -> JsonObject: ...
    @overload
    def createTask(self, taskId: Arg, /, *, payload: Payload) -> JsonObject: ...
    @overload
    def createTask(self, *, taskId: Arg, payload: Payload) -> JsonObject: ...
    @overload
    def createTask(self, *, params: Params, payload: Payload) -> JsonObject: ...
    @overload
    def createTask(self, payload: Payload, /, *, taskId: Arg) -> JsonObject: ...
    @overload
    def declareProvisioner(self, provisionerId: Arg, payload: Payload, /) -> JsonObject: ...
    @overload
    def declareProvisioner(self, provisionerId: Arg, /, *, payload: Payload) -> JsonObject: ...
    @overload
    def declareProvisioner(self, *, provisionerId: Arg, payload: Payload) -> JsonObject: ...
    @overload
    def declareProvisioner(self, *, params: Params, payload: Payload) -> JsonObject: ...
    @overload
    def declareProvisioner(self, payload: Payload, /, *, provisionerId: Arg) -> JsonObject: ...
    @overload
    def declareWorker(
        self,
        provisionerId: Arg,
        workerType: Arg,
        workerGroup: Arg,
        workerId: Arg,
        payload: Payload,
        /,
    ) -> JsonObject: ...
    @overload
    def declareWorker(
        self,
        provisionerId: Arg,
        workerType: Arg,
        workerGroup: Arg,
        workerId: Arg,
        /,
        *,
        payload: Payload,
    ) -> JsonObject: ...
    @overload
    def declareWorker(
        self,
        *,
        provisionerId: Arg,
        workerType: Arg,
        workerGroup: Arg,
        workerId: Arg,
        payload: Payload,
    ) -> JsonObject: ...
    @overload
    def declareWorker(self, *, params: Params, payload: Payload) -> JsonObject: ...
    @overload
    def declareWorker(
        self,
        payload: Payload,
        /,
        *,
        provisionerId: Arg,
        workerType: Arg,
        workerGroup: Arg,
        workerId: Arg,
    ) -> JsonObject: ...
    @overload
    def declareWorkerType(
        self, provisionerId: Arg, workerType: Arg, payload: Payload, /
    ) -> JsonObject: ...
    @overload
    def declareWorkerType(
        self, provisionerId: Arg, workerType: Arg, /, *, payload: Payload
    ) -> JsonObject: ...
    @overload
    def declareWorkerType(
        self, *, provisionerId: Arg, workerType: Arg, payload: Payload
    ) -> JsonObject: ...
    @overload
    def declareWorkerType(self, *, params: Params, payload: Payload) -> JsonObject: ...
    @overload
    def declareWorkerType(
        self, payload: Payload, /, *, provisionerId: Arg, workerType: Arg
    ) -> JsonObject: ...
    @overload
    def finishArtifact(self, taskId: Arg, runId: Arg, name: Arg, payload: Payload, /) -> Any: ...
    @overload
    def finishArtifact(self, taskId: Arg, runId: Arg, name: Arg, /, *, payload: Payload) -> Any: ...
    @overload
    def finishArtifact(self, *, taskId: Arg, runId: Arg, name: Arg, payload: Payload) -> Any: ...
    @overload
    def finishArtifact(self, *, params: Params, payload: Payload) -> Any: ...
    @overload
    def finishArtifact(self, payload: Payload, /, *, taskId: Arg, runId: Arg, name: Arg) -> Any: ...
    @overload
    def getArtifact(self, taskId: Arg, runId: Arg, name: Arg, /) -> JsonObject: ...
    @overload
    def getArtifact(self, *, taskId: Arg, runId: Arg, name: Arg) -> JsonObject: ...
    @overload
    def getArtifact(self, *, params: Params) -> JsonObject: ...
    @overload
    def getLatestArtifact(self, taskId: Arg, name: Arg, /) -> JsonObject: ...
    @overload
    def getLatestArtifact(self, *, taskId: Arg, name: Arg) -> JsonObject: ...
    @overload
    def getLatestArtifact(self, *, params: Params) -> JsonObject: ...
    @overload
    def getProvisioner(self, provisionerId: Arg, /) -> JsonObject: ...
    @overload
    def getProvisioner(self, *, provisionerId: Arg) -> JsonObject: ...
    @overload
    def getProvisioner(self, *, params: Params) -> JsonObject: ...
    @overload
    def getTaskGroup(self, taskGroupId: Arg, /) -> JsonObject: ...
    @overload
    def getTaskGroup(self, *, taskGroupId: Arg) -> JsonObject: ...
    @overload
    def getTaskGroup(self, *, params: Params) -> JsonObject: ...
    @overload
    def getTaskQueue(self, taskQueueId: Arg, /) -> JsonObject: ...
    @overload
    def getTaskQueue(self, *, taskQueueId: Arg) -> JsonObject: ...
    @overload
    def getTaskQueue(self, *, params: Params) -> JsonObject: ...
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
    @overload
    def getWorkerType(self, provisionerId: Arg, workerType: Arg, /) -> JsonObject: ...
    @overload
    def getWorkerType(self, *, provisionerId: Arg, workerType: Arg) -> JsonObject: ...
    @overload
    def getWorkerType(self, *, params: Params) -> JsonObject: ...
    @overload
    def latestArtifact(self, taskId: Arg, name: Arg, /) -> JsonObject: ...
    @overload
    def latestArtifact(self, *, taskId: Arg, name: Arg) -> JsonObject: ...
    @overload
    def latestArtifact(self, *, params: Params) -> JsonObject: ...
    @overload
    def latestArtifactInfo(self, taskId: Arg, name: Arg, /) -> JsonObject: ...
    @overload
    def latestArtifactInfo(self, *, taskId: Arg, name: Arg) -> JsonObject: ...
    @overload
    def latestArtifactInfo(self, *, params: Params) -> JsonObject: ...
    @property
    def listArtifacts(self) -> _ListArtifactsMethod: ...
    @property
    def listClaimedTasks(self) -> _ListClaimedTasksMethod: ...
    @property
    def listDependentTasks(self) -> _ListDependentTasksMethod: ...
    @property
    def listLatestArtifacts(self) -> _ListLatestArtifactsMethod: ...
    @property
    def listPendingTasks(self) -> _ListPendingTasksMethod: ...
    @property
    def listProvisioners(self) -> _ListProvisionersMethod: ...
    @property
    def listTaskGroup(self) -> _ListTaskGroupMethod: ...
    @property
    def listTaskQueues(self) -> _ListTaskQueuesMethod: ...
    @property
    def listWorkers(self) -> _ListWorkersMethod: ...
    @property
    def listWorkerTypes(self) -> _ListWorkerTypesMethod: ...
    @overload
    def pendingTasks(self, taskQueueId: Arg, /) -> JsonObject: ...
    @overload
    def pendingTasks(self, *, taskQueueId: Arg) -> JsonObject: ...
    @overload
    def pendingTasks(self, *, params: Params) -> JsonObject: ...
    @overload
    def quarantineWorker(
        self,
        provisionerId: Arg,
        workerType: Arg,
        workerGroup: Arg,
        workerId: Arg,
        payload: Payload,
        /,
    ) -> JsonObject: ...
    @overload
    def quarantineWorker(
        self,
        provisionerId: Arg,
        workerType: Arg,
        workerGroup: Arg,
        workerId: Arg,
        /,
        *,
        payload: Payload,
    ) -> JsonObject: ...
    @overload
    def quarantineWorker(
        self,
        *,
        provisionerId: Arg,
        workerType: Arg,
        workerGroup: Arg,
        workerId: Arg,
        payload: Payload,
    ) -> JsonObject: ...
    @overload
    def quarantineWorker(self, *, params: Params, payload: Payload) -> JsonObject: ...
    @overload
    def quarantineWorker(
        self,
        payload: Payload,
        /,
        *,
        provisionerId: Arg,
        workerType: Arg,
        workerGroup: Arg,
        workerId: Arg,
    ) -> JsonObject: ...
    @overload
    def reclaimTask(self, taskId: Arg, runId: Arg, /) -> JsonObject: ...
    @overload
    def reclaimTask(self, *, taskId: Arg, runId: Arg) -> JsonObject: ...
    @overload
    def reclaimTask(self, *, params: Params) -> JsonObject: ...
    @overload
    def reportCompleted(self, taskId: Arg, runId: Arg, /) -> JsonObject: ...
    @overload
    def reportCompleted(self, *, taskId: Arg, runId: Arg) -> JsonObject: ...
    @overload
    def reportCompleted(self, *, params: Params) -> JsonObject: ...
    @overload
    def reportException(self, taskId: Arg, runId: Arg, payload: Payload, /) -> JsonObject: ...
    @overload
    def reportException(self, taskId: Arg, runId: Arg, /, *, payload: Payload) -> JsonObject: ...
    @overload
    def reportException(self, *, taskId: Arg, runId: Arg, payload: Payload) -> JsonObject: ...
    @overload
    def reportException(self, *, params: Params, payload: Payload) -> JsonObject: ...
    @overload
    def reportException(self, payload: Payload, /, *, taskId: Arg, runId: Arg) -> JsonObject: ...
    @overload
    def reportFailed(self, taskId: Arg, runId: Arg, /) -> JsonObject: ...
    @overload
    def reportFailed(self, *, taskId: Arg, runId: Arg) -> JsonObject: ...
    @overload
    def reportFailed(self, *, params: Params) -> JsonObject: ...
    @overload
    def rerunTask(self, taskId: Arg, /) -> JsonObject: ...
    @overload
    def rerunTask(self, *, taskId: Arg) -> JsonObject: ...
    @overload
    def rerunTask(self, *, params: Params) -> JsonObject: ...
    @overload
    def scheduleTask(self, taskId: Arg, /) -> JsonObject: ...
    @overload
    def scheduleTask(self, *, taskId: Arg) -> JsonObject: ...
    @overload
    def scheduleTask(self, *, params: Params) -> JsonObject: ...
    @overload
    def sealTaskGroup(self, taskGroupId: Arg, /) -> JsonObject: ...
    @overload
    def sealTaskGroup(self, *, taskGroupId: Arg) -> JsonObject: ...
    @overload
    def sealTaskGroup(self, *, params: Params) -> JsonObject: ...
    @overload
    def status(self, taskId: Arg, /) -> JsonObject: ...
    @overload
    def status(self, *, taskId: Arg) -> JsonObject: ...
    @overload
    def status(self, *, params: Params) -> JsonObject: ...
    @property
    def statuses(self) -> _StatusesMethod: ...
    @overload
    def task(self, taskId: Arg, /) -> JsonObject: ...
    @overload
    def task(self, *, taskId: Arg) -> JsonObject: ...
    @overload
    def task(self, *, params: Params) -> JsonObject: ...
    @overload
    def taskQueueCounts(self, taskQueueId: Arg, /) -> JsonObject: ...
    @overload
    def taskQueueCounts(self, *, taskQueueId: Arg) -> JsonObject: ...
    @overload
    def taskQueueCounts(self, *, params: Params) -> JsonObject: ...
    @overload
    def taskQueueCountsBatch(self, payload: Payload, /) -> JsonObject: ...
    @overload
    def taskQueueCountsBatch(self, *, payload: Payload) -> JsonObject: ...
    @property
    def tasks(self) -> _TasksMethod: ...
    def heartbeat(self) -> Any: ...
    def lbheartbeat(self) -> Any: ...
    def ping(self) -> Any: ...
    def version(self) -> Any: ...
