# Written by scripts/client_stubs.py from the tables of the service modules.

from collections.abc import AsyncIterator
from typing import Any, Protocol, TypedDict, Unpack, overload

from tcproxy_client._types import (
    Arg,
    Handler,
    JsonList,
    JsonObject,
    Params,
    Payload,
    Query,
    QueryValue,
)
from tcproxy_client.aio.asyncclient import AsyncBaseClient
from tcproxy_client.aio.asyncclient import _defaultConfig as _defaultConfig
from tcproxy_client.aio.asyncclient import config as config
from tcproxy_client.aio.asyncclient import createApiClient as createApiClient
from tcproxy_client.aio.asyncclient import createSession as createSession
from tcproxy_client.aio.asyncclient import createTemporaryCredentials as createTemporaryCredentials

__all__ = [
    "Auth",
    "_defaultConfig",
    "config",
    "createApiClient",
    "createSession",
    "createTemporaryCredentials",
]

class _ContinuationToken(TypedDict, total=False):
    query: Query | None
    continuationToken: QueryValue
    paginationLimit: int | None

class _ContinuationTokenLimit(TypedDict, total=False):
    query: Query | None
    continuationToken: QueryValue
    limit: QueryValue
    paginationLimit: int | None

class _Format(TypedDict, total=False):
    query: Query | None
    format: QueryValue

class _PrefixContinuationTokenLimit(TypedDict, total=False):
    query: Query | None
    prefix: QueryValue
    continuationToken: QueryValue
    limit: QueryValue
    paginationLimit: int | None

