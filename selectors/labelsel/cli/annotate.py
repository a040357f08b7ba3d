"""``labelsel annotate``: change the annotations of objects in their files."""

from __future__ import annotations

from typing import Any, Final

import click

from labelsel.cli.command import KubectlCommand
from labelsel.cli.edit_labels import edit_labels, edit_labels_options

__all__ = ["annotate_command"]

_HELP: Final = """\
Change the annotations of objects, in their files.

CHANGE is KEY=VALUE to set an annotation, or KEY- to remove it. An existing annotation changes
its value, and the old value is shown on standard error; with --overwrite=false an object that
has the annotation is an error. Only --annotation-selector and its like select by annotations.

Either all objects that were read get all changes, or nothing is written. Of a folder with a
file or a document that cannot be read, the rest is changed: the last line says how many were
not.

Only the lines of the annotations change: comments, order, quotes and indentation of all other
lines stay.

If the input has only one object, it need not be named.

The exit status is 0; 1 if a change or a part of the input is bad; 2 if the command line is
wrong.

\b
Examples:
  labelsel annotate deploy web -n shop -f shop/ 'example.com/owner=the shop team'
  labelsel annotate pods --all -n shop -f shop/ example.com/owner-
  labelsel annotate svc/web -n shop -f shop/ --list
"""


@click.command("annotate", cls=KubectlCommand, help=_HELP)
@edit_labels_options("annotation")
def annotate_command(**options: Any) -> None:
    """Change the annotations of objects."""
    edit_labels(**options)
