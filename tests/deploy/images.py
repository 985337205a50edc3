"""Dockerfiles without a container engine: read, and run step by step in folders.

Each stage is a folder that becomes the root of what runs in it. The base image is played by the
machine: its own /usr and the like, and the Python of the tests, all read-only. So this shows what
the steps do, but not whether they fit the real base image.
"""

from __future__ import annotations

import dataclasses
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pip

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_IN_TREE = Path(__file__).with_name("in_tree.py")
_VERSION = "{}.{}".format(*sys.version_info[:2])
_PYTHON = shlex.quote(f"{sys.base_prefix}/bin/python{_VERSION}")
_PROGRAMS = {
    "python": f'exec {_PYTHON} "$@"',
    "pip": f'PYTHONPATH=/pip exec {_PYTHON} -m pip "$@"',
}
_BUILDERS_VARIABLES = re.compile(r"PIP_.*|.*_(CERT|CERT_FILE|CA_BUNDLE|proxy|PROXY)")
_PIP_CONFIGURATIONS = [
    Path(os.environ.get("PIP_CONFIG_FILE") or os.devnull),
    Path("~/.config/pip/pip.conf"),
    Path("~/.pip/pip.conf"),
]
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


@dataclass(frozen=True, slots=True)
class Step:
    """An instruction of a Dockerfile, on one line."""

    name: str
    value: str

    @property
    def words(self) -> list[str]:
        """The arguments, in shell or exec form."""
        if self.value.startswith("["):
            words: list[str] = json.loads(self.value)
            return words
        return shlex.split(self.value)


@dataclass(frozen=True, slots=True)
class Stage:
    """What stands between one FROM and the next."""

    base: str
    name: str
    steps: list[Step]

    def last(self, name: str) -> Step:
        """Return the instruction that holds in the end."""
        return [step for step in self.steps if step.name == name][-1]


def read(text: str) -> list[Stage]:
    """Read a Dockerfile."""
    text = re.sub(r"(?m)^\s*#.*\n", "", text)
    defaults: dict[str, str] = {}
    stages: list[Stage] = []
    for line in re.sub(r"\\\n", "", text).splitlines():
        name, _, value = line.strip().partition(" ")
        step = Step(name.upper(), value.strip())
        if step.name == "FROM":
            base, _, as_name = _expanded(step.value, defaults).partition(" AS ")
            stages.append(Stage(base, as_name, []))
        elif stages and name:
            stages[-1].steps.append(step)
        elif step.name == "ARG":
            key, _, default = step.value.partition("=")
            defaults[key] = default
    return stages


def _expanded(text: str, variables: Mapping[str, str]) -> str:
    return _VARIABLE.sub(lambda match: variables.get(match[1] or match[2], ""), text)


@dataclass(frozen=True, slots=True)
class Run:
    """How a command runs in a tree."""

    root: str
    env: dict[str, str]
    cwd: str = "/"
    user: int = 0
    read_only: bool = False
    network: bool = False
    folders: dict[str, str] = field(default_factory=dict)

    def launcher(self) -> list[str]:
        """Return the command line that runs what is appended to it."""
        unshare = ["unshare", "--mount", *(["--net"] if self.network else [])]
        return [*unshare, sys.executable, str(_IN_TREE), json.dumps(dataclasses.asdict(self)), "--"]


