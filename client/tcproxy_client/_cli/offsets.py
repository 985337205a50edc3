"""``from-now``: the time that lies an offset from now."""

import click

from tcproxy_client._cli.commands import Command
from tcproxy_client._cli.parameters import NO_OFFSET, TOO_FAR
from tcproxy_client._times import fromNowJSON


@click.command(
    "from-now",
    cls=Command,
    is_local=True,
    short_help="Print the time that lies an offset from now.",
    examples=["from-now 1 day 2 hours", "from-now 30min", "from-now '-1 week'"],
    context_settings={"ignore_unknown_options": True},  # an offset may begin with a dash
)
@click.argument("offset", nargs=-1, required=True)
def from_now(offset: tuple[str, ...]) -> None:
    """Print the time that lies OFFSET from now, as Taskcluster writes times.

    Years, months, weeks, days, hours, minutes and seconds, in this order: y mo w d h m s for
    short. A year has 365 days, a month 30. With a minus before it the time lies in the past.
    """
    text = " ".join(offset)
    try:
        click.echo(fromNowJSON(text))
    except OverflowError:
        raise click.UsageError(f"{text!r} {TOO_FAR}") from None
    except ValueError:
        raise click.UsageError(f"{text!r} {NO_OFFSET}") from None
