"""Services and their methods as commands, made of the tables of the API; nothing is asked for it.

What is done with a method is the business of who makes the groups.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import click

from tcproxy_client._arguments import understand
from tcproxy_client._cli.commands import Group
from tcproxy_client._cli.parameters import pair, text
from tcproxy_client._names import SERVICES
from tcproxy_client._table import Endpoint, Service
from tcproxy_client.exceptions import TaskclusterFailure

Builder = Callable[[Service, Endpoint], click.Command]


@dataclass(frozen=True, slots=True)
class Values:
    """What was given on the command line for a method.

    Attributes:
        args: the values for the route, in their order.
        query: the query.
    """

    args: tuple[str, ...]
    query: dict[str, str]

    @classmethod
    def of(cls, endpoint: Endpoint, given: Mapping[str, Any]) -> "Values":
        """Take the values of the parameters that `parameters` made.

        Raises:
            click.UsageError: if a key of the query is given twice.
        """
        args = tuple(given[f"arg{i}"] for i in range(len(endpoint.args)))
        pairs = list(given["pairs"])
        pairs += [
            (key, given[f"key{i}"])
            for i, key in enumerate(endpoint.query)
            if given[f"key{i}"] is not None
        ]
        for key, _ in pairs:
            if [name for name, _ in pairs].count(key) > 1:
                raise click.UsageError(f"the query key {key!r} is given twice")
        return cls(args, dict(pairs))

    def check(self, endpoint: Endpoint, payload: Any) -> None:
        """Refuse what the method does not take.

        Raises:
            click.UsageError: it says what is wrong.
        """
        given = {"query": self.query, "payload": payload}
        try:
            understand(endpoint, self.args, given)
        except TaskclusterFailure as error:
            raise click.UsageError(str(error)) from None


class Services(Group):
    """The services as commands, by the names that the Go client has for them.

    Letters may be of any case, and words may be joined by dashes.

    Args:
        name: as for click.
        build: makes the command of a method.
        verb: the HTTP method of those that are listed; without it, all are.
        options: as for `Group`.
    """

    def __init__(
        self, name: str, *, build: Builder, verb: str | None = None, **options: Any
    ) -> None:
        super().__init__(name, kind="service", **options)
        self.build = build
        self.verb = verb

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """Give the names of the services."""
        return [name[0].lower() + name[1:] for name in SERVICES]

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002  # click's signature
        cmd_name: str,
    ) -> click.Command | None:
        """Give the methods of a service."""
        wanted = cmd_name.lower().replace("-", "").replace("_", "")
        if wanted not in (name.lower() for name in SERVICES):
            return None
        table: Service = import_module(f"tcproxy_client.{wanted}").SERVICE
        return _Methods(cmd_name, table, self)


class _Methods(Group):
    """The methods of a service as commands."""

    def __init__(self, name: str, table: Service, services: Services) -> None:
        self.table = table
        self.services = services
        first = self._listed()[0]
        begin = f"{services.name} {name}"
        super().__init__(
            name,
            kind=f"method of {name}",
            help=table.doc,
            examples=[f"{begin} {example(first)}", f"{begin} {first.name} --help"],
        )

    def _listed(self) -> list[Endpoint]:
        verb = self.services.verb
        return [each for each in self.table.endpoints if verb in (None, each.verb)]

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """Give the names of the methods."""
        return [endpoint.name for endpoint in self._listed()]

    def get_command(
        self,
        ctx: click.Context,  # noqa: ARG002  # click's signature
        cmd_name: str,
    ) -> click.Command | None:
        """Give the command of a method."""
        for endpoint in self.table.endpoints:
            if endpoint.name == cmd_name:
                return self.services.build(self.table, endpoint)
        return None


def parameters(endpoint: Endpoint) -> list[click.Parameter]:
    """Make the parameters of a method: the values of its route, and its query."""
    values = [
        click.Argument([f"arg{i}"], type=text, metavar=f"<{name}>")
        for i, name in enumerate(endpoint.args)
    ]
    keys = [
        click.Option(
            [f"--{name}", f"key{i}"], type=text, metavar="VALUE", help="Part of the query."
        )
        for i, name in enumerate(endpoint.query)
    ]
    pairs = click.Option(
        ["-q", "--query", "pairs"],
        type=pair,
        multiple=True,
        metavar="KEY=VALUE",
        help="Part of the query, by its name.",
        hidden=not endpoint.query,
    )
    return [*values, *keys, pairs]


def example(endpoint: Endpoint) -> str:
    """Give a command line for a method."""
    values = [f"<{name}>" for name in endpoint.args]
    return " ".join([endpoint.name, *values])


def description(service: Service, endpoint: Endpoint) -> str:
    """Tell what a method does, and which request it makes."""
    route = f"{endpoint.verb} /api/{service.service}/{service.version}{endpoint.route}"
    return f"{endpoint.summary}\n\n\b\n{route}\nstability: {endpoint.stability}\n"
