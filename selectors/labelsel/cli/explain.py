"""``labelsel explain``: how a label selector is answered, step by step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

import click
from rich.table import Table
from rich.text import Text

from labelsel.cli.command import KubectlCommand
from labelsel.cli.output import Format, can_say, print_rich, print_value
from labelsel.cli.screen import printing
from labelsel.cli.source import (
    Reading,
    Scope,
    bad_input,
    checked_kind,
    checked_paths,
    end,
    parsed_labels,
    read_objects,
    reading_options,
    say_elsewhere,
    say_nothing,
    scope_options,
    source_options,
)
from labelsel.errors import escaped
from labelsel.index import LabelIndex, Plan
from labelsel.kubernetes import FindResult, ManifestError, select
from labelsel.selector import Selector

__all__ = ["explain"]

_HELP: Final = """\
Show how a selector is answered, step by step.

The objects that "labelsel get" would look at, of these kinds and in this namespace, are put
into an index, and the selector is asked there. Each step has its rows and its time; a row is
an object.

\b
  ROWS     how many objects the step has by itself
  LEFT     how many are left after it, of those that the steps before it left
  AT MOST  how many were expected, before anything was computed
  TIME     what it took, with the steps below it

The exit status is 0, also when nothing matches; 1 when the selector or some input is bad; 2
when the command line is.

\b
Examples:
  labelsel explain pods -A -f shop/ -l 'tier in (web,cache),!debug'
  labelsel explain -n shop -f a.yaml -f b.yaml -l app=web -o json
"""

#: The colour of a step, by what it does; that of all others is the terminal's.
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
    """What a step hangs from: one with others below it, the last; what is below those; a unit."""

    beside: str
    last: str
    below: str
    behind: str
    unit: str


_DRAWING: Final = _Drawing("├─ ", "└─ ", "│  ", "   ", "µs")
_PLAIN: Final = _Drawing("  ", "  ", "  ", "  ", "us")
#: A step without steps that takes so much of the time is the one to look at.
_SLOW: Final = 0.5


@dataclass(frozen=True, slots=True)
class _Answer:
    """What is printed: the plan, the selector that it is for, and how many objects it looks at."""

    plan: Plan
    selector: Selector
    objects: int
    found: FindResult


@click.command("explain", cls=KubectlCommand, help=_HELP)
@source_options
@scope_options
@click.option(
    "-o",
    "--output",
    "form",
    type=click.Choice([Format.TABLE.value, Format.JSON.value, Format.YAML.value]),
    default=Format.TABLE.value,
    show_default=True,
    help="How to print: json and yaml print the same as data, times in seconds.",
)
@reading_options
def explain(  # noqa: PLR0913 - one argument for each flag
    *,
    kind: tuple[str, ...],
    paths: tuple[str, ...],
    labels: tuple[str, ...],
    scope: Scope,
    form: str,
    reading: Reading,
) -> None:
    """Print the plan of a selector over the objects that are read."""
    paths = checked_paths(paths)
    kinds = checked_kind(kind, "explain is about all objects of a kind: leave out {name}")
    faults: list[ManifestError] = []
    with bad_input():
        # Parsed before the input is read: a slip should not cost a minute.
        selector = parsed_labels(labels)
        resources = read_objects(paths, reading, faults)
        everything = select(resources, kinds=kinds, namespace=scope.wanted).resources
        found = select(resources, selector, kinds=kinds, namespace=scope.wanted)
    index = LabelIndex({number: item.labels for number, item in enumerate(everything)})
    _print(_Answer(index.explain(selector), selector, len(everything), found), Format(form))
    if not found.resources:
        say_nothing(scope, paths)
    say_elsewhere(found, scope)
    end(faults)


def _print(answer: _Answer, form: Format) -> None:
    with printing():
        if form is Format.TABLE:
            drawing = _DRAWING if can_say("".join(_DRAWING)) else _PLAIN
            print_rich(_table(answer.plan, drawing))
            print_rich(_summary(answer, drawing))
        else:
            print_value(
                {
                    "selector": str(answer.selector),
                    "objects": answer.objects,
                    "plan": answer.plan.to_dict(),
                },
                form,
            )


def _table(plan: Plan, drawing: _Drawing) -> Table:
    table = Table(box=None, pad_edge=False, show_edge=False, padding=(0, 3, 0, 0))
    table.add_column("STEP", no_wrap=True, header_style="bold")
    for header in ("ROWS", "LEFT", "AT MOST", "TIME"):
        table.add_column(header, no_wrap=True, justify="right", header_style="bold")
    for prefix, step in _tree(plan, drawing):
        slow = not step.steps and step is not plan and step.seconds >= _SLOW * plan.seconds
        table.add_row(
            _step(prefix, step),
            f"{step.actual:,}",
            f"{step.left:,}",
            Text(f"{step.estimated:,}", style="dim"),
            Text(_micros(step.seconds, drawing), style="bold red" if slow else ""),
        )
    return table


def _tree(plan: Plan, drawing: _Drawing) -> Iterator[tuple[str, Plan]]:
    """Yield each step with what is drawn before it."""
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
        text.append(f" {escaped(step.detail)}")
    return text


def _summary(answer: _Answer, drawing: _Drawing) -> Text:
    matches = f"{answer.plan.actual:,} of {answer.objects:,} objects match"
    planning = _micros(answer.plan.planning or 0.0, drawing)
    return Text(f"{matches}; planned in {planning}", style="dim")


def _micros(seconds: float, drawing: _Drawing) -> str:
    return f"{seconds * 1e6:,.1f} {drawing.unit}"
