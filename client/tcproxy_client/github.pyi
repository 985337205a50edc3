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
    def __call__(
        self,
        *,
        paginationHandler: Handler,
        **options: Unpack[_ContinuationTokenLimitOrganizationRepositoryShaPullRequest],
    ) -> None: ...
    @overload
    def __call__(
        self, **options: Unpack[_ContinuationTokenLimitOrganizationRepositoryShaPullRequest]
    ) -> JsonObject: ...
    def pages(
        self, **options: Unpack[_ContinuationTokenLimitOrganizationRepositoryShaPullRequest]
    ) -> Iterator[JsonObject]: ...
    def items(
        self, **options: Unpack[_ContinuationTokenLimitOrganizationRepositoryShaPullRequest]
    ) -> Iterator[Any]: ...

class Github(SyncClient):
    @overload
    def badge(self, owner: Arg, repo: Arg, branch: Arg, /) -> Any: ...
    @overload
    def badge(self, *, owner: Arg, repo: Arg, branch: Arg) -> Any: ...
    @overload
    def badge(self, *, params: Params) -> Any: ...
    @property
    def builds(self) -> _BuildsMethod: ...
    @overload
    def cancelBuilds(
        self, owner: Arg, repo: Arg, /, **options: Unpack[_ShaPullRequest]
    ) -> JsonObject: ...
    @overload
    def cancelBuilds(
        self, *, owner: Arg, repo: Arg, **options: Unpack[_ShaPullRequest]
    ) -> JsonObject: ...
    @overload
    def cancelBuilds(self, *, params: Params, **options: Unpack[_ShaPullRequest]) -> JsonObject: ...
    @overload
    def createComment(self, owner: Arg, repo: Arg, number: Arg, payload: Payload, /) -> Any: ...
    @overload
    def createComment(self, owner: Arg, repo: Arg, number: Arg, /, *, payload: Payload) -> Any: ...
    @overload
    def createComment(self, *, owner: Arg, repo: Arg, number: Arg, payload: Payload) -> Any: ...
    @overload
    def createComment(self, *, params: Params, payload: Payload) -> Any: ...
    @overload
    def createComment(self, payload: Payload, /, *, owner: Arg, repo: Arg, number: Arg) -> Any: ...
    @overload
    def createStatus(self, owner: Arg, repo: Arg, sha: Arg, payload: Payload, /) -> Any: ...
    @overload
    def createStatus(self, owner: Arg, repo: Arg, sha: Arg, /, *, payload: Payload) -> Any: ...
    @overload
    def createStatus(self, *, owner: Arg, repo: Arg, sha: Arg, payload: Payload) -> Any: ...
    @overload
    def createStatus(self, *, params: Params, payload: Payload) -> Any: ...
    @overload
    def createStatus(self, payload: Payload, /, *, owner: Arg, repo: Arg, sha: Arg) -> Any: ...
    def githubWebHookConsumer(self) -> Any: ...
    @overload
    def latest(self, owner: Arg, repo: Arg, branch: Arg, /) -> Any: ...
    @overload
    def latest(self, *, owner: Arg, repo: Arg, branch: Arg) -> Any: ...
    @overload
    def latest(self, *, params: Params) -> Any: ...
    @overload
    def renderTaskclusterYml(self, payload: Payload, /) -> JsonObject: ...
    @overload
    def renderTaskclusterYml(self, *, payload: Payload) -> JsonObject: ...
    @overload
    def repository(self, owner: Arg, repo: Arg, /) -> JsonObject: ...
    @overload
    def repository(self, *, owner: Arg, repo: Arg) -> JsonObject: ...
    @overload
    def repository(self, *, params: Params) -> JsonObject: ...
    def heartbeat(self) -> Any: ...
    def lbheartbeat(self) -> Any: ...
    def ping(self) -> Any: ...
    def version(self) -> Any: ...
