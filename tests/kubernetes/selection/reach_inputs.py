"""Small clusters in YAML, for the tests of reach."""

from collections.abc import Iterable
from typing import Any

import yaml

from labelsel.kubernetes import (
    PortSet,
    Reach,
    Resource,
    SelectorTarget,
    reach,
    selector_target,
)
from labelsel.kubernetes.read.clients import read_object

Body = dict[str, Any]


def pod(name: str, namespace: str = "shop", spec: str = "{}", **labels: str) -> Body:
    """A Pod; ``spec`` is YAML."""
    metadata = {"name": name, "namespace": namespace, "labels": labels}
    return {"kind": "Pod", "apiVersion": "v1", "metadata": metadata, "spec": yaml.safe_load(spec)}


def deployment(name: str, namespace: str = "shop", spec: str = "{}", **labels: str) -> Body:
    """A Deployment; ``spec`` is YAML, that of its pods."""
    template = {"metadata": {"labels": labels}, "spec": yaml.safe_load(spec)}
    metadata = {"name": name, "namespace": namespace}
    return {"kind": "Deployment", "apiVersion": "apps/v1", "metadata": metadata,
            "spec": {"template": template}}  # fmt: skip


def namespace(name: str, **labels: str) -> Body:
    metadata = {"name": name, "labels": labels}
    return {"kind": "Namespace", "apiVersion": "v1", "metadata": metadata}


def policy(spec: str, name: str = "wall", namespace: str = "shop") -> Body:
    """A NetworkPolicy; ``spec`` is YAML."""
    return {"kind": "NetworkPolicy", "apiVersion": "networking.k8s.io/v1",
            "metadata": {"name": name, "namespace": namespace},
            "spec": yaml.safe_load(spec)}  # fmt: skip


def other(kind: str, version: str, spec: str, namespace: str | None = None) -> Body:
    """A policy of another kind; ``spec`` is YAML."""
    metadata = {"name": "other"} | ({} if namespace is None else {"namespace": namespace})
    return {"kind": kind, "apiVersion": version, "metadata": metadata,
            "spec": yaml.safe_load(spec)}  # fmt: skip


def target(resource: Resource) -> SelectorTarget:
    found = selector_target(resource)
    assert found is not None
    return found


def reach_in(bodies: Iterable[Body], source: str, destination: str) -> Reach:
    """Whether one of some objects reaches another; a name is ``web``, or ``data/db``."""
    here = [read_object(body) for body in bodies]

    def find(name: str) -> SelectorTarget:
        space, _, last = name.rpartition("/")
        (found,) = (
            each
            for each in here
            if each.kind in {"Pod", "Deployment", "Prometheus"}
            if each.name == last and (not space or each.namespace == space)
        )
        return target(found)

    return reach(here, find(source), find(destination))


def port(number: int, protocol: str = "TCP") -> PortSet:
    return PortSet.of(protocol, number, number)
