"""``labelsel why``: why objects match a selector or do not, requirement by requirement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import click
from rich.table import Table
from rich.text import Text

from labelsel.cli.command import KubectlCommand
from labelsel.cli.output import Format, can_say, identity, print_rich, print_value
from labelsel.cli.screen import printing
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
from labelsel.errors import escaped
from labelsel.explain import Reason, Why
from labelsel.kubernetes import (
    ManifestError,
    Resource,
    find_objects,
)
from labelsel.selector import Selector

__all__ = ["why"]

_HELP: Final = """\
Show why objects match a selector or do not.

KIND/NAME is an object in the input, as kubectl takes it: pod/web-1, deploy/web, or
"pod web-1 web-2". Each requirement of the selector has a line: whether it holds, and what the
object has. Where a label is missing the nearest one is shown: a key that is a typing slip
away or has another prefix, or the value under another key.

The exit status is 0, whether it matches or not; 1 when the object is not there or the
selector or some input is bad; 2 when the command line is.

\b
Examples:
  labelsel why -f shop/ -n shop -l 'app=web,tier in (web,cache)' pod/web-1
  kubectl get pods -o json | labelsel why -f - -l 'app=web,!debug' pod/web-1 pod/web-2
  labelsel why -f nodes.yaml -l disk=ssd node n1 n2 -o json
"""

_MARKS: Final = {True: "✓ yes", False: "✗ no"}
_PLAIN_MARKS: Final = {True: "yes", False: "no"}
_STYLES: Final = {True: "green", False: "bold red"}


@click.command("why", cls=KubectlCommand, help=_HELP)
@click.argument("words", nargs=-1, metavar="KIND/NAME...")
@selector_option(required=True)
@file_option
@scope_options
@click.option(
    "-o",
    "--output",
    "form",
    type=click.Choice([Format.TABLE.value, Format.JSON.value, Format.YAML.value]),
    default=Format.TABLE.value,
    show_default=True,
    help="How to print: json and yaml print the same as data.",
)
@reading_options
def why(  # noqa: PLR0913 - one argument for each flag
    *,
    words: tuple[str, ...],
    labels: tuple[str, ...],
    paths: tuple[str, ...],
    scope: Scope,
    form: str,
    reading: Reading,
) -> None:
    """Print what each requirement finds in the objects that are named."""
    paths, words = checked_paths(paths), checked_names(words)
    faults: list[ManifestError] = []
    with bad_input():
        # Parsed before the input is read: a slip should not cost a minute.
        selector = parsed_labels(labels)
        resources = read_objects(paths, reading, faults)
        found = find_objects(resources, words, scope.wanted)
    with printing():
        _print(selector, found, Format(form))
    end(faults)


def _print(selector: Selector, found: Sequence[Resource], form: Format) -> None:
    if form is not Format.TABLE:
        objects = [identity(item) | {"why": selector.why(item.labels).to_dict()} for item in found]
        print_value({"selector": str(selector), "objects": objects}, form)
        return
    for number, item in enumerate(found):
        reasons = selector.why(item.labels)
        if number:
            print_rich(Text())
        print_rich(_heading(item, reasons))
        print_rich(_table(reasons))


def _heading(item: Resource, reasons: Why) -> Text:
    where = "" if item.namespace is None else f" in namespace {item.namespace}"
    text = Text(escaped(item.reference), style="bold")
    text.append(escaped(f"{where} ({item.source})"), style="not bold dim")
    text.append(" matches" if reasons else " does not match", style=_STYLES[reasons.truth])
    return text


def _table(reasons: Why) -> Table:
    marks = _MARKS if can_say("".join(_MARKS.values())) else _PLAIN_MARKS
    table = Table(box=None, pad_edge=False, show_edge=False, padding=(0, 3, 0, 0))
    for header in ("REQUIREMENT", "HOLDS", "HAS"):
        table.add_column(header, no_wrap=True, header_style="bold")
    for depth, part in reasons.walk():
        what, has = (str(part.selector), part.has) if isinstance(part, Reason) else (part.text, "")
        table.add_row(
            Text("  " * depth + escaped(what)),
            Text(marks[part.truth], style=_STYLES[part.truth]),
            Text(escaped(has)),
        )
    return table
