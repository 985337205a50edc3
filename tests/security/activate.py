"""What systemd does between fork and exec of a service: pass sockets, and say for which process.

    python activate.py FD[,FD...] PROGRAM [ARGUMENT...]

The process id that LISTEN_PID must name is known only here. A LISTEN_PID or LISTEN_FDS that is set
already stays as it is.
"""

from __future__ import annotations

import os
import sys

FIRST = 3


def main() -> None:
    fds = [int(fd) for fd in sys.argv[1].split(",") if fd]
    # Out of the way of the numbers that they will have.
    high = [os.dup2(fd, 100 + index) for index, fd in enumerate(fds)]
    for index, fd in enumerate(high):
        os.dup2(fd, FIRST + index, inheritable=True)
    os.environ.setdefault("LISTEN_PID", str(os.getpid()))
    os.environ.setdefault("LISTEN_FDS", str(len(fds)))
    os.closerange(FIRST + len(fds), 256)
    os.execvp(sys.argv[2], sys.argv[2:])  # noqa: S606  that is the point: the process id stays


if __name__ == "__main__":
    main()
