"""What the environment says about where to go, and the rule that this client takes no secrets."""

import os
from collections.abc import Mapping
from typing import Any

from tcproxy_client._target import DEFAULT_PROXY
from tcproxy_client.exceptions import TaskclusterAuthFailure

_CREDENTIALS = {
    "clientId": "TASKCLUSTER_CLIENT_ID",
    "accessToken": "TASKCLUSTER_ACCESS_TOKEN",
    "certificate": "TASKCLUSTER_CERTIFICATE",
}


def proxy_url() -> str:
    """Give the proxy's address: ``TASKCLUSTER_PROXY_URL``, else where a task finds it."""
    return os.environ.get("TASKCLUSTER_PROXY_URL") or DEFAULT_PROXY


def optionsFromEnvironment(defaults: dict[str, Any] | None = None) -> dict[str, Any]:
    """Read the standard environment variables into options, as the official client does.

    The result holds credentials if the environment has any; clients of this package refuse those.
    A ``rootUrl`` from ``TASKCLUSTER_ROOT_URL`` is the deployment itself: a client with that does
    not go through the proxy, and its requests are not signed. A client without options does.

    Args:
        defaults: options that the environment may override. It is changed in place.
    """
    options = {} if defaults is None else defaults
    root_url = os.environ.get("TASKCLUSTER_ROOT_URL")
    if root_url:
        options["rootUrl"] = root_url.rstrip("/")
    credentials = dict(options.get("credentials") or {})
    credentials |= {
        option: os.environ[variable]
        for option, variable in _CREDENTIALS.items()
        if os.environ.get(variable)
    }
    if credentials:
        options["credentials"] = credentials
    return options


def refuse_credentials(options: Mapping[str, Any]) -> None:
    """Refuse options that only a client that signs could follow.

    Raises:
        TaskclusterAuthFailure: if there are credentials or authorizedScopes; it says what to do.
    """
    credentials = options.get("credentials")
    if isinstance(credentials, Mapping):
        credentials = any(credentials.get(name) for name in _CREDENTIALS)
    if credentials:
        raise TaskclusterAuthFailure(
            "This client does not sign requests and takes no credentials. Give them to tcproxy "
            "(TASKCLUSTER_CLIENT_ID, TASKCLUSTER_ACCESS_TOKEN and TASKCLUSTER_CERTIFICATE in its "
            "environment), set TASKCLUSTER_PROXY_URL to its address, and leave them out here"
        )
    if options.get("authorizedScopes") is not None:
        raise TaskclusterAuthFailure(
            "This client does not sign requests and cannot restrict scopes with authorizedScopes. "
            "Start tcproxy with the scopes that its callers may use, and leave them out here"
        )
