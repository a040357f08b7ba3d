"""``labelsel annotate``: annotations of objects changed in their files."""

from __future__ import annotations

from typing import Any, Final

import click

from labelsel.cli.command import KubectlCommand
from labelsel.cli.labelling import labelling_options, run

__all__ = ["annotate"]

_HELP: Final = """\
Change the annotations of objects, in the files they stand in.

CHANGE is KEY=VALUE to set an annotation, or KEY- to remove it. An annotation that is there
changes its value, and the old one is shown on standard error; with --overwrite=false objects
that have it are refused. Either all objects take all changes, or nothing is written. No label
selector sees annotations.

Only the lines of the annotations change: comments, order, quotes and indentation of all the
rest stay.

The only object of the input need not be named.

The exit status is 0; 1 when a change or some input is bad; 2 when the command line is.

\b
Examples:
  labelsel annotate deploy web -f shop/ 'example.com/owner=the shop team'
  labelsel annotate pods --all -n shop -f shop/ example.com/owner-
  labelsel annotate svc/web -f shop/ --list
"""


@click.command("annotate", cls=KubectlCommand, help=_HELP)
@labelling_options("annotation")
def annotate(**words: Any) -> None:
    """Change the annotations of objects."""
    run("annotation", **words)
