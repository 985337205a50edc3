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
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from tcproxy.names import STANDARD_VARIABLES, LogFormat, LogLevel
from tcproxy.scopes import check_scopes
from tcproxy.targets import Deployment

_Mode = Annotated[int, BeforeValidator(lambda value: _octal(value)), Field(ge=0, le=0o777)]
_HOST = re.compile(r"\*|[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_])?\.?")
_ORIGIN = re.compile(r"\*|null|[a-z][a-z0-9+.-]*://[^/?#@*\s]+")
_TASK_ID = re.compile(r"[A-Za-z0-9_-]{22}")


def _split(value: Any, separator: str | None) -> Any:
    """Read a list from the environment: JSON, or pieces between separators."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            raise ValueError("it starts with [ but is not a JSON list") from None
    return [piece.strip() for piece in value.split(separator) if piece.strip()]


_CommaList = Annotated[list[str], NoDecode, BeforeValidator(lambda value: _split(value, ","))]
_WordList = Annotated[list[str], NoDecode, BeforeValidator(lambda value: _split(value, None))]


def _octal(value: Any) -> Any:
    """Read permissions as chmod writes them."""
    if not isinstance(value, str):
        return value
    try:
        return int(value, 8)
    except ValueError:
        raise ValueError(f"{value!r} is not an octal number such as 0600") from None


def _empty_as_none(value: Any) -> Any:
    return None if value == "" else value


_Optional = BeforeValidator(_empty_as_none)


class Settings(BaseSettings):
    """The daemon's settings.

    A field's flag is its name with dashes; its variable is `TCPROXY_` and its name, except for the
    standard `TASKCLUSTER_*` ones. `short` and `metavar` are for the command line; `text` says that
    a settings file has a string, as TOML would read permissions as a decimal number.
    """

    model_config = SettingsConfigDict(
        env_prefix="TCPROXY_",
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        populate_by_name=True,
        hide_input_in_errors=True,
        allow_inf_nan=False,
    )

    @classmethod
    def settings_customise_sources(
        cls, *_: Any, **sources: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take values as arguments only: `sources` tells where each comes from."""
        return (sources["init_settings"],)

    config: Annotated[str | None, _Optional] = Field(
        None,
        description="TOML file of settings, by the names of their flags with _ in place of -; "
        "flags and variables come before it.",
        json_schema_extra={"metavar": "PATH"},
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
        validation_alias=STANDARD_VARIABLES["root_url"],
        description="Root URL of the deployment, such as https://tc.example.com.",
        json_schema_extra={"metavar": "URL"},
    )
    client_id: str | None = Field(
        None,
        validation_alias=STANDARD_VARIABLES["client_id"],
        description="Client id to sign with.",
        json_schema_extra={"metavar": "ID"},
    )
    access_token: SecretStr | None = Field(
        None,
        validation_alias=STANDARD_VARIABLES["access_token"],
        description="Access token to sign with. Other users can read it on the command line: "
        "prefer the variable.",
        json_schema_extra={"metavar": "TOKEN"},
    )
    certificate: Annotated[SecretStr | None, _Optional] = Field(
        None,
        validation_alias=STANDARD_VARIABLES["certificate"],
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
    allowed_user: Annotated[str | None, _Optional] = Field(
        None,
        description="Serve only connections of this user of the system, of root, and of the "
        "daemon's own user.",
        json_schema_extra={"metavar": "NAME"},
    )
    allowed_network: _CommaList = Field(
        default_factory=list,
        description="Serve callers outside of this system (of containers, say) whose address is "
        "in this network, such as 172.17.0.0/16 (repeatable); listens on 127.0.0.1, too.",
        json_schema_extra={"metavar": "CIDR"},
    )
    socket: _CommaList = Field(
        default_factory=list,
        description="Path of a Unix socket to listen on, beside TCP (repeatable).",
        json_schema_extra={"metavar": "PATH"},
    )
    socket_mode: _Mode = Field(
        0o600,
        description="Permissions of the Unix sockets.",
        json_schema_extra={"metavar": "MODE", "default": "0600", "text": True},
    )
    allowed_origin: _CommaList = Field(
        default_factory=list,
        description="Origin whose web pages may use the proxy, such as https://tc.example.com "
        "(repeatable; * for every page).",
        json_schema_extra={"metavar": "ORIGIN"},
    )
    allowed_host_header: _CommaList = Field(
        default_factory=list,
        description="Name by which callers may address the proxy, beside addresses, localhost and "
        "names without a dot (repeatable; * for every name).",
        json_schema_extra={"metavar": "NAME"},
    )
    credentials_file: Annotated[str | None, _Optional] = Field(
        None,
        description="JSON file with clientId, accessToken and perhaps certificate, in place of "
        "the three settings; read again on SIGHUP and when it changes.",
        json_schema_extra={"metavar": "PATH"},
    )
    credentials_from: Literal["anyone", "root", "nobody"] = Field(
        "anyone",
        description="Who may PUT /credentials: anyone who may connect, root (and the daemon's own "
        "user), or nobody.",
        json_schema_extra={"metavar": "WHO"},
    )
    credentials_stdin: bool = Field(
        False,
        description="Take new credentials from standard input, as JSON objects like those of PUT "
        "/credentials, which then is a 404; when it closes, finish what runs and end.",
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
    seed: Annotated[str | None, _Optional] = Field(
        None,
        description="JSON file of secrets and tasks that the sandbox starts with.",
        json_schema_extra={"metavar": "PATH"},
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

    metrics: bool = Field(
        False,
        description="Serve metrics for Prometheus at /__metrics__, beside everything else.",
    )
    metrics_port: Annotated[int | None, Field(ge=0, le=65535)] = Field(
        None,
        description="Serve metrics at /__metrics__ of this port (with or without --metrics), which "
        "serves nothing else; 0 takes a free one, which is logged.",
        json_schema_extra={"metavar": "PORT"},
    )
    metrics_address: str = Field(
        "127.0.0.1",
        description="IPv4 or IPv6 address for --metrics-port; whoever can reach it may read them.",
        json_schema_extra={"metavar": "ADDRESS"},
    )

    max_line_size: Annotated[ByteSize, Field(ge=256)] = Field(
        ByteSize(64 * 1024),
        description="Longest request target, and longest header field; a whole request head may be "
        "four times as long.",
        json_schema_extra={"metavar": "BYTES"},
    )
    max_header_fields: Annotated[int, Field(ge=1)] = Field(
        256,
        description="Most header fields of a request.",
        json_schema_extra={"metavar": "N"},
    )
    head_timeout: PositiveFloat = Field(
        30.0,
        description="Seconds in which a request head must have come.",
        json_schema_extra={"metavar": "SECONDS"},
    )
    keep_alive_timeout: PositiveFloat = Field(
        300.0,
        description="Seconds that a caller's connection stays open without a request.",
        json_schema_extra={"metavar": "SECONDS"},
    )
    max_connections: Annotated[int, Field(ge=1)] = Field(
        4096,
        description="Most callers' connections at once.",
        json_schema_extra={"metavar": "N"},
    )
    max_upstream_requests: Annotated[int, Field(ge=1)] = Field(
        1024,
        description="Most requests at once to the deployment, and to each other host.",
        json_schema_extra={"metavar": "N"},
    )
    max_endpoint_body: ByteSize = Field(
        ByteSize(1024 * 1024),
        description="Longest body of POST /bewit and PUT /credentials.",
        json_schema_extra={"metavar": "BYTES"},
    )

    @field_validator("ip_address", "metrics_address")
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
            raise ValueError(f"not a root URL such as https://tc.example.com: {error}") from None

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

    @field_validator("allowed_host_header")
    @classmethod
    def _check_allowed_host_header(cls, value: list[str]) -> list[str]:
        for host in value:
            if not _HOST.fullmatch(host):
                raise ValueError(f"{host!r} is neither a host name (without a port) nor *")
        return [host.lower().removesuffix(".") for host in value]

    @field_validator("allowed_origin")
    @classmethod
    def _check_allowed_origin(cls, value: list[str]) -> list[str]:
        for origin in value:
            if not _ORIGIN.fullmatch(origin.lower()):
                raise ValueError(f"{origin!r} is neither an origin such as https://x.com nor *")
        return [origin.lower() for origin in value]

    @field_validator("socket")
    @classmethod
    def _check_socket(cls, value: list[str]) -> list[str]:
        if "" in value:
            raise ValueError("the path is empty")
        return value

    @field_validator("allowed_network")
    @classmethod
    def _check_allowed_network(cls, value: list[str]) -> list[str]:
        return [str(_network(text)) for text in value]


def extra_of(info: FieldInfo) -> dict[str, Any]:
    """Return what a setting says for the command line and the settings file."""
    return info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise ValueError(f"{text!r} is not a network such as 172.17.0.0/16") from None
    if network.prefixlen == 0:
        raise ValueError(f"{text!r} would admit everyone: the prefix must not be 0")
    return network
