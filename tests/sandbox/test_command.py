"""`python -m tcproxy.sandbox`, as a person starts it."""

from __future__ import annotations

import re
import shlex
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import IO

import pytest

from tests.harness import daemon
from tests.harness.addresses import reserved_port
from tests.harness.caller import Caller
from tests.harness.daemon import ROOT as REPOSITORY
from tests.harness.daemon import command, environment
from tests.sandbox.running import ROOT
from tests.sandbox.signing import Signer

MODULE = "tcproxy.sandbox"

Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start sandboxes; whatever still runs at the end is killed."""
    with ExitStack() as stack:

        def popen(*args: str) -> subprocess.Popen[str]:
            process = subprocess.Popen(
                command(*args, module=MODULE),
                env=environment(),
                cwd=REPOSITORY,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            return process

        yield popen


def run(*args: str, forked: bool = True) -> tuple[int, str, str]:
    done = daemon.run(*args, module=MODULE, forked=forked)
    return done.code, done.stdout, done.stderr


def exports(stream: IO[str] | None) -> dict[str, str]:
    """Read the line that tells how to reach the sandbox, as a shell would."""
    assert stream is not None
    words = shlex.split(stream.readline())
    assert words[0] == "export"
    return dict(word.split("=", 1) for word in words[1:])


def address(exported: dict[str, str]) -> tuple[str, int]:
    match = re.fullmatch(r"http://([\d.]+|\[::1\]):(\d+)", exported["TASKCLUSTER_ROOT_URL"])
    assert match, exported
    return match[1].strip("[]"), int(match[2])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_says_how_to_use_it_and_ends_on_a_signal(start: Start, number: int) -> None:
    process = start()
    exported = exports(process.stdout)
    assert list(exported) == [
        "TASKCLUSTER_ROOT_URL",
        "TASKCLUSTER_CLIENT_ID",
        "TASKCLUSTER_ACCESS_TOKEN",
    ]
    signer = Signer(exported["TASKCLUSTER_CLIENT_ID"], exported["TASKCLUSTER_ACCESS_TOKEN"])
    assert signer == ROOT
    target = "/api/secrets/v1/secret/demo"
    with Caller(address(exported)) as caller:
        header = [("Authorization", signer.header("GET", target, caller.host.decode()))]
        assert caller.request("GET", target, header).json()["secret"] == {"hello": "world"}
        process.send_signal(number)  # with a connection open
        assert caller.wire.wait_closed()
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (0, "")
    assert re.fullmatch(
        r"\S+ \[debug *\] request +method=GET path=/api/secrets/v1/secret/demo status=200\n", err
    )


def test_bad_requests_are_one_line_each_and_bewits_are_not_logged(start: Start) -> None:
    process = start()
    where = address(exports(process.stdout))
    for raw in (
        b"nonsense\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"secret-bytes" * 20_000 + b"\r\n\r\n",
        b"GET /api/auth/v1/ping?bewit=secret-bytes HTTP/1.1\r\nHost: x\r\n\r\n",
    ):
        with Caller(where) as caller:
            caller.wire.send(raw)
            caller.read_response()
    with Caller(where):  # a probe that only looks whether somebody listens
        pass
    with Caller(where) as caller:  # somebody who leaves in the middle of a body
        caller.send("PUT", "/api/secrets/v1/secret/x", [("Content-Length", "5")])
        caller.wire.send(b"12")
        caller.wire.reset()
    with Caller(where) as caller:
        caller.request("GET", "/last")
    process.terminate()
    _, err = process.communicate(timeout=20)
    assert process.returncode == 0
    shown = [re.sub(r"^\S+ \[\w+ *\] +", "", line).split(" ")[0:2] for line in err.splitlines()]
    assert [" ".join(words).strip() for words in shown] == ["bad request"] * 3 + ["request"] * 2
    assert "secret-bytes" not in err


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_a_port_in_use_is_one_line(host: str) -> None:
    family = socket.AF_INET6 if host == "::1" else socket.AF_INET
    with socket.create_server((host, 0), family=family) as taken:
        port = str(taken.getsockname()[1])
        code, out, err = run("--host", host, "--port", port)
    assert (code, out) == (2, "")
    assert err == (
        f"python -m tcproxy.sandbox: cannot listen on {host} port {port}: Address already in use\n"
    )


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        (["--port", "65536"], "--port: '65536' is not a port number (0 to 65535)"),
        (["--port", "-1"], "--port: '-1' is not a port number (0 to 65535)"),
        (["--port", "x"], "--port: 'x' is not a port number (0 to 65535)"),
        (["--port", "9" * 9999], "is not a port number (0 to 65535)"),
        (["--port"], "--port: expected one argument"),
        (["--host", "0.0.0.0"], "listens only on loopback, such as 127.0.0.1 or ::1"),
        (["--host", "example.com"], "listens only on loopback, such as 127.0.0.1 or ::1"),
        (["--bogus"], "unrecognized arguments: --bogus"),
        (["surplus"], "unrecognized arguments: surplus"),
    ],
    ids=lambda value: value if isinstance(value, str) else "arguments",
)
def test_a_bad_argument_is_one_line(args: list[str], problem: str) -> None:
    code, out, err = run(*args)
    assert (code, out) == (2, "")
    assert err.startswith("python -m tcproxy.sandbox: ")
    assert problem in err
    assert err.count("\n") == 1


def test_help() -> None:
    code, out, err = run("--help", forked=False)
    assert (code, err) == (0, "")
    assert "--host" in out
    assert "--port" in out


def test_a_chosen_port_is_used(start: Start) -> None:
    with reserved_port() as port:
        process = start("--port", str(port))
        where = address(exports(process.stdout))
        assert where == ("127.0.0.1", port)
        with Caller(where) as caller:
            assert caller.request("GET", "/api/auth/v1/ping").status == 200
        process.terminate()
        process.communicate(timeout=20)
    assert process.returncode == 0
