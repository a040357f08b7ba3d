"""An equal selector that is never larger: `simplify`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, assert_never

from labelsel.errors import SelectorLimitError
from labelsel.negation import without_not
from labelsel.reasoning.automata import Condition, number_range
from labelsel.reasoning.budget import Budget, UndecidedError
from labelsel.reasoning.decide import Wanted, possible
from labelsel.reasoning.values import Values, common, passing_all, values_in, values_of
from labelsel.requirements import (
    DoesNotExist,
    Equals,
    Exists,
    GreaterThan,
    In,
    LessThan,
    NotEquals,
    NotIn,
)
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
    sealed,
)

__all__ = ["MAX_COMPARED", "simplify", "size_of"]

MAX_COMPARED: Final = 32
"""Terms of one And or Or that are compared with each other; longer ones are left as they are."""


def simplify(selector: SelectorOrText) -> Selector:
    """Return an equal selector that is as small or smaller.

    1. Requirements on one key become as few as say the same; what contradicts itself becomes
       `Nothing`, what always holds `Everything`.
    2. Negations are pushed down where that does not grow the selector.
    3. Terms that other terms imply are dropped, up to `MAX_COMPARED` terms side by side.
    4. Simplifying again changes nothing.

    What cannot be told within `labelsel.reasoning.MAX_STEPS` stays as it is. O(requirements)
    for a conjunction; for others up to `MAX_STEPS` for each pass, and passes are few.

    >>> from labelsel import parse, parse_expression
    >>> str(simplify(parse("tier in (web,db),tier!=db,cores>1,cores>3")))
    'cores>3,tier=web'
    >>> str(simplify(parse_expression("a == 'x' || a == 'y' || a == 'x' && has(b)")))
    'a in (x,y)'
    """
    selector = as_selector(selector)
    # Only what is smaller counts as simpler: so it ends, never grows, and is idempotent.
    while True:
        try:
            simpler = _simplified(without_not(selector), Budget())
        except SelectorLimitError:  # an Or in place of equal leaves would nest too deep
            return selector
        if size_of(simpler) >= size_of(selector):
            return selector
        selector = simpler


def size_of(selector: Selector) -> int:
    """Return the number of nodes and values in a selector; that there are none counts as one.

    >>> size_of(Exists("a") & In("b", ["x", "y"]))
    5
    """
    match sealed(selector):
        case And(terms) | Or(terms):
            return 1 + (sum(map(size_of, terms)) or 1)
        case Not(term):
            return 1 + size_of(term)
        case In(values=values) | NotIn(values=values):
            return 1 + (len(values) or 1)
        case Exists() | DoesNotExist() | Everything() | Nothing():
            return 1
        case Requirement():
            return 2
        case _ as unreachable:
            assert_never(unreachable)


def _simplified(selector: Selector, budget: Budget) -> Selector:
    match selector:
        case And(terms):
            return _conjunction(_parts(And, terms, budget), budget)
        case Or(terms):
            return _disjunction(_parts(Or, terms, budget), budget)
        case _:
            return _conjunction([selector], budget)


def _parts(node: type[And | Or], terms: Iterable[Selector], budget: Budget) -> list[Selector]:
    """Return the terms simplified, opened where they are of the same node, each one once."""
    simplified = (_simplified(term, budget) for term in terms)
    return list(dict.fromkeys(_opened(node, simplified)))


def _opened(node: type[And | Or], terms: Iterable[Selector]) -> Iterator[Selector]:
    for term in terms:
        if isinstance(term, node):
            yield from _opened(node, term.terms)
        else:
            yield term


def _conjunction(terms: list[Selector], budget: Budget) -> Selector:
    by_key: dict[str, list[Selector]] = {}
    others: list[Selector] = []
    for term in terms:
        requirement = _requirement_in(term)
        if requirement is None:
            others.append(term)
        else:
            by_key.setdefault(requirement.key, []).append(term)
    kept = [_of_key(key, parts, budget) for key, parts in by_key.items()]
    joined = all_of([*kept, *others])
    if isinstance(joined, And) and any(isinstance(term, Nothing) for term in joined.terms):
        return Nothing()
    return _compared_and(joined.terms, budget) if isinstance(joined, And) and others else joined


def _of_key(key: str, parts: Sequence[Selector], budget: Budget) -> Selector:
    """Return the conjunction of requirements on one key, as short as it gets."""
    given = all_of(parts)
    try:
        values = common([values_in(part)[1] for part in parts], budget)
        if values.is_none(budget):
            return Nothing()
        shortest = _selector_of(key, values, budget)
    except UndecidedError:
        return given
    return shortest if size_of(shortest) < size_of(given) else given


def _compared_and(terms: tuple[Selector, ...], budget: Budget) -> Selector:
    """Drop what the other terms imply, and ways of an Or that they rule out."""
    kept = list(terms)
    if len(kept) > MAX_COMPARED:
        return And(terms)
    for term in terms:
        rest: list[Wanted] = [(other, True) for other in kept if other is not term]
        if _impossible([*rest, (term, False)], budget):
            kept = [other for other in kept if other is not term]
        elif isinstance(term, Or):
            open_ways = [way for way in term.terms if not _impossible([*rest, (way, True)], budget)]
            kept[kept.index(term)] = any_of(open_ways)
    return Nothing() if any(isinstance(term, Nothing) for term in kept) else all_of(kept)


def _impossible(wanted: Sequence[Wanted], budget: Budget) -> bool:
    return possible(wanted, budget).truth is False


def _disjunction(terms: list[Selector], budget: Budget) -> Selector:
    joined = any_of(_merged(terms, budget))
    if not isinstance(joined, Or):
        return joined
    if any(isinstance(term, Everything) for term in joined.terms):
        return Everything()
    if len(joined.terms) > MAX_COMPARED:
        return joined
    if _impossible([(joined, False)], budget):
        return Everything()
    kept = list(joined.terms)
    for term in joined.terms:
        others = [other for other in kept if other is not term]
        if _impossible([(term, True), *((other, False) for other in others)], budget):
            kept = others
    return any_of(kept)


def _merged(terms: Iterable[Selector], budget: Budget) -> Iterator[Selector]:
    """Yield the terms, with those on one key and without tests made one where that is shorter."""
    by_key: dict[str, list[Requirement]] = {}
    for term in terms:
        if isinstance(term, Requirement) and not values_of(term).tests:
            by_key.setdefault(term.key, []).append(term)
        else:
            yield term
    for key, requirements in by_key.items():
        failing = [values_of(requirement, wanted=False) for requirement in requirements]
        values = ~common(failing, budget)  # without tests it takes no step
        shortest, given = _selector_of(key, values, budget), any_of(requirements)
        yield shortest if size_of(shortest) < size_of(given) else given


def _requirement_in(term: Selector) -> Requirement | None:
    """Return the requirement that a term is, or is the negation of."""
    if isinstance(term, Not):
        term = term.term
    return term if isinstance(term, Requirement) else None


def _selector_of(key: str, values: Values, budget: Budget) -> Selector:
    """Return a selector for a set of values of one key. Each test of a listed value is a step."""
    listed = values.listed
    if not values.others:
        present = _listing(key, listed)
        return any_of([DoesNotExist(key), present]) if values.absent else present
    tests = _fewest(values.tests)
    # A value that fails a test need not be excluded.
    excluded = passing_all(listed, tests, budget)
    parts = [test.requirement if test.wanted else Not(test.requirement) for test in tests]
    if not values.absent and all(test.passes(None) for test in tests):
        parts.append(Exists(key))
    return all_of([*parts, _unlisting(key, excluded)])


def _listing(key: str, values: frozenset[str]) -> Selector:
    return In(key, values) if len(values) > 1 else Equals(key, *values) if values else Nothing()


def _unlisting(key: str, values: frozenset[str]) -> Selector:
    if len(values) > 1:
        return NotIn(key, values)
    return NotEquals(key, *values) if values else Everything()


def _fewest(tests: Iterable[Condition]) -> list[Condition]:
    """Return the tests in a fixed order; of those that bound a number only the tightest two."""
    ordered = sorted(tests, key=lambda test: (str(test.requirement), test.wanted))
    bounds = [test for test in ordered if test.wanted and number_range(test.requirement)]
    above = [test for test in bounds if isinstance(test.requirement, GreaterThan)]
    below = [test for test in bounds if isinstance(test.requirement, LessThan)]
    tightest = [*sorted(above, key=_bound)[-1:], *sorted(below, key=_bound)[:1]]
    loose = {*bounds}.difference(tightest)
    return [test for test in ordered if test not in loose]


def _bound(test: Condition) -> int:
    assert isinstance(test.requirement, GreaterThan | LessThan)
    return test.requirement.bound
