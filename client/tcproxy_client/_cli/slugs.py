"""``slugid``: makes and converts the identifiers that tasks have."""

import uuid

import click

from tcproxy_client._cli.commands import Command, Group
from tcproxy_client._slugs import slugId

_EXAMPLES = ["slugid", "slugid v4", "slugid decode fZ4Y8kHZTmuXeO2ZoIvXkw"]


@click.group(
    cls=Group,
    is_local=True,
    invoke_without_command=True,
    short_help="Make or convert slugs, the identifiers of tasks.",
    examples=_EXAMPLES,
)
@click.pass_context
def slugid(context: click.Context) -> None:
    """Make a slug: an identifier of 22 characters, as tasks have them.

    It begins with a letter, unless 'v4' is asked for.
    """
    if context.invoked_subcommand is None:
        click.echo(slugId())


@slugid.command(cls=Command, is_local=True, examples=["slugid nice"])
def nice() -> None:
    """Make a slug that begins with a letter; the same as none of these commands."""
    click.echo(slugId())


@slugid.command(cls=Command, is_local=True, examples=["slugid v4"])
def v4() -> None:
    """Make a slug of any random UUID; it may begin with a dash."""
    click.echo(_v4())


@slugid.command(cls=Command, is_local=True, examples=["slugid generate", "slugid generate --nice"])
@click.option("-n", "--nice", "is_nice", is_flag=True, help="One that begins with a letter.")
def generate(is_nice: bool) -> None:
    """Make a slug, as the Go client's command of this name does."""
    click.echo(slugId() if is_nice else _v4())


@slugid.command(
    cls=Command,
    is_local=True,
    examples=["slugid decode fZ4Y8kHZTmuXeO2ZoIvXkw"],
    context_settings={"ignore_unknown_options": True},  # a slug may begin with a dash
)
@click.argument("slug")
def decode(slug: str) -> None:
    """Give the UUID of a slug."""
    import slugid as library  # here: few commands need it

    try:
        found = uuid.UUID(str(library.decode(slug)))
        same = library.encode(found) == slug
    except ValueError:
        same = False
    if not same:
        raise click.UsageError(f"{slug!r} is no slug: it has 22 characters of A-Z a-z 0-9 _ -")
    click.echo(str(found))


@slugid.command(
    cls=Command, is_local=True, examples=["slugid encode 7d9e18f2-41d9-4e6b-9778-ed99a08bd793"]
)
@click.argument("uuid_", metavar="UUID")
def encode(uuid_: str) -> None:
    """Give the slug of a UUID."""
    import slugid as library  # here: few commands need it

    try:
        found = uuid.UUID(uuid_)
    except ValueError:
        raise click.UsageError(
            f"{uuid_!r} is no UUID, such as 7d9e18f2-41d9-4e6b-9778-ed99a08bd793"
        ) from None
    click.echo(library.encode(found))


def _v4() -> str:
    import slugid as library  # here: few commands need it

    return str(library.v4())
