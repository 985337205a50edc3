"""``download``: the data of objects and artifacts, verified, into files or to stdout."""

from typing import Any

import click
from click.shell_completion import CompletionItem

from tcproxy_client._cli.bar import bar
from tcproxy_client._cli.commands import Command, Group
from tcproxy_client._cli.parameters import FilePath, WholeNumber, filled
from tcproxy_client._cli.places import destination, label, sink
from tcproxy_client._cli.settings import settings

_PLACE = """\
FILE is replaced once all data has come and is verified, and is left as it is otherwise; a
directory takes the last part of NAME, which is the default; - is stdout.
"""


def _output(command: Any) -> Any:
    return click.option(
        "-o", "--output", type=FilePath(), metavar="FILE", help="The same as FILE as an argument."
    )(command)


def _complete(
    context: click.Context, _parameter: click.Parameter, incomplete: str
) -> "list[CompletionItem[str]]":  # in quotes: click 8.1 knows no such type
    """Complete FILE, which stands last; tasks and their artifacts are not asked for."""
    given = context.params.get("words") or ()
    return [CompletionItem(incomplete, type="file")] if len(given) > 1 else []


def _parallel(command: Any) -> Any:
    return click.option(
        "--parallel",
        type=WholeNumber(1, 16),
        default=1,
        metavar="N",
        help="Connections for large data, at most 16.  [default: 1]",
    )(command)


@click.group(
    cls=Group,
    short_help="Download an object or an artifact.",
    examples=[
        "download artifact fZ4Y8kHZTmuXeO2ZoIvXkw public/build/target.zip",
        "download object project/demo/data.bin data.bin",
    ],
)
def download() -> None:
    """Download the data of an object or an artifact.

    What breaks off is taken up again, and hashes are checked before anything is shown or stored.
    """


@download.command(
    "object",
    cls=Command,
    help=f"Download the object NAME.\n\n{_PLACE}",
    short_help="Download an object.",
    examples=[
        "download object project/demo/data.bin",
        "download object project/demo/data.bin -o /tmp --parallel 4",
        "download object project/demo/data.txt - | wc -l",
    ],
)
@click.argument("name", type=filled)
@click.argument("file", required=False, type=FilePath())
@_output
@_parallel
def download_object(name: str, file: str | None, output: str | None, parallel: int) -> None:
    """Download an object; what users read is above."""
    from tcproxy_client.download import downloadToFile  # here: it loads the transport

    place = destination(name, _one(file, output))
    given = settings()
    with (
        given.client("Object") as service,
        sink(place) as target,
        bar(label(place, name)) as progress,
    ):
        downloadToFile(
            target,
            name=name,
            objectService=service,
            maxRetries=given.retries,
            progress=progress,
            parallel=parallel,
        )


@download.command(
    "artifact",
    cls=Command,
    help="Download the artifact NAME of a task, of its last run unless --run-id is given.\n\n"
    f"{_PLACE}\n"
    "Links are followed. An artifact that stands for an error ends with exit code 1. RUN_ID may "
    "also stand before NAME and FILE, as the Go client has it.",
    short_help="Download an artifact of a task.",
    examples=[
        "download artifact fZ4Y8kHZTmuXeO2ZoIvXkw public/logs/live.log -",
        "download artifact fZ4Y8kHZTmuXeO2ZoIvXkw public/build/target.zip --run-id 0",
        "download artifact fZ4Y8kHZTmuXeO2ZoIvXkw 0 public/build/target.zip target.zip",
    ],
)
@click.argument(
    "words", type=filled, nargs=-1, metavar="TASK_ID NAME [FILE]", shell_complete=_complete
)
@click.option("--run-id", type=WholeNumber(0), metavar="N", help="The run.  [default: the last]")
@_output
@_parallel
def download_artifact(
    words: tuple[str, ...], run_id: int | None, output: str | None, parallel: int
) -> None:
    """Download an artifact; what users read is above."""
    from tcproxy_client.download import downloadArtifactToFile  # here: it loads the transport

    task_id, run_id, name, file = _understand(words, run_id)
    place = destination(name, _one(file, output))
    given = settings()
    with (
        given.client("Queue") as service,
        sink(place) as target,
        bar(label(place, name)) as progress,
    ):
        downloadArtifactToFile(
            target,
            taskId=task_id,
            runId=run_id,
            name=name,
            queueService=service,
            maxRetries=given.retries,
            progress=progress,
            parallel=parallel,
        )


def _understand(
    words: tuple[str, ...], run_id: int | None
) -> tuple[str, int | None, str, str | None]:
    match words:
        case (task_id, name):
            return task_id, run_id, name, None
        case (task_id, name, file):
            return task_id, run_id, name, file
        case (task_id, run, name, file) if run.isascii() and run.isdigit() and run_id is None:
            return task_id, int(run), name, file
    raise click.UsageError("give TASK_ID NAME [FILE], and --run-id N if it is not the last run")


def _one(file: str | None, output: str | None) -> str | None:
    if file is not None and output is not None:
        raise click.UsageError("give either FILE or --output, not both")
    return output if file is None else file
