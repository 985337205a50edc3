"""What the worker-manager service tells on Pulse: exchanges and routing keys.

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
    "WorkerManagerEvents",
    "_defaultConfig",
    "config",
    "createApiClient",
    "createSession",
    "createTemporaryCredentials",
]

EVENTS = events(
    "WorkerManagerEvents",
    "worker-manager",
    "exchange/taskcluster-worker-manager/v1/",
    """
launchConfigArchived  launch-config-archived  routingKeyKind=primary providerId provisionerId workerType workerGroup workerId launchConfigId reserved#  | A launch configuration was archived.
launchConfigCreated   launch-config-created   routingKeyKind=primary providerId provisionerId workerType workerGroup workerId launchConfigId reserved#  | A launch configuration was created.
launchConfigUpdated   launch-config-updated   routingKeyKind=primary providerId provisionerId workerType workerGroup workerId launchConfigId reserved#  | A launch configuration was changed.
workerPoolCreated     worker-pool-created     routingKeyKind=primary providerId provisionerId workerType workerGroup workerId launchConfigId reserved#  | A worker pool was created.
workerPoolError       worker-pool-error       routingKeyKind=primary providerId provisionerId workerType workerGroup workerId launchConfigId reserved#  | A worker pool met an error.
workerPoolUpdated     worker-pool-updated     routingKeyKind=primary providerId provisionerId workerType workerGroup workerId launchConfigId reserved#  | A worker pool was changed.
workerRemoved         worker-removed          routingKeyKind=primary providerId provisionerId workerType workerGroup workerId launchConfigId reserved#  | A worker was removed.
workerRequested       worker-requested        routingKeyKind=primary providerId provisionerId workerType workerGroup workerId launchConfigId reserved#  | A worker was asked for.
workerRunning         worker-running          routingKeyKind=primary providerId provisionerId workerType workerGroup workerId launchConfigId reserved#  | A worker has registered.
workerStopped         worker-stopped          routingKeyKind=primary providerId provisionerId workerType workerGroup workerId launchConfigId reserved#  | A worker has stopped.
""",
    doc=__doc__,
)

WorkerManagerEvents = eventsClient(EVENTS, __name__)
