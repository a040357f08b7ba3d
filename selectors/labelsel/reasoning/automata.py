"""A value that passes tests which no list of values can stand for, or that there is none.

"Begins with eu-, does not hold x, is no number above 5, and is not 'eu-1'": each of these is
a finite automaton over characters. All of them run side by side from the empty text on,
breadth first, and the first text that satisfies all is the shortest witness. Where the
search ends without one, there is none: the answer is exact in both cases.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

from labelsel.reasoning.budget import Budget, UndecidedError
from labelsel.requirements import Contains, EndsWith, GreaterThan, LessThan, StartsWith
from labelsel.selector import Requirement

__all__ = ["Condition", "number_range", "passing_value"]

_MAX: Final = 2**63 - 1
_MIN: Final = -(2**63)
_DIGITS: Final = "0123456789"
_KNOWN: Final = (StartsWith, EndsWith, Contains, GreaterThan, LessThan)
_ORDINARY: Final = "abcdefghijklmnopqrstuvwxyz" + _DIGITS


@dataclass(frozen=True, slots=True)
class Condition:
    """A requirement, and whether it is to hold or not to hold."""

    requirement: Requirement
    wanted: bool

    @property
    def is_known(self) -> bool:
        """Whether an automaton stands for the requirement."""
        return isinstance(self.requirement, _KNOWN)

    def passes(self, value: str | None) -> bool:
        """Return whether a value, or absence, is as wanted."""
        return self.requirement.allows(value) == self.wanted


def number_range(requirement: Requirement) -> tuple[int, int] | None:
    """Return the least and the greatest number that '>' or '<' allows; None for other kinds."""
    match requirement:
        case GreaterThan(bound=bound):
            return bound + 1, _MAX
        case LessThan(bound=bound):
            return _MIN, bound - 1
        case _:
            return None


def passing_value(
    tests: Iterable[Condition], excluded: frozenset[str], budget: Budget | None = None
) -> str | None:
    """Return a value that passes all tests and is none of the excluded, None if there is none.

    Shortest first, and of those in the order of letters, digits, then the rest: a legal
    label value where that is as short. Each character that a test is shown is a step.

    Raises `UndecidedError` where the budget is spent, and where a test is of an unknown kind.

    >>> tests = [Condition(StartsWith("k", "eu-"), True), Condition(EndsWith("k", "-1"), True)]
    >>> passing_value(tests, frozenset(["eu-1"]))
    'eu--1'
    """
    budget = budget or Budget()
    tests = list(tests)
    longest = max((_part(test) for test in tests), key=len, default="")
    if longest and longest not in excluded and all(test.passes(longest) for test in tests):
        return longest  # every value that passes holds it, so none is shorter
    runs = [_Run(_automaton(test.requirement), test.wanted) for test in tests]
    runs.append(_Run(_Listed(excluded), wanted=False))
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
                run.is_lost(state) for run, state in zip(runs, after, strict=True)
            ):
                continue
            seen.add(after)
            queue.append((after, text + char))
    return None


class _Automaton(ABC):
    """A deterministic automaton; its states are whatever hashes. None rejects for ever."""

    start: Hashable = 0
    chars = ""

    @abstractmethod
    def step(self, state: Any, char: str) -> Hashable:
        """Return the state after one more character."""

    @abstractmethod
    def accepts(self, state: Any) -> bool:
        """Return whether the text that led here is one of the language."""

    def is_settled(self, state: Any) -> bool:  # noqa: ARG002  # most never are
        """Return whether it accepts whatever follows."""
        return False


@dataclass(frozen=True, slots=True)
class _Run:
    automaton: _Automaton
    wanted: bool

    def accepts(self, state: Hashable) -> bool:
        return self.automaton.accepts(state) == self.wanted

    def is_lost(self, state: Hashable) -> bool:
        """Whether no text that goes on from here can be as wanted."""
        return state is None if self.wanted else self.automaton.is_settled(state)


class _Prefix(_Automaton):
    """Texts that begin with a part; the state is how much of it is there."""

    def __init__(self, part: str) -> None:
        self.chars = part

    def step(self, state: int | None, char: str) -> int | None:
        if state is None or state == len(self.chars):
            return state
        return state + 1 if self.chars[state] == char else None

    def accepts(self, state: int | None) -> bool:
        return state == len(self.chars)

    is_settled = accepts


class _Suffix(_Automaton):
    """Texts that end with a part; the state is the longest end that begins the part."""

    def __init__(self, part: str) -> None:
        self.chars = part
        # For each state the characters that lead anywhere but to 0: all in all at most two
        # for each character of the part. `behind` is the state of the text without its first
        # character: what does not go on from a state goes on as it does from there.
        self._next: list[dict[str, int]] = []
        behind = 0
        for size, char in enumerate(part):
            self._next.append({**(self._next[behind] if size else {}), char: size + 1})
            behind = self._next[behind].get(char, 0) if size else 0
        self._next.append(self._next[behind] if part else {})

    def step(self, state: int, char: str) -> int:
        return self._next[state].get(char, 0)

    def accepts(self, state: int) -> bool:
        return state == len(self.chars)


class _Holding(_Suffix):
    """Texts that hold a part: once there, it stays there."""

    def step(self, state: int, char: str) -> int:
        return state if state == len(self.chars) else super().step(state, char)

    def is_settled(self, state: int) -> bool:
        return self.accepts(state)


class _Listed(_Automaton):
    """Texts of a list; the state is where in it those stand that begin so, and how long that is."""

    def __init__(self, texts: frozenset[str]) -> None:
        self._texts = sorted(texts)
        self.chars = "".join(sorted(set(chain.from_iterable(texts))))
        self.start = (0, len(texts), 0)

    def step(self, state: tuple[int, int, int] | None, char: str) -> tuple[int, int, int] | None:
        if state is None:
            return None
        first, last, size = state
        first = bisect_left(self._texts, char, first, last, key=lambda text: text[size : size + 1])
        last = bisect_right(self._texts, char, first, last, key=lambda text: text[size : size + 1])
        return (first, last, size + 1) if first < last else None

    def accepts(self, state: tuple[int, int, int] | None) -> bool:
        if state is None:
            return False
        first, last, size = state
        return first < last and len(self._texts[first]) == size


class _Range(_Automaton):
    """Whole numbers between two bounds, as `labelsel.labels.parse_int64` reads them.

    The state is the sign, the number of digits after leading zeros (-1: no digit yet), and
    how they compare to as many first digits of each bound. That is all that decides.
    """

    chars = "+-" + _DIGITS
    start = ("", -1, 0, 0)

    def __init__(self, least: int, most: int) -> None:
        self._bounds = {"": (max(least, 0), most), "-": (max(-most, 0), -least)}

    def step(self, state: tuple[str, int, int, int] | None, char: str) -> Hashable:
        if state is None:
            return None
        sign, digits, low, high = state
        if state == self.start and char in "+-":
            return ("-" if char == "-" else "+", -1, 0, 0)
        if char not in _DIGITS or digits > len(str(_MAX)):
            return None
        if digits < 1 and char == "0":
            return (sign, 0, 0, 0)
        digits = max(digits, 0) + 1
        least, most = (str(bound) for bound in self._bounds["-" if sign == "-" else ""])
        return (
            sign,
            digits,
            _compared(low, char, least, digits),
            _compared(high, char, most, digits),
        )

    def accepts(self, state: tuple[str, int, int, int] | None) -> bool:
        if state is None or state[1] < 0:
            return False
        sign, digits, low, high = state
        least, most = self._bounds["-" if sign == "-" else ""]
        if digits == 0:
            return least <= 0 <= most
        if most < 0:
            return False
        low_enough = (digits, high) <= (len(str(most)), 0)
        return low_enough and (digits, low) >= (len(str(least)), 0)


def _compared(before: int, char: str, bound: str, digits: int) -> int:
    """Compare the digits so far with as many of the bound: -1, 0 or 1."""
    if before or digits > len(bound):
        return before
    return (char > bound[digits - 1]) - (char < bound[digits - 1])


def _part(test: Condition) -> str:
    """Return the text that each value that passes must hold, as far as one is known."""
    requirement = test.requirement
    if test.wanted and isinstance(requirement, StartsWith | EndsWith | Contains):
        return requirement.value
    return ""


def _automaton(requirement: Requirement) -> _Automaton:
    match requirement:
        case StartsWith(value=part):
            return _Prefix(part)
        case EndsWith(value=part):
            return _Suffix(part)
        case Contains(value=part):
            return _Holding(part)
        case GreaterThan() | LessThan():
            numbers = number_range(requirement)
            assert numbers is not None
            return _Range(*numbers)
        case _:
            raise UndecidedError


def _alphabet(runs: Iterable[_Run]) -> str:
    """Return the characters that the automata tell apart, and one that none of them knows."""
    told = set(chain.from_iterable(run.automaton.chars for run in runs))
    other = next((char for char in chain(_ORDINARY, map(chr, _FURTHER)) if char not in told), "")
    return "".join(sorted({*told, other}, key=lambda char: (char not in _ORDINARY, char)))


# For tests that name every letter and digit: some character is left, or all of them are told.
_FURTHER: Final = range(0x4E00, 0x110000)
