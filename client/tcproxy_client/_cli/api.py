"""``api``: calls any method of any service, and prints the answer."""

from collections.abc import Iterable
from typing import Any

import click

from tcproxy_client._cli import output
from tcproxy_client._cli.commands import Command
from tcproxy_client._cli.methods import Services, Values, description, example, parameters
from tcproxy_client._cli.parameters import FilePath, read_payload
from tcproxy_client._cli.settings import settings
from tcproxy_client._response import Response
from tcproxy_client._table import Endpoint, Service
from tcproxy_client.exceptions import TaskclusterFailure

_TOKEN = "continuationToken"  # noqa: S105  # the name of a key


def _build(service: Service, endpoint: Endpoint) -> click.Command:
    def call(**given: Any) -> None:
        values = Values.of(endpoint, given)
        data = given["data"]
        if data is not None and not endpoint.takes:
            raise click.UsageError(f"{endpoint.name} takes no payload: leave -d out")
        payload = read_payload(data) if endpoint.takes else None
        values.check(endpoint, payload)
        output.check(given["path"])
        answer = _answer(service, endpoint, values, payload, whole=given["whole"])
        output.write(_bytes(answer), given["path"])

    return Command(
        endpoint.name,
        callback=call,
        help=description(service, endpoint),
        short_help=endpoint.summary,
        params=[*parameters(endpoint), *_options(endpoint)],
        examples=_examples(service, endpoint),
    )


def _options(endpoint: Endpoint) -> list[click.Parameter]:
    return [
        click.Option(
            ["-d", "--data"],
            metavar="JSON",
            hidden=not endpoint.takes,
            help="The payload: JSON, @FILE or - for stdin, which is also the default. "
            "Others on this machine can read a command line: give secrets in another way.",
        ),
        click.Option(
            ["--all", "--paginate", "whole"],
            is_flag=True,
            hidden=not endpoint.paged,
            help="Fetch all pages and print them as one.",
        ),
        click.Option(
            ["-o", "--output", "path"],
            type=FilePath(dir_okay=False),
            metavar="FILE",
            help="Write the answer to a file.",
        ),
    ]


def _examples(service: Service, endpoint: Endpoint) -> list[str]:
    plain = f"api {service.name[0].lower()}{service.name[1:]} {example(endpoint)}"
    examples = [f"{plain} -d @payload.json", f"{plain} < payload.json"]
    if not endpoint.takes:
        examples = [plain]
    if endpoint.paged:
        examples.append(f"{examples[0]} --all")
    return examples


def _answer(
    service: Service, endpoint: Endpoint, values: Values, payload: Any, *, whole: bool
) -> Any:
    options: dict[str, Any] = {"query": values.query}
    if endpoint.takes:
        options["payload"] = payload
    with settings().client(service.name) as client:
        method = getattr(client, endpoint.name)
        if not whole:
            return method(*values.args, **options)
        if not endpoint.paged:
            raise click.UsageError(f"{endpoint.name} does not answer in pages: leave --all out")
        return merged(method.pages(*values.args, **options))


def merged(pages: Iterable[Any]) -> Any:
    """Make one answer of all pages: their lists are joined, the rest is that of the first.

    Raises:
        TaskclusterFailure: if a page is no object.
    """
    result: dict[str, Any] = {}
    for page in pages:
        if not isinstance(page, dict) or isinstance(page.get("response"), Response):
            raise TaskclusterFailure("a page is no JSON object; leave --all out")
        for key, value in page.items():
            if isinstance(value, list):
                result.setdefault(key, []).extend(value)
            elif key != _TOKEN:
                result.setdefault(key, value)
    return result


def _bytes(answer: Any) -> bytes:
    if answer is None:
        return b""
    if isinstance(answer, dict) and isinstance(answer.get("response"), Response):
        return bytes(answer["response"].content)
    return output.as_json(answer)


api = Services(
    "api",
    build=_build,
    short_help="Call any method of any service, and print the answer.",
    help="""Call METHOD of SERVICE, and print the answer.

    JSON is printed with two spaces, an answer of another kind as it came, and none as nothing.
    Letters of a service's name may be of any case, and dashes do not matter.
    """,
    examples=[
        "api queue task fZ4Y8kHZTmuXeO2ZoIvXkw",
        "api queue createTask $(tcproxy-client slugid) -d @task.json",
        "api queue listTaskGroup fZ4Y8kHZTmuXeO2ZoIvXkw --limit 5",
        "api secrets list --all",
        "api index findTask --help",
    ],
)
