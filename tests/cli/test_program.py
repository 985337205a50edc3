"""The program as a whole: help, versions, how it ends, what it loads, what it completes."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING

import click
import psutil
import pytest
from tcproxy_client import __version__
from tcproxy_client._cli.program import NAME, program

from tests.cli.running import COMMAND, TIMEOUT
from tests.harness.upstream import silent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.running import CommandLine
    from tests.harness.upstream import Upstream

INSTALLED = Path(sys.executable).with_name(NAME)


def contexts(
    command: click.Command, parent: click.Context | None = None
) -> Iterator[click.Context]:
    """Each command below one, with its context; of the API two methods of each service."""
    name = NAME if parent is None else command.name
    context = click.Context(command, parent, info_name=name)
    yield context
    if isinstance(command, click.Group):
        names = command.list_commands(context)
        for each in names if len(names) < 15 else names[:2]:
            member = command.get_command(context, each)
            assert member is not None
            yield from contexts(member, context)


ALL = {context.command_path: context for context in contexts(program)}


def examples(context: click.Context) -> list[str]:
    """The command lines in the help of a command."""
    section = context.get_help().partition("Examples:\n")[2]
    return [line.strip() for line in section.splitlines() if line.strip()]


@pytest.mark.parametrize("path", ALL)
def test_every_help_teaches_with_examples_that_can_be_typed(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []
    monkeypatch.setattr(
        click.Command, "invoke", lambda _, context: ran.append(context.command_path)
    )
    description = ALL[path].get_help().partition("\n\n")[2].partition("\n\nOptions:")[0]
    assert description
    assert not re.search(r"^ {3}|\S {3}", description, re.MULTILINE), "text is not filled"
    found = examples(ALL[path])
    assert found
    for line in found:
        assert line.startswith(f"{NAME} ")
        typed = re.split(r" [|<>] ", line.replace("$(tcproxy-client slugid)", "slug"))[0]
        with contextlib.suppress(click.exceptions.Exit):  # --help
            with program.make_context(NAME, shlex.split(typed)[1:]) as context:
                program.invoke(context)
            assert ran[-1] != NAME


def test_help_and_version(client: CommandLine) -> None:
    shown = client("--help").text
    for name in ("api", "download", "upload", "signed-url", "status", "from-now", "slugid"):
        assert f"\n  {name} " in shown
    assert client("api", "queue", "task", "-h").text.startswith(
        "Usage: tcproxy-client api queue task [OPTIONS] <taskId>"
    )
    for args in (["--version"], ["version"]):
        assert client(*args).text == f"tcproxy-client {__version__}\n"


@pytest.mark.parametrize("args", [[], ["api"], ["api", "queue"]])
def test_without_a_command_the_help_is_shown(client: CommandLine, args: list[str]) -> None:
    done = client(*args)
    assert (done.code, done.out) == (2, b"")
    assert done.err.startswith("Usage: tcproxy-client ")


def test_it_is_installed() -> None:
    (entry,) = entry_points(group="console_scripts", name=NAME)
    assert entry.value == "tcproxy_client._cli:main"
    assert INSTALLED.exists(), "install the client again: make .venv/dev.stamp"
    done = subprocess.run([INSTALLED, "--version"], capture_output=True, check=True)
    assert done.stdout.decode() == f"tcproxy-client {__version__}\n"


@pytest.mark.parametrize("name", ["click", "tqdm"])
def test_without_the_extra_it_says_what_to_install(name: str) -> None:
    code = f"import sys; sys.modules[{name!r}] = None; from tcproxy_client._cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=TIMEOUT, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (f"tcproxy-client needs {name}: pip install 'tcproxy-client[cli]'\n")


def test_a_small_command_loads_little(client: CommandLine) -> None:
    code = "import sys; sys.argv[1:] = ['slugid']; sys.exit = lambda code: print(*sys.modules)"
    program = f"{code}; from tcproxy_client._cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=client.environment(),
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=True,
    )
    loaded = set(done.stdout.split())
    assert "slugid" in loaded
    assert not loaded & {"urllib3", "tqdm", "asyncio", "ssl", "tcproxy_client.client"}


class TestEnds:
    """Signals, and a stdout that takes nothing."""

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    def test_a_signal_ends_it_quietly(
        self, scripted: CommandLine, upstream: Upstream, number: signal.Signals
    ) -> None:
        upstream.default = silent
        process = scripted.start("api", "queue", "ping")
        upstream.wait_for_requests(1)
        process.send_signal(number)
        out, err = process.communicate(timeout=TIMEOUT)
        assert (process.returncode, out, err) == (-number, b"", b"")

    def test_a_shell_sees_130(self, scripted: CommandLine, upstream: Upstream) -> None:
        upstream.default = silent
        process = subprocess.Popen(
            ["bash", "-c", f"{shlex.join(COMMAND)} api queue ping; echo $?"],
            env=scripted.environment(),
            stdout=subprocess.PIPE,
            text=True,
        )
        upstream.wait_for_requests(1)
        (child,) = psutil.Process(process.pid).children()
        child.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=TIMEOUT)
        assert out == "130\n"

    @pytest.mark.parametrize("args", [["api", "queue", "ping"], ["--help"], ["slugid"]])
    def test_a_reader_that_leaves_ends_it_quietly(
        self, client: CommandLine, args: list[str]
    ) -> None:
        reader, writer = os.pipe()
        os.close(reader)
        process = client.start(*args, stdout=writer)
        os.close(writer)
        _, err = process.communicate(timeout=TIMEOUT)
        assert (process.returncode, err) == (-signal.SIGPIPE, b"")

    @pytest.mark.parametrize("args", [["api", "queue", "ping"], ["--help"], ["slugid"]])
    def test_a_full_disk_is_told(self, client: CommandLine, args: list[str]) -> None:
        with Path("/dev/full").open("wb") as full:
            process = client.start(*args, stdout=full)
            _, err = process.communicate(timeout=TIMEOUT)
        assert process.returncode == 2
        assert err == b"tcproxy-client: stdout: No space left on device\n"

    def test_nobody_hears_the_error(self, client: CommandLine) -> None:
        reader, writer = os.pipe()
        os.close(reader)
        process = client.start("api", "secrets", "get", "none", stderr=writer)
        os.close(writer)
        assert process.communicate(timeout=TIMEOUT)[0] == b""
        assert process.returncode == 1

    @pytest.mark.parametrize("closed", [">&-", "<&- >&-"])
    @pytest.mark.parametrize(
        "args", ["api queue ping", "--help", "slugid", "from-now 1h", "status"]
    )
    def test_a_closed_stdout_is_told(self, client: CommandLine, args: str, closed: str) -> None:
        done = subprocess.run(
            ["sh", "-c", f"{shlex.join(COMMAND)} {args} {closed}"],
            env=client.environment(),
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
        )
        assert done.stderr == b"tcproxy-client: stdout: Bad file descriptor\n"
        assert done.returncode == 2

    def test_what_prints_nothing_needs_no_stdout(self, client: CommandLine) -> None:
        done = subprocess.run(
            ["sh", "-c", f"{shlex.join(COMMAND)} api queue ping -o file >&-"],
            env=client.environment(),
            cwd=client.directory,
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, b"")
        assert json.loads((client.directory / "file").read_text())["alive"] is True


class TestCompletion:
    """What shells are told, without asking anyone."""

    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
    def test_the_script_of_a_shell(self, scripted: CommandLine, shell: str) -> None:
        for command in ("completion", "completions"):
            done = scripted(command, shell)
            assert f"_TCPROXY_CLIENT_COMPLETE={shell}_complete" in done.text
        if shutil.which(shell):
            subprocess.run([shell, "-n"], input=done.out, timeout=TIMEOUT, check=True)

    def test_another_shell(self, scripted: CommandLine) -> None:
        assert "'tcsh' is not one of" in scripted("completion", "tcsh").error(2)

    @pytest.mark.parametrize(
        ("words", "wanted"),
        [
            ("", {"api", "download", "status", "upload", "slugid"}),
            ("api que", {"queue"}),
            ("api pur", {"purgeCache"}),
            ("api queue createT", {"createTask"}),
            ("signed-url queue getL", {"getLatestArtifact"}),
            ("api queue listTaskGroup --co", {"--continuationToken"}),
            ("completion z", {"zsh"}),
            ("download a", {"artifact"}),
        ],
    )
    def test_bash_completes(
        self, scripted: CommandLine, upstream: Upstream, words: str, wanted: set[str]
    ) -> None:
        if shutil.which("bash") is None:
            pytest.skip("bash is not installed")
        before, _, last = words.rpartition(" ")
        line = [NAME, *before.split(), last]
        script = (
            f'{NAME}() {{ {shlex.join(COMMAND)} "$@"; }}; export -f {NAME}\n'
            f"{scripted('completion', 'bash').text}\n"
            f"COMP_WORDS=({' '.join(shlex.quote(word) for word in line)})\n"
            f"COMP_CWORD={len(line) - 1}\n"
            f"_tcproxy_client_completion {INSTALLED}\n"
            'printf "%s\\n" "${COMPREPLY[@]}"\n'
        )
        done = subprocess.run(
            ["bash", "-c", script],
            env=scripted.environment(),
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=True,
        )
        found = set(done.stdout.split())
        assert wanted <= found
        assert all(each.startswith(last) for each in found)
        assert upstream.requests == []
