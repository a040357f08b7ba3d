"""What nobody knows of a pod and of nodes, where it may decide about the nodes that fit.

A node is listed as fitting only if it fits for sure. What a patch of kustomize may change, and
labels and namespaces that are placeholders, keep the pod away: from one node, or from all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Final

from labelsel.errors import Path, show
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.field_names import SPREAD_CONSTRAINTS
from labelsel.kubernetes.model.paths import value_at
from labelsel.kubernetes.model.resource import Resource
from labelsel.kubernetes.selection.kustomize_changes import DELETED
from labelsel.kubernetes.selection.obstacles import Obstacle
from labelsel.kubernetes.selection.open_parts import OpenParts
from labelsel.kubernetes.selection.pod_terms import (
    POD_ANTI_AFFINITY,
    PodTerm,
    PodView,
    SpreadConstraint,
)
from labelsel.kubernetes.selection.running_pods import RunningPods
from labelsel.kubernetes.selection.selector_targets import POD, SelectorTarget
from labelsel.objects import NODE_NAME
from labelsel.selector import Selector

__all__ = ["OpenPlacement", "describe_namesake", "find_namesake_obstacle"]

_REQUIRED: Final = "nothing unknown"
_CAUSE: Final = "unknown"
_SPEC: Final[Path] = ("spec",)
#: The fields of a pod that decide about its nodes; hostNetwork is one for a DaemonSet (rule T11).
_FIELDS: Final = (
    *("nodeName", "nodeSelector", "affinity", "tolerations", SPREAD_CONSTRAINTS, "hostNetwork"),
)
_ANTI_AFFINITY: Final[Path] = ("spec", "affinity", POD_ANTI_AFFINITY)
_NODE_NAME: Final[Path] = ("spec", "nodeName")
_NAME: Final[Path] = ("metadata", "name")
#: The fields of a pod that runs, and of a node, that decide.
_RUNNING_FIELDS: Final[tuple[Path, ...]] = (
    *(_NODE_NAME, ("spec", "affinity"), ("metadata", "name"), ("kind",), DELETED),
)
_NODE_FIELDS: Final[tuple[Path, ...]] = (("spec", "taints"), ("spec", "unschedulable"), DELETED)


class OpenPlacement:
    """What is not known of a pod, of the nodes and of the pods that run.

    Arguments:
        parts: what is not known of the objects of the input.
        view: the pod, with its labels as they are written.
    """

    def __init__(self, parts: OpenParts, view: PodView) -> None:
        self._parts = parts
        self._view = view

    def find_unread_obstacle(self, unread: Iterable[str]) -> Obstacle | None:
        """Return that a pod or a node may be in what was not read; it keeps the pod off all nodes.

        Arguments:
            unread: a text for each part of the input that may hold one.
        """
        reason = next(iter(unread), "")
        return _obstacle(self._view.origin, self._view.spec, reason) if reason else None

    def find_pod_obstacle(
        self,
        own: Iterable[PodTerm | SpreadConstraint],
        repelling: Iterable[PodTerm],
        running: RunningPods,
    ) -> Obstacle | None:
        """Return the first thing that is not known and keeps the pod off all nodes.

        Arguments:
            own: the terms of affinity to other pods and the spread constraints of the pod.
            repelling: the terms with which pods that run keep pods away.
            running: the pods that run, and those that may.
        """
        view = self._view
        fields = [(*view.spec, name) for name in _FIELDS]
        reason = self._parts.describe_patch(view.origin, *fields)
        if reason:
            return _obstacle(view.origin, view.spec, reason)
        pods, terms = [each.pod for each in running.pods], list(own)
        found = chain(
            self._among_pods(terms, list(repelling), pods), self._among_others(running, terms)
        )
        return next(found, None)

    def _among_others(
        self, running: RunningPods, own: Sequence[PodTerm | SpreadConstraint]
    ) -> Iterator[Obstacle]:
        """Yield the pods that may run on any node, where terms ask for them or keep pods away."""
        for pod in running.anywhere:
            if own or self._may_repel(pod):
                node = show(str(value_at(pod, _NODE_NAME)))
                reason = f"{pod.reference} may run on any node: its node is {node}"
                yield _obstacle(pod, _NODE_NAME, reason)
        others = [*running.waiting, *running.without_node]
        for pod in others if self._parts.is_kustomized else ():
            reason = self._parts.describe_patch(pod, _NODE_NAME)
            if reason and (own or self._may_repel(pod)):
                yield _obstacle(pod, _NODE_NAME, reason)

    def _among_pods(
        self,
        own: list[PodTerm | SpreadConstraint],
        repelling: list[PodTerm],
        pods: list[Resource],
    ) -> Iterator[Obstacle]:
        """Yield what is not known of the pod and of those that run, where terms ask for it."""
        parts, view = self._parts, self._view
        keys = frozenset[str]().union(*(each.selector.keys() for each in (*own, *repelling)))
        keys |= {key for each in own for key in each.label_keys}
        away = {id(pod) for pod in pods if value_at(pod, _ANTI_AFFINITY)}
        target = SelectorTarget(POD, view.namespace, view.labels, view.origin)
        if own or away:
            reason = parts.describe_namespaces(view.origin)
            yield from _obstacles(view.origin, view.spec, reason)
        yield from _obstacles(view.origin, view.spec, self._describe_labels(target, keys))
        for pod in pods if parts.may_be_open(pods, keys) else ():
            if own or id(pod) in away:
                yield from _obstacles(pod, _SPEC, parts.describe_namespaces(pod))
            yield from _obstacles(pod, _SPEC, parts.describe_patch(pod, *_RUNNING_FIELDS))
            running = SelectorTarget(POD, "", pod.labels, pod)
            yield from _obstacles(pod, _SPEC, self._describe_labels(running, keys))

    def _may_repel(self, pod: Resource) -> bool:
        """Return whether a pod has anti-affinity, or a patch may give it some."""
        patched = self._parts.describe_patch(pod, _ANTI_AFFINITY)
        return bool(patched or value_at(pod, _ANTI_AFFINITY))

    def _describe_labels(self, target: SelectorTarget, keys: Iterable[str]) -> str:
        labels = self._parts.pod_labels(target)
        unknown = sorted(filter(labels.is_open, keys))
        return self._parts.describe_labels(target, unknown) if unknown else ""

    def find_node_obstacles(
        self, nodes: Iterable[Resource], required: Selector
    ) -> Iterator[tuple[int, Obstacle]]:
        """Yield the positions of the nodes that do not fit for sure, each with the reason.

        Arguments:
            nodes: the nodes.
            required: what the pod requires of their labels and names.
        """
        listed, parts = list(nodes), self._parts
        by_name = NODE_NAME in required.keys()  # noqa: SIM118  # a selector is not a map
        if not by_name and not parts.may_be_open(listed, required.keys()):
            return
        for position, node in enumerate(listed):
            reason = parts.describe_patch(node, *_NODE_FIELDS)
            labels = parts.node_labels(node).labels()
            if not reason and labels.truth(required) is None:
                reason = parts.describe_node(node, labels.unknown_keys(required))
            for obstacle in _obstacles(node, _SPEC, reason):
                yield position, obstacle

    def find_topology_obstacle(
        self, nodes: Iterable[Resource], keys: Iterable[str]
    ) -> Obstacle | None:
        """Return what is not known of the domains of the nodes; it keeps the pod off all nodes.

        Arguments:
            nodes: all nodes, also those that are no candidates.
            keys: the topology keys that decide.
        """
        listed, parts, decisive = list(nodes), self._parts, sorted(keys)
        if not decisive or not parts.may_be_open(listed, decisive):
            return None
        for node in listed:
            unknown = list(filter(parts.node_labels(node).is_open, decisive))
            if unknown:
                return _obstacle(node, _SPEC, parts.describe_node(node, unknown))
        return None


def describe_namesake(node: Resource, other: Resource) -> Obstacle:
    """Return that another object is the same node: nobody knows which one the cluster has."""
    return _obstacle(node, _NAME, f"{node.reference} is also at {other.source}, with other parts")


def find_namesake_obstacle(
    nodes: Iterable[Resource], keys: Iterable[str], *, with_taints: bool
) -> Obstacle | None:
    """Return that two objects are one node, and put it into different domains.

    Arguments:
        nodes: all nodes.
        keys: the labels that decide about domains.
        with_taints: whether taints decide, too.
    """
    decisive, first = sorted(keys), dict[str, Resource]()
    for node in nodes:
        other = first.setdefault(node.name, node)
        if other is not node and (
            any(node.labels.get(key) != other.labels.get(key) for key in decisive)
            or (with_taints and _taints(node) != _taints(other))
        ):
            return describe_namesake(node, other)
    return None


def _taints(node: Resource) -> list[Data]:
    return [value_at(node, path) for path in _NODE_FIELDS[:2]]


def _obstacle(owner: Resource, path: Path, reason: str) -> Obstacle:
    return Obstacle(_CAUSE, owner, path, _REQUIRED, reason)


def _obstacles(owner: Resource, path: Path, reason: str) -> Iterator[Obstacle]:
    if reason:
        yield _obstacle(owner, path, reason)
