"""All pods that selectors can select: real ones, and those of templates that have none yet."""

import pytest

from labelsel.kubernetes import ManifestError, pod_targets
from tests.kubernetes.yaml_objects import make_object, read_objects


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ("x", "spec: must be a map, not a string"),
        ("{template: []}", "spec.template: must be a map, not a list"),
        (
            "{template: {metadata: {labels: a=b}}}",
            "spec.template.metadata.labels: must be a map, not a string",
        ),
        (
            "{template: {metadata: {labels: {a: 1.0}}}}",
            "spec.template.metadata.labels.a: must be a string, not the number 1.0: write it",
        ),
    ],
)
def test_faults(spec: str, problem: str) -> None:
    """Labels that are none are an error, with the place."""
    workload = make_object("apps/v1 Deployment", spec)
    with pytest.raises(ManifestError) as caught:
        pod_targets([workload])
    assert str(caught.value).startswith("a.yaml, document 1 (line 1): Deployment/x: ")
    assert problem in str(caught.value)
    faults: list[ManifestError] = []
    assert pod_targets([workload], on_error=faults.append) == []
    assert list(map(str, faults)) == [str(caught.value)]


def workload(name: str, labels: str, kind: str = "Deployment", namespace: str = "shop") -> str:
    return (
        f"{{apiVersion: apps/v1, kind: {kind}, metadata: {{name: {name}, namespace: {namespace}}},"
        f" spec: {{template: {{metadata: {{labels: {labels}}}}}}}}}\n---\n"
    )


def pod(name: str, labels: str, namespace: str = "shop") -> str:
    return (
        f"{{apiVersion: v1, kind: Pod, "
        f"metadata: {{name: {name}, namespace: {namespace}, labels: {labels}}}}}\n---\n"
    )


def test_templates_come_where_there_are_no_pods() -> None:
    """A template is left out where a Pod of its namespace has all of its labels."""
    objects = read_objects(
        workload("web", "{app: web}")
        + workload("web", "{app: web}", namespace="blog")
        + workload("api", "{app: api, version: new}")
        + workload("bare", "{}")
        + workload("db", "{app: db}", "StatefulSet")
        + pod("web-1", "{app: web, pod-template-hash: x}")
        + pod("api-1", "{app: api, version: old}")
    )
    assert [(str(item), item.namespace) for item in pod_targets(objects)] == [
        ("pod/web-1", "shop"),
        ("pod/api-1", "shop"),
        ("deployment.apps/web's pods", "blog"),
        ("deployment.apps/api's pods", "shop"),
        ("deployment.apps/bare's pods", "shop"),
        ("statefulset.apps/db's pods", "shop"),
    ]
