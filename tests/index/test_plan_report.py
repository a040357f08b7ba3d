"""The times of a plan, and of each of its steps."""

from time import perf_counter

import pytest
from pyroaring import BitMap

from labelsel import LabelIndex
from labelsel.index import plan_report
from labelsel.index.plan_report import explain_step
from labelsel.index.steps import Intersect, Step, Union

NOW = [1000.0]
"""The time of a clock that goes on while a step works."""


class Timed(Step):
    """A step of three rows that takes ten seconds, and one where it is applied to other rows."""

    __slots__ = ()
    operation = "timed"

    def estimate(self) -> int:
        """Return the number of rows."""
        return 3

    def rows(self) -> BitMap:
        """Work for ten seconds."""
        NOW[0] += 10
        return BitMap([1, 2, 3])

    def count(self) -> int:
        """Return the number of rows, at once."""
        return 3

    def intersection(self, rows: BitMap) -> BitMap:
        """Work for one second."""
        NOW[0] += 1
        return rows & BitMap([1, 2, 3])

    def difference(self, rows: BitMap) -> BitMap:
        """Work for two seconds."""
        NOW[0] += 2
        return rows - BitMap([1, 2, 3])


def test_the_time_of_each_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step of an intersection: that for the rows that are left; others: that for all rows."""
    monkeypatch.setattr(plan_report, "perf_counter", lambda: NOW[0])
    store = LabelIndex(dict.fromkeys(range(1000)))._store
    plan = explain_step(Intersect(store, Timed(), [(Timed(), True), (Timed(), False)]))
    assert plan.seconds == 10 + 1 + 2
    assert [step.seconds for step in plan.steps] == [10, 1, 2]
    assert [step.negated for step in plan.steps] == [False, False, True]
    assert [(step.actual, step.left) for step in plan.steps] == [(3, 3), (3, 3), (3, 0)]
    union = explain_step(Union([Timed(), Timed()]))
    assert [union.seconds, *(step.seconds for step in union.steps)] == [20, 10, 10]


def test_no_step_takes_longer_than_all() -> None:
    """All times are parts of the time of the call."""
    index = LabelIndex({n: {"a": "x", "n": str(n)} for n in range(100)})
    start = perf_counter()
    plan = index.explain("a,n>5")
    seconds = perf_counter() - start
    assert plan.planning is not None
    assert all(0 <= each <= seconds for each in (plan.planning, plan.seconds))
