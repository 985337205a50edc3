"""What the github service tells on Pulse: exchanges and routing keys.

One line per exchange; what a line says is told in `tcproxy_client._table`.
"""
# ruff: noqa: E501  # one line per exchange

from tcproxy_client._table import events
from tcproxy_client.client import (
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

EVENTS = events(
    "GithubEvents",
    "github",
    "exchange/taskcluster-github/v1/",
    """
pullRequest                 pull-request                   routingKeyKind=primary organization repository action  | A pull request was opened or changed.
push                        push                           routingKeyKind=primary organization repository         | Commits were pushed.
release                     release                        routingKeyKind=primary organization repository         | A release was published.
rerun                       rerun                          routingKeyKind=primary organization repository         | Someone asked GitHub to run a check again.
taskGroupCreationRequested  task-group-creation-requested  routingKeyKind=primary organization repository         | A task group is about to be made.
taskclusterYmlUpdate        taskcluster-yml-update         routingKeyKind=primary organization repository         | A .taskcluster.yml has changed.
""",
    doc=__doc__,
)

GithubEvents = eventsClient(EVENTS, __name__)
