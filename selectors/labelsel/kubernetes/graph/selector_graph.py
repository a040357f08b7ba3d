"""The graph of an input: objects, the selectors in them, what each selects, and what is wrong."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias

from labelsel.errors import ManifestError, Path, SelectorLimitError, require_each
from labelsel.kubernetes.model.kinds import NAMESPACE, NODE, Kind
from labelsel.kubernetes.model.resource import HOW_TO_READ, Resource
from labelsel.kubernetes.selection.object_selectors import ObjectSelector, own_selector_path
from labelsel.kubernetes.selection.selector_reader import read_object_selectors
from labelsel.kubernetes.selection.selector_relation import SelectorRelation
from labelsel.kubernetes.selection.selector_targets import (
    MONITORS,
    POD,
    SERVICE,
    SelectorTarget,
    selector_targets,
)
from labelsel.limits import MAX_GRAPH_PAIRS
from labelsel.selector import Selector

__all__ = [
    "GraphEdge",
    "GraphNode",
    "GraphSelector",
    "Overlap",
    "SelectorGraph",
    "SelectorState",
    "selector_graph",
]

#: The kinds of which equal objects are one node. Two equal Services are not: they overlap.
_GROUPED: Final = frozenset({POD, NODE, NAMESPACE, *MONITORS.values()})
#: The name of the kinds among which two that select the same pods overlap.
_RIVALS: Final[dict[Kind, str]] = {
    SERVICE: "Services",
    Kind("PodDisruptionBudget", "policy"): "PodDisruptionBudgets",
    Kind("ReplicationController", ""): "workloads",
    Kind("Job", "batch"): "workloads",
    **{
        Kind(kind, group): "workloads"
        for group in ("apps", "extensions")
        for kind in ("DaemonSet", "Deployment", "ReplicaSet", "StatefulSet")
    },
}
#: Where the main selector of a workload of an old version is that names none.
_TEMPLATE_LABELS: Final = ("spec", "template", "metadata", "labels")

_Question: TypeAlias = tuple[Selector, Kind, frozenset[str] | None]


class SelectorState(Enum):
    """Whether a selector selects something in the input: `GraphSelector.state`.

    1. ``SELECTS``: it selects an object of the input.
    2. ``DANGLING``: it selects nothing, though the input has objects of the kind that it selects
       in a namespace that it looks in.
    3. ``UNKNOWN``: the input has no such object.

    Raises:
        ValueError: there is no state of this value.

    Complexity: O(1).

    >>> from labelsel.kubernetes import Inventory, selector_graph
    >>> graph = selector_graph(Inventory.of({"kind": "Service", "apiVersion": "v1",
    ...     "metadata": {"name": "web"}, "spec": {"selector": {"app": "web"}}}))
    >>> graph.nodes[0].selectors[0].state.name
    'UNKNOWN'
    """

    SELECTS = "selects"
    DANGLING = "selects nothing"
    UNKNOWN = "the input has no object of the kind that it selects where it looks"


@dataclass(frozen=True, slots=True)
class GraphSelector:
    """A selector of a node, and the nodes that it selects: an entry of `GraphNode.selectors`.

    Attributes:
        path: where the selector is in the object.
        text: its canonical text; empty for one that selects everything.
        target: the kind that it selects.
        namespaces: the namespaces that it looks in; None for all.
        selects: how many objects of which node it selects, by the number of the node.
        state: whether it selects something.

    Raises:
        Nothing.

    Complexity: O(1).

    >>> from labelsel.kubernetes import Inventory, selector_graph
    >>> service = {"kind": "Service", "apiVersion": "v1", "metadata": {"name": "web"},
    ...            "spec": {"selector": {"app": "web"}}}
    >>> pod = {"kind": "Pod", "apiVersion": "v1",
    ...        "metadata": {"name": "web-1", "labels": {"app": "web"}}}
    >>> [selector] = selector_graph(Inventory.of([service, pod])).nodes[0].selectors
    >>> selector.path, selector.text, dict(selector.selects), selector.state.value
    (('spec', 'selector'), 'app=web', {1: 1}, 'selects')
    """

    path: Path
    text: str
    target: Kind
    namespaces: frozenset[str] | None
    selects: Mapping[int, int]
    state: SelectorState


@dataclass(frozen=True, slots=True)
class GraphNode:
    """One object, or several equal ones, of which one is drawn.

    Equal are objects of the same kind and namespace that have the same selectors, and that the
    same selectors select. Only pods, nodes, namespaces and monitors are taken together. A workload
    stands for the pods of its template, and for those pods of the input that it selects, that the
    same selectors select as its template, and that have no selectors of their own.

    Attributes:
        number: its position among the nodes of the graph, from 0.
        objects: the objects, in the order of the input; never empty.
        pods: the pods of the input that the object, a workload, stands for.
        targets: the same as selectors see them; empty for what no selector selects.
        selectors: the selectors of each of the objects.

    Raises:
        Nothing.

    Complexity: O(1).

    >>> from labelsel.kubernetes import Inventory, selector_graph
    >>> pods = [{"kind": "Pod", "apiVersion": "v1", "metadata": {"name": f"web-{n}"}}
    ...         for n in range(3)]
    >>> [node] = selector_graph(Inventory.of(pods)).nodes
    >>> node.number, node.first.reference, len(node.objects)
    (0, 'pod/web-0', 3)
    """

    number: int
    objects: tuple[Resource, ...]
    pods: tuple[Resource, ...]
    targets: tuple[SelectorTarget, ...]
    selectors: tuple[GraphSelector, ...]

    @property
    def first(self) -> Resource:
        """The object that stands for all. O(1); raises nothing."""
        return self.objects[0]


@dataclass(frozen=True, slots=True)
class GraphEdge:
    """A selector and a node that it selects: `SelectorGraph.edges` yields them.

    Attributes:
        source: the number of the node that has the selector.
        selector: the selector.
        target: the number of the node that is selected.
        count: how many objects of that node are selected.

    Raises:
        Nothing.

    Complexity: O(1).

    >>> from labelsel.kubernetes import Inventory, selector_graph
    >>> service = {"kind": "Service", "apiVersion": "v1", "metadata": {"name": "web"},
    ...            "spec": {"selector": {"app": "web"}}}
    >>> pod = {"kind": "Pod", "apiVersion": "v1",
    ...        "metadata": {"name": "web-1", "labels": {"app": "web"}}}
    >>> [edge] = selector_graph(Inventory.of([service, pod])).edges()
    >>> edge.source, edge.selector.text, edge.target, edge.count
    (0, 'app=web', 1, 1)
    """

    source: int
    selector: GraphSelector
    target: int
    count: int


@dataclass(frozen=True, slots=True)
class Overlap:
    """Objects that select the same pods, and should not: an entry of `SelectorGraph.overlaps`.

    docs/graph.md says which objects are compared.

    Attributes:
        kinds: ``Services``, ``workloads`` or ``PodDisruptionBudgets``.
        owners: the numbers of the nodes that have the selectors, two or more; of an object
            that is in several files the first.
        targets: the numbers of the nodes that all of them select.

    Raises:
        Nothing.

    Complexity: O(1).

    >>> from labelsel.kubernetes import Inventory, selector_graph
    >>> services = [{"kind": "Service", "apiVersion": "v1", "metadata": {"name": name},
    ...              "spec": {"selector": {"app": "web"}}} for name in ("web", "api")]
    >>> pod = {"kind": "Pod", "apiVersion": "v1",
    ...        "metadata": {"name": "web-1", "labels": {"app": "web"}}}
    >>> selector_graph(Inventory.of([*services, pod])).overlaps
    (Overlap(kinds='Services', owners=(0, 1), targets=(2,)),)
    """

    kinds: str
    owners: tuple[int, ...]
    targets: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SelectorGraph:
    """What selects what in an input: the result of `selector_graph`.

    Attributes:
        nodes: the objects that have selectors, that are selected, or that are pods or make pods.
        overlaps: the objects that select the same pods.

    Raises:
        Nothing.

    Complexity: O(1).

    >>> from labelsel.kubernetes import Inventory, selector_graph
    >>> services = [{"kind": "Service", "apiVersion": "v1", "metadata": {"name": name},
    ...              "spec": {"selector": {"app": "web"}}} for name in ("web", "api")]
    >>> pod = {"kind": "Pod", "apiVersion": "v1",
    ...        "metadata": {"name": "web-1", "labels": {"app": "web"}}}
    >>> graph = selector_graph(Inventory.of([*services, pod]))
    >>> [node.first.reference for node in graph.nodes], len(graph.overlaps)
    (['service/web', 'service/api', 'pod/web-1'], 1)
    """

    nodes: tuple[GraphNode, ...]
    overlaps: tuple[Overlap, ...]

    def edges(self) -> Iterator[GraphEdge]:
        """Yield each selector with each node that it selects.

        Edges are not stored: 1,000 workloads that avoid each other are a million of them.

        Yields:
            the edges, by the numbers of the nodes that have the selectors.

        Raises:
            Nothing.

        Complexity: O(e) for e edges; none is in memory before it is asked for.

        >>> from labelsel.kubernetes import Inventory, selector_graph
        >>> service = {"kind": "Service", "apiVersion": "v1", "metadata": {"name": "web"},
        ...            "spec": {"selector": {"app": "web"}}}
        >>> pod = {"kind": "Pod", "apiVersion": "v1",
        ...        "metadata": {"name": "web-1", "labels": {"app": "web"}}}
        >>> graph = selector_graph(Inventory.of([service, pod]))
        >>> [(edge.source, edge.target, edge.count) for edge in graph.edges()]
        [(0, 1, 1)]
        """
        for node in self.nodes:
            for selector in node.selectors:
                for target, count in selector.selects.items():
                    yield GraphEdge(node.number, selector, target, count)

    def dangling(self) -> Iterator[tuple[GraphNode, GraphSelector]]:
        """Yield each selector that selects nothing, though there are objects it could select.

        Yields:
            the node that has the selector, and the selector.

        Raises:
            Nothing.

        Complexity: O(s) for s selectors of nodes.

        >>> from labelsel.kubernetes import Inventory, selector_graph
        >>> service = {"kind": "Service", "apiVersion": "v1", "metadata": {"name": "web"},
        ...            "spec": {"selector": {"app": "web"}}}
        >>> pod = {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a"}}
        >>> graph = selector_graph(Inventory.of([service, pod]))
        >>> [(node.first.reference, selector.text) for node, selector in graph.dangling()]
        [('service/web', 'app=web')]
        """
        for node in self.nodes:
            for selector in node.selectors:
                if selector.state is SelectorState.DANGLING:
                    yield node, selector


def selector_graph(
    resources: Iterable[Resource], *, on_error: Callable[[ManifestError], None] | None = None
) -> SelectorGraph:
    """Return the graph of what selects what among objects.

    The pairs are those of `SelectorRelation`, of all selectors of `read_object_selectors`.

    Arguments:
        resources: the objects of an inventory.
        on_error: called with each fault; the rest is still read. Without it the first fault
            is raised.

    Returns:
        the graph; its nodes are in the order of the objects.

    Raises:
        ManifestError: a selector is not a selector, or the labels of a template are not labels.
        SelectorLimitError: the distinct selectors have more than ``MAX_GRAPH_PAIRS`` pairs.
        TypeError: something among the objects is not a `Resource`.

    Complexity: that of `read_object_selectors`, one `LabelIndex.select` for each distinct
    selector, and O(n + p) for n objects and p distinct pairs. 100,000 objects with 50,000
    selectors take 6.5 s, a third of it for reading the selectors
    (``python -m benchmarks.objects``).

    >>> from labelsel.kubernetes import Inventory
    >>> service = {"kind": "Service", "apiVersion": "v1", "metadata": {"name": "web"},
    ...            "spec": {"selector": {"app": "web"}}}
    >>> pods = [{"kind": "Pod", "apiVersion": "v1",
    ...          "metadata": {"name": f"web-{n}", "labels": {"app": "web"}}} for n in range(3)]
    >>> graph = selector_graph(Inventory.of([service, *pods]))
    >>> [(node.first.reference, len(node.objects)) for node in graph.nodes]
    [('service/web', 1), ('pod/web-0', 3)]
    >>> [(edge.source, edge.selector.text, edge.target, edge.count) for edge in graph.edges()]
    [(0, 'app=web', 1, 3)]
    """
    return _Builder(require_each(Resource, resources, HOW_TO_READ), on_error).build()


def _require_few(pairs: int) -> None:
    """Raise a `SelectorLimitError` if selectors and objects are too many pairs for a graph."""
    if pairs > MAX_GRAPH_PAIRS:
        limit = f"more than {MAX_GRAPH_PAIRS:,} pairs of a selector and an object"
        raise SelectorLimitError(f"the graph has {limit}: take fewer objects at a time")


class _Builder:
    """Builds a graph: each distinct selector is asked once, whatever number of objects has it."""

    def __init__(
        self,
        resources: Sequence[Resource],
        on_error: Callable[[ManifestError], None] | None,
    ) -> None:
        self._resources = resources
        object_selectors = read_object_selectors(resources, on_error=on_error)
        targets = selector_targets(resources, on_error=on_error)
        self._relation = SelectorRelation(object_selectors, targets)
        self._target_of = {id(target.origin): target for target in targets}
        #: The namespaces of the targets of each kind.
        self._namespaces_of: dict[Kind, set[str]] = defaultdict(set)
        for target in targets:
            self._namespaces_of[target.kind].add(target.namespace)
        self._numbers: dict[_Question, int] = {}
        self._selectors_of: dict[int, list[tuple[ObjectSelector, int]]] = defaultdict(list)
        for found in object_selectors:
            question = found.selector, found.target, found.namespaces
            number = self._numbers.setdefault(question, len(self._numbers))
            self._selectors_of[id(found.owner)].append((found, number))
        asked = {number: found for each in self._selectors_of.values() for found, number in each}
        #: The targets that each distinct selector selects, and the selectors of each target.
        self._answers: dict[int, list[SelectorTarget]] = {}
        pairs = 0
        for number in self._numbers.values():
            self._answers[number] = self._relation.selected_by(asked[number])
            pairs += len(self._answers[number])
            _require_few(pairs)
        self._selected_by: dict[int, list[int]] = defaultdict(list)
        for number, answer in self._answers.items():
            for target in answer:
                self._selected_by[id(target.origin)].append(number)

    def build(self) -> SelectorGraph:
        groups: dict[object, list[Resource]] = defaultdict(list)
        made = self._pods_of_workloads()
        for resource in self._resources:
            if self._is_drawn(resource) and id(resource) not in made:
                groups[self._group(resource)].append(resource)
        members = list(groups.values())
        node_of = {
            id(resource): number for number, group in enumerate(members) for resource in group
        }
        pods: dict[int, list[Resource]] = defaultdict(list)
        for resource in self._resources:
            if id(resource) in made:
                number = node_of[id(resource)] = node_of[made[id(resource)]]
                pods[number].append(resource)
        counts = {
            number: Counter(node_of[id(target.origin)] for target in answer)
            for number, answer in self._answers.items()
        }
        nodes = tuple(
            GraphNode(
                number,
                tuple(group),
                tuple(pods[number]),
                tuple(
                    self._target_of[id(each)]
                    for each in (*group, *pods[number])
                    if id(each) in self._target_of
                ),
                tuple(
                    self._selector(found, counts[question])
                    for found, question in self._selectors_of.get(id(group[0]), ())
                ),
            )
            for number, group in enumerate(members)
        )
        return SelectorGraph(nodes, tuple(self._overlaps(nodes, node_of)))

    def _pods_of_workloads(self) -> dict[int, int]:
        """Return for each pod that a workload stands for the id of the workload."""
        workloads: dict[object, list[Resource]] = defaultdict(list)
        for target in self._relation.targets:
            if target.from_template and self._selects_itself(target.origin):
                workloads[self._seen_alike(target)].append(target.origin)
        made: dict[int, int] = {}
        for target in self._relation.targets:
            if target.kind == POD and not target.from_template:
                found = workloads.get(self._seen_alike(target), [])
                if len(found) == 1 and self._questions(target.origin) <= self._questions(found[0]):
                    made[id(target.origin)] = id(found[0])
        return made

    def _seen_alike(self, target: SelectorTarget) -> object:
        """Return what targets have in common that no selector tells apart."""
        return target.namespace, tuple(self._selected_by.get(id(target.origin), ()))

    def _questions(self, resource: Resource) -> set[int]:
        return {number for _, number in self._selectors_of.get(id(resource), ())}

    def _selects_itself(self, workload: Resource) -> bool:
        selecting = self._selected_by.get(id(workload), ())
        own = self._selectors_of.get(id(workload), ())
        return any(_is_main(found) and number in selecting for found, number in own)

    def _is_drawn(self, resource: Resource) -> bool:
        target = self._target_of.get(id(resource))
        is_pod = target is not None and target.kind == POD
        return is_pod or id(resource) in self._selectors_of or id(resource) in self._selected_by

    def _group(self, resource: Resource) -> object:
        """Return what equal objects have in common; the object itself where it stands alone."""
        if resource.group_kind not in _GROUPED:
            return id(resource)
        own = tuple(
            (found.path, number) for found, number in self._selectors_of.get(id(resource), ())
        )
        return resource.group_kind, self._seen_alike(self._target_of[id(resource)]), own

    def _selector(self, found: ObjectSelector, selects: Counter[int]) -> GraphSelector:
        state = SelectorState.SELECTS
        if not selects:
            state = SelectorState.DANGLING if self._looked_at(found) else SelectorState.UNKNOWN
        return GraphSelector(found.path, found.text, found.target, found.namespaces, selects, state)

    def _looked_at(self, found: ObjectSelector) -> bool:
        """Whether the input has an object that a selector could select, were its labels others."""
        here = self._namespaces_of.get(found.target, set())
        # None stands for all namespaces. An empty set is the work of labels: no namespace has them.
        return not here.isdisjoint(found.namespaces) if found.namespaces else bool(here)

    def _overlaps(
        self, nodes: Sequence[GraphNode], node_of: Mapping[int, int]
    ) -> Iterator[Overlap]:
        owners: dict[tuple[str, int], list[Resource]] = defaultdict(list)
        for each in self._selectors_of.values():
            for found, question in each:
                kinds = _RIVALS.get(found.owner.group_kind)
                if kinds is not None and _is_main(found):
                    owners[kinds, question].append(found.owner)
        # By the selectors first: many nodes have the same ones.
        selected: dict[tuple[str, tuple[int, ...]], list[int]] = defaultdict(list)
        for node in nodes:
            questions = self._selected_by.get(id(node.first), ())
            for kinds in dict.fromkeys(_RIVALS.values()):
                rivals = tuple(each for each in questions if (kinds, each) in owners)
                if rivals:
                    selected[kinds, rivals].append(node.number)
        for (kinds, rivals), targets in selected.items():
            found_owners = [owner for each in rivals for owner in owners[kinds, each]]
            # A folder often holds an object more than once, for several clusters. Of the copies
            # only the first one counts: an object does not overlap with itself.
            first: dict[str, int] = {}
            for owner in _without_controlled(found_owners):
                number = node_of[id(owner)]
                first[owner.reference] = min(number, first.get(owner.reference, number))
            if len(first) > 1:
                numbers = sorted(first.values())
                yield Overlap(kinds, tuple(numbers), tuple(targets))


def _is_main(found: ObjectSelector) -> bool:
    """Whether a selector is that of the object itself, and none of its template."""
    return found.path in {own_selector_path(found.owner), _TEMPLATE_LABELS}


def _without_controlled(owners: Sequence[Resource]) -> list[Resource]:
    """Return objects without those that another of them made: a ReplicaSet of a Deployment."""
    names = {(owner.kind, owner.name) for owner in owners}
    return [owner for owner in owners if not names & set(_controllers(owner))]


def _controllers(resource: Resource) -> Iterator[tuple[object, object]]:
    metadata = resource.body.get("metadata")
    references = metadata.get("ownerReferences") if isinstance(metadata, dict) else None
    for each in references if isinstance(references, list) else ():
        if isinstance(each, dict) and isinstance(each.get("name"), str):
            yield str(each.get("kind")), each["name"]
