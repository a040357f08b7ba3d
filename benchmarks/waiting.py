"""``python -m benchmarks.waiting``: how long a reader waits while another thread loads very much.

One thread asks, again and again; another one loads. Each load is made twice: beside questions to
the index that is loaded, and beside the same questions to a small index that nobody changes. The
second shows what the interpreter itself makes a thread wait, which has one lock for all (the GIL).
What is counted is the time in which the process runs: on a busy machine the clock on the wall
would count the work of others. It still counts too much there: while the asking thread gets no
processor, the loading one goes on. So each load is repeated, and the median is printed beside the
longest of all.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import Any, Final, TypeAlias

from benchmarks.data import LabelSet, label_sets
from benchmarks.options import documented_parser, positive_int
from benchmarks.timing import CLOCK
from labelsel import LabelIndex, LiveIndex, SelectorIndex
from labelsel.kubernetes import Inventory

__all__ = ["CASES", "Case", "Waits", "main", "measure", "rows"]

Make: TypeAlias = Callable[[Sequence[LabelSet]], Any]

SMALL: Final = 1_000
"""Label sets of the index that nobody changes."""


@dataclass(frozen=True, slots=True)
class Case:
    """A load.

    Attributes:
        make: makes the structure before the load, of label sets.
        given: makes what is loaded, of label sets.
        load: loads it into the structure; the folder is for files.
        ask: a question that a reader asks again and again.
    """

    make: Make
    given: Make
    load: Callable[[Any, Any, Path], object]
    ask: Callable[[Any], object]


@dataclass(frozen=True, slots=True)
class Waits:
    """What the questions took beside a load, in seconds.

    Attributes:
        load: the load itself, with the questions.
        times: of each question, ascending.
    """

    load: float
    times: Sequence[float]

    def share(self, share: float) -> float:
        """Return the time that a share of the questions did not exceed."""
        return self.times[int(share * (len(self.times) - 1))]


def measure(load: Callable[[], object], ask: Callable[[], object]) -> Waits:
    """Ask in another thread while this one loads."""
    times: list[float] = []
    ready, ended = Event(), Event()

    def read() -> None:
        ask()
        ready.set()
        while not ended.is_set():
            start = CLOCK()
            ask()
            times.append(CLOCK() - start)

    reader = Thread(target=read)
    reader.start()
    ready.wait()
    start = CLOCK()
    try:
        load()
    finally:
        took = CLOCK() - start
        ended.set()
        reader.join()
    return Waits(took, sorted(times) or [took])


def _items(sets: Sequence[LabelSet]) -> dict[int, LabelSet]:
    return dict(enumerate(sets))


def _moved(sets: Sequence[LabelSet]) -> dict[int, LabelSet]:
    """Return the label sets under other keys of the same."""
    return dict(zip(range(len(sets)), [*sets[7:], *sets[:7]], strict=True))


def _few(sets: Sequence[LabelSet]) -> dict[int, LabelSet]:
    """Return the most label sets that an index of so many sets in place."""
    return dict(list(_moved(sets).items())[: max(1, len(sets) // 128 - 1)])


def _selectors(sets: Sequence[LabelSet]) -> dict[int, str]:
    return {
        number: ",".join(f"{key}={value}" for key, value in list(labels.items())[:2])
        for number, labels in enumerate(sets)
    }


def _pods(sets: Sequence[LabelSet]) -> list[dict[str, Any]]:
    return [
        {
            "kind": "Pod",
            "apiVersion": "v1",
            "metadata": {"name": f"p{number}", "labels": labels},
        }
        for number, labels in enumerate(sets)
    ]


def _pod_list(sets: Sequence[LabelSet]) -> dict[str, Any]:
    return {"kind": "PodList", "apiVersion": "v1", "items": _pods(sets)}


def _inventory(sets: Sequence[LabelSet]) -> Inventory:
    here = Inventory.of(_pods(sets))
    here.select("pods", fields="metadata.name=p7")
    return here


def _get(here: Inventory) -> object:
    found = here.get("pods", "p7", "default")
    return found, here.select("pods", fields="metadata.name=p7")


def _index(sets: Sequence[LabelSet]) -> LabelIndex[int]:
    index = LabelIndex(_items(sets))
    index.count("generation>10,env")
    _ = 1 in index
    return index


def _some(make: Make) -> Make:
    """Return what makes a structure of few label sets, to be filled."""
    return lambda sets: make(sets[:SMALL])


def _count(index: LabelIndex[int]) -> object:
    return index.count("env=prod,tier"), 7 in index


def _live(sets: Sequence[LabelSet]) -> LiveIndex[int, int]:
    return LiveIndex(_items(sets), {number: f"env=prod,n!={number}" for number in range(100)})


def _save(index: LabelIndex[int], _: object, folder: Path) -> None:
    index.save(folder / "waiting.index")


def _load(index: LabelIndex[int], _: object, folder: Path) -> None:
    index.save(folder / "waiting.index")
    LabelIndex.load(folder / "waiting.index")


CASES: Final[dict[str, Case]] = {
    "LabelIndex.update, new": Case(
        _some(_index), _items, lambda index, given, _: index.update(given), _count
    ),
    "LabelIndex.update, all": Case(
        _index, _moved, lambda index, given, _: index.update(given), _count
    ),
    "LabelIndex.update, few": Case(
        _index, _few, lambda index, given, _: index.update(given), _count
    ),
    "LabelIndex.compact": Case(_index, len, lambda index, _, __: index.compact(), _count),
    "LabelIndex.clear": Case(_index, len, lambda index, _, __: index.clear(), _count),
    "save": Case(_index, len, _save, _count),
    "save and load": Case(_index, len, _load, _count),
    "SelectorIndex.update": Case(
        _some(lambda sets: SelectorIndex(_selectors(sets))),
        _selectors,
        lambda index, given, _: index.update(given),
        lambda index: index.matching({"env": "prod", "app": "web"}),
    ),
    "SelectorIndex.update, all": Case(
        lambda sets: SelectorIndex(_selectors(sets)),
        lambda sets: _selectors([*sets[7:], *sets[:7]]),
        lambda index, given, _: index.update(given),
        lambda index: index.matching({"env": "prod", "app": "web"}),
    ),
    "LiveIndex.update_items": Case(
        _some(_live),
        _items,
        lambda live, given, _: live.update_items(given),
        lambda live: (live.selection(7), live.selected_by(7)),
    ),
    "LiveIndex.update_selectors": Case(
        _some(_live),
        _selectors,
        lambda live, given, _: live.update_selectors(given),
        lambda live: (live.selection(7), live.selected_by(7)),
    ),
    "Inventory.replace, new": Case(
        _some(_inventory),
        _pod_list,
        lambda here, given, _: here.replace("pods", given),
        _get,
    ),
    "Inventory.replace, all": Case(
        _inventory,
        lambda sets: _pod_list([*sets[7:], *sets[:7]]),
        lambda here, given, _: here.replace("pods", given),
        _get,
    ),
    "Inventory.label": Case(
        _inventory,
        len,
        lambda here, _, __: here.label(here, {"seen": "yes"}),
        _get,
    ),
    "Inventory.delete_all": Case(
        _inventory,
        len,
        lambda here, _, __: here.delete_all("pods", "tier"),
        _get,
    ),
}
"""Loads by name. Inventory and the selectors of a LiveIndex are loaded with fewer: see `rows`."""

_SHARES: Final = {
    "Inventory.replace, new": 10,
    "Inventory.replace, all": 10,
    "Inventory.label": 10,
    "Inventory.delete_all": 10,
    "LiveIndex.update_selectors": 20,
}
"""The part of the label sets that a case loads: one of so many."""


def rows(size: int, names: Sequence[str] = (), repeats: int = 3) -> Iterator[str]:
    """Return the lines of the table: a heading, then a line for each load."""
    every = label_sets(size)
    yield f"waits in ms: the median of the longest waits of {repeats} loads, the longest of all,"
    yield "and the wait that 99.9 % of the questions did not exceed (median)"
    columns = f"{'median':>10} {'longest':>9} {'99.9 %':>8}"
    yield f"{'':46} {'asking this index':>29} {'asking another one':>29}"
    yield f"{'load':27} {'objects':>9} {'seconds':>8} {columns} {columns}"
    with TemporaryDirectory() as folder:
        for name in names or CASES:
            case = CASES[name]
            sets = every[: size // _SHARES.get(name, 1)]
            given = case.given(sets)
            found: tuple[list[Waits], list[Waits]] = ([], [])
            for is_other in (False, True) * repeats:
                loaded = case.make(sets)
                asked = case.make(sets[:SMALL]) if is_other else loaded
                # What is there already is old, as in a program that runs for long. Not frozen: see
                # `labelsel.collector`.
                gc.collect()
                load = partial(case.load, loaded, given, Path(folder))
                found[is_other].append(measure(load, partial(case.ask, asked)))
                del loaded, asked, load
            seconds = median(each.load for each in found[False])
            yield f"{name:27} {len(sets):9,} {seconds:8.2f} {_waits(found[0])} {_waits(found[1])}"


def _waits(found: Sequence[Waits]) -> str:
    longest = [1000 * each.share(1) for each in found]
    most = 1000 * median(each.share(0.999) for each in found)
    return f"{median(longest):10.1f} {max(longest):9.1f} {most:8.3f}"


def main(arguments: Sequence[str]) -> int:
    """Print the table."""
    parser = documented_parser("benchmarks.waiting", __doc__)
    parser.add_argument("--size", type=positive_int, default=1_000_000, help="label sets")
    parser.add_argument("--repeats", type=positive_int, default=3, help="of each load")
    parser.add_argument("names", nargs="*", metavar="NAME", help="a load; default: all")
    options = parser.parse_args(arguments)
    if wrong := [name for name in options.names if name not in CASES]:
        parser.error(f"no load {', '.join(wrong)}; there are {', '.join(CASES)}")
    if options.size < SMALL:
        parser.error(f"--size must be {SMALL:,} or more")
    for line in rows(options.size, options.names, options.repeats):
        print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
