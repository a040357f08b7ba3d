"""``labelsel groups``: objects put together by their labels, with counts."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from typing import Final

import click
from rich.cells import cell_len

from labelsel.cli.columns import TableColumn, label_header
from labelsel.cli.command import KubectlCommand
from labelsel.cli.output import Format, identity, print_table, print_value
from labelsel.cli.screen import printing, say
from labelsel.cli.source import (
    Reading,
    Scope,
    bad_input,
    checked_kind,
    checked_paths,
    end,
    label_keys_option,
    parsed_labels,
    read_objects,
    reading_options,
    say_elsewhere,
    say_nothing,
    scope_options,
    source_options,
)
from labelsel.errors import escaped
from labelsel.kubernetes import (
    NODE,
    FindResult,
    Group,
    ManifestError,
    Resource,
    groups,
    select,
)
from labelsel.requirements import Exists
from labelsel.typos import did_you_mean

__all__ = ["groups_command"]

_HELP: Final = """\
Count objects by the values of their labels.

KIND is a kind as kubectl takes it: nodes, pods, deployments.apps, a comma list. Without it
nodes are counted.

Each group has a line: the value of each label, how many objects have these values, and their
names, as many as the terminal has room for; -o wide prints all of them. Objects without a
label are a group of their own, <none>.

The exit status is 0, also when there is nothing to count; 1 when the selector or some input is
bad; 2 when the command line is.

\b
Examples:
  labelsel groups -f cluster/ -L topology.kubernetes.io/zone,disk
  labelsel groups pods -A -f shop/ --by app,tier -l '!debug'
  kubectl get nodes -o json | labelsel groups -f - -L kubernetes.io/arch -o json
"""

#: What kubectl prints where there is nothing.
_NONE: Final = "<none>"
#: What an empty value is shown as, which is there all the same.
_EMPTY: Final = '""'
#: The spaces between two columns of a table.
_GAP: Final = 3


@click.command("groups", cls=KubectlCommand, help=_HELP)
@source_options
@label_keys_option("-L", "--label-columns", "--by", about="Group by this label.", required=True)
@scope_options
@click.option(
    "-o",
    "--output",
    "form",
    type=click.Choice([form.value for form in Format if form is not Format.NAME]),
    default=Format.TABLE.value,
    show_default=True,
    help="How to print: wide prints all names, json and yaml print all of it as data.",
)
@reading_options
def groups_command(  # noqa: PLR0913 - one argument for each flag
    *,
    kind: tuple[str, ...],
    paths: tuple[str, ...],
    labels: tuple[str, ...],
    label_keys: list[str],
    scope: Scope,
    form: str,
    reading: Reading,
) -> None:
    """Print the groups that the objects fall into."""
    paths = checked_paths(paths)
    kinds = checked_kind(kind, "groups are of all objects of a kind: leave out {name}")
    faults: list[ManifestError] = []
    with bad_input():
        # Parsed before the input is read: a slip should not cost a minute.
        selector = parsed_labels(labels)
        resources = read_objects(paths, reading, faults)
        if kinds is None:
            resources = [item for item in resources if item.group_kind == NODE]
        found = select(resources, selector, kinds=kinds or "nodes", namespace=scope.wanted)
    with printing():
        _print(groups(found.resources, label_keys), label_keys, Format(form))
    if not found.resources:
        say_nothing(scope, paths)
    say_elsewhere(found, scope)
    _say_unknown(found, label_keys)
    end(faults)


def _say_unknown(found: FindResult, keys: Sequence[str]) -> None:
    """Say on standard error which labels no object has, and which was perhaps meant."""
    there = {label for item in found.resources for label in item.labels.items()}
    labels = dict(sorted(there))
    for key in dict.fromkeys(keys):
        if there and key not in labels:
            (reason,) = Exists(key).why(labels).reasons
            near = did_you_mean(reason.nearest[0] if reason.nearest else None)
            say(f"None of them has the label {key}{near}")


def _print(found: Sequence[Group], keys: Sequence[str], form: Format) -> None:
    if form in {Format.JSON, Format.YAML}:
        print_value(_data(found, keys), form)
    elif found:
        columns = [_value_column(place, key) for place, key in enumerate(keys)]
        columns.append(TableColumn("COUNT", lambda group: str(len(group.resources))))
        room = None
        if form is Format.TABLE and sys.stdout.isatty():
            taken = sum(_width(column, found) + _GAP for column in columns)
            room = shutil.get_terminal_size().columns - taken
        print_table(found, [*columns, _names_column(found, room)])


def _value_column(place: int, key: str) -> TableColumn[Group]:
    def cell(group: Group) -> str:
        value = group.values[place]
        return _NONE if value is None else value or _EMPTY

    return TableColumn(label_header(key), cell, "yellow")


def _width(column: TableColumn[Group], found: Sequence[Group]) -> int:
    cells = [column.header, *map(column.cell, found)]
    return max(cell_len(escaped(cell)) for cell in cells)


def _names_column(found: Sequence[Group], room: int | None) -> TableColumn[Group]:
    """The names of the objects, with what tells them apart, as many as there is room for."""
    everything = [item for group in found for item in group.resources]
    kinds = len({item.kind for item in everything}) > 1
    namespaces = len({item.namespace for item in everything}) > 1

    def name(item: Resource) -> str:
        name = item.reference if kinds else item.name
        return f"{item.namespace}/{name}" if namespaces and item.namespace else name

    return TableColumn("NAMES", lambda group: _cut([name(item) for item in group.resources], room))


def _cut(names: Sequence[str], room: int | None) -> str:
    """Names side by side, at least one; those that there is no room for are counted."""
    text = ", ".join(names)
    if room is None or len(names) == 1 or cell_len(escaped(text)) <= room:
        return text
    kept = 1
    # It ends: all names do not fit, and still less with a count of those that are left out.
    while cell_len(escaped(_shortened(names, kept + 1))) <= room:
        kept += 1
    return _shortened(names, kept)


def _shortened(names: Sequence[str], kept: int) -> str:
    return f"{', '.join(names[:kept])}, +{len(names) - kept} more"


def _data(found: Sequence[Group], keys: Sequence[str]) -> dict[str, object]:
    return {
        "keys": list(keys),
        "groups": [
            {
                "labels": dict(zip(keys, group.values, strict=True)),
                "count": len(group.resources),
                "objects": [identity(item) for item in group.resources],
            }
            for group in found
        ],
    }
