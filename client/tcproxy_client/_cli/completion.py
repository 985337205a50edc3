"""``completion`` and ``version``: what the program tells of itself."""

import click
from click.shell_completion import get_completion_class

from tcproxy_client._cli.commands import Command
from tcproxy_client._cli.program import COMPLETION, NAME, program
from tcproxy_client._version import __version__


@click.command(
    cls=Command,
    is_local=True,
    short_help="Print the completion script of a shell.",
    examples=[
        "completion bash > ~/.local/share/bash-completion/completions/tcproxy-client",
        'completion zsh > "${fpath[1]}/_tcproxy-client"',
        "completion fish > ~/.config/fish/completions/tcproxy-client.fish",
    ],
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the script that lets SHELL complete commands, services and methods.

    Nothing is asked over the network when a shell completes.
    """
    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101  # click has one for each choice
    click.echo(kind(program, {}, NAME, COMPLETION).source())


@click.command(cls=Command, is_local=True, examples=["version"])
def version() -> None:
    """Print the version."""
    click.echo(f"{NAME} {__version__}")
