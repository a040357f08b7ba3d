"""``labelsel explain``: how a label selector is answered, step by step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

import click
from rich.text import Text

from labelsel.cli.command import KubectlCommand
from labelsel.cli.input import InputReader, bad_input, parse_kind
from labelsel.cli.no_objects import report_no_objects, report_other_namespaces
from labelsel.cli.object_query import CommandQuery, Words
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
from labelsel.cli.output import can_encode
from labelsel.cli.printers import DataResult, Output, TableResult, output_options
from labelsel.cli.selector_flags import target_labels
from labelsel.cli.tables import TableColumn, fit_terminal, print_rich, print_table
from labelsel.errors import escape
from labelsel.index import LabelIndex, Plan
from labelsel.kubernetes import select, served_labels
from labelsel.selector import Selector

__all__ = ["explain_command"]

_HELP: Final = """\
Show how a selector is answered, step by step.

The objects that "labelsel get" would search, of these kinds and in this namespace, are put
into an index, and the index answers the selector. Each step has its rows and its time; a row
is an object.

\b
  ROWS     how many objects the step finds by itself
  LEFT     how many are left after the step, of those that the steps before it left
  AT MOST  how many were expected at most, before the step ran
  TIME     the time of the step, with the steps below it

kubectl explain is another command: it describes the fields of a kind.

The exit status is 0, also if nothing matches; 1 if the selector or a part of the input is bad;
2 if the command line is wrong.

\b
Examples:
  labelsel explain pods -A -f shop/ -l 'tier in (web,cache),!debug'
  labelsel explain -n shop -f a.yaml -f b.yaml -l app=web -o json
"""

#: The colours of the steps by operation; other steps have the colour of the terminal.
_STYLES: Final = {
    "label": "green",
    "labels": "green",
    "key": "cyan",
    "numbers": "magenta",
    "intersect": "bold blue",
    "union": "bold blue",
    "subtract": "bold blue",
}


class _Drawing(NamedTuple):
    """The characters before a step: not the last of its parent, the last; before its own steps."""

    beside: str
    last: str
    below: str
    behind: str
    unit: str


_DRAWING: Final = _Drawing("├─ ", "└─ ", "│  ", "   ", "µs")
_PLAIN: Final = _Drawing("  ", "  ", "  ", "  ", "us")
#: A step without steps that takes this share of the time is highlighted: it costs the most.
_SLOW: Final = 0.5


@dataclass(frozen=True, slots=True)
class _Explanation(DataResult, TableResult):
    """The plan, the selector that it answers, and the number of objects in the index.

    ``headers`` says whether the table has headings.
    """

    plan: Plan
    selector: Selector
    objects: int
    headers: bool

    def data(self) -> object:
        plan = self.plan.to_dict()
        return {"selector": str(self.selector), "objects": self.objects, "plan": plan}

    def print_table(self, *, wide: bool) -> None:
        del wide
        drawing = _DRAWING if can_encode("".join(_DRAWING)) else _PLAIN
        steps = list(_tree(self.plan, drawing))
        print_table(steps, _columns(self.plan, drawing), headers=self.headers)
        print_rich(fit_terminal(_summary(self, drawing)))


@click.command("explain", cls=KubectlCommand, help=_HELP)
@reading_options()
@target_options(words_argument("[KIND]"), selector_option())
@scope_options
@output_options(
    _Explanation, "How to print: json and yaml print the same as data, times in seconds."
)
def explain_command(*, reading: Reading, target: Target, scope: Scope, output: Output) -> None:
    """Print the plan of a selector over the objects that are read."""
    kinds = parse_kind(target, "explain covers all objects of a kind; remove {name}")
    query = CommandQuery(Words(kinds, ()), target, scope, reading)
    reader = InputReader(reading)
    with bad_input():
        # Parsed before the input is read: an error in a selector should not cost a minute.
        selector = target_labels(target)
        resources = reader.read()
        candidates = select(resources, kinds=kinds, namespace=scope.namespaces).resources
        found = select(resources, selector, kinds=kinds, namespace=scope.namespaces)
    index = LabelIndex({number: served_labels(item) for number, item in enumerate(candidates)})
    plan = index.explain(selector)
    output.print(_Explanation(plan, selector, len(candidates), not output.no_headers))
    if not found.resources:
        report_no_objects(query, resources, found)
    report_other_namespaces(found, scope)
    reader.finish()


def _columns(plan: Plan, drawing: _Drawing) -> list[TableColumn[tuple[str, Plan]]]:
    """Return the columns of a table whose items are the steps, with what is drawn before each."""

    def time(step: Plan) -> Text:
        slow = not step.steps and step is not plan and step.seconds >= _SLOW * plan.seconds
        return Text(_micros(step.seconds, drawing), style="bold red" if slow else "")

    return [
        TableColumn("STEP", lambda row: _step(*row)),
        TableColumn("ROWS", lambda row: f"{row[1].actual:,}", right=True),
        TableColumn("LEFT", lambda row: f"{row[1].left:,}", right=True),
        TableColumn("AT MOST", lambda row: f"{row[1].estimated:,}", "dim", right=True),
        TableColumn("TIME", lambda row: time(row[1]), right=True),
    ]


def _tree(plan: Plan, drawing: _Drawing) -> Iterator[tuple[str, Plan]]:
    """Yield each step with the characters that are drawn before it."""
    beside, last, below, behind, _ = drawing

    def branch(step: Plan, before: str) -> Iterator[tuple[str, Plan]]:
        for number, part in enumerate(step.steps, 1):
            more = number < len(step.steps)
            yield before + (beside if more else last), part
            yield from branch(part, before + (below if more else behind))

    yield "", plan
    yield from branch(plan, "")


def _step(prefix: str, step: Plan) -> Text:
    text = Text()
    text.append(prefix, style="dim")
    if step.negated:
        text.append("not ", style="bold red")
    text.append(step.operation, style=_STYLES.get(step.operation, "bold"))
    if step.detail:
        text.append(f" {escape(step.detail)}")
    return text


def _summary(explanation: _Explanation, drawing: _Drawing) -> Text:
    matches = f"{explanation.plan.actual:,} of {explanation.objects:,} objects match"
    planning = _micros(explanation.plan.planning or 0.0, drawing)
    return Text(f"{matches}; planned in {planning}", style="dim")


def _micros(seconds: float, drawing: _Drawing) -> str:
    return f"{seconds * 1e6:,.1f} {drawing.unit}"
