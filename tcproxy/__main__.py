"""The `tcproxy` command."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tcproxy.errors import SettingError
from tcproxy.names import ALONE, CHECK, given, secrets_given
from tcproxy.open_files import raise_limit
from tcproxy.startup import SettingsReading, act_alone, fail, open_standard_streams, tell

if TYPE_CHECKING:
    import asyncio

REVISION = " ".join(os.environ.get("TCPROXY_REVISION", "").split()) or "unknown"
"""Revision of the source; images set it when they are built."""


def main() -> None:
    """Run the daemon, or what was asked for in place of it."""
    arguments = sys.argv[1:]
    _take_signals(arguments)
    open_standard_streams()
    if action := given(ALONE, arguments):
        sys.exit(act_alone(arguments, REVISION, action))
    try:
        raise_limit()
    except SettingError as error:
        sys.exit(fail(str(error)))
    reading = SettingsReading(arguments, REVISION)
    with _without_authorities():
        import asyncio

        from tcproxy import logs
        from tcproxy.daemon import Daemon

    settings = reading.result()
    logs.configure(settings.log_format, settings.log_level)

    async def check() -> int:
        from tcproxy.check import Check

        found = await Check(settings, REVISION, secrets_given(arguments)).examine()
        return tell(found, arguments)

    async def run() -> int:
        return await Daemon(settings, REVISION, secrets_given(arguments)).run()

    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            if given((CHECK,), arguments):
                # Closing the loop would wait for a name that is still being resolved.
                os._exit(runner.run(check()))
            sys.exit(runner.run(run()))
    except SettingError as error:
        sys.exit(fail(str(error)))
    finally:
        logs.close()


def _take_signals(arguments: list[str]) -> None:
    """Say what signals do until the daemon handles them itself, some tenths of a second later."""
    # Python's own way to end at Ctrl-C is a traceback of whatever is being imported.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if not given((CHECK, *ALONE), arguments):
        # It says that files have changed, and they are still to be read.
        signal.signal(signal.SIGHUP, signal.SIG_IGN)


@contextmanager
def _without_authorities() -> Iterator[None]:
    """Hide the certificate authorities from OpenSSL for a while.

    aiohttp's client reads all of them twice when it is imported, which takes longer than the rest
    of the start. The daemon does not use that client.
    """
    names = ("SSL_CERT_FILE", "SSL_CERT_DIR")
    before = {name: os.environ.pop(name) for name in names if name in os.environ}
    os.environ.update(dict.fromkeys(names, os.devnull))
    try:
        yield
    finally:
        for name in names:
            del os.environ[name]
        os.environ.update(before)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Return uvloop's event loop where uvloop exists."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


if __name__ == "__main__":
    main()
