"""The deployment files name what there is, and pass the tools that know their kinds: `make deploy-check` installs these."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from omop_fhir.cli.migrate import migrate
from omop_fhir.cli.serve import serve

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy/helm/omop-fhir"
DOCKERFILES = (ROOT / "Dockerfile", ROOT / "deploy/compose/pgbouncer/Dockerfile")
SECRETS = {f"{name}_PASSWORD": name for name in ("POSTGRES", "REPLICATION", "GRAFANA")}
KUBERNETES = ("1.25", "1.31", "1.37")
PLAIN = ["--set", "baseUrl=https://fhir.example.org/fhir", "--set", "existingSecret=database"]
WHOLE = [
    "--set", "baseUrl=https://fhir.example.org/fhir", "--set", "secret.database-url=x,secret.secret-key=y",
    "--set", "ingress.enabled=true,ingress.host=fhir.example.org,ingress.tlsSecret=tls,ingress.className=nginx",
    "--set", "redis=true,auditKey=true,accessTokens=true,autoscaling.enabled=false", "--set", r"mappings.patient\.yaml=a",
    "--set", f"image.digest=sha256:{'0' * 64}",
]  # fmt: skip
BARE = [*PLAIN, "--set", "migration.enabled=false,networkPolicy.enabled=false,disruptionBudget.enabled=false"]


def tool(name: str) -> str:
    """The path of a program; skips the test where it is not installed."""
    found = shutil.which(name, path=f"{ROOT / 'build/deploy-tools/bin'}{os.pathsep}{os.environ['PATH']}")
    return found or pytest.skip(f"{name} is not installed: `make deploy-check` does that")


def run(*command: str, **environment: str) -> str:
    """What a command that must succeed says."""
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return found


def flags() -> set[str]:
    return {name for command in (serve, migrate) for each in command.params for name in each.opts}


def variables() -> set[str]:
    """The variables of the environment that are options."""
    return {str(each.envvar) for command in (serve, migrate) for each in command.params}  # type: ignore[attr-defined]


def test_every_option_that_is_named_is_one() -> None:
    text = "".join(path.read_text() for path in (ROOT / "docker-compose.yml", *DOCKERFILES, *CHART.rglob("*.yaml")))
    assert set(re.findall(r"\bOMOP_FHIR_[A-Z_]*[A-Z]\b(?!:-)", text)) <= variables()
    words = [*compose()["services"]["server"]["command"], *compose()["services"]["migrate"]["command"]]
    named = {word for word in words if word.startswith("--")}
    named |= set(re.findall(r"- (--[a-z-]+)=", (CHART / "templates/deployment.yaml").read_text()))
    assert named
    assert named <= flags()


def test_what_is_mounted_is_there() -> None:
    for service in compose()["services"].values():
        for volume in service.get("volumes", ()):
            if volume.startswith("./"):
                assert (ROOT / volume.partition(":")[0]).exists(), volume


def test_what_is_ours_may_write_nowhere_and_do_nothing() -> None:
    for name in ("server", "migrate", "pgbouncer-primary", "pgbouncer-replica", "redis"):
        service = compose()["services"][name]
        hardened = service["read_only"], service["cap_drop"], service["security_opt"]
        assert hardened == (True, ["ALL"], ["no-new-privileges:true"]), name


def test_no_secret_is_written_down() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    for variable in re.findall(r"PASSWORD: (.*)", text):
        assert variable.startswith(("${", '"${')), variable
    assert "latest" not in text


def test_compose_takes_the_file() -> None:
    run(tool("docker-compose"), "config", "--quiet", **SECRETS)


@pytest.mark.parametrize("path", DOCKERFILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_hadolint_finds_nothing(path: Path) -> None:
    run(tool("hadolint"), str(path))


def test_helm_lint_finds_nothing() -> None:
    run(tool("helm"), "lint", "--strict", str(CHART), *PLAIN)


@pytest.mark.parametrize("values", [PLAIN, WHOLE, BARE], ids=["plain", "whole", "bare"])
def test_kubernetes_takes_what_helm_makes(values: list[str], tmp_path: Path) -> None:
    made = tmp_path / "made.yaml"
    made.write_text(run(tool("helm"), "template", "release", str(CHART), "--kube-version", "1.31.0", *values))
    for version in KUBERNETES:
        run(tool("kubernetes-validate"), "--strict", "-k", version, str(made))


@pytest.mark.parametrize("wrong", ["baseUrl=fhir.example.org", "existingSecret=", "workers=0", "settings.PASSWORD=x"])
def test_helm_refuses_values_that_cannot_work(wrong: str) -> None:
    command = [tool("helm"), "template", "release", str(CHART), "--kube-version", "1.31.0", *PLAIN, "--set", wrong]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "values don't meet the specifications" in done.stderr
