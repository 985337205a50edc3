"""One API call's way through its checks, and what a service declares about its methods.

The order is a deployment's: path and verb; body; authentication and scopes, where the URL tells
which scopes are needed; URL parameters and query; content type and schema; the method itself.
"""

from __future__ import annotations

import dataclasses
import enum
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tcproxy.sandbox import bodies, errors, hawk, routing
from tcproxy.sandbox import scopes as scope_algebra
from tcproxy.sandbox.errors import ApiError, RequestInfo
from tcproxy.sandbox.responses import Answer, allow_answer, json_answer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from aiohttp import web

    from tcproxy.sandbox.authentication import Authenticator, Identity
    from tcproxy.sandbox.bodies import Body
    from tcproxy.sandbox.schemas import Schema
    from tcproxy.sandbox.scopes import Expression

_PARAMETER = re.compile(r"<(\w+)>")
_OMITTED = "(OMITTED)"


class Access(enum.Enum):
    """Who may call a method that does not simply ask for scopes."""

    PUBLIC = "anybody; credentials are not looked at, however broken"
    BY_HANDLER = "the method finds out while it works"


@dataclass(frozen=True, slots=True)
class Method:
    """A line in a service's table.

    Attributes:
        name: What the API calls it.
        verb: The HTTP method; HEAD is served by GET.
        route: The path below the service's version; ``<name>`` is a part, ``<name*>`` the rest.
        handler: What it does.
        scopes: What it asks for, with ``<name>`` for URL parameters.
        query: The pattern of each query parameter that it knows.
        schema: What its payload must look like; None if it takes none.
        hidden: Keys of the payload that errors do not repeat.
    """

    name: str
    verb: str
    route: str
    handler: Callable[[Call], Awaitable[Answer]]
    scopes: Expression | Access
    query: Mapping[str, str] = field(default_factory=dict)
    schema: Schema | None = None
    hidden: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Service:
    """A Taskcluster service.

    Attributes:
        name: What it is called in URLs.
        version: As above.
        methods: What it can do.
        patterns: What its URL parameters must look like; others may be anything.
    """

    name: str
    version: str
    methods: tuple[Method, ...]
    patterns: Mapping[str, str] = field(default_factory=dict)


class Call:
    """What the handler of a method knows of a call that passed the checks before it.

    Attributes:
        params: The URL parameters, decoded.
        query: The query parameters.
        payload: The JSON body, with the schema's defaults; an empty object without a body.
        root_url: The root URL of the deployment.
        accept: What the caller accepts as the type of an answer; empty if it does not say.
    """

    __slots__ = (
        "_authenticator",
        "_identity",
        "_signed",
        "accept",
        "params",
        "payload",
        "query",
        "root_url",
    )

    def __init__(
        self,
        *,
        params: Mapping[str, str],
        payload: Any,
        signed: hawk.Signed,
        authenticator: Authenticator,
        root_url: str,
        accept: str,
    ) -> None:
        self.root_url = root_url
        self.accept = accept
        self.params = params
        self.query: Mapping[str, str] = {}
        self.payload = payload
        self._signed = signed
        self._authenticator = authenticator
        self._identity: Identity | None = None

    def identity(self, authenticator: Authenticator | None = None) -> Identity:
        """Return who calls.

        Args:
            authenticator: Who is to say so, if not the one that knows the sandbox's clients.

        Raises:
            ApiError: The signature does not hold.
        """
        if authenticator is not None:
            return authenticator.identify(self._signed)
        if self._identity is None:
            self._identity = self._authenticator.identify(self._signed)
        return self._identity


def require(identity: Identity, expression: Expression) -> None:
    """Check that a caller's scopes are enough.

    Raises:
        ApiError: They are not.
    """
    lacking = scope_algebra.missing(identity.scopes, expression)
    if lacking is not None:
        raise errors.insufficient_scopes(expression, lacking, identity.client_id)


