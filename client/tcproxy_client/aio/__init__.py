"""The async client: the classes of `tcproxy_client`, their methods as coroutines.

    from tcproxy_client import aio

    async with aio.Queue() as queue:
        await queue.status(taskId)

It needs aiohttp: ``pip install 'tcproxy-client[aio]'``.
"""

from importlib.util import find_spec

from tcproxy_client._lazy import lazy
from tcproxy_client._names import EVENTS, SERVICES, async_homes

if find_spec("aiohttp") is None:
    raise ModuleNotFoundError(
        "tcproxy_client.aio needs aiohttp: pip install 'tcproxy-client[aio]'", name="aiohttp"
    )

_homes = async_homes()
_modules = {"asyncclient", "asyncutils", "download", "reader_writer", "retry", "upload"}

__all__ = sorted(_homes)
__getattr__, __dir__ = lazy(
    __name__, _homes, frozenset(_modules | {name.lower() for name in SERVICES + EVENTS})
)
