"""``python -m benchmarks.soak``: an hour of changes, and whether memory, answers and times stay.

A `LabelIndex`, a `SelectorIndex`, a `LiveIndex` and an `Inventory` of real size live in one process
and change all the time.

1. Names, keys, values, kinds and selectors come that never come again, so a table that keeps what
   is gone grows.
2. Answers are compared with models that are lists of numbers: parts of each answer at once, whole
   answers by the definition (`labelsel.selector.holds`) twice a minute, all that is there every
   few minutes. `check_invariants` runs each minute. On a busy machine all this comes less often, so
   that most of the time is left for changes.
3. Memory is what the system counts for the process. Nothing is given back for the measurement. In
   use is what is not free memory of the allocators: if it grows by more than a tenth in half an
   hour or more, the soak fails.
4. The time of a call is that of the processor, so other programs on the machine do not count.
5. The process pauses after each round, so that it takes a third of one processor at most.

An interrupt (Ctrl-C) ends it early, with the results of the minutes so far. So does an error that
nobody expected, which counts as a wrong answer.
"""

from __future__ import annotations

import gc
import json
import os
import re
import sys
import traceback
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import sleep
from typing import Any, Final

from benchmarks import plots
from benchmarks.allocators import unused
from benchmarks.options import positive_float, positive_int
from benchmarks.process import ROOT, new_parser
from benchmarks.setting import setting
from benchmarks.soak_inventory import Objects
from benchmarks.soak_live import Live
from benchmarks.soak_models import Source
from benchmarks.soak_record import COLLECTOR, Record, Times, merged
from benchmarks.soak_subjects import Labels, Selectors, Subject
from benchmarks.timing import CLOCK, WALL, duration
from labelsel import core_info

__all__ = ["Sizes", "Soak", "growth", "main", "summary"]

RESULTS: Final = ROOT / "benchmarks" / "results"
UNUSED: Final = "bytes unused"
IN_USE: Final = "bytes in use"
_STATM: Final = Path("/proc/self/statm")
_SEED: Final = 18
_SAMPLES: Final = 12
"""How often a minute the memory is looked at."""
_TASKS: Final = 0.5
"""Processor time of what compares all and of saving and loading, at most, for that of the rounds:
on a busy machine it comes less often."""
_WARM_ROUNDS: Final = 30
_LONGEST: Final = 10
"""Minutes at the start and at the end that are compared, a sixth of a shorter run."""
_JUDGED: Final = 30
"""Minutes after which memory is judged. Before, caches and tables that have a limit still fill."""
_GROWTH: Final = 1.1
"""How many times the memory in use may be that of the start. It was 1.01 in an hour, by the medians
of ten minutes, and 0.94 to 1.11 in single minutes. A tenth is 15 bytes for each of 2.4 million
changes."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much there is.

    Attributes:
        labels: label sets of the `LabelIndex`.
        selectors: selectors of the `SelectorIndex`.
        items: items of the `LiveIndex`.
        rules: selectors of the `LiveIndex`.
        objects: objects of the `Inventory`.
    """

    labels: int = 100_000
    selectors: int = 10_000
    items: int = 100_000
    rules: int = 10_000
    objects: int = 20_000


