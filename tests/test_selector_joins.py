"""Selectors joined by `&`, `|`, `~`, `all_of` and `any_of`, and how deep they may become."""

import copy
import operator
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from labelsel import (
    And,
    Equals,
    Everything,
    Exists,
    FieldEquals,
    LabelIndex,
    Not,
    Nothing,
    Or,
    Selector,
    SelectorLimitError,
    all_of,
    any_of,
)
from labelsel.limits import MAX_SELECTOR_DEPTH
from labelsel.selector import holds

A, B, C = Exists("a"), Exists("b"), Exists("c")

JOINED: list[tuple[Selector, Selector]] = [
    (A & B, And((A, B))),
    (B & A, And((A, B))),
    (A & B & C, And((A, B, C))),
    (C & (B & A), And((A, B, C))),
    (A & Everything(), A),
    (Everything() & Everything(), Everything()),
    (A & Nothing(), And((A, Nothing()))),
    (A & (B | C), And((A, Or((B, C))))),
    ((B | C) & ~A & A, And((A, Or((B, C)), Not(A)))),
    (A | B, Or((A, B))),
    (B | A, Or((B, A))),
    (A | B | C, Or((A, B, C))),
    (A | Nothing(), A),
    (Nothing() | Nothing(), Nothing()),
    (A | Everything(), Or((A, Everything()))),
    # What was not made by joining is opened, and what adds nothing is dropped.
    (A & And(()), A),
    (And(()) & And(()), Everything()),
    (And(()) & A & And((B, Everything())), And((A, B))),
    (A & And((And((C,)), B)), And((A, B, C))),
    (A | Or(()), A),
    (Or(()) | Or((Nothing(),)), Nothing()),
    (Or((Nothing(),)) | A | Or((B, Nothing())), Or((A, B))),
    (A & Or(()), And((A, Or(())))),
    (A | And(()), Or((A, And(())))),
    (~A, Not(A)),
    (~~A, A),
    (~~~A, Not(A)),
    (~(A & B), Not(And((A, B)))),
    (all_of([]), Everything()),
    (all_of([A]), A),
    (all_of([And(()), And((B, And((A,))))]), And((A, B))),
    (all_of(iter([B, A])), And((A, B))),
    (all_of([Equals("a", "2"), C, Equals("a", "1")]), And((Equals("a", "2"), Equals("a", "1"), C))),
    (all_of([FieldEquals("b", "1"), FieldEquals("a", "1"), C]),
     And((C, FieldEquals("b", "1"), FieldEquals("a", "1")))),
    (all_of([A, B | C]), And((A, Or((B, C))))),
    (any_of([A, And((B, C))]), Or((A, And((B, C))))),
    (any_of([]), Nothing()),
    (any_of([A]), A),
    (any_of([Or(()), Or((B, A)), C]), Or((B, A, C))),
    (any_of(iter([B, A])), Or((B, A))),
]  # fmt: skip


@pytest.mark.parametrize(("made", "expected"), JOINED)
def test_joining(made: Selector, expected: Selector) -> None:
    """`&`, `|`, `~`, `all_of` and `any_of` give the canonical form, as deep as it looks."""
    assert made.depth == expected.depth
    assert made == expected


def nested(depth: int) -> Selector:
    """Return a requirement below so many And, Or and Not."""
    selector: Selector = A
    for level in range(depth):
        selector = (Not(selector), And((selector, B)), Or((C, selector)))[level % 3]
    return selector


def test_depth() -> None:
    """Depth counts the levels; a selector at the limit works in every way there is."""
    some = (A, Everything(), Not(A), And(()), And((A, Or((B, ~C)))))
    assert [selector.depth for selector in some] == [0, 0, 1, 1, 3]
    deepest = nested(MAX_SELECTOR_DEPTH)
    assert deepest.depth == MAX_SELECTOR_DEPTH
    again = pickle.loads(pickle.dumps(deepest))  # noqa: S301  # our own bytes
    assert again == deepest
    assert hash(again) == hash(deepest)
    assert str(copy.deepcopy(deepest)) == str(deepest)
    assert len(repr(deepest)) > MAX_SELECTOR_DEPTH
    answer = holds(deepest, {"a": ""})
    assert deepest.matches({"a": ""}) is answer
    assert LabelIndex({1: {"a": ""}}).count(deepest) == answer


@pytest.mark.parametrize("above", [Not, lambda s: And((A, s)), lambda s: Or((s,))])
def test_the_limit_of_depth(above: Callable[[Selector], Selector]) -> None:
    """One level more is an error of ours, long before Python's own limit."""
    with pytest.raises(SelectorLimitError, match="at most 100 deep"):
        above(nested(MAX_SELECTOR_DEPTH))


def test_joining_in_a_loop_stays_flat() -> None:
    """Only changing between `&` and `|` makes a selector deep, not using one of them often."""
    conjunction, disjunction = all_of([]), any_of([])
    for number in range(300):
        conjunction &= Exists(f"k{number}")
        disjunction |= Exists(f"k{number}")
    assert (conjunction.depth, disjunction.depth) == (1, 1)
    alternating: Selector = A
    for _ in range(MAX_SELECTOR_DEPTH // 2):
        alternating = (alternating & B) | C
    with pytest.raises(SelectorLimitError):
        alternating & B


@pytest.mark.parametrize("join", [operator.and_, operator.or_])
def test_what_is_joined_is_shared_and_then_let_go(join: Callable[[Any, Any], Any]) -> None:
    """A loop does not open again what it joined; with the terms there, nothing is kept beside."""
    first = join(A, B)
    joined = join(first, C)
    assert joined._parts == (first, C)
    assert joined._parts[0] is first
    again = join(joined, A)
    assert again._parts[0] is joined
    whole = {operator.and_: all_of, operator.or_: any_of}[join]([A, B])
    assert join(whole, C)._parts[0] is whole
    assert len(joined.terms) == 3
    assert joined._parts is None


@pytest.mark.parametrize(
    ("join", "nothing", "kind"),
    [(operator.and_, Everything(), And), (operator.or_, Nothing(), Or)],
)
def test_what_adds_nothing(join: Callable[[Any, Any], Any], nothing: Selector, kind: Any) -> None:
    """What is joined with it stays the same object if it is canonical, and is opened if not."""
    for one in (A, join(A, B)):
        assert join(one, nothing) is one
        assert join(nothing, one) is one
    for more in ((), (nothing,)):
        assert join(kind((kind((A, B)), *more)), nothing) == kind((A, B))
        assert join(kind((A, *more)), nothing) == A


def test_who_comes_late_finds_the_terms() -> None:
    """Another thread may put the terms together between two lines of `__getattr__`."""
    joined: Any = A & B
    terms = joined.terms
    assert joined._parts is None
    assert joined.__getattr__("terms") is terms


def test_a_node_without_its_fields() -> None:
    """As `copy` and `pickle` make it: what is not there is an AttributeError."""
    bare = object.__new__(And)
    for name in ("terms", "_parts", "depth", "nonsense"):
        assert not hasattr(bare, name)


@pytest.mark.parametrize("other", [5, None, {}])
def test_what_cannot_be_joined(other: object) -> None:
    """Python says so, after it has asked the other object, on whichever side that stands."""
    for join in (operator.and_, operator.or_):
        for operands in ((A, other), (other, A)):
            with pytest.raises(TypeError, match="unsupported operand type"):
                join(*operands)
