"""Affinity to other pods and topology spread, as checks of the nodes' topology labels.

The rules, one by one and with their tests, are in docs/placement.md. They are those of the
scheduler's plugins InterPodAffinity and PodTopologySpread. Where the input leaves open whether a
term selects a pod, the pod runs on fewer nodes: an open match does not attract, but it repels.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from labelsel.errors import Path
from labelsel.index import LabelIndex
from labelsel.kubernetes.model.field_names import SPREAD_CONSTRAINTS
from labelsel.kubernetes.model.object_key import namespace_of
from labelsel.kubernetes.model.resource import Resource
from labelsel.kubernetes.selection.obstacles import TopologyCheck
from labelsel.kubernetes.selection.pod_terms import (
    POD_AFFINITY,
    POD_ANTI_AFFINITY,
    PodTerm,
    PodView,
    SpreadConstraint,
)
from labelsel.kubernetes.selection.running_pods import RunningPod, RunningPods
from labelsel.requirements import Exists
from labelsel.selector import Everything, Nothing, Selector, all_of, holds

__all__ = [
    "SpreadNodes",
    "affinity_checks",
    "anti_affinity_checks",
    "running_anti_affinity_checks",
    "spread_checks",
]


def affinity_checks(
    view: PodView, terms: Sequence[PodTerm], running: RunningPods
) -> Iterator[TopologyCheck]:
    """Yield a check for each required term of affinity to other pods.

    A pod counts if it matches all terms at once. If no pod counts anywhere, and the pod matches
    its own terms, it is the first one of a group, and may run wherever the topology keys are.
    """
    possible = running.select_by_all(terms, surely=False) if terms else []
    is_first = not any(
        term.topology_key in each.node.labels for each in possible for term in terms
    ) and all(term.selects(view.namespace, view.labels) for term in terms)
    sure = running.select_by_all(terms, surely=True) if terms else []
    for term in terms:
        key = term.topology_key
        allowed = frozenset(each.node.labels[key] for each in sure if key in each.node.labels)
        others = " that meets the other terms, too," if len(terms) > 1 else ""
        yield TopologyCheck(
            cause=POD_AFFINITY,
            owner=view.origin,
            path=term.path,
            requirement=f"a pod {_describe(view, term)}{others} in its {key}",
            key=key,
            allowed=None if is_first else allowed,
        )


def anti_affinity_checks(
    view: PodView, terms: Sequence[PodTerm], running: RunningPods
) -> Iterator[TopologyCheck]:
    """Yield a check for each required term of anti-affinity of the pod itself."""
    for term in terms:
        first = _first_by_value(term.topology_key, running.select(term.selector, term.possible))
        yield TopologyCheck(
            cause=POD_ANTI_AFFINITY,
            owner=view.origin,
            path=term.path,
            requirement=f"no pod {_describe(view, term)} in its {term.topology_key}",
            key=term.topology_key,
            refused=_describe_pods(term.topology_key, first),
            needs_key=False,
        )


def running_anti_affinity_checks(
    view: PodView, groups: Sequence[tuple[PodTerm, list[RunningPod]]]
) -> Iterator[TopologyCheck]:
    """Yield the checks of the terms with which pods that run keep the pod away.

    ``groups`` are the terms with their pods, from ``RunningPods.group_by_anti_affinity``. Terms of
    one selector and topology key are one check: each refused node costs time for each check.
    """
    merged: defaultdict[tuple[str, Selector], list[tuple[Path, RunningPod]]] = defaultdict(list)
    for term, pods in groups:
        if term.may_select(view.namespace, view.labels):
            merged[term.topology_key, term.selector] += [(term.path, each) for each in pods]
    for (key, selector), found in merged.items():
        first = _first_by_value(key, [each for _, each in found])
        paths = {id(each.pod): path for path, each in reversed(found)}
        away = f"pods with {selector}" if str(selector) else "all pods"
        yield TopologyCheck(
            cause=POD_ANTI_AFFINITY,
            owner=found[0][1].pod,
            path=found[0][0],
            requirement=f"no pod in its {key} that keeps away {away}",
            key=key,
            refused=_describe_pods(key, first),
            owners={value: (each.pod, paths[id(each.pod)]) for value, (each, _) in first.items()},
            needs_key=False,
        )


def _first_by_value(key: str, pods: Sequence[RunningPod]) -> dict[str, tuple[RunningPod, int]]:
    """Return the first pod in each domain, and how many pods there are."""
    counts: Counter[str] = Counter()
    first: dict[str, RunningPod] = {}
    for each in pods:
        value = each.node.labels.get(key)
        if value is not None:
            first.setdefault(value, each)
            counts[value] += 1
    return {value: (each, counts[value]) for value, each in first.items()}


def _describe_pods(key: str, first: Mapping[str, tuple[RunningPod, int]]) -> dict[str, str]:
    return {
        value: f"{_name(each.pod)}{_more(count - 1)} in {key}={value}"
        for value, (each, count) in first.items()
    }


@dataclass(frozen=True, slots=True)
class SpreadNodes:
    """The nodes over which pods are spread.

    Attributes:
        nodes: all nodes of the input.
        index: their positions in ``nodes``, by their labels and names.
        affinity: the labels that the pod's node selector and node affinity require.
        tainted: the positions of the nodes with a taint that the pod does not tolerate.
    """

    nodes: Sequence[Resource]
    index: LabelIndex[int]
    affinity: Selector
    tainted: frozenset[int]

    def counted(self, constraint: SpreadConstraint, keys: Selector) -> list[Resource]:
        """Return the nodes that count for a constraint: with all keys, and by its policies."""
        affinity = self.affinity if constraint.honors_affinity else Everything()
        tainted = self.tainted if constraint.honors_taints else frozenset()
        positions = self.index.select(all_of([keys, affinity]))
        return [self.nodes[position] for position in positions if position not in tainted]


def spread_checks(
    view: PodView,
    constraints: Sequence[SpreadConstraint],
    running: RunningPods,
    spread: SpreadNodes,
) -> Iterator[TopologyCheck]:
    """Yield a check for each constraint: which domains would have too many pods with this one.

    1. Nodes count that have the keys of all constraints, and that ``nodeAffinityPolicy`` and
       ``nodeTaintsPolicy`` let count. Their values of the topology key are the domains.
    2. Of the pods on these nodes those count that are in the pod's namespace, match the selector,
       and are not being deleted.
    3. The pod itself counts if the selector selects it.
    4. The emptiest domain counts as empty if there are fewer domains than ``minDomains``.
    """
    keys = all_of(Exists(constraint.topology_key) for constraint in constraints)
    for constraint in constraints:
        key = constraint.topology_key
        nodes = spread.counted(constraint, keys)
        pods = running.select(constraint.selector, frozenset((view.namespace,)))
        counts = _count_pods(key, nodes, pods)
        enough = len(counts) >= constraint.min_domains
        least = min(counts.values(), default=0) if enough else 0
        itself = holds(constraint.selector, view.labels)
        than = f"{least} in the emptiest domain"
        if not enough:
            than = f"of minDomains {constraint.min_domains} there are {len(counts)}"
        this = " and this one" if itself else ""
        values = {node.labels[key] for node in spread.nodes if key in node.labels}
        yield TopologyCheck(
            cause=SPREAD_CONSTRAINTS,
            owner=view.origin,
            path=constraint.path,
            requirement=f"a skew of at most {constraint.max_skew} in its {key}, "
            f"counting pods {_with(constraint.selector)}",
            key=key,
            refused={
                value: f"{counts.get(value, 0)}{this} in {key}={value}; {than}"
                for value in values
                if counts.get(value, 0) + itself - least > constraint.max_skew
            },
        )


def _count_pods(key: str, nodes: Sequence[Resource], pods: Sequence[RunningPod]) -> dict[str, int]:
    """Return how many of the pods run in each domain; nodes without pods make domains, too."""
    counts = dict.fromkeys((node.labels[key] for node in nodes), 0)
    counted = set(map(id, nodes))
    for each in pods:
        if id(each.node) in counted and not _is_stopping(each.pod):
            counts[each.node.labels[key]] += 1
    return counts


def _is_stopping(pod: Resource) -> bool:
    metadata = pod.body.get("metadata")
    return isinstance(metadata, dict) and metadata.get("deletionTimestamp") is not None


# Words


def _describe(view: PodView, term: PodTerm) -> str:
    """Return which pods a term selects, and where, if not in the pod's own namespace."""
    if term.possible is None:
        where = " of any namespace"
    elif term.possible == {view.namespace}:
        where = ""
    else:
        where = f" of namespace {' or '.join(sorted(term.possible)) or '(none)'}"
    return f"{_with(term.selector)}{where}"


def _with(selector: Selector) -> str:
    if isinstance(selector, Nothing):
        return "that no labelSelector selects"
    return f"with {selector}" if str(selector) else "with any labels"


def _name(pod: Resource) -> str:
    return f"{pod.reference} of namespace {namespace_of(pod)}"


def _more(number: int) -> str:
    return f" and {number:,} more" if number else ""
