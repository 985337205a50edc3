"""A caller that lives elsewhere: as another user of the system, or in another network namespace.

`callers.Stranger` starts this as a process. It reads one job a line as JSON and answers each with
a line. It imports nothing after it has become another user, who may not read the interpreter.
"""

from __future__ import annotations

import errno
import json
import os
import socket
import struct
import sys
from pathlib import Path
from typing import Any

TIMEOUT = 20.0


def open_connection(job: dict[str, Any]) -> socket.socket:
    address = job["address"]
    if isinstance(address, str):
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.settimeout(TIMEOUT)
        sock.connect(address)
        return sock
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.settimeout(TIMEOUT)
    if job["sources"]:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bind(sock, job["sources"])
    sock.connect(tuple(address))
    return sock


def bind(sock: socket.socket, sources: list[list[Any]]) -> None:
    """Take the next source that is free."""
    while True:
        try:
            return sock.bind(tuple(sources.pop(0)))
        except OSError as error:
            if error.errno != errno.EADDRINUSE or not sources:
                raise


def talk(sock: socket.socket, job: dict[str, Any]) -> str:
    """Send the message, and leave as told; return what was answered until then."""
    answer = b""
    manner = job["manner"]
    try:
        sock.sendall(job["message"].encode("latin-1"))
        if manner == "half-close":
            sock.shutdown(socket.SHUT_WR)
        if manner == "reset":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if manner in {"ask", "half-close"}:
            while piece := sock.recv(65536):
                answer += piece
        if manner == "ask-then-reset":
            answer = sock.recv(65536)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    except TimeoutError:
        answer += b"(nothing more came)"
    except OSError as error:
        # Being refused is one of the answers.
        if not (isinstance(error, ConnectionError) or error.errno == errno.ENOTCONN):
            raise
    sock.close()
    return answer.decode("latin-1")


def call(job: dict[str, Any]) -> list[str]:
    if not job["at_once"]:
        return [talk(open_connection(job), job) for _ in range(job["count"])]
    opened = [open_connection(job) for _ in range(job["count"])]
    return [talk(sock, job) for sock in opened]


def read(job: dict[str, Any]) -> str:
    try:
        return Path(job["path"]).read_bytes().decode("latin-1")
    except OSError as error:
        return f"({error.strerror})"


def main() -> None:
    if len(sys.argv) > 1:
        uid, gid = map(int, sys.argv[1:])
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    for line in sys.stdin:
        job = json.loads(line)
        try:
            result: Any = read(job) if "path" in job else call(job)
        except OSError as error:
            result = {"error": str(error)}
        sys.stdout.write(json.dumps(result) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
