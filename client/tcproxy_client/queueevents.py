"""What the queue service tells on Pulse: exchanges and routing keys.

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
    "QueueEvents",
    "_defaultConfig",
    "config",
    "createApiClient",
    "createSession",
    "createTemporaryCredentials",
]

EVENTS = events(
    "QueueEvents",
    "queue",
    "exchange/taskcluster-queue/v1/",
    """
artifactCreated           artifact-created             routingKeyKind=primary taskId runId workerGroup workerId provisionerId workerType schedulerId taskGroupId reserved#  | An artifact was created.
taskCompleted             task-completed               routingKeyKind=primary taskId runId workerGroup workerId provisionerId workerType schedulerId taskGroupId reserved#  | A task has completed.
taskDefined               task-defined                 routingKeyKind=primary taskId runId workerGroup workerId provisionerId workerType schedulerId taskGroupId reserved#  | A task was created.
taskException             task-exception               routingKeyKind=primary taskId runId workerGroup workerId provisionerId workerType schedulerId taskGroupId reserved#  | A task could not be done.
taskFailed                task-failed                  routingKeyKind=primary taskId runId workerGroup workerId provisionerId workerType schedulerId taskGroupId reserved#  | A task has failed.
taskGroupPriorityChanged  task-group-priority-changed  routingKeyKind=primary taskGroupId schedulerId reserved#                                                             | The priority of a group was changed.
taskGroupResolved         task-group-resolved          routingKeyKind=primary taskGroupId schedulerId reserved#                                                             | Every task of a group is resolved.
taskGroupSealed           task-group-sealed            routingKeyKind=primary taskGroupId schedulerId reserved#                                                             | A group takes no more tasks.
taskPending               task-pending                 routingKeyKind=primary taskId runId workerGroup workerId provisionerId workerType schedulerId taskGroupId reserved#  | A task waits for a worker.
taskPriorityChanged       task-priority-changed        routingKeyKind=primary taskId runId workerGroup workerId provisionerId workerType schedulerId taskGroupId reserved#  | The priority of a task was changed.
taskRunning               task-running                 routingKeyKind=primary taskId runId workerGroup workerId provisionerId workerType schedulerId taskGroupId reserved#  | A worker has begun a task.
""",
    doc=__doc__,
)

QueueEvents = eventsClient(EVENTS, __name__)
