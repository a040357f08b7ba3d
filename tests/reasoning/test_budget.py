"""Where reasoning ends: within its limits it is exact, beyond them unknown, and never wrong."""

from collections.abc import Callable
from itertools import combinations, product
from typing import Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from labelsel import (
    And,
    Answer,
    Contains,
    EndsWith,
    Equals,
    Exists,
    GreaterThan,
    In,
    LessThan,
    Matches,
    NotEquals,
    Nothing,
    Or,
    Requirement,
    Selector,
    StartsWith,
    any_of,
    budget,
    implies,
    is_disjoint,
    is_equivalent,
    is_satisfiable,
    overlaps,
    parse,
    simplify,
)
from labelsel.budget import Budget, UndecidedError
from labelsel.reasoning import MAX_STEPS
from labelsel.reasoning.automata import find_passing_value, has_automaton
from labelsel.reasoning.decide import is_possible
from labelsel.reasoning.simplification import size_of
from labelsel.selector import holds
from labelsel.value_sets import Condition
from tests.expression_strategies import WORLD, WORLD_SELECTORS


def pigeons(number: int, holes: int) -> Selector:
    """Each pigeon sits in a hole, no two in the same: what everybody sees, and logic has to try."""
    keys = [f"p{n}" for n in range(number)]
    values = [f"h{n}" for n in range(holes)]
    apart = [
        Or((NotEquals(one, hole), NotEquals(other, hole)))
        for one, other in combinations(keys, 2)
        for hole in values
    ]
    return And((*(In(key, values) for key in keys), *apart))


@pytest.mark.slow
def test_as_many_ways_as_steps() -> None:
    """Four pigeons in three holes are tried out, ten in nine are not: that answer is unknown."""
    assert is_satisfiable(pigeons(3, 3)).truth is True
    assert is_satisfiable(pigeons(4, 3)).truth is False
    beyond = pigeons(10, 9)
    assert is_satisfiable(beyond).truth is None
    assert overlaps(beyond, Exists("a")).truth is None
    assert is_disjoint(beyond, Exists("a")).truth is None
    assert implies(beyond, Exists("a")).truth is None
    assert is_equivalent(beyond, Nothing()).truth is None


@pytest.mark.slow
def test_beyond_the_limit_simplify_leaves_things_be() -> None:
    """What is not known to be implied stays, and what is known without asking is done."""
    assert simplify(pigeons(4, 3)) == Nothing()
    hard = Or((pigeons(10, 9), Or((Exists("c"), Exists("c")))))
    assert simplify(hard) == Or((pigeons(10, 9), Exists("c")))


def test_a_yes_may_be_found_where_a_no_is_not() -> None:
    """One way that holds is enough, however many there are."""
    many = And(tuple(Or((Exists(f"a{n}"), Exists(f"b{n}"))) for n in range(5_000)))
    answer = is_satisfiable(many)
    assert answer.truth is True
    assert answer.witness is not None
    assert many.matches(answer.witness)


@pytest.mark.parametrize("last", [Or(()), Or((Nothing(),)), Or((parse("a,!a"),))])
def test_an_or_without_a_choice_is_no_branch(last: Selector) -> None:
    """An Or of one term or none decides at once, behind more Ors than there are steps to try."""
    many = (Or((Exists(f"a{n}"), Exists(f"b{n}"))) for n in range(30))
    assert is_satisfiable(And((*many, last))).truth is False


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("a", 5 + 1 + 1),  # a branch, a requirement, a value for its key
        ("a,b", 5 + 3 + 2),
        ("a in (x,y)", 5 + 1 + 1),  # values that are not compared take none
        ("a=x,a=y", 5 + 3 + 2),  # no value is left: no key is looked at
        ("!a", 5 + 1 + 1),  # no value, and its key is looked at
        ("a,!a", 5 + 3),  # both are compared: they list no values
        ("a in (x,y),a=y", 5 + 3 + 3 + 1),  # and here three
        ("a>1,a<3", 5 + 3 + 2 + 1),  # or test two
    ],
)
def test_steps_of_a_question(text: str, steps: int) -> None:
    """Each branch, part, value that is compared and key takes steps."""
    goals = [(parse(text), True)]
    exact = Budget(steps)
    assert is_possible(goals, exact).truth is not None
    assert exact.left == 0
    assert is_possible(goals, Budget(steps - 1)) == Answer(None)


@pytest.mark.slow
def test_simplifying_many_ors_ends() -> None:
    """32 Ors of 32 ways, all to be compared with all, within the limit of one pass."""
    wide = And(tuple(any_of(Contains(f"k{i}", f"x{j}") for j in range(32)) for i in range(32)))
    assert size_of(simplify(wide)) <= size_of(wide)
    hard = Or((*(And((pigeons(5, 4), Exists(f"c{n}"))) for n in range(8)), pigeons(12, 11)))
    assert size_of(simplify(hard)) <= size_of(hard)


