"""An outbound HTTP proxy that knows CONNECT only, and remembers who asked for what."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING, Self

from tests.harness.wire import TIMEOUT, Head, Wire

if TYPE_CHECKING:
    from collections.abc import Mapping


class ConnectProxy:
    """The proxy. Use it as a context manager.

    Args:
        routes: For each `host:port` that may be asked for, the loopback port it really means.
        refusal: Answer every request with these bytes instead.
    """

    def __init__(self, routes: Mapping[str, int], refusal: bytes | None = None) -> None:
        self.requests: list[Head] = []
        self._routes = dict(routes)
        self._refusal = refusal
        self._sockets: list[Wire] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._run(self._accept)

    @property
    def targets(self) -> list[str]:
        """The start line of each request that came."""
        return [head.start_line.decode() for head in self.requests]

    def close(self) -> None:
        """Close everything and wait for the threads."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._threads[0].join(TIMEOUT)
        for wire in self._sockets:
            wire.close()
        for thread in self._threads:
            thread.join(TIMEOUT)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _run(self, work: object, *args: object) -> None:
        assert callable(work)
        thread = threading.Thread(target=work, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self._run(self._serve, self._keep(sock))

    def _keep(self, sock: socket.socket) -> Wire:
        wire = Wire(sock)
        wire.sock.settimeout(None)
        self._sockets.append(wire)
        return wire

    def _serve(self, client: Wire) -> None:
        try:
            raw = client.read_until(b"\r\n\r\n")
            if not raw:
                return
            head = Head.parse(raw)
            self.requests.append(head)
            method, target, _ = head.start_line.decode().split(" ")
            if self._refusal is not None:
                client.send(self._refusal)
            elif method != "CONNECT" or target not in self._routes:
                client.send(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            else:
                self._tunnel(client, self._routes[target])
        except OSError:
            pass  # a side that leaves ends the tunnel
        finally:
            client.close()

    def _tunnel(self, client: Wire, port: int) -> None:
        server = self._keep(socket.create_connection(("127.0.0.1", port)))
        client.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
        self._run(self._relay, server, client)
        self._relay(client, server)

    @staticmethod
    def _relay(source: Wire, sink: Wire) -> None:
        with contextlib.suppress(OSError):
            while data := source.read_some():
                sink.send(data)
            sink.half_close()
