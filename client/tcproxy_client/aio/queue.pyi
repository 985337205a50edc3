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
    async def __call__(
        self,
        taskId: Arg,
        runId: Arg,
        /,
        *,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimit],
    ) -> None: ...
    @overload
    async def __call__(
        self,
        *,
        taskId: Arg,
        runId: Arg,
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
        self, taskId: Arg, runId: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    async def __call__(
        self, *, taskId: Arg, runId: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    async def __call__(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    def pages(
        self, taskId: Arg, runId: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def pages(
        self, *, taskId: Arg, runId: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def pages(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def items(
        self, taskId: Arg, runId: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[Any]: ...
    @overload
    def items(
        self, *, taskId: Arg, runId: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[Any]: ...
    @overload
    def items(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[Any]: ...

class _ListClaimedTasksMethod(Protocol):
    @overload
    async def __call__(
        self,
        taskQueueId: Arg,
        /,
        *,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimit],
    ) -> None: ...
    @overload
    async def __call__(
        self,
        *,
        taskQueueId: Arg,
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
        self, taskQueueId: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    async def __call__(
        self, *, taskQueueId: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    async def __call__(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    def pages(
        self, taskQueueId: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def pages(
        self, *, taskQueueId: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def pages(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def items(
        self, taskQueueId: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[Any]: ...
    @overload
    def items(
        self, *, taskQueueId: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[Any]: ...
    @overload
    def items(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[Any]: ...

class _ListDependentTasksMethod(Protocol):
    @overload
    async def __call__(
        self,
        taskId: Arg,
        /,
        *,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimit],
    ) -> None: ...
    @overload
    async def __call__(
        self, *, taskId: Arg, paginationHandler: Handler, **options: Unpack[_ContinuationTokenLimit]
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
        self, taskId: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    async def __call__(
        self, *, taskId: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    async def __call__(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    def pages(
        self, taskId: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def pages(
        self, *, taskId: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def pages(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def items(
        self, taskId: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[Any]: ...
    @overload
    def items(
        self, *, taskId: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[Any]: ...
    @overload
    def items(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[Any]: ...

class _ListLatestArtifactsMethod(Protocol):
    @overload
    async def __call__(
        self,
        taskId: Arg,
        /,
        *,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimit],
    ) -> None: ...
    @overload
    async def __call__(
        self, *, taskId: Arg, paginationHandler: Handler, **options: Unpack[_ContinuationTokenLimit]
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
        self, taskId: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    async def __call__(
        self, *, taskId: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    async def __call__(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    def pages(
        self, taskId: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def pages(
        self, *, taskId: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def pages(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def items(
        self, taskId: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[Any]: ...
    @overload
    def items(
        self, *, taskId: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[Any]: ...
    @overload
    def items(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[Any]: ...

class _ListPendingTasksMethod(Protocol):
    @overload
    async def __call__(
        self,
        taskQueueId: Arg,
        /,
        *,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimit],
    ) -> None: ...
    @overload
    async def __call__(
        self,
        *,
        taskQueueId: Arg,
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
        self, taskQueueId: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    async def __call__(
        self, *, taskQueueId: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    async def __call__(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    def pages(
        self, taskQueueId: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def pages(
        self, *, taskQueueId: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def pages(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def items(
        self, taskQueueId: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[Any]: ...
    @overload
    def items(
        self, *, taskQueueId: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[Any]: ...
    @overload
    def items(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[Any]: ...

class _ListProvisionersMethod(Protocol):
    @overload
    async def __call__(
        self, *, paginationHandler: Handler, **options: Unpack[_ContinuationTokenLimit]
    ) -> None: ...
    @overload
    async def __call__(self, **options: Unpack[_ContinuationTokenLimit]) -> JsonObject: ...
    def pages(self, **options: Unpack[_ContinuationTokenLimit]) -> AsyncIterator[JsonObject]: ...
    def items(self, **options: Unpack[_ContinuationTokenLimit]) -> AsyncIterator[Any]: ...

class _ListTaskGroupMethod(Protocol):
    @overload
    async def __call__(
        self,
        taskGroupId: Arg,
        /,
        *,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimit],
    ) -> None: ...
    @overload
    async def __call__(
        self,
        *,
        taskGroupId: Arg,
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
        self, taskGroupId: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    async def __call__(
        self, *, taskGroupId: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    async def __call__(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    def pages(
        self, taskGroupId: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def pages(
        self, *, taskGroupId: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def pages(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def items(
        self, taskGroupId: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[Any]: ...
    @overload
    def items(
        self, *, taskGroupId: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[Any]: ...
    @overload
    def items(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[Any]: ...

class _ListTaskQueuesMethod(Protocol):
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
        **options: Unpack[_ContinuationTokenLimitQuarantined],
    ) -> None: ...
    @overload
    async def __call__(
        self,
        *,
        provisionerId: Arg,
        workerType: Arg,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimitQuarantined],
    ) -> None: ...
    @overload
    async def __call__(
        self,
        *,
        params: Params,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimitQuarantined],
    ) -> None: ...
    @overload
    async def __call__(
        self,
        provisionerId: Arg,
        workerType: Arg,
        /,
        **options: Unpack[_ContinuationTokenLimitQuarantined],
    ) -> JsonObject: ...
    @overload
    async def __call__(
        self,
        *,
        provisionerId: Arg,
        workerType: Arg,
        **options: Unpack[_ContinuationTokenLimitQuarantined],
    ) -> JsonObject: ...
    @overload
    async def __call__(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimitQuarantined]
    ) -> JsonObject: ...
    @overload
    def pages(
        self,
        provisionerId: Arg,
        workerType: Arg,
        /,
        **options: Unpack[_ContinuationTokenLimitQuarantined],
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def pages(
        self,
        *,
        provisionerId: Arg,
        workerType: Arg,
        **options: Unpack[_ContinuationTokenLimitQuarantined],
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def pages(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimitQuarantined]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def items(
        self,
        provisionerId: Arg,
        workerType: Arg,
        /,
        **options: Unpack[_ContinuationTokenLimitQuarantined],
    ) -> AsyncIterator[Any]: ...
    @overload
    def items(
        self,
        *,
        provisionerId: Arg,
        workerType: Arg,
        **options: Unpack[_ContinuationTokenLimitQuarantined],
    ) -> AsyncIterator[Any]: ...
    @overload
    def items(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimitQuarantined]
    ) -> AsyncIterator[Any]: ...

class _ListWorkerTypesMethod(Protocol):
    @overload
    async def __call__(
        self,
        provisionerId: Arg,
        /,
        *,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimit],
    ) -> None: ...
    @overload
    async def __call__(
        self,
        *,
        provisionerId: Arg,
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
        self, provisionerId: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    async def __call__(
        self, *, provisionerId: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    async def __call__(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    def pages(
        self, provisionerId: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def pages(
        self, *, provisionerId: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def pages(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def items(
        self, provisionerId: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[Any]: ...
    @overload
    def items(
        self, *, provisionerId: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[Any]: ...
    @overload
    def items(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[Any]: ...

class _StatusesMethod(Protocol):
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

class _TasksMethod(Protocol):
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

class Queue(AsyncBaseClient):
    @overload
    async def artifact(self, taskId: Arg, runId: Arg, name: Arg, /) -> JsonObject: ...
    @overload
    async def artifact(self, *, taskId: Arg, runId: Arg, name: Arg) -> JsonObject: ...
    @overload
    async def artifact(self, *, params: Params) -> JsonObject: ...
    @overload
    async def artifactInfo(self, taskId: Arg, runId: Arg, name: Arg, /) -> JsonObject: ...
    @overload
    async def artifactInfo(self, *, taskId: Arg, runId: Arg, name: Arg) -> JsonObject: ...
    @overload
    async def artifactInfo(self, *, params: Params) -> JsonObject: ...
    @overload
    async def cancelTask(self, taskId: Arg, /) -> JsonObject: ...
    @overload
    async def cancelTask(self, *, taskId: Arg) -> JsonObject: ...
    @overload
    async def cancelTask(self, *, params: Params) -> JsonObject: ...
    @overload
    async def cancelTaskGroup(self, taskGroupId: Arg, /) -> JsonObject: ...
    @overload
    async def cancelTaskGroup(self, *, taskGroupId: Arg) -> JsonObject: ...
    @overload
    async def cancelTaskGroup(self, *, params: Params) -> JsonObject: ...
    @overload
    async def changeTaskGroupPriority(
        self, taskGroupId: Arg, payload: Payload, /
    ) -> JsonObject: ...
    @overload
    async def changeTaskGroupPriority(
        self, taskGroupId: Arg, /, *, payload: Payload
    ) -> JsonObject: ...
    @overload
    async def changeTaskGroupPriority(
        self, *, taskGroupId: Arg, payload: Payload
    ) -> JsonObject: ...
    @overload
    async def changeTaskGroupPriority(self, *, params: Params, payload: Payload) -> JsonObject: ...
    @overload
    async def changeTaskGroupPriority(
        self, payload: Payload, /, *, taskGroupId: Arg
    ) -> JsonObject: ...
    @overload
    async def changeTaskPriority(self, taskId: Arg, payload: Payload, /) -> JsonObject: ...
    @overload
    async def changeTaskPriority(self, taskId: Arg, /, *, payload: Payload) -> JsonObject: ...
    @overload
    async def changeTaskPriority(self, *, taskId: Arg, payload: Payload) -> JsonObject: ...
    @overload
    async def changeTaskPriority(self, *, params: Params, payload: Payload) -> JsonObject: ...
    @overload
    async def changeTaskPriority(self, payload: Payload, /, *, taskId: Arg) -> JsonObject: ...
    @overload
    async def claimTask(self, taskId: Arg, runId: Arg, payload: Payload, /) -> JsonObject: ...
    @overload
    async def claimTask(self, taskId: Arg, runId: Arg, /, *, payload: Payload) -> JsonObject: ...
    @overload
    async def claimTask(self, *, taskId: Arg, runId: Arg, payload: Payload) -> JsonObject: ...
    @overload
    async def claimTask(self, *, params: Params, payload: Payload) -> JsonObject: ...
    @overload
    async def claimTask(self, payload: Payload, /, *, taskId: Arg, runId: Arg) -> JsonObject: ...
    @overload
    async def claimWork(self, taskQueueId: Arg, payload: Payload, /) -> JsonObject: ...
    @overload
    async def claimWork(self, taskQueueId: Arg, /, *, payload: Payload) -> JsonObject: ...
    @overload
    async def claimWork(self, *, taskQueueId: Arg, payload: Payload) -> JsonObject: ...
    @overload
    async def claimWork(self, *, params: Params, payload: Payload) -> JsonObject: ...
    @overload
    async def claimWork(self, payload: Payload, /, *, taskQueueId: Arg) -> JsonObject: ...
    @overload
    async def createArtifact(
        self, taskId: Arg, runId: Arg, name: Arg, payload: Payload, /
    ) -> JsonObject: ...
    @overload
    async def createArtifact(
        self, taskId: Arg, runId: Arg, name: Arg, /, *, payload: Payload
    ) -> JsonObject: ...
    @overload
    async def createArtifact(
        self, *, taskId: Arg, runId: Arg, name: Arg, payload: Payload
    ) -> JsonObject: ...
    @overload
    async def createArtifact(self, *, params: Params, payload: Payload) -> JsonObject: ...
    @overload
    async def createArtifact(
        self, payload: Payload, /, *, taskId: Arg, runId: Arg, name: Arg
    ) -> JsonObject: ...
    @overload
    async def createTask(self, taskId: Arg, payload: Payload, /) -> JsonObject: ...
    @overload
    async def createTask(self, taskId: Arg, /, *, payload: Payload) -> JsonObject: ...
    @overload
    async def createTask(self, *, taskId: Arg, payload: Payload) -> JsonObject: ...
    @overload
    async def createTask(self, *, params: Params, payload: Payload) -> JsonObject: ...
    @overload
    async def createTask(self, payload: Payload, /, *, taskId: Arg) -> JsonObject: ...
    @overload
    async def declareProvisioner(self, provisionerId: Arg, payload: Payload, /) -> JsonObject: ...
    @overload
    async def declareProvisioner(
        self, provisionerId: Arg, /, *, payload: Payload
    ) -> JsonObject: ...
    @overload
    async def declareProvisioner(self, *, provisionerId: Arg, payload: Payload) -> JsonObject: ...
    @overload
    async def declareProvisioner(self, *, params: Params, payload: Payload) -> JsonObject: ...
    @overload
    async def declareProvisioner(
        self, payload: Payload, /, *, provisionerId: Arg
    ) -> JsonObject: ...
    @overload
    async def declareWorker(
        self,
        provisionerId: Arg,
        workerType: Arg,
        workerGroup: Arg,
        workerId: Arg,
        payload: Payload,
        /,
    ) -> JsonObject: ...
    @overload
    async def declareWorker(
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
    async def declareWorker(
        self,
        *,
        provisionerId: Arg,
        workerType: Arg,
        workerGroup: Arg,
        workerId: Arg,
        payload: Payload,
    ) -> JsonObject: ...
    @overload
    async def declareWorker(self, *, params: Params, payload: Payload) -> JsonObject: ...
    @overload
    async def declareWorker(
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
    async def declareWorkerType(
        self, provisionerId: Arg, workerType: Arg, payload: Payload, /
    ) -> JsonObject: ...
    @overload
    async def declareWorkerType(
        self, provisionerId: Arg, workerType: Arg, /, *, payload: Payload
    ) -> JsonObject: ...
    @overload
    async def declareWorkerType(
        self, *, provisionerId: Arg, workerType: Arg, payload: Payload
    ) -> JsonObject: ...
    @overload
    async def declareWorkerType(self, *, params: Params, payload: Payload) -> JsonObject: ...
    @overload
    async def declareWorkerType(
        self, payload: Payload, /, *, provisionerId: Arg, workerType: Arg
    ) -> JsonObject: ...
    @overload
    async def finishArtifact(
        self, taskId: Arg, runId: Arg, name: Arg, payload: Payload, /
    ) -> Any: ...
    @overload
    async def finishArtifact(
        self, taskId: Arg, runId: Arg, name: Arg, /, *, payload: Payload
    ) -> Any: ...
    @overload
    async def finishArtifact(
        self, *, taskId: Arg, runId: Arg, name: Arg, payload: Payload
    ) -> Any: ...
    @overload
    async def finishArtifact(self, *, params: Params, payload: Payload) -> Any: ...
    @overload
    async def finishArtifact(
        self, payload: Payload, /, *, taskId: Arg, runId: Arg, name: Arg
    ) -> Any: ...
    @overload
    async def getArtifact(self, taskId: Arg, runId: Arg, name: Arg, /) -> JsonObject: ...
    @overload
    async def getArtifact(self, *, taskId: Arg, runId: Arg, name: Arg) -> JsonObject: ...
    @overload
    async def getArtifact(self, *, params: Params) -> JsonObject: ...
    @overload
    async def getLatestArtifact(self, taskId: Arg, name: Arg, /) -> JsonObject: ...
    @overload
    async def getLatestArtifact(self, *, taskId: Arg, name: Arg) -> JsonObject: ...
    @overload
    async def getLatestArtifact(self, *, params: Params) -> JsonObject: ...
    @overload
    async def getProvisioner(self, provisionerId: Arg, /) -> JsonObject: ...
    @overload
    async def getProvisioner(self, *, provisionerId: Arg) -> JsonObject: ...
    @overload
    async def getProvisioner(self, *, params: Params) -> JsonObject: ...
    @overload
    async def getTaskGroup(self, taskGroupId: Arg, /) -> JsonObject: ...
    @overload
    async def getTaskGroup(self, *, taskGroupId: Arg) -> JsonObject: ...
    @overload
    async def getTaskGroup(self, *, params: Params) -> JsonObject: ...
    @overload
    async def getTaskQueue(self, taskQueueId: Arg, /) -> JsonObject: ...
    @overload
    async def getTaskQueue(self, *, taskQueueId: Arg) -> JsonObject: ...
    @overload
    async def getTaskQueue(self, *, params: Params) -> JsonObject: ...
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
    @overload
    async def getWorkerType(self, provisionerId: Arg, workerType: Arg, /) -> JsonObject: ...
    @overload
    async def getWorkerType(self, *, provisionerId: Arg, workerType: Arg) -> JsonObject: ...
    @overload
    async def getWorkerType(self, *, params: Params) -> JsonObject: ...
    @overload
    async def latestArtifact(self, taskId: Arg, name: Arg, /) -> JsonObject: ...
    @overload
    async def latestArtifact(self, *, taskId: Arg, name: Arg) -> JsonObject: ...
    @overload
    async def latestArtifact(self, *, params: Params) -> JsonObject: ...
    @overload
    async def latestArtifactInfo(self, taskId: Arg, name: Arg, /) -> JsonObject: ...
    @overload
    async def latestArtifactInfo(self, *, taskId: Arg, name: Arg) -> JsonObject: ...
    @overload
    async def latestArtifactInfo(self, *, params: Params) -> JsonObject: ...
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
    async def pendingTasks(self, taskQueueId: Arg, /) -> JsonObject: ...
    @overload
    async def pendingTasks(self, *, taskQueueId: Arg) -> JsonObject: ...
    @overload
    async def pendingTasks(self, *, params: Params) -> JsonObject: ...
    @overload
    async def quarantineWorker(
        self,
        provisionerId: Arg,
        workerType: Arg,
        workerGroup: Arg,
        workerId: Arg,
        payload: Payload,
        /,
    ) -> JsonObject: ...
    @overload
    async def quarantineWorker(
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
    async def quarantineWorker(
        self,
        *,
        provisionerId: Arg,
        workerType: Arg,
        workerGroup: Arg,
        workerId: Arg,
        payload: Payload,
    ) -> JsonObject: ...
    @overload
    async def quarantineWorker(self, *, params: Params, payload: Payload) -> JsonObject: ...
    @overload
    async def quarantineWorker(
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
    async def reclaimTask(self, taskId: Arg, runId: Arg, /) -> JsonObject: ...
    @overload
    async def reclaimTask(self, *, taskId: Arg, runId: Arg) -> JsonObject: ...
    @overload
    async def reclaimTask(self, *, params: Params) -> JsonObject: ...
    @overload
    async def reportCompleted(self, taskId: Arg, runId: Arg, /) -> JsonObject: ...
    @overload
    async def reportCompleted(self, *, taskId: Arg, runId: Arg) -> JsonObject: ...
    @overload
    async def reportCompleted(self, *, params: Params) -> JsonObject: ...
    @overload
    async def reportException(self, taskId: Arg, runId: Arg, payload: Payload, /) -> JsonObject: ...
    @overload
    async def reportException(
        self, taskId: Arg, runId: Arg, /, *, payload: Payload
    ) -> JsonObject: ...
    @overload
    async def reportException(self, *, taskId: Arg, runId: Arg, payload: Payload) -> JsonObject: ...
    @overload
    async def reportException(self, *, params: Params, payload: Payload) -> JsonObject: ...
    @overload
    async def reportException(
        self, payload: Payload, /, *, taskId: Arg, runId: Arg
    ) -> JsonObject: ...
    @overload
    async def reportFailed(self, taskId: Arg, runId: Arg, /) -> JsonObject: ...
    @overload
    async def reportFailed(self, *, taskId: Arg, runId: Arg) -> JsonObject: ...
    @overload
    async def reportFailed(self, *, params: Params) -> JsonObject: ...
    @overload
    async def rerunTask(self, taskId: Arg, /) -> JsonObject: ...
    @overload
    async def rerunTask(self, *, taskId: Arg) -> JsonObject: ...
    @overload
    async def rerunTask(self, *, params: Params) -> JsonObject: ...
    @overload
    async def scheduleTask(self, taskId: Arg, /) -> JsonObject: ...
    @overload
    async def scheduleTask(self, *, taskId: Arg) -> JsonObject: ...
    @overload
    async def scheduleTask(self, *, params: Params) -> JsonObject: ...
    @overload
    async def sealTaskGroup(self, taskGroupId: Arg, /) -> JsonObject: ...
    @overload
    async def sealTaskGroup(self, *, taskGroupId: Arg) -> JsonObject: ...
    @overload
    async def sealTaskGroup(self, *, params: Params) -> JsonObject: ...
    @overload
    async def status(self, taskId: Arg, /) -> JsonObject: ...
    @overload
    async def status(self, *, taskId: Arg) -> JsonObject: ...
    @overload
    async def status(self, *, params: Params) -> JsonObject: ...
    @property
    def statuses(self) -> _StatusesMethod: ...
    @overload
    async def task(self, taskId: Arg, /) -> JsonObject: ...
    @overload
    async def task(self, *, taskId: Arg) -> JsonObject: ...
    @overload
    async def task(self, *, params: Params) -> JsonObject: ...
    @overload
    async def taskQueueCounts(self, taskQueueId: Arg, /) -> JsonObject: ...
    @overload
    async def taskQueueCounts(self, *, taskQueueId: Arg) -> JsonObject: ...
    @overload
    async def taskQueueCounts(self, *, params: Params) -> JsonObject: ...
    @overload
    async def taskQueueCountsBatch(self, payload: Payload, /) -> JsonObject: ...
    @overload
    async def taskQueueCountsBatch(self, *, payload: Payload) -> JsonObject: ...
    @property
    def tasks(self) -> _TasksMethod: ...
    async def heartbeat(self) -> Any: ...
    async def lbheartbeat(self) -> Any: ...
    async def ping(self) -> Any: ...
    async def version(self) -> Any: ...
