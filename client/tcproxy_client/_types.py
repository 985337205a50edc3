"""The types that the stubs speak of. Only type checkers need this module."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

# An argument of a route.
Arg = str | int
# Arguments of a route by name.
Params = Mapping[str, Arg]
# What is sent as JSON.
Payload = Mapping[str, Any] | Sequence[Any]
# What may stand in a query; None leaves it out.
QueryValue = str | int | float | datetime | None
Query = Mapping[str, QueryValue]
# What is called with each page.
Handler = Callable[[Any], object]

JsonObject = dict[str, Any]
JsonList = list[Any]

# An exchange and the routing key pattern to listen with.
Binding = dict[str, str]
