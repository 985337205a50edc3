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
    "Hooks",
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

class _ListLastFiresMethod(Protocol):
    @overload
    async def __call__(
        self,
        hookGroupId: Arg,
        hookId: Arg,
        /,
        *,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimit],
    ) -> None: ...
    @overload
    async def __call__(
        self,
        *,
        hookGroupId: Arg,
        hookId: Arg,
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
        self, hookGroupId: Arg, hookId: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    async def __call__(
        self, *, hookGroupId: Arg, hookId: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    async def __call__(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    def pages(
        self, hookGroupId: Arg, hookId: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def pages(
        self, *, hookGroupId: Arg, hookId: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def pages(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def items(
        self, hookGroupId: Arg, hookId: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[Any]: ...
    @overload
    def items(
        self, *, hookGroupId: Arg, hookId: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[Any]: ...
    @overload
    def items(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[Any]: ...

class Hooks(AsyncBaseClient):
    @overload
    async def createHook(
        self, hookGroupId: Arg, hookId: Arg, payload: Payload, /
    ) -> JsonObject: ...
    @overload
    async def createHook(
        self, hookGroupId: Arg, hookId: Arg, /, *, payload: Payload
    ) -> JsonObject: ...
    @overload
    async def createHook(
        self, *, hookGroupId: Arg, hookId: Arg, payload: Payload
    ) -> JsonObject: ...
    @overload
    async def createHook(self, *, params: Params, payload: Payload) -> JsonObject: ...
    @overload
    async def createHook(
        self, payload: Payload, /, *, hookGroupId: Arg, hookId: Arg
    ) -> JsonObject: ...
    @overload
    async def getHookStatus(self, hookGroupId: Arg, hookId: Arg, /) -> JsonObject: ...
    @overload
    async def getHookStatus(self, *, hookGroupId: Arg, hookId: Arg) -> JsonObject: ...
    @overload
    async def getHookStatus(self, *, params: Params) -> JsonObject: ...
    @overload
    async def getTriggerToken(self, hookGroupId: Arg, hookId: Arg, /) -> JsonObject: ...
    @overload
    async def getTriggerToken(self, *, hookGroupId: Arg, hookId: Arg) -> JsonObject: ...
    @overload
    async def getTriggerToken(self, *, params: Params) -> JsonObject: ...
    @overload
    async def hook(self, hookGroupId: Arg, hookId: Arg, /) -> JsonObject: ...
    @overload
    async def hook(self, *, hookGroupId: Arg, hookId: Arg) -> JsonObject: ...
    @overload
    async def hook(self, *, params: Params) -> JsonObject: ...
    async def listHookGroups(self) -> JsonObject: ...
    @overload
    async def listHooks(self, hookGroupId: Arg, /) -> JsonObject: ...
    @overload
    async def listHooks(self, *, hookGroupId: Arg) -> JsonObject: ...
    @overload
    async def listHooks(self, *, params: Params) -> JsonObject: ...
    @property
    def listLastFires(self) -> _ListLastFiresMethod: ...
    @overload
    async def removeHook(self, hookGroupId: Arg, hookId: Arg, /) -> Any: ...
    @overload
    async def removeHook(self, *, hookGroupId: Arg, hookId: Arg) -> Any: ...
    @overload
    async def removeHook(self, *, params: Params) -> Any: ...
    @overload
    async def resetTriggerToken(self, hookGroupId: Arg, hookId: Arg, /) -> JsonObject: ...
    @overload
    async def resetTriggerToken(self, *, hookGroupId: Arg, hookId: Arg) -> JsonObject: ...
    @overload
    async def resetTriggerToken(self, *, params: Params) -> JsonObject: ...
    @overload
    async def triggerHook(
        self, hookGroupId: Arg, hookId: Arg, payload: Payload, /
    ) -> JsonObject: ...
    @overload
    async def triggerHook(
        self, hookGroupId: Arg, hookId: Arg, /, *, payload: Payload
    ) -> JsonObject: ...
    @overload
    async def triggerHook(
        self, *, hookGroupId: Arg, hookId: Arg, payload: Payload
    ) -> JsonObject: ...
    @overload
    async def triggerHook(self, *, params: Params, payload: Payload) -> JsonObject: ...
    @overload
    async def triggerHook(
        self, payload: Payload, /, *, hookGroupId: Arg, hookId: Arg
    ) -> JsonObject: ...
    @overload
    async def triggerHookWithToken(
        self, hookGroupId: Arg, hookId: Arg, token: Arg, payload: Payload, /
    ) -> JsonObject: ...
    @overload
    async def triggerHookWithToken(
        self, hookGroupId: Arg, hookId: Arg, token: Arg, /, *, payload: Payload
    ) -> JsonObject: ...
    @overload
    async def triggerHookWithToken(
        self, *, hookGroupId: Arg, hookId: Arg, token: Arg, payload: Payload
    ) -> JsonObject: ...
    @overload
    async def triggerHookWithToken(self, *, params: Params, payload: Payload) -> JsonObject: ...
    @overload
    async def triggerHookWithToken(
        self, payload: Payload, /, *, hookGroupId: Arg, hookId: Arg, token: Arg
    ) -> JsonObject: ...
    @overload
    async def updateHook(
        self, hookGroupId: Arg, hookId: Arg, payload: Payload, /
    ) -> JsonObject: ...
    @overload
    async def updateHook(
        self, hookGroupId: Arg, hookId: Arg, /, *, payload: Payload
    ) -> JsonObject: ...
    @overload
    async def updateHook(
        self, *, hookGroupId: Arg, hookId: Arg, payload: Payload
    ) -> JsonObject: ...
    @overload
    async def updateHook(self, *, params: Params, payload: Payload) -> JsonObject: ...
    @overload
    async def updateHook(
        self, payload: Payload, /, *, hookGroupId: Arg, hookId: Arg
    ) -> JsonObject: ...
    async def heartbeat(self) -> Any: ...
    async def lbheartbeat(self) -> Any: ...
    async def ping(self) -> Any: ...
    async def version(self) -> Any: ...
