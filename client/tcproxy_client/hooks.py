"""The hooks service: task templates, run on a schedule or a trigger.

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
    "Hooks",
    "_defaultConfig",
    "config",
    "createApiClient",
    "createSession",
    "createTemporaryCredentials",
]

SERVICE = service(
    "Hooks",
    "hooks",
    """
createHook            PUT     /hooks/<hookGroupId>/<hookId>                                     {} -> {}             | Create a hook.
getHookStatus         GET     /hooks/<hookGroupId>/<hookId>/status                                 -> {} deprecated  | Describe the last run of a hook.
getTriggerToken       GET     /hooks/<hookGroupId>/<hookId>/token                                  -> {}             | Give the secret with which anyone may trigger a hook.
hook                  GET     /hooks/<hookGroupId>/<hookId>                                        -> {}             | Describe a hook.
listHookGroups        GET     /hooks                                                               -> {}             | List the groups that have hooks.
listHooks             GET     /hooks/<hookGroupId>                                                 -> {}             | List the hooks of a group.
listLastFires         GET     /hooks/<hookGroupId>/<hookId>/last-fires?continuationToken&limit     -> {}             | List the latest runs of a hook.
removeHook            DELETE  /hooks/<hookGroupId>/<hookId>                                                          | Delete a hook.
resetTriggerToken     POST    /hooks/<hookGroupId>/<hookId>/token                                  -> {}             | Replace the secret that triggers a hook.
triggerHook           POST    /hooks/<hookGroupId>/<hookId>/trigger                             {} -> {}             | Trigger a hook.
triggerHookWithToken  POST    /hooks/<hookGroupId>/<hookId>/trigger/<token>                     {} -> {}             | Trigger a hook with its secret.
updateHook            POST    /hooks/<hookGroupId>/<hookId>                                     {} -> {}             | Change a hook.
heartbeat             GET     /__heartbeat__                                                                         | Tell whether the service and what it depends on are healthy.
lbheartbeat           GET     /__lbheartbeat__                                                                       | Tell a load balancer that the service is up.
ping                  GET     /ping                                                                                  | Tell whether the service answers.
version               GET     /__version__                                                                           | Tell which version of the service runs.
""",
    doc=__doc__,
)

Hooks = serviceClient(SERVICE, __name__)