class Soak:
    """The indexes, what is done with them, and what was measured.

    Attributes:
        record: times and comparisons.
        memory: the minute of each look at the memory, and the bytes.
        minutes: how many minutes ended.
        started: when the first round began.
    """

    def __init__(self, sizes: Sizes, folder: Path, *, share: float, minute: float = 60.0) -> None:
        self.record = Record()
        self.memory: list[tuple[float, int]] = []
        self.minutes = 0
        # The times of all minutes would take 4 MiB in an hour, and seem to be the library's growth.
        self._first: list[dict[str, Times]] = []
        self._last: deque[dict[str, Times]] = deque(maxlen=_LONGEST)
        self._calls = Counter[str]()
        self._sizes: list[dict[str, int]] = []
        self._share = share
        self._minute = minute
        source = Source(sizes.labels, _SEED)
        labels = Labels(source, self.record, sizes.labels, folder)
        selectors = Selectors(source, self.record, sizes.selectors)
        self._subjects: list[Subject] = [
            labels,
            selectors,
            Live(source, self.record, sizes.items, sizes.rules),
            Objects(source, self.record, sizes.objects),
        ]
        # What is done how often, in minutes.
        self._tasks: list[tuple[str, float, Callable[[], object]]] = [
            ("save and load", 0.5, labels.save_and_load),
            ("pickle", 2.3, selectors.unpickle),
            ("tide", 3.7, labels.tide),
            ("compact", 4.3, labels.compact),
            *(("whole answers", 0.5, subject.compare) for subject in self._subjects),
            *(("invariants", 1.0, subject.check) for subject in self._subjects),
            *(("all contents", 4.0, subject.compare_all) for subject in self._subjects),
        ]
        self._due = [every for _, every, _ in self._tasks]
        self._used = {"rounds": 0.0, "tasks": 0.0}
        self._done = Counter[str]()
        self.started = WALL()

    @property
    def now(self) -> float:
        """Minutes since the start."""
        return (WALL() - self.started) / self._minute

    def run(self, minutes: float) -> None:
        """Run for so many minutes, or until an interrupt."""
        gc.callbacks.append(self.record.time_collector)
        try:
            self._warm_up()
            self.started = WALL()
            self._look()
            while self.minutes < minutes:
                self._paced("rounds", self._round)
                self._do_next()
                if self.now >= self.memory[-1][0] + 1 / _SAMPLES:
                    self._look()
                if self.now >= self.minutes + 1:
                    self._end_minute()
        except KeyboardInterrupt:
            print("interrupted", file=sys.stderr)
        except Exception as error:  # noqa: BLE001  # a wrong answer, and the end
            traceback.print_exc()
            self.record.fail(error)
        finally:
            gc.callbacks.remove(self.record.time_collector)

    def _warm_up(self) -> None:
        """Do everything before the first minute: what is made once is no growth."""
        for _ in range(_WARM_ROUNDS):
            self._paced("rounds", self._round)
        for _, _, task in self._tasks:
            self._paced("tasks", task)
        self.record.take_times()
        self.record.longest.clear()
        self._used = dict.fromkeys(self._used, 0.0)

    def _round(self) -> None:
        for subject in self._subjects:
            subject.round()

    def _do_next(self) -> None:
        """Do what is due for the longest time, unless the rounds did not get their part."""
        if self._used["tasks"] <= self._used["rounds"] * _TASKS:
            due, place = min((due, place) for place, due in enumerate(self._due))
            if self.now >= due:
                name, every, task = self._tasks[place]
                self._due[place] = self.now + every
                self._done[name] += 1
                self._paced("tasks", task)

    def _paced(self, what: str, task: Callable[[], object]) -> None:
        """Do something, and pause so long that it took its share of a processor."""
        start, used = WALL(), CLOCK()
        task()
        taken = CLOCK() - used
        self._used[what] += taken
        pause = taken / self._share - (WALL() - start)
        if pause > 0:
            sleep(pause)

    def _look(self) -> None:
        self.memory.append((self.now, _resident()))

    def _end_minute(self) -> None:
        sizes: dict[str, int] = {}
        for subject in self._subjects:
            sizes |= subject.sizes()
        sizes[UNUSED] = unused()
        sizes[IN_USE] = _resident() - sizes[UNUSED]
        times = self.record.take_times()
        if self.minutes < _LONGEST:
            self._first.append(times)
        self._last.append(times)
        self._calls.update({kind: each.total() for kind, each in times.items()})
        self._sizes.append(sizes)
        self.minutes += 1
        print(self._progress(), file=sys.stderr, flush=True)

    def _progress(self) -> str:
        sizes = ", ".join(f"{name} {size:,}" for name, size in self._sizes[-1].items())
        wrong = f"{self.record.checked:,} answers, {self.record.wrong} wrong"
        memory = self.memory[-1][1] / 2**20
        return f"minute {self.minutes}: {memory:,.1f} MiB; {wrong}; {sizes}"

    def result(self) -> dict[str, Any]:
        """Return what was measured, as JSON has it."""
        minutes = self.minutes
        window = max(1, min(_LONGEST, minutes // 6))
        return {
            "minutes": minutes,
            "window": window,
            "core": core_info().name,
            "share of a processor": self._share,
            "checked": self.record.checked,
            "wrong": self.record.wrong,
            "descriptions": self.record.descriptions,
            "memory": {
                "first": self._level(window),
                "last": self._level(minutes),
                "in use": {
                    "first": _in_use(self._sizes[:window]),
                    "last": _in_use(self._sizes[-window:]),
                },
                "looks": [[round(minute, 2), taken] for minute, taken in self.memory],
            },
            "times": {
                "first": _percentiles(merged(self._first[:window])),
                "last": _percentiles(merged([*self._last][-window:])),
            },
            "longest but for the collector": self.record.longest,
            "tasks": dict(self._done),
            "seconds of the processor": self._used,
            "calls": dict(self._calls),
            "sizes": self._sizes,
        }

    def _level(self, minute: int) -> int:
        """Return the median of the memory in the minute that ends there."""
        looks = [taken for at, taken in self.memory if at <= minute]
        return int(median(looks[-_SAMPLES:]))


def _resident() -> int:
    """Return the bytes of memory that the process has."""
    return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _in_use(minutes: Sequence[Mapping[str, int]]) -> int:
    """Return the median of the memory in use at the ends of some minutes."""
    return int(median(sizes[IN_USE] for sizes in minutes))


def _percentiles(times: Mapping[str, Times]) -> dict[str, dict[str, float]]:
    return {kind: each.percentiles() for kind, each in times.items()}


def summary(found: Mapping[str, Any]) -> str:
    """Return the result in one line."""
    first, last = found["memory"]["first"], found["memory"]["last"]
    window, used = found["window"], found["memory"]["in use"]
    holes = found["sizes"][window - 1][UNUSED], found["sizes"][-1][UNUSED]
    before, after = found["times"]["first"], found["times"]["last"]
    kind, longest = max(found["longest but for the collector"].items(), key=itemgetter(1))
    collector = after.get(COLLECTOR, {"p100": 0.0})["p100"]
    times = "; ".join(
        f"{kind} {_times(before[kind])}, then {_times(after[kind])}" for kind in plots.SOAKED
    )
    return (
        f"{_minutes(found['minutes'])}: {first / 2**20:,.0f} MiB after {_minutes(window)},"
        f" {last / 2**20:,.0f} MiB at the end, {last / first:.3f} times;"
        f" of that {holes[0] / 2**20:,.0f} and {holes[1] / 2**20:,.0f} MiB are free memory of the"
        f" allocators; in use are {used['last'] / used['first']:.3f} times as much as at the start;"
        f" {found['checked']:,} answers compared, {found['wrong']} wrong;"
        f" p50/p99/p99.9 of the first {_minutes(window)} and the last: {times};"
        f" the longest call took {duration(longest)} ({kind}), and the garbage collector"
        f" {duration(collector)} at once in the last {_minutes(window)}"
    )


def growth(found: Mapping[str, Any]) -> str:
    """Return in words that the memory in use grew too much; empty if not, or after a short run."""
    used = found["memory"]["in use"]
    if found["minutes"] < _JUDGED or used["last"] <= _GROWTH * used["first"]:
        return ""
    return (
        f"the memory in use grew to {used['last'] / used['first']:.2f} times what it was:"
        f" {_GROWTH} times is allowed"
    )


def _minutes(count: int) -> str:
    return "1 minute" if count == 1 else f"{count} minutes"


def _times(percentiles: Mapping[str, float]) -> str:
    return "/".join(duration(percentiles[name]) for name in ("p50", "p99", "p99.9"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, write the results where that is asked for, and print one line. 1 if one was wrong."""
    written = "soak.json and soak.svg to; default benchmarks/results for an hour"
    parser = new_parser("benchmarks.soak", __doc__, written=written)
    parser.add_argument("--minutes", type=positive_float, default=60.0, help="how long (60)")
    parser.add_argument(
        "--share", type=positive_float, default=1 / 3, help="of one processor (1/3)"
    )
    parser.add_argument(
        "--size", type=positive_int, default=100_000, help="label sets, 1000 or more"
    )
    parser.add_argument(
        "--minute", type=positive_float, default=60.0, help="seconds of a minute, for tests"
    )
    given = parser.parse_args(arguments)
    size = given.size
    sizes = Sizes(size, size // 10, size, size // 10, size // 5)
    found_in = {**setting(), "day": f"{datetime.now(UTC):%Y-%m-%d}"}
    with TemporaryDirectory() as folder:
        soak = Soak(sizes, Path(folder), share=given.share, minute=given.minute)
        soak.run(given.minutes)
    if not soak.minutes:
        print("no minute was over, so there is no result", *soak.record.descriptions, sep="\n")
        return 1
    found = {"setting": found_in, "there are": asdict(sizes), **soak.result()}
    output = given.output or (RESULTS if found["minutes"] >= 60 else None)
    if output is not None:
        output.mkdir(parents=True, exist_ok=True)
        # A look at the memory in one line: there are hundreds of them.
        text = re.sub(r"\[\s+([\d.]+),\s+(\d+)\s+\]", r"[\1, \2]", json.dumps(found, indent=1))
        (output / "soak.json").write_text(text + "\n", encoding="utf-8")
        plots.plot_soak(found, output / "soak.svg")
    grew = growth(found)
    for description in [*found["descriptions"], *([grew] if grew else [])]:
        print(description)
    print(summary(found))
    return 1 if found["wrong"] or grew else 0


if __name__ == "__main__":
    sys.exit(main())
