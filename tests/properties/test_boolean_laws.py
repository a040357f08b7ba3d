"""Selectors obey the laws of logic: an absent key is a value like any other."""

from hypothesis import given

from labelsel import (
    And,
    DoesNotExist,
    Equals,
    Everything,
    Exists,
    In,
    Not,
    NotEquals,
    Nothing,
    NotIn,
    Or,
    Selector,
    all_of,
    any_of,
)
from tests.evaluators import Labels, evaluate, evaluate_all
from tests.strategies import SELECTORS, SMALL_KEYS, SMALL_VALUES, label_sets

SETS = label_sets()


def same(sets: list[Labels], *selectors: Selector) -> None:
    """Fail unless all selectors select the same of the label sets, on every evaluator."""
    first, *others = evaluate_all(selectors, sets)
    assert all(answers == first for answers in others), selectors


@given(SELECTORS, SETS)
def test_negation(a: Selector, sets: list[Labels]) -> None:
    """A negation selects exactly the rest, and twice negated is as before."""
    assert evaluate(~a, sets) == [not answer for answer in evaluate(a, sets)]
    assert ~~a == a or ~a == a.term  # type: ignore[attr-defined]  # a is then a Not itself
    same(sets, a, Not(Not(a)))
    same(sets, a & ~a, Nothing())
    same(sets, a | ~a, Everything())


@given(SELECTORS, SELECTORS, SETS)
def test_de_morgan(a: Selector, b: Selector, sets: list[Labels]) -> None:
    """Not both is one or the other not; neither is both not."""
    same(sets, ~(a & b), ~a | ~b, Not(And((b, a))))
    same(sets, ~(a | b), ~a & ~b, Not(Or((b, a))))


@given(SELECTORS, SELECTORS, SELECTORS, SETS)
def test_order_and_grouping(a: Selector, b: Selector, c: Selector, sets: list[Labels]) -> None:
    """In what order and groups selectors are joined makes no difference."""
    same(sets, a & b, b & a, And((a, b)), all_of([b, a, b]))
    same(sets, a | b, b | a, Or((a, b)), any_of([b, a, b]))
    same(sets, (a & b) & c, a & (b & c), And((a, b, c)))
    same(sets, (a | b) | c, a | (b | c), Or((a, b, c)))


@given(SELECTORS, SELECTORS, SELECTORS, SETS)
def test_distribution_and_absorption(
    a: Selector, b: Selector, c: Selector, sets: list[Labels]
) -> None:
    """Each of `&` and `|` spreads over the other and absorbs it."""
    same(sets, a & (b | c), (a & b) | (a & c))
    same(sets, a | (b & c), (a | b) & (a | c))
    same(sets, a, a & (a | b), a | (a & b), a & a, a | a)


@given(SELECTORS, SETS)
def test_neutral_and_absorbing(a: Selector, sets: list[Labels]) -> None:
    """Everything and Nothing are the ends of the scale."""
    same(sets, a, a & Everything(), a | Nothing(), And((a,)), Or((a,)))
    same(sets, Nothing(), a & Nothing(), Or(()), any_of([]))
    same(sets, Everything(), a | Everything(), And(()), all_of([]))


@given(SMALL_KEYS, SMALL_VALUES, SMALL_VALUES, SETS)
def test_what_the_operators_are_to_each_other(
    key: str, value: str, other: str, sets: list[Labels]
) -> None:
    """Each operator has its negation, and sets are what their values are together."""
    same(sets, ~Equals(key, value), NotEquals(key, value), NotIn(key, [value]))
    same(sets, ~Exists(key), DoesNotExist(key))
    same(sets, In(key, [value, other]), Equals(key, value) | Equals(key, other))
    same(sets, NotIn(key, [value, other]), NotEquals(key, value) & NotEquals(key, other))
    same(sets, ~In(key, [value, other]), NotIn(key, [value, other]))
    same(sets, In(key, []), Nothing())
    same(sets, NotIn(key, []), Everything())
    same(sets, Equals(key, value), Exists(key) & Equals(key, value))
    same(sets, DoesNotExist(key), DoesNotExist(key) & NotEquals(key, value))
