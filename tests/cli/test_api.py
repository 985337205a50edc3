"""`api`: what it sends, what it prints, and what it says to a wrong call."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import tcproxy_client

from tests.cli.conftest import SECRET, TASK_ID
from tests.harness.upstream import reply

if TYPE_CHECKING:
    from tests.cli.running import CommandLine
    from tests.conftest import StartDaemon, StartUpstream
    from tests.harness.upstream import Upstream

JSON = [("Content-Type", "application/json")]
EXPIRES = tcproxy_client.fromNowJSON("1 hour")


def test_an_answer_is_json_with_two_spaces_in_a_pipe_and_on_a_terminal(client: CommandLine) -> None:
    done = client("api", "queue", "task", TASK_ID)
    assert done.json["metadata"]["name"] == "build"
    assert done.text == json.dumps(done.json, indent=2) + "\n"
    shown = client.on_terminal("api", "queue", "task", TASK_ID, stdout=True)
    assert (shown.code, shown.err.replace("\r\n", "\n")) == (0, done.text)


@pytest.mark.parametrize("name", ["purgeCache", "PurgeCache", "purgecache", "purge-cache"])
def test_a_service_by_any_of_its_names(
    scripted: CommandLine, upstream: Upstream, name: str
) -> None:
    assert scripted("api", name, "ping").json == {"alive": True}
    assert upstream.only_request().target == b"/api/purge-cache/v1/ping"


@pytest.mark.parametrize("how", ["argument", "file", "dash", "at-dash", "stdin"])
def test_a_payload(client: CommandLine, how: str) -> None:
    name = f"project/cli/ä payload/{how}"
    text = json.dumps({"secret": {"how": how, "ö": [1, None]}, "expires": EXPIRES})
    (client.directory / "payload.json").write_text(text, encoding="utf-8")
    options = {
        "argument": ["-d", text],
        "file": ["--data", "@payload.json"],
        "dash": ["-d", "-"],
        "at-dash": ["-d", "@-"],
    }
    client("api", "secrets", "set", name, *options.get(how, []), stdin=text.encode())
    assert client("api", "secrets", "get", name).json["secret"] == {"how": how, "ö": [1, None]}


@pytest.mark.parametrize("options", [["--limit", "5"], ["-q", "limit=5"], ["--query", "limit=5"]])
def test_a_query(scripted: CommandLine, upstream: Upstream, options: list[str]) -> None:
    assert scripted("api", "secrets", "list", *options).code == 0
    assert upstream.only_request().target == b"/api/secrets/v1/secrets?limit=5"


def test_names_are_encoded(scripted: CommandLine, upstream: Upstream) -> None:
    assert scripted("api", "secrets", "get", "a b/é?").code == 0
    assert upstream.only_request().target == b"/api/secrets/v1/secret/a%20b%2F%C3%A9%3F"


def test_a_name_may_begin_with_a_dash_after_two(scripted: CommandLine, upstream: Upstream) -> None:
    assert scripted("api", "queue", "task", "--", "-abc").code == 0
    assert upstream.only_request().target == b"/api/queue/v1/task/-abc"


@pytest.mark.parametrize("body", [b"", b"a log\nwith lines", bytes(range(256)) * 500])
def test_an_answer_of_another_kind_comes_as_it_is(
    scripted: CommandLine, upstream: Upstream, body: bytes
) -> None:
    upstream.default = reply(200, [("Content-Type", "text/plain")], body)
    done = scripted("api", "queue", "getArtifact", TASK_ID, "0", "public/log")
    assert (done.code, done.out, done.err) == (0, body, "")


def test_no_answer_is_printed_as_nothing(scripted: CommandLine, upstream: Upstream) -> None:
    upstream.default = reply(204)
    assert scripted("api", "queue", "finishArtifact", TASK_ID, "0", "n", "-d", "{}").text == ""


def test_text_in_json(scripted: CommandLine, upstream: Upstream) -> None:
    upstream.default = reply(200, JSON, '{"ä": "é\\n\\u009b31m\\u007f"}'.encode())
    assert scripted("api", "queue", "ping").text == '{\n  "ä": "é\\n\\u009b31m\\u007f"\n}\n'
    upstream.default = reply(200, JSON, b'{"half": "\\ud800"}')
    assert scripted("api", "queue", "ping").json == {"half": "\ud800"}


def test_all_pages_as_one(client: CommandLine, scripted: CommandLine, upstream: Upstream) -> None:
    for number in range(5):
        payload = json.dumps({"secret": {}, "expires": EXPIRES})
        client("api", "secrets", "set", f"project/pages/{number}", "-d", payload)
    page = client("api", "secrets", "list", "--limit", "2").json
    assert (len(page["secrets"]), "continuationToken" in page) == (2, True)
    for option in ("--all", "--paginate"):
        whole = client("api", "secrets", "list", "--limit", "2", option).json
        assert set(whole) == {"secrets"}
        names = [name for name in whole["secrets"] if name.startswith("project/pages/")]
        assert len(set(names)) == len(names) == 5
    upstream.script(reply(200, JSON, b'{"continuationToken": "x", "a": 1, "l": [1], "m": [5]}'))
    upstream.script(reply(200, JSON, b'{"a": 2, "l": [2, 3], "m": []}'))
    merged = scripted("api", "queue", "listTaskGroup", TASK_ID, "--all").json
    assert merged == {"a": 1, "l": [1, 2, 3], "m": [5]}


class TestFiles:
    """`-o`: the file is there whole or not at all."""

    def test_an_answer_in_a_file(self, client: CommandLine) -> None:
        path = client.directory / "task.json"
        path.write_text("old")
        path.chmod(0o640)
        assert client("api", "queue", "task", TASK_ID, "-o", "task.json").text == ""
        assert json.loads(path.read_text())["metadata"]["name"] == "build"
        assert path.stat().st_mode & 0o777 == 0o640
        assert client("api", "queue", "ping", "--output", "-").json["alive"] is True
        assert client("api", "queue", "ping", "-o", "/dev/stdout").json["alive"] is True

    def test_a_failure_leaves_the_file_as_it_was(self, client: CommandLine) -> None:
        path = client.directory / "task.json"
        path.write_text("old")
        absent = TASK_ID[::-1][1:] + "A"
        assert client("api", "queue", "task", absent, "-o", "task.json").code == 1
        assert path.read_text() == "old"
        assert list(client.directory.iterdir()) == [path]

    def test_a_file_that_cannot_be_written(self, client: CommandLine) -> None:
        done = client("api", "queue", "ping", "-o", "no/such/directory")
        directory = client.directory / "no" / "such"
        assert done.error(2) == f"{directory}: there is no such directory"
        assert list(client.directory.iterdir()) == []

    def test_a_file_that_cannot_be_written_is_told_before_anything_is_sent(
        self, scripted: CommandLine, upstream: Upstream
    ) -> None:
        scripted("api", "queue", "createTask", TASK_ID, "-d", "{}", "-o", "no/such").error(2)
        assert upstream.requests == []

    def test_a_link_is_followed(self, client: CommandLine) -> None:
        (client.directory / "link").symlink_to("real")
        assert client("api", "queue", "ping", "-o", "link").code == 0
        assert (client.directory / "link").is_symlink()
        assert json.loads((client.directory / "real").read_text())["alive"] is True


def error(code: str, message: str) -> bytes:
    """A deployment's error."""
    return json.dumps({"code": code, "message": f"{message}\n\n---\n\n* method: x"}).encode()


