"""`make dist`: the packages have all they need and no more, and work where nothing else is."""

from __future__ import annotations

import email
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.deploy import building
from tests.deploy.building import ROOT
from tests.harness import daemon as process
from tests.harness.daemon import Daemon

pytestmark = pytest.mark.timeout(300)  # what is built may have to be downloaded

VERSIONS = ("3.11", "3.12", "3.13")
KINDS_OF_FILES = {"py", "pyi", "typed", "html", "css", "js", "json", "svg"}
DIST_INFO = {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE"}

PACKAGES = [
    pytest.param(ROOT, "tcproxy", id="tcproxy"),
    pytest.param(ROOT / "client", "tcproxy_client", id="tcproxy-client"),
]
each_package = pytest.mark.parametrize(("home", "package"), PACKAGES)


def project(home: Path) -> dict[str, Any]:
    """Return what pyproject.toml says about the package."""
    said: dict[str, Any] = tomllib.loads((home / "pyproject.toml").read_text())["project"]
    return said


def contents(wheel: Path) -> dict[str, bytes]:
    """Return the files of a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def sources(home: Path, package: str) -> set[str]:
    """Return the files of a package as they lie in the tree."""
    files = {path for path in (home / package).rglob("*") if path.is_file()}
    return {str(path.relative_to(home)) for path in files if "__pycache__" not in path.parts}


def wheel_of(dist: Path, package: str) -> Path:
    return next(dist.glob(f"{package}-*.whl"))


def sdist_of(dist: Path, package: str) -> Path:
    return next(dist.glob(f"{package}-*.tar.gz"))


class TestContents:
    @each_package
    def test_a_wheel_has_the_package_and_nothing_else(
        self, dist: Path, home: Path, package: str
    ) -> None:
        dist_info = f"{package}-{project(home)['version']}.dist-info/"
        names = set(contents(wheel_of(dist, package)))
        about = {name.removeprefix(dist_info) for name in names if name.startswith(dist_info)}
        assert {name for name in names if not name.startswith(dist_info)} == sources(home, package)
        assert about - {"entry_points.txt"} == DIST_INFO - {"entry_points.txt"}
        assert ("entry_points.txt" in about) == any(
            key in project(home) for key in ("scripts", "entry-points")
        )

    def test_only_files_that_belong_into_a_package(self, dist: Path) -> None:
        names = {name for wheel in dist.glob("*.whl") for name in contents(wheel)}
        kinds = {name.rpartition(".")[2] for name in names if ".dist-info/" not in name}
        assert kinds <= KINDS_OF_FILES

    def test_types_are_among_them(self, dist: Path) -> None:
        daemon, client = (wheel_of(dist, name) for name in ("tcproxy", "tcproxy_client"))
        assert "tcproxy/py.typed" in contents(daemon)
        assert {"tcproxy_client/py.typed", "tcproxy_client/queue.pyi"} <= set(contents(client))

    def test_check_wheel_contents_finds_nothing(self, dist: Path) -> None:
        tool = Path(sys.executable).with_name("check-wheel-contents")
        building.run([tool, *sorted(dist.glob("*.whl"))])

    @each_package
    def test_a_source_distribution_has_what_builds_the_same_wheel(
        self, dist: Path, tmp_path: Path, home: Path, package: str
    ) -> None:
        with tarfile.open(sdist_of(dist, package)) as archive:
            archive.extractall(tmp_path / "source", filter="data")
        (unpacked,) = (tmp_path / "source").iterdir()
        beside = {path.name for path in unpacked.iterdir()} - {package}
        assert beside == {"LICENSE", "README.md", "pyproject.toml", "PKG-INFO"}
        build = [sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir"]
        for place, source in {"from_source": unpacked, "from_tree": home}.items():
            building.run([*build, tmp_path / place, source])
        expected = contents(wheel_of(dist, package))
        assert contents(wheel_of(tmp_path / "from_source", package)) == expected
        assert contents(wheel_of(tmp_path / "from_tree", package)) == expected


@each_package
def test_the_metadata_is_complete(dist: Path, home: Path, package: str) -> None:
    found = contents(wheel_of(dist, package))
    text = next(text for name, text in found.items() if name.endswith("/METADATA"))
    said = email.message_from_bytes(text)
    assert said["Name"] == project(home)["name"]
    assert said["Version"] == project(home)["version"]
    assert said["Summary"] == project(home)["description"]
    assert said["Requires-Python"] == ">=3.11"
    assert said["License-Expression"] == "MIT"
    assert said["License-File"] == "LICENSE"
    assert said["Author"]
    assert said["Keywords"]
    classifiers = set(said.get_all("Classifier") or [])
    versions = {f"Programming Language :: Python :: {version}" for version in VERSIONS}
    assert versions | {"Typing :: Typed"} < classifiers
    assert len(said.get_all("Requires-Dist") or []) >= len(project(home)["dependencies"])
    assert said["Description-Content-Type"] == "text/markdown"
    description = said.get_payload(decode=True)
    assert isinstance(description, bytes)
    assert description.strip() == (home / "README.md").read_bytes().strip()


@pytest.mark.parametrize("version", VERSIONS)
class TestEmptyEnvironments:
    """Each Python starts from nothing; only the wheel and what it asks for is installed."""

    def test_the_daemon_answers_a_signed_request(
        self, wheel: Path, tmp_path: Path, version: str
    ) -> None:
        python = building.empty_environment(building.python(version), tmp_path / "environment")
        building.install(python, wheel, building.write_constraints(tmp_path / "constraints.txt"))
        tcproxy = str(python.with_name("tcproxy"))
        home = building.run([python, "-c", "import tcproxy; print(tcproxy.__file__)"], cwd=tmp_path)
        assert home.startswith(str(tmp_path / "environment"))
        with Daemon("--sandbox", program=[tcproxy], cwd=tmp_path) as daemon:
            secret = daemon.request("GET", "/secrets/v1/secret/demo")
            assert secret.status == 200, secret
            assert "secret" in secret.json()

    def test_the_client_calls_a_proxy(
        self, client_wheel: Path, tmp_path: Path, version: str, sandbox: Daemon
    ) -> None:
        python = building.empty_environment(building.python(version), tmp_path / "environment")
        constraints = building.write_constraints(tmp_path / "constraints.txt")
        building.install(python, client_wheel, constraints)
        script = "import tcproxy_client; print(tcproxy_client.Secrets().get('demo')['secret'])"
        env = process.environment({"TASKCLUSTER_PROXY_URL": sandbox.url, "PYTHONWARNINGS": "error"})
        assert building.run([python, "-c", script], env=env, cwd=tmp_path).startswith("{")


def test_an_environment_without_the_package_does_not_have_it(tmp_path: Path) -> None:
    """The tests above would not find the tree's own package by chance."""
    python = building.empty_environment(Path(sys.executable), tmp_path / "environment")
    done = subprocess.run(
        [python, "-c", "import tcproxy"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert "ModuleNotFoundError" in done.stderr
