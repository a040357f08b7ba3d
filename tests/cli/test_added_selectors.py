"""A base of kustomize whose common labels are the selectors: it has no error in any command."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

KUSTOMIZATION = "kind: Kustomization\napiVersion: kustomize.config.k8s.io/v1beta1\n"
WEB = """\
kind: Deployment
apiVersion: apps/v1
metadata: {name: web}
spec: {template: {spec: {containers: [{name: web, image: "example/web:1"}]}}}
---
{kind: Service, apiVersion: v1, metadata: {name: web}, spec: {ports: [{port: 80}]}}
---
{kind: Service, apiVersion: v1, metadata: {name: all}, spec: {selector: {team: a}}}
---
{kind: Pod, apiVersion: v1, metadata: {name: tool, labels: {app: web, team: a}}}
"""
LEFT_OUT = "left out: the selector of {}, which kustomize adds; -k DIR reads what it builds\n"
BOTH = LEFT_OUT.format("deployment.apps/web and 1 more")
WEB_ONLY = LEFT_OUT.format("deployment.apps/web")


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A folder with a Deployment and a Service that get their selectors of kustomize."""
    (tmp_path / "kustomization.yaml").write_text(
        f"{KUSTOMIZATION}resources: [web.yaml]\ncommonLabels: {{app: web}}\n"
    )
    (tmp_path / "web.yaml").write_text(WEB)
    return tmp_path


@pytest.mark.usefixtures("base")
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("graph", "-f", "."), BOTH),
        (("diff", "-f", ".", "-f", "."), BOTH * 2),
        (("who-selects", "-f", ".", "pod/tool"), BOTH),
        (("selects", "-f", ".", "deploy/web"), WEB_ONLY),
        (("selects", "-f", ".", "svc/web"), LEFT_OUT.format("service/web")),
        (("selects", "-f", ".", "svc/all"), ""),
        (("get", "pods,deploy", "-f", ".", "--selected-by", "deploy/web"), WEB_ONLY),
    ],
)
def test_no_command_fails(run: Run, words: tuple[str, ...], told: str) -> None:
    """The commands end well, and one line says what was left out and how to read it."""
    result = run(*words)
    assert result.exit_code == 0, result.stderr
    lines = result.stderr.splitlines(keepends=True)
    assert "".join(line for line in lines if line.startswith("left out")) == told
    assert "error" not in result.stderr
    assert "has no selector" not in result.stderr


@pytest.mark.usefixtures("base")
def test_never_more_is_selected(run: Run) -> None:
    """A selector that is not known selects nothing; the others select as they did."""
    selectors = {
        name: json.loads(run("selects", "-f", ".", name, "-o", "json").stdout)["selectors"]
        for name in ("deploy/web", "svc/web", "svc/all")
    }
    assert selectors["deploy/web"] == selectors["svc/web"] == []
    assert [each["name"] for each in selectors["svc/all"][0]["selects"]] == ["tool"]
    assert run("get", "pods", "-f", ".", "--selected-by", "deploy/web").stdout == ""


@pytest.mark.parametrize(
    ("labels", "selector"),
    [
        # Labels of the template are no selector, and one that is written must be right.
        ("labels: [{pairs: {app: web}, includeTemplates: true}]", ""),
        ("commonLabels: {app: web}", "selector: {app: web}, "),
        ("namespace: shop", ""),
    ],
)
def test_another_fault_stays_one(run: Run, base: Path, labels: str, selector: str) -> None:
    """Only a selector that kustomize adds is missing without a fault."""
    text = f"{KUSTOMIZATION}resources: [web.yaml]\n{labels}\n"
    (base / "kustomization.yaml").write_text(text)
    (base / "web.yaml").write_text(WEB.replace("spec: {template", f"spec: {{{selector}template"))
    result = run("graph", "-f", ".")
    assert result.exit_code == 1
    assert "Deployment/web: spec.selector" in result.stderr
    assert run("lint", ".").exit_code == 1


def test_a_kind_without_common_labels(run: Run, base: Path) -> None:
    """No selector is added to a ServiceMonitor: it must have its own."""
    monitor = "{kind: ServiceMonitor, apiVersion: monitoring.coreos.com/v1, metadata: {name: web}}"
    (base / "web.yaml").write_text(f"{WEB}---\n{monitor}\n")
    result = run("graph", "-f", ".")
    assert result.exit_code == 1
    assert "ServiceMonitor/web: spec.selector" in result.stderr
