"""`resolve`: an equivalent selector that every engine can answer exactly.

Engines differ in how they compare numbers, match patterns and search in text. So none of them is
asked to: a requirement of such a kind becomes an `In` of those distinct values of its key, as the
engine holds them, that `allows` accepts. What is left is of six kinds: a key has one of some
values, or has not; a key is there, or is not; everything, and nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from typing import Final, TypeAlias

from labelsel.errors import TranslationError, describe, expected, quote, show
from labelsel.limits import MAX_VALUES
from labelsel.negation import without_not
from labelsel.requirements import DoesNotExist, Exists, In, NotIn
from labelsel.selector import (
    And,
    Everything,
    Not,
    Nothing,
    Or,
    Requirement,
    Selector,
    SelectorOrText,
    all_of,
    any_of,
    as_selector,
)
from labelsel.value_sets import Values, values_of_leaf

__all__ = ["ValuesOfKey", "resolve"]

ValuesOfKey: TypeAlias = Callable[[str], Iterable[str | None]]
"""A function from a label key to its distinct values, as an engine holds them; None is ignored."""


VALUES: Final = "list of values"
"""What the error about too many values calls them: its ``target``."""


def resolve(
    selector: SelectorOrText,
    values: ValuesOfKey | None = None,
    *,
    limit: int = MAX_VALUES,
    native: Container[type[Requirement]] = (),
) -> Selector:
    """Return a selector that selects the same and that every engine can answer.

    1. Its leaves are `In` and `NotIn` with at least one value, `Exists`, `DoesNotExist`, and those
       of the classes ``native``, alone or in a `Not`, beside an `Exists`. It has no other `Not`.
    2. The result is exact for the values that were read. A value that comes later is not selected:
       read and query in one transaction where others write.

    Arguments:
        selector: a selector, or the text of a Kubernetes selector.
        values: returns the distinct values of a key. Called once for each key that has a
            requirement for which values must be read (``>``, ``<``, ``=~``, contains, starts with,
            ends with, and any other that is not built in). None (absent) is left out.
        limit: most values that a requirement may be resolved to.
        native: classes of the requirements that the engine answers itself, exactly as
            `Requirement.allows`.

    Returns:
        The selector.

    Raises:
        TranslationError: values must be read, and ``values`` is not given; or more than ``limit``
            are accepted.
        SelectorSyntaxError: a text is not a selector.
        TypeError: the selector is neither a selector nor a text, ``values`` returns something else
            than strings and None, or ``limit`` is not a whole number.

    Complexity:
        O(n log n) for n nodes, and O(d log d) for the d distinct values of each key that is read.

    >>> from labelsel import parse
    >>> str(resolve("cores>3,!gpu", {"cores": ["2", "4", "007", "many"]}.get))
    'cores in (007,4),!gpu'
    """
    if isinstance(limit, bool) or not isinstance(limit, int):
        raise expected("a whole number as limit", limit)
    reader = _Reader(values, limit, native)
    return reader.resolved(without_not(as_selector(selector)))


class _Reader:
    """Resolves the leaves of one selector, and reads the values of each key once."""

    def __init__(
        self, values: ValuesOfKey | None, limit: int, native: Container[type[Requirement]]
    ) -> None:
        self._values = values
        self._limit = limit
        self._native = native
        self._read: dict[str, list[str]] = {}

    def resolved(self, selector: Selector) -> Selector:
        match selector:
            case And(terms):
                return all_of([self.resolved(term) for term in terms])
            case Or(terms):
                return any_of([self.resolved(term) for term in terms])
            case Requirement() | Not():
                return self._leaf(selector)
            case _:
                return selector

    def _leaf(self, leaf: Selector) -> Selector:
        key, values = values_of_leaf(leaf)
        if not values.tests:
            return _of_values(key, values)
        requirement = leaf.term if isinstance(leaf, Not) else leaf
        if type(requirement) in self._native:
            found: Selector = And((Exists(key), leaf))
        else:
            found = _in(key, self._accepted(key, values, requirement))
        return any_of([DoesNotExist(key), found]) if values.absent else found

    def _accepted(self, key: str, values: Values, requirement: Selector) -> list[str]:
        accepted = [value for value in self._values_of(key, requirement) if values.has(value)]
        if len(accepted) > self._limit:
            reason = (
                f"{len(accepted):,} values of the key {quote(key)} are accepted, more than the"
                f" limit of {self._limit:,}; a higher limit makes a longer query"
            )
            raise TranslationError(str(requirement), VALUES, reason)
        return accepted

    def _values_of(self, key: str, requirement: Selector) -> list[str]:
        if self._values is None:
            reason = (
                f"engines differ in what it means, so the distinct values of the key {quote(key)}"
                " must be read first: give a function of the key that returns them, as `values`"
            )
            raise TranslationError(str(requirement), "query", reason)
        if key not in self._read:
            self._read[key] = _distinct(key, self._values(key))
        return self._read[key]


def _distinct(key: str, values: object) -> list[str]:
    """Return distinct strings, in a fixed order; None, the absent label, is left out."""
    if isinstance(values, str) or not isinstance(values, Iterable):
        message = f"values({quote(key)}) must return strings, not {describe(values)}"
        raise TypeError(message)
    distinct = {value for value in values if value is not None}
    for value in distinct:
        if not isinstance(value, str):
            message = f"values({quote(key)}) must return strings, not {show(value)}"
            raise TypeError(message)
    return sorted(distinct)


def _of_values(key: str, values: Values) -> Selector:
    """Return the selector of a set of values without tests, from the six kinds."""
    if values.others:
        found: Selector = NotIn(key, values.listed) if values.listed else Everything()
        return found if values.absent else all_of([Exists(key), found])
    found = _in(key, values.listed)
    return any_of([DoesNotExist(key), found]) if values.absent else found


def _in(key: str, values: Iterable[str]) -> Selector:
    wanted = In(key, values)
    return wanted if wanted.values else Nothing()
