"""``signed-url``: has the proxy sign the URL of a method, so that it works for anyone."""

from typing import Any

import click

from tcproxy_client._cli.commands import Command
from tcproxy_client._cli.methods import Services, Values, description, example, parameters
from tcproxy_client._cli.parameters import span
from tcproxy_client._cli.settings import settings
from tcproxy_client._table import Endpoint, Service


def _build(service: Service, endpoint: Endpoint) -> click.Command:
    def sign(**given: Any) -> None:
        if endpoint.verb != "GET":
            raise click.UsageError(
                f"signed URLs work for GET only, and {endpoint.name} is {endpoint.verb}"
            )
        values = Values.of(endpoint, given)
        values.check(endpoint, None)
        expiration = {} if given["span"] is None else {"expiration": given["span"]}
        with settings().client(service.name) as client:
            click.echo(
                client.buildSignedUrl(endpoint.name, *values.args, query=values.query, **expiration)
            )

    plain = f"signed-url {service.name[0].lower()}{service.name[1:]} {example(endpoint)}"
    return Command(
        endpoint.name,
        callback=sign,
        help=description(service, endpoint),
        short_help=endpoint.summary,
        params=[
            *parameters(endpoint),
            click.Option(
                ["-e", "--expires", "span"],
                type=span,
                metavar="SPAN",
                help="How long it works: seconds, or '1 hour'.  [default: 15 minutes]",
            ),
        ],
        examples=[plain, f"{plain} -e '1 hour'"],
    )


signed_url = Services(
    "signed-url",
    build=_build,
    verb="GET",
    short_help="Print a URL of a method that works for anyone, for a while.",
    help="""Print a URL of METHOD of SERVICE that works for anyone, for a while.

    The proxy signs it. It is as good as a credential for what it shows: mind where it goes.
    """,
    examples=[
        "signed-url queue getLatestArtifact fZ4Y8kHZTmuXeO2ZoIvXkw private/build.zip",
        "signed-url secrets get project/demo/deploy --expires '5 minutes'",
    ],
)
