"""Selector to steps: a plan of set operations over the postings of a store.

A selector is never answered by looking at label sets one by one. Each node becomes a step,
by one rule that does most of the work: *a negation is not computed, it is carried along*. A
plan is a step and whether its complement is meant; a conjunction subtracts what is negated
from what is not, a disjunction does the same by De Morgan, and only where nothing but
negations is left are they subtracted from all rows. Cardinalities are exact, so the rest is
arithmetic: the smallest set first, and of two ways to say a set the one with fewer postings.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final, assert_never

from labelsel.index.steps import (
    AllRows,
    AnyLabelRows,
    Empty,
    Intersect,
    KeyMinus,
    KeyRows,
    LabelRows,
    NumericRows,
    Step,
    Union,
)
from labelsel.index.store import Column, LabelStore
from labelsel.reasoning.budget import Budget, UndecidedError
from labelsel.reasoning.values import Values, common, number_bounds, values_of
from labelsel.requirements import (
    DoesNotExist,
    Equals,
    Exists,
    GreaterThan,
    In,
    LessThan,
    NotEquals,
    NotIn,
    StartsWith,
)
from labelsel.selector import (
    And,
    Everything,
    Not,
    Nothing,
    Or,
    Requirement,
    Selector,
    all_of,
    sealed,
)

__all__ = ["plan"]

_FEW: Final = 64
"""Of a key with so few values it is worth asking whether naming the others is shorter."""

_TESTED: Final = 10_000
"""So many listed values of a key are tested while planning, some 0.2 µs each: what it takes to
plan must not grow with the square of the selector."""

_RANKED: Final = 32
"""So many steps of a conjunction are ranked anew after each step that is chosen. The next steps
are put in order once: in the mean, narrowing by 32 steps leaves hardly a row to order for."""


def plan(selector: Selector, store: LabelStore) -> Step:
    """Return the steps that answer a selector over a store, each cheapest first.

    O(requirements), and O(distinct values of the key) for a requirement that can only be
    asked value by value.
    """
    step, complement = _planned(selector, store)
    return _narrow([AllRows(store)], [step], store) if complement else step


def _planned(selector: Selector, store: LabelStore) -> tuple[Step, bool]:
    """Return a step, and whether the rows meant are those that are not in it."""
    match sealed(selector):
        case Everything():
            return Empty(), True
        case Nothing():
            return Empty(), False
        case And(terms):
            positive, negative = _sides(_conjuncts(terms, store))
            if positive:
                return _narrow(positive, negative, store), False
            return _union(negative), True
        case Or(terms):
            positive, negative = _sides(_planned(term, store) for term in terms)
            if negative:
                return _narrow(negative, positive, store), True
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

    So `x=a,x=b` is answered without a posting, and `x>5,x<9` is one range.
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
            try:
                values = common([values_of(one) for one in requirements], Budget(_TESTED))
            except UndecidedError:
                # Too many listed values and tests: each requirement is a step of its own then.
                yield from (_requirement(one, store) for one in requirements)
            else:
                yield _values(values, requirements, store.columns.get(key), store)


def _requirement(requirement: Requirement, store: LabelStore) -> tuple[Step, bool]:
    """Plan a leaf. What an absent key means decides whether its rows or the others are named."""
    complement = requirement.allows(None)
    column = store.columns.get(requirement.key)
    if column is None:
        return Empty(), complement
    match requirement:
        case Exists() | DoesNotExist():
            return KeyRows(store, column), complement
        case Equals(value=value) | NotEquals(value=value):
            code = column.codes.find(value)
            return LabelRows(store, column, code) if code >= 0 else Empty(), complement
        case In(values=values) | NotIn(values=values):
            return _labels(store, column, _codes(column, values)), complement
        case GreaterThan() | LessThan():
            return _values(values_of(requirement), [requirement], column, store)
        case StartsWith(value=prefix):
            beginning = store.starting_with(column, prefix)
            return _labels(store, column, _codes(column, beginning)), complement
        case _:
            return _labels(store, column, _asked(requirement, column, store)), complement


def _asked(requirement: Requirement, column: Column, store: LabelStore) -> list[int]:
    """Return the codes of the values that a requirement is about, by asking it each value."""
    allows, values, absent = requirement.allows, store.values, requirement.allows(None)
    return [code for code in store.codes_in(column) if allows(values[code]) != absent]


def _values(
    values: Values, requirements: Sequence[Requirement], column: Column | None, store: LabelStore
) -> tuple[Step, bool]:
    """Plan a set of values of one key, which is what all of the requirements leave."""
    if column is None:
        return Empty(), values.absent
    if values.tests:
        bounds = number_bounds(values)
        if bounds is None:
            found = [
                code
                for code in store.codes_in(column)
                if values.has(store.values[code]) != values.absent
            ]
            return _labels(store, column, found), values.absent
        within = NumericRows(store, column, bounds, str(all_of(requirements)))
        excluded = [c for c in _codes(column, values.listed) if values.passes(store.values[c])]
        return _narrow([within], [_labels(store, column, excluded)], store), False
    codes = _codes(column, values.listed)
    if values.others == values.absent:
        return _labels(store, column, codes), values.absent
    return _key_but(store, column, codes), values.absent


def _codes(column: Column, values: Collection[str]) -> list[int]:
    """Return the codes of those values that the key has."""
    return [code for code in map(column.codes.find, sorted(values)) if code >= 0]


def _labels(store: LabelStore, column: Column, codes: Sequence[int]) -> Step:
    """Return the step for labels of one key, or for the key's rows minus the other labels."""
    if not codes:
        return Empty()
    if len(codes) == 1:
        return LabelRows(store, column, codes[0])
    values = len(column.codes)
    if len(codes) * 2 > values:
        if len(codes) == values:
            return KeyRows(store, column)
        others = set(store.codes_in(column)).difference(codes)
        return KeyMinus(KeyRows(store, column), _labels(store, column, sorted(others)))
    return AnyLabelRows(store, column, codes)


