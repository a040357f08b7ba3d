"""Objects for graphs: a shop with what dangles, what overlaps and what is equal."""

from typing import Any

import pytest

from labelsel.kubernetes import Inventory, SelectorGraph, selector_graph


def item(kind: str, name: str, spec: Any = None, **metadata: Any) -> dict[str, Any]:
    versions = {"Deployment": "apps/v1", "ReplicaSet": "apps/v1", "StatefulSet": "apps/v1"}
    versions |= {"PodDisruptionBudget": "policy/v1", "NetworkPolicy": "networking.k8s.io/v1"}
    return {
        "kind": kind,
        "apiVersion": versions.get(kind, "v1"),
        "metadata": {"name": name, **metadata},
        "spec": spec or {},
    }


def workload(kind: str, name: str, labels: dict[str, str], **metadata: Any) -> dict[str, Any]:
    template = {"metadata": {"labels": labels}, "spec": metadata.pop("pod", {})}
    spec = {"selector": {"matchLabels": labels}, "template": template}
    return item(kind, name, spec, **metadata)


def graph_of(*objects: dict[str, Any]) -> SelectorGraph:
    return selector_graph(Inventory.of(objects))


@pytest.fixture
def shop() -> SelectorGraph:
    """A workload with two pods, two Services for it, one for nothing, and nodes in no namespace."""
    web = {"app": "web"}
    return graph_of(
        workload("Deployment", "web", web, namespace="shop", pod={"nodeSelector": {"disk": "ssd"}}),
        item("Pod", "web-1", namespace="shop", labels=web),
        item("Pod", "web-2", namespace="shop", labels=web),
        item("Service", "web", {"selector": web}, namespace="shop"),
        item("Service", "public", {"selector": web}, namespace="shop"),
        item("Service", "gone", {"selector": {"app": "gone"}}, namespace="shop"),
        item("Pod", "tool", {"nodeSelector": {"gpu": "a"}}, namespace="ops", labels={"a": "b"}),
        item("Node", "n1", labels={"disk": "ssd"}),
        item("Node", "n2", labels={"disk": "ssd"}),
        item("NetworkPolicy", "all", {"podSelector": {}}, namespace="ops"),
    )
