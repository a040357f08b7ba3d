"""Selector to rows: a plan of set operations, and its execution.

A selector is never answered by looking at label sets one by one. Each node becomes a step
over postings, by one rule that does most of the work: *a negation is not computed, it is
carried along*. A plan is a step and whether its complement is meant; a conjunction subtracts
what is negated from what is not, a disjunction does the same by De Morgan, and only where
nothing but negations is left are they subtracted from all rows.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import ClassVar, assert_never

from pyroaring import BitMap

from labelsel.index.postings import Postings
from labelsel.index.store import Column, LabelStore
from labelsel.reasoning.values import Values, common, values_of
from labelsel.requirements import DoesNotExist, Equals, Exists, In, NotEquals, NotIn, StartsWith
from labelsel.selector import And, Everything, Not, Nothing, Or, Requirement, Selector, sealed

__all__ = ["Plan", "Step", "plan"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What `LabelIndex.explain` gives: a step, its rows, and the steps it is made of.

    Attributes:
        operation: what the step does: all, none, labels, key, union, intersect or subtract.
        detail: what it does it to, as a selector says it; empty where the steps tell.
        estimated: how many rows at most, from cardinalities alone.
        actual: how many rows there are.
        steps: the steps whose rows it combines, in the order they are taken.

    ``str()`` draws the tree, a step a line.
    """

    operation: str
    detail: str
    estimated: int
    actual: int
    steps: tuple[Plan, ...]

    def __str__(self) -> str:
        return "\n".join(self._lines(0))

    def _lines(self, depth: int) -> Iterator[str]:
        what = f"{self.operation} {self.detail}".strip()
        yield f"{'  ' * depth}{what}: {self.actual} rows (at most {self.estimated} expected)"
        for step in self.steps:
            yield from step._lines(depth + 1)  # noqa: SLF001  # of another Plan


class Step(ABC):
    """One operation over the postings of a store, valid until the store changes."""

    operation: ClassVar[str]
    detail: str = ""
    steps: tuple[Step, ...] = ()
    estimate: int

    @abstractmethod
    def rows(self) -> BitMap:
        """Return the rows. It may be the store's own bitmap, which is not to be changed."""

    def snapshot(self) -> BitMap:
        """Return the rows as they are now, whatever becomes of the store."""
        return self.rows()

    def count(self) -> int:
        """Return how many rows there are."""
        return len(self.rows())

    def explain(self) -> Plan:
        """Return the step as data, with actual rows: every step is run for it."""
        steps = tuple(step.explain() for step in self.steps)
        return Plan(self.operation, self.detail, self.estimate, len(self.rows()), steps)


def plan(selector: Selector, store: LabelStore) -> Step:
    """Return the steps that answer a selector over a store, each cheapest first.

    O(requirements), and O(distinct values of the key) for a requirement that can only be
    asked value by value.
    """
    step, complement = _planned(selector, store)
    return _subtract(_All(store), [step]) if complement else step


class _Leaf(Step):
    """A step over the store's own bitmaps, whose cardinality is known beforehand."""

    def snapshot(self) -> BitMap:
        return self.rows().copy()

    def count(self) -> int:
        return self.estimate


class _None(_Leaf):
    operation = "none"
    estimate = 0

    def rows(self) -> BitMap:
        return BitMap()


class _All(_Leaf):
    operation = "all"

    def __init__(self, store: LabelStore) -> None:
        self._rows = store.rows
        self.estimate = len(store.rows)

    def rows(self) -> BitMap:
        return self._rows


class _Key(_Leaf):
    operation = "key"

    def __init__(self, key: str, column: Column) -> None:
        self._key = key
        self._rows = column.rows
        self.estimate = len(column.rows)

    @property
    def detail(self) -> str:  # type: ignore[override]  # only explain asks: 1 of some 3 µs
        return str(Exists(self._key))

    def rows(self) -> BitMap:
        return self._rows


class _Labels(_Leaf):
    """The rows that carry one of some labels of one key: their postings never overlap."""

    operation = "labels"

    def __init__(self, key: str, values: Iterable[str], postings: list[Postings]) -> None:
        self._key, self._values, self._postings = key, values, postings
        self.estimate = sum(map(len, postings))

    @property
    def detail(self) -> str:  # type: ignore[override]  # only explain asks, often for many values
        values = list(self._values)
        return str(Equals(self._key, values[0]) if len(values) == 1 else In(self._key, values))

    def rows(self) -> BitMap:
        large = [rows for rows in self._postings if isinstance(rows, BitMap)]
        small = [rows for rows in self._postings if not isinstance(rows, BitMap)]
        if small:
            large.append(BitMap(list(chain.from_iterable(small))))
        return large[0] if len(large) == 1 else BitMap.union(*large)


