"""Rule illegal-label: what is reported, on which line, and what to write instead."""

from pathlib import Path

import pytest

from tests.lint.manifests import (
    findings,
    fixes,
    labelled,
    lines_and_rules,
    marked,
)

LABELS = """\
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: web
  labels: &labels
    app: web server #! illegal-label
    -tier-: front #! illegal-label
    fine: "1.10"
spec:
  selector:
    matchLabels: {fine: "1.10"}
  template:
    metadata:
      labels:
        fine: "1.10"
        version: 1.10 #! illegal-label
        empty: #! null-value
        deep: {a: b} #! illegal-label
  volumeClaimTemplates:
    - metadata: {name: fine, labels: {a: b}}
    - metadata:
        name: data
        labels:
          "": x #! illegal-label
"""


JOB = """\
apiVersion: batch/v1
kind: CronJob
metadata: {name: night}
spec:
  jobTemplate:
    metadata:
      labels:
        a/b/c: x #! illegal-label
    spec:
      template:
        metadata:
          labels: #! illegal-label
            - app
        spec:
          nodeSelector:
            kubernetes.io/os: lin ux #! illegal-selector
"""


PROMETHEUS = """\
apiVersion: monitoring.coreos.com/v1
kind: Prometheus
metadata: {name: main}
spec:
  podMetadata:
    labels:
      app: _x_ #! illegal-label
    annotations:
      Example.com/Any: "text: é"
      example.com/: x #! illegal-annotation
      example.com/number: 1 #! illegal-annotation
"""


OWN = """\
apiVersion: v1
kind: Pod
metadata:
  name: web
  labels:
    app: web
    version: 1.0 #! illegal-label
    tiers: [a, b] #! illegal-label
    zone: #! null-value
  annotations:
    port: 8080 #! illegal-annotation
---
apiVersion: v1
kind: Pod
metadata:
  name: text
  labels: app=web #! illegal-label
  annotations: [] #! illegal-annotation
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}}
---
apiVersion: v1
kind: Service
metadata: {name: version}
spec:
  selector: {version: "1.0"} #! selects-nothing
"""


@pytest.mark.parametrize("text", [LABELS, JOB, PROMETHEUS, OWN])
def test_lines(tmp_path: Path, text: str) -> None:
    """Each is told on its own line: of the object, of templates, of claims, of pod metadata."""
    assert lines_and_rules(findings(tmp_path, text)) == marked(text)


def test_fixes(tmp_path: Path) -> None:
    """A fix is what to write, where that is plain."""
    assert fixes(findings(tmp_path, LABELS)) == {
        "app": "write app: web-server",
        "-tier-": "write tier: front",
        "version": "write the value in quotes: without them it is no string",
        "empty": 'write empty: "" if it is to be empty, else its value',
        "deep": "write one string as the value of deep",
        "": "write a key and a value of letters, digits, '-', '_' and '.'",
    }
    assert fixes(findings(tmp_path, JOB)) == {
        "a/b/c": "write a key and a value of letters, digits, '-', '_' and '.'",
        "labels": "write a map from keys to strings",
        "kubernetes.io/os": "write kubernetes.io/os: lin-ux",
    }
    assert fixes(findings(tmp_path, PROMETHEUS)) == {
        "app": "write app: x",
        "example.com/": "write a key of letters, digits, '-', '_' and '.'",
        "example.com/number": "write the value in quotes: without them it is no string",
    }


def test_messages(tmp_path: Path) -> None:
    """What is wrong is said in the words of the library, and values in those of YAML."""
    messages = [one.message.partition(", this one is")[0] for one in findings(tmp_path, LABELS)]
    assert messages == [
        "label 'app': a value may hold only letters, digits, '-', '_' and '.', this one has ' '",
        "label '-tier-': a key's name must begin and end with a letter or digit",
        "label 'version': a value must be a string, this is the number 1.1",
        'spec.template.metadata.labels.empty is null, which Kubernetes reads as ""',
        "label 'deep': a value must be a string, this is a map",
        "label '': a key must not be empty",
    ]
    messages = [one.message for one in findings(tmp_path, JOB)]
    assert messages[1] == "labels must be a mapping of strings to strings, this is a list"
    assert messages[2].startswith("spec.jobTemplate.spec.template.spec.nodeSelector: label 'kub")


@pytest.mark.parametrize(
    ("kind", "version"),
    [("ReplicationController", "v1"), ("Deployment", "extensions/v1beta1")],
)
def test_labels_that_are_the_selector(tmp_path: Path, kind: str, version: str) -> None:
    """Labels of a template that are its selector by default are told as labels, and once."""
    text = labelled(kind, version, "a", "{template: {metadata: {labels: {app: a b, n: 1}}}}")
    assert [one.rule.id for one in findings(tmp_path, text)] == ["illegal-label"] * 2
    fine = labelled(kind, version, "a", "{template: {metadata: {labels: {app: a b}}}}")
    assert [one.rule.id for one in findings(tmp_path, fine)] == ["illegal-label"]


@pytest.mark.parametrize(
    ("label", "severity"),
    [
        ("region: '${region}'", "note"),
        ("'{{ .key }}': a", "note"),
        ("region: 'a $ b'", "error"),
        ("region: 3", "error"),
    ],
)
def test_a_placeholder_is_a_note(tmp_path: Path, label: str, severity: str) -> None:
    """Another program replaces it before the API server sees the label."""
    (found,) = findings(tmp_path, labelled("ConfigMap", "v1", "a", labels=label))
    assert (found.rule.id, found.severity.value) == ("illegal-label", severity)


@pytest.mark.parametrize(
    ("labels", "end"),
    [
        ("a: '${X}'", "; it has a placeholder"),
        ("a: '${X}', b: '${X}'", "; it has a placeholder, and so has 1 more label of the object"),
        ("a: '${X}', b: x, c: '${X}', d: '${X}'",
         "; it has a placeholder, and so have 2 more labels of the object"),
    ],
)  # fmt: skip
def test_how_many_placeholders(tmp_path: Path, labels: str, end: str) -> None:
    (found,) = findings(tmp_path, labelled("Pod", "v1", "a", labels=labels))
    assert found.message.partition("this one has '$'")[2] == end
