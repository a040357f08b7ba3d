"""``labelsel label``: change the labels of objects in their files."""

from __future__ import annotations

from typing import Any, Final

import click

from labelsel.cli.command import KubectlCommand
from labelsel.cli.edit_labels import edit_labels, edit_labels_options

__all__ = ["label_command"]

_HELP: Final = """\
Change the labels of objects, in their files.

CHANGE is KEY=VALUE to set a label, or KEY- to remove it. An existing label keeps its value
unless --overwrite is given.

Either all objects that were read get all changes, or nothing is written. Of a folder with a
file or a document that cannot be read, the rest is changed: the last line says how many were
not.

Only the lines of the labels change: comments, order, quotes and indentation of all other lines
stay. Labels that several objects share by a YAML alias are an error, and are not changed.

With --template the labels of pod templates get the same changes. A selector of the object itself
must still match its template.

If the input has only one object, it need not be named.

The exit status is 0; 1 if a change or a part of the input is bad; 2 if the command line is
wrong.

\b
Examples:
  labelsel label pod web-1 -n shop -f shop/ tier=front
  labelsel label deploy/web svc/web -n shop -f shop/ tier=front --overwrite
  labelsel label deploy/web -n shop -f shop/ tier=front --template
  labelsel label pods -A -f . -l 'tier in (web,cache)' debug-
  labelsel label -f pod.yaml tier=front
  labelsel label pods --all -n shop -f shop/ team=shop --dry-run
  labelsel label node n1 -f nodes.yaml --list
"""


@click.command("label", cls=KubectlCommand, help=_HELP)
@edit_labels_options("label")
def label_command(**options: Any) -> None:
    """Change the labels of objects."""
    edit_labels(**options)
