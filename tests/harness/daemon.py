"""The daemon as its users have it: a process with a command line, signals, logs and a port."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self

from tests.harness import forked as forks
from tests.harness.caller import Caller, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

ROOT = Path(__file__).resolve().parents[2]
START_TIMEOUT = 30.0
STOP_TIMEOUT = 15.0

CLIENT_ID = "tester"
ACCESS_TOKEN = "a-token-that-nobody-may-see"

Process = subprocess.Popen[bytes] | forks.Forked

_SERVING = re.compile(r"Serving on (\[[0-9a-fA-F:]+\]|[^:\s]+):(\d+)")
_BUG_MARKS = ("Traceback (most recent call last)", "Exception ignored", "Task was destroyed")


@dataclass(frozen=True, slots=True)
class Finished:
    """A process that came to its end."""

    code: int
    stdout: str
    stderr: str

    @property
    def error_line(self) -> str:
        """The only line on stderr: what a user sees of a wrong setting."""
        lines = self.stderr.splitlines()
        assert len(lines) == 1, f"expected one line on stderr:\n{self.stderr}"
        assert not self.stdout, self.stdout
        return lines[0]


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return an environment without any setting of the outer one, plus `extra`."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return kept | {"LANG": "C.UTF-8", "PYTHONWARNINGS": "default"} | dict(extra or {})


def command(*args: str, module: str = "tcproxy") -> list[str]:
    """Return the command line that starts a module of the project with these arguments."""
    return [sys.executable, "-m", module, *args]


def run(
    *args: str,
    env: Mapping[str, str] | None = None,
    launcher: Sequence[str] = (),
    pass_fds: Sequence[int] = (),
    module: str = "tcproxy",
    forked: bool = True,
) -> Finished:
    """Run `tcproxy` to its end, for command lines that do not serve.

    Args:
        *args: Command-line arguments.
        env: Environment variables to add.
        launcher: A command line that ends by executing the daemon's, which is appended.
        pass_fds: File descriptors that it inherits.
        module: The module that runs.
        forked: Fork it from a process that has imported it, where nothing stands against it.
    """
    with tempfile.TemporaryFile("w+") as stdout, tempfile.TemporaryFile("w+") as stderr:
        process = _start(
            *args,
            env=environment(env),
            launcher=launcher,
            pass_fds=pass_fds,
            outputs=(stdout.fileno(), stderr.fileno()),
            module=module,
            forked=forked,
        )
        try:
            code = process.wait(START_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise
        stdout.seek(0)
        stderr.seek(0)
        return Finished(code, stdout.read(), stderr.read())


def _start(
    *args: str,
    env: Mapping[str, str],
    outputs: tuple[int, int],
    module: str = "tcproxy",
    program: Sequence[str] = (),
    launcher: Sequence[str] = (),
    pass_fds: Sequence[int] = (),
    cwd: Path = ROOT,
    stdin: int | None = None,
    forked: bool,
) -> Process:
    """Start a process that writes to these file descriptors."""
    is_plain = not (program or launcher or pass_fds)
    if forked and is_plain and forks.is_possible(env, environment()):
        with open(os.devnull) as nothing:  # noqa: PTH123  a descriptor is what is needed
            return forks.Forked(
                module,
                args,
                environment=env,
                directory=cwd,
                streams=(nothing.fileno() if stdin is None else stdin, *outputs),
                server=forks.server("tcproxy", ROOT, **environment()),
            )
    return subprocess.Popen(
        [*launcher, *(program or command(module=module)), *args],
        env=env,
        cwd=cwd,
        stdin=subprocess.DEVNULL if stdin is None else stdin,
        stdout=outputs[0],
        stderr=outputs[1],
        pass_fds=pass_fds,
    )


class Daemon:
    """A running daemon. Use it as a context manager: leaving stops it and checks its output.

    Args:
        *args: Command-line arguments beside those made from the keywords.
        root_url: `--root-url`, where given.
        client_id: `--client-id`, if there is a root URL.
        access_token: TASKCLUSTER_ACCESS_TOKEN, if there is a root URL: secrets on a command line
            are worth a warning, which most tests do not want.
        certificate: TASKCLUSTER_CERTIFICATE, if there is a root URL.
        env: Environment variables to add.
        port: `--port`; None gives none.
        secrets: Texts that must never turn up in the output.
        serve: Wait until it serves.
        launcher: A command line that ends by executing the daemon's, which is appended.
        program: The command that is the daemon, instead of this environment's module.
        cwd: The folder it starts in.
        pass_fds: File descriptors that it inherits.
        stdin: File descriptor of its standard input; None for the null device.
        forked: Fork it from a process that has imported it, where nothing stands against it: see
            `fork_server`.
    """

    def __init__(
        self,
        *args: str,
        root_url: str | None = None,
        client_id: str | None = CLIENT_ID,
        access_token: str | None = ACCESS_TOKEN,
        certificate: str | None = None,
        env: Mapping[str, str] | None = None,
        port: int | None = 0,
        secrets: Sequence[str] = (),
        serve: bool = True,
        module: str = "tcproxy",
        launcher: Sequence[str] = (),
        program: Sequence[str] = (),
        cwd: Path = ROOT,
        pass_fds: Sequence[int] = (),
        stdin: int | None = None,
        forked: bool = False,
    ) -> None:
        line = [] if port is None else ["--port", str(port)]
        if root_url is not None:
            line += ["--root-url", root_url]
            line += [] if client_id is None else ["--client-id", client_id]
        given = {"TASKCLUSTER_ACCESS_TOKEN": access_token, "TASKCLUSTER_CERTIFICATE": certificate}
        hidden = {name: value for name, value in given.items() if root_url is not None and value}
        self.secrets = [ACCESS_TOKEN, *secrets]
        self.events: list[dict[str, Any]] = []
        self.stderr_lines: list[str] = []
        self.stdout_lines: list[str] = []
        self.address = ("", 0)
        self._checked = [0, 0]
        self._ended = 0
        self._changed = threading.Condition()
        ends = os.pipe(), os.pipe()
        self._outputs = [
            os.fdopen(end, encoding="utf-8", errors="backslashreplace") for end, _ in ends
        ]
        self.process = _start(
            *line,
            *args,
            env=environment(hidden | dict(env or {})),
            outputs=(ends[0][1], ends[1][1]),
            module=module,
            program=program,
            launcher=launcher,
            pass_fds=pass_fds,
            cwd=cwd,
            stdin=stdin,
            forked=forked,
        )
        for _, end in ends:
            os.close(end)
        self._readers = [
            threading.Thread(target=self._read, args=(output, take))
            for output, take in zip(
                self._outputs, (self._take_stdout, self._take_stderr), strict=True
            )
        ]
        for reader in self._readers:
            reader.daemon = True
            reader.start()
        if serve:
            try:
                self.wait_until_serving()
            except BaseException:
                self.kill()
                raise

    # -- what it says -----------------------------------------------------------------------------

    @property
    def output(self) -> str:
        """Everything it has said so far."""
        return "\n".join([*self.stderr_lines, *self.stdout_lines])

    @property
    def url(self) -> str:
        """Where it serves."""
        host, port = self.address
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"

    def wait_until_serving(self) -> None:
        """Wait for the line that tells the port."""
        self.wait_until(lambda: self.address[1] > 0, START_TIMEOUT, "serve")

    def wait_for_event(
        self,
        matches: Callable[[dict[str, Any]], bool],
        *,
        since: int = 0,
        seconds: float = START_TIMEOUT,
    ) -> dict[str, Any]:
        """Wait for a log event that matches, and return it.

        Args:
            matches: Tells whether an event is the one.
            since: Ignore so many events from the start; see `mark`.
            seconds: How long to wait.
        """
        found: list[dict[str, Any]] = []

        def look() -> bool:
            found[:] = [event for event in self.events[since:] if matches(event)]
            return bool(found)

        self.wait_until(look, seconds, "log the event")
        return found[0]

    def request_event(self, target: str, *, since: int = 0) -> dict[str, Any]:
        """Wait for the line about a request whose logged target starts with `target`."""
        return self.wait_for_event(
            lambda event: (
                event["event"] == "request" and str(event.get("target", "")).startswith(target)
            ),
            since=since,
        )

    def mark(self) -> int:
        """Return the number of log events so far."""
        return len(self.events)

    def wait_until(self, condition: Callable[[], bool], seconds: float, aim: str) -> None:
        """Wait until its output makes `condition` true."""
        with self._changed:
            met = self._changed.wait_for(
                lambda: condition() or self._ended == len(self._readers), seconds
            )
            met = met and condition()
        assert met, f"it did not {aim}; exit code {self.process.poll()}, output:\n{self.output}"

    def check(self) -> None:
        """Fail if what it said since the last check shows a bug or a secret."""
        said = (self.stderr_lines, self.stdout_lines)
        text = "\n".join(
            line for each, old in zip(said, self._checked, strict=True) for line in each[old:]
        )
        self._checked = [len(each) for each in said]
        for mark in _BUG_MARKS:
            assert mark not in text, text
        for secret in self.secrets:
            assert secret not in text, f"{secret!r} is in the output:\n{text}"

    def forget(self) -> None:
        """Check what it said so far, and forget it."""
        with self._changed:
            self.check()
            for each in (self.events, self.stderr_lines, self.stdout_lines):
                each.clear()
            self._checked = [0, 0]

    # -- talking to it ----------------------------------------------------------------------------

    def connect(self, *, receive_buffer: int | None = None) -> Caller:
        """Open a connection to it."""
        return Caller(self.address, receive_buffer=receive_buffer)

    def request(
        self,
        method: str = "GET",
        target: str | bytes = "/",
        headers: Iterable[tuple[str | bytes, str | bytes]] = (),
        body: bytes | None = None,
    ) -> Response:
        """Make one request on a connection of its own."""
        with self.connect() as caller:
            return caller.request(method, target, headers, body)

    # -- its process ------------------------------------------------------------------------------

    def memory(self, field: str = "VmRSS") -> int:
        """Return resident memory in bytes; `VmHWM` for the peak."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith(field + ":"))
        return int(line.split()[1]) * 1024

    def reset_peak_memory(self) -> int:
        """Start a new measurement of VmHWM, and return the memory it starts from."""
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")
        return self.memory()

    def open_files(self) -> int:
        """Return the number of file descriptors it has open."""
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Stop it for a while: what others do meanwhile it finds done."""
        self.signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.signal(signal.SIGCONT)

    def wait(self, seconds: float = STOP_TIMEOUT) -> int:
        """Wait for its end, and return its exit code."""
        code = self.process.wait(seconds)
        for reader in self._readers:
            reader.join(STOP_TIMEOUT)
        for output in self._outputs:
            output.close()
        return code

    def stop(self) -> None:
        """Stop it as a supervisor does, and check exit code and output."""
        self.signal(signal.SIGTERM)
        try:
            code = self.wait()
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"SIGTERM did not stop it:\n{self.output}") from None
        self.check()
        assert code == 0, f"exit code {code} after SIGTERM:\n{self.output}"

    def kill(self) -> None:
        """End it at all costs."""
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        self.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if self.process.poll() is not None:
            self.wait()
            self.check()
        elif kind is not None:
            self.kill()
        else:
            self.stop()

    # -- reading its output -----------------------------------------------------------------------

    def _read(self, stream: IO[str], take: Callable[[str], None]) -> None:
        for line in stream:
            with self._changed:
                take(line.rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self._ended += 1
            self._changed.notify_all()

    def _take_stdout(self, line: str) -> None:
        self.stdout_lines.append(line)

    def _take_stderr(self, line: str) -> None:
        self.stderr_lines.append(line)
        if serving := _SERVING.search(line):
            self.address = (serving[1].strip("[]"), int(serving[2]))
        with contextlib.suppress(ValueError):
            event = json.loads(line)
            if isinstance(event, dict):
                self.events.append(event)


def wait_until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Ask again and again until `condition` is true, where nothing tells when it becomes so."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.02)
