"""What selectors look for: pods, the pods of templates, and Services."""

import pytest

from labelsel.kubernetes import (
    POD,
    SERVICE,
    pod_targets,
    selector_target,
    service_targets,
)
from tests.kubernetes.yaml_objects import make_object, read_objects

LABELS = "metadata: {labels: {a: b, c: d}}"
POD_LABELS = {"a": "b", "c": "d"}
OPERATED = {
    "app.kubernetes.io/managed-by": "prometheus-operator",
    "app.kubernetes.io/instance": "x",
}


@pytest.mark.parametrize(
    ("kind", "spec", "added"),
    [
        ("apps/v1 Deployment", f"{{template: {{{LABELS}}}}}", {}),
        ("apps/v1 ReplicaSet", f"{{template: {{{LABELS}}}}}", {}),
        ("apps/v1 StatefulSet", f"{{template: {{{LABELS}}}}}", {}),
        ("apps/v1 DaemonSet", f"{{template: {{{LABELS}}}}}", {}),
        ("extensions/v1beta1 DaemonSet", f"{{template: {{{LABELS}}}}}", {}),
        ("ReplicationController", f"{{template: {{{LABELS}}}}}", {}),
        ("batch/v1 CronJob", f"{{jobTemplate: {{spec: {{template: {{{LABELS}}}}}}}}}", {}),
        (
            "batch/v1 Job",
            f"{{template: {{{LABELS}}}}}",
            {"job-name": "x", "batch.kubernetes.io/job-name": "x"},
        ),
        (
            "monitoring.coreos.com/v1 Alertmanager",
            "{podMetadata: {labels: {a: b, c: d, app.kubernetes.io/name: mine}}}",
            OPERATED | {"app.kubernetes.io/name": "alertmanager", "alertmanager": "x"},
        ),
        (
            "monitoring.coreos.com/v1 Prometheus",
            "{podMetadata: {labels: {a: b, c: d}}}",
            OPERATED
            | {
                "app.kubernetes.io/name": "prometheus",
                "operator.prometheus.io/name": "x",
                "prometheus": "x",
            },
        ),
        (
            "monitoring.coreos.com/v1alpha1 PrometheusAgent",
            "{podMetadata: {labels: {a: b, c: d}}}",
            OPERATED
            | {"app.kubernetes.io/name": "prometheus-agent", "operator.prometheus.io/name": "x"},
        ),
        (
            "monitoring.coreos.com/v1 ThanosRuler",
            "{podMetadata: {labels: {a: b, c: d}}}",
            OPERATED | {"app.kubernetes.io/name": "thanos-ruler", "thanos-ruler": "x"},
        ),
    ],
)
def test_pods_of_a_workload(kind: str, spec: str, added: dict[str, str]) -> None:
    """A workload stands for pods in its namespace, with the labels that they will have."""
    workload = make_object(kind, spec)
    item = selector_target(workload)
    assert item is not None
    assert (item.kind, item.namespace, item.origin) == (POD, "shop", workload)
    assert item.labels == POD_LABELS | added
    assert item.from_template
    assert str(item) == f"{workload.reference}'s pods"


@pytest.mark.parametrize(
    "spec", ["", "{}", "{template: }", "{template: {metadata: }}", "{template: {metadata: {}}}"]
)
def test_a_template_without_labels(spec: str) -> None:
    """What is missing or null has no labels, as to the API server."""
    item = selector_target(make_object("apps/v1 Deployment", spec))
    assert item is not None
    assert item.labels == {}


def test_themselves() -> None:
    """A Pod and a Service are what they are; where they name no namespace it is the default."""
    objects = read_objects(
        "{apiVersion: v1, kind: Pod, metadata: {name: a, labels: {x: z}}}\n---\n"
        "{apiVersion: v1, kind: Service, metadata: {name: b, namespace: shop}}\n"
    )
    pod, service = map(selector_target, objects)
    assert pod is not None
    assert service is not None
    assert (pod.kind, pod.namespace, pod.labels) == (POD, "default", {"x": "z"})
    assert (service.kind, service.namespace, service.labels) == (SERVICE, "shop", {})
    assert (str(pod), str(service)) == ("pod/a", "service/b")
    assert not pod.from_template
    assert service_targets(objects) == [service]
    assert pod_targets(objects) == [pod]


@pytest.mark.parametrize(
    "kind", ["ConfigMap", "example.com/v1 Deployment", "serving.knative.dev/v1 Service"]
)
def test_nothing_to_select(kind: str) -> None:
    """Other kinds are none of it, whatever they are called."""
    resource = make_object(kind, f"{{template: {{{LABELS}}}}}")
    assert selector_target(resource) is None
    assert pod_targets([resource]) == service_targets([resource]) == []
