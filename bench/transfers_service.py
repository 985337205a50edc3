"""A stand-in of the object service, and a storage that drops what is put there at once.

Usage: python -m bench.transfers_service PORT DOWNLOAD_URL FILE, where DOWNLOAD_URL leads to FILE.
It checks nothing, so that what is measured are the clients.
"""

from __future__ import annotations

import hashlib
import json
import socket
import sys
import threading
from pathlib import Path
from typing import Any

from bench.processes import HOST

_LATER = "2126-01-01T00:00:00.000Z"
_PIECE = 1 << 20
_HEAD_END = b"\r\n\r\n"


def serve(port: int, download_url: str, hashes: dict[str, str]) -> None:
    """Answer until the process ends, each connection in a thread."""
    own_url = f"http://{HOST}:{port}"
    with socket.create_server((HOST, port), backlog=64) as listener:
        while True:
            connection, _ = listener.accept()
            arguments = (connection, own_url, download_url, hashes)
            threading.Thread(target=_talk, args=arguments, daemon=True).start()


def _talk(
    connection: socket.socket, own_url: str, download_url: str, hashes: dict[str, str]
) -> None:
    with connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        buffer = b""
        while True:
            while _HEAD_END not in buffer:
                piece = connection.recv(_PIECE)
                if not piece:
                    return
                buffer += piece
            head, _, buffer = buffer.partition(_HEAD_END)
            line, *fields = head.decode("latin-1").split("\r\n")
            length = sum(
                int(field.partition(":")[2])
                for field in fields
                if field.lower().startswith("content-length:")
            )
            path = line.split(" ")[1]
            if path.startswith("/storage/"):
                _drop(connection, length - len(buffer))
                buffer, answer = b"", b""
            else:
                while len(buffer) < length:
                    buffer += connection.recv(_PIECE)
                body, buffer = buffer[:length], buffer[length:]
                answer = _answer(path, json.loads(body), own_url, download_url, hashes)
            connection.sendall(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                b"Content-Length: %d\r\n\r\n%s" % (len(answer), answer)
            )


def _drop(connection: socket.socket, left: int) -> None:
    """Take bytes out of the socket without copying them anywhere, which TCP on Linux can."""
    nowhere = bytearray(_PIECE)
    while left > 0:
        count = connection.recv_into(nowhere, min(left, _PIECE), socket.MSG_TRUNC)
        if not count:
            return
        left -= count


def _answer(
    path: str, payload: dict[str, Any], own_url: str, download_url: str, hashes: dict[str, str]
) -> bytes:
    answer: dict[str, Any] = {}
    if "/start-download/" in path:
        answer = {"method": "getUrl", "url": download_url, "expires": _LATER, "hashes": hashes}
    elif "/upload/" in path:
        wanted = payload["proposedUploadMethods"]["putUrl"]
        headers = {
            "Content-Type": wanted["contentType"],
            "Content-Length": str(wanted["contentLength"]),
        }
        where = {"url": f"{own_url}/storage/x", "expires": _LATER, "headers": headers}
        kept = {name: payload[name] for name in ("projectId", "uploadId", "expires")}
        answer = {**kept, "uploadMethod": {"putUrl": where}}
    return json.dumps(answer).encode()


def _hashes_of(path: Path) -> dict[str, str]:
    found = {}
    for name in ("sha256", "sha512"):
        with path.open("rb") as file:
            found[name] = hashlib.file_digest(file, name).hexdigest()
    return found


if __name__ == "__main__":
    serve(int(sys.argv[1]), sys.argv[2], _hashes_of(Path(sys.argv[3])))
