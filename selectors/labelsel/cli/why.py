"""``labelsel why``: why objects match a selector or do not, requirement by requirement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import click
from rich.text import Text

from labelsel.cli.command import KubectlCommand
from labelsel.cli.input import InputReader, bad_input, check_names
from labelsel.cli.namesakes import object_heading, print_each
from labelsel.cli.options import (
    Reading,
    Scope,
    Target,
    reading_options,
    scope_options,
    selector_option,
    target_options,
    words_argument,
)
from labelsel.cli.output import can_encode, identity
from labelsel.cli.printers import DataResult, Output, TableResult, output_options
from labelsel.cli.selector_flags import target_labels
from labelsel.cli.tables import TableColumn, print_table
from labelsel.explain import Reason, Why
from labelsel.kubernetes import Resource, find_objects, served_labels
from labelsel.selector import Selector

__all__ = ["why_command"]

_HELP: Final = """\
Show why objects match a selector or do not.

KIND/NAME is an object in the input, as kubectl takes it: pod/web-1, deploy/web, or
"pod web-1 web-2". Each requirement of the selector has a line: whether it holds, and what the
object has. If a label is missing, the nearest one is shown: a key that is one typo away or has
another prefix, or the value under another key.

The exit status is 0, whether the object matches or not; 1 if the object does not exist, or the
selector or a part of the input is bad; 2 if the command line is wrong.

\b
Examples:
  labelsel why -f shop/ -n shop -l 'app=web,tier in (web,cache)' pod/web-1
  kubectl get pods -o json | labelsel why -f - -l 'app=web,!debug' pod/web-1 pod/web-2
  labelsel why -f nodes.yaml -l disk=ssd node n1 n2 -o json
"""

_MARKS: Final = {True: "✓ yes", False: "✗ no"}
_PLAIN_MARKS: Final = {True: "yes", False: "no"}
_STYLES: Final = {True: "green", False: "bold red"}


@dataclass(frozen=True, slots=True)
class _Reasons(DataResult, TableResult):
    """The selector, the objects to explain, and whether a table has headings."""

    selector: Selector
    resources: Sequence[Resource]
    headers: bool

    def data(self) -> object:
        objects = [
            identity(item) | {"why": self.selector.why(served_labels(item)).to_dict()}
            for item in self.resources
        ]
        return {"selector": str(self.selector), "objects": objects}

    def print_table(self, *, wide: bool) -> None:
        del wide
        answers = [(item, self.selector.why(served_labels(item))) for item in self.resources]
        print_each((_heading(*each), partial(self._print_reasons, each[1])) for each in answers)

    def _print_reasons(self, reasons: Why) -> None:
        print_table(list(reasons.walk()), _columns(), headers=self.headers)


@click.command("why", cls=KubectlCommand, help=_HELP)
@reading_options()
@target_options(words_argument("KIND/NAME..."), selector_option())
@scope_options
@output_options(_Reasons, "How to print: json and yaml print the same as data.")
def why_command(*, reading: Reading, target: Target, scope: Scope, output: Output) -> None:
    """Print what each requirement finds in the named objects."""
    if not target.selectors:
        flags = "-l SELECTOR, -e EXPRESSION or --matchers MATCHERS"
        msg = f"nothing to explain: add a selector with {flags}"
        raise click.UsageError(msg)
    words = check_names(target.words)
    reader = InputReader(reading)
    with bad_input():
        # Parsed before the input is read: an error in a selector should not cost a minute.
        selector = target_labels(target)
        found = find_objects(reader.read(), words, scope.namespaces)
    output.print(_Reasons(selector, found, not output.no_headers))
    reader.finish()


def _heading(item: Resource, reasons: Why) -> Text:
    text = object_heading(item)
    text.append(" matches" if reasons else " does not match", style=_STYLES[reasons.truth])
    return text


def _columns() -> list[TableColumn[tuple[int, Why | Reason]]]:
    """Return the columns of a table whose items are the parts of a selector, with their depths."""
    marks = _MARKS if can_encode("".join(_MARKS.values())) else _PLAIN_MARKS

    def text(depth: int, part: Why | Reason) -> str:
        return "  " * depth + (str(part.selector) if isinstance(part, Reason) else part.text)

    return [
        TableColumn("REQUIREMENT", lambda row: text(*row)),
        TableColumn("HOLDS", lambda row: Text(marks[row[1].truth], style=_STYLES[row[1].truth])),
        TableColumn("HAS", lambda row: row[1].has if isinstance(row[1], Reason) else ""),
    ]