class TestRefusals:
    """Exit codes and lines for what the deployment or the proxy refuses."""

    def test_what_is_not_there(self, client: CommandLine) -> None:
        line = client("api", "secrets", "get", "no/such").error(1)
        assert line == "ResourceNotFound (404): Secret not found"

    def test_missing_scopes(self, start_daemon: StartDaemon, client: CommandLine) -> None:
        daemon = start_daemon("--sandbox", "secrets:get:mine/*")
        done = client("api", "secrets", "get", "other", "--root-url", daemon.url)
        assert done.error(1) == (
            "InsufficientScopes (403): the client sandbox/root lacks secrets:get:other"
        )
        done = client("api", "queue", "claimWork", "a/b", "-d", CLAIM, "--root-url", daemon.url)
        assert done.error(1).endswith("lacks queue:claim-work:a/b and queue:worker-id:g/w")

    def test_an_expression_of_scopes(self, scripted: CommandLine, upstream: Upstream) -> None:
        expression = {"AllOf": ["a", {"AnyOf": ["b", "c", {"AllOf": ["d", "e"]}]}]}
        upstream.default = reply(403, JSON, insufficient(json.dumps(expression, indent=2)))
        line = scripted("api", "queue", "ping").error(1)
        assert line.endswith("a request without credentials lacks a and (b or c or (d and e))")
        upstream.default = reply(403, JSON, insufficient("queue:x"))
        assert scripted("api", "queue", "ping").error(1).endswith(" lacks queue:x")

    @pytest.mark.parametrize(
        ("status", "body", "line"),
        [
            (401, error("AuthenticationFailed", "Bad mac"), "AuthenticationFailed (401): Bad mac"),
            (400, error("Odd", "at /x?bewit=abc&y"), "Odd (400): at /x?bewit=***&y"),
            (403, b"<b>\x1b[31m\nno", r"status (403): Unknown Server Error 403 <b>\x1b[31m no"),
            (404, b"", "status (404): Unknown Server Error 404"),
        ],
    )
    def test_any_error_is_a_line(
        self, scripted: CommandLine, upstream: Upstream, status: int, body: bytes, line: str
    ) -> None:
        upstream.default = reply(status, JSON, body)
        assert scripted("api", "queue", "ping").error(1) == line

    def test_no_proxy(self, start_upstream: StartUpstream, client: CommandLine) -> None:
        upstream = start_upstream()
        upstream.stop_listening()
        done = client("api", "queue", "ping", "--proxy", upstream.url, "--retries", "0")
        assert done.error(3) == (
            f"connection refused, asking {upstream.url}; is the proxy there? "
            "TASKCLUSTER_PROXY_URL or --root-url names another"
        )

    def test_no_deployment(
        self, start_upstream: StartUpstream, start_daemon: StartDaemon, client: CommandLine
    ) -> None:
        upstream = start_upstream()
        upstream.stop_listening()
        daemon = start_daemon("--retries", "0", root_url=upstream.url)
        done = client("--root-url", daemon.url, "api", "queue", "ping")
        assert done.error(3).startswith("UpstreamUnreachable (502): ")


