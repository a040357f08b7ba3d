"""Rivals are timed in turns, so that a busy machine changes no ratio."""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import geometric_mean, median
from time import perf_counter, process_time
from typing import Any, Final, TypeAlias, TypeVar

__all__ = [
    "CLOCK",
    "LONG_TURN",
    "WALL",
    "Agree",
    "Mix",
    "Race",
    "duration",
    "race",
    "seconds_of",
    "timed",
    "times",
]

Agree: TypeAlias = Callable[[Mapping[str, Any]], None]
"""Raises AssertionError where results, by the names of the rivals, are not the same."""

T = TypeVar("T")

Clock: TypeAlias = Callable[[], float]

CLOCK: Final = process_time
"""What is counted is the time in which the process runs. By the clock on the wall a scan of
100 ms shares a busy processor with others, while an answer of 10 µs is done before they come."""

WALL: Final = perf_counter
"""For rivals with threads of their own: to them it would be unfair to add up all processors."""

_TURN: Final = 0.0005
"""Seconds that a turn takes at least: a clock that is read oftener is part of what it shows."""

LONG_TURN: Final = 0.005
"""The same for rivals with threads: waking those up takes as long as some of their answers."""

_SLOW: Final = 0.1
"""Seconds from which on a first call is one like any other: no cache takes so long to fill."""


@dataclass(frozen=True, slots=True)
class Race:
    """What rivals took.

    Attributes:
        seconds: of each rival by name, seconds a call, one entry for each round.
    """

    seconds: Mapping[str, list[float]]

    def median(self, rival: str) -> float:
        """Return the seconds that a call of a rival takes."""
        return median(self.seconds[rival])

    def ratio(self, slower: str, faster: str) -> float:
        """Return how many times the seconds of ``faster`` the rival ``slower`` takes.

        The median of the rounds' own ratios: whatever slowed a round down stands on both sides.
        """
        rounds = zip(self.seconds[slower], self.seconds[faster], strict=True)
        return median(slow / fast for slow, fast in rounds)


@dataclass(frozen=True, slots=True)
class Mix:
    """Many races of the same rivals, each with the same weight: geometric means."""

    races: Collection[Race]

    def median(self, rival: str) -> float:
        """Return the mean of what a call of a rival takes, in seconds."""
        return geometric_mean(race.median(rival) for race in self.races)

    def ratio(self, slower: str, faster: str) -> float:
        """Return the mean of how many times the seconds of ``faster`` the ``slower`` takes."""
        return geometric_mean(race.ratio(slower, faster) for race in self.races)


def race(
    rivals: Mapping[str, Callable[[], object]],
    agree: Agree,
    *,
    seconds: float = 0.1,
    clock: Clock = CLOCK,
    turn: float = _TURN,
) -> Race:
    """Time rivals, round by round, each once a round and in alternating order, by a clock.

    1. ``agree`` is given what the first call of each returned. Where it raises, nothing is timed.
    2. In a round a rival is called as often as takes ``turn`` seconds, and at least once.
    3. There are rounds until all calls took ``seconds``, but at least two. The first call of
       a slow rival counts as its first round.
    """
    with _collector_off():
        start = clock()
        slow, results = {}, {}
        for name, rival in rivals.items():
            taken, results[name] = timed(rival, clock)
            if taken >= _SLOW:
                slow[name] = taken
        agree(results)
        calls = {
            name: _calls_a_turn(rivals[name], clock, turn) for name in rivals.keys() - slow.keys()
        }
        rounds: dict[str, list[float]] = {name: [] for name in rivals}
        order = list(rivals)
        while len(rounds[order[0]]) < 2 or clock() - start < seconds:
            for name in order:
                first = slow.pop(name, None)
                rounds[name].append(first or seconds_of(rivals[name], calls.get(name, 1), clock))
            order.reverse()
    return Race(rounds)


def seconds_of(function: Callable[[], object], calls: int = 1, clock: Clock = CLOCK) -> float:
    """Return the seconds that each of some calls takes."""
    repeated = range(calls)
    start = clock()
    for _ in repeated:
        function()
    return (clock() - start) / calls


def timed(function: Callable[[], T], clock: Clock = CLOCK) -> tuple[float, T]:
    """Return the seconds that one call takes, and what it returns."""
    start = clock()
    result = function()
    return clock() - start, result


def duration(seconds: float) -> str:
    """Return a duration in the unit that suits it.

    >>> duration(0.0000123), duration(0.15), duration(8.041)
    ('12.3 µs', '150 ms', '8.04 s')
    """
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= 0.9995 * size:  # 999.6 µs would be 1000 µs
            return f"{_three_digits(seconds / size)} {unit}"
    return f"{_three_digits(seconds / 1e-9)} ns"


def times(ratio: float) -> str:
    """Return a ratio.

    >>> times(1.043), times(18.25), times(15234.4)
    ('1.04x', '18.2x', '15,234x')
    """
    return f"{_three_digits(ratio)}x"


def _three_digits(number: float) -> str:
    decimals = 2 if number < 9.995 else 1 if number < 99.95 else 0
    return f"{number:,.{decimals}f}"


def _calls_a_turn(function: Callable[[], object], clock: Clock, turn: float) -> int:
    calls = 1
    while calls * seconds_of(function, calls, clock) < turn:
        calls *= 2
    return calls


@contextmanager
def _collector_off() -> Iterator[None]:
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
