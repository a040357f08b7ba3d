"""``labelsel label``: labels of objects changed in their files."""

from __future__ import annotations

from typing import Any, Final

import click

from labelsel.cli.command import KubectlCommand
from labelsel.cli.labelling import labelling_options, run

__all__ = ["label"]

_HELP: Final = """\
Change the labels of objects, in the files they stand in.

CHANGE is KEY=VALUE to set a label, or KEY- to remove it. A label that is there keeps its value
unless --overwrite is given. Either all objects take all changes, or nothing is written.

Only the lines of the labels change: comments, order, quotes and indentation of all the rest
stay. Labels that other objects share by an alias are not changed, but are an error.

The only object of the input need not be named.

The exit status is 0; 1 when a change or some input is bad; 2 when the command line is.

\b
Examples:
  labelsel label pods web -f shop/ tier=front
  labelsel label deploy/web svc/web -n shop -f shop/ tier=front --overwrite
  labelsel label pods -A -f . -l 'tier in (web,cache)' debug-
  labelsel label -f pod.yaml tier=front
  labelsel label pods --all -f shop/ team=shop --dry-run
  labelsel label node n1 -f nodes.yaml --list
"""


@click.command("label", cls=KubectlCommand, help=_HELP)
@labelling_options("label")
def label(**words: Any) -> None:
    """Change the labels of objects."""
    run("label", **words)
