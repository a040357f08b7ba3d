"""Sets of values of one key: what a requirement, or a conjunction of requirements, allows.

Every requirement is such a set, and so is every conjunction of requirements on one key. A set
is one of three: some listed values; all values except some listed ones; or, of these, only the
values that pass tests which no list can express (numbers in a range, prefixes, suffixes,
substrings, regular expressions). The key may also be absent, or not.

The planner of an index and the reverse index use these sets, and so does `labelsel.reasoning`,
which also searches a set for a value (`reasoning/witness.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

from labelsel.budget import Budget
from labelsel.limits import MAX_INT64, MIN_INT64
from labelsel.requirements import (
    OPERATORS,
    Contains,
    DoesNotExist,
    EndsWith,
    Equals,
    Exists,
    FieldEquals,
    FieldNotEquals,
    GreaterThan,
    In,
    LessThan,
    NotEquals,
    NotIn,
    StartsWith,
)
from labelsel.selector import Not, Requirement, Selector

__all__ = [
    "Condition",
    "Values",
    "filter_values",
    "intersection_of",
    "number_bounds",
    "number_range",
    "values_of",
    "values_of_leaf",
]

_NUMBER_RANGES: Final = {row.requirement: row.number_range for row in OPERATORS}


@dataclass(frozen=True, slots=True)
class Condition:
    """A requirement, and whether it is expected to hold.

    >>> Condition(StartsWith("zone", "eu-"), expected=False).passes("us-1")
    True
    """

    requirement: Requirement
    expected: bool

    def passes(self, value: str | None) -> bool:
        """Return whether the requirement holds for a value exactly if that is expected.

        None is an absent key.
        """
        # An operator from outside may return what is only true or false in a condition.
        return bool(self.requirement.allows(value)) == self.expected


@dataclass(frozen=True, slots=True)
class Values:
    """A set of values of one key. Absence can be an element, too.

    Attributes:
        absent: whether the key may be absent.
        listed: the values in the set or, if ``others``, the values that are not in the set.
        others: whether the set has all values except the listed ones.
        tests: conditions that a value must also pass; empty unless ``others``.

    >>> values = values_of(GreaterThan("cores", "3"))
    >>> values.has("4"), values.has("3"), values.absent
    (True, False, False)
    """

    absent: bool
    listed: frozenset[str]
    others: bool
    tests: frozenset[Condition] = frozenset()

    def __invert__(self) -> Values:
        """Return the complement. Only of a set without tests."""
        assert not self.tests
        return Values(absent=not self.absent, listed=self.listed, others=not self.others)

    def has(self, value: str) -> bool:
        """Return whether a value is in the set. O(tests)."""
        return (value in self.listed) != self.others and self.passes(value)

    def passes(self, value: str) -> bool:
        """Return whether a value passes the tests, listed or not. O(tests)."""
        return all(test.passes(value) for test in self.tests)


def intersection_of(sets: Sequence[Values], budget: Budget) -> Values:
    """Return the intersection of some sets. O(listed values), times the tests of those left.

    Each test of a listed value is a step. `UndecidedError` if the budget is spent: a text of n
    characters can list n / 4 values of a key and n / 4 tests of it.

    >>> values = [values_of(In("tier", ["web", "db"])), values_of(NotEquals("tier", "db"))]
    >>> intersection_of(values, Budget()).listed
    frozenset({'web'})
    """
    absent = all(values.absent for values in sets)
    tests = frozenset(chain.from_iterable(values.tests for values in sets))
    excluded = frozenset(chain.from_iterable(v.listed for v in sets if v.others))
    finite = [values.listed for values in sets if not values.others]
    if not finite:
        return Values(absent, excluded, others=True, tests=tests)
    left = finite[0].intersection(*finite[1:]) - excluded
    return Values(absent, filter_values(left, tests, budget), others=False)


def filter_values(
    values: frozenset[str], tests: Collection[Condition], budget: Budget
) -> frozenset[str]:
    """Return the values that pass all tests. Each test of a value is a step.

    `UndecidedError` if the budget is spent.
    """
    if not (values and tests):
        return values
    budget.spend(len(values) * len(tests))
    return frozenset(value for value in values if all(test.passes(value) for test in tests))


def values_of(requirement: Requirement, *, expected: bool = True) -> Values:
    """Return the values for which a requirement holds or, unless expected, does not hold.

    >>> values_of(NotEquals("app", "web"))
    Values(absent=True, listed=frozenset({'web'}), others=True, tests=frozenset())
    """
    absent = bool(requirement.allows(None)) == expected
    match requirement:
        case Equals(value=value) | FieldEquals(value=value):
            return Values(absent, frozenset([value]), others=not expected)
        case NotEquals(value=value) | FieldNotEquals(value=value):
            return Values(absent, frozenset([value]), others=expected)
        case In(values=values):
            return Values(absent, values, others=not expected)
        case NotIn(values=values):
            return Values(absent, values, others=expected)
        case Exists() | Contains(value="") | StartsWith(value="") | EndsWith(value=""):
            return Values(absent, frozenset(), others=expected)
        case DoesNotExist():
            return Values(absent, frozenset(), others=not expected)
        case GreaterThan() | LessThan() if _allows_no_number(requirement):
            return Values(absent, frozenset(), others=not expected)
        case _:
            # A Condition is compared without the span of its requirement, so equal tests from
            # two places of a text are one element of the set.
            try:
                tests = frozenset([Condition(requirement, expected)])
            except TypeError as error:
                message = f"{type(requirement).__name__} has a field without a hash: {error}"
                raise TypeError(message) from error
            return Values(absent, frozenset(), others=True, tests=tests)


def values_of_leaf(leaf: Selector) -> tuple[str, Values]:
    """Return the key and the values of a requirement, or of the negation of a requirement."""
    expected = not isinstance(leaf, Not)
    requirement = leaf if expected else leaf.term  # type: ignore[attr-defined]  # a Not has a term
    assert isinstance(requirement, Requirement)
    return requirement.key, values_of(requirement, expected=expected)


def number_range(requirement: Requirement) -> tuple[int, int] | None:
    """Return the least and the greatest number that '>' or '<' allows; None for other kinds.

    The first is greater than the second if the requirement allows no number.

    >>> number_range(LessThan("cores", "-5"))[1]
    -6
    """
    number_range_of = _NUMBER_RANGES.get(type(requirement))
    return number_range_of(requirement.bound) if number_range_of else None  # type: ignore[attr-defined]  # such a class has a bound


def number_bounds(values: Values) -> tuple[int, int] | None:
    """Return the least and the greatest number that passes the tests of a set.

    None if some test is not '>' or '<', or if no test requires a number. The first is greater
    than the second if no number passes.
    """
    least, most = MIN_INT64, MAX_INT64
    is_number = False
    for test in values.tests:
        numbers = number_range(test.requirement)
        if numbers is None:
            return None
        low, high = numbers
        if not test.expected:  # the numbers on the other side of the bound
            above = isinstance(test.requirement, GreaterThan)
            low, high = (least, low - 1) if above else (high + 1, most)
        is_number |= test.expected
        least, most = max(least, low), min(most, high)
    return (least, most) if is_number else None


def _allows_no_number(requirement: Requirement) -> bool:
    """Return whether '>' or '<' has the last number of 64 bits as its bound."""
    numbers = number_range(requirement)
    assert numbers is not None
    return numbers[0] > numbers[1]
