"""A thin Taskcluster client that talks to a local signing proxy.

    import tcproxy_client as taskcluster

    queue = taskcluster.Queue()
    queue.status(taskId)

The classes of the services and their events, the errors and the helpers are here; the async
classes are in `tcproxy_client.aio`. Everything is imported when it is first used.
"""

from tcproxy_client._lazy import lazy
from tcproxy_client._names import EVENTS, SERVICES, sync_homes

_homes = sync_homes()
_modules = {"aio", "client", "download", "exceptions", "helper", "retry", "upload", "utils"}

__all__ = sorted(_homes)
__getattr__, __dir__ = lazy(
    __name__, _homes, frozenset(_modules | {name.lower() for name in SERVICES + EVENTS})
)
