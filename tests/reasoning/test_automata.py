"""Each automaton accepts what its requirement allows, and a search takes the steps that it says."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from labelsel import Contains, EndsWith, GreaterThan, LessThan, Requirement, StartsWith
from labelsel.budget import Budget, UndecidedError
from labelsel.reasoning.automata import _Automaton, _automaton, _Listed, find_passing_value
from labelsel.value_sets import Condition

PARTS = ["", "a", "b", "ab", "aa", "aba", "aab", "abab", "aaab", "abcab", "abacabab"]
BOUNDS = [-(2**63), -100, -99, -70, -10, -9, -1, 0, 1, 6, 7, 9, 10, 69, 70, 99, 100, 2**63 - 1]


def texts(chars: str, size: int) -> Iterator[str]:
    """Yield all texts of so many characters at most."""
    for length in range(size + 1):
        yield from map("".join, product(chars, repeat=length))


def accepts(automaton: _Automaton, text: str) -> bool:
    """Run an automaton. A state that accepts or rejects all longer texts must do so."""
    state: Any = automaton.start
    for char in text:
        before, state = state, automaton.step(state, char)
        if before is None or automaton.accepts_all(before):
            assert automaton.accepts(state) == automaton.accepts(before)
            assert (state is None) == (before is None)
    return automaton.accepts(state)


@pytest.mark.parametrize("kind", [StartsWith, EndsWith, Contains])
@pytest.mark.parametrize("part", PARTS)
def test_parts(kind: type[StartsWith | EndsWith | Contains], part: str) -> None:
    """Of all texts of a few characters, and of some longer ones, those with the part."""
    requirement = kind("k", part)
    automaton = _automaton(requirement)
    longer = [before + part + after for before in texts("abc", 2) for after in ("", "a", "cab")]
    for text in [*texts("abc", 5), *longer]:
        assert accepts(automaton, text) == requirement.allows(text), text


@pytest.mark.parametrize("bound", BOUNDS)
@pytest.mark.parametrize("kind", [GreaterThan, LessThan])
def test_numbers(kind: type[GreaterThan | LessThan], bound: int) -> None:
    """Each spelling of the numbers at and beside the bound, and all short texts."""
    requirement: Requirement = kind("k", str(bound))
    automaton = _automaton(requirement)
    spellings = [
        f"{sign}{zeros}{digits}"
        for number in (*BOUNDS, 2**63, 10**19 - 1, 10**20)
        for digits in {str(abs(number) + step) for step in (-1, 0, 1)}
        for sign in ("", "+", "-", "--")
        for zeros in ("", "0", "0000")
    ]
    for text in [*texts("+-0179a", 3), *spellings]:
        assert accepts(automaton, text) == requirement.allows(text), text


def test_lists() -> None:
    """A list has its own texts, no beginning of one, and no mixture of two."""
    for listed in [(), ("",), ("a",), ("ab",), ("a", "bc"), ("", "ab", "abc", "b"), ("aa", "ac")]:
        automaton = _Listed(frozenset(listed))
        for text in texts("abc", 4):
            assert accepts(automaton, text) == (text in listed), (listed, text)


def conditions(*tests: Requirement) -> list[Condition]:
    """Return conditions that all must hold."""
    return [Condition(test, expected=True) for test in tests]


@pytest.mark.parametrize(
    ("tests", "excluded", "steps"),
    [
        ([], [], 0),  # the empty text is taken at once
        ([], [""], 1),  # one state, one character, one automaton: that of the list
        ([], ["", "a"], 2 * 2),  # "" and a; two characters
        ([StartsWith("k", "a")], [], 0),  # the text that all values contain is tried first
        ([StartsWith("k", "1"), GreaterThan("k", "-100")], [], 0),  # -100 is in no value
        ([StartsWith("k", "a"), Contains("k", "b")], [], 2 * 3 * 3),  # "" and a; three of both
        ([StartsWith("k", "a"), Contains("k", "b")], ["ab"], 4 * 3 * 3),  # and aa, ab
    ],
)
def test_steps(tests: list[Requirement], excluded: list[str], steps: int) -> None:
    """A step is one test of one more character; the budget that is given is the one that pays."""
    budget = Budget(1000)
    found = find_passing_value(conditions(*tests), frozenset(excluded), budget)
    assert found is not None
    assert 1000 - budget.left == steps
    exact = Budget(steps)
    assert find_passing_value(conditions(*tests), frozenset(excluded), exact) == found
    if steps:
        with pytest.raises(UndecidedError):
            find_passing_value(conditions(*tests), frozenset(excluded), Budget(steps - 1))


def test_a_long_part_takes_no_search() -> None:
    """The longest text that all values contain is tried first, whatever stands beside it."""
    long = "ab" * 50_000
    tests = conditions(Contains("k", "b"), StartsWith("k", long), EndsWith("k", "ab"))
    tests.append(Condition(Contains("k", "c" + long), expected=False))
    budget = Budget(1)
    assert find_passing_value(tests, frozenset(), budget) == long
    assert budget.left == 1
