"""``labelsel groups``: objects grouped by the values of their labels, with counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import click
from rich.cells import cell_len

from labelsel.cli.command import KubectlCommand
from labelsel.cli.input import InputReader, bad_input, parse_kind
from labelsel.cli.no_objects import (
    report_no_objects,
    report_other_namespaces,
    report_unknown_keys,
)
from labelsel.cli.object_columns import label_header
from labelsel.cli.object_query import CommandQuery, Words
from labelsel.cli.options import (
    Reading,
    Scope,
    Target,
    annotation_options,
    label_keys_option,
    reading_options,
    scope_options,
    selector_option,
    target_options,
    words_argument,
)
from labelsel.cli.output import identity, terminal_width
from labelsel.cli.printers import DataResult, Output, WideTableResult, output_options
from labelsel.cli.screen import say
from labelsel.cli.selector_flags import target_annotations, target_labels
from labelsel.cli.tables import (
    GAP,
    NONE,
    TableColumn,
    column_width,
    print_table,
)
from labelsel.errors import escape
from labelsel.kubernetes import NODE, Group, Resource, groups, select

__all__ = ["groups_command"]

_HELP: Final = """\
Count objects by the values of their labels.

KIND is a kind as kubectl takes it: nodes, pods, deployments.apps, a comma list. Without KIND
nodes are counted.

Each group has a line: the value of each label, how many objects have these values, and their
names, as many as the terminal has room for; -o wide prints all names. Objects without a label
are a group of their own, <none>.

The exit status is 0, also if there is nothing to count; 1 if the selector or a part of the
input is bad; 2 if the command line is wrong.

\b
Examples:
  labelsel groups -f cluster/ -L topology.kubernetes.io/zone,disk
  labelsel groups pods -A -f shop/ --by app,tier -l '!debug'
  kubectl get nodes -o json | labelsel groups -f - -L kubernetes.io/arch -o json
"""

#: The text of an empty value, which is not the same as no value.
_EMPTY: Final = '""'


@dataclass(frozen=True, slots=True)
class _Groups(DataResult, WideTableResult):
    """The groups, the label keys whose values make them, and whether a table has headings."""

    found: Sequence[Group]
    keys: Sequence[str]
    headers: bool

    def data(self) -> object:
        return {
            "keys": list(self.keys),
            "groups": [
                {
                    "labels": dict(zip(self.keys, group.values, strict=True)),
                    "count": len(group.resources),
                    "objects": [identity(item) for item in group.resources],
                }
                for group in self.found
            ],
        }

    def print_table(self, *, wide: bool) -> None:
        if not self.found:
            return
        columns = [_value_column(position, key) for position, key in enumerate(self.keys)]
        columns.append(TableColumn("COUNT", lambda group: str(len(group.resources))))
        room = None if wide else terminal_width()
        if room is not None:
            room -= sum(column_width(column, self.found) + GAP for column in columns)
        print_table(self.found, [*columns, _names_column(self.found, room)], headers=self.headers)


@click.command("groups", cls=KubectlCommand, help=_HELP)
@reading_options()
@target_options(words_argument("[KIND]"), selector_option(), annotation_options())
@scope_options
@label_keys_option("-L", "--label-columns", "--by", about="Group by this label.", required=True)
@output_options(
    _Groups, "How to print: wide prints all names, json and yaml print all of it as data."
)
def groups_command(
    *,
    reading: Reading,
    target: Target,
    scope: Scope,
    label_keys: tuple[str, ...],
    output: Output,
) -> None:
    """Print the groups of the objects."""
    kinds = parse_kind(target, "groups counts all objects of a kind; remove {name}")
    query = CommandQuery(Words(kinds or "nodes", ()), target, scope, reading)
    reader = InputReader(reading)
    with bad_input():
        # Parsed before the input is read: an error in a selector should not cost a minute.
        selector, annotations = target_labels(target), target_annotations(target)
        resources = reader.read()
        if kinds is None:
            resources = [item for item in resources if item.group_kind == NODE]
        found = select(
            resources,
            selector,
            kinds=query.words.kinds,
            annotations=annotations,
            namespace=scope.namespaces,
        )
    output.print(_Groups(groups(found.resources, label_keys), label_keys, not output.no_headers))
    if kinds is None and not resources:
        say("No Node in the input; name a KIND, as in groups pods")
    elif not found.resources:
        report_no_objects(query, resources, found)
    report_other_namespaces(found, scope)
    report_unknown_keys(found.resources, label_keys)
    reader.finish()


def _value_column(position: int, key: str) -> TableColumn[Group]:
    def cell(group: Group) -> str:
        value = group.values[position]
        return NONE if value is None else value or _EMPTY

    return TableColumn(label_header(key), cell, "yellow")


def _names_column(found: Sequence[Group], room: int | None) -> TableColumn[Group]:
    """Return the column of names, with kind or namespace if they differ, cut to the room."""
    everything = [item for group in found for item in group.resources]
    kinds = len({item.kind for item in everything}) > 1
    namespaces = len({item.namespace for item in everything}) > 1

    def name(item: Resource) -> str:
        name = item.reference if kinds else item.name
        return f"{item.namespace}/{name}" if namespaces and item.namespace else name

    return TableColumn("NAMES", lambda group: _cut([name(item) for item in group.resources], room))


def _cut(names: Sequence[str], room: int | None) -> str:
    """Return as many names as fit into the room, at least one, and how many do not fit."""
    text = ", ".join(names)
    if room is None or len(names) == 1 or cell_len(escape(text)) <= room:
        return text
    kept = 1
    # The loop ends: all names do not fit, and with a count they need more room.
    while cell_len(escape(_shorten(names, kept + 1))) <= room:
        kept += 1
    return _shorten(names, kept)


def _shorten(names: Sequence[str], kept: int) -> str:
    return f"{', '.join(names[:kept])}, +{len(names) - kept} more"
