"""The command line as its users have it: a process with stdout, stderr and an exit code."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.harness import forked
from tests.harness.daemon import ROOT, environment

if TYPE_CHECKING:
    from pathlib import Path

TIMEOUT = 60.0


@dataclass(frozen=True, slots=True)
class Ended:
    """What came of a run.

    Attributes:
        code: the exit code; negative if it ended by a signal.
        out: stdout.
        err: stderr, or what a terminal showed in its place.
    """

    code: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        """Stdout of a run that succeeded and said nothing else."""
        assert (self.code, self.err) == (0, ""), self
        return self.out.decode()

    @property
    def json(self) -> Any:
        """The same, read as JSON."""
        return json.loads(self.text)

    def error(self, code: int) -> str:
        """The only line on stderr of a run that failed with this code and printed nothing."""
        assert (self.code, self.out) == (code, b""), self
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        assert lines[0].startswith("tcproxy-client: "), lines
        return lines[0].removeprefix("tcproxy-client: ")


@dataclass(frozen=True, slots=True)
class CommandLine:
    """Runs the command line.

    Attributes:
        directory: where it runs.
        proxy: what is in `TASKCLUSTER_PROXY_URL`.
    """

    directory: Path
    proxy: str

    def environment(self) -> dict[str, str]:
        """The environment of a run."""
        return USUAL | {"TASKCLUSTER_PROXY_URL": self.proxy}

    def __call__(self, *args: str | bytes, stdin: bytes = b"", **variables: str) -> Ended:
        """Run it to its end, with pipes; where nothing stands against it, as a fork."""
        env = self.environment() | variables
        if forked.is_possible(env, USUAL):
            return self._forked([os.fsdecode(each) for each in args], stdin, env)
        done = subprocess.run(
            [*COMMAND, *args],
            input=stdin,
            env=env,
            cwd=self.directory,
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
        )
        return Ended(done.returncode, done.stdout, done.stderr.decode())

    def _forked(self, args: list[str], stdin: bytes, env: dict[str, str]) -> Ended:
        (its_in, to_it), (from_it, its_out), (errors, its_err) = (os.pipe() for _ in range(3))
        process = forked.Forked(
            MODULE,
            args,
            environment=env,
            directory=self.directory,
            streams=(its_in, its_out, its_err),
            server=forked.server(MODULE, ROOT, **USUAL),
        )
        for own in (its_in, its_out, its_err):
            os.close(own)
        with ThreadPoolExecutor(3) as pipes:
            pipes.submit(_give, to_it, stdin)
            out, err = pipes.submit(_take, from_it), pipes.submit(_take, errors)
            try:
                code = process.wait(TIMEOUT)
            finally:
                process.kill()
            return Ended(code, out.result(), err.result().decode())

    def start(self, *args: str, **options: Any) -> subprocess.Popen[bytes]:
        """Start it, to be looked at while it runs; stdout and stderr are pipes unless given."""
        given: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
        return subprocess.Popen(
            [*COMMAND, *args],
            stdin=subprocess.DEVNULL,
            env=self.environment(),
            cwd=self.directory,
            **given,
        )

    def on_terminal(self, *args: str, stdout: bool = False) -> Ended:
        """Run it to its end with a terminal for stderr, and for stdout too if asked for."""
        with _terminal() as (terminal, shown):
            process = self.start(*args, stderr=terminal, **({"stdout": terminal} if stdout else {}))
            os.close(terminal)
            with ThreadPoolExecutor(1) as reader:
                seen = reader.submit(_all_of, shown)
                try:
                    out, _ = process.communicate(timeout=TIMEOUT)
                finally:
                    process.kill()
                    process.wait()
        return Ended(process.returncode, out or b"", seen.result())


def on_path(directory: Path) -> str:
    """Give what a shell has to do first, so that it finds the command line by its name."""
    directory.mkdir(exist_ok=True)
    program = directory / "tcproxy-client"
    program.write_text(f'#!/bin/sh\nexec {shlex.join(COMMAND)} "$@"\n')
    program.chmod(0o755)
    return f"PATH={shlex.quote(str(directory))}:$PATH; "


MODULE = "tcproxy_client"
COMMAND = [sys.executable, "-m", MODULE]
USUAL = environment(
    {"PYTHONWARNINGS": "error", "PYTHONPATH": str(ROOT / "client"), "TERM": "xterm"}
)
"""The environment of a run, but for the proxy: nothing of the outer one; warnings are errors."""


def _give(pipe: int, data: bytes) -> None:
    with contextlib.suppress(BrokenPipeError), os.fdopen(pipe, "wb") as file:
        file.write(data)


def _take(pipe: int) -> bytes:
    with os.fdopen(pipe, "rb") as file:
        return file.read()


@contextlib.contextmanager
def _terminal() -> Any:
    shown, terminal = pty.openpty()
    try:
        yield terminal, shown
    finally:
        os.close(shown)


def _all_of(shown: int) -> str:
    """Read what a terminal shows until all that write to it have ended."""
    seen = b""
    with contextlib.suppress(OSError):  # on Linux that is how its end is told
        while piece := os.read(shown, 65536):
            seen += piece
    return seen.decode()
