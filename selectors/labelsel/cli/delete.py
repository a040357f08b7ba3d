"""``labelsel delete``: remove objects from their files."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import click

from labelsel.cli.command import KubectlCommand
from labelsel.cli.edits import first_lines, locations_of_namesakes, make_edits
from labelsel.cli.input import InputReader
from labelsel.cli.no_objects import (
    report_absent_keys,
    report_no_objects,
    report_other_namespaces,
)
from labelsel.cli.object_query import EditQuery, Words, check_writable, find, namespaces_named
from labelsel.cli.options import (
    Reading,
    Scope,
    Target,
    all_option,
    annotation_options,
    field_option,
    missing_option,
    reading_options,
    scope_options,
    selector_option,
    target_options,
    words_argument,
)
from labelsel.cli.printers import (
    LinesResult,
    ObjectDataResult,
    ObjectList,
    Output,
    change_output_options,
)
from labelsel.cli.screen import Failure, say
from labelsel.kubernetes import Edit, Resource
from labelsel.kubernetes.inventory.namespaces import check_deletable
from labelsel.kubernetes.model.kinds import NAMESPACE
from labelsel.kubernetes.model.object_key import KindScopes

__all__ = ["delete_command"]

_HELP: Final = """\
Remove objects from their files.

A document is removed with its separator and with the comments that touch it; of a List only
the object is removed. All other documents stay as they are. A file stays, even if it has no
object left.

Deleting a namespace deletes all objects in it, even if the input has no object for the
namespace itself. Without KIND only objects in namespaces are deleted. If the input has only one
object, it need not be named. Before the command deletes more than one object it asks, on a
terminal; elsewhere it needs -y.

Of a folder with a file or a document that cannot be read, the rest is searched: the last line
says how many were left out.

The exit status is 0; 1 if a named object does not exist or a part of the input is bad; 2 if the
command line is wrong.

\b
Examples:
  labelsel delete pod web-1 -n shop -f shop/
  labelsel delete deploy/web svc/web -n shop -f shop/ -y
  labelsel delete pods -A -f . -l 'tier in (web,cache),!debug' --dry-run
  labelsel delete namespace shop -f shop/
  labelsel delete pods -n shop -f shop/ --all -o json
"""

#: From this number of objects on, the command asks for confirmation: a single object was named on
#: purpose.
_CONFIRM_FROM: Final = 2


@dataclass(frozen=True, slots=True)
class _DeletionResult(ObjectDataResult, LinesResult):
    """The objects that were deleted.

    Attributes:
        resources: the objects.
        suffix: the end of the line about each.
        alone: whether one object was meant, which is printed without a List.
    """

    resources: Sequence[Resource]
    suffix: str
    alone: bool

    def objects(self) -> Sequence[Resource]:
        return self.resources

    def data(self) -> object:
        alone = self.alone and len(self.resources) == 1
        return self.resources[0].body if alone else ObjectList(self.resources)

    def lines(self) -> Iterator[str]:
        locations = locations_of_namesakes(self.resources)
        for item, location in zip(self.resources, locations, strict=True):
            yield f"{_describe(item, ' deleted')}{location}{self.suffix}"


@click.command("delete", cls=KubectlCommand, help=_HELP)
@reading_options("Read and write a file, or the files in a folder.", writes=True)
@target_options(
    words_argument("[KIND [NAME]... | KIND/NAME...]"),
    selector_option(),
    field_option,
    annotation_options(),
    all_option,
    missing_option,
)
@scope_options
@click.option("-y", "--yes", is_flag=True, help="Do not ask before objects are deleted.")
@change_output_options(_DeletionResult, "the objects that would be deleted")
def delete_command(
    *, reading: Reading, target: Target, scope: Scope, yes: bool, output: Output
) -> None:
    """Delete all selected objects, or none."""
    dry = output.dry_run or output.shows_objects
    check_writable(reading.inputs, shown=dry)
    words = Words.parse(target.words)
    query = EditQuery(words, target, scope, reading, namespaces_by_content=True)
    reader = InputReader(reading)
    resources, found = find(query, reader)
    namespaces = {name for _, name in namespaces_named(resources, words.names)}
    only_namespaced = not (words.kinds or words.names or query.is_bare)
    to_delete = _find_objects_to_delete(
        resources, found.resources, namespaces, only_namespaced=only_namespaced
    )
    if to_delete:
        report_absent_keys(query, resources)
        reader.refuse_interrupted(dry_run=dry)
        _confirm(to_delete, sure=yes or dry)
        make_edits([Edit(item, None) for item in to_delete], dry_run=dry)
        output.print(_DeletionResult(to_delete, output.suffix, query.is_one))
        if output.shows_objects:
            say(f"nothing is deleted: -o {output.format} shows what would be")
        _report_empty_files(resources, to_delete, "would have" if dry else "has")
    elif not target.missing_ok:
        report_no_objects(query, resources, found)
    report_other_namespaces(found, scope)
    reader.finish(changes=True)


def _find_objects_to_delete(
    resources: Sequence[Resource],
    chosen: Iterable[Resource],
    namespaces: set[str],
    *,
    only_namespaced: bool,
) -> list[Resource]:
    """Return the objects to delete: the chosen ones, and all objects in deleted namespaces.

    Deleted namespaces are the ones that are named, and the chosen ones. With ``only_namespaced``
    the chosen objects without a namespace are left out.
    """
    scopes = KindScopes()
    for item in resources:
        scopes.learn(item)
    keys = [(item, scopes.key(item)) for item in chosen]
    to_delete = {
        id(item): item for item, key in keys if key.namespace is not None or not only_namespaced
    }
    deleted = namespaces | {item.name for item in to_delete.values() if _is_namespace(item)}
    for name in sorted(deleted):
        try:
            check_deletable(name)
        except ValueError as error:
            raise Failure.of(error) from error
    if deleted:
        inside = (item for item in resources if scopes.key(item).namespace in deleted)
        to_delete |= {id(item): item for item in inside}
    return list(to_delete.values())


def _is_namespace(item: Resource) -> bool:
    return item.group_kind == NAMESPACE


def _confirm(to_delete: Sequence[Resource], *, sure: bool) -> None:
    """Ask before more than one object is deleted; without a terminal that is a failure."""
    if sure or len(to_delete) < _CONFIRM_FROM:
        return
    objects = f"{len(to_delete)} objects"
    if not sys.stdin.isatty():
        msg = f"{objects} would be deleted: -y deletes them, --dry-run shows them"
        raise Failure(msg)
    locations = locations_of_namesakes(to_delete)
    named = zip(to_delete, locations, strict=True)
    say(*first_lines(f"{_describe(item)}{location}" for item, location in named))
    if not click.confirm(f"Delete these {objects}?", err=True):
        msg = "nothing is deleted"
        raise Failure(msg)


def _describe(item: Resource, done: str = "") -> str:
    """Return an object as kubectl names it: ``pod "web" deleted from shop namespace``."""
    kind, _, name = item.reference.partition("/")
    where = f" from {item.namespace} namespace" if done and item.namespace else ""
    inside = f" in {item.namespace} namespace" if not done and item.namespace else ""
    return f'{kind} "{name}"{done}{where}{inside}'


def _report_empty_files(
    resources: Iterable[Resource], to_delete: Iterable[Resource], have: str
) -> None:
    """Say on standard error which files have no object left."""
    deleted = Counter(item.source.file for item in to_delete)
    before = Counter(item.source.file for item in resources if item.source.file in deleted)
    empty = [file for file, count in before.items() if count == deleted[file]]
    if empty:
        say(*first_lines(f"{file} {have} no object left" for file in empty))
