"""`/__status__`: what people see of the proxy, as a page, as JSON and as a stream of events."""

from __future__ import annotations

import base64
import datetime as dt
import gzip
import hashlib
import json
import re
import socket
import sys
import threading
import time
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any, Self

import pytest

import tcproxy
from tests.harness import hawk
from tests.harness.caller import BrokenResponseError, Caller
from tests.harness.daemon import ACCESS_TOKEN, CLIENT_ID, Daemon, wait_until
from tests.harness.scrape import parse
from tests.harness.upstream import OK, Exchange, reply
from tests.security import activate

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conftest import StartDaemon, StartUpstream
    from tests.harness.upstream import Upstream

JSON = [("Accept", "application/json")]
HOSTILE = "/queue/v1/<script>document.title='owned'</script><img%20src=x%20onerror=alert(1)>&lt;"
MISSING = """\
Client ID tester does not have sufficient scopes and is missing the following scopes:

```
{}
```

This request requires the client to satisfy the following scope expression:

```
queue:whole
```
"""


def denied_body(scopes: object) -> bytes:
    text = scopes if isinstance(scopes, str) else json.dumps(scopes, indent=2)
    error = {"code": "InsufficientScopes", "message": MISSING.format(text), "requestInfo": {}}
    return json.dumps(error).encode()


def denied(scopes: object) -> Callable[[Exchange], None]:
    return reply(403, [("Content-Type", "application/json")], denied_body(scopes))


def status(daemon: Daemon) -> dict[str, Any]:
    facts = daemon.request("GET", "/__status__", JSON).json()
    assert isinstance(facts, dict)
    return facts


def last_request(daemon: Daemon) -> dict[str, Any]:
    request = status(daemon)["requests"][-1]
    assert isinstance(request, dict)
    return request


@pytest.fixture
def own(start_upstream: StartUpstream, start_daemon: StartDaemon) -> tuple[Daemon, Upstream]:
    """A daemon of the test's own, which has seen nothing yet, and its deployment."""
    upstream = start_upstream()
    return start_daemon("--retries", "1", root_url=upstream.url), upstream


