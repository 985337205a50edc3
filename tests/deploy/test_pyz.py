"""`make pyz`: one file that is started by its path, wherever it lies and whoever starts it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.deploy import building
from tests.deploy.building import ROOT
from tests.harness.daemon import Daemon, Finished, environment

pytestmark = pytest.mark.timeout(300)  # what is built may have to be downloaded

STRANGER = 12345
_VERSION = "{}.{}".format(*sys.version_info[:2])
_INFO = re.compile(r"site-packages/([^/]+)-[^-/]+\.dist-info/METADATA$")


def env_of(home: Path, temporary: Path, **more: str) -> dict[str, str]:
    """Return an environment in which the Python that built the file is found."""
    path = f"{Path(building.python(_VERSION)).parent}:{os.environ['PATH']}"
    return environment({"PATH": path, "HOME": str(home), "TMPDIR": str(temporary), **more})


def run(*command: str | Path, env: dict[str, str], user: int | None = None) -> Finished:
    """Run the file to its end."""
    done = subprocess.run(
        command,
        env=env,
        cwd="/",
        user=user,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Finished(done.returncode, done.stdout, done.stderr)


def test_it_holds_what_is_pinned_and_nothing_of_the_machine_that_built_it(pyz: Path) -> None:
    pinned = re.findall(r"(?m)^([a-z0-9-]+)==", (ROOT / "requirements" / "run.txt").read_text())
    with zipfile.ZipFile(pyz) as archive:
        names = archive.namelist()
        found = {match[1].lower() for name in names if (match := _INFO.match(name))}
        texts = [archive.read(name) for name in names if not name.endswith(".so")]
    assert found == {name.replace("-", "_") for name in pinned} - {"flit_core"} | {"tcproxy"}
    assert not [text for text in texts if str(ROOT).encode() in text]


def test_first_starts_at_the_same_time(pyz: Path, tmp_path: Path) -> None:
    env = env_of(tmp_path / "home", tmp_path)

    def start(_: int) -> Daemon:
        return Daemon("--sandbox", program=[str(pyz)], cwd=tmp_path, env=env)

    with ThreadPoolExecutor(2) as threads:
        for daemon in threads.map(start, range(2)):
            with daemon:
                answer = daemon.request("GET", "/secrets/v1/secret/demo")
                assert answer.status == 200, answer
                assert answer.header("X-Taskcluster-Proxy-Revision") == _revision()
    unpacked = list((tmp_path / "home" / ".cache" / "tcproxy").glob("tcproxy.pyz_*"))
    assert len(unpacked) == 1


def _revision() -> str:
    done = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or "unknown"


def test_without_a_home_that_can_be_written_to(pyz: Path, tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can start it as a user without a home")
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    temporary.chmod(0o1777)
    open_the_way_to(temporary)
    open_the_way_to(pyz.parent)
    env = env_of(Path("/nonexistent"), temporary)
    del env["HOME"]
    done = run(_as_found_by(STRANGER), pyz, "--short-version", env=env, user=STRANGER)
    assert (done.code, done.stdout.strip()) == (0, "0.1.0"), done.stderr
    folder = temporary / f"tcproxy-{STRANGER}"
    assert folder.stat().st_uid == STRANGER
    assert folder.stat().st_mode & 0o777 == 0o700


def open_the_way_to(folder: Path) -> None:
    """Let every user enter pytest's folders, down to this one."""
    for each in (folder, *folder.parents):
        if each.stat().st_uid == os.geteuid() and "pytest" in str(each):
            each.chmod(each.stat().st_mode | 0o055)


def _as_found_by(user: int) -> str:
    """Return a Python of the right version that this user can start."""
    name = f"python{_VERSION}"
    for python in (str(building.python(_VERSION)), f"/usr/local/bin/{name}", f"/usr/bin/{name}"):
        try:
            subprocess.run([python, "-c", "import ssl"], user=user, cwd="/", check=True)
        except (OSError, subprocess.CalledProcessError):
            continue
        return python
    pytest.skip(f"every {name} lies where another user cannot start it")


class TestRefusals:
    """One line says what is wrong, and the exit code is that of a wrong setting."""

    @pytest.fixture
    def temporary(self, tmp_path: Path) -> Path:
        folder = tmp_path / "tmp"
        folder.mkdir()
        return folder

    def test_a_folder_that_others_can_write_to(self, pyz: Path, temporary: Path) -> None:
        theirs = temporary / f"tcproxy-{os.geteuid()}"
        theirs.mkdir()
        theirs.chmod(0o777)
        done = run(pyz, "--version", env=env_of(Path("/dev/null"), temporary))
        assert done.code == 2
        assert done.error_line == (
            f"tcproxy.pyz: cannot unpack into /dev/null/.cache/tcproxy or {theirs}; "
            "name another folder with SHIV_ROOT"
        )
        assert not list(theirs.iterdir())

    def test_a_link_to_a_folder_of_ones_own(self, pyz: Path, temporary: Path) -> None:
        (temporary / "own").mkdir(mode=0o700)
        (temporary / f"tcproxy-{os.geteuid()}").symlink_to(temporary / "own")
        done = run(pyz, "--version", env=env_of(Path("/dev/null"), temporary))
        assert done.code == 2
        assert "cannot unpack" in done.error_line

    def test_a_root_that_cannot_be_written_to(self, pyz: Path, temporary: Path) -> None:
        env = env_of(temporary, temporary, SHIV_ROOT="/dev/null/x")
        done = run(pyz, "--version", env=env)
        assert done.code == 2
        assert done.error_line == "tcproxy.pyz: SHIV_ROOT: cannot unpack into /dev/null/x"

    def test_another_python(self, pyz: Path, temporary: Path) -> None:
        other = "3.13" if _VERSION != "3.13" else "3.12"
        python = building.python(other)
        done = run(python, pyz, "--version", env=env_of(temporary, temporary))
        assert done.code == 2
        assert "this file was built for .cpython-" + _VERSION.replace(".", "") in done.error_line
        assert str(python) in done.error_line
