"""Rule misses-own-pods: spread constraints and affinity that are for their own pods, and miss."""

from pathlib import Path

import pytest

from labelsel.lint import Finding
from tests.lint.manifests import findings, labelled, workload

REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
HOST = "topologyKey: kubernetes.io/hostname"


#: A workload has a selector, and a pod has containers with images: a patch has neither.
OWN_SELECTOR = "  selector: {matchLabels: {app: web}}\n"
CONTAINERS = "      containers: [{name: web, image: 'web:1'}]\n"


def deployment(spec: str) -> str:
    return f"""
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web, namespace: shop}}
spec:
{OWN_SELECTOR}  template:
    metadata: {{labels: {{app: web, tier: front}}}}
    spec:
{CONTAINERS}      {spec}
"""


def patch(spec: str) -> str:
    return deployment(spec).replace(OWN_SELECTOR, "").replace(CONTAINERS, "")


def spread(selector: str | None, more: str = "") -> str:
    inside = "" if selector is None else f", labelSelector: \n        {selector}"
    constraint = f"{HOST}, maxSkew: 1, whenUnsatisfiable: ScheduleAnyway{inside}{more}"
    return f"topologySpreadConstraints: [{{{constraint}}}]"


def affinity(selector: str, *, kind: str = "podAntiAffinity", more: str = "") -> str:
    return f"affinity: {{{kind}: {{{REQUIRED}: [{{{HOST}{more}, labelSelector: {selector}}}]}}}}"


def own(found: list[Finding]) -> list[Finding]:
    return [one for one in found if one.rule.id == "misses-own-pods"]


def test_a_constraint_without_a_selector(tmp_path: Path) -> None:
    """It selects nothing; the fix has the labels by which the workload selects its pods."""
    (found,) = findings(tmp_path, deployment(spread(None)))
    assert found.message == (
        "spec.template.spec.topologySpreadConstraints[0] has no labelSelector, so it selects no "
        "pods"
    )
    assert (found.line, found.fix) == (12, "add labelSelector: {matchLabels: {app: web}}")


def test_a_job_selects_nothing_itself(tmp_path: Path) -> None:
    text = deployment(spread(None)).replace(OWN_SELECTOR, "")
    text = text.replace("apps/v1", "batch/v1").replace("Deployment", "Job")
    (found,) = findings(tmp_path, text)
    assert found.fix == "add labelSelector: {matchLabels: {app: web, tier: front}}"


@pytest.mark.parametrize(
    "spec",
    [spread(None), spread("{matchLabels: {app: wbe}}"), affinity("{matchLabels: {app: wbe}}")],
)
@pytest.mark.parametrize("missing", ["", CONTAINERS])
def test_an_example_that_was_cut_short(tmp_path: Path, spec: str, missing: str) -> None:
    """It has a selector, so it is a whole Deployment, and no patch, also without containers."""
    (found,) = findings(tmp_path, deployment(spec).replace(missing, ""))
    assert found.rule.id == "misses-own-pods"


@pytest.mark.parametrize("kind", ["podAffinity", "podAntiAffinity"])
@pytest.mark.parametrize("more", ["", ", labelSelector: null", ", namespaceSelector: {}"])
def test_affinity_without_a_selector(tmp_path: Path, kind: str, more: str) -> None:
    """It selects nothing: the API server sets no default."""
    text = deployment(f"affinity: {{{kind}: {{{REQUIRED}: [{{{HOST}{more}}}]}}}}")
    (found,) = findings(tmp_path, text)
    where = f"spec.template.spec.affinity.{kind}.{REQUIRED}[0]"
    assert found.message == f"{where} has no labelSelector, so it selects no pods"
    assert found.fix == (
        "add labelSelector: {matchLabels: {app: web}}, or the labels of the other pods that it "
        "is for"
    )
    assert own(findings(tmp_path, text.replace(OWN_SELECTOR, "").replace(CONTAINERS, ""))) == []


@pytest.mark.parametrize("spec", [spread("app=web"), affinity("app=web"), spread("[app]")])
def test_a_selector_that_is_no_object(tmp_path: Path, spec: str) -> None:
    """Another rule says so; nothing is said of what it selects."""
    assert {each.rule.id for each in findings(tmp_path, deployment(spec))} == {"illegal-selector"}


def test_a_constraint_for_other_pods(tmp_path: Path) -> None:
    (found,) = findings(tmp_path, deployment(spread("{matchLabels: {app: wbe}}")))
    assert (found.rule.id, found.line) == ("misses-own-pods", 13)
    assert found.message == (
        "spec.template.spec.topologySpreadConstraints[0].labelSelector app=wbe misses its own "
        "pods, which have app=web"
    )
    assert found.fix == (
        "write app: web in the selector, or app: wbe in the template of deployment.apps/web"
    )


@pytest.mark.parametrize(
    ("selector", "fix"),
    [
        ("{matchExpressions: [{key: app, operator: In, values: [shop]}]}",
         "write app: web in the selector, or app: shop in the template of deployment.apps/web"),
        ("{matchExpressions: [{key: app, operator: In, values: [shop, db]}]}",
         "correct the selector, or the labels of the template of deployment.apps/web"),
        ("{matchLabels: {track: canary}}",
         ("add track: canary to the template of deployment.apps/web, or take it out of the "
         "selector")),
    ],
)  # fmt: skip
def test_fixes(tmp_path: Path, selector: str, fix: str) -> None:
    (found,) = findings(tmp_path, deployment(spread(selector)))
    assert found.fix == fix