CLAIM = '{"workerGroup": "g", "workerId": "w"}'


def insufficient(expression: str) -> bytes:
    """A deployment's answer to a request without credentials."""
    message = (
        "This request requires Taskcluster credentials that satisfy the following scope "
        f"expression:\n\n```\n{expression}\n```"
    )
    return error("InsufficientScopes", message)


WRONG = {
    "api qeue ping": "there is no service 'qeue'; did you mean 'queue'?",
    "api queue taskz": "there is no method of queue 'taskz'; did you mean 'task",
    "api queue xyzzy": "there is no method of queue 'xyzzy'.",
    "api queue task": "Missing argument '<taskId>'.",
    "api queue task a b": "Got unexpected extra argument (b).",
    "api queue task a --limit 5": "there is no option '--limit'",
    "api secrets list --limt 5": "there is no option '--limt'; did you mean '--limit'?",
    "api secrets list -q limit": "Invalid value for '-q' / '--query': 'limit' is not of the form",
    "api secrets list -q limt=5": "list knows no query 'limt'; did you mean 'limit'?",
    "api secrets list -q limit=5 --limit 6": "the query key 'limit' is given twice",
    "api secrets get x -q limit=5": "get takes no query, so not 'limit'",
    "api secrets get x --all": "get does not answer in pages: leave --all out",
    "api secrets get x -d {}": "get takes no payload: leave -d out",
    "api secrets set x": "the payload, from stdin, is empty; give JSON with",
    "api secrets set x -d {": "the payload, from --data, is not JSON: Expecting property name",
    "api secrets set x -d NaN": "the payload, from --data, is not JSON: NaN is no JSON",
    "api secrets set x -d null": "Payload is required",
    "api secrets set x -d @": "-d @ names no file; give JSON with",
    "api secrets set x -d @absent": "absent: No such file or directory",
    "--root-url tc.example.com api queue ping": "--root-url 'tc.example.com' cannot be used",
    "--retries -1 api queue ping": "Invalid value for '--retries'",
    "apo queue ping": "there is no command 'apo'; did you mean 'api'?",
}


@pytest.mark.parametrize("line", WRONG)
def test_a_wrong_call_is_one_line_and_asks_nothing(
    scripted: CommandLine, upstream: Upstream, line: str
) -> None:
    assert scripted(*line.split()).error(2).startswith(WRONG[line])
    assert upstream.requests == []


def test_a_wrong_address_in_the_environment(client: CommandLine) -> None:
    done = client("api", "queue", "ping", TASKCLUSTER_PROXY_URL="tc.example.com")
    assert done.error(2).startswith("TASKCLUSTER_PROXY_URL 'tc.example.com' cannot be used")


def test_an_argument_that_is_no_text(scripted: CommandLine, upstream: Upstream) -> None:
    assert "is not UTF-8" in scripted("api", "secrets", "get", b"a\xff").error(2)
    assert "is not JSON" in scripted("api", "secrets", "set", "a", "-d", b'"\xff"').error(2)
    assert upstream.requests == []


def test_verbose_tells_of_requests_and_retries_but_shows_no_secret(
    scripted: CommandLine, upstream: Upstream
) -> None:
    upstream.script(reply(500))
    payload = json.dumps({"secret": {"key": "hush"}, "expires": EXPIRES})
    done = scripted("api", "secrets", "set", "x", "-d", payload, "-v", "-v")
    assert (done.code, json.loads(done.out)) == (0, {"alive": True})
    assert done.err.count("PUT ") == 3
    assert done.err.count("Retrying in") == 1
    assert "hush" not in done.err


def test_the_seed_is_what_is_asked_for(client: CommandLine) -> None:
    secret = client("api", "secrets", "get", "project/demo/deploy").json["secret"]
    assert secret == SECRET
