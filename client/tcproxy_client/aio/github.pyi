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
    "Github",
    "_defaultConfig",
    "config",
    "createApiClient",
    "createSession",
    "createTemporaryCredentials",
]

class _ContinuationTokenLimitOrganizationRepositoryShaPullRequest(TypedDict, total=False):
    query: Query | None
    continuationToken: QueryValue
    limit: QueryValue
    organization: QueryValue
    repository: QueryValue
    sha: QueryValue
    pullRequest: QueryValue
    paginationLimit: int | None

class _ShaPullRequest(TypedDict, total=False):
    query: Query | None
    sha: QueryValue
    pullRequest: QueryValue

class _BuildsMethod(Protocol):
    @overload
    async def __call__(
        self,
        *,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimitOrganizationRepositoryShaPullRequest],
    ) -> None: ...
    @overload
    async def __call__(
        self, **options: Unpack[_ContinuationTokenLimitOrganizationRepositoryShaPullRequest]
    ) -> JsonObject: ...
    def pages(
        self, **options: Unpack[_ContinuationTokenLimitOrganizationRepositoryShaPullRequest]
    ) -> AsyncIterator[JsonObject]: ...
    def items(
        self, **options: Unpack[_ContinuationTokenLimitOrganizationRepositoryShaPullRequest]
    ) -> AsyncIterator[Any]: ...

class Github(AsyncBaseClient):
    @overload
    async def badge(self, owner: Arg, repo: Arg, branch: Arg, /) -> Any: ...
    @overload
    async def badge(self, *, owner: Arg, repo: Arg, branch: Arg) -> Any: ...
    @overload
    async def badge(self, *, params: Params) -> Any: ...
    @property
    def builds(self) -> _BuildsMethod: ...
    @overload
    async def cancelBuilds(
        self, owner: Arg, repo: Arg, /, **options: Unpack[_ShaPullRequest]
    ) -> JsonObject: ...
    @overload
    async def cancelBuilds(
        self, *, owner: Arg, repo: Arg, **options: Unpack[_ShaPullRequest]
    ) -> JsonObject: ...
    @overload
    async def cancelBuilds(
        self, *, params: Params, **options: Unpack[_ShaPullRequest]
    ) -> JsonObject: ...
    @overload
    async def createComment(
        self, owner: Arg, repo: Arg, number: Arg, payload: Payload, /
    ) -> Any: ...
    @overload
    async def createComment(
        self, owner: Arg, repo: Arg, number: Arg, /, *, payload: Payload
    ) -> Any: ...
    @overload
    async def createComment(
        self, *, owner: Arg, repo: Arg, number: Arg, payload: Payload
    ) -> Any: ...
    @overload
    async def createComment(self, *, params: Params, payload: Payload) -> Any: ...
    @overload
    async def createComment(
        self, payload: Payload, /, *, owner: Arg, repo: Arg, number: Arg
    ) -> Any: ...
    @overload
    async def createStatus(self, owner: Arg, repo: Arg, sha: Arg, payload: Payload, /) -> Any: ...
    @overload
    async def createStatus(
        self, owner: Arg, repo: Arg, sha: Arg, /, *, payload: Payload
    ) -> Any: ...
    @overload
    async def createStatus(self, *, owner: Arg, repo: Arg, sha: Arg, payload: Payload) -> Any: ...
    @overload
    async def createStatus(self, *, params: Params, payload: Payload) -> Any: ...
    @overload
    async def createStatus(
        self, payload: Payload, /, *, owner: Arg, repo: Arg, sha: Arg
    ) -> Any: ...
    async def githubWebHookConsumer(self) -> Any: ...
    @overload
    async def latest(self, owner: Arg, repo: Arg, branch: Arg, /) -> Any: ...
    @overload
    async def latest(self, *, owner: Arg, repo: Arg, branch: Arg) -> Any: ...
    @overload
    async def latest(self, *, params: Params) -> Any: ...
    @overload
    async def renderTaskclusterYml(self, payload: Payload, /) -> JsonObject: ...
    @overload
    async def renderTaskclusterYml(self, *, payload: Payload) -> JsonObject: ...
    @overload
    async def repository(self, owner: Arg, repo: Arg, /) -> JsonObject: ...
    @overload
    async def repository(self, *, owner: Arg, repo: Arg) -> JsonObject: ...
    @overload
    async def repository(self, *, params: Params) -> JsonObject: ...
    async def heartbeat(self) -> Any: ...
    async def lbheartbeat(self) -> Any: ...
    async def ping(self) -> Any: ...
    async def version(self) -> Any: ...
