"""What reasoning answers is so: brute force over a small closed world never says otherwise."""

import re
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from labelsel import (
    And,
    Answer,
    DoesNotExist,
    Equals,
    GreaterThan,
    In,
    LessThan,
    Not,
    NotEquals,
    Requirement,
    Selector,
    all_of,
    any_of,
    implies,
    is_disjoint,
    is_equivalent,
    is_satisfiable,
    overlaps,
)
from labelsel.labels import parse_int64
from tests.brute_force import BruteForce
from tests.expression_strategies import (
    NUMBERS,
    REGEX_SELECTORS,
    WORLD,
    WORLD_LEAVES,
    WORLD_SELECTORS,
    bounds,
    closed,
)


class Question(NamedTuple):
    """A question about two selectors, and what brute force has to look for.

    Attributes:
        ask: the question.
        shows: the label sets that show it, given those that one and the other selector select,
            as the bits of a `BruteForce`.
        yes: whether there being such labels is a yes.
    """

    ask: Callable[[Selector, Selector], Answer]
    shows: Callable[[int, int], int]
    yes: bool


QUESTIONS: Final = {
    "is_satisfiable": Question(lambda one, _: is_satisfiable(one), lambda a, _: a, yes=True),
    "overlaps": Question(overlaps, lambda a, b: a & b, yes=True),
    "is_disjoint": Question(is_disjoint, lambda a, b: a & b, yes=False),
    "implies": Question(implies, lambda a, b: a & ~b, yes=False),
    "is_equivalent": Question(is_equivalent, lambda a, b: a ^ b, yes=False),
}
EACH = pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)

CONJUNCTIONS: SearchStrategy[Selector] = st.lists(WORLD_LEAVES, max_size=5).map(all_of)
CLOSED: Final = closed()


def check(
    question: Question,
    one: Selector,
    other: Selector,
    world: BruteForce = WORLD,
    *,
    exact: bool = False,
) -> Answer:
    """Fail where the answer contradicts the world, or where its witness shows nothing.

    With ``exact`` the world is all there is: what is not in it, is not.
    """
    answer = question.ask(one, other)
    if answer.truth is None:
        assert answer.witness is None
        return answer
    there_is = answer.truth == question.yes
    if there_is:
        assert answer.witness is not None
        assert _found(question, one, other, BruteForce([answer.witness]))
    else:
        assert answer.witness is None
    if exact or not there_is:
        assert _found(question, one, other, world) == there_is, f"{one!r}, {other!r}: {answer}"
    return answer


def _found(question: Question, one: Selector, other: Selector, world: BruteForce) -> bool:
    return question.shows(world.selected(one), world.selected(other)) != 0


@EACH
@given(CONJUNCTIONS, CONJUNCTIONS)
def test_conjunctions(question: Question, one: Selector, other: Selector) -> None:
    """Of two conjunctions the answer is known and so."""
    assert check(question, one, other).truth is not None


@EACH
@given(WORLD_SELECTORS, WORLD_SELECTORS)
def test_any_trees(question: Question, one: Selector, other: Selector) -> None:
    """Of any trees over every leaf but regular expressions the answer is known and so."""
    assert check(question, one, other).truth is not None


@EACH
@given(REGEX_SELECTORS, REGEX_SELECTORS)
def test_trees_with_regular_expressions(question: Question, one: Selector, other: Selector) -> None:
    """With regular expressions it may be unknown, and only with them; it is never wrong."""
    answer = check(question, one, other)
    assert answer.truth is not None or "=~" in f"{one}{other}"


@EACH
@given(WORLD_SELECTORS, WORLD_SELECTORS)
def test_within_the_closed_world(question: Question, one: Selector, other: Selector) -> None:
    """Where both keep to the world, logic and brute force say the same, both ways."""
    answer = check(question, And((CLOSED, one)), And((other, CLOSED)), exact=True)
    assert answer.truth is not None


@EACH
@given(REGEX_SELECTORS, REGEX_SELECTORS)
def test_regular_expressions_within_the_closed_world(
    question: Question, one: Selector, other: Selector
) -> None:
    """Of values that are listed even a regular expression is decided: by asking it."""
    answer = check(question, And((CLOSED, one)), And((other, CLOSED)), exact=True)
    assert answer.truth is not None


