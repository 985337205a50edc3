"""What all commands and groups have: the common options, examples, and names with a hint.

Only the shape of commands lives here; what each does is in a module of its own.
"""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

from tcproxy_client._arguments import nearest
from tcproxy_client._cli import settings
from tcproxy_client._cli.failures import USAGE

Examples = Sequence[str]


class Command(click.Command):
    """A command with the common options, and examples at the end of its help.

    Args:
        name: as for click.
        is_local: whether it asks nobody, so that the common options mean nothing.
        examples: command lines without the program's name.
        params: the parameters beside the common options.
        options: as for click.
    """

    def __init__(
        self,
        name: str | None,
        *,
        is_local: bool = False,
        examples: Examples = (),
        params: Sequence[click.Parameter] | None = None,
        **options: Any,
    ) -> None:
        common = [] if is_local else settings.options()
        super().__init__(name, params=[*(params or ()), *common], **options)
        self.examples = examples

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples."""
        write_examples(self.examples, ctx, formatter)
        super().format_epilog(ctx, formatter)


class Group(click.Group):
    """Commands that are loaded when they are needed, with the common options and examples.

    Args:
        name: as for click.
        is_local: whether its members ask nobody.
        kind: what its members are, for messages.
        members: their names, each with where it is defined, as ``module:name``.
        aliases: further names, each with the one that it stands for.
        examples: command lines without the program's name.
        params: the parameters beside the common options.
        options: as for click.
    """

    def __init__(
        self,
        name: str | None,
        *,
        is_local: bool = False,
        kind: str = "command",
        members: dict[str, str] | None = None,
        aliases: dict[str, str] | None = None,
        examples: Examples = (),
        params: Sequence[click.Parameter] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(
            name,
            params=[*(params or ()), *([] if is_local else settings.options())],
            no_args_is_help=False,  # parse_args does it, the same with every version of click
            **options,
        )
        self.kind = kind
        self.members = members or {}
        self.aliases = aliases or {}
        self.examples = examples

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments; without any, show the help on stderr."""
        if not args and not self.invoke_without_command and not ctx.resilient_parsing:
            click.echo(ctx.get_help(), err=True)
            ctx.exit(USAGE)
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the names, in the order of their definition."""
        return [*super().list_commands(ctx), *self.members]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Give the command of a name."""
        cmd_name = self.aliases.get(cmd_name, cmd_name)
        where = self.members.get(cmd_name)
        if where is None:
            return super().get_command(ctx, cmd_name)
        module, _, name = where.partition(":")
        found = getattr(import_module(f"{__package__}.{module}"), name)
        assert isinstance(found, click.Command)  # noqa: S101  # the tables name commands only
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the arguments begin with.

        Raises:
            click.UsageError: if there is none of that name; it names the nearest.
        """
        if self.get_command(ctx, args[0]) is None and not ctx.resilient_parsing:
            hint = nearest(args[0], tuple(self.list_commands(ctx)))
            raise click.UsageError(f"there is no {self.kind} {args[0]!r}{hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples."""
        write_examples(self.examples, ctx, formatter)
        super().format_epilog(ctx, formatter)


def write_examples(examples: Examples, ctx: click.Context, formatter: click.HelpFormatter) -> None:
    """Write examples as a section of a help text, each on a line of its own whatever its length."""
    if not examples:
        return
    program = ctx.find_root().info_name
    with formatter.section("Examples"):
        for example in examples:
            formatter.write(f"{'':{formatter.current_indent}}{program} {example}\n")
