"""The command line of the sandbox: ``python -m tcproxy.sandbox``."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from typing import TYPE_CHECKING, NoReturn

import structlog

from tcproxy.sandbox import Sandbox, load_seed

if TYPE_CHECKING:
    from collections.abc import Sequence

_MAX_PORT = 65535


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Say in one line what is wrong."""
        self.exit(2, f"{self.prog}: {message}; see --help\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve a sandbox until SIGINT or SIGTERM.

    Args:
        arguments: The command line, without the program; None takes the process's own.

    Returns:
        The exit code: 0 after a signal, 2 if it could not start.
    """
    options = _parser().parse_args(arguments)
    _log_for_people()
    try:
        seed = None if options.seed is None else load_seed(options.seed)
        sandbox = Sandbox(host=options.host, port=options.port, seed=seed)
    except ValueError as error:
        return _fail(str(error))
    return asyncio.run(_serve(sandbox, options))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m tcproxy.sandbox",
        description="A small in-memory Taskcluster on loopback that checks every signature. "
        "It prints a shell line that points Taskcluster clients at it.",
        allow_abbrev=False,
    )
    parser.add_argument("--host", default="127.0.0.1", help="loopback address (%(default)s)")
    parser.add_argument("--port", type=_port, default=0, help="port; 0 takes a free one (default)")
    parser.add_argument(
        "--seed", metavar="FILE", help="JSON with the secrets and tasks to start with"
    )
    return parser


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text[:6]) <= _MAX_PORT):
        raise argparse.ArgumentTypeError(f"{text!r} is not a port number (0 to {_MAX_PORT})")
    return int(text)


def _log_for_people() -> None:
    structlog.configure(
        processors=[
            structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False),
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


async def _serve(sandbox: Sandbox, options: argparse.Namespace) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        await sandbox.start()
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        return _fail(f"cannot listen on {options.host} port {options.port}: {reason}")
    sys.stdout.write(
        f"export TASKCLUSTER_ROOT_URL={sandbox.root_url} "
        f"TASKCLUSTER_CLIENT_ID={sandbox.client_id} "
        f"TASKCLUSTER_ACCESS_TOKEN={sandbox.access_token}\n"
    )
    sys.stdout.flush()
    await stop.wait()
    await sandbox.stop()
    return 0


def _fail(text: str) -> int:
    sys.stderr.write(f"python -m tcproxy.sandbox: {text}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main())