class _AzureContainersMethod(Protocol):
    @overload
    async def __call__(
        self, account: Arg, /, *, paginationHandler: Handler, **options: Unpack[_ContinuationToken]
    ) -> None: ...
    @overload
    async def __call__(
        self, *, account: Arg, paginationHandler: Handler, **options: Unpack[_ContinuationToken]
    ) -> None: ...
    @overload
    async def __call__(
        self, *, params: Params, paginationHandler: Handler, **options: Unpack[_ContinuationToken]
    ) -> None: ...
    @overload
    async def __call__(
        self, account: Arg, /, **options: Unpack[_ContinuationToken]
    ) -> JsonObject: ...
    @overload
    async def __call__(
        self, *, account: Arg, **options: Unpack[_ContinuationToken]
    ) -> JsonObject: ...
    @overload
    async def __call__(
        self, *, params: Params, **options: Unpack[_ContinuationToken]
    ) -> JsonObject: ...
    @overload
    def pages(
        self, account: Arg, /, **options: Unpack[_ContinuationToken]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def pages(
        self, *, account: Arg, **options: Unpack[_ContinuationToken]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def pages(
        self, *, params: Params, **options: Unpack[_ContinuationToken]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def items(
        self, account: Arg, /, **options: Unpack[_ContinuationToken]
    ) -> AsyncIterator[Any]: ...
    @overload
    def items(
        self, *, account: Arg, **options: Unpack[_ContinuationToken]
    ) -> AsyncIterator[Any]: ...
    @overload
    def items(
        self, *, params: Params, **options: Unpack[_ContinuationToken]
    ) -> AsyncIterator[Any]: ...

class _AzureTablesMethod(Protocol):
    @overload
    async def __call__(
        self, account: Arg, /, *, paginationHandler: Handler, **options: Unpack[_ContinuationToken]
    ) -> None: ...
    @overload
    async def __call__(
        self, *, account: Arg, paginationHandler: Handler, **options: Unpack[_ContinuationToken]
    ) -> None: ...
    @overload
    async def __call__(
        self, *, params: Params, paginationHandler: Handler, **options: Unpack[_ContinuationToken]
    ) -> None: ...
    @overload
    async def __call__(
        self, account: Arg, /, **options: Unpack[_ContinuationToken]
    ) -> JsonObject: ...
    @overload
    async def __call__(
        self, *, account: Arg, **options: Unpack[_ContinuationToken]
    ) -> JsonObject: ...
    @overload
    async def __call__(
        self, *, params: Params, **options: Unpack[_ContinuationToken]
    ) -> JsonObject: ...
    @overload
    def pages(
        self, account: Arg, /, **options: Unpack[_ContinuationToken]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def pages(
        self, *, account: Arg, **options: Unpack[_ContinuationToken]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def pages(
        self, *, params: Params, **options: Unpack[_ContinuationToken]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def items(
        self, account: Arg, /, **options: Unpack[_ContinuationToken]
    ) -> AsyncIterator[Any]: ...
    @overload
    def items(
        self, *, account: Arg, **options: Unpack[_ContinuationToken]
    ) -> AsyncIterator[Any]: ...
    @overload
    def items(
        self, *, params: Params, **options: Unpack[_ContinuationToken]
    ) -> AsyncIterator[Any]: ...

class _GetEntityHistoryMethod(Protocol):
    @overload
    async def __call__(
        self,
        entityType: Arg,
        entityId: Arg,
        /,
        *,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimit],
    ) -> None: ...
    @overload
    async def __call__(
        self,
        *,
        entityType: Arg,
        entityId: Arg,
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
        self, entityType: Arg, entityId: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    async def __call__(
        self, *, entityType: Arg, entityId: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    async def __call__(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    def pages(
        self, entityType: Arg, entityId: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def pages(
        self, *, entityType: Arg, entityId: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def pages(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def items(
        self, entityType: Arg, entityId: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[Any]: ...
    @overload
    def items(
        self, *, entityType: Arg, entityId: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[Any]: ...
    @overload
    def items(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[Any]: ...

class _ListAuditHistoryMethod(Protocol):
    @overload
    async def __call__(
        self,
        clientId: Arg,
        /,
        *,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimit],
    ) -> None: ...
    @overload
    async def __call__(
        self,
        *,
        clientId: Arg,
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
        self, clientId: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    async def __call__(
        self, *, clientId: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    async def __call__(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> JsonObject: ...
    @overload
    def pages(
        self, clientId: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def pages(
        self, *, clientId: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def pages(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[JsonObject]: ...
    @overload
    def items(
        self, clientId: Arg, /, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[Any]: ...
    @overload
    def items(
        self, *, clientId: Arg, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[Any]: ...
    @overload
    def items(
        self, *, params: Params, **options: Unpack[_ContinuationTokenLimit]
    ) -> AsyncIterator[Any]: ...

class _ListClientsMethod(Protocol):
    @overload
    async def __call__(
        self, *, paginationHandler: Handler, **options: Unpack[_PrefixContinuationTokenLimit]
    ) -> None: ...
    @overload
    async def __call__(self, **options: Unpack[_PrefixContinuationTokenLimit]) -> JsonObject: ...
    def pages(
        self, **options: Unpack[_PrefixContinuationTokenLimit]
    ) -> AsyncIterator[JsonObject]: ...
    def items(self, **options: Unpack[_PrefixContinuationTokenLimit]) -> AsyncIterator[Any]: ...

class _ListRoleIdsMethod(Protocol):
    @overload
    async def __call__(
        self, *, paginationHandler: Handler, **options: Unpack[_ContinuationTokenLimit]
    ) -> None: ...
    @overload
    async def __call__(self, **options: Unpack[_ContinuationTokenLimit]) -> JsonObject: ...
    def pages(self, **options: Unpack[_ContinuationTokenLimit]) -> AsyncIterator[JsonObject]: ...
    def items(self, **options: Unpack[_ContinuationTokenLimit]) -> AsyncIterator[Any]: ...

class _ListRoles2Method(Protocol):
    @overload
    async def __call__(
        self, *, paginationHandler: Handler, **options: Unpack[_ContinuationTokenLimit]
    ) -> None: ...
    @overload
    async def __call__(self, **options: Unpack[_ContinuationTokenLimit]) -> JsonObject: ...
    def pages(self, **options: Unpack[_ContinuationTokenLimit]) -> AsyncIterator[JsonObject]: ...
    def items(self, **options: Unpack[_ContinuationTokenLimit]) -> AsyncIterator[Any]: ...

class Auth(AsyncBaseClient):
    @overload
    async def authenticateHawk(self, payload: Payload, /) -> JsonObject: ...
    @overload
    async def authenticateHawk(self, *, payload: Payload) -> JsonObject: ...
    @overload
    async def awsS3Credentials(
        self, level: Arg, bucket: Arg, prefix: Arg, /, **options: Unpack[_Format]
    ) -> JsonObject: ...
    @overload
    async def awsS3Credentials(
        self, *, level: Arg, bucket: Arg, prefix: Arg, **options: Unpack[_Format]
    ) -> JsonObject: ...
    @overload
    async def awsS3Credentials(
        self, *, params: Params, **options: Unpack[_Format]
    ) -> JsonObject: ...
    async def azureAccounts(self) -> JsonObject: ...
    @property
    def azureContainers(self) -> _AzureContainersMethod: ...
    @overload
    async def azureContainerSAS(
        self, account: Arg, container: Arg, level: Arg, /
    ) -> JsonObject: ...
    @overload
    async def azureContainerSAS(
        self, *, account: Arg, container: Arg, level: Arg
    ) -> JsonObject: ...
    @overload
    async def azureContainerSAS(self, *, params: Params) -> JsonObject: ...
    @property
    def azureTables(self) -> _AzureTablesMethod: ...
    @overload
    async def azureTableSAS(self, account: Arg, table: Arg, level: Arg, /) -> JsonObject: ...
    @overload
    async def azureTableSAS(self, *, account: Arg, table: Arg, level: Arg) -> JsonObject: ...
    @overload
    async def azureTableSAS(self, *, params: Params) -> JsonObject: ...
    @overload
    async def client(self, clientId: Arg, /) -> JsonObject: ...
    @overload
    async def client(self, *, clientId: Arg) -> JsonObject: ...
    @overload
    async def client(self, *, params: Params) -> JsonObject: ...
    @overload
    async def createClient(self, clientId: Arg, payload: Payload, /) -> JsonObject: ...
    @overload
    async def createClient(self, clientId: Arg, /, *, payload: Payload) -> JsonObject: ...
    @overload
    async def createClient(self, *, clientId: Arg, payload: Payload) -> JsonObject: ...
    @overload
    async def createClient(self, *, params: Params, payload: Payload) -> JsonObject: ...
    @overload
    async def createClient(self, payload: Payload, /, *, clientId: Arg) -> JsonObject: ...
    @overload
    async def createRole(self, roleId: Arg, payload: Payload, /) -> JsonObject: ...
    @overload
    async def createRole(self, roleId: Arg, /, *, payload: Payload) -> JsonObject: ...
    @overload
    async def createRole(self, *, roleId: Arg, payload: Payload) -> JsonObject: ...
    @overload
    async def createRole(self, *, params: Params, payload: Payload) -> JsonObject: ...
    @overload
    async def createRole(self, payload: Payload, /, *, roleId: Arg) -> JsonObject: ...
    async def currentScopes(self) -> JsonObject: ...
    @overload
    async def deleteClient(self, clientId: Arg, /) -> Any: ...
    @overload
    async def deleteClient(self, *, clientId: Arg) -> Any: ...
    @overload
    async def deleteClient(self, *, params: Params) -> Any: ...
    @overload
    async def deleteRole(self, roleId: Arg, /) -> Any: ...
    @overload
    async def deleteRole(self, *, roleId: Arg) -> Any: ...
    @overload
    async def deleteRole(self, *, params: Params) -> Any: ...
    @overload
    async def disableClient(self, clientId: Arg, /) -> JsonObject: ...
    @overload
    async def disableClient(self, *, clientId: Arg) -> JsonObject: ...
    @overload
    async def disableClient(self, *, params: Params) -> JsonObject: ...
    @overload
    async def enableClient(self, clientId: Arg, /) -> JsonObject: ...
    @overload
    async def enableClient(self, *, clientId: Arg) -> JsonObject: ...
    @overload
    async def enableClient(self, *, params: Params) -> JsonObject: ...
    @overload
    async def expandScopes(self, payload: Payload, /) -> JsonObject: ...
    @overload
    async def expandScopes(self, *, payload: Payload) -> JsonObject: ...
    @overload
    async def gcpCredentials(self, projectId: Arg, serviceAccount: Arg, /) -> JsonObject: ...
    @overload
    async def gcpCredentials(self, *, projectId: Arg, serviceAccount: Arg) -> JsonObject: ...
    @overload
    async def gcpCredentials(self, *, params: Params) -> JsonObject: ...
    @property
    def getEntityHistory(self) -> _GetEntityHistoryMethod: ...
    @overload
    async def githubRepoToken(
        self, appName: Arg, owner: Arg, payload: Payload, /
    ) -> JsonObject: ...
    @overload
    async def githubRepoToken(
        self, appName: Arg, owner: Arg, /, *, payload: Payload
    ) -> JsonObject: ...
    @overload
    async def githubRepoToken(
        self, *, appName: Arg, owner: Arg, payload: Payload
    ) -> JsonObject: ...
    @overload
    async def githubRepoToken(self, *, params: Params, payload: Payload) -> JsonObject: ...
    @overload
    async def githubRepoToken(
        self, payload: Payload, /, *, appName: Arg, owner: Arg
    ) -> JsonObject: ...
    @property
    def listAuditHistory(self) -> _ListAuditHistoryMethod: ...
    @property
    def listClients(self) -> _ListClientsMethod: ...
    @property
    def listRoleIds(self) -> _ListRoleIdsMethod: ...
    async def listRoles(self) -> JsonList: ...
    @property
    def listRoles2(self) -> _ListRoles2Method: ...
    @overload
    async def resetAccessToken(self, clientId: Arg, /) -> JsonObject: ...
    @overload
    async def resetAccessToken(self, *, clientId: Arg) -> JsonObject: ...
    @overload
    async def resetAccessToken(self, *, params: Params) -> JsonObject: ...
    @overload
    async def role(self, roleId: Arg, /) -> JsonObject: ...
    @overload
    async def role(self, *, roleId: Arg) -> JsonObject: ...
    @overload
    async def role(self, *, params: Params) -> JsonObject: ...
    @overload
    async def sentryDSN(self, project: Arg, /) -> JsonObject: ...
    @overload
    async def sentryDSN(self, *, project: Arg) -> JsonObject: ...
    @overload
    async def sentryDSN(self, *, params: Params) -> JsonObject: ...
    @overload
    async def testAuthenticate(self, payload: Payload, /) -> JsonObject: ...
    @overload
    async def testAuthenticate(self, *, payload: Payload) -> JsonObject: ...
    async def testAuthenticateGet(self) -> JsonObject: ...
    @overload
    async def updateClient(self, clientId: Arg, payload: Payload, /) -> JsonObject: ...
    @overload
    async def updateClient(self, clientId: Arg, /, *, payload: Payload) -> JsonObject: ...
    @overload
    async def updateClient(self, *, clientId: Arg, payload: Payload) -> JsonObject: ...
    @overload
    async def updateClient(self, *, params: Params, payload: Payload) -> JsonObject: ...
    @overload
    async def updateClient(self, payload: Payload, /, *, clientId: Arg) -> JsonObject: ...
    @overload
    async def updateRole(self, roleId: Arg, payload: Payload, /) -> JsonObject: ...
    @overload
    async def updateRole(self, roleId: Arg, /, *, payload: Payload) -> JsonObject: ...
    @overload
    async def updateRole(self, *, roleId: Arg, payload: Payload) -> JsonObject: ...
    @overload
    async def updateRole(self, *, params: Params, payload: Payload) -> JsonObject: ...
    @overload
    async def updateRole(self, payload: Payload, /, *, roleId: Arg) -> JsonObject: ...
    @overload
    async def websocktunnelToken(self, wstAudience: Arg, wstClient: Arg, /) -> JsonObject: ...
    @overload
    async def websocktunnelToken(self, *, wstAudience: Arg, wstClient: Arg) -> JsonObject: ...
    @overload
    async def websocktunnelToken(self, *, params: Params) -> JsonObject: ...
    async def heartbeat(self) -> Any: ...
    async def lbheartbeat(self) -> Any: ...
    async def ping(self) -> Any: ...
    async def version(self) -> Any: ...