class Tree:
    """A stage: a folder, and what its instructions say of how to run in it."""

    def __init__(self, root: Path, context: Path) -> None:
        """Name the folders.

        Args:
            root: where it is, or will be, built.
            context: where COPY takes files from.
        """
        self.root = root
        self._context = context
        self.env = {"PATH": "/programs:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"}
        self.cwd = "/"
        self.user = 0

    def play_base_image(self) -> None:
        """Put in place what the first instructions find."""
        (self.root / "programs").mkdir(parents=True)
        for name, line in _PROGRAMS.items():
            program = self.root / "programs" / name
            program.write_text(f"#!/bin/sh\n{line}\n")
            program.chmod(0o755)
        for path in map(Path.expanduser, _PIP_CONFIGURATIONS):
            if path.is_file():
                shutil.copy(path, self.root / "programs" / "pip.conf")
                break

    def follow(self, step: Step, arguments: Mapping[str, str], *, build: bool) -> None:
        """Do what an instruction says; without `build`, only what it says of how to run."""
        if step.name == "ENV":
            # All of one instruction see what was there before it.
            known = {**arguments, **self.env}
            pairs = [word.partition("=") for word in shlex.split(step.value)]
            self.env |= {key: _expanded(value, known) for key, _, value in pairs}
        elif step.name == "WORKDIR":
            self.cwd = step.value
            self._path(".").mkdir(parents=True, exist_ok=True)
        elif step.name == "USER":
            self.user = int(step.value.partition(":")[0])
        elif step.name == "COPY" and build:
            self._copy(step.words)
        elif step.name == "RUN" and build:
            self._run(step.value)

    def to_run(
        self, env: Mapping[str, str], *, read_only: bool = False, network: bool = False
    ) -> Run:
        """Return how a command runs in what was built."""
        return Run(
            root=str(self.root),
            env={**self.env, **env},
            cwd=self.cwd,
            user=self.user,
            read_only=read_only,
            network=network,
            folders={
                sys.base_prefix: sys.base_prefix,
                "/pip/pip": str(Path(pip.__file__).parent),
            },
        )

    def _run(self, line: str) -> None:
        builders = {key: os.environ[key] for key in os.environ if _BUILDERS_VARIABLES.match(key)}
        builders["PIP_CONFIG_FILE"] = "/programs/pip.conf"
        run = self.to_run({**builders, "HOME": "/nonexistent"})
        command = [*run.launcher(), "/bin/sh", "-c", line]
        done = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
        assert done.returncode == 0, f"RUN {line}\n{done.stdout}\n{done.stderr}"

    def _copy(self, words: list[str]) -> None:
        home, ignored = self._context, ["__pycache__"]
        if words[0].startswith("--from="):
            home, ignored = self.root.parent / words.pop(0).partition("=")[2], []
        *sources, target = words
        for source in sources:
            place = self._path(target) / Path(source).name if target.endswith("/") else None
            _copy(home / source.lstrip("/"), place or self._path(target), ignored)

    def _path(self, path: str) -> Path:
        """Return where a path of the stage lies."""
        return self.root / os.path.normpath(os.path.join(self.cwd, path)).lstrip("/")  # noqa: PTH118  resolve() would follow the host's links


def _copy(source: Path, target: Path, ignored: list[str]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns(*ignored))
    else:
        shutil.copy2(source, target)


def build(stages: Sequence[Stage], folder: Path, context: Path) -> None:
    """Build all stages, in folders of their names; the last one's is `final`."""
    for stage in stages:
        tree = Tree(folder / (stage.name or "final"), context)
        tree.play_base_image()
        _follow(tree, stage, build=True)


def built(stages: Sequence[Stage], folder: Path, context: Path) -> Tree:
    """Return the last stage of what `build` made."""
    tree = Tree(folder / "final", context)
    _follow(tree, stages[-1], build=False)
    return tree


def _follow(tree: Tree, stage: Stage, *, build: bool) -> None:
    arguments: dict[str, str] = {}
    for step in stage.steps:
        if step.name == "ARG":
            key, _, default = step.value.partition("=")
            arguments[key] = default
        tree.follow(step, arguments, build=build)


def enter(process_id: int, run: Run, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a further command beside one that runs, as `docker exec` and health checks do."""
    user = str(run.user)
    spaces = ["--mount", "--net", "--root", "--wd=/", "--setuid", user, "--setgid", user]
    return subprocess.run(
        ["nsenter", "--target", str(process_id), *spaces, *command],
        env=run.env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