EDGES: Final = (
    -(2**63), -(2**63) + 1, -1000, -10, -9, -1, 0, 1, 6, 7, 8, 9, 10, 99, 100, 2**63 - 2, 2**63 - 1,
)  # fmt: skip
EDGE_BOUNDS: SearchStrategy[Requirement] = st.builds(
    lambda node, bound: node("n", str(bound)),
    st.sampled_from([GreaterThan, LessThan]),
    st.one_of(st.sampled_from(EDGES), st.integers(-20, 20)),
)
SPELLINGS: SearchStrategy[str] = st.builds(
    lambda number, sign, zeros: re.sub("^[+-]?", lambda had: (had[0] or sign) + zeros, str(number)),
    st.one_of(st.sampled_from(EDGES), st.integers(-20, 20)),
    st.sampled_from(["", "+"]),
    st.sampled_from(["", "", "0", "00"]),
)
"""Whole numbers in each way that they are written."""


def allowed(tests: Sequence[Selector]) -> tuple[int, int]:
    """Return the least and greatest number that bounds and negations of bounds allow."""
    least, most = -(2**63), 2**63 - 1
    for test in tests:
        bound = test.term if isinstance(test, Not) else test
        assert isinstance(bound, GreaterThan | LessThan)
        if isinstance(bound, GreaterThan) == isinstance(test, Not):
            most = min(most, bound.bound - (not isinstance(test, Not)))
        else:
            least = max(least, bound.bound + (not isinstance(test, Not)))
    return least, most


@given(
    st.lists(EDGE_BOUNDS, min_size=1, max_size=3),
    st.lists(EDGE_BOUNDS.map(Not), max_size=3),
    st.lists(SPELLINGS, max_size=4),
)
@example([GreaterThan("n", "6"), LessThan("n", "8")], [], ["7", "07", "007"])
@example([GreaterThan("n", str(2**63 - 2))], [], [str(2**63 - 1)])
@example([LessThan("n", str(-(2**63)))], [], [])
@example([LessThan("n", "5")], [Not(LessThan("n", "4"))], ["4", "04"])
def test_numbers(wanted: list[Requirement], refused: list[Selector], excluded: list[str]) -> None:
    """There is a number where bounds leave room for one: it has spellings without end.

    "7", "007" and "+7" are three values, so excluding some of them excludes no number.
    """
    selector = all_of([*wanted, *refused, *(NotEquals("n", value) for value in excluded)])
    least, most = allowed([*wanted, *refused])
    answer = is_satisfiable(selector)
    assert answer.truth is (least <= most)
    if answer.witness is not None:
        number = parse_int64(answer.witness["n"])
        assert number is not None
        assert least <= number <= most
        assert answer.witness["n"] not in excluded


@given(
    st.lists(st.one_of(EDGE_BOUNDS, EDGE_BOUNDS.map(Not)), max_size=4),
    st.sets(st.one_of(SPELLINGS, st.sampled_from(NUMBERS)), min_size=1, max_size=6),
    st.booleans(),
)
def test_listed_numbers(tests: list[Selector], values: set[str], absent: bool) -> None:  # noqa: FBT001
    """Of listed spellings exactly those within the bounds are left, and absence where it may be."""
    listed: list[Selector] = [In("n", values), *([DoesNotExist("n")] if absent else [])]
    world = BruteForce([{}, *({"n": value} for value in sorted(values))])
    selector = And((any_of(listed), *tests))
    check(QUESTIONS["is_satisfiable"], selector, selector, world, exact=True)
    for value in values:
        check(QUESTIONS["overlaps"], selector, Equals("n", value), world, exact=True)


@given(bounds(st.just("n")), bounds(st.just("n")))
def test_two_bounds(one: Requirement, other: Requirement) -> None:
    """Of two bounds one implies the other exactly where its range lies in the other's."""
    (low, high), (least, most) = allowed([one]), allowed([other])
    assert implies(one, other).truth is (low > high or (least <= low and high <= most))
    assert overlaps(one, other).truth is (max(low, least) <= min(high, most))


@given(WORLD_SELECTORS, WORLD_SELECTORS)
def test_questions_agree_with_each_other(one: Selector, other: Selector) -> None:
    """The same is said in different words: disjoint, implying the negation, equal both ways."""
    assert is_disjoint(one, other).truth is not overlaps(one, other).truth
    assert is_disjoint(one, other).truth is implies(one, ~other).truth
    assert implies(one, other).truth is (not is_satisfiable(one & ~other))
    both_ways = implies(one, other).truth and implies(other, one).truth
    assert is_equivalent(one, other).truth is both_ways
    assert implies(one, other).truth is implies(~other, ~one).truth


@given(WORLD_SELECTORS, WORLD_SELECTORS)
def test_the_same_answer_each_time(one: Selector, other: Selector) -> None:
    """Answers and witnesses hang on the selectors alone, not on what was asked before."""
    first = [question.ask(one, other) for question in QUESTIONS.values()]
    again = [question.ask(one, other) for question in QUESTIONS.values()]
    assert first == again
