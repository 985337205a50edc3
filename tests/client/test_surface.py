"""The public names: all that the official client has in either version, bar what is listed."""

from __future__ import annotations

import inspect
from functools import lru_cache
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest
import tcproxy_client
from tcproxy_client import aio

from tests.client import official
from tests.harness.daemon import ROOT

VERSIONS = ("44.2.2", "113.2.0")

# Left over there, and of no use; docs/client.md lists them.
LEFT_OUT = {"encryptEnvVar", "decryptMessage"}
# The sync functions there are the async ones on an event loop; here there is no loop to run.
NO_LOOP = {"ensureCoro", "runAsync"}


@lru_cache
def surface(version: str) -> dict[str, Any]:
    """What a version of the official client has."""
    found: dict[str, Any] = official.run(version, "surface.py")
    for module in ("taskcluster.upload", "taskcluster.download"):
        found[module] = {
            name: described for name, described in found[module].items() if name not in NO_LOOP
        }
    return found


def ours(module: str) -> ModuleType:
    """The module of ours that stands for one of theirs."""
    return import_module(module.replace("taskcluster", "tcproxy_client", 1))


@pytest.mark.parametrize("version", VERSIONS)
def test_every_name_of_the_official_client_is_there(version: str) -> None:
    missing = [
        f"{module}.{name}"
        for module, names in surface(version).items()
        for name in names
        if name not in LEFT_OUT and not hasattr(ours(module), name)
    ]
    assert missing == []
    for module in ("taskcluster", "taskcluster.aio", "taskcluster.client", "taskcluster.utils"):
        assert ours(module).log.name.startswith("tcproxy_client")
    assert tcproxy_client.r is ours("taskcluster.utils").r
    assert ours("taskcluster.helper").logger.name == "tcproxy_client.helper"
    for module in ("queue", "aio.queue", "aio.asyncclient", "workermanagerevents"):
        assert vars(ours(f"taskcluster.{module}"))["_defaultConfig"] is tcproxy_client.client.config


def test_what_is_left_out_is_documented() -> None:
    docs = (ROOT / "docs" / "client.md").read_text(encoding="utf-8")
    assert all(name in docs for name in LEFT_OUT | NO_LOOP)
    for name in ("login", "ec2manager", "awsprovisioner", "generated"):
        assert name in docs
        with pytest.raises(ModuleNotFoundError):
            ours(f"taskcluster.{name}")


@pytest.mark.parametrize("version", VERSIONS)
def test_functions_and_methods_take_the_same_parameters(version: str) -> None:
    for module, names in surface(version).items():
        for name, described in names.items():
            if name in LEFT_OUT:
                continue
            value = getattr(ours(module), name)
            if described.get("parameters") is not None:
                assert parameters(value)[: len(described["parameters"])] == described["parameters"]
            for member, expected in (described.get("members") or {}).items():
                assert hasattr(value, member), f"{module}.{name}.{member}"
                if name in ("TaskclusterConfig", "BaseClient"):
                    assert parameters(getattr(value, member)) == expected


def parameters(function: Any) -> list[str]:
    """The names of a function's parameters."""
    return list(inspect.signature(function).parameters)


def classes(version: str, face: ModuleType) -> dict[str, Any]:
    """The service and events classes of a version that a face of ours must have."""
    module = "taskcluster.aio" if face is aio else "taskcluster"
    names = surface(version)[module]
    return {name: names[name] for name in names if names[name].get("serviceName")}


@pytest.mark.parametrize("face", [tcproxy_client, aio])
def test_the_tables_are_the_union_of_both_versions_the_newer_first(face: ModuleType) -> None:
    old, new = (classes(version, face) for version in VERSIONS)
    count = 0
    for name in old | new:
        entries = {
            **old.get(name, {"funcinfo": {}})["funcinfo"],
            **new.get(name, {"funcinfo": {}})["funcinfo"],
        }
        mine = getattr(face, name)
        count += len(entries)
        assert mine.funcinfo.keys() == entries.keys(), name
        for method, entry in entries.items():
            have = dict(mine.funcinfo[method])
            for key in ("input", "output"):
                assert (key in have) == (key in entry), (name, method)
                have.pop(key, None)
                entry.pop(key, None)
            entry["query"] = entry.get("query") or None
            assert {"query": None} | have == entry, (name, method)
        for key in ("classOptions", "serviceName", "apiVersion"):
            assert getattr(mine, key) == (new.get(name) or old[name])[key]
    assert count == 196
    assert sum(bool(each["funcinfo"]) for each in new.values()) == 11


def test_no_name_of_the_api_hides_one_of_the_client() -> None:
    for face in (tcproxy_client, aio):
        for name in classes("113.2.0", face):
            made = getattr(face, name)
            base = made.__mro__[1]
            assert not set(made.funcinfo) & set(dir(base)), name
            for method in made.funcinfo:
                endpoint = getattr(made, method).endpoint
                words = [*endpoint.args, *endpoint.query, "params", "payload", "query"]
                words += ["paginationHandler", "paginationLimit", "expiration", "self", "client"]
                assert len(words) == len(set(words)), (name, method)


def test_star_import_gives_the_public_names() -> None:
    names: dict[str, Any] = {}
    exec("from tcproxy_client import *", names)  # noqa: S102 - how users write it
    assert set(tcproxy_client.__all__) <= set(names)
    assert set(tcproxy_client.__all__) <= set(dir(tcproxy_client))
    with pytest.raises(AttributeError, match="has no attribute 'Login'"):
        _ = tcproxy_client.Login  # type: ignore[attr-defined]


def test_the_version_is_that_of_the_distribution() -> None:
    text = (ROOT / "client" / "pyproject.toml").read_text(encoding="utf-8")
    assert f'\nversion = "{tcproxy_client.__version__}"\n' in text


def test_methods_can_be_read_about() -> None:
    method = tcproxy_client.Queue.createTask
    assert str(inspect.signature(method)).startswith("(self, taskId, payload, *, ")
    bound = tcproxy_client.Queue().createTask
    assert str(inspect.signature(bound)).startswith("(taskId, payload, *, ")
    for each in (method, bound):
        assert each.__name__ == "createTask"
        assert each.__qualname__ == "Queue.createTask"
        assert "Create a task." in (each.__doc__ or "")
        assert "PUT /api/queue/v1/task/<taskId> (stable)" in (each.__doc__ or "")
        assert "PUT /task/<taskId>" in repr(each)
    assert inspect.iscoroutinefunction(aio.Queue().createTask)
    assert not inspect.iscoroutinefunction(bound)
    assert "Create a task." in inspect.getdoc(aio.Queue.createTask)  # type: ignore[operator]
    assert tcproxy_client.Queue.__doc__ == tcproxy_client.queue.__doc__.partition("\n")[0]


def test_an_unbound_method_takes_its_client_first() -> None:
    client = tcproxy_client.Queue({"rootUrl": "http://127.0.0.1:1", "maxRetries": 0})
    with pytest.raises(tcproxy_client.TaskclusterConnectionError):
        tcproxy_client.Queue.ping(client)
