"""Plans for people: every step run, timed and drawn as a tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

from labelsel.errors import escaped
from labelsel.index.steps import Intersect, Step

__all__ = ["Plan", "explained"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What `LabelIndex.explain` gives: a step, its rows, and the steps it is made of.

    Attributes:
        operation: what the step does: all, none, key, label, labels, numbers, union, intersect,
            subtract, or narrow where it does both.
        detail: what it does it to, as a selector says it; empty where the steps tell.
        estimated: how many rows at most, from cardinalities alone.
        actual: how many rows it has by itself.
        left: how many rows are left after it, of those that the steps before it left; the same
            as ``actual`` where it is the first.
        seconds: what it takes, with the steps it is made of; as a later step of an intersect,
            a subtract or a narrow, what it takes to apply it to the rows left.
        steps: the steps whose rows it combines, in the order they are taken.
        negated: whether it is the rows that are not in it that are left.
        planning: of the whole plan, the seconds that making it took; None for a step.

    ``str()`` draws the tree, a step a line.
    """

    operation: str
    detail: str
    estimated: int
    actual: int
    left: int
    seconds: float
    steps: tuple[Plan, ...]
    negated: bool = False
    planning: float | None = None

    def __str__(self) -> str:
        return self.text()

    def text(self, *, times: bool = True) -> str:
        """Return the tree as text, a step a line; without times it is the same each time."""
        return "\n".join(map(escaped, self._lines(0, times=times)))

    def to_dict(self) -> dict[str, Any]:
        """Return the tree as dicts, lists, strings and numbers: what JSON can say."""
        data: dict[str, Any] = {
            "operation": self.operation,
            "detail": self.detail,
            "estimated": self.estimated,
            "actual": self.actual,
            "left": self.left,
            "negated": self.negated,
            "seconds": self.seconds,
            "steps": [step.to_dict() for step in self.steps],
        }
        return data if self.planning is None else {**data, "planning": self.planning}

    def walk(self, depth: int = 0) -> Iterator[tuple[int, Plan]]:
        """Yield each step with its depth, as the lines of the text stand."""
        yield depth, self
        for step in self.steps:
            yield from step.walk(depth + 1)

    def _lines(self, depth: int, *, times: bool) -> Iterator[str]:
        for below, step in self.walk(depth):
            what = f"{'not ' * step.negated}{step.operation} {step.detail}".strip()
            line = f"{'  ' * below}{what}: {step.actual} rows (at most {step.estimated} expected)"
            if step.left != step.actual:
                line += f", {step.left} left"
            yield line + (f", {_micros(step.seconds)}" if times else "")
        if times and self.planning is not None:
            yield f"planned in {_micros(self.planning)}"


def explained(step: Step, planning: float | None = None) -> Plan:
    """Return a step as data: it is run, and so is every step that it is made of."""
    taken = _timed(step)
    if isinstance(step, Intersect):
        parts = _in_turn(step)
    else:
        parts = tuple(explained(part) for part in step.steps)
    actual = step.count()
    estimate = step.estimate()
    return Plan(
        step.operation, step.detail, estimate, actual, actual, taken, parts, planning=planning
    )


def _in_turn(step: Intersect) -> tuple[Plan, ...]:
    """Return the steps of one that applies them one after the other to the rows left."""
    first, *others = step.steps
    plans = [explained(first)]
    rows = first.rows()
    for place, other in enumerate(others, 1):
        start = perf_counter()
        rows = step.narrowed(rows, place)
        seconds = perf_counter() - start
        plan = explained(other)
        negated = not step.wanted[place - 1]
        plans.append(replace(plan, left=len(rows), seconds=seconds, negated=negated))
    return tuple(plans)


def _timed(step: Step) -> float:
    start = perf_counter()
    step.rows()
    return perf_counter() - start


def _micros(seconds: float) -> str:
    return f"{seconds * 1e6:,.1f} µs"
