"""Calls of the official client through a proxy, run by each version's own interpreter.

Usage: official_client_calls.py sync|async TESTER_URL ROOT_URL, the URLs of a proxy that signs as
the client that testAuthenticate knows, and of one whose client may do everything. Prints what the
calls return, as JSON.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import functools
import inspect
import json
import sys
from typing import Any

import taskcluster
import taskcluster.aio

FOLDER = "project/tcproxy/"
NAMES = [f"{FOLDER}a b%2F+é~{number}" for number in range(5)]


async def outcome(call: Any) -> Any:
    """Return what a call of either face returns, or the name and status of its error."""
    try:
        result = call()
        return await result if inspect.isawaitable(result) else result
    except taskcluster.exceptions.TaskclusterRestFailure as error:
        return [type(error).__name__, error.status_code, error.body.get("code")]


def payload(name: str) -> dict[str, Any]:
    """Return a secret that tells its name."""
    expires = taskcluster.fromNow("1 hour", dt.datetime.now(dt.UTC))
    return {"secret": {"name": name}, "expires": taskcluster.stringDate(expires)}


async def authenticate(face: Any, options: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """Call what the auth service offers for tests of authentication."""
    auth = face.Auth(options, **more)
    # credentials of the caller's own are replaced by the proxy's
    other = {"clientId": "nobody", "accessToken": "wrong"}
    signing = face.Auth({**options, "credentials": other}, **more)
    wanted = {"clientScopes": ["test:*"], "requiredScopes": ["test:a"]}
    too_much = {"clientScopes": ["test:*"], "requiredScopes": ["other:a"]}
    return {
        "ping": await outcome(auth.ping),
        "testAuthenticate": await outcome(lambda: auth.testAuthenticate(wanted)),
        "testAuthenticate signed": await outcome(lambda: signing.testAuthenticate(wanted)),
        "testAuthenticate refused": await outcome(lambda: auth.testAuthenticate(too_much)),
        "testAuthenticateGet": await outcome(auth.testAuthenticateGet),
    }


async def keep_secrets(face: Any, options: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """Call everything of the secrets service, and ask for the scopes it is done with."""
    secrets = face.Secrets(options, **more)
    pages: list[Any] = []

    async def each(method: Any, *rest: Any) -> list[Any]:
        return [await outcome(functools.partial(method, name, *rest)) for name in NAMES]

    results: dict[str, Any] = {
        "currentScopes": await outcome(face.Auth(options, **more).currentScopes),
        "set": [
            await outcome(functools.partial(secrets.set, name, payload(name))) for name in NAMES
        ],
        "get": [answer["secret"] for answer in await each(secrets.get)],
        "get of none": await outcome(lambda: secrets.get(f"{FOLDER}none")),
    }
    query = {"limit": "2"}
    await outcome(lambda: secrets.list(query=query, paginationHandler=pages.append))
    results["pages"] = len(pages)
    listed = [name for page in pages for name in page["secrets"]]
    results["list"] = sorted(name for name in listed if name.startswith(FOLDER))
    results["remove"] = await each(secrets.remove)
    results["get of removed"] = await outcome(lambda: secrets.get(NAMES[0]))
    return results


async def main() -> None:
    """Use the face that is asked for."""
    kind, tester_url, root_url = sys.argv[1:]
    face, session = taskcluster, None
    if kind == "async":
        face, session = taskcluster.aio, taskcluster.aio.createSession()
    more = {"session": session} if session else {}
    options = {"maxRetries": 0}
    try:
        results = {
            **await authenticate(face, {**options, "rootUrl": tester_url}, more),
            **await keep_secrets(face, {**options, "rootUrl": root_url}, more),
        }
    finally:
        if session:
            await session.close()
    json.dump(results, sys.stdout)


if __name__ == "__main__":
    asyncio.run(main())
