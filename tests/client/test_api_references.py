"""Classes made of an API reference, as a deployment publishes it, in both faces."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
from tcproxy_client.exceptions import TaskclusterFailure

if TYPE_CHECKING:
    from tests.client.faces import Face
    from tests.harness.upstream import Upstream

REFERENCE: dict[str, Any] = {
    "serviceName": "things",
    "description": "The service of things.\n\nMore.",
    "entries": [
        {
            "type": "function",
            "method": "put",
            "route": "/thing/<name>/<part>",
            "args": ["name", "part"],
            "name": "makeThing",
            "title": "Make Thing",
            "stability": "experimental",
            "input": "v1/make.json#",
            "output": "v1/thing.json#",
        },
        {
            "type": "function",
            "method": "get",
            "route": "/things",
            "args": [],
            "query": ["continuationToken", "limit"],
            "name": "things",
        },
        {"type": "other", "name": "ignored"},
    ],
}
EVENTS: dict[str, Any] = {
    "serviceName": "things",
    "apiVersion": "v2",
    "exchangePrefix": "exchange/things/v1/",
    "entries": [
        {
            "type": "topic-exchange",
            "exchange": "thing-made",
            "name": "thingMade",
            "routingKey": [
                {"name": "kind", "constant": "primary", "multipleWords": False},
                {"name": "name", "multipleWords": False},
                {"name": "reserved", "multipleWords": True},
            ],
        }
    ],
}


def make(face: Face, reference: Any) -> Any:
    """Make a class with the function of a face."""
    home = "tcproxy_client.aio.asyncclient" if face.is_async else "tcproxy_client.client"
    return import_module(home).createApiClient("Things", {"reference": reference})


def test_a_service(face: Face, upstream: Upstream) -> None:
    made = make(face, REFERENCE)
    client = made({"rootUrl": upstream.url, "maxRetries": 0})
    assert face.run(client.makeThing, "a/b", 1, {"x": 1}) == {"alive": True}
    request = upstream.only_request()
    assert (request.method, request.target) == ("PUT", b"/api/things/v1/thing/a%2Fb/1")
    assert request.body == b'{"x":1}'
    assert face.listed(client.things.pages(limit=3)) == [{"alive": True}]
    assert upstream.requests[1].target == b"/api/things/v1/things?limit=3"
    assert str(face.failure(client.makeThing, "a", 1)) == "Payload is required"
    assert made.__name__ == "Things"
    assert made.__doc__ == REFERENCE["description"]
    assert "Make Thing" in made.makeThing.__doc__
    assert made.funcinfo["makeThing"]["stability"] == "experimental"
    assert not hasattr(made, "ignored")


def test_events(face: Face) -> None:
    client = make(face, EVENTS)()
    assert client.thingMade(name="n") == {
        "exchange": "exchange/things/v1/thing-made",
        "routingKeyPattern": "primary.n.#",
    }
    assert client.apiVersion == "v2"
    with pytest.raises(TaskclusterFailure):
        client.buildUrl("thingMade")


def test_methods_and_events_in_one_reference(face: Face, upstream: Upstream) -> None:
    made = make(face, REFERENCE | EVENTS | {"entries": [*REFERENCE["entries"], *EVENTS["entries"]]})
    client = made({"rootUrl": upstream.url, "maxRetries": 0})
    assert face.run(client.makeThing, "a", 1, {"x": 1}) == {"alive": True}
    assert upstream.only_request().target == b"/api/things/v2/thing/a/1"
    assert client.thingMade("#")["exchange"] == "exchange/things/v1/thing-made"
    assert client.buildUrl("things").endswith("/api/things/v2/things")
    assert set(made.funcinfo) == {"makeThing", "things"}
    assert (made.__name__, made.classOptions) == (
        "Things",
        {"exchangePrefix": "exchange/things/v1/"},
    )
