"""The official client signs for itself, against the sandbox directly."""

from __future__ import annotations

import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest
import taskcluster
import taskcluster.aio
import taskcluster.exceptions

from tests.sandbox.running import EVERYBODY, ONE, ROOT, Running

if TYPE_CHECKING:
    from tests.sandbox.signing import Signer

TESTER = {"clientId": "tester", "accessToken": "no-secret"}


def permanent(signer: Signer) -> dict[str, str]:
    return {"clientId": signer.client_id, "accessToken": signer.access_token}


def lent(signer: Signer, scopes: list[str], name: str | None = None) -> dict[str, str]:
    made: dict[str, str] = taskcluster.createTemporaryCredentials(
        signer.client_id,
        signer.access_token,
        taskcluster.fromNow("-1 minute"),
        taskcluster.fromNow("1 hour"),
        scopes,
        name=name,
    )
    return made


def options(sandbox: Running, credentials: dict[str, str] | None, **more: Any) -> dict[str, Any]:
    chosen = {} if credentials is None else {"credentials": credentials}
    return {"rootUrl": sandbox.url, "maxRetries": 0, **chosen, **more}


def secret(value: Any) -> dict[str, Any]:
    return {"secret": value, "expires": taskcluster.fromNow("1 day")}


def test_sync(sandbox: Running) -> None:
    auth = taskcluster.Auth(options(sandbox, permanent(ROOT)))
    assert auth.ping()["alive"] is True
    assert auth.currentScopes() == {"scopes": ["*"]}
    assert auth.expandScopes({"scopes": ["assume:anonymous"]}) == {"scopes": EVERYBODY}
    secrets = taskcluster.Secrets(options(sandbox, permanent(ROOT)))
    for name in ("sync/é a", "sync/b", "sync/c"):
        assert secrets.set(name, secret({"name": name})) == {}
    assert secrets.get("sync/é a")["secret"] == {"name": "sync/é a"}
    pages: list[list[str]] = []
    secrets.list(query={"limit": 2}, paginationHandler=lambda page: pages.append(page["secrets"]))
    assert all(len(page) == 2 for page in pages[:-1])
    assert {"sync/é a", "sync/b", "sync/c", "demo"} <= {name for page in pages for name in page}
    assert secrets.remove("sync/b") == {}
    with pytest.raises(taskcluster.exceptions.TaskclusterRestFailure, match="Secret not found"):
        secrets.get("sync/b")


async def test_async(sandbox: Running) -> None:
    async with taskcluster.aio.Auth(options(sandbox, permanent(ROOT))) as auth:
        assert await auth.currentScopes() == {"scopes": ["*"]}
        assert await auth.expandScopes({"scopes": ["x", "x*"]}) == {"scopes": ["x*"]}
    async with taskcluster.aio.Secrets(options(sandbox, permanent(ROOT))) as secrets:
        assert await secrets.set("async/a", secret({"x": 1})) == {}
        assert (await secrets.get("async/a"))["secret"] == {"x": 1}
        assert "async/a" in (await secrets.list())["secrets"]
        assert await secrets.remove("async/a") == {}


def test_the_tester_sync(sandbox: Running) -> None:
    body = {"clientScopes": ["test:*"], "requiredScopes": ["test:a"]}
    auth = taskcluster.Auth(options(sandbox, TESTER))
    assert auth.testAuthenticate(body) == {
        "clientId": "tester",
        "scopes": ["assume:anonymous", "test:*"],
    }
    assert auth.testAuthenticateGet()["clientId"] == "tester"
    limited = taskcluster.Auth(options(sandbox, TESTER, authorizedScopes=["test:a"]))
    assert limited.testAuthenticate(body)["scopes"] == ["assume:anonymous", "test:a"]
    with pytest.raises(taskcluster.exceptions.TaskclusterRestFailure) as failure:
        limited.testAuthenticateGet()
    assert failure.value.status_code == 403
    wrong = taskcluster.Auth(options(sandbox, {**TESTER, "accessToken": "wrong"}))
    with pytest.raises(taskcluster.exceptions.TaskclusterAuthFailure, match="Bad mac"):
        wrong.testAuthenticate(body)


async def test_the_tester_async(sandbox: Running) -> None:
    async with taskcluster.aio.Auth(options(sandbox, TESTER)) as auth:
        assert (await auth.testAuthenticateGet())["clientId"] == "tester"
        with pytest.raises(taskcluster.exceptions.TaskclusterRestFailure, match="test:b"):
            await auth.testAuthenticate({"clientScopes": ["test:a"], "requiredScopes": ["test:b"]})


@pytest.mark.parametrize("name", [None, "team/one/short-lived"])
async def test_temporary_credentials(sandbox: Running, name: str | None) -> None:
    credentials = lent(ONE, ["secrets:get:one", "a:b"], name)
    expected = {"scopes": sorted([*EVERYBODY, "a:b", "secrets:get:one"])}
    assert taskcluster.Auth(options(sandbox, credentials)).currentScopes() == expected
    async with taskcluster.aio.Auth(options(sandbox, credentials)) as auth:
        assert await auth.currentScopes() == expected
    limited = taskcluster.Auth(options(sandbox, credentials, authorizedScopes=["a:b"]))
    assert limited.currentScopes() == {"scopes": sorted([*EVERYBODY, "a:b"])}


def test_temporary_credentials_beyond_their_issuer(sandbox: Running) -> None:
    for credentials, problem in [
        (lent(ONE, ["z"]), "doesn't satisfy all certificate scopes z"),
        (lent(ONE, ["a:b"], "other/name"), "doesn't have `auth:create-client:other/name`"),
        ({**lent(ONE, ["a:b"]), "certificate": lent(ONE, ["a:*"])["certificate"]}, "Bad mac"),
    ]:
        auth = taskcluster.Auth(options(sandbox, credentials))
        with pytest.raises(taskcluster.exceptions.TaskclusterAuthFailure, match=problem):
            auth.currentScopes()


def test_temporary_credentials_of_the_tester(sandbox: Running) -> None:
    issuer = type(ROOT)("tester", "no-secret")
    auth = taskcluster.Auth(options(sandbox, lent(issuer, ["test:*"], "test:named")))
    assert auth.testAuthenticateGet() == {
        "clientId": "test:named",
        "scopes": ["assume:anonymous", "test:*"],
    }


@pytest.mark.parametrize("name", [None, "team/one/url"])
def test_signed_urls(sandbox: Running, name: str | None) -> None:
    root = taskcluster.Secrets(options(sandbox, permanent(ROOT)))
    root.set("one", secret({"x": 1}))
    for credentials in (permanent(ONE), lent(ONE, ["secrets:get:one"], name)):
        secrets = taskcluster.Secrets(options(sandbox, credentials))
        url = secrets.buildSignedUrl("get", "one")
        with urllib.request.urlopen(url, timeout=20) as response:  # noqa: S310 - the sandbox's own
            assert response.status == 200
        for bad in (
            secrets.buildSignedUrl("get", "one", expiration=-1),
            url.replace("/one?", "/demo?"),
        ):
            with pytest.raises(urllib.error.HTTPError) as failure:
                urllib.request.urlopen(bad, timeout=20)  # noqa: S310 - the sandbox's own
            assert failure.value.code == 401
            failure.value.close()


def test_without_credentials(sandbox: Running) -> None:
    auth = taskcluster.Auth(options(sandbox, None))
    assert auth.currentScopes() == {"scopes": EVERYBODY}
    with pytest.raises(taskcluster.exceptions.TaskclusterRestFailure, match="secrets:get:demo"):
        taskcluster.Secrets(options(sandbox, None)).get("demo")
