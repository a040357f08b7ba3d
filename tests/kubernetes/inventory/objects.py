"""Objects as the API has them, for the tests of an inventory."""

from typing import Any

from labelsel.kubernetes import Resource

#: An object of a custom kind that has no namespace, as its definition says, which may come later.
CUSTOM = {"kind": "W", "apiVersion": "x.io/v1", "metadata": {"name": "w"}}
CRD = {
    "kind": "CustomResourceDefinition",
    "apiVersion": "apiextensions.k8s.io/v1",
    "metadata": {"name": "ws.x.io"},
    "spec": {"group": "x.io", "scope": "Cluster", "names": {"kind": "W", "plural": "ws"}},
}


def obj(kind: str, name: str, namespace: str | None = None, group: str = "", **more: Any) -> Any:
    """An object as the API has it; what more is given but for labels goes into its body."""
    metadata = {"name": name, "labels": more.pop("labels", {}), "namespace": namespace}
    metadata = {key: value for key, value in metadata.items() if value}
    api_version = f"{group}/v1" if group else "v1"
    return {"kind": kind, "apiVersion": api_version, "metadata": metadata, **more}


def pod(name: str, namespace: str | None = None, **labels: str) -> Any:
    return obj("Pod", name, namespace, labels=labels)


def definition(scope: str) -> Any:
    spec = {"group": "example.com", "scope": scope, "names": {"kind": "Probe"}}
    group = "apiextensions.k8s.io"
    return obj("CustomResourceDefinition", "probes.example.com", group=group, spec=spec)


def names(resources: list[Resource]) -> str:
    return " ".join(resource.name for resource in resources)
