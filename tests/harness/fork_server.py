"""What programs of the tests are forks of: `python -m tests.harness.fork_server PACKAGE`.

Starting Python and importing what the daemon needs takes ten times as long as all else that a
short test has it do. This process imports a package once, with all of its modules, and forks for
each program that it is asked for over its standard input. A fork is a process of its own, with the
arguments, the environment, the directory and the standard streams that were asked for; it runs the
module as `python -m` does, and ends as every interpreter does. `tests.harness.forked` is the other
side.

It has no threads, and no files but those that it passes on.
"""

from __future__ import annotations

import array
import gc
import json
import os
import pkgutil
import runpy
import select
import socket
import sys
from importlib import import_module

REPORT, STANDARD_STREAMS = 0, (1, 2, 3)
"""Positions among the descriptors that come with a request."""
_OWN_START = ("__main__", "pytest_plugin")
"""Modules that are programs, or belong to another one."""


def main(package: str) -> str | None:
    """Serve until nobody can ask any more.

    Args:
        package: What the programs need.

    Returns:
        The module to run, in a fork; None in the server, at its end.
    """
    _import_all(package)
    gc.collect()
    gc.freeze()  # or each fork would copy all of it to look for garbage
    requests = socket.socket(fileno=os.dup(0))
    running: dict[int, tuple[int, int]] = {}
    poll = select.poll()
    poll.register(requests, select.POLLIN)
    while True:
        for ready, _ in poll.poll():
            if ready in running:
                poll.unregister(ready)
                _tell_the_end(ready, *running.pop(ready))
                continue
            request, descriptors = _receive(requests)
            if not request:
                return None
            process = os.fork()
            if process == 0:
                requests.detach()
                return _become(json.loads(request), descriptors)
            ended = os.pidfd_open(process)
            report = descriptors.pop(REPORT)
            for each in descriptors:
                os.close(each)
            _tell_the_start(report, process, ended)
            running[ended] = process, report
            poll.register(ended, select.POLLIN)


def _import_all(package: str) -> None:
    for module in pkgutil.walk_packages(import_module(package).__path__, f"{package}."):
        if module.name.rpartition(".")[2] not in _OWN_START:
            import_module(module.name)


def _receive(requests: socket.socket) -> tuple[bytes, list[int]]:
    """Return a request and its descriptors, or nothing at the end of all requests."""
    head, descriptors, _, _ = socket.recv_fds(requests, 8, 1 + len(STANDARD_STREAMS))
    length = int.from_bytes(head, "big")
    request = b""
    while len(request) < length:
        request += requests.recv(length - len(request))
    return request, list(descriptors)


def _tell_the_start(report: int, process: int, ended: int) -> None:
    with socket.socket(fileno=os.dup(report)) as told:
        socket.send_fds(told, [str(process).encode()], array.array("i", [ended]))


def _tell_the_end(ended: int, process: int, report: int) -> None:
    _, status = os.waitpid(process, 0)
    os.close(ended)
    try:
        os.write(report, str(os.waitstatus_to_exitcode(status)).encode())
    except BrokenPipeError:
        pass  # who asked for it has gone
    finally:
        os.close(report)


def _become(request: dict[str, object], descriptors: list[int]) -> str:
    """Take on what was asked for, and return the module to run."""
    module, arguments, environment = request["module"], request["arguments"], request["environment"]
    assert isinstance(module, str)
    assert isinstance(arguments, list)
    assert isinstance(environment, dict)
    for number, position in enumerate(STANDARD_STREAMS):
        os.dup2(descriptors[position], number)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    os.chdir(str(request["directory"]))
    os.environ.clear()
    os.environ.update(environment)
    sys.argv[1:] = arguments
    return module


if __name__ == "__main__" and (module := main(sys.argv[1])):
    runpy.run_module(module, run_name="__main__", alter_sys=True)
