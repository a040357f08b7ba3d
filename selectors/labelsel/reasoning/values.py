"""What one key may be: the set of values, and absence, that a selector leaves open for it.

Every requirement is such a set, and so is every conjunction of requirements on one key:
values listed, or all values but some listed ones, or all of those that pass tests which no
list can stand for (whole numbers in a range, beginnings, ends, parts, regular expressions).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, count

from labelsel.reasoning.automata import Condition, number_range, passing_value
from labelsel.reasoning.budget import Budget, UndecidedError
from labelsel.requirements import (
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

__all__ = ["Values", "common", "number_bounds", "passing_all", "values_in", "values_of"]


@dataclass(frozen=True, slots=True)
class Values:
    """A set of values of one key, absence among them or not.

    Attributes:
        absent: whether the key may be absent.
        listed: the values there are or, with ``others``, the values there are not.
        others: whether all values are in the set but the listed ones.
        tests: what a value has to pass besides; empty without ``others``.
    """

    absent: bool
    listed: frozenset[str]
    others: bool
    tests: frozenset[Condition] = frozenset()

    def __invert__(self) -> Values:
        """Return what is not in it. Only of a set without tests."""
        assert not self.tests
        return Values(absent=not self.absent, listed=self.listed, others=not self.others)

    def has(self, value: str) -> bool:
        """Return whether a value is in the set."""
        return (value in self.listed) != self.others and self.passes(value)

    def passes(self, value: str) -> bool:
        """Return whether a value passes the tests, listed or not."""
        return all(test.passes(value) for test in self.tests)

    def is_none(self, budget: Budget) -> bool:
        """Return whether nothing is in it: no value, and not absence.

        Raises `UndecidedError` where that is not known, or not within the budget.
        """
        return not self.absent and self.value(budget) is None

    def value(self, budget: Budget) -> str | None:
        """Return a value of the set, None where it has none; a legal label where it can be.

        Raises `UndecidedError` where tests of an unknown kind stand in the way, or where the
        budget is spent.
        """
        if not self.others:
            return min(self.listed, default=None)
        if not self.tests:
            return next(value for value in _fresh() if value not in self.listed)
        refused = {test.requirement for test in self.tests if not test.wanted}
        if refused and any(test.wanted and test.requirement in refused for test in self.tests):
            return None
        numbers = number_bounds(self)
        if numbers is None:
            return _searched(self.tests, self.listed, budget)
        return next((text for text in _spellings(*numbers) if text not in self.listed), None)


def common(sets: Sequence[Values], budget: Budget) -> Values:
    """Return what is in all of the sets. O(values listed), times the tests for those left.

    Each test of a listed value is a step. Raises `UndecidedError` where the budget is spent: a
    text of n characters can list n / 4 values of a key beside n / 4 tests of it.
    """
    absent = all(values.absent for values in sets)
    tests = frozenset(chain.from_iterable(values.tests for values in sets))
    excluded = frozenset(chain.from_iterable(v.listed for v in sets if v.others))
    finite = [values.listed for values in sets if not values.others]
    if not finite:
        return Values(absent, excluded, others=True, tests=tests)
    left = finite[0].intersection(*finite[1:]) - excluded
    return Values(absent, passing_all(left, tests, budget), others=False)


def passing_all(
    values: frozenset[str], tests: Collection[Condition], budget: Budget
) -> frozenset[str]:
    """Return the values that pass all tests. Each test of a value is a step."""
    if not (values and tests):
        return values
    budget.spend(len(values) * len(tests))
    return frozenset(value for value in values if all(test.passes(value) for test in tests))


def values_of(requirement: Requirement, *, wanted: bool = True) -> Values:
    """Return the values with which the requirement holds or, unless wanted, does not."""
    absent = requirement.allows(None) == wanted
    match requirement:
        case Equals(value=value) | FieldEquals(value=value):
            return Values(absent, frozenset([value]), others=not wanted)
        case NotEquals(value=value) | FieldNotEquals(value=value):
            return Values(absent, frozenset([value]), others=wanted)
        case In(values=values):
            return Values(absent, values, others=not wanted)
        case NotIn(values=values):
            return Values(absent, values, others=wanted)
        case Exists() | Contains(value="") | StartsWith(value="") | EndsWith(value=""):
            return Values(absent, frozenset(), others=wanted)
        case DoesNotExist():
            return Values(absent, frozenset(), others=not wanted)
        case GreaterThan() | LessThan() if _is_beyond(requirement):
            return Values(absent, frozenset(), others=not wanted)
        case _:
            # The span takes no part in equality, and so not in what is kept of it.
            tests = frozenset([Condition(requirement, wanted)])
            return Values(absent, frozenset(), others=True, tests=tests)


def number_bounds(values: Values) -> tuple[int, int] | None:
    """Return the least and the greatest number that passes the tests, where all are about numbers.

    None where other tests stand among them, or none asks for a number. The first is greater
    than the second where no number passes.
    """
    least, most = -(2**63), 2**63 - 1
    is_number = False
    for test in values.tests:
        numbers = number_range(test.requirement)
        if numbers is None:
            return None
        low, high = numbers
        if not test.wanted:  # of the whole numbers those on the other side of the bound
            above = isinstance(test.requirement, GreaterThan)
            low, high = (least, low - 1) if above else (high + 1, most)
        is_number |= test.wanted
        least, most = max(least, low), min(most, high)
    return (least, most) if is_number else None


def values_in(leaf: Selector) -> tuple[str, Values]:
    """Return the key and the values of a requirement, or of the negation of one."""
    wanted = not isinstance(leaf, Not)
    requirement = leaf if wanted else leaf.term  # type: ignore[attr-defined]  # a Not has a term
    assert isinstance(requirement, Requirement)
    return requirement.key, values_of(requirement, wanted=wanted)


def _is_beyond(requirement: Requirement) -> bool:
    """Whether a bound is the last number of 64 bits, with none behind it."""
    numbers = number_range(requirement)
    return numbers is not None and numbers[0] > numbers[1]


def _fresh() -> Iterator[str]:
    return chain("abcdefghijklmnopqrstuvwxyz", (f"v{number}" for number in count()))


def _spellings(least: int, most: int) -> Iterator[str]:
    """Yield texts of the whole numbers in a range: without end, unless it is empty.

    Numbers from 0 up come first: they are legal label values, which "-1" is not.
    """
    if least > most:
        return
    if most >= 0:
        yield from map(str, range(max(least, 0), most + 1))
        sign, start = "", max(least, 0)
    else:
        yield from map(str, range(most, least - 1, -1))
        sign, start = "-", -most
    yield from map(f"{sign}{{}}{start}".format, map("0".__mul__, count(1)))


def _searched(tests: frozenset[Condition], excluded: frozenset[str], budget: Budget) -> str | None:
    """Return a value that passes the tests, also beside some that no automaton knows."""
    known = [test for test in tests if test.is_known]
    value = passing_value(known, excluded, budget)
    if value is not None and not all(test.passes(value) for test in tests):
        raise UndecidedError
    return value