class _Union(Step):
    operation = "union"

    def __init__(self, steps: Iterable[Step]) -> None:
        self.steps = tuple(steps)
        self.estimate = sum(step.estimate for step in self.steps)

    def rows(self) -> BitMap:
        return BitMap.union(*(step.rows() for step in self.steps))


class _Intersect(Step):
    operation = "intersect"

    def __init__(self, steps: Iterable[Step]) -> None:
        self.steps = tuple(sorted(steps, key=lambda step: step.estimate))
        self.estimate = self.steps[0].estimate

    def rows(self) -> BitMap:
        first, *others = self.steps
        rows = first.rows()
        for step in others:
            if not rows:
                break
            rows = rows & step.rows()
        return rows


class _Subtract(Step):
    operation = "subtract"

    def __init__(self, base: Step, taken: Iterable[Step]) -> None:
        self.steps = (base, *taken)
        self.estimate = base.estimate

    def rows(self) -> BitMap:
        base, *taken = self.steps
        rows = base.rows()
        for step in taken:
            if not rows:
                break
            rows = rows - step.rows()
        return rows


def _planned(selector: Selector, store: LabelStore) -> tuple[Step, bool]:
    """Return a step, and whether the rows meant are those that are not in it."""
    match sealed(selector):
        case Everything():
            return _None(), True
        case Nothing():
            return _None(), False
        case And(terms):
            positive, negative = _sides(_conjuncts(terms, store))
            if positive:
                return _subtract(_intersect(positive), negative), False
            return _union(negative), True
        case Or(terms):
            positive, negative = _sides(_planned(term, store) for term in terms)
            if negative:
                return _subtract(_intersect(negative), positive), True
            return _union(positive), False
        case Not(term):
            step, complement = _planned(term, store)
            return step, not complement
        case Requirement() as requirement:
            return _requirement(requirement, store)
        case _ as unreachable:
            assert_never(unreachable)


def _sides(
    planned: Iterable[tuple[Step, bool]],
) -> tuple[list[Step], list[Step]]:
    """Part the steps that mean their rows from those that mean all others."""
    positive: list[Step] = []
    negative: list[Step] = []
    for step, complement in planned:
        (negative if complement else positive).append(step)
    return positive, negative


def _conjuncts(terms: Sequence[Selector], store: LabelStore) -> Iterator[tuple[Step, bool]]:
    """Plan the terms of a conjunction, requirements on one key as the one set that they leave.

    So `x=a,x=b` is answered without a posting, and `x>5,x<9` looks at each value once.
    """
    by_key: dict[str, list[Requirement]] = {}
    for term in terms:
        if isinstance(term, Requirement):
            by_key.setdefault(term.key, []).append(term)
        else:
            yield _planned(term, store)
    for key, requirements in by_key.items():
        if len(requirements) == 1:
            yield _requirement(requirements[0], store)
        else:
            yield _values(key, common([values_of(one) for one in requirements]), store)


def _requirement(requirement: Requirement, store: LabelStore) -> tuple[Step, bool]:
    """Plan a leaf. What an absent key means decides whether its rows or the others are named."""
    complement = requirement.allows(None)
    column = store.columns.get(requirement.key)
    if column is None:
        return _None(), complement
    match requirement:
        case Exists() | DoesNotExist():
            return _Key(requirement.key, column), complement
        case Equals(value=value) | NotEquals(value=value):
            values: Iterable[str] = (value,)
        case In(values=some) | NotIn(values=some):
            values = sorted(some)
        case StartsWith(value=prefix):
            values = column.starting_with(prefix)
        case _:
            values = [value for value in column.codes if requirement.allows(value) != complement]
    return _labels(requirement.key, column, values, store), complement


def _values(key: str, values: Values, store: LabelStore) -> tuple[Step, bool]:
    """Plan a set of values of one key."""
    column = store.columns.get(key)
    if column is None:
        return _None(), values.absent
    if values.tests:
        named = [value for value in column.codes if values.has(value) != values.absent]
        return _labels(key, column, named, store), values.absent
    listed = _labels(key, column, sorted(values.listed), store)
    if values.others == values.absent:
        return listed, values.absent
    return _subtract(_Key(key, column), [listed]), values.absent


def _labels(key: str, column: Column, values: Iterable[str], store: LabelStore) -> Step:
    codes = {value: column.codes[value] for value in values if value in column.codes}
    if not codes:
        return _None()
    return _Labels(key, codes.keys(), [store.postings(code) for code in codes.values()])


def _union(steps: list[Step]) -> Step:
    steps = [step for step in steps if step.estimate]
    if len(steps) > 1:
        return _Union(steps)
    return steps[0] if steps else _None()


def _intersect(steps: list[Step]) -> Step:
    if len(steps) == 1:
        return steps[0]
    return _Intersect(steps) if all(step.estimate for step in steps) else _None()


def _subtract(base: Step, taken: list[Step]) -> Step:
    taken = [step for step in taken if step.estimate]
    return _Subtract(base, taken) if taken and base.estimate else base
