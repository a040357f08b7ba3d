"""``labelsel nodes-for``: the nodes that a pod may run on, and what the others lack."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import click
from rich.text import Text

from labelsel.cli.command import KubectlCommand
from labelsel.cli.input import InputReader, bad_input, check_names
from labelsel.cli.namesakes import (
    all_kustomizations,
    leave_out_patches,
    limit_pairs,
    object_heading,
    print_each,
)
from labelsel.cli.no_objects import report_no_objects
from labelsel.cli.object_query import CommandQuery, Words
from labelsel.cli.options import (
    Reading,
    Scope,
    Target,
    reading_options,
    scope_options,
    selector_option,
    target_options,
    words_argument,
)
from labelsel.cli.output import identity
from labelsel.cli.printers import (
    ObjectDataResult,
    Output,
    WideTableResult,
    output_options,
)
from labelsel.cli.screen import say
from labelsel.cli.selector_flags import target_labels
from labelsel.cli.tables import TableColumn, print_rich, print_table
from labelsel.cli.unread_parts import SoughtObjects
from labelsel.errors import path_text
from labelsel.kubernetes import (
    NODE,
    ManifestError,
    NodeRefusal,
    Obstacle,
    Placement,
    Placements,
    Preference,
    Resource,
    UnmetRequirement,
    find_objects,
    nodes_for,
    select,
)
from labelsel.kubernetes.selection.placement_kinds import (
    has_placed_object,
    may_have_placed_object,
)

if TYPE_CHECKING:
    from labelsel.lint.kustomizations import Kustomizations

__all__ = ["nodes_for_command"]

_HELP: Final = """\
Show the nodes that a pod may run on.

KIND/NAME is a pod, or an object that makes pods: deploy/web, sts/db, ds/agent, cronjob/backup.
The object and the nodes are read from the paths of -f. If several files or namespaces have an
object of this name, each has an answer, with its file and line. Files that a Kustomization of
the input names as patches are left out, which one line says.

The command considers nodeName, nodeSelector and node affinity, taints and tolerations, and by
the pods of the input that run (spec.nodeName) affinity and anti-affinity to other pods, theirs to
this one, and topology spread. What is required says which nodes fit; the weights of preferred node
affinity rank them; for each other node the table shows what keeps the pod off. Not considered are
resources, volumes, host ports and the like: a message names those that the pod has.

\b
  WEIGHT            the sum of the weights of the preferences that hold
  PREFERNOSCHEDULE  taints with this effect that the pod does not tolerate
  PREFERENCE        each of these preferences, with its weight
  REQUIREMENT       what the node does not meet; of several terms, the nearest one
  HAS               what the node has instead

A term of node affinity, a toleration or a taint that cannot be read is left out, so that fewer
nodes fit, and is reported. The exit status is 0, also if no node fits; 1 if the object does not
exist or a part of the input is bad; 2 if the command line is wrong.

\b
Examples:
  labelsel nodes-for -f cluster/ -f shop/ -n shop sts/db
  labelsel nodes-for -f . pod/web-1 -l topology.kubernetes.io/zone=a -o name
  kubectl get no,ns,po -A -o json | labelsel nodes-for -f - -f shop/ deploy/web
