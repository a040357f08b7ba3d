"""Where objects carry labels: pod templates, and templates of other objects."""

from pathlib import Path

import pytest

from tests.lint.manifests import (
    findings,
    labelled,
    lines_and_rules,
    marked,
)


def test_templates_of_other_things(tmp_path: Path) -> None:
    """A template without containers is none of pods: what stands in it is for another program."""
    # fmt: off
    text = labelled("ApplicationSet", "argoproj.io/v1alpha1", "all",
                    "{template: {metadata: {labels: {app: '{{n}}'}}, spec: {project: x}}}")
    pods = labelled("Rollout", "argoproj.io/v1alpha1", "all",
                    "{template: {metadata: {labels: {app: 'a b', n: 1}}, "
                    "spec: {containers: [{}]}}}")
    # fmt: on
    assert findings(tmp_path, text) == []
    assert [one.rule.id for one in findings(tmp_path, pods)] == ["illegal-label"] * 2


BAD = "metadata: {labels: {app: a b}}"
POD = f"{{{BAD}, spec: {{containers: [{{}}]}}}}"
LWS = "leaderworkerset.x-k8s.io/v1"
ARGO = "argoproj.io/v1alpha1"


@pytest.mark.parametrize(
    ("kind", "version", "spec", "count"),
    [
        ("Rollout", "argoproj.io/v1alpha1", f"{{template: {{{BAD}}}}}", 1),
        ("DeploymentConfig", "apps.openshift.io/v1", f"{{template: {{{BAD}}}}}", 1),
        (
            "LeaderWorkerSet",
            LWS,
            f"{{leaderWorkerTemplate: {{workerTemplate: {POD}}}}}",
            1,
        ),
        ("JobSet", "example.com/v1", f"{{jobs: [{POD}]}}", 1),
        # A part that is there twice by an alias is one part.
        (
            "JobSet",
            "example.com/v1",
            f"{{a: &x {POD}, b: [*x, *x]}}",
            1,
        ),
        ("Foo", "example.com/v1", f"{{selector: {{app: a}}, template: {{{BAD}}}}}", 1),
        (
            "Foo",
            "example.com/v1",
            f"{{selector: {{matchLabels: {{app: a}}}}, template: {{{BAD}}}}}",
            1,
        ),
        ("Foo", "example.com/v1", f"{{selector: {{x: a}}, template: {{{BAD}}}}}", 0),
        ("Foo", "example.com/v1", f"{{selector: app, template: {{{BAD}}}}}", 0),
        ("Foo", "example.com/v1", f"{{template: {{{BAD}}}}}", 0),
        (
            "ApplicationSet",
            "argoproj.io/v1alpha1",
            f"{{selector: {{app: a}}, template: {{{BAD}}}}}",
            0,
        ),
    ],
)
def test_templates_of_custom_kinds(
    tmp_path: Path, kind: str, version: str, spec: str, count: int
) -> None:
    """What has containers is a template of pods, and what the object itself selects is like one."""
    found = [one.rule.id for one in findings(tmp_path, labelled(kind, version, "a", spec))]
    assert found.count("illegal-label") == count


POD_TEMPLATE = """\
apiVersion: v1
kind: PodTemplate
metadata: {name: web}
template:
  metadata:
    labels:
      app: web server #! illegal-label
      tier: #! null-value
      app.kubernets.io/name: web #! key-typo
    annotations:
      run book: x #! illegal-annotation
  spec:
    nodeSelector:
      disk: fast one #! illegal-selector
    affinity:
      nodeAffinity:
        requiredDuringSchedulingIgnoredDuringExecution:
          nodeSelectorTerms:
            - matchExpressions:
                - key: cores
                  operator: is #! illegal-selector
    topologySpreadConstraints:
      - labelSelector:
          matchLabel: {app: web} #! illegal-selector
"""


def test_a_pod_template(tmp_path: Path) -> None:
    """Its template stands at the top, and is looked at as those of workloads are."""
    assert sorted(lines_and_rules(findings(tmp_path, POD_TEMPLATE))) == marked(POD_TEMPLATE)


def test_no_pods_come_of_a_pod_template(tmp_path: Path) -> None:
    """A Service that only the pods of a PodTemplate would meet selects nothing, as before."""
    pod = labelled("Pod", "v1", "db", labels="app: db")
    template = POD_TEMPLATE[: POD_TEMPLATE.index("      app:")].replace(
        "{name: web}", "{name: web, namespace: shop}"
    )
    service = labelled("Service", "v1", "web", "{selector: {app: web}}")
    found = findings(tmp_path, f"{template}      app: web\n", pod, service)
    assert [one.rule.id for one in found] == ["selects-nothing"]


def test_a_group_of_its_own_has_no_pod_template(tmp_path: Path) -> None:
    """Its labels are not looked at; a nodeSelector is one in every kind."""
    text = POD_TEMPLATE.replace("apiVersion: v1", "apiVersion: example.com/v1")
    (found,) = findings(tmp_path, text)
    assert found.path == ("template", "spec", "nodeSelector", "disk")
