# Written by scripts/client_stubs.py from the tables of the service modules.

from collections.abc import Mapping
from typing import overload

from tcproxy_client._types import Binding
from tcproxy_client.aio.asyncclient import AsyncBaseClient
from tcproxy_client.aio.asyncclient import _defaultConfig as _defaultConfig
from tcproxy_client.aio.asyncclient import config as config
from tcproxy_client.aio.asyncclient import createApiClient as createApiClient
from tcproxy_client.aio.asyncclient import createSession as createSession
from tcproxy_client.aio.asyncclient import createTemporaryCredentials as createTemporaryCredentials

__all__ = [
    "QueueEvents",
    "_defaultConfig",
    "config",
    "createApiClient",
    "createSession",
    "createTemporaryCredentials",
]

class QueueEvents(AsyncBaseClient):
    @overload
    def artifactCreated(
        self, routingKeyPattern: str | Mapping[str, object] = ..., /
    ) -> Binding: ...
    @overload
    def artifactCreated(
        self,
        *,
        taskId: object = None,
        runId: object = None,
        workerGroup: object = None,
        workerId: object = None,
        provisionerId: object = None,
        workerType: object = None,
        schedulerId: object = None,
        taskGroupId: object = None,
        reserved: object = None,
    ) -> Binding: ...
    @overload
    def taskCompleted(self, routingKeyPattern: str | Mapping[str, object] = ..., /) -> Binding: ...
    @overload
    def taskCompleted(
        self,
        *,
        taskId: object = None,
        runId: object = None,
        workerGroup: object = None,
        workerId: object = None,
        provisionerId: object = None,
        workerType: object = None,
        schedulerId: object = None,
        taskGroupId: object = None,
        reserved: object = None,
    ) -> Binding: ...
    @overload
    def taskDefined(self, routingKeyPattern: str | Mapping[str, object] = ..., /) -> Binding: ...
    @overload
    def taskDefined(
        self,
        *,
        taskId: object = None,
        runId: object = None,
        workerGroup: object = None,
        workerId: object = None,
        provisionerId: object = None,
        workerType: object = None,
        schedulerId: object = None,
        taskGroupId: object = None,
        reserved: object = None,
    ) -> Binding: ...
    @overload
    def taskException(self, routingKeyPattern: str | Mapping[str, object] = ..., /) -> Binding: ...
    @overload
    def taskException(
        self,
        *,
        taskId: object = None,
        runId: object = None,
        workerGroup: object = None,
        workerId: object = None,
        provisionerId: object = None,
        workerType: object = None,
        schedulerId: object = None,
        taskGroupId: object = None,
        reserved: object = None,
    ) -> Binding: ...
    @overload
    def taskFailed(self, routingKeyPattern: str | Mapping[str, object] = ..., /) -> Binding: ...
    @overload
    def taskFailed(
        self,
        *,
        taskId: object = None,
        runId: object = None,
        workerGroup: object = None,
        workerId: object = None,
        provisionerId: object = None,
        workerType: object = None,
        schedulerId: object = None,
        taskGroupId: object = None,
        reserved: object = None,
    ) -> Binding: ...
    @overload
    def taskGroupPriorityChanged(
        self, routingKeyPattern: str | Mapping[str, object] = ..., /
    ) -> Binding: ...
    @overload
    def taskGroupPriorityChanged(
        self, *, taskGroupId: object = None, schedulerId: object = None, reserved: object = None
    ) -> Binding: ...
    @overload
    def taskGroupResolved(
        self, routingKeyPattern: str | Mapping[str, object] = ..., /
    ) -> Binding: ...
    @overload
    def taskGroupResolved(
        self, *, taskGroupId: object = None, schedulerId: object = None, reserved: object = None
    ) -> Binding: ...
    @overload
    def taskGroupSealed(
        self, routingKeyPattern: str | Mapping[str, object] = ..., /
    ) -> Binding: ...
    @overload
    def taskGroupSealed(
        self, *, taskGroupId: object = None, schedulerId: object = None, reserved: object = None
    ) -> Binding: ...
    @overload
    def taskPending(self, routingKeyPattern: str | Mapping[str, object] = ..., /) -> Binding: ...
    @overload
    def taskPending(
        self,
        *,
        taskId: object = None,
        runId: object = None,
        workerGroup: object = None,
        workerId: object = None,
        provisionerId: object = None,
        workerType: object = None,
        schedulerId: object = None,
        taskGroupId: object = None,
        reserved: object = None,
    ) -> Binding: ...
    @overload
    def taskPriorityChanged(
        self, routingKeyPattern: str | Mapping[str, object] = ..., /
    ) -> Binding: ...
    @overload
    def taskPriorityChanged(
        self,
        *,
        taskId: object = None,
        runId: object = None,
        workerGroup: object = None,
        workerId: object = None,
        provisionerId: object = None,
        workerType: object = None,
        schedulerId: object = None,
        taskGroupId: object = None,
        reserved: object = None,
    ) -> Binding: ...
    @overload
    def taskRunning(self, routingKeyPattern: str | Mapping[str, object] = ..., /) -> Binding: ...
    @overload
    def taskRunning(
        self,
        *,
        taskId: object = None,
        runId: object = None,
        workerGroup: object = None,
        workerId: object = None,
        provisionerId: object = None,
        workerType: object = None,
        schedulerId: object = None,
        taskGroupId: object = None,
        reserved: object = None,
    ) -> Binding: ...
