"""Nodes, and pods with node selectors and affinity, for the tests of affinity and placement."""

from typing import Any

from labelsel.kubernetes import Placements, Resource, Source, nodes_for

REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
AFFINITY = "spec.affinity.nodeAffinity"
TERMS = f"{AFFINITY}.{REQUIRED}.nodeSelectorTerms"


def obj(
    kind: str, name: str, body: dict[str, Any], api_version: str = "v1", **labels: str
) -> Resource:
    return Resource(kind, api_version, None, name, labels, {}, body, Source("a.yaml", 2, 7))


def expression(key: str, operator: str, *values: str) -> dict[str, Any]:
    return {"key": key, "operator": operator, **({"values": list(values)} if values else {})}


def term(*expressions: dict[str, Any], fields: Any = None) -> dict[str, Any]:
    return {"matchExpressions": list(expressions)} | ({"matchFields": fields} if fields else {})


def required(*terms: Any) -> dict[str, Any]:
    return {"affinity": {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": list(terms)}}}}


def preferred(*items: Any) -> dict[str, Any]:
    return {"affinity": {"nodeAffinity": {PREFERRED: list(items)}}}


def prefer(weight: int, *expressions: dict[str, Any]) -> dict[str, Any]:
    return {"weight": weight, "preference": term(*expressions)}


def pod(spec: Any) -> Resource:
    return obj("Pod", "db", {"spec": spec})


NAME_IN = expression("metadata.name", "In", "n3")
NAME_NOT_IN = expression("metadata.name", "NotIn", "n3")


def node(name: str, spec: Any = None, **labels: str) -> Resource:
    return obj("Node", name, {"spec": spec}, **labels)


NODES = (
    node("n1", zone="a", disk="ssd", cores="8"),
    node("n2", zone="b", disk="ssd", cores="16"),
    node("n3", zone="b", disk="hdd", cores="many"),
    node("n4", zone="c"),
)


def place_pod(spec: Any, nodes: tuple[Resource, ...] = NODES) -> Placements:
    return nodes_for(pod(spec), nodes)
