"""A value of a set of values, or the proof that the set has none: `find_value`, `is_empty`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, count

from labelsel.budget import Budget, UndecidedError
from labelsel.reasoning.automata import find_passing_value, has_automaton
from labelsel.value_sets import Condition, Values, number_bounds

__all__ = ["find_value", "is_empty"]


def is_empty(values: Values, budget: Budget) -> bool:
    """Return whether a set has no element: no value, and not absence.

    `UndecidedError` if that is unknown, or not found out within the budget.

    >>> from labelsel.requirements import GreaterThan
    >>> from labelsel.value_sets import values_of
    >>> is_empty(values_of(GreaterThan("cores", "3")), Budget())
    False
    """
    return not values.absent and find_value(values, budget) is None


def find_value(values: Values, budget: Budget) -> str | None:
    """Return a value of a set, None if it has none; a legal label value if it has one.

    `UndecidedError` if a test is of a kind that no automaton decides, or if the budget is spent.

    >>> from labelsel.requirements import NotEquals
    >>> from labelsel.value_sets import values_of
    >>> find_value(values_of(NotEquals("app", "a")), Budget())
    'b'
    """
    if not values.others:
        return min(values.listed, default=None)
    if not values.tests:
        return next(value for value in _new_values() if value not in values.listed)
    refused = {test.requirement for test in values.tests if not test.expected}
    if any(test.expected and test.requirement in refused for test in values.tests):
        return None
    numbers = number_bounds(values)
    if numbers is None:
        return _search(values.tests, values.listed, budget)
    return next((text for text in _spell_numbers(*numbers) if text not in values.listed), None)


def _new_values() -> Iterator[str]:
    return chain("abcdefghijklmnopqrstuvwxyz", (f"v{number}" for number in count()))


def _spell_numbers(least: int, most: int) -> Iterator[str]:
    """Yield texts of the whole numbers in a range: without end, unless the range is empty.

    Numbers from 0 up come first: they are legal label values, and "-1" is not. When all numbers
    are used, the one nearest to zero is repeated with more and more leading zeros, from none on.
    """
    if least > most:
        return
    if most >= 0:
        yield from map(str, range(max(least, 0), most + 1))
        sign, start = "", max(least, 0)
    else:
        yield from map(str, range(most, least - 1, -1))
        sign, start = "-", -most
    yield from map(f"{sign}{{}}{start}".format, map("0".__mul__, count()))


def _search(tests: frozenset[Condition], excluded: frozenset[str], budget: Budget) -> str | None:
    """Return a value that passes all tests, some of which may have no automaton.

    A value that passes the tests with an automaton often passes the others, too. If it does
    not, the answer is unknown.
    """
    decidable = [test for test in tests if has_automaton(test.requirement)]
    value = find_passing_value(decidable, excluded, budget)
    if value is not None and not all(test.passes(value) for test in tests):
        raise UndecidedError
    return value
