"""Reports of plans for people: each step is executed, timed and drawn as a tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

from labelsel.errors import escape
from labelsel.index.steps import Intersect, Step

__all__ = ["Plan", "explain_step"]


@dataclass(frozen=True, slots=True)
class Plan:
    """How an index answers a selector: a step, its rows, and the steps that it combines.

    It is the result of `LabelIndex.explain`. ``str()`` draws the tree, one line for each step.

    Attributes:
        operation: the operation of the step: all, none, key, label, labels, numbers, union,
            intersect, subtract, or narrow, which intersects and subtracts.
        detail: the requirement that the step answers, as a selector; empty if ``steps`` says it.
        estimated: the greatest possible number of rows, calculated from cardinalities.
        actual: the number of rows of the step on its own.
        left: the number of rows that this step leaves of those that the steps before it left; for
            the first step the same as ``actual``.
        seconds: the time of the step and of the steps that it combines. For a later step of an
            intersect, a subtract or a narrow it is the time to apply it to the rows left.
        steps: the steps whose rows it combines, in the order of their execution.
        negated: whether the rows of the step are removed instead of kept.
        planning: for the whole plan the seconds that planning took; None for a step.

    Raises:
        Nothing.

    Complexity:
        O(steps) for each method.

    >>> from labelsel import LabelIndex
    >>> plan = LabelIndex({"a": {"app": "web"}}).explain("app=web")
    >>> plan.operation, plan.detail, plan.actual
    ('label', 'app=web', 1)
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
        """Return the tree as text, one line for each step.

        Arguments:
            times: whether the times are shown; without them the text of a plan is always the same.

        >>> from labelsel import LabelIndex
        >>> print(LabelIndex({"a": {"app": "web"}}).explain("app=web").text(times=False))
        label app=web: 1 rows (at most 1 expected)
        """
        return "\n".join(map(escape, self._lines(0, times=times)))

    def to_dict(self) -> dict[str, Any]:
        """Return the tree as dicts, lists, strings and numbers, ready for JSON.

        >>> from labelsel import LabelIndex
        >>> LabelIndex({"a": {"app": "web"}}).explain("app=web").to_dict()["actual"]
        1
        """
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
        """Yield each step with its depth, in the order of the lines of `text`.

        Arguments:
            depth: the depth of this step.

        >>> from labelsel import LabelIndex
        >>> pods = LabelIndex({"a": {"app": "web"}, "b": {"app": "web", "debug": ""}})
        >>> [(depth, step.operation) for depth, step in pods.explain("app=web,!debug").walk()]
        [(0, 'subtract'), (1, 'label'), (1, 'key')]
        """
        yield depth, self
        for step in self.steps:
            yield from step.walk(depth + 1)

    def _lines(self, depth: int, *, times: bool) -> Iterator[str]:
        for level, step in self.walk(depth):
            name = f"{'not ' * step.negated}{step.operation} {step.detail}".strip()
            line = f"{'  ' * level}{name}: {step.actual} rows (at most {step.estimated} expected)"
            if step.left != step.actual:
                line += f", {step.left} left"
            yield line + (f", {_microseconds(step.seconds)}" if times else "")
        if times and self.planning is not None:
            yield f"planned in {_microseconds(self.planning)}"


def explain_step(step: Step, planning: float | None = None) -> Plan:
    """Execute and time a step and all steps that it combines; return them as data."""
    seconds = _time(step)
    if isinstance(step, Intersect):
        parts = _explain_parts(step)
    else:
        parts = tuple(map(explain_step, step.steps))
    actual = step.count()
    estimate = step.estimate()
    return Plan(
        step.operation, step.detail, estimate, actual, actual, seconds, parts, planning=planning
    )


def _explain_parts(step: Intersect) -> tuple[Plan, ...]:
    """Return the steps of an Intersect, each applied to the rows that the one before left."""
    first, *others = step.steps
    plans = [explain_step(first)]
    rows = first.rows()
    for number, other in enumerate(others, 1):
        start = perf_counter()
        rows = step.apply(number, rows)
        seconds = perf_counter() - start
        negated = not step.keeps[number - 1]
        plan = explain_step(other)
        plans.append(replace(plan, left=len(rows), seconds=seconds, negated=negated))
    return tuple(plans)


def _time(step: Step) -> float:
    start = perf_counter()
    step.rows()
    return perf_counter() - start


def _microseconds(seconds: float) -> str:
    return f"{seconds * 1e6:,.1f} µs"
