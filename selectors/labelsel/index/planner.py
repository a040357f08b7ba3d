"""From a selector to a plan: set operations over the postings of a store.

No plan looks at label sets one by one. Each node of the selector becomes a step. One rule does
most of the work: *a negation is not computed, but kept as a flag*. `_plan` returns a step and
whether its complement is meant. A conjunction subtracts the complements from the other steps; a
disjunction does the same by De Morgan's laws. Only if all parts are complements are they
subtracted from all rows. All cardinalities are exact, so the rest is arithmetic: the smallest
set first, and of two ways to express a set the one with fewer postings.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final, assert_never

from labelsel.budget import Budget, UndecidedError
from labelsel.index.postings import DENSE
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
from labelsel.limits import MAX_TESTED_VALUES
from labelsel.requirements import Equals, Exists, StartsWith
from labelsel.selector import (
    And,
    Everything,
    Not,
    Nothing,
    Or,
    Requirement,
    Selector,
    all_of,
    require_selector,
)
from labelsel.value_sets import Values, intersection_of, number_bounds, values_of

__all__ = ["make_plan"]

_RANKED: Final = 8
"""After each of so many steps of a conjunction the steps left are ranked again; then they are
sorted once. Ranking again costs O(steps) each time: with 32 instead of 8 the plan of 64 keys takes
1.4 ms instead of 0.4, and its answer is no faster (``python -m benchmarks.constants ranked``)."""

_BIT: Final = 1 / 64
_LISTED: Final = 3
"""The costs that `_rank` counts, in units of one list element that is looked up in a bitmap:
a bit of an operation on two bitmaps (a word of 64 bits is one operation), and an element that is
written to a new list. The order of magnitude is enough: 16 times the cost of a bit changes the time
of no query of benchmarks/cases.py; a list element at no cost makes one a third slower, 26 µs
instead of 19 (``python -m benchmarks.constants bit listed``)."""


def make_plan(selector: Selector, store: LabelStore) -> Step:
    """Return the step that answers a selector over a store, the cheapest parts first.

    The step is valid until a value of a key of the selector comes or goes (`Query`).
    O(requirements), and O(distinct values of the key) for a requirement that only `allows` can
    answer, such as a regular expression.
    """
    step, complement = _plan(selector, store)
    return _intersect([AllRows(store)], [step], store) if complement else step


def _plan(selector: Selector, store: LabelStore) -> tuple[Step, bool]:
    """Return a step and a flag: True if the plan needs the complement of the step."""
    match require_selector(selector):
        case Everything():
            return Empty(), True
        case Nothing():
            return Empty(), False
        case And(terms):
            positive, negative = _split(_plan_terms(terms, store))
            if positive:
                return _intersect(positive, negative, store), False
            return _union(negative), True
        case Or(terms):
            positive, negative = _split(_plan(term, store) for term in terms)
            if negative:
                return _intersect(negative, positive, store), True
            return _union(positive), False
        case Not(term):
            step, complement = _plan(term, store)
            return step, not complement
        case Requirement() as requirement:
            return _plan_requirement(requirement, store)
        case _ as unreachable:
            assert_never(unreachable)


def _split(plans: Iterable[tuple[Step, bool]]) -> tuple[list[Step], list[Step]]:
    """Return the steps whose rows are meant, and the steps whose complements are meant."""
    positive: list[Step] = []
    negative: list[Step] = []
    for step, complement in plans:
        (negative if complement else positive).append(step)
    return positive, negative


def _plan_terms(terms: Sequence[Selector], store: LabelStore) -> Iterator[tuple[Step, bool]]:
    """Plan the terms of a conjunction; requirements on one key as the intersection of their values.

    So `x=a,x=b` is answered without postings, and `x>5,x<9` is one range.
    """
    by_key: dict[str, list[Requirement]] = {}
    for term in terms:
        if isinstance(term, Requirement):
            by_key.setdefault(term.key, []).append(term)
        else:
            yield _plan(term, store)
    for key, requirements in by_key.items():
        if len(requirements) == 1:
            yield _plan_requirement(requirements[0], store)
            continue
        try:
            values = intersection_of(list(map(values_of, requirements)), Budget(MAX_TESTED_VALUES))
        except UndecidedError:
            # More tests than `MAX_TESTED_VALUES`: each requirement becomes a step of its own.
            yield from (_plan_requirement(each, store) for each in requirements)
        else:
            yield _plan_values(values, requirements, store.columns.get(key), store)


def _plan_requirement(requirement: Requirement, store: LabelStore) -> tuple[Step, bool]:
    """Plan a leaf. If the requirement allows an absent key, the complement is meant."""
    column = store.columns.get(requirement.key)
    if column is None:
        return Empty(), bool(requirement.allows(None))
    match requirement:
        # Most requirements are of these two kinds. Without a set of values the plan of ``k=v``
        # takes 1.8 µs instead of 4.9, and that of ``k`` 0.8 µs instead of 5.0; for other kinds,
        # such as In, there is no difference (``python -m benchmarks.constants short-cut``).
        case Equals(value=value):
            code = column.codes.find(value)
            return LabelRows(store, column, code) if code >= 0 else Empty(), False
        case Exists():
            return KeyRows(store, column), False
        case StartsWith(value=prefix):
            found = store.values_starting_with(column, prefix)
            return _any_label(store, column, _codes_of(column, found)), False
        case _:
            return _plan_values(values_of(requirement), [requirement], column, store)


def _plan_values(
    values: Values, requirements: Sequence[Requirement], column: Column | None, store: LabelStore
) -> tuple[Step, bool]:
    """Plan the values of one key that some requirements allow together."""
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
            return _any_label(store, column, found), values.absent
        in_range = NumericRows(store, column, bounds, str(all_of(requirements)))
        excluded = [c for c in _codes_of(column, values.listed) if values.passes(store.values[c])]
        return _intersect([in_range], [_any_label(store, column, excluded)], store), False
    codes = _codes_of(column, values.listed)
    if values.others == values.absent:
        return _any_label(store, column, codes), values.absent
    return _key_minus(store, column, codes), values.absent


def _codes_of(column: Column, values: Collection[str]) -> list[int]:
    """Return the codes of those values that the key has, in the order of the values."""
    return [code for code in map(column.codes.find, sorted(values)) if code >= 0]


def _any_label(store: LabelStore, column: Column, codes: Sequence[int]) -> Step:
    """Return the step for the rows that have one of some labels of a key.

    If these are more than half of the labels, it is the key's rows minus the other labels.
    """
    if not codes:
        return Empty()
    if len(codes) == 1:
        return LabelRows(store, column, codes[0])
    values = len(column.codes)
    if len(codes) * 2 <= values:
        return AnyLabelRows(store, column, codes)
    if len(codes) == values:
        return KeyRows(store, column)
    others = _any_label(store, column, _others(store, column, codes))
    return KeyMinus(store, KeyRows(store, column), others)


def _key_minus(store: LabelStore, column: Column, codes: Sequence[int]) -> Step:
    """Return the step for the rows that have a key, but none of some labels of the key."""
    if not codes:
        return KeyRows(store, column)
    if len(codes) * 2 >= len(column.codes):
        return _any_label(store, column, _others(store, column, codes))
    return KeyMinus(store, KeyRows(store, column), _any_label(store, column, codes))


def _others(store: LabelStore, column: Column, codes: Sequence[int]) -> list[int]:
    """Return the other codes of a key. O(values); called if ``codes`` are at least half of them."""
    return sorted(set(store.codes_in(column)).difference(codes))


def _union(steps: list[Step]) -> Step:
    steps = [step for step in steps if step.estimate()]
    if len(steps) > 1:
        return Union(steps)
    return steps[0] if steps else Empty()


def _intersect(positive: Sequence[Step], negative: Sequence[Step], store: LabelStore) -> Step:
    """Return the step for the rows of all positive steps minus those of the negative steps.

    The smallest positive step comes first, then the others in the order of `_order`.
    """
    sizes = [step.estimate() for step in positive]
    if not all(sizes):
        return positive[sizes.index(0)] if len(sizes) == 1 else Empty()
    size = min(sizes)
    smallest = sizes.index(size)
    others = [(step, True, n) for step, n in zip(positive, sizes, strict=True)]
    first = others.pop(smallest)[0]
    others += [(step, False, n) for step in negative if (n := step.estimate())]
    return Intersect(store, first, _order(size, others, store)) if others else first


def _order(
    size: float, steps: list[tuple[Step, bool, int]], store: LabelStore
) -> Iterator[tuple[Step, bool]]:
    """Yield steps in the order in which to apply them to so many rows: the lowest rank first.

    A container of 65,536 dense rows is 8 KB of bits, and two of them are intersected in half a
    microsecond. When 4,096 rows or fewer are left, the container becomes a list, which costs
    three times that once, and from then on each row costs on its own. So a step that leaves the
    rows dense comes before one that makes them a list.
    """
    total = len(store.rows)
    for _ in range(min(_RANKED, len(steps))):
        ranks = [_rank(size, each, total) for each in steps]
        best = min(range(len(ranks)), key=lambda number: ranks[number][0])
        size = ranks[best][1]
        yield steps.pop(best)[:2]
    steps.sort(key=lambda each: _rank(size, each, total))
    yield from (each[:2] for each in steps)


def _rank(size: float, step: tuple[Step, bool, int], total: int) -> tuple[float, float]:
    """Return the rank of a step that is applied to so many rows, and how many rows it leaves.

    The rank is the cost divided by the share of rows that the step removes. In increasing order
    of it a sequence of filters costs least (W. Smith 1956, for jobs with weights; J. Hellerstein
    and M. Stonebraker 1993, for predicates of a query). 1.0001 instead of 1 because a step that
    removes nothing has a rank, too.
    """
    operation, keeps, rows = step
    dense = total * DENSE
    share = rows / total if keeps else 1 - rows / total
    left = size * share
    if size > dense:
        cost = operation.weight * total * _BIT + (left * _LISTED if left <= dense else 0)
    else:
        cost = operation.weight * size
    return cost / (1.0001 - share), left
