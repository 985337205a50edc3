"""`slugid`, `from-now`, `signed-url` and `status`."""

from __future__ import annotations

import datetime as dt
import json
import re
import urllib.error
import urllib.request
import uuid
from typing import TYPE_CHECKING

import pytest
import slugid
import tcproxy_client
from tcproxy_client._brain import bewit_expiry

from tcproxy.sandbox.clients import ROOT_CLIENT
from tests.cli.conftest import TASK_ID
from tests.harness.daemon import CLIENT_ID
from tests.harness.upstream import reply

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.running import CommandLine
    from tests.conftest import StartDaemon
    from tests.harness.daemon import Daemon
    from tests.harness.upstream import Upstream

SLUG = re.compile(r"[A-Za-z0-9_-]{8}[Q-T][A-Za-z0-9_-][CGKOSWaeimquy26-][A-Za-z0-9_-]{10}[AQgw]\n")


class TestSlugs:
    """`slugid` and its commands."""

    @pytest.mark.parametrize("args", [[], ["nice"], ["v4"], ["generate"], ["generate", "--nice"]])
    def test_a_new_slug(self, client: CommandLine, args: list[str]) -> None:
        made = [client("slugid", *args).text for _ in range(3)]
        assert all(SLUG.fullmatch(each) for each in made)
        assert len(set(made)) == 3
        if args in ([], ["nice"], ["generate", "--nice"]):
            assert all(each[0] in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef" for each in made)

    def test_there_and_back(self, client: CommandLine) -> None:
        found = client("slugid", "decode", TASK_ID).text
        assert found == f"{slugid.decode(TASK_ID)}\n"
        assert client("slugid", "encode", found.strip()).text == f"{TASK_ID}\n"
        dashed = slugid.encode(uuid.UUID("fbffffff-ffff-4fff-bfff-ffffffffffff"))
        assert dashed.startswith("-")
        assert client("slugid", "decode", dashed).text.startswith("fbffffff")

    @pytest.mark.parametrize("wrong", ["", TASK_ID + "A", "ä" * 22])
    def test_what_is_none(self, client: CommandLine, wrong: str) -> None:
        assert "is no slug" in client("slugid", "decode", wrong).error(2)
        assert "is no UUID" in client("slugid", "encode", wrong).error(2)


class TestFromNow:
    """`from-now`: the words may be quoted or not."""

    @pytest.mark.parametrize(
        ("words", "seconds"),
        [
            (["1 day 2 hours"], 93600),
            (["1", "day"], 86400),
            (["30min"], 1800),
            (["-1 week"], -604800),
        ],
    )
    def test_a_time(self, client: CommandLine, words: list[str], seconds: int) -> None:
        before = dt.datetime.now(dt.UTC)
        found = client("from-now", *words).text
        after = dt.datetime.now(dt.UTC)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z\n", found)
        base = dt.datetime.fromisoformat(found.strip()) - dt.timedelta(seconds=seconds)
        assert before <= base <= after

    @pytest.mark.parametrize("words", ["soon", "1 dya", "1 hour 1 day"])
    def test_what_is_none(self, client: CommandLine, words: str) -> None:
        assert "is no offset; write it as" in client("from-now", words).error(2)

    @pytest.mark.parametrize("words", ["9999 years", "-9999 years", "9" * 20 + " years"])
    def test_too_far_away(self, client: CommandLine, words: str) -> None:
        assert "is too far away: times are of the years" in client("from-now", words).error(2)
        line = client("signed-url", "queue", "task", TASK_ID, "-e", words).error(2)
        assert "is too far away" in line


def fetch(url: str) -> int:
    """The status of a plain GET."""
    try:
        with urllib.request.urlopen(url) as answer:  # noqa: S310 - a test's own server
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


class TestSignedUrls:
    """`signed-url`."""

    def test_it_works_for_anyone(self, client: CommandLine) -> None:
        url = client("signed-url", "secrets", "get", "project/demo/deploy").text.strip()
        assert fetch(url) == 200
        assert fetch(url.partition("?")[0]) in (401, 403)

    @pytest.mark.parametrize(
        ("options", "seconds"),
        [([], 900), (["-e", "60"], 60), (["--expires", "2 hours"], 7200), (["-e", "1h30m"], 5400)],
    )
    def test_for_how_long(self, client: CommandLine, options: list[str], seconds: int) -> None:
        before = int(dt.datetime.now(dt.UTC).timestamp())
        url = client("signed-url", "queue", "task", TASK_ID, *options).text.strip()
        after = int(dt.datetime.now(dt.UTC).timestamp())
        assert before + seconds <= (bewit_expiry(url) or 0) <= after + seconds + 1

    @pytest.mark.parametrize("wrong", ["0", "-5 min", "soon", ""])
    def test_a_wrong_span(self, client: CommandLine, wrong: str) -> None:
        done = client("signed-url", "queue", "task", TASK_ID, "--expires", wrong)
        assert done.error(2).startswith("Invalid value for '-e' / '--expires': ")

    def test_only_for_get(self, client: CommandLine) -> None:
        line = client("signed-url", "queue", "createTask", TASK_ID).error(2)
        assert line.startswith("signed URLs work for GET only, and createTask is PUT")

    def test_without_a_proxy(self, scripted: CommandLine, upstream: Upstream) -> None:
        upstream.script(reply(200), reply(404))
        line = scripted("signed-url", "queue", "ping").error(1)
        assert line.startswith(f"{upstream.url} signs no URLs: it is no proxy")


class TestStatus:
    """`status`: who am I?"""

    def test_permanent_credentials(self, client: CommandLine, sandbox: Daemon) -> None:
        endpoint = sandbox.request("GET", "/auth/v1/ping").header("X-Taskcluster-Endpoint") or ""
        assert client("status").json == {
            "clientId": "sandbox/root",
            "temporary": False,
            "expires": None,
            "scopes": ["*"],
            "authorizedScopes": None,
            "deployment": endpoint.partition("/api/")[0],
            "proxy": sandbox.url,
            "proxyVersion": tcproxy_client.__version__,
        }

    def test_temporary_and_restricted_credentials(
        self, start_daemon: StartDaemon, client: CommandLine, tmp_path: Path
    ) -> None:
        root = client("status").json["deployment"]
        token = ROOT_CLIENT.access_token
        now = dt.datetime.now(dt.UTC).replace(microsecond=0)
        until = now + dt.timedelta(hours=3)
        made = tcproxy_client.createTemporaryCredentials(
            "sandbox/root", token, now, until, ["secrets:*", "auth:current-scopes"], "team/reader"
        )
        path = tmp_path / "proxy.sock"
        daemon = start_daemon(
            *("--socket", str(path), "secrets:get:a", "auth:current-scopes"),
            root_url=root,
            client_id=made["clientId"],
            access_token=made["accessToken"].decode(),
            certificate=made["certificate"],
        )
        report = client("status", "--proxy", f"unix://{path}").json
        assert "secrets:get:a" in report.pop("scopes")  # beside those that anyone has
        assert report == {
            "clientId": "team/reader",
            "temporary": True,
            "expires": until.isoformat().replace("+00:00", "Z"),
            "authorizedScopes": ["secrets:get:a", "auth:current-scopes"],
            "deployment": root,
            "proxy": f"unix://{path}",
            "proxyVersion": tcproxy_client.__version__,
        }
        assert made["accessToken"].decode() not in "".join(daemon.stderr_lines)

    def test_refused_credentials(self, start_daemon: StartDaemon, client: CommandLine) -> None:
        root = client("status").json["deployment"]
        daemon = start_daemon(root_url=root, access_token="wrong")
        done = client("status", "--proxy", daemon.url)
        assert done.code == 1
        report = json.loads(done.out)
        assert (report["clientId"], report["scopes"], report["deployment"]) == (
            CLIENT_ID,
            None,
            root,
        )
        assert done.err.startswith("tcproxy-client: AuthenticationFailed (401): ")

    def test_no_proxy_at_all(self, scripted: CommandLine, upstream: Upstream) -> None:
        upstream.default = reply(200, [("Content-Type", "application/json")], b'{"scopes": []}')
        report = scripted("status").json
        assert report["scopes"] == []
        assert {report[name] for name in ("clientId", "deployment", "proxyVersion")} == {None}

    def test_a_table_on_a_terminal(self, client: CommandLine, sandbox: Daemon) -> None:
        shown = client.on_terminal("status", stdout=True)
        assert shown.code == 0
        assert re.search(r"^client +sandbox/root \(permanent\)\r$", shown.err, re.MULTILINE)
        assert re.search(rf"^proxy +{re.escape(sandbox.url)} ", shown.err, re.MULTILINE)
        as_json = client.on_terminal("status", "--json", stdout=True)
        assert json.loads(as_json.err)["clientId"] == "sandbox/root"
