"""``labelsel create namespace``: append a namespace to the objects of a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from labelsel.cli.command import KubectlCommand, KubectlGroup
from labelsel.cli.edits import write_changes
from labelsel.cli.input import InputReader, bad_input
from labelsel.cli.object_query import check_writable
from labelsel.cli.options import Reading
from labelsel.cli.printers import (
    LinesResult,
    ObjectDataResult,
    Output,
    change_output_options,
)
from labelsel.cli.screen import Failure
from labelsel.kubernetes import ManifestError, Resource, append_objects
from labelsel.kubernetes.inventory.namespaces import make_namespace
from labelsel.kubernetes.model.kinds import NAMESPACE

__all__ = ["create_command"]

_HELP: Final = """\
Append a namespace to the objects of a file.

The file may be a new one. Without a file -o yaml shows the namespace.

The exit status is 0; 1 if a namespace of this name exists, or the name is not legal, or the
file is bad; 2 if the command line is wrong.

\b
Examples:
  labelsel create namespace shop -f cluster/namespaces.yaml
  labelsel create ns shop -o yaml
"""


_GROUP_HELP: Final = """\
Create a namespace.

\b
Example:
  labelsel create namespace shop -f cluster/namespaces.yaml
"""


@dataclass(frozen=True, slots=True)
class _Created(ObjectDataResult, LinesResult):
    """The new object, and the end of the line about it."""

    created: Resource
    suffix: str

    def objects(self) -> Sequence[Resource]:
        return [self.created]

    def data(self) -> object:
        return self.created.body

    def lines(self) -> Iterator[str]:
        yield f"{self.created.reference} created{self.suffix}"


@click.group("create", cls=KubectlGroup, help=_GROUP_HELP)
def create_command() -> None:
    """Hold the kinds that can be created."""


@click.command("namespace", cls=KubectlCommand, help=_HELP)
@click.argument("name", metavar="NAME")
@click.option("-f", "--filename", "path", metavar="FILE", help="The file; it may be a new one.")
@change_output_options(_Created, "the new object")
def _namespace_command(*, name: str, path: str | None, output: Output) -> None:
    """Create a namespace."""
    shown = output.dry_run or output.shows_objects
    if path is None and not shown:
        msg = "nowhere to write: name a file with -f FILE, or add -o yaml to see the namespace"
        raise click.UsageError(msg)
    if path is not None:
        check_writable((path,), shown=shown)
    if path is not None and Path(path).is_dir():
        msg = f"{path} is a folder: name the file in it that the namespace is added to"
        raise click.UsageError(msg)
    try:
        namespace = make_namespace(name)
    except ManifestError as error:
        raise Failure(error.problem) from error
    version = None if path is None else _check_new(path, name, shown=shown)
    if path is not None and not shown:
        write_changes(lambda _: [append_objects(path, namespace.body, version)])
    output.print(_Created(namespace, output.suffix))


create_command.add_command(_namespace_command)
_short = copy(_namespace_command)
_short.hidden = True
create_command.add_command(_short, "ns")


def _check_new(path: str, name: str, *, shown: bool) -> bytes | None:
    """Return the version of a file, which must not have a namespace of that name."""
    if path != "-" and not Path(path).exists():
        return None
    reader = InputReader(Reading((path,), allow_empty=True))
    with bad_input():
        resources = reader.read()
    reader.refuse_interrupted(dry_run=shown)
    for left_out in (*reader.unread, *reader.skipped):
        # A namespace in a values file or in a template would be no object of a cluster either.
        raise Failure(f"{left_out}: name a file of manifests")
    for item in resources:
        if item.group_kind == NAMESPACE and item.name == name:
            source = item.source
            exists = ManifestError(
                source.file,
                f'namespaces "{name}" already exists',
                document=source.document,
                line=source.line,
            )
            raise Failure(str(exists))
    location = resources[0].source.location if resources else None
    return None if location is None else location.version
