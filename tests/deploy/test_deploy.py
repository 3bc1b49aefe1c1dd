"""What runs the service elsewhere: no engine is here to try it, so its promises are read."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from soc_monitor.settings import Settings

DEPLOY = Path(__file__).parents[2] / "deploy"
SERVICES = ("setup", "web", "worker")


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return found


def manifests() -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text()))


def pod(name: str) -> dict[str, Any]:
    spec: dict[str, Any] = next(
        one["spec"]["template"]["spec"]
        for one in manifests()
        if one["kind"] == "Deployment" and one["metadata"]["name"] == name
    )
    return spec


def test_every_setting_reaches_each_service_of_compose() -> None:
    """By the file of settings: none has to be named, and none that is named is emptied."""
    for name in SERVICES:
        service = compose()["services"][name]
        assert service["env_file"] == [{"path": ".env", "required": False}]
        said = service["environment"]
        assert all(said.values()), f"{name} empties what the file of settings says"
        assert {"DATABASE_URL", "SOC_SECRET"} <= set(said)


def test_folders_that_compose_names_are_mounted() -> None:
    web = compose()["services"]["web"]
    mounted = [volume.rsplit(":", 2)[-2:] for volume in web["volumes"][1:]]
    assert ["/mirror", "ro"] in mounted
    assert ["/jobs", "ro"] in mounted
    assert web["environment"]["SOC_MIRROR"] == "/mirror"
    assert web["environment"]["SOC_INGEST_JOBS"] == "/jobs"


def test_the_image_has_what_running_needs() -> None:
    """Of the packages that ``system.sh run`` installs, all but Python and the database."""
    line = re.search(r"run\) packages=\"\$packages (.*)\"", (DEPLOY / "system.sh").read_text())
    assert line is not None
    needed = {name for name in line[1].split() if not name.startswith(("python3", "postgresql"))}
    installed = re.search(r"install -y --no-install-recommends (.*) \\", _dockerfile())
    assert installed is not None
    assert set(installed[1].split()) == needed


def _dockerfile() -> str:
    return (DEPLOY / "Dockerfile").read_text()


def test_the_image_is_not_root() -> None:
    user = re.search(r"^USER (\S+)", _dockerfile(), re.MULTILINE)
    assert user is not None
    assert user[1] == "soc-monitor"


def test_manifests_give_web_and_worker_the_same() -> None:
    spec = pod("soc-monitor")
    containers = [*spec["initContainers"], *spec["containers"]]
    assert [one["name"] for one in containers] == list(SERVICES)
    for one in containers:
        for key in ("image", "env", "envFrom", "volumeMounts", "securityContext"):
            assert one[key] == containers[0][key], f"{one['name']} has another {key}"
    assert spec["securityContext"]["runAsNonRoot"]
    proxies = [one for one in containers[0]["env"] if one["name"] == "SOC_TRUSTED_PROXIES"]
    assert proxies, "readers behind an ingress would share one limit"
    uid = re.search(r"--uid (\d+)", _dockerfile())
    assert uid is not None
    assert spec["securityContext"]["runAsUser"] == int(uid[1])


def test_manifests_select_what_they_make() -> None:
    """Each service finds pods, each volume is claimed, each port is one of a container."""
    made: dict[str, dict[str, Any]] = {}
    for one in manifests():
        made.setdefault(one["kind"], {})[one["metadata"]["name"]] = one["spec"]
    templates = [
        spec["template"] for kind in ("Deployment", "StatefulSet") for spec in made[kind].values()
    ]
    labels = [template["metadata"]["labels"] for template in templates]
    for spec in made["Service"].values():
        assert spec["selector"] in labels
    for template in templates:
        volumes = {volume["name"]: volume for volume in template["spec"]["volumes"]}
        claims = [v["persistentVolumeClaim"]["claimName"] for v in volumes.values()
                  if "persistentVolumeClaim" in v]  # fmt: skip
        assert set(claims) <= set(made["PersistentVolumeClaim"])
    postgis = made["StatefulSet"]["postgis"]
    assert postgis["serviceName"] in made["Service"]


def test_settings_are_told_to_operators() -> None:
    """Every setting of the service stands in the list of settings."""
    told = (DEPLOY / "README.md").read_text()
    for name, field in Settings.model_fields.items():
        alias = field.validation_alias
        setting = alias if isinstance(alias, str) else f"SOC_{name.upper()}"
        assert f"`{setting}`" in told, f"{setting} is not told"


ANALYZE = shutil.which("systemd-analyze")


@pytest.mark.skipif(ANALYZE is None, reason="no systemd here")
def test_the_unit_is_one(tmp_path: Path) -> None:
    unit = tmp_path / "soc-monitor.service"
    text = (DEPLOY / "soc-monitor.service").read_text()
    unit.write_text(re.sub(r"ExecStart=\S+", "ExecStart=/bin/true", text))
    command = [str(ANALYZE), "verify", str(unit)]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    assert "soc-monitor.service" not in told.stderr, told.stderr