class _Text(HTMLParser):
    """Collects elements with their attributes, and the text outside of scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.raw: dict[str, str] = {}
        self._inside = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._inside = tag

    def handle_endtag(self, _tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside in {"script", "style"}:
            self.raw[self._inside] = data
        else:
            self.text += f" {data}"


class TestPage:
    def test_what_it_shows(self, upstream: Upstream, start_daemon: StartDaemon) -> None:
        credentials = hawk.temporary("queue:create-task:*", "secrets:get:a", name="worker/one")
        daemon = start_daemon(
            "queue:create-task:*", root_url=upstream.url, **credentials.arguments()
        )
        daemon.request("GET", "/queue/v1/task/AbkAOrxASVaLV8OlV1v2nQ")
        response = daemon.request("GET", "/__status__")
        assert response.status == 200
        assert response.header("Content-Type") == "text/html; charset=utf-8"
        text = " ".join(_Text(response.body.decode()).text.split())
        assert f"signs requests to {upstream.url}" in text
        assert re.search(r"Client worker/one \( ?temporary ?\)", text)
        assert re.search(r"Expires in (1 h 0 min|59 min \d+ s) ?, \d{4}-\d\d-\d\d .* UTC", text)
        assert "Requests are restricted to 1 scope" in text
        assert "The temporary credentials carry 2 scopes" in text
        assert "secrets:get:a" in text
        assert f"Version {tcproxy.__version__}" in text
        assert "/queue/v1/task/AbkAOrxASVaLV8OlV1v2nQ 200" in text
        assert len(upstream.requests) == 1

    def test_permanent_credentials(self, daemon: Daemon) -> None:
        page = _Text(daemon.request("GET", "/__status__").body.decode())
        assert "never: these are permanent credentials" in page.text
        assert "All that the client has at the deployment" in page.text

    def test_expired_credentials(self, upstream: Upstream, start_daemon: StartDaemon) -> None:
        expired = hawk.temporary("a", begins=dt.timedelta(hours=-4), ends=dt.timedelta(hours=-2))
        daemon = start_daemon(root_url=upstream.url, **expired.arguments())
        page = _Text(daemon.request("GET", "/__status__").body.decode())
        assert re.search(r"expired 2 h 0 min ago", page.text)

    def test_nothing_from_elsewhere_and_nothing_that_was_not_meant(self, daemon: Daemon) -> None:
        response = daemon.request("GET", "/__status__")
        page = _Text(response.body.decode())
        policy = dict(
            each.strip().split(" ", 1)
            for each in (response.header("Content-Security-Policy") or "").split(";")
        )
        assert policy == {
            "default-src": "'none'",
            "script-src": _hash(page.raw["script"]),
            "style-src": _hash(page.raw["style"]),
            "connect-src": "'self'",
            "img-src": "data:",
            "base-uri": "'none'",
            "form-action": "'none'",
            "frame-ancestors": "'none'",
        }
        assert response.header("Cache-Control") == "no-store"
        assert response.header("X-Content-Type-Options") == "nosniff"
        assert response.header("X-Frame-Options") == "DENY"
        assert response.header("Referrer-Policy") == "no-referrer"
        for tag, attributes in page.elements:
            for name, value in attributes.items():
                assert not name.startswith("on"), (tag, name)
                assert name != "style"
                if name in {"src", "href", "action"}:
                    assert value in {"data:,", "#requests"}

    def test_it_is_made_for_everyone(self, daemon: Daemon) -> None:
        page = _Text(daemon.request("GET", "/__status__").body.decode())
        tags = [tag for tag, _ in page.elements]
        assert ("html", "en") in [(tag, each.get("lang")) for tag, each in page.elements]
        assert tags.count("h1") == tags.count("main") == tags.count("header") == 1
        for tag, attributes in page.elements:
            if tag == "th":
                assert attributes["scope"] == "col"
        live = [each["id"] for _, each in page.elements if each.get("role") == "status"]
        assert live == ["live"], "rows and seconds are not read out as they come"

    def test_head_and_other_methods(self, daemon: Daemon) -> None:
        response = daemon.request("HEAD", "/__status__")
        assert (response.status, response.body) == (200, b"")
        response = daemon.request("POST", "/__status__", body=b"x")
        assert (response.status, response.header("Allow")) == (405, "GET, HEAD")

    def test_neighbouring_paths_are_no_pages(self, daemon: Daemon, upstream: Upstream) -> None:
        for target in ("/__status__/", "/__status__/other", "/__status__x"):
            assert daemon.request("GET", target).status == 404
        assert not upstream.requests

    def test_web_pages_are_refused(self, daemon: Daemon) -> None:
        for target in ("/__status__", "/__status__/events"):
            for field in (("Origin", daemon.url), ("Sec-Fetch-Site", "cross-site")):
                assert daemon.request("GET", target, [field]).status == 403


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


class TestJson:
    def test_the_same_for_programs(self, own: tuple[Daemon, Upstream]) -> None:
        daemon, upstream = own
        upstream.script(reply(503), reply(201))
        daemon.request("PUT", "/queue/v1/x/y", body=b"abc")
        facts = status(daemon)
        assert facts["deployment"] == upstream.url
        assert facts["client_id"] == CLIENT_ID
        assert facts["credentials"] == "permanent"
        assert facts["expires"] is facts["remaining_seconds"] is None
        assert facts["version"] == tcproxy.__version__
        assert 0 <= facts["uptime_seconds"] < 60
        (request,) = facts["requests"]
        assert request["method"] == "PUT"
        assert request["path"] == "/queue/v1/x/y"
        assert (request["status"], request["attempts"]) == (201, 2)
        assert 0 < request["duration_ms"] < 30000
        ended = dt.datetime.fromisoformat(request["time"])
        assert abs((dt.datetime.now(dt.UTC) - ended).total_seconds()) < 60

    def test_browsers_get_the_page(self, daemon: Daemon) -> None:
        accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
        response = daemon.request("GET", "/__status__", [("Accept", accept)])
        assert (response.header("Content-Type") or "").startswith("text/html")
        assert response.header("Vary") == "Accept"

    def test_other_credentials_show_at_once(self, own: tuple[Daemon, Upstream]) -> None:
        daemon, _ = own
        temporary = hawk.temporary("a:b", name="other/client")
        assert daemon.request("PUT", "/credentials", body=temporary.body()).status == 200
        facts = status(daemon)
        assert (facts["client_id"], facts["credentials"]) == ("other/client", "temporary")
        assert facts["certificate_scopes"] == ["a:b"]
        assert 3000 < facts["remaining_seconds"] <= 3600
        assert facts["requests"][-1]["path"] == "/credentials"


class TestRequests:
    def test_the_last_hundred(self, own: tuple[Daemon, Upstream]) -> None:
        daemon, _ = own
        with daemon.connect() as caller:
            for number in range(120):
                caller.request("GET", f"/queue/v1/task/{number}")
        paths = [each["path"] for each in status(daemon)["requests"]]
        assert paths == [f"/queue/v1/task/{number}" for number in range(20, 120)]

    def test_looking_after_the_proxy_does_not_push_them_out(
        self, own: tuple[Daemon, Upstream]
    ) -> None:
        daemon, _ = own
        daemon.request("GET", "/queue/v1/task/a")
        for target in ("/__heartbeat__", "/__lbheartbeat__", "/__version__", "/__status__"):
            daemon.request("GET", target)
        assert [each["path"] for each in status(daemon)["requests"]] == ["/queue/v1/task/a"]

    def test_what_the_proxy_refused(self, own: tuple[Daemon, Upstream]) -> None:
        daemon, upstream = own
        daemon.request("GET", "/evil.example.com/x")
        refused = last_request(daemon)
        assert (refused["status"], refused["attempts"]) == (403, 0)
        assert "--allowed-host" in refused["note"]
        assert not refused["missing_scopes"]
        upstream.stop_listening()
        daemon.request("GET", "/queue/v1/task/a")
        failed = last_request(daemon)
        assert (failed["status"], failed["attempts"]) == (502, 2)
        assert "Connection refused" in failed["note"]

    def test_targets_that_are_no_paths(self, own: tuple[Daemon, Upstream]) -> None:
        daemon, _ = own
        daemon.request("GET", "http://user:zebra-password@localhost/x")
        assert "zebra" not in json.dumps(status(daemon))
        daemon.request("GET", "/queue/v1/" + "x" * 50000)
        assert len(last_request(daemon)["path"]) == 301

    def test_a_caller_who_leaves(self, own: tuple[Daemon, Upstream]) -> None:
        daemon, upstream = own
        arrived = threading.Event()

        def wait(exchange: Exchange) -> None:
            arrived.set()
            exchange.wire.wait_closed()

        upstream.script(wait)
        with daemon.connect() as caller:
            caller.send("GET", "/queue/v1/task/a")
            assert arrived.wait(30)
        wait_until(lambda: bool(status(daemon)["requests"]))
        assert last_request(daemon)["status"] == 499


class TestMissingScopes:
    def test_one(self, own: tuple[Daemon, Upstream]) -> None:
        daemon, upstream = own
        upstream.script(denied("secrets:get:project/a"))
        daemon.request("GET", "/secrets/v1/secret/project/a")
        assert last_request(daemon)["missing_scopes"] == "secrets:get:project/a"

    def test_an_expression(self, own: tuple[Daemon, Upstream]) -> None:
        daemon, upstream = own
        upstream.script(denied({"AllOf": ["a:1", {"AnyOf": ["b:1", "b:2"]}]}))
        daemon.request("GET", "/queue/v1/task/a")
        assert last_request(daemon)["missing_scopes"] == "a:1 and (b:1 or b:2)"
        page = daemon.request("GET", "/__status__").body.decode()
        assert "Missing: <code>a:1 and (b:1 or b:2)</code>" in page

    @pytest.mark.parametrize("odd", ["\ud800", "\x00\x1b[31m", "\u202e"])
    def test_what_cannot_be_shown(self, own: tuple[Daemon, Upstream], odd: str) -> None:
        """A task can ask for scopes that are none, and have the deployment repeat them."""
        daemon, upstream = own
        upstream.script(denied({"AllOf": [f"a:{odd}", "b:1"]}))
        daemon.request("GET", "/queue/v1/task/a")
        page = daemon.request("GET", "/__status__")
        assert page.status == 200
        assert " and b:1</code>" in page.body.decode()
        assert odd not in page.body.decode()

    def test_of_a_compressed_answer(self, own: tuple[Daemon, Upstream]) -> None:
        daemon, upstream = own
        fields = [("Content-Encoding", "gzip"), ("Content-Type", "application/json")]
        upstream.script(reply(403, fields, gzip.compress(denied_body("a:1"))))
        response = daemon.request("GET", "/queue/v1/task/a")
        assert response.body == gzip.compress(denied_body("a:1")), "it passes as it came"
        assert last_request(daemon)["missing_scopes"] == "a:1"

    def test_the_answer_is_not_held_back(self, own: tuple[Daemon, Upstream]) -> None:
        daemon, upstream = own
        body = denied_body("a:1")
        go_on = threading.Event()

        def slowly(exchange: Exchange) -> None:
            exchange.read_body()
            exchange.send(b"HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\n\r\n")
            exchange.send(b"%x\r\n%b\r\n" % (20, body[:20]))
            assert go_on.wait(30)
            exchange.send(b"%x\r\n%b\r\n0\r\n\r\n" % (len(body) - 20, body[20:]))

        upstream.script(slowly)
        with daemon.connect() as caller:
            caller.send("GET", "/queue/v1/task/a")
            assert caller.read_head().status == 403
            assert caller.read_piece() == body[:20]
            go_on.set()
            assert caller.read_body() == body[20:]
        assert last_request(daemon)["missing_scopes"] == "a:1"

    @pytest.mark.parametrize(
        "body", [b"", b"<html>no</html>", b'{"message": 5}', b"x" * 300_000, b"[" * 50_000]
    )
    def test_other_answers_say_nothing(self, own: tuple[Daemon, Upstream], body: bytes) -> None:
        daemon, upstream = own
        upstream.script(reply(403, [("Content-Type", "application/json")], body))
        assert daemon.request("GET", "/queue/v1/task/a").body == body
        assert last_request(daemon)["missing_scopes"] == ""

    def test_head(self, own: tuple[Daemon, Upstream]) -> None:
        daemon, upstream = own
        upstream.script(denied("a:1"))
        assert daemon.request("HEAD", "/queue/v1/task/a").status == 403
        assert last_request(daemon)["missing_scopes"] == ""


class TestSecrets:
    def test_none_is_shown(self, start_upstream: StartUpstream, start_daemon: StartDaemon) -> None:
        """Not of the credentials, nor of queries, header fields and bodies."""
        upstream = start_upstream()
        credentials = hawk.temporary("a:b")
        daemon = start_daemon(root_url=upstream.url, **credentials.arguments())
        upstream.default = reply(200, [("X-Field", "zebra-field")], b"zebra-answer")
        with Listener(daemon) as listener:
            daemon.request("GET", "/queue/v1/a?bewit=zebra-bewit&x=zebra-value#zebra-fragment")
            daemon.request("POST", "/queue/v1/b", [("X-My", "zebra-mine")], b"zebra-body")
            daemon.request("POST", "/bewit", body=b"https://tc.example.com/x?y=zebra-url")
            daemon.request("PUT", "/credentials", body=b'{"accessToken": "zebra-token"}')
            signed = daemon.request("POST", "/bewit", body=b"https://tc.example.com/x")
            shown = [daemon.request("GET", "/__status__", fields).body for fields in ([], JSON)]
            listener.wait_for("request", lambda each: each["path"] == "/bewit", count=2)
            shown.append(listener.text.encode())
        words = ["zebra", *credentials.secrets(), ACCESS_TOKEN]
        words.append(signed.body.decode().partition("bewit=")[2])
        for text in shown:
            assert b"/queue/v1/b" in text
            for word in words:
                assert word.encode() not in text

    def test_hostile_paths_are_text(self, own: tuple[Daemon, Upstream]) -> None:
        daemon, upstream = own
        upstream.script(OK, denied("<script>scope</script>"))
        daemon.request("GET", HOSTILE)
        daemon.request("GET", '/queue/v1/"onload=x@@SCRIPT@@')
        daemon.request("B&B", "/queue/v1/method")
        page = daemon.request("GET", "/__status__").body.decode()
        assert page.count("<script>") == 1
        assert "<img" not in page
        assert "B&amp;B" in page
        assert "onerror=alert(1)&gt;&amp;lt;" in page
        assert "&lt;script&gt;scope&lt;/script&gt;" in page
        assert "&quot;onload=x@@SCRIPT@@" in page


class Listener:
    """Reads a stream of events in a thread."""

    def __init__(self, daemon: Daemon, target: str = "/__status__/events", last: str = "") -> None:
        self._caller = daemon.connect()
        fields = [("Last-Event-ID", last)] if last else []
        self._caller.send("GET", target, fields)
        self.head = self._caller.read_head()
        self.text = ""
        self.has_ended = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def events(self, name: str) -> list[Any]:
        """Return the data of all events of that name so far."""
        found = []
        for block in self.text.split("\n\n")[:-1]:
            fields = dict(
                line.split(": ", 1) for line in block.splitlines() if not line.startswith(":")
            )
            if fields.get("event") == name:
                found.append(json.loads(fields["data"]))
        return found

    def wait_for(self, name: str, matches: Callable[[Any], bool], count: int = 1) -> list[Any]:
        """Wait until so many events match, and return them."""

        def found() -> list[Any]:
            return [each for each in self.events(name) if matches(each)]

        with self._changed:
            assert self._changed.wait_for(lambda: len(found()) >= count, 30), self.text
        return found()

    def wait_until_ended(self) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.has_ended, 30)

    def _read(self) -> None:
        try:
            while piece := self._caller.read_piece():
                with self._changed:
                    self.text += piece.decode()
                    self._changed.notify_all()
        except (OSError, BrokenResponseError):
            pass
        with self._changed:
            self.has_ended = True
            self._changed.notify_all()

    def close(self) -> None:
        self._caller.wire.close()
        self._thread.join(30)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class TestEvents:
    def test_what_comes(self, own: tuple[Daemon, Upstream]) -> None:
        daemon, upstream = own
        daemon.request("GET", "/queue/v1/before")
        upstream.script(denied("a:1"))
        with Listener(daemon, f"/__status__/events?after={status(daemon)['last']}") as listener:
            assert listener.head.status == 200
            assert listener.head.header("Content-Type") == "text/event-stream"
            assert listener.head.header("Cache-Control") == "no-store"
            (facts,) = listener.wait_for("status", lambda _: True)
            assert facts["client_id"] == CLIENT_ID
            daemon.request("GET", "/queue/v1/after")
            (request,) = listener.wait_for("request", lambda _: True)
            assert (request["path"], request["missing_scopes"]) == ("/queue/v1/after", "a:1")

    def test_what_was_missed_comes_later(self, own: tuple[Daemon, Upstream]) -> None:
        daemon, _ = own
        for name in "abc":
            daemon.request("GET", f"/queue/v1/{name}")
        first = status(daemon)["requests"][0]["id"]
        with Listener(daemon, last=first) as listener:
            listener.wait_for("request", lambda each: each["path"] == "/queue/v1/c")
            paths = [each["path"] for each in listener.events("request")]
        assert paths == ["/queue/v1/b", "/queue/v1/c"]

    @pytest.mark.parametrize("last", ["1.5-2", "x", "-", "9" * 5000, "9999999999.999-5"])
    def test_numbers_of_another_run_mean_nothing(
        self, own: tuple[Daemon, Upstream], last: str
    ) -> None:
        daemon, _ = own
        for name in "abc":
            daemon.request("GET", f"/queue/v1/{name}")
        with Listener(daemon, last=last) as listener:
            listener.wait_for("request", lambda _: True, count=3)

    def test_other_credentials(self, own: tuple[Daemon, Upstream]) -> None:
        daemon, _ = own
        with Listener(daemon) as listener:
            listener.wait_for("status", lambda each: each["client_id"] == CLIENT_ID)
            body = hawk.temporary("a", name="other/one").body()
            assert daemon.request("PUT", "/credentials", body=body).status == 200
            listener.wait_for("status", lambda each: each["client_id"] == "other/one")

    def test_they_are_bounded_and_free_their_place(self, own: tuple[Daemon, Upstream]) -> None:
        daemon, _ = own
        listeners = [Listener(daemon) for _ in range(16)]
        try:
            for listener in listeners:
                listener.wait_for("status", lambda _: True)
            refused = daemon.request("GET", "/__status__/events")
            assert (refused.status, refused.header("Retry-After")) == (503, "5")
            assert refused.json()["code"] == "TooManyListeners"
            listeners[0].close()

            def answer() -> int:
                with daemon.connect() as caller:
                    caller.send("GET", "/__status__/events")
                    return caller.read_head().status

            wait_until(lambda: answer() == 200)
            assert daemon.request("GET", "/queue/v1/task/a").status == 200
        finally:
            for listener in listeners:
                listener.close()

    def test_they_end_when_the_daemon_stops(self, upstream: Upstream) -> None:
        with Daemon("--drain-timeout", "60", root_url=upstream.url) as daemon:
            with Listener(daemon) as listener:
                listener.wait_for("status", lambda _: True)
                started = time.monotonic()
                daemon.stop()
                listener.wait_until_ended()
            assert time.monotonic() - started < 15

    def test_head(self, daemon: Daemon) -> None:
        with daemon.connect() as caller:
            caller.send("HEAD", "/__status__/events")
            response = caller.read_head("HEAD")
        assert response.status == 200
        assert response.header("Content-Type") == "text/event-stream"

    @pytest.mark.slow
    def test_listeners_who_do_not_read_are_dropped(
        self, start_upstream: StartUpstream, start_daemon: StartDaemon
    ) -> None:
        """What they do not read is kept for some seconds, and within bounds.

        The system keeps little of it here, as it does once its buffers are full.
        """
        upstream = start_upstream()
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
            passed = listener.fileno()
            launcher = [sys.executable, activate.__file__, str(passed)]
            daemon = start_daemon(
                "--metrics", root_url=upstream.url, launcher=launcher, pass_fds=[passed]
            )
        with Caller(daemon.address, receive_buffer=4096) as deaf, daemon.connect() as busy:
            deaf.send("GET", "/__status__/events")
            assert busy.request("GET", "/queue/v1/first").status == 200
            before = daemon.memory()
            most = 0
            deadline = time.monotonic() + 90
            while connections(busy) > 1:
                assert time.monotonic() < deadline
                for number in range(100):
                    busy.request("GET", f"/queue/v1/{number}-{'x' * 300}")
                most = max(most, daemon.memory())
                time.sleep(0.2)  # the page is told of a hundred requests in that time, at most
        assert most - before < 16 * 1024 * 1024


def connections(caller: Caller) -> float:
    """Return how many connections the daemon has."""
    text = caller.request("GET", "/__metrics__").body.decode()
    return parse(text).value("tcproxy_caller_connections")
