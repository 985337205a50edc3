"""What the github service tells on Pulse: exchanges and routing keys. Asynchronous."""

from tcproxy_client import githubevents as _githubevents
from tcproxy_client.aio.asyncclient import (
    _defaultConfig,
    config,
    createApiClient,
    createSession,
    createTemporaryCredentials,
    eventsClient,
)

__all__ = [
    "GithubEvents",
    "_defaultConfig",
    "config",
    "createApiClient",
    "createSession",
    "createTemporaryCredentials",
]

GithubEvents = eventsClient(_githubevents.EVENTS, __name__)
