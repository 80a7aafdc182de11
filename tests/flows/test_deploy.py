"""The files in deploy/: what they name is there, and what they do works, as far as that can be seen without Docker."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from configparser import RawConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml

from flows.serving import NAME, deployments, typed
from flows.settings import Settings

REPOSITORY = Path(__file__).resolve().parent.parent.parent
DEPLOY = REPOSITORY / "deploy"
BIN = Path(sys.executable).parent


def parsed(name: str) -> Any:
    return yaml.safe_load((DEPLOY / name).read_text())


def ask(api: str, path: str, method: str = "POST", **body: Any) -> Any:
    head = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{api}/{path}", json.dumps(body).encode(), head, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read() or "null")


def as_before() -> dict[str, Any]:
    """The automation for lost runs, as an earlier deploy left it."""
    from prefect.events.schemas.automations import AutomationCore

    return AutomationCore.model_validate(parsed("stopped-runs.yaml")).model_dump(mode="json")


@pytest.fixture(scope="module")
def deployed(prefect_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Prefect server after deploy.sh, which an earlier one had been to; without what that brought in the end."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("STORYWIRE_", "PREFECT_"))}
    home = tmp_path_factory.mktemp("deploy")
    own = {"PREFECT_API_URL": prefect_server, "PREFECT_HOME": str(home), "DO_NOT_TRACK": "1"}
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    ask(prefect_server, "automations/", **as_before())
    done = subprocess.run(
        [DEPLOY / "deploy.sh"], env=kept | own | {"PATH": path}, capture_output=True, text=True, timeout=200
    )
    assert done.returncode == 0, done.stdout + done.stderr
    yield prefect_server
    for each in ask(prefect_server, "deployments/filter"):
        ask(prefect_server, f"deployments/{each['id']}", "DELETE")
    for each in ask(prefect_server, "automations/filter"):
        ask(prefect_server, f"automations/{each['id']}", "DELETE")
    ask(prefect_server, "work_pools/storywire", "DELETE")


def test_prefect_yaml_has_what_up_serves() -> None:
    said = parsed("prefect.yaml")["deployments"]
    ours = deployments(Settings(Path("home")))
    assert [each["entrypoint"] for each in said] == [each.entrypoint for each in ours]
    for yaml_form, each in zip(said, ours, strict=True):
        assert yaml_form["name"] == NAME
        assert yaml_form["concurrency_limit"]["limit"] == 1
        assert yaml_form["concurrency_limit"]["collision_strategy"] == "CANCEL_NEW"
        assert [s["interval"] for s in yaml_form.get("schedules", [])] == [
            e.total_seconds() for e in (each.every,) if e
        ]
        assert [t["expect"] for t in yaml_form.get("triggers", [])] == [[s] for s in (each.signal,) if s]
        for trigger in yaml_form.get("triggers", []):
            assert trigger.get("parameters", {}) == {name: typed(said) for name, said in each.parameters.items()}


def test_deploying_makes_every_deployment_with_schedule_trigger_and_limit(deployed: str) -> None:
    flows = {flow["id"]: flow["name"] for flow in ask(deployed, "flows/filter")}
    found = {flows[each["flow_id"]]: each for each in ask(deployed, "deployments/filter") if each["name"] == NAME}
    ours = {each.flow: each for each in deployments(Settings(Path("home")))}
    assert found.keys() == ours.keys()
    for name, each in found.items():
        assert each["entrypoint"] == ours[name].entrypoint
        assert each["work_pool_name"] == "storywire"
        assert not each["pull_steps"]
        assert each["global_concurrency_limit"]["limit"] == 1
        assert each["concurrency_options"]["collision_strategy"] == "CANCEL_NEW"
        assert [s["schedule"]["interval"] for s in each["schedules"]] == [
            e.total_seconds() for e in (ours[name].every,) if e
        ]
    assert "entries" in found["collect"]["parameter_openapi_schema"]["properties"]


def test_deploying_again_makes_no_automation_twice(deployed: str) -> None:
    names = sorted(each["name"] for each in ask(deployed, "automations/filter"))
    triggers = [f"{each.flow} on {each.signal}" for each in deployments(Settings(Path("home"))) if each.signal]
    assert names == sorted([*triggers, parsed("stopped-runs.yaml")["name"]])
    (collect,) = [each for each in ask(deployed, "automations/filter") if each["name"].startswith("collect on")]
    assert collect["actions"][0]["parameters"] == {"entries": typed("entries")}


def test_compose_names_what_is_there() -> None:
    compose = parsed("compose.yaml")
    services = compose["services"]
    for name, service in services.items():
        assert set(service.get("depends_on", {})) <= services.keys(), name
        for volume in service.get("volumes", []):
            assert volume.partition(":")[0] in compose["volumes"], name
        if name not in ("deploy", "reader"):
            assert service["restart"] == "unless-stopped", name
            assert service["healthcheck"]["test"], name
    assert services["reader"]["volumes"] == ["storywire:/data:ro"]
    assert services["worker"]["volumes"] == ["storywire:/data"]
    assert (REPOSITORY / services["deploy"]["command"][0]).stat().st_mode & 0o111
    assert (DEPLOY / services["prefect"]["build"]["context"] / services["prefect"]["build"]["dockerfile"]).exists()
    for service in services.values():  # the code of a health check is code
        for code in re.findall(r"^import .*", "\n".join(service.get("healthcheck", {}).get("test", [])), re.M):
            ast.parse(code)


def test_variables_of_compose_are_settings_of_prefect() -> None:
    from prefect import settings

    services = parsed("compose.yaml")["services"]
    said = {name for service in services.values() for name in service.get("environment", {})}
    assert [name for name in said if name.startswith("PREFECT_") and not hasattr(settings, name)] == []
    assert not hasattr(settings, "PREFECT_SERVER_NO_SUCH_SETTING")


def test_the_dockerfile_copies_what_is_there_and_all_packages() -> None:
    lines = re.sub(r"\\\n", " ", (DEPLOY / "Dockerfile").read_text()).splitlines()
    copied = {source for line in lines if line.startswith("COPY ") for source in line.split()[1:-1]}
    assert all((REPOSITORY / source).exists() for source in copied)
    packages = {path.parent.name for path in REPOSITORY.glob("*/__init__.py")} - {"tests"}
    assert packages | {"seeds", "deploy", "pyproject.toml", "constraints.txt"} <= copied
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert users == ["storywire"]
    assert 'CMD ["storywire", "up"]' in lines


def unit() -> RawConfigParser:
    read = RawConfigParser(strict=False, interpolation=None)
    read.optionxform = str  # type: ignore[assignment, method-assign]
    read.read(DEPLOY / "storywire.service")
    return read


def test_the_command_of_the_unit_runs() -> None:
    program, *words = unit()["Service"]["ExecStart"].split()
    assert Path(program).name == "storywire"
    done = subprocess.run([BIN / "storywire", *words, "--help"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    assert "until SIGTERM" in done.stdout


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze")
def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    text = (DEPLOY / "storywire.service").read_text().replace("/opt/storywire/.venv/bin", str(BIN))
    (tmp_path / "storywire.service").write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", tmp_path / "storywire.service"], capture_output=True, text=True, timeout=60
    )
    assert [line for line in done.stderr.splitlines() if "storywire.service" in line] == []


def test_git_does_not_know_the_file_of_secrets() -> None:
    done = subprocess.run(["git", "check-ignore", "-q", "deploy/storywire.env"], cwd=REPOSITORY)
    assert done.returncode == 0
