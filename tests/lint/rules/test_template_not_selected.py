"""Rule template-not-selected: a workload that would not recognize its own pods."""

from pathlib import Path

import pytest

from tests.lint.manifests import findings, labelled, lines_and_rules, marked, workload

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
        "spec.selector app=queue,tier=back does not select the pods of its own template; "
        "app=queue: the template has app=qeue"
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
