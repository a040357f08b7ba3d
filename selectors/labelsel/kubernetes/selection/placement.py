"""The nodes that a pod may run on, by its requirements about their labels and names.

1. ``spec.nodeName`` fixes the node, ``spec.nodeSelector`` names labels that it must have, and
   required node affinity has terms, one of which must hold.
2. Preferred node affinity ranks the nodes that are left: by the sum of the weights of the
   preferences that hold. An empty preference adds nothing, as in the scheduler.

The scheduler's plugins NodeName and NodeAffinity do the same, with one difference: they skip a
term that they cannot read, which is an error here.

Not covered are taints and tolerations, ``spec.unschedulable``, requested and free resources,
affinity to other pods, topology spread, volumes, and what a cluster's own scheduler adds.
`Placements.ignored` lists those of these that the input shows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from labelsel.errors import Path
from labelsel.index import LabelIndex
from labelsel.kubernetes.model.field_names import SPREAD_CONSTRAINTS
from labelsel.kubernetes.model.paths import map_at, value_at
from labelsel.kubernetes.model.resource import Resource
from labelsel.kubernetes.selection.affinity import (
    POD_AFFINITY,
    NodeRequirement,
    Preference,
    UnmetRequirement,
    node_preferences,
    node_requirements,
    pod_spec,
)
from labelsel.objects import node_labels
from labelsel.selector import all_of

__all__ = ["NodeRefusal", "Placement", "Placements", "nodes_for"]

#: How many nodes a line of `Placements.ignored` names: three names fit on a line of a terminal.
_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class Placement:
    """A node that the pod may run on.

    Attributes:
        node: the node.
        weight: the sum of the weights of ``preferences``.
        preferences: the preferences of the pod that hold for it, in the pod's order.
        ignored: what the node has that also decides in a cluster, and is not looked at here:
            "taints", "unschedulable".
    """

    node: Resource
    weight: int
    preferences: tuple[Preference, ...]
    ignored: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NodeRefusal:
    """A node that the pod may not run on.

    Attributes:
        node: the node.
        unmet: the requirements of the pod that it does not meet. Of the terms of a required
            affinity, one of which would be enough, those of the nearest term.
    """

    node: Resource
    unmet: tuple[UnmetRequirement, ...]

    def __str__(self) -> str:
        return "; ".join(map(str, self.unmet))


@dataclass(frozen=True, slots=True)
class Placements:
    """Which nodes a pod may run on, and which not.

    Attributes:
        fitting: the nodes that the pod may run on, the highest weight first; of equal weight
            in the order given.
        refused: all other nodes, in the order given.
        ignored: what the pod and the fitting nodes have that also decides in a cluster, and is
            not looked at here: taints, affinity to other pods, and the like; a phrase for each.
    """

    fitting: list[Placement]
    refused: list[NodeRefusal]
    ignored: list[str]


def nodes_for(pod: Resource, nodes: Iterable[Resource]) -> Placements:
    """Return the nodes that a pod may run on, ranked, and what the others lack.

    Arguments:
        pod: a Pod, or a workload: a Deployment, StatefulSet, DaemonSet, ReplicaSet, Job,
            CronJob, PodTemplate, or any kind with a pod template at ``spec.template``.
        nodes: the nodes to choose from.

    Raises:
        ManifestError: the object makes no pods, or a requirement about nodes cannot be read or
            is a field that is not known. The message names the path.

    Complexity: O(n * l) for n nodes with l labels. The nodes are indexed once for each call, and
    the index answers each requirement and preference. 10,000 nodes take 0.2 s if all fit, and
    0.6 s if none does, since each refusal is explained (``python -m benchmarks.objects``).

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
    requirements = list(node_requirements(pod, spec))
    preferences = list(node_preferences(pod, spec))
    numbered = list(nodes)
    labels = {number: node_labels(node.name, node.labels) for number, node in enumerate(numbered)}
    index = LabelIndex(labels)
    fitting = index.select(all_of(requirement.selector for requirement in requirements))
    preferred: defaultdict[int, list[Preference]] = defaultdict(list)
    for preference in preferences:
        for number in index.select(preference.selector) & fitting:
            preferred[number].append(preference)
    placements = [_make_placement(numbered[number], preferred[number]) for number in fitting]
    placements.sort(key=lambda placement: -placement.weight)
    refused = [
        _make_refusal(node, requirements, labels[number])
        for number, node in enumerate(numbered)
        if number not in fitting
    ]
    return Placements(placements, refused, _list_ignored(pod, spec, placements))


def _make_placement(node: Resource, preferences: list[Preference]) -> Placement:
    weight = sum(preference.weight for preference in preferences)
    ignored = ["taints"] * bool(_spec_field(node, "taints"))
    ignored += ["unschedulable"] * (_spec_field(node, "unschedulable") is True)
    return Placement(node, weight, tuple(preferences), tuple(ignored))


def _make_refusal(
    node: Resource, requirements: list[NodeRequirement], labels: Mapping[str, str]
) -> NodeRefusal:
    unmet = (fault for requirement in requirements for fault in requirement.find_unmet(labels))
    return NodeRefusal(node, tuple(unmet))


def _list_ignored(pod: Resource, spec: Path, placements: list[Placement]) -> list[str]:
    """Return what also decides where the pod runs, and is not looked at here."""
    ignored = []
    tainted = [each.node for each in placements if "taints" in each.ignored]
    if tainted:
        ignored.append(f"taints of {_join_names(tainted)}")
    closed = [each.node for each in placements if "unschedulable" in each.ignored]
    if closed:
        ignored.append(f"spec.unschedulable of {_join_names(closed)}")
    affinity = map_at(pod, (*spec, "affinity"))
    ignored += [f"{name} of the pod" for name in POD_AFFINITY if affinity.get(name)]
    if value_at(pod, (*spec, SPREAD_CONSTRAINTS)):
        ignored.append(f"{SPREAD_CONSTRAINTS} of the pod")
    return ignored


def _spec_field(node: Resource, name: str) -> Any:
    """Return a field of a node's spec. A spec that is not a map decides nothing here: no fault."""
    spec = node.body.get("spec")
    return spec.get(name) if isinstance(spec, dict) else None


def _join_names(nodes: list[Resource]) -> str:
    more = len(nodes) - _NAMED
    names = ", ".join(node.name for node in nodes[:_NAMED])
    return f"{names} and {more} more" if more > 0 else names
