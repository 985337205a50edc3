# Written by scripts/client_stubs.py from the tables of the service modules.

from collections.abc import Mapping
from typing import overload

from tcproxy_client._types import Binding
from tcproxy_client.client import SyncClient
from tcproxy_client.client import _defaultConfig as _defaultConfig
from tcproxy_client.client import config as config
from tcproxy_client.client import createApiClient as createApiClient
from tcproxy_client.client import createSession as createSession
from tcproxy_client.client import createTemporaryCredentials as createTemporaryCredentials

__all__ = [
    "GithubEvents",
    "_defaultConfig",
    "config",
    "createApiClient",
    "createSession",
    "createTemporaryCredentials",
]

class GithubEvents(SyncClient):
    @overload
    def pullRequest(self, routingKeyPattern: str | Mapping[str, object] = ..., /) -> Binding: ...
    @overload
    def pullRequest(
        self, *, organization: object = None, repository: object = None, action: object = None
    ) -> Binding: ...
    @overload
    def push(self, routingKeyPattern: str | Mapping[str, object] = ..., /) -> Binding: ...
    @overload
    def push(self, *, organization: object = None, repository: object = None) -> Binding: ...
    @overload
    def release(self, routingKeyPattern: str | Mapping[str, object] = ..., /) -> Binding: ...
    @overload
    def release(self, *, organization: object = None, repository: object = None) -> Binding: ...
    @overload
    def rerun(self, routingKeyPattern: str | Mapping[str, object] = ..., /) -> Binding: ...
    @overload
    def rerun(self, *, organization: object = None, repository: object = None) -> Binding: ...
    @overload
    def taskGroupCreationRequested(
        self, routingKeyPattern: str | Mapping[str, object] = ..., /
    ) -> Binding: ...
    @overload
    def taskGroupCreationRequested(
        self, *, organization: object = None, repository: object = None
    ) -> Binding: ...
    @overload
    def taskclusterYmlUpdate(
        self, routingKeyPattern: str | Mapping[str, object] = ..., /
    ) -> Binding: ...
    @overload
    def taskclusterYmlUpdate(
        self, *, organization: object = None, repository: object = None
    ) -> Binding: ...
