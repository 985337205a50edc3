"""A small Taskcluster in memory, on loopback, that checks every signature for real.

It is for trying task code without a deployment, and stands in for one in tests. Nothing it holds
outlives its process, and its credentials are printed in the open: no real secret belongs in it.

`server` listens; `api` walks one call through its checks; `authentication` with `hawk` and
`certificates` finds out who calls; `services` holds one module or package for each Taskcluster
service, with a table of its methods; `storage` has the bytes of objects and artifacts, behind
signed URLs; `seeds` says what is there from the start. Nothing here knows how the proxy signs:
signatures are checked with mohawk.
"""

from __future__ import annotations

from tcproxy.sandbox.clients import ROOT_CLIENT, Client
from tcproxy.sandbox.seeds import Seed, load_seed, read_seed
from tcproxy.sandbox.server import Sandbox

__all__ = ["ROOT_CLIENT", "Client", "Sandbox", "Seed", "load_seed", "read_seed"]
