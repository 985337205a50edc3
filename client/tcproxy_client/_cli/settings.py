"""What every command is told: where the proxy is, how often to try, and how much to say."""

import logging
import sys
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

import click

from tcproxy_client._cli.parameters import WholeNumber
from tcproxy_client._environment import proxy_url
from tcproxy_client._log import log
from tcproxy_client._target import Target, target
from tcproxy_client.exceptions import TaskclusterFailure


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one run.

    Attributes:
        root_url: where requests go; without it, what the environment says.
        retries: how often to try again.
        verbose: whether to tell about requests and retries.
    """

    root_url: str | None = None
    retries: int = 5
    verbose: bool = False

    @property
    def proxy(self) -> Target:
        """Where requests go.

        Raises:
            click.UsageError: if it is no place to go to.
        """
        option = "TASKCLUSTER_PROXY_URL" if self.root_url is None else "--root-url"
        try:
            return target(self.address, option)
        except TaskclusterFailure as error:
            raise click.UsageError(str(error)) from None

    @property
    def address(self) -> str:
        """Where requests go, as it was given."""
        return proxy_url() if self.root_url is None else self.root_url

    @property
    def options(self) -> dict[str, Any]:
        """What clients are made with."""
        _ = self.proxy  # for its error, which names what is wrong
        return {"rootUrl": self.address, "maxRetries": self.retries}

    def client(self, service: str) -> Any:
        """Make a client of a service, to be used as a context manager.

        Args:
            service: the name of its class.
        """
        return getattr(import_module(f"tcproxy_client.{service.lower()}"), service)(self.options)


def settings() -> Settings:
    """Give the settings of this run, as far as they have been read."""
    return click.get_current_context().find_root().ensure_object(Settings)


def options() -> list[click.Parameter]:
    """Make the options that every command takes, before or after its name."""
    return [
        click.Option(
            ["--root-url", "--proxy", "root_url"],
            metavar="URL",
            expose_value=False,
            callback=_keep,
            help="The proxy: http://HOST:PORT or unix:///PATH. "
            "Default: $TASKCLUSTER_PROXY_URL, else http://taskcluster.",
        ),
        click.Option(
            ["--retries"],
            type=WholeNumber(0, 100),
            metavar="N",
            expose_value=False,
            callback=_keep,
            help="Tries after the first one failed.  [default: 5]",
        ),
        click.Option(
            ["-v", "--verbose"],
            is_flag=True,
            default=None,
            expose_value=False,
            callback=_keep,
            help="Tell about requests and retries on stderr.",
        ),
    ]


def _keep(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    if value is None or parameter.name is None:
        return
    root = context.find_root()
    before = root.ensure_object(Settings)
    root.obj = replace(before, **{parameter.name: value})
    if root.obj.verbose and not before.verbose:
        _tell()


def _tell() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("tcproxy-client: %(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