@pytest.mark.parametrize(
    "text",
    [
        deployment(spread("{matchLabels: {app: web}}")),
        deployment(spread("{}")),
        deployment(spread("{matchLabels: {app: web, pod-template-hash: abc}}")),
        # Laid over another object, which has the labels.
        patch(spread(None)),
        patch(spread("{matchLabels: {app: db}}")),
        deployment(spread(None)).replace("    metadata: {labels: {app: web, tier: front}}\n", ""),
    ],
)
def test_constraints_that_are_fine(tmp_path: Path, text: str) -> None:
    assert own(findings(tmp_path, text)) == []


@pytest.mark.parametrize(
    "spec",
    [
        spread("{matchLabels: {app: a b}}"),
        spread(None, ", matchLabelKeys: [app]"),
        f"affinity: {{podAffinity: {{{REQUIRED}: [{{{HOST}, mismatchLabelKeys: [app]}}]}}}}",
        "topologySpreadConstraints: [zone]",
    ],
)
def test_what_another_rule_reports(tmp_path: Path, spec: str) -> None:
    """What is illegal is not reported a second time."""
    found = findings(tmp_path, deployment(spec))
    assert len(found) == 1
    assert own(found) == []


@pytest.mark.parametrize("kind", ["podAffinity", "podAntiAffinity"])
@pytest.mark.parametrize(
    "selector",
    [
        "{matchLabels: {app: wbe}}",
        "{matchExpressions: [{key: app, operator: In, values: [wbe]}]}",
        # The name of the app under another key, and the name of the workload.
        "{matchLabels: {app.kubernetes.io/name: web}}",
        # One typo in the key, or in one label of two.
        "{matchLabels: {teir: front}}",
        "{matchLabels: {app: web, tier: fron}}",
    ],
)
def test_affinity_that_is_meant_for_its_own_pods(tmp_path: Path, kind: str, selector: str) -> None:
    text = deployment(affinity(selector, kind=kind))
    (found,) = findings(tmp_path, text)
    assert found.rule.id == "misses-own-pods"
    assert found.path[-2] in {"matchLabels", "matchExpressions"}
    # Where a part of the input was not read, the pods may be there.
    assert findings(tmp_path, text, complete=False) == []


@pytest.mark.parametrize(
    ("selector", "more"),
    [
        ("{matchLabels: {app: web}}", ""),
        ("{matchLabels: {app: db}}", ""),
        ("{matchLabels: {track: web}}", ""),
        ("{matchLabels: {app: db, tier: front}}", ""),
        ("{matchLabels: {app: web2}}", ""),
        ("{matchExpressions: [{key: app, operator: NotIn, values: [web]}]}", ""),
        ("{matchLabels: {app: wbe, tier: back}}", ""),
        ("{matchLabels: {app: wbe}}", ", namespaceSelector: {}"),
        ("{matchLabels: {app: wob}}", ""),
        ("{matchLabels: {app: wob}}", ", namespaces: [shop, other]"),
    ],
)
def test_affinity_to_other_pods(tmp_path: Path, selector: str, more: str) -> None:
    """Other pods are what affinity is for: also those of the input that are one typo apart."""
    text = deployment(affinity(selector, more=more))
    assert own(findings(tmp_path, text, workload("wob", "app: wob"))) == []


def test_affinity_in_another_namespace(tmp_path: Path) -> None:
    """Pods of other namespaces than those that it names do not count."""
    text = deployment(affinity("{matchLabels: {app: wob}}", more=", namespaces: [other]"))
    (found,) = findings(tmp_path, text, workload("wob", "app: wob"))
    assert found.rule.id == "misses-own-pods"


def test_a_rollout(tmp_path: Path) -> None:
    """Custom kinds with a pod template are looked at, too."""
    text = deployment(spread("{matchLabels: {app: wbe}}"))
    text = text.replace("apps/v1", "argoproj.io/v1alpha1").replace("Deployment", "Rollout")
    assert len(own(findings(tmp_path, text))) == 1
    # The operator of the kind sets labels of its domain.
    assert own(findings(tmp_path, text.replace("{app: wbe}", "{argoproj.io/name: web}"))) == []


def test_no_pod_template(tmp_path: Path) -> None:
    """Where the pods' labels are is not known in other kinds."""
    spec = f"{{{spread(None)}}}"
    assert findings(tmp_path, labelled("Prometheus", "monitoring.coreos.com/v1", "a", spec)) == []


def test_two_labels_of_one_value(tmp_path: Path) -> None:
    """It is enough that one of them is one typo apart from the key."""
    text = deployment(affinity("{matchLabels: {teir: front}}"))
    for more in ("", ", side: front", ", a: front, b: front"):
        (found,) = findings(tmp_path, text.replace("tier: front", f"tier: front{more}"))
        assert found.path[-1] == "teir"
