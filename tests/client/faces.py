"""The client's two faces under one handle, so that every test of what they share runs for both."""

from __future__ import annotations

import asyncio
import inspect
from importlib import import_module
from typing import TYPE_CHECKING, Any

from tcproxy_client.exceptions import TaskclusterFailure

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable


class Face:
    """One face: its module, and a way to wait for what its calls give.

    Args:
        name: `sync` or `async`.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_async = name == "async"
        self.module = import_module("tcproxy_client.aio" if self.is_async else "tcproxy_client")
        self._runner = asyncio.Runner() if self.is_async else None

    def client(self, service: str = "Queue", options: Any = None, **more: Any) -> Any:
        """Make a client of a service."""
        return getattr(self.module, service)(options, **more)

    def run(self, call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call something, and wait for the result if it is awaitable."""
        if self._runner is None:
            return call(*args, **kwargs)
        return self._runner.run(_result(call, *args, **kwargs))

    def failure(self, call: Callable[..., Any], *args: Any, **kwargs: Any) -> TaskclusterFailure:
        """Call something that must fail, and give the error."""
        try:
            result = self.run(call, *args, **kwargs)
        except TaskclusterFailure as error:
            return error
        raise AssertionError(f"it gave {result!r}")

    def listed(self, iterator: Iterable[Any] | AsyncIterator[Any]) -> list[Any]:
        """Read an iterator of either kind to its end."""
        if hasattr(iterator, "__aiter__"):
            return self.run(_collect, iterator)  # type: ignore[no-any-return]  # run gives any type
        return list(iterator)

    def text(self, response: Any) -> str:
        """Give the text of an answer that is not JSON."""
        return str(self.run(response.text) if self.is_async else response.text)

    def status(self, response: Any) -> int:
        """Give the status of an answer that is not JSON."""
        return int(response.status if self.is_async else response.status_code)

    def close(self, client: Any) -> None:
        """Let a client give back its connections."""
        self.run(client.aclose if self.is_async else client.close)

    def end(self) -> None:
        """End the event loop, as a program that leaves `asyncio.run` does."""
        if self._runner is not None:
            self._runner.close()


async def _result(call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    value = call(*args, **kwargs)
    return await value if inspect.isawaitable(value) else value


async def _collect(iterator: AsyncIterator[Any]) -> list[Any]:
    return [item async for item in iterator]