"""


#: What decides, and may be in what was not read.
_PLACED: Final = SoughtObjects(
    "a node or a pod that runs", may_have_placed_object, has_placed_object
)


@dataclass(frozen=True, slots=True)
class _Nodes(ObjectDataResult, WideTableResult):
    """For each object of a name the nodes that fit its pods, and the nodes that do not."""

    answers: Sequence[tuple[Resource, Placements]]
    headers: bool

    def objects(self) -> list[Resource]:
        fitting = [[placement.node for placement in found.fitting] for _, found in self.answers]
        everywhere = set.intersection(*({id(node) for node in nodes} for nodes in fitting))
        return [node for node in fitting[0] if id(node) in everywhere]

    def data(self) -> object:
        answers = [_data(pod, found) for pod, found in self.answers]
        return answers[0] if len(answers) == 1 else answers

    def print_table(self, *, wide: bool) -> None:
        if len(self.answers) == 1:
            self._print_answer(*self.answers[0], wide=wide)
        else:
            print_each(
                (object_heading(pod), partial(self._print_answer, pod, found, wide=wide))
                for pod, found in self.answers
                if found.fitting or found.refused
            )

    def _print_answer(self, pod: Resource, found: Placements, *, wide: bool) -> None:
        if found.fitting:
            lines = [line for placement in found.fitting for line in _fitting_lines(placement)]
            print_table(lines, _fitting_columns(lines, wide=wide), headers=self.headers)
        if found.refused:
            if found.fitting:
                print_rich(Text())
            rows: list[_Refused] = [
                (refusal, unmet) for refusal in found.refused for unmet in refusal.unmet
            ]
            print_table(rows, _refusal_columns(pod, wide=wide), headers=self.headers)


@click.command("nodes-for", cls=KubectlCommand, help=_HELP)
@reading_options()
@target_options(
    words_argument("KIND/NAME"),
    selector_option("Label selector: consider only these nodes."),
)
@scope_options
@output_options(
    _Nodes,
    "How to print: wide says where in the object each line comes from, name prints the nodes "
    "that fit, json and yaml print all of it as data. Where several objects have the name, name "
    "prints the nodes that fit all of them, and the data is a list with an entry for each.",
)
def nodes_for_command(*, reading: Reading, target: Target, scope: Scope, output: Output) -> None:
    """Print the nodes that the named object may run on."""
    words = check_names(target.words, one=True)
    reader = InputReader(reading)
    with bad_input():
        # Parsed before the input is read: an error in a selector should not cost a minute.
        selector = target_labels(target)
        everything = reader.read()
        resources = leave_out_patches(everything, reader)
        pods = find_objects(resources, words, scope.namespaces)
        nodes = [item for item in resources if item.group_kind == NODE]
        chosen = select(nodes, selector, namespace=None)
        known = all_kustomizations(everything, reader)
        unread = [*_PLACED.describe_files(reader), *_PLACED.describe_additions(known)]
        kustomized = None if known is None else known.changes
        left_out = [] if unread else list(_describe_unread(reader, known))

        def answer(pod: Resource) -> Placements:
            around = (pod, chosen.resources, resources)
            found = nodes_for(*around, unread=unread, kustomized=kustomized)
            return replace(found, assumptions=[*found.assumptions, *left_out])

        every = ((pod, answer(pod)) for pod in pods)
        answers = limit_pairs(every, lambda answer: len(answer[1].fitting) + len(answer[1].refused))
    output.print(_Nodes(answers, not output.no_headers))
    if nodes and not chosen.resources:
        everywhere = Scope(all_namespaces=True)
        query = CommandQuery(Words("nodes", ()), target, everywhere, reading)
        report_no_objects(query, nodes, chosen)
    else:
        for line in dict.fromkeys(_report(answers)):
            say(line)
    reader.finish(left_out=_report_errors(answers))


def _describe_unread(reader: InputReader, known: Kustomizations | None) -> Iterator[str]:
    """Yield what is assumed of the parts of the input that were not read, if there are any."""
    added = [] if known is None else [f"{name} of {file}" for file, name, _ in known.additions()]
    first, *others = [*reader.unread_files(), *added] or [""]
    more = f" and {len(others):,} more" if others else ""
    if first:
        yield f"no node and no pod that runs is in what was not read: {first}{more}"


def _report_errors(answers: Sequence[tuple[Resource, Placements]]) -> list[ManifestError]:
    """Report the parts that were left out because they cannot be read, each once."""
    errors = {str(error): error for _, found in answers for error in found.errors}
    for text in errors:
        say(*text.split("\n"), error=True)
    return list(errors.values())


def _report(answers: Sequence[tuple[Resource, Placements]]) -> Iterator[str]:
    """Yield what fits no node, what the answers rest on, and what was not considered."""
    for pod, found in answers:
        source = f" ({pod.source})" if len(answers) > 1 else ""
        if not found.fitting and not found.refused:
            yield "The input has no nodes: name their manifests with -f, too."
        elif not found.fitting:
            yield f"No node fits {pod.reference}{source}."
        if found.ignored:
            yield f"Not considered: {', '.join(found.ignored)} of {pod.reference}."
        for assumption in found.assumptions:
            yield f"Assumed: {assumption}."


class _Fitting(NamedTuple):
    """A line of the first table: a node with its first preference, or a further preference."""

    placement: Placement | None
    preference: Preference | None


def _fitting_lines(placement: Placement) -> Iterator[_Fitting]:
    first, *others = placement.preferences or (None,)
    yield _Fitting(placement, first)
    for preference in others:
        yield _Fitting(None, preference)


def _fitting_columns(lines: Sequence[_Fitting], *, wide: bool) -> list[TableColumn[_Fitting]]:
    def of_node(
        header: str, cell: Callable[[Placement], str], style: str = ""
    ) -> TableColumn[_Fitting]:
        return TableColumn(
            header, lambda line: "" if line.placement is None else cell(line.placement), style
        )

    def of_preference(header: str, cell: Callable[[Preference], str]) -> TableColumn[_Fitting]:
        return TableColumn(
            header, lambda line: "" if line.preference is None else cell(line.preference), "yellow"
        )

    columns = [
        of_node("FITS", lambda placement: placement.node.name, "bold green"),
        of_node("WEIGHT", lambda placement: str(placement.weight)),
    ]
    if any(line.placement and line.placement.avoided for line in lines):
        columns.append(of_node("PREFERNOSCHEDULE", _join_avoided, "bold red"))
    if any(line.preference for line in lines):
        columns.append(of_preference("PREFERENCE", lambda held: f"+{held.weight} {held}"))
        if wide:
            columns.append(of_preference("PREFERRED BY", lambda held: path_text(held.path)))
    if wide:
        columns.append(of_node("SOURCE", lambda placement: str(placement.node.source)))
    return columns


def _join_avoided(placement: Placement) -> str:
    return ", ".join(f"{taint.key}={taint.value}".rstrip("=") for taint in placement.avoided)


_Refused: TypeAlias = tuple[NodeRefusal, UnmetRequirement | Obstacle]


def _refusal_columns(pod: Resource, *, wide: bool) -> list[TableColumn[_Refused]]:
    columns: list[TableColumn[_Refused]] = [
        TableColumn("REFUSED", lambda row: row[0].node.name, "bold red"),
        TableColumn("REQUIREMENT", lambda row: row[1].requirement),
        TableColumn("HAS", lambda row: row[1].has),
    ]
    if wide:
        columns.append(TableColumn("REQUIRED BY", lambda row: _required_by(pod, row[1])))
        columns.append(TableColumn("SOURCE", lambda row: str(row[0].node.source)))
    return columns


def _required_by(pod: Resource, unmet: UnmetRequirement | Obstacle) -> str:
    """Return the path of a requirement, with the object unless it is the pod that was asked for."""
    path = path_text(unmet.path)
    if isinstance(unmet, UnmetRequirement) or unmet.owner is pod:
        return path
    return f"{unmet.owner.reference}: {path}"


def _unmet_data(pod: Resource, unmet: UnmetRequirement | Obstacle) -> dict[str, object]:
    owner = pod if isinstance(unmet, UnmetRequirement) else unmet.owner
    return {
        "cause": unmet.cause,
        "object": identity(owner),
        "path": path_text(unmet.path),
        "requirement": unmet.requirement,
        "has": unmet.has,
    }


def _data(pod: Resource, found: Placements) -> dict[str, object]:
    return {
        "object": identity(pod),
        "fitting": [
            {
                "node": placement.node.name,
                "weight": placement.weight,
                "preferences": [
                    {"path": path_text(held.path), "weight": held.weight, "selector": str(held)}
                    for held in placement.preferences
                ],
                "avoided": [str(taint) for taint in placement.avoided],
            }
            for placement in found.fitting
        ],
        "refused": [
            {
                "node": refusal.node.name,
                "unmet": [_unmet_data(pod, unmet) for unmet in refusal.unmet],
            }
            for refusal in found.refused
        ],
        "ignored": found.ignored,
        "assumptions": found.assumptions,
        "errors": [str(error) for error in found.errors],
    }