def _key_but(store: LabelStore, column: Column, codes: Sequence[int]) -> Step:
    """Return the step for the rows that have a key, but not with these values."""
    if not codes:
        return KeyRows(store, column)
    values = len(column.codes)
    if values <= _FEW and values - len(codes) <= len(codes):
        return _labels(store, column, sorted(set(store.codes_in(column)).difference(codes)))
    return KeyMinus(KeyRows(store, column), _labels(store, column, codes))


def _union(steps: list[Step]) -> Step:
    steps = [step for step in steps if step.estimate()]
    if len(steps) > 1:
        return Union(steps)
    return steps[0] if steps else Empty()


def _narrow(positive: Sequence[Step], negative: Sequence[Step], store: LabelStore) -> Step:
    """Return the step for the rows of all positive steps but those of the negative ones.

    The smallest first, and then whatever narrows most for what it costs.
    """
    sizes = [step.estimate() for step in positive]
    if not all(sizes):
        return positive[sizes.index(0)] if len(sizes) == 1 else Empty()
    size = min(sizes)
    smallest = sizes.index(size)
    left = [(step, True, n) for step, n in zip(positive, sizes, strict=True)]
    first = left.pop(smallest)[0]
    left += [(step, False, n) for step in negative if (n := step.estimate())]
    return Intersect(first, _ordered(size, left, store)) if left else first


def _ordered(
    size: float, steps: list[tuple[Step, bool, int]], store: LabelStore
) -> Iterator[tuple[Step, bool]]:
    """Yield steps in the order in which they should narrow so many rows.

    Where rows stand dense, 65,536 of them are 8 KB of bits, and two such sets are intersected in
    half a microsecond. As soon as 4,096 or fewer are left of them they become a list, which
    costs three times that, and from then on each row costs on its own. So what keeps rows dense
    is taken first, and the order is otherwise by what a step costs for what it takes away.
    """
    total = len(store.rows)
    for _ in range(min(_RANKED, len(steps))):
        ranks = [_rank(size, each, total) for each in steps]
        best = min(range(len(ranks)), key=lambda place: ranks[place][0])
        size = ranks[best][1]
        yield steps.pop(best)[:2]
    steps.sort(key=lambda each: _rank(size, each, total))
    yield from (each[:2] for each in steps)


def _rank(size: float, narrowing: tuple[Step, bool, int], total: int) -> tuple[float, float]:
    """Return what a step costs for what it takes away of so many rows, and how many it leaves."""
    step, wanted, rows = narrowing
    dense = total * _DENSE
    share = rows / total if wanted else 1 - rows / total
    kept = size * share
    if size > dense:
        cost = step.weight * total * _BIT + (kept * _LISTED if kept <= dense else 0)
    else:
        cost = step.weight * size
    return cost / (1.0001 - share), kept


_DENSE: Final = 4096 / 65536
_BIT: Final = 1 / 64
_LISTED: Final = 3
"""Of 65,536 rows: when they are a list; and what a bit, and putting a row on the list, costs
beside looking one row of a list up in bits."""
