"""A value that passes tests which no list of values can express, or the proof that none does.

"Starts with eu-, does not contain x, is no number above 5, and is not 'eu-1'": each of these
tests is a finite automaton over characters. All automata run side by side from the empty text
on, breadth first, and the first text that passes all tests is the shortest witness. If the
search ends without a text, no value passes: the answer is exact in both cases.
"""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter
from typing import Any, Final

from labelsel.budget import Budget, UndecidedError
from labelsel.requirements import Contains, EndsWith, GreaterThan, LessThan, StartsWith
from labelsel.selector import Requirement
from labelsel.value_sets import Condition, number_range

__all__ = ["find_passing_value", "has_automaton"]

_DIGITS: Final = "0123456789"
_ORDINARY: Final = "abcdefghijklmnopqrstuvwxyz" + _DIGITS
_KINDS: Final = (StartsWith, EndsWith, Contains, GreaterThan, LessThan)


def has_automaton(requirement: Requirement) -> bool:
    """Return whether there is an automaton for a requirement.

    >>> has_automaton(StartsWith("zone", "eu-"))
    True
    """
    return isinstance(requirement, _KINDS)


def find_passing_value(
    tests: Collection[Condition], excluded: frozenset[str], budget: Budget | None = None
) -> str | None:
    """Return a value that passes all tests and is not excluded, None if there is none.

    The shortest one, and of several the first in the order of letters, digits, then other
    characters: a legal label value if one is as short. A step is one test of one more character.

    `UndecidedError` if the budget is spent, or if a test has no automaton (`has_automaton`).

    >>> tests = [Condition(StartsWith("k", "eu-"), True), Condition(EndsWith("k", "-1"), True)]
    >>> find_passing_value(tests, frozenset(["eu-1"]))
    'eu--1'
    """
    budget = budget or Budget()
    longest = max((_required_text(test) for test in tests), key=len, default="")
    if longest not in excluded and all(test.passes(longest) for test in tests):
        return longest  # every value that passes contains this text, so none is shorter
    runs = [_Run(_automaton(test.requirement), test.expected) for test in tests]
    runs.append(_Run(_Listed(excluded), expected=False))
    start = tuple(run.automaton.start for run in runs)
    seen: set[tuple[Any, ...]] = {start}
    queue: deque[tuple[tuple[Any, ...], str]] = deque([(start, "")])
    alphabet = _alphabet(runs)
    while queue:
        states, text = queue.popleft()
        if all(run.accepts(state) for run, state in zip(runs, states, strict=True)):
            return text
        budget.spend(len(alphabet) * len(runs))
        for char in alphabet:
            after = tuple(
                run.automaton.step(state, char) for run, state in zip(runs, states, strict=True)
            )
            if after in seen or any(
                run.is_dead(state) for run, state in zip(runs, after, strict=True)
            ):
                continue
            seen.add(after)
            queue.append((after, text + char))
    return None


class _Automaton(ABC):
    """A deterministic automaton. A state is any hashable object; None rejects every longer text."""

    start: Hashable = 0
    chars = ""

    @abstractmethod
    def step(self, state: Any, char: str) -> Hashable:
        """Return the state after one more character. O(1), or O(log n) for n listed texts."""

    @abstractmethod
    def accepts(self, state: Any) -> bool:
        """Return whether the text that leads to a state is accepted."""

    def accepts_all(self, state: Any) -> bool:  # noqa: ARG002  # False for most automata
        """Return whether every longer text is accepted, too."""
        return False


@dataclass(frozen=True, slots=True)
class _Run:
    """An automaton, and whether it is expected to accept."""

    automaton: _Automaton
    expected: bool

    def accepts(self, state: Hashable) -> bool:
        return self.automaton.accepts(state) == self.expected

    def is_dead(self, state: Hashable) -> bool:
        """Return whether no longer text can give the expected answer."""
        return state is None if self.expected else self.automaton.accepts_all(state)


class _Prefix(_Automaton):
    """Texts that start with a prefix. The state is how many characters of the prefix were read."""

    def __init__(self, part: str) -> None:
        self.chars = part

    def step(self, state: int | None, char: str) -> int | None:
        if state is None or state == len(self.chars):
            return state
        return state + 1 if self.chars[state] == char else None

    def accepts(self, state: int | None) -> bool:
        return state == len(self.chars)

    accepts_all = accepts


class _Suffix(_Automaton):
    """Texts that end with a suffix, as in the algorithm of Knuth, Morris and Pratt.

    The state is the length of the longest end of the text that is a beginning of the suffix.
    """

    def __init__(self, part: str) -> None:
        self.chars = part
        # For each state the characters that lead to another state than 0: in all at most two
        # for each character of the suffix. `fallback` is the state of the same text without its
        # first character. A character that does not continue the suffix leads where it leads
        # from the fallback.
        self._next: list[dict[str, int]] = [{}]
        fallback = 0
        for size, char in enumerate(part, 1):
            after = self._next[fallback].get(char, 0)
            self._next[-1][char] = size
            fallback = after
            self._next.append(dict(self._next[fallback]))

    def step(self, state: int, char: str) -> int:
        return self._next[state].get(char, 0)

    def accepts(self, state: int) -> bool:
        return state == len(self.chars)


