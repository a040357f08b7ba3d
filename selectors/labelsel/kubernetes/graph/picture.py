"""Makes the boxes and arrows of a graph.

`picture` draws the objects of a graph. `overview` draws its namespaces, each as one box: the
picture of thousands of objects, which nobody could read.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice, takewhile
from typing import Final

from labelsel.errors import escape, path_text
from labelsel.kubernetes.graph.boxes import OVERLAP, Arrow, Box, Picture, Row
from labelsel.kubernetes.graph.selector_graph import (
    GraphNode,
    GraphSelector,
    SelectorGraph,
    SelectorState,
)
from labelsel.kubernetes.model.object_key import namespace_of
from labelsel.limits import MAX_PICTURE_ARROWS

__all__ = ["CLUSTER", "namespaces_of", "overview", "picture"]

CLUSTER: Final = "not in a namespace"
"""The group of nodes and namespaces."""

#: The text of a selector without requirements.
_EVERYTHING: Final = "<everything>"
#: A box of a namespace names so many problems; the data has all.
_NAMED: Final = 5
#: Where an object has its main selector; a path is drawn where it is another one.
_MAIN: Final = (("spec", "selector"), ("spec", "podSelector"))


def namespaces_of(graph: SelectorGraph, numbers: Collection[int]) -> dict[str, list[GraphNode]]:
    """Return nodes of a graph by namespace, sorted; `CLUSTER` for those in none comes last."""
    groups: dict[str, list[GraphNode]] = defaultdict(list)
    for number in sorted(numbers):
        groups[_namespace(graph.nodes[number])].append(graph.nodes[number])
    return {name: groups[name] for name in sorted(groups, key=lambda each: (each == CLUSTER, each))}


def _namespace(node: GraphNode) -> str:
    # The target knows of a node and a namespace that they are in none.
    namespace = node.targets[0].namespace if node.targets else namespace_of(node.first)
    return namespace or CLUSTER


def picture(graph: SelectorGraph, chosen: Collection[int] | None = None) -> Picture:
    """Return the picture of the objects of a graph.

    Arguments:
        graph: the graph.
        chosen: the numbers of the nodes that are drawn, with what they select, and what selects
            them; None for all. A node that is only drawn for a neighbour has no other selectors.

    Complexity: O(nodes and selectors), the nodes that each distinct selector selects, and
    `MAX_PICTURE_ARROWS`: of more arrows only the number is known.
    """
    return _ObjectPicture(graph, chosen).build()


class _ObjectPicture:
    def __init__(self, graph: SelectorGraph, chosen: Collection[int] | None) -> None:
        self._graph = graph
        self._chosen = frozenset(range(len(graph.nodes)) if chosen is None else chosen)
        self._overlaps: dict[int, list[str]] = defaultdict(list)
        #: Which owners share a target, for the arrows: a set for each overlap of the target.
        self._sharing: dict[int, list[frozenset[int]]] = defaultdict(list)
        for overlap in graph.overlaps:
            owners = frozenset(overlap.owners)
            for owner in overlap.owners:
                self._overlaps[owner].append(self._others_text(owner, overlap.owners))
            for target in overlap.targets:
                self._sharing[target].append(owners)

    def _others_text(self, owner: int, owners: Sequence[int]) -> str:
        others = islice((each for each in owners if each != owner), _NAMED)
        names = [self._graph.nodes[each].first.reference for each in others]
        more = len(owners) - 1 - len(names)
        return f"selects the same pods as {', '.join(names)}" + (f" and {more} more" * bool(more))

    def build(self) -> Picture:
        rows = {node.number: self._rows(node) for node in self._graph.nodes}
        every = (arrow for node in self._graph.nodes for arrow in self._arrows(node, rows))
        arrows = tuple(islice(every, MAX_PICTURE_ARROWS))
        more = sum(self._count_arrows(rows)) - len(arrows)
        drawn = {*self._chosen, *(number for number, kept in rows.items() if kept)}
        # Selectors that ask the same share what they select.
        asked = {id(each.selects): each for number in self._chosen for each in rows[number]}
        for each in asked.values():
            drawn.update(each.selects)
        boxes = (
            self._box(node, rows[node.number])
            for nodes in namespaces_of(self._graph, drawn).values()
            for node in nodes
        )
        return Picture(tuple(boxes), arrows, more)

    def _count_arrows(self, rows: Mapping[int, Sequence[GraphSelector]]) -> Iterator[int]:
        """Yield how many arrows each selector has, without the arrows."""
        near: dict[int, int] = {}
        for number, selectors in rows.items():
            chosen = number in self._chosen
            for selector in selectors:
                selects = selector.selects
                if chosen:
                    yield len(selects) - (number in selects)
                else:
                    if id(selects) not in near:
                        near[id(selects)] = len(selects.keys() & self._chosen)
                    yield near[id(selects)]

    def _arrows(
        self, node: GraphNode, rows: Mapping[int, Sequence[GraphSelector]]
    ) -> Iterator[Arrow]:
        for position, selector in enumerate(rows[node.number]):
            for target in selector.selects:
                near = node.number in self._chosen or target in self._chosen
                if near and target != node.number:
                    yield self._arrow(node, position, selector, target)

    def _rows(self, node: GraphNode) -> list[GraphSelector]:
        """Return the selectors that are drawn: all of a chosen node, else those to chosen ones."""
        if node.number in self._chosen:
            return list(node.selectors)
        return [each for each in node.selectors if not self._chosen.isdisjoint(each.selects)]

    def _arrow(self, node: GraphNode, position: int, selector: GraphSelector, target: int) -> Arrow:
        shared = selector.path in _MAIN and any(
            node.number in owners for owners in self._sharing.get(target, ())
        )
        problem = OVERLAP if shared else ""
        return Arrow(node.number, position, target, _text(selector), problem)

    def _box(self, node: GraphNode, selectors: Sequence[GraphSelector]) -> Box:
        labels = [target.labels for target in node.targets] or [node.first.labels]
        details = _details(node)
        return Box(
            node.number,
            escape(_namespace(node)),
            escape(node.first.kind),
            escape(_title(node)),
            tuple(map(_row, selectors)),
            escape("; ".join(self._overlaps.get(node.number, ()))),
            tuple({tuple(sorted(each.items())): each for each in labels}.values()),
            tuple(map(escape, details)),
        )


def _details(node: GraphNode) -> list[str]:
    """Return the names and places of the objects that a box stands for."""
    objects = [*node.objects, *node.pods]
    lines = [f"{each.reference} ({each.source})" for each in objects[:_NAMED]]
    return lines + [f"and {len(objects) - _NAMED:,} more"] * (len(objects) > _NAMED)


def _title(node: GraphNode) -> str:
    """Return the name of an object; for several what their names have in common, and how many."""
    name, count = node.first.name, len(node.objects)
    if count == 1:
        pods = len(node.pods)
        return f"{name} ({pods:,} pod{'s' * (pods > 1)})" if pods else name
    names = sorted(each.name for each in node.objects)
    # What the first and the last one begin with, all between them begin with.
    pairs = zip(names[0], names[-1], strict=False)
    start = takewhile(lambda pair: pair[0] == pair[1], pairs)
    return f"{''.join(letter for letter, _ in start)}… ({count:,})"


def _text(selector: GraphSelector) -> str:
    return escape(selector.text or _EVERYTHING)


def _row(selector: GraphSelector) -> Row:
    problem, path = "", ""
    if selector.state is SelectorState.DANGLING:
        problem = "selects nothing"
    if selector.path not in _MAIN:
        path = escape(path_text(selector.path))
    unknown = selector.state is SelectorState.UNKNOWN
    return Row(_text(selector), path, problem, unknown)


def overview(graph: SelectorGraph, drawn: Collection[int]) -> Picture:
    """Return the picture of the namespaces of some nodes of a graph, by their numbers.

    A box counts the objects of each kind, and names the first problems. An arrow counts the
    selectors of a namespace that select something in another one.

    Complexity: O(nodes and edges).
    """
    namespaces = namespaces_of(graph, drawn)
    keys = {node.number: key for key, nodes in enumerate(namespaces.values()) for node in nodes}
    crossing: Counter[tuple[int, int]] = Counter()
    # Selectors that ask the same share what they select.
    seen: dict[int, set[int]] = {}
    for number in drawn:
        for selector in graph.nodes[number].selectors:
            # Of a selector one arrow to each namespace, whatever number of nodes is there.
            if id(selector.selects) not in seen:
                seen[id(selector.selects)] = {keys[n] for n in selector.selects if n in keys}
            for target in seen[id(selector.selects)]:
                if target != keys[number]:
                    crossing[keys[number], target] += 1
    overlaps = _overlap_lines(graph, keys)
    boxes = tuple(
        Box(
            key,
            "",
            "" if name == CLUSTER else "Namespace",
            escape(name),
            (*_counts(nodes), *_problem_rows([*_dangling_lines(nodes), *overlaps[key]])),
        )
        for key, (name, nodes) in enumerate(namespaces.items())
    )
    arrows = tuple(
        Arrow(source, None, target, f"{count:,} selector{'s' * (count > 1)}")
        for (source, target), count in crossing.items()
    )
    return Picture(boxes, arrows)


def _counts(nodes: Sequence[GraphNode]) -> Iterator[Row]:
    counts: Counter[str] = Counter()
    for node in nodes:
        counts[node.first.kind] += len(node.objects)
    for kind, count in counts.most_common():
        yield Row(escape(f"{count:,} {kind}"))


def _dangling_lines(nodes: Sequence[GraphNode]) -> Iterator[str]:
    for node in nodes:
        for selector in node.selectors:
            if selector.state is SelectorState.DANGLING:
                yield f"{node.first.reference}: {_text(selector)} selects nothing"


def _overlap_lines(graph: SelectorGraph, keys: Mapping[int, int]) -> dict[int, list[str]]:
    """Return the overlaps of each namespace as lines: those of which an owner is in it."""
    lines: dict[int, list[str]] = defaultdict(list)
    for overlap in graph.overlaps:
        names = [graph.nodes[each].first.reference for each in overlap.owners[:_NAMED]]
        more = "…" * (len(overlap.owners) > _NAMED)
        for key in sorted({keys[each] for each in overlap.owners if each in keys}):
            lines[key].append(f"{OVERLAP}: {', '.join(names)}{more}")
    return lines


def _problem_rows(lines: Sequence[str]) -> Iterator[Row]:
    for line in lines[:_NAMED]:
        yield Row(escape(line), problem=OVERLAP if line.startswith(OVERLAP) else "problem")
    if len(lines) > _NAMED:
        yield Row(f"and {len(lines) - _NAMED:,} more problems", problem="problem")
