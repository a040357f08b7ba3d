"""``labelsel graph``: a picture of what selects what."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import click

from labelsel.cli.added_selectors import AddedSelectors
from labelsel.cli.command import KubectlCommand, SuggestingChoice
from labelsel.cli.input import InputReader, bad_input
from labelsel.cli.namesakes import leave_out_patches, report_kustomized, too_many_pairs
from labelsel.cli.no_objects import report_no_objects, report_other_namespaces
from labelsel.cli.object_query import CommandQuery, Words
from labelsel.cli.options import (
    Reading,
    Scope,
    Target,
    reading_options,
    scope_options,
    selector_option,
    target_options,
)
from labelsel.cli.output import identity
from labelsel.cli.printers import (
    DataResult,
    HtmlResult,
    Output,
    output_options,
    print_document,
    printer,
)
from labelsel.cli.screen import Failure, say
from labelsel.cli.selector_flags import target_labels
from labelsel.errors import path_text
from labelsel.kubernetes import Resource, select
from labelsel.kubernetes.graph.boxes import Picture
from labelsel.kubernetes.graph.dot import write_dot
from labelsel.kubernetes.graph.html import View, write_html
from labelsel.kubernetes.graph.layout import fits
from labelsel.kubernetes.graph.mermaid import write_mermaid
from labelsel.kubernetes.graph.picture import namespaces_of, overview, picture
from labelsel.kubernetes.graph.selector_graph import (
    GraphNode,
    SelectorGraph,
    SelectorState,
    selector_graph,
)
from labelsel.kubernetes.graph.svg import write_svg
from labelsel.limits import MAX_PRINTED_PAIRS

__all__ = ["graph_command"]

_HELP: Final = """\
Draw what selects what, as a picture or a page.

Objects are drawn by namespace, with an arrow for each selector. Each box is an object with its
selectors; an arrow leads to what a selector selects, as labelsel selects answers it. A workload
stands for the pods of its template, and for those pods of the input that it selects. Equal pods
are one box, with their number. Marked are selectors that select nothing, and Services, workloads
and PodDisruptionBudgets that select the same pods as another one. Files that a Kustomization of
the input names as patches are left out, which one line says.

Drawn are the objects of the namespace of -n that match -l, with what they select and what selects
them, also in other namespaces. Objects that neither select nor are selected are not drawn, but
for pods and what makes them. More than 300 boxes, or 1,500 arrows, are drawn as one box for each
namespace; an HTML page then has a picture of each namespace, too.

\b
  svg      a picture, in light or dark colours as the reader prefers
  html     one page, without other files: search, zoom, filter by labels, keyboard
  dot      for Graphviz
  mermaid  for Markdown on GitHub and GitLab

svg and html need the extra labelsel[graph].

The exit status is 0, also if there is nothing to draw; 1 if the selector or a part of the input
is bad, or the picture is too large; 2 if the command line is wrong.

\b
Examples:
  labelsel graph -f shop/ -n shop -o mermaid
  labelsel graph -f shop/ -A -o html > shop.html
  labelsel graph -f shop/ -n shop -l app=web -o svg > web.svg
  kubectl get all,netpol,pdb -A -o json | labelsel graph -f - -o dot | dot -Tpdf > cluster.pdf
