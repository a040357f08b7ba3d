"""The nodes that a pod may run on.

1. ``spec.nodeName`` fixes the node, ``spec.nodeSelector`` names labels that it must have, and
   required node affinity has terms, one of which must hold.
2. Taints of the effects NoSchedule and NoExecute keep the pod away unless it tolerates them, and
   ``spec.unschedulable`` is such a taint.
3. Required affinity and anti-affinity to pods that run, the anti-affinity of those pods, and
   topology spread constraints decide by the labels of the nodes.
4. Preferred node affinity ranks the nodes that are left: by the sum of the weights of the
   preferences that hold. An empty preference adds nothing, as in the scheduler.

docs/placement.md has the rules one by one. The scheduler's plugins NodeName, NodeAffinity,
NodeUnschedulable, TaintToleration, InterPodAffinity and PodTopologySpread do the same.

Not covered are requested and free resources, volumes, host ports, and what a cluster's own
scheduler adds. `Placements.ignored` lists those of these that the pod shows.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from labelsel.errors import ManifestError, Path, require_each, require_several, require_type
from labelsel.index import LabelIndex, Selection
from labelsel.kubernetes.model.field_names import SPREAD_CONSTRAINTS
from labelsel.kubernetes.model.kinds import NAMESPACE, NODE, Kind, is_namespaced
from labelsel.kubernetes.model.object_key import namespace_of
from labelsel.kubernetes.model.paths import strings_at
from labelsel.kubernetes.model.resource import HOW_TO_READ, Resource
from labelsel.kubernetes.selection.affinity import (
    Preference,
    UnmetRequirement,
    node_preferences,
    node_requirements,
    pod_spec,
)
from labelsel.kubernetes.selection.controller_labels import possible_labels, unknown_keys
from labelsel.kubernetes.selection.known_fields import find_unknown_field, find_unknown_own_field
from labelsel.kubernetes.selection.known_labels import NamespaceLabels
from labelsel.kubernetes.selection.known_namespaces import KnownNamespaces
from labelsel.kubernetes.selection.kustomize_changes import FindChanges
from labelsel.kubernetes.selection.not_considered import list_not_considered
from labelsel.kubernetes.selection.obstacles import Obstacle, TopologyCheck
from labelsel.kubernetes.selection.open_parts import OpenParts
from labelsel.kubernetes.selection.open_placements import (
    OpenPlacement,
    describe_namesake,
    find_namesake_obstacle,
)
from labelsel.kubernetes.selection.placement_kinds import has_placed_object
from labelsel.kubernetes.selection.pod_terms import (
    POD_AFFINITY,
    POD_ANTI_AFFINITY,
    PodTerm,
    PodView,
    SpreadConstraint,
    read_pod_terms,
    read_spread_constraints,
)
from labelsel.kubernetes.selection.running_pods import RunningPod, RunningPods, is_done
from labelsel.kubernetes.selection.selector_targets import POD, template_target
from labelsel.kubernetes.selection.taints import Taint, read_taints, read_tolerations
from labelsel.kubernetes.selection.topology_checks import (
    SpreadNodes,
    affinity_checks,
    anti_affinity_checks,
    running_anti_affinity_checks,
    spread_checks,
)
from labelsel.objects import node_labels
from labelsel.selector import all_of

__all__ = ["NodeRefusal", "Placement", "Placements", "nodes_for"]

#: How many names a sentence of `Placements.assumptions` has: three fit on a line of a terminal.
_NAMED: Final = 3
#: The fields of a pod that are about other pods.
_POD_FIELDS: Final = (POD_AFFINITY, POD_ANTI_AFFINITY, SPREAD_CONSTRAINTS)


@dataclass(frozen=True, slots=True)
class Placement:
    """A node that the pod may run on: an entry of `Placements.fitting`.

    Attributes:
        node: the node.
        weight: the sum of the weights of ``preferences``.
        preferences: the preferences of the pod that hold for it, in the pod's order.
        avoided: its taints with the effect PreferNoSchedule that the pod does not tolerate. The
            scheduler takes another node if there is one.

    Raises:
        Nothing.

    Complexity: O(1).

    >>> from labelsel.kubernetes import Inventory, nodes_for
    >>> here = Inventory.of([{"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "db"}},
    ...                      {"kind": "Node", "apiVersion": "v1", "metadata": {"name": "n1"}}])
    >>> [placement] = nodes_for(here.get("pods", "db"), here.select("nodes")).fitting
    >>> placement.node.name, placement.weight, placement.preferences, placement.avoided
    ('n1', 0, (), ())
    """

    node: Resource
    weight: int
    preferences: tuple[Preference, ...]
    avoided: tuple[Taint, ...]


@dataclass(frozen=True, slots=True)
class NodeRefusal:
    """A node that the pod may not run on: an entry of `Placements.refused`.

    ``str()`` of it is what the node does not meet, on one line.

    Attributes:
        node: the node.
        unmet: the requirements of the pod that it does not meet. Of the terms of a required
            affinity, one of which would be enough, those of the nearest term. Then the obstacles:
            taints, other pods, the spread.

    Raises:
        Nothing.

    Complexity: O(1).

    >>> from labelsel.kubernetes import Inventory, nodes_for
    >>> here = Inventory.of([
    ...     {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "db"},
    ...      "spec": {"nodeSelector": {"disk": "ssd"}}},
    ...     {"kind": "Node", "apiVersion": "v1", "metadata": {"name": "n1"}}])
    >>> [refusal] = nodes_for(here.get("pods", "db"), here.select("nodes")).refused
    >>> print(refusal.node.name, refusal)
    n1 disk=ssd: has no disk
    """

    node: Resource
    unmet: tuple[UnmetRequirement | Obstacle, ...]

    def __str__(self) -> str:
        return "; ".join(map(str, self.unmet))


@dataclass(frozen=True, slots=True)
class Placements:
    """Which nodes a pod may run on, and which not: the result of `nodes_for`.

    Attributes:
        fitting: the nodes that the pod may run on, the highest weight first; of equal weight
            in the order given.
        refused: all other nodes, in the order given.
        ignored: what the pod has that also decides in a cluster, and is not judged here:
            resources, volumes, host ports, preferred affinity to other pods; a phrase for each.
        assumptions: what the answer rests on where the input does not say it; a sentence without
            a full stop for each. No assumption adds a node.
        errors: the parts that were left out because they cannot be read: a term of node affinity
            beside a good one, a toleration, which tolerates nothing, a taint, which nothing
            tolerates.

    Raises:
        Nothing.

    Complexity: O(1).

    >>> from labelsel.kubernetes import Inventory, nodes_for
    >>> here = Inventory.of([
    ...     {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "db"},
    ...      "spec": {"nodeSelector": {"disk": "ssd"},
    ...               "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "db"}}]}},
    ...     {"kind": "Node", "apiVersion": "v1", "metadata": {"name": "n1"}}])
    >>> found = nodes_for(here.get("pods", "db"), here.select("nodes"))
    >>> found.fitting, [refusal.node.name for refusal in found.refused], found.ignored
    ([], ['n1'], ['volumes'])
    """

    fitting: list[Placement]
    refused: list[NodeRefusal]
    ignored: list[str]
    assumptions: list[str]
    errors: list[ManifestError]


def nodes_for(
    pod: Resource,
    nodes: Iterable[Resource],
    cluster: Iterable[Resource] = (),
    *,
    unread: Iterable[str] = (),
    kustomized: FindChanges | None = None,
) -> Placements:
    """Return the nodes that a pod may run on, ranked, and what keeps it off the others.

    docs/placement.md has the rules one by one.

    Arguments:
        pod: a Pod, or a workload: a Deployment, StatefulSet, DaemonSet, ReplicaSet, Job,
            CronJob, PodTemplate, or any kind with a pod template at ``spec.template``.
        nodes: the nodes to choose from.
        cluster: the objects of the cluster: the pods that run, Namespaces with their labels, and
            the other nodes, which count for topology spread. Other kinds are left out.
        unread: for each part of the input that was not read and may hold a node, or a pod that
            runs, a text that says so. With one no node fits.
        kustomized: what kustomize may change of an object, or None if it changes nothing. Where
            that may decide, no node fits.

    Returns:
        every node of ``nodes``, among the fitting or the refused ones.

    Raises:
        TypeError: an argument is not, or has in it what is not, a `Resource`, or ``unread`` is one
            string.
        ManifestError: the object makes no pods, or a requirement about nodes, affinity to other
            pods or a spread constraint cannot be read or is a field that is not known. The
            message names the path.

    Complexity: O(n * l + p * l) for n nodes and p pods with l labels, and the size of the objects
    of custom kinds, in which a pod or a node may be. Nodes and pods are indexed once for each
    call, and the index answers each requirement, term and preference. 10,000 nodes take 0.05 s
    if all fit, and 0.24 s if none does, since each refusal is explained
    (``python -m benchmarks.objects``).

    >>> from labelsel.kubernetes import Resource, Source
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
    require_type(Resource, pod, HOW_TO_READ)
    choice, around = (require_each(Resource, each, HOW_TO_READ) for each in (nodes, cluster))
    texts = require_several("texts", unread)
    return _Scheduling(pod, choice, around, OpenParts(kustomized), texts).answer()


class _Scheduling:
    """A pod, the nodes to choose from, and what decides between them."""

    def __init__(
        self,
        pod: Resource,
        nodes: list[Resource],
        cluster: list[Resource],
        parts: OpenParts,
        unread: Iterable[str],
    ) -> None:
        self.pod = pod
        self.parts = parts
        self.spec = pod_spec(pod)
        self.errors: list[ManifestError] = []
        fault = find_unknown_field(pod, self.spec)
        if fault is not None:
            raise fault
        self.requirements = list(node_requirements(pod, self.spec, self.errors.append))
        self.preferences = list(node_preferences(pod, self.spec))
        self.tolerations = read_tolerations(pod, self.spec, self.errors.append)
        self.candidates = nodes
        given = set(map(id, nodes))
        by_kind = defaultdict[Kind, list[Resource]](list)
        for each in cluster:
            by_kind[each.group_kind].append(each)
        #: All nodes; those to choose from come first.
        self.nodes = [*nodes, *(each for each in by_kind[NODE] if id(each) not in given)]
        self.labels = [node_labels(node.name, node.labels) for node in self.nodes]
        self.index = LabelIndex(dict(enumerate(self.labels)))
        spaces = NamespaceLabels(by_kind[NAMESPACE], parts.namespace_labels, parts.names)
        self.known = KnownNamespaces([*cluster, pod], spaces.are_known)
        by_name = {node.name: node for node in reversed(self.nodes)}
        others = self._without_itself(by_kind[POD])
        self.running = RunningPods(others, by_name)
        #: What may hold a node or a pod that runs, and is not known to be one.
        self.unread = [
            *unread,
            *_may_be_placed(each for each in cluster if each is not pod),
            *self._find_unknown_fields(others),
        ]

    def _find_unknown_fields(self, pods: Iterable[Resource]) -> Iterator[str]:
        """Yield a text for each pod that may run, and each node, with a field that is not known.

        A field in the spec of a node is about this node alone: `read_taints` reports it.
        """
        for pod in pods:
            fault = None if is_done(pod) else find_unknown_field(pod)
            if fault is not None:
                self.errors.append(fault)
                yield f"{pod.reference} ({pod.source}) cannot be read, and may run on any node"
        for node in self.nodes:
            fault = find_unknown_own_field(node)
            if fault is not None:
                self.errors.append(fault)
                yield f"{node.reference} ({node.source}) cannot be read"

    def _without_itself(self, pods: list[Resource]) -> list[Resource]:
        """Return the pods without the pod itself and its copies."""
        if self.pod.group_kind != POD:
            return pods
        own = namespace_of(self.pod)
        return [each for each in pods if each.name != self.pod.name or namespace_of(each) != own]

    def answer(self) -> Placements:
        """Return which nodes fit, and why the others do not."""
        last = len(self.candidates)
        fitting = [
            each
            for each in self.allowed
            if each < last and self._fits_alone(each) and self._namesake(each) is None
        ]
        preferred: defaultdict[int, list[Preference]] = defaultdict(list)
        for preference in self.preferences:
            for position in self.index.select(preference.selector) & self.allowed:
                preferred[position].append(preference)
        placements = [self._placement(each, preferred[each]) for each in fitting]
        placements.sort(key=lambda placement: -placement.weight)
        taken = set(fitting)
        refused = [self._refusal(each) for each in range(last) if each not in taken]
        ignored = list_not_considered(self.pod, self.spec)
        return Placements(placements, refused, ignored, list(self._assumptions()), self.errors)

    @cached_property
    def allowed(self) -> Selection[int]:
        """The positions of the nodes that the requirements and other pods allow."""
        required = all_of(each.selector for each in self.requirements)
        return self.index.select(all_of([required, *(each.selector for each in self.checks)]))

    def _fits_alone(self, position: int) -> bool:
        """Return whether a node fits as its object says it is."""
        is_tainted = position in self.tainted
        return position in self.allowed and not is_tainted and not self._unknown_at(position)

    @cached_property
    def _misfits(self) -> dict[str, Resource]:
        """Of each node that several objects are, the first one with which it does not fit."""
        counts = Counter(node.name for node in self.nodes)
        found: dict[str, Resource] = {}
        for position, node in enumerate(self.nodes):
            if counts[node.name] > 1 and not self._fits_alone(position):
                found.setdefault(node.name, node)
        return found

    def _namesake(self, position: int) -> Obstacle | None:
        """Return that another object is the same node, and refuses the pod."""
        node = self.nodes[position]
        other = self._misfits.get(node.name)
        if other is None or not self._fits_alone(position):
            return None
        return describe_namesake(node, other)

    def _placement(self, position: int, preferences: list[Preference]) -> Placement:
        weight = sum(preference.weight for preference in preferences)
        avoided = tuple(self.avoided.get(position, ()))
        return Placement(self.nodes[position], weight, tuple(preferences), avoided)

    def _refusal(self, position: int) -> NodeRefusal:
        labels = self.labels[position]
        unmet: list[UnmetRequirement | Obstacle] = [
            fault for requirement in self.requirements for fault in requirement.find_unmet(labels)
        ]
        unmet += self.tainted.get(position, ())
        first: dict[tuple[int, Path], Obstacle] = {}
        for obstacle in filter(None, (check.find_obstacle(labels) for check in self.checks)):
            # A term may be checked for several label sets of the pod: the first is enough.
            first.setdefault((id(obstacle.owner), obstacle.path), obstacle)
        open_parts = [*self._unknown_at(position), *filter(None, [self._namesake(position)])]
        return NodeRefusal(self.nodes[position], (*unmet, *first.values(), *open_parts))

    # What is not known

    @cached_property
    def _open(self) -> tuple[Obstacle | None, dict[int, Obstacle]]:
        """What is not known and keeps the pod off all nodes, and off the nodes at a position."""
        known = OpenPlacement(self.parts, self.view)
        terms, constraints = self._own
        repelling = [term for term, _ in self._repelling]
        required = all_of(each.selector for each in self.requirements)
        keys = {check.key for check in self.checks}
        everywhere = (
            known.find_unread_obstacle(self.unread)
            or known.find_pod_obstacle([*terms, *constraints], repelling, self.running)
            or known.find_topology_obstacle(self.nodes, keys)
        )
        if keys and everywhere is None:
            if any(each.honors_affinity for each in constraints):
                keys |= required.keys()
            with_taints = any(each.honors_taints for each in constraints)
            everywhere = find_namesake_obstacle(self.nodes, keys, with_taints=with_taints)
        return everywhere, dict(known.find_node_obstacles(self.nodes, required))

    def _unknown_at(self, position: int) -> list[Obstacle]:
        """Return what is not known and keeps the pod off a node."""
        everywhere, by_node = self._open
        return [each for each in (everywhere, by_node.get(position)) if each is not None]

    # Taints

    @cached_property
    def _taints(self) -> tuple[dict[int, list[Obstacle]], dict[int, list[Taint]]]:
        tainted: defaultdict[int, list[Obstacle]] = defaultdict(list)
        avoided: defaultdict[int, list[Taint]] = defaultdict(list)
        for position, node in enumerate(self.nodes):
            on_error = self.errors.append if position < len(self.candidates) else _leave_out
            for path, taint in read_taints(node, on_error):
                if taint is None or (taint.refuses and not self._tolerates(taint)):
                    tainted[position].append(_taint_obstacle(node, path, taint))
                elif not taint.refuses and not self._tolerates(taint):
                    avoided[position].append(taint)
        return dict(tainted), dict(avoided)

    @property
    def tainted(self) -> dict[int, list[Obstacle]]:
        """The taints that keep the pod off a node, by the position of the node."""
        return self._taints[0]

    @property
    def avoided(self) -> dict[int, list[Taint]]:
        """The taints for which the scheduler avoids a node, by the position of the node."""
        return self._taints[1]

    def _tolerates(self, taint: Taint) -> bool:
        return any(toleration.tolerates(taint) for toleration in self.tolerations)

    # Other pods

    @cached_property
    def view(self) -> PodView:
        """The pod, with the labels that are known."""
        target = template_target(self.pod)
        if self.pod.group_kind == POD:
            labels = self.pod.labels
        elif target is not None:
            labels = target.labels
        else:
            labels = strings_at(self.pod, (*self.spec[:-1], "metadata", "labels"))
        return PodView(self.pod, self.spec, namespace_of(self.pod), labels)

    @cached_property
    def checks(self) -> list[TopologyCheck]:
        """What affinity to other pods and topology spread require of the nodes' labels.

        Where a controller sets a label whose value is not known here, for each possible value.
        """
        return [check for view, note in self._views for check in self._checks_of(view, note)]

    def _checks_of(self, view: PodView, note: str) -> Iterator[TopologyCheck]:
        affinity = read_pod_terms(view, POD_AFFINITY, self.known)
        anti_affinity = read_pod_terms(view, POD_ANTI_AFFINITY, self.known)
        constraints = read_spread_constraints(view)
        checks = [
            *affinity_checks(view, affinity, self.running),
            *anti_affinity_checks(view, anti_affinity, self.running),
            *running_anti_affinity_checks(view, self._repelling),
            *(spread_checks(view, constraints, self.running, self._spread) if constraints else ()),
        ]
        return (replace(check, note=note) for check in checks)

    @cached_property
    def _spread(self) -> SpreadNodes:
        parts = (each for each in self.requirements if each.path[-1] != "nodeName")
        affinity = all_of(part.selector for part in parts)
        return SpreadNodes(self.nodes, self.index, affinity, frozenset(self.tainted))

    @cached_property
    def _repelling(self) -> list[tuple[PodTerm, list[RunningPod]]]:
        """The anti-affinity of the pods that run, as far as it may concern the pod."""
        return self.running.group_by_anti_affinity(self.view.namespace, self.known)

    @cached_property
    def _own(self) -> tuple[list[PodTerm], list[SpreadConstraint]]:
        """The terms and constraints of the pod, with the labels that are known."""
        terms = (read_pod_terms(self.view, name, self.known) for name in _POD_FIELDS[:2])
        return [term for found in terms for term in found], read_spread_constraints(self.view)

    @cached_property
    def unknown(self) -> list[str]:
        """The keys of labels that a controller sets, and that a term or constraint names."""
        terms, constraints = self._own
        own: list[PodTerm | SpreadConstraint] = [*terms, *constraints]
        selectors = {each.selector for each in own} | {term.selector for term, _ in self._repelling}
        used = frozenset[str]().union(*(selector.keys() for selector in selectors))
        taken = frozenset(key for each in own for key in each.label_keys)
        return unknown_keys(self.view, used, taken)

    @cached_property
    def _views(self) -> list[tuple[PodView, str]]:
        """The pod with each possible set of labels, and words for it."""
        if not self.unknown:
            return [(self.view, "")]
        return [
            (replace(self.view, labels={**self.view.labels, **labels}), f", if the pod has {text}")
            for labels, text in possible_labels(self.view, self.unknown, self.running)
        ]

    # What the answer rests on

    def _assumptions(self) -> Iterator[str]:
        everywhere, by_node = self._open
        if everywhere is not None:
            yield f"no node fits for sure: {everywhere.has}"
        unknown = [node.name for number, node in enumerate(self.candidates) if number in by_node]
        if unknown:
            names = _join_names(unknown)
            yield f"nodes of which labels or taints are not known do not fit: {names}"
        terms, constraints = self._own
        paths = [*(each.path for each in terms), *(each.path for each in constraints)]
        fields = [name for name in _POD_FIELDS if any(name in path for path in paths)]
        numeric = next((each for each in self.tolerations if each.is_numeric), None)
        if numeric is not None:
            yield (
                f"the cluster compares numbers in tolerations, as {numeric.operator} needs: "
                "Kubernetes 1.35 or later, with TaintTolerationComparisonOperators"
            )
        if fields and not self.running.pods:
            yield (
                "the cluster runs no pods, because no pod of the input has a spec.nodeName; "
                f"that is for {' and '.join(fields)}"
            )
        if self.running.without_node:
            names = _join_names(each.name for each in self.running.without_node)
            yield f"pods on nodes that are not in the input do not count: {names}"
        if unsure := self._unsure_namespaces(terms):
            yield (
                f"the labels of namespace {_join_names(unsure)} are not known, because the input "
                "has no such Namespace, or may have another one; a namespaceSelector that may "
                "select its pods there only keeps this pod away"
            )
        if self.unknown:
            yield (
                f"a controller sets {_join_names(self.unknown)}; a node fits only if it fits with "
                "each possible value"
            )

    def _unsure_namespaces(self, terms: Iterable[PodTerm]) -> list[str]:
        """Return the namespaces of which a term may or may not select pods."""
        found: set[str] = set()
        for term in terms:
            found |= _open(term)
        for term, _ in self._repelling:
            found |= _open(term) & {self.view.namespace}
        return sorted(found)


def _open(term: PodTerm) -> frozenset[str]:
    if term.possible is None or term.namespaces is None:
        return frozenset()
    return term.possible - term.namespaces


def _may_be_placed(resources: Iterable[Resource]) -> Iterator[str]:
    """Yield a text for each object of a custom kind that may be or hold a pod or a node."""
    for each in resources:
        if is_namespaced(each.group_kind) is None and has_placed_object(each.body):
            yield f"{each.reference} ({each.source}) may be or hold a node or a pod that runs"


def _leave_out(error: ManifestError) -> None:
    """Take no notice of a bad taint of a node that nobody asked about: it repels all pods."""


def _taint_obstacle(node: Resource, path: Path, taint: Taint | None) -> Obstacle:
    cause = str(path[1])
    has = "one that cannot be read" if taint is None else str(taint)
    return Obstacle(cause, node, path, "tolerated taints only", has)


def _join_names(names: Iterable[str]) -> str:
    listed = list(names)
    more = len(listed) - _NAMED
    joined = ", ".join(listed[:_NAMED])
    return f"{joined} and {more:,} more" if more > 0 else joined