@pytest.mark.slow
@pytest.mark.parametrize(
    "selector",
    [
        Contains("a", "xy" * 20_000) & Contains("a", "yx" * 20_000),
        StartsWith("a", "".join(map(chr, range(0x4E00, 0x9FA6)))) & EndsWith("a", "x"),
        Contains("a", "x" * 100_000) & NotEquals("a", "x" * 100_000),
        And(tuple(Contains("a", f"<{n}>") for n in range(300))),
        Contains("a", "x") & NotEquals("a", "x") & NotEquals("a", "y" * 1_000_000),
    ],
    ids=["two long parts", "many letters", "one long part", "many parts", "a long exclusion"],
)
def test_searches_that_are_too_long(selector: Selector) -> None:
    """A search for a value ends, too: with one that fits, or unknown, and never with a no."""
    answer = is_satisfiable(selector)
    assert answer.truth is not False
    assert answer.witness is None or holds(selector, answer.witness)
    assert simplify(selector) != Nothing()


def test_every_character_named() -> None:
    """Where tests name all letters and more, there is still a character that none of them names."""
    for end in (0x4E00, 0x4E20):
        letters = "".join(map(chr, [*range(0x30, 0x7B), *range(0x4E00, end)]))
        selector = And(tuple(~Contains("a", letter) for letter in letters)) & Exists("a")
        assert is_satisfiable(selector & NotEquals("a", "")).witness == {"a": chr(end)}


@given(WORLD_SELECTORS, WORLD_SELECTORS, st.integers(0, 60))
@example(pigeons(3, 2), Exists("a"), 20)
@example(Contains("a", "x") & Contains("a", "y"), Exists("a"), 9)
def test_never_wrong_at_any_limit(one: Selector, other: Selector, steps: int) -> None:
    """However small the limit is, an answer is the exact one or unknown."""
    questions: tuple[Callable[[], Answer], ...] = (
        lambda: is_satisfiable(one), lambda: implies(one, other), lambda: overlaps(one, other),
        lambda: is_equivalent(one, other),
    )  # fmt: skip
    exact = [ask().truth for ask in questions]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(budget, "MAX_STEPS", steps)
        limited = [ask() for ask in questions]
        simpler = simplify(one)
        assert simplify(simpler) == simpler
    assert all(a.truth in {None, truth} for a, truth in zip(limited, exact, strict=True))
    assert all(a.truth is not None or a.witness is None for a in limited)
    assert size_of(simpler) <= size_of(one)
    assert WORLD.selected(simpler) == WORLD.selected(one)


def test_effort_is_counted() -> None:
    """What was spent is gone; one step too many is undecided, then and ever after."""
    left = Budget()
    left.spend(MAX_STEPS)
    for steps in (1, 0):
        with pytest.raises(UndecidedError):
            left.spend(steps)


ALPHABET: Final = "a0123456789+-b"  # b stands for whatever the tests do not name
TEXTS: Final = ["".join(chars) for size in range(4) for chars in product(ALPHABET, repeat=size)]
PART = st.text("a07+-", max_size=3)
BOUND = st.sampled_from(["-70", "-7", "-1", "0", "1", "7", "69", "70", "700", "777", "7000"])
TESTS: SearchStrategy[Requirement] = st.one_of(
    st.builds(StartsWith, st.just("k"), PART),
    st.builds(EndsWith, st.just("k"), PART),
    st.builds(Contains, st.just("k"), PART),
    st.builds(GreaterThan, st.just("k"), BOUND),
    st.builds(LessThan, st.just("k"), BOUND),
)


@given(
    st.lists(st.builds(Condition, TESTS, st.booleans()), max_size=4),
    st.frozensets(st.one_of(PART, st.sampled_from(TEXTS)), max_size=8),
)
def test_passing_values(tests: list[Condition], excluded: frozenset[str]) -> None:
    """A value is found exactly where there is one: of all short texts none shorter passes."""
    found = find_passing_value(tests, excluded)
    fitting = (t for t in TEXTS if t not in excluded and all(test.passes(t) for test in tests))
    shortest = next(fitting, None)
    if found is None:
        assert shortest is None
    else:
        assert found not in excluded
        assert all(test.passes(found) for test in tests)
        assert len(found) == len(shortest) if shortest is not None else len(found) > 3


def test_passing_values_by_hand() -> None:
    """Shortest first, letters before digits before the rest; the empty text where it passes."""
    contains, refuses = (
        Condition(Contains("k", "-"), expected=True),
        Condition(Contains("k", "a"), expected=False),
    )
    assert find_passing_value([], frozenset()) == ""
    assert find_passing_value([], frozenset([""])) == "a"
    assert find_passing_value([refuses], frozenset(["", "b"])) == "c"
    assert find_passing_value([contains], frozenset()) == "-"
    assert find_passing_value([contains], frozenset(["-"])) == "a-"
    assert find_passing_value([contains, refuses], frozenset(["-"])) == "b-"
    both = [
        Condition(StartsWith("k", "ab"), expected=True),
        Condition(StartsWith("k", "ac"), expected=True),
    ]
    assert find_passing_value(both, frozenset()) is None


def test_tests_of_unknown_kinds_are_undecided() -> None:
    """No automaton stands for a regular expression: who asks for a value is told so."""
    unknown = Condition(Matches("k", "x+"), expected=True)
    assert not has_automaton(unknown.requirement)
    with pytest.raises(UndecidedError):
        find_passing_value([unknown], frozenset())
    assert Condition(Equals("k", "x"), expected=True).passes("x")
    assert not Condition(Equals("k", "x"), expected=True).passes(None)