"""

#: More than these are drawn by namespace: nobody reads a plain picture of more.
_BOXES: Final = 300
_ARROWS: Final = 1500


class PictureResult(ABC):
    """A result with a picture: the formats ``svg``, ``dot`` and ``mermaid`` print it."""

    __slots__ = ()

    @abstractmethod
    def picture(self) -> Picture:
        """Return the picture."""


@printer("mermaid", PictureResult)
def _print_mermaid(result: PictureResult) -> None:
    with _drawing():
        print_document(write_mermaid(result.picture()))


@printer("dot", PictureResult)
def _print_dot(result: PictureResult) -> None:
    with _drawing():
        print_document(write_dot(result.picture()))


@printer("svg", PictureResult)
def _print_svg(result: PictureResult) -> None:
    with _drawing():
        print_document(write_svg(result.picture()))


@dataclass(frozen=True, slots=True)
class _Graph(PictureResult, HtmlResult, DataResult):
    """The graph, and which part of it is drawn.

    Attributes:
        graph: the graph of all objects.
        chosen: the numbers of the nodes that are drawn with their neighbours.
        objects: the picture of their objects.
        by_namespace: whether their namespaces are drawn instead.
    """

    graph: SelectorGraph
    chosen: frozenset[int]
    objects: Picture
    by_namespace: bool

    def picture(self) -> Picture:
        return overview(self.graph, self._drawn()) if self.by_namespace else self.objects

    def html(self) -> str:
        with _drawing():
            return write_html(self._views())

    def data(self) -> object:
        drawn = self._drawn()
        self._require_few_pairs(drawn)
        return {
            "nodes": [_node_data(self.graph.nodes[number], drawn) for number in sorted(drawn)],
            "overlaps": [
                {
                    "kinds": each.kinds,
                    "owners": list(each.owners),
                    "selects": list(each.targets),
                }
                for each in self.graph.overlaps
                if drawn.issuperset((*each.owners, *each.targets))
            ],
        }

    def _require_few_pairs(self, drawn: frozenset[int]) -> None:
        """Raise a failure if the data would have too many pairs of a selector and a node."""
        selectors = [each for number in drawn for each in self.graph.nodes[number].selectors]
        # Selectors that ask the same share what they select.
        shared = {id(each.selects): each.selects for each in selectors}
        sizes = {number: len(selects.keys() & drawn) for number, selects in shared.items()}
        pairs = sum(sizes[id(each.selects)] for each in selectors)
        if pairs > MAX_PRINTED_PAIRS:
            raise too_many_pairs("the graph has", "take a part of it, with -n NAME or -l SELECTOR")

    def _drawn(self) -> frozenset[int]:
        return frozenset(box.key for box in self.objects.boxes)

    def _views(self) -> list[View]:
        """Return the pictures of a page: of all; where that has namespaces, of each of them."""
        if not self.by_namespace:
            return [View("All objects", self.objects)]
        drawn = self._drawn()
        views = [View("All namespaces", self.picture(), is_overview=True)]
        for name, nodes in namespaces_of(self.graph, drawn).items():
            numbers = {node.number for node in nodes}
            inside = picture(self.graph, numbers)
            views.append(View(name, inside if fits(inside) else overview(self.graph, numbers)))
        return views


@contextmanager
def _drawing() -> Iterator[None]:
    """Say what is to do where a picture cannot be laid out."""
    try:
        yield
    except ImportError as error:
        raise Failure(str(error)) from error
    except ValueError as error:
        advice = "draw a part of it, with -n NAME or -l SELECTOR, or take -o json"
        raise Failure(f"{error}; {advice}") from error


@click.command("graph", cls=KubectlCommand, help=_HELP)
@reading_options()
@target_options(selector_option("Label selector: draw only these objects, and their neighbours."))
@scope_options
@click.option(
    "--detail",
    type=SuggestingChoice(["auto", "objects", "namespaces"]),
    default="auto",
    help="Draw each object, or each namespace as one box, whatever their number: "
    "--detail namespaces.  [default: objects, if not too many]",
)
@output_options(_Graph, "How to draw: json and yaml print the graph as data.", default="mermaid")
def graph_command(
    *, reading: Reading, target: Target, scope: Scope, detail: str, output: Output
) -> None:
    """Print the picture."""
    query = CommandQuery(Words(None, ()), target, scope, reading)
    reader = InputReader(reading)
    with bad_input():
        # Parsed before the input is read: an error in a selector should not cost a minute.
        selector = target_labels(target)
        everything = reader.read()
        resources = leave_out_patches(everything, reader)
        found = select(resources, selector, namespace=scope.namespaces)
        added = AddedSelectors(resources, resources, reader)
        graph = selector_graph(resources, on_error=added.on_error)
        reader.end_at_errors()
    result = _restrict(graph, found.resources, detail)
    output.print(result)
    if found.resources:
        for line in _report(result, found.resources):
            say(line)
    else:
        report_no_objects(query, resources, found)
    report_other_namespaces(found, scope)
    report_kustomized(resources, everything, reader)
    reader.finish()


def _restrict(graph: SelectorGraph, chosen: Iterable[Resource], detail: str) -> _Graph:
    """Return the part of a graph with some objects and their neighbours."""
    wanted = set(map(id, chosen))
    numbers = frozenset(
        node.number
        for node in graph.nodes
        if any(id(each) in wanted for each in (*node.objects, *node.pods))
    )
    objects = picture(graph, numbers)
    too_many = len(objects.boxes) > _BOXES or len(objects.arrows) + objects.more > _ARROWS
    several = len(namespaces_of(graph, numbers)) > 1
    by_namespace = detail == "namespaces" or (detail == "auto" and too_many and several)
    return _Graph(graph, numbers, objects, by_namespace)


def _report(result: _Graph, chosen: Sequence[Resource]) -> Iterator[str]:
    """Yield what the picture leaves out, and how much it marks."""
    nodes = [result.graph.nodes[number] for number in result.chosen]
    drawn = {id(each) for node in nodes for each in (*node.objects, *node.pods)}
    rest = sum(id(each) not in drawn for each in chosen)
    if rest:
        select, are = ("selects", "is") if rest == 1 else ("select", "are")
        yield f"Not drawn: {rest:,} that neither {select} nor {are} selected."
    if result.by_namespace:
        size = f"{len(result.objects.boxes):,} boxes"
        yield f"Drawn by namespace instead of {size}: -n NAME draws the objects of one."
    dangling = sum(
        selector.state is SelectorState.DANGLING for node in nodes for selector in node.selectors
    )
    overlaps = sum(not result.chosen.isdisjoint(each.owners) for each in result.graph.overlaps)
    if dangling:
        yield f"Selectors that select nothing: {dangling:,}."
    if overlaps:
        yield f"Sets of objects that select the same pods: {overlaps:,}."


def _node_data(node: GraphNode, drawn: Collection[int]) -> dict[str, Any]:
    return {
        "id": node.number,
        "objects": [identity(each) for each in node.objects],
        "pods": [identity(each) for each in node.pods],
        "selectors": [
            {
                "path": path_text(each.path),
                "selector": each.text,
                "kind": each.target.kind,
                "namespaces": None if each.namespaces is None else sorted(each.namespaces),
                "state": each.state.name.lower(),
                "selects": [
                    {"node": number, "count": count}
                    for number, count in each.selects.items()
                    if number in drawn
                ],
            }
            for each in node.selectors
        ],
    }
