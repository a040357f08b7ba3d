"""What `simplify` gives is never larger, means the same, and decides the laws of logic."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from labelsel import (
    And,
    Equals,
    Everything,
    In,
    NotEquals,
    Nothing,
    NotIn,
    Or,
    Selector,
    all_of,
    any_of,
    is_equivalent,
    is_satisfiable,
    simplify,
)
from labelsel.negation import without_not
from labelsel.reasoning.simplification import size_of
from tests.evaluators import Labels, evaluate
from tests.expression_strategies import (
    ALL_SELECTORS,
    REGEX_SELECTORS,
    WORLD,
    WORLD_LEAVES,
    WORLD_SELECTORS,
    closed,
)
from tests.strategies import SMALL_KEYS, SMALL_VALUES, label_sets

CONJUNCTIONS: SearchStrategy[Selector] = st.lists(WORLD_LEAVES, max_size=6).map(all_of)
ANY = WORLD_SELECTORS


def decided(one: Selector, other: Selector) -> None:
    """Fail unless it is known that both mean the same, as they stand and simplified."""
    assert is_equivalent(one, other).truth is True
    assert is_equivalent(simplify(one), simplify(other)).truth is True


@given(st.one_of(WORLD_SELECTORS, REGEX_SELECTORS, ALL_SELECTORS))
def test_never_larger_and_done_at_once(selector: Selector) -> None:
    """Nothing grows, and what was simplified once is not simplified further."""
    simpler = simplify(selector)
    assert size_of(simpler) <= size_of(selector)
    assert simplify(simpler) == simpler


@given(st.one_of(WORLD_SELECTORS, REGEX_SELECTORS, CONJUNCTIONS))
def test_the_same_in_the_world(selector: Selector) -> None:
    """The simplified selector selects the same label sets of the closed world."""
    simpler = simplify(selector)
    assert WORLD.selected(simpler) == WORLD.selected(selector)


@given(ALL_SELECTORS, label_sets())
def test_the_same_on_every_evaluator(selector: Selector, sets: list[Labels]) -> None:
    """The simplified selector selects the same, whatever answers it."""
    assert evaluate(simplify(selector), sets) == evaluate(selector, sets)


@given(st.one_of(WORLD_SELECTORS, CONJUNCTIONS))
def test_known_to_be_the_same(selector: Selector) -> None:
    """Without regular expressions logic knows that the simplified selector is the same."""
    assert is_equivalent(simplify(selector), selector).truth is True


@given(st.one_of(WORLD_SELECTORS, CONJUNCTIONS))
def test_nothing_and_everything_are_found(selector: Selector) -> None:
    """What selects nothing becomes `Nothing`, and the negation of that `Everything`."""
    if is_satisfiable(selector).truth is False:
        assert simplify(selector) == Nothing()
    assert simplify(selector & ~selector) == Nothing()
    assert simplify(selector | ~selector) == Everything()
    assert simplify(~(selector & ~selector)) == Everything()


@given(ANY, ANY)
def test_contradictions_and_tautologies_of_two(a: Selector, b: Selector) -> None:
    """Whatever stands beside it, a contradiction selects nothing and a tautology everything."""
    assert simplify(a & b & ~a) == Nothing()
    assert simplify(And((a, And((b, ~a))))) == Nothing()
    assert simplify(a | b | ~a) == Everything()
    assert simplify(Or((a, Or((b, ~a))))) == Everything()


@given(ANY, ANY)
def test_commutativity(a: Selector, b: Selector) -> None:
    """The order of two terms says nothing."""
    decided(a & b, b & a)
    decided(a | b, b | a)


@given(ANY, ANY, ANY)
def test_associativity(a: Selector, b: Selector, c: Selector) -> None:
    """Nor do groups of terms."""
    decided(And((a, And((b, c)))), And((And((a, b)), c)))
    decided(Or((a, Or((b, c)))), Or((Or((a, b)), c)))


@given(ANY)
def test_idempotence(a: Selector) -> None:
    """A term twice is the term, and takes no more room than it."""
    decided(a & a, a)
    decided(a | a, a)
    once = simplify(a)
    assert size_of(simplify(And((once, once)))) <= size_of(without_not(once))
    assert size_of(simplify(Or((once, once)))) <= size_of(without_not(once))


@given(ANY, ANY)
def test_absorption(a: Selector, b: Selector) -> None:
    """A term absorbs what is joined to itself by the other sign."""
    decided(a & (a | b), a)
    decided(a | (a & b), a)


@given(ANY, ANY)
def test_de_morgan(a: Selector, b: Selector) -> None:
    """Not both is one or the other not; neither is both not."""
    decided(~(a & b), ~a | ~b)
    decided(~(a | b), ~a & ~b)
    decided(~~a, a)


@given(ANY, ANY, ANY)
@settings(max_examples=50)  # each takes ten times another law's
def test_distribution(a: Selector, b: Selector, c: Selector) -> None:
    """Each of `&` and `|` spreads over the other."""
    decided(a & (b | c), (a & b) | (a & c))
    decided(a | (b & c), (a | b) & (a | c))


@given(ANY)
def test_neutral_and_absorbing(a: Selector) -> None:
    """`Everything` and `Nothing` are the ends of the scale."""
    decided(And((a, Everything())), a)
    decided(Or((a, Nothing())), a)
    assert simplify(And((a, Nothing()))) == Nothing()
    assert simplify(Or((a, Everything()))) == Everything()


@given(SMALL_KEYS, st.sets(SMALL_VALUES, min_size=1), SMALL_VALUES)
def test_values_of_one_key(key: str, values: set[str], other: str) -> None:
    """Requirements on one key become one where one says the same."""
    joined = values | {other}
    listed: Selector = In(key, joined) if len(joined) > 1 else Equals(key, other)
    unlisted: Selector = NotIn(key, joined) if len(joined) > 1 else NotEquals(key, other)
    pieces = [Equals(key, value) for value in sorted(joined)]
    assert simplify(Or(tuple(pieces))) == (
        listed if len(joined) > 1 else Or(tuple(pieces)).terms[0]
    )
    assert simplify(any_of([In(key, values), Equals(key, other)])) in {listed, In(key, values)}
    assert simplify(all_of([~piece for piece in pieces])) in {unlisted, *(~p for p in pieces)}
    if other not in values:
        assert simplify(In(key, values) & Equals(key, other)) == Nothing()


@pytest.mark.parametrize("node", [And, Or])
@given(ANY)
def test_closed_worlds(node: type[And | Or], a: Selector) -> None:
    """Simplifying within a closed world gives what brute force finds there, however it is said."""
    within = node((a, closed())) if node is And else And((closed(), Or((a, Nothing()))))
    simpler = simplify(within)
    found = WORLD.selected(a) != 0
    assert (simpler != Nothing()) is found
    assert size_of(simpler) <= size_of(within)
