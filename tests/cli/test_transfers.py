"""`download` and `upload`: files that are there whole or not at all, and a bar for people."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shlex
import signal
import subprocess
import sys
import urllib.request
from typing import TYPE_CHECKING

import pytest
import tcproxy_client
from tcproxy_client._cli.uploads import media_type
from tcproxy_client.upload import uploadFromBuf

from tests.cli.conftest import TASK_ID
from tests.cli.running import COMMAND, TIMEOUT
from tests.harness.daemon import wait_until
from tests.harness.upstream import reply

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.running import CommandLine
    from tests.conftest import StartUpstream
    from tests.harness.upstream import Exchange, Script, Upstream

ORDER = ["--project-id", "demo", "--expires", "1 day"]
JSON = [("Content-Type", "application/json")]
DATA = bytes(range(256)) * 2000


def upload(client: CommandLine, name: str, data: bytes) -> None:
    """Have an object to download."""
    with tcproxy_client.Object({"rootUrl": client.proxy}) as service:
        uploadFromBuf(
            data=data,
            projectId="demo",
            name=name,
            contentType="text/plain",
            contentLength=len(data),
            expires=tcproxy_client.fromNowJSON("1 day"),
            objectService=service,
        )


def left(directory: Path) -> set[str]:
    """What is in a directory."""
    return {path.name for path in directory.iterdir()}


@pytest.mark.parametrize("size", [0, 8191, len(DATA)])
def test_there_and_back(client: CommandLine, size: int) -> None:
    name = f"project/demo/size {size}.bin"
    (client.directory / "there").write_bytes(DATA[:size])
    assert client("upload", "object", *ORDER, name, "there").text == ""
    assert client("download", "object", name, "back").text == ""
    assert (client.directory / "back").read_bytes() == DATA[:size]
    assert left(client.directory) == {"there", "back"}
    done = client("download", "object", name, "-", "--parallel", "3")
    assert (done.code, done.out, done.err) == (0, DATA[:size], "")


class TestPlaces:
    """Where downloads go and uploads come from."""

    @pytest.fixture
    def name(self, client: CommandLine) -> str:
        """An object that is there."""
        name = f"project/demo/{tcproxy_client.slugId()}/place.bin"
        upload(client, name, DATA)
        return name

    def test_the_last_part_of_the_name(self, client: CommandLine, name: str) -> None:
        assert client("download", "object", name).code == 0
        assert (client.directory / "place.bin").read_bytes() == DATA

    @pytest.mark.parametrize("how", [["below"], ["-o", "below"], ["--output", "below/"]])
    def test_a_directory(self, client: CommandLine, name: str, how: list[str]) -> None:
        (client.directory / "below").mkdir()
        assert client("download", "object", name, *how).code == 0
        assert (client.directory / "below" / "place.bin").read_bytes() == DATA

    def test_a_file_is_replaced_and_a_link_kept(self, client: CommandLine, name: str) -> None:
        real = client.directory / "real"
        real.write_text("old")
        (client.directory / "link").symlink_to("real")
        assert client("download", "object", name, "link").code == 0
        assert (client.directory / "link").is_symlink()
        assert real.read_bytes() == DATA

    def test_what_is_no_file_stays_what_it_is(self, client: CommandLine, name: str) -> None:
        pipe = client.directory / "pipe"
        os.mkfifo(pipe)
        process = client.start("download", "object", name, "pipe")
        assert pipe.read_bytes() == DATA
        assert process.communicate(timeout=TIMEOUT) == (b"", b"")
        assert pipe.is_fifo()
        process = client.start("upload", "object", *ORDER, f"{name}.piped", "pipe")
        pipe.write_bytes(DATA[1:])
        assert process.communicate(timeout=TIMEOUT) == (b"", b"")
        assert client("download", "object", f"{name}.piped", "-").out == DATA[1:]

    def test_a_full_disk_is_named(self, client: CommandLine, name: str) -> None:
        (client.directory / "place").write_text("old")
        command = shlex.join([*COMMAND, "download", "object", name, "place"])
        done = subprocess.run(
            ["sh", "-c", f"ulimit -f 8; trap '' XFSZ; {command}"],
            env=client.environment(),
            cwd=client.directory,
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
        )
        assert done.returncode == 2
        path = (client.directory / "place").resolve()
        assert done.stderr.decode() == f"tcproxy-client: {path}: File too large\n"
        assert (client.directory / "place").read_text() == "old"
        assert left(client.directory) == {"place"}

    def test_a_full_device_is_named(self, client: CommandLine, name: str) -> None:
        line = client("download", "object", name, "/dev/full").error(2)
        assert line == "/dev/full: No space left on device"

    @pytest.mark.parametrize("how", ["download object NAME loop", "api queue ping -o loop"])
    def test_links_that_lead_in_a_circle(self, client: CommandLine, name: str, how: str) -> None:
        (client.directory / "loop").symlink_to("loop")
        line = client(*how.replace("NAME", name).split()).error(2)
        assert line == f"{client.directory / 'loop'}: Too many levels of symbolic links"

    def test_no_more_threads(self, client: CommandLine) -> None:
        name = f"project/demo/{tcproxy_client.slugId()}/parts.bin"
        upload(client, name, DATA * 60)
        program = (
            "import sys, threading; from tcproxy_client._cli.program import run; "
            "threading.stack_size(1 << 47); sys.exit(run(sys.argv[1:]))"
        )
        done = subprocess.run(
            [sys.executable, "-c", program, "download", "object", name, "--parallel", "4"],
            env=client.environment(),
            cwd=client.directory,
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
        )
        assert (done.returncode, left(client.directory)) == (1, set())
        assert done.stderr.decode() == (
            "tcproxy-client: can't start new thread, which parallel needs: "
            "ask for fewer parts, or allow more threads\n"
        )

    def test_stdin(self, client: CommandLine) -> None:
        name = "project/demo/stdin.bin"
        assert client("upload", "object", *ORDER, name, "-", stdin=DATA).text == ""
        assert client("download", "object", name, "-").out == DATA

    def test_a_reader_that_leaves(self, client: CommandLine, name: str) -> None:
        reader, writer = os.pipe()
        os.close(reader)
        process = client.start("download", "object", name, "-", stdout=writer)
        os.close(writer)
        assert process.communicate(timeout=TIMEOUT)[1] == b""
        assert process.returncode == -signal.SIGPIPE


WRONG = {
    "download object": "Missing argument 'NAME'.",
    "download object a/..": "'a/..' does not end in a file's name; give FILE",
    "download object a/": "'a/' does not end in a file's name; give FILE",
    "download object a b -o c": "give either FILE or --output, not both",
    "download object a b --parallel 0": "Invalid value for '--parallel'",
    "download object a b --parallel x": "'--parallel': 'x' is not a valid whole number",
    "download artifact T b --run-id x": "'--run-id': 'x' is not a valid whole number",
    "download object a no/such/b": "no/such: there is no such directory",
    "download object a new/": "new/: there is no such directory",
    "download artifact T": "give TASK_ID NAME [FILE], and --run-id N",
    "download artifact T a b c": "give TASK_ID NAME [FILE], and --run-id N",
    "download artifact T 0 b c --run-id 0": "give TASK_ID NAME [FILE], and --run-id N",
    "download artefact": "there is no command 'artefact'; did you mean 'artifact'?",
    "upload object a b": "Missing option '--project-id'.",
    "upload object a b --project-id p": "Missing option '--expires'.",
    "upload object a b --project-id p --expires soon": "Invalid value for '--expires': 'soon'",
    "upload object a b --project-id p --expires 2020-01-01": "Invalid value for '--expires': ",
    "upload object a b --project-id p --expires 2020-01-01T00:00Z": "Invalid value for '--exp",
    "upload object a b --project-id p --expires 1day": "b: No such file or directory",
    "upload object a . --project-id p --expires 1day": ".: Is a directory",
}


@pytest.mark.parametrize("line", WRONG)
def test_a_wrong_call_is_one_line_and_leaves_nothing(client: CommandLine, line: str) -> None:
    assert WRONG[line] in client(*line.split()).error(2)
    assert left(client.directory) == set()


@pytest.mark.parametrize(
    "line",
    [
        ["upload", "object", *ORDER, "", "file"],
        ["upload", "object", *ORDER, "name", ""],
        ["upload", "object", *ORDER, "name", "file", "--content-type", ""],
        ["download", "object", ""],
        ["download", "object", "name", ""],
        ["download", "object", "name", "-o", ""],
        ["download", "artifact", "", "public/log.txt"],
        ["download", "artifact", TASK_ID, "public/log.txt", ""],
        ["api", "queue", "ping", "-o", ""],
    ],
)
def test_what_is_empty_is_told(client: CommandLine, line: list[str]) -> None:
    """As a variable of a shell is that was never set."""
    (client.directory / "file").write_bytes(DATA)
    assert "it is empty" in client(*line).error(2)
    assert left(client.directory) == {"file"}


class TestArtifacts:
    """`download artifact`."""

    @pytest.mark.parametrize(
        "args",
        [
            ["public/log.txt"],
            ["public/log.txt", "log.txt"],
            ["public/log.txt", "--run-id", "0"],
            ["0", "public/log.txt", "log.txt"],
        ],
    )
    def test_a_run_or_the_last(self, client: CommandLine, args: list[str]) -> None:
        assert client("download", "artifact", TASK_ID, *args).text == ""
        assert (client.directory / "log.txt").read_text() == "all is well\n"

    def test_what_is_not_there(self, client: CommandLine) -> None:
        for args in (["public/none"], ["public/log.txt", "--run-id", "7"]):
            line = client("download", "artifact", TASK_ID, *args).error(1)
            assert line == "ResourceNotFound (404): Artifact not found"
        assert left(client.directory) == set()

    def test_one_that_stands_for_an_error(self, scripted: CommandLine, upstream: Upstream) -> None:
        error = {"storageType": "error", "reason": "file-missing-on-worker", "message": "gone"}
        upstream.default = reply(200, JSON, json.dumps(error).encode())
        line = scripted("download", "artifact", TASK_ID, "public/a").error(1)
        assert line == "the artifact is an error, file-missing-on-worker: gone"


def test_data_that_is_not_what_was_stored(client: CommandLine) -> None:
    name = "project/demo/forged.txt"
    ids = {"projectId": "demo", "uploadId": tcproxy_client.slugId()}
    inline = {"contentType": "text/plain", "objectData": base64.b64encode(b"forged").decode()}
    proposal = {
        **ids,
        "expires": tcproxy_client.fromNowJSON("1 day"),
        "proposedUploadMethods": {"dataInline": inline},
    }
    wrong = {**ids, "hashes": {"sha256": hashlib.sha256(b"real").hexdigest()}}
    client("api", "object", "createUpload", name, "-d", json.dumps(proposal))
    assert client("api", "object", "finishUpload", name, "-d", json.dumps(wrong)).code == 0
    (client.directory / "forged.txt").write_text("old")
    assert "sha256" in client("download", "object", name).error(4)
    assert "sha256" in client("download", "object", name, "-").error(4)
    assert left(client.directory) == {"forged.txt"}
    assert (client.directory / "forged.txt").read_text() == "old"


def endless(exchange: Exchange) -> None:
    """A storage that sends the beginning of much, and then nothing."""
    exchange.read_body()
    exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n" + DATA)
    exchange.wire.wait_closed()


def at_storage(upstream: Upstream, *storage: Script, url: str = "") -> None:
    """Script a download: the upstream is the deployment first, and then the storage."""
    start = {
        "method": "getUrl",
        "url": url or f"{upstream.url}/data",
        "hashes": {"sha256": "0" * 64},
        "expires": tcproxy_client.fromNowJSON("1 hour"),
    }
    upstream.script(reply(200, JSON, json.dumps(start).encode()), *storage)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_nothing(
    scripted: CommandLine, upstream: Upstream, number: signal.Signals
) -> None:
    at_storage(upstream, endless)
    process = scripted.start("download", "object", "project/demo/big", "big")
    wait_until(lambda: any(path.stat().st_size for path in scripted.directory.iterdir()), TIMEOUT)
    assert "big" not in left(scripted.directory)
    process.send_signal(number)
    assert process.communicate(timeout=TIMEOUT) == (b"", b"")
    assert process.returncode == -number
    assert left(scripted.directory) == set()


def stuck_in_parts(exchange: Exchange) -> None:
    """A storage that can give parts, and sends the beginning of each."""
    exchange.read_body()
    asked = exchange.request.value("Range") or b""
    first, last = asked.removeprefix(b"bytes=").split(b"-")
    exchange.send(
        b'HTTP/1.1 206 Partial Content\r\nETag: "a"\r\n'
        b"Content-Range: bytes %d-%d/99999999\r\n" % (int(first), int(last)),
        b"Content-Length: %d\r\n\r\n" % (int(last) - int(first) + 1) + DATA[:999],
    )
    if first == b"0":
        exchange.send(bytes(int(last) + 1 - 999))
    exchange.wire.wait_closed()


def test_a_signal_among_parts_leaves_nothing(scripted: CommandLine, upstream: Upstream) -> None:
    at_storage(upstream, *[stuck_in_parts] * 4)
    process = scripted.start("download", "object", "project/demo/big", "big", "--parallel", "3")
    upstream.wait_for_requests(4)
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=TIMEOUT) == (b"", b"")
    assert process.returncode == -signal.SIGINT
    assert left(scripted.directory) == set()


def test_an_unreachable_storage(
    scripted: CommandLine, upstream: Upstream, start_upstream: StartUpstream
) -> None:
    storage = start_upstream()
    storage.stop_listening()
    at_storage(upstream, url=f"{storage.url}/data")
    line = scripted("download", "object", "project/demo/big", "--retries", "0").error(3)
    assert line == f"connection refused, asking {storage.url}"


def test_no_storage(scripted: CommandLine, upstream: Upstream) -> None:
    at_storage(upstream, reply(403, [("Content-Type", "application/xml")], b"<Error/>"))
    at_storage(upstream, reply(403, [("Content-Type", "application/xml")], b"<Error/>"))
    line = scripted("download", "object", "project/demo/big", "big").error(1)
    assert line.startswith("status (403): ")
    assert left(scripted.directory) == set()


def test_the_media_type(client: CommandLine) -> None:
    accept = '{"acceptDownloadMethods": {"simple": true}}'
    (client.directory / "up.html").write_text("<p>")
    for number, options, wanted in ((1, [], "text/html"), (2, ["--content-type", "a/b"], "a/b")):
        name = f"project/types/{number}"
        assert client("upload", "object", *ORDER, *options, name, "up.html").text == ""
        url = client("api", "object", "startDownload", name, "-d", accept).json["url"]
        with urllib.request.urlopen(url) as answer:  # noqa: S310 - a test's own server
            assert answer.headers["Content-Type"] == wanted


@pytest.mark.parametrize(
    ("names", "wanted"),
    [
        (["a/report.html", "x.txt"], "text/html"),
        (["a/server.log"], "text/plain"),
        (["a/target.tar.gz"], "application/gzip"),
        (["a/target.tar.xz"], "application/x-xz"),
        (["a/unknown", "x.json"], "application/json"),
        (["a/http://x/y.txt", "-"], "text/plain"),
        (["a/unknown", "-"], "application/octet-stream"),
    ],
)
def test_the_guess_of_a_media_type(names: list[str], wanted: str) -> None:
    assert media_type(*names) == wanted


class TestBars:
    """A bar on a terminal, none in a pipe; the other tests show that there is none."""

    def test_of_a_download(self, client: CommandLine) -> None:
        upload(client, "project/demo/bar.bin", DATA)
        shown = client.on_terminal("download", "object", "project/demo/bar.bin", "-")
        assert (shown.code, shown.out) == (0, DATA)
        assert "bar.bin: 100%" in shown.err
        shown = client.on_terminal("download", "object", "project/demo/bar.bin", "here.bin")
        assert (shown.code, shown.out) == (0, b"")
        assert "here.bin: 100%" in shown.err

    def test_of_an_upload(self, client: CommandLine) -> None:
        (client.directory / "up.bin").write_bytes(DATA)
        shown = client.on_terminal("upload", "object", *ORDER, "project/demo/up.bin", "up.bin")
        assert shown.code == 0
        assert "up.bin: 100%" in shown.err
        assert "500k/500k" in shown.err

    def test_an_error_has_a_line_of_its_own(self, client: CommandLine) -> None:
        shown = client.on_terminal("download", "object", "project/demo/none")
        assert shown.code == 1
        last = shown.err.splitlines()[-1]
        assert (
            last == 'tcproxy-client: ResourceNotFound (404): Object "project/demo/none" not found'
        )
