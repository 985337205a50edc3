"""The command ``tcproxy-client`` itself: its parts, and how a run ends.

Each end is one line on stderr and an exit code; a traceback would be a defect.
"""

import os
import signal
from types import FrameType
from typing import NoReturn

import click
from click.shell_completion import shell_complete

from tcproxy_client._arguments import nearest
from tcproxy_client._cli import failures
from tcproxy_client._cli.commands import Group
from tcproxy_client._cli.output import StdoutError, abandon, flush_stdout, open_stdout
from tcproxy_client._version import __version__
from tcproxy_client.exceptions import TaskclusterFailure

NAME = "tcproxy-client"
COMPLETION = "_TCPROXY_CLIENT_COMPLETE"

# Not every system has all of them.
_ENDING = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]

_HELP = """\
Talk to Taskcluster through a local proxy that signs.

Answers go to stdout as JSON, everything else to stderr. Exit codes: 0 done, 1 refused, 2 wrong
usage or file, 3 no answer, 4 data that is not what was stored, 130 after Ctrl-C.
"""


def _version(context: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        click.echo(f"{NAME} {__version__}")
        context.exit()


program = Group(
    NAME,
    help=_HELP,
    members={
        "api": "api:api",
        "download": "downloads:download",
        "upload": "uploads:upload",
        "signed-url": "signed_url:signed_url",
        "status": "status:status",
        "from-now": "offsets:from_now",
        "slugid": "slugs:slugid",
        "completion": "completion:completion",
        "version": "completion:version",
    },
    aliases={"completions": "completion"},
    params=[
        click.Option(
            ["--version"],
            is_flag=True,
            expose_value=False,
            is_eager=True,
            callback=_version,
            help="Show the version.",
        )
    ],
    examples=[
        "status",
        "api queue task fZ4Y8kHZTmuXeO2ZoIvXkw",
        "download artifact fZ4Y8kHZTmuXeO2ZoIvXkw public/logs/live.log -",
        "api secrets get --help",
    ],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


class _EndedError(BaseException):
    """A signal asks to end; not an Exception, so that nothing but cleaning up comes before."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def run(arguments: list[str]) -> int:
    """Run a command line.

    Args:
        arguments: without the program's name.

    Returns:
        The exit code.
    """
    instruction = os.environ.get(COMPLETION)
    if instruction:
        return shell_complete(program, {}, NAME, COMPLETION, instruction)
    for number in _ENDING:
        if signal.getsignal(number) is signal.SIG_DFL:  # and not to be ignored
            signal.signal(number, _end)
    open_stdout()
    try:
        return _run(arguments)
    except StdoutError as error:
        return _after_stdout(error)
    except _EndedError as error:
        return _die(error.number)


def _run(arguments: list[str]) -> int:
    try:
        with program.make_context(NAME, arguments) as context:
            program.invoke(context)
        flush_stdout()
    except click.exceptions.Exit as end:
        return int(end.exit_code)
    except click.ClickException as error:
        return _say(_usage(error), failures.USAGE)
    except TaskclusterFailure as error:
        return _say(failures.line(error), failures.exit_code(error))
    except OSError as error:
        flush_stdout()  # if that is what fails, it says so
        where = f"{error.filename}: " if error.filename else ""
        return _say(f"{where}{error.strerror or error}", failures.USAGE)
    return failures.OK


def _usage(error: click.ClickException) -> str:
    message = error.format_message().rstrip(".")
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is None:
        return message
    if isinstance(error, click.NoSuchOption):
        known = [name for each in context.command.params for name in each.opts]
        message = (
            f"there is no option {error.option_name!r}{nearest(error.option_name, tuple(known))}"
        )
    stop = "" if message.endswith("?") else "."
    return f"{message}{stop} See {context.command_path} --help"


def _say(text: str, code: int) -> int:
    try:
        click.echo(f"{NAME}: {failures.one_line(text)}", err=True)
    except OSError:  # nobody hears it; the exit code still tells
        abandon(2)
    return code


def _after_stdout(error: StdoutError) -> int:
    if isinstance(error.__cause__, BrokenPipeError):
        return _die(signal.SIGPIPE)
    return _say(f"stdout: {getattr(error.__cause__, 'strerror', error)}", failures.USAGE)


def _end(number: int, _frame: FrameType | None) -> NoReturn:
    """Have everything cleaned up; a second signal ends it at once."""
    for each in _ENDING:
        if signal.getsignal(each) is _end:
            signal.signal(each, signal.SIG_DFL)
    raise _EndedError(number)


def _die(number: int) -> int:
    """End by a signal, as programs do that do not catch it: shells then end their loops too."""
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    return 128 + number
