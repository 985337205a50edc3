"""Every setting, once: its flag, environment variable, default, help and check. No behaviour."""

from __future__ import annotations

import ipaddress
import json
import re
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    ByteSize,
    Field,
    PositiveFloat,
    SecretStr,
    field_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from tcproxy.logs import LogFormat, LogLevel
from tcproxy.scopes import check_scopes
from tcproxy.targets import Deployment

_HOST = re.compile(r"\*|[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_])?\.?")
_TASK_ID = re.compile(r"[A-Za-z0-9_-]{22}")


def _split(value: Any, separator: str | None) -> Any:
    """Read a list from the environment: JSON, or pieces between separators."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        try:
            return json.loads(value)
        except ValueError:
            raise ValueError("it starts with [ but is not a JSON list") from None
    return [piece.strip() for piece in value.split(separator) if piece.strip()]


_CommaList = Annotated[list[str], NoDecode, BeforeValidator(lambda value: _split(value, ","))]
_WordList = Annotated[list[str], NoDecode, BeforeValidator(lambda value: _split(value, None))]


def _empty_as_none(value: Any) -> Any:
    return None if value == "" else value


_Optional = BeforeValidator(_empty_as_none)


class Settings(BaseSettings):
    """The daemon's settings.

    A field's flag is its name with dashes; its variable is `TCPROXY_` and its name, except for the
    standard `TASKCLUSTER_*` ones. `short` and `metavar` are for the command line.
    """

    model_config = SettingsConfigDict(
        env_prefix="TCPROXY_",
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        populate_by_name=True,
        hide_input_in_errors=True,
    )

    port: Annotated[int, Field(ge=0, le=65535)] = Field(
        8080,
        description="Port to listen on; 0 takes a free one, which is logged.",
        json_schema_extra={"short": "p", "metavar": "PORT"},
    )
    ip_address: str = Field(
        "127.0.0.1",
        description="IPv4 or IPv6 address to listen on.",
        json_schema_extra={"short": "i", "metavar": "ADDRESS"},
    )
    task_id: Annotated[str | None, _Optional] = Field(
        None,
        description="Restrict requests to the scopes of this task (and those given as arguments), "
        "whose definition is fetched at start.",
        json_schema_extra={"short": "t", "metavar": "TASK_ID"},
    )
    root_url: str | None = Field(
        None,
        validation_alias="TASKCLUSTER_ROOT_URL",
        description="Root URL of the deployment, such as https://tc.example.com.",
        json_schema_extra={"metavar": "URL"},
    )
    client_id: str | None = Field(
        None,
        validation_alias="TASKCLUSTER_CLIENT_ID",
        description="Client id to sign with.",
        json_schema_extra={"metavar": "ID"},
    )
    access_token: SecretStr | None = Field(
        None,
        validation_alias="TASKCLUSTER_ACCESS_TOKEN",
        description="Access token to sign with. Other users can read it on the command line: "
        "prefer the variable.",
        json_schema_extra={"metavar": "TOKEN"},
    )
    certificate: Annotated[SecretStr | None, _Optional] = Field(
        None,
        validation_alias="TASKCLUSTER_CERTIFICATE",
        description="Certificate of temporary credentials, as JSON. Prefer the variable.",
        json_schema_extra={"metavar": "JSON"},
    )
    scopes: _WordList = Field(
        default_factory=list,
        description="Restrict requests to these scopes; without any, and without --task-id, "
        "requests have all scopes of the credentials.",
        json_schema_extra={"metavar": "scope", "positional": True},
    )
    allowed_host: _CommaList = Field(
        default_factory=list,
        description="Host that /<host>/<path> may name, so that requests to it are signed, too "
        "(repeatable; * for every host).",
        json_schema_extra={"metavar": "HOST"},
    )
    ca_file: Annotated[str | None, _Optional] = Field(
        None,
        description="PEM file of certificate authorities to trust beside the system's.",
        json_schema_extra={"metavar": "PATH"},
    )
    sandbox: bool = Field(
        False,
        description="Serve an in-memory deployment for trying things out; needs no credentials.",
    )
    log_format: LogFormat = Field(
        "auto",
        description="text, json, or auto: text on a terminal, JSON lines elsewhere.",
        json_schema_extra={"metavar": "FORMAT"},
    )
    log_level: LogLevel = Field(
        "info",
        description="The least that is logged: debug, info, warning or error.",
        json_schema_extra={"metavar": "LEVEL"},
    )
    drain_timeout: Annotated[float, Field(ge=0)] = Field(
        30.0,
        description="Seconds for which running requests may go on after SIGTERM or SIGINT.",
        json_schema_extra={"metavar": "SECONDS"},
    )
    connect_timeout: PositiveFloat = Field(
        10.0,
        description="Seconds for opening a connection to the deployment.",
        json_schema_extra={"metavar": "SECONDS"},
    )
    first_byte_timeout: PositiveFloat = Field(
        120.0,
        description="Seconds from the end of a request to the start of its response.",
        json_schema_extra={"metavar": "SECONDS"},
    )
    idle_timeout: PositiveFloat = Field(
        120.0,
        description="Seconds without a byte in the middle of a request or response.",
        json_schema_extra={"metavar": "SECONDS"},
    )
    retries: Annotated[int, Field(ge=0)] = Field(
        5,
        description="Further attempts after a connection error, 5xx or 429.",
        json_schema_extra={"metavar": "N"},
    )
    retry_budget: Annotated[float, Field(ge=0)] = Field(
        30.0,
        description="Seconds after a request's arrival in which a further attempt may start.",
        json_schema_extra={"metavar": "SECONDS"},
    )
    retry_methods: Literal["all", "idempotent"] = Field(
        "all",
        description="all, or idempotent: never send a POST or PATCH twice.",
        json_schema_extra={"metavar": "METHODS"},
    )
    replay_limit: ByteSize = Field(
        ByteSize(10 * 1024 * 1024),
        description="Longest request body that is kept for further attempts, such as 10MiB.",
        json_schema_extra={"metavar": "BYTES"},
    )
    replay_memory: ByteSize = Field(
        ByteSize(128 * 1024 * 1024),
        description="Memory for all kept bodies together.",
        json_schema_extra={"metavar": "BYTES"},
    )

    @field_validator("ip_address")
    @classmethod
    def _check_address(cls, value: str) -> str:
        value = value.strip()
        if value.startswith("[") and value.endswith("]"):
            value = value[1:-1]
        try:
            ipaddress.ip_address(value)
        except ValueError:
            raise ValueError(f"{value!r} is not an IP address") from None
        return value

    @field_validator("task_id")
    @classmethod
    def _check_task_id(cls, value: str | None) -> str | None:
        if value is not None and not _TASK_ID.fullmatch(value):
            raise ValueError(f"{value!r} is not a task id (22 characters of A-Z a-z 0-9 _ -)")
        return value

    @field_validator("root_url")
    @classmethod
    def _check_root_url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            return str(Deployment.parse(value))
        except ValueError as error:
            raise ValueError(f"{value!r} is not a root URL: {error}") from None

    @field_validator("scopes")
    @classmethod
    def _check_scopes(cls, value: list[str]) -> list[str]:
        check_scopes(value)
        return value

    @field_validator("allowed_host")
    @classmethod
    def _check_allowed_host(cls, value: list[str]) -> list[str]:
        for host in value:
            if not _HOST.fullmatch(host):
                raise ValueError(f"{host!r} is neither a host name, an IPv4 address nor *")
        return [host.lower() for host in value]
