"""`simplify`: an equivalent selector with at most as many nodes and values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import assert_never

from labelsel.budget import Budget, UndecidedError
from labelsel.errors import SelectorLimitError
from labelsel.limits import MAX_COMPARED_TERMS
from labelsel.negation import without_not
from labelsel.reasoning.decide import Goal, is_possible
from labelsel.reasoning.witness import is_empty
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
    require_selector,
)
from labelsel.value_sets import (
    Condition,
    Values,
    filter_values,
    intersection_of,
    number_range,
    values_of,
    values_of_leaf,
)

__all__ = ["simplify", "size_of"]


def simplify(selector: SelectorOrText) -> Selector:
    """Return an equivalent selector that is at most as large.

    1. Requirements on one key become as few as possible. A contradiction becomes `Nothing`, a
       selector that always holds `Everything`.
    2. Negations are pushed down to the requirements if the selector does not grow.
    3. A term that the other terms imply is removed. An And or Or of more than 32 terms keeps its
       terms.
    4. Simplifying the result again returns the same selector.
    5. A part stays as it is if its simplification is not decided within 1,000,000 steps.

    Arguments:
        selector: a selector, or the text of a Kubernetes selector.

    Returns:
        The selector; the given one if none is smaller.

    Raises:
        SelectorSyntaxError: a text is not a selector.
        TypeError: the selector is neither a selector nor a text.

    Complexity:
        O(r log r) for a conjunction of r requirements that list values or compare numbers; for
        others up to 1,000,000 steps for each pass, as in `is_satisfiable`, and there are few
        passes. A step takes some 1.3 µs (``python -m benchmarks.constants per-branch``).

    >>> from labelsel import parse, parse_expression
    >>> str(simplify(parse("tier in (web,db),tier!=db,cores>1,cores>3")))
    'cores>3,tier=web'
    >>> str(simplify(parse_expression("a == 'x' || a == 'y' || a == 'x' && has(b)")))
    'a in (x,y)'
    """
    selector = as_selector(selector)
    # Only a smaller selector replaces the old one: so the loop ends, and rule 4 holds.
    while True:
        try:
            simpler = _simplify(without_not(selector), Budget())
        except SelectorLimitError:  # the new selector would be nested too deep
            return selector
        if size_of(simpler) >= size_of(selector):
            return selector
        selector = simpler


def size_of(selector: Selector) -> int:
    """Return the number of nodes and values in a selector. O(nodes and values).

    An empty list of values or terms counts as one.

    >>> size_of(Exists("a") & In("b", ["x", "y"]))
    5
    """
    match require_selector(selector):
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


def _simplify(selector: Selector, budget: Budget) -> Selector:
    match selector:
        case And(terms):
            return _simplify_and(_simplify_terms(And, terms, budget), budget)
        case Or(terms):
            return _simplify_or(_simplify_terms(Or, terms, budget), budget)
        case _:
            return _simplify_and([selector], budget)


def _simplify_terms(
    node: type[And | Or], terms: Iterable[Selector], budget: Budget
) -> list[Selector]:
    """Return the simplified terms without duplicates, an And in an And as its terms."""
    simplified = (_simplify(term, budget) for term in terms)
    return list(dict.fromkeys(_flatten(node, simplified)))


def _flatten(node: type[And | Or], terms: Iterable[Selector]) -> Iterator[Selector]:
    for term in terms:
        if isinstance(term, node):
            yield from _flatten(node, term.terms)
        else:
            yield term


def _simplify_and(terms: list[Selector], budget: Budget) -> Selector:
    by_key: dict[str, list[Selector]] = {}
    others: list[Selector] = []
    for term in terms:
        requirement = _requirement_of(term)
        if requirement is None:
            others.append(term)
        else:
            by_key.setdefault(requirement.key, []).append(term)
    kept = [_simplify_key(key, parts, budget) for key, parts in by_key.items()]
    joined = all_of([*kept, *others])
    if isinstance(joined, And) and any(isinstance(term, Nothing) for term in joined.terms):
        return Nothing()
    return _drop_implied(joined.terms, budget) if isinstance(joined, And) and others else joined


def _simplify_key(key: str, parts: Sequence[Selector], budget: Budget) -> Selector:
    """Return the smallest conjunction that equals requirements on one key."""
    given = all_of(parts)
    try:
        values = intersection_of([values_of_leaf(part)[1] for part in parts], budget)
        if is_empty(values, budget):
            return Nothing()
        shortest = _selector_of(key, values, budget)
    except UndecidedError:
        return given
    return shortest if size_of(shortest) < size_of(given) else given


def _drop_implied(terms: tuple[Selector, ...], budget: Budget) -> Selector:
    """Return an And without terms that the others imply, and terms of an Or that they exclude."""
    kept = list(terms)
    if len(kept) > MAX_COMPARED_TERMS:
        return And(terms)
    for term in terms:
        rest: list[Goal] = [(other, True) for other in kept if other is not term]
        if _is_impossible([*rest, (term, False)], budget):
            kept = [other for other in kept if other is not term]
        elif isinstance(term, Or):
            left = [
                each for each in term.terms if not _is_impossible([*rest, (each, True)], budget)
            ]
            kept[kept.index(term)] = any_of(left)
    return all_of(kept)  # the next pass makes a Nothing of an And that has one


def _is_impossible(goals: Sequence[Goal], budget: Budget) -> bool:
    return is_possible(goals, budget).truth is False


def _simplify_or(terms: list[Selector], budget: Budget) -> Selector:
    joined = any_of(_merge(terms, budget))
    if not isinstance(joined, Or):
        return joined
    if any(isinstance(term, Everything) for term in joined.terms):
        return Everything()
    if len(joined.terms) > MAX_COMPARED_TERMS:
        return joined
    if _is_impossible([(joined, False)], budget):
        return Everything()
    kept = list(joined.terms)
    for term in joined.terms:
        others = [other for other in kept if other is not term]
        if _is_impossible([(term, True), *((other, False) for other in others)], budget):
            kept = others
    return any_of(kept)


def _merge(terms: Iterable[Selector], budget: Budget) -> Iterator[Selector]:
    """Yield the terms; requirements on one key as one requirement if that is smaller.

    Requirements with tests (`Values.tests`) stay as they are: the union of two such sets is no
    set of this kind.
    """
    by_key: dict[str, list[Requirement]] = {}
    for term in terms:
        if isinstance(term, Requirement) and not values_of(term).tests:
            by_key.setdefault(term.key, []).append(term)
        else:
            yield term
    for key, requirements in by_key.items():
        failing = [values_of(requirement, expected=False) for requirement in requirements]
        values = ~intersection_of(failing, budget)  # takes no step without tests
        shortest, given = _selector_of(key, values, budget), any_of(requirements)
        yield shortest if size_of(shortest) < size_of(given) else given


def _requirement_of(term: Selector) -> Requirement | None:
    """Return the requirement of a leaf or of a negated leaf, None for other terms."""
    if isinstance(term, Not):
        term = term.term
    return term if isinstance(term, Requirement) else None


def _selector_of(key: str, values: Values, budget: Budget) -> Selector:
    """Return a selector that allows the values of a set. Each test of a listed value is a step."""
    listed = values.listed
    if not values.others:
        present = _one_of(key, listed)
        return any_of([DoesNotExist(key), present]) if values.absent else present
    tests = _tightest(values.tests)
    # A value that fails a test is excluded by the test.
    excluded = filter_values(listed, tests, budget)
    parts = [test.requirement if test.expected else Not(test.requirement) for test in tests]
    if not values.absent and all(test.passes(None) for test in tests):
        parts.append(Exists(key))
    return all_of([*parts, _none_of(key, excluded)])


def _one_of(key: str, values: frozenset[str]) -> Selector:
    return In(key, values) if len(values) > 1 else Equals(key, *values) if values else Nothing()


def _none_of(key: str, values: frozenset[str]) -> Selector:
    if len(values) > 1:
        return NotIn(key, values)
    return NotEquals(key, *values) if values else Everything()


def _tightest(tests: Iterable[Condition]) -> list[Condition]:
    """Return the tests in a fixed order; of several lower or upper bounds only the tightest."""
    ordered = sorted(tests, key=lambda test: (str(test.requirement), test.expected))
    bounds = [test for test in ordered if test.expected and number_range(test.requirement)]
    above = [test for test in bounds if isinstance(test.requirement, GreaterThan)]
    below = [test for test in bounds if isinstance(test.requirement, LessThan)]
    tightest = [*sorted(above, key=_bound)[-1:], *sorted(below, key=_bound)[:1]]
    loose = {*bounds}.difference(tightest)
    return [test for test in ordered if test not in loose]


def _bound(test: Condition) -> int:
    assert isinstance(test.requirement, GreaterThan | LessThan)
    return test.requirement.bound
