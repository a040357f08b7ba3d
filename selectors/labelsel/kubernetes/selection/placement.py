"""The nodes that a pod may run on, by what it says of their labels and names.

1. ``spec.nodeName`` fixes the node, ``spec.nodeSelector`` names labels that it must have, and
   required node affinity has terms, one of which must hold.
2. Preferred node affinity ranks the nodes that are left: by the sum of the weights of the
   preferences that hold. An empty preference adds nothing, as in the scheduler.

That is what the scheduler does in its plugins NodeName and NodeAffinity, but for one thing: it
passes over a term that it cannot read, which is an error here.

Not covered are taints and tolerations, ``spec.unschedulable``, the resources that are asked for
and left, affinity to other pods, topology spread, volumes, and what a cluster's own scheduler
adds. `Placements.ignored` tells which of these there are that could be seen.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from labelsel.errors import Path
from labelsel.index import LabelIndex
from labelsel.kubernetes.model.kinds import Kind
from labelsel.kubernetes.model.paths import map_at, value_at
from labelsel.kubernetes.model.resource import Resource
from labelsel.kubernetes.selection.affinity import (
    POD_AFFINITY,
    Preference,
    Unmet,
    pod_spec,
    preferences_of,
    rules_of,
)
from labelsel.objects import node_labels
from labelsel.selector import all_of

__all__ = ["NODE", "NodeRefusal", "Placement", "Placements", "nodes_for"]

NODE: Final = Kind("Node", "")
_SPREAD: Final = "topologySpreadConstraints"
#: How many nodes a line of `Placements.ignored` names.
_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class Placement:
    """A node that the pod may run on.

    Attributes:
        node: the node.
        weight: the sum of the weights of ``preferences``.
        preferences: the preferences of the pod that hold for it, in the pod's order.
    """

    node: Resource
    weight: int
    preferences: tuple[Preference, ...]


@dataclass(frozen=True, slots=True)
class NodeRefusal:
    """A node that the pod may not run on.

    Attributes:
        node: the node.
        unmet: all that it does not meet of what the pod requires; of the terms of a required
            affinity, one of which would be enough, the one that came nearest.
    """

    node: Resource
    unmet: tuple[Unmet, ...]

    def __str__(self) -> str:
        return "; ".join(map(str, self.unmet))


@dataclass(frozen=True, slots=True)
class Placements:
    """Which nodes a pod may run on, and which not.

    Attributes:
        fitting: those that it may run on, the most preferred first; of equal weight in the
            order given.
        refused: all others, in the order given.
        ignored: what was seen in the pod and in the nodes that fit, and not looked at: taints,
            affinity to other pods, and the like; a line of words each.
    """

    fitting: list[Placement]
    refused: list[NodeRefusal]
    ignored: list[str]


def nodes_for(pod: Resource, nodes: Iterable[Resource]) -> Placements:
    """The nodes that a pod may run on, ranked, and what the others lack.

    Arguments:
        pod: a Pod, or what makes pods: a Deployment, StatefulSet, DaemonSet, ReplicaSet, Job,
            CronJob, PodTemplate, or any kind with a pod template at ``spec.template``.
        nodes: the nodes to choose from.

    Raises:
        ManifestError: the object makes no pods, or what it says of nodes cannot be read; the
            path is named, and a field that is not known is an error.

    Complexity: O(n * l) for n nodes with l labels; they are indexed once, for this question.

    >>> from labelsel.kubernetes.model.resource import Resource, Source
    >>> def item(kind, name, labels=(), **spec):
    ...     return Resource(kind, "v1", None, name, dict(labels), {}, {"spec": spec},
    ...         Source("a.yaml", 1, 1))
    >>> nodes = [item("Node", "n1", {"disk": "hdd"}), item("Node", "n2", {"disk": "ssd"})]
    >>> found = nodes_for(item("Pod", "db", nodeSelector={"disk": "ssd"}), nodes)
    >>> [placement.node.name for placement in found.fitting]
    ['n2']
    >>> for refusal in found.refused:
    ...     print(refusal.node.name, refusal)
    n1 disk=ssd: has disk=hdd
    """
    spec = pod_spec(pod)
    rules = list(rules_of(pod, spec))
    preferences = list(preferences_of(pod, spec))
    listed = list(nodes)
    seen = {number: node_labels(node.name, node.labels) for number, node in enumerate(listed)}
    index = LabelIndex(seen)
    fits = index.select(all_of(rule.selector for rule in rules))
    held: defaultdict[int, list[Preference]] = defaultdict(list)
    for preference in preferences:
        for number in index.select(preference.selector) & fits:
            held[number].append(preference)
    fitting = [_placed(listed[number], held[number]) for number in fits]
    fitting.sort(key=lambda placement: -placement.weight)
    refused = [
        NodeRefusal(node, tuple(unmet for rule in rules for unmet in rule.unmet(seen[number])))
        for number, node in enumerate(listed)
        if number not in fits
    ]
    return Placements(fitting, refused, _ignored(pod, spec, fitting))


def _placed(node: Resource, held: list[Preference]) -> Placement:
    return Placement(node, sum(preference.weight for preference in held), tuple(held))


def _ignored(pod: Resource, spec: Path, fitting: list[Placement]) -> list[str]:
    """What speaks of placing, and is not looked at."""
    ignored = []
    tainted = [item.node for item in fitting if _member(item.node, "taints")]
    if tainted:
        ignored.append(f"taints of {_names(tainted)}")
    closed = [item.node for item in fitting if _member(item.node, "unschedulable") is True]
    if closed:
        ignored.append(f"spec.unschedulable of {_names(closed)}")
    affinity = map_at(pod, (*spec, "affinity"))
    ignored += [f"{name} of the pod" for name in POD_AFFINITY if affinity.get(name)]
    if value_at(pod, (*spec, _SPREAD)):
        ignored.append(f"{_SPREAD} of the pod")
    return ignored


def _member(node: Resource, name: str) -> Any:
    """A part of a node's spec, which is no business of this question, so never a fault."""
    spec = node.body.get("spec")
    return spec.get(name) if isinstance(spec, dict) else None


def _names(nodes: list[Resource]) -> str:
    more = len(nodes) - _NAMED
    names = ", ".join(node.name for node in nodes[:_NAMED])
    return f"{names} and {more} more" if more > 0 else names
