"""``upload``: data into the object service."""

import datetime as dt
import mimetypes

import click

from tcproxy_client._cli.bar import bar
from tcproxy_client._cli.commands import Command, Group
from tcproxy_client._cli.parameters import FilePath, filled, time
from tcproxy_client._cli.places import label, source
from tcproxy_client._cli.settings import settings

_EXAMPLE = "upload object --project-id demo --expires '1 day' project/demo/data.bin"
_ANY = "application/octet-stream"


@click.group(cls=Group, short_help="Upload an object.", examples=[f"{_EXAMPLE} data.bin"])
def upload() -> None:
    """Upload data into the object service."""


@upload.command(
    "object",
    cls=Command,
    short_help="Upload a file, or stdin, as an object.",
    examples=[
        f"{_EXAMPLE} data.bin",
        f"{_EXAMPLE} - < data.bin",
        f"{_EXAMPLE} log --content-type text/plain",
    ],
)
@click.argument("name", type=filled)
@click.argument("file", type=FilePath())
@click.option("--project-id", type=filled, required=True, metavar="ID", help="Whose object it is.")
@click.option(
    "--expires",
    type=time,
    required=True,
    metavar="TIME",
    help="Until when it is kept: an offset such as '1 day', or a time such as 2030-01-01T00:00Z.",
)
@click.option(
    "--content-type",
    type=filled,
    metavar="TYPE",
    help="Its media type.  [default: that of NAME, else of FILE, by their endings]",
)
def upload_object(
    name: str, file: str, project_id: str, expires: dt.datetime, content_type: str | None
) -> None:
    """Upload FILE, or stdin with -, as the object NAME.

    It can be downloaded once this has succeeded, with hashes of what was read here. The proxy's
    client needs the scope object:upload:PROJECT_ID:NAME.
    """
    from tcproxy_client.upload import uploadFromFile  # here: it loads the transport

    given = settings()
    with (
        given.client("Object") as service,
        source(file) as (data, length),
        bar(label(file, name)) as progress,
    ):
        uploadFromFile(
            file=data,
            projectId=project_id,
            name=name,
            contentType=content_type or media_type(name, file),
            contentLength=length,
            expires=expires,
            objectService=service,
            maxRetries=given.retries,
            progress=progress,
        )


def media_type(*names: str) -> str:
    """Guess a media type from the first name that tells; compressed data is of its compression."""
    types = mimetypes.MimeTypes()
    types.add_type("text/plain", ".log")
    for name in names:
        found, encoding = types.guess_type(f"file:{name}")
        if encoding is not None:
            return "application/gzip" if encoding == "gzip" else f"application/x-{encoding}"
        if found is not None:
            return found
    return _ANY
