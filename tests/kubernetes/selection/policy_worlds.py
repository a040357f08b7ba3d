"""NetworkPolicies read naively: what the API documentation says, sentence by sentence, in loops.

A world is a cluster of which everything is known: which pods there are, in which namespaces, with
which labels and addresses, and what the network does about pods with hostNetwork. It is written
from the documentation of ``networking.k8s.io/v1`` alone, and shares no code with labelsel.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

Body = dict[str, Any]
Port = tuple[str, int]


@dataclass(frozen=True)
class WorldPod:
    """A running pod.

    Attributes:
        name: its name, which no other pod has.
        namespace: the name of its namespace.
        labels: all of its labels.
        containers: its containers, as in a manifest.
        host_network: whether it is in the network of its node.
    """

    name: str
    namespace: str
    labels: dict[str, str]
    containers: list[Body] = field(default_factory=list)
    host_network: bool = False


@dataclass(frozen=True)
class World:
    """A cluster.

    Attributes:
        namespaces: the labels of each namespace.
        policies: the NetworkPolicies, as in a manifest.
        blocks: the ranges of addresses with a pod in them, as pairs of range and pod.
        sees_nodes: whether the network applies policies to pods with hostNetwork. If it does
            not, such a pod is a process of its node.
        on_node: the pods that run on the node of the pod with hostNetwork.
    """

    namespaces: dict[str, dict[str, str]]
    policies: list[Body]
    blocks: frozenset[tuple[str, str]] = frozenset()
    sees_nodes: bool = True
    on_node: frozenset[str] = frozenset()


def is_allowed(world: World, source: WorldPod, to: WorldPod, port: Port) -> bool:
    """Both sides of a connection must allow it; a pod always reaches itself."""
    if source == to:
        return True
    leaves = is_side_allowed(world, "egress", source, to, lambda rule: allows_port(rule, to, port))
    enters = is_side_allowed(world, "ingress", to, source, lambda rule: allows_port(rule, to, port))
    return leaves and enters


def is_side_allowed(
    world: World,
    direction: str,
    own: WorldPod,
    other: WorldPod,
    allows: Callable[[Body], bool],
) -> bool:
    # Policies that the network does not apply to a process of the node isolate nothing.
    if own.host_network and not world.sees_nodes:
        return True
    # Traffic between a pod and the node that it is on is always allowed.
    if other.host_network and not world.sees_nodes and own.name in world.on_node:
        return True
    isolating = [each for each in world.policies if isolates(each, direction, own)]
    if not isolating:
        return True
    for policy in isolating:
        for rule in policy["spec"].get(direction) or []:
            if allows_peer(world, policy, rule, direction, other) and allows(rule):
                return True
    return False


def isolates(policy: Body, direction: str, pod: WorldPod) -> bool:
    spec = policy["spec"]
    if policy["metadata"].get("namespace", "default") != pod.namespace:
        return False
    if not is_selected(spec.get("podSelector") or {}, pod.labels):
        return False
    types = spec.get("policyTypes")
    if types:
        return direction.capitalize() in types
    # "Ingress will always be set and Egress will be set if the policy has any egress rules."
    return direction == "ingress" or bool(spec.get("egress"))


def allows_peer(world: World, policy: Body, rule: Body, direction: str, other: WorldPod) -> bool:
    peers = rule.get({"ingress": "from", "egress": "to"}[direction])
    if not peers:
        return True
    for peer in peers:
        block = peer.get("ipBlock")
        if block is not None:
            if (block["cidr"], other.name) in world.blocks:
                return True
            continue
        if other.host_network and not world.sees_nodes:
            continue
        pods, namespaces = peer.get("podSelector"), peer.get("namespaceSelector")
        if namespaces is None:
            in_namespace = policy["metadata"].get("namespace", "default") == other.namespace
        else:
            in_namespace = is_selected(namespaces, world.namespaces[other.namespace])
        if in_namespace and (pods is None or is_selected(pods, other.labels)):
            return True
    return False


def allows_port(rule: Body, to: WorldPod, port: Port) -> bool:
    protocol, asked = port
    if not rule.get("ports"):
        return True
    for item in rule["ports"]:
        if (item.get("protocol") or "TCP") != protocol:
            continue
        number = item.get("port")
        if number is None:
            return True
        if isinstance(number, str):
            if asked in named_ports(to, number, protocol):
                return True
        elif number <= asked <= (item.get("endPort") or number):
            return True
    return False


def named_ports(pod: WorldPod, name: str, protocol: str) -> Iterator[int]:
    for container in pod.containers:
        for item in container.get("ports") or []:
            if item.get("name") == name and (item.get("protocol") or "TCP") == protocol:
                yield item["containerPort"]


def is_selected(selector: Body, labels: dict[str, str]) -> bool:
    """Evaluate a LabelSelector: all of matchLabels and matchExpressions must hold."""
    for key, value in (selector.get("matchLabels") or {}).items():
        if labels.get(key) != value:
            return False
    for each in selector.get("matchExpressions") or []:
        key, operator = each["key"], each["operator"]
        if operator == "In" and labels.get(key) not in each["values"]:
            return False
        if operator == "NotIn" and labels.get(key) in each["values"]:
            return False
        if operator == "Exists" and key not in labels:
            return False
        if operator == "DoesNotExist" and key in labels:
            return False
    return True
