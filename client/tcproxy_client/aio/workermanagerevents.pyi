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
    "WorkerManagerEvents",
    "_defaultConfig",
    "config",
    "createApiClient",
    "createSession",
    "createTemporaryCredentials",
]

class WorkerManagerEvents(AsyncBaseClient):
    @overload
    def launchConfigArchived(
        self, routingKeyPattern: str | Mapping[str, object] = ..., /
    ) -> Binding: ...
    @overload
    def launchConfigArchived(
        self,
        *,
        providerId: object = None,
        provisionerId: object = None,
        workerType: object = None,
        workerGroup: object = None,
        workerId: object = None,
        launchConfigId: object = None,
        reserved: object = None,
    ) -> Binding: ...
    @overload
    def launchConfigCreated(
        self, routingKeyPattern: str | Mapping[str, object] = ..., /
    ) -> Binding: ...
    @overload
    def launchConfigCreated(
        self,
        *,
        providerId: object = None,
        provisionerId: object = None,
        workerType: object = None,
        workerGroup: object = None,
        workerId: object = None,
        launchConfigId: object = None,
        reserved: object = None,
    ) -> Binding: ...
    @overload
    def launchConfigUpdated(
        self, routingKeyPattern: str | Mapping[str, object] = ..., /
    ) -> Binding: ...
    @overload
    def launchConfigUpdated(
        self,
        *,
        providerId: object = None,
        provisionerId: object = None,
        workerType: object = None,
        workerGroup: object = None,
        workerId: object = None,
        launchConfigId: object = None,
        reserved: object = None,
    ) -> Binding: ...
    @overload
    def workerPoolCreated(
        self, routingKeyPattern: str | Mapping[str, object] = ..., /
    ) -> Binding: ...
    @overload
    def workerPoolCreated(
        self,
        *,
        providerId: object = None,
        provisionerId: object = None,
        workerType: object = None,
        workerGroup: object = None,
        workerId: object = None,
        launchConfigId: object = None,
        reserved: object = None,
    ) -> Binding: ...
    @overload
    def workerPoolError(
        self, routingKeyPattern: str | Mapping[str, object] = ..., /
    ) -> Binding: ...
    @overload
    def workerPoolError(
        self,
        *,
        providerId: object = None,
        provisionerId: object = None,
        workerType: object = None,
        workerGroup: object = None,
        workerId: object = None,
        launchConfigId: object = None,
        reserved: object = None,
    ) -> Binding: ...
    @overload
    def workerPoolUpdated(
        self, routingKeyPattern: str | Mapping[str, object] = ..., /
    ) -> Binding: ...
    @overload
    def workerPoolUpdated(
        self,
        *,
        providerId: object = None,
        provisionerId: object = None,
        workerType: object = None,
        workerGroup: object = None,
        workerId: object = None,
        launchConfigId: object = None,
        reserved: object = None,
    ) -> Binding: ...
    @overload
    def workerRemoved(self, routingKeyPattern: str | Mapping[str, object] = ..., /) -> Binding: ...
    @overload
    def workerRemoved(
        self,
        *,
        providerId: object = None,
        provisionerId: object = None,
        workerType: object = None,
        workerGroup: object = None,
        workerId: object = None,
        launchConfigId: object = None,
        reserved: object = None,
    ) -> Binding: ...
    @overload
    def workerRequested(
        self, routingKeyPattern: str | Mapping[str, object] = ..., /
    ) -> Binding: ...
    @overload
    def workerRequested(
        self,
        *,
        providerId: object = None,
        provisionerId: object = None,
        workerType: object = None,
        workerGroup: object = None,
        workerId: object = None,
        launchConfigId: object = None,
        reserved: object = None,
    ) -> Binding: ...
    @overload
    def workerRunning(self, routingKeyPattern: str | Mapping[str, object] = ..., /) -> Binding: ...
    @overload
    def workerRunning(
        self,
        *,
        providerId: object = None,
        provisionerId: object = None,
        workerType: object = None,
        workerGroup: object = None,
        workerId: object = None,
        launchConfigId: object = None,
        reserved: object = None,
    ) -> Binding: ...
    @overload
    def workerStopped(self, routingKeyPattern: str | Mapping[str, object] = ..., /) -> Binding: ...
    @overload
    def workerStopped(
        self,
        *,
        providerId: object = None,
        provisionerId: object = None,
        workerType: object = None,
        workerGroup: object = None,
        workerId: object = None,
        launchConfigId: object = None,
        reserved: object = None,
    ) -> Binding: ...
