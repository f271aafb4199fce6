"""The dashboard and the alert rules ask only for metrics that there are, by labels that they have; each alert has its runbook."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from omop_fhir.observe.metrics import METRICS, Metrics

ROOT = Path(__file__).parents[2]
DASHBOARD = ROOT / "deploy/grafana/dashboards/omop-fhir.json"
ALERTS = ROOT / "deploy/prometheus/alerts.yml"
_SELECTOR = re.compile(r"\b(omop_fhir_\w+)(?:\{([^}]*)\})?")
_GROUPED = re.compile(r"\bby \(([^)]*)\)")
_ADDED = {"job", "instance", "le"}
"""Labels that Prometheus adds, and that of a histogram."""


def known() -> dict[str, set[str]]:
    """Name on the page -> labels."""
    ends = {"counter": "_total", "gauge": ""}
    found = {f"omop_fhir_{name}{ends[kind.kind]}": set(kind.labels) for name, kind in METRICS.items()}
    found["omop_fhir_requests_total"] = {"interaction", "type", "status"}
    found["omop_fhir_request_duration_seconds_bucket"] = {"interaction", "type"}
    found["omop_fhir_info"] = {"version"}
    return found


def alerts() -> list[dict[str, object]]:
    return [rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]


def expressions() -> Iterator[tuple[str, str]]:
    for rule in alerts():
        yield str(rule["alert"]), str(rule["expr"])
    dashboard = json.loads(DASHBOARD.read_text())
    for panel in dashboard["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"]
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["name"], variable["query"]["query"]


@pytest.mark.parametrize(("name", "expression"), list(expressions()), ids=lambda text: text[:30])
def test_every_metric_is_there_with_its_labels(name: str, expression: str) -> None:
    selected = _SELECTOR.findall(expression)
    assert selected
    metrics = known()
    labels = set[str]()
    for metric, matchers in selected:
        assert metric in metrics, metric
        labels |= metrics[metric]
        assert set(re.findall(r"(\w+)\s*(?:=~|!=|!~|=)", matchers)) <= metrics[metric] | _ADDED
    for grouped in _GROUPED.findall(expression):
        assert {label.strip() for label in grouped.split(",")} <= labels | _ADDED


def test_what_is_known_is_what_is_shown() -> None:
    metrics = Metrics()
    metrics.answered("read", "Patient", 200, 0.1)
    shown = set(re.findall(r"^# TYPE (\w+)", metrics.page().decode(), re.MULTILINE))
    assert {name.removesuffix("_bucket") for name in known()} == shown


def test_every_metric_of_ours_is_on_the_dashboard() -> None:
    text = DASHBOARD.read_text()
    assert [name for name in known() if name not in text] == []


def test_every_alert_has_its_runbook() -> None:
    guide = (ROOT / "docs/operations.md").read_text()
    assert [rule["alert"] for rule in alerts() if f"`{rule['alert']}`" not in guide] == []
    assert all(rule["labels"] and rule["annotations"] for rule in alerts())


def test_prometheus_itself_takes_the_rules() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed")
    done = subprocess.run([promtool, "check", "rules", str(ALERTS)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
