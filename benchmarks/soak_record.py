"""What a soak records: the times of calls, and the answers that were compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from math import exp, floor, log
from typing import Final, TypeVar

from benchmarks.timing import CLOCK

__all__ = ["COLLECTOR", "PERCENTILES", "Record", "Times", "merged"]

T = TypeVar("T")

COLLECTOR: Final = "garbage collector"
"""The kind of its times, which count as those of a call."""
PERCENTILES: Final = (50.0, 99.0, 99.9, 100.0)
_WIDTH: Final = log(1.02)
_TOLD: Final = 20
"""Wrong answers that are described; the others are only counted."""


class Times(Counter[int]):
    """How many calls took how long, in buckets that are 2 % wide.

    >>> times = Times()
    >>> for seconds in (0.001, 0.001, 0.5):
    ...     times.add(seconds)
    >>> round(1000 * times.percentile(50)), round(times.percentile(100), 1)
    (1, 0.5)
    """

    def add(self, seconds: float) -> None:
        """Count a call."""
        self[floor(log(max(seconds, 1e-9)) / _WIDTH)] += 1

    def percentile(self, percent: float) -> float:
        """Return the seconds that so many percent of the calls took at most, to 1 %."""
        rest = percent / 100 * self.total()
        for bucket, count in sorted(self.items()):
            rest -= count
            if rest <= 1e-9:
                return exp((bucket + 0.5) * _WIDTH)
        return 0.0

    def percentiles(self) -> dict[str, float]:
        """Return the `PERCENTILES`, by their names."""
        return {f"p{percent:g}": self.percentile(percent) for percent in PERCENTILES}


class Record:
    """The times of calls by kind, and the number of answers compared.

    Attributes:
        times: the times of each kind of call since `take_times`.
        checked: how many answers were compared.
        wrong: how many of them were wrong.
        descriptions: the first of those, in words.
        longest: the longest call of each kind in seconds, but for the garbage collector's work.
    """

    def __init__(self) -> None:
        self.times: dict[str, Times] = {}
        self.longest: dict[str, float] = {}
        self._collecting = 0.0
        self._collector_started = 0.0
        self.checked = 0
        self.wrong = 0
        self.descriptions: list[str] = []

    def timed(self, kind: str, call: Callable[[], T]) -> T:
        """Return what a call returns, and record the processor time that it took."""
        start, collecting = CLOCK(), self._collecting
        result = call()
        took = CLOCK() - start
        self.times.setdefault(kind, Times()).add(took)
        own = took - (self._collecting - collecting)
        self.longest[kind] = max(own, self.longest.get(kind, 0.0))
        return result

    def time_collector(self, phase: str, _: Mapping[str, int]) -> None:
        """Record the times of Python's garbage collector: one of `gc.callbacks`."""
        if phase == "start":
            self._collector_started = CLOCK()
        else:
            took = CLOCK() - self._collector_started
            self._collecting += took
            self.times.setdefault(COLLECTOR, Times()).add(took)

    def take_times(self) -> dict[str, Times]:
        """Return the times that were recorded since this was called last."""
        times, self.times = self.times, {}
        return times

    def check(self, found: object, expected: object, *what: object) -> None:
        """Compare an answer with the expected one. A wrong one is recorded, not raised.

        ``what`` describes the answer; it becomes text only where the answer is wrong.
        """
        self.checked += 1
        if found != expected:
            described = " ".join(map(str, what))
            self._wrong(f"{described}: {found!r:.200} instead of {expected!r:.200}")

    def check_true(self, holds: object, what: str) -> None:
        """Compare where the answer is that something holds."""
        self.checked += 1
        if not holds:
            self._wrong(what)

    def check_raises(self, error: type[Exception], call: Callable[[], object], what: str) -> None:
        """Make a call that must raise an error, which is an answer like any other."""
        self.checked += 1
        try:
            call()
        except error:
            return
        self._wrong(f"{what}: no {error.__name__}")

    def check_whole(self, check: Callable[[], object], what: str) -> None:
        """Make a call that raises AssertionError if something is not whole."""
        self.checked += 1
        try:
            check()
        except AssertionError as error:
            self._wrong(f"{what}: {error!r:.200}")

    def fail(self, error: Exception) -> None:
        """Record an error that nobody expected."""
        self.checked += 1
        self._wrong(f"raised {error!r:.1000}")

    def _wrong(self, description: str) -> None:
        self.wrong += 1
        if len(self.descriptions) < _TOLD:
            self.descriptions.append(description)


def merged(minutes: Iterable[dict[str, Times]]) -> dict[str, Times]:
    """Return the times of several minutes together."""
    found: dict[str, Times] = {}
    for minute in minutes:
        for kind, times in minute.items():
            found.setdefault(kind, Times()).update(times)
    return found
