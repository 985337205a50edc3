"""deploy/kubernetes: the component adds the sidecar to any workload, as the API's schemas want."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]  # it tells no types
import pytest
import yaml

from tests.deploy import building
from tests.deploy.building import ROOT
from tests.harness.daemon import environment

FOLDER = ROOT / "deploy" / "kubernetes"
COMPONENT = FOLDER / "component"
VERSIONS = ("1.29", "1.34", kubernetes_validate.latest_version())
README = (FOLDER / "README.md").read_text()

Document = dict[str, Any]

WORKLOADS = ("Job", "Deployment", "StatefulSet", "DaemonSet")


def render(folder: Path) -> list[Document]:
    """Return what `kubectl kustomize` makes of a folder."""
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl is not installed")
    return list(yaml.safe_load_all(building.run(["kubectl", "kustomize", folder])))


def sidecar() -> Document:
    """Return the container that the component adds."""
    patch = yaml.safe_load((COMPONENT / "sidecar.yaml").read_text())
    (container,) = patch["spec"]["template"]["spec"]["initContainers"]
    found: Document = container
    return found


@pytest.fixture(scope="module")
def example() -> list[Document]:
    return render(FOLDER / "example")


@pytest.mark.parametrize("version", VERSIONS)
class TestSchemas:
    def test_the_example_as_it_is_rendered(self, example: list[Document], version: str) -> None:
        for document in example:
            kubernetes_validate.validate(document, version, strict=True)

    def test_the_files(self, version: str) -> None:
        """Also where nothing can render them."""
        files = [*FOLDER.glob("example/*.yaml"), *FOLDER.glob("component/network-policy.yaml")]
        checked = [path for path in files if path.name != "kustomization.yaml"]
        assert checked
        for path in checked:
            document = yaml.safe_load(path.read_text())
            kubernetes_validate.validate(document, version, strict=True)

    def test_the_patch_in_a_whole_job(self, version: str) -> None:
        job = yaml.safe_load((COMPONENT / "sidecar.yaml").read_text())
        pod = job["spec"]["template"]["spec"]
        pod |= {"restartPolicy": "Never", "containers": [{"name": "task", "image": "task"}]}
        kubernetes_validate.validate(job, version, strict=True)
        pod["initContainers"][0]["readinesProbe"] = {}
        with pytest.raises(kubernetes_validate.ValidationError):
            kubernetes_validate.validate(job, version, strict=True)


class TestTheExample:
    @pytest.fixture
    def pod(self, example: list[Document]) -> Document:
        (job,) = [each for each in example if each["kind"] == "Job"]
        found: Document = job["spec"]["template"]["spec"]
        return found

    def test_the_task_is_as_it_was(self, pod: Document) -> None:
        before = yaml.safe_load((FOLDER / "example" / "job.yaml").read_text())
        assert pod["containers"] == before["spec"]["template"]["spec"]["containers"]
        assert pod["securityContext"]["runAsUser"] == 1000

    def test_its_sidecar_is_of_the_native_kind(self, pod: Document) -> None:
        (container,) = pod["initContainers"]
        assert container["restartPolicy"] == "Always"
        assert container["image"] == "registry.example.com/tcproxy:0.1.0"

    def test_settings_come_from_the_generated_map(
        self, pod: Document, example: list[Document]
    ) -> None:
        (settings,) = [each for each in example if each["kind"] == "ConfigMap"]
        (reference,) = pod["initContainers"][0]["envFrom"]
        assert reference["configMapRef"]["name"] == settings["metadata"]["name"]
        assert settings["data"] == {"TASKCLUSTER_ROOT_URL": "https://tc.example.com"}

    def test_credentials_are_mounted_by_the_sidecar_alone(self, pod: Document) -> None:
        (volume,) = pod["volumes"]
        assert volume["secret"]["secretName"] == "tcproxy-credentials"
        users = [
            container["name"]
            for container in (*pod["initContainers"], *pod["containers"])
            for mount in container.get("volumeMounts", ())
            if mount["name"] == volume["name"]
        ]
        assert users == ["tcproxy"]
        assert pod["automountServiceAccountToken"] is False

    def test_no_other_pod_reaches_the_port(self, example: list[Document]) -> None:
        name = "tcproxy-is-for-its-own-pod"
        (policy,) = [each for each in example if each["metadata"]["name"] == name]
        (rule,) = policy["spec"]["ingress"]
        open_ports = {
            port
            for each in rule["ports"]
            if each["protocol"] == "TCP"
            for port in range(each["port"], each["endPort"] + 1)
        }
        port = next(int(e["value"]) for e in sidecar()["env"] if e["name"] == "TCPROXY_PORT")
        assert open_ports == set(range(1, 65536)) - {port}


@pytest.mark.parametrize("kind", WORKLOADS)
def test_every_kind_of_workload_gets_it(kind: str, tmp_path: Path) -> None:
    container = {"name": "app", "image": "app"}
    own = {"name": "migrate", "image": "app"}
    app: Document = {
        "apiVersion": "batch/v1" if kind == "Job" else "apps/v1",
        "kind": kind,
        "metadata": {"name": "app"},
        "spec": {
            "template": {
                "metadata": {"labels": {"app": "app"}},
                "spec": {"containers": [container], "initContainers": [own]},
            }
        },
    }
    if kind == "Job":
        app["spec"]["template"]["spec"]["restartPolicy"] = "Never"
    else:
        app["spec"]["selector"] = {"matchLabels": {"app": "app"}}
    if kind == "StatefulSet":
        app["spec"]["serviceName"] = "app"
    shutil.copytree(COMPONENT, tmp_path / "component")
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "app.yaml").write_text(yaml.safe_dump(app))
    kustomization = {"resources": ["app.yaml"], "components": ["../component"]}
    (tmp_path / "app" / "kustomization.yaml").write_text(yaml.safe_dump(kustomization))
    (found,) = [each for each in render(tmp_path / "app") if each["kind"] == kind]
    kubernetes_validate.validate(found, VERSIONS[-1], strict=True)
    template = found["spec"]["template"]
    assert template["metadata"]["labels"] == {"app": "app", "tcproxy": "sidecar"}
    # Before the workload's own, which may want to use it.
    assert [each["name"] for each in template["spec"]["initContainers"]] == ["tcproxy", "migrate"]
    assert template["spec"]["containers"] == [container]


class TestTheSidecar:
    def test_it_may_do_as_little_as_possible(self) -> None:
        assert sidecar()["securityContext"] == {
            "runAsNonRoot": True,
            "runAsUser": 65532,
            "runAsGroup": 65532,
            "readOnlyRootFilesystem": True,
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "seccompProfile": {"type": "RuntimeDefault"},
        }
        assert f"USER {65532}:{65532}\n" in (ROOT / "Dockerfile").read_text()

    def test_probes_ask_where_the_daemon_listens(self) -> None:
        """What they say of nobody being there names the place that they asked."""
        env = environment({each["name"]: each["value"] for each in sidecar()["env"]})
        port = {"TCPROXY_PORT": "1"}  # one that nobody listens on
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            program, *arguments = sidecar()[probe]["exec"]["command"]
            command = [str(Path(sys.executable).with_name(program)), *arguments]
            done = subprocess.run(
                command, env=env | port, capture_output=True, text=True, timeout=60, check=False
            )
            assert done.returncode == 1
            assert "http://127.0.0.1:1:" in done.stderr

    def test_its_arguments_are_flags_of_the_daemon(self) -> None:
        help_text = building.run([Path(sys.executable).with_name("tcproxy"), "--help"])
        for argument in sidecar()["args"]:
            assert argument.partition("=")[0] in help_text
        for each in sidecar()["env"]:
            assert each["name"] in help_text

    def test_its_credentials_lie_where_they_are_mounted(self) -> None:
        (mount,) = sidecar()["volumeMounts"]
        assert f"--credentials-file={mount['mountPath']}/credentials.json" in sidecar()["args"]
        assert "--from-file=credentials.json" in README


def test_the_readme_names_settings_that_exist() -> None:
    help_text = building.run([Path(sys.executable).with_name("tcproxy"), "--help"])
    for name in re.findall(r"TC?PROXY_[A-Z_]+|TASKCLUSTER_[A-Z_]+", README):
        assert name in help_text
