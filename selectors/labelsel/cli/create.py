"""``labelsel create namespace``: a namespace put behind the objects of a file."""

from __future__ import annotations

from copy import copy
from pathlib import Path
from typing import Final

import click

from labelsel.cli.command import KubectlCommand
from labelsel.cli.output import Format, print_lines, print_names, print_value
from labelsel.cli.screen import Failure, printing
from labelsel.cli.source import Reading, bad_input, read_objects
from labelsel.cli.targets import check_writable, outcome_options
from labelsel.cli.writing import write_made
from labelsel.kubernetes import ManifestError, Resource, append_objects
from labelsel.kubernetes.inventory.namespaces import NAMESPACE, make_namespace

__all__ = ["create"]

_HELP: Final = """\
Put a namespace into a file, behind its objects.

The file may be a new one. Without it -o yaml shows the namespace.

The exit status is 0; 1 when there is a namespace of that name, or none may have it, or the
file is bad; 2 when the command line is.

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


@click.group("create", help=_GROUP_HELP)
def create() -> None:
    """Hold what can be created; alone it does nothing."""


@click.command("namespace", cls=KubectlCommand, help=_HELP)
@click.argument("name", metavar="NAME")
@click.option("-f", "--filename", "path", metavar="FILE", help="The file; it may be a new one.")
@outcome_options(Format.NAME, Format.JSON, Format.YAML)
def _namespace(*, name: str, path: str | None, form: str | None, dry_run: bool) -> None:
    """Create a namespace."""
    shown = dry_run or form in {Format.JSON, Format.YAML}
    if path is None and not shown:
        msg = "nowhere to write: name a file with -f FILE, or add -o yaml to see the namespace"
        raise click.UsageError(msg)
    if path is not None:
        check_writable((path,), shown=shown)
    if path is not None and Path(path).is_dir():
        msg = f"{path} is a folder: name the file in it that the namespace is to stand in"
        raise click.UsageError(msg)
    try:
        namespace = make_namespace(name)
    except ManifestError as error:
        raise Failure(error.problem) from error
    version = None if path is None else _checked(path, name)
    if path is not None and not shown:
        write_made(lambda _: [append_objects(path, namespace.body, version)])
    _print(namespace, None if form is None else Format(form), " (dry run)" if dry_run else "")


create.add_command(_namespace)
_short = copy(_namespace)
_short.hidden = True
create.add_command(_short, "ns")


def _checked(path: str, name: str) -> bytes | None:
    """The version of a file, which must not have a namespace of that name."""
    if path != "-" and not Path(path).exists():
        return None
    with bad_input():
        resources = read_objects((path,), Reading(allow_empty=True), [])
    for item in resources:
        if item.group_kind == NAMESPACE and item.name == name:
            source = item.source
            there = ManifestError(
                source.file,
                f'namespaces "{name}" already exists',
                document=source.document,
                line=source.line,
            )
            raise Failure(str(there))
    place = resources[0].source.location if resources else None
    return None if place is None else place.version


def _print(namespace: Resource, form: Format | None, suffix: str) -> None:
    with printing():
        if form is Format.NAME:
            print_names([namespace])
        elif form is not None:
            print_value(namespace.body, form)
        else:
            print_lines([f"{namespace.reference} created{suffix}"])
