"""Rule template-not-selected: a workload that would not recognize its own pods."""

from pathlib import Path

import pytest

from tests.lint.manifests import (
    findings,
    kustomization,
    labelled,
    lines_and_rules,
    marked,
    repository,
    workload,
)

NOT_OWN = """\
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: queue, namespace: shop}
spec:
  selector:
    matchLabels:
      tier: back
      app: queue #! template-not-selected
  template:
    metadata: {labels: {app: qeue, tier: back}}
"""


def test_a_template_that_is_not_selected(tmp_path: Path) -> None:
    """The requirement that is not met is told on its line, with what the template has."""
    (found,) = findings(tmp_path, NOT_OWN)
    assert lines_and_rules([found]) == marked(NOT_OWN)
    assert found.message == (
        "spec.selector app=queue,tier=back does not select the pods of its own template, "
        "which has app=qeue"
    )
    assert found.fix == (
        "write app: qeue in the selector, or app: queue in the template of statefulset.apps/queue"
    )


@pytest.mark.parametrize(
    "text",
    [
        workload("a", "app: a"),
        workload("a", "app: a, tier: x", selector="app: a"),
        # By default the selector is what the template has.
        labelled("Deployment", "extensions/v1beta1", "a",
                 "{template: {metadata: {labels: {app: a}}}}"),
        labelled("ReplicationController", "v1", "a", "{template: {metadata: {labels: {app: a}}}}"),
        # Patches, and what has no selector of its own.
        labelled("Deployment", "apps/v1", "a", "{replicas: 3}"),
        labelled("Deployment", "apps/v1", "a", "{template: {spec: {containers: [{name: a}]}}}"),
        labelled("ServiceMonitor", "monitoring.coreos.com/v1", "a", "{jobLabel: app}"),
        labelled("Job", "batch/v1", "a", "{template: {metadata: {labels: {app: a}}}}"),
        labelled("Pod", "v1", "a", labels="app: a"),
    ],
)  # fmt: skip
def test_templates_that_are_selected(tmp_path: Path, text: str) -> None:
    """Whole workloads, and parts of some that are laid over others."""
    assert findings(tmp_path, text) == []


ROLLOUT = labelled(
    "Rollout", "argoproj.io/v1alpha1", "web",
    "{selector: {matchLabels: \n{app: web}}, template: {metadata: {labels: {app: wbe}}}}",
)  # fmt: skip
CONFIG = labelled(
    "DeploymentConfig", "apps.openshift.io/v1", "web",
    "{selector: \n{app: web}, template: {metadata: {labels: {app: wbe}}}}",
)  # fmt: skip


@pytest.mark.parametrize("text", [ROLLOUT, CONFIG])
def test_custom_kinds(tmp_path: Path, text: str) -> None:
    """A custom kind whose selector misses its template."""
    (found,) = findings(tmp_path, text)
    assert (found.rule.id, found.line) == ("template-not-selected", 7)
    assert found.fix.startswith("write app: wbe in the selector, or app: web in the template of ")
    assert findings(tmp_path, text.replace("wbe", "web")) == []


@pytest.mark.parametrize(
    ("kind", "version", "expected"),
    [
        ("Rollout", "argoproj.io/v1alpha1", "which has app=z"),
        ("Deployment", "apps/v1", "which has app=z"),
        ("Widget", "example.com/v1", "which has app=z"),
    ],
)
def test_a_label_that_is_no_string(tmp_path: Path, kind: str, version: str, expected: str) -> None:
    """Other labels are compared, and the selector of the label itself is not in doubt."""
    spec = (
        "{selector: {matchLabels: {app: x, version: '1'}}, "
        "template: {metadata: {labels: {app: z, version: 1, owner: a b}}}}"
    )
    found = findings(tmp_path, labelled(kind, version, "a", spec))
    rules = ["illegal-label", "illegal-label", "template-not-selected"]
    assert sorted(one.rule.id for one in found) == rules
    (message,) = (one.message for one in found if one.rule.id == rules[-1])
    assert message.endswith(f"own template, {expected}")
    assert len(findings(tmp_path, labelled(kind, version, "a", spec.replace("z", "x")))) == 2


