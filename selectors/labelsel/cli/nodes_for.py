"""``labelsel nodes-for``: the nodes that a pod may run on, and what the others lack."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

import click
from rich.text import Text

from labelsel.cli.columns import TableColumn
from labelsel.cli.command import KubectlCommand
from labelsel.cli.output import (
    Format,
    identity,
    print_names,
    print_rich,
    print_table,
    print_value,
)
from labelsel.cli.screen import printing, say
from labelsel.cli.source import (
    Reading,
    Scope,
    bad_input,
    checked_names,
    checked_paths,
    end,
    file_option,
    parsed_labels,
    read_objects,
    reading_options,
    scope_options,
    selector_option,
)
from labelsel.errors import path_text
from labelsel.kubernetes import (
    NODE,
    ManifestError,
    NodeRefusal,
    Placement,
    Placements,
    Preference,
    Resource,
    UnmetRequirement,
    find_object,
    nodes_for,
    select,
)

__all__ = ["nodes_for_command"]

_HELP: Final = """\
Show the nodes that a pod may run on.

KIND/NAME is a pod, or what makes pods: deploy/web, sts/db, ds/agent, cronjob/backup. It
and the nodes are looked for in what -f names.

What counts is nodeName, nodeSelector and node affinity: required affinity says which nodes
fit, the weights of preferred affinity rank them, and of the others it is shown what they lack.
Not looked at are taints and tolerations, resources, affinity to other pods and topology
spread; where there are any, that is said.

\b
  WEIGHT       the sum of the weights of the preferences that hold
  PREFERENCE   each of those, with its weight
  REQUIREMENT  what the node does not meet; of terms the one that came nearest
  HAS          what the node has instead

The exit status is 0, also when no node fits; 1 when the object is not there or some input is
bad; 2 when the command line is.

\b
Examples:
  labelsel nodes-for -f cluster/ -f shop/ -n shop sts/db
  labelsel nodes-for -f . pod/web-1 -l topology.kubernetes.io/zone=a -o name
  kubectl get nodes -o json | labelsel nodes-for -f - -f shop/ deploy/web -o wide
"""


@click.command("nodes-for", cls=KubectlCommand, help=_HELP)
@click.argument("words", nargs=-1, metavar="KIND/NAME")
@selector_option("Label selector: look at these nodes only.")
@file_option
@scope_options
@click.option(
    "-o",
    "--output",
    "form",
    type=click.Choice([form.value for form in Format]),
    default=Format.TABLE.value,
    show_default=True,
    help="How to print: wide says where in the object each line comes from, name prints the "
    "nodes that fit, json and yaml print all of it as data.",
)
@reading_options
def nodes_for_command(  # noqa: PLR0913 - one argument for each flag
    *,
    words: tuple[str, ...],
    labels: tuple[str, ...],
    paths: tuple[str, ...],
    scope: Scope,
    form: str,
    reading: Reading,
) -> None:
    """Print where the object that is named may run."""
    paths, words = checked_paths(paths), checked_names(words, one=True)
    faults: list[ManifestError] = []
    with bad_input():
        # Parsed before the input is read: a slip should not cost a minute.
        selector = parsed_labels(labels)
        resources = read_objects(paths, reading, faults)
        pod = find_object(resources, words, scope.wanted)
        nodes = [item for item in resources if item.group_kind == NODE]
        found = nodes_for(pod, select(nodes, selector, namespace=None).resources)
    with printing():
        _print(pod, found, Format(form))
    _say(pod, found)
    end(faults)


def _say(pod: Resource, found: Placements) -> None:
    if not found.fitting and not found.refused:
        say("There are no nodes to choose from: name their manifests with -f, too.")
    elif not found.fitting:
        say(f"No node fits {pod.reference}.")
    if found.ignored:
        say(f"Not looked at: {', '.join(found.ignored)}; nor resources.")


def _print(pod: Resource, found: Placements, form: Format) -> None:
    if form is Format.NAME:
        print_names([placement.node for placement in found.fitting])
    elif form in {Format.JSON, Format.YAML}:
        print_value(_data(pod, found), form)
    else:
        _print_tables(found, wide=form is Format.WIDE)


def _print_tables(found: Placements, *, wide: bool) -> None:
    if found.fitting:
        lines = [line for placement in found.fitting for line in _fitting_lines(placement)]
        print_table(lines, _fitting_columns(lines, wide=wide))
    if found.refused:
        if found.fitting:
            print_rich(Text())
        rows = [(refusal, unmet) for refusal in found.refused for unmet in refusal.unmet]
        print_table(rows, _refused_columns(wide=wide))


class _Fitting(NamedTuple):
    """A line of the first table: a node with its first preference, or another preference of it."""

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
    if any(line.preference for line in lines):
        columns.append(of_preference("PREFERENCE", lambda held: f"+{held.weight} {held}"))
        if wide:
            columns.append(of_preference("PREFERRED BY", lambda held: path_text(held.path)))
    if wide:
        columns.append(of_node("SOURCE", lambda placement: str(placement.node.source)))
    return columns


def _refused_columns(*, wide: bool) -> list[TableColumn[tuple[NodeRefusal, UnmetRequirement]]]:
    columns: list[TableColumn[tuple[NodeRefusal, UnmetRequirement]]] = [
        TableColumn("REFUSED", lambda row: row[0].node.name, "bold red"),
        TableColumn("REQUIREMENT", lambda row: row[1].requirement),
        TableColumn("HAS", lambda row: row[1].has),
    ]
    if wide:
        columns.append(TableColumn("REQUIRED BY", lambda row: path_text(row[1].path)))
        columns.append(TableColumn("SOURCE", lambda row: str(row[0].node.source)))
    return columns


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
            }
            for placement in found.fitting
        ],
        "refused": [
            {
                "node": refusal.node.name,
                "unmet": [
                    {
                        "path": path_text(unmet.path),
                        "requirement": unmet.requirement,
                        "has": unmet.has,
                    }
                    for unmet in refusal.unmet
                ],
            }
            for refusal in found.refused
        ],
        "ignored": found.ignored,
    }
