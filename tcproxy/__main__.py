"""The `tcproxy` command."""

from __future__ import annotations

import asyncio
import os
import resource
import sys
from collections.abc import Callable

from tcproxy import logs
from tcproxy.command_line import fail, read_settings, secrets_given
from tcproxy.daemon import Daemon
from tcproxy.errors import SettingError

REVISION = os.environ.get("TCPROXY_REVISION", "unknown")
"""Revision of the source; images set it when they are built."""


def main() -> None:
    """Run the daemon."""
    try:
        settings = read_settings(sys.argv[1:], REVISION)
        logs.configure(settings.log_format, settings.log_level)
        _raise_file_limit()
        daemon = Daemon(settings, REVISION, secrets_given(sys.argv[1:]))
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(daemon.run())
    except SettingError as error:
        fail(str(error))
    finally:
        logs.close()


def _raise_file_limit() -> None:
    """Allow as many connections as the system lets us have."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return uvloop's event loop where uvloop exists."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


if __name__ == "__main__":
    main()