@pytest.mark.parametrize("template", ["1", "{metadata: 1}", "{metadata: {labels: 1}}"])
def test_a_template_without_labels(tmp_path: Path, template: str) -> None:
    """There is nothing to select; other rules report the template."""
    text = labelled(
        "Deployment",
        "apps/v1",
        "a",
        f"{{selector: {{matchLabels: {{a: b}}}}, template: {template}}}",
    )
    assert "template-not-selected" not in [one.rule.id for one in findings(tmp_path, text)]


@pytest.mark.parametrize(
    ("kind", "version", "spec"),
    [
        # Its selector is for the parameters of its generators.
        ("ApplicationSet", "argoproj.io/v1alpha1",
         "{selector: {matchLabels: {app: a}}, template: {metadata: {labels: {app: b}}}}"),
        # Labels of the kind's own domain, which its operator adds, and those of the run time.
        ("MachineSet", "cluster.x-k8s.io/v1beta1",
         ("{selector: {matchLabels: {cluster.x-k8s.io/cluster-name: a, app: b}}, "
         "template: {metadata: {labels: {app: b}}}}")),
        ("Rollout", "argoproj.io/v1alpha1",
         ("{selector: {matchLabels: {rollouts-pod-template-hash: a, app: b}}, "
         "template: {metadata: {labels: {app: b}}}}")),
        # What selects something else, or is no LabelSelector, or is not written.
        ("Widget", "example.com/v1",
         "{selector: {matchLabels: {disk: ssd}}, template: {metadata: {labels: {app: b}}}}"),
        ("Widget", "example.com/v1",
         "{selector: {app: a}, template: {metadata: {labels: {app: b}}}}"),
        ("Widget", "example.com/v1",
         "{selector: {matchLabels: {}}, template: {metadata: {labels: {app: b}}}}"),
        ("Widget", "example.com/v1",
         "{selector: {matchLabels: {app: [a]}}, template: {metadata: {labels: {app: b}}}}"),
        ("Widget", "example.com/v1", "{selector: {matchLabels: {app: a}}, template: {}}"),
        ("DeploymentConfig", "apps.openshift.io/v1",
         "{template: {metadata: {labels: {app: b}}}}"),
        ("Rollout", "argoproj.io/v1alpha1",
         "{selector: {matchLabels: {app: a}}, workloadRef: {name: web}}"),
    ],
)  # fmt: skip
def test_custom_kinds_that_are_fine(tmp_path: Path, kind: str, version: str, spec: str) -> None:
    found = findings(tmp_path, labelled(kind, version, "a", spec))
    assert [one for one in found if one.rule.id == "template-not-selected"] == []


def test_a_template_of_pods(tmp_path: Path) -> None:
    """Then the selector is for its pods, whatever their keys are."""
    spec = (
        "{selector: {matchLabels: {app: a}}, "
        "template: {metadata: {labels: {name: a}}, spec: {containers: [{image: a}]}}}"
    )
    (found,) = findings(tmp_path, labelled("CloneSet", "apps.kruise.io/v1alpha1", "a", spec))
    assert "own template, which has no app" in found.message


def test_labels_that_kustomize_adds(tmp_path: Path) -> None:
    """The templates get them, with the value that they are given."""
    files = {
        "a.yaml": workload("web", "app: web", selector="app: web, track: new"),
        "kustomization.yaml": kustomization("resources: [a.yaml]\ncommonLabels: {track: new}"),
    }
    assert repository(tmp_path, files) == []
    files["kustomization.yaml"] = files["kustomization.yaml"].replace("new", "old")
    (found,) = repository(tmp_path, files)
    assert found.message.endswith("own template, which has no track")


def test_a_patch_of_a_custom_kind(tmp_path: Path) -> None:
    """A patch has a part of the template, so its selector may have labels of the other part."""
    patch = ROLLOUT.replace("labels: {app: wbe}}", "labels: {track: new}}")
    patch = patch.replace("}}}}\n", "}}, spec: {containers: [{name: a}]}}}\n")
    whole = ROLLOUT.replace("wbe", "web")
    files = {"a.yaml": whole, "p.yaml": patch}
    assert [one.rule.id for one in repository(tmp_path, files)] == ["template-not-selected"]
    files["kustomization.yaml"] = kustomization("resources: [a.yaml]\npatches: [{path: p.yaml}]")
    assert repository(tmp_path, files) == []
