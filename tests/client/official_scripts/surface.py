"""Print what the installed official client has: modules, names, classes, methods, parameters.

Runs with the official client alone.
"""
# ruff: noqa: T201 - what it prints is its result

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
import types
from typing import TYPE_CHECKING, Any

import taskcluster

if TYPE_CHECKING:
    from collections.abc import Iterator


def modules() -> Iterator[types.ModuleType]:
    """Give every module that can be imported, but those that are generated."""
    for found in pkgutil.walk_packages(taskcluster.__path__, "taskcluster."):
        if not found.name.startswith("taskcluster.generated"):
            try:
                yield importlib.import_module(found.name)
            except ModuleNotFoundError:  # left over from a service that is gone
                continue
    yield taskcluster


def parameters(value: Any) -> list[str] | None:
    """Give the names of a function's parameters, or None for anything else."""
    return list(inspect.signature(value).parameters) if inspect.isfunction(value) else None


def described(value: Any) -> dict[str, Any]:
    """Describe a name that the official client defines."""
    if not inspect.isclass(value):
        return {"parameters": parameters(value)}
    members = inspect.getmembers(value, inspect.isfunction)
    return {
        "members": {name: parameters(member) for name, member in members if name[0] != "_"},
        "funcinfo": getattr(value, "funcinfo", None),
        "classOptions": getattr(value, "classOptions", None),
        "serviceName": getattr(value, "serviceName", None),
        "apiVersion": getattr(value, "apiVersion", None),
    }


def own(value: Any) -> bool:
    """Tell whether a name is the official client's own, and not one of a dependency."""
    home = getattr(value, "__module__", None)
    from_elsewhere = home is not None and not home.startswith("taskcluster")
    return not isinstance(value, types.ModuleType) and not from_elsewhere


print(
    json.dumps(
        {
            module.__name__: {
                name: described(value)
                for name, value in vars(module).items()
                if not name.startswith("_") and own(value)
            }
            for module in modules()
        }
    )
)
