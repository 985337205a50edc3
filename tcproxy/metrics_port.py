"""A listener that serves metrics and nothing else: it forwards no request and signs none."""

from __future__ import annotations

from tcproxy.errors import Refusal
from tcproxy.own_paths import Handler, OwnPaths
from tcproxy.server import ProxyServer, ServerLimits
from tcproxy.targets import Endpoint, Router

_LIMITS = ServerLimits(line_size=8192, fields=100, connections=64, head_timeout=10.0)


class MetricsServer(ProxyServer):
    """Serves a few paths of the proxy, and does not tell whose it is."""

    def __init__(self, main: ProxyServer, handlers: dict[str, Handler]) -> None:
        """Serve beside the main server.

        Args:
            main: whose guard and counts it shares.
            handlers: for each path what answers it.
        """

        def identity() -> tuple[bytes, ...]:
            return main.forwarder.identity

        super().__init__(
            router=_FewPaths(main.router, frozenset(handlers)),
            guard=main.guard,
            admission=None,
            forwarder=main.forwarder,
            endpoints=OwnPaths(
                {path: ("GET", handler) for path, handler in handlers.items()}, identity
            ),
            limits=_LIMITS,
            batch=main.batch,
            on_outcome=main.on_outcome,
            on_turned_away=main.on_turned_away,
            own_lines=identity,
        )


class _FewPaths(Router):
    """Leads to the proxy's own paths, or nowhere."""

    def __init__(self, router: Router, paths: frozenset[str]) -> None:
        super().__init__(router.deployment)
        self._paths = paths

    def resolve(self, target: str) -> Endpoint | Refusal:
        """Tell which path the target names."""
        path = target.partition("?")[0].partition("#")[0]
        if path in self._paths:
            return Endpoint(path)
        message = f"Not found: this port serves {' and '.join(sorted(self._paths))} only"
        return Refusal(404, "ResourceNotFound", message)