class Api:
    """Everything below ``/api/``.

    Args:
        services: What there is.
        authenticator: Who says who calls.
        root_url: The root URL of the deployment, for what answers say about it.
    """

    def __init__(
        self, services: Iterable[Service], authenticator: Authenticator, root_url: str
    ) -> None:
        self._authenticator = authenticator
        self._root_url = root_url
        self._routes = {
            service.name: (
                service,
                routing.Routes((method.verb, method.route, method) for method in service.methods),
            )
            for service in services
        }

    async def answer(self, request: web.BaseRequest, target: routing.Target) -> Answer:
        """Answer a request.

        Raises:
            ConnectionError: The caller left.
        """
        parts = target.path.split("/", 4)
        if parts[:2] != ["", "api"] or len(parts) < 5 or parts[2] not in self._routes:
            return self._nothing_there()
        service, routes = self._routes[parts[2]]
        if parts[3].lower() != service.version:
            return json_answer({"error": "Not found"}, 404, in_api=False)
        match = routes.match(request.method, f"/{parts[4]}")
        if match.found is not None:
            return await self._answer_method(
                match.found, service.patterns, match.params, request, target
            )
        if match.verbs and request.method == "OPTIONS":
            return allow_answer(match.verbs)
        return json_answer({"error": "Not found"}, 404)

    def _nothing_there(self) -> Answer:
        known = ", ".join(
            f"/api/{name}/{service.version}/" for name, (service, _) in self._routes.items()
        )
        message = f"The sandbox has nothing under this path. It has {known}"
        return json_answer({"error": "Not found", "message": message}, 404, in_api=False)

    async def _answer_method(
        self,
        method: Method,
        patterns: Mapping[str, str],
        raw_params: Mapping[str, str],
        request: web.BaseRequest,
        target: routing.Target,
    ) -> Answer:
        info = RequestInfo(method.name)
        try:
            info.params, problems = routing.decode(raw_params)
            body = await bodies.read(request)
            call = self._call(method, body, request, target, info)
            if not isinstance(method.scopes, Access):
                identity = call.identity()
                if not problems:
                    require(identity, _fill(method.scopes, info.params))
            problems = problems or routing.check_params(info.params, patterns)
            if problems:
                raise errors.invalid_arguments("\n".join(["Invalid URL patterns:", *problems]))
            call.query = routing.check_query(target.parameters(), method.query)
            if method.schema is not None:
                _check_payload(method.schema, body, call.payload, self._root_url)
            return await method.handler(call)
        except ApiError as error:
            return _refuse(error, info)

    def _call(
        self,
        method: Method,
        body: Body,
        request: web.BaseRequest,
        target: routing.Target,
        info: RequestInfo,
    ) -> Call:
        return Call(
            params=info.params,
            payload=_parse(body, method, info),
            signed=_signed(request, target, body, has_bewit="bewit" in target.parameters()),
            authenticator=self._authenticator,
            root_url=self._root_url,
            accept=request.headers.get("Accept", ""),
        )


def _refuse(error: ApiError, info: RequestInfo) -> Answer:
    headers = {"www-authenticate": "hawk"} if error.code == "AuthenticationFailed" else {}
    answer = json_answer(errors.body(error, info), error.status, headers=headers)
    # where a body was not read to its end, there is no telling where the next request begins
    return dataclasses.replace(answer, closes=info.payload is errors.ABSENT)


def _parse(body: Body, method: Method, info: RequestInfo) -> Any:
    """Return the payload with its defaults, and note what errors may show of it."""
    info.payload = _shown(body.text, method)
    payload = body.parse()
    if method.schema is not None:
        payload = method.schema.with_defaults(payload)
    info.payload = _shown(payload, method)
    return payload


def _shown(payload: Any, method: Method) -> Any:
    if not method.hidden:
        return payload
    visible = payload if isinstance(payload, dict) else {}
    return {**visible, **dict.fromkeys(method.hidden, _OMITTED)}


def _check_payload(schema: Schema, body: Body, payload: Any, root_url: str) -> None:
    if not body.is_json:
        raise errors.not_json(body.content_type if body.framed else None)
    problems = schema.problems(payload)
    if problems:
        raise errors.invalid_input(schema.url(root_url), problems)


def _signed(
    request: web.BaseRequest, target: routing.Target, body: Body, *, has_bewit: bool
) -> hawk.Signed:
    return hawk.Signed(
        verb=request.method,
        target=target.raw,
        host=request.headers.get("Host", ""),
        authorization=request.headers.get("Authorization", ""),
        has_bewit=has_bewit,
        content_type=body.content_type or "",
        content=body.text.encode(),
    )


def _fill(expression: Expression, params: Mapping[str, str]) -> Expression:
    return scope_algebra.transform(
        expression, lambda scope: _PARAMETER.sub(lambda match: params[match[1]], scope)
    )
