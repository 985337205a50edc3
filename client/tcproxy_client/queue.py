"""The queue service: tasks, runs, artifacts and workers.

One line per method; what a line says is told in `tcproxy_client._table`.
"""
# ruff: noqa: E501  # one line per method

from tcproxy_client._table import service
from tcproxy_client.client import (
    _defaultConfig,
    config,
    createApiClient,
    createSession,
    createTemporaryCredentials,
    serviceClient,
)

__all__ = [
    "Queue",
    "_defaultConfig",
    "config",
    "createApiClient",
    "createSession",
    "createTemporaryCredentials",
]

SERVICE = service(
    "Queue",
    "queue",
    """
artifact                 GET     /task/<taskId>/runs/<runId>/artifact-content/<name>                                                     -> {}               | Tell where the content of a run's artifact is.
artifactInfo             GET     /task/<taskId>/runs/<runId>/artifact-info/<name>                                                        -> {}               | Describe an artifact of a run.
cancelTask               POST    /task/<taskId>/cancel                                                                                   -> {}               | Cancel a task.
cancelTaskGroup          POST    /task-group/<taskGroupId>/cancel                                                                        -> {} experimental  | Cancel every task of a group.
changeTaskGroupPriority  POST    /task-group/<taskGroupId>/priority                                                                   {} -> {} experimental  | Change the priority of every task of a group.
changeTaskPriority       POST    /task/<taskId>/priority                                                                              {} -> {} experimental  | Change the priority of a task.
claimTask                POST    /task/<taskId>/runs/<runId>/claim                                                                    {} -> {} deprecated    | Claim a run of a given task.
claimWork                POST    /claim-work/<taskQueueId>                                                                            {} -> {}               | Claim pending tasks of a task queue; waits for them for a while.
createArtifact           POST    /task/<taskId>/runs/<runId>/artifacts/<name>                                                         {} -> {}               | Create an artifact of a run; the answer tells where to upload it.
createTask               PUT     /task/<taskId>                                                                                       {} -> {}               | Create a task.
declareProvisioner       PUT     /provisioners/<provisionerId>                                                                        {} -> {} deprecated    | Describe a provisioner to the queue.
declareWorker            PUT     /provisioners/<provisionerId>/worker-types/<workerType>/<workerGroup>/<workerId>                     {} -> {} experimental  | Describe a worker to the queue.
declareWorkerType        PUT     /provisioners/<provisionerId>/worker-types/<workerType>                                              {} -> {} deprecated    | Describe a worker type to the queue.
finishArtifact           PUT     /task/<taskId>/runs/<runId>/artifacts/<name>                                                         {}                     | Say that the upload of an artifact has ended.
getArtifact              GET     /task/<taskId>/runs/<runId>/artifacts/<name>                                                            -> {}               | Redirect to the content of a run's artifact.
getLatestArtifact        GET     /task/<taskId>/artifacts/<name>                                                                         -> {}               | Redirect to the content of an artifact of the last run.
getProvisioner           GET     /provisioners/<provisionerId>                                                                           -> {} deprecated    | Describe a provisioner.
getTaskGroup             GET     /task-group/<taskGroupId>                                                                               -> {}               | Describe a task group.
getTaskQueue             GET     /task-queues/<taskQueueId>                                                                              -> {}               | Describe a task queue.
getWorker                GET     /provisioners/<provisionerId>/worker-types/<workerType>/workers/<workerGroup>/<workerId>                -> {} deprecated    | Describe a worker.
getWorkerType            GET     /provisioners/<provisionerId>/worker-types/<workerType>                                                 -> {} deprecated    | Describe a worker type.
latestArtifact           GET     /task/<taskId>/artifact-content/<name>                                                                  -> {}               | Tell where the content of an artifact of the last run is.
latestArtifactInfo       GET     /task/<taskId>/artifact-info/<name>                                                                     -> {}               | Describe an artifact of the last run.
listArtifacts            GET     /task/<taskId>/runs/<runId>/artifacts?continuationToken&limit                                           -> {}               | List the artifacts of a run.
listClaimedTasks         GET     /task-queues/<taskQueueId>/claimed?continuationToken&limit                                              -> {} experimental  | List the claimed tasks of a task queue.
listDependentTasks       GET     /task/<taskId>/dependents?continuationToken&limit                                                       -> {}               | List the tasks that depend on a task.
listLatestArtifacts      GET     /task/<taskId>/artifacts?continuationToken&limit                                                        -> {}               | List the artifacts of the last run.
listPendingTasks         GET     /task-queues/<taskQueueId>/pending?continuationToken&limit                                              -> {} experimental  | List the pending tasks of a task queue.
listProvisioners         GET     /provisioners?continuationToken&limit                                                                   -> {} deprecated    | List the provisioners.
listTaskGroup            GET     /task-group/<taskGroupId>/list?continuationToken&limit                                                  -> {}               | List the tasks of a group.
listTaskQueues           GET     /task-queues?continuationToken&limit                                                                    -> {}               | List the task queues.
listWorkers              GET     /provisioners/<provisionerId>/worker-types/<workerType>/workers?continuationToken&limit&quarantined     -> {} deprecated    | List the workers of a worker type.
listWorkerTypes          GET     /provisioners/<provisionerId>/worker-types?continuationToken&limit                                      -> {} deprecated    | List the worker types of a provisioner.
pendingTasks             GET     /pending/<taskQueueId>                                                                                  -> {} deprecated    | Estimate the number of pending tasks of a task queue.
quarantineWorker         PUT     /provisioners/<provisionerId>/worker-types/<workerType>/workers/<workerGroup>/<workerId>             {} -> {} experimental  | Keep a worker from claiming tasks, or let it again.
reclaimTask              POST    /task/<taskId>/runs/<runId>/reclaim                                                                     -> {}               | Extend the claim of a run.
reportCompleted          POST    /task/<taskId>/runs/<runId>/completed                                                                   -> {}               | Report that a run has completed.
reportException          POST    /task/<taskId>/runs/<runId>/exception                                                                {} -> {}               | Report that a run could not be done.
reportFailed             POST    /task/<taskId>/runs/<runId>/failed                                                                      -> {}               | Report that a run has failed.
rerunTask                POST    /task/<taskId>/rerun                                                                                    -> {}               | Run a resolved task again.
scheduleTask             POST    /task/<taskId>/schedule                                                                                 -> {}               | Schedule a task, whatever its dependencies.
sealTaskGroup            POST    /task-group/<taskGroupId>/seal                                                                          -> {} experimental  | Let a group take no more tasks.
status                   GET     /task/<taskId>/status                                                                                   -> {}               | Describe the state of a task.
statuses                 POST    /tasks/status?continuationToken&limit                                                                {} -> {} experimental  | Describe the states of several tasks.
task                     GET     /task/<taskId>                                                                                          -> {}               | Give the definition of a task.
taskQueueCounts          GET     /task-queues/<taskQueueId>/counts                                                                       -> {}               | Count the pending and claimed tasks of a task queue.
taskQueueCountsBatch     POST    /task-queues/counts                                                                                  {} -> {} experimental  | Count the pending and claimed tasks of several task queues.
tasks                    POST    /tasks?continuationToken&limit                                                                       {} -> {} experimental  | Give the definitions of several tasks.
heartbeat                GET     /__heartbeat__                                                                                                              | Tell whether the service and what it depends on are healthy.
lbheartbeat              GET     /__lbheartbeat__                                                                                                            | Tell a load balancer that the service is up.
ping                     GET     /ping                                                                                                                       | Tell whether the service answers.
version                  GET     /__version__                                                                                                                | Tell which version of the service runs.
""",
    doc=__doc__,
)

Queue = serviceClient(SERVICE, __name__)
