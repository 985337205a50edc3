"""The worker-manager service: worker pools and workers.

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
    "WorkerManager",
    "_defaultConfig",
    "config",
    "createApiClient",
    "createSession",
    "createTemporaryCredentials",
]

SERVICE = service(
    "WorkerManager",
    "worker-manager",
    """
createWorker                 PUT     /workers/<workerPoolId>/<workerGroup>/<workerId>                                                                                {} -> {}               | Create a worker.
createWorkerPool             PUT     /worker-pool/<workerPoolId>                                                                                                     {} -> {}               | Create a worker pool.
deleteWorkerPool             DELETE  /worker-pool/<workerPoolId>                                                                                                        -> {}               | Delete a worker pool.
getWorker                    GET     /provisioners/<provisionerId>/worker-types/<workerType>/workers/<workerGroup>/<workerId>                                           -> {} experimental  | Describe a worker, with its recent tasks.
listProviders                GET     /providers?continuationToken&limit                                                                                                 -> {}               | List the providers of workers.
listWorkerPoolErrors         GET     /worker-pool-errors/<workerPoolId>?continuationToken&limit&launchConfigId&errorId                                                  -> {}               | List the errors of a worker pool.
listWorkerPoolLaunchConfigs  GET     /worker-pool/<workerPoolId>/launch-configs?continuationToken&limit&includeArchived                                                 -> {} experimental  | List the launch configurations of a worker pool.
listWorkerPools              GET     /worker-pools?continuationToken&limit                                                                                              -> {}               | List the worker pools.
listWorkerPoolsStats         GET     /worker-pools/stats?continuationToken&limit                                                                                        -> {} experimental  | List the worker pools with the numbers of their workers.
listWorkers                  GET     /provisioners/<provisionerId>/worker-types/<workerType>/workers?continuationToken&limit&launchConfigId&quarantined&workerState     -> {} experimental  | List the workers of a worker pool, with their recent tasks.
listWorkersForWorkerGroup    GET     /workers/<workerPoolId>/<workerGroup>?continuationToken&limit                                                                      -> {}               | List the workers of a worker group.
listWorkersForWorkerPool     GET     /workers/<workerPoolId>?continuationToken&limit&launchConfigId&state                                                               -> {}               | List the workers of a worker pool.
registerWorker               POST    /worker/register                                                                                                                {} -> {}               | Register a new worker; the answer holds its credentials.
removeWorker                 DELETE  /workers/<workerPoolId>/<workerGroup>/<workerId>                                                                                                       | Stop a worker.
reportWorkerError            POST    /worker-pool-errors/<workerPoolId>                                                                                              {} -> {}               | Report an error of a worker.
reregisterWorker             POST    /worker/reregister                                                                                                              {} -> {} experimental  | Renew the credentials of a worker.
shouldWorkerTerminate        GET     /workers/<workerPoolId>/<workerGroup>/<workerId>/should-terminate                                                                  -> {} experimental  | Tell a worker whether it should end.
updateWorker                 POST    /workers/<workerPoolId>/<workerGroup>/<workerId>                                                                                {} -> {}               | Change a worker.
updateWorkerPool             POST    /worker-pool/<workerPoolId>                                                                                                     {} -> {} experimental  | Change a worker pool.
worker                       GET     /workers/<workerPoolId>/<workerGroup>/<workerId>                                                                                   -> {}               | Describe a worker.
workerPool                   GET     /worker-pool/<workerPoolId>                                                                                                        -> {}               | Describe a worker pool.
workerPoolErrorStats         GET     /worker-pool-errors/stats?workerPoolId                                                                                             -> {} experimental  | Count the errors of worker pools.
workerPoolStats              GET     /worker-pool/<workerPoolId>/stats                                                                                                  -> {} experimental  | Count the workers of a worker pool.
heartbeat                    GET     /__heartbeat__                                                                                                                                         | Tell whether the service and what it depends on are healthy.
lbheartbeat                  GET     /__lbheartbeat__                                                                                                                                       | Tell a load balancer that the service is up.
ping                         GET     /ping                                                                                                                                                  | Tell whether the service answers.
version                      GET     /__version__                                                                                                                                           | Tell which version of the service runs.
""",
    doc=__doc__,
)

WorkerManager = serviceClient(SERVICE, __name__)