class _Substring(_Suffix):
    """Texts that contain a substring. The state does not change after the substring was read."""

    def step(self, state: int, char: str) -> int:
        return state if state == len(self.chars) else super().step(state, char)

    def accepts_all(self, state: int) -> bool:
        return self.accepts(state)


class _Listed(_Automaton):
    """Texts of a sorted list.

    The state is the range of the list whose texts start with the text that was read, and the
    length of that text.
    """

    def __init__(self, texts: frozenset[str]) -> None:
        self._texts = sorted(texts)
        self.chars = "".join(sorted(set(chain.from_iterable(texts))))
        self.start = (0, len(texts), 0)

    def step(self, state: tuple[int, int, int] | None, char: str) -> tuple[int, int, int] | None:
        if state is None:
            return None
        first, last, size = state
        next_char = itemgetter(slice(size, size + 1))  # empty at the end of a text
        first = bisect_left(self._texts, char, first, last, key=next_char)
        last = bisect_right(self._texts, char, first, last, key=next_char)
        return (first, last, size + 1) if first < last else None

    def accepts(self, state: tuple[int, int, int] | None) -> bool:
        if state is None:
            return False
        first, last, size = state
        return first < last and len(self._texts[first]) == size


class _Range(_Automaton):
    """Whole numbers between two bounds, as `labelsel.labels.parse_int64` reads them.

    The state is the sign, the number of digits without leading zeros (-1: no digit was read),
    and how these digits compare with as many first digits of each bound.
    """

    chars = "+-" + _DIGITS
    start = ("", -1, 0, 0)

    def __init__(self, least: int, most: int) -> None:
        ranges = (("+", max(least, 0), most), ("-", max(-most, 0), -least))
        # The digits of the least and the greatest number of each sign, none for zero. A sign is
        # left out if no number in the range has it.
        self._bounds = {
            sign: (str(low).lstrip("0"), str(high).lstrip("0"))
            for sign, low, high in ranges
            if low <= high
        }

    def step(self, state: tuple[str, int, int, int] | None, char: str) -> Hashable:
        if state is None:
            return None
        sign, digits, low, high = state
        if state == self.start and char in "+-":
            return (char, -1, 0, 0)
        bounds = self._bounds.get(sign or "+")
        if bounds is None or char not in _DIGITS:
            return None
        if digits < 1 and char == "0":
            return (sign, 0, 0, 0)
        digits = max(digits, 0) + 1
        least, most = bounds
        if digits > len(most):
            return None
        return (
            sign,
            digits,
            _compare(low, char, least, digits),
            _compare(high, char, most, digits),
        )

    def accepts(self, state: tuple[str, int, int, int] | None) -> bool:
        if state is None:
            return False
        sign, digits, low, high = state
        bounds = self._bounds.get(sign or "+")
        if bounds is None:
            return False
        least, most = bounds
        return (len(least), 0) <= (digits, low) and (digits, high) <= (len(most), 0)


def _compare(before: int, char: str, bound: str, digits: int) -> int:
    """Compare the digits that were read with as many of the bound: -1, 0 or 1."""
    if before or digits > len(bound):
        return before
    return (char > bound[digits - 1]) - (char < bound[digits - 1])


def _required_text(test: Condition) -> str:
    """Return a text that every value that passes contains; the empty text if none is known."""
    requirement = test.requirement
    if test.expected and isinstance(requirement, StartsWith | EndsWith | Contains):
        return requirement.value
    return ""


def _automaton(requirement: Requirement) -> _Automaton:
    match requirement:
        case StartsWith(value=part):
            return _Prefix(part)
        case EndsWith(value=part):
            return _Suffix(part)
        case Contains(value=part):
            return _Substring(part)
        case _ if numbers := number_range(requirement):
            return _Range(*numbers)
        case _:
            raise UndecidedError


def _alphabet(runs: Iterable[_Run]) -> str:
    """Return the characters that some automaton distinguishes, and one that none does."""
    known = set(chain.from_iterable(run.automaton.chars for run in runs))
    other = next((char for char in chain(_ORDINARY, map(chr, _RARE)) if char not in known), "")
    return "".join(sorted({*known, other}, key=lambda char: (char not in _ORDINARY, char)))


_RARE: Final = range(0x4E00, sys.maxunicode)
"""Characters to choose from if tests name every letter and digit: ideographs and all behind. A
search has no steps for tests that name so many characters."""
